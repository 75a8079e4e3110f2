// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// newTransport makes the one connection pool of a Client. http.DefaultTransport is neither used nor changed: it is
// shared with whatever else runs in the process.
func newTransport(o Options, asked func(context.Context)) (*http.Transport, error) {
	tlsConfig, err := tlsConfig(o, asked)
	if err != nil {
		return nil, err
	}
	// http.ProxyFromEnvironment honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and leaves loopback alone. A proxy given
	// by URL is used for everything: who names one wants it used.
	proxy := http.ProxyFromEnvironment
	if o.ProxyURL != "" {
		u, err := proxyURL(o.ProxyURL)
		if err != nil {
			return nil, err
		}
		proxy = http.ProxyURL(u)
	}
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: proxy,
		OnProxyConnectResponse: func(_ context.Context, at *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			return proxyRefused(at, answer.StatusCode)
		},
		DialContext:         dialer.DialContext,
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true, // a TLSClientConfig of one's own turns HTTP/2 off otherwise
		MaxConnsPerHost:     o.MaxConcurrentRequests,
		MaxIdleConns:        2 * o.MaxConcurrentRequests,
		MaxIdleConnsPerHost: o.MaxConcurrentRequests,
		// Many servers close an idle connection after 5 seconds. A registration POST that runs into that close cannot be
		// repeated, because nobody knows whether it was read; so this side gives up idle connections first.
		IdleConnTimeout:        4 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}, nil
}

// proxyRefused is for a proxy that does not let a request through. at may be nil.
func proxyRefused(at *url.URL, status int) *Error {
	e := &Error{Kind: ProxyRefused, Status: status, Proxy: nameOfProxy(at)}
	who := "a proxy on the way"
	if e.Proxy != "" {
		who = "the proxy " + e.Proxy
	}
	e.Err = errors.New(strings.TrimSpace(fmt.Sprintf("%s answered %d %s", who, status, http.StatusText(status))))
	return e
}

// nameOfProxy is a proxy's address without its password; "" for none.
func nameOfProxy(at *url.URL) string {
	if at == nil {
		return ""
	}
	return at.Scheme + "://" + at.Host
}

// throughProxy names the proxy where the error of a connection is about one, or where it may be.
func (c *Client) throughProxy(req *http.Request, failed *Error, err error) *Error {
	at, _ := c.pool.Proxy(req)
	name := nameOfProxy(at)
	if name == "" {
		return failed
	}
	var op *net.OpError
	out, own := *failed, errors.As(err, &op) && op.Op == "proxyconnect"
	switch {
	case own && failed.Kind == Unreachable:
		out.Proxy, out.Err = name, fmt.Errorf("the proxy %s was not reached: %w", name, op.Err)
	case own && failed.Kind == TLS:
		out.Proxy, out.Err = name, fmt.Errorf("with the proxy %s: %w", name, op.Err)
	case failed.Kind == Timeout, op != nil && op.Op == "socks connect": // it may be the server's doing as well
		out.Err = fmt.Errorf("through the proxy %s: %w", name, failed.Err)
	}
	return &out
}

// ErrProxyURL is for a proxy's address that cannot be used, which is not quoted: it may hold a password.
var ErrProxyURL = errors.New("the proxy URL cannot be used")

// CheckProxy reports why a proxy's address cannot be used.
func CheckProxy(raw string) error {
	_, err := proxyURL(raw)
	return err
}

func proxyURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%w: it is not an absolute URL", ErrProxyURL)
	}
	if !usablePort(u.Port()) {
		return nil, fmt.Errorf("%w: it has a port that does not exist: ports are 1 to 65535", ErrProxyURL)
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("%w: its scheme is %q; http, https, socks5 and socks5h are known", ErrProxyURL, u.Scheme)
}

// tlsConfig is the configuration of all connections. asked is told of each handshake in which a server asks for a client certificate.
func tlsConfig(o Options, asked func(context.Context)) (*tls.Config, error) {
	c := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: o.InsecureSkipVerify, //nolint:gosec // the user's explicit choice, which the provider warns about
	}
	if len(o.CACertificates) > 0 {
		pool, err := certificatePool(o.CACertificates, o.CACertificatesOnly)
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	} else if o.CACertificatesOnly {
		return nil, &MissingSetting{"ca_certificate_file", "ca.pem", "ca_certificate_only excludes the system's CA certificates, and no others are given in ca_certificate or ca_certificate_file"}
	}
	var certificate tls.Certificate // an empty one is none
	if len(o.ClientCertificate) > 0 || len(o.ClientKey) > 0 {
		var err error
		if certificate, err = clientCertificate(o.ClientCertificate, o.ClientKey); err != nil {
			if _, missing := errors.AsType[*MissingSetting](err); !missing {
				err = fmt.Errorf("the client certificate cannot be used: %w", err)
			}
			return nil, err
		}
	}
	// Not Certificates: with these, a certificate whose issuer is not on the server's list of acceptable CAs is
	// silently left out, and the server's complaint about a missing certificate misleads.
	c.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked(request.Context())
		return &certificate, nil
	}
	return c, nil
}

func certificatePool(bundle []byte, only bool) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !only {
		system, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("the system's CA certificates could not be read: %w", err)
		}
		pool = system
	}
	if err := addCertificates(pool, bundle); err != nil {
		return nil, fmt.Errorf("ca_certificate (or ca_certificate_file) %w", err)
	}
	return pool, nil
}

// CheckCACertificates returns why a bundle of CA certificates cannot be used, or nil.
func CheckCACertificates(bundle []byte) error {
	if err := addCertificates(x509.NewCertPool(), bundle); err != nil {
		return fmt.Errorf("it %w", err)
	}
	return nil
}

// addCertificates is not AppendCertsFromPEM: that skips what it cannot read, and a bundle with one broken certificate fails later and
// elsewhere.
func addCertificates(pool *x509.CertPool, bundle []byte) error {
	found := 0
	for rest := bundle; ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("holds a PEM block of type %q", block.Type)
		}
		found++
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("holds a certificate, number %d, that cannot be read: %w", found, err)
		}
		pool.AddCert(certificate)
	}
	if found == 0 {
		return errors.New("holds no PEM block (-----BEGIN CERTIFICATE-----)")
	}
	return nil
}

// MissingSetting is for settings of which one is not there that the others need.
type MissingSetting struct{ Name, Example, Why string }

func (e *MissingSetting) Error() string { return e.Why }

// CheckClientCertificate returns why a client certificate and its key cannot be used, or nil.
func CheckClientCertificate(certificate, key []byte) error {
	_, err := clientCertificate(certificate, key)
	return err
}

func clientCertificate(certificate, key []byte) (tls.Certificate, error) {
	switch {
	case len(key) == 0:
		return tls.Certificate{}, &MissingSetting{"client_key_file", "client.key", "client_certificate is given without its key: client_key or client_key_file is needed, too"}
	case len(certificate) == 0:
		return tls.Certificate{}, &MissingSetting{"client_certificate_file", "client.pem", "client_key is given without its certificate: client_certificate or client_certificate_file is needed, too"}
	}
	if !holdsCertificate(certificate) {
		return tls.Certificate{}, errors.New("it holds no certificate in PEM (-----BEGIN CERTIFICATE-----) that can be read")
	}
	if block, _ := pem.Decode(key); block != nil && (block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "") {
		return tls.Certificate{}, fmt.Errorf("%w: it is encrypted", ErrClientKey)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	switch {
	case err == nil:
		return pair, nil
	case strings.Contains(err.Error(), "does not match"): // crypto/tls has no value for it
		return tls.Certificate{}, ErrNotItsKey
	}
	return tls.Certificate{}, fmt.Errorf("%w: %w", ErrClientKey, err)
}

// Why a client certificate and its key cannot be used, where it is not the certificate's fault alone: ErrClientKey is about the key, ErrNotItsKey
// about the certificate.
var (
	ErrClientKey = errors.New("it is no private key in PEM that can be read")
	ErrNotItsKey = errors.New("it does not belong to the client key")
)

// holdsCertificate reports whether the first certificate, which is the client's own, can be read. Its file may have the key in it, too.
func holdsCertificate(bundle []byte) bool {
	for {
		var block *pem.Block
		if block, bundle = pem.Decode(bundle); block == nil {
			return false
		}
		if block.Type == "CERTIFICATE" {
			_, err := x509.ParseCertificate(block.Bytes)
			return err == nil
		}
	}
}
