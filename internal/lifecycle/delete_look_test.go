// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// untold is a server of which no endpoint tells of a client.
var untold = fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}

// A deletion with a token that died before is killed before its answer, or meets an outage of another kind than a limiter's. What the journal has of it is no word in
// a later run, which does not know any more what the look before it found.
func TestADeletionWithADeadTokenLeavesNoProofBehind(t *testing.T) {
	page := fakeop.Answer{Status: 200, Body: "<html>maintenance</html>", MediaType: "text/html"}
	for what, outage := range map[string]struct{ look, deletion fakeop.Answer }{
		"killed":         {deletion: fakeop.Dropped()},
		"answer lost":    {deletion: fakeop.Lost()},
		"500":            {fakeop.InternalError(), fakeop.InternalError()},
		"520":            {fakeop.Answer{Status: 520}, fakeop.Answer{Status: 520}},
		"a page":         {page, page},
		"403 of a front": {fakeop.Answer{Status: 403, Body: "<html>no</html>", MediaType: "text/html"}, fakeop.Answer{Status: 403, Body: "<html>no</html>", MediaType: "text/html"}},
	} {
		for kind, doc := range ofEachKind {
			for _, refreshes := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, refreshes %v", what, kind, refreshes), func(t *testing.T) {
					t.Parallel()
					s := settingsWith(t, true)
					l := begin(t, &fakeop.Server{Faults: untold}, s)
					l.registerAs(doc("a"))
					l.op.RevokeToken(l.state.Handle.ClientID)
					l = l.later(s)
					if outage.look.Status != 0 {
						l.op.Force(fakeop.OpRead, outage.look)
					}
					l.op.Force(fakeop.OpDelete, outage.deletion)
					before := l.state
					if out := l.destroy(authserver.Behaviour{}); out.Gone {
						t.Fatalf("a live client is forgotten: %s", kinds(out.Problems))
					}
					if what == "killed" || what == "answer lost" {
						l.state = before
					}
					for run := range 3 {
						l = l.later(s)
						if refreshes {
							if out := l.refresh(); out.Gone {
								t.Fatalf("run %d: the refresh forgets a live client: %s", run, kinds(out.Problems))
							}
							l = l.later(s)
						}
						if out := l.destroy(authserver.Behaviour{}); out.Gone {
							t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
						}
					}
				})
			}
		}
	}
}

// deletionLost is a client with a journal whose deletion was sent in the run before, and was answered by nobody, as the reads after it were. The faults are for those that come next.
func deletionLost(t *testing.T, doc func(string) metadata.Document) (*life, authserver.Settings, fakeop.Faults) {
	t.Helper()
	s, f := settingsWith(t, true), untold
	l := begin(t, &fakeop.Server{Faults: untold}, s)
	l.registerAs(doc("a"))
	l = l.later(s)
	f.Deletion.Calls = fakeop.Always(fakeop.Dropped())
	f.Reading.Calls = []fakeop.CallFault{{From: 2, Answer: fakeop.Dropped()}}
	l.op.SetFaults(f)
	if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() {
		t.Fatalf("a live client is forgotten: %s", kinds(out.Problems))
	}
	return l.later(s), s, f
}

// A deletion of before whose answer was lost, and which the look shows not to have been made, is no word on a client whose token is refused from then on.
func TestADeletionThatTheLookRefutesCountsNoMore(t *testing.T) {
	for kind, doc := range ofEachKind {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			l, s, f := deletionLost(t, doc)
			f.Deletion.Calls = fakeop.Always(fakeop.Unauthorized(true))
			f.Reading.Calls = []fakeop.CallFault{{From: 2, Answer: fakeop.Unauthorized(true)}}
			l.op.SetFaults(f)
			for run := range 2 {
				if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() {
					t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
				}
				l = l.later(s)
			}
		})
	}
}

// The same where it is not the look but a read after it that shows the client, since the look met an outage: the deletion that is sent then is refused, and its note ends
// although one of before had been noted, too. What refuses the token later on finds no deletion that it could be the answer to.
func TestADeletionThatALaterReadRefutesCountsNoMore(t *testing.T) {
	for what, outage := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "502": fakeop.BadGateway(), "cut": fakeop.Dropped(), "page": fakeop.Welcome()} {
		for kind, doc := range ofEachKind {
			t.Run(what+", "+kind, func(t *testing.T) {
				t.Parallel()
				l, s, f := deletionLost(t, doc)
				f.Deletion.Calls = fakeop.Always(fakeop.Unauthorized(true))
				f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: outage}, {From: 3, Answer: fakeop.Unauthorized(true)}}
				l.op.SetFaults(f)
				for run := range 3 {
					out := l.destroy(authserver.Behaviour{})
					if out.Gone || !out.Failed() {
						t.Fatalf("run %d: a live client is forgotten: %s", run, kinds(out.Problems))
					}
					if run == 0 && l.op.Struck(fakeop.OpDelete) == 0 {
						t.Fatal("nothing was sent, so that nothing is tried here")
					}
					l = l.later(s)
					if out := l.refresh(); out.Gone {
						t.Fatalf("run %d: the refresh forgets a live client: %s", run, kinds(out.Problems))
					}
					l = l.later(s)
				}
			})
		}
	}
}

// The provider's credentials delete whatever is at an address. Where the look is shown another client there, nothing is sent.
func TestADeletionIsNotSentWhereTheLookIsShownAnotherClient(t *testing.T) {
	s := settingsWith(t, false)
	s.Management, s.InitialAccessToken = authserver.ManagementProvider, secret.New("admin")
	server := &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"admin": 0}}
	l := begin(t, server, s)
	l.register()
	other := fakeop.Answer{Status: 200, Body: `{"client_id":"another"}`}
	l = l.later(s)
	l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(other) })
	if out := l.destroy(authserver.Behaviour{}); out.Gone || !out.Failed() || l.op.CountOf(fakeop.OpDelete) != 0 {
		t.Errorf("%d deletions were sent: %s", l.op.CountOf(fakeop.OpDelete), kinds(out.Problems))
	}
	l = l.later(s)
	l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = []fakeop.CallFault{{Times: 1, Answer: other}} })
	if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(l.op.Clients()) != 0 {
		t.Errorf("after one such answer: not deleted: %s", kinds(out.Problems))
	}
}

// A look may replace the token, and its answer be lost. The client that another one has replaced is deleted with the token that is known, since nothing would delete it later.
func TestNoLookCostsTheTokenOfAClientThatIsReplaced(t *testing.T) {
	s := settingsWith(t, true)
	l := begin(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, s)
	l.registerAs(web("a"))
	old := l.state
	l = l.later(s)
	ofOld := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, old.Handle.ClientID) }
	l.op.EditFaults(func(f *fakeop.Faults) {
		f.Reading.Calls = []fakeop.CallFault{{Matches: ofOld, Times: 1, Answer: fakeop.Lost()}}
	})
	out := lifecycle.Replace(t.Context(), l.server, lifecycle.Replacement{Registration: lifecycle.Registration{Asked: web("b")}, Old: old}, l.save)
	if _, left := l.op.Client(old.Handle.ClientID); left || out.Failed() {
		t.Errorf("the old client is left %v: %s", left, kinds(out.Problems))
	}
}
