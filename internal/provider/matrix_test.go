// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
)

// The fault matrix: one fault, for as long as one operation lasts, at each operation of a client's life. Afterwards the fault is off,
// and a repeated apply must come to a clean plan and a destroy leave nothing at the server, unless a diagnostic named what is
// left. It drives the plugin protocol and knows nothing of the provider's inside.

// matrixFaults are what the calls of an operation get. The zero Answer is a server that refuses connections.
var matrixFaults = map[string]fakeop.Answer{
	"connection refused": {},
	"cut before sending": fakeop.Dropped(),
	"cut after commit":   fakeop.Lost(),
	"cut in the answer":  fakeop.Torn(),
	"500":                fakeop.InternalError(),
	"502 HTML":           fakeop.BadGateway(),
	"503":                fakeop.Unavailable(time.Second),
	"429":                fakeop.TooMany(time.Second),
	"404 HTML":           fakeop.NotFoundPage(),
	"404 JSON":           fakeop.NotFoundJSON(),
	"401":                fakeop.Unauthorized(true),
	"403":                fakeop.Forbidden("access_denied", "not now"),
	"302":                fakeop.LoginPage(),
	"wrong client_id":    {OtherClient: true},
	"stale replica":      {Stale: true},
	"masked secret":      {Edit: showing("client_secret", fakeop.Mask("********"))},
	"hashed token":       {Edit: showing("registration_access_token", fakeop.Digest("SHA-256", "hex"))},
}

// showing shows a member of a document otherwise, where it is there.
func showing(member string, show fakeop.Showing) func(map[string]any) {
	return func(doc map[string]any) {
		if value, ok := doc[member].(string); ok {
			doc[member] = show(value)
		}
	}
}

var matrixOperations = []string{
	"register", "read-back", "refresh", "update", "update's read-back", "delete", "roll-back", "adopt", "import",
}

var matrixRotations = map[string]fakeop.Faults{
	"nothing": {},
	"update":  {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	"read":    {RotateTokenOnRead: true, RotateSecretOnRead: true},
	// One of the two alone, where a read is what the cell is about.
	"read, the token alone":  {RotateTokenOnRead: true},
	"read, the secret alone": {RotateSecretOnRead: true},
}

// cell is one combination.
type cell struct {
	fault, operation, rotates string
	journal, retries          bool
}

func (c cell) String() string {
	kept := "no journal"
	if c.journal {
		kept = "journal"
	}
	if c.retries {
		kept += ", retries"
	}
	return strings.Join([]string{c.operation, c.fault, kept, "rotates on " + c.rotates}, ", ")
}

// aboutClient are the faults of an answer that shows a client.
var aboutClient = []string{"wrong client_id", "masked secret", "hashed token"}

// meaningless reports whether a fault has no meaning for an operation: a deletion's answer shows no client, and without a journal nothing is adopted. What a server
// rotates alone matters where a read is what the cell is about.
func (c cell) meaningless() bool {
	return c.operation == "adopt" && !c.journal ||
		slices.Contains(aboutClient, c.fault) && (c.operation == "delete" || c.operation == "roll-back") ||
		strings.HasSuffix(c.rotates, "alone") && !slices.Contains([]string{"read-back", "refresh", "update's read-back", "adopt", "import"}, c.operation)
}

// neverAsked reports whether no request of a cell can meet its fault, because the operation is a refresh, or the look for evidence
// that a refused one brings, of a client that a refresh does not read: a read would replace its secret, or its token without a
// journal to keep it. One such cell of each kind stays, and holds that nothing is asked. A refused update or deletion needs no read before it,
// so that its evidence is always looked for.
func (c cell) neverAsked() bool {
	f := matrixRotations[c.rotates]
	e, isEvidence := matrixEvidence[c.operation]
	return (c.operation == "refresh" || isEvidence && e.refused == fakeop.OpRead) && (f.RotateSecretOnRead || f.RotateTokenOnRead && !c.journal)
}

// retriedFaults are met once each by a provider that repeats requests.
var retriedFaults = []string{"500", "503", "cut before sending", "cut after commit"}

func matrixCells() (all []cell) {
	for _, operation := range matrixOperations {
		for _, fault := range slices.Sorted(maps.Keys(matrixFaults)) {
			for _, journal := range []bool{false, true} {
				for _, rotates := range slices.Sorted(maps.Keys(matrixRotations)) {
					if c := (cell{fault: fault, operation: operation, journal: journal, rotates: rotates}); !c.meaningless() && (!c.neverAsked() || fault == "500") {
						all = append(all, c)
					}
				}
			}
		}
	}
	all = append(all, slices.Concat(evidenceCells(), replacedCells())...)
	for _, operation := range []string{"register", "read-back", "refresh", "update", "update's read-back", "delete", "roll-back", "import"} {
		for _, fault := range retriedFaults {
			for _, rotates := range []string{"nothing", "update", "read, the token alone"} {
				if c := (cell{fault: fault, operation: operation, journal: true, retries: true, rotates: rotates}); !c.meaningless() && !c.neverAsked() {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// matrixKnown holds the cells that are known to be bad, each with its findings. It must shrink: a listed cell that became good
// fails the test as a new bad one does, and as one that became bad in another way. go test -run TestFaultMatrix -update writes it anew.
const matrixKnown = "testdata/matrix_known.txt"

func TestFaultMatrix(t *testing.T) {
	var mu sync.Mutex
	got, counts, ran := map[string]string{}, map[string]int{}, 0
	handedIn := 0
	cells := matrixCells()
	t.Run("cells", func(t *testing.T) {
		for _, c := range cells {
			t.Run(strings.ReplaceAll(c.String(), ", ", "/"), func(t *testing.T) {
				t.Parallel()
				l := newCellRun(t, c)
				want := l.run()
				l.recover(want)
				l.judge(want)
				slices.Sort(l.findings)
				l.findings = slices.Compact(l.findings)
				mu.Lock()
				defer mu.Unlock()
				ran++
				if c.neverAsked() {
					if l.struck {
						l.found("asked: a refresh read a client whose credentials a read replaces")
					}
				} else if !l.struck {
					t.Errorf("%s: no request met the fault: leave the cell out, with the reason, or let one meet it", c)
				}
				if l.handedIn {
					handedIn++
				}
				if l.recreated {
					counts["recreated"]++
				}
				for _, finding := range l.findings {
					kind, _, _ := strings.Cut(finding, ":")
					counts[kind]++
				}
				if len(l.findings) > 0 {
					got[c.String()] = strings.Join(l.findings, "; ")
				}
			})
		}
	})
	t.Logf("%d cells; %d are bad: %v; in %d a token was handed in, as an error said", len(cells), len(got), counts, handedIn)
	if *golden.Update && ran == len(cells) {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(got)) {
			fmt.Fprintf(&b, "%s\t%s\n", name, got[name])
		}
		if err := os.WriteFile(matrixKnown, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	known, err := os.ReadFile(matrixKnown)
	if err != nil {
		t.Fatal(err)
	}
	if ran < len(cells) {
		t.Logf("%d cells ran: the list is compared only after all of them", ran)
		for _, name := range slices.Sorted(maps.Keys(got)) {
			t.Logf("%s: %s", name, got[name])
		}
		return
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(known)) {
		name, findings, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		listed[name] = findings
		if got[name] == "" {
			t.Errorf("%s: is good by now: take it out of %s", name, matrixKnown)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if listed[name] != got[name] {
			t.Errorf("%s: %s; listed is %q", name, got[name], listed[name])
		}
	}
}
