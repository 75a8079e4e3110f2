// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Servers that register and do no more: RFC 7592 is optional.
func TestServerWithoutManagement(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server   *fakeop.Server
		settings attrs
	}{
		"neither token nor URI":                  {&fakeop.Server{Management: fakeop.ManagementOff}, nil},
		"a URI without a token":                  {&fakeop.Server{Management: fakeop.ManagementNoToken}, nil},
		"management = none":                      {&fakeop.Server{}, attrs{"management": "none"}},
		"credentials that do not manage":         {&fakeop.Server{Management: fakeop.ManagementOff, InitialAccessTokens: map[string]int{"iat": 0}}, attrs{"initial_access_token": "iat"}},
		"management = registration_access_token": {&fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: "iat"}, attrs{"initial_access_token": "iat", "management": "registration_access_token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, test.server, test.settings)
			config := secured()
			r.Apply(config)
			first := r.id()
			if uri := r.Value("registration_client_uri"); test.settings["management"] != "none" && !uri.IsNull() {
				t.Errorf("registration_client_uri is %s, though nothing is managed there", uri)
			}
			r.op.ResetLog()

			// A read keeps the state and sends nothing, whatever happened at the server.
			r.op.SetMember(first, "client_name", "Tampered")
			r.WantEmpty(config)
			r.wantQuiet()
			if n := len(r.op.Of(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete)); n != 0 {
				t.Errorf("%d requests of management: %v", n, r.op.Log())
			}

			// A change is another client.
			changed := config.With(attrs{"client_name": "App 2", "contacts": []string{"a@example.com"}})
			p := r.Plan(changed)
			if !r.anew(p) {
				t.Errorf("the plan does not replace; it changes %v", r.Changes(p))
			}
			r.Apply(changed)
			r.wantSays("Client stays at the server", "Client "+first+" was not deregistered")
			second := r.id()
			if second == first || len(r.op.Clients()) != 2 {
				t.Errorf("after the replacement the state has %s, the server %d clients", second, len(r.op.Clients()))
			}
			r.WantEmpty(changed)
			if p := r.Plan(config); !r.anew(p) { // a removal, too
				t.Error("the removal of an attribute does not replace")
			}

			// Settings of the provider's own are no change of the client.
			set := changed.With(attrs{"strict": true, "refresh": "never"})
			if p := r.Plan(set); r.anew(p) {
				t.Error("a setting of the provider's own replaces the client")
			}
			r.Apply(set)
			r.WantEmpty(set)

			r.Destroy()
			r.wantSays("Client stays at the server", "Client "+second+" was not deregistered", "Have the server's administrator delete it")
		})
	}
}

// The provider's credentials manage a client below the registration endpoint, once a read there has shown the same client.
func TestManagementByTheProvidersCredentials(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Management: fakeop.ManagementByCredential, BasicUser: "u", BasicPassword: "p"}
	r := newSubject(t, s, attrs{"basic_auth": attrs{"username": "u", "password": "p"}})
	r.Apply(secured())
	if got, want := r.Text("registration_client_uri"), s.RegistrationEndpoint()+"/"+r.id(); got != want {
		t.Errorf("registration_client_uri is %q, want %q", got, want)
	}
	if !r.Value("registration_access_token").IsNull() {
		t.Error("there is a registration access token, though the server issues none")
	}
	for _, q := range s.Of(fakeop.OpRegister, fakeop.OpRead) {
		if q.AuthScheme != "Basic" {
			t.Errorf("%s %s is authorized by %q", q.Method, q.Path, q.AuthScheme)
		}
	}
	s.SetMember(r.id(), "client_name", "Tampered")
	if got := r.ManagedChanges(r.Plan(secured())); !slices.Equal(got, []string{"client_name"}) {
		t.Errorf("drift shows as %v", got)
	}
	r.Apply(secured())
	r.Destroy()
	if len(s.Clients()) != 0 {
		t.Error("the client is left")
	}

	t.Run("at another place", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{Management: fakeop.ManagementByCredential, ClientURI: fakeop.URIPath, AdminToken: "admin"}
		s.Start(t)
		r := newSubject(t, s, attrs{"initial_access_token": "admin", "client_configuration_uri_template": s.URL() + "/nowhere/{client_id}"})
		r.Apply(secured())
		r.wantSays("cannot be managed", "client_configuration_uri_template")
		r.WantEmpty(secured())
		if p := r.Plan(secured().With(attrs{"client_name": "App 2"})); !r.anew(p) {
			t.Error("a client that cannot be managed is updated")
		}
	})
	t.Run("instead of the token", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{AdminToken: "admin"}
		r := newSubject(t, s, attrs{"initial_access_token": "admin", "management": "provider_credentials"})
		r.Apply(secured())
		s.RevokeToken(r.id())
		r.Apply(secured().With(attrs{"client_name": "App 2"}))
		for _, q := range s.Of(fakeop.OpRead, fakeop.OpUpdate) {
			if q.Credential != "admin" {
				t.Errorf("%s %s carries %q", q.Method, q.Path, q.Credential)
			}
		}
		r.Destroy()
	})
}

// Deletion: 204 is trusted. After any other answer the client is read, and what the read leaves open is asked of the token and
// the authorization endpoint. That a server has no deletion is believed after it was asked twice. What is gone already was wanted.
func TestDeletionIsConfirmed(t *testing.T) {
	t.Parallel()
	// Discovery, because the destroy is a process of its own; each endpoint is asked for the client and for one that cannot exist, and the token endpoint in the
	// other way to authenticate, too, in which a server may take a secret.
	looked := []string{"DELETE", "GET", "discovery", "POST", "POST", "GET", "GET", "POST", "discovery"}
	// A client that was registered a moment ago is asked for once more: a replica that lags would not know it either.
	again := append(slices.Clone(looked), "GET")
	for name, test := range map[string]struct {
		faults  fakeop.Faults
		prepare func(*subject)
		sends   []string
		warns   string
		fails   string
		left    int
	}{
		"204":           {sends: []string{"DELETE"}},
		"200":           {faults: fakeop.Faults{DeleteStatus: 200}, sends: looked},
		"202":           {faults: fakeop.Faults{DeleteStatus: 202}, sends: looked},
		"200, then 404": {faults: fakeop.Faults{DeleteStatus: 200, GoneStatus: 404}, sends: looked},
		"200, then 400": {faults: fakeop.Faults{DeleteStatus: 200, InvalidTokenStatus: 400}, sends: looked},
		"200, kept":     {faults: fakeop.Faults{DeleteStatus: 200, DeleteKeepsClient: true}, sends: []string{"DELETE", "GET", "GET"}, fails: "still shows the client", left: 1},
		"202, kept":     {faults: fakeop.Faults{DeleteStatus: 202, DeleteKeepsClient: true}, sends: []string{"DELETE", "GET", "GET"}, fails: "still shows the client", left: 1},
		"200 and an error in it": {
			faults: fakeop.Faults{ErrorsUnder200: true},
			prepare: func(r *subject) {
				r.op.Force(fakeop.OpDelete, fakeop.Answer{Status: 200, Body: `{"status":"error","msg":"no"}`})
			},
			sends: []string{"DELETE", "GET"}, fails: "the server reports an error", left: 1,
		},
		"405": {faults: fakeop.Faults{DeleteStatus: 405}, sends: []string{"DELETE", "GET", "DELETE", "GET"}, warns: "stays at the server", left: 1},
		"403": {
			prepare: func(r *subject) { r.op.ForceStatus(fakeop.OpDelete, 403) },
			sends:   []string{"DELETE", "GET"}, fails: "not deregistered", left: 1,
		},
		"gone, 404": {faults: fakeop.Faults{GoneStatus: 404}, prepare: func(r *subject) { r.op.RemoveClient(r.id()) }, sends: again},
		"gone, 410": {faults: fakeop.Faults{GoneStatus: 410}, prepare: func(r *subject) { r.op.RemoveClient(r.id()) }, sends: again},
		// The token endpoint tells what a 401 means.
		"gone, 401":  {prepare: func(r *subject) { r.op.RemoveClient(r.id()) }},
		"alive, 401": {prepare: func(r *subject) { r.op.ReissueToken(r.id()) }, fails: "registration_access_tokens", left: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: test.faults}, attrs{"max_retries": 0})
			r.Apply(secured())
			id := r.id()
			if err := r.configure(attrs{"max_retries": 0}); err != nil {
				t.Fatal(err)
			}
			if test.prepare != nil {
				test.prepare(r)
			}
			r.Begin()
			r.op.ResetLog()
			err := r.Resource.Destroy(context.Background())
			if n := r.op.CountOf(fakeop.OpDelete); n != 1 && name != "405" {
				t.Errorf("%d deletions were sent", n)
			}
			if test.sends != nil {
				r.wantSent("the destroy", append([]string{"GET"}, test.sends...)...) // the look before it
			}
			switch {
			case test.fails != "":
				if err == nil || !strings.Contains(err.Error(), test.fails) || !strings.Contains(err.Error(), id) {
					t.Errorf("the destroy says %v; want %q and the client's id", err, test.fails)
				}
				if r.State.IsNull() {
					t.Error("the client is no longer in the state")
				}
			case err != nil:
				t.Errorf("the destroy says %v", err)
			case test.warns != "":
				r.wantSays(test.warns, id)
			default:
				r.wantQuiet()
			}
			if n := len(r.op.Clients()); n != test.left {
				t.Errorf("%d clients are left, want %d", n, test.left)
			}
		})
	}
}

// Read and update where the server supports only some of RFC 7592.
func TestHalfOfManagement(t *testing.T) {
	t.Parallel()
	t.Run("no reads", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: http.StatusMethodNotAllowed}}, nil)
		config := secured()
		r.Apply(config)
		r.wantSays("Client registered, but not read back")
		asked := r.op.CountOf(fakeop.OpRead)
		r.WantEmpty(config)
		r.wantSays("Client not read, because the server said that it has no reads", "refresh = \"never\"", "refresh = \"always\"")
		if r.op.CountOf(fakeop.OpRead) != asked {
			t.Error("a plan asked, of which nothing shows what a read does there")
		}
		r.start(attrs{"refresh": "always"})
		r.WantEmpty(config)
		r.wantSays("Server does not support reading clients", "cannot be read here", "refresh = \"never\"")
		r.start(nil)
		config = config.With(attrs{"client_name": "App 2", "refresh": "never"})
		r.Apply(config)
		if got := r.registered()["client_name"]; got != "App 2" {
			t.Errorf("client_name is registered as %v", got)
		}
		r.WantEmpty(config)
		r.wantQuiet()
		r.Destroy()
	})
	t.Run("no reads any more", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(secured())
		r.op.SetFaults(fakeop.Faults{ReadStatus: http.StatusMethodNotAllowed})
		r.WantEmpty(secured()) // what reads did is known
		r.wantSays("Server does not support reading clients", "cannot be read here", "refresh = \"never\"")
		r.Apply(secured().With(attrs{"refresh": "never"}))
		r.WantEmpty(secured().With(attrs{"refresh": "never"}))
		r.wantQuiet()
	})
	answers := func(a fakeop.Answer) fakeop.Faults {
		return fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: []fakeop.CallFault{{Answer: a}}}}
	}
	for name, f := range map[string]fakeop.Faults{
		"405":           {UpdateStatus: http.StatusMethodNotAllowed},
		"404":           answers(fakeop.Answer{Status: http.StatusNotFound, MediaType: "text/html", Body: "<title>Not Found</title>"}),
		"501":           answers(fakeop.Answer{Status: http.StatusNotImplemented}),
		"403 in words":  answers(fakeop.Answer{Status: http.StatusForbidden, Body: `{"error":"unsupported_operation","error_description":"Unsupported operation"}`}),
		"a login page":  {Redirect: map[fakeop.Operation]string{fakeop.OpUpdate: "/login"}, RedirectStatus: http.StatusFound},
		"a foreign one": {Redirect: map[fakeop.Operation]string{fakeop.OpUpdate: "https://login.example/"}, RedirectStatus: http.StatusFound},
		"no deletions":  {UpdateStatus: http.StatusMethodNotAllowed, DeleteStatus: http.StatusMethodNotAllowed},
	} {
		t.Run("no updates: "+name, func(t *testing.T) {
			t.Parallel()
			testReplacedInPlace(t, f)
		})
	}
}

// testReplacedInPlace changes a client of a server without updates: the first apply fails and changes nothing, and the next plan
// registers another client, deregisters the old one where that is possible, and names it where not.
func testReplacedInPlace(t *testing.T, f fakeop.Faults) {
	r := newSubject(t, &fakeop.Server{Faults: f}, nil)
	config := secured()
	r.Apply(config)
	first, before := r.id(), r.State
	changed := config.With(attrs{"client_name": "App 2"})
	err := r.TryApply(changed)
	if err == nil {
		t.Fatal("an update that the server does not have succeeds")
	}
	containsAll(t, err.Error(), "Server does not support updates of clients", first, "The next plan replaces the client")
	if !r.State.Equal(before) {
		t.Error("the update that failed changed the state")
	}
	r.WantEmpty(config)

	p := r.Plan(changed)
	if !r.anew(p) || p.Replaces {
		t.Fatal("the plan does not replace the client in place")
	}
	r.wantSays("The change needs another client", "registers another client, with another client_id")
	r.Apply(changed)
	second, left := r.id(), len(r.op.Clients())
	if second == first || r.registered()["client_name"] != "App 2" {
		t.Errorf("the state has %s after %s, registered as %v", second, first, r.registered())
	}
	if f.DeleteStatus == 0 && left != 1 {
		t.Errorf("%d clients are left", left)
	}
	if f.DeleteStatus != 0 {
		r.wantSays("Client stays at the server", "Client "+first+" was not deregistered")
	}
	r.WantEmpty(changed)

	// What was learnt of the server goes along: the next change is planned as a replacement at once.
	if p := r.Plan(config); !r.anew(p) {
		t.Error("a second change is planned as an update")
	}
	if f.DeleteStatus != 0 {
		r.wantSays("change client "+second+" ", "This one stays at the server", "administrator delete client "+second)
	}
	r.Destroy()
}

// A server that takes no second client beside the first: the registration of a replacement is refused, the state keeps what it has,
// and what the message advises works.
func TestReplacementIsRefused(t *testing.T) {
	t.Parallel()
	unique := fakeop.RegistrationFaults{UniqueNames: true}
	t.Run("-replace", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Registration: unique, UpdateStatus: http.StatusMethodNotAllowed}}, nil)
		r.Apply(secured())
		first := r.id()
		changed := secured().With(attrs{"contacts": []string{"a@example.com"}})
		_ = r.TryApply(changed) // the server has no updates, which it says here
		before := r.State
		err := r.TryApply(changed)
		if err == nil {
			t.Fatal("a second client of the same name is registered")
		}
		containsAll(t, err.Error(), "Client not registered", first, "stays as it was", "terraform apply -replace=ADDRESS")
		if !r.State.Equal(before) {
			t.Error("the refused registration changed the state")
		}
		if err := r.Resource.Destroy(t.Context()); err != nil { // as -replace has Terraform do it
			t.Fatal(err)
		}
		r.Private = nil
		r.Apply(changed)
		r.WantEmpty(changed)
		if left := r.op.Clients(); len(left) != 1 || r.id() == first {
			t.Errorf("the server has %v", left)
		}
	})
	t.Run("deleted by the administrator", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Management: fakeop.ManagementOff}, nil)
		r.Apply(secured())
		first, before := r.id(), r.State
		changed := secured().With(attrs{"contacts": []string{"a@example.com"}})
		r.Plan(changed)
		r.wantSays("The change needs another client", "change client "+first+" ", "This one stays at the server", "administrator delete client "+first)
		r.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadRequest, Body: `{"error":"invalid_client_metadata"}`})
		err := r.TryApply(changed)
		if err == nil {
			t.Fatal("a second client is registered")
		}
		containsAll(t, err.Error(), "Client not registered", first, "Only if the refusal is about a second client", "have the server's administrator delete the old client, and apply again")
		if !r.State.Equal(before) {
			t.Error("the refused registration changed the state")
		}
		r.op.RemoveClient(first)
		r.Apply(changed)
		r.WantEmpty(changed)
	})
}
