package api

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/patchmedic/patchmedic/facts"
	"github.com/patchmedic/patchmedic/facts/bundle"
	"github.com/patchmedic/patchmedic/facts/servicing"
)

// uploadTime is how long an upload may take: logs are long and lines are slow.
const uploadTime = 10 * time.Minute

// allowTime gives a request more time than others have.
func allowTime(c *gin.Context) {
	until := time.Now().Add(uploadTime)
	control := http.NewResponseController(c.Writer)
	// A writer that knows no deadlines has none.
	_, _ = control.SetReadDeadline(until), control.SetWriteDeadline(until)
}

// spool is a temporary file that holds what was uploaded while it is read.
type spool struct {
	file *os.File
	size int64
}

// spoolError is a spool that cannot be made or written: the disk is full.
type spoolError struct{ error }

// newSpool makes a file in a folder; "" is the system's for temporary files.
func newSpool(dir string) (*spool, error) {
	file, err := os.CreateTemp(dir, "upload-*")
	if err != nil {
		return nil, spoolError{err}
	}
	// Where a system lets an open file be removed, a service that is killed
	// leaves nothing behind.
	_ = os.Remove(file.Name())
	return &spool{file: file}, nil
}

func (s *spool) close() {
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	if err != nil {
		return n, spoolError{err}
	}
	return n, nil
}

// take copies r to the end of the file.
func (s *spool) take(name string, r io.Reader) (bundle.Part, error) {
	from := s.size
	if _, err := io.Copy(s, r); err != nil {
		return bundle.Part{}, err
	}
	return bundle.Part{Name: name, Content: io.NewSectionReader(s.file, from, s.size-from), Size: s.size - from}, nil
}

// openZip takes a body that is a zip.
func openZip(s *spool, body io.Reader) (*bundle.Archive, error) {
	part, err := s.take("", body)
	if err != nil {
		return nil, bodyError(err)
	}
	return bundle.Open(part.Content, part.Size, bundle.DefaultLimits())
}

// openForm takes a body that is a form: each of its parts is a file.
func openForm(s *spool, body io.Reader, boundary string) (*bundle.Archive, error) {
	var parts []bundle.Part
	lim := bundle.DefaultLimits()
	form := multipart.NewReader(body, boundary)
	for len(parts) <= lim.Entries { // one more is refused
		p, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		part, err := s.take(partName(p), p)
		if err != nil {
			return nil, bodyError(err)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, errForm
	}
	return bundle.OpenParts(parts, lim)
}

// partName returns the name of a part with its path, which
// [multipart.Part.FileName] takes away.
func partName(p *multipart.Part) string {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return p.FormName()
}

// bodyError tells a body that is too large, or that cannot be kept, from one
// that ends too early.
func bodyError(err error) error {
	var limit *http.MaxBytesError
	var full spoolError
	switch {
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &full):
		return full
	}
	return errCutOff
}

// formError tells a form that is none from a body that fails.
func formError(err error) error {
	var limit *http.MaxBytesError
	if errors.As(err, &limit) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return bodyError(err)
	}
	return errForm
}

// readUpload reads the logs of an upload that open takes from the body. A log
// that cannot be read to its end costs the rest of this log, and a warning.
func (s *server) readUpload(body io.Reader, open func(*spool, io.Reader) (*bundle.Archive, error)) (*facts.Report, servicing.Result, error) {
	spool, err := newSpool(s.Temp)
	if err != nil {
		return nil, servicing.Result{}, err
	}
	defer spool.close()
	archive, err := open(spool, body)
	if err != nil {
		// A client that is still sending when the connection is closed may never
		// see why: take the rest, which is bounded as the body is.
		_, _ = io.Copy(io.Discard, body)
		return nil, servicing.Result{}, err
	}
	report, found, err := s.readLog.ReadAll(archive)
	var ours *fs.PathError // of the spool: a file of an archive fails otherwise
	if errors.As(err, &ours) {
		return nil, servicing.Result{}, ours
	}
	var limit *bundle.LimitError
	found.Truncated = found.Truncated || errors.As(err, &limit)
	found.Warnings = append(archive.Warnings(), found.Warnings...)
	return report, found, nil
}
