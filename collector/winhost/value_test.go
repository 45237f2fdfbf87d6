package winhost

import (
	"math"
	"testing"
	"time"
)

func TestPlain(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
		ok    bool
	}{
		{"20261121180000.000000+060", "20261121180000.000000+060", true},
		{"", "", true},
		{true, "true", true},
		{false, "false", true},
		{int32(-2147024891), "-2147024891", true},
		{uint8(255), "255", true},
		{uint64(18446744073709551615), "18446744073709551615", true},
		{float32(0.1), "0.1", true},
		{1e21, "1000000000000000000000", true},
		{[]any{int32(1), nil, "b"}, "1,b", true},
		{[]any{}, "", true},
		{nil, "", false},
		{struct{}{}, "", false},
	} {
		if got, ok := plain(test.value); got != test.want || ok != test.ok {
			t.Errorf("%#v: %q, %v", test.value, got, ok)
		}
	}
}

func TestMoment(t *testing.T) {
	for _, test := range []struct {
		days float64
		want time.Time
	}{
		{25569, time.Unix(0, 0).UTC()},
		{46347.75, time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)},
		{46347 + 64799.0/86400, time.Date(2026, 11, 21, 17, 59, 59, 0, time.UTC)}, // no binary fraction
		{109574.5, time.Date(2199, 12, 31, 12, 0, 0, 0, time.UTC)},
		{0, time.Time{}},
		{-1.5, time.Time{}},
		{109575, time.Time{}},
		{math.NaN(), time.Time{}},
		{math.Inf(1), time.Time{}},
	} {
		if got := moment(test.days); !got.Equal(test.want) {
			t.Errorf("%v: %v, want %v", test.days, got, test.want)
		}
	}
}

func TestMetering(t *testing.T) {
	for cost, want := range map[uint32]*bool{
		0: nil, 0x10000: nil,
		1: new(false), 0x20001: new(false),
		2: new(true), 4: new(true), 0x80002: new(true), 0x40004: new(true),
	} {
		got := metering(cost)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%#x is read wrongly", cost)
		}
	}
}
