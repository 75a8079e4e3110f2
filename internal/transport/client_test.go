// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

func TestMain(m *testing.M) {
	if os.Getenv(proxyChild) != "" {
		askThroughEnvironmentProxy()
		return
	}
	goleak.VerifyTestMain(m)
}

// clock is a clock that moves only when someone sleeps.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
	hook  func(d time.Duration)
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.at = c.at.Add(d)
	c.slept = append(c.slept, d)
	hook := c.hook
	c.mu.Unlock()
	if hook != nil {
		hook(d)
	}
	return ctx.Err()
}

func (c *clock) total() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum time.Duration
	for _, d := range c.slept {
		sum += d
	}
	return sum
}

// logbook keeps what a Client logs.
type logbook struct {
	mu      sync.Mutex
	entries []map[string]any
}

func (l *logbook) log(_ context.Context, message string, fields map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fields["message"] = message
	l.entries = append(l.entries, fields)
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%v", l.entries)
}

// newClient makes a Client on a clock of its own, which is closed with the test.
func newClient(t *testing.T, o Options) (*Client, *clock) {
	t.Helper()
	clk := newClock()
	if o.Now == nil {
		o.Now = clk.now
	}
	if o.Sleep == nil {
		o.Sleep = clk.sleep
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, clk
}

// server counts and keeps requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newServer(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.wrap(h))
	s.Config.ErrorLog = nullLog
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) wrap(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.bodies = append(s.bodies, string(body))
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	})
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func (s *server) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[len(s.requests)-1]
}

func (s *server) certificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func kindOf(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T: %v", err, err)
	}
	return e
}

func TestRequestAndResponse(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "r1")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, `{"a":1}`)
	})
	c, _ := newClient(t, Options{UserAgent: "terraform-provider-oidc/1.2.3"})
	got, err := c.Do(context.Background(), Request{
		Method: "PUT", URL: s.URL + "/c?client_id=x", ContentType: "application/json", Accept: "application/json",
		Body: []byte(`{"b":2}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != http.StatusTeapot || string(got.Body) != `{"a":1}` || got.Header.Get("X-Request-Id") != "r1" ||
		got.URL != s.URL+"/c?client_id=x" || got.Redirected || got.Target != "" || got.EarlierMaybeProcessed {
		t.Errorf("response = %+v", got)
	}
	r := s.last()
	for name, want := range map[string]string{
		"User-Agent": "terraform-provider-oidc/1.2.3", "Content-Type": "application/json", "Accept": "application/json",
	} {
		if values := r.Header.Values(name); len(values) != 1 || values[0] != want {
			t.Errorf("%s = %q, want %q", name, values, want)
		}
	}
	if s.bodies[0] != `{"b":2}` || r.ContentLength != 7 {
		t.Errorf("body = %q, length %d", s.bodies[0], r.ContentLength)
	}
}

func TestProviderHeaders(t *testing.T) {
	s := newServer(t, func(http.ResponseWriter, *http.Request) {})
	for name, test := range map[string]struct {
		origins func(string) bool
		want    string
	}{
		"neither":      {},
		"by origin":    {origins: func(o string) bool { return o == origin.Of(s.URL) }, want: "k-123456"},
		"other origin": {origins: func(string) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := newClient(t, Options{Headers: secrets("X-Api-Key", "k-123456"), HeaderOrigins: test.origins})
			if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL}); err != nil {
				t.Fatal(err)
			}
			if got := s.last().Header.Get("X-Api-Key"); got != test.want {
				t.Errorf("X-Api-Key = %q, want %q", got, test.want)
			}
		})
	}
	for name, value := range map[string]string{"Host": "x", "Content-Length": "3", "a b": "x", "": "x", "X-Key": "a\r\nb"} {
		if _, err := New(Options{Headers: secrets(name, value)}); err == nil {
			t.Errorf("header %q: %q was accepted", name, value)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	for name, test := range map[string]struct {
		size    int
		chunked bool
		large   bool
	}{
		"exactly the limit":              {size: MaxBody},
		"one more, announced":            {size: MaxBody + 1, large: true},
		"one more, chunked":              {size: MaxBody + 1, chunked: true, large: true},
		"ten times more":                 {size: 10 * MaxBody, chunked: true, large: true},
		"exactly the limit, but chunked": {size: MaxBody, chunked: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.chunked {
					w.(http.Flusher).Flush()
				} else {
					w.Header().Set("Content-Length", fmt.Sprint(test.size))
				}
				_, _ = io.WriteString(w, strings.Repeat("x", test.size))
			})
			c, _ := newClient(t, Options{MaxRetries: 3})
			got, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Repeat: Always})
			switch {
			case !test.large && (err != nil || len(got.Body) != test.size):
				t.Errorf("error %v", err)
			case test.large:
				if e := kindOf(t, err); e.Kind != TooLarge || !e.MaybeProcessed || s.count() != 1 {
					t.Errorf("%v (%d requests)", e, s.count())
				}
			}
		})
	}
}

// Requests and connections are bounded: three requests wait for one another, and no fourth is ever with them.
func TestConcurrencyLimit(t *testing.T) {
	const limit, calls = 3, 21
	var mu sync.Mutex
	inside, most, connections := 0, 0, 0
	together := make(chan struct{})
	s := &server{}
	s.Server = httptest.NewUnstartedServer(s.wrap(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		inside++
		most = max(most, inside)
		waiting := together
		if inside == limit {
			close(together)
			together = make(chan struct{})
			inside = 0
		}
		mu.Unlock()
		<-waiting
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			mu.Lock()
			connections++
			mu.Unlock()
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c, _ := newClient(t, Options{MaxConcurrentRequests: limit})
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most != limit || connections != limit || s.count() != calls {
		t.Errorf("%d side by side on %d connections, want %d; %d requests", most, connections, limit, s.count())
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no end of the body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "begun")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Options{RequestTimeout: time.Minute, MaxRetries: 1}, handler, func(t *testing.T, p *piped) {
				_, err := p.client.Do(t.Context(), Request{Method: "POST", URL: p.url, Repeat: IfNotProcessed, Body: []byte("{}")})
				if e := kindOf(t, err); e.Kind != Timeout || !e.MaybeProcessed || p.count.Load() != 1 {
					t.Errorf("%v (%d requests, want 1: it may not be repeated)", e, p.count.Load())
				}
			})
			inBubble(t, Options{RequestTimeout: time.Hour, MaxRetries: 5}, handler, func(t *testing.T, p *piped) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := p.client.Do(ctx, Request{Method: "GET", URL: p.url, Repeat: Always})
				if e := kindOf(t, err); e.Kind != Timeout || !strings.Contains(e.Error(), "operation's time") || p.count.Load() != 1 {
					t.Errorf("%v (%d requests, want 1: there is no time for another)", e, p.count.Load())
				}
			})
		})
	}

	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		c, _ := newClient(t, Options{MaxRetries: 5})
		_, err := c.Do(ctx, Request{Method: "GET", URL: s.URL, Repeat: Always})
		if e := kindOf(t, err); e.Kind != Canceled || !errors.Is(err, context.Canceled) || s.count() != 1 {
			t.Errorf("%v (%d requests)", e, s.count())
		}
		if _, err := c.Do(ctx, Request{Method: "GET", URL: s.URL}); kindOf(t, err).Kind != Canceled || s.count() != 1 {
			t.Errorf("a canceled call sent a request: %v", err)
		}
	})
}

func TestErrorsHoldNoCredential(t *testing.T) {
	c, _ := newClient(t, Options{})
	for _, raw := range []string{
		"https://user:canary-1@host.example/", "https://host.example:canary-1", "http://host.example/?token=canary-1",
		"ftp://host.example/?client_secret=canary-1", "://canary-1", "https://127.0.0.1:1/?access_token=canary-1#canary-1",
	} {
		_, err := c.Do(context.Background(), Request{Method: "GET", URL: raw})
		if err == nil || strings.Contains(err.Error(), "canary-1") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
