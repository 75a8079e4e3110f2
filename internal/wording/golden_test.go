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
	exampleEndpoint = "https://as.example.com/register"
)

// exampleError is the cause that a kind has, or nil.
func exampleError(kind outcome.Kind) error {
	refused := func(o dcr.Operation, status int, code, text string) error {
		endpoint := exampleEndpoint
		if o != dcr.Register {
			endpoint += "/" + exampleClient
		}
		return &dcr.Error{Operation: o, Endpoint: endpoint, Status: status, Code: code, Description: text}
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
	case outcome.NotReadBack, outcome.UpdateNotReadBack, outcome.NotReadable, outcome.FoundNotRead, outcome.SecretNotFetched:
		return refused(dcr.Read, 500, "server_error", "try later")
	case outcome.Gone, outcome.TokenRefused, outcome.GoneOrTokenOutdated, outcome.ProviderRefused, outcome.NotRefreshed, outcome.GoneSincePlan,
		outcome.TakenAsGone, outcome.NotManageable, outcome.AdoptionUndecided:
		return refused(dcr.Read, 401, "invalid_token", "The access token is invalid")
	case outcome.NotServed, outcome.MissingUndecided, outcome.ImportNotFound, outcome.NotServedFromStart, outcome.NotAdopted:
		return refused(dcr.Read, 404, "", "")
	case outcome.NotDiscovered:
		return &discovery.Error{
			Kind: discovery.NoDocument, Input: "https://as.example.com", Reason: "none of the places where the metadata document belongs has one",
			Steps: []discovery.Step{{URL: "https://as.example.com/.well-known/openid-configuration", Answer: "404 Not Found"}},
		}
	case outcome.UnusableConnection:
		return errors.New("the client certificate and its key do not belong together")
	case outcome.UnusableURL, outcome.UnusableImportURL:
		return errors.New("an https URL is needed")
	case outcome.JournalUnusable, outcome.JournalNotRead, outcome.JournalNotWritten:
		return errors.New("clients.journal: permission denied")
	}
	return nil
}

// exampleWays are the ways out of a kind as they are found for one answer that leads to it.
func exampleWays(kind outcome.Kind, importing bool) []reconcile.Way {
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
		return nil
	}
	o.Importing = importing && o.Operation == reconcile.OperationRead
	return o.WaysOut(presence)
}

// exampleEvidence is what the other endpoints may have said where a kind comes of it.
func exampleEvidence(kind outcome.Kind) string {
	switch kind {
	case outcome.Gone, outcome.ImportNotFound:
		return "The token endpoint does not know the client; so the client does not exist any more."
	case outcome.TokenRefused, outcome.NotServed:
		return "The token endpoint knows the client; so the client exists."
	}
	return "The token endpoint answers the same for any client; which does not tell whether the client exists."
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
	return outcome.Problem{
		Home: home, Configured: configured,
		Count: count,
		Kind:  kind, Attribute: "registration_endpoint", ClientID: exampleClient, Err: exampleError(kind), Endpoint: exampleEndpoint, Time: time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC),
		Ways: exampleWays(kind, false), Source: outcome.FromJournal, Form: "known", Members: members,
		Odd:   []dcr.OddValue{{Member: "client_id_issued_at", What: "it is no time that can be read"}},
		Loses: outcome.LosesClient, Manageable: true, Substitution: reconcile.Substitution{Member: "scope", Asked: "openid email", Got: "openid", Kind: reconcile.Changed},
	}
}

// exampleServers are a client's own server, and the one that the provider is configured for.
var exampleServers = [2]reconcile.Home{{Issuer: "https://as.example.com"}, {Issuer: "https://other.example.com"}}

// variants are the facts by which the words of a kind may differ.
func variants() map[string]func(*outcome.Problem) {
	return map[string]func(*outcome.Problem){
		"known here": func(p *outcome.Problem) {
			if p.Kind == outcome.KnownBefore {
				p.Time = time.Time{}
			}
		},
		"not manageable":            func(p *outcome.Problem) { p.Manageable = false },
		"by provider's credentials": func(p *outcome.Problem) { p.ByProvider = true },
		"journaled":                 func(p *outcome.Problem) { p.Journaled = true },
		"imported":                  func(p *outcome.Problem) { p.Imported = true },
		"a journal is in vain":      func(p *outcome.Problem) { p.InVain = true },
		"a journal is not enough":   func(p *outcome.Problem) { p.InVain, p.Loses = true, outcome.LosesCredential },
		"a replacement":             func(p *outcome.Problem) { p.Replaces = "old-client" },
		"a replacement's name": func(p *outcome.Problem) {
			if p.Kind == outcome.NotRegistered {
				p.NameTaken, p.Replaces = true, "old-client"
			}
		},
		"its own name":                 func(p *outcome.Problem) { ownName(p, true) },
		"its own name, not manageable": func(p *outcome.Problem) { ownName(p, false) },
		"secret wanted": func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				p.SecretWanted, p.Attribute = true, "client_secret"
			}
		},
		"secret not stored": func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				p.SecretWanted, p.Attribute = true, "store_client_secret"
			}
		},
		"maybe processed": func(p *outcome.Problem) { p.MaybeProcessed = true },
		"a name":          func(p *outcome.Problem) { p.NameTaken, p.Count = true, 2 },
		"importing": func(p *outcome.Problem) {
			if p.Kind != outcome.AdoptionUndecided {
				p.Importing, p.Ways = true, exampleWays(p.Kind, true)
			}
		},
		"expired":      func(p *outcome.Problem) { p.Expired = time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC) },
		"says expired": func(p *outcome.Problem) { p.SaidExpired = true },
		"refused": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err = exampleError(outcome.TokenRefused)
			}
		},
		"refused, of the settings": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err, p.Source = exampleError(outcome.TokenRefused), outcome.FromSettings
			}
		},
		"no answer": func(p *outcome.Problem) {
			if p.Kind == outcome.FoundNotRead || p.Kind == outcome.SecretNotFetched {
				p.Err = exampleError(outcome.NotReached)
			}
		},
		"its time ran out": func(p *outcome.Problem) {
			if p.Kind == outcome.NotDeregistered || p.Kind == outcome.FoundNotRead {
				p.Err = &dcr.Error{Operation: dcr.Delete, Endpoint: exampleEndpoint, Err: &transport.Error{Kind: transport.Timeout, Err: transport.ErrOperationTimeout}}
			}
		},
		"importing, of the environment": func(p *outcome.Problem) { importedBy(p, outcome.FromEnvironment) },
		"importing, of the settings":    func(p *outcome.Problem) { importedBy(p, outcome.FromSettings) },
		"removed":                       func(p *outcome.Problem) { p.Removed = true },
		"by the template":               func(p *outcome.Problem) { p.FromTemplate = true },
		"redirected": func(p *outcome.Problem) {
			switch operation := (map[outcome.Kind]dcr.Operation{
				outcome.NotRegistered: dcr.Register, outcome.NotUpdated: dcr.Update, outcome.UpdateUnsupported: dcr.Update, outcome.NotReadable: dcr.Read,
			})[p.Kind]; operation {
			case "":
			case dcr.Register:
				p.Err = &dcr.Error{Operation: operation, Endpoint: exampleEndpoint, Status: 308, Redirected: true, Target: "https://new.example.com/register"}
			default:
				p.Err = &dcr.Error{Operation: operation, Endpoint: exampleEndpoint + "/" + exampleClient, Status: 308, Redirected: true, Target: "https://new.example.com/clients/" + exampleClient}
			}
		},
		"by a deletion":   func(p *outcome.Problem) { p.Operation = reconcile.OperationDelete },
		"evidence":        func(p *outcome.Problem) { p.Evidence = exampleEvidence(p.Kind) },
		"not shown":       func(p *outcome.Problem) { p.Substitution.Kind, p.Substitution.Got = reconcile.NotShown, nil },
		"hidden":          func(p *outcome.Problem) { p.Substitution.Kind = reconcile.Hidden },
		"retained":        func(p *outcome.Problem) { p.Substitution.Kind = reconcile.Retained },
		"deregistered":    func(p *outcome.Problem) { p.Consequence = outcome.Deregistered },
		"not rolled back": func(p *outcome.Problem) { p.Consequence = outcome.NotRolledBack },
		"left alone":      func(p *outcome.Problem) { p.Consequence = outcome.LeftAlone },
		"deregistered, of several": func(p *outcome.Problem) {
			if p.Kind == outcome.Substituted {
				p.Consequence, p.Members = outcome.Deregistered, []string{"scope", "client_name#ja"}
			}
		},
		"the update stands, of several": func(p *outcome.Problem) {
			if p.Kind == outcome.Substituted {
				p.Consequence, p.Members = outcome.UpdateStands, []string{"scope", "client_name#ja"}
			}
		},
		"the update stands": func(p *outcome.Problem) { p.Consequence = outcome.UpdateStands },
		"another server": func(p *outcome.Problem) {
			p.Home, p.Configured = exampleServers[0], exampleServers[1]
			if len(p.Ways) > 0 && p.Kind != outcome.NotReached && p.Kind != outcome.TokenRefused { // for which it is not named
				p.Ways = append([]reconcile.Way{reconcile.WayServer, reconcile.WayImportThere}, p.Ways...)
			}
		},
	}
}

// ownName has the client_name refused that the client has which is to be replaced.
func ownName(p *outcome.Problem, manageable bool) {
	if p.Kind == outcome.NotRegistered {
		p.NameTaken, p.OwnName, p.Replaces, p.Manageable = true, true, "old-client", manageable
	}
}

// importedBy has the token of an import refused.
func importedBy(p *outcome.Problem, source outcome.TokenSource) {
	if p.Kind == outcome.TokenRefused || p.Kind == outcome.GoneOrTokenOutdated {
		p.Importing, p.Ways, p.Source = true, exampleWays(p.Kind, true), source
	}
}

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
	all := exampleProblem(outcome.Substituted)
	write("substitutions of several parameters", Of(all, exampleSubstitutions()[0], exampleSubstitutions()[15]))
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
