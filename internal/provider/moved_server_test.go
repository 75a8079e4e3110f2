// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// address is one of the addresses of a server, whose documents name no other.
type address struct {
	url  string
	gone atomic.Bool // pages are all that is there
	dead atomic.Bool // nobody answers
	seen atomic.Pointer[[]string]
}

// at gives a server an address below a path.
func at(t *testing.T, op *fakeop.Server, path string) *address {
	target, _ := url.Parse(op.URL())
	a := &address{}
	a.seen.Store(&[]string{})
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.Path, r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.Path, path), ""
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error {
			b, err := io.ReadAll(r.Body)
			text := strings.ReplaceAll(string(b), op.Issuer(), a.url)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
			r.Header.Del("Content-Length")
			return err
		},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := append(slices.Clone(*a.seen.Load()), r.Header.Get("Authorization"))
		a.seen.Store(&seen)
		if a.dead.Load() {
			panic(http.ErrAbortHandler)
		}
		if a.gone.Load() || !strings.HasPrefix(r.URL.Path, path+"/") {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	a.url = s.URL + path
	return a
}

// movedServer is a client of a server that has another address since, and the settings for that.
func movedServer(t *testing.T, settings, config attrs, byHand, silent, dead bool) (r *subject, old, now *address, after attrs) {
	t.Helper()
	op := &fakeop.Server{}
	if settings["management"] == "provider_credentials" {
		op.Management, op.AdminToken = fakeop.ManagementByCredential, adminToken
	}
	op.Start(t)
	old, now = at(t, op, "/auth"), at(t, op, "/new")
	place := func(a *address) attrs {
		if byHand {
			return attrs{"registration_endpoint": a.url + "/register"}
		}
		return attrs{"issuer": a.url}
	}
	settings = attrs{"max_retries": 0}.With(settings)
	r = newSubject(t, op, settings.With(place(old)))
	r.Apply(config)
	if silent {
		op.SetFaults(silentWitnesses)
	}
	old.gone.Store(true)
	old.dead.Store(dead)
	after = settings.With(place(now))
	if err := r.configure(after); err != nil {
		t.Fatal(err)
	}
	return r, old, now, after
}

// A server that moves with its clients is managed at its new address by the ways that are named, and by an import above all. Without one
// of them, nothing that the client has goes there.
func TestServerThatMovesWithItsClients(t *testing.T) {
	t.Parallel()
	admin := attrs{"initial_access_token": adminToken, "management": "provider_credentials"}
	for name, test := range map[string]struct {
		settings             attrs
		byHand, silent, dead bool
	}{
		"token, nobody answers": {dead: true}, "token, endpoint by hand, nobody answers": {byHand: true, dead: true},
		"token": {}, "token, nothing tells": {silent: true}, "token, endpoint by hand": {byHand: true},
		"provider's credentials": {settings: admin}, "provider's credentials, endpoint by hand": {settings: admin, byHand: true},
	} {
		for operation, run := range stopped {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				config := secured()
				if operation == "update" { // which then is what meets the trouble first
					config = config.With(attrs{"refresh": "never"})
				}
				r, _, now, _ := movedServer(t, test.settings, config, test.byHand, test.silent, test.dead)
				told := tell(r, run)
				ways := waysIn(told)
				if !slices.ContainsFunc(ways, func(way string) bool { return strings.Contains(way, "terraform import ADDRESS CLIENT_ID") }) {
					t.Fatalf("an import is not named:\n%s", told)
				}
				for _, credential := range *now.seen.Load() {
					if test.settings == nil && credential != "" {
						t.Errorf("the new address got %q", credential)
					}
				}
				for i := range ways {
					r, old, _, after := movedServer(t, test.settings, config, test.byHand, test.silent, test.dead)
					way := waysIn(tell(r, run))[i]
					takeAfterMove(t, r, old, after, way)
					if err := run(r); err != nil {
						t.Errorf("the way out does not work:\n%s\n%v", way, err)
					}
				}
			})
		}
	}
}

// tell runs an operation, and returns what it says.
func tell(r *subject, run func(*subject) error) string {
	r.Begin()
	var said strings.Builder
	if err := run(r); err != nil {
		said.WriteString(err.Error())
	}
	for _, d := range r.Said() {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			said.WriteString("\n\n" + d.Detail + "\n\n")
		}
	}
	return said.String()
}

// takeAfterMove takes a way as it is written. What it takes for granted is made so.
func takeAfterMove(t *testing.T, r *subject, old *address, after attrs, way string) {
	t.Helper()
	id, token := r.id(), r.Text("registration_access_token")
	forget := func() { r.State, r.Private = tftypes.NewValue(r.State.Type(), nil), nil }
	set := attrs{}
	for _, found := range setting.FindAllStringSubmatch(way, -1) {
		set[found[1]] = found[2]
	}
	switch {
	case strings.Contains(way, "terraform import"):
		if reads := strings.Contains(way, "shows the token"); reads != (token != "") {
			t.Errorf("the token is to be read from the state: %v", reads)
		}
		if !strings.Contains(way, "terraform state pull") || !strings.Contains(way, "the client secret, which an import has only where reads show it") {
			t.Errorf("nothing says where the client secret is: %s", way)
		}
		forget()
		if token != "" {
			after = after.With(attrs{"registration_access_tokens": attrs{id: token}})
		}
		importInto(t, r, after, id)
		if err := r.configure(after); err != nil {
			t.Fatal(err)
		}
		r.WantEmpty(secured())
		return
	case strings.Contains(way, "terraform state rm"):
		forget()
	case strings.Contains(way, "guides/credentials#"):
		set["management"] = "none" // which the guide names
	case strings.HasPrefix(way, toItsServer):
		old.gone.Store(false)
		old.dead.Store(false)
		after = maps.Clone(after)
		delete(after, "issuer")
		delete(after, "registration_endpoint")
		for _, name := range []string{"issuer", "registration_endpoint"} {
			if strings.Contains(way, name+" = ") {
				set[name] = lineIn(t, way, name)
			}
		}
	case strings.Contains(way, "Run it again"):
		old.gone.Store(false)
		old.dead.Store(false)
	case strings.Contains(way, `on_missing = "recreate"`), strings.Contains(way, `on_missing = "keep"`), strings.Contains(way, `refresh = "never"`), strings.Contains(way, `management = "none"`):
	default:
		t.Fatalf("nobody has taken this way yet: %s", way)
	}
	if err := r.configure(after.With(set)); err != nil {
		t.Fatal(err)
	}
}

func lineIn(t *testing.T, way, name string) string {
	t.Helper()
	_, rest, _ := strings.Cut(way, name+` = "`)
	value, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no %s in %q", name, way)
	}
	return value
}
