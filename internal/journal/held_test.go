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
		_, found, pending, err := second.ClaimAdoptable(t.Context(), Intent{Endpoint: i.Endpoint, Fingerprint: "f", Made: 2})
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

// objectsLife is one journal through several runs. Each run is of a Terraform of its own, unless the test says otherwise.
type objectsLife struct {
	t    *testing.T
	path string
	runs int
}

const lifeEndpoint = "https://as/register"

// in makes a run, which ends in order unless it is killed.
func (l *objectsLife) in(killed bool, do func(j *Journal)) {
	l.t.Helper()
	l.runs++
	j, err := Open(Options{Path: l.path, Launcher: Launcher(fmt.Sprintf("here/%d/%d", l.runs, time.Now().UnixMilli()))})
	must(l.t, err)
	do(j)
	if killed {
		die(j)
		return
	}
	j.Finish()
	must(l.t, j.Close())
}

func (l *objectsLife) register(j *Journal, made int64) {
	l.t.Helper()
	id, err := j.Begin(l.t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: made})
	must(l.t, err)
	must(l.t, j.Registered(l.t.Context(), id, Entry{ClientID: "c1", RegistrationClientURI: uri, Endpoint: lifeEndpoint}))
}

func (l *objectsLife) adopt(j *Journal, made int64) {
	l.t.Helper()
	_, found, _, err := j.ClaimAdoptable(l.t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: made})
	must(l.t, err)
	if !found {
		l.t.Fatal("not adopted")
	}
}

func (l *objectsLife) see(j *Journal, made ...int64) {
	l.t.Helper()
	for _, m := range made {
		must(l.t, j.Confirm(l.t.Context(), Name{ClientID: "c1", URI: uri}, m))
	}
}

func (l *objectsLife) leave(j *Journal, made int64, want Hold) {
	l.t.Helper()
	got, err := j.BeginDestroy(l.t.Context(), Name{ClientID: "c1", URI: uri}, made)
	must(l.t, err)
	if got != want {
		l.t.Errorf("the destroy of %d: %d, want %d", made, got, want)
	}
}

// Who has a client, when an object that has it is destroyed. What cannot be known is asked once, and then the word of the user counts.
func TestWhoHasAClient(t *testing.T) {
	type step func(l *objectsLife)
	run := func(do func(l *objectsLife, j *Journal)) step {
		return func(l *objectsLife) { l.in(false, func(j *Journal) { do(l, j) }) }
	}
	killed := func(do func(l *objectsLife, j *Journal)) step {
		return func(l *objectsLife) { l.in(true, func(j *Journal) { do(l, j) }) }
	}
	// before is a client that another run read, of a state that is older than the journal.
	before := func(l *objectsLife, j *Journal) {
		must(l.t, j.record(l.t.Context(), Entry{ClientID: "c1", RegistrationClientURI: uri, Endpoint: lifeEndpoint}))
	}
	existed := func(made int64) func(*objectsLife, *Journal) {
		return func(l *objectsLife, j *Journal) {
			id, err := j.Begin(l.t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: made})
			must(l.t, err)
			must(l.t, j.Registered(l.t.Context(), id, Entry{ClientID: "c1", RegistrationClientURI: uri, Endpoint: lifeEndpoint, Before: true}))
		}
	}
	register := func(made int64) func(*objectsLife, *Journal) {
		return func(l *objectsLife, j *Journal) { l.register(j, made) }
	}
	adopt := func(made int64) func(*objectsLife, *Journal) {
		return func(l *objectsLife, j *Journal) { l.adopt(j, made) }
	}
	see := func(made ...int64) step { return run(func(l *objectsLife, j *Journal) { l.see(j, made...) }) }
	// destroy is a destroy with the refresh before it, which sees some objects.
	destroy := func(made int64, want Hold, sees ...int64) step {
		return run(func(l *objectsLife, j *Journal) { l.see(j, sees...); l.leave(j, made, want) })
	}
	drop := func(made int64) step {
		return run(func(l *objectsLife, j *Journal) {
			must(l.t, j.Drop(l.t.Context(), Name{ClientID: "c1", URI: uri}, made))
		})
	}
	imported := func(made int64) step {
		return run(func(l *objectsLife, j *Journal) {
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, made))
		})
	}
	// unwritten is a registration whose answer, the client that is there, could not be written.
	unwritten := func(made int64) step {
		return run(func(l *objectsLife, j *Journal) {
			_, err := j.Begin(l.t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: made})
			must(l.t, err)
		})
	}
	cases := map[string][]step{
		"one object":                          {run(register(1)), see(1), destroy(1, HeldAlone, 1)},
		"one object, not refreshed":           {run(register(1)), destroy(1, HeldAlone)},
		"one object, tainted":                 {run(register(1)), destroy(0, HeldAlone)},
		"one object, tainted later":           {run(register(1)), see(1), destroy(0, HeldAlone)},
		"an import beside one object":         {run(register(1)), destroy(0, HeldAlone)},
		"tainted, seen by the same Terraform": {run(register(1)), destroy(0, HeldAlone, 1)},
		"adopted after a kill":                {killed(register(1)), run(adopt(2)), destroy(2, HeldAlone, 2)},
		"adopted after two kills":             {killed(register(1)), killed(adopt(2)), run(adopt(3)), destroy(3, HeldAlone, 3)},
		"adopted from a state, both seen":     {killed(register(1)), run(adopt(2)), destroy(2, HeldByTwo, 1, 2), destroy(1, HeldAlone, 1)},
		"and the other one first":             {killed(register(1)), run(adopt(2)), destroy(1, HeldByTwo, 1, 2), destroy(2, HeldAlone, 2)},
		"both at once":                        {killed(register(1)), run(adopt(2)), run(func(l *objectsLife, j *Journal) { l.see(j, 1, 2); l.leave(j, 1, HeldByTwo); l.leave(j, 2, HeldAlone) })},
		"killed before it was stored":         {killed(register(1)), run(adopt(2)), destroy(2, HeldByTwo, 1, 2), destroy(2, HeldByTwo, 1, 2)},
		"and kept after all":                  {killed(register(1)), run(adopt(2)), destroy(1, HeldByTwo, 1, 2), see(1, 2), destroy(2, HeldByTwo, 1, 2), destroy(1, HeldAlone, 1)},
		"the other one is never looked at":    {killed(register(1)), run(adopt(2)), destroy(2, HeldAlone, 2)},
		"an adopter that is not looked at":    {killed(register(1)), run(adopt(2)), destroy(1, HeldInDoubt, 1), destroy(1, HeldAlone, 1)},
		"an adopter that was killed":          {killed(register(1)), killed(adopt(2)), destroy(1, HeldInDoubt, 1), destroy(1, HeldAlone, 1)},
		"an adoption that came to nothing": {
			killed(register(1)), run(func(l *objectsLife, j *Journal) {
				l.adopt(j, 2)
				must(l.t, j.Drop(l.t.Context(), Name{ClientID: "c1", URI: uri}, 2))
			}), destroy(1, HeldAlone, 1),
		},
		"the other one was taken out":       {killed(register(1)), run(adopt(2)), see(1, 2), see(2), destroy(2, HeldInDoubt, 2), destroy(2, HeldAlone, 2)},
		"the other one is in another state": {killed(register(1)), run(adopt(2)), see(1), see(2), destroy(2, HeldInDoubt, 2), see(1), destroy(2, HeldByTwo, 2)},
		"tainted, both seen":                {killed(register(1)), run(adopt(2)), destroy(0, HeldByTwo, 1, 2), destroy(0, HeldByTwo, 1, 2)},
		"both tainted":                      {killed(register(1)), run(adopt(2)), destroy(0, HeldByTwo, 1, 2), destroy(0, HeldInDoubt, 1), destroy(0, HeldAlone, 1)},
		"both tainted, at once":             {killed(register(1)), run(adopt(2)), run(func(l *objectsLife, j *Journal) { l.see(j, 1, 2); l.leave(j, 0, HeldByTwo); l.leave(j, 0, HeldInDoubt) }), destroy(0, HeldAlone, 1)},
		"one of two tainted":                {killed(register(1)), run(adopt(2)), destroy(0, HeldByTwo, 1, 2), destroy(1, HeldInDoubt, 1), destroy(1, HeldAlone, 1)},
		"tainted, adopted after a kill":     {killed(register(1)), run(adopt(2)), destroy(0, HeldAlone, 2)},
		"a saved plan":                      {killed(register(1)), run(adopt(2)), see(1, 2), destroy(2, HeldByTwo)},
		"two doubts at once": {run(register(1)), see(1), run(register(2)), see(2), run(func(l *objectsLife, j *Journal) { l.leave(j, 1, HeldInDoubt) }),
			run(func(l *objectsLife, j *Journal) { l.leave(j, 2, HeldInDoubt) }), run(func(l *objectsLife, j *Journal) { l.leave(j, 1, HeldByTwo) }), destroy(2, HeldAlone)},
		"tainted, without a refresh":        {killed(register(1)), run(adopt(2)), destroy(0, HeldInDoubt), see(2), destroy(0, HeldByTwo)},
		"tainted, and nobody else":          {killed(register(1)), run(adopt(2)), see(2), destroy(0, HeldInDoubt), destroy(0, HeldAlone)},
		"tainted after a kill":              {killed(register(1)), run(adopt(2)), destroy(0, HeldInDoubt), destroy(0, HeldAlone)},
		"a doubt of one is none of another": {killed(register(1)), run(adopt(2)), see(1, 2), destroy(2, HeldInDoubt, 2), destroy(1, HeldInDoubt, 1), destroy(2, HeldByTwo, 2), destroy(1, HeldAlone, 1)},
		"imported after a kill":             {killed(register(1)), see(3), destroy(3, HeldAlone, 3)},
		"taken out and imported":            {run(register(1)), see(1), imported(3), destroy(3, HeldAlone, 3)},
		"imported, and never looked at":     {run(register(1)), imported(3), destroy(3, HeldAlone, 3)},
		"imported again and again":          {run(register(1)), see(1), imported(3), see(3), imported(4), see(4), imported(5), destroy(5, HeldAlone, 5)},
		"imported by another state":         {run(register(1)), see(1), imported(3), see(3), destroy(3, HeldByTwo, 1, 3), destroy(1, HeldAlone, 1)},
		"and the other one first, at last":  {run(register(1)), see(1), imported(3), see(1), destroy(1, HeldByTwo, 1, 3), destroy(3, HeldAlone, 3)},
		"imported twice by one state": {run(register(1)), run(func(l *objectsLife, j *Journal) {
			l.see(j, 1)
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, 3))
		}), destroy(3, HeldByTwo, 3, 1)},
		"an import that was planned only":                  {run(register(1)), see(1), imported(3), destroy(1, HeldInDoubt, 1), destroy(1, HeldAlone, 1)},
		"a pair, and an import planned only":               {killed(register(1)), run(adopt(2)), see(1, 2), imported(3), destroy(2, HeldInDoubt, 2), see(1), destroy(2, HeldByTwo, 2)},
		"one of two states' imported":                      {run(register(1)), see(1), run(register(2)), see(2), imported(3), destroy(3, HeldInDoubt, 3), see(2), destroy(3, HeldByTwo, 3)},
		"registered again, and imported":                   {run(register(1)), see(1), run(register(2)), see(1), imported(3), destroy(3, HeldInDoubt, 3), see(1), destroy(3, HeldByTwo, 3)},
		"killed when registered again":                     {run(register(1)), see(1), killed(register(2)), see(1), imported(3), destroy(3, HeldAlone, 3)},
		"one of two, never looked at":                      {run(register(1)), run(register(2)), imported(3), destroy(3, HeldInDoubt, 3), destroy(3, HeldAlone, 3)},
		"adopted, taken out and imported":                  {killed(register(1)), run(adopt(2)), see(1, 2), imported(3), destroy(3, HeldAlone, 3)},
		"imported, and the other one seen since":           {run(register(1)), see(1), imported(3), see(1), destroy(3, HeldInDoubt, 3), destroy(3, HeldAlone, 3)},
		"and again after the doubt":                        {run(register(1)), see(1), imported(3), see(1), destroy(3, HeldInDoubt, 3), see(1), destroy(3, HeldByTwo, 3), destroy(1, HeldAlone, 1)},
		"and in the destroy itself":                        {run(register(1)), see(1), imported(3), see(1), destroy(3, HeldByTwo, 1, 3)},
		"and seen before, too":                             {run(register(1)), see(1), imported(3), see(1), see(3), destroy(3, HeldInDoubt, 3)},
		"seen between two imports":                         {run(register(1)), see(1), imported(3), see(1), imported(4), destroy(4, HeldAlone, 4)},
		"seen after two imports":                           {run(register(1)), see(1), imported(3), imported(4), see(1), destroy(4, HeldInDoubt, 4)},
		"the earlier of two imports was stored":            {run(register(1)), see(1), imported(3), see(1), imported(4), see(3), destroy(3, HeldInDoubt, 3)},
		"planned, then imported":                           {run(register(1)), see(1), imported(3), imported(4), destroy(4, HeldAlone, 4)},
		"imported, and a later import planned only":        {run(register(1)), see(1), imported(3), see(3), imported(4), destroy(3, HeldInDoubt, 3), destroy(3, HeldAlone, 3)},
		"imported, and the first one destroyed":            {run(register(1)), see(1), imported(3), destroy(1, HeldInDoubt, 1), see(3), destroy(1, HeldByTwo, 1), destroy(3, HeldAlone, 3)},
		"a doubt of before the import":                     {killed(register(1)), run(adopt(2)), see(1, 2), destroy(2, HeldInDoubt, 2), imported(3), destroy(2, HeldInDoubt, 2)},
		"a doubt after a sight, before the import is seen": {killed(register(1)), run(adopt(2)), imported(3), see(1), destroy(2, HeldInDoubt, 2), destroy(3, HeldInDoubt, 3)},
		"an import that its own run destroys": {run(register(1)), see(1), run(func(l *objectsLife, j *Journal) {
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, 3))
			l.leave(j, 3, HeldAlone)
		})},
		"and the other one in the same state": {run(register(1)), see(1), run(func(l *objectsLife, j *Journal) {
			l.see(j, 1)
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, 3))
			l.leave(j, 3, HeldByTwo)
		})},
		"imported where no journal was":       {run(register(1)), see(1), see(3), destroy(3, HeldInDoubt, 3), destroy(3, HeldAlone, 3)},
		"tainted, and an import planned only": {run(register(1)), see(1), imported(3), destroy(0, HeldInDoubt, 1), destroy(0, HeldAlone, 1)},
		"imported, and recorded since":        {run(register(1)), see(1), imported(3), run(before), see(1), run(before), destroy(3, HeldInDoubt, 3)},
		"one of two states' seen since":       {run(register(1)), see(1), run(register(2)), see(2), imported(3), see(2), destroy(3, HeldInDoubt, 3), see(2), destroy(3, HeldByTwo, 3)},
		"dropped without its mark":            {run(register(1)), run(register(2)), drop(0), destroy(2, HeldAlone, 2)},
		"dropped by its replacement":          {killed(register(1)), run(adopt(2)), drop(1), destroy(2, HeldAlone, 2)},
		"registered again":                    {run(register(1)), see(1), run(register(2)), destroy(2, HeldByTwo, 1, 2), destroy(1, HeldAlone, 1)},
		"registered again, and not written":   {run(register(1)), see(1), unwritten(2), see(2), destroy(2, HeldInDoubt, 2), see(1), destroy(2, HeldByTwo, 2)},
		"registered again, of another state":  {run(register(1)), see(1), run(register(2)), destroy(2, HeldInDoubt, 2), see(1), destroy(2, HeldByTwo, 2)},
		"a state of before the journal":       {run(before), run(register(2)), destroy(1, HeldInDoubt, 1), see(2), destroy(1, HeldByTwo, 1), destroy(2, HeldAlone, 2)},
		"and the other one":                   {run(before), run(register(2)), destroy(2, HeldInDoubt, 2), see(1), destroy(2, HeldByTwo, 2), destroy(1, HeldAlone, 1)},
		"a client that was there before":      {run(existed(2)), destroy(2, HeldInDoubt, 2), destroy(2, HeldAlone, 2)},
		"a client_id that is given again": {
			run(register(1)), see(1), run(func(l *objectsLife, j *Journal) { must(l.t, j.Gone(l.t.Context(), Name{ClientID: "c1", URI: uri})) }), run(register(2)), destroy(2, HeldAlone, 2),
		},
	}
	for name, steps := range cases {
		t.Run(name, func(t *testing.T) {
			l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
			for _, do := range steps {
				do(l)
			}
		})
	}
}

// The processes of one Terraform see for each other, however exactly each measures the start of its parent.
func TestOneTerraformSees(t *testing.T) {
	l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
	l.in(true, func(j *Journal) { l.register(j, 1) })
	l.in(false, func(j *Journal) { l.adopt(j, 2) })
	l.in(false, func(j *Journal) { l.see(j, 1, 2) })
	l.runs-- // the apply of the same Terraform
	l.in(false, func(j *Journal) { l.leave(j, 2, HeldByTwo) })
}

// A refresh tells of a client of two as soon as both were seen, also where a credential was recorded in between.
func TestSharedClients(t *testing.T) {
	l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
	shared := func(want bool) {
		t.Helper()
		l.in(false, func(j *Journal) {
			e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
			must(t, err)
			if e.Shared != want {
				t.Errorf("shared: %t", e.Shared)
			}
		})
	}
	l.in(true, func(j *Journal) { l.register(j, 1) })
	l.in(false, func(j *Journal) { l.adopt(j, 2) })
	l.in(false, func(j *Journal) { l.see(j, 2) })
	shared(false)
	l.in(false, func(j *Journal) {
		must(t, j.record(t.Context(), Entry{ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New("t2")}))
	})
	l.in(false, func(j *Journal) { l.see(j, 1) })
	shared(true)
	l.in(false, func(j *Journal) { l.leave(j, 1, HeldInDoubt) })
	shared(false)
}

// A client that was found gone is another one when its client_id is registered again: it is adopted after a kill, as each new one is.
func TestAClientIDThatIsGivenAgainIsAdopted(t *testing.T) {
	l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
	l.in(false, func(j *Journal) { l.register(j, 1) })
	l.in(false, func(j *Journal) {
		l.see(j, 1)
		must(t, j.Gone(t.Context(), Name{ClientID: "c1", URI: uri}))
		must(t, j.Gone(t.Context(), Name{ClientID: "c2", URI: uri}))
	})
	l.in(true, func(j *Journal) { l.register(j, 2) })
	l.in(false, func(j *Journal) { l.adopt(j, 3) })
}

// A run that ended in order has most likely stored its state: what it registered is not adopted, but told of. One whose adoption came to nothing is as before.
func TestWhatIsMostLikelyStored(t *testing.T) {
	adoptable := func(l *objectsLife, stored, found bool) {
		l.t.Helper()
		l.in(true, func(j *Journal) {
			e, is, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: 9})
			must(t, err)
			if is != found || e.Stored != stored {
				t.Errorf("found %t, stored %t", is, e.Stored)
			}
		})
	}
	t.Run("ended in order", func(t *testing.T) {
		l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
		l.in(false, func(j *Journal) { l.register(j, 1) })
		adoptable(l, true, true)
		adoptable(l, true, true)
		l.in(false, func(j *Journal) { l.see(j, 1) })
		adoptable(l, false, false)
	})
	t.Run("an adoption that came to nothing, in order", func(t *testing.T) {
		l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
		l.in(true, func(j *Journal) { l.register(j, 1) })
		l.in(false, func(j *Journal) { l.adopt(j, 2); must(t, j.Drop(t.Context(), Name{ClientID: "c1", URI: uri}, 2)) })
		adoptable(l, false, true)
	})
	t.Run("an adoption, in order", func(t *testing.T) {
		l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
		l.in(true, func(j *Journal) { l.register(j, 1) })
		l.in(false, func(j *Journal) { l.adopt(j, 2) })
		adoptable(l, true, true)
	})
}

// A client of a killed run that nobody adopts is told of once, with what finds it; one of a run that ended in order is not.
func TestAClientOfAKilledRunIsToldOf(t *testing.T) {
	for _, killed := range []bool{true, false} {
		l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
		l.in(killed, func(j *Journal) { l.register(j, 1) })
		for again, want := range []bool{killed, false} {
			l.in(false, func(j *Journal) {
				left, err := j.TakeLeftBehind(t.Context(), lifeEndpoint)
				must(t, err)
				if (len(left) == 1) != want || want && (left[0].ClientID != "c1" || left[0].RegistrationClientURI != uri) {
					t.Errorf("killed %t, %d: %+v", killed, again, left)
				}
			})
		}
		if killed {
			l.in(false, func(j *Journal) { l.adopt(j, 2) }) // it is adoptable still
		}
	}
}

// What a Terraform imports is not adopted by it, and by a later one only as the user says: the state may be stored, or not.
func TestWhatIsImported(t *testing.T) {
	l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
	l.in(true, func(j *Journal) { l.register(j, 1) })
	adoptable := func(want bool) func(j *Journal) {
		return func(j *Journal) {
			e, found, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: lifeEndpoint, Fingerprint: "f", Made: 9})
			must(t, err)
			if found != want || found && !e.Stored {
				t.Errorf("found %t, stored %t", found, e.Stored)
			}
		}
	}
	l.in(true, func(j *Journal) {
		must(t, j.Imported(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
		adoptable(false)(j)
	})
	l.runs--
	l.in(true, adoptable(false)) // the apply of that Terraform
	l.in(true, adoptable(true))
	l.in(true, func(j *Journal) { l.see(j, 0) })
	l.in(true, adoptable(false))
}

// The mark of an object that has lost its own is known where a state can have one object only.
func TestALostMark(t *testing.T) {
	type step func(l *objectsLife)
	run := func(killed bool, do func(l *objectsLife, j *Journal)) step {
		return func(l *objectsLife) { l.in(killed, func(j *Journal) { do(l, j) }) }
	}
	register := func(l *objectsLife, j *Journal) { l.register(j, 1) }
	adopt := func(l *objectsLife, j *Journal) { l.adopt(j, 2) }
	see := func(made int64) step { return run(false, func(l *objectsLife, j *Journal) { l.see(j, made) }) }
	for name, c := range map[string]struct {
		steps []step
		mark  int64
	}{
		"one":                {[]step{run(false, register)}, 1},
		"one that was seen":  {[]step{run(true, register), see(1)}, 1},
		"killed":             {[]step{run(true, register)}, 0},
		"adopted":            {[]step{run(true, register), run(false, adopt)}, 2},
		"adopted and seen":   {[]step{run(true, register), run(true, adopt), see(2)}, 2},
		"two":                {[]step{run(true, register), run(false, adopt), see(1)}, 0},
		"the other one left": {[]step{run(true, register), run(false, adopt), see(1), run(false, func(l *objectsLife, j *Journal) { must(l.t, j.Drop(l.t.Context(), Name{ClientID: "c1", URI: uri}, 1)) })}, 2},
		"an import of one": {[]step{run(false, register), run(false, func(l *objectsLife, j *Journal) {
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, 3))
		})}, 1},
		"an import that was seen": {[]step{run(false, register), run(false, func(l *objectsLife, j *Journal) {
			must(l.t, j.Imported(l.t.Context(), Name{ClientID: "c1", URI: uri}, 3))
		}), see(3)}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			l := &objectsLife{t: t, path: filepath.Join(t.TempDir(), "journal")}
			for _, do := range c.steps {
				do(l)
			}
			l.in(false, func(j *Journal) {
				e, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
				must(t, err)
				if e.Mark != c.mark {
					t.Errorf("%d, want %d", e.Mark, c.mark)
				}
			})
		})
	}
}

// A client without a URI is told by its endpoint, in whichever spelling a configuration has it.
func TestUnmanagedClientByAnotherSpellingOfItsEndpoint(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	for _, at := range []string{"https://as.example/register", "HTTPS://AS.example:443/register/"} {
		must(t, j.record(t.Context(), Entry{Endpoint: at, ClientID: "c1", RegistrationAccessToken: secret.New(at)}))
	}
	must(t, j.record(t.Context(), Entry{Endpoint: "https://as.example/other", ClientID: "c1"}))
	must(t, j.Gone(t.Context(), Name{ClientID: "c1", Endpoint: "https://as.EXAMPLE/register"}))
	must(t, j.ask(t.Context(), func(now *table) ([]journalLine, error) {
		if len(now.clients) != 2 {
			t.Errorf("the journal has %d clients", len(now.clients))
		}
		return nil, nil
	}))
}
