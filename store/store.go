// Package store says what the service must not forget, and how it is asked for:
// reports with their advice, what became of remedies, edits of the content,
// tokens, readers' votes, and who did what.
//
// A [Store] is durable: when a method that writes returns without an error, the
// write survives the end of the process, however it ends. Each method is one
// transaction: all of it happens, or nothing. All methods are safe for
// concurrent use. Package storetest holds every implementation to that.
//
// Texts are valid UTF-8: what another record could not be told from without that
// (ids, names of devices and codes, keys) is refused, elsewhere it is mended. A
// new thing whose id is taken is ErrConflict.
//
// Lists that grow are read page by page, newest first, from a cursor that is
// the id of the last entry read: what is added later never moves a page.
package store

import (
	"context"
	"errors"
	"io"
	"time"
)

// What a caller may want to know of an error.
var (
	// ErrNotFound: there is no such thing, or it was deleted.
	ErrNotFound = errors.New("not found")
	// ErrConflict: somebody else wrote first. Read again and decide anew.
	ErrConflict = errors.New("changed by somebody else meanwhile")
	// ErrKeyReused: an idempotency key came back with another report.
	ErrKeyReused = errors.New("this idempotency key was used for another report")
	// ErrDamaged: what is stored, or a backup, cannot be read.
	ErrDamaged = errors.New("damaged")
)

// Store keeps everything. A user of a part takes the interface of that part.
type Store interface {
	Reports
	Trials
	Documents
	Tokens
	Votes
	Log

	// Backup writes the state of one moment, while others go on writing.
	Backup(ctx context.Context, w io.Writer) error
	// Restore puts a backup, at one moment, in the place of everything that was
	// written until then, or changes nothing. The error is ErrDamaged for what is
	// no backup.
	Restore(ctx context.Context, r io.Reader) error
	// Close waits for what is under way. Nothing may be called after it.
	Close() error
}

// Reports are what machines sent, each with the advice that was given.
type Reports interface {
	// AddReport keeps a report. When its Owner used its Key before, for a report
	// that is still there, nothing is kept and that report is returned, or
	// ErrKeyReused if its Sum is another one.
	AddReport(ctx context.Context, r *Report) (kept *Report, added bool, err error)
	// Report returns a report, or ErrNotFound.
	Report(ctx context.Context, id string) (*Report, error)
	// ReportByKey returns the report that an owner sent with a key, or ErrNotFound.
	ReportByKey(ctx context.Context, owner, key string) (*Report, error)
	// ListReports returns the heads of reports, newest first.
	ListReports(ctx context.Context, q ReportQuery) ([]ReportHead, error)
	// ExpireReports deletes up to most reports that were received before a time,
	// the oldest first, and returns how many. With a machine's last report its
	// trials go; what they counted stays.
	ExpireReports(ctx context.Context, before time.Time, most int) (int, error)
	// EraseDevice deletes all that a device sent, takes its trials out of the
	// counts and returns how many reports there were. A device must be named.
	EraseDevice(ctx context.Context, device string, by Entry) (int, error)
}

// Trials are remedies that were carried out, by machine: see [ReportHead.Machine].
type Trials interface {
	// TrialsOf returns a machine's trials and their version, 0 for a machine
	// that has none yet.
	TrialsOf(ctx context.Context, machine string) (trials []Trial, version uint64, err error)
	// PutTrials replaces a machine's trials, and what they count, unless their
	// version is another one by now: then it is ErrConflict. A version never comes
	// back. Without any report of the machine, as after its erasure, it is
	// ErrNotFound: what was begun before leaves nothing behind.
	PutTrials(ctx context.Context, machine string, version uint64, trials []Trial) error
	// Counts returns how often each remedy of each article was tried and cured.
	Counts(ctx context.Context) (map[Cure]Count, error)
}

// Documents are the edits of articles and remedies, every version of each.
type Documents interface {
	// PutDocument adds a version. Its number must be one above the newest one,
	// or 1 for a new document: else it is ErrConflict.
	PutDocument(ctx context.Context, d *Document, by Entry) error
	// Document returns a version, or the newest one for version 0, or ErrNotFound.
	Document(ctx context.Context, kind Kind, id string, version int) (*Document, error)
	// History returns all versions of a document, newest first, without their
	// texts. There are none of a document that was never edited.
	History(ctx context.Context, kind Kind, id string) ([]Document, error)
	// Edits returns every edited document, by kind and id.
	Edits(ctx context.Context) ([]Edit, error)
}

// Tokens are the rights of those who call.
type Tokens interface {
	AddToken(ctx context.Context, t *Token, by Entry) error
	// TokenByHash returns the token with a hash, revoked or not, or ErrNotFound.
	TokenByHash(ctx context.Context, hash string) (*Token, error)
	// Tokens returns all tokens, the oldest first.
	Tokens(ctx context.Context) ([]Token, error)
	// RevokeToken ends a token at a time; ErrNotFound, also for one that is revoked.
	RevokeToken(ctx context.Context, id string, at time.Time, by Entry) error
}

// Votes are readers' opinions of articles.
type Votes interface {
	AddVote(ctx context.Context, v *Vote) error
	// VotesOf returns the votes on an article, newest first, at most most of
	// them, and how many of all helped and did not.
	VotesOf(ctx context.Context, article string, most int) (votes []Vote, helped, not int, err error)
}

// Log is who changed what. Entries are written by the methods that change
// something, in the same transaction.
type Log interface {
	// Note adds an entry for what changed elsewhere than in the store.
	Note(ctx context.Context, e Entry) error
	// Entries returns entries, newest first, older than the id after ("" from the newest on).
	Entries(ctx context.Context, after string, most int) ([]Entry, error)
}
