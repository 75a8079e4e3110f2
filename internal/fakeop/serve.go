// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Operation is what a request asks of the server.
type Operation string

// The operations. OpOther is a request that no endpoint understands.
const (
	OpRegister  Operation = "register"
	OpRead      Operation = "read"
	OpUpdate    Operation = "update"
	OpDelete    Operation = "delete"
	OpToken     Operation = "token"
	OpAuthorize Operation = "authorize"
	OpJWKS      Operation = "jwks"
	OpUserinfo  Operation = "userinfo"
	OpMetadata  Operation = "metadata"
	OpWebFinger Operation = "webfinger"
	OpOther     Operation = "other"
)

// aboutClients are the operations of RFC 7591 and RFC 7592.
var aboutClients = []Operation{OpRegister, OpRead, OpUpdate, OpDelete}

// Paths below an issuer, and the well-known ones.
const (
	pathRegister  = "/register"
	pathToken     = "/token"
	pathAuthorize = "/authorize"
	pathJWKS      = "/jwks"
	pathUserinfo  = "/userinfo"
	wellKnownOIDC = "/.well-known/openid-configuration"
	wellKnownAS   = "/.well-known/oauth-authorization-server"
	webFingerPath = "/.well-known/webfinger"
)

// maxRequest bounds a request's body: beyond it the server answers 413.
const maxRequest = 1 << 20

// call is one request, routed.
type call struct {
	r      *http.Request
	op     Operation
	origin string // of the port that it came in by
	tenant string // the issuer's path
	issuer string
	local  string // path below the issuer, for metadata its well-known form
	id     string // the client of a client configuration URI, "" where only the token tells
	allow  []string
	body   []byte
	before *client // of a management request, as it was
	at     time.Time
	last   bool // the server accepts no connection after its answer
	f      Faults
}

type operationKey struct{}

// OperationOf tells a Before or After hook what its request asks for.
func OperationOf(r *http.Request) Operation {
	op, _ := r.Context().Value(operationKey{}).(Operation)
	return op
}

// serve takes one request through routing, log, hooks, forced answers, processing and faults.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, origin string) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.running.Done()
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	c := s.route(r, origin)
	c.body = body
	c.r = r.WithContext(context.WithValue(r.Context(), operationKey{}, c.op))
	c.r.Body = io.NopCloser(bytes.NewReader(body)) // for CallFault.Matches
	before, after := s.hooks()
	entry := s.Arrived(c.r, c.op, c.id, body, s.now())
	defer s.Left()
	if before != nil {
		before(c.r)
	}
	a := s.answer(c)
	a.last = c.last
	if a.cut == CutConnection {
		s.Answered(entry, 0, nil, nil)
	} else {
		s.Answered(entry, a.status, a.header, a.bytes())
	}
	if after != nil {
		after(c.r)
	}
	s.write(w, c, a)
}

// begin counts the request among those that Close waits for, unless Close was called.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return false
	default:
		s.running.Add(1)
		return true
	}
}

func (s *Server) hooks() (before, after func(*http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Before, s.After
}

// ResetLog forgets the log and starts to count anew for RateLimit.
func (s *Server) ResetLog() {
	s.Recorder.ResetLog()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limited, s.limitedUntil = 0, time.Time{}
}

// answer decides what the request gets, and does what it asks for. It holds the lock throughout, so that each request
// is one atomic step.
func (s *Server) answer(c *call) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.f, c.at = s.faults, s.now()
	if queue := s.forced[c.op]; len(queue) > 0 {
		forced := queue[0]
		s.forced[c.op] = queue[1:]
		return s.forcedAnswer(c, forced)
	}
	if forced := s.callFault(c); forced != nil {
		return s.forcedAnswer(c, *forced)
	}
	if c.f.Registration.Off && slices.Contains(aboutClients, c.op) {
		return errNoSuchPage()
	}
	if refused, a := s.rateLimited(c); refused {
		return a
	}
	if slices.Contains(c.f.DropBeforeProcessing, c.op) {
		return answer{cut: CutConnection}
	}
	if target := c.f.Redirect[c.op]; target != "" {
		return redirectAnswer(target, c.f.RedirectStatus)
	}
	return s.shape(c, s.process(c))
}

// expire removes the clients that ClientLifetime has outlived.
func (s *Server) expire() {
	for _, id := range slices.Clone(s.order) {
		if cl := s.clients[id]; s.ClientLifetime > 0 && !s.now().Before(cl.issuedAt.Add(s.ClientLifetime)) {
			s.bury(cl)
		}
	}
}

// process hands the request to its endpoint.
func (s *Server) process(c *call) answer {
	if refused := s.filtered(c); refused != nil {
		return *refused
	}
	if len(c.allow) > 0 && !slices.Contains(c.allow, c.r.Method) {
		return errMethod(c.allow...)
	}
	s.expire()
	s.processed[c.op]++
	defer func() { s.written(c.before) }()
	switch c.op {
	case OpRegister:
		return s.register(c)
	case OpRead:
		return s.read(c)
	case OpUpdate:
		return s.update(c)
	case OpDelete:
		return s.remove(c)
	case OpToken:
		return s.token(c)
	case OpAuthorize:
		return s.authorize(c)
	case OpJWKS:
		return s.jwks()
	case OpUserinfo:
		return userinfo(c)
	case OpMetadata:
		return s.metadata(c)
	case OpWebFinger:
		return s.webFinger(c)
	}
	return errNoSuchPage()
}

// route finds the issuer and the operation that a request is for.
func (s *Server) route(r *http.Request, origin string) *call {
	c := &call{r: r, op: OpOther, origin: origin}
	base := s.URL()
	path := r.URL.EscapedPath()
	if path == webFingerPath {
		c.op, c.tenant, c.allow = OpWebFinger, s.IssuerPath, []string{http.MethodGet}
		c.issuer = base + s.IssuerPath
		return c
	}
	for _, tenant := range s.issuerPaths() {
		c.tenant, c.issuer = tenant, base+tenant
		for _, wellKnown := range []string{wellKnownOIDC, wellKnownAS} {
			inserted, appended := path == wellKnown+tenant, path == tenant+wellKnown
			if inserted || appended {
				c.op, c.allow = OpMetadata, []string{http.MethodGet}
				c.local = locationName(wellKnown, inserted, appended)
				return c
			}
		}
		if local, ok := strings.CutPrefix(path, tenant+"/"); ok && s.endpoint(c, "/"+local) {
			return c
		}
	}
	return c
}

// endpoint fills in the operation of a path below the issuer.
func (s *Server) endpoint(c *call, local string) bool {
	c.local = local
	switch local {
	case pathToken:
		c.op, c.allow = OpToken, []string{http.MethodPost}
		return true
	case pathAuthorize:
		c.op, c.allow = OpAuthorize, []string{http.MethodGet, http.MethodPost}
		return true
	case pathJWKS:
		c.op, c.allow = OpJWKS, []string{http.MethodGet}
		return true
	case pathUserinfo:
		c.op, c.allow = OpUserinfo, []string{http.MethodGet, http.MethodPost}
		return true
	case pathRegister:
		c.op, c.allow = OpRegister, []string{http.MethodPost}
		if s.ClientURI == URIPath || c.r.Method == http.MethodPost || s.Management == ManagementOff {
			return true
		}
		if s.ClientURI == URIQuery {
			if c.id = c.r.URL.Query().Get("client_id"); c.id == "" {
				return true
			}
		}
		c.op, c.allow = manageOperation(c.r.Method), []string{"GET", "PUT", "DELETE", "POST"}
		return true
	}
	escaped, ok := strings.CutPrefix(local, pathRegister+"/")
	// An administrator's credential always works on the path form, whatever form the clients were told.
	if !ok || s.Management == ManagementOff || escaped == "" || strings.Contains(escaped, "/") {
		return false
	}
	id, err := url.PathUnescape(escaped)
	if err != nil {
		return false
	}
	c.id, c.op, c.allow = id, manageOperation(c.r.Method), []string{"GET", "PUT", "DELETE"}
	return true
}

func manageOperation(method string) Operation {
	switch method {
	case http.MethodPut:
		return OpUpdate
	case http.MethodDelete:
		return OpDelete
	}
	return OpRead
}

// rateLimited counts the request and refuses it where RateLimit says so.
func (s *Server) rateLimited(c *call) (bool, answer) {
	limit := s.RateLimit
	if limit.Nth == 0 || !slices.Contains(aboutClients, c.op) {
		return false, answer{}
	}
	s.limited++
	now := s.now()
	first := s.limited >= limit.Nth && s.limited < limit.Nth+max(limit.Refused, 1)
	if !first && !now.Before(s.limitedUntil) {
		return false, answer{}
	}
	if first && limit.Hold && s.limitedUntil.IsZero() {
		s.limitedUntil = now.Add(limit.RetryAfter)
	}
	a := errTooManyRequests()
	if limit.Status != 0 {
		a.status = limit.Status
	}
	name := limit.Header
	if name == "" {
		name = "Retry-After"
	}
	switch {
	case limit.NoHeader:
	case limit.HTTPDate:
		a.header.Set(name, now.Add(limit.RetryAfter).UTC().Format(http.TimeFormat))
	default:
		a.header.Set(name, strconv.Itoa(int(limit.RetryAfter/time.Second)))
	}
	return true, a
}

// write sends the answer, or as much of it as the faults leave.
func (s *Server) write(w http.ResponseWriter, c *call, a answer) {
	if slices.Contains(c.f.Hang, c.op) {
		s.wait(c.r.Context())
	}
	cut := a.cut
	if cut == CutNone {
		cut = c.f.CutOff[c.op]
	}
	if cut == CutConnection {
		panic(http.ErrAbortHandler)
	}
	body := a.bytes()
	header := w.Header()
	if a.last {
		s.RefuseConnections()
		header.Set("Connection", "close")
	}
	header.Set("Date", c.at.UTC().Format(http.TimeFormat))
	for name, values := range a.header {
		header[name] = values
	}
	if len(body) > 0 {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	if c.r.Method == http.MethodHead || len(body) == 0 {
		return
	}
	if cut == CutBody || slices.Contains(c.f.SlowBody, c.op) {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		if cut == CutBody {
			panic(http.ErrAbortHandler)
		}
		s.wait(c.r.Context())
		body = body[len(body)/2:]
	}
	_, _ = io.Copy(w, bytes.NewReader(body))
}

// wait blocks until Release. Close and the end of the request end the connection instead.
func (s *Server) wait(ctx context.Context) {
	s.mu.Lock()
	gate, held := s.gate, s.held
	s.mu.Unlock()
	if held != nil {
		held <- struct{}{}
	}
	select {
	case <-gate:
	case <-s.closed:
		panic(http.ErrAbortHandler)
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// Release lets go of all answers that Hang and SlowBody hold back at this moment. Later ones are held again.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.gate)
	s.gate = make(chan struct{})
}

// mint makes the next credential or identifier of a kind: deterministic, and long enough not to occur by chance.
func (s *Server) mint(kind string) string {
	s.counters[kind]++
	return fmt.Sprintf("%s-%d-%s", kind, s.counters[kind], digest(s.Seed, kind, strconv.Itoa(s.counters[kind])))
}
