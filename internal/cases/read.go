package cases

import (
	"context"
	"errors"
	"fmt"

	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

// ErrNotFound is returned for a thing that the library does not have.
var ErrNotFound = errors.New("not found")

// Read finds and opens what people wrote.
type Read struct{ Editions Editions }

// Search finds articles, and says in which state of the content. A search that
// edits overtook begins again.
func (r *Read) Search(ctx context.Context, q search.Query) (search.Results, string, error) {
	ed := r.Editions.Current()
	for {
		results, err := r.Editions.Search(ctx, ed, q)
		now := r.Editions.Current()
		if err != nil || results.Complete || now == ed {
			return results, ed.Library.Revision(), err
		}
		ed = now
	}
}

// Suggest completes what is being typed.
func (r *Read) Suggest(text string, lang kb.Lang) []search.Suggestion {
	return r.Editions.Suggest(r.Editions.Current(), text, lang)
}

// Library returns the current content.
func (r *Read) Library() *kb.Library { return r.Editions.Current().Library }

// Article returns a published or retired article. Drafts are not for readers.
func (r *Read) Article(id string) (*kb.Article, error) {
	a, ok := r.Library().Article(id)
	if !ok || !kb.Served(a.Status) {
		return nil, fmt.Errorf("article %q: %w", id, ErrNotFound)
	}
	return a, nil
}

// Remedy returns a published or retired remedy by its action.
func (r *Read) Remedy(action string) (*kb.Remedy, error) {
	remedy, ok := r.Library().Remedy(action)
	if !ok || !kb.Served(remedy.Status) {
		return nil, fmt.Errorf("remedy %q: %w", action, ErrNotFound)
	}
	return remedy, nil
}
