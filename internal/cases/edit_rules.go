package cases

import (
	"errors"
	"fmt"
	"slices"

	"github.com/patchmedic/patchmedic/kb"
)

// Match is what the editor knows of the newest version.
type Match struct {
	// None: that there is no such document.
	None bool
	// Revisions: that it is one of these; "*" is any.
	Revisions []string
}

// What may be wrong with a change besides its text.
var (
	// ErrNoMatch: the editor does not say which version is changed.
	ErrNoMatch = errors.New("say which version this changes")
	// ErrUnmatched: it is not the newest version.
	ErrUnmatched = errors.New("this is not what there is by now: somebody else was first, or it is not there")
	// ErrSamePerson: a second person is asked for.
	ErrSamePerson = errors.New("another person must publish this: it must be in review, by somebody else, with this content; what is retired keeps its text")
)

func (m Match) check(head *Version) error {
	switch {
	case !m.None && len(m.Revisions) == 0:
		return ErrNoMatch
	case m.None != (head == nil):
		return ErrUnmatched
	case head != nil && !slices.Contains(m.Revisions, "*") && !slices.Contains(m.Revisions, head.Revision):
		return ErrUnmatched
	}
	return nil
}

// Transition is a status that does not follow another one.
type Transition struct {
	From, To string // From is "" for a new document
	May      []string
}

// Error names the statuses that may follow.
func (t Transition) Error() string {
	from := "what is " + t.From
	if t.From == "" {
		from = "a new document"
	}
	return fmt.Sprintf("%s cannot become %s at once", from, t.To)
}

// transitions are the statuses that may follow each; "" is that of a document
// that is not there yet. What readers never saw cannot be retired.
var transitions = map[string][]string{
	"":          {"draft", "review", "published"},
	"draft":     {"draft", "review", "published"},
	"review":    {"draft", "review", "published"},
	"published": {"draft", "review", "published", "retired"},
	"retired":   {"draft", "review", "published", "retired"},
}

// mayBecome returns why a document cannot become what is wanted. A status that
// is none is left to the lint.
func (e *Edit) mayBecome(head *Version, c Change) error {
	from, to := "", c.Status()
	if head != nil {
		from = head.Status
	}
	if _, known := transitions[to]; known && to != "" && !slices.Contains(transitions[from], to) {
		return Transition{from, to, transitions[from]}
	}
	if e.SecondPerson && !e.agreed(head, c) {
		return ErrSamePerson
	}
	return nil
}

// agreed reports whether two persons know what readers would see: somebody else
// put it up for review, or it is retired as it is, since readers still see that.
func (e *Edit) agreed(head *Version, c Change) bool {
	switch c.Status() {
	case "published":
		return head != nil && head.Status == "review" && head.Author != c.Author && c.SameButStatus(head.document())
	case "retired":
		served, ok := e.Editions.Current().Library.Files(c.Kind, c.ID)
		return ok && c.SameButStatus(kb.Document{Files: served})
	}
	return true
}
