package collector

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"
)

// fakeServer is how a host answers, or does not.
type fakeServer struct {
	Status int       `json:"status"`
	Date   time.Time `json:"date"`
	// Issuer of its certificate; "" is the authority that the machine trusts.
	Issuer string `json:"issuer"`
	// Fault is nothing, or how it fails: "name", "refused", "reset", "timeout",
	// "expired", "other name".
	Fault string `json:"fault"`
}

// authority signs the certificates of fake servers.
type authority struct {
	name string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{name: name, key: key}
	a.cert = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, &key.PublicKey)
	return a
}

func (a *authority) sign(t testing.TB, what *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	t.Helper()
	parent := a.cert
	if parent == nil {
		parent = what
	}
	der, err := x509.CreateCertificate(rand.Reader, what, parent, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func (a *authority) certificate(t testing.TB, host string, expired bool) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(time.Hour)
	if expired {
		end = time.Now().Add(-time.Minute)
	}
	cert := a.sign(t, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: end}, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// network is a transport to made-up servers; a host that is not among them has no
// address.
func network(t testing.TB, servers map[string]*fakeServer) *http.Transport {
	trusted := newAuthority(t, "Microsoft Update Secure Server CA 2.1")
	roots := x509.NewCertPool()
	roots.AddCert(trusted.cert)
	certificates := map[string]tls.Certificate{}
	for host, s := range servers {
		issuer, name := trusted, host
		if s.Issuer != "" {
			issuer = newAuthority(t, s.Issuer)
		}
		if s.Fault == "other name" {
			name = "other.example"
		}
		certificates[host] = issuer.certificate(t, name, s.Fault == "expired")
	}
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			s := servers[host]
			if s == nil || s.Fault == "name" {
				return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
			}
			switch s.Fault {
			case "refused":
				return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
			case "reset":
				return nil, &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
			case "timeout":
				return nil, context.DeadlineExceeded
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return nil, err
			}
			defer listener.Close()
			client, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				return nil, err
			}
			server, err := listener.Accept()
			if err != nil {
				return nil, err
			}
			if port == "443" || port == "8531" {
				server = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificates[host]}})
			}
			go s.serve(server)
			return client, nil
		},
	}
}

// serve answers one request.
func (s *fakeServer) serve(conn net.Conn) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	io.Copy(io.Discard, request.Body)
	fmt.Fprintf(conn, "HTTP/1.1 %d x\r\nDate: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", s.Status, s.Date.UTC().Format(http.TimeFormat))
}
