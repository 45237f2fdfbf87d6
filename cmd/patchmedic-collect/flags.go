package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// program is the command line.
type program struct {
	from, output, server, token, ca, spool, siteKey, device, symptom, lang, schedule, config string

	print, explain, open, ifChanged, deep, version bool
	timeout                                        time.Duration
	tried                                          actions

	// given knows which flags were given, here, in the environment or in a file.
	given *flag.FlagSet
	// replaced is what stands in the report in the place of names.
	replaced []facts.Replacement
	// watched is where the progress is shown, if somebody watches.
	watched io.Writer
}

// actions is a flag that may be repeated.
type actions []string

func (a *actions) String() string { return strings.Join(*a, ",") }

// Set takes actions of the vocabulary, separated by commas.
func (a *actions) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if !facts.KnownAction(name) {
			return fmt.Errorf("no action has the name %q: write it as the advice does, for instance sfc-scannow", name)
		}
		*a = append(*a, name)
	}
	return nil
}

// flags are the command line's. The package flag is used here, and kong in
// patchmedic, because kong would add two megabytes by its use of reflection.
func (p *program) flags() *flag.FlagSet {
	f := flag.NewFlagSet("patchmedic-collect", flag.ContinueOnError)
	f.StringVar(&p.from, "from", "", "`DIR|ZIP` to read in the place of the Windows that runs: a mounted Windows volume, or logs, registry hives and event\nlogs that were copied")
	f.BoolVar(&p.print, "print", false, "write what would be sent to the standard output, and send nothing")
	f.BoolVar(&p.explain, "explain", false, "list which tokens stand in the report for names and secrets; alone it sends nothing")
	f.StringVar(&p.output, "output", "", "write what is sent to this `FILE`")
	f.StringVar(&p.server, "server", "", "`URL` of the patchmedic service")
	f.StringVar(&p.token, "token", "", "`TOKEN` for the service; give it in the environment, the command line is seen by others")
	f.StringVar(&p.ca, "ca", "", "`FILE` with certificates (PEM) to trust beside those of the system")
	f.StringVar(&p.spool, "spool", "", "`DIR` for reports until they are delivered")
	f.DurationVar(&p.timeout, "timeout", 2*time.Minute, "how long to try to deliver, in all, as in 90s")
	f.BoolVar(&p.deep, "deep", false, "read the whole component store and all system files too (DISM ScanHealth, sfc verifyonly), and search for updates\nonline: takes minutes, and an administrator")
	f.BoolVar(&p.ifChanged, "if-changed", false, "send only what tells something new since the last report that was delivered, and one a week")
	f.BoolVar(&p.open, "open", false, "open the report's page in the browser when it was delivered")
	f.StringVar(&p.siteKey, "site-key", "", "secret `KEY` of the site, better given in the environment: with it names become the same tokens in all its\nreports, and nobody without it can guess them")
	f.StringVar(&p.device, "device", "", "`ID` of the machine, in place of one made of its files")
	f.StringVar(&p.symptom, "symptom", "", "what the user says, a `TEXT` in any language")
	f.Var(&p.tried, "tried", "`ACTION` that was carried out without effect, as in dism-restorehealth; may be repeated")
	f.StringVar(&p.lang, "lang", "", "language of the advice: fr or en (default: that of the system)")
	f.StringVar(&p.schedule, "schedule", "", "daily: run every day on this machine, with --if-changed and the flags given now; off: remove all that again.\n`WHEN` is for Windows, as administrator")
	f.StringVar(&p.config, "config", "", "`FILE` with lines as PATCHMEDIC_SERVER=URL, for what neither a flag nor the environment gives")
	f.BoolVar(&p.version, "version", false, "print the version")
	return f
}

// variable is the environment variable of a flag: --site-key is
// PATCHMEDIC_SITE_KEY.
func variable(flag string) string {
	return "PATCHMEDIC_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// parse reads the command line and, for flags that it does not have, the
// environment, and for those that this does not have either, the file that
// --config names.
func (p *program) parse(args []string, env func(string) string, out io.Writer) error {
	f := p.flags()
	p.given = f
	f.SetOutput(io.Discard)
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		p.help(f, out)
		return err
	} else if err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %s: a source is given with --from", f.Arg(0))
	}
	settings := map[string]string{}
	if p.config != "" {
		var err error
		if settings, err = readConfig(p.config); err != nil {
			return fmt.Errorf("--config: %w", err)
		}
	}
	return p.complete(env, settings)
}

// complete sets the flags that the command line does not have. Every setting of
// the file is one of ours.
func (p *program) complete(env func(string) string, settings map[string]string) error {
	given := map[string]bool{}
	p.given.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var fault error
	p.given.VisitAll(func(f *flag.Flag) {
		name := variable(f.Name)
		if byFlagAlone[f.Name] {
			return
		}
		value := cmp.Or(env(name), settings[name])
		delete(settings, name)
		if value == "" || given[f.Name] || fault != nil {
			return
		}
		if err := p.given.Set(f.Name, value); err != nil {
			fault = fmt.Errorf("%s=%q: %w", name, value, err)
		}
	})
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if fault == nil {
			fault = fmt.Errorf("%s: no setting has the name %q", p.config, name)
		}
	}
	return fault
}

func (p *program) help(f *flag.FlagSet, out io.Writer) {
	fmt.Fprint(out, `Usage: patchmedic-collect [--from DIR|ZIP] [--print | --output FILE | --server URL] [flags]

Reads what the Windows that runs, or the files of another one, say of its updates, and asks a patchmedic service what is wrong.
Without a service and without another wish it writes the report to a file and says where.
Exit codes: 0 nothing is wrong, 1 not done, 2 used wrongly, 3 something was found, 4 not delivered.
Each flag may also be an environment variable, --site-key is PATCHMEDIC_SITE_KEY, or a line of the file of --config:
a flag comes before the environment, and the environment before the file.

Flags:
`)
	f.VisitAll(func(fl *flag.Flag) {
		value, usage := flag.UnquoteUsage(fl)
		fmt.Fprintf(out, "  --%s %s\n      %s", fl.Name, value, strings.ReplaceAll(usage, "\n", "\n      "))
		if fl.DefValue != "" && fl.DefValue != "false" {
			fmt.Fprintf(out, " (default %s)", fl.DefValue)
		}
		fmt.Fprintln(out)
	})
}
