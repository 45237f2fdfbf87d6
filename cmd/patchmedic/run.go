package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// streams are where a program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// program is the command line. Every flag may also be an environment variable:
// --listen is PATCHMEDIC_LISTEN.
type program struct {
	Config kong.ConfigFlag `help:"Read flags from a JSON file." placeholder:"FILE"`

	Serve    serveCommand    `cmd:"" default:"withargs" help:"Serve the HTTP API (the default)."`
	Advise   adviseCommand   `cmd:"" help:"Say what is wrong with a machine and what to do."`
	Decode   decodeCommand   `cmd:"" help:"Decode error codes, in any spelling, alone or in a text."`
	Search   searchCommand   `cmd:"" help:"Find articles by code, KB or words."`
	Lint     lintCommand     `cmd:"" help:"Check content, and say what to mend."`
	Releases releasesCommand `cmd:"" help:"Keep the table of updates and builds."`
	Token    tokenCommand    `cmd:"" help:"Make, list and revoke tokens."`
	Backup   backupCommand   `cmd:"" help:"Write a backup of all records."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of all records."`
	Health   healthCommand   `cmd:"" help:"Ask a running service whether it is ready."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// session is what every command gets.
type session struct {
	context.Context
	streams
}

// negatives keeps a signed code, as in decode -2147024122, from being read as a
// flag. No flag begins with a digit.
func negatives(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range args {
		if len(arg) > 1 && arg[0] == '-' && '0' <= arg[1] && arg[1] <= '9' {
			out[i] = " " + arg
		}
	}
	return out
}

// errSilent ends a command with exit code 1 when it has said all there is to say.
var errSilent = errors.New("")

// misuse is an error of the command line that only the command could find.
type misuse struct{ error }

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, std streams) (code int) {
	const usage = 2
	var p program
	exited := -1
	parser, err := kong.New(&p, kong.Name("patchmedic"),
		kong.Description("Knowledge base and advisor for failed Windows updates."),
		kong.Writers(std.out, std.err), kong.Exit(func(n int) { exited = n }),
		kong.DefaultEnvars("PATCHMEDIC"), kong.Configuration(readConfig),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(std.err, "patchmedic:", err)
		return 1
	}
	command, err := parser.Parse(negatives(args))
	switch {
	case exited >= 0: // --help
		return exited
	case err != nil:
		fmt.Fprintf(std.err, "patchmedic: %v\nTry: patchmedic --help\n", err)
		return usage
	}
	err = command.Run(&session{ctx, std})
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSilent):
		return 1
	case errors.As(err, new(misuse)):
		fmt.Fprintln(std.err, "patchmedic:", err)
		return usage
	}
	fmt.Fprintln(std.err, "patchmedic:", strings.TrimSpace(err.Error()))
	return 1
}
