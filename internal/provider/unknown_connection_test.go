// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Whether plain http is allowed may be known in the apply only: a plan does not refuse the provider's own addresses for it.
func TestPlainHTTPThatMayTurnOutAllowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"issuer", "registration_endpoint"} {
		op := &fakeop.Server{}
		op.Start(t)
		r := newRig(t, op)
		if err := r.Start(attrs{name: "http://10.0.0.5/register", "allow_insecure_http": tftest.Unknown{}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.Start(attrs{name: "http://10.0.0.5/register", "allow_insecure_http": false}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whether plain http is allowed decides nothing at another address: what is looked up there waits for nothing.
func TestPlainHTTPDecidesNothingAtAnotherAddress(t *testing.T) {
	t.Parallel()
	const plain = "http://10.0.0.5/register"
	secretAt := func(r *subject, uri string) error {
		config := configured(r.t, schemas(r.t).EphemeralResourceSchemas["oidc_client_secret"], attrs{"client_id": r.op.Clients()[0].ID, "registration_client_uri": uri})
		answer, err := r.Rig().Server().OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: config})
		if err == nil && len(answer.Diagnostics) > 0 {
			err = errors.New(details(answer.Diagnostics))
		}
		return err
	}
	dataAt := func(r *subject, named attrs) error {
		_, err := r.Rig().ReadData("oidc_client", named)
		return err
	}
	for name, look := range map[string]func(r *subject, id, uri string) error{
		"import":                   func(r *subject, _, uri string) error { return r.tryImport(uri) },
		"import by client_id":      func(r *subject, id, _ string) error { return r.tryImport(id) },
		"data source":              func(r *subject, _, uri string) error { return dataAt(r, attrs{"registration_client_uri": uri}) },
		"data source by client_id": func(r *subject, id, _ string) error { return dataAt(r, attrs{"client_id": id}) },
		"ephemeral resource":       func(r *subject, _, uri string) error { return secretAt(r, uri) },
		"import, http":             func(r *subject, id, _ string) error { return r.tryImport(plain + "/" + id) },
		"data source, http": func(r *subject, id, _ string) error {
			return dataAt(r, attrs{"registration_client_uri": plain + "/" + id})
		},
		"ephemeral resource, http": func(r *subject, id, _ string) error { return secretAt(r, plain+"/"+id) },
		"import by client_id, at http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return r.tryImport(id)
		},
		"data source by client_id, http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return dataAt(r, attrs{"client_id": id})
		},
		"data source by client_name, http": func(r *subject, id, _ string) error {
			r.start(attrs{"registration_endpoint": plain, "allow_insecure_http": tftest.Unknown{}})
			return dataAt(r, attrs{"client_name": "App"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, app)
			r := newSubject(t, s, attrs{"allow_insecure_http": tftest.Unknown{}, "registration_access_tokens": attrs{id: token}})
			s.ResetLog()
			err := look(r, id, uri)
			waits := err != nil && strings.Contains(err.Error(), "are unknown")
			if strings.Contains(name, "http") {
				if !waits {
					t.Errorf("it says %v", err)
				}
				return
			}
			if err != nil || s.CountOf(fakeop.OpRead) == 0 {
				t.Errorf("%d reads: %v", s.CountOf(fakeop.OpRead), err)
			}
		})
	}
}

// An import is not read with a part of the settings: its token would go past a proxy, or without what a gateway wants, and the refusal
// would be told as the token's.
func TestImportIsNotReadBeforeTheSettingsAreKnown(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]attrs{
		"headers": {"headers": attrs{"X-Api-Key": tftest.Unknown{}}}, "proxy_url": {"proxy_url": tftest.Unknown{}}, "ca_certificate": {"ca_certificate": tftest.Unknown{}},
		"basic_auth":           {"basic_auth": attrs{"username": "admin", "password": tftest.Unknown{}}, "management": "provider_credentials"},
		"initial_access_token": {"initial_access_token": tftest.Unknown{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, app)
			settings := unknown
			if name != "basic_auth" && name != "initial_access_token" {
				settings = unknown.With(attrs{"registration_access_tokens": attrs{id: token}})
			}
			r := newSubject(t, s, settings)
			before := len(s.Log())
			err := r.tryImport(uri)
			if err == nil || !strings.Contains(err.Error(), "settings are unknown") {
				t.Errorf("the import says %v", err)
			}
			for _, request := range s.Log()[before:] {
				if strings.Contains(fmt.Sprint(request), "/register/") {
					t.Errorf("it was read: %v", request)
				}
			}
		})
	}
}

// whereFrom are the settings of the provider that say which server it is for, as they may turn out for one server.
func whereFrom(op *fakeop.Server) map[string]attrs {
	return map[string]attrs{
		"issuer":                {"issuer": op.Issuer()},
		"registration_endpoint": {"registration_endpoint": op.RegistrationEndpoint()},
		"webfinger_resource":    {"webfinger_resource": op.URL()},
		"expected_issuer":       {"issuer": op.Issuer(), "expected_issuer": op.Issuer()},
	}
}

// Which server the provider is for may be known in the apply only, and a resource name that server itself: whether the provider's own credentials are for the client is
// then a matter of the apply, and no reason why a plan fails.
func TestResourceNamesAServerThatMayTurnOutTheProviders(t *testing.T) {
	t.Parallel()
	for name := range whereFrom(&fakeop.Server{}) {
		for _, management := range []string{"provider_credentials", "auto"} {
			t.Run(name+", "+management, func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Management: fakeop.ManagementNoToken, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"configured-iat": 0}}
				op.Start(t)
				settings := whereFrom(op)[name].With(attrs{"initial_access_token": "configured-iat", "management": management})
				r := newSubject(t, op, settings)
				config := secured().With(attrs{"issuer": op.Issuer()})
				r.Apply(config)
				id := r.id()
				r.laterKnown(settings, name, config)
				if r.id() != id || r.registered()["client_name"] != "App 2" {
					t.Errorf("client %s is now %s: %v", id, r.id(), r.registered())
				}
				r.WantEmpty(config.With(attrs{"client_name": "App 2"}))
			})
		}
	}
}

// laterKnown renames the client where a setting is known in the apply only: the plan fails for nothing, says that it reads no client, and sends nothing to one.
func (r *subject) laterKnown(settings attrs, name string, config attrs) {
	r.t.Helper()
	r.start(settings.With(attrs{name: tftest.Unknown{}}))
	r.op.ResetLog()
	then := map[string]attrs{theClient: config.With(attrs{"client_name": "App 2"})}
	err := r.Rig().ApplyLater(then, func() error {
		r.wantSays("Client not read, because settings are unknown")
		if n := r.op.CountOf(fakeop.OpRead); n > 0 {
			r.t.Errorf("the plan reads the client: %d", n)
		}
		return r.configure(settings)
	}, then)
	if err != nil {
		r.t.Errorf("%v", err)
	}
}

// A token that is handed in by the client_id is for a client of the provider's server: as long as it is not known which that is, the token waits for the apply.
func TestHandedInTokenOfAServerThatIsKnownLater(t *testing.T) {
	t.Parallel()
	for name := range whereFrom(&fakeop.Server{}) {
		for _, own := range []bool{true, false} {
			if name == "expected_issuer" && !own {
				continue // the issuer that is known says which server it is
			}
			t.Run(fmt.Sprintf("%s, the resource's own %v", name, own), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{}
				op.Start(t)
				settings, config := whereFrom(op)[name], secured()
				if own {
					config = config.With(attrs{"issuer": op.Issuer()})
				}
				r := newSubject(t, op, settings)
				r.Apply(config)
				id, token := r.id(), op.ReissueToken(r.id())
				settings = settings.With(attrs{"registration_access_tokens": attrs{id: token}})
				r.start(settings.With(attrs{name: tftest.Unknown{}}))
				then := map[string]attrs{theClient: config.With(attrs{"client_name": "App 2"})}
				op.ResetLog()
				err := r.Rig().ApplyLater(then, func() error {
					r.wantSays("Client not read, because settings are unknown")
					for _, request := range op.Requests() {
						if request.Credential == token {
							t.Errorf("the token is sent in the plan: %v", request)
						}
					}
					return r.configure(settings)
				}, then)
				if err != nil || r.id() != id || r.registered()["client_name"] != "App 2" {
					t.Errorf("client %s is now %s, %v: %v", id, r.id(), r.registered(), err)
				}
				r.holds()
			})
		}
	}
}

// The metadata of a server may name an issuer that the provider expects there: whether they do so of the server that a resource names may be known in the apply only.
func TestExpectedIssuerThatIsKnownLater(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"issuer", "expected_issuer"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: fakeop.Faults{MetadataIssuer: "https://behind.example.com"}}
			op.Start(t)
			settings := attrs{"issuer": op.Issuer(), "expected_issuer": "https://behind.example.com"}
			r := newSubject(t, op, settings.With(attrs{name: tftest.Unknown{}}))
			err := r.TryImport(&tfprotov6.ImportResourceStateRequest{Identity: identity(t, attrs{"client_id": "a", "issuer": op.Issuer()})})
			if err == nil || !strings.Contains(err.Error(), "settings are unknown") {
				t.Errorf("an import says %v", err)
			}
			config := map[string]attrs{theClient: secured().With(attrs{"issuer": op.Issuer()})}
			if err := r.Rig().ApplyLater(config, func() error { return r.configure(settings) }, config); err != nil || len(op.Clients()) != 1 {
				t.Errorf("%d clients: %v", len(op.Clients()), err)
			}
		})
	}
}

// An import by an identity that names a server waits like any other one for the settings that say whether that is the provider's.
func TestImportIsNotReadBeforeTheServerIsKnown(t *testing.T) {
	t.Parallel()
	for name := range whereFrom(&fakeop.Server{}) {
		for kind, credentials := range map[string]attrs{
			"provider_credentials": {"initial_access_token": "configured-iat", "management": "provider_credentials"},
			"auto":                 {"initial_access_token": "configured-iat"},
			"by client_id":         {},
		} {
			for _, byAddress := range []bool{true, false} {
				if name == "expected_issuer" && kind == "by client_id" {
					continue // the issuer that is known says which server it is
				}
				t.Run(fmt.Sprintf("%s, %s, by the address %v", name, kind, byAddress), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{RegistrationCredentialManages: true}
					id, uri, token := registeredBefore(t, op, secured())
					settings := whereFrom(op)[name].With(credentials)
					if kind == "by client_id" {
						settings = settings.With(attrs{"registration_access_tokens": attrs{id: token}})
					}
					r := newSubject(t, op, settings.With(attrs{name: tftest.Unknown{}}))
					op.ResetLog()
					named := attrs{"client_id": id, "issuer": op.Issuer()}
					if byAddress {
						named["registration_client_uri"] = uri
					}
					err := r.TryImport(&tfprotov6.ImportResourceStateRequest{Identity: identity(t, named)})
					if err == nil || !strings.Contains(err.Error(), "settings are unknown") || op.CountOf(fakeop.OpRead) > 0 {
						t.Errorf("%d reads, and the import says %v", op.CountOf(fakeop.OpRead), err)
					}
				})
			}
		}
	}
}
