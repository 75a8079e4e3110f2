// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

var notFound = fakeop.Answer{Status: 404, Body: "<html>Not Found</html>"}

// A server that names a client configuration endpoint which nobody serves has registered the client all the same: it is kept, and no
// plan proposes a second one.
func TestURIThatNobodyServes(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(notFound)}}}, authserver.Settings{})
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.NotServedFromStart)
	if l.state.Handle.ClientID == "" || l.state.Handle.RegistrationClientURI != "" || l.state.Handle.RegistrationAccessToken.IsEmpty() {
		t.Fatalf("the client is not kept as one without management: %+v", l.state.Handle)
	}
	l.want(lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state}, l.save))
	if n := len(l.op.Clients()); n != 1 {
		t.Errorf("%d clients", n)
	}
	t.Run("a deletion is tried there", func(t *testing.T) {
		l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
		if n := len(l.op.Clients()); n != 0 {
			t.Errorf("%d clients are left", n)
		}
	})
}

func TestURIThatNobodyServesEver(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{
		Reading: fakeop.ReadingFaults{Calls: fakeop.Always(notFound)}, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(notFound)},
	}}, authserver.Settings{})
	l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save), outcome.NotServedFromStart)
	out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
	if !out.Gone {
		t.Error("a destroy is blocked by a client that nobody serves")
	}
	l.want(out, outcome.DeleteUnmanaged)
}

// Replicas that agree some time after the registration must not cost it either.
func TestURIThatIsServedALittleLater(t *testing.T) {
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(notFound)}}}, authserver.Settings{})
	l.waits = func(d time.Duration) {
		if d >= time.Second && len(l.op.Clients()) > 0 {
			l.op.SetFaults(fakeop.Faults{})
		}
	}
	l.register()
	if l.state.Handle.RegistrationClientURI == "" {
		t.Error("the client lost its management")
	}
}

// One wrong answer to the first read must not cost the client its management.
func TestURIThatIsServedTheSecondTime(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.op.ForceStatus(fakeop.OpRead, 404)
	l.register()
	if l.state.Handle.RegistrationClientURI == "" {
		t.Error("the client lost its management")
	}
	l.want(lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save))
}
