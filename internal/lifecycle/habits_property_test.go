// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A server has some habits, a client lives there for some operations, and one answer goes wrong.

// wrongAnswers are what one call may get; loses says that the request is made and its answer lost.
var wrongAnswers = map[string]struct {
	answer fakeop.Answer
	loses  bool
}{
	"lost": {fakeop.Lost(), true}, "torn": {fakeop.Torn(), true}, "500 and made": {fakeop.Answer{Status: 500, Processed: true}, true}, "502 and made": {made(fakeop.BadGateway()), true},
	"429 and made": {fakeop.Answer{Status: 429, Processed: true}, true}, "503 and made": {fakeop.Answer{Status: 503, Processed: true}, true},
	"empty and made": {fakeop.Answer{Status: 200, Processed: true}, true}, "a page, and made": {made(fakeop.Welcome()), true}, "an empty object, and made": {fakeop.Answer{Status: 200, Processed: true, Body: "{}"}, true},
	"300 and made": {fakeop.Answer{Status: 300, Processed: true}, true}, "304 and made": {fakeop.Answer{Status: 304, Processed: true}, true}, "406 and made": {fakeop.Answer{Status: 406, Processed: true}, true},
	"413 and made": {fakeop.Answer{Status: 413, Processed: true}, true}, "403 page and made": {fakeop.Answer{Status: 403, Processed: true, Body: "<html>blocked</html>", Header: http.Header{"Content-Type": {"text/html"}}}, true},
	"a redirect, and made": {fakeop.Answer{Status: 302, Processed: true, Header: http.Header{"Location": {"/"}}}, true},
	"dropped":              {fakeop.Dropped(), false}, "500": {fakeop.InternalError(), false}, "502": {fakeop.BadGateway(), false}, "401": {fakeop.Unauthorized(true), false},
	"403": {fakeop.Forbidden("access_denied", "not now"), false}, "404 page": {fakeop.NotFoundPage(), false}, "404": {fakeop.NotFoundJSON(), false}, "410": {fakeop.Answer{Status: 410}, false},
	"login": {fakeop.LoginPage(), false}, "400": {fakeop.Answer{Status: 400, Body: `{"error":"access_denied"}`}, false}, "405": {fakeop.Answer{Status: 405}, false}, "423": {fakeop.Answer{Status: 423}, false},
	"412": {fakeop.Answer{Status: 412}, false}, "451": {fakeop.Answer{Status: 451}, false}, "a page": {fakeop.Welcome(), false}, "an empty object": {fakeop.Answer{Status: 200, Body: "{}"}, false},
	"another client": {fakeop.Answer{OtherClient: true}, true}, "stale": {fakeop.Answer{Stale: true}, true},
	"masked": {shows("client_secret", "********", "registration_access_token", "********"), true}, "without credentials": {shows("client_secret", nil, "registration_access_token", nil), true},
	"empty credentials": {shows("client_secret", "", "registration_access_token", ""), true}, "a masked token, no secret": {shows("client_secret", nil, "registration_access_token", "********"), true},
	"a stored form of the token, a masked secret": {shows("client_secret", "********", "registration_access_token", "2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d2b5c9f3e0d7a4e1b8c6d5f4e3a2b1c0d"), true},
	"another token":  {shows("registration_access_token", "reg-token-9-f00dfeedf00dfeed"), true},
	"another secret": {shows("client_secret", "secret-9-f00dfeedf00dfeed"), true}, "another address": {shows("registration_client_uri", "http://127.0.0.1:1/register/x"), true},
	"a relative address": {shows("registration_client_uri", "/x"), true}, "an address with a slash": {slashed(), true},
}

func made(a fakeop.Answer) fakeop.Answer { a.Processed = true; return a }

// shows is the true answer with other values in some members; nil takes a member out.
func shows(pairs ...any) fakeop.Answer {
	return fakeop.Answer{Edit: func(doc map[string]any) {
		for i := 0; i < len(pairs); i += 2 {
			member := pairs[i].(string)
			if _, shown := doc[member]; !shown {
				continue
			}
			if doc[member] = pairs[i+1]; pairs[i+1] == nil {
				delete(doc, member)
			}
		}
	}}
}

func slashed() fakeop.Answer {
	return fakeop.Answer{Edit: func(doc map[string]any) {
		if uri, ok := doc["registration_client_uri"].(string); ok {
			doc["registration_client_uri"] = uri + "/"
		}
	}}
}

func public(name string) metadata.Document {
	doc := web(name)
	doc["token_endpoint_auth_method"] = "none"
	return doc
}

// drawHabits draws what a server does day by day.
func drawHabits(t *rapid.T) fakeop.Faults {
	flag := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	f := fakeop.Faults{
		RotateTokenOnRead: flag("token on read"), RotateTokenOnUpdate: flag("token on update"), RotateSecretOnRead: flag("secret on read"), RotateSecretOnUpdate: flag("secret on update"),
		OmitTokenOnRead: flag("no token on read"), OmitTokenOnUpdate: flag("no token on update"), OmitURIOnRead: flag("no uri on read"), OmitURIOnUpdate: flag("no uri on update"),
		OmitSecretOnRead: flag("no secret on read"), OmitSecretOnUpdate: flag("no secret on update"), HashedSecretOnRead: flag("hashed"), MoveURIOnUpdate: flag("moves"),
		TokenChecksGrantFirst: flag("grant first"), AuthorizeErrorPage: flag("error pages"), AuthorizeIgnoresPrompt: flag("sign in"), EmptyErrors: flag("empty errors"), NoChallenge: flag("no challenge"),
		UpdateNeedsSecret: flag("update needs the secret"), OmitSecretExpiry: flag("no expiry"), NumericStringTimes: flag("times as strings"),
	}
	f.OmitURIOnUpdate = f.OmitURIOnUpdate && !f.MoveURIOnUpdate // or nobody knows where the client is
	if rapid.IntRange(0, 7).Draw(t, "no reads") == 0 {
		f.Reading.Calls = fakeop.Always(noReads[rapid.SampledFrom(slices.Sorted(maps_(noReads))).Draw(t, "said by")])
	}
	if rapid.IntRange(0, 7).Draw(t, "knows nobody") == 0 {
		f.TokenEndpoint.Calls = fakeop.Always(fakeop.Answer{Status: 401, Body: `{"error":"invalid_client"}`})
	}
	f.DeleteStatus = rapid.SampledFrom([]int{0, 0, 200, 202, 405}).Draw(t, "deletion")
	f.GoneStatus = rapid.SampledFrom([]int{0, 0, 404, 410}).Draw(t, "gone")
	f.InvalidTokenStatus = rapid.SampledFrom([]int{0, 0, 400}).Draw(t, "invalid token")
	f.RegisterStatus = rapid.SampledFrom([]int{0, 200, 202}).Draw(t, "registered")
	return f
}

type fate struct {
	*rapid.T
	l        *life
	settings authserver.Settings
	habits   fakeop.Faults
	doc      func(string) metadata.Document
	id       string
	said     []outcome.Problem
	slow     bool // so much time passes between operations that no replica lags
}

func TestOneWrongAnswerInALife(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &fate{T: rt, habits: drawHabits(rt), doc: rapid.SampledFrom([]func(string) metadata.Document{web, machine, public}).Draw(rt, "kind")}
		op := &fakeop.Server{ClientURI: rapid.SampledFrom([]fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery}).Draw(rt, "address")}
		if rapid.Bool().Draw(rt, "journal") {
			f.settings.Journal = &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}
		}
		f.l = begin(t, op, f.settings)
		defer op.Close()
		defer func() { f.l.server.Close() }()
		f.slow = rapid.Bool().Draw(rt, "slow")
		name := rapid.SampledFrom(slices.Sorted(maps_(wrongAnswers))).Draw(rt, "wrong answer")
		wrong := wrongAnswers[name]
		at := rapid.SampledFrom([]fakeop.Operation{fakeop.OpRead, fakeop.OpUpdate, fakeop.OpRegister, fakeop.OpDelete, fakeop.OpToken}).Draw(rt, "at")
		if falseToken := name == "another token" || strings.HasPrefix(name, "a stored form of the token"); falseToken && f.habits.RotateTokenOnRead && at == fakeop.OpRead {
			f.habits.TokenEndpoint.Calls = nil // or nothing at all tells that token from one of a client that is gone, as the guide says
		}
		when, from := rapid.IntRange(0, 4).Draw(rt, "when"), rapid.IntRange(1, 3).Draw(rt, "call")
		steps := rapid.SliceOfN(rapid.SampledFrom([]string{"refresh", "update", "apply"}), 0, 3).Draw(rt, "steps")
		f.live(at, fakeop.CallFault{From: from, Times: 1, Answer: wrong.answer}, when, steps, wrong.loses)
	})
}

func maps_[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func withCall(f fakeop.Faults, at fakeop.Operation, call fakeop.CallFault) fakeop.Faults {
	calls := map[fakeop.Operation]*[]fakeop.CallFault{
		fakeop.OpRead: &f.Reading.Calls, fakeop.OpUpdate: &f.Updating.Calls, fakeop.OpRegister: &f.Registration.Calls, fakeop.OpDelete: &f.Deletion.Calls,
		fakeop.OpToken: &f.TokenEndpoint.Calls,
	}[at]
	*calls = append([]fakeop.CallFault{call}, *calls...)
	return f
}

func (f *fate) step(n int, name string) {
	f.l = f.l.restarted(f.settings)
	if f.slow {
		f.l.state.Record.WrittenAt = 0
	}
	var out outcome.Outcome
	switch name {
	case "refresh":
		out = f.l.refresh()
	case "update", "apply":
		out = f.l.update(f.doc(fmt.Sprint(name, n)))
	}
	f.hear(name, out)
}

func (f *fate) hear(name string, out outcome.Outcome) {
	f.said = append(f.said, out.Problems...)
	if _, lives := f.l.op.Client(f.id); lives && (out.Gone || f.l.state.Record.Gone) {
		f.Fatalf("%s: a live client is forgotten: %s", name, kinds(f.said))
	}
}

func (f *fate) live(at fakeop.Operation, call fakeop.CallFault, when int, steps []string, loses bool) {
	l := f.l
	l.op.SetFaults(f.habits)
	if when == 0 {
		l.op.SetFaults(withCall(f.habits, at, call))
	}
	f.said = l.registerAs(f.doc("a")).Problems
	if l.state.Handle.ClientID == "" {
		return // which is told
	}
	f.id = l.state.Handle.ClientID
	if _, there := l.op.Client(f.id); !there {
		return // another client was answered
	}
	for n, name := range steps {
		if n+1 == when {
			l.op.SetFaults(withCall(f.habits, at, call))
		}
		f.step(n, name)
		l = f.l
	}
	if when <= len(steps) {
		l.op.SetFaults(f.habits)
	} else {
		l.op.SetFaults(withCall(f.habits, at, call))
	}
	f.settle(at, call, loses)
}

// settle lets the client live on for a while, and ends it.
func (f *fate) settle(at fakeop.Operation, call fakeop.CallFault, loses bool) {
	f.step(7, "refresh")
	f.step(7, "update")
	f.l.op.SetFaults(f.habits)
	f.step(8, "refresh")
	f.step(8, "update")
	f.step(8, "refresh")
	l := f.l
	if n := l.op.Registrations(); n != 1 {
		f.Fatalf("registered %d times: %s", n, kinds(f.said))
	}
	got, _ := l.op.Client(f.id)
	if got.Metadata["client_name"] != "update8" {
		told := slices.ContainsFunc(f.said, func(p outcome.Problem) bool {
			return !p.Warning || len(p.Ways) > 0 || p.Kind == outcome.NotServedFromStart
		})
		if !told || !loses {
			f.Fatalf("the client cannot be changed any more (told %v): %s", told, kinds(f.said))
		}
		if l.state.Handle.RegistrationClientURI != "" && l.state.Handle.RegistrationClientURI == got.URI {
			l.state.Handle.RegistrationAccessToken = secret.New(l.op.ReissueToken(f.id))
			l.state.Record.Unproven.RegistrationAccessToken = secret.String{}
		}
	} else if known := l.state.Handle.ClientSecret.Reveal(); got.Secret != "" && known != got.Secret && l.state.Record.Unproven.ClientSecret.Reveal() != got.Secret && !loses {
		f.Fatalf("the secret that is in force is not kept: %s", kinds(f.said))
	}
	l = l.restarted(f.settings)
	if f.slow {
		l.state.Record.WrittenAt = 0
	}
	f.l = l
	if at == fakeop.OpDelete {
		l.op.SetFaults(withCall(f.habits, at, call))
	}
	out := lifecycle.Deregister(f.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
	_, lives := l.op.Client(f.id)
	if out.Gone && lives && !out.Has(outcome.DeleteUnsupported) && !out.Has(outcome.DeleteUnmanaged) {
		f.Fatalf("said to be deleted, and lives: %s", kinds(append(f.said, out.Problems...)))
	}
}

func kinds(problems []outcome.Problem) string {
	var text string
	for _, p := range problems {
		text += "\n  " + p.Error()
	}
	return text
}
