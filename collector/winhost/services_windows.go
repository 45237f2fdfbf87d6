package winhost

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector"
)

// Services asks for no more than the right to see each state: a user without
// rights has it for most. A service whose state is denied is left out of the list
// and stands in the error.
func (h *Host) Services(ctx context.Context, names []string) ([]collector.ServiceState, error) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil, fmt.Errorf("OpenSCManager: %w", err)
	}
	defer windows.CloseServiceHandle(manager)
	var states []collector.ServiceState
	var faults []error
	for _, name := range names {
		if ctx.Err() != nil {
			faults = append(faults, ctx.Err())
			break
		}
		state, err := serviceState(manager, name)
		if err != nil {
			faults = append(faults, fmt.Errorf("the service %s: %w", name, err))
			continue
		}
		states = append(states, collector.ServiceState{Name: name, State: state})
	}
	return states, errors.Join(faults...)
}

// serviceState is 0 for a service that is not there.
func serviceState(manager windows.Handle, name string) (int, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	service, err := windows.OpenService(manager, text, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("OpenService: %w", err)
	}
	defer windows.CloseServiceHandle(service)
	var status windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(service, &status); err != nil {
		return 0, fmt.Errorf("QueryServiceStatus: %w", err)
	}
	return int(status.CurrentState), nil
}
