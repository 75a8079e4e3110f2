// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"slices"
	"sync"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// holders knows which clients the resources of this run have. One server has several names: a resource may name its registration endpoint where another
// one, or the provider, names its issuer. So a client is one that there is already if any of its names is.
type holders struct {
	mu       sync.Mutex
	held     map[clientKey]bool       // a resource of this run has been read as the client
	claimed  map[clientKey]bool       // a resource of this run has the client
	looked   map[clientKey]bool       // this run has looked at the client, which nobody here has
	imported map[clientKey]bool       // this run imports the client
	imports  map[int64]bool           // Record.MadeAt of the objects that it imports
	made     map[clientKey]int64      // a registration of this run was answered with the client → Record.MadeAt
	with     map[int64]reconcile.Made // Record.MadeAt → what that registration has of it
}

// note adds the names to a set, and reports whether it had one of them before.
func (h *holders) note(set *map[clientKey]bool, names []clientKey) (before bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *set == nil {
		*set = map[clientKey]bool{}
	}
	for _, name := range names {
		before = before || (*set)[name]
		(*set)[name] = true
	}
	return before
}

// has reports whether a set has one of the names.
func (h *holders) has(set *map[clientKey]bool, names []clientKey) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(names, func(name clientKey) bool { return (*set)[name] })
}

// noteImport remembers that this run imports the client, and as which object, as soon as that has a mark.
func (h *holders) noteImport(names []clientKey, mark int64) {
	h.note(&h.imported, names)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.imports == nil {
		h.imports = map[int64]bool{}
	}
	h.imports[mark] = true
}

// importsAs reports whether an object is, or may be, one that this run imports, which no state has yet. Another one that has the client is in a state.
func (h *holders) importsAs(names []clientKey, mark int64) bool {
	if !h.has(&h.imported, names) {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return mark == 0 || h.imports[mark]
}

// make notes that a registration was answered with the client, by its mark, and returns what was noted before.
func (h *holders) make(names []clientKey, mark int64) (before map[clientKey]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.made == nil {
		h.made = map[clientKey]int64{}
	}
	before = map[clientKey]int64{}
	for _, name := range names {
		before[name] = h.made[name]
		h.made[name] = mark
	}
	return before
}

// unmake takes back what make noted. What another registration noted since stays.
func (h *holders) unmake(mark int64, before map[clientKey]int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, earlier := range before {
		switch {
		case h.made[name] != mark:
		case earlier == 0:
			delete(h.made, name)
		default:
			h.made[name] = earlier
		}
	}
}

// madeOther reports whether a registration of another mark was answered with the client.
func (h *holders) madeOther(names []clientKey, mark int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(names, func(name clientKey) bool {
		made, noted := h.made[name]
		return noted && made != mark
	})
}

// keepWith notes what the registration of a mark has of the client.
func (h *holders) keepWith(mark int64, with reconcile.Made) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.with == nil {
		h.with = map[int64]reconcile.Made{}
	}
	h.with[mark] = with
}

// madeWith is what the registration has of the client that was answered with it.
func (h *holders) madeWith(names []clientKey) (reconcile.Made, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		if has, noted := h.with[h.made[name]]; noted {
			return has, true
		}
	}
	return reconcile.Made{}, false
}

// release forgets the client.
func (h *holders) release(names []clientKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		delete(h.claimed, name)
		delete(h.held, name)
		delete(h.made, name)
	}
}
