// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// oddValues are what an unknown value of a type may turn out to be, usable or not.
func oddValues(typ tftypes.Type) []any {
	switch {
	case typ.Is(tftypes.String):
		return []any{nil, "", " ", "\x00", "not-this", "https://", "{", "-1h"}
	case typ.Is(tftypes.Number):
		return []any{nil, -1, 0, mustNumber("1e30"), 1.5}
	case typ.Is(tftypes.Bool):
		return []any{nil, true, false}
	case typ.Is(tftypes.List{}), typ.Is(tftypes.Set{}):
		return []any{nil, []any{}, []any{""}, []any{nil}, []any{"a", "a"}}
	case typ.Is(tftypes.Map{}), typ.Is(tftypes.Object{}):
		return []any{nil, attrs{}}
	}
	return []any{nil, attrs{}, []any{}, "text", 1, attrs{"": 1}, attrs{"x_a": nil}, attrs{"client_id": "mine"}}
}

// Whatever an unknown value of the resource turns out to be, even what no configuration may hold: the apply succeeds or says which
// attribute is wrong, and it keeps Terraform's rules.
func TestUnknownValuesThatTurnOutOdd(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for n, a := range all.ResourceSchemas[clientType].Block.Attributes {
		if !a.Optional {
			continue
		}
		values := oddValues(a.ValueType())
		if _, parameter := metadata.Lookup(a.Name); parameter && len(values) > 3 {
			values = values[:3] // the checks of parameters are held in package metadata
		}
		for i, odd := range values {
			exists := (n+i)%2 == 0
			t.Run(fmt.Sprintf("%s %d, %t", a.Name, i, exists), func(t *testing.T) {
				t.Parallel()
				turnsOut(t, exists, a.Name, odd)
			})
		}
	}
}

// A token that was read from a file with a line break at its end is told, without the token, and trimspace() helps: of the provider's
// token by the plan, and of a resource's, which only a registration needs, by that registration.
func TestTokenWithALineBreak(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{InitialAccessTokens: map[string]int{"token-4711": 0}}
	r := newSubject(t, op, attrs{"initial_access_token": tftest.Unknown{}})
	err := r.configure(attrs{"initial_access_token": "token-4711\n"})
	if err == nil {
		t.Fatal("the provider takes the token")
	}
	containsAll(t, err.Error(), "initial_access_token cannot be used", "Correct it. What is read from a file may end in a line break, which trimspace() removes.")
	containsNone(t, err.Error(), "token-4711")

	if err := r.configure(attrs{"initial_access_token": "token-4711"}); err != nil {
		t.Fatal(err)
	}
	r.Apply(secured())
}

// A credential that is to be had first, and is not.
func TestCredentialThatCannotBeHad(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{RegistrationScope: "register"}
	op.Start(t)
	op.AddClient("robot", "word", map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
	by := func(secret string) attrs {
		return attrs{"issuer": op.Issuer(), "client_credentials": attrs{"client_id": "robot", "client_secret": secret, "scopes": []string{"register"}}}
	}
	r := newSubject(t, op, by("wrong"))
	err := r.TryApply(secured())
	if err == nil {
		t.Fatal("the client is registered")
	}
	containsAll(t, err.Error(), "Correct client_id, client_secret or private_key", "was not sent")
	if err := r.configure(by("word")); err != nil {
		t.Fatal(err)
	}
	r.Apply(secured())
}

// What no request can carry is told before there is one, wherever a token is set.
func TestMalformedTokensAreToldAtValidate(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{InitialAccessTokens: map[string]int{"token-4711": 0}}
	for token, way := range map[string]string{"token-4711\n": "trimspace()", "Bearer token-4711": `Write the token without "Bearer " in front of it.`} {
		r := newSubject(t, op, nil)
		_, onResource := r.TryPlan(secured().With(attrs{"initial_access_token": token}))
		for where, err := range map[string]error{
			"resource": onResource,
			"provider": r.configure(attrs{"initial_access_token": token}),
			"tokens":   r.configure(attrs{"registration_access_tokens": attrs{"a": token}}),
		} {
			if err == nil {
				t.Fatalf("%s takes %q", where, token)
			}
			containsAll(t, err.Error(), "Unusable credential", way)
			containsNone(t, err.Error(), "token-4711")
		}
	}
	r := newSubject(t, op, attrs{"initial_access_token": strings.TrimPrefix("Bearer token-4711", "Bearer ")})
	r.Apply(secured())
}

func turnsOut(t *testing.T, exists bool, name string, odd any) {
	op := &fakeop.Server{Extensions: []string{"x_a"}}
	op.Start(t)
	r := newRig(t, op)
	start := func() error { return r.Start(attrs{"issuer": op.Issuer(), "max_retries": 0}) }
	if err := start(); err != nil {
		t.Fatal(err)
	}
	one := func(config attrs) map[string]attrs { return map[string]attrs{theClient: config} }
	config := attrs{"redirect_uris": []string{"https://a.example.com/"}, "client_name": "App"}
	if exists {
		if err := r.Apply(one(config)); err != nil {
			t.Fatal(err)
		}
	}
	then := config.With(attrs{name: odd})
	if odd == nil {
		delete(then, name)
	}
	err := r.ApplyLater(one(config.With(attrs{name: tftest.Unknown{}})), start, one(then))
	for _, b := range r.Broken() {
		t.Errorf("%#v: %s", odd, b)
	}
	switch {
	case err == nil:
		// A token that nothing was sent with is refused by the next plan.
		if left, err := r.Changes(one(then)); err != nil && !strings.Contains(err.Error(), name+" cannot be used") || len(left) > 0 {
			t.Errorf("%#v: left to do: %v, %v", odd, left, err)
		}
	case !strings.Contains(err.Error()+strings.Join(told(r.Told()), "\n"), name) && !strings.Contains(err.Error(), "Server said:"): // which parameter a server refuses is its to say
		t.Errorf("%#v: the error does not name %s: %v", odd, name, err)
	}
	if err := r.Destroy(); err != nil {
		t.Errorf("destroy: %v", err)
	}
	if n := len(op.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}
