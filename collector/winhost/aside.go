package winhost

import "context"

// aside runs f on a goroutine of its own and passes what f gives on to each, here.
// It returns when f has, or when the context ends: a call into Windows that hangs
// is left behind with its goroutine, and nothing that it may still say is heard.
// After the context's end give returns its error, with which f is to end.
func aside[T any](ctx context.Context, f func(give func(T) error) error, each func(T)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	items, done := make(chan T), make(chan error, 1)
	go func() {
		done <- f(func(item T) error {
			select {
			case items <- item:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for {
		select {
		case item := <-items:
			each(item)
		case err := <-done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
