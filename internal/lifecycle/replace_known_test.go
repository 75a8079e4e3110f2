// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The registration in the place of another client is answered with a client that there was before, and cannot be kept: without its secret, or beside an
// error. It is somebody else's, of this run or of another one, and is not taken back as one that this registration made.
func TestReplaceLeavesSomebodyElsesClientWithoutSecret(t *testing.T) {
	for name, x := range map[string]struct {
		answer fakeop.Answer
		kind   outcome.Kind
	}{
		"no secret":       {shows("client_secret", nil), outcome.OtherSecretNotKnown},
		"a mask":          {shows("client_secret", "********"), outcome.OtherSecretNotKnown},
		"beside an error": {fakeop.Answer{Status: http.StatusInternalServerError}, outcome.RegisteredBesideError},
	} {
		for _, knownBy := range []string{"its age", "this run", "the journal"} {
			if knownBy == "its age" && x.kind == outcome.RegisteredBesideError {
				continue // such an answer counts as none
			}
			t.Run(fmt.Sprintf("%s, %s", name, knownBy), func(t *testing.T) {
				days := 0
				faults := fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}
				settings := authserver.Settings{}
				if knownBy == "the journal" {
					settings = withJournal(t)
				}
				l := begin(t, &fakeop.Server{Faults: faults, Clock: func() time.Time { return someMorning.AddDate(0, 0, days) }}, settings)
				l.registerAs(web("mine"))
				mine := l.state
				l = l.restarted(settings)
				l.registerAs(web("theirs"))
				theirs := l.state
				if knownBy != "this run" {
					l = l.restarted(settings)
					l.refresh() // which tells the journal that a state has it
					l = l.restarted(settings)
				}
				if knownBy == "its age" {
					days = 30
				}
				l.state = mine
				answer, h := x.answer, theirs.Handle
				if answer.Status != 0 {
					answer.Body = fmt.Sprintf(`{"client_id":%q,"registration_access_token":%q,"registration_client_uri":%q}`, h.ClientID, l.op.CurrentToken(h.ClientID), h.RegistrationClientURI)
				}
				l.op.Force(fakeop.OpRegister, answer)
				out := l.replace(web("theirs"), authserver.Behaviour{})
				if !out.Failed() || !out.Has(x.kind) {
					t.Fatalf("%v", kinds(out.Problems))
				}
				if _, lives := l.op.Client(theirs.Handle.ClientID); !lives || len(l.op.Clients()) != 2 {
					t.Fatalf("somebody else's client is deleted: %v", kinds(out.Problems))
				}
				if diff := cmp.Diff(mine.Handle, l.state.Handle, sameSecrets); diff != "" {
					t.Errorf("the old client is not kept as it was: %s", diff)
				}
				if out := l.replace(web("another name"), authserver.Behaviour{}); out.Failed() || len(l.op.Clients()) != 2 {
					t.Errorf("a name of its own does not lead out: %v", kinds(out.Problems))
				}
				l.state = theirs
				l.state.Handle.RegistrationAccessToken = secret.New(l.op.CurrentToken(theirs.Handle.ClientID))
				if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Failed() || len(l.op.Clients()) != 1 {
					t.Errorf("who has it cannot deregister it in this run: %v", kinds(out.Problems))
				}
			})
		}
	}
}
