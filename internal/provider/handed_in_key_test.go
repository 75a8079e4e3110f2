// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"regexp"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

var handInLine = regexp.MustCompile(`registration_access_tokens = \{ "([^"]*)" = var\.registration_access_token \}`)

// keyTold is the key that a message has for the token on the provider.
func keyTold(t *testing.T, message string) string {
	t.Helper()
	found := handInLine.FindStringSubmatch(message)
	if found == nil {
		t.Fatalf("there is no line for a token in\n%s", message)
	}
	return found[1]
}

// handing is the setting that hands tokens in.
func handing(tokens map[string]string) attrs {
	all := attrs{}
	for key, token := range tokens {
		all[key] = token
	}
	return attrs{"registration_access_tokens": all}
}

// A token by the client's address goes before one by its client_id, wherever it is set: where a wrong one is there, the key that a message has is the address,
// and beside what is there already the line works as it is written.
func TestKeyOfAWrongTokenByAddress(t *testing.T) {
	const wrong = "wrong-token-0123456789"
	type try func(t *testing.T, r *subject, settings attrs) error
	for block, using := range map[string]try{
		"resource": func(_ *testing.T, r *subject, settings attrs) error {
			r.start(settings)
			_, err := r.TryPlan(app)
			return err
		},
		"import": func(t *testing.T, r *subject, settings attrs) error {
			return newSubject(t, r.op, settings).tryImport(r.id())
		},
		"data source": func(t *testing.T, r *subject, settings attrs) error {
			_, err := start(t, attrs{"issuer": r.op.Issuer()}.With(settings)).ReadData("oidc_client", attrs{"client_id": r.id()})
			return err
		},
	} {
		for _, environment := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, environment %t", block, environment), func(t *testing.T) {
				server := &fakeop.Server{}
				r := newSubject(t, server, nil)
				r.Apply(app)
				uri, token := r.Text("registration_client_uri"), server.ReissueToken(r.id())
				tokens := map[string]string{"another": "another-token-0123456789", uri: wrong}
				on := func(tokens map[string]string) attrs {
					if environment {
						t.Setenv(tokensVariable, tokensOf(t, tokens))
						return nil
					}
					return handing(tokens)
				}
				err := using(t, r, on(tokens))
				if err == nil {
					t.Fatal("the wrong token works")
				}
				beside := maps.Clone(tokens)
				var settings attrs
				switch exports := environment && block != "resource"; {
				case exports:
					t.Setenv(tokensVariable, exported(t, err.Error(), token))
				case environment:
					settings = handing(map[string]string{keyTold(t, err.Error()): token})
				default:
					beside[keyTold(t, err.Error())] = token
					settings = on(beside)
				}
				if err := using(t, r, settings); err != nil {
					t.Errorf("the line that was told does not work: %v", err)
				}
			})
		}
	}
}

// At one address for all clients, a token by the address is one client's at most: another client's message says that it goes before one by client_id, that it
// was answered with another client, and what to do.
func TestTokenByTheAddressOfAllClients(t *testing.T) {
	server := &fakeop.Server{ClientURI: fakeop.URIEndpoint}
	server.Start(t)
	one, other := newSubject(t, server, nil), newSubject(t, server, nil)
	one.Apply(app)
	other.Apply(service)
	tokens := map[string]string{one.Text("registration_client_uri"): server.ReissueToken(one.id()), other.id(): server.ReissueToken(other.id())}
	other.start(handing(tokens))
	said := other.failing(func() error { _, err := other.TryPlan(service); return err })
	containsAll(t, said, "The token in registration_access_tokens of the provider was tried, too, and is another client's: the server answered it with that one.",
		"It goes before one by client_id: hand in the tokens of the clients at that address by their client_id instead.")
	containsNone(t, said, "did not accept it")
	if key := keyTold(t, said); key != other.id() {
		t.Errorf("the key is %q", key)
	}
	tokens = map[string]string{one.id(): server.CurrentToken(one.id()), other.id(): server.CurrentToken(other.id())}
	for r, config := range map[*subject]attrs{one: app, other: service} {
		r.start(handing(tokens))
		r.WantEmpty(config)
		r.holds()
	}
}

// A token that a plan could not try is in no state yet either, and the message names the place where it is set.
func TestUntriedTokenIsSavedByAnApplyAlone(t *testing.T) {
	for _, environment := range []bool{false, true} {
		server := &fakeop.Server{}
		never := attrs{"refresh": "never"}
		r := newSubject(t, server, never)
		r.Apply(app)
		token := server.ReissueToken(r.id())
		handed, place := never.With(handing(map[string]string{r.id(): token})), "registration_access_tokens of the provider"
		if environment {
			handed, place = never, "the environment variable "+tokensVariable
			t.Setenv(tokensVariable, tokensOf(t, map[string]string{r.id(): token}))
		}
		state, private := r.State, r.Private
		r.start(handed)
		r.WantEmpty(app)
		r.tells("Registration access token not tried yet")
		containsAll(t, r.details(), "its token in "+place+" could not be tried.", "An apply saves it in the state, and the next request tries it. A plan does not save it: until an apply, leave it where it is set.")
		r.State, r.Private = state, private // as after a plan
		without := func() {
			if environment {
				t.Setenv(tokensVariable, "")
			}
			r.start(never)
		}
		without()
		r.failing(func() error { return r.TryApply(renamed) })
		if environment {
			t.Setenv(tokensVariable, tokensOf(t, map[string]string{r.id(): token}))
		}
		r.start(handed)
		r.Apply(app)
		without()
		r.Apply(renamed)
		r.holds()
	}
}

// Where the state has no token, none in it was refused.
func TestHandedInTokenWhereTheStateHasNone(t *testing.T) {
	server := &fakeop.Server{Management: fakeop.ManagementNoToken, AdminToken: adminToken}
	settings := attrs{"initial_access_token": adminToken}
	r := newSubject(t, server, settings)
	r.Apply(app)
	r.start(settings.With(handing(map[string]string{r.id(): server.ReissueToken(r.id())})))
	r.WantEmpty(app)
	containsAll(t, r.tells("Registration access token accepted"), "from registration_access_tokens of the provider. The state had none.")
	containsNone(t, r.details(), "refused")
}
