// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that was being taken back when everything was killed, and that is gone by now, stands in no later apply's way: the journal has that its deletion was
// sent, of a client that was shown. Where the deletion never came to the server, the client is taken over, or it is not known what became of it.
func TestAnAdoptionOfAClientThatWasBeingTakenBack(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"401": {}, "404": {GoneStatus: 404}, "tokens rotate": {RotateTokenOnRead: true, RotateTokenOnUpdate: true}, "secrets, too": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
		"no endpoint tells": {TokenChecksGrantFirst: true, AuthorizeErrorPage: true},
	} {
		for _, made := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", made ", made), func(t *testing.T) {
				s := withJournal(t)
				f.Substitute = map[string]any{"redirect_uris": []any{"https://other.example.com/"}}
				l := begin(t, &fakeop.Server{Faults: f}, s)
				var then []byte // the journal, at the moment of the kill
				var err error
				l.op.EditFaults(func(f *fakeop.Faults) {
					f.Front = []fakeop.CallFault{{Matches: func(r *http.Request) bool {
						if fakeop.OperationOf(r) != fakeop.OpDelete {
							return false
						}
						then, err = os.ReadFile(s.Journal.Path)
						return !made
					}, Answer: fakeop.Dropped()}}
				})
				l.registerAs(web("a"))
				id := l.state.Handle.ClientID
				if _, lives := l.op.Client(id); lives == made || then == nil || err != nil {
					t.Fatalf("the client lives: %v; the journal: %v", lives, err)
				}
				l.op.EditFaults(func(f *fakeop.Faults) { f.Front, f.Substitute = nil, nil })
				s = withJournal(t)
				if err := os.WriteFile(s.Journal.Path, then, 0o600); err != nil {
					t.Fatal(err)
				}
				l = another(l, s, authserver.State{})
				out := l.registerAs(web("a"))
				switch clients := l.op.Clients(); {
				case len(clients) != 1:
					t.Errorf("%d clients: %s", len(clients), kinds(out.Problems))
				case made && (out.Failed() || clients[0].ID == id):
					t.Errorf("failed %v: %s", out.Failed(), kinds(out.Problems))
				case !made && clients[0].ID != id:
					t.Errorf("another client was registered beside the one that lives: %s", kinds(out.Problems))
				}
			})
		}
	}
}
