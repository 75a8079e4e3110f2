// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

func withKeys(name string) metadata.Document {
	return metadata.Document{
		"client_name": name, "grant_types": []any{"client_credentials"}, "response_types": []any{}, "token_endpoint_auth_method": "private_key_jwt",
		"jwks_uri": "https://a.example/jwks",
	}
}

// A deletion failed, or was acknowledged and undone by a backup, and the client was updated since at a server that has no reads: that a deletion was once
// sent says nothing any more, and an outage of the updates alone does not have the client forgotten.
func TestAnUpdateEndsTheNoteOfADeletion(t *testing.T) {
	for kind, doc := range map[string]func(string) metadata.Document{"keys": withKeys, "machine": machine, "web": web} {
		for refusal, answer := range map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON()} {
			for deletion, told := range map[string]bool{"failed": false, "undone": false, "failed, and the update is only told": true, "undone, and the update is only told": true} {
				t.Run(fmt.Sprint(kind, ", ", refusal, ", ", deletion), func(t *testing.T) {
					s, undone := withJournal(t), strings.HasPrefix(deletion, "undone")
					f := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
					f.Reading.Calls = fakeop.Always(fakeop.NotAllowed("PUT, DELETE"))
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(doc("a"))
					l.update(doc("b"))
					l = l.later(s)
					failing := f
					failing.Deletion.Calls = fakeop.Always(fakeop.Answer{Status: map[bool]int{false: 500, true: 204}[undone]})
					l.op.SetFaults(failing)
					if out := l.operate("delete", nil); out.Gone != undone {
						t.Fatalf("the deletion: gone %v: %s", out.Gone, kinds(out.Problems))
					}
					l = l.later(s)
					living := f
					if told {
						living.Updating.Calls = fakeop.Always(fakeop.Answer{Status: 204, Processed: true})
					}
					l.op.SetFaults(living)
					if out := l.update(doc("c")); out.Failed() {
						t.Fatalf("the update: %s", kinds(out.Problems))
					}
					l = l.later(s)
					failing = f
					failing.Updating.Calls = fakeop.Always(answer)
					l.op.SetFaults(failing)
					if out := l.update(doc("d")); out.Gone || l.state.Record.Gone {
						t.Errorf("a live client is gone: %s", kinds(out.Problems))
					}
				})
			}
		}
	}
}

// Another process deletes the client while the answer to an update is under way: what that update showed is older than the deletion, whose note stays, also where two answers are all that tells of it.
func TestAnUpdateThatADeletionOvertakes(t *testing.T) {
	for last, told := range map[int][]fakeop.CallFault{1: nil, 2: fakeop.Always(fakeop.Answer{Status: 204, Processed: true})} {
		t.Run(fmt.Sprint(last), func(t *testing.T) {
			s := withJournal(t)
			f := fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}
			f.Reading.Calls = fakeop.Always(fakeop.NotAllowed("PUT, DELETE"))
			l := begin(t, &fakeop.Server{Faults: f}, s)
			l.registerAs(withKeys("a"))
			l.update(withKeys("b"))
			l = l.later(s)
			other := start(t, l.op, s)
			other.state = l.state
			l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = told })
			updates := l.op.CountOf(fakeop.OpUpdate)
			done := false
			l.op.SetHooks(nil, func(r *http.Request) {
				if fakeop.OperationOf(r) == fakeop.OpUpdate && !done && l.op.CountOf(fakeop.OpUpdate) == updates+last {
					done = true
					if out := other.operate("delete", nil); !out.Gone {
						t.Errorf("the deletion: %s", kinds(out.Problems))
					}
				}
			})
			l.update(withKeys("c"))
			l.op.SetHooks(nil, nil)
			l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
			if !done {
				t.Fatal("nothing was deleted")
			}
			l = l.later(s)
			if l.update(withKeys("d")); !l.state.Record.Gone {
				t.Error("the deletion is not known any more")
			}
		})
	}
}
