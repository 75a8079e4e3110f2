// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

const clientType = "oidc_dynamic_client"

// terminal is a terminal with what these tests ask about clients.
type terminal struct {
	*tftest.Terminal
	t     *testing.T
	group atomic.Int64 // process group of a command that a hook of the server kills
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	return &terminal{Terminal: tftest.NewTerminal(t), t: t}
}

func TestMain(m *testing.M) {
	code := m.Run()
	tftest.RemoveExecutable()
	os.Exit(code)
}

// resources gives the attributes of all clients in the state, by name.
func (x *terminal) resources() map[string]map[string]any {
	x.t.Helper()
	return x.Resources(clientType)
}

// holds wants that the state's clients are the server's, each with the credentials in force.
func (x *terminal) holds(server *fakeop.Server) {
	x.t.Helper()
	inState := x.resources()
	if n := len(server.Clients()); n != len(inState) {
		x.t.Errorf("%d clients at the server, %d in the state", n, len(inState))
	}
	for name, attributes := range inState {
		id, _ := attributes["client_id"].(string)
		client, ok := server.Client(id)
		if !ok {
			x.t.Errorf("%s: the server has no client %q", name, id)
			continue
		}
		for attribute, want := range map[string]string{"registration_access_token": client.Token, "client_secret": client.Secret, "registration_client_uri": client.URI} {
			if got, _ := attributes[attribute].(string); got != want {
				x.t.Errorf("%s: %s is %q, in force is %q", name, attribute, got, want)
			}
		}
	}
}

func containsAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func containsNone(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if part != "" && strings.Contains(text, part) {
			t.Errorf("%q is in\n%s", part, text)
		}
	}
}

// oneLine undoes the wrapping of diagnostics.
func oneLine(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '│' || r == '╷' || r == '╵' })
	return strings.Join(words, " ")
}
