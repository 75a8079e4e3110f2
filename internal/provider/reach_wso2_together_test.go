// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// Two provider processes with one journal live at once: what one has registered, the other reads, changes and removes, and neither keeps
// the other from ending. A registration of the same document waits for the other process, which may be one whose Terraform was killed, for
// five seconds. (By the real clock that wait, once for each release and place, passes for a hang.)
func TestReachWSO2Together(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		settings := settingsAt(p, s).With(attrs{"max_retries": 0, "token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}})
		a, b := start(t, settings), start(t, settings)
		c := a.Another()
		if err := c.TryApply(shop(release)); err != nil { // without the read after it, which would confirm it
			t.Fatal(err)
		}
		wants(t, b.Another().TryApply(shop(release)), "A client at this server has this client_name already")
		d := b.Copied(c)
		d.WantEmpty(shop(release))
		var both sync.WaitGroup
		for _, in := range []*tftest.Instance{c, d} {
			both.Go(func() {
				for range 5 {
					if err := in.Refresh(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		both.Wait()
		changed := shop(release).With(attrs{"client_name": "shop-2"})
		d.Apply(changed)
		c.State, c.Private = d.State, d.Private
		c.WantEmpty(changed)
		e := a.Another()
		e.Apply(shop(release)) // the name is free again
		if n := len(s.Clients()); n != 3 {
			t.Errorf("the server has %d clients, want its own and two", n)
		}
		a.Stop()
		d.Destroy()
		last := b.Copied(e)
		last.WantEmpty(shop(release))
		last.Destroy()
		b.Stop()
		if n := len(s.Clients()); n != 1 {
			t.Errorf("%d clients are left", n)
		}
	})
}
