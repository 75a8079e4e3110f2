// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A template is set on a server that moves clients with updates; the address that an update named is not proved yet.
func TestATemplateOverAWaitingAddress(t *testing.T) {
	for says, silent := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
		for kind, doc := range kindsOfClient {
			for _, reads := range []string{"no reads", "read-back lost"} {
				for _, journal := range []bool{false, true} {
					for _, last := range []string{"refresh", "update", "destroy"} {
						what := fmt.Sprintf("%s, %s, %s, journal %v, %s", says, kind, reads, journal, last)
						s := settingsWith(t, journal)
						f := silent
						f.MoveURIOnUpdate = true
						if reads == "no reads" {
							f = without(noReads["405"], f)
						}
						op := &fakeop.Server{Faults: f}
						l := begin(t, op, s)
						b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}?generation=77", Refresh: authserver.RefreshAuto}
						lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a"), Behaviour: b}, l.save)
						id := l.state.Handle.ClientID
						update := func(to string) outcome.Outcome {
							return lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc(to), Behaviour: b, StoresSecret: true, MayChange: anything}, l.save)
						}
						once := f
						if reads != "no reads" {
							once.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Dropped()}}
						}
						op.SetFaults(once)
						l = l.later(s)
						update("b")
						op.SetFaults(f)
						for i := range 2 {
							l = l.later(s)
							if last == "refresh" || i > 0 {
								out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: b}, l.save)
								l.honest(what, id, out)
							}
							if last != "destroy" {
								out := update(fmt.Sprint("c", i))
								l.honest(what, id, out)
								if got, _ := op.Client(id); out.Failed() || got.Metadata["client_name"] != fmt.Sprint("c", i) {
									t.Errorf("%s: update %d: %s", what, i, kinds(out.Problems))
								}
							}
						}
						l = l.later(s)
						out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save)
						l.honest(what, id, out)
						if !out.Gone {
							t.Errorf("%s: destroy: %s", what, kinds(out.Problems))
						}
					}
				}
			}
		}
	}
}
