// Command patchmedic is a knowledge base and advisor for failed Windows updates:
// one HTTP service, and the same things on the command line.
//
//	patchmedic                       serve on http://127.0.0.1:8080
//	patchmedic advise FACTS.json     what is wrong and what to do
//	patchmedic decode TEXT...        what a code means
//	patchmedic search WORDS...       find articles
//	patchmedic lint [DIR]            check content
//	patchmedic token create|list|revoke
//	patchmedic backup FILE           and restore FILE: all records
//	patchmedic health                ask a running service whether it is ready
//	patchmedic version
//
// Exit codes: 0 done, 1 not done or nothing found, 2 used wrongly.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
