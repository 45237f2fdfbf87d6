package facts

import (
	"encoding/json"
	"strings"
	"time"
)

// State says what a report knows of one fact.
type State uint8

// The three states of a fact. The zero value is Absent: what nobody mentioned
// is unknown.
const (
	Absent State = iota // not in the report: unknown
	Null                // stated to be nothing: a known value
	Known               // has a value, which may be false, 0, "" or empty
)

// String returns the state's name in lower case.
func (s State) String() string {
	switch s {
	case Null:
		return "null"
	case Known:
		return "known"
	}
	return "absent"
}

// Maybe is a fact of type T that a report may state, state to be nothing, or
// leave out. The zero value is absent. With the tag `json:",omitzero"` it keeps
// all three apart in JSON.
type Maybe[T any] struct {
	V     T // meaningful only when the state is Known
	state State
}

// Some returns a known fact.
func Some[T any](v T) Maybe[T] { return Maybe[T]{V: v, state: Known} }

// Get returns the value, and whether there is one.
func (m Maybe[T]) Get() (T, bool) { return m.V, m.state == Known }

// State returns what is known.
func (m Maybe[T]) State() State { return m.state }

// IsZero reports that the fact is absent; encoding/json's omitzero asks it.
func (m Maybe[T]) IsZero() bool { return m.state == Absent }

// MarshalJSON writes null for an absent or null fact: whoever holds a Maybe in
// a struct leaves the absent one out with omitzero.
func (m Maybe[T]) MarshalJSON() ([]byte, error) {
	if m.state != Known {
		return []byte("null"), nil
	}
	return json.Marshal(m.V)
}

// slot is what the decoder and the paths need of a Maybe, whatever its type.
type slot interface {
	setState(State)
	State() State
	value() any // a pointer to V
	cell() Cell
}

func (m *Maybe[T]) setState(s State) { m.state = s }
func (m *Maybe[T]) value() any       { return &m.V }

// Kind tells which field of a [Cell] carries the value.
type Kind uint8

// The kinds of a fact's value.
const (
	Other Kind = iota // an object or a list
	Text
	Number
	Truth
	Moment
	Error // a Windows code
	Update
)

// Cell is the value of one fact as conditions compare it.
type Cell struct {
	State State
	Kind  Kind
	Text  string // Text; for Error, Update and Moment their canonical spelling is built by String
	Int   int64  // Number
	Bool  bool   // Truth
	Time  time.Time
	Code  Code
	KB    KB
}

// String returns the value as a person reads it, "" when there is none.
func (c Cell) String() string {
	if c.State != Known {
		return ""
	}
	switch c.Kind {
	case Text:
		return c.Text
	case Number:
		return itoa(c.Int)
	case Truth:
		if c.Bool {
			return "true"
		}
		return "false"
	case Moment:
		return c.Time.UTC().Format(time.RFC3339)
	case Error:
		return c.Code.String()
	case Update:
		return c.KB.String()
	}
	return ""
}

func (m *Maybe[T]) cell() Cell {
	c := cellOf(any(&m.V))
	c.State = m.state
	return c
}

// cellOf reads the value behind a pointer. It takes a pointer so that strings
// and times are not copied to the heap on the advisor's hot path.
func cellOf(p any) Cell {
	c := Cell{State: Known}
	switch v := p.(type) {
	case *string:
		c.Kind, c.Text = Text, *v
	case *Date:
		c.Kind, c.Text = Text, string(*v)
	case *int64:
		c.Kind, c.Int = Number, *v
	case *bool:
		c.Kind, c.Bool = Truth, *v
	case *time.Time:
		c.Kind, c.Time = Moment, *v
	case *Code:
		c.Kind, c.Code = Error, *v
	case *Extend:
		c.Kind, c.Text = Text, v.String()
	case *Stop:
		c.Kind, c.Text = Text, v.String()
	case *KB:
		c.Kind, c.KB = Update, *v
	}
	return c
}

// equalFold compares two known values as conditions do: texts without case.
func equalFold(a, b Cell) bool {
	return a.State == Known && b.State == Known && strings.EqualFold(a.String(), b.String())
}
