package eventlog

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// readEvent reads the event between two offsets of a chunk.
func readEvent(chunk []byte, at, end int, work *int) (*Event, error) {
	root := &element{}
	p := &parser{chunk: chunk, at: at, end: end, work: work}
	if err := p.content(root); err != nil {
		return nil, err
	}
	return newEvent(root)
}

// newEvent makes an event of what stands around its Event element.
func newEvent(root *element) (*Event, error) {
	event := root.child("Event")
	system := event.child("System")
	id, err := strconv.Atoi(system.child("EventID").text)
	if err != nil {
		return nil, errors.New("an event without an id")
	}
	e := &Event{
		Provider: system.child("Provider").attributes["Name"],
		ID:       id,
		Channel:  system.child("Channel").text,
		Computer: system.child("Computer").text,
		Data:     map[string]string{},
	}
	if at, err := time.Parse(time.RFC3339Nano, system.child("TimeCreated").attributes["SystemTime"]); err == nil {
		e.At = at.UTC()
	}
	for _, data := range event.child("EventData").children {
		if data.name != "Data" { // Binary, which only the XML view has a text for
			continue
		}
		e.Values = append(e.Values, strings.Split(data.text, "\n")...)
		if name := data.attributes["Name"]; name != "" {
			e.Data[name] = data.text
		}
	}
	for _, data := range event.child("UserData").children {
		for _, field := range data.children {
			e.Data[field.name] = field.text
		}
	}
	return e, nil
}
