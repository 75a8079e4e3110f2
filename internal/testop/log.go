// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package testop

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// logRequest notes a request that has arrived.
func (s *Server) logRequest(c *call) *Request {
	entry := &Request{
		Operation: c.op,
		Method:    c.r.Method, Path: c.r.URL.EscapedPath(), RawQuery: c.r.URL.RawQuery, Host: c.r.Host,
		Header: c.r.Header.Clone(), ClientID: c.id, Body: c.body, Protocol: c.r.Proto, Time: s.now(),
	}
	entry.AuthScheme, entry.Credential, _ = strings.Cut(c.r.Header.Get("Authorization"), " ")
	if c.r.TLS != nil {
		entry.TLSVersion = c.r.TLS.Version
		if len(c.r.TLS.PeerCertificates) > 0 {
			entry.ClientCertificate = c.r.TLS.PeerCertificates[0].Subject.CommonName
		}
	}
	s.requests = append(s.requests, entry)
	return entry
}

// finish notes the answer.
func (s *Server) finish(entry *Request, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry.Status, entry.AnswerHeader, entry.Answer = a.status, a.header.Clone(), a.bytes()
	if a.cut == CutConnection {
		entry.Status, entry.Answer = 0, nil
	}
}

// Requests are all requests in the order of their arrival, those still being processed included.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, entry := range s.requests {
		all[i] = *entry
	}
	return all
}

// Of are the requests of the given operations, in the order of their arrival.
func (s *Server) Of(operations ...Operation) []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !slices.Contains(operations, r.Operation) })
}

// Log is the requests of the given operations (none: of all) as lines like "POST /register 201".
func (s *Server) Log(operations ...Operation) []string {
	var lines []string
	for _, r := range s.Requests() {
		if len(operations) == 0 || slices.Contains(operations, r.Operation) {
			lines = append(lines, r.String())
		}
	}
	return lines
}

// Count is how many requests had the method ("" for any) and a path with the prefix.
func (s *Server) Count(method, pathPrefix string) int {
	n := 0
	for _, r := range s.Requests() {
		if (method == "" || r.Method == method) && strings.HasPrefix(r.Path, pathPrefix) {
			n++
		}
	}
	return n
}

// CountOf is how many requests there were of an operation.
func (s *Server) CountOf(op Operation) int { return len(s.Of(op)) }

// Last is the latest request of an operation; ok is false where there is none.
func (s *Server) Last(op Operation) (last Request, ok bool) {
	all := s.Of(op)
	if len(all) == 0 {
		return Request{}, false
	}
	return all[len(all)-1], true
}

// ResetLog forgets the log, the maximum of requests at once and the requests counted by RateLimit.
func (s *Server) ResetLog() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.limited, s.limitedUntil = nil, 0, time.Time{}
	s.maxInFlight, s.connections = s.inFlight, 0
}

// MaxInFlight is how many requests were being answered at once at most, since ResetLog.
func (s *Server) MaxInFlight() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxInFlight
}

// Connections is how many connections were opened since ResetLog.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}
