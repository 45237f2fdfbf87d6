package eventlog

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Limits, of which real files stay far below. An event may use a template and
// a name of its chunk as often as it likes, so that few bytes could cost much.
const (
	maxDepth  = 24
	maxWork   = 4 << 20 // of a chunk: bytes of text, and workOfOne for each
	workOfOne = 16      // element, attribute or value
)

// Tokens of the binary XML; 0x40 says that more follows.
const (
	tokenEnd          = 0x00
	tokenOpen         = 0x01
	tokenCloseOpen    = 0x02
	tokenCloseEmpty   = 0x03
	tokenCloseElement = 0x04
	tokenValue        = 0x05
	tokenAttribute    = 0x06
	tokenEntity       = 0x09
	tokenTemplate     = 0x0c
	tokenSubstitution = 0x0d
	tokenOptional     = 0x0e
	tokenFragment     = 0x0f
	tokenMore         = 0x40
)

var (
	errCut  = errors.New("the event ends early")
	errWork = errors.New("the events of this chunk cost too much")
)

// element is one element of the event's XML.
type element struct {
	name       string
	attributes map[string]string
	text       string
	children   []*element
}

// child returns the first child of that name, an empty element without one.
func (e *element) child(name string) *element {
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return &element{}
}

// parser reads the binary XML between two offsets of a chunk. Names and
// templates may stand anywhere in the chunk.
type parser struct {
	chunk []byte
	at    int
	end   int
	args  []value // of the template that is being read
	depth int
	work  *int // that is left for the chunk
}

func (p *parser) take(n int) ([]byte, error) {
	if n < 0 || p.end-p.at < n {
		return nil, errCut
	}
	b := p.chunk[p.at : p.at+n]
	p.at += n
	return b, nil
}

func (p *parser) uint8() (byte, error) {
	b, err := p.take(1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func (p *parser) uint16() (int, error) {
	b, err := p.take(2)
	if err != nil {
		return 0, err
	}
	return int(binary.LittleEndian.Uint16(b)), nil
}

func (p *parser) uint32() (int, error) {
	b, err := p.take(4)
	if err != nil {
		return 0, err
	}
	return int(binary.LittleEndian.Uint32(b)), nil
}

// part accounts for another part and the bytes of its text.
func (p *parser) part(bytes int) error {
	if *p.work -= workOfOne + bytes; *p.work < 0 || p.depth > maxDepth {
		return errWork
	}
	return nil
}

// content reads what stands in an element until it ends, into that element.
func (p *parser) content(into *element) error {
	for p.at < p.end {
		token, err := p.uint8()
		if err != nil {
			return err
		}
		switch token &^ tokenMore {
		case tokenEnd, tokenCloseElement:
			return nil
		case tokenFragment:
			_, err = p.take(3)
		case tokenOpen:
			err = p.open(into, token&tokenMore != 0)
		case tokenTemplate:
			err = p.template(into)
		default:
			err = p.text(token&^tokenMore, into, &into.text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open reads an element after its token.
func (p *parser) open(into *element, attributes bool) error {
	if err := p.part(0); err != nil {
		return err
	}
	if _, err := p.take(6); err != nil { // dependency, size
		return err
	}
	name, err := p.name()
	if err != nil {
		return err
	}
	e := &element{name: name}
	into.children = append(into.children, e)
	if attributes {
		if _, err := p.take(4); err != nil {
			return err
		}
	}
	empty, err := p.attributes(e)
	if err != nil || empty {
		return err
	}
	p.depth++
	err = p.content(e)
	p.depth--
	return err
}

// attributes reads up to the end of the opening tag, and reports whether the
// element ends with it.
func (p *parser) attributes(e *element) (empty bool, err error) {
	name := ""
	for {
		token, err := p.uint8()
		if err != nil {
			return false, err
		}
		switch token &^ tokenMore {
		case tokenCloseOpen:
			return false, nil
		case tokenCloseEmpty:
			return true, nil
		case tokenAttribute:
			if err := p.part(0); err != nil {
				return false, err
			}
			if name, err = p.name(); err != nil {
				return false, err
			}
			if e.attributes == nil {
				e.attributes = map[string]string{}
			}
		default:
			text := ""
			if err := p.text(token&^tokenMore, &element{}, &text); err != nil {
				return false, err
			}
			if name != "" {
				e.attributes[name] += text
			}
		}
	}
}

// text reads a value in the place of text. A value that is itself XML becomes
// children.
func (p *parser) text(token byte, into *element, text *string) error {
	if err := p.part(0); err != nil {
		return err
	}
	switch token {
	case tokenValue:
		if _, err := p.take(1); err != nil { // its type: always a text
			return err
		}
		length, err := p.uint16()
		if err != nil {
			return err
		}
		b, err := p.take(2 * length)
		*text += decodeUTF16(b)
		return err
	case tokenSubstitution, tokenOptional:
		index, err := p.uint16()
		if err != nil {
			return err
		}
		if _, err := p.take(1); err != nil { // the type that was planned
			return err
		}
		if index >= len(p.args) {
			return fmt.Errorf("value %d of %d", index, len(p.args))
		}
		return p.insert(p.args[index], into, text)
	case tokenEntity:
		name, err := p.name()
		*text += entities[name]
		return err
	}
	return fmt.Errorf("token %#x is not known", token)
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// insert puts an argument of a template into its place.
func (p *parser) insert(v value, into *element, text *string) error {
	if v.kind != kindXML {
		if err := p.part(len(*text) + v.size); err != nil {
			return err
		}
		*text += v.text(p.chunk)
		return nil
	}
	inner := &parser{chunk: p.chunk, at: v.at, end: v.at + v.size, depth: p.depth + 1, work: p.work}
	if err := inner.part(0); err != nil {
		return err
	}
	return inner.content(into)
}

// template reads a use of a template: where its body stands, or the body itself
// at its first use, and the arguments.
func (p *parser) template(into *element) error {
	if err := p.part(0); err != nil {
		return err
	}
	if _, err := p.take(5); err != nil { // a byte and the template's number
		return err
	}
	definition, err := p.uint32()
	if err != nil {
		return err
	}
	const head = 24 // next, GUID, size
	if definition < 0 || definition > len(p.chunk)-head {
		return errCut
	}
	size := int(binary.LittleEndian.Uint32(p.chunk[definition+20:]))
	if size > len(p.chunk)-definition-head {
		return errCut
	}
	if definition == p.at {
		if _, err := p.take(head + size); err != nil {
			return err
		}
	}
	args, err := p.arguments()
	if err != nil {
		return err
	}
	body := &parser{chunk: p.chunk, at: definition + head, end: definition + head + size, args: args, depth: p.depth + 1, work: p.work}
	return body.content(into)
}

// arguments reads the arguments of a template: their sizes and types, and then
// their bytes.
func (p *parser) arguments() ([]value, error) {
	count, err := p.uint32()
	if err != nil || count > (p.end-p.at)/4 {
		return nil, errCut
	}
	args := make([]value, count)
	for i := range args {
		if args[i].size, err = p.uint16(); err != nil {
			return nil, err
		}
		if args[i].kind, err = p.uint8(); err != nil {
			return nil, err
		}
		if _, err = p.take(1); err != nil {
			return nil, err
		}
	}
	for i := range args {
		args[i].at = p.at
		if _, err := p.take(args[i].size); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// name reads a name: where it stands in the chunk, or the name itself at its
// first use.
func (p *parser) name() (string, error) {
	offset, err := p.uint32()
	if err != nil {
		return "", err
	}
	const head = 8 // next, hash, length
	if offset > len(p.chunk)-head {
		return "", errCut
	}
	length := 2 * int(binary.LittleEndian.Uint16(p.chunk[offset+6:]))
	if length > len(p.chunk)-offset-head {
		return "", errCut
	}
	if err := p.part(length); err != nil {
		return "", err
	}
	if offset == p.at {
		if _, err := p.take(head + length + 2); err != nil { // with the NUL
			return "", err
		}
	}
	return decodeUTF16(p.chunk[offset+head : offset+head+length]), nil
}
