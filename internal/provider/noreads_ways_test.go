// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server has no reads, and refuses a client's update as it does one of a client that is gone. Each way that the error names is taken, and ends
// the trouble there: the server has no reads afterwards either.
func TestWaysOutWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	silent := silentWitnesses
	silent.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
	refuses := func(a fakeop.Answer, f fakeop.Faults) fakeop.Faults {
		f.Updating.Calls, f.Deletion.Calls = fakeop.Always(a), fakeop.Always(a)
		return f
	}
	admin := attrs{"initial_access_token": adminToken}
	for name, x := range map[string]struct {
		settings attrs
		server   *fakeop.Server
		faults   fakeop.Faults
		revoked  bool
		names    []string
	}{
		"the token is lost":                        {faults: silent, revoked: true, names: []string{"registration_access_tokens", "on_missing = \"recreate\""}},
		"the token is lost, and a witness":         {revoked: true, names: []string{"registration_access_tokens", "management = \"none\""}},
		"the token is lost, with an administrator": {settings: admin, server: &fakeop.Server{AdminToken: adminToken}, faults: silent, revoked: true, names: []string{"management = \"provider_credentials\""}},
		"404":                {faults: refuses(fakeop.NotFoundJSON(), silent), names: []string{"on_missing = \"recreate\"", "management = \"none\""}},
		"404, and a witness": {faults: refuses(fakeop.NotFoundPage(), fakeop.Faults{}), names: []string{"management = \"none\""}},
	} {
		for _, reads := range []fakeop.Answer{{Status: 405}, fakeop.Forbidden("access_denied", "Unsupported operation")} {
			t.Run(fmt.Sprint(name, ", reads ", reads.Status), func(t *testing.T) {
				t.Parallel()
				changed := secured().With(attrs{"client_name": "App 2"})
				without := func(r *subject) {
					r.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(reads) })
				}
				begin := func() (*subject, attrs, error) {
					s := &fakeop.Server{}
					if x.server != nil {
						s.AdminToken = x.server.AdminToken
					}
					settings := attrs{"max_retries": 0}.With(x.settings)
					s.Start(t)
					r := &subject{t: t, op: s}
					without(r)
					r = newSubject(t, s, settings)
					r.Apply(secured())
					r.op.SetFaults(x.faults)
					without(r)
					if x.revoked {
						r.op.RevokeToken(r.id())
					}
					r.start(settings)
					return r, settings, r.TryApply(changed)
				}
				_, _, err := begin()
				if err == nil {
					t.Fatal("a client is changed that cannot be")
				}
				containsAll(t, err.Error(), x.names...)
				containsNone(t, err.Error(), "terraform import", "refresh = ")
				for i := range waysIn(err.Error()) {
					r, settings, err := begin()
					way := waysIn(err.Error())[i]
					take(t, r, settings, way)
					without(r)
					if err := r.TryApply(changed); err != nil {
						t.Errorf("the way out does not work:\n%s\n%v", way, err)
						continue
					}
					if strings.Contains(way, "registration_access_tokens") && len(r.op.Clients()) != 1 {
						t.Errorf("another client was registered by\n%s", way)
					}
				}
			})
		}
	}
}

// A client was deleted behind the back. The update tells, and the next plan registers another one, as the message says.
func TestGoneWhereThereAreNoReads(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405}}, nil)
	r.Apply(secured())
	r.Apply(secured().With(attrs{"client_name": "App 1"}))
	r.Apply(secured().With(attrs{"client_name": "App 2"}))
	first := r.id()
	r.op.RemoveClient(first)
	r.start(nil)
	changed := secured().With(attrs{"client_name": "App 3"})
	said := r.failing(func() error { return r.TryApply(changed) })
	containsAll(t, said, "does not exist any more at the server", "Plan again. The new plan registers the client anew")
	r.start(nil)
	r.Begin()
	plan := r.Plan(changed)
	r.wantSays("The last update found that client "+first+" does not exist any more", "registration_access_tokens")
	if !plan.Unknown("client_id") {
		t.Fatal("the plan registers no other client")
	}
	r.start(nil)
	r.Apply(changed)
	if n := len(r.op.Clients()); n != 1 || r.id() == first {
		t.Errorf("%d clients, and the state has %s", n, r.id())
	}
	r.WantEmpty(changed)
	r.Destroy()
}
