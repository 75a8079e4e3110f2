// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What another run of the same Terraform registered is not adopted; what one of another Terraform did is, though that had the same process ID.
func TestTheSameTerraformLives(t *testing.T) {
	started := time.Now()
	of := func(host string, pid int, since time.Duration) Launcher {
		return Launcher(fmt.Sprintf("%s/%d/%d", host, pid, started.Add(since).UnixMilli()))
	}
	ours := of("here", 7, 0)
	for name, c := range map[string]struct {
		launcher Launcher
		adopted  bool
	}{
		"the same": {ours, false}, "measured again": {of("here", 7, time.Second), false}, "its process ID": {of("here", 7, -time.Minute), true},
		"another process": {of("here", 8, 0), true}, "another host": {of("there", 7, 0), true}, "not known": {"", true},
	} {
		path := filepath.Join(t.TempDir(), "journal")
		first, err := Open(Options{Path: path, Launcher: c.launcher})
		must(t, err)
		i := Intent{Endpoint: "https://as/register", Fingerprint: "f", Made: 1}
		id, err := first.Begin(t.Context(), i)
		must(t, err)
		must(t, first.Registered(t.Context(), id, Entry{ClientID: "c1", RegistrationClientURI: uri, Endpoint: i.Endpoint}))
		must(t, first.Close())
		second, err := Open(Options{Path: path, Launcher: ours})
		must(t, err)
		_, found, pending, err := second.Adoptable(t.Context(), Intent{Endpoint: i.Endpoint, Fingerprint: "f", Made: 2})
		must(t, err)
		must(t, second.Close())
		if found != c.adopted || pending {
			t.Errorf("%s: adopted %t, pending %t", name, found, pending)
		}
	}
	if p := Parent(); !p.same(p) {
		t.Errorf("the parent of this process is %q", p)
	}
}

// A client that was adopted although a state held it is known to be shared from the moment on when that state is seen; the first object that goes leaves
// it to the other, however often it asks, and the other deletes it. A state that was adopted from and is never seen again shares nothing.
func TestSharedClients(t *testing.T) {
	const endpoint = "https://as/register"
	path := filepath.Join(t.TempDir(), "journal")
	in := func(do func(j *Journal)) {
		t.Helper()
		j, err := Open(Options{Path: path})
		must(t, err)
		do(j)
		must(t, j.Close())
	}
	shared := func(want bool) {
		t.Helper()
		in(func(j *Journal) {
			e, _, err := j.Lookup(t.Context(), "c1", uri)
			must(t, err)
			if e.Shared != want {
				t.Errorf("shared: %t", e.Shared)
			}
		})
	}
	in(func(j *Journal) {
		id, err := j.Begin(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f", Made: 1})
		must(t, err)
		must(t, j.Registered(t.Context(), id, Entry{ClientID: "c1", RegistrationClientURI: uri, Endpoint: endpoint}))
	})
	for _, made := range []int64{2, 3} { // the second is of a run that was killed, too
		in(func(j *Journal) {
			_, found, _, err := j.Adoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f", Made: made})
			must(t, err)
			if !found {
				t.Fatal("not adopted")
			}
		})
	}
	in(func(j *Journal) { must(t, j.Confirm(t.Context(), "c1", uri, "", 3)) })
	shared(false)
	in(func(j *Journal) {
		must(t, j.record(t.Context(), Entry{ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New("t2")}))
	})
	in(func(j *Journal) { must(t, j.Confirm(t.Context(), "c1", uri, "", 1)) })
	shared(true)
	leaves := func(made int64, want bool) {
		t.Helper()
		in(func(j *Journal) {
			left, err := j.Unshare(t.Context(), "c1", uri, "", made)
			must(t, err)
			if left != want {
				t.Errorf("%d leaves the client to another: %t", made, left)
			}
		})
	}
	leaves(3, true)
	leaves(3, true)
	leaves(1, false)
	shared(false)
}
