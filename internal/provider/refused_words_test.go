// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A name is not taken that a refusal of something else speaks of.
func TestRefusalThatSpeaksOfTheName(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"another value of one that has the name": {Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"App: redirect_uris are already in use by another client"}`},
		"one address":                            {Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"the redirect_uri of App already exists for another application"}`},
		"a conflict":                             {Status: 409, Body: `{"error":"invalid_redirect_uri","error_description":"this redirect_uri belongs to another client"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(answer) })
			err := fmt.Sprint(r.TryApply(secured()))
			containsAll(t, err, "To fix this:")
			containsNone(t, err, "has this client_name already")
		})
	}
}

// A refusal that names no parameter is not told as one of a value. What its words are about can be changed all the same.
func TestRefusalThatNamesNoParameter(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":"invalid_request","error_description":"The tenant has reached its quota of 100 clients."}`,
		`{"error":"quota_exceeded","error_description":"too many clients"}`,
		`{"message":"Content-Type application/json; charset is not accepted here"}`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.op.Force(fakeop.OpRegister, fakeop.Answer{Status: 400, Body: body})
			err := fmt.Sprint(r.TryApply(secured()))
			containsAll(t, err, "names no parameter", "Ask the server's administrator why it refuses the request", "If its words are about a parameter, change or remove that.")
			containsNone(t, err, "The server refuses a value of the client metadata.", "the parameter that the server names")
			r.Apply(secured().With(attrs{"client_name": "App 2"}))
		})
	}
}
