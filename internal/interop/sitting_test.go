// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A sitting is a person at a terminal who keeps clients at a real server, where things go wrong. The provider's executable tells of
// moments at which a test can do something to it or to the server.
type sitting struct {
	*tftest.Terminal
	t        *testing.T
	instance *Instance
	journal  string   // of the provider
	came     []string // the clients that the server came with
}

// newSitting needs a server that tells all its clients.
func newSitting(t *testing.T, i *Instance) *sitting {
	t.Helper()
	x := &sitting{Terminal: tftest.NewTerminal(t), t: t, instance: i, journal: filepath.Join(t.TempDir(), "journal")}
	for name, v := range i.Env {
		x.Setenv(name, v)
	}
	x.came = x.all()
	return x
}

func (x *sitting) all() []string {
	x.t.Helper()
	all, err := x.instance.Clients(x.t.Context())
	if err != nil {
		x.t.Fatal(err)
	}
	return all
}

// clients are those at the server that it did not come with.
func (x *sitting) clients() []string {
	x.t.Helper()
	return slices.Sorted(slices.Values(slices.DeleteFunc(x.all(), func(id string) bool { return slices.Contains(x.came, id) })))
}

// block is the provider's configuration, with more lines.
func (x *sitting) block(more ...string) string {
	return fmt.Sprintf("issuer = %q\n%s\ntoken_journal = { path = %q }\nmax_retries = 0\n%s",
		x.instance.Issuer, x.instance.ProviderConfig, x.journal, strings.Join(more, "\n"))
}

// resource is a client's, with more lines.
func (x *sitting) resource(name string, more ...string) string {
	return fmt.Sprintf("resource \"oidc_dynamic_client\" \"c\" {\n  client_name = %q\n  redirect_uris = [%q]\n  %s\n}\n",
		name, x.instance.Redirect+"/callback", strings.Join(more, "\n  "))
}

// states are the handles in the state, of all its clients.
func (x *sitting) states() (handles []Handle) {
	x.t.Helper()
	var state struct {
		Resources []struct {
			Mode      string
			Instances []struct{ Attributes map[string]any }
		}
	}
	r, err := x.Run(x.t.Context(), "state", "pull")
	if err != nil {
		x.t.Fatal(err)
	}
	if r.Stdout == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(r.Stdout), &state); err != nil {
		x.t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, one := range r.Instances {
			if r.Mode == "managed" {
				handles = append(handles, handleIn(one.Attributes))
			}
		}
	}
	return handles
}

// state is the handle of the one client in the state.
func (x *sitting) state() Handle {
	x.t.Helper()
	handles := x.states()
	if len(handles) != 1 {
		x.t.Fatalf("the state has %d clients", len(handles))
	}
	return handles[0]
}

// during runs a command of the CLI in a process group of its own, and calls at for each moment that the provider comes to, one after
// the other: the provider goes on when at has returned.
func (x *sitting) during(at func(group int, moment string), args ...string) (out string, code int) {
	x.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		x.t.Fatal(err)
	}
	cmd := x.Command(x.t.Context(), args...)
	cmd.Env = append(slices.Clone(cmd.Env), "OIDC_FAILPOINT="+listener.Addr().String())
	ownGroup(cmd)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		x.t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
				_, moment, _ := strings.Cut(strings.TrimSpace(line), " ")
				at(cmd.Process.Pid, moment)
			}
			_ = conn.Close()
		}
	}()
	_ = cmd.Wait() // how it ended is in its ProcessState
	_ = listener.Close()
	<-served
	return said.String(), cmd.ProcessState.ExitCode()
}

// killed runs a command that is killed, the CLI and the provider, at a moment.
func (x *sitting) killed(moment string, args ...string) {
	x.t.Helper()
	came := false
	out, code := x.during(func(group int, now string) {
		if now == moment {
			came = true
			killGroup(group)
		}
	}, args...)
	if !came || code == 0 {
		x.t.Fatalf("%s came to %q: %t, exit code %d:\n%s", strings.Join(args, " "), moment, came, code, out)
	}
}

// works wants that the server has exactly the one client of the state, and that the token in the state reads it.
func (x *sitting) works(name string) {
	x.t.Helper()
	h := x.state()
	if all := x.clients(); !slices.Equal(all, []string{h.ClientID}) {
		x.t.Errorf("the server has %v, the state %s", all, h.ClientID)
	}
	a := x.read(h)
	if got := a.text("client_name"); a.Status != http.StatusOK || got != "" && got != name {
		x.t.Errorf("the token in the state gets %d %s, want client_name %s", a.Status, a.Body, name)
	}
}

func (x *sitting) read(h Handle) answer {
	x.t.Helper()
	uri, authorization := h.RegistrationClientURI, bearer(h.RegistrationAccessToken)
	if authorization == "" {
		authorization = x.instance.Authorization
	}
	return call(x.t, http.MethodGet, uri, authorization, nil)
}

// line is a text without the frames and line breaks of the CLI.
func line(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(text)), " ")
}

func (x *sitting) says(out string, words ...string) {
	x.t.Helper()
	for _, w := range words {
		if !strings.Contains(line(out), w) {
			x.t.Errorf("it does not say %q:\n%s", w, out)
		}
	}
}
