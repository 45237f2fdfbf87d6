package winhost

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"github.com/go-ole/go-ole"

	"github.com/patchmedic/patchmedic/collector"
)

// History is what the update agent remembers, the newest first, at most so many.
// An entry that cannot be read is left out and counted in the error.
func (h *Host) History(ctx context.Context, most int) ([]collector.Attempt, error) {
	var out []collector.Attempt
	err := inApartment(ctx, ole.COINIT_MULTITHREADED,
		func(give func(collector.Attempt) error) error { return history(most, give) },
		func(a collector.Attempt) { out = append(out, a) })
	if err != nil {
		return out, fmt.Errorf("the update agent's history: %w", err)
	}
	return out, nil
}

func history(most int, give func(collector.Attempt) error) error {
	searcher, err := newSearcher()
	if err != nil {
		return err
	}
	defer searcher.Release()
	count, err := ask[int32](searcher, "GetTotalHistoryCount")
	if err != nil || count == 0 || most <= 0 { // QueryHistory refuses to give none
		return err
	}
	entries, err := object(searcher, "QueryHistory", 0, min(int(count), most))
	if err != nil {
		return err
	}
	defer entries.Release()
	return readItems(entries, readAttempt, give)
}

// newSearcher makes a searcher of the update agent. The caller releases it.
func newSearcher() (*ole.IDispatch, error) {
	session, err := create("Microsoft.Update.Session", "{4CB43D7F-7EEE-4906-8698-60DA1C38F2FE}")
	if err != nil {
		return nil, err
	}
	defer session.Release()
	if err := putText(session, "ClientApplicationID", "patchmedic"); err != nil {
		return nil, err
	}
	return object(session, "CreateUpdateSearcher")
}

// readItems gives what is read of each object of one of the agent's collections.
func readItems[T any](collection *ole.IDispatch, read func(*ole.IDispatch) (T, error), give func(T) error) error {
	count, err := ask[int32](collection, "Count")
	if err != nil {
		return err
	}
	var faults unread
	for i := range int(count) {
		value, err := readItem(collection, i, read)
		if err != nil {
			faults.add(err)
			continue
		}
		if err := give(value); err != nil {
			return err
		}
	}
	return faults.err()
}

func readItem[T any](collection *ole.IDispatch, i int, read func(*ole.IDispatch) (T, error)) (T, error) {
	item, err := object(collection, "Item", i)
	if err != nil {
		return *new(T), err
	}
	defer item.Release()
	return read(item)
}

// readAttempt reads an IUpdateHistoryEntry.
func readAttempt(entry *ole.IDispatch) (collector.Attempt, error) {
	title, noTitle := ask[string](entry, "Title")
	at, noDate := date(entry, "Date")
	operation, noOperation := ask[int32](entry, "Operation")
	result, noResult := ask[int32](entry, "ResultCode")
	code, noCode := ask[int32](entry, "HResult")
	return collector.Attempt{
		Title: title, At: at, Operation: int(operation), Result: int(result), Code: uint32(code),
	}, cmp.Or(noTitle, noDate, noOperation, noResult, noCode)
}

// date gets a property that is a date. The agent's are in UTC, which its reference
// does not say and everybody finds out who compares them with a clock
// (https://github.com/bklockwood/PSWU/issues/25).
func date(o *ole.IDispatch, name string) (time.Time, error) {
	answer, err := invoke(o, name)
	if err != nil {
		return time.Time{}, err
	}
	defer answer.Clear()
	if answer.VT != ole.VT_DATE {
		return time.Time{}, fmt.Errorf("%s: an answer of type %d", name, answer.VT)
	}
	return moment(math.Float64frombits(uint64(answer.Val))), nil
}

// Search asks the update agent for updates (IUpdateSearcher criteria): in what it
// knows, or online with the servers that it is to ask. A search that the agent did
// not end with success is an error, beside what it found.
func (h *Host) Search(ctx context.Context, criteria string, online bool) ([]collector.Offer, error) {
	var out []collector.Offer
	err := inApartment(ctx, ole.COINIT_MULTITHREADED,
		func(give func(collector.Offer) error) error { return search(criteria, online, give) },
		func(o collector.Offer) { out = append(out, o) })
	if err != nil {
		return out, fmt.Errorf("the update agent's search: %w", err)
	}
	return out, nil
}

func search(criteria string, online bool, give func(collector.Offer) error) error {
	searcher, err := newSearcher()
	if err != nil {
		return err
	}
	defer searcher.Release()
	if err := putTruth(searcher, "Online", online); err != nil {
		return err
	}
	result, err := object(searcher, "Search", criteria)
	if err != nil {
		return err
	}
	defer result.Release()
	updates, err := object(result, "Updates")
	if err != nil {
		return err
	}
	defer updates.Release()
	if err := readItems(updates, readOffer, give); err != nil {
		return err
	}
	const succeeded = 2 // OperationResultCode
	switch code, err := ask[int32](result, "ResultCode"); {
	case err != nil:
		return err
	case code != succeeded:
		return fmt.Errorf("it ended with the result %d", code)
	}
	return nil
}

// readOffer reads an IUpdate.
func readOffer(update *ole.IDispatch) (collector.Offer, error) {
	title, noTitle := ask[string](update, "Title")
	kbs, noKBs := texts(update, "KBArticleIDs")
	downloaded, noDownloaded := ask[bool](update, "IsDownloaded")
	hidden, noHidden := ask[bool](update, "IsHidden")
	installed, noInstalled := ask[bool](update, "IsInstalled")
	return collector.Offer{Title: title, KBs: kbs, Downloaded: downloaded, Hidden: hidden, Installed: installed},
		cmp.Or(noTitle, noKBs, noDownloaded, noHidden, noInstalled)
}

// texts gets a property that is an IStringCollection.
func texts(o *ole.IDispatch, name string) ([]string, error) {
	collection, err := object(o, name)
	if err != nil {
		return nil, err
	}
	defer collection.Release()
	count, err := ask[int32](collection, "Count")
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range int(count) {
		text, err := ask[string](collection, "Item", i)
		if err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, nil
}
