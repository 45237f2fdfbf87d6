package winhost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// are counted in the error, and the others are given; channels that this Windows
// does not have are passed over.
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
	channelFaults(results, &faults)
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
		r.buffer = make([]uint16, used/2+1) // used counts bytes
	}
	return nil, errors.New("EvtRender: an event that grows")
}

// channelFaults adds the channels that are there and cannot be queried, which a
// query that tolerates errors passes over.
func channelFaults(results uintptr, faults *unread) {
	const names, statuses = 0, 1 // EVT_QUERY_PROPERTY_ID
	channels, noChannels := queryProperty(results, names, list.texts)
	codes, noCodes := queryProperty(results, statuses, list.numbers)
	if err := cmp.Or(noChannels, noCodes); err != nil {
		faults.add(err)
		return
	}
	faults.addChannels(channels, codes)
}

func queryProperty[T any](results, id uintptr, read func(list) (T, error)) (T, error) {
	buffer := make([]byte, 4<<10)
	for range 3 {
		used := uint32(0)
		ok, _, err := evtGetQueryInfo.Call(results, id, uintptr(len(buffer)), uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&used)))
		if ok != 0 {
			return read(list{uint64(uintptr(unsafe.Pointer(&buffer[0]))), buffer})
		}
		if err != windows.ERROR_INSUFFICIENT_BUFFER {
			return *new(T), lastError(evtGetQueryInfo, err)
		}
		buffer = make([]byte, used)
	}
	return *new(T), errors.New("EvtGetQueryInfo: a list that grows")
}
