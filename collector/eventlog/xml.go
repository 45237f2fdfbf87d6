package eventlog

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// ParseXML reads one event from the XML that Windows renders it as (EvtRender),
// and gives what [Read] gives for the same event in a file.
func ParseXML(data []byte) (*Event, error) {
	decoder := xml.NewDecoder(bytes.NewReader(bytes.Map(legal, data)))
	root := &element{}
	open := []*element{root} // the innermost last
	for {
		token, err := decoder.Token()
		switch {
		case err == io.EOF:
			return newEvent(root)
		case err != nil:
			return nil, fmt.Errorf("an event's XML: %w", err)
		}
		inner := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				return nil, errors.New("an event's XML is nested too deeply")
			}
			e := startOf(token)
			inner.children = append(inner.children, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			inner.text += string(token)
		}
	}
}

func startOf(token xml.StartElement) *element {
	e := &element{name: token.Name.Local, attributes: make(map[string]string, len(token.Attr))}
	for _, a := range token.Attr {
		e.attributes[a.Name.Local] = a.Value
	}
	return e
}

// legal replaces the control characters that XML cannot hold: Windows writes a
// provider's text as it is, and the rest of the event is worth reading.
func legal(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
		return '\ufffd'
	}
	return r
}
