// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// unknownJournals are journals whose place, or whose encryption, another apply decides.
var unknownJournals = map[string]any{
	"path": attrs{"path": tftest.Unknown{}}, "identity": attrs{"path": "x", "age_identity": tftest.Unknown{}}, "all of it": tftest.Unknown{},
}

// A plan that does not know yet where the journal is, or how it is encrypted, and is not applied, costs nothing that the journal is to keep.
func TestPlanWhoseJournalIsNotKnownYet(t *testing.T) {
	for name, unknown := range unknownJournals {
		for _, refresh := range []string{"always", "auto"} {
			t.Run(name+", "+refresh, func(t *testing.T) {
				journal := journalAt(t).With(attrs{"refresh": refresh})
				r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, journal)
				r.Apply(app)
				r.start(attrs{"refresh": refresh, "token_journal": unknown})
				r.op.ResetLog()
				r.planned(app)
				if n := r.op.CountOf(fakeop.OpRead); n != 0 {
					t.Errorf("%d reads", n)
				}
				if text := r.tells("settings are unknown"); !strings.Contains(text, "token_journal of the provider depends on values that are not known yet") {
					t.Errorf("it says %q", text)
				}
				r.start(journal)
				r.Apply(renamed)
				r.holds()
			})
		}
	}
}

// The journal alone has what an apply got that was killed. A plan without it does not take the refusal of older credentials for the client's absence.
func TestNewerCredentialsInAJournalThatIsNotKnownYet(t *testing.T) {
	machine := attrs{"client_name": "App", "grant_types": []string{"client_credentials"}}
	journal := journalAt(t)
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}, journal)
	r.Apply(machine)
	state, private := r.State, r.Private
	r.Apply(machine.With(attrs{"client_name": "App 2"}))
	r.State, r.Private = state, private
	r.start(attrs{"token_journal": attrs{"path": tftest.Unknown{}}})
	r.Plan(machine)
	r.start(journal)
	r.Apply(machine)
	r.holds()
	if n := len(r.op.Clients()); n != 1 {
		t.Errorf("%d clients", n)
	}
}

// What reads a client without a state of it waits for the journal, too, and says what is to be applied first. Once that is, it works.
func TestReadsWithoutAStateWaitForTheJournal(t *testing.T) {
	const secretType = "oidc_client_secret"
	for name, read := range map[string]func(r *subject, id, uri string) string{
		"data source": func(r *subject, id, _ string) string {
			_, err := r.Rig().ReadData("oidc_client", attrs{"client_id": id})
			return said(err)
		},
		"import": func(r *subject, _, uri string) string { return said(r.tryImport(uri)) },
		"ephemeral resource": func(r *subject, id, uri string) string {
			config := configured(r.t, schemas(r.t).EphemeralResourceSchemas[secretType], attrs{"client_id": id, "registration_client_uri": uri})
			answer, err := r.Rig().Server().OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: secretType, Config: config})
			if err != nil {
				return err.Error()
			}
			return details(answer.Diagnostics)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fakeop.Server{}
			id, uri, token := registeredBefore(t, s, secured())
			s.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnRead = true })
			settings := attrs{"registration_access_tokens": attrs{id: token}}
			r := newSubject(t, s, settings.With(attrs{"token_journal": attrs{"path": tftest.Unknown{}}}))
			s.ResetLog()
			if text := read(r, id, uri); !strings.Contains(text, "terraform apply -target=ADDRESS") {
				t.Errorf("it says %q", text)
			}
			if n := s.CountOf(fakeop.OpRead); n != 0 {
				t.Errorf("%d reads", n)
			}
			r.start(settings.With(journalAt(t)))
			if text := read(r, id, uri); strings.Contains(text, "not known") || s.CountOf(fakeop.OpRead) == 0 {
				t.Errorf("with the journal: %s", text)
			}
		})
	}
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
