package winhost

import (
	"context"
	"fmt"

	"github.com/go-ole/go-ole"

	"github.com/patchmedic/patchmedic/collector"
)

// Query asks Windows Management Instrumentation (root\cimv2) in WQL. Numbers are
// in decimal, dates as WMI writes them, and the parts of a list are joined with
// commas; a value that is an object is left out like one that is null.
//
// WMI's objects for scripts want a single thread, which COM makes for those of all
// queries. In apartments of their own they would not share it, but two that begin at
// once hang the whole program in Wine 8.
func (h *Host) Query(ctx context.Context, wql string) ([]collector.Row, error) {
	var out []collector.Row
	err := inApartment(ctx, ole.COINIT_MULTITHREADED,
		func(give func(collector.Row) error) error { return query(wql, give) },
		func(row collector.Row) { out = append(out, row) })
	if err != nil {
		return out, fmt.Errorf("WMI: %w", err)
	}
	return out, nil
}

func query(wql string, give func(collector.Row) error) error {
	locator, err := create("WbemScripting.SWbemLocator", "{76A64158-CB41-11D1-8B02-00600806D9B6}")
	if err != nil {
		return err
	}
	defer locator.Release()
	services, err := object(locator, "ConnectServer", ".", `root\cimv2`)
	if err != nil {
		return err
	}
	defer services.Release()
	const returnImmediately, forwardOnly = 16, 32 // WbemFlagEnum
	rows, err := object(services, "ExecQuery", wql, "WQL", returnImmediately|forwardOnly)
	if err != nil {
		return err
	}
	defer rows.Release()
	return forEach(rows, func(o *ole.IDispatch) error {
		row, err := readRow(o)
		if err != nil {
			return err
		}
		return give(row)
	})
}

// readRow reads the properties of a SWbemObject.
func readRow(o *ole.IDispatch) (collector.Row, error) {
	properties, err := object(o, "Properties_")
	if err != nil {
		return nil, err
	}
	defer properties.Release()
	row := collector.Row{}
	err = forEach(properties, func(property *ole.IDispatch) error {
		name, err := ask[string](property, "Name")
		if err != nil {
			return err
		}
		answer, err := invoke(property, "Value")
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer answer.Clear()
		if text, ok := plain(content(answer)); ok {
			row[name] = text
		}
		return nil
	})
	return row, err
}

// content is the value in a VARIANT. For scripts all lists are of VARIANTs; of
// others go-ole would write values past their place.
func content(v *ole.VARIANT) any {
	if v.VT == ole.VT_ARRAY|ole.VT_VARIANT {
		return v.ToArray().ToValueArray()
	}
	return v.Value()
}
