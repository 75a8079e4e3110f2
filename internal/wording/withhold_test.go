// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// A server may repeat a configured value in whatever it chooses itself, as the address of a redirect. No part of any message has it.
func TestNoPartOfAMessageRepeatsAWithheldValue(t *testing.T) {
	const canary = "c4nary7q"
	at := "https://x.example.com/" + canary
	of := func(e dcr.Error) error { e.Operation, e.Endpoint = dcr.Read, exampleEndpoint; return &e }
	unanswered := func(kind transport.Kind) error {
		return of(dcr.Error{Err: &transport.Error{Kind: kind, URL: exampleEndpoint, RedirectedTo: at, Err: errors.New("no such host")}})
	}
	answers := map[string]error{
		"code":                 of(dcr.Error{Status: 400, Code: canary}),
		"description":          of(dcr.Error{Status: 403, Description: "no " + canary}),
		"reason":               of(dcr.Error{Status: 400, Code: "invalid_client_metadata", Reason: "refuses " + canary}),
		"request ID":           of(dcr.Error{Status: 500, RequestID: canary}),
		"redirect":             of(dcr.Error{Status: 302, Redirected: true, Target: at}),
		"redirect, no status":  of(dcr.Error{Redirected: true, Target: at}),
		"redirect to a client": of(dcr.Error{Status: 302, Redirected: true, Target: at + "/" + exampleClient}),
		"redirect to http":     of(dcr.Error{Status: 302, Redirected: true, Target: "http://x.example.com/" + canary}),
		"unreachable":          unanswered(transport.Unreachable), "timeout": unanswered(transport.Timeout), "TLS": unanswered(transport.TLS),
		"too large": unanswered(transport.TooLarge), "cut": unanswered(transport.Protocol), "canceled": unanswered(transport.Canceled),
	}
	unsent := []outcome.Kind{outcome.UnusableURL, outcome.UnusableEndpoint, outcome.UnusableImportURL} // what is wrong with a URL is no answer
	for _, kind := range constants(t, "../outcome/problem.go", "Kind") {
		if slices.Contains(unsent, outcome.Kind(kind)) {
			continue
		}
		for name, err := range answers {
			p := exampleProblem(outcome.Kind(kind))
			p.Err, p.RollbackErr, p.Withheld = err, err, []any{map[string]any{"x_text": canary}}
			m := Of(p)
			if told := m.Summary + m.Detail(); strings.Contains(strings.ToLower(told), canary) {
				t.Errorf("%s, %s:\n%s\n%s", kind, name, m.Summary, m.Detail())
			}
		}
	}
}

// Nor does what is said of another parameter, into which the server may have put it.
func TestNoSubstitutionRepeatsAWithheldValue(t *testing.T) {
	const canary = "c4nary7q"
	at := "https://portal.example.com/" + canary
	for name, s := range map[string]reconcile.Substitution{
		"another text":            {Kind: reconcile.Changed, Member: "client_uri", Asked: "https://a.example.com", Got: at},
		"another text of a tag":   {Kind: reconcile.Changed, Member: "client_name#ja", Asked: "App", Got: canary},
		"another list":            {Kind: reconcile.Changed, Member: "contacts", Asked: []any{"ops@example.com"}, Got: []any{canary + "@example.com"}},
		"more in a list":          {Kind: reconcile.Extended, Member: "redirect_uris", Asked: []any{"https://a.example.com"}, Got: []any{"https://a.example.com", at}},
		"more words":              {Kind: reconcile.Extended, Member: "scope", Asked: "openid", Got: "openid " + canary},
		"other words":             {Kind: reconcile.Changed, Member: "scope", Asked: "mine", Got: strings.ToUpper(canary)},
		"for a standard's word":   {Kind: reconcile.Changed, Member: "application_type", Asked: "web", Got: canary},
		"that is cut off":         {Kind: reconcile.Changed, Member: "client_uri", Asked: "https://a.example.com", Got: "https://a.example.com/" + strings.Repeat("a", 272) + canary},
		"that has to be escaped":  {Kind: reconcile.Changed, Member: "client_name", Asked: "App", Got: `"` + canary + `"`},
		"with what nobody sees":   {Kind: reconcile.Changed, Member: "client_name", Asked: "App", Got: canary[:4] + "\u200b" + canary[4:]},
		"percent-encoded":         {Kind: reconcile.Changed, Member: "client_uri", Asked: "https://a.example.com", Got: "https://a.example.com/c4nar%797q"},
		"kept after a withdrawal": {Kind: reconcile.Retained, Member: "client_uri", Got: at},
	} {
		for _, c := range []outcome.Consequence{outcome.NoConsequence, outcome.Deregistered, outcome.NotRolledBack, outcome.UpdateStands, outcome.RenewedStands, outcome.ReplacedStands, outcome.NewerStands, outcome.TakenBefore, outcome.NotAskedFor, outcome.NotRenewed, outcome.NotSent, outcome.LeftAlone} {
			p := exampleProblem(outcome.Substituted)
			p.Warning, p.Substitution, p.Consequence, p.Withheld = c == outcome.NoConsequence, s, c, []any{map[string]any{"x_text": canary}}
			for _, m := range []Message{Of(p), Of(p, s)} {
				told := strings.ToLower(m.Summary + m.Detail())
				if strings.Contains(told, "7q") || strings.Contains(told, "c4n") {
					t.Errorf("%s, %v:\n%s", name, c, m.Detail())
				}
				if !strings.Contains(m.Happened, s.Member) {
					t.Errorf("%s, %v: the parameter is not named:\n%s", name, c, m.Detail())
				}
			}
		}
	}
}

// Nor is a value shown of a parameter that is sensitive, or of which it is not known, whoever had it configured and when: what an apply before the last one asked for is
// withheld nowhere, and a server may bring it back.
func TestNoSubstitutionShowsAValueThatMayBeSecret(t *testing.T) {
	const canary = "c4nary7q"
	old := map[string][2]any{ // what is asked for by now, and what the server brings back
		"software_statement": {"eyJhbGciOiJub25lIn0.e30.", canary},
		"db_password":        {"new", canary},
		"x_secret":           {"new", canary},
		"x_list":             {[]any{"new"}, []any{canary, "more"}},
		"x_object":           {map[string]any{"a": "new"}, map[string]any{"client_secret": canary, "b": canary}},
		"x_kind":             {true, canary},
		"jwks":               {map[string]any{"keys": []any{}}, map[string]any{"keys": []any{map[string]any{"kty": "oct", "k": canary}}}},
	}
	for member, values := range old {
		for kind := reconcile.NotShown; kind <= reconcile.Retained; kind++ {
			for _, c := range []outcome.Consequence{outcome.NoConsequence, outcome.Deregistered, outcome.NotRolledBack, outcome.UpdateStands, outcome.RenewedStands, outcome.ReplacedStands, outcome.NewerStands, outcome.TakenBefore, outcome.NotAskedFor, outcome.NotRenewed, outcome.NotSent, outcome.LeftAlone} {
				p := exampleProblem(outcome.Substituted)
				p.Warning, p.Consequence = c == outcome.NoConsequence, c
				p.Substitution = reconcile.Substitution{Member: member, Kind: kind, Asked: values[0], Got: values[1]}
				for _, m := range []Message{Of(p), Of(p, p.Substitution)} {
					if strings.Contains(m.Summary+m.Detail(), canary) {
						t.Errorf("%s, %s, %v:\n%s", member, kind, c, m.Detail())
					}
				}
			}
		}
	}
}
