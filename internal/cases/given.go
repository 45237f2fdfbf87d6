package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/store"
)

// given is what matters here of an advice that was given.
type given struct {
	Subject struct {
		KB   facts.KB   `json:"kb"`
		Code facts.Code `json:"code"`
	} `json:"subject"`
	Diagnoses []struct {
		Article  string `json:"article"`
		Remedies []struct {
			Action string   `json:"action"`
			Plan   []string `json:"plan"`
		} `json:"remedies"`
	} `json:"diagnoses"`
}

func readAdvice(kept *store.Report) (given, error) {
	var g given
	if err := json.Unmarshal(kept.Advice, &g); err != nil {
		return g, fmt.Errorf("report %q: %w: %w", kept.ID, store.ErrDamaged, err)
	}
	return g, nil
}

// find returns the most probable article, or the given one, with a remedy that
// is the action or has it in its plan.
func (g *given) find(action, article string) (of, remedy string, ok bool) {
	for _, d := range g.Diagnoses {
		if article != "" && d.Article != article {
			continue
		}
		for _, r := range d.Remedies {
			if r.Action == action || slices.Contains(r.Plan, action) {
				return d.Article, r.Action, true
			}
		}
	}
	return "", "", false
}

// actions gives the article that proposed each remedy.
func (g *given) actions() map[string]string {
	out := map[string]string{}
	for _, d := range g.Diagnoses {
		for _, r := range d.Remedies {
			if out[r.Action] == "" {
				out[r.Action] = d.Article
			}
		}
	}
	return out
}

// earlier is a report that was kept, read.
type earlier struct {
	kept   *store.Report
	report *facts.Report
}

// reportsOf returns the newest reports of a device but one.
func (r *Reports) reportsOf(ctx context.Context, device, but string) ([]earlier, error) {
	const most = 30
	if device == "" {
		return nil, nil
	}
	heads, err := r.Store.ListReports(ctx, store.ReportQuery{Device: device, Most: most})
	if err != nil {
		return nil, err
	}
	var out []earlier
	for _, h := range heads {
		if h.ID == but {
			continue
		}
		kept, err := r.Store.Report(ctx, h.ID)
		if errors.Is(err, store.ErrNotFound) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		report, err := readFacts(kept)
		if err != nil { // the others still tell
			r.fail(err)
			continue
		}
		out = append(out, earlier{kept, report})
	}
	return out, nil
}

func readFacts(kept *store.Report) (*facts.Report, error) {
	report, _, err := facts.Decode(kept.Facts)
	if err != nil {
		return nil, fmt.Errorf("report %q: %w: %w", kept.ID, store.ErrDamaged, err)
	}
	return report, nil
}
