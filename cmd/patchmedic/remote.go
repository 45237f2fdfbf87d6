package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/patchmedic/patchmedic/internal/access"
	"github.com/patchmedic/patchmedic/store"
)

// remote is the records by way of the service that has them.
type remote struct {
	control
	client *http.Client
}

const jsonBody, binaryBody = "application/json", "application/octet-stream"

// call sends a request and returns the body of its answer, to be closed.
func (r *remote) call(ctx context.Context, method, path, contentType string, body io.Reader) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+r.Address+"/api/v1/"+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+r.Secret)
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("a service has the data folder, and does not answer: %w", err)
	}
	if answer.StatusCode < 300 {
		return answer.Body, nil
	}
	defer answer.Body.Close()
	var problem struct {
		Detail, Fix string
		Errors      []struct{ Pointer, Detail string }
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&problem); err != nil {
		return nil, fmt.Errorf("the service answers %s", answer.Status)
	}
	var faults access.Faults
	for _, f := range problem.Errors {
		faults = append(faults, access.Fault{Field: f.Pointer, Detail: f.Detail})
	}
	if faults != nil {
		return nil, faults
	}
	return nil, fmt.Errorf("the service answers: %s. %s", problem.Detail, problem.Fix)
}

// ask reads a whole answer as JSON into a value, unless that is nil.
func (r *remote) ask(ctx context.Context, method, path string, body io.Reader, into any) error {
	answer, err := r.call(ctx, method, path, jsonBody, body)
	if err != nil {
		return err
	}
	if into != nil {
		err = json.NewDecoder(answer).Decode(into)
	}
	return errors.Join(err, answer.Close())
}

func (r *remote) createToken(ctx context.Context, w access.Wish) (*store.Token, string, error) {
	body, err := json.Marshal(struct {
		Name    string    `json:"name"`
		Scopes  []string  `json:"scopes"`
		Expires time.Time `json:"expires,omitzero"`
	}{w.Name, w.Scopes, w.Expires})
	if err != nil {
		return nil, "", err
	}
	var made struct {
		store.Token
		Secret string `json:"token"`
	}
	err = r.ask(ctx, http.MethodPost, "tokens", bytes.NewReader(body), &made)
	return &made.Token, made.Secret, err
}

func (r *remote) tokens(ctx context.Context) ([]store.Token, error) {
	var list struct {
		Tokens []store.Token `json:"tokens"`
	}
	err := r.ask(ctx, http.MethodGet, "tokens", nil, &list)
	return list.Tokens, err
}

func (r *remote) revokeToken(ctx context.Context, id string) error {
	return r.ask(ctx, http.MethodDelete, "tokens/"+url.PathEscape(id), nil, nil)
}

func (r *remote) backup(ctx context.Context, w io.Writer) error {
	answer, err := r.call(ctx, http.MethodGet, "backup", "", nil)
	if err != nil {
		return err
	}
	defer answer.Close()
	if _, err := io.Copy(w, answer); err != nil {
		return fmt.Errorf("the backup was cut off: %w: the log of the service says why", err)
	}
	return nil
}

func (r *remote) restore(ctx context.Context, from io.Reader) error {
	answer, err := r.call(ctx, http.MethodPost, "restore", binaryBody, io.NopCloser(from))
	if err != nil {
		return err
	}
	return answer.Close()
}

func (r *remote) close() error {
	r.client.CloseIdleConnections()
	return nil
}
