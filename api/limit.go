package api

import (
	"container/list"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostCallers bounds how many callers a limit remembers, in about 20 MB.
const mostCallers = 1 << 16

// limits hold callers back who ask too often, each by what it asked itself. The
// caller who was silent for the longest is forgotten when there are too many, and
// begins anew. They live in this process: two processes allow twice as much.
type limits struct {
	every rate.Limit
	burst int

	mu     sync.Mutex
	order  *list.List // of *allowance, who asked last in front
	places map[callerKey]*list.Element
}

// callerKey is a token's id or, without one, an address.
type callerKey struct {
	token   string
	address netip.Addr
}

type allowance struct {
	of   callerKey
	rate *rate.Limiter
}

func newLimits(every rate.Limit, burst int) *limits {
	return &limits{every: every, burst: burst, order: list.New(), places: map[callerKey]*list.Element{}}
}

// take counts a request and returns 0, or how long the caller has to wait before
// one is counted again.
func (l *limits) take(of callerKey, now time.Time) time.Duration {
	limiter := l.of(of)
	if limiter.AllowN(now, 1) {
		return 0
	}
	return l.wait(limiter, now)
}

// spent returns what take would, and counts nothing.
func (l *limits) spent(of callerKey, now time.Time) time.Duration {
	return l.wait(l.of(of), now)
}

func (l *limits) wait(limiter *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - limiter.TokensAt(now)
	return time.Duration(max(0, missing) / float64(l.every) * float64(time.Second))
}

// of returns what a caller may still ask.
func (l *limits) of(of callerKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if place := l.places[of]; place != nil {
		l.order.MoveToFront(place)
		return place.Value.(*allowance).rate
	}
	if l.order.Len() >= mostCallers {
		last := l.order.Remove(l.order.Back()).(*allowance)
		delete(l.places, last.of)
	}
	a := &allowance{of, rate.NewLimiter(l.every, l.burst)}
	l.places[of] = l.order.PushFront(a)
	return a.rate
}

// tooMany is a caller who has to wait.
type tooMany struct {
	wait time.Duration
	what string
}

// Error says what there was too much of.
func (t tooMany) Error() string { return "too many " + t.what }

// seconds is the wait as Retry-After tells it: whole, and never too short.
func (t tooMany) seconds() string { return fmt.Sprintf("%.0f", max(1, math.Ceil(t.wait.Seconds()))) }

// proxies are networks whose word is taken for who asked them.
type proxies []netip.Prefix

// caller returns the address that a request comes from: that of the connection,
// or, when it is a proxy's, the last one in X-Forwarded-For that is not. IPv6
// addresses count by their network of 64 bits, which is what one customer has.
func (p proxies) caller(r *http.Request) netip.Addr {
	connection, _ := netip.ParseAddrPort(r.RemoteAddr) // of any other form: no address, one for all
	from := connection.Addr().Unmap()
	if p.has(from) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && p.has(from); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			from = hop.Unmap()
		}
	}
	if from.Is6() {
		network, _ := from.WithZone("").Prefix(64) // an IPv6 address has one
		return network.Addr()
	}
	return from
}

func (p proxies) has(a netip.Addr) bool {
	for _, network := range p {
		if network.Contains(a) {
			return true
		}
	}
	return false
}
