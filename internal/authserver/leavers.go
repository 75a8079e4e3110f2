// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"sync"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// leaver is an object whose destroy this run was asked for.
type leaver struct {
	mark    int64 // Record.MadeAt
	ended   bool
	leaves  bool // the object is not kept for another one, nor left in doubt
	deleted bool // the client is deregistered
}

// leavers are those of this run, by the names of their clients.
type leavers struct {
	mu     sync.Mutex
	all    map[clientKey][]*leaver
	copies map[clientKey]reconcile.Handle // of the objects that alone have what works
}

// having are the objects of the client with the mark that are destroyed. A tainted one has none.
func (l *leavers) having(mark int64, names []clientKey) (out []leaver) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		for _, other := range l.all[name] {
			if other.mark == mark || other.mark == 0 {
				out = append(out, *other)
			}
		}
	}
	return out
}
