// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// oddSettings are what an unknown attribute of the provider may turn out to be, beside the odd values of its type.
// A journal is made wherever its path says, so that it is in a folder of the test's.
func oddSettings(op *fakeop.Server, a *tfprotov6.SchemaAttribute, folder string) []any {
	issuer := op.Issuer()
	switch a.Name {
	case "issuer":
		return []any{
			nil, "", " ", issuer + "/", issuer + " ", " " + issuer, issuer + "\n", issuer + "?a=b", issuer + "#a", issuer + "/.well-known/openid-configuration", issuer + "/nobody",
			strings.TrimPrefix(issuer, "http://"), strings.Replace(issuer, "http:", "https:", 1), strings.ToUpper(issuer), "issuer", "https://", "https://u:p@op.example.com", "https://op.example.com:99999",
		}
	case "registration_endpoint":
		return []any{nil, "", " ", op.RegistrationEndpoint() + "/", op.RegistrationEndpoint() + "#a", op.RegistrationEndpoint() + "\n", "/register", "https://", issuer}
	case "webfinger_resource":
		return []any{nil, "", " ", "\n", "@", "acct:", "joe@", "https://", "127.0.0.1:1"}
	}
	if path := (attrs{"path": folder + "/new/journal"}); a.Name == "token_journal" {
		return []any{nil, attrs{}, attrs{"path": ""}, attrs{"path": " "}, attrs{"path": "\x00"}, path, path.With(attrs{"age_recipients": []string{""}}), path.With(attrs{"age_identity": " "}), attrs{"path": folder}}
	}
	if a.NestedType != nil {
		out := []any{nil, attrs{}}
		for _, inner := range a.NestedType.Attributes {
			for _, v := range oddValues(inner.ValueType())[1:] {
				out = append(out, attrs{inner.Name: v})
			}
		}
		return out
	}
	if a.ValueType().Is(tftypes.Map{}) {
		return []any{nil, attrs{}, attrs{"": "a"}, attrs{"a b": "c"}, attrs{"a\n": "b"}, attrs{"X-Key": "b\r\nX-Other: c"}, attrs{"X-Key": nil}, attrs{"X-Key": ""}}
	}
	if a.ValueType().Is(tftypes.Set{}) {
		return oddValues(a.ValueType())[:4] // Terraform makes no set with two equal elements
	}
	return oddValues(a.ValueType())
}

// Whatever an unknown attribute of the provider turns out to be: the apply succeeds and leaves nothing to do, or says which attribute is
// wrong; it keeps Terraform's rules, and no client is lost.
func TestUnknownSettingsThatTurnOutOdd(t *testing.T) {
	t.Parallel()
	for _, a := range schemas(t).Provider.Block.Attributes {
		for i := range oddSettings(&fakeop.Server{}, a, "") {
			for _, exists := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s %d, %t", a.Name, i, exists), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{}
					op.Start(t)
					settingTurnsOut(t, op, exists, a.Name, oddSettings(op, a, t.TempDir())[i])
				})
			}
		}
	}
}

// settingTurnsOut plans with an attribute of the provider that is not known, and applies with what it then is.
func settingTurnsOut(t *testing.T, op *fakeop.Server, exists bool, name string, odd any) {
	r := newRig(t, op)
	good := attrs{"issuer": op.Issuer(), "max_retries": 0}
	if name == "registration_endpoint" || name == "webfinger_resource" {
		delete(good, "issuer")
		good["registration_endpoint"] = op.RegistrationEndpoint()
	}
	ok := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%#v: %s: %v", odd, what, err)
		}
	}
	config := map[string]attrs{theClient: {"redirect_uris": []string{"https://a.example.com/"}, "client_name": "App"}}
	if exists {
		ok("configure", r.Start(good))
		ok("register", r.Apply(config))
		config[theClient] = config[theClient].With(attrs{"client_name": "App 2"})
	}
	then := good.With(attrs{name: odd})
	if odd == nil {
		delete(then, name)
	}
	late := good.With(attrs{name: tftest.Unknown{}})
	if name == "webfinger_resource" {
		delete(late, "registration_endpoint")
		delete(then, "registration_endpoint")
	}
	ok("configure with an unknown value", r.Start(late))
	err := r.ApplyLater(config, func() error { return r.Start(then) }, config)
	for _, b := range r.Broken() {
		t.Errorf("%#v: %s", odd, b)
	}
	if err == nil {
		left, err := r.Changes(config)
		if err != nil || len(left) > 0 {
			t.Errorf("%#v: left to do: %v, %v", odd, left, err)
		}
	} else if !names(err.Error(), name) {
		t.Errorf("%#v: the error does not name %s: %v", odd, name, err)
	}
	ok("configure at the end", r.Start(good))
	ok("destroy", r.Destroy())
	if n := len(op.Clients()); n != 0 {
		t.Errorf("%#v: %d clients are left", odd, n)
	}
}

// names reports whether an error names an attribute of the provider, or a part of one, or what the search for the server that it names met.
func names(text, name string) bool {
	ways := []string{name}
	switch name {
	case "issuer", "registration_endpoint", "webfinger_resource":
		ways = append(ways, "issuer", "registration_endpoint", "webfinger_resource")
	case "client_credentials":
		ways = append(ways, "Server said:")
	}
	return slices.ContainsFunc(ways, func(way string) bool { return strings.Contains(text, way) })
}
