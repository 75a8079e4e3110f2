// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// A registration in a client's place has no answer, and may have renewed the client. Once its token has worked and its secret is accepted, or shown, nothing of that
// is open any more, whether the record or the journal has the note, and that its address
// shows nothing and its secret is refused means that it is gone. As long as the token endpoint takes no secret, it is open.
func TestWhatARegistrationLeftOpenEnds(t *testing.T) {
	t.Parallel()
	for reads, f := range map[string]fakeop.Faults{"hide the secret": {OmitSecretOnRead: true, GoneStatus: 404}, "show it": {GoneStatus: 404}} {
		for i := range 16 {
			journal, killed, updated, told := i%2 == 1, i/2%2 == 1, i/4%2 == 1, i/8 == 0
			if killed && !journal {
				continue // of which nothing knows
			}
			what := fmt.Sprintf("reads %s, journal %v, killed %v, updated %v, told %v", reads, journal, killed, updated, told)
			s := settingsWith(t, journal)
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(machine("a"))
			if updated {
				l.update(machine("b"))
			}
			kept := l.state
			l = l.later(s)
			l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
			if !told {
				l.op.EditFaults(func(f *fakeop.Faults) { f.TokenEndpoint.Calls = fakeop.Always(fakeop.InternalError()) })
			}
			said := l.replace(machine("c"), authserver.Behaviour{}).Problems
			if killed {
				l.state = kept
			}
			for range 2 {
				l = l.later(s)
				said = append(said, l.refresh().Problems...)
			}
			open := !told && reads == "hide the secret"
			id := l.state.Handle.ClientID
			l.op.RemoveClient(id)
			l.op.EditFaults(func(f *fakeop.Faults) { f.TokenEndpoint.Calls = nil })
			l = l.later(s)
			out := l.refresh()
			if out.Gone == open {
				t.Errorf("%s: gone %v: %s", what, out.Gone, kinds(append(said, out.Problems...)))
			}
			if out.Gone && !out.Has(outcome.Gone) {
				t.Errorf("%s: %s", what, kinds(out.Problems))
			}
		}
	}
}
