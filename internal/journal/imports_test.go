// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The server has moved the client, and a state still has it at the address of before: its refresh is a sight of the plan that imports the client at the present one.
func TestASightAtAFormerAddressBesideAnImport(t *testing.T) {
	path := tempPath(t)
	in := func(do func(j *Journal)) {
		j := open(t, Options{Path: path})
		do(j)
		j.Finish()
		shut(t, j)
	}
	moved := Entry{Endpoint: endpoint, ClientID: "c1", RegistrationClientURI: uri + "/2", PreviousURI: uri, RegistrationAccessToken: secret.New("t2")}
	in(func(j *Journal) {
		id, err := j.Begin(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f", Made: 1})
		must(t, err)
		must(t, j.Registered(t.Context(), id, token("t1")))
	})
	in(func(j *Journal) { must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 1)) })
	in(func(j *Journal) { must(t, j.record(t.Context(), moved)) })
	in(func(j *Journal) {
		must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 1))
		must(t, j.Imported(t.Context(), Name{ClientID: "c1", URI: uri + "/2"}, 2))
	})
	in(func(j *Journal) {
		must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri + "/2"}, 2))
		hold, err := j.BeginDestroy(t.Context(), Name{ClientID: "c1", URI: uri + "/2"}, 2)
		must(t, err)
		if hold == HeldAlone {
			t.Error("the destroy of the imported object deletes the client of the other one")
		}
	})
}
