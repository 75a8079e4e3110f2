// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fact is what testdata/client_metadata.json, collected from the registry and the specifications, says of a parameter.
type fact struct {
	Name            string   `json:"name"`
	IANARegistered  bool     `json:"iana_registered"`
	JSONType        string   `json:"json_type"`
	Spec            string   `json:"spec"`
	Default         any      `json:"default_when_omitted"`
	AllowedValues   any      `json:"allowed_values"`
	Constraints     []string `json:"constraints"`
	Localizable     any      `json:"localizable"`
	ExclusiveWith   []string `json:"mutually_exclusive_with"`
	ServerAssigned  bool     `json:"server_assigned"`
	Sensitive       any      `json:"sensitive"`
	ASMetadata      *string  `json:"as_metadata"`
	InRequest       bool     `json:"allowed_in_registration_request"`
	OrderMeaningful *bool    `json:"array_order_significant"`
}

func facts(t *testing.T) []fact {
	t.Helper()
	raw, err := os.ReadFile("testdata/client_metadata.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Parameters []fact `json:"parameters"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Parameters
}

// wanted tells which facts must have a row: what the registry has and a client may send, and four unregistered families.
func (f fact) wanted() bool {
	if f.IANARegistered {
		return f.InRequest
	}
	return strings.HasPrefix(f.Spec, "JARM") || strings.Contains(f.Spec, "CIBA") || strings.HasPrefix(f.Spec, "FAPI 2.0 Message Signing") ||
		strings.HasPrefix(f.Spec, "OpenID for Verifiable Credential Issuance")
}

func TestTableHoldsTheRegistry(t *testing.T) {
	var want, got []string
	for _, f := range facts(t) {
		if f.wanted() {
			want = append(want, f.Name)
		}
		if f.ServerAssigned != ServerAssigned(f.Name) {
			t.Errorf("ServerAssigned(%q) = %v", f.Name, !f.ServerAssigned)
		}
	}
	for _, p := range All() {
		got = append(got, p.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names and order (-facts +table):\n%s", diff)
	}
	if len(got) != 75 {
		t.Errorf("%d rows, want 75", len(got))
	}
}

func TestRowsHoldTheFacts(t *testing.T) {
	for _, f := range facts(t) {
		if !f.wanted() {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			p, ok := Lookup(f.Name)
			if !ok {
				t.Fatal("no row")
			}
			check := func(facet string, want, got any) {
				t.Helper()
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-facts +table):\n%s", facet, diff)
				}
			}
			kind, elements := f.kind(t)
			check("Kind", kind.String(), p.Kind.String())
			check("Elements", elements.String(), p.Elements.String())
			check("Default", f.defaultValue(t), p.Default)
			check("Localizable", f.localizable(t), p.Localizable)
			check("Ordered", f.OrderMeaningful != nil && *f.OrderMeaningful, p.Ordered)
			check("Excludes", f.ExclusiveWith, append([]string{}, p.Excludes...))
			check("Sensitive", f.Sensitive != false, p.Sensitive)
			f.values(t, p)
			f.support(t, p)
			f.constraints(t, p)
		})
	}
}

func (f fact) kind(t *testing.T) (kind, elements Kind) {
	switch f.JSONType {
	case "string", "string (JWT)":
		return String, String
	case "uri":
		return URI, String
	case "integer":
		return Integer, String
	case "boolean":
		return Boolean, String
	case "array<string>":
		return StringList, String
	case "array<uri>":
		return StringList, URI
	case "space-delimited string":
		return Scope, String
	case "object":
		return JSONObject, String
	case "object (JWK Set)":
		return JWKSet, String
	}
	t.Fatalf("unknown json_type %q", f.JSONType)
	return 0, 0
}

// defaultValue reads the value out of the facts, which give some in words. What is no value, such as "no encryption",
// means that absence is a state of its own.
func (f fact) defaultValue(t *testing.T) any {
	s, ok := f.Default.(string)
	if !ok {
		return f.Default
	}
	switch s {
	case "no encryption", "unsigned application/json", "any alg supported by both", "RP declares nothing", "signed requests not used":
		return nil
	}
	value, _, _ := strings.Cut(s, " ")
	if value == s || strings.HasSuffix(s, " when the _alg is set") || strings.HasSuffix(s, " (only if JWT responses are used)") {
		return value
	}
	t.Fatalf("unknown default %q", s)
	return nil
}

// localizable takes what the facts call unconfirmed for true: the general rule (RFC 7591 §2.2) covers whatever is for
// people to read or leads to it, and all unconfirmed ones are of that sort.
func (f fact) localizable(t *testing.T) bool {
	switch v := f.Localizable.(type) {
	case bool:
		return v
	case string:
		if strings.HasPrefix(v, "true") || v == "unconfirmed" {
			return true
		}
	}
	t.Fatalf("unknown localizable %v", f.Localizable)
	return false
}

func (f fact) values(t *testing.T, p *Parameter) {
	switch v := f.AllowedValues.(type) {
	case nil:
		if p.Values != nil {
			t.Errorf("Values %v where the facts have none", p.Values)
		}
	case string:
		if algorithm := strings.HasPrefix(v, "IANA JOSE"); algorithm != (p.Use != NotAlgorithm) || algorithm != (p.Values != nil) {
			t.Errorf("Use %v, Values %v, facts say %q", p.Use, p.Values, v)
		}
	case []any:
		want := stringsOf(v)
		want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "<") })
		if diff := cmp.Diff(want, p.Values); diff != "" {
			t.Errorf("Values (-facts +table):\n%s", diff)
		}
	}
}

var (
	firstName   = regexp.MustCompile(`^[a-z_]+`)
	absentMeans = regexp.MustCompile(`^[a-z_]+ \(absent => \[([a-z_, ]+)\]`)
)

func (f fact) support(t *testing.T, p *Parameter) {
	if f.ASMetadata == nil {
		if p.Supported != "" || p.Support != NoSupport {
			t.Errorf("Supported %q where the facts have none", p.Supported)
		}
		return
	}
	if want := firstName.FindString(*f.ASMetadata); want != p.Supported || p.Support == NoSupport {
		t.Errorf("Supported %q (%d), facts say %q", p.Supported, p.Support, *f.ASMetadata)
	}
	if strings.Contains(*f.ASMetadata, "(presence") != (p.Support == SupportPresence) && !strings.HasSuffix(p.Supported, "_endpoint") {
		t.Errorf("Support %d, facts say %q", p.Support, *f.ASMetadata)
	}
	if m := absentMeans.FindStringSubmatch(*f.ASMetadata); m != nil {
		if diff := cmp.Diff(strings.Split(m[1], ", "), p.SupportDefault); diff != "" {
			t.Errorf("SupportDefault (-facts +table):\n%s", diff)
		}
	} else if p.SupportDefault != nil && p.SupportedValue == "" && p.Name != "response_modes" {
		t.Errorf("SupportDefault %v where the facts have none", p.SupportDefault)
	}
}

func (f fact) constraints(t *testing.T, p *Parameter) {
	for _, c := range f.Constraints {
		var ok bool
		switch {
		case strings.HasPrefix(c, "https; http only for confidential"):
			ok = p.URI.HTTPConfidential
		case strings.HasPrefix(c, "https unless"), strings.HasPrefix(c, "https") && p.Kind != URI:
			ok = !p.URI.HTTPS
		case strings.HasPrefix(c, "https"):
			ok = p.URI.HTTPS
		case strings.HasPrefix(c, "no fragment"):
			ok = p.URI.NoFragment
		case strings.HasPrefix(c, "requires "):
			ok = p.Needs == strings.Fields(c)[1]
		case c == "'none' forbidden":
			ok = slices.Contains(p.Forbidden, "none")
		case c == "asymmetric only":
			ok = slices.Contains(p.Forbidden, "HS256") && slices.Contains(p.Forbidden, "none")
		case strings.HasPrefix(c, "meaningful only with "):
			ok = p.Wants == strings.Fields(c)[3]
		case c == "seconds, >= 0":
			ok = p.NonNegative
		default:
			continue
		}
		if !ok {
			t.Errorf("constraint not in the row: %q", c)
		}
	}
}
