// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

var (
	diagnosticBegins = regexp.MustCompile(`^(Warning|Error): `)
	// What the CLI says of its own between diagnostics: of its progress, of the plan, and the rule before the latter's notes.
	diagnosticEnds = regexp.MustCompile(`^([\w.]+\.[\w"\[\]]+: |Plan: |No changes|Terraform |OpenTofu |(Apply|Destroy) complete|Note: |Changes to Outputs|Releasing state|─)`)
)

// diagnosticsIn are the warnings and errors of an output, each in one line. A plan names each client that it deletes, which says nothing of what becomes of it.
func diagnosticsIn(out string) (all []string) {
	within := false
	for line := range strings.Lines(out) {
		switch line = strings.TrimRight(line, "\n"); {
		case diagnosticBegins.MatchString(line):
			within = true
			all = append(all, line)
		case diagnosticEnds.MatchString(line):
			within = false
		case within:
			all[len(all)-1] += " " + line
		}
	}
	for i, d := range all {
		all[i] = oneLine(d)
	}
	return all
}

// A plan names a client, and so does a warning of something else: neither says that it stays.
func TestWhatSaysThatAClientStays(t *testing.T) {
	t.Parallel()
	const plan = "  # oidc_dynamic_client.c will be destroyed\n  - client_id = \"client-1\" -> null\n\nPlan: 0 to add, 0 to change, 1 to destroy.\n"
	for name, test := range map[string]struct {
		out  string
		want bool
	}{
		"plan":                 {plan, false},
		"plan after a warning": {"\nWarning: Client stays at the server\n\nof client client-2.\n\nTerraform will perform the following actions:\n\n" + plan, false},
		"progress":             {"\nError: Client not deregistered\n\nx\n\noidc_dynamic_client.c: Destroying... [id=client client-1]\n", false},
		"another":              {"Warning: Client stays at the server\n\nClient client-11 stays.\n", false},
		"rotation":             {"Warning: Reads replace credentials\n\nThe server issues new credentials for client client-1 whenever it is read.\n", false},
		"warning":              {plan + "\nWarning: Client stays at the server\n\n  with oidc_dynamic_client.c,\n\nClient\nclient-1 was not deregistered.\n", true},
		"error":                {"oidc_dynamic_client.c: Destroying...\n\nError: Client not deregistered\n\nthe client client-1\n", true},
	} {
		said := diagnosticsIn(test.out)
		if got := slices.ContainsFunc(said, func(d string) bool { return tftest.SaysThatItStays(d, "client-1") }); got != test.want {
			t.Errorf("%s: %t: %q", name, got, said)
		}
	}
}

// registers reports whether an operation registers a client.
func registers(during string) bool {
	return slices.Contains([]string{"create", "replace", "rollback"}, during)
}

// judge holds the server against the state and against what was said.
func (l *lifeRun) judge(c killCell, diagnostics []string) {
	said := strings.Join(diagnostics, " ")
	state := l.x.resources()["c"]
	id, _ := state["client_id"].(string)
	if (id == "") != (c.during == "delete") {
		l.found("the state has the client %q", id)
	}
	for _, client := range l.op.Clients() {
		switch {
		case client.ID == id:
			// In attributes or, where no request has proved it yet, in private state.
			if !l.x.Keeps(clientType, "c", "registration_access_token", client.Token) {
				l.found("lost: the token in the state is not in force")
			}
			if !l.x.Keeps(clientType, "c", "client_secret", client.Secret) {
				l.found("lost: the secret in the state is not in force")
			}
			continue
		case strings.Contains(said, "Client "+client.ID+" does not exist any more"):
			l.found("said gone: a client that lives")
		case slices.ContainsFunc(diagnostics, func(d string) bool { return tftest.SaysThatItStays(d, client.ID) }):
		case registers(c.during) && strings.Contains(said, "may have been left behind") && strings.Contains(said, l.op.RegistrationEndpoint()):
			if l.journal && c.moment != "create answered" {
				l.found("left behind: the journal should know the client by then")
			}
		case registers(c.during) && !l.journal && c.blow != "one SIGINT":
			// Nothing outside the killed processes ever knew of it: that is what the journal is for.
			l.unseen++
		default:
			l.found("unannounced: a client lives that nothing names")
		}
		l.op.RemoveClient(client.ID) // as the person does who was told
	}
}
