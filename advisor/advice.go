package advisor

import (
	"encoding/json"
	"time"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/kb"
)

// Verdicts of an advice.
const (
	Matched    = "matched"     // the first diagnosis has a confidence of ½ or more
	NeedsFacts = "needs_facts" // the facts do not decide: see the questions
	Unmatched  = "unmatched"   // "none of these" outweighs all articles together, and neither a code nor the words lead to one
	Wait       = "wait"        // an installation is going on
	Healthy    = "healthy"     // no sign of failure
)

// Advice is the answer to one report.
type Advice struct {
	Verdict  string  `json:"verdict" enums:"matched,needs_facts,unmatched,wait,healthy"`
	Revision string  `json:"revision"` // of the content that the answer was made from
	Subject  Subject `json:"subject"`
	// Warnings are what the reader should know of the input: unknown fields,
	// actions nobody knows.
	Warnings    []string     `json:"warnings"`
	Diagnoses   []Diagnosis  `json:"diagnoses"` // by confidence, ties by id
	PatchStates []PatchState `json:"patch_states"`
	Questions   []Question   `json:"questions"` // the most informative first
	Codes       []CodeName   `json:"codes"`     // that the report mentions
	// None is the probability that no article of the library is the cause.
	None float64 `json:"none"`
	Wait *Pause  `json:"wait"` // with verdict wait
}

// Subject is the update and the code that the case is about; both may be empty.
type Subject struct {
	KB   string `json:"kb,omitempty"`
	Code string `json:"code,omitempty"`
}

// Pause says until when to leave the machine alone.
type Pause struct {
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// CodeName is a code of the report with its name, empty when nobody names it.
type CodeName struct {
	Code   string `json:"code"`
	Symbol string `json:"symbol"`
}

// PatchState is whether an update is really on the machine.
type PatchState struct {
	KB    string `json:"kb"`
	State string `json:"state" enums:"missing,installed,superseded,not_applicable,unknown"`
	Why   string `json:"why"`
}

// Diagnosis is one probable cause. With o the product of Prior/(1-Prior of all)
// and the counted factors of Evidence, Confidence is o over the sum of all
// candidates' and that of "none of these", then limited to 0.99, and to 0.95 where
// fewer than two groups of signals speak for it.
type Diagnosis struct {
	Article    string  `json:"article"`
	Version    string  `json:"version"` // revision of the article
	Title      string  `json:"title"`
	Summary    string  `json:"summary"`
	URL        string  `json:"url"`
	Confidence float64 `json:"confidence"` // a probability, 0 to 1
	// Level: confirmed (0.9 or more with a specific signal), likely (0.5 or more), possible.
	Level string `json:"level" enums:"confirmed,likely,possible"`
	// LevelLabel is the level as a person reads it.
	LevelLabel   string        `json:"level_label"`
	Prior        float64       `json:"prior"` // probability before any evidence
	AnalysisHTML string        `json:"analysis_html"`
	Evidence     []Evidence    `json:"evidence"` // strongest first, unknown last
	Remedies     []Remedy      `json:"remedies"` // in the order to try them
	Skipped      []Skipped     `json:"skipped"`
	Verify       []VerifyCheck `json:"verify"`
}

// Evidence is one line for or against a cause.
type Evidence struct {
	// Signal is the signal's id, or one of code, inner-code, other-code, kb,
	// log-signature, text, platform.
	Signal string `json:"signal"`
	Group  string `json:"group"`
	Text   string `json:"text"`
	Holds  string `json:"holds" enums:"yes,no,unknown"`
	// Facts are the places of the report that it rests on.
	Facts []string `json:"facts"`
	// Factor is what the line multiplies the odds by; 1 when unknown.
	Factor float64 `json:"factor"`
	// Counted is false where a stronger line of the same group was taken.
	Counted bool `json:"counted"`
}

// Remedy is one alternative for this machine.
type Remedy struct {
	// Action is the plan's main action: its last that is no check and no restart.
	Action string   `json:"action"`
	Plan   []string `json:"plan"`
	Title  string   `json:"title"`
	// Availability: allowed, blocked, or ask: a fact that decides is missing.
	Availability string   `json:"availability" enums:"allowed,blocked,ask"`
	Because      []string `json:"because"`
	Temporary    bool     `json:"temporary"`
	// Chance is the probability that it cures this cause, of the author's judgement
	// and, from five trials on, of Outcomes; 0: not judged.
	Chance    float64     `json:"chance"`
	Cost      Cost        `json:"cost"`
	Who       string      `json:"who" enums:"user,l1,l2,admin,vendor"`
	Summary   string      `json:"summary"`
	NoteHTML  string      `json:"note_html,omitempty"` // what this cause needs said of it
	Preflight []Preflight `json:"preflight"`
	Steps     []Step      `json:"steps"`
	Undo      []Step      `json:"undo"`
	// Outcomes are what the remedy did on other machines, when that is known.
	Outcomes *Outcomes `json:"outcomes,omitempty"`
}

// Cost is the price of an alternative.
type Cost struct {
	Minutes    [2]int `json:"minutes"`
	Restarts   int    `json:"restarts"`
	Risk       string `json:"risk" enums:"low,medium,high"`
	Reversible bool   `json:"reversible"`
	DataLoss   string `json:"data_loss" enums:"none,possible,certain"`
	// Expected is the price in minutes, with restarts, risk and skill, per
	// chance of success; 0: not judged.
	Expected int `json:"expected"`
}

// Preflight is a check before a remedy.
type Preflight struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	Title  string `json:"title"`
	HTML   string `json:"html"`
}

// Step is one thing to do.
type Step struct {
	ID       string   `json:"id"`
	Action   string   `json:"action"`
	Title    string   `json:"title"`
	HTML     string   `json:"html"`
	Commands []string `json:"commands"`
	Shell    string   `json:"shell,omitempty" enums:"cmd,powershell,diskpart"`
	Elevated bool     `json:"elevated"`
	Restart  bool     `json:"restart"`
	Who      string   `json:"who" enums:"user,l1,l2,admin,vendor"`
}

// Outcomes counts what a remedy did, with the limits of a 95 % Wilson interval.
type Outcomes struct {
	Tried int     `json:"tried"`
	Fixed int     `json:"fixed"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Skipped is an action that is not offered, and why.
type Skipped struct {
	Action string `json:"action"`
	Title  string `json:"title"`
	Why    string `json:"why"`
}

// VerifyCheck is what a later collection must show.
type VerifyCheck struct {
	Signal string `json:"signal"`
	Text   string `json:"text"`
	Holds  string `json:"holds" enums:"yes,no,unknown"`
}

// Question is what to find out next.
type Question struct {
	// ID is that of a signal, or "which-update", whose answer goes into symptoms.kbs, or
	// "run-collector", which comes first where a typed report says that its machine can be
	// reached (constraints.offline is false).
	ID   string `json:"id"`
	Text string `json:"text"`
	How  How    `json:"how"`
	// Answers always end with "unknown", which states nothing.
	Answers []Answer `json:"answers"`
	// Gain is the expected information in bits.
	Gain float64 `json:"gain"`
}

// How is where to look: a command, a way through the menus, or both.
type How struct {
	Command  string `json:"command,omitempty"`
	Shell    string `json:"shell,omitempty" enums:"cmd,powershell"`
	Elevated bool   `json:"elevated"`
	Menu     string `json:"menu,omitempty"`
}

// Answer is one answer; merging its facts into the report and asking again
// gives the next advice.
type Answer struct {
	ID    string          `json:"id"`
	Label string          `json:"label"`
	Facts json.RawMessage `json:"facts" swaggertype:"object"`
}

// Options are how an answer is wanted.
type Options struct {
	Lang kb.Lang
	// Hints are how well the person's words fit each article, 0 to 1, from the
	// search index; an advice with the same hints is the same.
	Hints map[string]float64
	// Reader is the skill of the person who asks; empty: l2, a technician.
	Reader kb.Skill
	// ArticleURL makes the address of an article; nil: none.
	ArticleURL func(id string) string
	// Outcomes says on how many machines an article's main action was tried, and
	// on how many of these it cured; nil: nobody knows. With the same outcomes an
	// advice is the same.
	Outcomes func(article, action string) (tried, fixed int)
	// RemedyAt is when a remedy of an article was last carried out on this machine, by
	// the article's id; the report's tried facts need not say it again.
	RemedyAt map[string]time.Time
	// Warnings are put before the advisor's own.
	Warnings []string
	// MaxQuestions limits the questions; 0: five.
	MaxQuestions int
}

// subjectOf is the update and the code of a case.
type subjectOf struct {
	kb   facts.KB
	code facts.Code
}
