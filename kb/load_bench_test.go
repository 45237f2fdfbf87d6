package kb_test

import (
	"testing"

	"github.com/patchmedic/patchmedic/content"
	"github.com/patchmedic/patchmedic/kb"
)

// BenchmarkLoad reads, checks and compiles the bundled content: what a cold
// start costs before the index.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := kb.Load(content.Files()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLint is a load that reads the prose too.
func BenchmarkLint(b *testing.B) {
	for b.Loop() {
		if _, err := kb.Lint(content.Files()); err != nil {
			b.Fatal(err)
		}
	}
}
