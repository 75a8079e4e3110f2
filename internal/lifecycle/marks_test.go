// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"sync"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// No two objects have one mark, also where the clock stands while they are registered.
func TestClientsThatAreRegisteredInOneMoment(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	var mu sync.Mutex
	marks, before := map[int64]bool{}, fakeop.Epoch.UnixNano()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, func(s authserver.Snapshot) {
				mu.Lock()
				defer mu.Unlock()
				marks[s.Record.MadeAt] = true
			})
		})
	}
	all.Wait()
	if len(marks) != 10 {
		t.Errorf("ten objects have %d marks", len(marks))
	}
	for mark := range marks {
		if mark < before || mark > before+int64(time.Minute) {
			t.Errorf("%d is not the time of its registration", mark)
		}
	}
}
