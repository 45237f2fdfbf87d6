package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestSettings: a scheduled run has the flags of the run that scheduled it, from
// wherever they came, and nothing that was of that run alone.
func TestSettings(t *testing.T) {
	t.Chdir(t.TempDir())
	file := filepath.Join(t.TempDir(), "first.env")
	if err := os.WriteFile(file, []byte("PATCHMEDIC_SITE_KEY=our key = é\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name string) string { return map[string]string{"PATCHMEDIC_TOKEN": "pm_secret"}[name] }
	var first program
	err := first.parse([]string{"--schedule", "daily", "--config", file, "--server", "https://pm.example/x", "--ca", "usb.pem", "--spool", "spool", "--timeout", "90s"}, env, io.Discard)
	if err != nil || first.validateSchedule() != nil {
		t.Fatal(err, first.validateSchedule())
	}
	settings, err := first.settings("/programs/authority.pem")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, settings, 0o600); err != nil {
		t.Fatal(err)
	}
	var second program
	if err := second.parse([]string{"--config", file}, func(string) string { return "" }, io.Discard); err != nil {
		t.Fatal(err)
	}
	spool, err := filepath.Abs("spool")
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][2]string{
		"server": {second.server, "https://pm.example/x"}, "token": {second.token, "pm_secret"}, "site-key": {second.siteKey, "our key = é"},
		"ca": {second.ca, "/programs/authority.pem"}, "spool": {second.spool, spool}, "timeout": {second.timeout.String(), "1m30s"},
		"if-changed": {strconv.FormatBool(second.ifChanged), "true"}, "schedule": {second.schedule, ""},
	} {
		if values[0] != values[1] {
			t.Errorf("--%s of a scheduled run is %q, want %q, of\n%s", name, values[0], values[1], settings)
		}
	}
}

// TestSettingsOfOneLine: what would become a line of its own is refused.
func TestSettingsOfOneLine(t *testing.T) {
	var p program
	if err := p.parse([]string{"--server", "https://pm.example", "--token", "a\nPATCHMEDIC_SERVER=b"}, func(string) string { return "" }, io.Discard); err != nil {
		t.Fatal(err)
	}
	if _, err := p.settings(""); err == nil || !strings.Contains(err.Error(), "--token") {
		t.Errorf("two lines: %v", err)
	}
}
