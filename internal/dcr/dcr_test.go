// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a server that answers as it is told and keeps what it was asked.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	log      []string
}

func newFake(t *testing.T, h http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.requests, f.bodies = append(f.requests, r), append(f.bodies, string(body))
		f.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		h(w, r)
	}))
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// client makes a Client that does not wait and whose log is kept.
func (f *fake) client(t *testing.T) *Client {
	t.Helper()
	var mu sync.Mutex
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c, err := transport.New(transport.Options{
		UserAgent: "agent/1", MaxRetries: 2,
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return at },
		Sleep: func(ctx context.Context, d time.Duration) error {
			mu.Lock()
			defer mu.Unlock()
			at = at.Add(d)
			return ctx.Err()
		},
		Log: func(_ context.Context, message string, fields map[string]any) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.log = append(f.log, fmt.Sprint(message, fields))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return New(c, time.Now)
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

func answer(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func asError(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %T: %v", err, err)
	}
	return e
}

var iat = transport.Bearer(secret.New("canary-iat"))

// run does one operation against a path of the fake.
func (f *fake) run(c *Client, operation Operation) (*Registration, error) {
	ctx := context.Background()
	switch operation {
	case Register:
		return c.Register(ctx, f.URL+"/register", iat, map[string]any{"client_name": "a & b", "client_secret": "canary-sent"})
	case Read:
		return c.Read(ctx, f.URL+"/register?client_id=c1", "c1", iat)
	case Update:
		return c.Update(ctx, f.URL+"/register/c1", "c1", iat, false, map[string]any{"client_id": "c1", "client_secret": "canary-sent"})
	}
	_, _, err := c.Delete(ctx, f.URL+"/register/c1", "c1", iat)
	return nil, err
}

func TestRequests(t *testing.T) {
	f := newFake(t, answer(201, `{"client_id":"c1"}`))
	c := f.client(t)
	for i, test := range []struct {
		operation         Operation
		method, uri, body string
	}{
		{Register, "POST", "/register", `{"client_name":"a & b","client_secret":"canary-sent"}`},
		{Read, "GET", "/register?client_id=c1", ""},
		{Update, "PUT", "/register/c1", `{"client_id":"c1","client_secret":"canary-sent"}`},
		{Delete, "DELETE", "/register/c1", ""},
	} {
		if _, err := f.run(c, test.operation); err != nil {
			t.Fatal(err)
		}
		r := f.requests[i]
		if r.Method != test.method || r.RequestURI != test.uri || f.bodies[i] != test.body {
			t.Errorf("%s %s %s", r.Method, r.RequestURI, f.bodies[i])
		}
		wantType := ""
		if test.body != "" {
			wantType = "application/json"
		}
		if got := r.Header; got.Get("Accept") != "application/json" || got.Get("Content-Type") != wantType ||
			got.Get("Authorization") != "Bearer canary-iat" || got.Get("User-Agent") != "agent/1" {
			t.Errorf("%s: header %v", test.method, got)
		}
	}
}

func TestParse(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	for name, test := range map[string]struct {
		status int
		body   string
		header []string
		want   Registration
	}{
		"all members": {
			status: 201,
			body: `{"client_id":"c1","client_secret":"s","client_id_issued_at":1700000000,"client_secret_expires_at":0,
				"registration_access_token":"t","registration_client_uri":"https://as.example/c1","redirect_uris":["https://a"],"x":1.0}`,
			want: Registration{
				ClientID: "c1", ClientSecret: secret.New("s"), ClientIDIssuedAt: n(1700000000), ClientSecretExpiresAt: n(0),
				RegistrationAccessToken: secret.New("t"), RegistrationClientURI: "https://as.example/c1",
				Metadata: map[string]any{"redirect_uris": []any{"https://a"}, "x": json.Number("1.0")},
			},
		},
		"200": {status: 200, body: `{"client_id":"c1"}`, want: Registration{ClientID: "c1", Metadata: map[string]any{}}},
		"numeric strings": {status: 201, body: `{"client_id":"c1","client_id_issued_at":"1700000000","client_secret_expires_at":"0"}`,
			want: Registration{ClientID: "c1", ClientIDIssuedAt: n(1700000000), ClientSecretExpiresAt: n(0), Metadata: map[string]any{}}},
		"fractions and exponents": {status: 201, body: `{"client_id":"c1","client_id_issued_at":1700000000.75,"client_secret_expires_at":1.8e9}`,
			want: Registration{ClientID: "c1", ClientIDIssuedAt: n(1700000000), ClientSecretExpiresAt: n(1800000000), Metadata: map[string]any{}}},
		"no usable times": {status: 201, body: `{"client_id":"c1","client_id_issued_at":null,"client_secret_expires_at":"never"}`,
			want: Registration{ClientID: "c1", Odd: []OddValue{{"client_secret_expires_at", "it is no time that can be read"}}, Metadata: map[string]any{}}},
		"absurd times": {status: 201, body: `{"client_id":"c1","client_id_issued_at":1e99999,"client_secret_expires_at":1e30}`,
			want: Registration{ClientID: "c1", Odd: []OddValue{{"client_id_issued_at", "it is no time that can be read"}, {"client_secret_expires_at", "it is no time that can be read"}}, Metadata: map[string]any{}}},
		"null credentials": {status: 201, body: `{"client_id":"c1","client_secret":null,"registration_access_token":"","registration_client_uri":null}`,
			want: Registration{ClientID: "c1", Metadata: map[string]any{}}},
		"duplicate members": {status: 201, body: `{"client_name":"a","client_id":"c1","client_name":"b"}`,
			want: Registration{ClientID: "c1", Metadata: map[string]any{"client_name": "b"}}},
		"numeric client_id": {status: 201, body: `{"client_id":123}`, want: Registration{ClientID: "123", Metadata: map[string]any{}}},
		"called HTML":       {status: 201, body: "\ufeff \n{\"client_id\":\"c1\"}\n", header: []string{"Content-Type", "text/html"}, want: Registration{ClientID: "c1", Metadata: map[string]any{}}},
		"members that say no error": {status: 200, body: `{"client_id":"c1","error":null,"status":"active"}`,
			want: Registration{ClientID: "c1", Metadata: map[string]any{"error": nil, "status": "active"}}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(test.status, test.body, test.header...))
			got, err := f.run(f.client(t), Register)
			if err != nil {
				t.Fatal(err)
			}
			test.want.Status, test.want.URL = test.status, f.URL+"/register"
			if since := time.Since(got.AnsweredAt); since < -time.Minute || since > time.Minute {
				t.Errorf("answered at %v", got.AnsweredAt)
			}
			got.AnsweredAt = time.Time{}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What looks like a success and is none.
func TestFalseSuccesses(t *testing.T) {
	for name, test := range map[string]struct {
		status       int
		body, reason string
		mayExist     bool // a client may have been registered
	}{
		"HTML":                    {200, "<!DOCTYPE html><title>Log in</title>", "HTML", true},
		"HTML after a blank":      {201, "\n <html>", "HTML", true},
		"empty":                   {201, "", "empty body", true},
		"204":                     {204, "", "empty body", true},
		"a string":                {200, `"ok"`, "something else than a JSON object", true},
		"null":                    {200, `null`, "something else than a JSON object", true},
		"a list":                  {200, `[{"client_id":"c1"}]`, "something else than a JSON object", true},
		"cut off":                 {200, `{"client_id":"c1"`, "something else than a JSON object", true},
		"two documents":           {200, `{"client_id":"c1"}{"client_id":"c1"}`, "more than one", true},
		"no client_id":            {201, `{"client_secret":"canary-new"}`, "without a client_id", true},
		"empty client_id":         {201, `{"client_id":""}`, "without a client_id", true},
		"client_id of null":       {201, `{"client_id":null}`, "without a client_id", true},
		"error":                   {200, `{"error":"invalid_redirect_uri","error_description":"no"}`, "reports an error", false},
		"status error":            {200, `{"status":"error","msg":"no"}`, "reports an error", false},
		"error with client_id":    {200, `{"client_id":"c1","error":"server_error"}`, "reports an error", true},
		"error object":            {200, `{"error":{"code":"x"}}`, "reports an error", false},
		"status Failed":           {202, `{"status":"Failed"}`, "reports an error", false},
		"error number":            {200, `{"error":17}`, "reports an error", false},
		"error true":              {200, `{"error":true}`, "reports an error", false},
		"list of errors as error": {200, `{"error":["x"]}`, "reports an error", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(test.status, test.body))
			c := f.client(t)
			for _, operation := range []Operation{Register, Read, Update} {
				_, err := f.run(c, operation)
				e := asError(t, err)
				if e.Operation != operation || e.Status != test.status || !strings.Contains(e.Reason, test.reason) || strings.Contains(err.Error(), "canary") || e.RefusesMetadata() {
					t.Errorf("%+v", e)
				}
				want := map[Operation]bool{Register: test.mayExist, Read: false, Update: true}[operation]
				if e.MaybeProcessed != want {
					t.Errorf("%s: MaybeProcessed = %v", operation, e.MaybeProcessed)
				}
			}
			if f.count() != 3 {
				t.Errorf("%d requests", f.count())
			}
		})
	}
}

func TestAnotherClientIsRefused(t *testing.T) {
	f := newFake(t, answer(200, `{"client_id":"c2","registration_access_token":"canary-other","client_secret":"canary-other"}`))
	c := f.client(t)
	for _, operation := range []Operation{Read, Update} {
		_, err := f.run(c, operation)
		if e := asError(t, err); !strings.Contains(e.Reason, "another client") || e.Credentials != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v", e)
		}
	}
}

// A credential in an answer that is no success must not be lost, if it is the right client's.
func TestCredentialsBesideErrors(t *testing.T) {
	for name, test := range map[string]struct {
		operation Operation
		status    int
		body      string
		want      string
	}{
		"update, 500 with a new token":      {Update, 500, `{"client_id":"c1","registration_access_token":"new"}`, "new"},
		"update, 200 with error and token":  {Update, 200, `{"client_id":"c1","error":"x","registration_access_token":"new"}`, "new"},
		"update, another client's":          {Update, 500, `{"client_id":"c2","registration_access_token":"new"}`, ""},
		"update, nobody's":                  {Update, 500, `{"registration_access_token":"new"}`, ""},
		"read, 200 with a token only":       {Read, 200, `{"registration_access_token":"new"}`, ""},
		"read, 200 without client_id":       {Read, 200, `{"error":"x","registration_access_token":"new","redirect_uris":["https://a"],"client_name":"n"}`, "new"},
		"update, nothing new":               {Update, 400, `{"client_id":"c1","error":"x"}`, ""},
		"read, 403 with a new token":        {Read, 403, `{"client_id":"c1","registration_access_token":"new"}`, "new"},
		"register, 201 without client_id":   {Register, 201, `{"registration_access_token":"new","registration_client_uri":"/c9"}`, "new"},
		"register, 201 without an address":  {Register, 201, `{"registration_access_token":"new"}`, ""},
		"register, 201 with an error":       {Register, 201, `{"error":"x","registration_access_token":"new","registration_client_uri":"/c9"}`, ""},
		"register, 400 without client_id":   {Register, 400, `{"registration_access_token":"new","registration_client_uri":"/c9"}`, ""},
		"register, 500 with a whole client": {Register, 500, `{"client_id":"c9","registration_access_token":"new"}`, "new"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(test.status, test.body))
			_, err := f.run(f.client(t), test.operation)
			e := asError(t, err)
			got := ""
			if e.Credentials != nil {
				got = e.Credentials.RegistrationAccessToken.Reveal()
			}
			if got != test.want {
				t.Errorf("token %q, want %q", got, test.want)
			}
		})
	}
}

// A 3xx that is no redirect, as a cache's, and the 406 of a server that looks at what is accepted last, tell nothing of what became of a write.
func TestStatusesThatTellNothing(t *testing.T) {
	for status, tells := range map[int]bool{300: false, 304: false, 305: false, 399: false, 406: false, 400: true, 403: true, 413: true, 499: true} {
		c := newFake(t, answer(status, ""))
		for _, operation := range []Operation{Register, Read, Update} {
			_, err := c.run(c.client(t), operation)
			if got := MaybeProcessed(err); err == nil || got == (tells || operation == Read) {
				t.Errorf("%d to %s: may have been made %v: %v", status, operation, got, err)
			}
		}
	}
}

func TestDelete(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		fails  bool
	}{
		"204":            {status: 204},
		"200, empty":     {status: 200},
		"200, something": {status: 200, body: `<html>`},
		"202":            {status: 202, body: `{"client_id":"c1"}`},
		"200, error":     {status: 200, body: `{"status":"error","msg":"no"}`, fails: true},
		"401":            {status: 401, fails: true},
		"403":            {status: 403, fails: true},
		"404":            {status: 404, fails: true},
		"405":            {status: 405, fails: true},
		"500":            {status: 500, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(test.status, test.body))
			status, _, err := f.client(t).Delete(context.Background(), f.URL, "c1", iat)
			if status != test.status || (err != nil) != test.fails {
				t.Fatalf("%d, %v", status, err)
			}
			if test.fails {
				e := asError(t, err)
				if e.Status != test.status || e.MaybeProcessed != (test.status == 500 || test.status == 200) || e.NotSupported() != (test.status == 405) {
					t.Errorf("%+v", e)
				}
			}
		})
	}

	for _, status := range []int{401, 404, 410, 403} {
		t.Run(fmt.Sprintf("%d after a lost answer", status), func(t *testing.T) {
			n := 0
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if n++; n == 1 {
					conn, _, _ := w.(http.Hijacker).Hijack()
					_ = conn.Close()
					return
				}
				w.WriteHeader(status)
			})
			got, _, err := f.client(t).Delete(context.Background(), f.URL, "c1", iat)
			if got != status || err == nil || f.count() != 2 {
				t.Fatalf("%d, %v (%d requests)", got, err, f.count())
			}
			if e := asError(t, err); !e.MaybeProcessed || !e.Repeated {
				t.Error("not told that the first may have been carried out")
			}
		})
	}
}

func TestRegistrationIsNeverRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		handler  http.HandlerFunc
		requests int
		mayExist bool
	}{
		"connection closed": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, 1, true},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, `{"client_id":"c1","client_secret":"canary-lost`)
		}, 1, true},
		"too large":         {answer(201, strings.Repeat(" ", transport.MaxBody+1)), 1, true},
		"500":               {answer(500, ""), 1, true},
		"502":               {answer(502, ""), 1, true},
		"503":               {answer(503, ""), 1, true},
		"503 with wait":     {answer(503, "", "Retry-After", "1"), 1, true},
		"429 with wait":     {answer(429, "", "Retry-After", "1"), 121, false},
		"504":               {answer(504, "<html>canary-page"), 1, true},
		"501":               {answer(501, ""), 1, false},
		"429":               {answer(429, ""), 3, false},
		"400":               {answer(400, ""), 1, false},
		"redirect":          {answer(307, "", "Location", "https://other.example/"), 1, false},
		"redirect, perhaps": {answer(303, "", "Location", "https://other.example/"), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, test.handler)
			_, err := f.run(f.client(t), Register)
			e := asError(t, err)
			if f.count() != test.requests || e.MaybeProcessed != test.mayExist || strings.Contains(err.Error(), "canary") {
				t.Errorf("%d requests, %+v", f.count(), e)
			}
		})
	}
	for name, endpoint := range map[string]string{"plain http": "http://as.example/register?token=canary", "no URL": "canary://x", "nobody there": "http://127.0.0.1:1/"} {
		f := newFake(t, answer(201, ""))
		_, err := f.client(t).Register(context.Background(), endpoint, iat, map[string]any{})
		if e := asError(t, err); e.MaybeProcessed || e.Status != 0 || e.Err == nil || strings.Contains(err.Error(), "?token=canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := newFake(t, answer(201, ""))
	_, err := f.client(t).Register(context.Background(), f.URL, iat, map[string]any{"x": func() {}})
	if e := asError(t, err); f.count() != 0 || e.MaybeProcessed || !strings.Contains(err.Error(), "cannot be written as JSON") {
		t.Errorf("%v", err)
	}
}

// A read that is redirected to another origin goes there without the token, and what it says does not count.
func TestReadFromAnotherOrigin(t *testing.T) {
	other := newFake(t, answer(401, `{"error":"invalid_token"}`))
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			answer(200, `{"client_id":"c1"}`)(w, r)
			return
		}
		http.Redirect(w, r, map[string]string{"/away": other.URL, "/near": "/moved"}[r.URL.Path], http.StatusFound)
	})
	c := f.client(t)
	_, err := c.Read(context.Background(), f.URL+"/away", "c1", iat)
	if e := asError(t, err); e.Unauthorized() || e.gone() || e.Status != 0 || !strings.Contains(err.Error(), other.URL) || other.requests[0].Header.Get("Authorization") != "" {
		t.Errorf("%+v", e)
	}
	if got, err := c.Read(context.Background(), f.URL+"/near", "c1", iat); err != nil || got.ClientID != "c1" {
		t.Errorf("%v, %v", got, err)
	}
}

// A page that is missing where a redirect led says nothing of the client; a 404 of its own URI does.
func TestMissingBehindARedirect(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/near" {
			http.Redirect(w, r, "/login?next=near", http.StatusFound)
			return
		}
		answer(404, `{"error":"invalid_client_id"}`)(w, r)
	})
	c := f.client(t)
	_, err := c.Read(context.Background(), f.URL+"/near", "c1", iat)
	if e := asError(t, err); e.gone() || !e.Redirected || e.Target != f.URL+"/login" || e.Status != 404 || !strings.Contains(err.Error(), "redirect to "+f.URL+"/login") {
		t.Errorf("%+v", e)
	}
	_, err = c.Read(context.Background(), f.URL+"/own", "c1", iat)
	if e := asError(t, err); !e.gone() || e.Redirected {
		t.Errorf("%+v", e)
	}
	moved := newFake(t, answer(307, "", "Location", f.URL+"/elsewhere?token=canary"))
	_, err = moved.client(t).Update(context.Background(), moved.URL, "c1", iat, false, map[string]any{})
	if e := asError(t, err); !e.Redirected || e.Target != f.URL+"/elsewhere" || strings.Contains(err.Error(), "canary") {
		t.Errorf("%+v", e)
	}
}

// The second of two joined errors may be the one that says so. What became of a read does not matter.
func TestMaybeProcessedInJoinedErrors(t *testing.T) {
	refused, lost := &Error{Operation: Update, Status: 400}, &Error{Operation: Update, MaybeProcessed: true}
	read := &Error{Operation: Read, Err: &transport.Error{MaybeProcessed: true}}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"none": {nil, false}, "refused": {refused, false}, "lost": {errors.Join(refused, fmt.Errorf("second form: %w", lost)), true},
		"read": {errors.Join(refused, read), false}, "transport": {errors.Join(refused, &transport.Error{MaybeProcessed: true}), true},
	} {
		if got := MaybeProcessed(test.err); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := newFake(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := f.client(t).Register(ctx, f.URL, iat, map[string]any{})
	if e := asError(t, err); !e.MaybeProcessed || !errors.Is(err, context.Canceled) || f.count() != 1 {
		t.Errorf("%+v", e)
	}
}
