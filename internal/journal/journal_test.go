// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	endpoint = "https://as.example/register"
	uri      = "https://as.example/register/c1"
)

func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "journal") }

func open(t testing.TB, opts Options) *Journal {
	t.Helper()
	j, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func shut(t testing.TB, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// die ends the run as a process that is killed does: the system releases the lock, nothing is recorded.
func die(j *Journal) {
	j.run.vanish()
	j.store.close()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func token(s string) Entry {
	return Entry{Endpoint: endpoint, ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New(s), Occasion: OccasionRead}
}

func lookup(t testing.TB, j *Journal, id, at string) string {
	t.Helper()
	e, ok, err := j.Lookup(t.Context(), Name{ClientID: id, URI: at})
	must(t, err)
	if !ok {
		return "none"
	}
	return e.RegistrationAccessToken.Reveal()
}

func register(t testing.TB, j *Journal, fingerprint string, e Entry) string {
	t.Helper()
	id, err := j.Begin(t.Context(), Intent{Endpoint: endpoint, Fingerprint: fingerprint})
	must(t, err)
	must(t, j.Registered(t.Context(), id, e))
	return id
}

func TestRecordKeepsWhatAnAnswerOmits(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	expires := int64(1900000000)
	first := Entry{
		Endpoint: endpoint, ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New("t1"), ClientSecret: secret.New("s1"),
		ClientSecretExpiresAt: &expires, Occasion: OccasionCreate, Time: time.Unix(1700000000, 0).UTC(),
	}
	must(t, j.record(t.Context(), first))
	second := Entry{ClientID: "c1", RegistrationClientURI: uri, RegistrationAccessToken: secret.New("t2"), Occasion: OccasionUpdate, Time: time.Unix(1700000100, 0).UTC()}
	must(t, j.record(t.Context(), second))
	shut(t, j)

	want := first
	want.RegistrationAccessToken, want.Occasion, want.Time, want.Seen = second.RegistrationAccessToken, second.Occasion, second.Time, 3
	got, ok, err := open(t, Options{Path: path}).Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Entry{})); diff != "" {
		t.Error(diff)
	}
}

func TestLookupIsExact(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	must(t, j.record(t.Context(), token("t1")))
	register(t, j, "f", Entry{ClientID: "bare", ClientSecret: secret.New("s")})
	for _, c := range []struct{ id, uri, want string }{
		{"c1", uri, "t1"},
		{"c2", uri, "none"},
		{"c1", uri + "/", "none"},
		{"c1", strings.ToUpper(uri), "none"},
		{"c1", "", "none"},
		{"bare", "", "none"}, // a client_id alone may be another server's
	} {
		if got := lookup(t, j, c.id, c.uri); got != c.want {
			t.Errorf("%q at %q: %s, want %s", c.id, c.uri, got, c.want)
		}
	}
}

func TestClientThatTheServerMoves(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	must(t, j.record(t.Context(), token("t1")))
	for i, to := range []string{"https://as.example/2", "https://as.example/3"} {
		e := token("moved")
		e.RegistrationClientURI, e.PreviousURI = to, []string{uri, "https://as.example/2"}[i]
		must(t, j.record(t.Context(), e))
	}
	shut(t, j)
	j = open(t, Options{Path: path})
	for _, at := range []string{uri, "https://as.example/2", "https://as.example/3"} {
		e, ok, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: at})
		if err != nil || !ok || e.RegistrationClientURI != "https://as.example/3" || e.PreviousURI != "" {
			t.Errorf("at %s: %v %v %v", at, e, ok, err)
		}
	}
	must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: "https://as.example/2"}))
	for _, at := range []string{uri, "https://as.example/3"} {
		if gone, err := j.WasDeleted(t.Context(), Name{ClientID: "c1", URI: at}); !gone || err != nil {
			t.Errorf("at %s: deleted %v, %v", at, gone, err)
		}
	}
}

func TestServerThatMovesAClientForEver(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	e := token("t")
	for range 3 * keepFormerURIs {
		must(t, j.record(t.Context(), e))
		e.PreviousURI = e.RegistrationClientURI
		e.RegistrationClientURI += "x"
	}
	r := j.store.file.table.sortedClients()
	if len(r) != 1 || len(r[0].former) != keepFormerURIs {
		t.Errorf("%d clients, %d former URIs", len(r), len(r[0].former))
	}
}

func TestAdoption(t *testing.T) {
	intent := Intent{Endpoint: endpoint, Fingerprint: "f"}
	adopts := func(t *testing.T, j *Journal, i Intent) string {
		e, ok, _, err := j.ClaimAdoptable(t.Context(), i)
		must(t, err)
		if !ok {
			return "none"
		}
		return e.ClientID
	}
	for _, c := range []struct {
		name   string
		before func(*testing.T, *Journal) // what the earlier run did after registering c1, and how it ended
		intent Intent
		want   string
	}{
		{"run alive", func(*testing.T, *Journal) {}, intent, "none"},
		{"run died", func(_ *testing.T, j *Journal) { die(j) }, intent, "c1"},
		{"run ended", func(t *testing.T, j *Journal) { shut(t, j) }, intent, "c1"}, // which does not say that the state was stored
		{"forgotten", func(t *testing.T, j *Journal) { must(t, j.Forget(t.Context(), Name{ClientID: "c1", URI: uri})); die(j) }, intent, "none"},
		{"confirmed", func(t *testing.T, j *Journal) {
			must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
			die(j)
		}, intent, "none"},
		{"deleted", func(t *testing.T, j *Journal) {
			must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}))
			die(j)
		}, intent, "none"},
		{"rotated since", func(t *testing.T, j *Journal) { must(t, j.record(t.Context(), token("t2"))); die(j) }, intent, "c1"},
		{"other document", func(_ *testing.T, j *Journal) { die(j) }, Intent{Endpoint: endpoint, Fingerprint: "g"}, "none"},
		{"other endpoint", func(_ *testing.T, j *Journal) { die(j) }, Intent{Endpoint: endpoint + "2", Fingerprint: "f"}, "none"},
		{"the endpoint in another spelling", func(_ *testing.T, j *Journal) { die(j) }, Intent{Endpoint: "HTTPS://AS.example:443/register", Fingerprint: "f"}, "c1"},
		{"no fingerprint", func(_ *testing.T, j *Journal) { die(j) }, Intent{Endpoint: endpoint}, "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			first := open(t, Options{Path: path})
			register(t, first, "f", token("t1"))
			c.before(t, first)

			second, third := open(t, Options{Path: path}), open(t, Options{Path: path})
			if got := adopts(t, second, c.intent); got != c.want {
				t.Fatalf("adopted %s, want %s", got, c.want)
			}
			for _, j := range []*Journal{second, third} {
				if got := adopts(t, j, c.intent); got != "none" {
					t.Errorf("adopted %s again", got)
				}
			}
			if c.want == "none" {
				return
			}
			die(second) // before it delivered the adopted client
			if got := adopts(t, third, c.intent); got != c.want {
				t.Errorf("after the adopter's death: %s, want %s", got, c.want)
			}
			shut(t, third)
			fourth := open(t, Options{Path: path})
			if got := adopts(t, fourth, c.intent); got != c.want {
				t.Errorf("after the adopter's end: %s, want %s", got, c.want)
			}
			must(t, fourth.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
			shut(t, fourth)
			if got := adopts(t, open(t, Options{Path: path}), c.intent); got != "none" {
				t.Errorf("after a state was seen to hold it: %s", got)
			}
		})
	}
}

func TestEachOfSeveralIdenticalClientsIsAdoptedOnce(t *testing.T) {
	path := tempPath(t)
	first := open(t, Options{Path: path})
	for _, id := range []string{"a", "b", "c"} {
		register(t, first, "f", Entry{ClientID: id, RegistrationClientURI: uri + id})
	}
	die(first)
	j := open(t, Options{Path: path})
	var got []string
	for {
		e, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"})
		must(t, err)
		if !ok {
			break
		}
		got = append(got, e.ClientID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

// A server that answers a second registration with the client it has already must not make that one adoptable.
func TestRegistrationAnsweredWithAClientInState(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	register(t, j, "f", token("t1"))
	must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	register(t, j, "f", token("t2"))
	die(j)
	j = open(t, Options{Path: path})
	if _, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"}); ok || err != nil {
		t.Error(ok, err)
	}
	if got := lookup(t, j, "c1", uri); got != "t2" {
		t.Error(got)
	}
}

func TestLeftBehind(t *testing.T) {
	path := tempPath(t)
	begun := time.Unix(1700000000, 0).UTC()
	now := begun
	clock := func() time.Time { return now }
	dead, alive, ended := open(t, Options{Path: path, Now: clock}), open(t, Options{Path: path, Now: clock}), open(t, Options{Path: path, Now: clock})
	var ids []string
	for _, j := range []*Journal{dead, alive, ended} {
		id, err := j.Begin(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "f"})
		must(t, err)
		ids = append(ids, id)
	}
	abandoned, err := dead.Begin(t.Context(), Intent{Endpoint: endpoint, Fingerprint: "g"})
	must(t, err)
	must(t, dead.Abandon(t.Context(), abandoned))
	_, err = dead.Begin(t.Context(), Intent{Endpoint: "https://other.example/", Fingerprint: "h"})
	must(t, err)
	die(dead)
	shut(t, ended)

	now = now.Add(keepIntents - 1)
	j := open(t, Options{Path: path, Now: clock})
	both := []Intent{{Endpoint: endpoint, Fingerprint: "f", ID: ids[0], Time: begun}, {Endpoint: endpoint, Fingerprint: "f", ID: ids[2], Time: begun}}
	byID := func(a, b Intent) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(both, byID)
	for i, want := range [][]Intent{both, nil} {
		got, err := j.TakeLeftBehind(t.Context(), endpoint)
		must(t, err)
		slices.SortFunc(got, byID)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("call %d: %s", i+1, diff)
		}
	}
	if got, err := j.TakeLeftBehind(t.Context(), ""); err != nil || len(got) != 1 || got[0].Endpoint != "https://other.example/" {
		t.Error(got, err)
	}
}

func TestAbandonAfterRollback(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	id := register(t, j, "f", token("t1"))
	must(t, j.Abandon(t.Context(), id))
	must(t, j.Abandon(t.Context(), id)) // and again: nothing
	if gone, err := j.WasDeleted(t.Context(), Name{ClientID: "c1", URI: uri}); !gone || err != nil || lookup(t, j, "c1", uri) != "none" {
		t.Error(gone, err)
	}
}

func TestTombstones(t *testing.T) {
	path := tempPath(t)
	now := time.Unix(1700000000, 0)
	opts := Options{Path: path, Now: func() time.Time { return now }}
	deleted := func(j *Journal) bool {
		gone, err := j.WasDeleted(t.Context(), Name{ClientID: "c1", URI: uri})
		must(t, err)
		return gone
	}
	j := open(t, opts)
	must(t, j.record(t.Context(), token("canary-token")))
	must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}))
	must(t, j.Deleted(t.Context(), Name{ClientID: "unknown", URI: uri + "9"}))
	if gone, err := j.WasDeleted(t.Context(), Name{ClientID: "unknown", URI: uri + "9"}); !gone || err != nil {
		t.Error("a client that the journal did not hold has no tombstone", err)
	}
	late := token("t0")
	late.Time, late.PreviousToken = now.Add(-time.Second), secret.New("canary-token") // a plan's answer, overtaken by the apply that deleted
	must(t, j.record(t.Context(), late))
	if !deleted(j) || lookup(t, j, "c1", uri) != "none" {
		t.Error("an earlier answer undid the deletion")
	}
	shut(t, j)
	if content, err := os.ReadFile(path); err != nil || bytes.Contains(content, []byte("canary-token")) {
		t.Errorf("the file keeps a deleted client's token: %s %v", content, err)
	}
	now = now.Add(keepTombstones - time.Second)
	j = open(t, opts)
	if !deleted(j) {
		t.Error("forgotten too early")
	}
	now = now.Add(time.Second)
	if deleted(j) {
		t.Error("kept too long")
	}
	must(t, j.record(t.Context(), Entry{ClientID: "c2", RegistrationClientURI: uri + "2"}))
	shut(t, j)
	if content, err := os.ReadFile(path); err != nil || bytes.Contains(content, []byte(`"deleted"`)) {
		t.Errorf("the file keeps an expired tombstone: %s %v", content, err)
	}
	must(t, open(t, opts).record(t.Context(), token("t9"))) // an administrator restored it
}

func TestConfirmWritesOnce(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	register(t, j, "f", token("t1"))
	must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
	before, err := os.ReadFile(path)
	must(t, err)
	other := open(t, Options{Path: path})
	for _, j := range []*Journal{j, other, other} {
		must(t, j.Confirm(t.Context(), Name{ClientID: "c1", URI: uri}, 0))
		must(t, j.Confirm(t.Context(), Name{ClientID: "unknown", URI: uri}, 0))
		must(t, j.record(t.Context(), token("t1"))) // nothing new in it either
	}
	shut(t, other) // it is not the last one
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Errorf("written without need:\n%s", after)
	}
}

func TestOneLinePerClientAfterClose(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path})
	for i := range 40 {
		must(t, j.record(t.Context(), token(strings.Repeat("t", i+1))))
	}
	shut(t, j)
	content, err := os.ReadFile(path)
	must(t, err)
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], `{"event":"client","time":"`) || !strings.Contains(lines[1], `"origin":"read","client_id":"c1"`) {
		t.Errorf("%s", content)
	}
}

func TestSizeIsBounded(t *testing.T) {
	path := tempPath(t)
	var biggest atomic.Int64
	failpoint = func(point string) {
		if info, err := os.Stat(path); err == nil && point == "committed" {
			biggest.Store(max(biggest.Load(), info.Size()))
		}
	}
	defer func() { failpoint = nil }()
	j := open(t, Options{Path: path})
	for i := range 500 {
		must(t, j.record(t.Context(), token(strings.Repeat("t", 100)+string(rune('a'+i%26)))))
	}
	if got := biggest.Load(); got > 70*(500+20*keepSuperseded) {
		t.Errorf("grew to %d bytes for one client", got)
	}
	shut(t, j)
}

func TestClose(t *testing.T) {
	path := tempPath(t)
	j := open(t, Options{Path: path, Run: "mine"})
	if _, err := Open(Options{Path: path, Run: "mine"}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second run of one name: %v", err)
	}
	shut(t, j)
	shut(t, j)
	if err := j.record(t.Context(), token("t")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	names, err := filepath.Glob(path + "*")
	must(t, err)
	if diff := cmp.Diff([]string{path, path + ".lock"}, names); diff != "" {
		t.Error("files left: ", diff)
	}
}

func TestDeadRunsAreCleanedUp(t *testing.T) {
	path := tempPath(t)
	die(open(t, Options{Path: path, Run: "dead"}))
	open(t, Options{Path: path, Run: "alive"})
	open(t, Options{Path: path, Run: "mine"})
	if diff := cmp.Diff([]string{"alive", "mine"}, runsBeside(path)); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedEntries(t *testing.T) {
	j := open(t, Options{Path: tempPath(t)})
	for name, e := range map[string]Entry{
		"no client_id": {RegistrationClientURI: uri},
		"not UTF-8":    {ClientID: "c1", RegistrationAccessToken: secret.New("a\xff")},
	} {
		if err := j.record(t.Context(), e); err == nil {
			t.Error(name)
		}
		if err := j.Registered(t.Context(), "i", e); err == nil {
			t.Error(name)
		}
	}
	for _, run := range []string{"a/b", "..\\x", "a b", strings.Repeat("x", 81)} {
		if _, err := Open(Options{Path: j.store.path, Run: run}); err == nil {
			t.Errorf("run %q accepted", run)
		}
	}
	if _, err := Open(Options{}); err == nil {
		t.Error("no path accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Begin(ctx, Intent{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := j.record(ctx, token("t1")); err != nil || lookup(t, j, "c1", uri) != "t1" {
		t.Errorf("what has happened is recorded also when cancelled: %v", err)
	}
}
