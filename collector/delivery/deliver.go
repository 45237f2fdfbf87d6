package delivery

import (
	"context"
	"errors"
	"time"
)

// Outcome is what became of a report.
type Outcome struct {
	// Answer is the service's; nil without one.
	Answer *Answer
	// Kept is the file that the report is kept in, "" when it was delivered.
	Kept string
	// Refused says that the service will never take it: no later run sends it.
	Refused bool
	// Late is how many reports of earlier runs were delivered too.
	Late int
	// Err is why the report was not delivered.
	Err error
}

// Deliver keeps a report, delivers what earlier runs left, and then the report.
// The earlier ones may take half of the time that the context has, and stop at
// the first that fails: the person in front of the machine waits.
func Deliver(ctx context.Context, c *Client, s *Spool, body []byte, now time.Time) Outcome {
	this, err := s.Put(body, now)
	if err != nil { // no room for a copy: the report may arrive all the same
		answer, sent := c.Send(ctx, body)
		return Outcome{Answer: answer, Err: errors.Join(sent, unless(sent == nil && answer.Stored, err))}
	}
	out := Outcome{Late: c.sendLeft(ctx, s.Left(now), this)}
	out.Answer, out.Kept, out.Err = c.sendWaiting(ctx, this)
	var refusal *Refusal
	out.Refused = errors.As(out.Err, &refusal) && refusal.forever()
	return out
}

func unless(done bool, err error) error {
	if done {
		return nil
	}
	return err
}

// sendLeft delivers what earlier runs left, and returns how many it delivered.
func (c *Client) sendLeft(ctx context.Context, left []Waiting, this Waiting) (late int) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/2)
		defer cancel()
	}
	for _, w := range left {
		if w.Path == this.Path {
			continue
		}
		_, kept, err := c.sendWaiting(ctx, w)
		var refusal *Refusal
		switch {
		case err != nil && (!errors.As(err, &refusal) || !refusal.forever()):
			return late
		case kept == "":
			late++
		}
	}
	return late
}

// sendWaiting delivers a report of the spool. kept is where it still is.
func (c *Client) sendWaiting(ctx context.Context, w Waiting) (answer *Answer, kept string, err error) {
	body, err := w.Read()
	if err != nil {
		return nil, w.Path, err
	}
	answer, err = c.Send(ctx, body)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal) && refusal.forever():
		return nil, w.Refuse(), err
	case err != nil:
		return nil, w.Path, err
	case !answer.Stored:
		return answer, w.Path, nil
	}
	return answer, "", w.Remove()
}
