// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest/kinds"
)

// tryImport imports and reads, as Terraform does.
func (r *subject) tryImport(id string) error {
	r.t.Helper()
	r.Begin()
	return r.TryImport(&tfprotov6.ImportResourceStateRequest{ID: id})
}

// registeredBefore is a server with a client that no Terraform knows.
func registeredBefore(t *testing.T, s *fakeop.Server, client attrs) (id, uri, token string) {
	t.Helper()
	maker := newSubject(t, s, nil)
	maker.Apply(client)
	return maker.id(), maker.Text("registration_client_uri"), maker.Text("registration_access_token")
}

// What is imported equals the configuration that registered it: the plan after an import is empty, and what equals a default is not
// filled in.
func TestImportedClientNeedsNoChange(t *testing.T) {
	t.Parallel()
	created, _, _ := kinds.Module()
	for name, s := range map[string]*fakeop.Server{
		"correct":       {},
		"URI by query":  {ClientURI: fakeop.URIQuery},
		"one URI":       {ClientURI: fakeop.URIEndpoint},
		"odd":           {Faults: fakeop.Faults{ReorderArrays: true, NullsForUnset: true, EmptyStringsForUnset: true, EmptyArraysForUnset: true, FalseForUnset: true, EmptyObjectForJWKS: true, ArrayWhereString: []string{"scope", "client_name"}, StringWhereArray: []string{"response_types"}, NumericStringTimes: true}},
		"hides a lot":   {Faults: fakeop.Faults{OmitSecretOnRead: true, OmitTokenOnRead: true, OmitURIOnRead: true}},
		"hashed secret": {Faults: fakeop.Faults{HashedSecretOnRead: true}},
		"own members":   {Faults: fakeop.Faults{AddMembers: map[string]any{"x_own": map[string]any{"a": 1}, "subject_type": "public"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, uri, token := registeredBefore(t, s, created)
			r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
			err := r.tryImport(uri)
			if s.ClientURI == fakeop.URIEndpoint { // the URI names no client; the token is then found by nothing
				if err == nil || !strings.Contains(err.Error(), "No credential") {
					t.Errorf("the import says %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.id() != id || r.Text("registration_access_token") != token || r.Text("registration_client_uri") != uri {
				t.Errorf("the handle is %s, %s", r.id(), r.Text("registration_client_uri"))
			}
			wantSecret := s.CurrentSecret(id)
			if s.Faults.OmitSecretOnRead {
				wantSecret = ""
			}
			switch got := r.Text("client_secret"); {
			case s.Faults.HashedSecretOnRead:
				// Nothing else is known, and what looks like a hash may be the secret.
				if told := r.details(); got == "" || !strings.Contains(told, "may be a hash or a mask") {
					t.Errorf("client_secret is %q, with\n%s", got, told)
				}
			case got != wantSecret:
				t.Errorf("client_secret is %q, want %q", got, wantSecret)
			}
			for _, p := range metadata.All() {
				if v := r.Value(p.Name); !v.IsNull() && created[p.Name] == nil && p.Name != "subject_type" {
					t.Errorf("%s is filled in as %s", p.Name, v)
				}
			}
			config := created.With(nil)
			// What says no more than the default is left out by an import, and coming under management then sends nothing.
			want := []string{}
			for _, name := range []string{"response_types"} {
				if r.Value(name).IsNull() {
					want = append(want, name)
				}
			}
			if r.Value("subject_type").IsKnown() && !r.Value("subject_type").IsNull() {
				config["subject_type"] = "public"
			}
			if got := r.ManagedChanges(r.Plan(config)); !slices.Equal(got, want) {
				t.Errorf("the plan after the import changes %v, want %v", got, want)
			}
			s.ResetLog()
			r.Apply(config)
			if n := s.CountOf(fakeop.OpUpdate); n != 0 {
				t.Errorf("%d updates were sent", n)
			}
			r.WantEmpty(config)
			r.Apply(config.With(attrs{"client_name": "App 2"}))
			r.WantEmpty(config.With(attrs{"client_name": "App 2"}))
			r.Destroy()
		})
	}
}

// Client identifiers with characters that mean something in a URI.
func TestImportByAwkwardIdentifier(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a/b", "..", "a b", "a%2Fb", "ü", "a?b#c", "https-a:b"} {
		t.Run(url.PathEscape(id), func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{ClientID: func(int) string { return id }}
			_, _, token := registeredBefore(t, s, secured())
			r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
			if err := r.tryImport(id); err != nil {
				t.Fatal(err)
			}
			if r.id() != id {
				t.Errorf("client %q was imported as %q", id, r.id())
			}
			r.WantEmpty(secured())
			r.Destroy()
		})
	}
}

// An import without a token says under which name the provider takes one, as it is to be written, whatever the client is called.
func TestImportSaysWhereItsTokenBelongs(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{ClientID: func(n int) string { return fmt.Sprintf(`%d"a ${c}`, n) }}
	id, uri, token := registeredBefore(t, s, secured())
	for _, by := range []string{id, uri} {
		r := newSubject(t, s, nil)
		err := r.tryImport(by)
		if err == nil {
			t.Fatal("imported without a token")
		}
		containsAll(t, err.Error(), `registration_access_tokens = { "1\"a $${c}" = var.registration_access_token }`)
		r = newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
		if err := r.tryImport(by); err != nil {
			t.Error(err)
		}
	}
}

// A client_id in a configuration is refused by name, and both ways that the error names work.
func TestWhatTheServerAssignsIsNotConfigured(t *testing.T) {
	t.Parallel()
	made := newSubject(t, &fakeop.Server{}, nil)
	made.Apply(secured())
	r := newSubject(t, made.op, attrs{"registration_access_tokens": attrs{made.id(): made.Text("registration_access_token")}})
	_, err := r.TryPlan(secured().With(attrs{"client_id": made.id()}))
	wants(t, err, "Attribute cannot be set", "client_id", "Remove it from the configuration.", "terraform import ADDRESS CLIENT_ID")
	if err := r.tryImport(made.id()); err != nil {
		t.Fatal(err)
	}
	r.WantEmpty(secured())
}

func TestImportThatFails(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, secured())
	for name, test := range map[string]struct {
		id       string
		settings attrs
		says     string
		quiet    bool // nothing is sent to the client's URI
	}{
		"nothing":             {"", nil, "registration_client_uri", true},
		"no credential":       {uri, nil, "OIDC_REGISTRATION_ACCESS_TOKENS", true},
		"plain HTTP":          {"http://op.example.com/register/a", attrs{"registration_access_tokens": attrs{"a": "t"}}, "https", true},
		"no URL":              {"ftp://op.example.com/a", attrs{"registration_access_tokens": attrs{"a": "t"}}, "scheme", true},
		"password in the URL": {"https://user:pass@op.example.com/register/a", attrs{"registration_access_tokens": attrs{"a": "t"}}, "user information", true},
		"wrong token":         {uri, attrs{"registration_access_tokens": attrs{id: "wrong"}}, "another client's", false},
		"another's token":     {s.RegistrationEndpoint() + "/nobody", attrs{"registration_access_tokens": attrs{"nobody": "wrong"}}, "the token is outdated or another client's", false},
		"no management":       {uri, attrs{"registration_access_tokens": attrs{id: token}, "management": "none"}, "cannot be imported", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newSubject(t, s, test.settings)
			s.ResetLog()
			err := r.tryImport(test.id)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the import says %v, want %q", err, test.says)
			}
			if err != nil && (strings.Contains(err.Error(), ":pass@") || strings.Contains(err.Error(), token)) {
				t.Errorf("the error shows a credential: %v", err)
			}
			if n := s.CountOf(fakeop.OpRead); test.quiet && n > 0 {
				t.Errorf("%d reads were sent", n)
			}
		})
	}
	t.Run("gone", func(t *testing.T) {
		s.EditFaults(func(f *fakeop.Faults) { f.GoneStatus = http.StatusNotFound })
		s.RemoveClient(id)
		r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
		if err := r.tryImport(uri); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("the import says %v", err)
		}
	})
	t.Run("deregistered before", func(t *testing.T) {
		other, _, otherToken := registeredBefore(t, s, secured())
		journaled := attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}}
		r := newSubject(t, s, journaled)
		r.Apply(secured())
		id, token := r.id(), r.Text("registration_access_token")
		r.Destroy()
		r.start(journaled.With(attrs{"registration_access_tokens": attrs{id: token, other: otherToken}}))
		err := r.tryImport(id)
		if err == nil {
			t.Fatal("a client that is gone was imported")
		}
		containsAll(t, err.Error(), "Client to import not found", "terraform import ADDRESS CLIENT_ID")
		if err := r.tryImport(other); err != nil {
			t.Errorf("the way out does not work: %v", err)
		}
	})
}

// TestRefusedImportByURI names the client so that the advice works as it is written.
func TestRefusedImportByURI(t *testing.T) {
	server := &fakeop.Server{}
	id, uri, _ := registeredBefore(t, server, secured())
	t.Setenv(tokensVariable, tokensOf(t, map[string]string{id: "a-wrong-token"}))
	r := newSubject(t, server, nil)
	err := r.tryImport(uri)
	if err == nil {
		t.Fatal("there is no error")
	}
	containsAll(t, err.Error(), "the environment variable OIDC_REGISTRATION_ACCESS_TOKENS", "export OIDC_REGISTRATION_ACCESS_TOKENS='{\""+id+"\":\"TOKEN\"}'", "import again")
	line := err.Error()
	containsNone(t, err.Error(), `"" =`, "Client  ", "the next apply saves it")
	r.start(attrs{"registration_access_tokens": map[string]any{id: "a-wrong-token-0123"}})
	if err = r.tryImport(uri); err == nil {
		t.Fatal("there is no error")
	}
	containsAll(t, err.Error(), id, "is that of registration_access_tokens on the provider", "import again")
	containsNone(t, err.Error(), tokensVariable)
	t.Setenv(tokensVariable, exported(t, line, server.ReissueToken(id)))
	r.start(nil)
	if err := r.tryImport(uri); err != nil {
		t.Error(err)
	}
	r.start(attrs{"registration_access_tokens": map[string]any{id: server.ReissueToken(id)}})
	if err := r.tryImport(uri); err != nil {
		t.Error(err)
	}
}
