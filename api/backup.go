package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/store"
)

var binaryType = []string{"application/octet-stream"}

// backup godoc
//
//	@Summary		Read a backup of all records
//	@Description	Reports, edits, tokens, votes and the log of changes as they are at one moment. An answer that ends without its last chunk is no whole backup. The content that came with the program is not in it.
//	@Tags			administration
//	@Produce		octet-stream
//	@Success		200		{file}		file	"The backup"
//	@Failure		default	{object}	problem
//	@Security		Bearer
//	@Router			/api/v1/backup [get]
func (s *server) backup(c *gin.Context) error {
	h := c.Writer.Header()
	h["Content-Type"] = binaryType
	h.Set("Content-Disposition", "attachment; filename="+time.Now().UTC().Format("patchmedic-20060102T150405Z.backup"))
	if c.Request.Method == http.MethodHead {
		return nil
	}
	// Before anything is sent: nobody takes the records away unseen.
	if err := s.Store.Note(c.Request.Context(), principalOf(c).Entry("backup.sent", "", "")); err != nil {
		return err
	}
	err := s.Store.Backup(c.Request.Context(), newUnhurried(c))
	if err == nil || !c.Writer.Written() {
		return err
	}
	s.logFailure(c, problem{ID: requestID(c)}, err)
	panic(http.ErrAbortHandler) // half a backup must not look whole
}

// restore godoc
//
//	@Summary		Put a backup in the place of all records
//	@Description	All of it, or nothing changes. Tokens are those of the backup from then on.
//	@Tags			administration
//	@Accept			octet-stream
//	@Produce		json
//	@Param			body	body	string	true	"A backup"
//	@Success		204	"The records are those of the backup"
//	@Failure		413		{object}	problem	"The backup is too large"
//	@Failure		415		{object}	problem	"The body is not application/octet-stream"
//	@Failure		422		{object}	problem	"The body is not a whole backup"
//	@Failure		default	{object}	problem
//	@Security		Bearer
//	@Router			/api/v1/restore [post]
func (s *server) restore(c *gin.Context) error {
	if kind, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || kind != binaryType[0] {
		return unsupported{"Content-Type", binaryType[0]}
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, s.MaxRestore)
	body := newUnhurried(c)
	err := s.Store.Restore(c.Request.Context(), body)
	var limit *http.MaxBytesError
	switch {
	case errors.As(body.failure, &limit):
		return errBackupSize
	case body.failure != nil:
		return errCutOff
	case errors.Is(err, store.ErrDamaged):
		return errBackup
	case err != nil:
		return err
	}
	// The records are others now, whether the client waits for the rest or not.
	ctx := context.WithoutCancel(c.Request.Context())
	noted := s.Store.Note(ctx, principalOf(c).Entry("backup.restored", "", ""))
	if err := errors.Join(s.reports.Counts.Refresh(ctx), s.Restored(ctx)); err != nil {
		return fmt.Errorf("the backup is restored, but what was made from the records before is still in use; restart the service: %w", errors.Join(err, noted))
	}
	if noted != nil {
		return noted
	}
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
	return nil
}

// patience is how long a client may take for the next piece of a backup.
const patience = time.Minute

// unhurried lets the body of a request or an answer take any time in all, as
// long as it moves: the server's own deadlines are for whole requests.
type unhurried struct {
	c       *gin.Context
	body    io.Reader
	control *http.ResponseController
	// failure is why the body could not be read to its end; nil: it could.
	failure error
}

func newUnhurried(c *gin.Context) *unhurried {
	u := &unhurried{c: c, body: c.Request.Body, control: http.NewResponseController(c.Writer)}
	u.within(0, 0)
	return u
}

// within sets how long the client may take for the next piece of the request and
// of the answer; 0: any time. While nothing is read the server waits for the
// client to go away, and would take a deadline for that.
func (u *unhurried) within(read, write time.Duration) {
	deadline := func(d time.Duration) time.Time {
		if d == 0 {
			return time.Time{}
		}
		return time.Now().Add(d)
	}
	// A writer that knows no deadlines has none to lift.
	_ = u.control.SetReadDeadline(deadline(read))
	_ = u.control.SetWriteDeadline(deadline(write))
}

// Read implements [io.Reader] on the request.
func (u *unhurried) Read(p []byte) (int, error) {
	u.within(patience, 0)
	n, err := u.body.Read(p)
	u.within(0, 0)
	if err != nil && err != io.EOF {
		u.failure = err
	}
	return n, err
}

// Write implements [io.Writer] on the answer.
func (u *unhurried) Write(p []byte) (int, error) {
	u.within(0, patience)
	return u.c.Writer.Write(p)
}
