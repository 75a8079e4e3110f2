// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package acceptance_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// The matrix of kills: the real CLI is killed or interrupted while the provider stands at a moment of an operation. Afterwards a
// repeated apply must come to a clean plan, with the credentials in force in the state, and what the server has besides must
// have been named. With a journal nothing may be lost; a token may have to be handed in only where the kill came between an
// answer and the one write that makes it safe, which is as if the answer had been lost on the way.

// killMoments are the moments of each operation, in the order of a client's life. What was asked is noted and not sent yet; that it was sent, and its answer
// lost, is what a kill at the answer is.
var killMoments = map[string][]string{
	"create":  {"create begun", "create answered", "create journaled", "read-back answered", "read-back journaled", "create done"},
	"refresh": {"read asked", "read answered", "read journaled", "read done"},
	"update":  {"update asked", "update answered", "update journaled", "read-back answered", "read-back journaled", "update done"},
	"replace": {"replacement registered", "create journaled"},
	"delete":  {"delete asked", "delete answered", "delete done"},
}

var killLife = []string{"create", "refresh", "update", "replace", "delete"}

// killBlows are what happens at a moment.
var killBlows = map[string]func(t *testing.T, p *tftest.Paused){
	"SIGKILL of all":      func(_ *testing.T, p *tftest.Paused) { everybody.kill(p) },
	"SIGKILL of provider": func(_ *testing.T, p *tftest.Paused) { provider.kill(p) },
	"SIGKILL of CLI":      func(_ *testing.T, p *tftest.Paused) { cli.kill(p) },
	"one SIGINT":          func(t *testing.T, p *tftest.Paused) { interrupt(t, p); p.Resume() },
	"two SIGINT":          twoInterrupts,
}

// interrupt is Ctrl-C, which the whole group gets. It returns when the CLI has said so.
func interrupt(t *testing.T, p *tftest.Paused) {
	t.Helper()
	_ = syscall.Kill(-p.Cmd.Process.Pid, syscall.SIGINT)
	if !p.AwaitText("Interrupt received") {
		t.Errorf("the CLI ended without a word of the interrupt:\n%s", p.Wait())
	}
}

// twoInterrupts comes while the provider still stands at the moment: the CLI does not wait for it any longer.
func twoInterrupts(t *testing.T, p *tftest.Paused) {
	t.Helper()
	interrupt(t, p)
	_ = syscall.Kill(-p.Cmd.Process.Pid, syscall.SIGINT)
	if !p.AwaitText("Two interrupts received") {
		t.Errorf("the CLI ended without a word of the second interrupt:\n%s", p.Wait())
	}
	p.Wait()
	p.Resume()
}

// killRotations are what servers replace with their answers.
var killRotations = map[string]fakeop.Faults{
	"nothing":            {},
	"tokens":             {RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	"tokens and secrets": rotatesAll,
}

// killCell is one kill.
type killCell struct {
	during, moment, blow string
	killSetting
}

// killSetting is what a life's kills have in common.
type killSetting struct {
	rotates       string
	journal, http bool
}

func (c killCell) String() string {
	return fmt.Sprintf("%s: %s, %s, %s", c.during, c.moment, c.blow, c.killSetting)
}

func (s killSetting) String() string {
	kept, state := "no journal", "local state"
	if s.journal {
		kept = "journal"
	}
	if s.http {
		state = "http state"
	}
	return fmt.Sprintf("%s, %s, rotates %s", kept, state, s.rotates)
}

// moments are those of an operation that differ: without a journal, nothing lies between an answer and its being in the journal.
func (s killSetting) moments(during string) []string {
	return slices.DeleteFunc(slices.Clone(killMoments[during]), func(moment string) bool { return !s.journal && strings.HasSuffix(moment, " journaled") })
}

// lives gives the cells of one blow in one setting, in lives of one client each: a kill at each operation that has one left. So
// two commands suffice for most cells, and a kill meets what the one before left behind.
func lives(blow string, s killSetting) (all [][]killCell) {
	for i := range s.moments("create") {
		var life []killCell
		for _, during := range killLife {
			// A refresh that would cost a client its token or the application its secret does not read.
			never := during == "refresh" && (s.rotates == "tokens and secrets" || s.rotates == "tokens" && !s.journal)
			if moments := s.moments(during); i < len(moments) && !never {
				life = append(life, killCell{during: during, moment: moments[i], blow: blow, killSetting: s})
			}
		}
		all = append(all, life)
	}
	return all
}

// killLives are all lives: each blow with a local state and an HTTP server's, with a journal and without, on a server that rotates
// tokens; the hardest blows on other servers, too.
func killLives() (all [][]killCell) {
	for _, blow := range slices.Sorted(maps.Keys(killBlows)) {
		for _, journal := range []bool{true, false} {
			for _, http := range []bool{false, true} {
				all = append(all, lives(blow, killSetting{rotates: "tokens", journal: journal, http: http})...)
			}
		}
		if blow == "SIGKILL of all" || blow == "two SIGINT" {
			all = append(all, lives(blow, killSetting{rotates: "nothing", journal: true})...)
			all = append(all, lives(blow, killSetting{rotates: "tokens and secrets", journal: true})...)
		}
	}
	return all
}

// lifeRun is one client's life.
type lifeRun struct {
	t *testing.T
	killSetting
	x        *terminal
	op       *fakeop.Server
	block    string
	tokens   string // handed in
	findings []string
	handedIn int
	unseen   int // clients that nobody can know of
}

func newLifeRun(t *testing.T, s killSetting) *lifeRun {
	l := &lifeRun{t: t, killSetting: s, op: &fakeop.Server{Faults: killRotations[s.rotates]}}
	l.fresh()
	return l
}

// fresh begins with another server and an empty folder, also after a cell that went wrong, so that the next ones show their own
// findings.
func (l *lifeRun) fresh() {
	l.op = &fakeop.Server{Faults: killRotations[l.rotates]}
	l.op.Start(l.t)
	l.x = newTerminal(l.t)
	if l.http {
		l.x.KeepStateAt(tftest.NewHTTPState(l.t))
	}
	l.block, l.tokens = fmt.Sprintf("issuer = %q\nmax_retries = 0\n", l.op.Issuer()), ""
	if l.journal {
		l.block += fmt.Sprintf("token_journal = { path = %q }\n", filepath.Join(l.t.TempDir(), "journal"))
	}
}

// nameDuring is the client's name in the configuration of an operation.
func nameDuring(c killCell) string {
	switch c.during {
	case "update":
		return "App 2"
	case "replace":
		return "App 3"
	}
	return "App"
}

func (l *lifeRun) configure(name string) {
	l.x.Configure(l.block+l.tokens, fmt.Sprintf(one, name, ""))
}

// strike runs the operation and kills it at the moment.
func (l *lifeRun) strike(c killCell) {
	args := map[string][]string{
		"create": tftest.TerminalApply, "refresh": {"apply", "-refresh-only", "-auto-approve", "-no-color"},
		"update": tftest.TerminalApply, "replace": tftest.TerminalApply, "delete": tftest.TerminalDestroy,
	}[c.during]
	l.configure(nameDuring(c))
	if c.during == "replace" {
		faults := killRotations[c.rotates]
		faults.Updating.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusMethodNotAllowed})
		l.op.SetFaults(faults)
		_, _ = l.x.Try(args...) // finds that there are no updates, so that the next plan proposes another client
	}
	before := l.stateFile()
	paused, ok := l.x.PauseAt(c.moment, groupOf, args...)
	if !ok {
		l.t.Errorf("%s: the command never came to that moment:\n%s", c, paused.Wait())
		return
	}
	killBlows[c.blow](l.t, paused)
	paused.Wait()
	l.restore(before)
	l.x.Unlock()
}

func (l *lifeRun) stateFile() []byte {
	content, err := os.ReadFile(filepath.Join(l.x.Dir, "terraform.tfstate"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.t.Fatal(err)
	}
	return content
}

// restore puts the state from before the command in the place of a local one that is empty or cut short, as a person does from a copy: at
// a second interrupt the CLI may end while it writes that file, after the first page of it, too, and says itself that data may be lost. The
// CLI's own backup may be older than that: OpenTofu's is of a state without the client, where the client came with the command before. Where
// there was no state, an empty file is none.
func (l *lifeRun) restore(before []byte) {
	state := filepath.Join(l.x.Dir, "terraform.tfstate")
	content, err := os.ReadFile(state)
	if err != nil || json.Valid(content) {
		return
	}
	if err := os.WriteFile(state, before, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// found notes a finding.
func (l *lifeRun) found(format string, args ...any) {
	l.findings = append(l.findings, fmt.Sprintf(format, args...))
}

// recover repeats the command until nothing is left to do, by the way out that an error names where there is one. It returns the
// diagnostics.
func (l *lifeRun) recover(c killCell) (said []string) {
	var all strings.Builder
	for range 4 {
		args := tftest.TerminalApply
		if c.during == "delete" {
			args = tftest.TerminalDestroy
		}
		out, code := l.x.Try(args...)
		all.WriteString(oneLine(out) + " ")
		said = append(said, diagnosticsIn(out)...)
		if code != 0 {
			l.wayOut(c, oneLine(out))
			continue
		}
		if c.during == "delete" {
			return said
		}
		// A second apply has nothing to do. It is no plan, for a read may rotate the token, which only an apply saves.
		out, code = l.x.Try(args...)
		all.WriteString(oneLine(out) + " ")
		said = append(said, diagnosticsIn(out)...)
		if code == 0 && strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
			return said
		}
	}
	l.found("no convergence")
	l.t.Logf("%s: no convergence:\n%s", c, all.String())
	return said
}

// wayOut hands a token in where an error says that this helps, or takes a client that is gone out of the state.
func (l *lifeRun) wayOut(c killCell, out string) {
	id, _ := l.x.resources()["c"]["client_id"].(string)
	if _, lives := l.op.Client(id); !lives && strings.Contains(out, "terraform state rm") && strings.Contains(out, id) {
		l.x.Must("state", "rm", clientType+".c")
		return
	}
	for _, client := range l.op.Clients() {
		if strings.Contains(out, "registration_access_tokens") && strings.Contains(out, client.ID) {
			l.tokens = fmt.Sprintf("registration_access_tokens = { %q = %q }\n", client.ID, l.op.ReissueToken(client.ID))
			l.configure(nameDuring(c))
			l.handedIn++
			if l.journal && !strings.HasSuffix(c.moment, "answered") {
				l.found("lost: the journal did not keep the token")
			}
		}
	}
}

// known holds the cells that are bad, each with its findings. It must shrink: a cell whose findings differ from the listed ones
// fails the test. go test -run TestKillMatrix -update writes it anew.
const knownKills = "testdata/kills_known.txt"

func TestKillMatrix(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1, or run make test")
	}
	var mu sync.Mutex
	got, cells, all, handedIn, unseen := map[string]string{}, 0, 0, 0, 0
	byName := map[string][]killCell{}
	for _, life := range killLives() {
		all += len(life)
		byName[strings.ReplaceAll(life[0].String(), ", ", "/")] = life
	}
	t.Run("lives", func(t *testing.T) {
		for name, life := range byName {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l := newLifeRun(t, life[0].killSetting)
				for i, c := range life {
					if i > 0 && l.x.resources()["c"] == nil { // the cell before went wrong
						l.configure("App")
						l.x.Apply()
					}
					l.strike(c)
					l.judge(c, l.recover(c))
					mu.Lock()
					cells++
					if len(l.findings) > 0 {
						slices.Sort(l.findings)
						got[c.String()] = strings.Join(slices.Compact(l.findings), "; ")
					}
					mu.Unlock()
					if len(l.findings) > 0 {
						t.Logf("%s: %q", c, l.findings)
						l.findings = nil
						l.fresh()
					}
				}
				if l.x.resources()["c"] != nil {
					l.x.Must(tftest.TerminalDestroy...)
				}
				if n := len(l.op.Clients()); n != 0 {
					t.Errorf("%d clients are left after the destroy", n)
				}
				mu.Lock()
				defer mu.Unlock()
				handedIn += l.handedIn
				unseen += l.unseen
			})
		}
	})
	for _, name := range slices.Sorted(maps.Keys(got)) {
		t.Logf("%s\t%s", name, got[name])
	}
	t.Logf("%d kills, %d of them bad; %d tokens handed in; without a journal %d clients are left that nothing can know of", cells, len(got), handedIn, unseen)
	if cells < all {
		t.Logf("of %d: the list is compared only after all of them", all)
		return
	}
	if *golden.Update {
		var b strings.Builder
		for _, name := range slices.Sorted(maps.Keys(got)) {
			fmt.Fprintf(&b, "%s\t%s\n", name, got[name])
		}
		if err := os.WriteFile(knownKills, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	known, err := os.ReadFile(knownKills)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(known)) {
		name, findings, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		listed[name] = findings
		if got[name] == "" {
			t.Errorf("%s: is good by now: take it out of %s", name, knownKills)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if got[name] != listed[name] {
			t.Errorf("%s\n\t%s; listed: %q", name, got[name], listed[name])
		}
	}
}
