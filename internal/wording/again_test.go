// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// refusedFor is a registration that a server refused.
func refusedFor(description, requestID, replaces string) outcome.Problem {
	return outcome.Problem{Kind: outcome.NotRegistered, Replaces: replaces, Err: &dcr.Error{
		Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 400, Code: "invalid_client_metadata", Description: description, RequestID: requestID,
	}}
}

// Two clients are refused for one reason and two others for another, and the errors have one summary. Which of the full errors a short
// one means can be told.
func TestAgainSaysWhichError(t *testing.T) {
	for name, a := range map[string]outcome.Problem{
		"in words":  refusedFor("contacts is not supported", "1", ""),
		"without":   refusedFor("", "1", ""),
		"no answer": {Kind: outcome.NotRegistered, Err: errors.New("no route to host")},
	} {
		full, short := Of(a), Again(a, "")
		other := refusedFor("jwks is needed", "2", "")
		if name == "without" {
			other.Err = &dcr.Error{Operation: dcr.Register, Endpoint: exampleEndpoint, Status: 403, Code: "access_denied"}
		}
		_, words, _ := strings.Cut(short.Detail(), "with the words “")
		words, _, _ = strings.Cut(words, "”")
		if other := Of(other); words == "" || !strings.Contains(full.Detail(), words) || strings.Contains(other.Detail(), words) {
			t.Errorf("%s: %q are the words of\n%s\nand not of\n%s", name, words, full.Detail(), other.Detail())
		}
	}
}

// The words of a search for a server are a line of it, not its heading and a break.
func TestAgainOfADiscovery(t *testing.T) {
	for answer, unanswered := range map[string]bool{"the server could not be reached": true, "404 Not Found": false} {
		step := discovery.Step{URL: "https://op.example/.well-known/openid-configuration", Answer: answer, Unanswered: unanswered}
		p := outcome.Problem{Kind: outcome.NotDiscovered, Err: &discovery.Error{Kind: discovery.Unavailable, Input: "https://op.example", Reason: "it is not there", Steps: []discovery.Step{step}}}
		if detail := Again(p, "").Detail(); !strings.Contains(detail, "with the words “GET https://op.example/.well-known/openid-configuration: "+answer+"”, says why") {
			t.Error(detail)
		}
	}
}

// A server's words may have what is another with each request: the time, or what its log has the request under.
func TestAlikeButForTheRequest(t *testing.T) {
	const one, other = "Not allowed. Trace ID: 3c9a0000-0010-4242-8888-aaaaaaaaaaaa Timestamp: 2026-11-28 12:00:10Z", "Not allowed. Trace ID: 3C9A0000-0011-4242-8888-AAAAAAAAAAAA Timestamp: 2026-11-28T12:00:11.123+01:00"
	if a, b := Alike(refusedFor(one, "1", "")), Alike(refusedFor(other, "2", "")); a != b {
		t.Errorf("they are not alike:\n%s\n%s", a, b)
	}
	if a, b := Alike(refusedFor(one, "1", "")), Alike(refusedFor(strings.Replace(other, "Not allowed", "Too long", 1), "2", "")); a == b {
		t.Errorf("another reason is alike: %s", a)
	}
	const tenant = "https://op.example.net/3c9a0000-%d010-4242-8888-aaaaaaaaaaaa is asked"
	if a, b := Alike(refusedFor(fmt.Sprintf(tenant, 0), "1", "")), Alike(refusedFor(fmt.Sprintf(tenant, 1), "1", "")); a == b {
		t.Errorf("another server is alike: %s", a)
	}
	if detail := Again(refusedFor(other, "2", ""), "").Detail(); strings.Contains(detail, "Trace ID") || !strings.Contains(detail, "with the words “POST") {
		t.Errorf("it is found by what no other error has: %s", detail)
	}
}

// What is removed from diagnostics is removed by its whole value, so that no part of a text is quoted.
func TestAgainQuotesWholeLines(t *testing.T) {
	long := strings.Repeat("secret ", 100)
	for name, p := range map[string]outcome.Problem{
		"a server's words":  refusedFor(long, "1", ""),
		"an error's words":  {Kind: outcome.NotRegistered, Err: errors.New(long)},
		"the words of both": {Kind: outcome.NotRegistered, Err: errors.Join(refusedFor(long, "1", "").Err, errors.New(long))},
	} {
		if detail := Again(p, "").Detail(); strings.Contains(detail, "secret") || len(detail) > 400 {
			t.Errorf("%s: %s", name, detail)
		}
	}
	if detail := Again(refusedFor(long, "1", ""), "").Detail(); !strings.Contains(detail, "/register: 400 invalid_client_metadata”") {
		t.Errorf("of a long answer the first line is quoted: %s", detail)
	}
}

// What is alike: another client's, another request's, and another client's that is to be replaced. What is not: another reason, and a
// registration that replaces nothing beside one that does.
func TestAlike(t *testing.T) {
	base := refusedFor("contacts is not supported", "1", "old-1")
	for name, test := range map[string]struct {
		p    outcome.Problem
		want bool
	}{
		"another request":     {refusedFor("contacts is not supported", "2", "old-1"), true},
		"another replacement": {refusedFor("contacts is not supported", "2", "old-2"), true},
		"another reason":      {refusedFor("jwks is needed", "1", "old-1"), false},
		"no replacement":      {refusedFor("contacts is not supported", "1", ""), false},
	} {
		if got := Alike(base) == Alike(test.p); got != test.want {
			t.Errorf("%s: alike is %t", name, got)
		}
	}
	if again := Again(refusedFor("contacts is not supported", "2", "old-2"), "old-1").Detail(); !strings.Contains(again, "of client old-1 ") {
		t.Errorf("%s", again)
	}
}

// Each error that is not said in full names its client, as far as that has a name; so does each warning, unless what it says is of no client.
func TestEachShortOneNamesItsClient(t *testing.T) {
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		p := exampleProblem(outcome.Kind(text))
		if again := Again(p, "first").Detail(); !strings.Contains(again, p.ClientID) {
			t.Errorf("%s: %s", text, again)
		}
		switch too, more := HoldsToo(p, "first"); {
		case more && (!strings.Contains(too.Detail(), "client first ") || !strings.Contains(too.Detail(), "client "+p.ClientID+",")):
			t.Errorf("%s: %s", text, too.Detail())
		case more != strings.Contains(Of(p).Detail(), p.ClientID):
			t.Errorf("%s: said of a client: %v", text, more)
		}
	}
}

// What was told in full of another client holds for this one but for the line that imports it, which is its own.
func TestAShortOneHasItsOwnImport(t *testing.T) {
	p := exampleProblem(outcome.AdoptionInDoubt)
	p.ClientURI = exampleEndpoint + "/" + p.ClientID
	again := Again(p, "first")
	if !strings.Contains(again.Detail(), "terraform import ADDRESS '"+p.ClientURI+"'") || len(again.Fix) != 1 {
		t.Errorf("%s", again.Detail())
	}
	p.ClientURI = ""
	if again := Again(p, "first"); len(again.Fix) > 0 {
		t.Errorf("%s", again.Detail())
	}
}

// A server chooses what it calls a client, and nothing that it chooses writes a line of its own.
func TestNoNameWritesALine(t *testing.T) {
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		for name, change := range variants() {
			p := exampleProblem(outcome.Kind(text))
			change(&p)
			p.ClientID, p.Members = "id\nError: id", []string{"contacts", "x\nError: member"}
			if p.Replaces != "" {
				p.Replaces = "old\nError: old"
			}
			too, _ := HoldsToo(p, "first\nError: first")
			for _, m := range []Message{Of(p), Again(p, "first\nError: first"), too} {
				if strings.Contains(m.Summary+m.Detail(), "\nError: ") {
					t.Errorf("%s (%s): %s", text, name, m.Detail())
				}
			}
		}
	}
}

// A server may quote what it refuses, which is another name or URI of each client.
func TestAlikeButForWhatIsQuoted(t *testing.T) {
	quoting := func(words, own string) outcome.Problem {
		p := refusedFor(fmt.Sprintf(words, own), "1", "")
		p.Own = []string{own}
		return p
	}
	for _, own := range [][2]string{{"App 1", "App 2"}, {"https://one.example.com/callback", "https://two.example.com/callback"}} {
		const words, others = "%q is not allowed here", "%q is too long"
		if a, b := Alike(quoting(words, own[0])), Alike(quoting(words, own[1])); a != b {
			t.Errorf("they are not alike:\n%s\n%s", a, b)
		}
		if a, b := Alike(quoting(words, own[0])), Alike(quoting(others, own[1])); a == b {
			t.Errorf("another reason is alike: %s", a)
		}
		detail := Again(quoting(words, own[1]), "").Detail()
		if found, _, said := strings.Cut(detail, " says why"); !said || strings.Contains(found, own[1]) {
			t.Errorf("it is found by what no other error has: %s", detail)
		}
	}
}

// What a server quotes of a client is another thing with each, and not always of the same parameter: the short error says which.
func TestAgainSaysWhatIsQuoted(t *testing.T) {
	quoting := func(own string) outcome.Problem {
		p := refusedFor(fmt.Sprintf("%q is not allowed here", own), "1", "")
		p.Own = []string{"https://two.example.com/other", own}
		return p
	}
	a, b := quoting("https://one.example.com/callback"), quoting("https://two.example.com/logo.png")
	if Alike(a) != Alike(b) {
		t.Fatal("they are not alike")
	}
	if detail := Again(b, "").Detail(); !strings.Contains(detail, "https://two.example.com/logo.png") || strings.Contains(detail, "/other") {
		t.Errorf("it does not say which of its URIs is refused: %s", detail)
	}
}

// A server may count its clients. What has the same figure in it, such as a status, an address or another host, is no name of a client.
func TestAlikeButForANumber(t *testing.T) {
	refused := func(id string, status int) outcome.Problem {
		return outcome.Problem{Kind: outcome.NotUpdated, ClientID: id, Err: &dcr.Error{
			Operation: dcr.Update, Endpoint: "https://as1.example.com/v4.1/register/" + id, Status: status, Code: "invalid_client_metadata", Description: "client " + id + " has too many contacts, see a-1-4.",
		}}
	}
	if a, b := Alike(refused("1", 400)), Alike(refused("4", 400)); a != b {
		t.Errorf("they are not alike:\n%s\n%s", a, b)
	}
	if a, b := Alike(refused("1", 401)), Alike(refused("4", 404)); a == b {
		t.Errorf("another refusal is alike: %s", a)
	}
}

// An answer that is cut off ends at another byte for each client, and a short error is found by none of them. That an update may have been made is said of each.
func TestAlikeButForWhereItWasCutOff(t *testing.T) {
	cut := func(id, at string) outcome.Problem {
		return outcome.Problem{Kind: outcome.NotUpdated, ClientID: id, MaybeProcessed: true, Err: errors.New("cut off: after " + at + " bytes of the body: unexpected EOF")}
	}
	one, other := cut("client-1", "264"), cut("client-2", "1266")
	if a, b := Alike(one), Alike(other); a != b {
		t.Errorf("they are not alike:\n%s\n%s", a, b)
	}
	for first, says := range map[string]string{"client-1": "of client client-1", "": "all the same"} {
		if detail := Again(other, first).Detail(); strings.Contains(detail, "1266") || !strings.Contains(detail, says) || !strings.Contains(detail, "may have made the update") {
			t.Errorf("what is said again is\n%s", detail)
		}
	}
}

// A client that stays at the server is named in one line, whatever the server calls it, and one without a name is told of in full.
func TestStaysToo(t *testing.T) {
	p := exampleProblem(outcome.DeleteUnsupported)
	p.ClientID = "a\nb"
	if m := StaysToo(p, "c\nd"); strings.Contains(m.Happened, "\n") || !strings.Contains(m.Happened, `a\u000ab`) {
		t.Errorf("%q", m.Happened)
	}
	p.ClientID = ""
	if m := StaysToo(p, "c"); m.Happened != Of(p).Happened {
		t.Errorf("%q", m.Happened)
	}
}

// Where the tokens are those of the environment, the short error names the client's key there.
func TestAgainNamesTheKeyOfTheEnvironment(t *testing.T) {
	for _, importing := range []bool{true, false} {
		kind := outcome.TokenRefused
		if !importing {
			kind = outcome.FoundNotRead
		}
		p := exampleProblem(kind)
		p.Importing, p.Source, p.TokenKey, p.Ways = importing, outcome.FromEnvironment, exampleEndpoint+"/c1", []reconcile.Way{reconcile.WayTokens}
		p.Err = &dcr.Error{Operation: dcr.Read, Endpoint: exampleEndpoint, Status: 401}
		if m := Again(p, "another"); !strings.Contains(m.Means, `Its key in OIDC_REGISTRATION_ACCESS_TOKENS is "`+p.TokenKey+`".`) || strings.Contains(m.Means, "registration_access_tokens") {
			t.Errorf("%s: %s", kind, m.Means)
		}
	}
}
