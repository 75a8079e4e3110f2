// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A resource may name the server that WebFinger finds for the provider, by its issuer or by its registration endpoint. That is the provider's own server,
// which its credentials are for: they register the client, and manage it.
func TestResourceThatNamesTheServerWhichWebFingerFinds(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(*fakeop.Server) attrs{
		"by its issuer":                func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"by its registration endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
		"by both": func(op *fakeop.Server) attrs {
			return attrs{"issuer": op.Issuer(), "registration_endpoint": op.RegistrationEndpoint()}
		},
	} {
		for when, before := range map[string]bool{"from the start": false, "later": true} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{AdminToken: "token"}
				op.Start(t)
				r := newSubject(t, op, attrs{"webfinger_resource": op.URL(), "management": "provider_credentials", "initial_access_token": "token", "max_retries": 0})
				if before {
					r.Apply(secured())
				}
				config := secured().With(at(op))
				r.Apply(config)
				r.WantEmpty(config)
				r.Apply(config.With(attrs{"client_name": "Another"}))
				r.WantEmpty(config.With(attrs{"client_name": "Another"}))
				if r.Destroy(); len(op.Clients()) != 0 {
					t.Errorf("the server has %v", op.Clients())
				}
			})
		}
	}
}

// What the provider says of its own server's metadata holds however a resource names that server.
func TestExpectedIssuerOfTheServerWhichWebFingerFinds(t *testing.T) {
	const public = "https://public.example"
	op := &fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: public}}
	op.Start(t)
	r := newSubject(t, op, attrs{"webfinger_resource": op.URL(), "expected_issuer": public, "max_retries": 0})
	r.Apply(secured().With(attrs{"issuer": op.Issuer()}))
	r.WantEmpty(secured().With(attrs{"issuer": op.Issuer()}))
}

// A token that is handed in by the client_id is for a client of that server, too.
func TestTokenOfAClientAtTheServerWhichWebFingerFinds(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(*fakeop.Server) attrs{
		"by its issuer":                func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"by its registration endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			r := newSubject(t, op, attrs{"webfinger_resource": op.URL()})
			config := secured().With(at(op))
			r.Apply(config)
			token := op.ReissueToken(r.id())
			r.start(attrs{"webfinger_resource": op.URL(), "registration_access_tokens": attrs{r.id(): token}})
			r.Apply(config.With(attrs{"client_name": "Another"}))
			if r.Text("registration_access_token") != token {
				t.Error("the state has not got the token that was handed in")
			}
		})
	}
}

// Another server than the one that WebFinger finds gets no credential of the provider's, whichever of its names the resource has, and neither does one of which that is not
// known because WebFinger does not answer.
func TestResourceThatNamesAnotherServerThanWebFingerFinds(t *testing.T) {
	t.Parallel()
	const admin = "credential-of-the-provider"
	for name, at := range map[string]func(*fakeop.Server) attrs{
		"by its issuer":                func(op *fakeop.Server) attrs { return attrs{"issuer": op.Issuer()} },
		"by its registration endpoint": func(op *fakeop.Server) attrs { return attrs{"registration_endpoint": op.RegistrationEndpoint()} },
		"a tenant of the same host":    func(op *fakeop.Server) attrs { return attrs{"issuer": op.TenantIssuer("/tenant")} },
	} {
		for _, down := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", WebFinger down"}[down], func(t *testing.T) {
				t.Parallel()
				ours, other := &fakeop.Server{Tenants: []string{"/tenant"}}, &fakeop.Server{Seed: "other", Tenants: []string{"/tenant"}}
				ours.Start(t)
				other.Start(t)
				if name == "a tenant of the same host" {
					other = ours
				}
				if down {
					ours.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.WebFingerOff })
				}
				r := newSubject(t, other, attrs{"webfinger_resource": ours.URL(), "initial_access_token": admin, "headers": attrs{"X-Api-Key": admin}, "max_retries": 0})
				config := secured().With(at(other))
				if err := r.TryApply(config); (err != nil) != down {
					t.Errorf("the apply: %v", err)
				}
				for _, q := range other.Requests() {
					if q.Credential == admin || q.Header.Get("X-Api-Key") != "" {
						t.Errorf("%s %s got the provider's credential", q.Method, q.Path)
					}
				}
				if !down {
					r.WantEmpty(config)
				} else if n := len(other.Clients()); n != 0 {
					t.Errorf("%d clients, though it is not known whose credentials are for the server", n)
				}
			})
		}
	}
}

// The ways out while WebFinger does not tell whether the server that a resource names is the provider's own, each taken as it is written.
func TestWaysBesideAWebFingerThatIsDown(t *testing.T) {
	t.Parallel()
	const admin = "credential-of-the-provider"
	for name, way := range map[string]struct {
		text       string
		ours       bool
		management string
		set        func(line string, there *fakeop.Server) (settings, config attrs)
	}{
		"it is the provider's": {
			text: "If it is the provider's own server's, set it on the provider, in place of webfinger_resource:", ours: true, management: "provider_credentials",
			set: func(line string, _ *fakeop.Server) (settings, config attrs) {
				return attrs{"registration_endpoint": line}, nil
			},
		},
		"it is another one's": {
			text: "If it is another server's, set the provider's own issuer on the provider, in place of webfinger_resource:", management: "auto",
			set: func(_ string, ours *fakeop.Server) (settings, config attrs) {
				return attrs{"issuer": ours.Issuer()}, nil
			},
		},
		"a token of its own": {
			text: "Or give the resource a credential of its own:", management: "auto",
			set: func(string, *fakeop.Server) (settings, config attrs) {
				return nil, attrs{"initial_access_token": "another"}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, there := &fakeop.Server{AdminToken: admin, Faults: fakeop.Faults{WebFinger: fakeop.WebFingerOff}}, &fakeop.Server{Seed: "other"}
			ours.Start(t)
			there.Start(t)
			if way.ours {
				there = ours
			}
			base := attrs{"initial_access_token": admin, "management": way.management, "max_retries": 0}
			finger := attrs{"webfinger_resource": ours.URL()}
			r := newSubject(t, there, base.With(finger))
			config := secured().With(attrs{"registration_endpoint": there.RegistrationEndpoint()})
			err := r.TryApply(config)
			wants(t, err, "the server that webfinger_resource leads to cannot be found now", "404", "Nothing was sent there", way.text)
			settings, more := way.set(lineOf(t, err, map[bool]string{true: "registration_endpoint", false: "issuer"}[way.ours]), ours)
			if settings == nil {
				settings = finger
			}
			r.start(base.With(settings))
			config = config.With(more)
			r.Apply(config)
			r.WantEmpty(config)
			for _, q := range there.Requests() {
				if q.Path == "/register" && (q.Credential == admin) != way.ours {
					t.Errorf("%s %s with the credential %q", q.Method, q.Path, q.Credential)
				}
			}
		})
	}
}

// The token of a client of another server than WebFinger finds for the provider is none of those that the client_id names, so no message names it by that. While
// WebFinger does not tell, it may be the provider's own.
func TestKeyOfATokenBesideTheServerWhichWebFingerFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ another, down, byAddress bool }{
		"another server":                 {another: true, byAddress: true},
		"the provider's own":             {},
		"another server, WebFinger down": {another: true, down: true},
		"provider's own, WebFinger down": {down: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there, finder := &fakeop.Server{ClientURI: fakeop.URIEndpoint, Faults: fakeop.Faults{ReadStatus: 405}}, &fakeop.Server{Seed: "finder"}
			there.Start(t)
			settings := attrs{"webfinger_resource": there.URL(), "max_retries": 0}
			from := there
			if c.another {
				finder.Start(t)
				settings["webfinger_resource"], from = finder.URL(), finder
			}
			r := newSubject(t, there, settings)
			config := secured().With(attrs{"issuer": there.Issuer()})
			r.Apply(config)
			there.RevokeToken(r.id())
			if c.down {
				from.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.WebFingerOff })
			}
			r.start(settings)
			err := r.TryApply(config.With(attrs{"client_name": "Another"}))
			byAddress := `registration_access_tokens = { "` + there.RegistrationEndpoint() + `"`
			if err == nil || strings.Contains(err.Error(), byAddress) != c.byAddress || strings.Contains(err.Error(), `registration_access_tokens = { "`+r.id()) == c.byAddress {
				t.Errorf("the apply says %v", err)
			}
			if c.another { // of which no token is taken before a read tells whose it is
				return
			}
			from.EditFaults(func(f *fakeop.Faults) { f.WebFinger = fakeop.Faults{}.WebFinger })
			r.start(settings.With(attrs{"registration_access_tokens": attrs{r.id(): there.ReissueToken(r.id())}}))
			r.Apply(config.With(attrs{"client_name": "Another"}))
		})
	}
}
