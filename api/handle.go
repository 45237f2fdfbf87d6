package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
)

// handler answers a request, or returns why it does not.
type handler func(*gin.Context) error

// handle is the one adapter between handlers and the router.
func (s *server) handle(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			s.fail(c, err)
		}
	}
}

// encoder is a buffer that JSON is written to, used again and again.
type encoder struct {
	bytes.Buffer
	json *json.Encoder
}

// keepBuffer is the largest buffer that is kept for another answer.
const keepBuffer = 1 << 20

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.json = json.NewEncoder(&e.Buffer)
	e.json.SetEscapeHTML(false) // answers are never HTML: nosniff, and no browser shows them
	return e
}}

// encode calls use with a value as JSON.
func encode(v any, use func([]byte)) error {
	e := encoders.Get().(*encoder)
	e.Reset()
	if err := e.json.Encode(v); err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	use(e.Bytes())
	if e.Cap() <= keepBuffer {
		encoders.Put(e)
	}
	return nil
}

var jsonType = []string{"application/json; charset=utf-8"}

// answer writes a value as JSON.
func answer(c *gin.Context, status int, v any) error {
	return encode(v, func(body []byte) { send(c, status, jsonType, body) })
}

// send writes a whole body. A client that went away is no error of ours.
func send(c *gin.Context, status int, contentType []string, body []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Status(status)
	_, _ = c.Writer.Write(body)
}

// unmarshal reads a small object. Fields that it does not know are left out, and
// null is a field that is not there.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return facts.Faults{{Detail: "want an object here, not " + wrong.Value}}
	case errors.As(err, &wrong):
		return facts.Faults{{Pointer: "/" + wrong.Field, Detail: "want " + wrong.Type.String() + " here, not " + wrong.Value}}
	case err != nil:
		return brokenJSON{Detail: "not JSON: " + err.Error()}
	case bytes.Equal(bytes.TrimSpace(data), []byte("null")):
		return facts.Faults{{Detail: "want an object here, not null"}}
	}
	return nil
}

// strangers returns a fault for each field of a document that a struct does not
// have: what a misspelt one said would be lost. The document was read before.
func strangers(data []byte, into any) facts.Faults {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return facts.Faults{{Detail: "want an object here"}}
	}
	var known []string
	for field := range reflect.TypeOf(into).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known = append(known, name)
	}
	var faults facts.Faults
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			faults = append(faults, facts.Fault{Pointer: "/" + name, Detail: "there is no such field here: use " + strings.Join(known, ", ")})
		}
	}
	return faults
}
