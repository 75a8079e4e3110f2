// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Where the user's own management = "none" is why a change replaces the client, no message says that the server has no way to change it, and the way that is named
// changes it in place.
func TestReplacementByManagementNone(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured())
	id, changed := r.id(), secured().With(attrs{"client_name": "App 2"})
	r.start(attrs{"management": "none"})
	r.Begin()
	r.Plan(changed)
	r.wantSays("To have it changed in place, where the server can do that, set on the provider:", `management = "auto"`)
	containsNone(t, r.details(), "The server offers no way", "which offers no way to deregister it")
	r.start(attrs{"management": "auto"})
	r.Apply(changed)
	if r.id() != id || len(r.op.Clients()) != 1 {
		t.Errorf("it is %s and was %s, of %d clients", r.id(), id, len(r.op.Clients()))
	}
}

// A client that has no secret is not told as one whose server hides it, and has one once it is registered with a method that uses it.
func TestSecretOfAPublicClient(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured().With(attrs{"token_endpoint_auth_method": "none"}))
	fetch := func() *tfprotov6.OpenEphemeralResourceResponse {
		r.start(nil)
		resp, err := r.Rig().Server().OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: "oidc_client_secret", Config: configured(t, schemas(t).EphemeralResourceSchemas["oidc_client_secret"], attrs{
			"client_id": r.id(), "registration_client_uri": r.Text("registration_client_uri"), "registration_access_token": r.Text("registration_access_token"),
		})})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	told := details(fetch().Diagnostics)
	containsAll(t, told, "Client has no secret", `token_endpoint_auth_method = "client_secret_basic"`)
	containsNone(t, told, "it keeps only a hash", "keep the secret in the state")
	r.Apply(secured().With(attrs{"token_endpoint_auth_method": "client_secret_basic"}))
	if resp := fetch(); failed(resp.Diagnostics) {
		t.Error(details(resp.Diagnostics))
	}
}

// What a replacement leaves at the server is in no state, and no sentence says that the state is kept.
func TestLeftAtServerKeepsNoState(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"404 page": {Status: 404, Body: "<html><title>Not found</title></html>"},
		"404 json": {Status: 404, Body: `{"error":"not_found"}`},
		"401":      {Status: 401, Body: `{"error":"invalid_token"}`},
		"403":      {Status: 403, Body: `{"error":"insufficient_scope"}`},
		"500":      {Status: 500, Body: `{"error":"server_error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed, AuthorizeErrorPage: true, TokenChecksGrantFirst: true}}, attrs{"max_retries": 0})
			r.Apply(secured())
			_ = r.TryApply(secured().With(attrs{"client_name": "App 2"})) // learns that there are no updates
			old := r.id()
			p := r.Plan(secured().With(attrs{"client_name": "App 2"}))
			r.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = fakeop.Always(answer) })
			r.op.SetHooks(func(req *http.Request) {
				if fakeop.OperationOf(req) == fakeop.OpDelete && answer.Status != 500 {
					r.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(answer) })
				}
			}, nil)
			r.Begin()
			err := r.ApplyPlan(p)
			if err != nil || r.id() == old {
				t.Errorf("it is not replaced: %v", err)
			}
			containsAll(t, r.details(), "the state does not keep it")
			containsNone(t, r.details(), "The state is kept as it is")
		})
	}
}

// An import whose token has expired is told of ways that need no token only where there are any.
func TestImportWithAnExpiredToken(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(secured())
	id := r.id()
	other := newSubject(t, r.op, attrs{"max_retries": 0, "registration_access_tokens": attrs{id: "some-token-1234567"}})
	r.op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_token","error_description":"The token has expired"}`})
	})
	err := other.tryImport(id)
	if err == nil {
		t.Fatal("no error")
	}
	containsNone(t, err.Error(), "those that set no token help for longer")
}

// A server that returned a token and no address is not said to have returned none.
func TestTokenWithoutAnAddress(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r := newSubject(t, op, attrs{"max_retries": 0, "basic_auth": attrs{"username": "u", "password": "p4ssw0rd"}})
	op.EditFaults(func(f *fakeop.Faults) {
		f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(doc map[string]any) { delete(doc, "registration_client_uri") }})
	})
	r.Begin()
	err := r.TryApply(secured())
	if err != nil || r.Text("registration_access_token") == "" {
		t.Fatalf("the state has no token: %v", err)
	}
	r.wantSays("Client cannot be managed", "returned a registration access token for it and no registration_client_uri")
	containsNone(t, r.details(), "returned no registration access token")
}
