// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMetadataLocations(t *testing.T) {
	const appended, inserted = "/p/.well-known/openid-configuration", "/.well-known/openid-configuration/p"
	const appendedAS, insertedAS = "/p/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/p"
	all := []string{appended, inserted, appendedAS, insertedAS}
	for at, want := range map[Locations][]string{
		LocationsStandard:      {appended, insertedAS},
		LocationsAppended:      {appended},
		LocationsInserted:      {inserted, insertedAS},
		LocationsOAuth:         {insertedAS},
		LocationsOAuthAppended: {appendedAS},
		LocationsNone:          {},
	} {
		p := newPeer(t, &Server{IssuerPath: "/p", Faults: Faults{MetadataAt: at}})
		for _, path := range all {
			r := p.send("GET", p.s.URL()+path, nil)
			if found := r.status == 200; found != slices.Contains(want, path) {
				t.Errorf("%v %s: %d", at, path, r.status)
			} else if found && r.doc["issuer"] != p.s.URL()+"/p" {
				t.Errorf("%v %s: issuer %v", at, path, r.doc["issuer"])
			}
		}
		// Without a path, appending and inserting are one.
		root := newPeer(t, &Server{Faults: Faults{MetadataAt: at}})
		oidc := root.send("GET", root.s.URL()+wellKnownOIDC, nil).status == 200
		oauth := root.send("GET", root.s.URL()+wellKnownAS, nil).status == 200
		if oidc != slices.ContainsFunc(want, func(s string) bool { return strings.Contains(s, wellKnownOIDC) }) ||
			oauth != slices.ContainsFunc(want, func(s string) bool { return strings.Contains(s, wellKnownAS) }) {
			t.Errorf("%v at the root: openid-configuration %v, oauth-authorization-server %v", at, oidc, oauth)
		}
	}
}

func TestMetadataDocument(t *testing.T) {
	p := newPeer(t, &Server{Supported: map[string][]string{"grant_types_supported": {"wish"}, "subject_types_supported": {}}})
	doc := p.send("GET", p.s.URL()+wellKnownOIDC, nil).doc
	for name, want := range map[string]any{
		"issuer": p.s.Issuer(), "registration_endpoint": p.s.RegistrationEndpoint(), "token_endpoint": p.s.TokenEndpoint(),
		"authorization_endpoint": p.s.AuthorizationEndpoint(), "grant_types_supported": list("wish"), "subject_types_supported": nil,
	} {
		if diff := cmp.Diff(want, doc[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if r := p.send("GET", text(doc, "jwks_uri"), nil); r.doc["keys"] == nil || strings.Contains(r.raw, `"d":`) {
		t.Errorf("jwks: %s", r.raw)
	}
	for name, test := range map[string]struct {
		faults Faults
		good   func(reply) bool
	}{
		"HTML":     {Faults{Metadata: MetadataHTML}, func(r reply) bool { return strings.HasPrefix(r.raw, "<!") }},
		"empty":    {Faults{Metadata: MetadataEmpty}, func(r reply) bool { return r.raw == "" }},
		"error":    {Faults{Metadata: MetadataError}, func(r reply) bool { return r.doc["status"] == "error" }},
		"array":    {Faults{Metadata: MetadataArray}, func(r reply) bool { return strings.HasPrefix(r.raw, "[{") }},
		"huge":     {Faults{Metadata: MetadataHuge}, func(r reply) bool { return len(r.raw) > hugeSize }},
		"anon":     {Faults{Metadata: MetadataNoIssuer}, func(r reply) bool { return r.doc != nil && r.doc["issuer"] == nil }},
		"impostor": {Faults{MetadataIssuer: "https://x.example"}, func(r reply) bool { return r.doc["issuer"] == "https://x.example" }},
		"no registration": {Faults{NoRegistrationEndpoint: true}, func(r reply) bool {
			return r.doc != nil && r.doc["registration_endpoint"] == nil
		}},
		"members": {Faults{MetadataMembers: map[string]any{"own": 1, "jwks_uri": nil}}, func(r reply) bool {
			return r.doc["own"] != nil && r.doc["jwks_uri"] == nil
		}},
	} {
		p.s.SetFaults(test.faults)
		if r := p.send("GET", p.s.URL()+wellKnownOIDC, nil); r.status != 200 || !test.good(r) {
			t.Errorf("%s: %d %s", name, r.status, short(r.raw))
		}
	}
}

func TestTenants(t *testing.T) {
	p := newPeer(t, &Server{Tenants: []string{"/t/a", "/t/a/b"}})
	for _, tenant := range []string{"", "/t/a", "/t/a/b"} {
		doc := p.send("GET", p.s.URL()+tenant+wellKnownOIDC, nil).doc
		if doc["issuer"] != p.s.TenantIssuer(tenant) {
			t.Errorf("%s: issuer %v", tenant, doc["issuer"])
		}
		r := p.send("POST", text(doc, "registration_endpoint"), encode(good()))
		r.want(t, 201, "")
		if uri := text(r.doc, "registration_client_uri"); !strings.HasPrefix(uri, p.s.URL()+tenant+"/register/") {
			t.Errorf("%s: %s", tenant, uri)
		}
	}
	one, two := p.s.Clients()[0], p.s.Clients()[1]
	elsewhere := strings.Replace(two.URI, "/t/a/register", "/register", 1)
	p.send("GET", two.URI, nil, bearer(two.Token)).want(t, 200, "")
	p.send("GET", elsewhere, nil, bearer(two.Token)).want(t, 401, "invalid_token")
	if one.Issuer != p.s.Issuer() || two.Issuer != p.s.TenantIssuer("/t/a") {
		t.Errorf("issuers %s %s", one.Issuer, two.Issuer)
	}
}

func TestWebFinger(t *testing.T) {
	s := &Server{
		IssuerPath: "/p", Tenants: []string{"/t/a"}, BasicUser: "u", BasicPassword: "w", Accounts: []string{"joe", "joe@x.example"},
		Resources: map[string]string{"acct:joe@example.com": "https://op.example"},
	}
	p := newPeer(t, s)
	host := strings.TrimPrefix(s.URL(), "http://")
	ask := func(query url.Values) reply {
		return p.send("GET", s.URL()+webFingerPath+"?"+query.Encode(), nil)
	}
	about := func(resource string) url.Values { return url.Values{"resource": {resource}, "rel": {IssuerRel}} }
	for resource, issuer := range map[string]string{
		"acct:joe@" + host:                  s.Issuer(),
		"acct:joe@127.0.0.1":                s.Issuer(),
		"acct:joe%40x.example@" + host:      "",
		"acct:joe@x.example@" + host:        s.Issuer(),
		"acct:ann@" + host:                  "",
		"acct:joe@example.com":              "https://op.example",
		"acct:joe@elsewhere.example":        "",
		"acct:joe":                          "",
		"https://" + host:                   s.Issuer(),
		"https://" + host + "/":             s.Issuer(),
		"https://joe@" + host + "/anything": s.Issuer(),
		"https://ann@" + host:               "",
		"https://" + host + "/t/a/x":        s.TenantIssuer("/t/a"),
		"https://" + host + "/t/ab":         s.Issuer(),
		"https://elsewhere.example/t/a":     "",
	} {
		r := ask(about(resource))
		if issuer == "" {
			r.want(t, 404, "not_found")
			continue
		}
		want := map[string]any{
			"subject": resource, "links": []any{map[string]any{"rel": IssuerRel, "href": issuer}},
		}
		if diff := cmp.Diff(want, r.doc); diff != "" || r.header.Get("Content-Type") != "application/jrd+json" {
			t.Errorf("%s: %d (-want +got):\n%s", resource, r.status, diff)
		}
	}
	ask(url.Values{"rel": {IssuerRel}}).want(t, 400, "invalid_request")
	ask(url.Values{"resource": {"no uri"}}).want(t, 400, "invalid_request")
	ask(url.Values{"resource": {"acct:joe@" + host, "acct:ann@" + host}}).want(t, 400, "invalid_request")
	if r := ask(url.Values{"resource": {"acct:joe@" + host}, "rel": {"other"}}); len(r.doc["links"].([]any)) != 0 {
		t.Errorf("rel is not obeyed: %s", r.raw)
	}
	if r := ask(url.Values{"resource": {"acct:joe@" + host}}); len(r.doc["links"].([]any)) != 1 {
		t.Errorf("without rel: %s", r.raw)
	}
	links := []Link{{Rel: "other", Href: "x"}, {Rel: IssuerRel, Href: "y"}}
	for name, test := range map[string]struct {
		faults Faults
		good   func(reply) bool
	}{
		"off":       {Faults{WebFinger: WebFingerOff}, func(r reply) bool { return r.status == 404 && strings.HasPrefix(r.raw, "<!") }},
		"HTML":      {Faults{WebFinger: WebFingerHTML}, func(r reply) bool { return r.status == 200 && strings.HasPrefix(r.raw, "<!") }},
		"empty":     {Faults{WebFinger: WebFingerEmpty}, func(r reply) bool { return r.status == 200 && r.raw == "" }},
		"error":     {Faults{WebFinger: WebFingerError}, func(r reply) bool { return r.status == 200 && r.doc["status"] == "error" }},
		"protected": {Faults{WebFinger: WebFingerProtected}, func(r reply) bool { return r.status == 401 && r.header.Get("WWW-Authenticate") != "" }},
		"no links":  {Faults{WebFinger: WebFingerNoLinks}, func(r reply) bool { return r.status == 200 && r.doc["links"] == nil }},
		"http":      {Faults{WebFinger: WebFingerHTTP}, func(r reply) bool { return strings.Contains(r.raw, `"href":"http://`) }},
		"links": {Faults{WebFingerLinks: links}, func(r reply) bool {
			return strings.Contains(r.raw, `"links":[{"rel":"other","href":"x"},{"rel":"`+IssuerRel+`","href":"y"}]`)
		}},
		"href":    {Faults{WebFingerHref: "https://op.example/#x"}, func(r reply) bool { return strings.Contains(r.raw, "https://op.example/#x") }},
		"subject": {Faults{WebFingerSubject: "acct:eve@" + host}, func(r reply) bool { return r.doc["subject"] == "acct:eve@"+host }},
		"redirect": {Faults{Redirect: map[Operation]string{OpWebFinger: "https://op.example/w"}}, func(r reply) bool {
			return r.status == 307 && r.header.Get("Location") == "https://op.example/w"
		}},
	} {
		s.SetFaults(test.faults)
		if r := ask(about("acct:joe@" + host)); !test.good(r) {
			t.Errorf("%s: %d %s", name, r.status, short(r.raw))
		}
	}
	s.SetFaults(Faults{WebFinger: WebFingerProtected})
	target := s.URL() + webFingerPath + "?" + about("acct:joe@"+host).Encode()
	p.send("GET", target, nil, basic("u", "w")).want(t, 200, "")
	s.SetFaults(Faults{WebFinger: WebFingerStrict})
	ask(about("acct:joe@"+host)).want(t, 200, "")
	ask(url.Values{"resource": {"acct:joe@" + host}}).want(t, 400, "invalid_request")
	ask(url.Values{"resource": {"acct:joe@" + host}, "rel": {IssuerRel}, "more": {"1"}}).want(t, 400, "invalid_request")
}
