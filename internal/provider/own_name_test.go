// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Where names are unique, a replacement that is registered before the old client is gone meets the old client's own name. The message says
// that it is its own, and each way that it names works.
func TestReplacementWhoseNameIsItsOwn(t *testing.T) {
	t.Parallel()
	unique := fakeop.RegistrationFaults{UniqueNames: true}
	deletes := func() *fakeop.Server {
		return &fakeop.Server{Faults: fakeop.Faults{Registration: unique, UpdateStatus: http.StatusMethodNotAllowed}}
	}
	unmanaged := func() *fakeop.Server {
		return &fakeop.Server{Management: fakeop.ManagementOff, Faults: fakeop.Faults{Registration: unique}}
	}
	changed := secured().With(attrs{"contacts": []string{"a@example.com"}})
	const administrator, replace, another = "Have the server's administrator delete the old client, and apply again. Applications that use it stop working.", "terraform apply -replace=ADDRESS", "Or give the new client another client_name."

	for name, c := range map[string]struct {
		server    func() *fakeop.Server
		says, not string
		take      func(r *subject) attrs
		left      int
	}{
		"deregistered first": {deletes, replace, administrator, func(r *subject) attrs {
			if err := r.Resource.Destroy(t.Context()); err != nil { // as -replace has Terraform do it
				r.t.Fatal(err)
			}
			r.Private = nil
			return changed
		}, 1},
		"deleted by the administrator": {unmanaged, administrator, replace, func(r *subject) attrs {
			r.op.RemoveClient(r.id())
			return changed
		}, 1},
		"another name, deletions":    {deletes, another, administrator, func(*subject) attrs { return changed.With(attrs{"client_name": "Another"}) }, 1},
		"another name, no deletions": {unmanaged, another, replace, func(*subject) attrs { return changed.With(attrs{"client_name": "Another"}) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, c.server(), nil)
			r.Apply(secured())
			first, before := r.id(), r.State
			if r.op.Management != fakeop.ManagementOff {
				_ = r.TryApply(changed) // the server has no updates, which it says here
				before = r.State
			}
			err := r.TryApply(changed)
			if err == nil {
				t.Fatal("a second client of the same name is registered")
			}
			containsAll(t, err.Error(), "Client "+first+", which was to be replaced, has this client_name", c.says)
			for _, wrong := range []string{c.not, "nother client at this server", "take that client over"} {
				if strings.Contains(err.Error(), wrong) {
					t.Errorf("it says %q:\n%v", wrong, err)
				}
			}
			if !r.State.Equal(before) {
				t.Error("the refused registration changed the state")
			}
			config := c.take(r)
			r.Apply(config)
			r.WantEmpty(config)
			if n := len(r.op.Clients()); n != c.left || r.id() == first {
				t.Errorf("the server has %d clients, the state has %s", n, r.id())
			}
		})
	}
	t.Run("another client's name", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, unmanaged(), nil)
		other := newSubject(t, r.op, nil)
		r.Apply(secured())
		other.Apply(secured().With(attrs{"client_name": "Taken"}))
		err := r.TryApply(secured().With(attrs{"client_name": "Taken"}))
		if err == nil {
			t.Fatal("a second client of the same name is registered")
		}
		containsAll(t, err.Error(), "Another client at this server has this client_name.", "Choose another client_name.", "stays as it was")
		if strings.Contains(err.Error(), "take that client over") {
			t.Errorf("a client is to be imported to a resource that has one:\n%v", err)
		}
		free := secured().With(attrs{"client_name": "Free"})
		r.Apply(free)
		r.WantEmpty(free)
	})
}
