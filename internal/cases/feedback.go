package cases

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/store"
)

// Feedback keeps what readers think of articles.
type Feedback struct {
	Read  *Read
	Store store.Votes
	// Now is the clock.
	Now func() time.Time
}

// Vote keeps a reader's opinion. What the reader wrote is scrubbed of names. The
// error is [ErrNotFound] without such an article, and [facts.Faults] for a note
// that is too long.
func (f *Feedback) Vote(ctx context.Context, article string, helped bool, text string) (*store.Vote, error) {
	if _, err := f.Read.Article(article); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(text) > maxNote {
		return nil, facts.Faults{{Pointer: "/note", Detail: fmt.Sprintf("a note has at most %d characters", maxNote)}}
	}
	now := f.Now().UTC()
	v := &store.Vote{ID: store.NewID(now), Article: article, Helped: helped, Note: facts.NewScrubber().Text(text), At: now}
	return v, f.Store.AddVote(ctx, v)
}

// FeedbackOf is what readers think of an article.
type FeedbackOf struct {
	Article           string
	Helped, NotHelped int
	Votes             []store.Vote // the newest, at most a hundred
}

// Of returns what readers think of an article.
func (f *Feedback) Of(ctx context.Context, article string) (FeedbackOf, error) {
	const most = 100
	out := FeedbackOf{Article: article}
	if _, err := f.Read.Article(article); err != nil {
		return out, err
	}
	var err error
	out.Votes, out.Helped, out.NotHelped, err = f.Store.VotesOf(ctx, article, most)
	return out, err
}
