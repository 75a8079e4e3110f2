// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client cannot be changed, and the answer to the registration of the one in its place is about another client, or has a token that is none. The old client
// stays whole, the new one is named, and each way works.
func TestReplacementThatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	changed := secured().With(attrs{"client_name": "App 2"})
	for name, answer := range map[string]fakeop.Answer{
		"another client": {OtherClient: true},
		"a wrong token":  {Edit: showing("registration_access_token", fakeop.Mask("reg-token-9-f00dfeedf00dfeed"))},
		"a masked token": {Edit: showing("registration_access_token", fakeop.Mask("********"))},
	} {
		for way, take := range map[string]func(*subject) error{
			"apply": func(r *subject) error { return r.TryApply(changed) },
			"apply -replace": func(r *subject) error {
				if err := r.TryDestroy(); err != nil {
					return err
				}
				return r.TryApply(changed)
			},
		} {
			for journal, settings := range map[string]attrs{"": {}, ", with a journal": nil} {
				t.Run(name+", "+way+journal, func(t *testing.T) {
					t.Parallel()
					if journal != "" {
						settings = journalAt(t)
					}
					r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed}}, settings)
					r.Apply(secured())
					id, known := r.id(), r.Text("client_secret")
					r.start(settings)
					if r.TryApply(changed) == nil {
						t.Fatal("updated")
					}
					r.op.Force(fakeop.OpRegister, answer)
					r.start(settings)
					err := r.TryApply(changed)
					if err == nil || len(waysIn(err.Error())) != 2 {
						t.Fatalf("the ways are not named: %v", err)
					}
					if r.id() != id || r.Text("client_secret") != known || !strings.Contains(err.Error(), id) {
						t.Errorf("the old client is not kept as it was: %v", err)
					}
					r.start(settings)
					if err := take(r); err != nil {
						t.Fatalf("the way out does not work: %v", err)
					}
					if r.id() == id || r.Text("client_secret") != r.op.CurrentSecret(r.id()) {
						t.Error("the new client's secret is not the one in force")
					}
					if _, lives := r.op.Client(id); lives {
						t.Error("the old client is left")
					}
					r.WantEmpty(changed)
				})
			}
		}
	}
}

// A server changes no clients, and issues nothing any more to manage them with. The first new client without that may be one wrong answer, and is left with its name told; the next apply is told to go
// on, and does. At another server, which the provider moved to, there is nothing to wait for.
func TestReplacementAtAServerThatStoppedManagingClients(t *testing.T) {
	t.Parallel()
	changed := secured().With(attrs{"client_name": "App 2"})
	bare := fakeop.RegistrationFaults{Calls: fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
		delete(doc, "registration_access_token")
		delete(doc, "registration_client_uri")
	}})}
	for _, moved := range []bool{true, false} {
		for journal, settings := range map[string]attrs{"": {}, ", with a journal": nil} {
			t.Run(fmt.Sprintf("moved %v%s", moved, journal), func(t *testing.T) {
				t.Parallel()
				if journal != "" {
					settings = journalAt(t)
				}
				r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed}}, settings)
				r.Apply(secured())
				id, at := r.id(), r.op
				r.start(settings)
				if r.TryApply(changed) == nil {
					t.Fatal("updated")
				}
				if moved {
					at = &fakeop.Server{Seed: "other", Faults: fakeop.Faults{Registration: bare}}
					at.Start(t)
					settings = settings.With(attrs{"issuer": at.Issuer()})
				} else {
					at.EditFaults(func(f *fakeop.Faults) { f.Registration = bare })
					r.start(settings)
					err := r.TryApply(changed)
					if err == nil || len(waysIn(err.Error())) != 2 || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), "takes the old one's place even if the server treats it the same") || r.id() != id {
						t.Fatalf("%v", err)
					}
				}
				r.start(settings)
				if err := r.TryApply(changed); err != nil || r.id() == id || r.Text("client_secret") != at.CurrentSecret(r.id()) {
					t.Errorf("not replaced: %v", err)
				}
				if _, lives := r.op.Client(id); lives {
					t.Error("the old client is left")
				}
				r.WantEmpty(changed)
			})
		}
	}
}
