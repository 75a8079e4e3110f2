// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// modelObjects is which states have a client, and what was looked at when.
type modelObjects struct {
	stored   map[int64]bool
	sighted  map[int64]int // when the object was last seen
	imported map[int64]int // when the import of the object was noted
	told     map[int64]int // when its destroy was told of a doubt
	word     int           // when the last import was noted whose object was seen
	now      int
}

func (m *modelObjects) see(mark int64) {
	if _, before := m.sighted[mark]; !before && m.imported[mark] > 0 {
		m.word = max(m.word, m.imported[mark])
	}
	m.sighted[mark] = m.now
}

// has is another object that is known to have the client, or that may have it, when the one with the mark is destroyed.
func (m *modelObjects) has(mark int64) (other int64) {
	for o := range m.stored {
		_, seen := m.sighted[o]
		if o != mark && (seen && m.sighted[o] > m.word || !seen && m.imported[o] > m.word) {
			return o
		}
	}
	return 0
}

// In any order of imports, looks and destroys: no destroy is told, unless it was told of a doubt before, that an object has a client alone which another one was seen
// to have since the last import, or of which an import came after that. An import may be planned only, and an object may be taken out of its state at any time.
func TestImportsAgainstModel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		l := &objectsLife{t: t, path: filepath.Join(root, fmt.Sprint("journal", files))}
		m := modelObjects{stored: map[int64]bool{1: true}, sighted: map[int64]int{}, imported: map[int64]int{}, told: map[int64]int{}}
		l.in(false, func(j *Journal) { l.register(j, 1) })
		next, lastNote := int64(1), 0
		pick := func(rt *rapid.T) int64 {
			if len(m.stored) == 0 {
				m.stored[next+1], m.imported[next+1] = true, m.now
				next++
				lastNote = m.now
				l.in(false, func(j *Journal) { must(t, j.Imported(t.Context(), Name{ClientID: "c1", URI: uri}, next)) })
			}
			return rapid.SampledFrom(slices.Sorted(maps.Keys(m.stored))).Draw(rt, "object")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"import": func(rt *rapid.T) {
				next++
				l.in(rapid.Bool().Draw(rt, "killed"), func(j *Journal) { must(t, j.Imported(t.Context(), Name{ClientID: "c1", URI: uri}, next)) })
				m.imported[next], lastNote = m.now, m.now
				if rapid.Bool().Draw(rt, "stored") {
					m.stored[next] = true
				}
			},
			"look": func(rt *rapid.T) {
				mark := pick(rt)
				l.in(rapid.Bool().Draw(rt, "killed"), func(j *Journal) { l.see(j, mark) })
				m.see(mark)
			},
			"take out": func(rt *rapid.T) {
				delete(m.stored, pick(rt))
			},
			"destroy": func(rt *rapid.T) {
				mark := pick(rt)
				l.in(false, func(j *Journal) {
					l.see(j, mark)
					m.see(mark)
					hold, err := j.BeginDestroy(t.Context(), Name{ClientID: "c1", URI: uri}, mark)
					must(t, err)
					switch told, other := m.told[mark] > lastNote, m.has(mark); hold {
					case HeldAlone:
						if other != 0 && !told {
							rt.Fatalf("the destroy of %d deletes a client that %d has: %+v", mark, other, m)
						}
						must(t, j.Deleted(t.Context(), Name{ClientID: "c1", URI: uri}))
						l.register(j, next+1)
						next++
						m = modelObjects{stored: map[int64]bool{next: true}, sighted: map[int64]int{}, imported: map[int64]int{}, told: map[int64]int{}, now: m.now}
					case HeldInDoubt:
						if told && other == 0 {
							rt.Fatalf("the destroy of %d is told of a doubt again: %+v", mark, m)
						}
						m.told[mark] = m.now
					case HeldByTwo:
						delete(m.stored, mark)
					}
				})
			},
			"": func(*rapid.T) { m.now++ },
		})
	})
}
