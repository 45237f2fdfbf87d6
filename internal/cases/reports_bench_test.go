package cases_test

import (
	"os"
	"testing"

	"github.com/patchmedic/patchmedic/internal/cases"
)

// BenchmarkSubmit compares an advice that is kept, durably, with one that is not
// (the floor). Many clients share the wait for the disk.
func BenchmarkSubmit(b *testing.B) {
	data, err := os.ReadFile("../../examples/kb5058411-loop.json")
	if err != nil {
		b.Fatal(err)
	}
	use, _ := remember(b)
	in := cases.Submission{AdviseIn: cases.AdviseIn{Facts: data, Lang: "en"}}
	b.Run("advice-alone", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := use.Advise.Do(b.Context(), in.AdviseIn); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("kept", func(b *testing.B) {
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if out, err := use.Submit(b.Context(), in); err != nil || out.ID == "" {
					b.Error(out.ID, err)
				}
			}
		})
	})
}
