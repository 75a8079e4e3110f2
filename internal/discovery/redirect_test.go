// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Redirects lead over https only, not far, and never to a credential; where they led is told, without its query.
func TestRedirects(t *testing.T) {
	cert, authority := certificate(t, "127.0.0.1")
	plain := newSite(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, jrd("https://op.example"))
	})
	second := newSite(t, cert, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "protected"):
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
		case strings.Contains(r.URL.Path, "missing"):
			http.NotFound(w, r)
		default:
			_, _ = io.WriteString(w, jrd("https://op.example"))
		}
	})
	var target string
	var status int
	first := newSite(t, cert, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/found":
			_, _ = io.WriteString(w, jrd("https://op.example"))
		case "/protected":
			if user, _, _ := r.BasicAuth(); user != "admin" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = io.WriteString(w, jrd("https://op.example"))
		default:
			w.Header().Set("Location", target)
			w.WriteHeader(status)
		}
	})
	const webfinger = "/.well-known/webfinger?…"
	for _, c := range []struct {
		name, target  string
		first, second []string // paths and credentials that the two saw
		kind          Kind
		reason, step  string
	}{
		{"same host", "/found?session=hunter2", []string{webfinger, "/found?session=hunter2"}, nil, -1, "", "redirected to " + first.URL + "/found: 200 OK with"},
		{"other host", second.URL + "/found?session=hunter2", []string{webfinger}, []string{"/found?session=hunter2"}, -1, "", "redirected to " + second.URL + "/found: 200 OK with"},
		{"same host that wants credentials", "/protected", []string{webfinger, "/protected", webfinger + " Basic", "/protected Basic"}, nil, -1, "", ""},
		{"other host that wants credentials", second.URL + "/protected", []string{webfinger}, []string{"/protected"}, CredentialsElsewhere, "redirects to another host that wants credentials (401", "redirected to " + second.URL + "/protected: 401"},
		{"other host that knows nothing", second.URL + "/missing?code=hunter2", []string{webfinger}, []string{"/missing?code=hunter2"}, NoIssuer, "404", "redirected to " + second.URL + "/missing: 404"},
		{"plain http on this machine", plain.URL, []string{webfinger}, nil, Unavailable, "plain http", "redirect"},
		{"plain http elsewhere", "http://op.example/", []string{webfinger}, nil, Unavailable, "redirect", "redirect"},
		{"other scheme", "ftp://op.example/", []string{webfinger}, nil, Unavailable, "redirect", "redirect"},
		{"user part", "https://joe:hunter2@op.example/", []string{webfinger}, nil, Unavailable, "redirect", "redirect"},
		{"for ever", "/again", append([]string{webfinger}, strings.Fields(strings.Repeat("/again ", transport.MaxRedirects))...), nil, Unavailable, "more than 5", "redirect"},
		{"nowhere", "https://hunter2 %zz/", []string{webfinger}, nil, Unavailable, "redirect", "redirect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, status = c.target, http.StatusFound
			before, beforeSecond := len(first.paths()), len(second.paths())
			f := newFinder(t, func(o *transport.Options) { o.CACertificates, o.CACertificatesOnly = authority, true })
			got, err := f.WebFinger(t.Context(), "joe@"+first.host()+"/x", transport.Basic("admin", secret.New("hunter2")))
			var steps []Step
			if c.kind >= 0 {
				steps = failure(t, err, c.kind, c.reason).Steps
			} else if err != nil {
				t.Fatal(err)
			} else {
				steps = got.Steps
			}
			if text := fmt.Sprint(steps); !strings.Contains(text, c.step) || strings.Contains(text, "hunter2") {
				t.Errorf("steps %q, want something with %q", text, c.step)
			}
			saw := first.paths()[before:]
			for i, path := range saw {
				if strings.HasPrefix(path, "/.well-known/webfinger?") {
					_, scheme, found := strings.Cut(path, " ")
					if saw[i] = webfinger; found {
						saw[i] += " " + scheme
					}
				}
			}
			if d := cmp.Diff(c.first, saw); d != "" {
				t.Errorf("the first host saw (-want +got):\n%s", d)
			}
			if saw := second.paths()[beforeSecond:]; !cmp.Equal(c.second, saw) && len(c.second)+len(saw) > 0 {
				t.Errorf("the second host saw %q, want %q", saw, c.second)
			}
		})
	}
	for _, status = range []int{301, 302, 303, 307, 308} {
		target = second.URL + "/found"
		f := newFinder(t, func(o *transport.Options) { o.CACertificates, o.CACertificatesOnly = authority, true })
		if _, err := f.WebFinger(t.Context(), "https://"+first.host(), nil); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	if seen := plain.requests(); len(seen) != 0 {
		t.Errorf("the server behind plain http was asked: %q", seen)
	}
}

// No answer at all: the search stops, and says what was asked, what happened, and what would help.
func TestUnreachable(t *testing.T) {
	cert, _ := certificate(t, "127.0.0.1")
	untrusted := newSite(t, cert, func(http.ResponseWriter, *http.Request) {})
	cut := newSite(t, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	_ = listener.Close()
	astray := newSite(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://10.0.0.1/elsewhere")
		w.WriteHeader(http.StatusFound)
	})
	toNobody := newSite(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", closed+"/login?state=canary")
		w.WriteHeader(http.StatusFound)
	})
	for _, c := range []struct {
		name, url, reason string
		answered          bool
	}{
		{"nobody listens", closed, "could not be reached", false},
		{"an unknown authority", untrusted.URL, "no secure connection", false},
		{"cut off", cut.URL, "cut off", false},
		{"a redirect to where nobody listens", toNobody.URL, "redirected to " + closed + "/login: the server could not be reached", true},
		{"a redirect that may not be followed", astray.URL, "redirect", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newFinder(t, nil).Metadata(t.Context(), MetadataRequest{Issuer: c.url + "/op"})
			e := failure(t, err, Unavailable, c.reason)
			if len(e.Steps) != 1 || e.Steps[0].Unanswered == c.answered || e.Unwrap() == nil {
				t.Errorf("got %+v", e)
			}
			_, err = newFinder(t, nil).WebFinger(t.Context(), c.url+"/joe", nil)
			if e := failure(t, err, Unavailable, c.reason); len(e.Steps) != 1 {
				t.Errorf("got %+v", e)
			}
		})
	}
}
