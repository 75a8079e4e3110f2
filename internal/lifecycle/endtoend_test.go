// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The server refuses the first form of an update, makes the second one, and its answer is lost. The refusal of the first does not hide
// that: the client, whose credentials are others by now, is not gone, and the user is told that the update may have been made.
func TestASecondFormWhoseAnswerIsLost(t *testing.T) {
	for kind, doc := range map[string]func(string) metadata.Document{"web": web, "machine": machine} {
		for lost, answer := range map[string]fakeop.Answer{"lost": fakeop.Lost(), "torn": fakeop.Torn(), "500": {Status: 500, Processed: true}} {
			for _, journaled := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, journal %v", kind, lost, journaled), func(t *testing.T) {
					settings := authserver.Settings{}
					if journaled {
						settings = withJournal(t)
					}
					l := begin(t, &fakeop.Server{}, settings)
					l.want(lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: doc("a")}, l.save))
					f := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
					f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.BadRequest("invalid_client_metadata")}, {Answer: answer}}
					l.op.SetFaults(f)
					out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: doc("b"), StoresSecret: true, MayChange: anything}, l.save)
					l.want(out, outcome.NotUpdated)
					if !out.Problems[0].MaybeProcessed {
						t.Error("it is not told that the update may have been made")
					}
					l.op.SetFaults(fakeop.Faults{})
					if got, _ := l.op.Client(l.state.Handle.ClientID); got.Metadata["client_name"] != "b" {
						t.Fatal("the second form was not made: this test looks for the wrong thing")
					}
					l = l.restarted(settings)
					if out := l.refresh(); out.Gone {
						t.Errorf("a live client is forgotten: %v", out.Problems)
					}
				})
			}
		}
	}
}

// Where reads replace the client secret, no plan reads, journal or not: the journal would keep the new one, while the application still
// uses the one that the read ended.
func TestNoPlanEndsASecretThatIsInUse(t *testing.T) {
	for _, journaled := range []bool{true, false} {
		for _, f := range []fakeop.Faults{{RotateSecretOnRead: true}, {RotateSecretOnRead: true, RotateTokenOnRead: true}} {
			settings := authserver.Settings{}
			if journaled {
				settings = withJournal(t)
			}
			l := begin(t, &fakeop.Server{Faults: f}, settings)
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
			l.shows("registered")
			inUse, saved := l.op.CurrentSecret(l.state.Handle.ClientID), l.state
			for range 3 {
				l = l.restarted(settings)
				l.state = saved // a plan saves nothing
				l.want(l.refresh(), outcome.SkippedSecretMoves)
			}
			if now := l.op.CurrentSecret(saved.Handle.ClientID); now != inUse {
				t.Errorf("journal %v: plans replaced the secret that is in use", journaled)
			}
		}
	}
}

// An import by URI whose plan was not applied is planned again with the same token, which the first read replaced: the journal has the
// one in force, by the address alone.
func TestAnImportByURIThatIsPlannedTwice(t *testing.T) {
	for _, form := range []fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery} {
		l := begin(t, &fakeop.Server{ClientURI: form, Faults: fakeop.Faults{RotateTokenOnRead: true}}, authserver.Settings{Management: authserver.ManagementNone})
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
		uri, id := l.state.Handle.RegistrationClientURI, l.op.Clients()[0].ID
		if uri == "" {
			uri = l.op.Clients()[0].URI
		}
		token, settings := l.op.Clients()[0].Token, withJournal(t)
		settings.RegistrationAccessTokens = map[string]secret.String{uri: secret.New(token)}
		for range 3 {
			l = l.restarted(settings)
			h, problem := lifecycle.Import(t.Context(), l.server, authserver.Place{}, lifecycle.NamedBy(uri))
			if problem != nil {
				t.Fatal(problem)
			}
			l.state = authserver.State{Handle: h}
			if out := lifecycle.Read(t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save); out.Failed() || l.state.Handle.ClientID != id {
				t.Fatalf("%v: imported %q, %v", form, l.state.Handle.ClientID, out.Problems)
			}
			if l.state.Handle.RegistrationAccessToken.Reveal() != l.op.CurrentToken(id) && l.state.Record.Unproven.RegistrationAccessToken.Reveal() != l.op.CurrentToken(id) {
				t.Error("the token that is in force is not kept")
			}
		}
	}
}

// After a destroy the journal has no credential of the client, however it ended: deleted, left at a server without deletion or without
// management, or at a URI that nobody serves.
func TestADestroyEmptiesTheJournal(t *testing.T) {
	nobody := fakeop.Always(fakeop.NotFoundPage())
	for name, c := range map[string]struct {
		op     *fakeop.Server
		faults fakeop.Faults
		kinds  []outcome.Kind
	}{
		"deleted":            {&fakeop.Server{}, fakeop.Faults{}, nil},
		"deleted, confirmed": {&fakeop.Server{}, fakeop.Faults{DeleteStatus: 202}, nil},
		"rotates":            {&fakeop.Server{}, fakeop.Faults{RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, nil},
		"moves":              {&fakeop.Server{}, fakeop.Faults{RotateTokenOnUpdate: true, MoveURIOnUpdate: true}, nil},
		"no deletion":        {&fakeop.Server{}, fakeop.Faults{DeleteStatus: 405}, []outcome.Kind{outcome.DeleteUnsupported}},
		"no management":      {&fakeop.Server{Management: fakeop.ManagementOff}, fakeop.Faults{}, []outcome.Kind{outcome.DeleteUnmanaged}},
		"nobody serves": {&fakeop.Server{}, fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: nobody}, Updating: fakeop.UpdatingFaults{Calls: nobody}, Deletion: fakeop.DeletionFaults{Calls: nobody}},
			[]outcome.Kind{outcome.DeleteUnmanaged}},
	} {
		t.Run(name, func(t *testing.T) {
			settings := withJournal(t)
			c.op.Faults = c.faults
			l := begin(t, c.op, settings)
			lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
			if l.state.Handle.RegistrationClientURI != "" {
				l.rename("b")
			}
			credentials := []string{l.state.Handle.ClientSecret.Reveal(), l.state.Handle.RegistrationAccessToken.Reveal()}
			path := settings.Journal.Path
			if kept, err := os.ReadFile(path); err != nil || !bytes.Contains(kept, []byte(credentials[0])) {
				t.Fatalf("the journal has no secret of the client: this test looks for the wrong thing (%v)", err)
			}
			l = l.restarted(settings)
			out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
			l.want(out, c.kinds...)
			if !out.Gone {
				t.Fatal("it is kept")
			}
			l.server.Finish()
			l.server.Close() // one line for each client, and none for one that is gone
			kept, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, credential := range credentials {
				if credential != "" && bytes.Contains(kept, []byte(credential)) {
					t.Errorf("the journal keeps a credential: %s", kept)
				}
			}
		})
	}
}

// A redirect within the server that leads to a page that is missing says nothing of the client: neither a read, nor a deletion that was
// refused, nor an adoption takes it as gone, though the token endpoint refuses everybody.
func TestARedirectToWhatIsMissing(t *testing.T) {
	for _, target := range []string{"/nowhere", "/nowhere?client=1"} {
		settings := withJournal(t)
		l := begin(t, &fakeop.Server{}, settings)
		lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: machine("a")}, l.save)
		moved := fakeop.Always(fakeop.MovedTo(target))
		refusal := fakeop.Answer{Status: 401, Body: `{"error":"invalid_client","error_description":"no"}`}
		l.op.SetFaults(fakeop.Faults{
			Reading: fakeop.ReadingFaults{Calls: moved}, Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.NotFoundJSON())},
			TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(refusal)},
		})
		if out := l.refresh(); out.Gone {
			t.Errorf("a read takes the client as gone: %v", out.Problems)
		}
		if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); out.Gone {
			t.Errorf("said to be deleted, and lives: %v", out.Problems)
		}
	}
}

// One answer to a read redirects within the server to an address that does not name the client, as to another client's, where servers end a token that
// is not that one's: the token does not go there. It goes to one that names the client.
func TestAReadThatIsRedirectedWithinTheServer(t *testing.T) {
	l := begin(t, &fakeop.Server{}, authserver.Settings{})
	l.registerAs(web("b"))
	other := l.state.Handle
	l.state = authserver.State{}
	l.register()
	own := l.state.Handle.RegistrationClientURI
	redirect := func(to string) outcome.Outcome {
		l.op.Force(fakeop.OpRead, fakeop.Answer{Status: 308, Header: http.Header{"Location": {to}}})
		return l.refresh()
	}
	l.want(redirect(own + "?moved=1"))
	out := redirect(other.RegistrationClientURI)
	l.want(out, outcome.NotRefreshed)
	var de *dcr.Error
	if !errors.As(out.Problems[0].Err, &de) || !de.Redirected || de.Target != other.RegistrationClientURI || out.Gone {
		t.Errorf("it is not told as a redirect: %+v", de)
	}
	l = l.later(authserver.Settings{})
	l.want(l.refresh())
}
