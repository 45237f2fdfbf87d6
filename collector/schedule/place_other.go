//go:build !windows

package schedule

// Here fails: there is no Task Scheduler.
func Here() (*Place, error) { return nil, ErrElsewhere }
