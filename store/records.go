package store

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"time"
)

// Report is what one machine sent once, and what it was told.
type Report struct {
	ReportHead
	// Key is the idempotency key of the upload, "" without one.
	Key string `json:"key,omitempty"`
	// Sum identifies the document that was sent, to tell a repeat from another
	// report under the same key.
	Sum string `json:"sum,omitempty"`
	ReportBody
}

// ReportHead is what a list shows of a report, and what it is found by.
type ReportHead struct {
	// ID is made by [NewID]: it sorts by the time of receipt.
	ID       string    `json:"id"`
	Received time.Time `json:"received"`
	// Owner is the id of the token that it came with, "" without one.
	Owner string `json:"owner,omitempty"`
	// Device is the machine's pseudonym, "" when the report names none.
	Device string `json:"device,omitempty"`
	// Collected is when the facts were true; zero: the report does not say.
	Collected time.Time `json:"collected,omitzero"`
	// Codes are the failure codes, and KBs the updates, that it speaks of.
	Codes []string `json:"codes,omitempty"`
	KBs   []string `json:"kbs,omitempty"`
	// Verdict of the advice, and the article of its first diagnosis, "" without one.
	Verdict string `json:"verdict"`
	Article string `json:"article,omitempty"`
	// Confidence in that article, 0 to 1.
	Confidence float64 `json:"confidence,omitempty"`
	// Revision of the content that the advice was made from.
	Revision string `json:"revision"`
}

// Machine is what the trials of a report's machine are kept under: its device
// or, where it names none, the report alone.
func (r *ReportHead) Machine() string {
	if r.Device == "" {
		return "\x00" + r.ID
	}
	return r.Device
}

// ReportBody is the large part of a report.
type ReportBody struct {
	// Facts is the report after scrubbing, as JSON.
	Facts json.RawMessage `json:"facts"`
	// Advice is the answer that was given, as JSON.
	Advice json.RawMessage `json:"advice"`
	// Hints are what the search index said of the person's words: with them, the
	// facts and the revision the advice can be made again.
	Hints map[string]float64 `json:"hints,omitempty"`
	// Lang and Audience are those of the reader.
	Lang     string `json:"lang"`
	Audience string `json:"audience,omitempty"`
}

// ReportQuery says which reports are wanted. A zero field asks for nothing.
type ReportQuery struct {
	Device string
	// Code is a code or an update, as a head spells it.
	Code  string
	Owner string
	// Since and Until bound the time of receipt, as the ids have it, to the
	// microsecond; Until is excluded.
	Since, Until time.Time
	// After is the id of the last report read before; "" begins with the newest.
	After string
	// Most is how many are wanted; it must be positive.
	Most int
}

// Trial is a remedy that was carried out on a device. Doc is what is known of
// it, in the words of package proof.
type Trial struct {
	ID      string `json:"id"`
	Report  string `json:"report"`
	Article string `json:"article"`
	Action  string `json:"action"`
	// Tried says that it counts as a trial, Fixed that this counts as a cure.
	Tried bool            `json:"tried,omitempty"`
	Fixed bool            `json:"fixed,omitempty"`
	Doc   json.RawMessage `json:"doc"`
}

// Cure is a remedy for a cause.
type Cure struct{ Article, Action string }

// Count is how often a cure was tried, and how often it cured.
type Count struct {
	Tried int `json:"tried"`
	Fixed int `json:"fixed"`
}

// Kind is what a document is.
type Kind string

// Kinds of documents.
const (
	KindArticle Kind = "article"
	KindRemedy  Kind = "remedy"
)

// Document is one version of an edited article or remedy.
type Document struct {
	Kind    Kind   `json:"kind"`
	ID      string `json:"id"`
	Version int    `json:"version"` // from 1
	// Status is that of the YAML: draft, review, published, retired.
	Status string `json:"status"`
	// Revision identifies the texts.
	Revision string `json:"revision"`
	// Base is the revision of the original under the first edit, "" when there
	// was none: another original by now means that it changed since.
	Base   string    `json:"base,omitempty"`
	Author string    `json:"author"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`

	YAML string `json:"yaml,omitempty"`
	FR   string `json:"fr,omitempty"`
	EN   string `json:"en,omitempty"`
}

// Served reports whether readers and the advisor see a version of this status.
func (d *Document) Served() bool { return d.Status == "published" || d.Status == "retired" }

// Edit is a document as it stands.
type Edit struct {
	// Head is the newest version.
	Head Document
	// Served is the newest version that readers see; nil: none yet.
	Served *Document
}

// Token is a right to call. The secret itself is not kept.
type Token struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Hash is the SHA-256 of the secret, in hexadecimal.
	Hash    string    `json:"hash"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	// Expires is when it ends; zero: never.
	Expires time.Time `json:"expires,omitzero"`
	// Revoked is when somebody ended it; zero: nobody did.
	Revoked time.Time `json:"revoked,omitzero"`
}

// Vote is a reader's opinion of an article.
type Vote struct {
	ID      string    `json:"id"`
	Article string    `json:"article"`
	Helped  bool      `json:"helped"`
	Note    string    `json:"note,omitempty"`
	At      time.Time `json:"at"`
}

// Entry says who changed what. The store sets its ID.
type Entry struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Who is the name of the token, or "local".
	Who string `json:"who"`
	// What was done, a word and a thing: "article.published", "token.revoked".
	What string `json:"what"`
	// Subject is the id of the thing.
	Subject string `json:"subject"`
	Reason  string `json:"reason,omitempty"`
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns an id of 26 letters and digits that sorts by time, to the
// microsecond, and cannot be guessed.
func NewID(at time.Time) string {
	var b [16]byte
	putTime(&b, at)
	rand.Read(b[7:]) // never fails
	return idText.EncodeToString(b[:])
}

// IDFloor returns the smallest id of a time: it sorts after those of the times
// before.
func IDFloor(at time.Time) string {
	var b [16]byte
	putTime(&b, at)
	return idText.EncodeToString(b[:])
}

func putTime(b *[16]byte, at time.Time) {
	var us [8]byte
	binary.BigEndian.PutUint64(us[:], uint64(min(max(at.UnixMicro(), 0), 1<<56-1)))
	copy(b[:7], us[1:])
}
