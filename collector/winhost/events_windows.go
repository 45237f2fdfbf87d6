package winhost

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/patchmedic/patchmedic/collector/eventlog"
)

// The functions and constants of winevt.h.
var (
	wevtapi         = windows.NewLazySystemDLL("wevtapi.dll")
	evtQuery        = wevtapi.NewProc("EvtQuery")
	evtGetQueryInfo = wevtapi.NewProc("EvtGetQueryInfo")
	evtNext         = wevtapi.NewProc("EvtNext")
	evtRender       = wevtapi.NewProc("EvtRender")
	evtClose        = wevtapi.NewProc("EvtClose")
)

const (
	evtQueryChannelPath         = 0x1
	evtQueryReverseDirection    = 0x200
	evtQueryTolerateQueryErrors = 0x1000
	evtRenderEventXML           = 1
)

// Events gives each event that a structured query (QueryList in XML) finds to the
// function, the newest of a channel first. Channels and events that cannot be read
// are counted in the error, and the others are given.
func (h *Host) Events(ctx context.Context, query string, each func(*eventlog.Event)) error {
	err := aside(ctx, func(give func(*eventlog.Event) error) error { return queryEvents(ctx, query, give) }, each)
	if err != nil {
		return fmt.Errorf("the event logs: %w", err)
	}
	return nil
}

func queryEvents(ctx context.Context, query string, give func(*eventlog.Event) error) error {
	if err := loaded(evtQuery, evtGetQueryInfo, evtNext, evtRender, evtClose); err != nil {
		return err
	}
	text, err := windows.UTF16PtrFromString(query)
	if err != nil {
		return fmt.Errorf("the query: %w", err)
	}
	const flags = evtQueryChannelPath | evtQueryReverseDirection | evtQueryTolerateQueryErrors
	results, _, err := evtQuery.Call(0, 0, uintptr(unsafe.Pointer(text)), flags)
	if results == 0 {
		return lastError(evtQuery, err)
	}
	defer evtClose.Call(results)
	var faults unread
	if err := channelFaults(results, &faults); err != nil {
		return err
	}
	if err := readEvents(ctx, results, &faults, give); err != nil {
		return err
	}
	return faults.err()
}

// readEvents gives the events of a query's results.
func readEvents(ctx context.Context, results uintptr, faults *unread, give func(*eventlog.Event) error) error {
	const timeout = 1000 // ms, after which the context is looked at
	events := make([]uintptr, 64)
	r := renderer{make([]uint16, 8<<10)}
	for {
		count := uint32(0)
		ok, _, err := evtNext.Call(results, uintptr(len(events)), uintptr(unsafe.Pointer(&events[0])), timeout, 0, uintptr(unsafe.Pointer(&count)))
		switch {
		case ok != 0:
		case err == windows.ERROR_NO_MORE_ITEMS:
			return nil
		case err == windows.ERROR_TIMEOUT && ctx.Err() == nil:
			continue
		default:
			return lastError(evtNext, err)
		}
		if err := r.giveAll(events[:count], faults, give); err != nil {
			return err
		}
	}
}

// renderer reads events by way of their XML, into a buffer that grows.
type renderer struct {
	buffer []uint16
}

// giveAll reads the events, gives them on, and closes them all.
func (r *renderer) giveAll(events []uintptr, faults *unread, give func(*eventlog.Event) error) error {
	var stopped error
	for _, event := range events {
		if stopped == nil {
			if e, err := r.read(event); err != nil {
				faults.add(err)
			} else {
				stopped = give(e)
			}
		}
		evtClose.Call(event)
	}
	return stopped
}

func (r *renderer) read(event uintptr) (*eventlog.Event, error) {
	for range 3 { // the first time tells how much is needed
		used, properties := uint32(0), uint32(0)
		ok, _, err := evtRender.Call(0, event, evtRenderEventXML, uintptr(2*len(r.buffer)), uintptr(unsafe.Pointer(&r.buffer[0])),
			uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
		if ok != 0 {
			return eventlog.ParseXML([]byte(windows.UTF16ToString(r.buffer[:used/2])))
		}
		if err != windows.ERROR_INSUFFICIENT_BUFFER {
			return nil, lastError(evtRender, err)
		}
		r.buffer = make([]uint16, used/2+1)
	}
	return nil, errors.New("EvtRender: an event that grows")
}

// evtVariant is an EVT_VARIANT that holds a list.
type evtVariant struct {
	list        unsafe.Pointer // into the buffer that it is in
	count, kind uint32
}

// channelFaults adds the channels that cannot be queried, which a query that
// tolerates errors passes over.
func channelFaults(results uintptr, faults *unread) error {
	const names, statuses = 0, 1              // EVT_QUERY_PROPERTY_ID
	const texts, numbers = 0x80 | 1, 0x80 | 8 // lists of EvtVarTypeString and of EvtVarTypeUInt32
	nameList, err := queryProperty(results, names, texts)
	if err != nil {
		return err
	}
	statusList, err := queryProperty(results, statuses, numbers)
	if err != nil {
		return err
	}
	channels := unsafe.Slice((**uint16)(nameList[0].list), nameList[0].count)
	for i, status := range unsafe.Slice((*uint32)(statusList[0].list), statusList[0].count) {
		if status != 0 && i < len(channels) {
			faults.add(fmt.Errorf("%s: %w", windows.UTF16PtrToString(channels[i]), syscall.Errno(status)))
		}
	}
	return nil
}

// queryProperty gets a property that is a list of that kind.
func queryProperty(results, id uintptr, kind uint32) ([]evtVariant, error) {
	buffer := make([]evtVariant, 256)
	for range 3 {
		used := uint32(0)
		size := unsafe.Sizeof(buffer[0])
		ok, _, err := evtGetQueryInfo.Call(results, id, uintptr(len(buffer))*size, uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&used)))
		if ok != 0 && buffer[0].kind == kind {
			return buffer, nil
		}
		if ok != 0 || err != windows.ERROR_INSUFFICIENT_BUFFER {
			return nil, lastError(evtGetQueryInfo, err)
		}
		buffer = make([]evtVariant, uintptr(used)/size+1)
	}
	return nil, errors.New("EvtGetQueryInfo: a list that grows")
}
