// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client of a server that the resource names itself is imported as it is: the import is told nothing of the configuration, and a
// replacement would delete what was just imported.
func TestImportIntoAResourceWithItsOwnServer(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]func(*fakeop.Server) attrs{
		"issuer":                func(s *fakeop.Server) attrs { return attrs{"issuer": s.Issuer()} },
		"registration_endpoint": func(s *fakeop.Server) attrs { return attrs{"registration_endpoint": s.RegistrationEndpoint()} },
		"both": func(s *fakeop.Server) attrs {
			return attrs{"issuer": s.Issuer(), "registration_endpoint": s.RegistrationEndpoint()}
		},
	} {
		for home, settings := range map[string]func(*fakeop.Server) attrs{
			"another server": func(s *fakeop.Server) attrs { return attrs{"issuer": s.Issuer()} },
			"no server":      func(*fakeop.Server) attrs { return attrs{"issuer": nil} },
			"endpoint":       func(s *fakeop.Server) attrs { return attrs{"registration_endpoint": s.RegistrationEndpoint()} },
			"with a journal": func(s *fakeop.Server) attrs {
				return attrs{"issuer": s.Issuer(), "token_journal": attrs{"path": "journal"}}
			},
			"no server known": func(*fakeop.Server) attrs { return attrs{"issuer": nil, "token_journal": attrs{"path": "journal"}} },
		} {
			t.Run(name+", provider with "+home, func(t *testing.T) {
				t.Parallel()
				away, homeServer := &fakeop.Server{Seed: "away"}, &fakeop.Server{Seed: "home"}
				id, uri, token := registeredBefore(t, away, secured())
				homeServer.Start(t)
				given := settings(homeServer)
				if given["token_journal"] != nil {
					given["token_journal"] = attrs{"path": filepath.Join(t.TempDir(), "journal")}
				}
				r := newSubject(t, homeServer, given.With(attrs{"registration_access_tokens": attrs{id: token}}))
				away.ResetLog()
				err := r.tryImport(uri)
				if given["issuer"] == nil && given["registration_endpoint"] == nil {
					if err != nil {
						t.Fatal(err) // there is no other server that the client_id may be of
					}
				} else {
					if err == nil || away.CountOf(fakeop.OpRead) != 0 {
						t.Fatalf("a token by client_id is for the provider's server: %v, %v", err, away.Log())
					}
					containsAll(t, err.Error(), "for a client of the server that the provider is configured for", `registration_access_tokens = { "`+uri+`" = var.registration_access_token }`)
					r.start(given.With(attrs{"registration_access_tokens": attrs{uri: token}}))
					if err := r.tryImport(uri); err != nil {
						t.Fatal(err)
					}
				}
				config := secured().With(where(away))
				if p := r.Plan(config); r.anew(p) {
					t.Fatalf("the plan replaces what was imported: %s", r.Describe(p))
				}
				r.Apply(config)
				r.WantEmpty(config)
				if r.id() != id || len(away.Clients()) != 1 {
					t.Errorf("client %s is now %s", id, r.id())
				}
				r.Destroy()
				if len(away.Clients()) != 0 {
					t.Error("the client is left")
				}
			})
		}
	}
}

// An import of a server that shows no client is refused and says why: a state without a client_id would be of no client.
func TestImportFromAServerWithoutReading(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer        fakeop.Answer
		summary, said string
	}{
		"405":          {fakeop.NotAllowed("PUT, DELETE"), "Client cannot be imported", "405"},
		"501":          {fakeop.NotImplemented(), "Client cannot be imported", "501"},
		"unsupported":  {fakeop.Unsupported(), "Client cannot be imported", "403"},
		"404":          {fakeop.NotFoundPage(), "Client not found", "404"},
		"500":          {fakeop.InternalError(), "Client not readable", "500"},
		"a login page": {fakeop.LoginPage(), "Client not readable", "redirect to"},
		"a page":       {fakeop.Welcome(), "Client not readable", "200"},
		"401":          {fakeop.Unauthorized(true), "Client is gone, or its token is outdated", "401"},
	} {
		for by := range namings(t, &fakeop.Server{}, "", "") {
			t.Run(name+" by "+by, func(t *testing.T) {
				t.Parallel()
				s, home := &fakeop.Server{}, &fakeop.Server{Seed: "home"}
				id, uri, token := registeredBefore(t, s, secured())
				home.Start(t)
				s.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(c.answer) })
				for _, missing := range []string{"error", "keep", "recreate"} {
					settings := attrs{"registration_access_tokens": attrs{uri: token}, "max_retries": 0, "on_missing": missing}
					all := map[string]attrs{"by itself": settings, "with a journal": settings.With(attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}})}
					if namingTells(by) {
						all["from another server's provider"] = settings.With(attrs{"issuer": home.Issuer()})
						all["from another server's provider with a journal"] = all["with a journal"].With(attrs{"issuer": home.Issuer()})
					}
					for which, settings := range all {
						r := newSubject(t, s, settings)
						err := r.TryImport(namings(t, s, id, uri)[by])
						if err == nil {
							t.Errorf("%s, with on_missing = %s the import succeeds", which, missing)
							continue
						}
						for _, want := range []string{c.summary, "GET " + uri, c.said, "To fix this:"} {
							if !strings.Contains(err.Error(), want) {
								t.Errorf("%s, with on_missing = %s the refusal does not say %q: %v", which, missing, want, err)
							}
						}
						if strings.Contains(err.Error(), token) {
							t.Errorf("%s, with on_missing = %s the refusal has the token", which, missing)
						}
					}
				}
			})
		}
	}
}

// A language tag in another case names the same variant (RFC 5646 §2.1.1): the state follows the configuration, and nothing is sent,
// least of all for another client.
func TestLanguageTagInAnotherCase(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*fakeop.Server{
		"managed": {}, "without management": {Management: fakeop.ManagementOff}, "lower case": {Faults: fakeop.Faults{LowerCaseTags: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.Extensions = []string{"x_a"}
			r := newSubject(t, s, nil)
			config := func(tag string) attrs {
				return secured().With(attrs{"localized": attrs{tag: attrs{"client_name": "一"}, "de": attrs{}}, "extension_metadata": attrs{"x_a#ja": "b"}})
			}
			r.Apply(config("ja"))
			r.WantEmpty(config("ja"))
			id := r.id()
			s.ResetLog()
			if p := r.Plan(config("JA")); r.anew(p) {
				t.Fatalf("another case is another client: %s", r.Describe(p))
			}
			r.Apply(config("JA"))
			r.WantEmpty(config("JA"))
			if r.id() != id || s.CountOf(fakeop.OpUpdate) != 0 || s.CountOf(fakeop.OpRegister) != 0 {
				t.Errorf("client %s is now %s; requests: %v", id, r.id(), s.Log())
			}
			empty := secured().With(attrs{"localized": attrs{"ja": attrs{}}, "extension_metadata": attrs{"x_a#ja": "b"}})
			r.Apply(empty)
			r.WantEmpty(empty)
		})
	}
}
