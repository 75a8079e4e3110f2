// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// An update's answer that leaves out the client_id shows the client all the same, and the credentials that it brings are shown nowhere else.
func TestAnUpdateWhoseAnswerDoesNotNameTheClient(t *testing.T) {
	unnamed := fakeop.Faults{NoClientID: true, ShapeOn: []fakeop.Operation{fakeop.OpUpdate}}
	for name, f := range map[string]fakeop.Faults{
		"token": {RotateTokenOnUpdate: true, OmitTokenOnRead: true}, "secret": {RotateSecretOnUpdate: true, OmitSecretOnRead: true},
		"both": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: true, OmitSecretOnRead: true}, "neither": {},
		"no reads": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, ReadStatus: 405},
	} {
		f.NoClientID, f.ShapeOn = unnamed.NoClientID, unnamed.ShapeOn
		for kind, doc := range both {
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(doc("a"))
			for _, next := range []string{"b", "c", "d"} {
				l = l.later(authserver.Settings{})
				if out := l.update(doc(next)); out.Failed() {
					t.Errorf("%s, %s, %s: %s", name, kind, next, kinds(out.Problems))
				}
				client, _ := l.op.Client(l.state.Handle.ClientID)
				if client.Metadata["client_name"] != next {
					t.Errorf("%s, %s: registered is %v, not %s", name, kind, client.Metadata["client_name"], next)
				}
				if l.state.Handle.ClientSecret.Reveal() != client.Secret || l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(l.state.Handle.ClientID) {
					t.Errorf("%s, %s, %s: a credential in the state is not in force", name, kind, next)
				}
			}
		}
	}
}

// So it does of a client that has no name, no redirect URIs and no keys, which all that is asked for tells from others; another one's brings nothing.
func TestAnUpdateWhoseAnswerDoesNotNameAMachine(t *testing.T) {
	machine := func(version string) map[string]any {
		return map[string]any{"grant_types": []any{"client_credentials"}, "scope": "read write", "software_id": "s", "software_version": version}
	}
	for name, f := range map[string]fakeop.Faults{"token": {RotateTokenOnUpdate: true, OmitTokenOnRead: true},
		"secret, too": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: true, OmitSecretOnRead: true},
	} {
		for _, others := range []bool{false, true} {
			f.NoClientID, f.OmitURIOnUpdate, f.ShapeOn = true, true, []fakeop.Operation{fakeop.OpUpdate}
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(machine("a"))
			if others {
				l.op.EditFaults(func(f *fakeop.Faults) { f.RotateTokenOnUpdate, f.RotateSecretOnUpdate = false, false })
			}
			for _, next := range []string{"b", "c", "d"} {
				if others {
					l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Edit: func(answer map[string]any) {
						delete(answer, "registration_client_uri")
						answer["scope"], answer["registration_access_token"], answer["client_secret"] = "admin", "another-clients-token-0123456789", "another-clients-secret-0123456789"
					}})
				}
				l = l.later(authserver.Settings{})
				l.update(machine(next))
				client, _ := l.op.Client(l.state.Handle.ClientID)
				if l.state.Handle.ClientSecret.Reveal() != client.Secret || l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(client.ID) || client.Metadata["software_version"] != next {
					t.Errorf("%s, another client's %v, %s: a credential in the state is not in force: %v", name, others, next, client.Metadata)
				}
			}
		}
	}
}

// One that shows another client, without a client_id, brings nothing.
func TestAnUpdateWhoseAnswerIsOfAnotherClientThatItDoesNotName(t *testing.T) {
	for kind, named := range both {
		doc := func(name string) map[string]any { // with what all clients of a company have in common
			asked := named(name)
			asked["policy_uri"], asked["tos_uri"] = "https://company.example/policy", "https://company.example/terms"
			return asked
		}
		l := begin(t, &fakeop.Server{}, authserver.Settings{})
		l.registerAs(doc("a"))
		before := l.state.Handle
		l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Edit: func(answer map[string]any) {
			for member := range answer {
				delete(answer, member)
			}
			answer["policy_uri"], answer["tos_uri"] = doc("b")["policy_uri"], doc("b")["tos_uri"]
			answer["client_name"], answer["grant_types"], answer["response_types"] = "other", doc("b")["grant_types"], doc("b")["response_types"]
			answer["registration_access_token"], answer["client_secret"] = "another-clients-token-0123456789", "another-clients-secret-0123456789"
		}})
		l.update(doc("b"))
		if out := l.update(doc("c")); out.Failed() || !l.state.Handle.ClientSecret.Equal(before.ClientSecret) || !l.state.Handle.RegistrationAccessToken.Equal(before.RegistrationAccessToken) {
			t.Errorf("%s: a credential of another client is in the state: %s", kind, kinds(out.Problems))
		}
		for _, r := range l.op.Requests() {
			if r.Credential == "another-clients-token-0123456789" {
				t.Errorf("%s: another client's token was sent", kind)
			}
		}
	}
}

// Where there are no reads, an answer that names no client may show a part of it. What it leaves out is registered as before, and the next update, which replaces all
// (RFC 7592 §2.2), keeps it. What the configuration gave up is not.
func TestAnUpdateWhoseAnswerNamesNoClientAndShowsAPartOfIt(t *testing.T) {
	for kind, doc := range both {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, AddMembers: map[string]any{"software_version": "7"}}}, authserver.Settings{})
		asked := func(name string) map[string]any {
			asked := doc(name)
			asked["contacts"], asked["logo_uri"] = []any{"a@example.com"}, "https://company.example/logo"
			return asked
		}
		l.registerAs(asked("a"))
		l.op.EditFaults(func(f *fakeop.Faults) { f.AddMembers = nil })
		update := func(asked map[string]any) {
			t.Helper()
			l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Edit: func(answer map[string]any) {
				for member := range answer {
					if member != "client_name" && member != "grant_types" {
						delete(answer, member)
					}
				}
			}})
			l = l.later(authserver.Settings{})
			if out := l.update(asked); len(out.Problems) != 0 && out.Has(outcome.Substituted) || out.Failed() {
				t.Errorf("%s: %s", kind, kinds(out.Problems))
			}
		}
		for _, name := range []string{"b", "c"} {
			update(asked(name))
			client, _ := l.op.Client(l.state.Handle.ClientID)
			if client.Metadata["software_version"] != "7" || client.Metadata["client_name"] != name || l.state.Registered["logo_uri"] != "https://company.example/logo" || l.state.Registered["client_name"] != name {
				t.Errorf("%s, %s: registered is %v; in the state, %v", kind, name, client.Metadata, l.state.Registered)
			}
		}
		without := asked("d")
		delete(without, "logo_uri")
		update(without)
		client, _ := l.op.Client(l.state.Handle.ClientID)
		if _, shown := l.state.Registered["logo_uri"]; shown || client.Metadata["logo_uri"] != nil || client.Metadata["software_version"] != "7" {
			t.Errorf("%s: what is asked no more stays: %v; in the state, %v", kind, client.Metadata, l.state.Registered)
		}
	}
}

// So is what an answer leaves out that names the client and has no metadata of it. One that has any is to have all: what it leaves out is not registered.
func TestAnUpdateWhoseAnswerNamesTheClientAndShowsNothingOfIt(t *testing.T) {
	for name, shows := range map[string]string{"nothing": "", "the secret's form alone": "x_secret_form", "its grant types": "grant_types"} {
		l := begin(t, &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, AddMembers: map[string]any{"software_version": "7"}}}, authserver.Settings{})
		asked := func(name string) map[string]any {
			asked := web(name)
			asked["logo_uri"] = "https://company.example/logo"
			return asked
		}
		l.registerAs(asked("a"))
		l.op.EditFaults(func(f *fakeop.Faults) { f.AddMembers = nil })
		complete := shows == "grant_types"
		for _, next := range []string{"b", "c"} {
			l.op.Force(fakeop.OpUpdate, fakeop.Answer{Processed: true, Edit: func(answer map[string]any) {
				answer["x_secret_form"] = "plain"
				for member := range answer {
					if member != "client_id" && member != "client_secret" && member != "registration_access_token" && member != shows {
						delete(answer, member)
					}
				}
			}})
			l = l.later(authserver.Settings{})
			if out := l.update(asked(next)); out.Failed() || !out.Has(outcome.Substituted) {
				t.Errorf("%s, %s: %s", name, next, kinds(out.Problems))
			}
			client, _ := l.op.Client(l.state.Handle.ClientID)
			if _, kept := l.state.Registered["logo_uri"]; kept == complete || client.Metadata["client_name"] != next {
				t.Errorf("%s, %s: registered is %v; in the state, %v", name, next, client.Metadata, l.state.Registered)
			}
			if _, shown := l.state.Registered["client_name"]; shown {
				t.Errorf("%s, %s: no answer showed what was registered: %v", name, next, l.state.Registered)
			}
			if client.Metadata["software_version"] != "7" && !complete {
				t.Errorf("%s, %s: what nobody manages was deleted: %v", name, next, client.Metadata)
			}
		}
	}
}
