// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

const wireRel = "&rel=http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer"

// Every vector, as the URL that is asked for.
func TestWebFingerAsks(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.input, func(t *testing.T) {
			var asked []string
			f := &Finder{transport: fake(func(r transport.Request) (*transport.Response, error) {
				asked = append(asked, r.Method+" "+r.URL)
				return respond(404, "", ""), nil
			})}
			_, err := f.WebFinger(t.Context(), v.input, nil)
			failure(t, err, NoIssuer, "404 Not Found")
			want := []string{"GET https://" + v.host + "/.well-known/webfinger?resource=" + v.wire + wireRel}
			if v.alternative != "" {
				want = append(want, "GET https://"+v.host+"/.well-known/webfinger?resource="+encode(v.alternative)+wireRel)
			}
			if d := cmp.Diff(want, asked); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// Every vector as the connection that is made: a proxy sees host and port, and the server behind it, with a certificate
// for that host, the query.
func TestWebFingerConnects(t *testing.T) {
	cert, authority := certificate(t, "example.com", "example.org", "shopping.example.com", "2001:db8::1", "localhost", "::1")
	server := newSite(t, cert, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, jrd("https://issuer.example/op"))
	})
	for _, v := range vectors {
		t.Run(v.input, func(t *testing.T) {
			p := newProxy(t, server.host())
			f := newFinder(t, func(o *transport.Options) {
				o.ProxyURL, o.CACertificates, o.CACertificatesOnly = p.URL, authority, true
			})
			before := len(server.requests())
			got, err := f.WebFinger(t.Context(), v.input, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Issuer != "https://issuer.example/op" || got.Resource != v.resource {
				t.Errorf("got %+v", got)
			}
			connect := v.host
			if u, _ := url.Parse("https://" + v.host); u.Port() == "" {
				connect += ":443"
			}
			if d := cmp.Diff([]string{"CONNECT " + connect}, p.asked()); d != "" {
				t.Errorf("connections (-want +got):\n%s", d)
			}
			want := []string{"GET " + v.host + " /.well-known/webfinger?resource=" + v.wire + wireRel}
			if d := cmp.Diff(want, server.requests()[before:]); d != "" {
				t.Errorf("requests (-want +got):\n%s", d)
			}
		})
	}
}

// Plain http is for loopback, and there only when asked for; no other host is ever asked over it.
func TestWebFingerScheme(t *testing.T) {
	for _, c := range []struct {
		input      string
		plain, set string // the URL's beginning, without and with InsecureLoopback
	}{
		{"http://localhost:1234/joe", "http://localhost:1234/", "http://localhost:1234/"},
		{"http://joe@127.0.0.1:1234", "http://127.0.0.1:1234/", "http://127.0.0.1:1234/"},
		{"HTTP://[::1]:1234", "http://[::1]:1234/", "http://[::1]:1234/"},
		{"https://localhost:1234/joe", "https://localhost:1234/", "https://localhost:1234/"},
		{"acct:joe@localhost:1234", "https://localhost:1234/", "http://localhost:1234/"},
		{"joe@localhost", "https://localhost/", "http://localhost/"},
		{"localhost:1234", "https://localhost:1234/", "http://localhost:1234/"},
		{"127.0.0.1:1234/joe", "https://127.0.0.1:1234/", "http://127.0.0.1:1234/"},
		{"mailto:joe@localhost", "https://localhost/", "https://localhost/"},
		{"http://example.com/joe", "https://example.com/", "https://example.com/"},
		{"http://localhost.example.com", "https://localhost.example.com/", "https://localhost.example.com/"},
		{"http://localhost@example.com", "https://example.com/", "https://example.com/"},
		{"http://10.0.0.1:1234", "https://10.0.0.1:1234/", "https://10.0.0.1:1234/"},
		{"acct:localhost@example.com", "https://example.com/", "https://example.com/"},
		{"example.com:1234", "https://example.com:1234/", "https://example.com:1234/"},
	} {
		for set, want := range map[bool]string{false: c.plain, true: c.set} {
			asked := ""
			f := &Finder{InsecureLoopback: set, transport: fake(func(r transport.Request) (*transport.Response, error) {
				asked = r.URL
				return respond(200, "application/jrd+json", jrd("https://issuer.example")), nil
			})}
			if _, err := f.WebFinger(t.Context(), c.input, nil); err != nil {
				t.Errorf("%s: %v", c.input, err)
			}
			if !strings.HasPrefix(asked, want+".well-known/webfinger?") {
				t.Errorf("%s, InsecureLoopback %t: asked %s, want %s…", c.input, set, asked, want)
			}
		}
	}
}

func TestWebFingerOverLoopback(t *testing.T) {
	server := newSite(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, jrd("http://127.0.0.1:1/op"))
	})
	t.Run("http where it was typed", func(t *testing.T) {
		got, err := newFinder(t, nil).WebFinger(t.Context(), server.URL+"/joe", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got.Issuer != "http://127.0.0.1:1/op" || got.Resource != server.URL+"/joe" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("https where it was not, and no falling back", func(t *testing.T) {
		before := len(server.requests())
		_, err := newFinder(t, nil).WebFinger(t.Context(), "acct:joe@"+server.host(), nil)
		e := failure(t, err, Unavailable, "")
		if len(e.Steps) != 1 || !strings.HasPrefix(e.Steps[0].URL, "https://") || len(server.requests()) != before {
			t.Errorf("steps %v, %d requests; want one step over https that the server never saw", e.Steps, len(server.requests())-before)
		}
		if e.PlainHTTP != "http://"+server.host() {
			t.Errorf("plain http is at %q", e.PlainHTTP)
		}
	})
	t.Run("http for acct where the option is set", func(t *testing.T) {
		f := newFinder(t, nil)
		f.InsecureLoopback = true
		if _, err := f.WebFinger(t.Context(), "acct:joe@"+server.host(), nil); err != nil {
			t.Error(err)
		}
	})
}

// What looks like success, or is none, each with the reason that the user reads. hunter2 stands for what no error may hold.
func TestWebFingerWithoutIssuer(t *testing.T) {
	const page = "<!DOCTYPE html>\n<html><body>hunter2</body></html>"
	link := func(members string) string { return `{"links":[{"rel":"` + issuerRel + `",` + members + `}]}` }
	for _, c := range []struct {
		name              string
		status            int
		contentType, body string
		kind              Kind
		reason            string
	}{
		{"HTML", 200, "text/html; charset=utf-8", page, NoIssuer, "200 OK with an HTML page"},
		{"HTML that says it is JSON", 200, "application/json", page, NoIssuer, "200 OK with an HTML page"},
		{"HTML without doctype", 200, "", "<head></head><body>hunter2", NoIssuer, "200 OK with an HTML page"},
		{"empty HTML", 200, "text/html", "", NoIssuer, "200 OK with an empty body"},
		{"empty body", 200, "application/jrd+json", "", NoIssuer, "200 OK with an empty body"},
		{"white space", 200, "application/jrd+json", " \r\n", NoIssuer, "200 OK with an empty body"},
		{"byte order mark only", 200, "application/jrd+json", "\xef\xbb\xbf", NoIssuer, "200 OK with an empty body"},
		{"plain text", 200, "text/plain", "hunter2", NoIssuer, "not JSON (text/plain)"},
		{"odd media type", 200, "hunter2", "hunter2", NoIssuer, "not JSON (no media type)"},
		{"XRD", 200, "application/xrd+xml", `<?xml version="1.0"?><XRD><Link href="hunter2"/></XRD>`, NoIssuer, "not JSON (application/xrd+xml)"},
		{"cut JSON", 200, "application/jrd+json", `{"links":[{"hunter2`, NoIssuer, "not JSON"},
		{"JSON and more", 200, "application/jrd+json", jrd("https://a.example") + "hunter2", NoIssuer, "not JSON"},
		{"null", 200, "application/jrd+json", `null`, NoIssuer, "JSON that is not an object"},
		{"array", 200, "application/jrd+json", `["hunter2"]`, NoIssuer, "JSON that is not an object"},
		{"string", 200, "application/jrd+json", `"hunter2"`, NoIssuer, "JSON that is not an object"},
		{"error document", 200, "application/json", `{"error":"hunter2","links":[]}`, NoIssuer, "a JSON error document (members error, links)"},
		{"error beside a link", 200, "application/json", `{"error":"hunter2",` + jrd("https://a.example")[1:], NoIssuer, "a JSON error document"},
		{"status and message", 200, "application/json", `{"status":"error","msg":"hunter2","data":null,"x hunter2":1}`, NoIssuer, "without links (members data, msg, status)"},
		{"empty object", 200, "application/json", `{}`, NoIssuer, "without links (no members)"},
		{"empty links", 200, "application/jrd+json", `{"subject":"hunter2","links":[]}`, NoIssuer, "without links (members links, subject)"},
		{"links null", 200, "application/jrd+json", `{"links":null}`, NoIssuer, "without links"},
		{"links no array", 200, "application/jrd+json", `{"links":{"rel":"hunter2"}}`, NoIssuer, "links are not an array"},
		{"links no objects", 200, "application/jrd+json", `{"links":["hunter2",1,null,[]]}`, NoIssuer, "without a link of the relation " + issuerRel + " (links: 0)"},
		{"other relations", 200, "application/jrd+json", `{"links":[{"rel":"self","href":"hunter2"},{"href":"hunter2"},{"rel":1}]}`, NoIssuer, "(links: 3)"},
		{"relation in other case", 200, "application/jrd+json", `{"links":[{"rel":"` + strings.ToUpper(issuerRel) + `","href":"hunter2"}]}`, NoIssuer, "(links: 1)"},
		{"no content", 204, "", "", NoIssuer, "204 No Content"},
		{"other success", 202, "application/jrd+json", jrd("https://a.example"), NoIssuer, "202 Accepted"},
		{"bad request", 400, "application/json", `{"error":"hunter2"}`, NoIssuer, "400 Bad Request"},
		{"not found", 404, "text/html", page, NoIssuer, "404 Not Found"},
		{"gone", 410, "text/html", page, NoIssuer, "410 Gone"},
		{"unknown status", 499, "text/html", page, NoIssuer, "status 499"},

		{"href missing", 200, "application/jrd+json", link(`"type":"x"`), BadLink, "it is empty"},
		{"href no string", 200, "application/jrd+json", link(`"href":7`), BadLink, "it is empty"},
		{"href http", 200, "application/jrd+json", link(`"href":"http://op.example"`), BadLink, "it is not an https URL"},
		{"href other scheme", 200, "application/jrd+json", link(`"href":"ftp://op.example"`), BadLink, "it is not an absolute https URL"},
		{"href relative", 200, "application/jrd+json", link(`"href":"/op"`), BadLink, "it is not an absolute https URL"},
		{"href without scheme", 200, "application/jrd+json", link(`"href":"//op.example"`), BadLink, "it is not an absolute https URL"},
		{"href bare", 200, "application/jrd+json", link(`"href":"op.example"`), BadLink, "it is not an absolute https URL"},
		{"href with query", 200, "application/jrd+json", link(`"href":"https://op.example?a=b"`), BadLink, "it has a query"},
		{"href with empty query", 200, "application/jrd+json", link(`"href":"https://op.example/?"`), BadLink, "it has a query"},
		{"href with fragment", 200, "application/jrd+json", link(`"href":"https://op.example#a"`), BadLink, "it has a fragment"},
		{"href with empty fragment", 200, "application/jrd+json", link(`"href":"https://op.example#"`), BadLink, "it has a fragment"},
		{"href with user", 200, "application/jrd+json", link(`"href":"https://joe:hunter2@op.example"`), BadLink, "it has a user part"},
		{"href without host", 200, "application/jrd+json", link(`"href":"https:///op"`), BadLink, "names no host"},
		{"href with bad port", 200, "application/jrd+json", link(`"href":"https://op.example:x"`), BadLink, "is no host"},
		{"href with space", 200, "application/jrd+json", link(`"href":"https://op.example/a b"`), BadLink, "a space"},
		{"href with line break", 200, "application/jrd+json", link(`"href":"https://op.example/\n"`), BadLink, "a control character"},
		{"first href decides", 200, "application/jrd+json", `{"links":[{"rel":"` + issuerRel + `","href":"x"},` + jrd("https://a.example")[len(`{"subject":"x","links":[`):], BadLink, "is no issuer"},

		{"unauthorized", 401, "text/plain", "hunter2", CredentialsNeeded, "wants credentials (401 Unauthorized)"},
		{"forbidden", 403, "text/html", page, CredentialsNeeded, "wants credentials (403 Forbidden)"},
		{"too many", 429, "text/plain", "hunter2", Unavailable, "429 Too Many Requests"},
		{"server error", 500, "text/html", page, Unavailable, "500 Internal Server Error"},
		{"server error with an answer", 500, "application/jrd+json", jrd("https://a.example"), Unavailable, "500"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSite(t, nil, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{c.contentType}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := newFinder(t, nil).WebFinger(t.Context(), server.URL+"/joe", nil)
			e := failure(t, err, c.kind, c.reason)
			if len(e.Steps) != 1 || len(server.requests()) == 0 {
				t.Errorf("%d steps, %d requests", len(e.Steps), len(server.requests()))
			}
		})
	}
}

// rel is filtered here, the first matching link counts, odd ones before it don't hurt, and media types decide nothing.
func TestWebFingerLinks(t *testing.T) {
	const body = "\xef\xbb\xbf" + ` {"subject":"acct:joe@example.com","error":null,"aliases":7,"links":[
		"odd", {"rel":"http://webfinger.net/rel/avatar","href":"https://a.example/x?y#z","type":"image/png"}, {"rel":7},
		{"rel":"` + issuerRel + `","href":"https://First.example/op/","titles":{"und":"x"}},
		{"rel":"` + issuerRel + `","href":"https://second.example"}]} `
	for _, contentType := range []string{"application/jrd+json", "application/json; charset=utf-8", "text/html", "text/plain", ""} {
		f := &Finder{transport: fake(func(r transport.Request) (*transport.Response, error) {
			if r.Accept != "application/jrd+json, application/json" || !r.FollowRedirects || r.Repeat != transport.Always || r.Auth != nil {
				t.Errorf("asked %+v", r)
			}
			return respond(200, contentType, body), nil
		})}
		got, err := f.WebFinger(t.Context(), "joe@example.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		const asked = "https://example.com/.well-known/webfinger?resource=acct%3Ajoe%40example.com" + wireRel
		want := &WebFingerResult{
			Normalized: Normalized{Input: "joe@example.com", Resource: "acct:joe@example.com", Host: "example.com"},
			Issuer:     "https://First.example/op/", // byte for byte: it is compared later
			Links: []Link{
				{Rel: "http://webfinger.net/rel/avatar", Href: "https://a.example/x?y#z", Type: "image/png"},
				{},
				{Rel: issuerRel, Href: "https://First.example/op/"},
				{Rel: issuerRel, Href: "https://second.example"},
			},
			Steps: []Step{{URL: asked, Answer: `200 OK with a WebFinger document, issuer "https://First.example/op/"`}},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", contentType, d)
		}
	}
}

// The second form of host:port is asked when the first has no issuer, and not when the server is unwell or wants
// credentials.
func TestWebFingerAlternative(t *testing.T) {
	good := respond(200, "", jrd("https://op.example"))
	for _, c := range []struct {
		name          string
		first, second *transport.Response
		requests      int
		kind          Kind // of the error, if second isn't good or never asked
	}{
		{"first answers", good, nil, 1, -1},
		{"404", respond(404, "", ""), good, 2, -1},
		{"400", respond(400, "", ""), good, 2, -1},
		{"HTML", respond(200, "text/html", "<html>"), good, 2, -1},
		{"no link", respond(200, "", `{"links":[]}`), good, 2, -1},
		{"neither", respond(404, "", ""), respond(200, "", `{}`), 2, NoIssuer},
		{"401", respond(401, "", ""), nil, 1, CredentialsNeeded},
		{"500", respond(500, "", ""), nil, 1, Unavailable},
		{"429", respond(429, "", ""), nil, 1, Unavailable},
		{"bad href", respond(200, "", jrd("http://op.example")), nil, 1, BadLink},
	} {
		t.Run(c.name, func(t *testing.T) {
			requests := 0
			f := &Finder{transport: fake(func(r transport.Request) (*transport.Response, error) {
				requests++
				if strings.Contains(r.URL, "example.com%3A8080%2F&") {
					return c.second, nil
				}
				return c.first, nil
			})}
			got, err := f.WebFinger(t.Context(), "example.com:8080", nil)
			if requests != c.requests {
				t.Errorf("%d requests, want %d", requests, c.requests)
			}
			if c.kind >= 0 {
				if e := failure(t, err, c.kind, ""); len(e.Steps) != c.requests {
					t.Errorf("steps %v", e.Steps)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"https://example.com:8080", "https://example.com:8080/"}[c.requests-1]
			if got.Resource != want || got.Issuer != "https://op.example" || len(got.Steps) != c.requests {
				t.Errorf("got %+v, want the resource %s", got, want)
			}
		})
	}
}

// Credentials go to those who ask for them, and to nobody else.
func TestWebFingerCredentials(t *testing.T) {
	auth := transport.Basic("admin", secret.New("hunter2"))
	for _, c := range []struct {
		name     string
		protect  int // the status without credentials; 0: not protected
		accept   bool
		auth     transport.Authorizer
		requests []string // the credential's scheme of each
		kind     Kind
		reason   string
	}{
		{"not asked for", 0, true, auth, []string{""}, -1, ""},
		{"asked for with 401", 401, true, auth, []string{"", "Basic"}, -1, ""},
		{"asked for with 403", 403, true, auth, []string{"", "Basic"}, -1, ""},
		{"none to send", 401, true, nil, []string{""}, CredentialsNeeded, "wants credentials (401 Unauthorized, it asks for Basic)"},
		{"none to send, explicitly", 401, true, transport.NoAuth(), []string{""}, CredentialsNeeded, "wants credentials (401"},
		{"refused", 401, false, auth, []string{"", "Basic"}, CredentialsRefused, "refused the credentials (401"},
		{"impossible", 401, true, transport.Bearer(secret.New("hunter2\n")), []string{""}, CredentialsRefused, "bearer token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newSite(t, nil, func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if c.protect != 0 && (!c.accept || user != "admin" || password != "hunter2") {
					w.Header().Add("WWW-Authenticate", `Basic realm="hunter2"`)
					w.Header().Add("WWW-Authenticate", `hunter2`)
					w.WriteHeader(c.protect)
					return
				}
				_, _ = io.WriteString(w, jrd("https://op.example"))
			})
			_, err := newFinder(t, nil).WebFinger(t.Context(), server.URL, c.auth)
			if c.kind >= 0 {
				failure(t, err, c.kind, c.reason)
			} else if err != nil {
				t.Fatal(err)
			}
			var schemes []string
			for _, path := range server.paths() {
				_, scheme, _ := strings.Cut(path, " ")
				schemes = append(schemes, scheme)
			}
			if d := cmp.Diff(c.requests, schemes); d != "" {
				t.Errorf("credentials sent (-want +got):\n%s", d)
			}
		})
	}
}
