// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func answersUpdates(f fakeop.Faults, a fakeop.Answer) fakeop.Faults {
	f.Updating.Calls = fakeop.Always(a)
	return f
}

// A server answers updates without the client. A read that shows one as made, with the token and at the address of before, tells that updates leave both alone: no later
// plan has them change, and a client that is deleted there is noticed as it was before the update.
func TestAnUpdateThatIsAnsweredWithoutTheClientTeachesWhatUpdatesDo(t *testing.T) {
	for name, a := range map[string]fakeop.Answer{"204": {Status: 204, Processed: true}, "200 empty": {Status: 200, Processed: true}, "{}": {Status: 200, Body: "{}", Processed: true}} {
		for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine, "public": public} {
			for _, hides := range []bool{true, false} {
				for _, journal := range []bool{true, false} {
					what := fmt.Sprint(name, " ", kind, " hides ", hides, " journal ", journal)
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{Faults: answersUpdates(fakeop.Faults{OmitSecretOnRead: hides}, a)}, s)
					l.registerAs(doc("a"))
					l = l.later(s)
					if out := l.update(doc("b")); out.Failed() {
						t.Fatalf("%s: %s", what, kinds(out.Problems))
					}
					record := l.state.Record
					if may := reconcile.UpdateMayChange(record.Facts, record.Agreed, doc("c"), false); may != (reconcile.Changeable{}) {
						t.Errorf("%s: the next update may change %+v", what, may)
					}
					l = l.later(s)
					l.op.RemoveClient(l.state.Handle.ClientID)
					if out := l.refresh(); !out.Gone {
						t.Errorf("%s: not noticed as deleted: %s", what, kinds(out.Problems))
					}
				}
			}
		}
	}
}

// Where such an update replaced something, that is not learnt, and a client that lives is not taken as gone.
func TestAnUpdateThatIsAnsweredWithoutTheClientAndReplacedSomething(t *testing.T) {
	a := fakeop.Answer{Status: 204, Processed: true}
	for name, f := range map[string]fakeop.Faults{
		"secret, hidden": {RotateSecretOnUpdate: true, OmitSecretOnRead: true, OmitSecretOnUpdate: true}, "secret, shown": {RotateSecretOnUpdate: true},
		"both": {RotateSecretOnUpdate: true, RotateTokenOnUpdate: true, OmitSecretOnRead: true}, "address": {MoveURIOnUpdate: true}, "token": {RotateTokenOnUpdate: true},
	} {
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{Faults: answersUpdates(f, a)}, authserver.Settings{})
			l.registerAs(doc("a"))
			l = l.later(authserver.Settings{})
			l.update(doc("b"))
			record := l.state.Record
			may := reconcile.UpdateMayChange(record.Facts, record.Agreed, doc("c"), false)
			if f.RotateSecretOnUpdate && !may.Secret || f.RotateTokenOnUpdate && !may.Token || f.MoveURIOnUpdate && !may.URI {
				t.Errorf("%s, %s: the next update is said to change %+v alone", name, kind, may)
			}
			l = l.later(authserver.Settings{})
			if out := l.refresh(); out.Gone {
				t.Errorf("%s, %s: a live client is forgotten: %s", name, kind, kinds(out.Problems))
			}
		}
	}
}

// A replica that has not seen the update takes the token of before: nothing is learnt of it.
func TestAReplicaThatLagsTeachesNothingOfAnUpdateWithoutAnAnswer(t *testing.T) {
	f := answersUpdates(fakeop.Faults{RotateTokenOnUpdate: true, OmitSecretOnRead: true}, fakeop.Answer{Status: 204, Processed: true})
	f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Answer{Stale: true}}}
	for kind, doc := range both {
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		l.registerAs(doc("a"))
		l.update(doc("b"))
		if l.state.Record.Facts.UpdateSeen {
			t.Errorf("%s: updates are said to leave the token alone", kind)
		}
	}
}
