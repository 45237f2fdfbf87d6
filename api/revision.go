package api

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/kb"
)

// fresh sets the ETag of an answer and reports whether the client has it
// already; then 304 is sent. The first part of a tag is the revision of the
// thing itself; the library's is in it as well, since an article's answer names
// remedies and other articles.
func (s *server) fresh(c *gin.Context, weak bool, revision string, lang kb.Lang, library string) bool {
	tag := `"` + revision + "." + string(lang) + "." + library + "." + s.build + `"`
	if weak {
		tag = "W/" + tag
	}
	return sendTag(c, tag)
}

// sendTag sets an ETag, and answers 304 when the client has it.
func sendTag(c *gin.Context, tag string) bool {
	h := c.Writer.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = revalidate
	asked := c.Request.Header["If-None-Match"]
	if asked == nil || !hasTag(asked, tag) {
		return false
	}
	c.Status(http.StatusNotModified)
	c.Writer.WriteHeaderNow()
	return true
}

// forget takes back the ETag of an answer that is not the last word of its
// revision.
func forget(c *gin.Context) {
	h := c.Writer.Header()
	h.Del("Etag")
	h["Cache-Control"] = noStore
}

// hasTag compares weakly, as If-None-Match does.
func hasTag(lists []string, tag string) bool {
	tag = strings.TrimPrefix(tag, "W/")
	for _, list := range lists {
		for t := range strings.SplitSeq(list, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// Faults of a cursor.
var (
	errCursor = errors.New("this cursor is damaged, or was made for other parameters")
	errStale  = errors.New("the content changed since the first page: the pages would not fit together")
)

// cursor is a place in a list that was made from one revision.
type cursor struct {
	revision string
	offset   int
	query    uint32 // what else the list was made from
}

// queryOf is a hash of what a list is made from.
func queryOf(parts ...string) uint32 {
	h := fnv.New32a()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // a hash's Write never fails
	}
	return h.Sum32()
}

// String returns the cursor as text that says nothing to a reader.
func (cu cursor) String() string {
	payload := fmt.Sprintf("1/%s/%d/%x", cu.revision, cu.offset, cu.query)
	sum := sha256.Sum256([]byte(payload))
	return base64.RawURLEncoding.EncodeToString(append(sum[:6], payload...))
}

// parseCursor reads a cursor of a list, "" being the beginning of any.
func parseCursor(text string, query uint32) (cursor, error) {
	if text == "" {
		return cursor{query: query}, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) < 6 {
		return cursor{}, errCursor
	}
	sum := sha256.Sum256(data[6:])
	parts := strings.Split(string(data[6:]), "/")
	if string(sum[:6]) != string(data[:6]) || len(parts) != 4 || parts[0] != "1" {
		return cursor{}, errCursor
	}
	offset, err := strconv.Atoi(parts[2])
	if err != nil || offset < 0 || parts[3] != strconv.FormatUint(uint64(query), 16) {
		return cursor{}, errCursor
	}
	return cursor{parts[1], offset, query}, nil
}

// staleIn reports whether the list became another since the first page.
func (cu cursor) staleIn(revision string) bool { return cu.revision != "" && cu.revision != revision }

// offsetIn reads a cursor and returns where to go on in the list of a revision.
func offsetIn(revision, text string, query uint32) (int, error) {
	cu, err := parseCursor(text, query)
	if err == nil && cu.staleIn(revision) {
		err = errStale
	}
	return cu.offset, err
}

// page cuts a list and returns the cursor of the rest, "" at its end.
func page[T any](list []T, offset, limit int, revision string, query uint32) (part []T, next string) {
	offset = min(offset, len(list))
	end := min(offset+limit, len(list))
	if end < len(list) {
		next = cursor{revision, end, query}.String()
	}
	return list[offset:end], next
}

// answerFresh answers with what changes at any time: its content is its
// revision. A client that has it already gets 304.
func answerFresh(c *gin.Context, v any) error {
	return encode(v, func(body []byte) {
		if !sendTag(c, `"`+shortSum(body)+`"`) {
			send(c, http.StatusOK, jsonType, body)
		}
	})
}

// shortSum is a hash of an answer, as a part of its ETag.
func shortSum(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
