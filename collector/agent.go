package collector

import (
	"context"
	"errors"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

const (
	// maxAttempts are read of the update agent's history, the newest: definitions of
	// an antivirus may fill a hundred in a month.
	maxAttempts = 1000
	// maxOffers are reported of the updates that are offered, and of the hidden ones.
	maxOffers = 200
	// maxInstalled are reported of the installed updates.
	maxInstalled = 1000
)

// operations and results are the words for the agent's numbers
// (UpdateOperation, OperationResultCode).
var (
	operations = map[int]string{1: "install", 2: "uninstall"}
	results    = map[int]string{1: "in_progress", 2: "succeeded", 3: "succeeded_with_errors", 4: "failed", 5: "aborted"}
)

// readHistory reads what the update agent remembers. What it told before it failed
// is kept.
func (s system) readHistory(ctx context.Context, g *gathering) error {
	attempts, err := s.History(ctx, maxAttempts)
	var out []facts.HistoryEntry
	for _, a := range attempts {
		if ofStore(a.Title) {
			continue
		}
		e := facts.HistoryEntry{KB: kbIn(a.Title), Title: some(clip(a.Title)), Operation: some(operations[a.Operation]), Result: some(results[a.Result])}
		if !a.At.IsZero() {
			e.At = facts.Some(a.At.UTC().Truncate(time.Second))
		}
		if code := (facts.Code{Value: a.Code}); !code.Success() {
			e.Code = facts.Some(code)
		}
		out = append(out, e)
	}
	if len(out) > 0 { // an empty one was emptied with the agent's store
		g.report.Updates = facts.Some(facts.Updates{History: facts.Some(out)})
	}
	return err
}

func kbIn(title string) facts.Maybe[facts.KB] {
	if kbs := facts.Find(title).KBs; len(kbs) > 0 {
		return facts.Some(kbs[0].KB)
	}
	return facts.Maybe[facts.KB]{}
}

// allUpdates is the criteria for everything that the agent knows of the machine.
const allUpdates = "IsInstalled=0 and IsHidden=0 or IsInstalled=0 and IsHidden=1 or IsInstalled=1"

// readOffers asks the update agent what it offers and what was hidden. Without deep
// checks it answers from what its last search found: that is what the machine's user
// sees, and takes no server. An agent that knows not even of what is installed has lost
// that, as after a reset of its store: it offers nothing, and says nothing by it.
func (s system) readOffers(ctx context.Context, g *gathering) error {
	offers, err := s.Search(ctx, allUpdates, s.opt.Deep)
	switch {
	case err != nil:
		return err
	case len(offers) == 0:
		return errors.New("the update agent knows of no update, not even of an installed one: it has not searched since its store was emptied")
	}
	offered, hidden := []facts.Offer{}, []facts.Offer{}
	for _, o := range offers {
		if o.Installed {
			continue
		}
		offer := facts.Offer{KB: kbIn(o.Title), Title: some(clip(o.Title)), Downloaded: facts.Some(o.Downloaded)}
		if len(o.KBs) > 0 {
			if kb, err := facts.ParseKB("KB" + o.KBs[0]); err == nil {
				offer.KB = facts.Some(kb)
			}
		}
		if o.Hidden {
			hidden = append(hidden, offer)
		} else {
			offered = append(offered, offer)
		}
	}
	var u facts.Updates
	u.Offered = most(g, "updates.offered", offered, maxOffers)
	u.Hidden = most(g, "updates.hidden", hidden, maxOffers)
	g.report.Updates = facts.Some(u)
	return nil
}

// readInstalled reads the list that Get-HotFix shows.
func (s system) readInstalled(ctx context.Context, g *gathering) error {
	rows, err := s.Query(ctx, "SELECT HotFixID, InstalledOn FROM Win32_QuickFixEngineering")
	if err != nil {
		return err
	}
	out := []facts.InstalledUpdate{}
	for _, row := range rows {
		kb, err := facts.ParseKB(row["HotFixID"])
		if err != nil {
			continue
		}
		u := facts.InstalledUpdate{KB: facts.Some(kb)}
		// Of updates that servicing installed it is the day in the American way.
		if day, err := time.Parse("1/2/2006", row["InstalledOn"]); err == nil {
			u.At = facts.Some(day)
		}
		out = append(out, u)
	}
	g.report.Updates = facts.Some(facts.Updates{Installed: most(g, "updates.installed", out, maxInstalled)})
	return nil
}
