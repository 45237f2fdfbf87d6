package delivery

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/patchmedic/patchmedic/collector/sysproxy"
)

// Client sends reports to one service. It is safe for concurrent use.
type Client struct {
	// Server is the service's address, without /api/v1.
	Server *url.URL
	Token  string // "" for none
	Lang   string // of the advice: fr or en
	HTTP   *http.Client
}

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	maxAnswer  = 8 << 20 // bytes
)

// HTTPClient returns a client with TLS 1.2 or newer that takes the system's
// proxy, and trusts the certificates of the file too, if there is one. It
// follows no redirection: a report goes to the address that was given.
func HTTPClient(caFile string) (*http.Client, error) {
	transport := Transport()
	transport.ResponseHeaderTimeout = 45 * time.Second // a service that hangs is asked again
	transport.TLSClientConfig.MinVersion = tls.VersionTLS12
	if caFile != "" {
		data, err := os.ReadFile(caFile)
		if err != nil {
			return nil, err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", caFile)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Transport goes through the proxy of the system.
func Transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = sysproxy.For
	transport.TLSClientConfig = &tls.Config{}
	return transport
}

// Answer is what the service says to a report.
type Answer struct {
	// Stored says that the service keeps the report.
	Stored bool
	ID     string
	// Location is the report's address on the server that was asked, "" when it was
	// not stored or the answer names another server.
	Location string
	// Advice and Outcomes, what came of earlier remedies, are in JSON, as the API
	// describes them. Outcomes may be nil.
	Advice, Outcomes json.RawMessage
	Warnings         []string
}

// Refusal says that there is no use in sending again before something was
// changed: the address, the token, the report.
type Refusal struct {
	Status int // of HTTP; 0 when there was no answer
	Detail string
}

func (e *Refusal) Error() string {
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return fmt.Sprintf("the service refuses the token (%d): set PATCHMEDIC_TOKEN to one with the right to report", e.Status)
	case e.Status == http.StatusNotFound:
		return "nothing takes reports at this address (404): give that of the service with --server, as in https://patchmedic.example"
	case e.Status < 400:
		return e.Detail
	}
	return fmt.Sprintf("the service refuses the report (%d): %s", e.Status, e.Detail)
}

// forever reports whether the service will never take this report, whatever is
// changed elsewhere.
func (e *Refusal) forever() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// Key is the Idempotency-Key of a report.
func Key(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Send sends a report until it is answered or the context ends. The error is
// [*Refusal], or tells the last failure.
func (c *Client) Send(ctx context.Context, body []byte) (*Answer, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(body) // a buffer takes everything
	if err := w.Close(); err != nil {
		return nil, err
	}
	pause := firstPause
	for {
		answer, after, err := c.once(ctx, packed.Bytes(), Key(body))
		var refusal *Refusal
		if err == nil || errors.As(err, &refusal) {
			return answer, err
		}
		wait := max(after, pause/2+rand.N(pause/2))
		pause = min(2*pause, lastPause)
		if !sleep(ctx, wait) {
			return nil, fmt.Errorf("%s does not take the report: %w", c.Server.Host, err)
		}
	}
}

// sleep waits, and reports whether there is still time after it: there is no
// use in waiting for an end.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// once sends a report once. An error that is no [*Refusal] may pass; after is
// how long the service asks to wait.
func (c *Client) once(ctx context.Context, packed []byte, key string) (answer *Answer, after time.Duration, err error) {
	to := c.Server.JoinPath("api/v1/reports")
	to.RawQuery = url.Values{"lang": {c.Lang}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(packed))
	if err != nil {
		return nil, 0, &Refusal{Detail: err.Error()}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Content-Encoding", "gzip")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Idempotency-Key", key)
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := c.HTTP.Do(request)
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		return nil, 0, &Refusal{Detail: fmt.Sprintf("%s has a certificate that this machine does not trust, give that of its authority with --ca: %v", c.Server.Host, untrusted.Err)}
	case err != nil:
		return nil, 0, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch status := response.StatusCode; {
	case status == http.StatusTooManyRequests, status >= 500:
		return nil, retryAfter(response.Header), fmt.Errorf("it answers %s", c.withoutToken(response.Status))
	case status >= 400:
		return nil, 0, &Refusal{status, c.withoutToken(problem(data))}
	case status >= 300:
		return nil, 0, &Refusal{status, "it redirects to " + c.withoutToken(response.Header.Get("Location")) + ": give that address with --server"}
	case err != nil:
		return nil, 0, fmt.Errorf("its answer broke off: %w", err)
	}
	answer, err = c.read(data, response.Header.Get("Location"))
	return answer, 0, err
}

// withoutToken takes the token out of what an answer says: what stands in the
// way to a service may repeat the request.
func (c *Client) withoutToken(text string) string {
	if c.Token == "" {
		return text
	}
	return strings.ReplaceAll(text, c.Token, "(the token)")
}

// read reads the answer to a report that was taken.
func (c *Client) read(data []byte, location string) (*Answer, error) {
	var in struct {
		ID       string          `json:"id"`
		Stored   *bool           `json:"stored"`
		Advice   json.RawMessage `json:"advice"`
		Outcomes json.RawMessage `json:"outcomes"`
		Warnings []string        `json:"warnings"`
	}
	if err := json.Unmarshal(data, &in); err != nil || !bytes.HasPrefix(in.Advice, []byte("{")) {
		return nil, &Refusal{http.StatusOK, "what answers there is no patchmedic service: give its address with --server"}
	}
	a := &Answer{ID: in.ID, Stored: in.ID != "" && (in.Stored == nil || *in.Stored), Advice: in.Advice, Outcomes: in.Outcomes, Warnings: in.Warnings}
	to, err := c.Server.Parse(location)
	if err == nil && location != "" && to.Scheme == c.Server.Scheme && to.Host == c.Server.Host && to.User == nil {
		a.Location = to.String()
	}
	return a, nil
}

// retryAfter reads how long to wait: seconds or a date.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// problem is what an error's body says (RFC 9457), a line for each part: what a
// stranger writes is not taken for ours.
func problem(data []byte) string {
	var p struct {
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Errors []struct {
			Pointer string `json:"pointer"`
			Detail  string `json:"detail"`
		} `json:"errors"`
	}
	if json.Unmarshal(data, &p) != nil {
		return "without a reason"
	}
	lines := []string{oneLine(p.Title + " " + p.Detail)}
	for _, e := range p.Errors[:min(len(p.Errors), 5)] {
		lines = append(lines, "  "+oneLine(e.Pointer+": "+e.Detail))
	}
	return strings.Join(lines, "\n")
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
