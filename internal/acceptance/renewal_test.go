// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// settlesRenewal has a secret come due that updates do not renew, after other settings of its client, and wants that some applies leave nothing to do, and another secret.
func settlesRenewal(t *testing.T, faults fakeop.Faults, before ...string) {
	t.Helper()
	// The first secret expires in two hours of the four that secrets live, those after it in four.
	var behind atomic.Bool
	behind.Store(true)
	server := &fakeop.Server{SecretLifetime: 4 * time.Hour, Faults: faults, Clock: func() time.Time {
		if behind.Load() {
			return time.Now().Add(-2 * time.Hour)
		}
		return time.Now()
	}}
	server.Start(t)
	x := newTerminal(t)
	provider := settings(t, server, false)
	const method = "token_endpoint_auth_method = \"client_secret_post\"\n  store_client_secret = false"
	for _, settings := range append(before, method) {
		x.Configure(provider, fmt.Sprintf(one, "App", settings))
		x.Apply()
	}
	secret := server.Clients()[0].Secret
	behind.Store(false)
	x.Configure(provider, fmt.Sprintf(one, "App", method+"\n  renew_secret_before = \"3h\""))
	for range 4 {
		x.Try(tftest.TerminalApply...)
	}
	out := x.Quiet()
	if clients := server.Clients(); len(clients) != 1 || clients[0].Secret == secret {
		t.Errorf("%d clients, and four applies renewed no secret:\n%s", len(clients), out)
	}
}

// The state stores no secret to hold one against, and reads show it or a hash of it.
func TestRenewalOfASecretThatIsNotStored(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string]fakeop.Faults{"shown": {}, "hashed": {HashedSecretOnRead: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settlesRenewal(t, faults)
		})
	}
}

// Nor where there are no reads, and a change of the authentication method brought another secret.
func TestRenewalWithoutReadsAfterMethodChanges(t *testing.T) {
	t.Parallel()
	post, none := `token_endpoint_auth_method = "client_secret_post"`, `token_endpoint_auth_method = "none"`
	settlesRenewal(t, fakeop.Faults{ReadStatus: 405}, post, none, post)
}

// A client whose secret is not stored took another one's place, at a server that rotates nothing: its first update changes no credential.
func TestNothingChangedAfterAReplacement(t *testing.T) {
	t.Parallel()
	server := &fakeop.Server{}
	server.Start(t)
	x := newTerminal(t)
	provider := settings(t, server, false)
	configure := func(name string, by int) {
		x.Configure(provider, fmt.Sprintf(one, name, fmt.Sprintf("store_client_secret = false\n  rotate_secret_when = { by = %d }", by)))
	}
	configure("App", 1)
	x.Apply()
	configure("App", 2)
	x.Try(tftest.TerminalApply...) // the update brings no secret
	x.Apply()                      // so another client does
	if n := server.Registrations(); n != 2 {
		t.Fatalf("%d registrations", n)
	}
	configure("App 2", 2)
	containsNone(t, oneLine(x.Apply()), "Server changed credentials unexpectedly")
}
