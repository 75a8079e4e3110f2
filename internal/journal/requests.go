// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"fmt"
	"slices"
	"strings"
)

// Request is one request that a run has under way, from Asking to Over.
type Request struct{ name string }

// request names the run's next request: several may be under way for one client at once, and what one of them is answered says nothing of the others.
func (j *Journal) request() Request {
	return Request{fmt.Sprintf("%s%s%d", j.run.id, ofRun, j.requests.Add(1))}
}

// ofRun divides a request's name: no run's id has it.
const ofRun = "#"

// underWay reports whether a request may still be answered. Of another run's it is known only that the run lives. Called with the journal's lock held.
func (j *Journal) underWay(request string) bool {
	run, _, _ := strings.Cut(request, ofRun)
	if run != j.run.id {
		return j.run.alive(run)
	}
	_, is := j.asked.Load(request)
	return is
}

// over are the requests of a note that are not under way any more.
func (j *Journal) over(note *journalLine) []string {
	return slices.DeleteFunc(slices.Clone(note.asking), j.underWay)
}

// underWayHere counts those that are under way in this run.
func (j *Journal) underWayHere(note *journalLine) (n int) {
	for _, name := range note.asking {
		if _, is := j.asked.Load(name); is {
			n++
		}
	}
	return n
}
