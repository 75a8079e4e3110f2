// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// groupOf gives a command a process group of its own, which is killed or interrupted as one: as a closed terminal or a system
// without memory does, and Ctrl-C.
func groupOf(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killed runs a command that is killed at a moment, the whole group or one of its processes.
func (x *terminal) killed(who victim, moment string, args ...string) string {
	x.t.Helper()
	paused, ok := x.PauseAt(moment, groupOf, args...)
	if !ok {
		x.t.Fatalf("%s never came to %q:\n%s", strings.Join(args, " "), moment, paused.Wait())
	}
	who.kill(paused)
	out := paused.Wait()
	if paused.Cmd.ProcessState.Success() {
		x.t.Fatalf("%s was not killed at %q:\n%s", strings.Join(args, " "), moment, out)
	}
	return out
}

// victim is who is killed.
type victim string

const (
	everybody victim = "all"
	provider  victim = "provider"
	cli       victim = "terraform"
)

func (v victim) kill(paused *tftest.Paused) {
	target := map[victim]int{everybody: -paused.Cmd.Process.Pid, provider: paused.Provider, cli: paused.Cmd.Process.Pid}[v]
	_ = syscall.Kill(target, syscall.SIGKILL)
	paused.Resume()
}

// killedByServer runs a command whose group a hook of the server kills, by x.killGroup.
func (x *terminal) killedByServer(args ...string) {
	x.t.Helper()
	cmd := x.Command(x.t.Context(), args...)
	groupOf(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.group.Store(int64(cmd.Process.Pid))
	if err := cmd.Wait(); err == nil {
		x.t.Fatalf("%s was not killed:\n%s", strings.Join(args, " "), out.String())
	}
}

// killGroup ends the command that killedByServer runs.
func (x *terminal) killGroup() { _ = syscall.Kill(-int(x.group.Load()), syscall.SIGKILL) }

// works wants that the token in the state manages the one client that the server has.
func (x *terminal) works(server *fakeop.Server) {
	x.t.Helper()
	x.holds(server)
	if n := len(server.Clients()); n != 1 {
		x.t.Errorf("the server has %d clients, want one", n)
	}
	for _, a := range x.resources() {
		req, err := http.NewRequestWithContext(x.t.Context(), http.MethodGet, fmt.Sprint(a["registration_client_uri"]), nil)
		if err != nil {
			x.t.Fatal(err)
		}
		req.Header.Set("Authorization", fmt.Sprint("Bearer ", a["registration_access_token"]))
		server.SetFaults(fakeop.Faults{}) // this read is not to change anything
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			x.t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			x.t.Errorf("the token in the state gets %s", resp.Status)
		}
	}
}

const client = `resource "oidc_dynamic_client" "c" {
  client_name   = %q
  redirect_uris = ["https://app.example.com/cb"]
}`

// started is a terminal with a provider block for the server, with a journal.
func started(t *testing.T, server *fakeop.Server) (*terminal, string) {
	t.Helper()
	x := newTerminal(t)
	server.Start(t)
	return x, fmt.Sprintf("issuer = %q\ntoken_journal = { path = %q }", server.Issuer(), filepath.Join(t.TempDir(), "journal"))
}

// everything that a plan may read rotates with every answer. A client whose secret a read replaces is not read by any.
var everything = rotatesEach

// TestKilled kills provider and CLI, the process group, at each moment after an answer was received. One apply restores order:
// the server holds exactly one client, and its token works.
//
// Between "answered" and "journaled" lies the one write that makes the answer safe. A kill right there is as if the answer had
// been lost on the way: where the answer rotated a credential, that is told, and handing in a new one is the way back.
func TestKilled(t *testing.T) {
	type outcome struct {
		told   string // by the apply that follows
		orphan bool   // a client is left at the server that the apply's warning tells of
		handIn bool   // the apply says to hand in a token
	}
	const adopted, left = "adopted", "may have been left behind"
	for _, c := range []struct {
		moment, during string
		still, rotates outcome // on a server that rotates nothing, and on one that rotates everything
	}{
		{"create begun", "create", outcome{told: left}, outcome{told: left}},
		{"create answered", "create", outcome{told: left, orphan: true}, outcome{told: left, orphan: true}},
		{"create journaled", "create", outcome{told: adopted}, outcome{told: adopted}},
		{"read-back answered", "create", outcome{told: adopted}, outcome{told: adopted, handIn: true}},
		{"read-back journaled", "create", outcome{told: adopted}, outcome{told: adopted}},
		{"create done", "create", outcome{told: adopted}, outcome{told: adopted}},
		{"read answered", "refresh", outcome{}, outcome{handIn: true}},
		{"read journaled", "refresh", outcome{}, outcome{}},
		{"read done", "refresh", outcome{}, outcome{}},
		{"update answered", "update", outcome{}, outcome{handIn: true}},
		{"update journaled", "update", outcome{}, outcome{}},
		{"read-back answered", "update", outcome{}, outcome{handIn: true}},
		{"read-back journaled", "update", outcome{}, outcome{}},
		{"update done", "update", outcome{}, outcome{}},
		{"delete answered", "delete", outcome{told: "is gone"}, outcome{told: "is gone"}},
		{"delete done", "delete", outcome{}, outcome{}},
	} {
		for kind, want := range map[string]outcome{"still": c.still, "rotating": c.rotates} {
			t.Run(c.during+", "+c.moment+", "+kind, func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{}
				if kind == "rotating" {
					server.Faults = everything
				}
				x, block := started(t, server)
				x.Configure(block, fmt.Sprintf(client, "App"))
				if c.during != "create" {
					x.Apply()
				}
				switch c.during {
				case "create":
					x.killed(everybody, c.moment, tftest.TerminalApply...)
				case "refresh":
					x.killed(everybody, c.moment, "plan", "-no-color")
				case "update":
					x.Configure(block, fmt.Sprintf(client, "App 2"))
					x.killed(everybody, c.moment, tftest.TerminalApply...)
				case "delete":
					x.killed(everybody, c.moment, "destroy", "-auto-approve", "-no-color")
				}

				id := ""
				if clients := server.Clients(); len(clients) > 0 {
					id = clients[0].ID
				}
				out, code := x.Try(tftest.TerminalApply...)
				if want.handIn {
					if code == 0 {
						t.Fatalf("the apply succeeded:\n%s", out)
					}
					containsAll(t, oneLine(out), "the client exists", "registration_access_tokens", id)
					name := "App 2"
					if c.during == "create" {
						name = "App" // the journal knows it by the same configuration
					}
					x.Configure(block+fmt.Sprintf("\nregistration_access_tokens = { %q = %q }", id, server.ReissueToken(id)), fmt.Sprintf(client, name))
					out, code = x.Try(tftest.TerminalApply...)
				}
				if code != 0 {
					t.Fatalf("the apply failed:\n%s", out)
				}
				containsAll(t, oneLine(out), want.told)
				if want.told == left {
					containsAll(t, oneLine(out), server.RegistrationEndpoint(), "On 20") // where and when
				}
				if want.orphan {
					if n := len(server.Clients()); n != 2 {
						t.Fatalf("%d clients, want the one left behind and the new one", n)
					}
					server.RemoveClient(id) // as the warning says to
				}
				if c.during == "update" {
					x.Configure(block, fmt.Sprintf(client, "App 2"))
				}
				x.quietOrDone(server)
				x.works(server)
			})
		}
	}
}

// quietOrDone applies what the apply before could not know yet, and wants then nothing more to do.
func (x *terminal) quietOrDone(server *fakeop.Server) {
	x.t.Helper()
	n := len(server.Clients())
	x.Apply()
	x.Apply() // saves what a plan's read rotates, which a plan alone would not
	if now := len(server.Clients()); now != n {
		x.t.Errorf("%d clients, then %d", n, now)
	}
}

// TestKilledAlone kills only the provider, or only the CLI.
func TestKilledAlone(t *testing.T) {
	for _, who := range []victim{provider, cli} {
		for _, moment := range []string{"create journaled", "create done"} {
			t.Run(string(who)+", "+moment, func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{Faults: everything}
				x, block := started(t, server)
				x.Configure(block, fmt.Sprintf(client, "App"))
				x.killed(who, moment, tftest.TerminalApply...)
				containsAll(t, oneLine(x.Apply()), "adopted")
				x.works(server)
			})
		}
	}
}

// A registration goes on when only the CLI is killed, also where a log is asked for, which nobody reads from then on.
func TestKilledAloneWithALog(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	x, block := started(t, server)
	x.Setenv("TF_LOG", "TRACE")
	x.Setenv("TF_LOG_PATH", filepath.Join(t.TempDir(), "log"))
	x.Configure(block, fmt.Sprintf(client, "App"))
	x.killed(cli, "create begun", tftest.TerminalApply...)
	containsAll(t, oneLine(x.Apply()), "adopted")
	x.works(server)
}

// TestKilledBeforeTheAnswer of a registration: the next apply says that a client may have been left behind, where and when.
func TestKilledBeforeTheAnswer(t *testing.T) {
	for name, processed := range map[string]bool{"before it was processed": false, "after it was processed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			x, block := started(t, server)
			kill := func(req *http.Request) {
				if fakeop.OperationOf(req) == fakeop.OpRegister {
					x.killGroup()
				}
			}
			if processed {
				server.SetHooks(nil, kill)
			} else {
				server.Force(fakeop.OpRegister, fakeop.Answer{Cut: fakeop.CutConnection})
				server.SetHooks(kill, nil)
			}
			x.Configure(block, fmt.Sprintf(client, "App"))
			x.killedByServer(tftest.TerminalApply...)
			server.SetHooks(nil, nil)
			if got := len(server.Clients()) == 1; got != processed {
				t.Fatalf("processed: %v", got)
			}
			out := oneLine(x.Apply())
			containsAll(t, out, "A client may have been left behind", server.RegistrationEndpoint(), "On 20")
			if processed {
				server.RemoveClient(server.Clients()[0].ID)
			}
			containsNone(t, oneLine(x.Apply()), "left behind") // once is enough
			x.works(server)
		})
	}
}

// TestKilledBeforeTheStateWasSaved: Terraform has the answer and waits for another resource.
func TestKilledBeforeTheStateWasSaved(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{Faults: everything}
	x, block := started(t, server)
	x.Configure(block, fmt.Sprintf(client, "App")+`
resource "oidc_dynamic_client" "later" {
  client_name   = "Later"
  redirect_uris = [oidc_dynamic_client.c.registration_client_uri]
}`)
	server.SetHooks(func(req *http.Request) {
		if fakeop.OperationOf(req) == fakeop.OpRegister && server.CountOf(fakeop.OpRegister) == 2 {
			server.Force(fakeop.OpRegister, fakeop.Answer{Cut: fakeop.CutConnection})
			x.killGroup()
		}
	}, nil)
	x.killedByServer(tftest.TerminalApply...)
	server.SetHooks(nil, nil)
	unsaved := len(x.resources()) == 0 // it saves every twenty seconds, or at the end
	x.Configure(block, fmt.Sprintf(client, "App"))
	if out := oneLine(x.Apply()); unsaved {
		containsAll(t, out, "adopted")
	}
	x.works(server)
}
