// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// secured is a small client with a few security parameters.
func secured() attrs {
	return attrs{
		"redirect_uris":                              []string{"https://app.example.com/a"},
		"client_name":                                "App",
		"token_endpoint_auth_method":                 "client_secret_post",
		"id_token_signed_response_alg":               "ES256",
		"tls_client_certificate_bound_access_tokens": true,
	}
}

func TestSubstitutedSecurityParameter(t *testing.T) {
	t.Parallel()
	for member, got := range map[string]any{
		"token_endpoint_auth_method":                 "client_secret_basic",
		"id_token_signed_response_alg":               "HS256",
		"tls_client_certificate_bound_access_tokens": false,
		"redirect_uris":                              []any{"https://elsewhere.example.com/"},
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{member: got}}}, nil)
			err := r.TryApply(secured())
			if err == nil {
				t.Fatal("the apply succeeds")
			}
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("the server has %d clients left", n)
			}
			if !r.State.IsNull() {
				t.Error("a client that was rolled back is in the state")
			}
			if got, want := r.told(), []string{"error " + member + ": Server registered other values"}; !slices.Equal(got, want) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			r.wantSays("accept_substitutions = [\""+member+"\"]", "Nothing is left at the server")

			accepting := secured().With(attrs{"accept_substitutions": []string{member}})
			r.Apply(accepting)
			if got, want := r.told(), []string{"warning " + member + ": Server registered other values"}; !slices.Equal(got, want) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			r.WantEmpty(accepting)
			r.wantQuiet()

			// The warning is not repeated by an update of something else, and the plan after it is clean too.
			renamed := accepting.With(attrs{"client_name": "App 2"})
			r.Apply(renamed)
			r.wantQuiet()
			r.WantEmpty(renamed)
			r.Destroy()
		})
	}
}

func TestProviderAcceptsSubstitutions(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"id_token_signed_response_alg": "HS256", "client_name": "Renamed"}}},
		attrs{"accept_substitutions": []string{"id_token_signed_response_alg"}, "strict": true})
	if err := r.TryApply(secured()); err == nil || !strings.Contains(err.Error(), "client_name") || strings.Contains(err.Error(), "substituted id_token") {
		t.Errorf("with strict, the error is to name client_name alone: %v", err)
	}
	accepting := secured().With(attrs{"accept_substitutions": []string{"client_name"}})
	r.Apply(accepting)
	r.WantEmpty(accepting)
	lax := secured().With(attrs{"strict": false})
	r.Apply(lax)
	r.WantEmpty(lax)
}

// What fails an apply with strict is one error of each client, which lists all of its parameters; only the first says what can be done. What fails none is one warning of each.
func TestStrictIsOneErrorOfEachClient(t *testing.T) {
	t.Parallel()
	const clients = 20
	op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "Another", "client_uri": "https://other.example", "contacts": []any{"b@example.com"}, "id_token_signed_response_alg": "RS256"}}}
	for _, strict := range []bool{true, false} {
		r := newSubject(t, op, attrs{"strict": strict})
		ways := 0
		for i := range clients {
			config := secured().With(attrs{"client_name": fmt.Sprint("App ", i), "client_uri": "https://app.example", "contacts": []string{"a@example.com"}})
			if !strict {
				delete(config, "id_token_signed_response_alg")
			}
			c := &subject{Instance: r.Rig().Another(), t: t, op: op}
			c.Begin()
			err := c.TryApply(config)
			told, details := c.told(), c.details()
			if len(told) != 1 || (err != nil) != strict {
				t.Fatalf("strict %v, client %d: %d diagnostics, error %v: %q", strict, i, len(told), err, told)
			}
			containsAll(t, details, "- client_name: ", "- client_uri: ", "- contacts: ")
			if strings.Contains(details, "accept_substitutions = [") {
				ways++
			}
		}
		if strict && ways != 1 {
			t.Errorf("%d errors say what can be done", ways)
		}
	}
}

// With strict, whatever differs fails: another value, an addition, and what the server does not show.
func TestStrict(t *testing.T) {
	t.Parallel()
	base := secured().With(attrs{"strict": true, "grant_types": []string{"authorization_code"}, "contacts": []string{"a@example.com"}})
	for name, test := range map[string]struct {
		faults fakeop.Faults
		member string
	}{
		"changed":   {fakeop.Faults{Substitute: map[string]any{"client_name": "Another"}}, "client_name"},
		"extended":  {fakeop.Faults{Substitute: map[string]any{"grant_types": []any{"authorization_code", "refresh_token"}}}, "grant_types"},
		"not shown": {fakeop.Faults{Drop: []string{"contacts"}}, "contacts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: test.faults}, nil)
			err := r.TryApply(base)
			if err == nil || !strings.Contains(err.Error(), test.member) || !strings.Contains(err.Error(), "strict is set") {
				t.Errorf("the error is %v", err)
			}
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("the server has %d clients left", n)
			}
			lax := base.With(attrs{"strict": nil})
			r.Apply(lax)
			if lines := r.told(); len(lines) != 1 || !strings.HasPrefix(lines[0], "warning "+test.member+": ") {
				t.Errorf("diagnostics %q", lines)
			}
			r.WantEmpty(lax)
		})
	}
	t.Run("order and spelling are no difference", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{ReorderArrays: true, LowerCaseTags: true, ArrayWhereString: []string{"scope"}}}, nil)
		config := base.With(attrs{
			"grant_types": []string{"refresh_token", "authorization_code"}, "scope": "b a", "localized": attrs{"JA": attrs{"client_name": "アプリ"}},
		})
		r.Apply(config)
		r.wantQuiet()
		r.WantEmpty(config)
	})
}

// A create that fails and cannot be rolled back leaves the client in the state, tainted, with its full handle: the next apply
// deletes it, by attributes alone, and creates another.
func TestRollbackImpossible(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(*fakeop.Server){
		"403": func(s *fakeop.Server) {
			s.ForceStatus(fakeop.OpDelete, http.StatusForbidden, http.StatusForbidden) // the read after the first one brings another token, with which it is sent again
		},
		"405": func(s *fakeop.Server) {
			s.ForceStatus(fakeop.OpDelete, http.StatusMethodNotAllowed, http.StatusMethodNotAllowed)
		},
		"ignored": func(s *fakeop.Server) { s.Force(fakeop.OpDelete, fakeop.Answer{Status: http.StatusOK}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"token_endpoint_auth_method": "client_secret_basic"}, RotateTokenOnRead: true}}
			r := newSubject(t, s, nil)
			refuse(s)
			if err := r.TryApply(secured()); err == nil {
				t.Fatal("the apply succeeds")
			}
			left := r.op.Clients()
			if len(left) != 1 || r.id() != left[0].ID {
				t.Fatalf("the server has %v, the state %q", left, r.id())
			}
			r.wantSays("Server registered other values", "token_endpoint_auth_method: asked for", "could not be deregistered", left[0].ID, "tainted")
			for attribute, want := range map[string]string{
				"client_secret": left[0].Secret, "registration_access_token": left[0].Token, "registration_client_uri": left[0].URI,
			} {
				if got := r.Text(attribute); got != want {
					t.Errorf("%s in the state is %q, want %q", attribute, got, want)
				}
			}
			s.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
			r.Apply(secured().With(attrs{"refresh": "always"}))
			now := r.op.Clients()
			if len(now) != 1 || now[0].ID == left[0].ID || r.id() != now[0].ID {
				t.Errorf("the server has %v after the next apply, the state %q", now, r.id())
			}
		})
	}
	t.Run("no management", func(t *testing.T) {
		t.Parallel()
		s := &fakeop.Server{Management: fakeop.ManagementOff, Faults: fakeop.Faults{Substitute: map[string]any{"token_endpoint_auth_method": "client_secret_basic"}}}
		r := newSubject(t, s, nil)
		if err := r.TryApply(secured()); err == nil {
			t.Fatal("the apply succeeds")
		}
		r.wantSays("offers no way to deregister")
		if !r.Tainted || r.id() != s.Clients()[0].ID {
			t.Errorf("the state has client %q, tainted: %v", r.id(), r.Tainted)
		}
	})
}

// An update whose outcome is refused has the state say what the server has now, with the new credentials, and the next plan shows what is
// refused again, or the way back.
func TestSubstitutedByUpdate(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, DropOnRead: []string{"contacts"}, DropOnWrite: []string{"contacts"}}}
	r := newSubject(t, s, nil)
	before := secured().With(attrs{"contacts": []string{"old@example.com"}})
	r.Apply(before)
	token := r.Text("registration_access_token")
	s.EditFaults(func(f *fakeop.Faults) { f.Substitute = map[string]any{"id_token_signed_response_alg": "HS256"} })
	after := before.With(attrs{"id_token_signed_response_alg": "PS256", "client_name": "App 2", "contacts": []string{"new@example.com"}})
	if err := r.TryApply(after); err == nil {
		t.Fatal("the apply succeeds")
	}
	r.wantSays("Server registered other values", "id_token_signed_response_alg: asked for", "accept_substitutions", "The next plan shows the difference again")
	for name, want := range map[string]string{"client_name": "App 2", "id_token_signed_response_alg": "HS256"} {
		if got := r.Text(name); got != want {
			t.Errorf("%s in the state is %q, and %q at the server", name, got, want)
		}
	}
	now := s.Clients()[0]
	if r.Text("registration_access_token") != now.Token || now.Token == token || r.Text("client_secret") != now.Secret {
		t.Error("the state has not got the credentials in force")
	}
	p := r.Plan(after)
	if got := r.ManagedChanges(p); !slices.Contains(got, "id_token_signed_response_alg") {
		t.Errorf("the next plan changes %v", got)
	}
	p = r.Plan(before)
	if got, want := r.ManagedChanges(p), []string{"client_name", "contacts", "id_token_signed_response_alg"}; !slices.Equal(got, want) {
		t.Errorf("the way back changes %v, want %v", got, want)
	}
	s.EditFaults(func(f *fakeop.Faults) { f.Substitute = nil })
	r.Apply(before)
	if got := s.Clients()[0].Metadata["contacts"]; len(got.([]any)) != 1 || got.([]any)[0] != "old@example.com" {
		t.Errorf("contacts are %v after the way back", got)
	}
	r.WantEmpty(before)
}

// What was agreed is no drift, anything else is.
func TestDriftAgainstWhatWasAgreed(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"scope": "openid", "client_uri": nil}, DropOnRead: []string{"contacts"}}}
	r := newSubject(t, s, nil)
	config := secured().With(attrs{"scope": "openid email", "client_uri": "https://app.example.com", "contacts": []string{"a@example.com"}})
	r.Apply(config)
	want := []string{
		"warning client_uri: Server does not show some parameters", "warning contacts: Server does not show some parameters when it is read", "warning scope: Server registered other values",
	}
	if got := r.told(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("diagnostics %q, want %q", got, want)
	}
	r.WantEmpty(config)

	for _, change := range []struct {
		member string
		value  any
		drift  []string
	}{
		{"scope", "openid", nil}, // as agreed
		{"scope", "profile", []string{"scope"}},
		{"scope", "openid", nil},
		{"scope", "openid email", nil},         // by now as asked
		{"scope", "email openid", nil},         // the same words
		{"scope", "openid", []string{"scope"}}, // which was agreed on before the server had what was asked for
		{"scope", "openid email", nil},
		{"client_uri", "https://app.example.com", nil},
		{"client_uri", "https://evil.example.com", []string{"client_uri"}},
		{"contacts", []string{"b@example.com"}, []string{"client_uri"}},       // never shown
		{"logo_uri", "https://evil.example.com/logo", []string{"client_uri"}}, // not managed
	} {
		s.SetMember(r.id(), change.member, change.value)
		if got := r.ManagedChanges(r.Plan(config)); !slices.Equal(got, change.drift) {
			t.Errorf("%s = %v at the server shows as %v, want %v", change.member, change.value, got, change.drift)
		}
	}
	s.UnsetMember(r.id(), "redirect_uris")
	if got, want := r.ManagedChanges(r.Plan(config)), []string{"client_uri", "redirect_uris"}; !slices.Equal(got, want) {
		t.Errorf("a member that is no longer shown shows as %v, want %v", got, want)
	}
}

// A server that re-serializes the keys and leaves out what it does not know of them is told once, for each set of keys; nothing is taken back and nothing
// left to do. Where it shows another key, the apply fails as ever.
func TestKeysThatAreReserialized(t *testing.T) {
	t.Parallel()
	reserialized := func(other string) func(any) any {
		return func(v any) any {
			set, _ := v.(map[string]any)
			keys, _ := set["keys"].([]any)
			var out []any
			for _, key := range keys {
				key := maps.Clone(key.(map[string]any))
				delete(key, "key_ops")
				delete(key, "ext")
				if other != "" {
					key["x"] = other
				}
				out = append(out, key)
			}
			return map[string]any{"keys": out}
		}
	}
	config := func(x string) attrs {
		return secured().With(attrs{
			"token_endpoint_auth_method": "private_key_jwt",
			"jwks":                       `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + x + `","kid":"1","use":"sig","key_ops":["verify"],"ext":true}]}`,
		})
	}
	const one, two = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa"
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"jwks": reserialized("")}}}, nil)
	for _, key := range []string{one, two} {
		r.Apply(config(key))
		containsAll(t, r.tells("warning jwks: Server registered other values"), "the server registered the same keys, written otherwise")
		r.start(nil)
		r.WantEmpty(config(key))
		r.silent()
	}
	wrong := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"jwks": reserialized(two)}}}, nil)
	err := wrong.TryApply(config(one))
	wants(t, err, "Server registered other values", "jwks", "the security of the client depends on this parameter")
}
