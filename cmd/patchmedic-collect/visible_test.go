package main

import (
	"bytes"
	"testing"

	"github.com/patchmedic/patchmedic/facts"
)

// TestVisible: neither a report nor what is said about it holds what a terminal
// obeys, and the report is the same document.
func TestVisible(t *testing.T) {
	const text = "é \x1b]0;title\a \u009b31m \u202e\u2066\x7f\r"
	report := &facts.Report{Schema: facts.Schema, Symptoms: facts.Some(facts.Symptoms{Text: facts.Some(text)})}
	body, err := encode(report)
	if err != nil {
		t.Fatal(err)
	}
	if back, _, err := facts.Decode(body); err != nil || back.Symptoms.V.Text.V != text {
		t.Errorf("it came back as %+v (%v)", back, err)
	}
	var said bytes.Buffer
	if n, err := (visible{&said}).Write([]byte(text)); n != len(text) || err != nil {
		t.Errorf("%d of %d bytes, %v", n, len(text), err)
	}
	const want = `é \u001b]0;title\u0007 \u009b31m \u202e\u2066\u007f\u000d`
	if said.String() != want {
		t.Errorf("said %s, want %s", said.String(), want)
	}
	if !bytes.Contains(body, []byte(`\u009b31m \u202e\u2066\u007f`)) {
		t.Errorf("the report is %s", body)
	}
}
