// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// everyMessage has the words of each kind in each of its forms, and each way out, by a title.
func everyMessage(t *testing.T) map[string]Message {
	t.Helper()
	all := map[string]Message{}
	for _, text := range constants(t, "../outcome/problem.go", "Kind") {
		all[text] = Of(exampleProblem(outcome.Kind(text)))
		for name, change := range variants() {
			p := exampleProblem(outcome.Kind(text))
			change(&p)
			all[text+" ("+name+")"] = Of(p)
		}
	}
	for _, text := range constants(t, "../reconcile/observation.go", "Way") {
		p := exampleProblem(outcome.NotReadable)
		p.Home, p.Configured = exampleServers[0], exampleServers[1]
		all["way: "+text] = Message{Fix: []Fix{wayWords(p, reconcile.Way(text))}}
	}
	return all
}

// eachFix calls what looks at a way, with the message that names it.
func eachFix(t *testing.T, look func(title string, m Message, f Fix)) {
	t.Helper()
	all := everyMessage(t)
	for _, title := range slices.Sorted(maps.Keys(all)) {
		for _, f := range all[title].Fix {
			look(title, all[title], f)
		}
	}
}

// leans is a way that is about something which was said before it. The list of ways is read by itself, and in any order: at the top of it are those
// that the server's answer has.
var leans = regexp.MustCompile(`^(?:If so|Then|If not|Otherwise|Instead)\b`)

// Each way out can be read by itself.
func TestEachWayStandsByItself(t *testing.T) {
	told := map[string]bool{}
	eachFix(t, func(title string, m Message, f Fix) {
		first := m.Fix[0].Text == f.Text && strings.HasPrefix(f.Text, "Or ") && !strings.HasPrefix(title, "way: ")
		if (leans.MatchString(f.Text) || first) && !told[f.Text] {
			told[f.Text] = true
			t.Errorf("%s: what the way leans on is not there: %s", title, f.Text)
		}
	})
}

// A resource that is configured still registers another client after `terraform state rm`. Whoever is told to use that is told so.
func TestForgettingAClientSpeaksOfTheNextApply(t *testing.T) {
	told := map[string]bool{}
	eachFix(t, func(title string, _ Message, f Fix) {
		last := len(f.Lines) - 1
		if last < 0 || !strings.HasPrefix(f.Lines[last], "terraform state rm") || told[f.Text] {
			return // what is imported again is in the state again
		}
		told[f.Text] = true
		if !strings.Contains(f.Text, "configuration") && !strings.Contains(f.Text, "next apply") {
			t.Errorf("%s: nothing says that the next apply registers another client: %s", title, f.Text)
		}
	})
}

// What a plan says has not happened: it saves nothing. Only the deletion of an apply says what it took out of the state.
func TestWhatAPlanFindsIsNotToldAsDone(t *testing.T) {
	for title, m := range everyMessage(t) {
		kind, _, _ := strings.Cut(title, " (")
		switch outcome.Kind(kind) {
		case outcome.DeleteUnmanaged, outcome.DeleteUnsupported:
			continue
		}
		if strings.Contains(m.Detail(), "removed from the state") && !strings.Contains(title, "by a deletion") {
			t.Errorf("%s: %s", title, m.Means)
		}
	}
}

// The way that deletes the client which applications use is offered for one reason alone, and says what it costs: most refusals are for a value.
func TestMakingRoomForAReplacementIsNotOfferedForAnyRefusal(t *testing.T) {
	for _, manageable := range []bool{true, false} {
		p := exampleProblem(outcome.NotRegistered)
		p.Replaces, p.Manageable = "old-client", manageable
		ways := Of(p).Fix
		room := ways[len(ways)-1]
		if !strings.HasPrefix(room.Text, "Only if the refusal is about a second client") || !strings.Contains(room.Text, "stop working") && !strings.Contains(room.Text, "is no client") {
			t.Errorf("manageable %t: %s", manageable, room.Text)
		}
		p.NameTaken, p.OwnName = true, true
		for _, f := range Of(p).Fix {
			if strings.HasPrefix(f.Text, "Only if") {
				t.Errorf("the server has said that it is: %s", f.Text)
			}
		}
	}
}

// A client without a token is managed at no address that is asked anyhow.
func TestTheTemplateThatIsTheDefaultIsNoWay(t *testing.T) {
	const byItself = `client_configuration_uri_template = "{registration_endpoint}/{client_id}"`
	p := exampleProblem(outcome.NotManageable)
	p.Manageable = false
	if proposes(Of(p), byItself) {
		t.Error("the line changes nothing: that address was asked")
	}
	p.TokenSet = true
	if !proposes(Of(p), byItself) {
		t.Error("only a template that is written out sends a token to an address that the server did not name")
	}
}

// The setting is the provider's, whose own server manages its clients with the provider's credentials: for the sake of one client at another server it
// would end the management of all of them.
func TestManagementNoneIsNoWayForOneClientAtAnotherServer(t *testing.T) {
	p := exampleProblem(outcome.NotManageable)
	p.ByProvider, p.NeverSent, p.Manageable, p.ClientURI = true, true, false, ""
	if proposes(Of(p), `management = "none"`) {
		t.Error("no client of the provider's own server would be managed any more")
	}
	p.NeverSent = false
	if p.ByProvider = false; !proposes(Of(p), `management = "none"`) {
		t.Error("where the provider's own server manages none, nothing else ends the warning")
	}
}

// What is copied goes to one place: a block in which a setting stands beside a command fails in either.
func TestEachBlockIsForOnePlace(t *testing.T) {
	command := regexp.MustCompile(`^(terraform|export|unset|chmod|chown|mkdir|mv|touch) `)
	looked := 0
	eachFix(t, func(title string, _ Message, f Fix) {
		for _, b := range append([]Block{{"", f.Lines}}, f.Next...) {
			commands := 0
			for _, line := range b.Lines {
				if command.MatchString(line) {
					commands++
				}
			}
			if commands != 0 && commands != len(b.Lines) {
				t.Errorf("%s: %q", title, b.Lines)
			}
			if b.Where != "" && !strings.HasSuffix(b.Where, ":") {
				t.Errorf("%s: %q says nothing of what follows", title, b.Where)
			}
		}
		if looked += len(f.Next); len(f.Next) > 0 && len(f.Lines) == 0 {
			t.Errorf("%s: the first block is empty", title)
		}
	})
	if looked == 0 {
		t.Error("no way has a second block")
	}
}
