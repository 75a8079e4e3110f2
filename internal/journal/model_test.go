// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// model is what a journal should do, said as plainly as possible: one table, no file, no lines, no cache.
type model struct {
	now     time.Time
	runs    map[string]string // id to "alive", "ended" or "died"
	intents map[string]modelIntent
	clients map[string]*modelClient // by client_id; each has one URI
	deleted map[string]modelDeletion
	asking  map[string]modelAsking
	count   int // of changes of clients
}

type modelIntent struct {
	fingerprint, run string
	time             time.Time
	order            int // of when it began: ids are drawn by chance, and a failure has to come again
}

// begun are the intents in the order in which they began, of one run, or of all where that is "". Those that a compaction may have dropped are none.
func (m *model) begun(run string) (ids []string) {
	for id, i := range m.intents {
		if (run == "" || i.run == run) && m.now.Sub(i.time) < keepIntents {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return m.intents[a].order - m.intents[b].order })
	return ids
}

// TestAgainstModel has several runs of several configurations on one file, which open, work, end and die in any order.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	identity, _ := newKey(t)
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		path := filepath.Join(root, fmt.Sprint("journal", files))
		m := model{now: time.Unix(1700000000, 0), runs: map[string]string{}, intents: map[string]modelIntent{}, clients: map[string]*modelClient{}, deleted: map[string]modelDeletion{}, asking: map[string]modelAsking{}}
		opts := Options{Path: path, Now: func() time.Time { return m.now }}
		if rapid.Bool().Draw(rt, "encrypted") {
			opts.Identities = identity
		}
		open := map[string]*Journal{}
		defer func() {
			for _, j := range open {
				_ = j.Close()
			}
		}()
		ctx := t.Context()
		ok := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		count := 0
		next := func(kind string) string { count++; return fmt.Sprint(kind, count) }
		at := func(id string) string { return uri + id }
		begin := func() {
			o := opts
			o.Run = next("run")
			j, err := Open(o)
			ok(err)
			open[o.Run] = j
			m.runs[o.Run] = "alive"
		}
		pick := func(rt *rapid.T) (string, *Journal) {
			if len(open) == 0 {
				begin() // an action that is skipped too often ends the check
			}
			id := rapid.SampledFrom(keysOf(open)).Draw(rt, "run")
			return id, open[id]
		}
		clientID := func(rt *rapid.T) string { return rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "client") }
		fingerprint := func(rt *rapid.T) string { return rapid.SampledFrom([]string{"f", "g"}).Draw(rt, "fingerprint") }
		everHad := map[string][]string{} // tokens
		entry := func(rt *rapid.T, id string) Entry {
			e := Entry{Endpoint: endpoint, ClientID: id, RegistrationClientURI: at(id), RegistrationAccessToken: secret.New(next("t"))}
			if rapid.Bool().Draw(rt, "withSecret") {
				e.ClientSecret = secret.New(next("s"))
			}
			everHad[id] = append(everHad[id], e.RegistrationAccessToken.Reveal())
			return e
		}
		finish := func(run, how string) {
			m.runs[run] = how // and nothing of it is confirmed by that
			delete(open, run)
		}
		looked := map[string]glance{}
		var pending []*modelRequest
		look := func(rt *rapid.T, run, id string) glance {
			e, _, err := open[run].Lookup(ctx, Name{ClientID: id, URI: at(id)})
			ok(err)
			a, known := m.asking[id]
			if known && a.expires && e.Asked.IsZero() {
				delete(m.asking, id) // which a compaction does, and nothing else
				a, known = modelAsking{}, false
			}
			if known == e.Asked.IsZero() || e.AskedShown != a.shown || e.AskedSecretShown != a.secret || e.UnderWay != m.underWay(id, run) {
				rt.Fatalf("%s of %s: asked %v, under way %v, shown %v; model %+v", run, id, e.Asked, e.UnderWay, e.AskedShown, a)
			}
			return glance{e, m.over(id, run), m.count}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"open": func(rt *rapid.T) {
				if len(open) == 3 {
					rt.Skip()
				}
				begin()
			},
			"close": func(rt *rapid.T) {
				run, j := pick(rt)
				ok(j.Close())
				finish(run, "ended")
			},
			"die": func(rt *rapid.T) {
				run, j := pick(rt)
				die(j)
				finish(run, "died")
				if rapid.Bool().Draw(rt, "torn") { // in the middle of a line
					h, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
					ok(err)
					_, err = h.WriteString(`{"event":"client","ti`)
					ok(err)
					ok(h.Close())
				}
			},
			"begin": func(rt *rapid.T) {
				run, j := pick(rt)
				f := fingerprint(rt)
				id, err := j.Begin(ctx, Intent{Endpoint: endpoint, Fingerprint: f})
				ok(err)
				count++
				m.intents[id] = modelIntent{f, run, m.now, count}
			},
			"registered": func(rt *rapid.T) {
				run, j := pick(rt)
				id := "unknown"
				if known := m.begun(run); len(known) > 0 {
					id = known[0]
				}
				e := entry(rt, clientID(rt))
				ok(j.Registered(ctx, id, e))
				fresh := m.clients[e.ClientID] == nil
				c := m.put(e)
				c.written = m.count // the line is written, if only to end the intent
				if i, ok := m.intents[id]; ok {
					if fresh {
						c.confirmed = false
					}
					c.stored = !fresh // another state may have it
					c.intent = id
					if !c.confirmed {
						c.fingerprint, c.run = i.fingerprint, run
					}
					delete(m.intents, id)
				}
			},
			"abandon": func(rt *rapid.T) {
				_, j := pick(rt)
				ids := m.begun("")
				for _, name := range keysOf(m.clients) {
					if c := m.clients[name]; c.intent != "" {
						ids = append(ids, c.intent)
					}
				}
				if len(ids) == 0 {
					rt.Skip()
				}
				id := rapid.SampledFrom(ids).Draw(rt, "intent")
				ok(j.Abandon(ctx, id))
				delete(m.intents, id)
				for name, c := range m.clients {
					if c.intent == id && !c.confirmed {
						m.remove(name, true)
					}
				}
			},
			"record": func(rt *rapid.T) {
				_, j := pick(rt)
				e := entry(rt, clientID(rt))
				ok(j.record(ctx, e))
				m.put(e)
			},
			"record an answer": func(rt *rapid.T) {
				run, j := pick(rt)
				id := clientID(rt)
				if rapid.Bool().Draw(rt, "now") {
					looked[run+id] = look(rt, run, id)
					for range rapid.IntRange(0, 2).Draw(rt, "meanwhile") {
						e := entry(rt, id)
						if c := m.clients[id]; c != nil {
							e.PreviousToken = secret.New(c.token)
						}
						ok(j.record(ctx, e))
						m.put(e)
					}
				}
				before, known := looked[run+id]
				if d, gone := m.deleted[id]; !known || gone && m.now.Sub(d.when) >= keepTombstones {
					rt.Skip() // a compaction may have dropped it
				}
				e := entry(rt, id)
				if had := everHad[id]; rapid.Bool().Draw(rt, "known") {
					e.RegistrationAccessToken = secret.New(rapid.SampledFrom(had).Draw(rt, "token"))
				}
				if e.Seen = before.entry.Seen; !before.entry.RegistrationAccessToken.Equal(e.RegistrationAccessToken) {
					e.PreviousToken = before.entry.RegistrationAccessToken
				}
				s, err := j.Record(ctx, e)
				ok(err)
				if newer, overtaken := m.answer(e, before.count); s.Newer != newer || s.Overtaken != overtaken {
					rt.Fatalf("%s: %+v, want %v %v; model %+v", id, s, newer, overtaken, m.clients[id])
				}
				m.check(rt, j, id, everHad[id])
				before.entry.Seen, before.count = s.Seen, m.count
				looked[run+id] = before
			},
			"lookup": func(rt *rapid.T) {
				_, j := pick(rt)
				id := clientID(rt)
				m.check(rt, j, id, everHad[id])
			},
			"ask": func(rt *rapid.T) {
				run, j := pick(rt)
				id := clientID(rt)
				r := &modelRequest{run: run, client: id, before: look(rt, run, id)}
				var err error
				r.name, err = j.Asking(ctx, Name{ClientID: id, URI: at(id)}, false)
				ok(err)
				pending = append(pending, r)
				a, known := m.asking[id]
				if !known {
					a.time = m.now
				}
				a.shown, a.secret, a.requests = false, false, append(slices.Clip(a.requests), r)
				m.asking[id] = a
			},
			"look before a request": func(rt *rapid.T) {
				run, _ := pick(rt)
				id := clientID(rt)
				looked[run+id] = look(rt, run, id)
			},
			"answer": func(rt *rapid.T) {
				pending = slices.DeleteFunc(pending, func(r *modelRequest) bool { return m.runs[r.run] != "alive" })
				if len(pending) == 0 {
					rt.Skip()
				}
				i := rapid.IntRange(0, len(pending)-1).Draw(rt, "request")
				r := pending[i]
				pending = slices.Delete(pending, i, i+1)
				j, id := open[r.run], r.client
				switch rapid.SampledFrom([]string{"answered", "withdrawn", "lost"}).Draw(rt, "answer") {
				case "answered":
					ok(j.Answered(ctx, Name{ClientID: id, URI: at(id)}, r.before.entry, r.name))
					m.settle(id, append(slices.Clip(r.before.over), r)...)
				case "withdrawn":
					ok(j.Withdrawn(ctx, Name{ClientID: id, URI: at(id)}, r.name))
					m.settle(id, r)
				}
				j.Over(r.name)
				r.over = true
			},
			"show": func(rt *rapid.T) {
				run, j := pick(rt)
				id := clientID(rt)
				before, known := looked[run+id]
				if !known {
					rt.Skip()
				}
				secret := rapid.Bool().Draw(rt, "secret")
				if secret {
					ok(j.SecretShown(ctx, Name{ClientID: id, URI: at(id)}, before.entry))
				} else {
					ok(j.Shown(ctx, Name{ClientID: id, URI: at(id)}, before.entry))
				}
				if a, known := m.asking[id]; known && slices.Equal(a.requests, before.over) {
					a.shown, a.secret = a.shown || !secret, a.secret || secret
					m.asking[id] = a
				}
			},
			"adopt": func(rt *rapid.T) {
				run, j := pick(rt)
				f := fingerprint(rt)
				e, found, _, err := j.ClaimAdoptable(ctx, Intent{Endpoint: endpoint, Fingerprint: f})
				ok(err)
				var candidates, stored []string
				for id, c := range m.clients {
					switch {
					case c.confirmed || c.fingerprint != f || m.runs[c.run] == "alive":
					case c.stored:
						stored = append(stored, id)
					default:
						candidates = append(candidates, id)
					}
				}
				claims := len(candidates) > 0
				if !claims {
					candidates = stored
				}
				if found != (len(candidates) > 0) || found && (!slices.Contains(candidates, e.ClientID) || e.Stored == claims) {
					rt.Fatalf("adopted %v %s, stored %v, of %v, which it claims: %v", found, e.ClientID, e.Stored, candidates, claims)
				}
				if claims {
					m.clients[e.ClientID].run = run
				}
			},
			"left behind": func(rt *rapid.T) {
				_, j := pick(rt)
				left, err := j.TakeLeftBehind(ctx, endpoint)
				ok(err)
				var got, want []string
				for _, i := range left {
					if i.ClientID == "" {
						got = append(got, i.ID)
					}
				}
				for id, i := range m.intents {
					if m.runs[i.run] != "alive" && m.now.Sub(i.time) < keepIntents {
						want = append(want, id)
						delete(m.intents, id)
					}
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					rt.Fatalf("left behind %v, want %v", got, want)
				}
			},
			"confirm": func(rt *rapid.T) {
				_, j := pick(rt)
				id := clientID(rt)
				ok(j.Confirm(ctx, Name{ClientID: id, URI: at(id)}, 0))
				if c := m.clients[id]; c != nil {
					c.confirmed = true
				}
			},
			"delete": func(rt *rapid.T) {
				_, j := pick(rt)
				id := clientID(rt)
				ok(j.Deleted(ctx, Name{ClientID: id, URI: at(id)}))
				m.remove(id, false)
			},
			"forget": func(rt *rapid.T) {
				_, j := pick(rt)
				id := clientID(rt)
				ok(j.Forget(ctx, Name{ClientID: id, URI: at(id)}))
				if m.clients[id] != nil {
					delete(m.asking, id)
				}
				delete(m.clients, id)
			},
			"was deleted": func(rt *rapid.T) {
				_, j := pick(rt)
				id := clientID(rt)
				got, err := j.WasDeleted(ctx, Name{ClientID: id, URI: at(id)})
				ok(err)
				d, known := m.deleted[id]
				if want := known && m.now.Sub(d.when) < keepTombstones; got != want {
					rt.Fatalf("was deleted %s: %v, want %v", id, got, want)
				}
			},
			"time": func(rt *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 60*24*3600).Draw(rt, "seconds")) * time.Second)
			},
			"": func(rt *rapid.T) {
				m.expire()
				for run, how := range m.runs {
					if beside := slices.Contains(runsBeside(path), run); how == "alive" && !beside || how == "ended" && beside {
						rt.Fatalf("run %s %s, its file is there: %v", run, how, beside)
					}
				}
			},
		})
	})
}

func keysOf[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
