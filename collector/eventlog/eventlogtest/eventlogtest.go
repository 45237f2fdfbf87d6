// Package eventlogtest makes event log files (.evtx) for tests from the XML
// that Event Viewer shows and saves, so that a machine can be described by
// somebody who knows Event Viewer:
//
//	<Events>
//	  <Event><System><Provider Name="Microsoft-Windows-WindowsUpdateClient"/><EventID>20</EventID>
//	    <TimeCreated SystemTime="2026-11-21T18:00:00Z"/><Channel>System</Channel><Computer>PC-1</Computer></System>
//	    <EventData><Data Name="errorCode">0x80070306</Data></EventData></Event>
//	</Events>
//
// As in real files, an event is a template with its texts as arguments, and what
// stands below System is an argument with a template of its own. Names of an
// element's namespaces are left out.
package eventlogtest

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
}

// Make returns a log file of the events.
func Make(events []byte) ([]byte, error) {
	var root node
	if err := xml.Unmarshal(events, &root); err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	head := make([]byte, 4096)
	copy(head, "ElfFile\x00")
	out := head
	var c *chunk
	for i := range root.Children {
		if c == nil || !c.record(&root.Children[i], uint64(i+1)) {
			if c != nil {
				out = append(out, c.end()...)
			}
			c = newChunk()
			if !c.record(&root.Children[i], uint64(i+1)) {
				return nil, fmt.Errorf("event %d is too long", i)
			}
		}
	}
	if c != nil {
		out = append(out, c.end()...)
	}
	return out, nil
}

const chunkSize = 64 << 10

// chunk is a chunk that is being written.
type chunk struct {
	b     []byte
	names map[string]int // where each name stands
}

func newChunk() *chunk {
	c := &chunk{b: make([]byte, 512, chunkSize), names: map[string]int{}}
	copy(c.b, "ElfChnk\x00")
	return c
}

func (c *chunk) end() []byte {
	binary.LittleEndian.PutUint32(c.b[48:], uint32(len(c.b)))
	return append(c.b, make([]byte, chunkSize-len(c.b))...)
}

// record appends an event, and reports whether there was room.
func (c *chunk) record(event *node, id uint64) bool {
	start := len(c.b)
	c.u32(0x00002a2a)
	c.u32(0)
	c.b = binary.LittleEndian.AppendUint64(c.b, id)
	c.b = binary.LittleEndian.AppendUint64(c.b, 0)
	c.b = append(c.b, 0x0f, 1, 1, 0)
	c.template(event)
	c.b = append(c.b, 0)
	size := len(c.b) - start + 4
	c.u32(uint32(size))
	if len(c.b) > chunkSize {
		c.b = c.b[:start]
		for name, at := range c.names {
			if at >= start {
				delete(c.names, name)
			}
		}
		return false
	}
	binary.LittleEndian.PutUint32(c.b[start+4:], uint32(size))
	return true
}

func (c *chunk) u16(v int)    { c.b = binary.LittleEndian.AppendUint16(c.b, uint16(v)) }
func (c *chunk) u32(v uint32) { c.b = binary.LittleEndian.AppendUint32(c.b, v) }

// argument is an argument of a template: a text with its type, or XML.
type argument struct {
	kind byte
	data []byte
	xml  *node
}

// template writes a use of a template with its body, and the arguments.
func (c *chunk) template(root *node) {
	c.b = append(c.b, 0x0c, 1)
	c.u32(uint32(len(c.b)))
	at := len(c.b) + 4
	c.u32(uint32(at))
	c.b = append(c.b, make([]byte, 24)...)
	var args []argument
	c.b = append(c.b, 0x0f, 1, 1, 0)
	c.element(root, true, &args)
	c.b = append(c.b, 0)
	binary.LittleEndian.PutUint32(c.b[at+20:], uint32(len(c.b)-at-24))
	c.u32(uint32(len(args)))
	sizes := len(c.b)
	c.b = append(c.b, make([]byte, 4*len(args))...)
	for i, arg := range args {
		start := len(c.b)
		if arg.xml != nil {
			c.b = append(c.b, 0x0f, 1, 1, 0)
			c.template(arg.xml)
			c.b = append(c.b, 0)
		}
		c.b = append(c.b, arg.data...)
		binary.LittleEndian.PutUint16(c.b[sizes+4*i:], uint16(len(c.b)-start))
		c.b[sizes+4*i+2] = arg.kind
	}
}

// element writes an element of a template's body.
func (c *chunk) element(n *node, root bool, args *[]argument) {
	attrs := make([]xml.Attr, 0, len(n.Attrs))
	for _, a := range n.Attrs {
		if a.Name.Local != "xmlns" {
			attrs = append(attrs, a)
		}
	}
	open := byte(0x01)
	if len(attrs) > 0 {
		open |= 0x40
	}
	c.b = append(c.b, open)
	c.u16(0xffff)
	c.u32(0)
	c.name(n.XMLName.Local)
	if len(attrs) > 0 {
		c.u32(0)
	}
	for _, a := range attrs {
		c.b = append(c.b, 0x06)
		c.name(a.Name.Local)
		if a.Name.Local == "Name" { // as in real files: the template has it
			c.literal(a.Value)
		} else {
			c.substitution(text(a.Value, a.Name.Local), args)
		}
	}
	content := strings.TrimSpace(n.Text)
	if len(n.Children) == 0 && content == "" {
		c.b = append(c.b, 0x03)
		return
	}
	c.b = append(c.b, 0x02)
	for i := range n.Children {
		child := &n.Children[i]
		if name := child.XMLName.Local; root && (name == "EventData" || name == "UserData") {
			c.substitution(argument{kind: 0x21, xml: child}, args)
			continue
		}
		c.element(child, false, args)
	}
	if content != "" {
		c.substitution(text(content, n.XMLName.Local), args)
	}
	c.b = append(c.b, 0x04)
}

func (c *chunk) literal(s string) {
	units := utf16.Encode([]rune(s))
	c.b = append(c.b, 0x05, 0x01)
	c.u16(len(units))
	c.utf16(units)
}

func (c *chunk) substitution(arg argument, args *[]argument) {
	c.b = append(c.b, 0x0e)
	c.u16(len(*args))
	c.b = append(c.b, arg.kind)
	*args = append(*args, arg)
}

// text gives a text the type that real files have for it.
func text(s, name string) argument {
	if name == "SystemTime" {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return argument{kind: 0x11, data: binary.LittleEndian.AppendUint64(nil, uint64(t.UnixNano()/100)+116444736000000000)}
		}
	}
	if n, err := strconv.ParseUint(s, 10, 16); err == nil && name == "EventID" {
		return argument{kind: 0x06, data: binary.LittleEndian.AppendUint16(nil, uint16(n))}
	}
	if digits, ok := strings.CutPrefix(s, "0x"); ok {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return argument{kind: 0x14, data: binary.LittleEndian.AppendUint32(nil, uint32(n))}
		}
	}
	var data []byte
	for _, u := range utf16.Encode([]rune(s)) {
		data = binary.LittleEndian.AppendUint16(data, u)
	}
	return argument{kind: 0x01, data: data}
}

// name writes where a name stands, and the name itself the first time.
func (c *chunk) name(s string) {
	if at, ok := c.names[s]; ok {
		c.u32(uint32(at))
		return
	}
	at := len(c.b) + 4
	c.names[s] = at
	c.u32(uint32(at))
	units := utf16.Encode([]rune(s))
	c.u32(0)
	c.u16(0)
	c.u16(len(units))
	c.utf16(append(units, 0))
}

func (c *chunk) utf16(units []uint16) {
	for _, u := range units {
		c.u16(int(u))
	}
}
