package api

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// damaged returns a variant of a JSON value with a few things wrong: a field
// left out or doubled under another name, a value of another kind.
func damaged(r *rapid.T, v any, depth int) any {
	if rapid.IntRange(0, 12).Draw(r, "hit") == 0 || depth > 8 {
		return rapid.SampledFrom([]any{nil, true, 0, -1, 1e300, "", "0x80070306", "KB5058411", "\x00\u2028é😀", "patchmedic.facts/v1",
			[]any{}, map[string]any{}, []any{nil}, map[string]any{"": nil}, []any{[]any{[]any{}}}}).Draw(r, "value")
	}
	switch here := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(here)) {
			switch rapid.IntRange(0, 20).Draw(r, "what") {
			case 0: // left out
			case 1:
				out[rapid.StringN(0, 12, -1).Draw(r, "name")] = here[name]
			default:
				out[name] = damaged(r, here[name], depth+1)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range here {
			for range rapid.IntRange(0, 2).Draw(r, "times") {
				out = append(out, damaged(r, e, depth+1))
			}
		}
		return out
	}
	return v
}

func TestDamagedBodiesNeverFailUs(t *testing.T) {
	c := start(t, nil)
	samples := []string{sample(t, "facts/state-disagrees.json"), sample(t, "facts/esp-full.json"), `{"text":"0x80070306 and 0x20017, KB5058411"}`}
	rapid.Check(t, func(r *rapid.T) {
		var v any
		if err := json.Unmarshal([]byte(rapid.SampledFrom(samples).Draw(r, "sample")), &v); err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(damaged(r, v, 0))
		if err != nil {
			t.Fatal(err)
		}
		if cut := rapid.IntRange(0, 4*len(body)).Draw(r, "cut"); cut < len(body) {
			body = body[:cut]
		}
		for _, target := range []string{"/api/v1/advice", "/api/v1/codes/extract"} {
			if got := c.send(t, "POST", target, string(body)); got.status >= 500 {
				r.Fatalf("%s answers %d: %s", target, got.status, got.body)
			}
		}
	})
}

func TestOddQueriesNeverFailUs(t *testing.T) {
	c := start(t, nil)
	word := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"0x80070306", "1", "100", "fr", "disk", "KB5058411", "jsonl", "l1", "2026-01-01"}))
	names := []string{"q", "lang", "code", "kb", "category", "product", "limit", "cursor", "format", "since", "audience"}
	rapid.Check(t, func(r *rapid.T) {
		query := url.Values{}
		for range rapid.IntRange(0, 4).Draw(r, "n") {
			query.Add(rapid.SampledFrom(names).Draw(r, "name"), word.Draw(r, "value"))
		}
		for _, path := range []string{"/api/v1/search", "/api/v1/suggest", "/api/v1/articles", "/api/v1/remedies", "/api/v1/codes/" + url.PathEscape("c"+word.Draw(r, "code"))} {
			if got := c.send(t, "GET", path+"?"+query.Encode(), "", "Accept-Language", word.Draw(r, "accept")); got.status >= 500 {
				r.Fatalf("%s?%s answers %d: %s", path, query.Encode(), got.status, got.body)
			}
		}
	})
}

// FuzzAdvice sends bytes: whatever they are, the answer is ours to give.
func FuzzAdvice(f *testing.F) {
	f.Add([]byte(sample(f, "facts/state-disagrees.json")))
	f.Add([]byte(`{"schema":"patchmedic.facts/v1","schema":1}`))
	c := start(f, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := c.send(t, "POST", "/api/v1/advice", string(body)); got.status >= 500 {
			t.Errorf("%d: %s", got.status, got.body)
		}
	})
}

// FuzzCode asks for any path.
func FuzzCode(f *testing.F) {
	for _, code := range []string{"0x80070306", "0xC1900101 - 0x20017", "S_OK", "a/b", "\x00", "é"} {
		f.Add(code)
	}
	c := start(f, nil)
	f.Fuzz(func(t *testing.T, code string) {
		if got := c.send(t, "GET", "/api/v1/codes/"+url.PathEscape(code), ""); got.status >= 500 {
			t.Errorf("%d: %s", got.status, got.body)
		}
	})
}
