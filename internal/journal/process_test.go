// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// scenario is a run's life; each step is acknowledged on standard output when it has returned. observed is what a later
// run sees if the process dies after that step.
var scenario = []struct {
	name     string
	do       func(*scenarioRun) error
	observed observation
}{
	{"open", func(s *scenarioRun) (err error) {
		s.j, err = Open(s.opts)
		return err
	}, observation{}},
	{"begin A", func(s *scenarioRun) error { return s.begin("A") }, observation{Left: "A"}},
	{"registered A", func(s *scenarioRun) error { return s.j.Registered(s.ctx, s.id, scenarioEntry("A", "A0")) }, observation{A: "A0", Adopt: "A"}},
	{"record A", func(s *scenarioRun) error { return s.j.record(s.ctx, scenarioEntry("A", "A1")) }, observation{A: "A1", Adopt: "A"}},
	{"confirm A", func(s *scenarioRun) error { return s.j.Confirm(s.ctx, Name{ClientID: "A", URI: uri + "A"}, 0) }, observation{A: "A1"}},
	{"begin B", func(s *scenarioRun) error { return s.begin("B") }, observation{A: "A1", Left: "B"}},
	{"registered B", func(s *scenarioRun) error { return s.j.Registered(s.ctx, s.id, scenarioEntry("B", "B0")) }, observation{A: "A1", B: "B0", Adopt: "B"}},
	{"deleted A", func(s *scenarioRun) error { return s.j.Deleted(s.ctx, Name{ClientID: "A", URI: uri + "A"}) }, observation{Deleted: true, B: "B0", Adopt: "B"}},
	{"begin C", func(s *scenarioRun) error { return s.begin("C") }, observation{Deleted: true, B: "B0", Adopt: "B", Left: "C"}},
	{"close", func(s *scenarioRun) error { return s.j.Close() }, observation{Deleted: true, B: "B0"}},
}

type scenarioRun struct {
	ctx  context.Context
	opts Options
	j    *Journal
	id   string
}

func (s *scenarioRun) begin(fingerprint string) (err error) {
	s.id, err = s.j.Begin(s.ctx, Intent{Endpoint: endpoint, Fingerprint: fingerprint})
	return err
}

func scenarioEntry(id, token string) Entry {
	return Entry{ClientID: id, RegistrationClientURI: uri + id, RegistrationAccessToken: secret.New(token)}
}

type observation struct {
	A, B        string // tokens
	Deleted     bool   // A
	Adopt, Left string
}

func observe(t *testing.T, opts Options) observation {
	t.Helper()
	j := open(t, opts)
	defer shut(t, j)
	var o observation
	for id, into := range map[string]*string{"A": &o.A, "B": &o.B} {
		if e, ok, err := j.Lookup(t.Context(), Name{ClientID: id, URI: uri + id}); err != nil {
			t.Fatal(err)
		} else if ok {
			*into = e.RegistrationAccessToken.Reveal()
		}
	}
	var err error
	o.Deleted, err = j.WasDeleted(t.Context(), Name{ClientID: "A", URI: uri + "A"})
	must(t, err)
	for _, f := range []string{"A", "B", "C"} {
		e, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: f})
		must(t, err)
		if ok {
			o.Adopt += e.ClientID
		}
	}
	left, err := j.TakeLeftBehind(t.Context(), endpoint)
	must(t, err)
	for _, i := range left {
		o.Left += i.Fingerprint
	}
	return o
}

func scenarioChild(path string) {
	killAt, _ := strconv.Atoi(os.Getenv("JOURNAL_TEST_KILL"))
	hits := 0
	failpoint = func(point string) {
		hits++
		if hits == killAt {
			say("at %s", point)
			killSelf()
		}
	}
	s := &scenarioRun{ctx: context.Background(), opts: Options{Path: path, Identities: secret.New(os.Getenv("JOURNAL_TEST_IDENTITY"))}}
	for _, step := range scenario {
		childMust(step.do(s))
		say("done %s", step.name)
	}
	say("hits %d", hits)
}

// TestKilledAtEachPoint kills a run at each point of each write. Whatever was acknowledged is there afterwards; what was
// under way is there or not; and nothing else changes.
func TestKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	key, _ := newKey(t)
	for name, identity := range map[string]secret.String{"plain": {}, "encrypted": key} {
		t.Run(name, func(t *testing.T) {
			env := "JOURNAL_TEST_IDENTITY=" + identity.Reveal()
			lines := start(t, "scenario", tempPath(t), env).rest()
			var hits int
			if _, err := fmt.Sscanf(lines[len(lines)-1], "hits %d", &hits); err != nil || hits < 50 {
				t.Fatal(lines, err)
			}
			for kill := 1; kill <= hits; kill++ {
				path := tempPath(t)
				lines := start(t, "scenario", path, env, fmt.Sprint("JOURNAL_TEST_KILL=", kill)).rest()
				if len(lines) == 0 || !strings.HasPrefix(lines[len(lines)-1], "at ") {
					t.Fatal(kill, lines)
				}
				done, before := len(lines)-1, observation{}
				if done > 0 {
					before = scenario[done-1].observed
				}
				after := scenario[done].observed
				got := observe(t, Options{Path: path, Identities: identity})
				if got != before && got != after {
					t.Errorf("killed %s of %q: found %+v, want %+v or %+v", lines[done], scenario[done].name, got, before, after)
				}
				if _, err := os.Lstat(path + temporarySuffix); err == nil {
					t.Errorf("killed %s of %q: a temporary file stays", lines[done], scenario[done].name)
				}
				// Everything that was left has been reported; what was adopted stays adoptable until a state was seen to hold it.
				want := got
				want.Left = ""
				if again := observe(t, Options{Path: path, Identities: identity}); again != want {
					t.Errorf("killed %s of %q: then found %+v, want %+v", lines[done], scenario[done].name, again, want)
				}
			}
		})
	}
}

func adoptChild(path string) {
	j, err := Open(Options{Path: path})
	childMust(err)
	say("ready")
	waitForInput()
	e, ok, _, err := j.ClaimAdoptable(context.Background(), Intent{Endpoint: endpoint, Fingerprint: "f"})
	childMust(err)
	if ok {
		say("adopted %s", e.ClientID)
	} else {
		say("none")
	}
	waitForInput() // stays alive: a dead one's claim would be free again
}

func TestProcessesThatAdopt(t *testing.T) {
	path := tempPath(t)
	first := open(t, Options{Path: path})
	for _, id := range []string{"a", "b"} {
		register(t, first, "f", scenarioEntry(id, "t"))
	}
	die(first)
	var all []*child
	for range 6 {
		c := start(t, "adopt", path)
		if got := c.line(); got != "ready" {
			t.Fatal(got)
		}
		all = append(all, c)
	}
	for _, c := range all {
		_, err := c.in.Write([]byte("x"))
		must(t, err)
	}
	var got []string
	winner := map[string]*child{}
	for _, c := range all {
		if l := c.line(); l != "none" {
			got = append(got, l)
			winner[l] = c
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"adopted a", "adopted b"}, got); diff != "" {
		t.Fatal(diff)
	}
	// The claim of a process that lives holds; that of one that is killed does not.
	j := open(t, Options{Path: path})
	if _, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"}); ok || err != nil {
		t.Error(ok, err)
	}
	winner["adopted b"].kill()
	if e, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"}); !ok || err != nil || e.ClientID != "b" {
		t.Error(e, ok, err)
	}
}

// soakChild works on the clients of its own and on shared ones until it is told to stop, with several goroutines, and
// acknowledges on standard output what has been recorded.
func soakChild(path string) {
	name := os.Getenv("JOURNAL_TEST_NAME")
	rounds, _ := strconv.Atoi(os.Getenv("JOURNAL_TEST_ROUNDS"))
	j, err := Open(Options{Path: path, Run: name})
	childMust(err)
	ctx := context.Background()
	var stop sync.WaitGroup
	done := make(chan struct{})
	go func() {
		waitForInput()
		close(done)
	}()
	for worker := range 3 {
		stop.Go(func() {
			own := fmt.Sprintf("%s-%d", name, worker)
			id, err := j.Begin(ctx, Intent{Endpoint: endpoint, Fingerprint: own})
			childMust(err)
			childMust(j.Registered(ctx, id, scenarioEntry(own, own+" 0")))
			say("ack %s 0", own)
			for n := 1; n <= rounds || rounds == 0; n++ {
				select {
				case <-done:
					return
				default:
				}
				say("try %s %d", own, n)
				childMust(j.record(ctx, scenarioEntry(own, fmt.Sprint(own, " ", n))))
				say("ack %s %d", own, n)
				shared := fmt.Sprint("shared-", n%4)
				childMust(j.record(ctx, scenarioEntry(shared, fmt.Sprint(own, " ", n))))
				e, ok, err := j.Lookup(ctx, Name{ClientID: own, URI: uri + own})
				childMust(err)
				if got := e.RegistrationAccessToken.Reveal(); !ok || got != fmt.Sprint(own, " ", n) {
					childMust(fmt.Errorf("%s read %q after writing %d", own, got, n))
				}
				passing := fmt.Sprintf("%s-%d", own, n)
				id, err := j.Begin(ctx, Intent{Endpoint: endpoint, Fingerprint: passing})
				childMust(err)
				childMust(j.Registered(ctx, id, scenarioEntry(passing, "x")))
				childMust(j.Confirm(ctx, Name{ClientID: passing, URI: uri + passing}, 0))
				childMust(j.Deleted(ctx, Name{ClientID: passing, URI: uri + passing}))
			}
		})
	}
	stop.Wait()
	childMust(j.Close())
	say("closed %s", name)
}
