package main

import "time"

// advice is what is printed of a service's advice. What a newer service adds is
// left out.
type advice struct {
	Verdict string `json:"verdict"`
	Subject struct {
		KB   string `json:"kb"`
		Code string `json:"code"`
	} `json:"subject"`
	Warnings  []string    `json:"warnings"`
	Diagnoses []diagnosis `json:"diagnoses"`
	Questions []struct {
		Text string `json:"text"`
		How  struct {
			Command string `json:"command"`
			Menu    string `json:"menu"`
		} `json:"how"`
	} `json:"questions"`
	Wait *struct {
		Until time.Time `json:"until"`
		Why   string    `json:"why"`
	} `json:"wait"`
}

type diagnosis struct {
	Title      string   `json:"title"`
	Summary    string   `json:"summary"`
	Confidence float64  `json:"confidence"` // 0 to 1
	LevelLabel string   `json:"level_label"`
	Remedies   []remedy `json:"remedies"`
}

type remedy struct {
	Title        string   `json:"title"`
	Availability string   `json:"availability"`
	Because      []string `json:"because"`
	Cost         struct {
		Minutes  [2]int `json:"minutes"`
		Restarts int    `json:"restarts"`
	} `json:"cost"`
	Preflight []struct {
		Title string `json:"title"`
	} `json:"preflight"`
	Steps []struct {
		Title    string   `json:"title"`
		Commands []string `json:"commands"`
	} `json:"steps"`
}

// outcome is what came of a remedy that was carried out before.
type outcome struct {
	Action string    `json:"action"`
	At     time.Time `json:"at"`
	Result string    `json:"result"`
	Basis  string    `json:"basis"`
	Days   int       `json:"days"`
}
