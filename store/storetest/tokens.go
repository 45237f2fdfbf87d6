package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/patchmedic/patchmedic/store"
)

func token(n int) *store.Token {
	return &store.Token{
		ID: store.NewID(moment(n)), Name: name("token", n), Hash: name("hash", n), Scopes: []string{"read", "report"},
		Created: moment(n), Expires: moment(n).Add(time.Hour),
	}
}

func testTokens(p *place) {
	s, ctx := p.store(), p.Context()
	var want []store.Token
	for i := range 3 {
		want = append(want, *token(i))
	}
	for _, i := range []int{1, 0, 2} {
		must(p, s.AddToken(ctx, &want[i], entry(i, "token.created", want[i].ID)))
	}
	hash, id := token(9), token(9)
	hash.Hash, id.ID = want[0].Hash, want[0].ID
	for _, taken := range []*store.Token{hash, id} {
		if err := s.AddToken(ctx, taken, entry(9, "token.created", taken.ID)); !errors.Is(err, store.ErrConflict) {
			p.Errorf("a token comes twice: %v", err)
		}
	}
	same(p, "tokens", got(s.Tokens(ctx))(p), want)

	must(p, s.RevokeToken(ctx, want[1].ID, moment(50), entry(50, "token.revoked", want[1].ID)))
	want[1].Revoked = moment(50)
	for _, gone := range []string{want[1].ID, "none", ""} {
		if err := s.RevokeToken(ctx, gone, moment(60), entry(60, "token.revoked", gone)); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("revoke %q: %v", gone, err)
		}
	}
	s = p.reopen(s)
	same(p, "tokens", got(s.Tokens(ctx))(p), want)
	for _, t := range want {
		same(p, "by hash", got(s.TokenByHash(ctx, t.Hash))(p), &t)
	}
	for _, hash := range []string{"", "hash-", "hash-9", "hash-00"} {
		if _, err := s.TokenByHash(ctx, hash); !errors.Is(err, store.ErrNotFound) {
			p.Errorf("hash %q: %v", hash, err)
		}
	}
	if n := len(got(s.Entries(ctx, "", 99))(p)); n != 4 {
		p.Errorf("%d entries of four changes", n)
	}
}

func testVotes(p *place) {
	s, ctx := p.store(), p.Context()
	var want []store.Vote
	for i := range 9 {
		v := store.Vote{ID: store.NewID(moment(i)), Article: "a", Helped: i%3 > 0, Note: name("é", i), At: moment(i)}
		must(p, s.AddVote(ctx, &v))
		want = append(want, v)
		v.ID, v.Article, v.Helped = store.NewID(moment(i)), "ab", true
		must(p, s.AddVote(ctx, &v))
	}
	if err := s.AddVote(ctx, &want[0]); !errors.Is(err, store.ErrConflict) {
		p.Errorf("a vote comes twice: %v", err)
	}
	slices.Reverse(want)
	for _, most := range []int{0, 1, 4, 9, 10} {
		votes, helped, not, err := s.VotesOf(ctx, "a", most)
		if err != nil || helped != 6 || not != 3 {
			p.Errorf("%d helped, %d not, %v", helped, not, err)
		}
		same(p, "votes", votes, want[:min(most, 9)])
	}
	for _, none := range []string{"", "abc", "b"} {
		if votes, helped, not, err := s.VotesOf(ctx, none, 9); err != nil || len(votes)+helped+not > 0 {
			p.Errorf("votes of %q: %v, %d, %d, %v", none, votes, helped, not, err)
		}
	}
}

func testLog(p *place) {
	s, ctx := p.store(), p.Context()
	var want []store.Entry
	for i := range 20 {
		e := entry(i, "content.loaded", name("é", i))
		e.ID = "set by the store"
		must(p, s.Note(ctx, e))
		want = append(want, e)
	}
	slices.Reverse(want)
	for _, most := range []int{1, 7, 20, 21} {
		var all []store.Entry
		for after := ""; ; {
			page := got(s.Entries(ctx, after, most))(p)
			all = append(all, page...)
			if len(page) < most {
				break
			}
			after = page[len(page)-1].ID
			must(p, s.Note(ctx, entry(1000, "later", ""))) // moves no page
		}
		all = slices.DeleteFunc(all, func(e store.Entry) bool { return e.What == "later" })
		for i := range all {
			if all[i].ID == want[i].ID || i > 0 && all[i].ID >= all[i-1].ID {
				p.Fatalf("id %q", all[i].ID)
			}
			all[i].ID = want[i].ID
		}
		same(p, "log", all, want)
	}
}
