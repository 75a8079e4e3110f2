// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const canaryToken = "canary-token-1"

// canaryHeaders are configured headers that must not reach another origin.
var canaryHeaders = map[string]secret.String{
	"X-Provider": secret.New(canaryToken), "Cookie": secret.New("s=" + canaryToken), "X-Api-Key": secret.New(canaryToken),
}

// everything is a GET with all that must not reach another origin.
func everything(url string) Request {
	return Request{
		Method: "GET", URL: url, Accept: "application/json", FollowRedirects: true, Repeat: Always,
		Auth: Bearer(newSecret(canaryToken)),
	}
}

// leaked gives the names of the headers that hold the canary.
func leaked(r *http.Request) []string {
	var names []string
	for name, values := range r.Header {
		if strings.Contains(strings.Join(values, " "), "canary") {
			names = append(names, name)
		}
	}
	return names
}

func TestRedirectCarriesCredentialsOnlyToItsOwnOrigin(t *testing.T) {
	options := Options{UserAgent: "agent/1", Headers: canaryHeaders, HeaderOrigins: func(string) bool { return true }}
	for name, code := range map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308} {
		t.Run("another origin by "+name, func(t *testing.T) {
			other := newServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{}`)) })
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Set-Cookie", "s=canary")
				http.Redirect(w, r, other.URL+"/moved", code)
			})
			c, _ := newClient(t, options)
			got, err := c.Do(context.Background(), everything(s.URL+"/?q=canary"))
			if err != nil || got.URL != other.URL+"/moved" || string(got.Body) != "{}" {
				t.Fatalf("%+v, %v", got, err)
			}
			if names := leaked(s.last()); len(names) != 4 {
				t.Errorf("the first origin got %v", names)
			}
			if names := leaked(other.last()); len(names) != 0 {
				t.Errorf("the other origin got %v", names)
			}
			if h := other.last().Header; h.Get("Accept") != "application/json" || h.Get("User-Agent") != "agent/1" {
				t.Errorf("header %v", h)
			}
		})
	}

	t.Run("the same origin", func(t *testing.T) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/moved", http.StatusFound)
			}
		})
		c, _ := newClient(t, options)
		if got, err := c.Do(context.Background(), everything(s.URL+"/")); err != nil || got.URL != s.URL+"/moved" {
			t.Fatalf("%+v, %v", got, err)
		}
		if names := leaked(s.last()); len(names) != 4 {
			t.Errorf("the same origin got %v", names)
		}
	})

	t.Run("where the credential may go", func(t *testing.T) {
		other := newServer(t, func(http.ResponseWriter, *http.Request) {})
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if to := map[string]string{"/": "/good/1", "/good/1": "/good/2", "/wrong": "/good/1?to=wrong", "/away": other.URL + "/wrong"}[r.URL.Path]; to != "" && r.URL.Query().Get("to") == "" {
				http.Redirect(w, r, to, http.StatusFound)
			}
		})
		c, _ := newClient(t, options)
		r := everything(s.URL + "/")
		r.MayFollow = func(to *url.URL) bool { return strings.HasPrefix(to.Path, "/good/") && to.RawQuery == "" }
		if got, err := c.Do(context.Background(), r); err != nil || got.URL != s.URL+"/good/2" {
			t.Errorf("%+v, %v", got, err)
		}
		r.URL = s.URL + "/wrong"
		sent := s.count()
		if _, err := c.Do(context.Background(), r); kindOf(t, err).Kind != Redirect || kindOf(t, err).Target != s.URL+"/good/1" || s.count() != sent+1 {
			t.Errorf("%d requests: %v", s.count()-sent, err)
		}
		r.URL = s.URL + "/away" // where no credential goes along
		if got, err := c.Do(context.Background(), r); err != nil || got.URL != other.URL+"/wrong" {
			t.Errorf("%+v, %v", got, err)
		}
	})

	t.Run("to a page that is missing", func(t *testing.T) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/login;session=canary?next=canary", http.StatusFound)
				return
			}
			http.NotFound(w, r)
		})
		c, _ := newClient(t, options)
		got, err := c.Do(context.Background(), everything(s.URL+"/"))
		if err != nil || got.Status != http.StatusNotFound || !got.Redirected || got.Target != s.URL+"/login" {
			t.Fatalf("%+v, %v", got, err)
		}
		got, err = c.Do(context.Background(), everything(s.URL+"/missing"))
		if err != nil || got.Status != http.StatusNotFound || got.Redirected || got.Target != "" {
			t.Fatalf("%+v, %v", got, err)
		}
	})

	t.Run("away and back", func(t *testing.T) {
		var s *server
		other := newServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.URL+"/back", http.StatusFound) })
		s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, other.URL, http.StatusFound)
			}
		})
		c, _ := newClient(t, options)
		if _, err := c.Do(context.Background(), everything(s.URL+"/")); err != nil {
			t.Fatal(err)
		}
		if names := append(leaked(other.last()), leaked(s.last())...); s.last().URL.Path != "/back" || len(names) != 0 {
			t.Errorf("after the detour: %v", names)
		}
	})
}

func TestRedirectsThatAreNotFollowed(t *testing.T) {
	target := newServer(t, func(http.ResponseWriter, *http.Request) {})
	for name, test := range map[string]struct {
		location string
		want     string
	}{
		"plain http":     {"http://as.example/x?token=canary", "plain http"},
		"another scheme": {"ftp://as.example/?token=canary", "scheme"},
		"user info":      {"https://u:canary@as.example/", "user information"},
		"no host":        {"https:///x?token=canary", "absolute"},
		"no URL":         {"https://as.example:canary/", "no usable location"},
		"for ever":       {"/again", "more than 5"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", test.location)
				w.WriteHeader(http.StatusFound)
			})
			c, _ := newClient(t, Options{MaxRetries: 3})
			_, err := c.Do(context.Background(), everything(s.URL))
			if e := kindOf(t, err); e.Kind != Redirect || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%v", err)
			}
			want := 1
			if name == "for ever" {
				want = 1 + MaxRedirects
			}
			if s.count() != want {
				t.Errorf("%d requests, want %d", s.count(), want)
			}
		})
	}

	t.Run("not asked for", func(t *testing.T) {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target.URL, http.StatusFound) })
		c, _ := newClient(t, Options{})
		got, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL})
		if err != nil || got.Status != 302 || got.Header.Get("Location") != target.URL || !got.Redirected || got.Target != target.URL || target.count() != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	})

	t.Run("from https to http", func(t *testing.T) {
		s := newTLSServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target.URL, http.StatusFound) })
		c, _ := newClient(t, Options{CACertificates: s.certificate(), AllowInsecureHTTP: true})
		_, err := c.Do(context.Background(), everything(s.URL))
		if e := kindOf(t, err); e.Kind != Redirect || target.count() != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestOnlyReadsAreRedirected(t *testing.T) {
	target := newServer(t, func(http.ResponseWriter, *http.Request) {})
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		for code, processed := range map[int]bool{301: false, 302: true, 303: true, 307: false, 308: false} {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", target.URL+"/secret-path;session=canary?token=canary#canary")
				w.WriteHeader(code)
			})
			c, _ := newClient(t, Options{MaxRetries: 3})
			r := everything(s.URL)
			r.Method, r.Body = method, []byte("{}")
			_, err := c.Do(context.Background(), r)
			e := kindOf(t, err)
			if e.Kind != Redirect || e.MaybeProcessed != processed || e.Target != target.URL+"/secret-path" || !strings.Contains(err.Error(), target.URL) ||
				strings.Contains(err.Error(), "canary") || s.count() != 1 {
				t.Errorf("%s %d: %v, maybe processed: %v (%d requests)", method, code, err, e.MaybeProcessed, s.count())
			}
		}
	}
	for code, processed := range map[int]bool{301: false, 302: true, 303: true, 307: false, 308: false} {
		// net/http refuses what is no URL before it asks whether to follow it.
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://as.example:canary/")
			w.WriteHeader(code)
		})
		c, _ := newClient(t, Options{MaxRetries: 3})
		_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL, Body: []byte("{}"), Repeat: IfNotProcessed})
		if e := kindOf(t, err); e.Kind != Redirect || e.MaybeProcessed != processed || strings.Contains(err.Error(), "canary") || s.count() != 1 {
			t.Errorf("%d to no URL: %v, maybe processed: %v (%d requests)", code, err, e.MaybeProcessed, s.count())
		}
	}
	if target.count() != 0 {
		t.Errorf("%d requests were redirected", target.count())
	}
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	c, _ := newClient(t, Options{})
	_, err := c.Do(context.Background(), Request{Method: "POST", URL: s.URL})
	if e := kindOf(t, err); e.Kind != Redirect || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("%v", err)
	}
}

// Where a redirect leads to an address that does not answer, the error is of that one, and says so.
func TestRedirectToWhereNobodyAnswers(t *testing.T) {
	dead := newServer(t, func(http.ResponseWriter, *http.Request) {})
	dead.Close()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		http.Redirect(w, r, dead.URL+"/login;session=canary?next=canary", http.StatusFound)
	})
	c, _ := newClient(t, Options{})
	for _, url := range []string{s.URL + "/", dead.URL + "/login"} {
		want := ""
		if url == s.URL+"/" {
			want = dead.URL + "/login"
		}
		_, err := c.Do(context.Background(), Request{Method: "GET", URL: url, FollowRedirects: true})
		e := kindOf(t, err)
		if e.Kind != Unreachable || e.URL != url || e.RedirectedTo != want || want != "" && !strings.Contains(err.Error(), "a redirect to "+want+": ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%+v: %v", e, err)
		}
	}
}
