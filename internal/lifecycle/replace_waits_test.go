// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// replaceForWantOfUpdates is the apply of a plan that replaces a client since the server was seen to have no updates.
func (l *life) replaceForWantOfUpdates(asked metadata.Document) outcome.Outcome {
	l.t.Helper()
	l.state.Record.Capabilities.Update = reconcile.CapabilityNo
	return lifecycle.Replace(l.t.Context(), l.server, lifecycle.Replacement{
		Old: l.state, Registration: lifecycle.Registration{Asked: asked}, Update: &lifecycle.Change{State: l.state, Asked: asked, StoresSecret: true},
	}, l.save)
}

// That a server has no updates was learnt from one answer. One that is about the moment (RFC 6585 §4, RFC 4918 §11.3), about the client's present state (RFC 9110
// §15.5.10) or about who asks does not say it again, and another client_id cannot be taken back.
func TestAReplacementForWantOfUpdatesWaitsForAWordOnUpdates(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"429":                {Status: http.StatusTooManyRequests},
		"409":                {Status: http.StatusConflict},
		"409 in words":       {Status: http.StatusConflict, Body: `{"error":"conflict","error_description":"The client is being changed"}`},
		"412":                {Status: http.StatusPreconditionFailed},
		"423":                {Status: http.StatusLocked, Body: `{"message":"locked"}`},
		"403 of a front end": {Status: http.StatusForbidden, MediaType: "text/html", Body: "<title>Forbidden</title>"},
		"403":                {Status: http.StatusForbidden},
		"403 for who asks":   {Status: http.StatusForbidden, Body: `{"error":"insufficient_scope"}`},
		"401":                {Status: http.StatusUnauthorized},
		"401 of the token":   {Status: http.StatusUnauthorized, Body: `{"error":"invalid_token"}`},
		"400 of who asks":    {Status: http.StatusBadRequest, Body: `{"error":"access_denied"}`},
		"415":                {Status: http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			for reads, f := range map[string]fakeop.Faults{"reads": {}, "no reads": {ReadStatus: http.StatusMethodNotAllowed}} {
				if reads == "no reads" && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusBadRequest) {
					continue // there it raises the question whether the client exists
				}
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.register()
				before := l.state.Handle.ClientID
				l.op.SetFaults(f)
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(answer) })
				out := l.replaceForWantOfUpdates(web("b"))
				if !out.Failed() || !out.Has(outcome.NotUpdated) || l.state.Handle.ClientID != before || len(l.op.Clients()) != 1 || l.op.CountOf(fakeop.OpRegister) != 1 {
					t.Errorf("%s: %s; the state has %s after %s, left %v", reads, kinds(out.Problems), l.state.Handle.ClientID, before, l.op.Clients())
				}
				l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
				if out := l.replaceForWantOfUpdates(web("b")); out.Failed() || !out.Has(outcome.UpdatedAfterAll) {
					t.Errorf("%s: after that: %s", reads, kinds(out.Problems))
				}
				if l.state.Handle.ClientID != before || l.state.Record.Capabilities.Update != reconcile.CapabilityYes {
					t.Errorf("%s: after that the state has %s, %+v", reads, l.state.Handle.ClientID, l.state.Record.Capabilities)
				}
			}
		})
	}
}

// A server that answers once more as one without updates does has its client replaced at once.
func TestAReplacementForWantOfUpdatesGoesOnWhereThereAreNone(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"405":             {Status: http.StatusMethodNotAllowed},
		"501":             {Status: http.StatusNotImplemented},
		"404":             {Status: http.StatusNotFound, MediaType: "text/html", Body: "<title>Not Found</title>"},
		"403 in words":    {Status: http.StatusForbidden, Body: `{"error":"unsupported_operation","error_description":"Unsupported operation"}`},
		"to a login page": {Status: http.StatusFound, Header: http.Header{"Location": {"/login"}}},
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, &fakeop.Server{}, authserver.Settings{})
			l.register()
			before := l.state.Handle.ClientID
			l.op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(answer)}})
			out := l.replaceForWantOfUpdates(web("b"))
			if out.Failed() || l.state.Handle.ClientID == before || len(l.op.Clients()) != 1 {
				t.Errorf("%s; the state has %s after %s, left %v", kinds(out.Problems), l.state.Handle.ClientID, before, l.op.Clients())
			}
		})
	}
}
