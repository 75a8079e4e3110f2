// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// elsewhere has a server's clients at a host that nobody's name has.
func elsewhere(t *testing.T, op *fakeop.Server) {
	t.Helper()
	op.Start(t)
	front := served(t, behind(op))
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = front })
}

// importedClient is a client of a server that was there before, imported by its address where other settings may be configured.
func importedClient(t *testing.T, op *fakeop.Server, settings attrs) (r *subject, id, token string) {
	t.Helper()
	id, uri, token := registeredBefore(t, op, secured())
	r = newSubject(t, op, settings.With(attrs{"max_retries": 0, "registration_access_tokens": attrs{uri: token}}))
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	return r, id, token
}

// stays wants a configuration to leave the one client of a server what it is.
func (r *subject) stays(op *fakeop.Server, id string, config attrs) {
	r.t.Helper()
	if p := r.Plan(config); r.anew(p) {
		r.t.Fatalf("the plan replaces what was imported: %s", r.Describe(p))
	}
	r.Apply(config)
	r.WantEmpty(config)
	if r.id() != id || len(op.Clients()) != 1 {
		r.t.Errorf("client %s is now %s", id, r.id())
	}
}

func startedOther(t *testing.T) *fakeop.Server {
	t.Helper()
	other := &fakeop.Server{Seed: "other"}
	other.Start(t)
	return other
}

// An imported client whose address tells nothing is of the server that its configuration names once that is applied: another one named then is a move.
func TestAppliedImportMoves(t *testing.T) {
	t.Parallel()
	op, other := &fakeop.Server{}, startedOther(t)
	elsewhere(t, op)
	r, _, token := importedClient(t, op, attrs{})
	config := secured().With(attrs{"client_name": "App 2"})
	r.Apply(config)
	r.WantEmpty(config)
	config = config.With(attrs{"issuer": other.Issuer()})
	if !r.Plan(config).Replaces {
		t.Fatal("the client stays where it is")
	}
	r.Apply(config)
	r.WantEmpty(config)
	if len(op.Clients()) != 0 || len(other.Clients()) != 1 {
		t.Errorf("%d clients are at the old server, and %d at the new one", len(op.Clients()), len(other.Clients()))
	}
	for _, sent := range other.Requests() {
		if sent.Credential == token {
			t.Errorf("%s %s with the old client's token", sent.Method, sent.Path)
		}
	}
}

// A first update that is made and refused for what the server registered applies no configuration: which server is meant stays open.
func TestImportWhoseFirstUpdateIsRefusedIsKept(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	elsewhere(t, op)
	ours := startedOther(t)
	r, _, _ := importedClient(t, op, attrs{"issuer": ours.Issuer()})
	op.EditFaults(func(f *fakeop.Faults) { f.Substitute = map[string]any{"client_name": "Another"} })
	config := secured().With(attrs{"issuer": op.Issuer(), "client_name": "App 2", "strict": true})
	if err := r.TryApply(config); err == nil || op.CountOf(fakeop.OpUpdate) == 0 {
		t.Fatalf("the update is not made and refused: %v", err)
	}
	if r.Plan(config).Replaces {
		t.Error("the plan replaces what was imported")
	}
}

// A client that was registered at one server moves to another one, also where the address of the client is that one's rather.
func TestClientMovesToTheServerOfItsAddress(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r := newSubject(t, op, attrs{"issuer": publisher(t, op.RegistrationEndpoint(), false), "max_retries": 0})
	r.Apply(secured())
	if !r.Plan(secured().With(attrs{"issuer": op.Issuer()})).Replaces {
		t.Error("the client stays where it is")
	}
}

// A client stays where it is where its configuration names its server by now, because the provider is configured for another one.
func TestClientIsPinnedToItsServer(t *testing.T) {
	t.Parallel()
	for name, pinned := range map[string]func(*fakeop.Server) attrs{
		"issuer":   func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			elsewhere(t, op)
			r := newSubject(t, op, attrs{"max_retries": 0})
			r.Apply(secured())
			first := r.id()
			r.start(attrs{"issuer": startedOther(t).Issuer(), "max_retries": 0})
			config := secured().With(pinned(op))
			if p := r.Plan(config); r.anew(p) {
				t.Fatalf("the plan replaces the client: %s", r.Describe(p))
			}
			r.Apply(config)
			r.WantEmpty(config)
			if r.id() != first || len(op.Clients()) != 1 {
				t.Errorf("client %s is now %s", first, r.id())
			}
		})
	}
}

// Two issuers of one host may have one registration endpoint, or the provider's may be the host's own, which all addresses are below.
func TestImportOfAServerBelowTheProvidersIssuer(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]string{"one endpoint": "/register", "two endpoints": "/enroll"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			var host string
			host = served(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				endpoint, below := map[string]string{
					"/.well-known/openid-configuration": provider, "/default/.well-known/openid-configuration": "/register",
				}[req.URL.Path], ""
				switch {
				case endpoint == "":
					behind(op).ServeHTTP(w, req)
					return
				case req.URL.Path != "/.well-known/openid-configuration":
					below = "/default"
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q}`, host+below, host+endpoint)
			}))
			op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = host })
			r, id, _ := importedClient(t, op, attrs{"issuer": host})
			config := secured().With(attrs{"issuer": host + "/default"})
			if p := r.Plan(config); r.anew(p) {
				t.Fatalf("the plan replaces what was imported: %s", r.Describe(p))
			}
			r.Apply(config)
			r.WantEmpty(config)
			r.wantQuiet()
			if r.id() != id || len(op.Clients()) != 1 {
				t.Errorf("client %s is now %s", id, r.id())
			}
			moved := secured().With(attrs{"issuer": publisher(t, "", true)})
			if !r.Plan(moved).Replaces {
				t.Error("the client stays where it is")
			}
			r.Destroy()
		})
	}
}
