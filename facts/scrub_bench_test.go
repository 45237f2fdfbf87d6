package facts_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/facts"
)

// BenchmarkScrubText is a line of a log, as a report has up to two hundred: one
// without a name, and one full of them.
func BenchmarkScrubText(b *testing.B) {
	for name, line := range map[string]string{
		"plain": `WER: Generating failure report for package: Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.8, status: 0x800f0922, failure source: Execute, start state: Staged, target state: Installed, client id: UpdateAgentLCU`,
		"names": `Failed to copy \\srv\sxs\x.cab to C:\Users\j.doe\AppData\Local\Temp from https://wsus.contoso.example:8531/Content/1.cab?sig=abc for package Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.8 [HRESULT = 0x80070005 - E_ACCESSDENIED]`,
	} {
		b.Run(name, func(b *testing.B) {
			s := facts.NewScrubber()
			s.Hosts("PC-0007", "contoso")
			s.People("j.doe")
			for b.Loop() {
				if (s.Text(line) == line) != (name == "plain") {
					b.Fatal("it replaces what it should not, or nothing")
				}
			}
		})
	}
}
