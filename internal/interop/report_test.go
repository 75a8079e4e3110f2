// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A report is what a run showed of one server.
type report struct {
	server       Server
	outcomes     map[Step]string // "passed", "replaced", "failed", or the reason why the server cannot do it
	substitution []string        // what the provider warned of, as a verb and a parameter
	rotation     []string        // "registration access token", "client secret": what updates changed
	updateForm   string
}

var (
	reportsMu sync.Mutex
	reports   = map[string]*report{}
)

// reportOf is the server's report in this run.
func reportOf(s Server) *report {
	reportsMu.Lock()
	defer reportsMu.Unlock()
	r, ok := reports[s.Name()]
	if !ok {
		r = &report{server: s, outcomes: map[Step]string{}}
		reports[s.Name()] = r
	}
	return r
}

const (
	passed   = "passed"
	replaced = "replaced" // passed, by another client in the place of the one that there was
	failed   = "failed"
)

func (r *report) pass(step Step, byReplacement bool) {
	r.outcomes[step] = passed
	if byReplacement {
		r.outcomes[step] = replaced
	}
}

func (r *report) fail(step Step)                   { r.outcomes[step] = failed }
func (r *report) declare(step Step, reason string) { r.outcomes[step] = reason }
func (r *report) form(form string)                 { r.updateForm = form }

// substitutionKinds are the summaries of the provider's warnings of what a server did with the document, and the verb of each.
var substitutionKinds = map[string]string{
	"Server registered other values":                       "substituted",
	"Server does not show some parameters":                 "does not show",
	"Server does not show some parameters when it is read": "hides",
	"Server registered more than was asked for":            "extended",
	"Server keeps removed parameters":                      "kept",
}

// substitutedMember begins a line about one parameter in such a warning.
var substitutedMember = regexp.MustCompile(`(?m)^(?:- |Client \S+: )(\S+): (?:asked|registered|removed) `)

// substituted keeps what those warnings say, as a verb and a parameter.
func (r *report) substituted(warnings []diagnostic) {
	for _, d := range warnings {
		if verb := substitutionKinds[d.Summary]; verb != "" && d.Severity == "warning" {
			for _, found := range substitutedMember.FindAllStringSubmatch(d.Detail, -1) {
				add(&r.substitution, verb+" "+found[1])
			}
		}
	}
}

// told reports whether the provider warned of what the server did with a parameter.
func (r *report) told(name string) bool {
	return slices.ContainsFunc(r.substitution, func(what string) bool { return strings.HasSuffix(what, " "+name) })
}

func (r *report) rotated(before, after Handle) {
	if before.RegistrationAccessToken != after.RegistrationAccessToken {
		add(&r.rotation, "registration access token")
	}
	if before.ClientSecret != after.ClientSecret {
		add(&r.rotation, "client secret")
	}
}

func add(list *[]string, item string) {
	if !slices.Contains(*list, item) {
		*list = append(*list, item)
		slices.Sort(*list)
	}
}
