// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newLife makes a life whose client is not registered yet. Its report is its own: the matrix tells of the lifecycle alone. So
// is its instance, whose configuration a test may change.
func newLife(t *testing.T, s Server, i *Instance) *life {
	t.Helper()
	own := *i
	l := &life{workspace: newWorkspace(t, &own), doc: application(i), report: &report{server: s, outcomes: map[Step]string{}}}
	l.finder = fmt.Sprintf("issuer = %q", i.Issuer)
	return l
}

// TestCredentialsRotating makes ten updates in a row on a server that issues a new registration access token with each.
func TestCredentialsRotating(t *testing.T) {
	onlyServer(t, "oidc-provider-9", func(t *testing.T, s Server) {
		l := newLife(t, s, start(t, s))
		l.create(t)
		var tokens []string
		for n := range 10 {
			before := l.handle(t)
			tokens = append(tokens, before.RegistrationAccessToken)
			l.doc["client_name"] = fmt.Sprintf("interop-app-%d", n+2)
			l.change(t, "client_name")
			if got := l.registered(t)["client_name"]; got != l.doc["client_name"] {
				t.Errorf("the server has client_name %v, want %v", got, l.doc["client_name"])
			}
			if slices.Contains(tokens, l.handle(t).RegistrationAccessToken) {
				t.Errorf("update %d left the token in the state as it was", n+1)
			}
			l.wantRefused(t, before)
		}
		l.deregister(t)
	})
}

// TestCredentialsLostAnswer cuts off the answer to an update, and does what the provider then says.
func TestCredentialsLostAnswer(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  int // how many answers
	}{
		{"the answer to the first request", 1},
		{"each answer", 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			onlyServer(t, "oidc-provider-9", func(t *testing.T, s Server) {
				l, between := lifeBehindProxy(t, s)
				l.create(t)
				before := l.handle(t)
				if !strings.HasPrefix(before.RegistrationClientURI, l.instance.Issuer+"/") {
					t.Fatalf("the client is managed at %s, past the proxy", before.RegistrationClientURI)
				}
				l.doc["client_name"] = "interop-app-2"
				l.configure(t, l.doc)
				between.cut.Store(int64(c.cut))
				said := l.run(t, 1, "apply", "-auto-approve", "-json")
				between.cut.Store(0)
				if between.lost.Load() == 0 {
					t.Fatal("no answer with a new token was cut off")
				}
				wantError(t, said, "not updated", "new token is lost", "Plan again", "registration_access_tokens")
				if diff := cmp.Diff(before, l.handle(t)); diff != "" {
					t.Errorf("the state has another handle (-before +after):\n%s", diff)
				}
				// What the error says: plan.
				l.wantTokenRefused(t)
				// And what the plan's error says: a new token.
				fresh := l.issue(t, "")
				if got := l.shown(t, fresh)["client_name"]; got != "interop-app-2" {
					t.Errorf("the update whose answer was lost left client_name %v", got)
				}
				l.recover(t, fresh)
				l.doc["client_name"] = "interop-app-3"
				l.change(t, "client_name")
				l.deregister(t)
			})
		})
	}
}

// TestCredentialsWrongToken has a wrong token in the state, of a client that lives: before its first update and after it.
func TestCredentialsWrongToken(t *testing.T) {
	lacks := func(i *Instance) string {
		if !i.Can.Read || !i.Can.Delete {
			return "has no management"
		}
		return ""
	}
	eachWith(t, lacks, func(t *testing.T, s Server, i *Instance) {
		if !knownFacts[s.Name()].facts.Token {
			t.Logf("%s has no tokens", s.Title())
			return
		}
		l := newLife(t, s, i)
		l.create(t)
		t.Run("before an update", l.wrongToken)
		if i.Can.Update {
			l.doc["client_name"] = "interop-app-2"
			l.change(t, "client_name")
			t.Run("after an update", l.wrongToken)
		}
		l.deregister(t)
	})
}

func (l *life) wrongToken(t *testing.T) {
	right, was := l.handle(t), l.registered(t)
	l.editState(t, func(attributes map[string]any) {
		// No server here knows it. Another client's token would be spent by trying it: oidc-provider revokes it.
		attributes["registration_access_token"] = "nobody-was-ever-issued-this-token"
	})
	untouched := func() {
		t.Helper()
		if ok, err := l.instance.Exists(t.Context(), right); err != nil || !ok {
			t.Errorf("the server's word on the client: %t, %v", ok, err)
		}
		if diff := cmp.Diff(was, l.shown(t, right)); diff != "" {
			t.Errorf("the client is not as it was:\n%s", diff)
		}
	}
	l.wantTokenRefused(t)
	untouched()
	wantError(t, l.run(t, 1, "apply", "-auto-approve", "-json"), "Registration access token refused", right.ClientID)
	untouched()
	if got := l.handle(t).ClientID; got != right.ClientID {
		t.Fatalf("the state has client %q for %q", got, right.ClientID)
	}
	l.recover(t, l.issue(t, right.RegistrationAccessToken))
	right = l.handle(t) // some servers end a token with the issue of another one
	untouched()
}

// TestCredentialsJournal keeps a client in a journal: once, whatever was done, and closed to others.
func TestCredentialsJournal(t *testing.T) {
	onlyServer(t, "oidc-provider-9", func(t *testing.T, s Server) {
		l := newLife(t, s, start(t, s))
		path := filepath.Join(t.TempDir(), "tokens.journal")
		l.instance.ProviderConfig += fmt.Sprintf("\ntoken_journal = { path = %q }", path)
		l.create(t)
		l.wantJournal(t, path)
		l.doc["client_name"] = "interop-app-2"
		l.change(t, "client_name")
		l.wantJournal(t, path)

		// An apply whose state is lost, as where the backend fails: the journal has the token that the server issued.
		old, err := os.ReadFile(filepath.Join(l.Dir, "terraform.tfstate"))
		if err != nil {
			t.Fatal(err)
		}
		l.doc["client_name"] = "interop-app-3"
		l.change(t, "client_name")
		h := l.handle(t)
		l.write(t, "terraform.tfstate", string(old))
		l.wantRefused(t, l.handle(t))
		l.apply(t)
		if diff := cmp.Diff(h, l.handle(t)); diff != "" {
			t.Errorf("the journal did not bring back the handle:\n%s", diff)
		}
		l.wantEmptyPlan(t)
		l.wantJournal(t, path)

		l.deregister(t)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(h.RegistrationAccessToken)) || bytes.Contains(content, []byte(h.ClientSecret)) {
			t.Error("the journal still has credentials of a client that is gone")
		}
	})
}

// wantJournal wants one client in the journal, the one in the state, with the token in force.
func (l *life) wantJournal(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the journal has mode %o", mode)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(content)) {
		var record struct {
			Event, Time string
			ID          string `json:"client_id"`
			Token       string `json:"registration_access_token"`
			Origin      any
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if record.Event != "client" {
			continue
		}
		got = append(got, record.ID+" "+record.Token)
		if record.Time == "" || record.Origin == nil {
			t.Errorf("the client's line has time %q, origin %v", record.Time, record.Origin)
		}
	}
	h := l.handle(t)
	if diff := cmp.Diff([]string{h.ClientID + " " + h.RegistrationAccessToken}, got); diff != "" {
		t.Errorf("the clients in the journal (-want +got):\n%s", diff)
	}
}

// wantRefused wants the server to refuse the handle's token.
func (l *life) wantRefused(t *testing.T, h Handle) {
	t.Helper()
	if a := call(t, http.MethodGet, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), nil); a.Status != http.StatusUnauthorized {
		t.Errorf("a token that is no longer in force: %d %s", a.Status, a.Body)
	}
}

// wantTokenRefused wants a plan that fails because the token was refused while the client lives, and plans nothing.
func (l *life) wantTokenRefused(t *testing.T) {
	t.Helper()
	h := l.handle(t)
	r, err := l.Run(t.Context(), "plan", "-json", "-detailed-exitcode")
	if r.Code != 1 {
		t.Fatalf("exit code %d, want 1: %v", r.Code, err)
	}
	wantNoneOf(t, r.Stdout, "planned_change", "resource_drift")
	wantError(t, diagnosticsOf(r.Stdout), "Registration access token refused", h.ClientID, "the client exists",
		fmt.Sprintf("registration_access_tokens = { %q = var.registration_access_token }", h.ClientID))
}

// wantError wants exactly one error, with the words in its summary and in its detail.
func wantError(t *testing.T, said []diagnostic, summary string, detail ...string) {
	t.Helper()
	said = slices.DeleteFunc(slices.Clone(said), func(d diagnostic) bool { return d.Severity != "error" })
	if len(said) != 1 || !strings.Contains(said[0].Summary, summary) {
		t.Fatalf("want one error %q, got %+v", summary, said)
	}
	for _, words := range detail {
		if !strings.Contains(said[0].Detail, words) {
			t.Errorf("the error %q does not say %q:\n%s", said[0].Summary, words, said[0].Detail)
		}
	}
}

// issue returns the state's handle with a token to hand in: a new one where the server's administrator can issue one, else the
// given one, which somebody kept.
func (l *life) issue(t *testing.T, kept string) Handle {
	t.Helper()
	h := l.handle(t)
	h.RegistrationAccessToken = kept
	if l.instance.NewToken != nil {
		token, err := l.instance.NewToken(t.Context(), h)
		if err != nil {
			t.Fatal(err)
		}
		h.RegistrationAccessToken = token
	}
	return h
}

// recover hands the handle's token in, by the setting that the refusal names, and takes the setting away again.
func (l *life) recover(t *testing.T, fresh Handle) {
	t.Helper()
	config := l.instance.ProviderConfig
	l.instance.ProviderConfig += fmt.Sprintf("\nregistration_access_tokens = { %q = %q }", fresh.ClientID, fresh.RegistrationAccessToken)
	l.configure(t, l.doc)
	if c := l.plan(t); c != nil && !slices.Equal(c.Actions, []string{"update"}) {
		t.Fatalf("with the token handed in, the plan is %v", c.Actions)
	}
	l.apply(t)
	l.wantEmptyPlan(t)
	l.instance.ProviderConfig = config
	l.configure(t, l.doc)
	l.wantEmptyPlan(t)
	if got := l.handle(t).ClientID; got != fresh.ClientID {
		t.Errorf("the recovery made %q of %q", got, fresh.ClientID)
	}
	if got := l.registered(t)["client_name"]; got != l.doc["client_name"] {
		t.Errorf("the server has client_name %v, want %v", got, l.doc["client_name"])
	}
}

// editState changes the client's attributes in the state, by the CLI's own commands for that.
func (l *life) editState(t *testing.T, edit func(attributes map[string]any)) {
	t.Helper()
	pulled, err := l.Run(t.Context(), "state", "pull")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(pulled.Stdout))
	decoder.UseNumber()
	var state map[string]any
	if err := decoder.Decode(&state); err != nil {
		t.Fatal(err)
	}
	serial, err := state["serial"].(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	state["serial"] = serial + 1
	for _, r := range state["resources"].([]any) {
		if r := r.(map[string]any); r["mode"] == "managed" {
			edit(r["instances"].([]any)[0].(map[string]any)["attributes"].(map[string]any))
		}
	}
	edited, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, "edited.json", string(edited))
	if _, err := l.Run(t.Context(), "state", "push", "edited.json"); err != nil {
		t.Fatal(err)
	}
}

// A middle is a proxy between the provider and a server. It passes each request on, and may lose the answers to updates.
type middle struct {
	mu   sync.Mutex
	seen []string
	cut  atomic.Int64 // how many answers to updates are still to be lost
	lost atomic.Int64 // how many updates were made whose answer was lost
}

// requests are what came by: method, path, credentials and body of each.
func (m *middle) requests() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen)
}

// note keeps what a request says, and leaves its body to be read.
func (m *middle) note(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, fmt.Sprintf("%s %s %s %s", r.Method, r.URL, r.Header, body))
	return err
}

// lifeBehindProxy is a life at a server behind a proxy.
func lifeBehindProxy(t *testing.T, s Server) (*life, *middle) {
	t.Helper()
	i, m := behindProxy(t, s)
	return newLife(t, s, i), m
}

// behindProxy starts the server with the proxy's address as its issuer. oidc-provider makes its endpoints of the Host header,
// which the proxy leaves as it is: registration_client_uri leads through the proxy as well.
func behindProxy(t *testing.T, s Server) (*Instance, *middle) {
	t.Helper()
	var m middle
	var upstream atomic.Pointer[url.URL]
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(upstream.Load())
		r.Out.Host = r.In.Host
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.note(r); err != nil {
			panic(http.ErrAbortHandler)
		}
		if r.Method != http.MethodPut || m.cut.Add(-1) < 0 {
			forward.ServeHTTP(w, r)
			return
		}
		answered := httptest.NewRecorder()
		forward.ServeHTTP(answered, r)
		if answered.Code == http.StatusOK {
			m.lost.Add(1)
		}
		panic(http.ErrAbortHandler) // the connection is closed without a byte
	}))
	t.Cleanup(proxy.Close)

	server := *s.(*appServer)
	server.env = maps.Clone(server.env)
	server.env["ISSUER"] = proxy.URL
	i := *start(t, &server)
	behind, err := url.Parse(i.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	upstream.Store(behind)
	for _, at := range []*string{&i.Issuer, &i.MetadataURL, &i.RegistrationEndpoint, &i.TokenEndpoint, &i.AuthorizationEndpoint} {
		*at = proxy.URL + strings.TrimPrefix(*at, behind.String())
	}
	return &i, &m
}
