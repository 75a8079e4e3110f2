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
