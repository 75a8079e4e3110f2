// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// became is what became of the parameters that are neither as asked nor not tried.
func became(r *checkup.Report) map[string]checkup.Outcome {
	out := map[string]checkup.Outcome{}
	for _, p := range r.Parameters {
		if p.Outcome != checkup.Kept && p.Outcome != checkup.Untried {
			out[p.Name] = p.Outcome
		}
	}
	return out
}

func parameter(t *testing.T, r *checkup.Report, name string) checkup.Parameter {
	t.Helper()
	for _, p := range r.Parameters {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("nothing is said of %s", name)
	return checkup.Parameter{}
}

func TestParametersHaveTheirOutcomes(t *testing.T) {
	hidden := map[string]any{"subject_types_supported": nil}
	pairwise := map[string][]string{"subject_types_supported": {"pairwise"}}
	for name, test := range map[string]struct {
		op   *fakeop.Server
		want map[string]checkup.Outcome
	}{
		"correct": {&fakeop.Server{}, nil},
		"substituted, dropped, hidden": {
			&fakeop.Server{Faults: fakeop.Faults{
				Substitute: map[string]any{"id_token_signed_response_alg": "RS256", "logo_uri": nil}, Drop: []string{"contacts"},
				DropOnRead: []string{"tos_uri"}, DropLanguageTagged: true,
			}},
			map[string]checkup.Outcome{
				"id_token_signed_response_alg": checkup.Substituted, "logo_uri": checkup.NotShown, "contacts": checkup.NotShown, "tos_uri": checkup.Hidden,
				"client_name#ja": checkup.NotShown,
			},
		},
		"extended": {
			&fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"grant_types": []any{"authorization_code", "refresh_token", "implicit"}, "response_types": []any{"code", "id_token"}}}},
			map[string]checkup.Outcome{"grant_types": checkup.Extended, "response_types": checkup.Extended},
		},
		"another order, and tags in lower case": {&fakeop.Server{Faults: fakeop.Faults{ReorderArrays: true, LowerCaseTags: true}}, nil},
		"a refusal that names the member": {
			&fakeop.Server{Supported: pairwise, Faults: fakeop.Faults{MetadataMembers: hidden}},
			map[string]checkup.Outcome{"subject_type": checkup.Refused},
		},
		"a refusal that names nothing": {
			&fakeop.Server{Supported: pairwise, Faults: fakeop.Faults{MetadataMembers: hidden, EmptyErrors: true}},
			map[string]checkup.Outcome{"subject_type": checkup.Refused},
		},
		"an authentication method that is refused, beside which each member would be": {
			&fakeop.Server{Faults: fakeop.Faults{EmptyErrors: true, MetadataMembers: map[string]any{"token_endpoint_auth_methods_supported": nil}}, Supported: map[string][]string{
				"token_endpoint_auth_methods_supported": {"client_secret_basic", "client_secret_post", "none", "tls_client_auth"},
			}},
			map[string]checkup.Outcome{"token_endpoint_auth_signing_alg": checkup.Refused},
		},
		"what the server lists is what is asked for": {&fakeop.Server{Supported: pairwise}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			test.op.Start(t)
			r := check(t, test.op, settings(test.op))
			if test.want == nil {
				test.want = map[string]checkup.Outcome{}
			}
			if diff := cmp.Diff(test.want, became(r)); diff != "" {
				t.Errorf("what became of the parameters (-want +got):\n%s\n%s", diff, printed(t, r))
			}
			if jwks := parameter(t, r, "jwks"); jwks.Outcome != checkup.Kept {
				t.Errorf("jwks: %+v", jwks)
			}
			for _, p := range metadata.All() {
				if found := parameter(t, r, p.Name); found.Outcome == checkup.Untried && found.Note == "" {
					t.Errorf("nothing says why %s was not tried", p.Name)
				}
			}
		})
	}
}

// A value that differs by what a terminal obeys or hides is told with that written out, or both values would look alike.
func TestHiddenDifferenceIsShown(t *testing.T) {
	op := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"client_name": "an app\u202e\u200f"}}}
	op.Start(t)
	var out bytes.Buffer
	if err := check(t, op, settings(op)).WriteText(&out, false); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(out.String()), " ") // it is wrapped
	if !strings.Contains(text, `became "an app\u202e\u200f"`) || strings.ContainsAny(text, "\u202e\u200f") {
		t.Errorf("%s", text)
	}
}

// A refused document loses what the server names, or the one member that it refuses, and at last all that a registration can do without.
func TestRegistrationIsTriedSmaller(t *testing.T) {
	hidden := map[string]any{"grant_types_supported": nil}
	grants := map[string][]string{"grant_types_supported": {"authorization_code"}}
	long := []fakeop.CallFault{{Answer: fakeop.Answer{Status: http.StatusBadRequest}, Matches: func(r *http.Request) bool { return r.ContentLength > 250 }}}
	for name, test := range map[string]struct {
		op   *fakeop.Server
		note string
		want []string // refused
	}{
		"named":              {&fakeop.Server{Supported: grants, Faults: fakeop.Faults{MetadataMembers: hidden}}, "without grant_types, which the server refused", []string{"grant_types"}},
		"not named":          {&fakeop.Server{Supported: grants, Faults: fakeop.Faults{MetadataMembers: hidden, EmptyErrors: true}}, "without grant_types, which the server refused", []string{"grant_types"}},
		"several, not named": {&fakeop.Server{Management: fakeop.ManagementOff, Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: long}}}, "did not say for which", nil},
	} {
		t.Run(name, func(t *testing.T) {
			test.op.Start(t)
			r := check(t, test.op, settings(test.op))
			o := r.Operation(checkup.OperationRegister)
			if o.Result != checkup.Works || !strings.Contains(o.Note, test.note) {
				t.Errorf("registration: %+v\n%s", o, printed(t, r))
			}
			for _, name := range test.want {
				if p := parameter(t, r, name); p.Outcome != checkup.Refused {
					t.Errorf("%+v", p)
				}
			}
			for _, name := range []string{"client_uri", "contacts", "redirect_uris"} {
				if p := parameter(t, r, name); p.Outcome == checkup.Refused {
					t.Errorf("%+v", p)
				}
			}
		})
	}
}

// A server that refuses everything is not asked without end.
func TestRefusalsAreBounded(t *testing.T) {
	refusal := fakeop.BadRequest("invalid_client_metadata")
	op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{{From: 2, Answer: refusal}}}}}
	op.Start(t)
	r := check(t, op, settings(op))
	if n := op.CountOf(fakeop.OpRegister); n > 81 {
		t.Errorf("%d registrations", n)
	}
	for _, p := range r.Parameters {
		if p.Outcome == checkup.Kept {
			t.Errorf("%s: %s, though its registration was refused", p.Name, p.Outcome)
		}
	}
}
