// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"encoding/json"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const signing = "id_token_signed_response_alg"

// hidden is the record of a client whose registration answered HS256 for what was asked, and whose reads show no algorithm.
func hidden(t *testing.T, asked string) reconcile.Record {
	t.Helper()
	agreed, found := reconcile.Outcome(decode(t, asked), decode(t, `{"scope":"a"}`), decode(t, `{"scope":"a","`+signing+`":"HS256"}`))
	if len(found) != 1 || found[0].Kind != reconcile.Changed {
		t.Fatalf("found %+v", found)
	}
	return reconcile.Record{Agreed: agreed}
}

const asksES256, asksDefault = `{"` + signing + `":"ES256","scope":"a"}`, `{"` + signing + `":"RS256","scope":"a"}`

// What the answer to a write said is agreed on where reads show nothing, and what reads show is not said.
func TestWhatAnAnswerSaidIsAgreedOn(t *testing.T) {
	for name, asked := range map[string]string{"another": asksES256, "the default": asksDefault} {
		pair := hidden(t, asked).Agreed[signing]
		if pair.Said != "HS256" || pair.Registered != nil {
			t.Errorf("%s: %+v", name, pair)
		}
		data, err := json.Marshal(pair)
		var again reconcile.Pair
		if err != nil || json.Unmarshal(data, &again) != nil || again != pair {
			t.Errorf("%s: %s is %+v", name, data, again)
		}
	}
	for name, doc := range map[string][2]string{
		"shown by reads": {`{"` + signing + `":"HS256"}`, `{"` + signing + `":"HS256"}`}, "as asked": {`{}`, `{"` + signing + `":"ES256"}`}, "not said": {`{}`, `{}`},
	} {
		agreed, _ := reconcile.Outcome(decode(t, asksES256), decode(t, doc[0]), decode(t, doc[1]))
		if agreed[signing].Said != nil {
			t.Errorf("%s: %+v", name, agreed[signing])
		}
	}
}

// It is refused once it is accepted no more, as long as nothing else is shown.
func TestWhatAnAnswerSaidIsAcceptedNoMore(t *testing.T) {
	for name, test := range map[string]struct {
		before, asked, now string
		accept             []string
		want, nothingSent  bool
		said               bool
	}{
		"as it was":              {asksES256, asksES256, `{"scope":"a"}`, nil, true, true, true},
		"the default":            {asksDefault, asksDefault, `{"scope":"a"}`, nil, true, true, true},
		"accepted":               {asksES256, asksES256, `{"scope":"a"}`, []string{signing}, false, false, false},
		"asked for by now":       {asksES256, `{"` + signing + `":"HS256","scope":"a"}`, `{"scope":"a"}`, nil, false, false, false},
		"given up":               {asksES256, `{"scope":"a"}`, `{"scope":"a"}`, nil, false, false, false},
		"beside a change":        {asksES256, `{"` + signing + `":"ES256","scope":"b"}`, `{"scope":"a"}`, nil, true, false, true},
		"shown as said":          {asksES256, asksES256, `{"scope":"a","` + signing + `":"HS256"}`, nil, true, true, false},
		"shown as asked":         {asksES256, asksES256, `{"scope":"a","` + signing + `":"ES256"}`, nil, false, false, false},
		"the default, as asked":  {asksDefault, asksDefault, `{"scope":"a","` + signing + `":"RS256"}`, nil, false, false, false},
		"shown as something new": {asksES256, asksES256, `{"scope":"a","` + signing + `":"none"}`, nil, true, false, false},
	} {
		r := hidden(t, test.before)
		asked, now := decode(t, test.asked), decode(t, test.now)
		refused := r.AcceptedNoMore(asked, func() reconcile.Document { return now }, test.accept, false)
		if (len(refused) > 0) != test.want || test.want && (refused[0].Kind != reconcile.Changed || refused[0].Said != test.said) {
			t.Errorf("%s: refused %+v", name, refused)
		}
		if sent := len(r.TakenBefore(asked, now, test.accept, false)) == 0; sent == test.nothingSent {
			t.Errorf("%s: an update is sent: %v", name, sent)
		}
	}
}

// A read that shows by now what the answer said is no drift, and one that shows what was asked for ends it.
func TestAReadThatShowsWhatAnAnswerSaid(t *testing.T) {
	for _, asked := range []string{asksES256, asksDefault} {
		r := hidden(t, asked)
		want := r.Agreed[signing].Asked
		for now, value := range map[string]any{`{}`: want, `{"` + signing + `":"HS256"}`: want, `{"` + signing + `":"` + want.(string) + `"}`: want, `{"` + signing + `":"none"}`: "none"} {
			if got := reconcile.Observe(r.Agreed, decode(t, now))[signing]; got != value {
				t.Errorf("%s: %v, want %v", now, got, value)
			}
		}
		for now, said := range map[string]any{`{}`: "HS256", `{"` + signing + `":"HS256"}`: "HS256", `{"` + signing + `":"` + want.(string) + `"}`: nil} {
			if got := r.Agreed.AgreeCaughtUp(decode(t, now))[signing].Said; got != said {
				t.Errorf("%s: said is %v", now, got)
			}
		}
	}
}

// An update that shows nothing of it leaves it as it was said, and is refused for it; one that says something is believed.
func TestAnUpdateAfterWhatAnAnswerSaid(t *testing.T) {
	r := hidden(t, asksES256)
	for name, test := range map[string]struct {
		asked, written string
		kind           reconcile.SubstitutionKind
		said           any
	}{
		"says nothing":           {asksES256, `{"scope":"a"}`, reconcile.Changed, "HS256"},
		"says the same":          {asksES256, `{"` + signing + `":"HS256"}`, reconcile.Changed, "HS256"},
		"says what was asked":    {asksES256, `{"` + signing + `":"ES256"}`, reconcile.Hidden, nil},
		"says another":           {asksES256, `{"` + signing + `":"none"}`, reconcile.Changed, "none"},
		"asks for another":       {`{"` + signing + `":"PS256","scope":"a"}`, `{}`, reconcile.NotShown, nil},
		"asks for what was said": {`{"` + signing + `":"HS256","scope":"a"}`, `{}`, reconcile.NotShown, nil},
		"none, which was said":   {`{"` + signing + `":"HS256","scope":"a"}`, `null`, reconcile.Hidden, nil},
		"none":                   {asksES256, `null`, reconcile.Changed, "HS256"},
	} {
		agreed, found := r.Outcome(decode(t, test.asked), decode(t, `{"scope":"a"}`), decode(t, test.written))
		if len(found) != 1 || found[0].Kind != test.kind || agreed[signing].Said != test.said {
			t.Errorf("%s: %+v, %+v", name, found, agreed[signing])
		}
		if news := reconcile.Unreported(found, r.Agreed); (len(news) == 0) != (test.said == "HS256") {
			t.Errorf("%s: told again: %+v", name, news)
		}
	}
}

// Where an update is refused for another member, or for this one by what was said before, it stays as it was.
func TestWhatAnAnswerSaidOutlivesARefusal(t *testing.T) {
	r := hidden(t, asksES256)
	asked, view := decode(t, `{"`+signing+`":"ES256","scope":"b"}`), decode(t, `{"scope":"c"}`)
	agreed, found := r.Outcome(asked, view, nil)
	refused := r.Agreed.NotAgreedOn(found, func(member string) bool { return reconcile.Shows(member, view, nil) })
	if len(found) != 2 || len(refused) != 1 || refused[0].Member != "scope" {
		t.Fatalf("found %+v, new %+v", found, refused)
	}
	after := reconcile.AfterRefusal(r.Agreed, asked, view, refused, false)
	if after = after.Saying(agreed); after[signing].Said != "HS256" || after[signing].Asked != "ES256" || after["scope"].Said != nil {
		t.Errorf("%+v", after)
	}
	other := reconcile.Agreement{signing: {Asked: "HS256"}}
	if got := other.Saying(agreed)[signing]; got.Said != nil {
		t.Errorf("said of another value that was asked for: %+v", got)
	}
}

// Where no update will be sent, the answer to the registration counts for what no read shows.
func TestWhatAnAnswerSaidIsNothingNew(t *testing.T) {
	r := hidden(t, asksES256)
	said, view := decode(t, `{"`+signing+`":"HS256","scope":"a"}`), decode(t, `{"scope":"a"}`)
	if !r.NothingNew(said, view) || !r.NothingNew(decode(t, asksES256), view) || r.NothingNew(decode(t, `{"`+signing+`":"PS256","scope":"a"}`), view) {
		t.Error("of a client that nothing is sent to")
	}
	if r.NothingDiffers(said, view) {
		t.Error("an update would tell")
	}
	if r.Capabilities.Update = reconcile.CapabilityNo; !r.NothingDiffers(said, view) || r.NothingDiffers(decode(t, `{"`+signing+`":"PS256","scope":"a"}`), view) {
		t.Error("where there are no updates")
	}
	if !r.NothingButAgreed(decode(t, asksES256), view, nil, true) || !r.NothingButAgreed(said, view, nil, true) {
		t.Error("a setting makes another client")
	}
	if len(view) != 1 {
		t.Error("what was shown is changed")
	}
}

// A default that was sent, and that the answer contradicted, isn't there: neither to ask for it again nor to give it up is settled, as long as no read shows it.
func TestADefaultThatAnAnswerContradictedIsNotThere(t *testing.T) {
	r, view := hidden(t, asksDefault), decode(t, `{"scope":"a"}`)
	for name, asked := range map[string]string{"asked for": asksDefault, "given up": `{"scope":"a"}`} {
		if r.NothingDiffers(decode(t, asked), view) || reconcile.Satisfied(r.Agreed, decode(t, asked), view) {
			t.Errorf("%s: nothing is sent", name)
		}
	}
	if got := reconcile.Unsettled(r.Agreed, decode(t, `{"scope":"a"}`), view); len(got) != 1 || got[0] != signing {
		t.Errorf("unsettled: %v", got)
	}
	// What is agreed on as it is asked for and as it is, is left alone, and so is a default that no answer contradicted.
	if len(r.TakenBefore(decode(t, asksDefault), view, nil, false)) == 0 || !r.AsAgreed(decode(t, asksDefault), view) {
		t.Error("what was accepted is asked for again")
	}
	agreed, _ := reconcile.Outcome(decode(t, asksDefault), view, view)
	asDefault := reconcile.Record{Agreed: agreed}
	for _, asked := range []string{asksDefault, `{"scope":"a"}`} {
		if !asDefault.NothingDiffers(decode(t, asked), view) || len(reconcile.Unsettled(agreed, decode(t, asked), view)) > 0 {
			t.Errorf("%s: of a default that was sent", asked)
		}
	}
	if shown := decode(t, asksDefault); !r.NothingDiffers(decode(t, `{"scope":"a"}`), shown) || !r.NothingDiffers(shown, shown) {
		t.Error("once a read shows the default")
	}
}
