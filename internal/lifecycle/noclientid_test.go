// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// unnamed has each registration answered without the client_id.
func unnamed(f fakeop.Faults) fakeop.Faults {
	f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(answer map[string]any) { delete(answer, "client_id") }})
	return f
}

// A registration's answer that leaves out the client_id says where the client is, and has its token: the client is read there, which names it, and is kept with what is in force.
func TestARegistrationWhoseAnswerDoesNotNameTheClient(t *testing.T) {
	for name, f := range map[string]fakeop.Faults{
		"": {}, "reads show no credentials": {OmitTokenOnRead: true, OmitSecretOnRead: true}, "the token rotates": {RotateTokenOnRead: true}, "the secret rotates": {RotateSecretOnRead: true},
		"both rotate": {RotateTokenOnRead: true, RotateSecretOnRead: true},
	} {
		for kind, doc := range both {
			for _, journal := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, journal %v", name, kind, journal), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, journal)
					l := begin(t, &fakeop.Server{Faults: unnamed(f)}, s)
					if out := l.registerAs(doc("a")); out.Failed() || out.Has(outcome.NotReadBack) {
						t.Fatal(kinds(out.Problems))
					}
					clients := l.op.Clients()
					if len(clients) != 1 || l.state.Handle.ClientID != clients[0].ID || l.state.Handle.ClientSecret.Reveal() != clients[0].Secret || l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(clients[0].ID) {
						t.Fatalf("the server has %v, and the state %q with another credential", clients, l.state.Handle.ClientID)
					}
					l = l.later(s)
					if out := l.update(doc("b")); out.Failed() {
						t.Error(kinds(out.Problems))
					}
					l = l.later(s)
					if out := l.destroy(authserver.Behaviour{}); out.Failed() || len(l.op.Clients()) != 0 {
						t.Error(kinds(out.Problems))
					}
				})
			}
		}
	}
}

// So is one that is registered in the place of another one, which is deregistered then.
func TestAReplacementWhoseAnswerDoesNotNameTheClient(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.register()
	old := l.state.Handle.ClientID
	l.op.SetFaults(unnamed(fakeop.Faults{}))
	l.want(l.replace(web("b"), authserver.Behaviour{}))
	if clients := l.op.Clients(); len(clients) != 1 || clients[0].ID == old || clients[0].ID != l.state.Handle.ClientID {
		t.Errorf("the server has %v, and the state %q", clients, l.state.Handle.ClientID)
	}
}

// One failure of the read costs nothing. Where it fails on, or no read is to be made, the message says where the client is. It is not deregistered: the answer may be about one
// that there was before.
func TestARegistrationWhoseAnswerDoesNotNameTheClientAndThatIsNotRead(t *testing.T) {
	fails := func(times int) []fakeop.CallFault {
		return []fakeop.CallFault{{Times: times, Answer: fakeop.InternalError()}}
	}
	for name, tt := range map[string]struct {
		reading fakeop.ReadingFaults
		none    bool
		kept    bool // the registration succeeds
	}{
		"once":                     {reading: fakeop.ReadingFaults{Calls: fails(1)}, kept: true},
		"each time":                {reading: fakeop.ReadingFaults{Calls: fails(0)}},
		"reads name nobody either": {reading: fakeop.ReadingFaults{NoClientID: true}},
		"with management none":     {none: true},
	} {
		for _, journal := range []bool{false, true} {
			s := settingsWith(t, journal)
			if tt.none {
				s.Management = authserver.ManagementNone
			}
			l := begin(t, &fakeop.Server{Faults: unnamed(fakeop.Faults{Reading: tt.reading})}, s)
			out := l.registerAs(web("a"))
			clients := l.op.Clients()
			if out.Failed() == tt.kept || len(clients) != 1 || l.op.CountOf(fakeop.OpDelete) != 0 {
				t.Errorf("%s, journal %v: the server has %v: %s", name, journal, clients, kinds(out.Problems))
			}
			if tt.kept {
				continue
			}
			if p := out.Problems[0]; p.Kind != outcome.NotRegistered || !p.MaybeProcessed || !strings.Contains(p.Err.Error(), clients[0].URI) {
				t.Errorf("%s, journal %v: %s", name, journal, kinds(out.Problems))
			}
			if tt.none && l.op.CountOf(fakeop.OpRead) != 0 {
				t.Errorf("%s: it was read", name)
			}
		}
	}
}

// A token that came with an address where nothing may be sent goes nowhere, and what was registered before is not deregistered.
func TestARegistrationWhoseAnswerDoesNotNameAClientThatIsNotItsOwn(t *testing.T) {
	for name, edit := range map[string]func(map[string]any){
		"plain http elsewhere":     func(a map[string]any) { a["registration_client_uri"] = "http://as.example.com/register/1" },
		"no address":               func(a map[string]any) { delete(a, "registration_client_uri") },
		"no token":                 func(a map[string]any) { delete(a, "registration_access_token") },
		"issued a long time ago":   func(a map[string]any) { a["client_id_issued_at"] = fakeop.Epoch.AddDate(-1, 0, 0).Unix() + 7 },
		"answered with 200":        func(map[string]any) {},
		"an error in the same one": func(a map[string]any) { a["error"] = "server_error" },
	} {
		f := fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.InternalError())}}
		f.Registration.Calls = fakeop.Always(fakeop.Answer{Processed: true, Edit: func(answer map[string]any) { delete(answer, "client_id"); edit(answer) }})
		l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
		if name == "answered with 200" { // as by a server that answers a document that it has with the client that it has
			l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls[0].Answer.Status = 200 })
		}
		if out := l.registerAs(web("a")); !out.Failed() || l.op.CountOf(fakeop.OpDelete) != 0 || len(l.op.Clients()) != 1 {
			t.Errorf("%s: %d deletions: %s", name, l.op.CountOf(fakeop.OpDelete), kinds(out.Problems))
		}
	}
}
