// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Over real connections: however many ask at once, or later, each question is one request.
func TestOneRequestForAll(t *testing.T) {
	server := &site{}
	server = newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/webfinger":
			_, _ = io.WriteString(w, jrd(server.URL))
		case openIDDocument:
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":"https://op.example/r"}`, server.URL)
		default:
			http.NotFound(w, r)
		}
	})
	for _, callers := range []int{1, 10, 100} {
		before := len(server.requests())
		f := newFinder(t, nil)
		var wait sync.WaitGroup
		for range callers {
			wait.Go(func() {
				if _, _, err := f.Discover(t.Context(), DiscoverRequest{Input: server.URL}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if _, err := f.Metadata(t.Context(), MetadataRequest{Issuer: server.URL}); err != nil {
			t.Error(err)
		}
		if got := len(server.requests()) - before; got != 2 {
			t.Errorf("%d callers made %d requests, want one WebFinger and one document", callers, got)
		}
	}
}

// slow is a transport whose every request waits to be let go.
type slow struct {
	started  atomic.Int32
	canceled atomic.Int32
	release  chan *transport.Response
}

func newSlow() *slow { return &slow{release: make(chan *transport.Response)} }

func (s *slow) Do(ctx context.Context, r transport.Request) (*transport.Response, error) {
	s.started.Add(1)
	select {
	case response := <-s.release:
		answered := *response
		answered.URL = r.URL
		return &answered, nil
	case <-ctx.Done():
		s.canceled.Add(1)
		return nil, &transport.Error{Kind: transport.Canceled, Method: r.Method, URL: r.URL, Err: ctx.Err()}
	}
}

type result struct {
	m   *ServerMetadata
	err error
}

func ask(ctx context.Context, f *Finder, r MetadataRequest) <-chan result {
	c := make(chan result, 1)
	go func() {
		m, err := f.Metadata(ctx, r)
		c <- result{m, err}
	}()
	return c
}

var (
	op       = MetadataRequest{Issuer: "https://op.example"}
	goodDoc  = respond(200, "application/json", `{"issuer":"https://op.example","registration_endpoint":"https://op.example/r"}`)
	otherDoc = respond(200, "application/json", `{"issuer":"https://other.example","registration_endpoint":"https://op.example/r"}`)
)

func TestFlightIsSharedAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		f := &Finder{transport: s}
		var callers []<-chan result
		for range 100 {
			callers = append(callers, ask(t.Context(), f, op))
		}
		synctest.Wait()
		s.release <- goodDoc
		var first *ServerMetadata
		for _, c := range callers {
			r := <-c
			if r.err != nil {
				t.Fatal(r.err)
			}
			if first == nil {
				first = r.m
			}
			if r.m != first {
				t.Error("two callers got different documents")
			}
		}
		if r := <-ask(t.Context(), f, op); r.err != nil || r.m != first {
			t.Errorf("a later caller got %v, %v", r.m, r.err)
		}
		if got := s.started.Load(); got != 1 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestFlightFailureIsSharedAndNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		f := &Finder{transport: s}
		var callers []<-chan result
		for range 10 {
			callers = append(callers, ask(t.Context(), f, op))
		}
		synctest.Wait()
		s.release <- respond(500, "", "")
		for _, c := range callers {
			failure(t, (<-c).err, Unavailable, "500")
		}
		if got := s.started.Load(); got != 1 {
			t.Errorf("%d requests for 10 callers", got)
		}
		again := ask(t.Context(), f, op)
		s.release <- goodDoc
		if r := <-again; r.err != nil {
			t.Errorf("the failure was kept: %v", r.err)
		}
	})
}

func TestFlightOutlivesACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		f := &Finder{transport: s}
		ctx, cancel := context.WithCancel(t.Context())
		first := ask(ctx, f, op) // whose context the search must not depend on
		synctest.Wait()
		second := ask(t.Context(), f, op)
		synctest.Wait()
		cancel()
		r := <-first
		failure(t, r.err, Canceled, "the operation was interrupted")
		if !errors.Is(r.err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", r.err)
		}
		s.release <- goodDoc
		if r := <-second; r.err != nil {
			t.Errorf("the caller who stayed: %v", r.err)
		}
		if s.started.Load() != 1 || s.canceled.Load() != 0 {
			t.Errorf("%d requests, %d canceled", s.started.Load(), s.canceled.Load())
		}
	})
}

func TestFlightEndsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		f := &Finder{transport: s}
		ctx, cancel := context.WithCancel(t.Context())
		callers := []<-chan result{ask(ctx, f, op), ask(ctx, f, op)}
		synctest.Wait()
		cancel()
		for _, c := range callers {
			failure(t, (<-c).err, Canceled, "")
		}
		// A newcomer begins anew, whether or not the canceled search has noticed.
		next := ask(t.Context(), f, op)
		synctest.Wait()
		if s.started.Load() != 2 || s.canceled.Load() != 1 {
			t.Errorf("%d requests, %d canceled; want 2 and 1", s.started.Load(), s.canceled.Load())
		}
		s.release <- goodDoc
		if r := <-next; r.err != nil {
			t.Error(r.err)
		}
	})
}

// A caller whose time runs out is told so.
func TestFlightOfACallerWithoutTime(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	_, err := (&Finder{transport: newSlow()}).Metadata(ctx, op)
	failure(t, err, TimedOut, "time ran out")
}

func TestFlightOfACallerWhoIsGone(t *testing.T) {
	s := newSlow()
	f := &Finder{transport: s}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Metadata(ctx, op)
	failure(t, err, Canceled, "")
	_, err = f.WebFinger(ctx, "joe@example.com", nil)
	failure(t, err, Canceled, "")
	if got := s.started.Load(); got != 0 {
		t.Errorf("%d requests", got)
	}
}

// Different questions don't share; the same one with and without credentials shares what was found, not the failure.
func TestFlightKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow()
		f := &Finder{transport: s}
		withAuth := op
		withAuth.Auth = transport.Bearer(secret.New("x"))
		bare, authorized := ask(t.Context(), f, op), ask(t.Context(), f, withAuth)
		synctest.Wait()
		if got := s.started.Load(); got != 2 {
			t.Fatalf("%d requests, want one with and one without", got)
		}
		s.release <- goodDoc
		s.release <- goodDoc
		if r := <-bare; r.err != nil {
			t.Error(r.err)
		}
		if r := <-authorized; r.err != nil {
			t.Error(r.err)
		}
		for _, r := range []MetadataRequest{op, withAuth} {
			if r := <-ask(t.Context(), f, r); r.err != nil || s.started.Load() != 2 {
				t.Errorf("%v, %d requests", r.err, s.started.Load())
			}
		}
		expected := op
		expected.ExpectedIssuer = "https://other.example"
		other := ask(t.Context(), f, expected)
		s.release <- otherDoc
		if r := <-other; r.err != nil || r.m.Issuer != "https://other.example" {
			t.Errorf("got %+v, %v", r.m, r.err)
		}
	})
}
