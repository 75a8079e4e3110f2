// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	canary = "c4n4ry-of-a-key"
	keyed  = "?api_key=" + canary
)

// byContract are the fields that those who fill them leave the query out of.
var byContract = []string{"Target", "RedirectedTo", "Proxy"}

// withKeys is a copy of a value of which each address has a key in its query, also within the errors that it holds.
func withKeys(v reflect.Value, field string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		if text := v.String(); strings.Contains(text, "://") && !strings.ContainsAny(text, " ?{") && !slices.Contains(byContract, field) {
			out.SetString(text + keyed)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out.Field(i).Set(withKeys(v.Field(i), f.Name))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(withKeys(v.Index(i), field))
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			out.Set(withKeys(v.Elem(), field))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && strings.Contains(v.Type().String(), "Error") && v.Type().Elem().NumField() > 0 && v.Type().Elem().Field(0).IsExported() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(withKeys(v.Elem(), field))
		}
	default:
	}
	return out
}

// No message shows what an address has in its query as a key, whichever field of a problem the address is in.
func TestNoKeyOfAnAddressIsShown(t *testing.T) {
	explained, put := 0, 0
	check := func(title string, p outcome.Problem) {
		p.Withheld = nil
		p, _ = withKeys(reflect.ValueOf(p), "").Interface().(outcome.Problem)
		if strings.Contains(fmt.Sprintf("%+v", p), canary) {
			put++
		}
		m := Of(p)
		told := m.Summary + "\n" + m.Detail() + "\n" + Again(p, "first-client").Detail()
		if strings.Contains(told, canary) {
			t.Errorf("%s: %s", title, told)
		}
		for _, way := range m.Fix {
			lines := strings.Join(way.copied(), "\n")
			if strings.Contains(lines, secret.Redacted) || strings.Contains(lines, "api_key="+placeholder) != strings.Contains(way.Text, placeholder) {
				t.Errorf("%s: a line is none to copy, or it is not said what to put there: %+v", title, way)
			}
			if strings.Contains(way.Text, placeholder) {
				explained++
			}
		}
	}
	all := variants()
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		kind := outcome.Kind(text)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			p := exampleProblem(kind)
			all[name](&p)
			check(text+" ("+name+")", p)
		}
		p := exampleProblem(kind)
		if p.Named != "" {
			p.Named += keyed
		}
		p.Home, p.Configured = reconcile.Home{RegistrationEndpoint: exampleEndpoint}, reconcile.Home{RegistrationEndpoint: "https://other.example.com/register"}
		p.ClientURI, p.TokenKey, p.AddressFirst = exampleEndpoint+"/"+exampleClient, exampleEndpoint+"/"+exampleClient, exampleEndpoint
		for _, way := range constants(t, "../reconcile/observation.go", "Way") {
			p.Ways = append(p.Ways, reconcile.Way(way))
		}
		for _, maybe := range []bool{false, true} {
			p.MaybeProcessed = maybe
			check(fmt.Sprintf("%s with all addresses, %v", text, maybe), p)
		}
	}
	if put < 1000 || explained < 100 {
		t.Errorf("%d problems had a key, and %d lines a word in its place: this test looks for the wrong ones", put, explained)
	}
}

// An address without a credential is shown as it was written.
func TestShownAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://op.example.net/Reg/%7Ex?tenant=a%20b&api_key=s": "https://op.example.net/Reg/%7Ex?tenant=a%20b&api_key=[redacted]",
		"https://op.example.net/Reg/%7Ex?tenant=a%20b#frag":      "https://op.example.net/Reg/%7Ex?tenant=a%20b#frag",
		"https://op.example.net/#access_token=s":                 "https://op.example.net/",
		"https://u:s@op.example.net/":                            "https://op.example.net/",
		"https://op.example.net/%zz?token=s":                     "https://op.example.net/%zz?token=[redacted]",
		"/register?token=s":                                      "/register?token=[redacted]",
		"joe@example.com":                                        "joe@example.com",
		"joe@example.com:8443":                                   "joe@example.com:8443",
		"joe:[redacted]@example.com:8443":                        "joe:[redacted]@example.com:8443",
		"":                                                       "",
	} {
		if got := shownAddress(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

// An address that is none may have a password before its host.
func TestAnAddressThatIsNoneShowsNoPassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://user:pa/ss@as.example/register", "https://user:p%zzw@as.example/", "https://as.example/%zz/eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"} {
		if got := shownAddress(address); strings.Contains(got, "pa/ss") || strings.Contains(got, "zzw") || strings.Contains(got, "c2lnbmF0dXJl") {
			t.Errorf("%q is shown as %q", address, got)
		}
	}
}
