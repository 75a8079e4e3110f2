// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request and its answer, as logged.
type Request struct {
	Operation Operation
	// Method, Path (still percent-encoded), RawQuery and Host are the request line's and the Host header's.
	Method, Path, RawQuery, Host string
	Header                       http.Header
	// AuthScheme and Credential are the two halves of the Authorization header.
	AuthScheme, Credential string
	// ClientID is the client whose configuration URI was called.
	ClientID string
	Body     []byte
	// ClientCertificate is the common name of the certificate that the client showed.
	ClientCertificate string
	// Protocol is HTTP/1.1 or HTTP/2.0, TLSVersion as in crypto/tls, 0 without TLS.
	Protocol   string
	TLSVersion uint16
	// Time is when it arrived, by the server's clock.
	Time time.Time
	// Status, AnswerHeader and Answer are what the server decided to send. Status is 0 before that, and where the
	// connection was dropped instead.
	Status       int
	AnswerHeader http.Header
	Answer       []byte
}

// String is the line of the request in Log.
func (r Request) String() string {
	return fmt.Sprintf("%s %s %d", r.Method, r.Path, r.Status)
}

// Recorder is a server's request log, ready as a zero value and safe under concurrency.
type Recorder struct {
	mu          sync.Mutex
	requests    []*Request
	inFlight    int
	maxInFlight int
	connections int
}

// Arrived notes a request that has arrived. Its end is Left, once what it gets is decided Answered.
func (l *Recorder) Arrived(r *http.Request, op Operation, clientID string, body []byte, now time.Time) *Request {
	entry := &Request{
		Operation: op, Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Host: r.Host,
		Header: r.Header.Clone(), ClientID: clientID, Body: body, Protocol: r.Proto, Time: now,
	}
	entry.AuthScheme, entry.Credential, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	if r.TLS != nil {
		entry.TLSVersion = r.TLS.Version
		if len(r.TLS.PeerCertificates) > 0 {
			entry.ClientCertificate = r.TLS.PeerCertificates[0].Subject.CommonName
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, entry)
	l.inFlight++
	l.maxInFlight = max(l.maxInFlight, l.inFlight)
	return entry
}

// Answered notes what a request gets; status 0 is a dropped connection.
func (l *Recorder) Answered(entry *Request, status int, header http.Header, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Status, entry.AnswerHeader, entry.Answer = status, header.Clone(), body
}

// Left notes that a request is over.
func (l *Recorder) Left() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
}

// Connected notes a new connection.
func (l *Recorder) Connected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connections++
}

// Requests are all requests in the order of their arrival, those still being processed included.
func (l *Recorder) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Request, len(l.requests))
	for i, entry := range l.requests {
		all[i] = *entry
	}
	return all
}

// Of are the requests of the given operations, in the order of their arrival.
func (l *Recorder) Of(operations ...Operation) []Request {
	return slices.DeleteFunc(l.Requests(), func(r Request) bool { return !slices.Contains(operations, r.Operation) })
}

// Log is the requests of the given operations (none: of all) as lines like "POST /register 201".
func (l *Recorder) Log(operations ...Operation) []string {
	var lines []string
	for _, r := range l.Requests() {
		if len(operations) == 0 || slices.Contains(operations, r.Operation) {
			lines = append(lines, r.String())
		}
	}
	return lines
}

// Count is how many requests had the method ("" for any) and a path with the prefix.
func (l *Recorder) Count(method, pathPrefix string) int {
	n := 0
	for _, r := range l.Requests() {
		if (method == "" || r.Method == method) && strings.HasPrefix(r.Path, pathPrefix) {
			n++
		}
	}
	return n
}

// CountOf is how many requests there were of an operation.
func (l *Recorder) CountOf(op Operation) int { return len(l.Of(op)) }

// Schemes are what an operation's requests were authorized by, each once where several follow each other.
func (l *Recorder) Schemes(op Operation) []string {
	var out []string
	for _, r := range l.Of(op) {
		if len(out) == 0 || out[len(out)-1] != r.AuthScheme {
			out = append(out, r.AuthScheme)
		}
	}
	return out
}

// Last is the latest request of an operation; ok is false where there is none.
func (l *Recorder) Last(op Operation) (last Request, ok bool) {
	all := l.Of(op)
	if len(all) == 0 {
		return Request{}, false
	}
	return all[len(all)-1], true
}

// ResetLog forgets the requests, the connections and the maximum of requests at once.
func (l *Recorder) ResetLog() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests, l.maxInFlight, l.connections = nil, l.inFlight, 0
}

// MaxInFlight is how many requests were being answered at once at most, since ResetLog.
func (l *Recorder) MaxInFlight() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.maxInFlight
}

// Connections is how many connections were opened since ResetLog.
func (l *Recorder) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.connections
}
