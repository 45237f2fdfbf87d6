package winhost

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector/eventlog"
)

// TestAnswers asks this Windows everything at once, and it answers or gives an
// error, in time either way. Wine, which has almost nothing of it, must not seem
// to have answered.
func TestAnswers(t *testing.T) {
	const query = `<QueryList><Query><Select Path="System">*[System[TimeCreated[timediff(@SystemTime) &lt;= 604800000]]]</Select></Query></QueryList>`
	h := &Host{}
	for _, test := range []struct {
		name string
		ask  func(ctx context.Context) (answer any, ok bool, err error)
	}{
		{"History", func(ctx context.Context) (any, bool, error) {
			got, err := h.History(ctx, 10)
			return got, len(got) <= 10 && !wine(), err
		}},
		{"Search", func(ctx context.Context) (any, bool, error) {
			got, err := h.Search(ctx, "IsInstalled=0", false)
			return got, !wine(), err
		}},
		{"Query", func(ctx context.Context) (any, bool, error) {
			got, err := h.Query(ctx, "SELECT Caption, BuildNumber FROM Win32_OperatingSystem")
			return got, len(got) == 1 && got[0]["BuildNumber"] != "", err
		}},
		{"Query of no class", func(ctx context.Context) (any, bool, error) {
			got, err := h.Query(ctx, "SELECT * FROM Patchmedic_NoSuchClass")
			return got, len(got) == 0 && wine(), err
		}},
		{"Protection", func(ctx context.Context) (any, bool, error) {
			got, err := h.Protection(ctx)
			return got, got >= 0 && got <= 8 && !wine(), err
		}},
		{"Events", func(ctx context.Context) (any, bool, error) {
			var got []*eventlog.Event
			err := h.Events(ctx, query, func(e *eventlog.Event) { got = append(got, e) })
			return len(got), len(got) > 0 && got[0].Channel == "System", err
		}},
		{"CheckImage", func(ctx context.Context) (any, bool, error) {
			got, err := h.CheckImage(ctx, false, func(int) {})
			return got, got >= 0 && got <= 2 && !wine(), err
		}},
		{"VerifyFiles", func(ctx context.Context) (any, bool, error) {
			if !wine() {
				return "it would take minutes", true, nil
			}
			return nil, false, h.VerifyFiles(ctx, func(int) {})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			answer, ok, err := test.ask(ctx)
			t.Logf("%+v, %v", answer, err)
			if err == nil && !ok {
				t.Error("no error, and no answer either")
			}
		})
	}
}

// TestMetered: Wine takes every connection for a free one.
func TestMetered(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if got := metered(ctx); wine() && (got == nil || *got) {
		t.Error("Wine's connection is metered, or nothing is known of it")
	}
	cancel()
	if metered(ctx) != nil {
		t.Error("an answer after the end")
	}
}

// wine reports whether this Windows is Wine, whose WMI takes a class that is not
// there for one without instances.
func wine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

// TestTooLate: after the context's end nothing is asked.
func TestTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := &Host{}
	for name, ask := range map[string]func() error{
		"History":    func() error { _, err := h.History(ctx, 1); return err },
		"Search":     func() error { _, err := h.Search(ctx, "IsInstalled=0", true); return err },
		"Query":      func() error { _, err := h.Query(ctx, "SELECT * FROM Win32_Volume"); return err },
		"Protection": func() error { _, err := h.Protection(ctx); return err },
		"Events":     func() error { return h.Events(ctx, "", func(*eventlog.Event) {}) },
		"CheckImage": func() error { _, err := h.CheckImage(ctx, true, func(int) {}); return err },
	} {
		if err := ask(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
