// Package cases has one type per thing a user does: ask for advice, decode a
// code, search, read an article. Each is narrow, speaks the words of the domain
// and knows nothing of HTTP, so that the API, the command line, the portal and
// the chatbot do the same thing in the same way.
package cases

import (
	"context"

	"github.com/patchmedic/patchmedic/internal/edition"
	"github.com/patchmedic/patchmedic/kb"
	"github.com/patchmedic/patchmedic/search"
)

// Editions is what the cases need of the keeper of content and index.
type Editions interface {
	Current() *edition.Edition
	Search(ctx context.Context, e *edition.Edition, q search.Query) (search.Results, error)
	Suggest(e *edition.Edition, text string, lang kb.Lang) []search.Suggestion
	Hints(ctx context.Context, e *edition.Edition, text string, lang kb.Lang) map[string]float64
}
