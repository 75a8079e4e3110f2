// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// cellRun is one cell's run.
type cellRun struct {
	cell
	t        *testing.T
	op       *fakeop.Server
	r        *tftest.Rig
	settings attrs
	ids      []string // every client_id that the state ever held
	findings []string
	handedIn bool
	// recreated: on_missing had a client that does not live registered anew.
	recreated bool
	struck    bool
	// met: a request of the evidence met the fault. agreed: the provider has made a pause, in which replicas agree.
	met, agreed atomic.Bool
}

const theClient = "c"

var (
	matrixApp     = map[string]attrs{theClient: {"client_name": "App", "redirect_uris": []string{"https://app.example.com/cb"}, "token_endpoint_auth_method": "client_secret_basic"}}
	matrixRenamed = map[string]attrs{theClient: matrixApp[theClient].With(attrs{"client_name": "App 2"})}
)

func newCellRun(t *testing.T, c cell) *cellRun {
	l := &cellRun{cell: c, t: t, op: &fakeop.Server{}}
	l.op.Faults = l.normal()
	if matrixEvidence[c.operation].byProvider {
		l.op.Management, l.op.InitialAccessTokens = fakeop.ManagementByCredential, map[string]int{"iat": 0}
	}
	l.op.Start(t)
	l.settings = attrs{"issuer": l.op.Issuer(), "max_retries": 0}
	if matrixEvidence[c.operation].byProvider {
		l.settings["initial_access_token"], l.settings["management"] = "iat", "provider_credentials"
	}
	if matrixEvidence[c.operation].known {
		l.settings["on_missing"] = "recreate"
	}
	if c.retries {
		l.settings["max_retries"] = 1
	}
	if c.journal {
		l.settings["token_journal"] = attrs{"path": filepath.Join(t.TempDir(), "journal")}
	}
	l.r = newRigBy(t, func() *testclock.Clock {
		return testclock.New(atEpoch).Note(func(time.Duration) { l.agreed.Store(true) })
	})
	return l
}

// start follows the process before.
func (l *cellRun) start() {
	if err := l.r.Start(l.settings); err != nil {
		l.t.Fatalf("%s: configuring the provider: %v", l.cell, err)
	}
}

// must is a step before the fault.
func (l *cellRun) must(err error) {
	if err != nil {
		l.t.Fatalf("%s: before the fault: %v", l.cell, err)
	}
}

func (l *cellRun) note() {
	if id := l.r.Text(theClient, "client_id"); id != "" && !slices.Contains(l.ids, id) {
		l.ids = append(l.ids, id)
	}
}

// faulty runs a step during which the operation's calls get the fault. last is the call after whose answer a server that
// refuses connections goes down; without one it is down from the beginning.
func (l *cellRun) faulty(op, after, last fakeop.Operation, step func() error) error {
	f := matrixRotations[l.rotates]
	calls := map[fakeop.Operation]*[]fakeop.CallFault{
		fakeop.OpRegister: &f.Registration.Calls, fakeop.OpRead: &f.Reading.Calls, fakeop.OpUpdate: &f.Updating.Calls,
		fakeop.OpDelete: &f.Deletion.Calls, fakeop.OpMetadata: &f.Discovery.Calls,
	}
	if l.operation == "roll-back" {
		f.Substitute = map[string]any{"token_endpoint_auth_method": "client_secret_post"}
	}
	down := l.fault == "connection refused"
	switch {
	case !down:
		fault := fakeop.CallFault{After: after, Answer: matrixFaults[l.fault]}
		if l.retries {
			fault.Times = 1
		}
		*calls[op] = append(*calls[op], fault)
	case last != "":
		*calls[last] = append([]fakeop.CallFault{{Down: true, After: after}}, *calls[last]...)
	}
	before := l.op.Struck(op)
	l.op.SetFaults(f)
	if down && last == "" {
		l.op.RefuseConnections()
	}
	err := step()
	l.note()
	l.struck = down || l.op.Struck(op) > before
	l.op.SetFaults(matrixRotations[l.rotates])
	if err := l.op.AcceptConnections(); err != nil {
		l.t.Fatal(err)
	}
	return err
}

// run lives the cell's life and returns what it wants at the end, nil for nothing.
func (l *cellRun) run() (want map[string]attrs) {
	l.start()
	if e, ok := matrixEvidence[l.operation]; ok {
		return l.runEvidence(e)
	}
	if r, ok := matrixReplaced[l.operation]; ok {
		return l.runReplaced(r)
	}
	apply := func(config map[string]attrs) func() error {
		return func() error { l.start(); return l.r.Apply(config) }
	}
	created := func() {
		l.must(l.r.Apply(matrixApp))
		l.note()
	}
	switch l.operation {
	case "register":
		_ = l.faulty(fakeop.OpRegister, "", fakeop.OpMetadata, apply(matrixApp))
	case "read-back":
		_ = l.faulty(fakeop.OpRead, fakeop.OpRegister, fakeop.OpRegister, apply(matrixApp))
	case "refresh":
		created()
		_ = l.faulty(fakeop.OpRead, "", "", apply(matrixApp))
	case "update":
		created()
		_ = l.faulty(fakeop.OpUpdate, "", fakeop.OpRead, apply(matrixRenamed))
		return matrixRenamed
	case "update's read-back":
		created()
		_ = l.faulty(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpUpdate, apply(matrixRenamed))
		return matrixRenamed
	case "delete":
		created()
		last := fakeop.OpRead
		if l.rotates == "read" {
			last = "" // such a client is not read before its deletion
		}
		_ = l.faulty(fakeop.OpDelete, "", last, apply(nil))
		return nil
	case "roll-back":
		_ = l.faulty(fakeop.OpDelete, "", fakeop.OpRead, apply(matrixApp))
	case "adopt":
		created()
		l.killed()
		_ = l.faulty(fakeop.OpRead, "", fakeop.OpMetadata, apply(matrixApp))
	case "import":
		l.foreign()
		_ = l.faulty(fakeop.OpRead, "", "", l.imported)
	}
	return matrixApp
}

// killed ends the process as SIGKILL does before Terraform wrote its state: the journal stays as it is at this moment.
func (l *cellRun) killed() {
	l.r.Forget(theClient)
	journal := l.settings["token_journal"].(attrs)["path"].(string)
	content, err := os.ReadFile(journal)
	l.must(err)
	l.r.Stop()
	// Another path, so that nothing of the ended process can be taken for a run that lives.
	journal = filepath.Join(l.t.TempDir(), "journal")
	l.must(os.WriteFile(journal, content, 0o600))
	l.settings["token_journal"] = attrs{"path": journal}
}

// foreign is a client that somebody else registered.
func (l *cellRun) foreign() {
	body, err := json.Marshal(matrixApp[theClient])
	l.must(err)
	resp, err := http.Post(l.op.RegistrationEndpoint(), "application/json", bytes.NewReader(body))
	l.must(err)
	_ = resp.Body.Close()
	l.handIn(l.op.Clients()[0])
}

func (l *cellRun) handIn(client fakeop.Client) {
	l.settings["registration_access_tokens"] = attrs{client.ID: client.Token}
}

func (l *cellRun) imported() error {
	l.start()
	return l.r.Import(theClient, l.op.Clients()[0].URI)
}

// found notes a finding of the cell.
func (l *cellRun) found(format string, args ...any) {
	l.findings = append(l.findings, fmt.Sprintf(format, args...))
}

// named reports whether a diagnostic so far says of a client that it may stay at the server, or, where its registration's answer was lost and nobody can
// know its client_id, says where one may have been registered. A server that rotates on reads has each client named for that, which is no word on what becomes of it.
func (l *cellRun) named(id string) bool {
	return slices.ContainsFunc(l.r.Told(), func(d *tfprotov6.Diagnostic) bool {
		text := d.Summary + "\n" + d.Detail
		return tftest.SaysThatItStays(text, id) ||
			(l.operation == "register" || l.operation == "replacement") && strings.Contains(text, l.op.RegistrationEndpoint()) && strings.Contains(text, "may have")
	})
}

// saidGone reports whether a diagnostic said of a client that it does not exist: to name a client that lives in this way is no way out.
func (l *cellRun) saidGone(id string) bool {
	return slices.ContainsFunc(l.r.Told(), func(d *tfprotov6.Diagnostic) bool {
		return strings.Contains(d.Detail, "Client "+id+" does not exist any more") || strings.Contains(d.Detail, "Client "+id+" was deregistered at the server")
	})
}

// recover applies with the fault off until the plan is clean, by the way out that an error names where there is one.
func (l *cellRun) recover(want map[string]attrs) {
	var last error
	for range 5 {
		if want != nil && l.operation == "import" && !l.r.Has(theClient) && len(l.op.Clients()) > 0 {
			last = l.imported()
		} else {
			l.start()
			last = l.r.Apply(want)
		}
		l.note()
		if last == nil {
			l.start()
			empty, err := l.r.Plan(want)
			if err == nil && empty {
				// A plan saves nothing, and with a journal it may have read a client whose reads rotate: one more apply saves that.
				l.start()
				if err = l.r.Apply(want); err == nil {
					return
				}
			}
			last = err
			continue
		}
		l.wayOut(last)
	}
	reason := "the plan is never clean"
	if last != nil {
		reason, _, _ = strings.Cut(last.Error(), "\n")
	}
	l.found("no convergence: %s", l.anonymous(reason))
}

// wayOut does what an error says that helps: it hands in a registration access token for a client that lives, and has one that does not
// live registered anew.
func (l *cellRun) wayOut(err error) {
	if id := l.r.Text(theClient, "client_id"); id != "" && strings.Contains(err.Error(), `on_missing = "recreate"`) {
		if _, lives := l.op.Client(id); !lives {
			l.settings["on_missing"] = "recreate"
			l.recreated = true
		}
	}
	for _, client := range l.op.Clients() {
		known := client.ID == l.r.Text(theClient, "client_id") || l.operation == "import" || l.operation == "adopt"
		if known && strings.Contains(err.Error(), "registration_access_tokens") && strings.Contains(err.Error(), client.ID) {
			l.op.ReissueToken(client.ID)
			client, _ = l.op.Client(client.ID)
			l.handIn(client)
			l.handedIn = true
		}
	}
}

// anonymous takes what differs from run to run out of a text.
func (l *cellRun) anonymous(text string) string {
	return strings.ReplaceAll(text, l.op.URL(), "ORIGIN")
}

// judge looks at what is left after the recovery, then destroys, and looks again.
func (l *cellRun) judge(want map[string]attrs) {
	id := l.r.Text(theClient, "client_id")
	for _, client := range l.op.Clients() {
		if l.saidGone(client.ID) {
			l.found("said gone: a client that lives")
		}
		switch {
		case client.ID == id:
			// The attribute, or private state, where it waits for the first request that proves it.
			if !matrixEvidence[l.operation].byProvider && !l.r.Keeps(theClient, "registration_access_token", client.Token) {
				l.found("lost handle: the token in the state is not in force")
			}
			if l.r.Text(theClient, "client_secret") != client.Secret {
				l.found("wrong secret: the secret in the state is not in force")
			}
		case l.named(client.ID):
		case slices.Contains(l.ids, client.ID):
			l.found("dropped: a client of the state lives and no diagnostic names it")
		case id != "":
			l.found("double registration: another client lives and no diagnostic names it")
		}
	}
	if _, lives := l.op.Client(id); id != "" && !lives && !l.neverAsked() {
		l.found("kept: the client of the state does not exist, and the plan is clean")
	}
	if want != nil {
		var err error
		for range 3 {
			l.start()
			if err = l.r.Destroy(); err == nil {
				break
			}
			l.wayOut(err)
		}
		if err != nil {
			reason, _, _ := strings.Cut(err.Error(), "\n")
			l.found("no destroy: %s", l.anonymous(reason))
		}
	}
	for _, client := range l.op.Clients() {
		if l.saidGone(client.ID) {
			l.found("said gone: a client that lives")
		}
		if !l.named(client.ID) {
			l.found("orphan: a client is left that no diagnostic names")
		}
	}
	for _, breach := range l.r.Broken() {
		l.found("Terraform's rules: %s", breach)
	}
}
