package collector

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/patchmedic/patchmedic/facts"
)

// endpoint is a server that is tried with one request that changes nothing.
type endpoint struct {
	address, role string
	// file: the address is that of a public file, so that every status but 200 says
	// something. Elsewhere a refusal is what a stranger gets.
	file bool
}

// microsoftServers are those that searches and downloads need
// (learn.microsoft.com/windows/privacy/manage-windows-11-endpoints); the first two
// have a public file, the test of Windows itself and the list of forbidden certificates.
var microsoftServers = []endpoint{
	{"http://www.msftconnecttest.com/connecttest.txt", "microsoft", true},
	{"http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab", "microsoft", true},
	{"http://download.windowsupdate.com/", "microsoft", false},
	{"https://slscr.update.microsoft.com/", "microsoft", false},
	{"https://fe3cr.delivery.mp.microsoft.com/", "microsoft", false},
	{"https://geo.prod.do.dsp.mp.microsoft.com/", "other", false}, // delivery optimisation
}

const (
	patience  = 8 * time.Second // with one server
	skewLeast = 5 * time.Second // less is the way's
)

// endpoints tries the update servers of Microsoft, and of the site if it has its own.
func (s system) endpoints(known *gathering) func(context.Context, *gathering) error {
	servers := slices.Clone(microsoftServers)
	policy := known.report.Policy.V
	if server, err := url.Parse(policy.WSUSServer.V); err == nil && policy.UseWSUS.V && server.Host != "" {
		// A description of the service that clients talk to.
		servers = append(servers, endpoint{server.JoinPath("ClientWebService/client.asmx").String(), "wsus", true})
	}
	return func(ctx context.Context, g *gathering) error {
		found := make([]facts.Endpoint, len(servers))
		skews := make([]facts.Maybe[int64], len(servers))
		var all sync.WaitGroup
		for i, server := range servers {
			all.Go(func() { found[i], skews[i] = s.try(ctx, server) })
		}
		all.Wait()
		n := facts.Network{Endpoints: facts.Some(found)}
		for i, skew := range skews {
			if servers[i].role == "microsoft" && skew.State() == facts.Known {
				n.ClockSkew = skew
				break
			}
		}
		g.report.Network = facts.Some(n)
		return nil
	}
}

// try sends one request, and tells how far the machine's clock is ahead of the
// server's.
func (s system) try(ctx context.Context, server endpoint) (e facts.Endpoint, skew facts.Maybe[int64]) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var issuer string
	var refused int // status of a proxy that makes no tunnel
	transport := s.opt.Transport.Clone()
	transport.DisableKeepAlives = true
	transport.TLSClientConfig = judged(transport.TLSClientConfig, &issuer)
	transport.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
		if r.StatusCode != http.StatusOK {
			refused = r.StatusCode
		}
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.address, nil)
	if err != nil {
		return facts.Endpoint{Role: facts.Some(server.role)}, skew
	}
	e = facts.Endpoint{Host: facts.Some(request.URL.Hostname()), Role: facts.Some(server.role)}
	begin := s.Now()
	response, err := transport.RoundTrip(request)
	e.CertificateIssuer = some(issuer)
	if err != nil {
		e.Reachable, e.Code = facts.Some(false), netCode(err)
		if refused != 0 {
			e.HTTPStatus, e.Code = facts.Some(int64(refused)), facts.Maybe[facts.Code]{}
		}
		return e, skew
	}
	defer response.Body.Close()
	end := s.Now()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // the status says all
	status := response.StatusCode
	e.Reachable = facts.Some(status != http.StatusProxyAuthRequired)
	if server.file || status < 400 || status >= 500 || status == http.StatusProxyAuthRequired {
		e.HTTPStatus = facts.Some(int64(status))
	}
	return e, skewOf(response.Header, begin, end)
}

// skewOf reads how far the clock is ahead. The time of the answer, in whole
// seconds, lies between begin and end.
func skewOf(h http.Header, begin, end time.Time) facts.Maybe[int64] {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" { // kept by a proxy, nobody knows since when
		return facts.Maybe[int64]{}
	}
	ahead := begin.Add(end.Sub(begin) / 2).Sub(at)
	if ahead.Abs() < skewLeast {
		ahead = 0
	}
	return facts.Some(int64(ahead.Round(time.Second).Seconds()))
}

// judged is a configuration that notes who issued the server's certificate before it
// is judged as usual: a proxy that reads everything shows its own.
func judged(base *tls.Config, issuer *string) *tls.Config {
	config := &tls.Config{}
	if base != nil {
		config = base.Clone()
	}
	roots := config.RootCAs
	config.InsecureSkipVerify = true // judged below
	config.VerifyConnection = func(state tls.ConnectionState) error {
		leaf := state.PeerCertificates[0]
		*issuer = leaf.Issuer.CommonName
		if *issuer == "" && len(leaf.Issuer.Organization) > 0 {
			*issuer = leaf.Issuer.Organization[0]
		}
		others := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			others.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: state.ServerName, Intermediates: others, Roots: roots})
		return err
	}
	return config
}

// Codes of WinINet and WinHTTP (wininet.h, ERROR_INTERNET_...), as the update agent
// reports them.
const (
	netTimeout     = 0x80072ee2
	netNoName      = 0x80072ee7
	netNoConnect   = 0x80072efd
	netReset       = 0x80072efe
	netDate        = 0x80072f05
	netCommonName  = 0x80072f06
	netInvalidCA   = 0x80072f0d
	netCertificate = 0x80072f8f // WINHTTP: any other fault of a certificate
	netChannel     = 0x80072f7d
)

// wsaReset is WSAECONNRESET (winsock2.h).
const wsaReset = syscall.Errno(10054)

// netCode is the code that the update agent would report for a failed request.
func netCode(err error) facts.Maybe[facts.Code] {
	var (
		name      *net.DNSError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		host      x509.HostnameError
		root      x509.SystemRootsError
		alert     tls.AlertError
		record    tls.RecordHeaderError
	)
	code := uint32(0)
	switch {
	case errors.As(err, &name):
		code = netNoName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		code = netDate
	case errors.As(err, &invalid):
		code = netCertificate
	case errors.As(err, &authority), errors.As(err, &root):
		code = netInvalidCA
	case errors.As(err, &host):
		code = netCommonName
	case errors.As(err, &alert), errors.As(err, &record):
		code = netChannel
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		code = netTimeout
	case errors.Is(err, wsaReset), errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		code = netReset
	case errors.As(err, new(*net.OpError)): // refused, no way there
		code = netNoConnect
	default:
		return facts.Maybe[facts.Code]{}
	}
	return facts.Some(facts.Code{Value: code})
}
