// Command patchmedic-collect makes a report of what a machine's files say about
// its updates, and asks a patchmedic service what is wrong.
//
//	patchmedic-collect --from DIR|ZIP                     keep it, and say where
//	patchmedic-collect --from DIR|ZIP --explain           show what was replaced in it
//	patchmedic-collect --from DIR|ZIP --print             show what would be sent
//	patchmedic-collect --from DIR|ZIP --output FILE       keep it there
//	patchmedic-collect --from DIR|ZIP --server URL        send it, and print the advice
//	patchmedic-collect --schedule daily --server URL      do so every day (Windows)
//
// Exit codes: 0 nothing is wrong, 1 not done, 2 used wrongly, 3 something was
// found, 4 not delivered: the report is kept.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := systemLibraries(); err != nil {
		fmt.Fprintln(os.Stderr, "patchmedic-collect: libraries of Windows alone:", err)
		os.Exit(notDone)
	}
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}
