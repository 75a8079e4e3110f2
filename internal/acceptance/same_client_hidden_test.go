// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A server answers the registration of metadata that it has with the client that it has, and hides that one's credentials. Under create_before_destroy Terraform then
// destroys the object that has them. Without a journal the apply fails before that, and leads out by the way that it names, as written; with one, nothing is lost.
func TestTheSameClientWithItsCredentialsHidden(t *testing.T) {
	t.Parallel()
	const ordered = "lifecycle { create_before_destroy = true }"
	replace := slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})
	for _, journal := range []bool{false, true} {
		t.Run(fmt.Sprint("journal ", journal), func(t *testing.T) {
			t.Parallel()
			days := 0
			server := &fakeop.Server{
				Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}},
				Clock:  func() time.Time { return time.Now().AddDate(0, 0, days-3) },
			}
			server.Start(t)
			x, provider := newTerminal(t), settings(t, server, journal)
			x.Configure(provider, fmt.Sprintf(one, "App", ordered))
			x.Apply()
			days = 3
			server.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) {
				delete(doc, "client_secret")
				delete(doc, "registration_access_token")
			}})
			out, code := x.Try(replace...)
			if failed := code != 0; failed == journal {
				t.Errorf("failed %v:\n%s", failed, out)
			}
			if !journal {
				containsAll(t, oneLine(out), "Server answered with a client that it had already", "remove create_before_destroy", "terraform apply -replace=ADDRESS")
			}
			x.holds(server)
			x.Quiet()
			first := server.Clients()[0].ID
			x.Configure(provider, fmt.Sprintf(one, "App", ""))
			x.Must(replace...)
			if clients := server.Clients(); len(clients) != 1 || clients[0].ID == first {
				t.Errorf("the server has %v", clients)
			}
			x.holds(server)
			x.Quiet()
		})
	}
}

// Nothing tells the registration that the client was there before: the destroy of the old object tells, and keeps it. The way out works as written.
func TestTheOnlyCopyOfTheCredentials(t *testing.T) {
	t.Parallel()
	const ordered = "lifecycle { create_before_destroy = true }"
	for _, tainted := range []bool{false, true} {
		t.Run(fmt.Sprint("tainted ", tainted), func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}
			x, provider := applied(t, server, ordered)
			client := server.Clients()[0]
			args := x.replacing(tainted)
			server.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) {
				delete(doc, "client_secret")
				delete(doc, "registration_access_token")
			}})
			for range 2 { // no later apply deregisters it either
				out, code := x.Try(args...)
				if code == 0 {
					t.Errorf("the apply succeeded:\n%s", out)
				}
				containsAll(t, oneLine(out), "its new object lacks its credentials", "terraform state rm ADDRESS", "terraform import ADDRESS "+client.URI)
				args = tftest.TerminalApply
			}
			if pulled := x.Must("state", "pull"); !strings.Contains(pulled, client.Token) || !strings.Contains(pulled, client.Secret) {
				t.Error("the state does not have the credentials any more")
			}
			x.Configure(provider+fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.URI, client.Token), fmt.Sprintf(one, "App", ordered))
			x.Must("state", "rm", clientType+".c")
			x.Must("import", clientType+".c", client.URI)
			x.Configure(provider, fmt.Sprintf(one, "App", ordered))
			x.Apply()
			x.holds(server)
			x.Quiet()
		})
	}
}

// The answer to the second registration has a wrong token, and no journal has the one of before: the old object is kept until the new one has what works. The way out
// works as written.
func TestTheOnlyCopyOfAToken(t *testing.T) {
	t.Parallel()
	const ordered = "lifecycle { create_before_destroy = true }"
	for _, tainted := range []bool{false, true} {
		t.Run(fmt.Sprint("tainted ", tainted), func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}
			x, provider := applied(t, server, ordered)
			client := server.Clients()[0]
			args := x.replacing(tainted)
			server.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_access_token"] = "wrong-f00dfeedf00dfeed" }})
			out, code := x.Try(args...)
			if code == 0 {
				t.Errorf("the apply succeeded:\n%s", out)
			}
			containsAll(t, oneLine(out), "its new object may lack its token", "terraform state pull", "registration_access_tokens = { \""+client.URI+"\"")
			if out, code = x.Try(tftest.TerminalApply...); code == 0 {
				t.Errorf("another apply succeeded:\n%s", out)
			}
			if pulled := x.Must("state", "pull"); !strings.Contains(pulled, client.Token) {
				t.Error("the state does not have the token any more")
			}
			x.Configure(provider+fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.URI, client.Token), fmt.Sprintf(one, "App", ordered))
			x.Apply()
			x.Configure(provider, fmt.Sprintf(one, "App", ordered))
			x.holds(server)
			x.Quiet()
			if _, lives := server.Client(client.ID); !lives {
				t.Error("the client is deregistered")
			}
		})
	}
}

// The server has no reads, so that nothing ever shows that the new object's token, with which it replaced the old one's, works. The way out works as written there, too.
func TestATokenThatNothingEverShowsToWork(t *testing.T) {
	t.Parallel()
	const ordered = "lifecycle { create_before_destroy = true }"
	server := &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, Registration: fakeop.RegistrationFaults{SameClient: true}}}
	x, provider := applied(t, server, ordered)
	client := server.Clients()[0]
	server.ReissueToken(client.ID)
	if out, code := x.Try(slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})...); code == 0 || !strings.Contains(oneLine(out), "its new object may lack its token") {
		t.Errorf("code %d:\n%s", code, out)
	}
	x.Configure(provider+fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.URI, client.Token), fmt.Sprintf(one, "App", ordered))
	x.Apply()
	x.Configure(provider, fmt.Sprintf(one, "App", ordered))
	x.Quiet()
	x.Configure(provider, fmt.Sprintf(one, "App 2", ordered))
	x.Apply()
	if clients := server.Clients(); len(clients) != 1 || clients[0].ID != client.ID {
		t.Errorf("the server has %v", clients)
	}
	x.Must(tftest.TerminalDestroy...)
	if left := server.Clients(); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// What destroys both objects deregisters the client, by what the old one alone has.
func TestADestroyOfTheOnlyCopy(t *testing.T) {
	t.Parallel()
	for name, hides := range map[string]func(map[string]any){
		"a wrong token": func(doc map[string]any) { doc["registration_access_token"] = "wrong-f00dfeedf00dfeed" },
		"no secret":     func(doc map[string]any) { delete(doc, "client_secret") },
		"no management": func(doc map[string]any) {
			delete(doc, "registration_access_token")
			delete(doc, "registration_client_uri")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: fakeop.Faults{OmitSecretOnRead: true, Registration: fakeop.RegistrationFaults{SameClient: true}}}
			x, _ := applied(t, server, "lifecycle { create_before_destroy = true }")
			server.Force(fakeop.OpRegister, fakeop.Answer{Edit: hides})
			if out, code := x.Try(slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})...); code == 0 {
				t.Errorf("the apply succeeded:\n%s", out)
			}
			x.Must(tftest.TerminalDestroy...)
			if left := server.Clients(); len(left) != 0 {
				t.Errorf("left %v", left)
			}
			if listed := strings.TrimSpace(x.Must("state", "list")); listed != "" {
				t.Errorf("the state has %s", listed)
			}
		})
	}
}

// The client is deregistered by somebody else, and nothing tells where there are no reads, so that the old object is held for it. The way out works as written.
func TestTheOnlyCopyOfAClientThatIsGone(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, Registration: fakeop.RegistrationFaults{SameClient: true}}}
	x, _ := applied(t, server, "lifecycle { create_before_destroy = true }")
	server.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) { doc["registration_access_token"] = "wrong-f00dfeedf00dfeed" }})
	replaced := slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})
	if out, code := x.Try(replaced...); code == 0 {
		t.Errorf("the apply succeeded:\n%s", out)
	}
	server.RemoveClient(server.Clients()[0].ID)
	out, code := x.Try(tftest.TerminalApply...)
	if code == 0 {
		t.Errorf("the apply succeeded:\n%s", out)
	}
	containsAll(t, oneLine(out), "If the client is not at the server any more", "terraform state rm ADDRESS")
	x.Must("state", "rm", clientType+".c")
	x.Apply()
	if clients := server.Clients(); len(clients) != 1 {
		t.Errorf("the server has %v", clients)
	}
	x.holds(server)
	x.Quiet()
}

// The server manages no clients, so that what the old object alone has cannot be imported. The way out works as written, and the secret is not lost before.
func TestTheOnlyCopyOfASecret(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}
	server.Start(t)
	hides := func(members ...string) {
		server.Force(fakeop.OpRegister, fakeop.Answer{Edit: func(doc map[string]any) {
			for _, member := range append(members, "registration_access_token", "registration_client_uri") {
				delete(doc, member)
			}
		}})
	}
	const ordered = "lifecycle { create_before_destroy = true }"
	x, provider := newTerminal(t), settings(t, server, false)
	x.Configure(provider, fmt.Sprintf(one, "App", ordered))
	hides()
	x.Apply()
	client := server.Clients()[0]
	hides("client_secret")
	args := slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})
	for range 2 {
		out, code := x.Try(args...)
		if code == 0 {
			t.Errorf("the apply succeeded:\n%s", out)
		}
		containsAll(t, oneLine(out), "its new object lacks its credentials", "terraform state rm ADDRESS")
		args = tftest.TerminalApply
	}
	if pulled := x.Must("state", "pull"); !strings.Contains(pulled, client.Secret) {
		t.Error("the state does not have the secret any more")
	}
	x.Must("state", "rm", clientType+".c")
	x.Configure(provider, fmt.Sprintf(one, "App 2", ordered))
	x.Apply()
	x.Quiet()
	if _, lives := server.Client(client.ID); !lives || len(server.Clients()) != 2 {
		t.Errorf("the server has %v", server.Clients())
	}
}

// replacing are the arguments of an apply that replaces the client, which it has taint where that is how.
func (x *terminal) replacing(tainted bool) []string {
	x.t.Helper()
	if tainted {
		x.Must("taint", clientType+".c")
		return tftest.TerminalApply
	}
	return slices.Concat(tftest.TerminalApply, []string{"-replace=" + clientType + ".c"})
}
