// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A client without an address is destroyed at the one that a template gives. What is down there, or refuses who asks, may serve the client all the same.
func TestADestroyAtATemplateMeetsAnOutage(t *testing.T) {
	for wname, w := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "502": fakeop.BadGateway(), "dropped": fakeop.Dropped(), "429": {Status: 429}, "401": fakeop.Unauthorized(true), "none": {}} {
		for _, refreshed := range []bool{true, false} {
			f := fakeop.Faults{}
			f.Registration.Calls = fakeop.Always(shows("registration_client_uri", nil))
			op := &fakeop.Server{Faults: f}
			l := begin(t, op, authserver.Settings{})
			l.registerAs(web("a"))
			b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}", Refresh: authserver.RefreshAuto}
			l = l.later(authserver.Settings{})
			if refreshed {
				lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
				l = l.later(authserver.Settings{})
			}
			if w.Status != 0 || w.Cut != 0 {
				f.Deletion.Calls = []fakeop.CallFault{{Times: 1, Answer: w}}
			}
			op.SetFaults(f)
			out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save)
			if n := len(op.Clients()); n > 0 && out.Gone {
				t.Errorf("%s, refreshed %v: forgotten and lives, unmanaged %v: %s", wname, refreshed, out.Has(outcome.DeleteUnmanaged), kinds(out.Problems))
			}
		}
	}
}

// What is answered at the address of a wrong template says nothing of the client, and a corrected one finds it.
func TestATemplateThatIsCorrected(t *testing.T) {
	for _, how := range []string{"with refresh", "without refresh", "refresh meets a 500"} {
		f := silentEndpoints
		f.Registration.Calls = fakeop.Always(shows("registration_client_uri", nil))
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(public("a"))
		id := l.state.Handle.ClientID
		b := authserver.Behaviour{URITemplate: "{registration_endpoint}/wrong/{client_id}", Refresh: authserver.RefreshAuto}
		l = l.later(authserver.Settings{})
		lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: public("b"), Behaviour: b, StoresSecret: true, MayChange: anything}, l.save)
		b.URITemplate = "{registration_endpoint}/{client_id}"
		l = l.later(authserver.Settings{})
		if how == "refresh meets a 500" {
			f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.InternalError()}}
			l.op.SetFaults(f)
		}
		if how != "without refresh" {
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
		}
		m := lifecycle.DecideMissing(l.server, l.state, b)
		if l.state.Record.Gone {
			t.Errorf("%s: a live client %s is recorded as gone, plan %+v", how, id, m)
		}
	}
}

// One outage at the address that a template gives does not have the template ignored from then on.
func TestATemplateThatMeetsAnOutage(t *testing.T) {
	for name, outage := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "502": fakeop.BadGateway(), "dropped": fakeop.Dropped(), "429": {Status: 429}, "401": fakeop.Unauthorized(true)} {
		f := fakeop.Faults{}
		f.Registration.Calls = fakeop.Always(shows("registration_client_uri", nil))
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(web("a"))
		b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}", Refresh: authserver.RefreshAuto}
		update := func(to string) outcome.Outcome {
			l = l.later(authserver.Settings{})
			lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
			l = l.later(authserver.Settings{})
			return lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web(to), Behaviour: b, StoresSecret: true, MayChange: anything}, l.save)
		}
		down := f
		down.Reading.Calls = fakeop.Always(outage)
		l.op.SetFaults(down)
		if !update("b").Failed() {
			t.Fatalf("%s: no failure", name)
		}
		l.op.SetFaults(f)
		l = l.later(authserver.Settings{})
		lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
		if may, _ := lifecycle.ReadsInApply(l.server, l.state, b); !may {
			t.Errorf("%s: the template is ignored: %+v", name, l.state.Record.Unproven.RefusedURI)
		}
		if out := update("c"); out.Failed() || l.state.Handle.RegistrationClientURI == "" {
			t.Errorf("%s: %s", name, kinds(out.Problems))
		}
	}
}
