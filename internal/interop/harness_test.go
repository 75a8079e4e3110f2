// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// startTimeout bounds an installation and a start. The slowest is a download of a quarter of a gigabyte.
const startTimeout = 10 * time.Minute

func TestMain(m *testing.M) {
	code := m.Run()
	StopShared()
	tftest.RemoveExecutable()
	os.Exit(code)
}

// eachServer runs do on every selected server that this machine can have, each in a subtest of its name.
func eachServer(t *testing.T, do func(t *testing.T, s Server)) {
	t.Helper()
	eachSelected(t, func(Server) bool { return true }, do)
}

// eachWith runs do at each started server that lacks nothing of what it needs.
func eachWith(t *testing.T, lacks func(*Instance) string, do func(t *testing.T, s Server, i *Instance)) {
	t.Helper()
	eachServer(t, having(lacks, do))
}

// eachProduct is eachWith for what the configurations of a server make no difference to: where no server is selected, only its first one is run, for they
// are half of all the time that the servers take.
func eachProduct(t *testing.T, lacks func(*Instance) string, do func(t *testing.T, s Server, i *Instance)) {
	t.Helper()
	first := func(s Server) bool {
		return !slices.ContainsFunc(All(), func(other Server) bool { return strings.HasPrefix(s.Name(), other.Name()+"-") })
	}
	eachSelected(t, func(s Server) bool { return os.Getenv("INTEROP_SERVERS") != "" || first(s) }, having(lacks, do))
}

// nothing is lacked.
func nothing(*Instance) string { return "" }

// met has an instance of each server that was started, which tells what the next one is like.
var met sync.Map

// having starts a server, unless it is known to lack something that do needs.
func having(lacks func(*Instance) string, do func(t *testing.T, s Server, i *Instance)) func(t *testing.T, s Server) {
	return func(t *testing.T, s Server) {
		earlier, known := met.Load(s.Name())
		if !known {
			earlier = start(t, s)
			met.Store(s.Name(), earlier)
		}
		if what := lacks(earlier.(*Instance)); what != "" {
			t.Logf("%s %s", s.Title(), what)
			return
		}
		i := earlier.(*Instance)
		if known {
			i = start(t, s)
		}
		do(t, s, i)
	}
}

func eachSelected(t *testing.T, choose func(Server) bool, do func(t *testing.T, s Server)) {
	t.Helper()
	selected, required := os.Getenv("INTEROP_SERVERS"), os.Getenv("INTEROP_REQUIRE")
	if ran := withServers(t, func(s Server) bool { return (selected == "" || Matches(selected, s.Name())) && choose(s) }, do); ran == 0 {
		t.Fatalf("INTEROP_SERVERS=%q names no server", selected)
	}
	for item := range strings.SplitSeq(required, ",") {
		if item = strings.TrimSpace(item); item != "" && !slices.ContainsFunc(All(), func(s Server) bool { return Matches(item, s.Name()) }) {
			t.Errorf("INTEROP_REQUIRE names %q, which is no server", item)
		}
	}
}

// withServers runs do, side by side, on the chosen servers that this machine can have and returns how many were chosen, before
// they have run: what needs their results is a clean-up of the test. A server
// that cannot be had is a skip, and a failure where INTEROP_REQUIRE names it.
func withServers(t *testing.T, choose func(Server) bool, do func(t *testing.T, s Server)) (chosen int) {
	t.Helper()
	if os.Getenv("INTEROP") == "" {
		t.Skip("set INTEROP=1 to install and start other projects' servers")
	}
	for _, s := range All() {
		if !choose(s) {
			continue
		}
		chosen++
		t.Run(s.Name(), func(t *testing.T) {
			t.Parallel() // one more than there are processors: each server has its own folder and port, or its own realm
			ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
			defer cancel()
			began := time.Now()
			if err := s.Install(ctx); err != nil {
				if Unavailable(err) && !Matches(os.Getenv("INTEROP_REQUIRE"), s.Name()) {
					t.Skipf("SKIP %s: %v", s.Name(), err)
				}
				t.Fatal(err)
			}
			if took := time.Since(began); took > time.Second {
				t.Logf("installed %s %s in %s", s.Title(), s.Version(), took.Round(100*time.Millisecond))
			}
			do(t, s)
		})
	}
	return chosen
}

// start starts a server with clean data, stops it when the test ends and shows its log when the test failed.
func start(t *testing.T, s Server) *Instance {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	began := time.Now()
	i, err := s.Start(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started %s %s in %s", s.Title(), s.Version(), time.Since(began).Round(10*time.Millisecond))
	t.Cleanup(func() {
		i.Stop()
		if i.Hesitated != nil {
			t.Logf("a start had to be tried twice: %v", i.Hesitated)
		}
		if !t.Failed() || i.LogFile == "" {
			return
		}
		log, err := os.ReadFile(i.LogFile)
		if err != nil {
			t.Logf("the server's log: %v", err)
			return
		}
		t.Logf("the server's log:\n%s", tail(string(log), 8000))
	})
	return i
}
