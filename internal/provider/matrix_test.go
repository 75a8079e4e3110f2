// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
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
	"register", "read-back", "refresh", "update", "update's read-back", "delete", "roll-back", "adopt", "import", "evidence",
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

// meaningless reports whether a fault has no meaning for an operation: a deletion's answer and a probe's are about no client, and
// without a journal nothing is adopted.
func (c cell) meaningless() bool {
	aboutClient := slices.Contains([]string{"wrong client_id", "masked secret", "hashed token", "stale replica"}, c.fault)
	return c.operation == "adopt" && !c.journal || aboutClient && c.operation == "evidence" ||
		aboutClient && c.fault != "stale replica" && (c.operation == "delete" || c.operation == "roll-back") ||
		strings.HasSuffix(c.rotates, "alone") && !slices.Contains([]string{"read-back", "refresh", "update's read-back", "adopt", "import", "evidence"}, c.operation)
}

// neverAsked reports whether no request of a cell can meet its fault, because the operation is a refresh, or the look for evidence
// that a refused one brings, of a client that a refresh does not read: a read would replace its secret, or its token without a
// journal to keep it. One such cell of each kind stays, and holds that nothing is asked.
func (c cell) neverAsked() bool {
	f := matrixRotations[c.rotates]
	return (c.operation == "refresh" || c.operation == "evidence") && (f.RotateSecretOnRead || f.RotateTokenOnRead && !c.journal)
}

// retriedFaults are met once each by a provider that repeats requests.
var retriedFaults = []string{"500", "503", "cut before sending", "cut after commit"}

// cellRun is one cell's run.
type cellRun struct {
	cell
	t        *testing.T
	op       *fakeop.Server
	r        *tftest.Rig
	settings tftest.Attrs
	ids      []string // every client_id that the state ever held
	findings []string
	handedIn bool
	// recreated: on_missing had a client that does not live registered anew.
	recreated bool
	struck    bool
}

const theClient = "c"

var (
	matrixApp     = map[string]tftest.Attrs{theClient: {"client_name": "App", "redirect_uris": []string{"https://app.example.com/cb"}, "token_endpoint_auth_method": "client_secret_basic"}}
	matrixRenamed = map[string]tftest.Attrs{theClient: matrixApp[theClient].With(tftest.Attrs{"client_name": "App 2"})}
)

func newCellRun(t *testing.T, c cell) *cellRun {
	l := &cellRun{cell: c, t: t, op: &fakeop.Server{Faults: matrixRotations[c.rotates]}}
	l.op.Start(t)
	l.settings = tftest.Attrs{"issuer": l.op.Issuer(), "max_retries": 0}
	if c.retries {
		l.settings["max_retries"] = 1
	}
	if c.journal {
		l.settings["token_journal"] = tftest.Attrs{"path": filepath.Join(t.TempDir(), "journal")}
	}
	l.r = tftest.NewRig(t, clientType, func() (tfprotov6.ProviderServer, func()) {
		clock := tftest.NewClock(fakeop.Epoch)
		p := provider.New("test").WithClock(lifecycle.Clock{Now: clock.Now, After: clock.After})
		return p.Server(), p.Close
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
		fakeop.OpDelete: &f.Deletion.Calls, fakeop.OpToken: &f.TokenEndpoint.Calls, fakeop.OpMetadata: &f.Discovery.Calls,
	}
	if l.operation == "roll-back" {
		f.Substitute = map[string]any{"token_endpoint_auth_method": "client_secret_post"}
	}
	if l.operation == "evidence" {
		f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
	}
	down := l.fault == "connection refused"
	switch {
	case !down:
		fault := fakeop.CallFault{After: after, Answer: matrixFaults[l.fault]}
		if l.retries {
			fault.Times = 1
		}
		*calls[op] = append(*calls[op], fault)
		if l.operation == "evidence" {
			f.AuthorizationEndpoint.Calls = fakeop.Always(matrixFaults[l.fault])
		}
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
func (l *cellRun) run() (want map[string]tftest.Attrs) {
	l.start()
	apply := func(config map[string]tftest.Attrs) func() error {
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
	case "evidence":
		created()
		_ = l.faulty(fakeop.OpToken, "", fakeop.OpRead, apply(matrixApp))
	}
	return matrixApp
}

// killed ends the process as SIGKILL does before Terraform wrote its state: the journal stays as it is at this moment.
func (l *cellRun) killed() {
	l.r.Forget(theClient)
	journal := l.settings["token_journal"].(tftest.Attrs)["path"].(string)
	content, err := os.ReadFile(journal)
	l.must(err)
	l.r.Stop()
	// Another path, so that nothing of the ended process can be taken for a run that lives.
	journal = filepath.Join(l.t.TempDir(), "journal")
	l.must(os.WriteFile(journal, content, 0o600))
	l.settings["token_journal"] = tftest.Attrs{"path": journal}
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
	l.settings["registration_access_tokens"] = tftest.Attrs{client.ID: client.Token}
}

func (l *cellRun) imported() error {
	l.start()
	return l.r.Import(theClient, l.op.Clients()[0].URI)
}

// found notes a finding of the cell.
func (l *cellRun) found(format string, args ...any) {
	l.findings = append(l.findings, fmt.Sprintf(format, args...))
}

// named reports whether a diagnostic so far names a client that lives, or, where its registration's answer was lost and nobody can
// know its client_id, says where one may have been registered.
func (l *cellRun) named(id string) bool {
	return slices.ContainsFunc(l.r.Told(), func(d *tfprotov6.Diagnostic) bool {
		text := d.Summary + "\n" + d.Detail
		return strings.Contains(text, id) ||
			l.operation == "register" && strings.Contains(text, l.op.RegistrationEndpoint()) && strings.Contains(text, "may have")
	})
}

// recover applies with the fault off until the plan is clean, by the way out that an error names where there is one.
func (l *cellRun) recover(want map[string]tftest.Attrs) {
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
func (l *cellRun) judge(want map[string]tftest.Attrs) {
	id := l.r.Text(theClient, "client_id")
	for _, client := range l.op.Clients() {
		switch {
		case client.ID == id:
			// The attribute, or private state, where it waits for the first request that proves it.
			if !l.r.Keeps(theClient, "registration_access_token", client.Token) {
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
		if !l.named(client.ID) {
			l.found("orphan: a client is left that no diagnostic names")
		}
	}
	for _, breach := range l.r.Broken() {
		l.found("Terraform's rules: %s", breach)
	}
}

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
	if *updateGolden && ran == len(cells) {
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
