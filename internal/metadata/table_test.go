// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	memberName     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	sentences      = regexp.MustCompile(`^[A-Z][^\n]*[.)]$`)
	listedInProse  = regexp.MustCompile("`[^`]+`, `[^`]+`, `[^`]+`")
	specificatedBy = []string{"www.rfc-editor.org", "openid.net", "docs.kantarainitiative.org", "www.iana.org"}
)

func TestEveryRowIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			if !memberName.MatchString(p.Name) || seen[p.Name] || ServerAssigned(p.Name) {
				t.Errorf("bad or repeated name")
			}
			seen[p.Name] = true
			if got, ok := Lookup(p.Name); !ok || got != p {
				t.Errorf("Lookup does not find it")
			}

			if !sentences.MatchString(p.Description) || strings.Contains(p.Description, "](") {
				t.Errorf("description is not sentences without the link: %q", p.Description)
			}
			u, err := url.Parse(p.Link)
			if err != nil || u.Scheme != "https" || u.Fragment == "" || !slices.Contains(specificatedBy, u.Host) {
				t.Errorf("Link %q has no anchor in a known publisher's document", p.Link)
			}
			if p.Spec == "" {
				t.Error("no Spec")
			}
			if strings.HasPrefix(u.Host, "www.rfc-editor") {
				number := strings.TrimPrefix(u.Path, "/rfc/rfc")
				if !strings.HasPrefix(p.Spec, "RFC "+number+" §") {
					t.Errorf("Spec %q does not belong to %s", p.Spec, p.Link)
				}
			}
			if listedInProse.MatchString(p.Description) {
				t.Error("description repeats values; documentation prints them from Values")
			}

			if p.Default != nil {
				if n, ok := Normalize(p.Name, p.Default); !ok || !Equal(p.Name, n, p.Default) || !cmp.Equal(n, p.Default) {
					t.Errorf("default %v is not in its own shape", p.Default)
				}
			}
			if (p.Closed || p.WarnOthers) && len(p.Values) == 0 || p.Closed && p.WarnOthers {
				t.Error("contradicting Closed, WarnOthers, Values")
			}
			for _, v := range p.Forbidden {
				if slices.Contains(p.Values, v) {
					t.Errorf("value %q is both offered and forbidden", v)
				}
			}
			if (p.Ordered || p.WordSets || p.Elements != String) && p.Kind != StringList {
				t.Error("a list's facet on no list")
			}
			if p.URI != (URIRule{}) && p.Kind != URI && p.Elements != URI {
				t.Error("a URI's facet on no URI")
			}
			if p.Kind == Boolean && p.Default != false {
				t.Error("a boolean whose absence does not mean false")
			}
			if (p.Support == NoSupport) != (p.Supported == "") {
				t.Error("Support and Supported do not fit")
			}
			if (p.SupportDefault != nil || p.SupportHint || p.SupportedValue != "") && p.Support != SupportList {
				t.Error("a support list's facet on no support list")
			}
			for _, other := range p.Excludes {
				o, ok := Lookup(other)
				if !ok || !slices.Contains(o.Excludes, p.Name) {
					t.Errorf("exclusion of %q is not mutual", other)
				}
			}
			for _, other := range []string{p.Needs, p.Wants} {
				if _, ok := Lookup(other); other != "" && !ok {
					t.Errorf("needs or wants %q, which is not in the table", other)
				}
			}
			if p.Use == ContentEncryption && p.Kind == String && p.Needs != strings.TrimSuffix(p.Name, "_enc")+"_alg" {
				t.Errorf("an enc that needs %q", p.Needs)
			}
		})
	}
}

// TestSecurityMarks holds the marks as a whole: a substitution of one of these fails a create, so a change here is a
// change of behaviour that deserves to be seen.
func TestSecurityMarks(t *testing.T) {
	want := []string{
		"redirect_uris", "token_endpoint_auth_method", "grant_types", "response_types", "jwks_uri", "jwks",
		"sector_identifier_uri", "subject_type", "require_auth_time", "post_logout_redirect_uris",
		"claims_redirect_uris", "tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri",
		"tls_client_auth_san_ip", "tls_client_auth_san_email", "tls_client_certificate_bound_access_tokens",
		"use_mtls_endpoint_aliases", "require_signed_request_object", "require_pushed_authorization_requests",
		"dpop_bound_access_tokens", "signed_jwks_uri", "encrypted_response_enc_values_supported",
		"backchannel_client_notification_endpoint", "credential_offer_endpoint",
	}
	var got []string
	for _, p := range All() {
		if p.Use != NotAlgorithm && !p.Security {
			t.Errorf("%s is an algorithm without the mark", p.Name)
		}
		if p.Security && (p.Use == NotAlgorithm || p.Kind == StringList) {
			got = append(got, p.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("marks other than algorithms (-want +got):\n%s", diff)
	}
}

func TestMembers(t *testing.T) {
	for _, test := range []struct{ member, name, tag, canonical string }{
		{"client_name", "client_name", "", "client_name"},
		{"client_name#ja", "client_name", "ja", "client_name#ja"},
		{"client_name#zh-Hant-TW", "client_name", "zh-Hant-TW", "client_name#zh-hant-tw"},
		{"Client_Name#JA", "Client_Name", "JA", "Client_Name#ja"}, // names are case-sensitive
		{"client_name#", "client_name#", "", "client_name#"},
		{"a#b#C", "a", "b#C", "a#b#c"},
		{"#ja", "", "ja", "#ja"},
		{"", "", "", ""},
	} {
		name, tag := SplitTag(test.member)
		got := []string{name, tag, CanonicalMember(test.member)}
		if diff := cmp.Diff([]string{test.name, test.tag, test.canonical}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.member, diff)
		}
	}
}

func TestKindNames(t *testing.T) {
	for kind, want := range map[Kind]string{String: "String", JWKSet: "JWKSet", -1: "Kind?", JWKSet + 1: "Kind?"} {
		if got := kind.String(); got != want {
			t.Errorf("Kind %d is called %q", int(kind), got)
		}
	}
}

func TestAbsent(t *testing.T) {
	for _, v := range []any{nil, "", []any{}, []string{}, map[string]any{}} {
		if !Absent(v) {
			t.Errorf("Absent(%#v) = false", v)
		}
	}
	for _, v := range []any{false, 0, " ", []any{""}, map[string]any{"a": nil}} {
		if Absent(v) {
			t.Errorf("Absent(%#v) = true", v)
		}
	}
}
