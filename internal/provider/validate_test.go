// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// publicKey and privateKey are a JWK Set each (RFC 7517, appendix A).
const (
	publicKey  = `{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`
	privateKey = `{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}`
)

// Bad input is an error on its attribute, and nothing is sent, not even for discovery.
func TestBadInput(t *testing.T) {
	t.Parallel()
	base := attrs{"redirect_uris": []string{"https://app.example.com/a"}}
	for name, test := range map[string]struct {
		config attrs
		at     string
		says   string
	}{
		"redirect URI with a fragment":     {attrs{"redirect_uris": []string{"https://app.example.com/", "https://app.example.com/#a"}}, "redirect_uris[1]", "fragment"},
		"relative redirect URI":            {attrs{"redirect_uris": []string{"/callback"}}, "redirect_uris[0]", "absolute"},
		"private key":                      {base.With(attrs{"jwks": privateKey}), "jwks", "private"},
		"jwks and jwks_uri":                {base.With(attrs{"jwks": publicKey, "jwks_uri": "https://app.example.com/jwks"}), "jwks", "jwks_uri"},
		"jwks is no JSON":                  {base.With(attrs{"jwks": "keys"}), "jwks", "JSON"},
		"jwks is no set":                   {base.With(attrs{"jwks": `{"a":1}`}), "jwks", "keys"},
		"closed set of values":             {base.With(attrs{"backchannel_token_delivery_mode": "push it"}), "backchannel_token_delivery_mode", "must be one of"},
		"private_key_jwt without keys":     {base.With(attrs{"token_endpoint_auth_method": "private_key_jwt"}), "token_endpoint_auth_method", "keys"},
		"self-signed certificate, no keys": {base.With(attrs{"token_endpoint_auth_method": "self_signed_tls_client_auth"}), "token_endpoint_auth_method", "keys"},
		"two certificate subjects": {
			base.With(attrs{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example.com", "tls_client_auth_san_email": "a@example.com"}), "tls_client_auth_san_email", "tls_client_auth",
		},
		"no certificate subject": {base.With(attrs{"token_endpoint_auth_method": "tls_client_auth"}), "token_endpoint_auth_method", "tls_client_auth"},
		"unsigned id_token from the front channel": {
			base.With(attrs{"response_types": []string{"id_token"}, "grant_types": []string{"implicit"}, "id_token_signed_response_alg": "none"}), "id_token_signed_response_alg", "none",
		},
		"negative number":             {base.With(attrs{"default_max_age": -1}), "default_max_age", "below 0"},
		"empty string":                {base.With(attrs{"client_name": ""}), "client_name", "null"},
		"empty URI":                   {base.With(attrs{"logo_uri": ""}), "logo_uri", "null"},
		"empty scope":                 {base.With(attrs{"scope": ""}), "scope", "null"},
		"empty element":               {base.With(attrs{"contacts": []string{"a@example.com", ""}}), "contacts[1]", "mpty"},
		"null element":                {base.With(attrs{"contacts": []any{"a@example.com", nil}}), "contacts[1]", "must be a string"},
		"fraction":                    {base.With(attrs{"default_max_age": 1.5}), "default_max_age", "integer"},
		"number without end":          {base.With(attrs{"default_max_age": mustNumber("1e30")}), "default_max_age", "at most 64 bits"},
		"fragment in a logout URI":    {base.With(attrs{"backchannel_logout_uri": "https://app.example.com/#a"}), "backchannel_logout_uri", "fragment"},
		"no https":                    {base.With(attrs{"sector_identifier_uri": "http://app.example.com/"}), "sector_identifier_uri", "https"},
		"extension that is none":      {base.With(attrs{"extension_metadata": attrs{"client_name": "App"}}), "extension_metadata", "client_name"},
		"extension that is assigned":  {base.With(attrs{"extension_metadata": attrs{"client_id": "me"}}), "extension_metadata", "client_id"},
		"extensions are no object":    {base.With(attrs{"extension_metadata": "ext"}), "extension_metadata", "object"},
		"unknown form":                {base.With(attrs{"update_form": "best"}), "update_form", "must be one of standard, complete"},
		"unknown refresh":             {base.With(attrs{"refresh": "sometimes"}), "refresh", "must be one of auto, always, never"},
		"unknown on_missing":          {base.With(attrs{"on_missing": "ignore"}), "on_missing", "must be one of error, keep, recreate"},
		"empty language tag":          {base.With(attrs{"localized": attrs{"": attrs{"client_name": "z"}}}), "localized", "Name the language"},
		"malformed duration":          {base.With(attrs{"renew_secret_before": "soon"}), "renew_secret_before", "a positive duration: a number and a unit"},
		"issuer over plain HTTP":      {base.With(attrs{"issuer": "http://op.example.com"}), "issuer", "http"},
		"issuer that is a host":       {base.With(attrs{"issuer": "op.example.com"}), "issuer", "op.example.com"},
		"endpoint over plain HTTP":    {base.With(attrs{"registration_endpoint": "http://op.example.com/register"}), "registration_endpoint", "http"},
		"endpoint with a file scheme": {base.With(attrs{"registration_endpoint": "file:///etc/passwd"}), "registration_endpoint", "scheme is not https"},
		"empty issuer":                {base.With(attrs{"issuer": ""}), "issuer", "Leave it out"},
		"issuer with a blank":         {base.With(attrs{"issuer": "https://op.example.com/a "}), "issuer", `issuer = "https://op.example.com/a"`},
		"issuer without a scheme":     {base.With(attrs{"issuer": "op.example.com"}), "issuer", `issuer = "https://op.example.com"`},
		"issuer with a well-known suffix": {
			base.With(attrs{"issuer": "https://op.example.com/a/.well-known/openid-configuration"}), "issuer", `issuer = "https://op.example.com/a"`,
		},
		"issuer with a query": {base.With(attrs{"issuer": "https://op.example.com/?a=b"}), "issuer", "it has a query"},
		"metadata document for an endpoint": {
			base.With(attrs{"registration_endpoint": "https://op.example.com/a/.well-known/openid-configuration"}), "registration_endpoint", `issuer = "https://op.example.com/a"`,
		},
		// What is known of a list that is not known in full is as wrong as in one that is.
		"beside an unknown element":             {attrs{"redirect_uris": []any{"javascript:x", tftest.Unknown{}}}, "redirect_uris[0]", "browser runs"},
		"behind an unknown element":             {attrs{"redirect_uris": []any{tftest.Unknown{}, "https://app.example.com/#a"}}, "redirect_uris[1]", "fragment"},
		"port beside an unknown element":        {base.With(attrs{"request_uris": []any{tftest.Unknown{}, "https://app.example.com:99999/"}}), "request_uris[1]", "port"},
		"empty element beside an unknown one":   {base.With(attrs{"contacts": []any{"", tftest.Unknown{}}}), "contacts[0]", "mpty"},
		"null behind an unknown element":        {base.With(attrs{"contacts": []any{tftest.Unknown{}, nil}}), "contacts[1]", "must be a string"},
		"web client, beside an unknown element": {attrs{"application_type": "native", "redirect_uris": []any{tftest.Unknown{}, "http://app.example.com/"}}, "redirect_uris[1]", "loopback"},
		"unknown element of a localized list": {
			base.With(attrs{"localized": attrs{"ja": attrs{"keywords": []any{tftest.Unknown{}, "", "a"}}}}), `localized["ja"]`, "keywords#ja[1] is",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			_, err := r.TryPlan(test.config)
			if err == nil {
				t.Fatal("the plan succeeds")
			}
			if !slices.ContainsFunc(r.told(), func(line string) bool { return strings.HasPrefix(line, "error "+test.at) }) {
				t.Errorf("no error at %s: %q", test.at, r.told())
			}
			if !strings.Contains(r.details(), test.says) {
				t.Errorf("the error does not say %q: %s", test.says, r.details())
			}
			if strings.Contains(r.details(), "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE") {
				t.Error("the error shows a private key")
			}
			if log := r.op.Log(); len(log) != 0 {
				t.Errorf("requests were sent: %v", log)
			}
		})
	}
}

// A value that is no client metadata at all hides nothing of what else is wrong: one run tells all that there is to correct.
func TestMalformedValueHidesNothing(t *testing.T) {
	t.Parallel()
	for at, malformed := range map[string]attrs{
		"jwks": {"jwks": "[1"}, "vp_formats_supported": {"vp_formats_supported": "[1"}, "default_max_age": {"default_max_age": 1.5},
		"extension_metadata": {"extension_metadata": "ext"}, "extension_metadata, a name": {"extension_metadata": attrs{"client_id": "me"}},
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			at, _, _ := strings.Cut(at, ",")
			_, err := r.TryPlan(attrs{"redirect_uris": []string{"javascript:x"}, "contacts": []string{""}, "issuer": "op.example.com"}.With(malformed))
			if err == nil {
				t.Fatal("the plan succeeds")
			}
			for _, at := range []string{at, "redirect_uris[0]", "contacts[0]", "issuer"} {
				if !slices.ContainsFunc(r.told(), func(line string) bool { return strings.HasPrefix(line, "error "+at) }) {
					t.Errorf("no error at %s: %q", at, r.told())
				}
			}
		})
	}
}

// What is only doubtful is a warning, and the registration is made.
func TestDoubtfulInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config attrs
		at     string
	}{
		"grant without response":   {attrs{"redirect_uris": []string{"https://a.example.com/"}, "grant_types": []string{"implicit"}, "response_types": []string{"code"}}, "grant_types"},
		"no redirect URI":          {attrs{"client_name": "App"}, "redirect_uris"},
		"accepted by another name": {attrs{"redirect_uris": []string{"https://a.example.com/"}, "accept_substitutions": []string{"client_nam"}}, "accept_substitutions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			if _, err := r.TryPlan(test.config); err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.told(), func(line string) bool { return strings.HasPrefix(line, "warning "+test.at) }) {
				t.Errorf("no warning at %s: %q", test.at, r.told())
			}
		})
	}
}

// Values that are not known yet pass, and a rule that would need them too; Create checks again when they are known.
func TestUnknownInputPasses(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	p := r.Plan(attrs{
		"redirect_uris": tftest.Unknown{}, "jwks": tftest.Unknown{}, "token_endpoint_auth_method": "private_key_jwt", "client_name": tftest.Unknown{},
		"localized": tftest.Unknown{}, "extension_metadata": tftest.Unknown{}, "default_max_age": tftest.Unknown{}, "accept_substitutions": tftest.Unknown{},
		"require_auth_time": tftest.Unknown{}, "refresh": tftest.Unknown{}, "renew_secret_before": tftest.Unknown{}, "grant_types": tftest.Unknown{},
	})
	r.wantQuiet()
	if p.Replaces {
		t.Error("a create replaces")
	}
	// In part unknown: a list with one unknown element, a localized attribute, a member of the extensions.
	r.Plan(attrs{
		"redirect_uris":      []any{"https://app.example.com/a", tftest.Unknown{}},
		"localized":          attrs{"ja": attrs{"client_name": tftest.Unknown{}}, "de": tftest.Unknown{}},
		"extension_metadata": attrs{"ext_a": tftest.Unknown{}, "ext_b": 1},
	})
	r.wantQuiet()
}

// What turns out bad only when it is known, in the apply, is refused before anything is sent.
func TestBadInputThatWasUnknown(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	late := secured().With(attrs{"redirect_uris": tftest.Unknown{}})
	r.Plan(late)
	r.op.ResetLog()
	_, err := r.PlanAgain(late, secured().With(attrs{"redirect_uris": []string{"https://app.example.com/#fragment"}}))
	if err == nil || !strings.Contains(err.Error(), "fragment") {
		t.Errorf("the apply says %v", err)
	}
	if log := r.op.Log(); len(log) != 0 {
		t.Errorf("requests were sent: %v", log)
	}
}
