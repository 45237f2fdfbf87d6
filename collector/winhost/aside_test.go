package winhost

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestAside(t *testing.T) {
	fault := errors.New("fault")
	var got []int
	err := aside(t.Context(), func(give func(int) error) error {
		for i := range 3 {
			if err := give(i); err != nil {
				return err
			}
		}
		return fault
	}, func(i int) { got = append(got, i) })
	if err != fault || !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestAsideHangs: what was given before the end counts, what comes later does not,
// and the function that was left behind is told.
func TestAsideHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	answer, late := make(chan struct{}), make(chan error)
	var got []int
	err := aside(ctx, func(give func(int) error) error {
		if err := give(1); err != nil {
			return err
		}
		<-answer
		late <- give(2)
		return nil
	}, func(i int) {
		got = append(got, i)
		cancel()
	})
	close(answer)
	if err != context.Canceled || !slices.Equal(got, []int{1}) {
		t.Errorf("%v, %v", got, err)
	}
	if err := <-late; err != context.Canceled {
		t.Errorf("given after the end: %v", err)
	}
}

func TestAsideTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := aside(ctx, func(func(int) error) error { t.Error("was started"); return nil }, func(int) {})
	if err != context.Canceled {
		t.Error(err)
	}
}

// TestAsidePanics: an odd answer costs its caller, not the program.
func TestAsidePanics(t *testing.T) {
	defer func() {
		if fault := recover(); fault != "odd" {
			t.Errorf("recovered %v", fault)
		}
	}()
	err := aside(t.Context(), func(func(int) error) error { panic("odd") }, func(int) {})
	t.Errorf("returned %v", err)
}

// TestAsidePanicsTooLate: nobody is there to guard himself, and the program lives.
func TestAsidePanicsTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone, dead := make(chan struct{}), make(chan struct{})
	err := aside(ctx, func(give func(int) error) error {
		defer close(dead)
		if err := give(1); err != nil {
			return err
		}
		<-gone
		panic("odd")
	}, func(int) { cancel() })
	close(gone)
	<-dead
	if err != context.Canceled {
		t.Error(err)
	}
}
