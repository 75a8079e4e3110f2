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

// settlesRenewal has a secret come due that updates do not renew, and wants that some applies leave nothing to do, and another secret.
func settlesRenewal(t *testing.T, faults fakeop.Faults) {
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
	x.Configure(provider, fmt.Sprintf(one, "App", method))
	x.Apply()
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
