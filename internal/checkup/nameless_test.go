// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// sendsName reports whether a request's document has a client_name.
func sendsName(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return err == nil && bytes.Contains(body, []byte(`"client_name"`))
}

// A server may take no client_name, which RFC 7591 §2 leaves optional: whether it says so or not, it is checked without one.
func TestServerThatTakesNoName(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"and says so":     `{"error":"invalid_client_metadata","error_description":"client_name is not allowed"}`,
		"and says little": `{"error":"invalid_client_metadata"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := []fakeop.CallFault{{Matches: sendsName, Answer: fakeop.Answer{Status: http.StatusBadRequest, Body: body}}}
			op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: refused}, Updating: fakeop.UpdatingFaults{Calls: refused}}}
			op.Start(t)
			r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: settings(op), Clock: noWaits()})
			honest(t, op, r)
			if r.Verdict != checkup.VerdictWorks {
				t.Errorf("the verdict is %s\n%s", r.Verdict, printed(t, r))
			}
			for _, p := range r.Parameters {
				if refused := p.Outcome == checkup.Refused; refused != (p.Name == "client_name" || p.Name == "client_name#ja") && p.Name != "client_name#ja" {
					t.Errorf("%s: %s", p.Name, p.Outcome)
				}
			}
		})
	}
}

// A server that says so of the client_name and takes nothing else either is asked a bounded number of times.
func TestServerThatTakesNothing(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: []fakeop.CallFault{
		{Matches: sendsName, Answer: fakeop.Answer{Status: http.StatusBadRequest, Body: `{"error":"invalid_client_metadata","error_description":"client_name is not allowed"}`}},
		{Answer: fakeop.Answer{Status: http.StatusBadRequest, Body: `{"error":"invalid_client_metadata"}`}},
	}}}}
	op.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r := checkup.Run(ctx, t.Context(), checkup.Options{Settings: settings(op), Clock: noWaits()})
	if n := op.CountOf(fakeop.OpRegister); n > 30 || r.Verdict != checkup.VerdictFails || ctx.Err() != nil {
		t.Errorf("%d registrations, verdict %s, %v", n, r.Verdict, ctx.Err())
	}
}
