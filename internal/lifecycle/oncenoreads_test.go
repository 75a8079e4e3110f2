// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// One answer to the read before an update says that there are no reads, as a front end's 405 does. What an administrator has changed since, and the configuration does
// not manage, is kept all the same. What says so again is believed, but not an outage after it where reads worked before.
func TestOneReadBeforeAnUpdateThatSaysNoReads(t *testing.T) {
	t.Parallel()
	for name, answer := range noReads {
		for _, learnt := range []bool{true, false} {
			for then, second := range map[string]fakeop.Answer{"shown": {}, "the same": answer, "an outage": {Status: http.StatusServiceUnavailable}} {
				what := fmt.Sprintf("%s, what reads do is known %v, then %s", name, learnt, then)
				l := begin(t, &fakeop.Server{}, authserver.Settings{})
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				l.op.SetMember(id, "policy_uri", "https://a.example/policy") // an administrator's
				if !learnt {
					l.state.Record.Unread = true
				}
				calls := []fakeop.CallFault{{Times: 1, Answer: answer}}
				switch then {
				case "the same":
					calls = []fakeop.CallFault{{Times: 2, Answer: answer}}
				case "an outage":
					calls = append(calls, fakeop.CallFault{From: 2, Answer: second})
				}
				l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = calls })
				l = l.later(authserver.Settings{})
				out := l.rename("b")
				if got, _ := l.op.Client(id); then != "the same" && got.Metadata["policy_uri"] == nil {
					t.Errorf("%s: the administrator's value is lost: %s", what, kinds(out.Problems))
				}
				if out.Failed() != (then == "an outage") {
					t.Errorf("%s: %s", what, kinds(out.Problems))
				}
			}
		}
	}
}
