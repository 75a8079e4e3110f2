// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Whatever an update or a deletion is refused with, the error names a way.
func TestEachRefusedUpdateNamesAWay(t *testing.T) {
	t.Parallel()
	for _, answer := range []fakeop.Answer{
		{Status: 401, Body: `{"error":"invalid_token"}`}, {Status: 401}, {Status: 400, Body: `{"error":"invalid_token"}`}, {Status: 400, Body: `{"error":"invalid_client"}`}, {Status: 403, Body: `{"error":"access_denied"}`},
		{Status: 400, Body: `{"error":"access_denied"}`}, {Status: 404}, {Status: 404, Body: `{"error":"not_found"}`}, {Status: 410}, {Status: 409, Body: `{"error":"conflict"}`}, {Status: 412}, {Status: 426}, {Status: 200, Body: "{}"}, {Status: 204},
		{Status: 200, Body: "<html><title>Log in</title></html>", MediaType: "text/html"}, {Status: 202}, {Status: 206}, {Status: 100 + 201}, {Status: 304}, {Status: 300},
		{Cut: fakeop.CutConnection}, {Cut: fakeop.CutBody, Processed: true}, {Status: 400, Body: `{"error":"insufficient_scope"}`}, {Status: 423}, {Status: 431}, {Status: 402}, {Status: 508}, {Status: 511},
	} {
		t.Run(fmt.Sprint(answer.Status, answer.Body, answer.Cut), func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.Apply(secured())
			r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(answer) })
			err := r.TryApply(secured().With(attrs{"client_name": "App 2"}))
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), "To fix this:") {
				t.Errorf("no way: %v", err)
			}
			r.op.SetFaults(fakeop.Faults{})
			r.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = fakeop.Always(answer) })
			r.start(attrs{"max_retries": 0})
			if err := r.TryDestroy(); err != nil && !strings.Contains(err.Error(), "To fix this:") {
				t.Errorf("no way: %v", err)
			}
		})
	}
}

func TestEachRefusedRegistrationNamesAWay(t *testing.T) {
	t.Parallel()
	for _, answer := range []fakeop.Answer{
		{Status: 401, Body: `{"error":"invalid_token"}`}, {Status: 400, Body: `{"error":"invalid_token"}`}, {Status: 400, Body: `{"error":"invalid_client"}`}, {Status: 403, Body: `{"error":"access_denied"}`},
		{Status: 404}, {Status: 410}, {Status: 409}, {Status: 412}, {Status: 426}, {Status: 200, Body: "{}"}, {Status: 204}, {Status: 202}, {Status: 206}, {Status: 301}, {Status: 304}, {Status: 300}, {Status: 302},
		{Cut: fakeop.CutConnection}, {Cut: fakeop.CutBody, Processed: true}, {Status: 423}, {Status: 431}, {Status: 402}, {Status: 508}, {Status: 511}, {Status: 407}, {Status: 408}, {Status: 421}, {Status: 425},
	} {
		t.Run(fmt.Sprint(answer.Status, answer.Body, answer.Cut), func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = fakeop.Always(answer) })
			if err := r.TryApply(secured()); err != nil && !strings.Contains(err.Error(), "To fix this:") {
				t.Errorf("no way: %v", err)
			}
		})
	}
}

// A server may say by 401, too, that it takes no update without the secret, which the state does not have. Another client, whose secret is stored, leads out.
func TestUpdateThatWantsTheSecretBy401(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, UpdateNeedsSecret: true, UpdateWithoutSecretIsUnauthorized: true}}, attrs{"max_retries": 0})
	config := secured().With(attrs{"store_client_secret": false})
	r.Apply(config)
	changed := config.With(attrs{"client_name": "App 2"})
	containsAll(t, fmt.Sprint(r.TryApply(changed)), "It may be that the server takes no update of this client without its client secret", "Set store_client_secret = true", "terraform apply -replace=ADDRESS")
	changed = changed.With(attrs{"store_client_secret": true})
	containsAll(t, fmt.Sprint(r.TryApply(changed)), "whose secret is known from its registration", "terraform apply -replace=ADDRESS") // to store it is not enough
	r.Destroy()                                                                                                                        // terraform apply -replace=ADDRESS
	for _, name := range []string{"App 2", "App 3"} {
		r.Apply(changed.With(attrs{"client_name": name}))
		r.WantEmpty(changed.With(attrs{"client_name": name}))
	}
}

// A credential that reads the client, and with which the server takes no update, changes it by another registration.
func TestUpdateThatTheCredentialMayNotMake(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(secured())
	r.op.EditFaults(func(f *fakeop.Faults) {
		f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_token"}`})
	})
	changed := secured().With(attrs{"client_name": "App 2"})
	err := fmt.Sprint(r.TryApply(changed))
	containsAll(t, err, "The server does not take an update of the client with this credential", "terraform apply -replace=ADDRESS")
	containsNone(t, err, "client secret")
	r.Destroy() // terraform apply -replace=ADDRESS
	r.Apply(changed)
	r.WantEmpty(changed)
}

// Where its deletion is refused like the update, the old client stays at the server, by the setting that the error names beside.
func TestUpdateAndDeletionThatTheCredentialMayNotMake(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"a code": {Status: 401, Body: `{"error":"invalid_token"}`}, "nothing": {Status: 401}, "400": {Status: 400, Body: `{"error":"access_denied"}`}, "a page": {Status: 401, MediaType: "text/html", Body: "<html><title>Log in</title></html>"},
	} {
		for _, stored := range []bool{true, false} { // without a secret, the refusal may be for want of it
			t.Run(fmt.Sprint(name, ", the secret stored ", stored), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
				config := secured().With(attrs{"store_client_secret": stored})
				r.Apply(config)
				r.op.EditFaults(func(f *fakeop.Faults) {
					f.Updating.Calls, f.Deletion.Calls = fakeop.Always(answer), fakeop.Always(answer)
				})
				changed := config.With(attrs{"client_name": "App 2"})
				err := fmt.Sprint(r.TryApply(changed))
				containsAll(t, err, "terraform apply -replace=ADDRESS", "If the replacement fails because the server deletes no clients (DELETE)", `management = "none"`)
				if strings.Contains(err, "Set store_client_secret = true") {
					changed = changed.With(attrs{"store_client_secret": true})
				}
				r.replacedUnmanaged(changed)
			})
		}
	}
}

// Nor does a 403 to an update end its client's changes, whoever gave it: the token may read and not update, the server may have a policy, or a firewall may stop PUT.
func TestUpdateThatIsForbidden(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"nothing": {Status: 403}, "a page": fakeop.Forbidden("", ""), "a code": fakeop.Forbidden("access_denied", "you may not"), "a scope": fakeop.Forbidden("insufficient_scope", "it takes another scope"), "a policy": fakeop.Forbidden("policy", "no"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.Apply(secured())
			r.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(answer) })
			changed := secured().With(attrs{"client_name": "App 2"})
			err := fmt.Sprint(r.TryApply(changed))
			containsAll(t, err, "A read with the same credential has just shown the client", "terraform apply -replace=ADDRESS")
			containsNone(t, err, "provider_credentials")
			if front := strings.Contains(err, "let PUT and DELETE through"); front != (name == "nothing" || name == "a page") {
				t.Errorf("a front end is named: %v: %s", front, err)
			}
			r.Destroy() // terraform apply -replace=ADDRESS
			r.Apply(changed)
			r.WantEmpty(changed)
		})
	}
	t.Run("and so is its deletion", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(secured())
		r.op.EditFaults(func(f *fakeop.Faults) {
			f.Updating.Calls, f.Deletion.Calls = fakeop.Always(fakeop.Answer{Status: 403}), fakeop.Always(fakeop.Answer{Status: 403})
		})
		changed := secured().With(attrs{"client_name": "App 2"})
		containsAll(t, fmt.Sprint(r.TryApply(changed)), "If the replacement fails because the server deletes no clients (DELETE)", `management = "none"`)
		r.replacedUnmanaged(changed)
	})
	t.Run("and the provider's own credentials may", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{AdminToken: "admin"}, attrs{"initial_access_token": "admin"})
		r.Apply(secured())
		r.op.EditFaults(func(f *fakeop.Faults) {
			f.Updating.Calls = []fakeop.CallFault{{Matches: func(r *http.Request) bool { return r.Header.Get("Authorization") != "Bearer admin" }, Answer: fakeop.Answer{Status: 403}}}
		})
		changed := secured().With(attrs{"client_name": "App 2"})
		containsAll(t, fmt.Sprint(r.TryApply(changed)), `management = "provider_credentials"`)
		r.start(attrs{"initial_access_token": "admin", "management": "provider_credentials"})
		id := r.id()
		r.Apply(changed)
		r.WantEmpty(changed)
		if r.id() != id || r.registered()["client_name"] != "App 2" {
			t.Errorf("client %s, %v", r.id(), r.registered())
		}
		r.op.SetFaults(fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 403})}})
		containsAll(t, fmt.Sprint(r.TryApply(secured())), "give them the permission to manage clients")
	})
}

// A refusal of a parameter that only speaks of the client_secret is not told as one for want of it.
func TestRefusalThatSpeaksOfTheClientSecret(t *testing.T) {
	t.Parallel()
	for words, wanted := range map[string]bool{
		"jwks must not be combined with client_secret authentication":         false,
		"redirect_uris: http is not allowed for clients with a client_secret": false,
		"the client_secret expires sooner than default_max_age":               false,
		"contacts is invalid. Note: client_secret is ignored in updates":      false,
		"client_secret is required":                                           true,
		"the client_secret does not match":                                    true,
		"missing parameter: client_secret":                                    true,
		"An update has to contain the current client_secret of the client":    true,
		"invalid client_secret":                                               true,
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			config := secured().With(attrs{"store_client_secret": false})
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true}}, attrs{"max_retries": 0})
			r.Apply(config)
			r.op.EditFaults(func(f *fakeop.Faults) {
				f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"` + words + `"}`})
			})
			err := fmt.Sprint(r.TryApply(config.With(attrs{"client_name": "App 2"})))
			if told := strings.Contains(err, "The server takes no update of this client without its client secret"); told != wanted {
				t.Error(err)
			}
			containsAll(t, err, "To fix this:", "Set store_client_secret = true on the resource, and have the client replaced")
		})
	}
}

// A deletion may be refused for what the client is used for. The error gives the server's reason, blames no credential, and the deletion is made once that is gone.
func TestDeletionThatIsRefusedForNow(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"a reason": {Status: 400, Body: `{"error":"client_in_use","error_description":"the client has active grants"}`}, "no reason": {Status: 400}, "422": {Status: 422, Body: `{"error":"in_use"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.Apply(secured())
			r.op.EditFaults(func(f *fakeop.Faults) { f.Deletion.Calls = fakeop.Always(answer) })
			err := fmt.Sprint(r.TryDestroy())
			if reason := strings.Contains(err, "for what its answer says"); reason == (name == "no reason") {
				t.Errorf("a reason is named: %v: %s", reason, err)
			}
			containsNone(t, err, "not because of its credential")
			containsAll(t, err, "terraform state rm ADDRESS")
			r.op.SetFaults(fakeop.Faults{})
			r.Destroy()
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("%d clients are left", n)
			}
		})
	}
}

// replacedUnmanaged replaces a client whose deletion the server refuses, too, without management, which leaves the old one there.
func (r *subject) replacedUnmanaged(changed attrs) {
	r.t.Helper()
	id := r.id()
	if err := r.TryDestroy(); err == nil { // terraform apply -replace=ADDRESS
		r.t.Error("the client is deregistered")
	}
	r.start(attrs{"management": "none"})
	r.Destroy() // the same with it
	r.wantSays("Client stays at the server")
	r.Apply(changed)
	r.start(nil)
	r.Apply(changed) // which reads the new client, once
	r.WantEmpty(changed)
	if r.id() == id || r.registered()["client_name"] != "App 2" || len(r.op.Clients()) != 2 {
		r.t.Errorf("client %s after %s, %v", r.id(), id, r.op.Clients())
	}
}
