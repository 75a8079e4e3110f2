// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// asymmetric is a client that has no secret: it authenticates with a key (RFC 7523).
func asymmetric(name string) metadata.Document {
	doc := machine(name)
	doc["token_endpoint_auth_method"], doc["jwks_uri"] = "private_key_jwt", "https://a.example/jwks"
	return doc
}

// oneWrongAnswer fails unless the old client is kept beside one registration that was answered wrongly, and replaced by the next, which is answered as it is.
func (l *life) oneWrongAnswer(what string, old *fakeop.Server, id string, out outcome.Outcome, doc metadata.Document) {
	l.t.Helper()
	if _, lives := old.Client(id); !lives || !out.Has(outcome.NewNotProven) && !out.Has(outcome.NewSecretNotKnown) || l.state.Handle.ClientID != id {
		l.t.Fatalf("%s: given up for one answer: %s", what, kinds(out.Problems))
	}
	l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = nil })
	m := l.later(authserver.Settings{})
	if out = m.replace(doc, authserver.Behaviour{}); out.Failed() || m.state.Handle.ClientID == id {
		l.t.Fatalf("%s: not replaced by an answer that is right: %s", what, kinds(out.Problems))
	}
	client, _ := l.op.Client(m.state.Handle.ClientID)
	if client.Secret != m.state.Handle.ClientSecret.Reveal() || client.Token != m.state.Handle.RegistrationAccessToken.Reveal() {
		l.t.Errorf("%s: the new one's credentials are lost", what)
	}
}

// A read that shows a client without its secret says nothing of the secret, which one answer alone has. Where the token endpoint refuses it, and nothing is told of
// the old one's, that one is kept.
func TestReplaceAtAnotherServerThatShowsAClientWhoseSecretIsWrong(t *testing.T) {
	for name, silent := range map[string]fakeop.Faults{
		"managed": {TokenChecksGrantFirst: true}, "without reads": {TokenChecksGrantFirst: true, ReadStatus: http.StatusMethodNotAllowed},
		"without management": {TokenChecksGrantFirst: true, Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}},
		"refusing everyone":  {TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
	} {
		for there, f := range map[string]fakeop.Faults{"reads": {OmitSecretOnRead: true}, "no reads": {ReadStatus: http.StatusMethodNotAllowed}} {
			l := begin(t, &fakeop.Server{Faults: silent}, authserver.Settings{})
			l.registerAs(machine("a"))
			id := l.state.Handle.ClientID
			f.Registration.Calls = fakeop.Always(newClients["a wrong secret"])
			m, out := l.moves(&fakeop.Server{Seed: "other"}, f, "machine")
			m.oneWrongAnswer(name+", "+there, l.op, id, out, machine("b"))
		}
	}
}

// The same at the old client's own server, where that one has no secret, or one that is not known here, or the token endpoint answers no more questions.
func TestReplaceThatShowsAClientWhoseSecretIsWrong(t *testing.T) {
	inBody := machine("a")
	inBody["token_endpoint_auth_method"] = "client_secret_post"
	for name, doc := range map[string]metadata.Document{"a key": asymmetric("a"), "an unknown secret": machine("a"), "an unknown secret in the body": inBody} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, UpdateStatus: http.StatusMethodNotAllowed}}, authserver.Settings{})
		l.registerAs(doc)
		id := l.state.Handle.ClientID
		l.state.Handle.ClientSecret = secret.String{}
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(newClients["a wrong secret"]) })
		l = l.later(authserver.Settings{})
		out := l.replace(machine("b"), authserver.Behaviour{})
		l.oneWrongAnswer(name, l.op, id, out, machine("b"))
	}
}

// A token endpoint that takes the secret of a client says nothing of the token that would manage it, which one answer alone has.
func TestReplaceAtAnotherServerThatRefusesTheToken(t *testing.T) {
	for kind, doc := range kindsOfClient {
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.registerAs(doc("a"))
		id := l.state.Handle.ClientID
		m, out := l.moves(&fakeop.Server{Seed: "other"}, fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(newClients["a wrong token"])}}, kind)
		m.oneWrongAnswer(kind, l.op, id, out, doc("b"))
	}
}

// Servers that answer so each time are told from one wrong answer by the next registration.
func TestReplaceAtServersThatRefuseEachTime(t *testing.T) {
	noTokens := fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Unauthorized(true))}
	for there, f := range map[string]fakeop.Faults{
		"no secret is taken":          {OmitSecretOnRead: true, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}},
		"no token is taken":           {Reading: noTokens},
		"no secret and no token":      {Reading: noTokens, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}, AuthorizeErrorPage: true},
		"no secret and no management": {Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(unmanaged)}, TokenEndpoint: fakeop.TokenEndpointFaults{Calls: knowsNobody}, AuthorizeErrorPage: true},
	} {
		for _, elsewhere := range []bool{true, false} {
			for _, method := range []string{"private_key_jwt", "client_secret_basic"} {
				t.Run(fmt.Sprintf("%s, elsewhere %v, from %s", there, elsewhere, method), func(t *testing.T) {
					t.Parallel()
					doc := machine("a")
					if method == "private_key_jwt" {
						doc = asymmetric("a")
					}
					l := begin(t, &fakeop.Server{Faults: fakeop.Faults{TokenChecksGrantFirst: true}}, authserver.Settings{})
					l.registerAs(doc)
					id := l.state.Handle.ClientID
					m, out := l, outcome.Outcome{}
					if elsewhere {
						m, out = l.moves(&fakeop.Server{Seed: "other"}, f, "machine")
					} else {
						f.TokenChecksGrantFirst = true
						l.op.SetFaults(f)
						m = l.later(authserver.Settings{})
						out = m.replace(machine("b"), authserver.Behaviour{})
					}
					for range 2 {
						if !out.Failed() {
							break
						}
						if !out.Problems[0].CountsOnce {
							t.Errorf("not said to count once: %s", kinds(out.Problems))
						}
						m = m.later(authserver.Settings{})
						out = m.replace(machine("b"), authserver.Behaviour{})
					}
					if out.Failed() || m.state.Handle.ClientID == id {
						t.Errorf("not replaced in the end: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// secretless is a registration that is answered without the secret.
var secretless = shows("client_secret", nil, "client_secret_expires_at", nil)

// A client that has no secret works. The one in its place that needs one does not, where the one answer that would have held it does not.
func TestReplaceOfAClientWithoutASecretByOneWhoseSecretIsNotShown(t *testing.T) {
	for name, doc := range map[string]func(string) metadata.Document{"a key": asymmetric, "public": public} {
		for reads, f := range map[string]fakeop.Faults{
			"hidden": {OmitSecretOnRead: true}, "no reads": {ReadStatus: http.StatusMethodNotAllowed}, "hidden, and endpoints that are dim": {OmitSecretOnRead: true, TokenChecksGrantFirst: true, AuthorizeErrorPage: true},
		} {
			for _, each := range []bool{false, true} {
				for _, elsewhere := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, %s, each time %v, elsewhere %v", name, reads, each, elsewhere), func(t *testing.T) {
						t.Parallel()
						f := f
						f.UpdateStatus = http.StatusMethodNotAllowed
						l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
						l.registerAs(doc("a"))
						id := l.state.Handle.ClientID
						f.Registration.Calls = fakeop.Always(secretless)
						m, out := l, outcome.Outcome{}
						if elsewhere {
							m, out = l.movesTo(&fakeop.Server{Seed: "other"}, f, web("b"), authserver.Settings{})
						} else {
							l.op.SetFaults(f)
							m = l.later(authserver.Settings{})
							out = m.replace(web("b"), authserver.Behaviour{})
						}
						if !out.Has(outcome.NewSecretNotKnown) || !out.Problems[0].CountsOnce {
							t.Fatalf("%s", kinds(out.Problems))
						}
						if !each {
							m.oneWrongAnswer("once", l.op, id, out, web("b"))
							return
						}
						if _, lives := l.op.Client(id); !lives || m.state.Handle.ClientID != id {
							t.Fatalf("given up for one answer: %s", kinds(out.Problems))
						}
						m = m.later(authserver.Settings{})
						if out = m.replace(web("b"), authserver.Behaviour{}); out.Failed() || m.state.Handle.ClientID == id {
							t.Errorf("not replaced, though no answer there holds a secret: %s", kinds(out.Problems))
						}
					})
				}
			}
		}
	}
}

// A client that is to have no secret lacks none, nor does one of which the state is to hold none.
func TestReplaceOfAClientWithoutASecretByOneThatNeedsNone(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed, OmitSecretOnRead: true}}, authserver.Settings{})
	l.registerAs(public("a"))
	l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(secretless) })
	l = l.later(authserver.Settings{})
	if out := l.replace(asymmetric("b"), authserver.Behaviour{}); out.Failed() {
		t.Fatal(kinds(out.Problems))
	}
	out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{
		Old: l.state, Registration: lifecycle.Registration{Asked: web("c"), SecretUnstored: true},
	}, l.save)
	if out.Failed() {
		t.Error(kinds(out.Problems))
	}
}
