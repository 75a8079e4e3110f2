// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

var nullLog = log.New(io.Discard, "", 0)

func secrets(name, value string) map[string]secret.String {
	return map[string]secret.String{name: secret.New(value)}
}

// TestRepeats: which answers are followed by another request, for each kind of request. The server answers so for ever.
func TestRepeats(t *testing.T) {
	type counts struct{ never, ifNotProcessed, always int }
	const all = 4 // one and three repeats
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   counts
	}{
		"200":                     {status(200, ""), counts{1, 1, 1}},
		"400":                     {status(400, ""), counts{1, 1, 1}},
		"401":                     {status(401, ""), counts{1, 1, 1}},
		"404":                     {status(404, ""), counts{1, 1, 1}},
		"429":                     {status(429, ""), counts{1, all, all}},
		"429 with broken wait":    {status(429, "soon"), counts{1, all, all}},
		"500":                     {status(500, ""), counts{1, 1, 1}},
		"500 with wait":           {status(500, "1"), counts{1, 1, 1}},
		"501":                     {status(501, ""), counts{1, 1, 1}},
		"502":                     {status(502, ""), counts{1, 1, all}},
		"503":                     {status(503, ""), counts{1, 1, all}},
		"503 with broken wait":    {status(503, "soon"), counts{1, 1, all}},
		"504":                     {status(504, ""), counts{1, 1, all}},
		"connection closed":       {func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }, counts{1, 1, all}},
		"body cut off":            {cutOff, counts{1, 1, all}},
		"not HTTP":                {garbage, counts{1, 1, all}},
		"429 with a minute":       {status(429, "60"), counts{1, 3, 3}}, // two waits fill the bound of two minutes
		"503 with a minute":       {status(503, "60"), counts{1, 1, 3}}, // a proxy says so, too, when it has lost the server
		"429 beyond the bound":    {status(429, "3600"), counts{1, 1, 1}},
		"429 with no wait at all": {status(429, "0"), counts{1, 121, 121}}, // a second each all the same
	} {
		t.Run(name, func(t *testing.T) {
			for repeat, want := range map[Repeat]int{Never: test.want.never, IfNotProcessed: test.want.ifNotProcessed, Always: test.want.always} {
				s := newServer(t, test.answer)
				c, _ := newClient(t, Options{MaxRetries: all - 1})
				got, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: repeat})
				if s.count() != want {
					t.Errorf("repeat %d: %d requests, want %d (%v, %v)", repeat, s.count(), want, got, err)
				}
			}
			s := newServer(t, test.answer)
			c, _ := newClient(t, Options{})
			_, _ = c.Do(context.Background(), Request{Method: "GET", URL: s.URL, Repeat: Always})
			if s.count() != 1 {
				t.Errorf("%d requests without retries configured", s.count())
			}
		})
	}
}

func status(code int, wait string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if wait != "" {
			w.Header().Set("Retry-After", wait)
		}
		w.Header()["Date"] = nil
		w.WriteHeader(code)
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, `{"client_id":"x"`)
	w.(http.Flusher).Flush()
	hangUp(w)
}

func garbage(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_, _ = io.WriteString(conn, "SSH-2.0-x\r\n\r\n")
		_ = conn.Close()
	}
}

func TestLostAnswers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"connection closed": func(w http.ResponseWriter, _ *http.Request) { hangUp(w) }, "cut off": cutOff, "garbage": garbage,
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer)
			c, _ := newClient(t, Options{MaxRetries: 3})
			_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
			if e := kindOf(t, err); e.Kind != Protocol || !e.MaybeProcessed {
				t.Errorf("%+v", e)
			}
		})
	}

	t.Run("a repeat that is answered tells of the lost one", func(t *testing.T) {
		n := 0
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			if n++; n == 1 {
				hangUp(w)
				return
			}
			w.WriteHeader(http.StatusUnauthorized)
		})
		c, clk := newClient(t, Options{MaxRetries: 3})
		got, err := c.Do(context.Background(), Request{Method: "DELETE", URL: s.URL, Repeat: Always})
		if err != nil || got.Status != 401 || !got.EarlierMaybeProcessed || n != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		if d := clk.total(); d < firstBackoff/2 || d > firstBackoff {
			t.Errorf("waited %v", d)
		}
	})
}

// No connection was made: a registration POST may be sent, and reaches the server once it is there.
func TestRefusedConnectionIsRepeated(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	posts := 0
	late := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posts++ }), ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	c, clk := newClient(t, Options{MaxRetries: 3})
	clk.hook = func(time.Duration) {
		if len(clk.slept) != 2 {
			return
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer close(served)
			_ = late.Serve(listener)
		}()
	}
	got, err := c.Do(context.Background(), Request{Method: "POST", URL: "http://" + address, Body: []byte("{}"), Repeat: IfNotProcessed})
	if err != nil || got.Status != 200 || posts != 1 || got.EarlierMaybeProcessed {
		t.Errorf("%+v, %v, %d posts", got, err, posts)
	}
	_ = late.Close()
	<-served
	c.Close() // the kept connection, which would otherwise be tried

	_, err = c.Do(context.Background(), Request{Method: "POST", URL: "http://" + address, Body: []byte("{}"), Repeat: IfNotProcessed})
	if e := kindOf(t, err); e.Kind != Unreachable || e.MaybeProcessed {
		t.Errorf("%+v", e)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		value, date, other string
		want               time.Duration
		none               bool
	}{
		"seconds":                  {value: "120", want: 2 * time.Minute},
		"spaces":                   {value: " 7 ", want: 7 * time.Second},
		"zero":                     {value: "0"},
		"date":                     {value: at(90 * time.Second), want: 90 * time.Second},
		"date by the server's own": {value: at(time.Hour + 30*time.Second), date: at(time.Hour), want: 30 * time.Second},
		"past date":                {value: at(-time.Hour)},
		"RFC 850 date":             {value: now.Add(time.Minute).Format("Monday, 02-Jan-06 15:04:05 GMT"), want: time.Minute},
		"asctime date":             {value: now.Add(time.Minute).Format(time.ANSIC), want: time.Minute},
		"huge":                     {value: strings.Repeat("9", 30), want: 365 * 24 * time.Hour},
		"far date":                 {value: "Fri, 31 Dec 9999 23:59:59 GMT", want: 365 * 24 * time.Hour},
		"X-Retry-After":            {other: "5", want: 5 * time.Second},
		"both":                     {value: "3", other: "5", want: 3 * time.Second},
		"absent":                   {none: true},
		"negative":                 {value: "-1", none: true},
		"fraction":                 {value: "1.5", none: true},
		"word":                     {value: "later", none: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for field, value := range map[string]string{"Retry-After": test.value, "Date": test.date, "X-Retry-After": test.other} {
				if value != "" {
					h.Set(field, value)
				}
			}
			got, ok := retryAfter(h, now)
			if got != test.want || ok == test.none {
				t.Errorf("retryAfter = %v, %v", got, ok)
			}
		})
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	for name, test := range map[string]struct {
		value  string
		status int
		r      Request
	}{
		"429": {"17", 429, Request{Method: "POST", Body: []byte("{}"), Repeat: IfNotProcessed}}, "429, date": {"date", 429, Request{Method: "POST", Body: []byte("{}"), Repeat: IfNotProcessed}},
		"503": {"17", 503, Request{Method: "DELETE", Repeat: Always}}, "503, date": {"date", 503, Request{Method: "DELETE", Repeat: Always}},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c, clk := newClient(t, Options{MaxRetries: 1})
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				n++
				if n > 3 {
					return
				}
				w.Header()["Date"] = nil
				if test.value == "date" {
					w.Header().Set("Retry-After", clk.now().Add(17*time.Second).Format(http.TimeFormat))
				} else {
					w.Header().Set("Retry-After", test.value)
				}
				w.WriteHeader(test.status)
			})
			test.r.URL = s.URL
			got, err := c.Do(context.Background(), test.r)
			if err != nil || got.Status != 200 || got.EarlierMaybeProcessed != (test.status == 503) {
				t.Fatalf("%+v, %v", got, err)
			}
			if clk.total() != 3*17*time.Second {
				t.Errorf("waited %v", clk.slept)
			}
		})
	}
}

// One 429 among a hundred parallel calls holds back all of them: after it only those already on the wire arrive.
func TestOneRateLimitHoldsBackAllCalls(t *testing.T) {
	const calls, atOnce, refused = 100, 5, 10
	var mu sync.Mutex
	asked, limited := 0, make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		asked++
		n := asked
		mu.Unlock()
		switch {
		case n == refused:
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(429)
		case n > refused:
			// Those on their way are answered once the refusal has been read; before that nobody can obey it.
			<-limited
		}
	})
	other := newServer(t, func(http.ResponseWriter, *http.Request) {})

	// Sleepers wait until the test has seen that all calls but the finished ones sleep, then time moves for all.
	asleep, wake := make(chan time.Duration, calls), make(chan struct{})
	clk := newClock()
	c, _ := newClient(t, Options{
		MaxConcurrentRequests: atOnce, MaxRetries: 1, Now: clk.now,
		Sleep: func(ctx context.Context, d time.Duration) error {
			asleep <- d
			select {
			case <-wake:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	})
	statuses := make(chan string, calls)
	for range calls {
		go func() {
			got, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
			if err != nil {
				statuses <- err.Error()
				return
			}
			statuses <- strconv.Itoa(got.Status)
		}()
	}
	done, sleeping := 0, 0
	for done+sleeping < calls {
		select {
		case status := <-statuses:
			done++
			if status != "200" {
				t.Errorf("a call ended with %s", status)
			}
		case d := <-asleep:
			if sleeping++; sleeping == 1 {
				close(limited)
			}
			if d != 30*time.Second {
				t.Errorf("a call sleeps %v, want 30 s", d)
			}
		}
	}
	if n := s.count(); n < refused || n > refused+atOnce-1 {
		t.Errorf("%d requests before the wait was over, want %d and at most %d that were on their way", n, refused, atOnce-1)
	}
	if got, err := c.Do(context.Background(), Request{Method: "GET", URL: other.URL}); err != nil || got.Status != 200 {
		t.Errorf("another host was held back too: %v", err)
	}
	_ = clk.sleep(context.Background(), 30*time.Second)
	close(wake)
	for ; done < calls; done++ {
		if status := <-statuses; status != "200" {
			t.Errorf("a call ended with %s", status)
		}
	}
	if n := s.count(); n != calls+1 {
		t.Errorf("%d requests in all, want %d", n, calls+1)
	}
}

func TestGateBounds(t *testing.T) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header()["Date"] = nil
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(429)
	})
	c, clk := newClient(t, Options{MaxRetries: 5})
	ask := func(ctx context.Context) (*Response, error) {
		return c.Do(ctx, Request{Method: "GET", URL: s.URL, Repeat: Always})
	}
	if got, err := ask(context.Background()); err != nil || got.Status != 429 || !got.Until.Equal(clk.now().Add(time.Hour)) || len(clk.slept) != 0 {
		t.Fatalf("%v, %v, slept %v", got, err, clk.slept)
	}
	_, err := ask(context.Background())
	if e := kindOf(t, err); e.Kind != RateLimited || e.MaybeProcessed || n != 1 || !e.Until.Equal(clk.now().Add(time.Hour)) {
		t.Errorf("%v (%d requests)", err, n)
	}
	_ = clk.sleep(context.Background(), 3590*time.Second)
	short, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if _, err := ask(short); kindOf(t, err).Kind != RateLimited || n != 1 {
		t.Errorf("%v: a wait beyond the operation's deadline must not be begun", err)
	}
	if _, err := ask(context.Background()); err != nil || n != 2 {
		t.Errorf("%v (%d requests): 10 seconds are within the bound", err, n)
	}
}

func TestCancelWhileHeldBack(t *testing.T) {
	s := newServer(t, status(429, "30"))
	ctx, cancel := context.WithCancel(context.Background())
	c, _ := newClient(t, Options{MaxRetries: 5, Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		cancel()
		return sleep(ctx, d)
	}})
	_, err := c.Do(ctx, Request{Method: "GET", URL: s.URL, Repeat: Always})
	if e := kindOf(t, err); e.Kind != Canceled || e.MaybeProcessed || s.count() != 1 {
		t.Errorf("%+v (%d requests)", e, s.count())
	}
	if err := sleep(context.Background(), 0); err != nil {
		t.Error(err)
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	for n := range 40 {
		most := min(firstBackoff<<min(n, 16), mostBackoff)
		for range 20 {
			if d := backoff(n); d < most/2 || d > most {
				t.Fatalf("backoff(%d) = %v", n, d)
			}
		}
	}
}

// A token that is made anew for each attempt is also sent anew.
func TestEachAttemptIsAuthorized(t *testing.T) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(502)
		}
	})
	c, _ := newClient(t, Options{MaxRetries: 1})
	auth := &counting{}
	if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL, Auth: auth, Repeat: Always}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.requests[0].Header["Authorization"], s.requests[1].Header["Authorization"]); got != "[Bearer 1] [Bearer 2]" {
		t.Error(got)
	}
	auth.fail = true
	_, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL, Auth: auth, Repeat: Always})
	if e := kindOf(t, err); e.Kind != Authorization || s.count() != 2 {
		t.Errorf("%v (%d requests)", e, s.count())
	}
}

type counting struct {
	n    int
	fail bool
}

func (c *counting) Authorize(_ context.Context, req *http.Request) error {
	if c.fail {
		return errors.New("no token to be had")
	}
	c.n++
	req.Header.Set("Authorization", fmt.Sprintf("Bearer %d", c.n))
	return nil
}

func (*counting) Describe() string { return "a counting token" }

func TestAuthorizers(t *testing.T) {
	ctx := context.Background()
	req := httptest.NewRequest("GET", "/", nil)
	for want, auth := range map[string]Authorizer{
		"": NoAuth(), "Bearer tok-en.~+/=": Bearer(secret.New("tok-en.~+/=")), "Basic dXM6cGE6c3M=": Basic("us", secret.New("pa:ss")),
	} {
		req.Header = http.Header{}
		if err := auth.Authorize(ctx, req); err != nil || req.Header.Get("Authorization") != want {
			t.Errorf("%v: %q, %v", auth.Describe(), req.Header.Get("Authorization"), err)
		}
	}
	for _, auth := range []Authorizer{Bearer(secret.String{}), Bearer(secret.New("canary-1\n")), Bearer(secret.New("canary-1 x")), Basic("a:b", secret.New("canary-1"))} {
		if err := auth.Authorize(ctx, req); err == nil || strings.Contains(err.Error()+auth.Describe()+fmt.Sprintf("%+v", auth), "canary-1") {
			t.Errorf("%v: %v", auth, err)
		}
	}
}

// An answer has the time to come back at where that is later than this side pauses anyway.
func TestUntilIsOfLongWaits(t *testing.T) {
	for after, want := range map[string]time.Duration{"": 0, "0": 0, "15": 0, "16": 16 * time.Second, "3600": time.Hour, "soon": 0} {
		c, clk := newClient(t, Options{})
		began := clk.now()
		got, err := c.Do(t.Context(), Request{Method: "GET", URL: newServer(t, status(429, after)).URL})
		if err != nil {
			t.Fatal(err)
		}
		if want == 0 && !got.Until.IsZero() || want > 0 && got.Until.Sub(began).Round(time.Second) != want {
			t.Errorf("Retry-After %q: until %v, which is %v later", after, got.Until, got.Until.Sub(began))
		}
	}
}
