// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest/kinds"
)

// kind is a server, and what is asked of it.
type kind kinds.Kind

func TestOneModuleOnEveryServer(t *testing.T) {
	t.Parallel()
	for _, k := range kinds.All() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			(*kind)(&k).run(t)
		})
	}
}

func (k *kind) run(t *testing.T) {
	created, changed, removed := kinds.Module()
	created, changed, removed = created.With(k.Extra), changed.With(k.Extra), removed.With(k.Extra)
	if k.Server == nil {
		k.Server = &fakeop.Server{}
	}
	r := newSubject(t, k.Server, k.Settings)

	r.Apply(created)
	k.holds(t, r, created)
	r.WantEmpty(created)

	k.update(t, r, changed, []string{"client_name", "default_max_age", "redirect_uris"}, true)
	r.WantEmpty(changed)

	k.update(t, r, removed, []string{"contacts", "default_max_age"}, false)
	for _, member := range []string{"contacts", "default_max_age"} {
		_, there := r.registered()[member]
		if want := slices.Contains(k.Keeps, member); there != want {
			t.Errorf("%s is registered after its removal: %v, want %v", member, there, want)
		}
		hidden := slices.Contains(k.Hides, member)
		if said := strings.Contains(r.details(), member+": removed from the configuration, and the server keeps"); said != (there && !hidden) {
			t.Errorf("a warning says that %s is kept: %v; diagnostics: %v", member, said, r.told())
		}
	}
	r.WantEmpty(removed)

	drift := k.Drift
	if drift == "" {
		drift = "client_name"
	}
	r.op.SetMember(r.id(), drift, "Tampered")
	p := r.Plan(removed)
	if got := r.ManagedChanges(p); !slices.Equal(got, []string{drift}) {
		t.Errorf("a change of %s behind the back shows as %v", drift, got)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatalf("repair: %v", err)
	}
	k.holds(t, r, removed)
	r.WantEmpty(removed)

	k.destroy(t, r)
}

// update applies a change that the plan must show as it is, with the credentials that an update may change and no others.
func (k *kind) update(t *testing.T, r *subject, config attrs, members []string, first bool) {
	t.Helper()
	before, secret, token := r.id(), r.Text("client_secret"), r.Text("registration_access_token")
	p := r.Plan(config)
	if r.anew(p) {
		t.Fatalf("the change replaces the client")
	}
	if got := r.ManagedChanges(p); !slices.Equal(got, members) {
		t.Errorf("the plan changes %v, want %v", got, members)
	}
	if want := append(slices.Clone(members), "registered_metadata"); !first && !k.Rotates {
		slices.Sort(want)
		if got := r.Changes(p); !slices.Equal(got, want) {
			t.Errorf("the second update's plan changes %v, want %v", got, want)
		}
	}
	r.Begin()
	if err := r.ApplyPlan(p); err != nil {
		t.Fatalf("update: %v", err)
	}
	if r.id() != before {
		t.Errorf("client %s became %s", before, r.id())
	}
	if rotated := secret != r.Text("client_secret") || token != r.Text("registration_access_token"); rotated && !k.Rotates {
		t.Error("credentials changed in the state, but not at the server")
	}
	k.holds(t, r, config)
}

// holds checks that the server has what is asked, and the state the credentials that are in force.
func (k *kind) holds(t *testing.T, r *subject, config attrs) {
	t.Helper()
	found, ok := r.op.Client(r.id())
	if !ok {
		t.Fatalf("the server has no client %q", r.id())
	}
	for member, want := range config {
		p, ok := metadata.Lookup(member)
		if !ok || want == nil {
			continue
		}
		got := found.Metadata[p.Name]
		dropped := slices.Contains(k.Server.Faults.Drop, member) || k.Server.Faults.Substitute[member] != nil
		if !dropped && !metadata.Equal(member, want, got) {
			t.Errorf("%s is registered as %v, want %v", member, got, want)
		}
	}
	for name, want := range map[string]string{"client_secret": found.Secret, "registration_access_token": found.Token} {
		if got := r.Text(name); got != want {
			t.Errorf("%s in the state is %q, in force is %q", name, got, want)
		}
	}
}

func (k *kind) destroy(t *testing.T, r *subject) {
	t.Helper()
	if k.Stays != "" {
		if err := r.TryDestroy(); err == nil || !strings.Contains(err.Error(), k.Stays) {
			t.Errorf("the destroy says %v, want an error that says %q", err, k.Stays)
		}
		if r.State.IsNull() {
			t.Error("a client that was not deregistered is no longer in the state")
		}
		return
	}
	id := r.id()
	r.Destroy()
	if n := len(r.op.Clients()); (n == 1) != k.Survives {
		t.Errorf("%d clients left", n)
	}
	if k.Survives {
		r.wantSays("Client stays at the server", "Client "+id+" was not deregistered", "does not support the deletion")
	} else if lines := r.told(); len(lines) > 0 {
		t.Errorf("the destroy says %v", lines)
	}
}
