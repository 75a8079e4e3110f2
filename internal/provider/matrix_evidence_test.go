// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// evidence is a kind of cells about the evidence that is looked for beside a refusal at the client's own address: of which request that is, and who answers with the
// fault meanwhile, both endpoints that can tell of a client or one endpoint alone.
type evidence struct {
	refused fakeop.Operation
	at      []fakeop.Operation
	// gone: the refusal is true, since somebody deregisters the client just before. Else the client lives, and is refused at its own address all the time.
	gone bool
	// byProvider: the provider's own credential manages the client, and is looked at, too.
	byProvider bool
	// silent: the token endpoint answers the same for any client (RFC 6749 §5.2 leaves open what is looked at first), so that the authorization endpoint is asked.
	silent bool
	// noReads: the server has no reads, so that an update's refusal raises the question. Where it has some, the read before the update does.
	noReads bool
	// known: an endpoint that is not at fault knows the client, so that it stays also where the user has on_missing = "recreate".
	known bool
	in    []keeping
}

// keeping is whether there is a journal, and what the server rotates.
type keeping struct {
	journal bool
	rotates string
}

var (
	bothEndpoints = []fakeop.Operation{fakeop.OpToken, fakeop.OpAuthorize}
	ownAddress    = []fakeop.Operation{fakeop.OpRead}
	registrations = []fakeop.Operation{fakeop.OpRegister}
	documents     = []fakeop.Operation{fakeop.OpMetadata}

	// A client that the provider's own credential manages has no token that rotates or that a journal could keep.
	nothingMoves = []keeping{{false, "nothing"}}
	tokenMoves   = []keeping{{false, "nothing"}, {true, "read, the token alone"}}
	writesOnly   = []keeping{{false, "nothing"}, {true, "nothing"}, {false, "update"}, {true, "update"}}
	deletions    = append([]keeping{{false, "read"}, {true, "read"}}, writesOnly...)
	// No refresh reads where reads replace the secret: see neverAsked.
	refreshes = append([]keeping{{true, "read, the token alone"}, {false, "read"}, {true, "read"}}, writesOnly...)
)

var matrixEvidence = map[string]evidence{
	"evidence":                              {refused: fakeop.OpRead, at: bothEndpoints, in: refreshes},
	"evidence, token endpoint":              {refused: fakeop.OpRead, at: bothEndpoints[:1], known: true, in: append(tokenMoves, keeping{true, "update"})},
	"evidence, authorization endpoint":      {refused: fakeop.OpRead, at: bothEndpoints[1:], silent: true, in: append(tokenMoves, keeping{true, "update"})},
	"evidence, own address":                 {refused: fakeop.OpRead, at: ownAddress, byProvider: true, known: true, in: nothingMoves},
	"evidence, registration endpoint":       {refused: fakeop.OpRead, at: registrations, byProvider: true, known: true, in: nothingMoves},
	"evidence after an update":              {refused: fakeop.OpUpdate, at: bothEndpoints, noReads: true, in: writesOnly},
	"evidence after a deletion":             {refused: fakeop.OpDelete, at: bothEndpoints, in: deletions},
	"true evidence":                         {refused: fakeop.OpRead, at: bothEndpoints, gone: true, in: tokenMoves},
	"true evidence, token endpoint":         {refused: fakeop.OpRead, at: bothEndpoints[:1], gone: true, in: tokenMoves},
	"true evidence, authorization endpoint": {refused: fakeop.OpRead, at: bothEndpoints[1:], gone: true, in: tokenMoves},
	"true evidence, own address":            {refused: fakeop.OpRead, at: ownAddress, gone: true, in: tokenMoves},
	"true evidence, registration endpoint":  {refused: fakeop.OpRead, at: registrations, gone: true, byProvider: true, in: nothingMoves},
	"true evidence, metadata":               {refused: fakeop.OpRead, at: documents, gone: true, in: tokenMoves},
	"true evidence after an update":         {refused: fakeop.OpUpdate, at: bothEndpoints, gone: true, noReads: true, in: writesOnly[:2]},
	"true evidence after a deletion":        {refused: fakeop.OpDelete, at: bothEndpoints, gone: true, in: deletions[:4]},
}

// pointless reports whether a fault has no meaning for evidence: an answer to a probe shows no client, and a probe commits nothing; one endpoint of an origin cannot refuse
// connections alone, and drops them ("cut before sending"); a registration endpoint and metadata are of no client, so that no replica is behind in them; and the
// own address of a client that is gone is asked again after a pause, in which replicas agree.
func (e evidence) pointless(fault string) bool {
	store := e.at[0] != fakeop.OpRegister && e.at[0] != fakeop.OpMetadata
	return slices.Contains(aboutClient, fault) || fault == "cut after commit" || fault == "connection refused" && len(e.at) == 1 ||
		fault == "stale replica" && (!store || e.gone && e.at[0] == fakeop.OpRead)
}

func evidenceCells() (all []cell) {
	for _, operation := range slices.Sorted(maps.Keys(matrixEvidence)) {
		e := matrixEvidence[operation]
		for _, fault := range slices.Sorted(maps.Keys(matrixFaults)) {
			for _, k := range e.in {
				c := cell{fault: fault, operation: operation, journal: k.journal, rotates: k.rotates}
				if !e.pointless(fault) && (!c.neverAsked() || fault == "500") {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// guarded is a server whose registration endpoint looks at the credential before the method, also of a GET, which registers nothing.
func guarded(f fakeop.Faults) fakeop.Faults {
	f.Registration.Calls = []fakeop.CallFault{{
		Matches: func(r *http.Request) bool {
			return r.Method == http.MethodGet && r.Header.Get("Authorization") != "Bearer iat"
		},
		Answer: fakeop.Unauthorized(true),
	}}
	return f
}

// runEvidence registers a client and has a request at its own address refused, by a fault or since the client is gone, and the evidence come to a fault.
func (l *cellRun) runEvidence(e evidence) (want map[string]attrs) {
	have, want := matrixApp, matrixApp
	l.must(l.r.Apply(have))
	l.note()
	if l.fault == "stale replica" && l.rotates == "update" { // behind by an update, else by the registration
		l.start()
		l.must(l.r.Apply(matrixRenamed))
		have, want = matrixRenamed, matrixRenamed
	}
	switch e.refused {
	case fakeop.OpDelete:
		want = nil
	case fakeop.OpUpdate:
		want = map[string]attrs{theClient: have[theClient].With(attrs{"client_name": "App 3"})}
	}
	l.op.SetFaults(l.evidenceFaults(e))
	if id := l.r.Text(theClient, "client_id"); e.gone {
		l.op.SetHooks(func(r *http.Request) {
			if fakeop.OperationOf(r) == e.refused {
				l.op.RemoveClient(id)
			}
		}, nil)
	}
	l.start()
	l.agreed.Store(false)
	_ = l.r.Apply(want)
	l.note()
	l.struck = l.met.Load()
	if e.known && l.r.Text(theClient, "client_id") != l.ids[0] {
		l.found("given up: an endpoint knows the client, and another one is registered in its place")
	}
	l.op.SetHooks(nil, nil)
	l.op.SetFaults(l.normal())
	l.must(l.op.AcceptConnections())
	return want
}

// normal are the faults that the cell's server has all the time.
func (l *cellRun) normal() fakeop.Faults {
	f := matrixRotations[l.rotates]
	if matrixEvidence[l.operation].byProvider {
		f = guarded(f)
	}
	if matrixEvidence[l.operation].noReads {
		f.Reading.Calls = fakeop.Always(fakeop.NotAllowed("PUT, DELETE"))
	}
	if _, ok := matrixReplaced[l.operation]; ok {
		f = withoutUpdates(f)
	}
	return f
}

// evidenceFaults are those of the refusal, and of what is asked because of it. Replicas agree within the pause that a provider makes.
func (l *cellRun) evidenceFaults(e evidence) fakeop.Faults {
	f := l.normal()
	f.TokenChecksGrantFirst = e.silent
	calls := map[fakeop.Operation]*[]fakeop.CallFault{
		fakeop.OpRegister: &f.Registration.Calls, fakeop.OpRead: &f.Reading.Calls, fakeop.OpUpdate: &f.Updating.Calls, fakeop.OpDelete: &f.Deletion.Calls,
		fakeop.OpToken: &f.TokenEndpoint.Calls, fakeop.OpAuthorize: &f.AuthorizationEndpoint.Calls, fakeop.OpMetadata: &f.Discovery.Calls,
	}
	stale := l.fault == "stale replica"
	var refused atomic.Bool
	refusal := fakeop.CallFault{Answer: fakeop.Unauthorized(true), Matches: func(*http.Request) bool {
		first := refused.CompareAndSwap(false, true)
		return !e.gone && (first || e.at[0] != e.refused) && !(stale && l.agreed.Load())
	}}
	fault := fakeop.CallFault{Answer: matrixFaults[l.fault], Matches: func(r *http.Request) bool {
		met := refused.Load() && !(stale && l.agreed.Load()) && (e.at[0] != fakeop.OpRegister || r.Method == http.MethodGet)
		if met {
			l.met.Store(true)
		}
		return met
	}}
	if l.fault == "connection refused" {
		fault = fakeop.CallFault{Down: true, Matches: func(*http.Request) bool { l.met.Store(true); return true }}
		*calls[e.refused] = []fakeop.CallFault{fault}
	} else {
		for _, op := range e.at {
			*calls[op] = append([]fakeop.CallFault{fault}, *calls[op]...)
		}
	}
	*calls[e.refused] = append(*calls[e.refused], refusal)
	if e.refused == fakeop.OpDelete { // the read that is to confirm it is refused, too
		*calls[fakeop.OpRead] = append(*calls[fakeop.OpRead], fakeop.CallFault{Answer: fakeop.Unauthorized(true), Matches: func(*http.Request) bool {
			return refused.Load() && !e.gone && !(stale && l.agreed.Load())
		}})
	}
	return f
}
