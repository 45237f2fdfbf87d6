package winhost

import "context"

// aside runs f on a goroutine of its own and passes what f gives on to each, here.
// It returns when f has, or when the context ends: a call into Windows that hangs
// is left behind with its goroutine, and nothing that it may still say is heard.
// After the context's end give returns its error, with which f is to end. A panic of
// f becomes one of its caller, who may guard himself, unless it comes too late.
func aside[T any](ctx context.Context, f func(give func(T) error) error, each func(T)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	items, done, panics := make(chan T), make(chan error, 1), make(chan any, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				panics <- fault
			}
		}()
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
		case fault := <-panics:
			panic(fault)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
