// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/journal"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

const diagnosticsGolden = "testdata/diagnostics.txt"

// constants are the values of a package's constants of one type, in the order of their source, so that a new one cannot be forgotten.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name, ok := spec.Type.(*ast.Ident)
		value, isText := spec.Values[0].(*ast.BasicLit)
		if !ok || !isText || name.Name != typeName {
			return true
		}
		text, err := strconv.Unquote(value.Value)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
		return true
	})
	if len(found) < 5 {
		t.Fatalf("%s has %d constants of type %s: this test looks for the wrong ones", file, len(found), typeName)
	}
	return found
}

const (
	exampleClient   = "s6BhdRkqt3"
	exampleEndpoint = "https://op.example.net/register"
)

// exampleError is the cause that a kind has, or nil.
func exampleError(kind outcome.Kind) error {
	refused := func(o dcr.Operation, status int, code, text string) error {
		endpoint := exampleEndpoint
		if o != dcr.Register {
			endpoint += "/" + exampleClient
		}
		e := &dcr.Error{Operation: o, Endpoint: endpoint, Status: status, Code: code, Description: text}
		if member, _, found := strings.Cut(text, " is not supported"); found {
			e.Members = []dcr.MemberFinding{{Member: member, Index: -1, Text: text}}
		}
		return e
	}
	switch kind {
	case outcome.NotRegistered:
		return refused(dcr.Register, 400, "invalid_client_metadata", "contacts is not supported")
	case outcome.NotUpdated:
		return refused(dcr.Update, 400, "invalid_client_metadata", "contacts is not supported")
	case outcome.UpdateUnsupported:
		return refused(dcr.Update, 405, "", "")
	case outcome.DeleteUnsupported:
		return refused(dcr.Delete, 405, "", "")
	case outcome.NotDeregistered, outcome.LeftAtServer:
		return refused(dcr.Delete, 500, "server_error", "try later")
	case outcome.NotReached:
		return &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint + "/" + exampleClient, Err: &transport.Error{Kind: transport.Timeout, Err: errors.New("no answer within the request timeout")}}
	case outcome.ReadUnsupported, outcome.ImportUnreadable:
		return refused(dcr.Read, 405, "", "")
	case outcome.NotReadBack, outcome.NewNotProven, outcome.UpdateNotReadBack, outcome.NotReadable, outcome.FoundNotRead, outcome.SecretNotFetched:
		return refused(dcr.Read, 500, "server_error", "try later")
	case outcome.Gone, outcome.TokenRefused, outcome.GoneOrTokenOutdated, outcome.ProviderRefused, outcome.NotRefreshed, outcome.GoneSincePlan,
		outcome.TakenAsGone, outcome.NotManageable, outcome.AdoptionUndecided:
		return refused(dcr.Read, 401, "invalid_token", "The access token is invalid")
	case outcome.NotServed, outcome.MissingUndecided, outcome.ImportNotFound, outcome.NotServedFromStart, outcome.NotAdopted:
		return refused(dcr.Read, 404, "", "")
	case outcome.NotDiscovered, outcome.ServerNotLookedAt, outcome.OwnServerUnknown, outcome.MoveUndecided:
		return &discovery.Error{
			Kind: discovery.NoDocument, Input: "https://op.example.net", Reason: "none of the places where the metadata document belongs has one",
			Steps: []discovery.Step{{URL: "https://op.example.net/.well-known/openid-configuration", Answer: "404 Not Found"}},
		}
	case outcome.UnusableConnection:
		return fmt.Errorf("the client certificate cannot be used: %w", transport.ErrNotItsKey)
	case outcome.UnusableURL, outcome.UnusableImportURL, outcome.UnusableEndpoint:
		return errors.New("an https URL is needed")
	case outcome.JournalUnusable, outcome.JournalUnusableYet, outcome.JournalNotRead, outcome.JournalNotWritten, outcome.DeleteNeedsJournal:
		return &journal.Error{Path: "/srv/tf/clients.journal", Err: fs.ErrPermission}
	}
	return nil
}

// exampleWays are the ways out of a kind as they are found for one answer that leads to it.
func exampleWays(kind outcome.Kind, importing bool) []reconcile.Way {
	o, presence, known := exampleObservation(kind)
	if !known {
		return nil
	}
	o.Importing = importing && o.Operation == reconcile.OperationRead
	return o.WaysOut(presence)
}

func exampleObservation(kind outcome.Kind) (_ reconcile.Observation, _ reconcile.Presence, known bool) {
	o, presence := reconcile.Observation{Operation: reconcile.OperationRead, Answer: reconcile.AnswerUnauthorized}, reconcile.Undecided
	switch kind {
	case outcome.StillThere:
		o.Operation, o.Answer = reconcile.OperationDelete, reconcile.AnswerDone
	case outcome.NotDeregistered:
		o.Operation, o.Answer = reconcile.OperationDelete, reconcile.AnswerLost
	case outcome.NotReached, outcome.NotReadable:
		o.Answer = reconcile.AnswerLost
	case outcome.NotServed:
		o.Answer, presence = reconcile.AnswerMissing, reconcile.Alive
	case outcome.MissingUndecided:
		o.Answer = reconcile.AnswerMissing
	case outcome.ProviderRefused:
		o.ByProvider, o.Credential = true, reconcile.CredentialRefused
	case outcome.TokenRefused:
		presence = reconcile.Alive
	case outcome.GoneOrTokenOutdated:
	default:
		return o, presence, false
	}
	return o, presence, true
}

// exampleEvidence is what the other endpoints may have said where a kind comes of it.
func exampleEvidence(kind outcome.Kind) string {
	switch kind {
	case outcome.Gone, outcome.GoneSincePlan, outcome.ImportNotFound:
		return "The token endpoint does not know the client; so all that was asked says that the client does not exist any more."
	case outcome.TokenRefused, outcome.NotServed:
		return "The token endpoint knows the client; so the client exists."
	}
	return "The token endpoint answers the same for any client; this does not tell whether the client exists."
}

func exampleProblem(kind outcome.Kind) outcome.Problem {
	count := 0
	switch kind {
	case outcome.NotSearched, outcome.NameNotFound, outcome.NameNotUnique:
		count = 2
	}
	var home, configured reconcile.Home
	if kind == outcome.OtherServer {
		home, configured = exampleServers[0], exampleServers[1]
	}
	members := []string{"contacts", "logo_uri"}
	if kind == outcome.Substituted {
		members = nil // one alone was refused
	}
	named, replaces, id := "", "", exampleClient
	if kind == outcome.ImportOfEither {
		id = "https://clients.example.com/register/" + exampleClient
	}
	if kind == outcome.NewNotProven {
		replaces = "old-client"
	}
	if kind == outcome.UnusableEndpoint {
		named = "/register"
	}
	return outcome.Problem{
		Named: named, Replaces: replaces,
		Home: home, Configured: configured,
		Count: count,
		Kind:  kind, Attribute: "registration_endpoint", ClientID: id, Err: exampleError(kind), Endpoint: exampleEndpoint, Time: time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC),
		Ways: exampleWays(kind, false), Source: outcome.FromJournal, Form: "known", Members: members,
		Odd:   []dcr.OddValue{{Member: "client_id_issued_at", What: "it is no time that can be read"}},
		Loses: outcome.LosesClient, Manageable: true, Substitution: reconcile.Substitution{Member: "scope", Asked: "openid email", Got: "openid", Kind: reconcile.Changed},
	}
}

// exampleServers are a client's own server, and the one that the provider is configured for.
var exampleServers = [2]reconcile.Home{{Issuer: "https://op.example.net"}, {Issuer: "https://other.example.com"}}

// exampleSubstitutions are values of each sort, and what becomes of them.
func exampleSubstitutions() []reconcile.Substitution {
	redirects := []any{"https://app.example.com/a", "https://app.example.com/b"}
	return []reconcile.Substitution{
		{Member: "token_endpoint_auth_method", Asked: "client_secret_post", Got: "client_secret_basic"},
		{Member: "require_pushed_authorization_requests", Asked: true, Got: false},
		{Member: "grant_types", Asked: []any{"authorization_code"}, Got: []any{"authorization_code", "refresh_token"}, Kind: reconcile.Extended},
		{Member: "scope", Asked: "openid shop", Got: "openid"},
		{Member: "client_name", Asked: "Shop", Got: "Another"},
		{Member: "client_name", Asked: "Shop", Got: "SHOP"},
		{Member: "client_name#ja", Asked: "Shop", Got: "Shop (test)"},
		{Member: "client_uri", Asked: "https://app.example.com", Got: "https://app.example.com/"},
		{Member: "redirect_uris", Asked: redirects, Got: redirects[:1]},
		{Member: "redirect_uris", Asked: redirects, Got: []any{"https://other.example.com/"}},
		{Member: "redirect_uris", Asked: redirects, Got: append([]any{"https://other.example.com/"}, redirects...)},
		{Member: "redirect_uris", Asked: redirects, Got: []any{redirects[1], "https://app.example.com/a/"}},
		{Member: "redirect_uris", Asked: redirects, Kind: reconcile.NotShown},
		{Member: "client_name", Asked: "Shop", Got: json.Number("7")},
		{Member: "jwks", Asked: map[string]any{"keys": []any{}}, Got: map[string]any{"keys": []any{1}}},
		{Member: "x_owner", Asked: "team-a", Got: "team-b"},
		{Member: "x_owner", Asked: "team-a", Got: []any{"team-a"}},
		{Member: "x_owner", Asked: "team-a", Kind: reconcile.NotShown},
		{Member: "x_owner", Got: "team-a", Kind: reconcile.Retained},
		{Member: "x_owners", Asked: []any{"team-a", "team-b"}, Got: []any{"team-a"}},
		{Member: "x_owners", Asked: []any{"team-a"}, Got: []any{"team-b"}},
		{Member: "x_rule", Asked: map[string]any{"a": 1}, Got: map[string]any{"a": 2}},
		{Member: "x_rule", Asked: map[string]any{"a": 1}, Got: map[string]any{"a": 1, "b": 2}},
		{Member: "x_rule", Asked: map[string]any{"a": 1, "b": 2}, Got: map[string]any{"a": 1}},
		{Member: "x_owners", Asked: []any{"team-a"}, Got: []any{"team-a", "team-b"}},
		{Member: "redirect_uris", Asked: redirects, Got: []any{redirects[1], redirects[0]}},
		{Member: "client_name", Asked: "Shop", Got: "Checkout"},
		{Member: "client_name#ja", Asked: "Shop", Got: "Checkout"},
		{Member: "client_uri", Asked: "https://app.example.com", Got: "https://old.example.com"},
		{Member: "redirect_uris", Asked: redirects, Got: []any{"https://old.example.com/cb", redirects[0]}},
		{Member: "post_logout_redirect_uris", Asked: redirects, Got: []any{"https://old.example.com/cb"}},
	}
}

// badlyJoined is a client that is named as if a sentence began there, an empty paragraph, a doubled full stop, or a heading without a way.
var badlyJoined = regexp.MustCompile(`[a-z] Client [^ ]|\n\n\n|\.\.(?:\s|$)|To fix this:\n(?:[^-]|$)|To fix this:$`)

// badlyNamed is a gap where the name of a client belongs.
var badlyNamed = regexp.MustCompile(`[Cc]lient(?: [ .,]|,,)|""|\x00|u0000|(?:[Tt]he|[Aa]nother|new|a) the client|[a-z] The client`)

// Every diagnostic about a client and a server, in all its forms, can be read through in one file. No summary holds an identifier, and
// every kind has words.
func TestDiagnosticsReadWell(t *testing.T) {
	var b strings.Builder
	write := func(title string, m Message) {
		fmt.Fprintf(&b, "======== %s\n%s\n\n%s\n\n", title, m.Summary, m.Detail())
		if strings.Contains(m.Summary, exampleClient) || strings.Contains(m.Summary, "example.com") || strings.HasSuffix(m.Summary, ".") || len(m.Summary) > 80 {
			t.Errorf("%s: the summary is %q", title, m.Summary)
		}
		if badlyJoined.MatchString(m.Detail()) {
			t.Errorf("%s: a sentence or a paragraph is put together badly:\n%s", title, m.Detail())
		}
	}
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		kind := outcome.Kind(text)
		base := Of(exampleProblem(kind))
		if base.Happened == "" && base.Said == "" {
			t.Errorf("%q has no words", kind)
		}
		write(text, base)
		told := map[string]bool{base.Summary + base.Detail(): true}
		nobody := exampleProblem(kind)
		nobody.ClientID = ""
		if m := Of(nobody); strings.Contains(m.Detail(), "  could") || badlyNamed.MatchString(m.Detail()) {
			t.Errorf("%s, of a client without a client_id: %s", text, m.Detail())
		}
		changes := variants()
		for _, name := range slices.Sorted(maps.Keys(changes)) {
			p := exampleProblem(kind)
			changes[name](&p)
			if m := Of(p); !told[m.Summary+m.Detail()] {
				told[m.Summary+m.Detail()] = true
				write(text+" ("+name+")", m)
			}
		}
	}
	for _, s := range exampleSubstitutions() {
		p := exampleProblem(outcome.Substituted)
		p.Substitution = s
		p.Configurations = []reconcile.Document{{"client_name": "Checkout", "redirect_uris": []any{"https://old.example.com/cb"}}}
		if s.Kind == 0 {
			p.Substitution.Kind = reconcile.Changed
		}
		write("substitution of "+s.Member, Of(p))
	}
	for _, kind := range []outcome.Kind{outcome.NotRegistered, outcome.NotUpdated, outcome.NotDeregistered, outcome.TokenRefused} {
		p, first := exampleProblem(kind), "first-client"
		if kind == outcome.NotRegistered {
			p.ClientID, first = "", ""
		}
		write(string(kind)+" (as another client)", Again(p, first))
	}
	p := exampleProblem(outcome.NotRegistered)
	p.ClientID, p.Replaces = "", "old-client"
	write(string(p.Kind)+" (as another replacement)", Again(p, "first-client"))
	for _, kind := range []outcome.Kind{outcome.LeftAtServer, outcome.DeleteUnmanaged, outcome.DeleteUnsupported} {
		write(string(kind)+" (another client, too)", StaysToo(exampleProblem(kind), "first-client"))
	}
	for _, kind := range []outcome.Kind{outcome.SecretDoubtful, outcome.TokenKept} {
		m, more := HoldsToo(exampleProblem(kind), "first-client")
		if write(string(kind)+" (another client, too)", m); !more {
			t.Errorf("%s says nothing of another client", kind)
		}
	}
	quotes := exampleProblem(outcome.NotRegistered)
	quotes.ClientID, quotes.Own = "", []string{"contacts"}
	write(string(quotes.Kind)+" (as another client, which is quoted)", Again(quotes, "first-client"))
	all := exampleProblem(outcome.Substituted)
	write("substitutions of several parameters", Of(all, exampleSubstitutions()[0], exampleSubstitutions()[15]))
	for _, consequence := range []outcome.Consequence{outcome.Deregistered, outcome.UpdateStands, outcome.NotAskedFor, outcome.NotSent} {
		refused := exampleProblem(outcome.Substituted)
		refused.Consequence, refused.Members = consequence, []string{"scope", "contacts", "id_token_signed_response_alg"}
		refused.Substitution = reconcile.Substitution{Member: "scope", Asked: "openid", Got: "openid email", Kind: reconcile.Changed}
		more := reconcile.Substitution{Member: "contacts", Asked: []any{"a@example.com"}, Got: []any{"a@example.com", "b@example.com"}, Kind: reconcile.Extended}
		write(fmt.Sprintf("several parameters that fail an apply (%v)", consequence), Of(refused, more))
		secure := reconcile.Substitution{Member: "id_token_signed_response_alg", Asked: "ES256", Got: "RS256", Kind: reconcile.Changed, Security: true}
		write(fmt.Sprintf("several parameters that fail an apply, one for its security (%v)", consequence), Of(refused, secure))
		refused.Substitution.Said, secure.Said = true, true
		write(fmt.Sprintf("several parameters that fail an apply, by an answer before (%v)", consequence), Of(refused, secure))
		refused.Substitution.Said, secure.Said = false, false
		refused.Substitution.Stayed, secure.Stayed = true, true
		write(fmt.Sprintf("several parameters that fail an apply, left as they were (%v)", consequence), Of(refused, secure))
		secure.Stayed = false
		refused.Substitution = secure
		write(fmt.Sprintf("several parameters that fail an apply, for their security (%v)", consequence), Of(refused, secure))
	}
	for _, keys := range [][2]int{{1, 0}, {2, 1}, {1, 2}, {1, 1}} {
		set := func(n int) any { return map[string]any{"keys": slices.Repeat([]any{map[string]any{"kty": "OKP"}}, n)} }
		refused := exampleProblem(outcome.Substituted)
		refused.Consequence, refused.Substitution = outcome.Deregistered, reconcile.Substitution{Member: "jwks", Asked: set(keys[0]), Got: set(keys[1]), Kind: reconcile.Changed, Security: true}
		write(fmt.Sprintf("%d keys in place of %d", keys[1], keys[0]), Of(refused))
	}
	kept := reconcile.Substitution{Member: "contacts", Got: []any{"team@example.com"}, Kind: reconcile.Retained}
	all.Substitution = reconcile.Substitution{Member: "x_owner", Got: "team-a", Kind: reconcile.Retained}
	write("several parameters that are kept", Of(all, kept))
	for _, text := range constants(t, "../reconcile/observation.go", "Way") {
		p := exampleProblem(outcome.NotReadable)
		p.Home, p.Configured = exampleServers[0], exampleServers[1]
		f := wayWords(p, reconcile.Way(text))
		if f.Text == "" {
			t.Errorf("the way %q has no words", text)
		}
		fmt.Fprintf(&b, "======== way: %s\n%s\n\n", text, fixes([]Fix{f}))
		p.ByProvider = true
		if own := wayWords(p, reconcile.Way(text)); own.Text != f.Text {
			fmt.Fprintf(&b, "======== way: %s (by provider's credentials)\n%s\n\n", text, fixes([]Fix{own}))
		}
	}
	golden.Holds(t, diagnosticsGolden, b.String())
}
