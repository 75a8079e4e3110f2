// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A metadata document that cannot be used ends in a clear error at the create, before anything is registered, and in none at the
// plan, as long as the server may not be there yet: what was fetched and is of another server, or of none, will not mend itself.
func TestUnusableMetadata(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults  fakeop.Faults
		says    []string
		planned bool // the plan knows already that this will not mend itself
	}{
		"another issuer":    {fakeop.Faults{MetadataIssuer: "https://evil.example.com"}, []string{"https://evil.example.com", "issuer"}, true},
		"a trailing slash":  {fakeop.Faults{MetadataIssuer: "SLASH"}, []string{"issuer"}, true},
		"no issuer":         {fakeop.Faults{Metadata: fakeop.MetadataNoIssuer}, []string{"issuer"}, true},
		"no registration":   {fakeop.Faults{NoRegistrationEndpoint: true}, []string{"registration_endpoint"}, true},
		"HTML":              {fakeop.Faults{Metadata: fakeop.MetadataHTML}, []string{"HTML"}, false},
		"10 MB":             {fakeop.Faults{Metadata: fakeop.MetadataHuge}, []string{"too large"}, false},
		"200 with an error": {fakeop.Faults{Metadata: fakeop.MetadataError}, []string{"status", "200"}, false},
		"nothing":           {fakeop.Faults{Metadata: fakeop.MetadataEmpty}, []string{"empty"}, false},
		"an array":          {fakeop.Faults{Metadata: fakeop.MetadataArray}, []string{"object"}, false},
		"no document":       {fakeop.Faults{MetadataAt: fakeop.LocationsNone}, []string{"404"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Faults: test.faults}
			s.Start(t)
			if test.faults.MetadataIssuer == "SLASH" {
				issuer := s.Issuer() + "/"
				s.EditFaults(func(f *fakeop.Faults) { f.MetadataIssuer = issuer })
			}
			r := newSubject(t, s, nil)
			p, err := r.TryPlan(secured())
			if (err != nil) != test.planned {
				t.Fatalf("the plan says %v", err)
			}
			if !test.planned {
				err = r.ApplyPlan(p)
			}
			if err == nil {
				t.Fatal("the apply succeeds")
			}
			for _, text := range append(test.says, s.Issuer()) {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
			if n := s.CountOf(fakeop.OpRegister); n != 0 {
				t.Errorf("%d registrations were sent", n)
			}
			if !r.State.IsNull() {
				t.Error("there is a state")
			}
			// Once the server is in order, the same configuration applies in the next run.
			s.SetFaults(fakeop.Faults{})
			if err := r.configure(nil); err != nil {
				t.Fatal(err)
			}
			r.Apply(secured())
		})
	}
}

func TestNoRegistrationEndpoint(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{NoRegistrationEndpoint: true}}
	r := newSubject(t, s, nil)
	if err := r.TryApply(secured()); err == nil || !strings.Contains(err.Error(), "no registration_endpoint") || !strings.Contains(err.Error(), "/.well-known/openid-configuration") {
		t.Errorf("the apply says %v", err)
	}
	asked := s.CountOf(fakeop.OpMetadata)
	if asked != 2 { // the second place may name what the first leaves out
		t.Errorf("%d places of the metadata were asked, want both", asked)
	}
	r = newSubject(t, s, attrs{"registration_endpoint": s.RegistrationEndpoint()})
	r.Apply(secured())
	if n := s.CountOf(fakeop.OpMetadata) - asked; n != 0 {
		t.Errorf("%d discoveries: an endpoint that is given needs none", n)
	}
	r.WantEmpty(secured())
}

// An endpoint that a document names and that no request can go to will not mend itself.
func TestUnusableEndpointOfTheMetadata(t *testing.T) {
	t.Parallel()
	for named, want := range map[string]string{"/register": "/register", "http://as.example.com/register": "https://as.example.com/register"} {
		s := &fakeop.Server{TLS: true, Faults: fakeop.Faults{MetadataMembers: map[string]any{"registration_endpoint": named}}}
		s.Start(t)
		trusted := attrs{"issuer": s.Issuer(), "ca_certificate": string(s.CACertificate())}
		r := newSubject(t, s, trusted)
		_, err := r.TryPlan(secured())
		if err == nil {
			t.Fatalf("%s: the plan says nothing", named)
		}
		containsAll(t, err.Error(), "Unusable registration endpoint", "/.well-known/openid-configuration", named)
		line := lineOf(t, err, "registration_endpoint")
		if want == "/register" {
			want = s.RegistrationEndpoint()
			if err := r.configure(trusted.With(attrs{"registration_endpoint": line})); err != nil {
				t.Fatal(err)
			}
			r.Apply(secured())
		} else {
			containsAll(t, err.Error(), "allow_insecure_http = true")
		}
		if line != want {
			t.Errorf("the line is %q, want %q", line, want)
		}
	}
}

// One that is no text is there, and cannot be used: nobody is sent to switch registration on.
func TestEndpointOfTheMetadataThatIsNoText(t *testing.T) {
	t.Parallel()
	for shown, value := range map[string]any{"an object": map[string]any{"url": "https://as.example.com/register"}, "a number": 7, "an array": []any{"https://as.example.com/register"}, "a boolean": true} {
		s := &fakeop.Server{Faults: fakeop.Faults{MetadataMembers: map[string]any{"registration_endpoint": value}}}
		r := newSubject(t, s, attrs{})
		want := []string{"Unusable registration endpoint", "has a registration_endpoint that cannot be used: it is " + shown + " and no URL."}
		_, err := r.TryPlan(secured())
		wants(t, err, want...)
		_, err = r.Rig().ReadData("oidc_client", attrs{"client_name": "App"})
		wants(t, err, want...)
		r.start(attrs{"registration_endpoint": s.RegistrationEndpoint()})
		r.Apply(secured())
	}
}

// Answers that are no client information: refused, told, and never taken for a client that is gone.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults fakeop.Faults
		says   string
	}{
		"HTML":           {fakeop.Faults{HTMLSuccess: true}, "HTML"},
		"nothing":        {fakeop.Faults{EmptySuccess: true}, "empty"},
		"10 MB":          {fakeop.Faults{HugeBody: true}, "1 MiB"},
		"no client_id":   {fakeop.Faults{NoClientID: true}, "client_id"},
		"another client": {fakeop.Faults{OtherClientID: true}, "client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			on := func(op fakeop.Operation) fakeop.Faults {
				f := test.faults
				f.ShapeOn = []fakeop.Operation{op}
				return f
			}
			s := &fakeop.Server{Faults: on(fakeop.OpRegister)}
			r := newSubject(t, s, attrs{"max_retries": 0})
			config := secured()
			if !test.faults.OtherClientID { // whose client_id a registration answers with is the server's word alone
				err := r.TryApply(config)
				if test.faults.NoClientID { // a read at the address that it has names the client
					if clients := s.Clients(); err != nil || len(clients) != 1 || clients[0].ID != r.id() {
						t.Errorf("a registration without client_id: %v; the server has %v", err, clients)
					}
				} else if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), s.RegistrationEndpoint()) {
					t.Errorf("the registration says %v, want %q and the address", err, test.says)
				}
				if n := s.CountOf(fakeop.OpRegister); n != 1 {
					t.Errorf("%d registrations were sent", n)
				}
			}

			s.SetFaults(fakeop.Faults{})
			r.Apply(config)
			id, token := r.id(), r.Text("registration_access_token")
			s.SetFaults(on(fakeop.OpRead))
			if _, err := r.TryPlan(config); test.faults.NoClientID {
				if err != nil { // at the client's own URI, and the rest of the answer fits
					t.Errorf("a read without client_id fails: %v", err)
				}
			} else if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), id) {
				t.Errorf("the read says %v, want %q and the client's id", err, test.says)
			}
			if r.State.IsNull() {
				t.Fatal("the client is taken for gone")
			}

			s.SetFaults(fakeop.Faults{})
			changed := config.With(attrs{"client_name": "App 2"})
			p := r.Plan(changed)
			s.SetFaults(on(fakeop.OpUpdate))
			r.op.ResetLog()
			// The update was made, which a read shows. An answer that is cut off or about another client is no word about this one.
			err, name := r.Resource.Apply(context.Background(), p), "App 2"
			if test.faults.HugeBody || test.faults.OtherClientID {
				if name = "App"; err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("the update says %v, want %q", err, test.says)
				}
			} else if err != nil {
				t.Errorf("the update that a read shows says %v", err)
			}
			if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
				t.Errorf("%d updates were sent", n)
			}
			if r.Text("registration_access_token") != token || r.Text("client_name") != name {
				t.Errorf("the state has client_name %q, want %q", r.Text("client_name"), name)
			}
			s.SetFaults(fakeop.Faults{})
			r.Apply(changed) // which finds that the server has it already
			r.WantEmpty(changed)
			r.Destroy()
		})
	}
	t.Run("200 with an error in it", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 0}, Faults: fakeop.Faults{ErrorsUnder200: true}}
		r := newSubject(t, s, nil)
		if err := r.TryApply(secured()); err == nil || !strings.Contains(err.Error(), "error") {
			t.Errorf("the registration says %v", err)
		}
		r = newSubject(t, s, attrs{"initial_access_token": "iat"})
		r.Apply(secured())
		s.RevokeToken(r.id())
		if _, err := r.TryPlan(secured()); err == nil {
			t.Error("an error under 200 is taken for an answer")
		}
		if r.State.IsNull() {
			t.Error("an error under 200 is taken for a client that is gone")
		}
	})
}

// A client configuration URI that cannot be used: the client is registered and kept without management, nothing is sent there, and each
// way that the warning names works.
func TestClientURIThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ uri, says string }{
		"another scheme": {"http://op.example.com/register/1", "https is needed"},
		"no URL":         {"urn:example:client:1", "its scheme is not https"},
		"no host":        {"http://", "an absolute https URL is needed"},
		"a user":         {"https://user:password@op.example.com/register/1", "user information in a URL is not used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			uri := fakeop.Shows{URI: func(string) any { return c.uri }}
			s.Faults.Registration.Shows, s.Faults.Reading.Shows, s.Faults.Updating.Shows = uri, uri, uri
			r := newSubject(t, s, nil)
			r.Apply(secured())
			r.wantSays("Client registered, and kept without management", "which cannot be used", c.says, `client_configuration_uri_template = "{registration_endpoint}/{client_id}"`, `management = "none"`)
			containsNone(t, r.details(), "password")
			if left := s.Clients(); len(left) != 1 || r.Text("registration_access_token") != left[0].Token || r.Text("client_secret") != left[0].Secret {
				t.Error("the state has not got the credentials")
			}
			s.ResetLog()
			r.WantEmpty(secured())
			r.wantQuiet()
			if n := len(s.Requests()); n != 0 {
				t.Errorf("a plan sends %v", s.Log())
			}
			state, private := r.State, r.Private
			if err := r.configure(attrs{"management": "none"}); err != nil {
				t.Fatal(err)
			}
			r.WantEmpty(secured())
			r.Destroy()
			if err := r.configure(attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}); err != nil {
				t.Fatal(err)
			}
			r.State, r.Private = state, private
			r.Apply(secured().With(attrs{"client_name": "App 2"}))
			if got := r.registered()["client_name"]; got != "App 2" || len(s.Clients()) != 1 {
				t.Errorf("client_name is registered as %v, of %d clients", got, len(s.Clients()))
			}
			r.WantEmpty(secured().With(attrs{"client_name": "App 2"}))
			r.Destroy()
			if n := len(s.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// The resource's timeouts bound its operations, whatever the provider's request_timeout says.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	for _, op := range []fakeop.Operation{fakeop.OpRegister, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			names := map[fakeop.Operation]string{fakeop.OpRegister: "create", fakeop.OpRead: "read", fakeop.OpUpdate: "update", fakeop.OpDelete: "delete"}
			config := secured().With(attrs{"timeouts": attrs{names[op]: "1s"}})
			s := &fakeop.Server{}
			r := newSubject(t, s, attrs{"request_timeout": "10m"})
			hang := func() { s.EditFaults(func(f *fakeop.Faults) { f.Hang = []fakeop.Operation{op} }) }
			var err error
			switch op {
			case fakeop.OpRegister:
				hang()
				err = r.TryApply(config)
			case fakeop.OpRead:
				r.Apply(config)
				hang()
				_, err = r.TryPlan(config)
			case fakeop.OpUpdate:
				r.Apply(config)
				p := r.Plan(config.With(attrs{"client_name": "App 2"}))
				hang()
				err = r.Resource.Apply(context.Background(), p)
			case fakeop.OpDelete:
				r.Apply(config)
				hang()
				err = r.Resource.Destroy(context.Background())
			}
			if err == nil || !strings.Contains(err.Error(), "did not answer in time") || !strings.Contains(err.Error(), "timeouts") {
				t.Errorf("the operation says %v", err)
			}
			if lost := op == fakeop.OpRegister; r.State.IsNull() != lost {
				t.Errorf("the state is null: %v, want %v", r.State.IsNull(), lost)
			}
		})
	}
}
