// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// atTheURI is what a client's own URI answers; the zero Answer is what it answers by itself.
var atTheURI = map[string]fakeop.Answer{
	"as ever": {}, "lost": fakeop.Lost(), "torn": fakeop.Torn(), "500": fakeop.InternalError(), "502": fakeop.BadGateway(), "401": fakeop.Unauthorized(true),
	"403": fakeop.Forbidden("access_denied", "not now"), "404 page": fakeop.NotFoundPage(), "404": fakeop.NotFoundJSON(), "login": fakeop.LoginPage(),
	"other client": {OtherClient: true}, "400": {Status: 400, Body: `{"error":"access_denied"}`}, "410": {Status: 410}, "405": {Status: 405},
}

// witnesses are what the other endpoints of the server do.
var witnesses = map[string]fakeop.Faults{
	"tell":                   {},
	"look at the grant":      {TokenChecksGrantFirst: true},
	"error pages for all":    {AuthorizeErrorPage: true},
	"tell nothing":           {TokenChecksGrantFirst: true, AuthorizeErrorPage: true},
	"fail at the token":      {TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.InternalError())}},
	"refuse at the token":    {TokenEndpoint: fakeop.TokenEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})}},
	"fail at authorization":  {AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: fakeop.Always(fakeop.InternalError())}},
	"login at authorization": {AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: fakeop.Always(fakeop.LoginPage())}},
}

// TestNoSingleFaultLosesAClient goes through the combinations of what a client's URI answers, what else the server tells, what its reads
// replace, whether an answer was lost before, and whether the client lives, for each operation on a client that there is. What must
// hold in all of them:
//   - a client that lives is not forgotten, but by a deletion that says so;
//   - a deletion that ends without a word has left nothing;
//   - an error names a way out;
//   - once the fault is over, a client that lives is shown again, by a token that an administrator issues where it was lost.
func TestNoSingleFaultLosesAClient(t *testing.T) {
	for _, journal := range []bool{false, true} {
		for told, rest := range witnesses {
			if journal && told != "tell" && told != "error pages for all" {
				continue // what a journal adds does not depend on how the others are silent
			}
			t.Run(fmt.Sprintf("endpoints %s, journal %v", told, journal), func(t *testing.T) {
				t.Parallel()
				for _, rotates := range []bool{false, true} {
					f := rest
					f.RotateTokenOnRead, f.RotateSecretOnRead = rotates, rotates
					(&invariant{T: t, faults: f, journal: journal}).all()
				}
			})
		}
	}
}

type invariant struct {
	*testing.T
	what                         string
	faults                       fakeop.Faults
	answer                       fakeop.Answer
	asEver, lost, lives, journal bool
}

// all goes through what a client's own URI answers, or answered before, of a client that lives or does not, to each operation.
func (i *invariant) all() {
	for name, answer := range atTheURI {
		for _, lost := range []bool{false, true} {
			if lost && name != "as ever" {
				continue // two faults
			}
			for _, lives := range []bool{true, false} {
				for _, operation := range []string{"read", "update", "delete"} {
					i.what = fmt.Sprintf("%s, %s, rotates %v, lost before %v, lives %v", operation, name, i.faults.RotateSecretOnRead, lost, lives)
					i.answer, i.asEver, i.lost, i.lives = answer, name == "as ever", lost, lives
					i.run(operation)
				}
			}
		}
	}
}

func (i *invariant) run(operation string) {
	op := &fakeop.Server{}
	settings := authserver.Settings{}
	if i.journal {
		settings.Journal = &authserver.JournalSettings{Path: filepath.Join(i.TempDir(), "journal")}
	}
	l := begin(i.T, op, settings)
	defer op.Close()
	defer l.server.Close()
	registering := fakeop.Faults{RotateTokenOnRead: i.faults.RotateTokenOnRead, RotateSecretOnRead: i.faults.RotateSecretOnRead}
	op.SetFaults(registering)
	lifecycle.Register(i.Context(), l.server, lifecycle.Registration{Asked: web("a")}, l.save)
	id := l.state.Handle.ClientID
	always := authserver.Behaviour{Refresh: authserver.RefreshAlways}
	read := func() outcome.Outcome {
		return lifecycle.Read(i.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: always}, l.save)
	}
	faulty := i.faults
	if i.lost {
		losing := faulty
		losing.Reading.Calls = fakeop.Always(fakeop.Lost())
		op.SetFaults(losing)
		read()
	}
	if !i.lives {
		op.RemoveClient(id)
	}
	if !i.asEver {
		faulty.Reading.Calls, faulty.Updating.Calls, faulty.Deletion.Calls = fakeop.Always(i.answer), fakeop.Always(i.answer), fakeop.Always(i.answer)
	}
	op.SetFaults(faulty)
	var out outcome.Outcome
	switch operation {
	case "read":
		out = read()
	case "update":
		out = lifecycle.Update(i.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), Behaviour: always}, l.save)
	default:
		ctx, cancel := context.WithTimeout(i.Context(), time.Minute)
		defer cancel()
		out = lifecycle.Deregister(ctx, l.server, l.state, always, l.save)
	}
	i.judge(l, operation, id, out)
}

func (i *invariant) judge(l *life, operation, id string, out outcome.Outcome) {
	_, lives := l.op.Client(id)
	told := false
	for _, p := range out.Problems {
		told = told || p.Kind == outcome.DeleteUnsupported
		if !p.Warning && len(p.Ways) == 0 && operation != "update" {
			i.Errorf("%s: the error %v names no way out", i.what, &p)
		}
	}
	switch {
	case out.Gone && lives && !(operation == "delete" && told):
		i.Errorf("%s: a client that lives is forgotten: %v", i.what, out.Problems)
	case out.Gone || !lives:
		return
	}
	l.op.SetFaults(fakeop.Faults{})
	shown := func(token string) bool {
		if token != "" {
			l.state.Handle.RegistrationAccessToken = secret.New(token)
		}
		again := lifecycle.Read(i.Context(), l.server, lifecycle.Refresh{State: l.state, Behaviour: authserver.Behaviour{Refresh: authserver.RefreshAlways}}, l.save)
		return !again.Gone && l.state.Record.ShownAt != "" && !again.Failed() && !undecided(again)
	}
	if !shown("") && !shown(l.op.ReissueToken(id)) {
		i.Errorf("%s: the client cannot be read any more", i.what)
	}
}

func undecided(out outcome.Outcome) bool {
	for _, p := range out.Problems {
		if p.Kind == outcome.NotRefreshed || len(p.Ways) > 0 {
			return true
		}
	}
	return false
}
