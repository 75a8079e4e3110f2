// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// replacing is a kind of cells about a client that another one replaces, at a server without updates: which request meets the fault, once, and after which one.
type replacing struct{ op, after fakeop.Operation }

var matrixReplaced = map[string]replacing{
	"replacement":             {op: fakeop.OpRegister},
	"replacement's read-back": {op: fakeop.OpRead, after: fakeop.OpRegister},
	"replaced one's deletion": {op: fakeop.OpDelete},
}

// replacedCells leaves out what is no fault of one request, and a deletion's answer that is to show a client.
func replacedCells() (all []cell) {
	for _, operation := range slices.Sorted(maps.Keys(matrixReplaced)) {
		for _, fault := range slices.Sorted(maps.Keys(matrixFaults)) {
			if fault == "connection refused" || operation == "replaced one's deletion" && slices.Contains(append(aboutClient, "stale replica"), fault) {
				continue
			}
			for _, k := range tokenMoves {
				all = append(all, cell{fault: fault, operation: operation, journal: k.journal, retries: true, rotates: k.rotates})
			}
		}
	}
	return all
}

// runReplaced registers a client, learns that there are no updates, and has one request of its replacement come to the fault.
func (l *cellRun) runReplaced(r replacing) (want map[string]attrs) {
	l.must(l.r.Apply(matrixApp))
	l.note()
	l.start()
	if err := l.r.Apply(matrixRenamed); err == nil {
		l.t.Fatalf("%s: an update was made", l.cell)
	}
	f := l.normal()
	fault := fakeop.CallFault{Times: 1, After: r.after, Answer: matrixFaults[l.fault]}
	switch r.op {
	case fakeop.OpRegister:
		f.Registration.Calls = []fakeop.CallFault{fault}
	case fakeop.OpRead:
		f.Reading.Calls = []fakeop.CallFault{fault}
	default:
		f.Deletion.Calls = []fakeop.CallFault{fault}
	}
	before := l.op.Struck(r.op)
	l.op.SetFaults(f)
	l.start()
	_ = l.r.Apply(matrixRenamed)
	l.note()
	l.struck = l.op.Struck(r.op) > before
	l.op.SetFaults(l.normal())
	id := l.r.Text(theClient, "client_id")
	if _, lives := l.op.Client(id); !lives {
		l.found("lost: the client of the state does not live")
	}
	if r.op == fakeop.OpDelete && len(l.op.Clients()) > 1 {
		l.found("left: the old client lives after one fault, whatever is told of it")
	}
	return matrixRenamed
}

// withoutUpdates is a server that has none.
func withoutUpdates(f fakeop.Faults) fakeop.Faults {
	f.UpdateStatus = http.StatusMethodNotAllowed
	return f
}
