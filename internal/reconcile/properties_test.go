// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func drawDocument(t *rapid.T, label string, from []string) Document {
	doc := Document{}
	for _, member := range rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 6, rapid.ID[string]).Draw(t, label) {
		doc[member] = drawValue(t, member, label+" "+member)
	}
	return doc
}

// The oracle of the lifecycle tests and the comparison that the code uses agree, on values of all kinds.
func TestOracleAgreesWithTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		member := rapid.SampledFrom(universe).Draw(t, "member")
		a, b := drawValue(t, member, "a"), drawValue(t, member, "b")
		if rapid.IntRange(0, 5).Draw(t, "absent") == 0 {
			b = nil
		}
		if got, want := metadata.Equal(member, a, b), canon(member, a) == canon(member, b); got != want {
			t.Errorf("%s: Equal(%v, %v) = %t", member, a, b, got)
		}
	})
}

// Feeding a function its own result changes nothing, and no function changes its arguments.
func TestIdempotenceAndPurity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := rapid.SliceOfNDistinct(rapid.SampledFrom(universe), 6, 8, rapid.ID[string]).Draw(t, "alphabet")
		asked, registered, later := drawDocument(t, "asked", alphabet), drawDocument(t, "registered", alphabet), drawDocument(t, "later", alphabet)
		for _, doc := range []Document{registered, later} {
			doc["client_id"], doc["client_secret"], doc["registration_access_token"] = "c", "secret", "token"
		}
		asked0, registered0, later0 := clone(asked), clone(registered), clone(later)
		accept := rapid.SliceOf(rapid.SampledFrom(alphabet)).Draw(t, "accept")
		strict := rapid.Bool().Draw(t, "strict")

		// Agree and Observe.
		agreement, substitutions := reconcile.Agree(asked, registered)
		values, drift := observe(agreement, registered)
		same(t, "values after settling", asked, values)
		if len(drift) > 0 {
			t.Errorf("drift after settling: %v", drift)
		}
		again, substitutionsAgain := reconcile.Agree(values, registered)
		same(t, "settled twice", agreement, again)
		same(t, "substitutions, settled twice", substitutions, substitutionsAgain)
		same(t, "removed", []string(nil), reconcile.Removed(agreement, asked))
		if _, known := reconcile.Agree(asked, asked); len(known) > 0 {
			t.Errorf("what is registered as asked is substituted: %v", known)
		}

		// What drifted and is taken over by the configuration is no drift any more, and needs no update.
		drifted, drift := observe(agreement, later)
		takenOver, left := reconcile.Agree(drifted, later)
		for _, s := range left { // left are only values that were never as asked, or have no shape
			if !slices.ContainsFunc(substitutions, func(first reconcile.Substitution) bool { return first.Member == s.Member }) {
				t.Errorf("%s was taken over and differs: %v", s.Member, s)
			}
		}
		for _, member := range drift {
			if v, held := drifted[member]; held && !metadata.Equal(member, v, later[member]) {
				t.Errorf("%s drifted to %v, state has %v", member, later[member], v)
			}
		}
		valuesAgain, driftAgain := observe(takenOver, later)
		same(t, "values, taken over", drifted, valuesAgain)
		if len(driftAgain) > 0 {
			t.Errorf("drift, taken over: %v", driftAgain)
		}

		// Judgement.
		refused, warned := reconcile.Judge(substitutions, accept, strict)
		if len(refused)+len(warned) != len(substitutions) {
			t.Errorf("%d refused and %d warned, of %d", len(refused), len(warned), len(substitutions))
		}
		refusedAgain, _ := reconcile.Judge(refused, accept, strict)
		same(t, "refused twice", refused, refusedAgain)
		none, warnedAgain := reconcile.Judge(warned, accept, strict)
		same(t, "warned twice", warned, warnedAgain)
		if len(none) > 0 {
			t.Errorf("judged twice, refused: %v", none)
		}
		if news := reconcile.Unreported(warned, agreement); len(news) > 0 {
			t.Errorf("reported twice: %v", news)
		}
		sharp := reconcile.Sharpen(substitutions, later)
		same(t, "sharpened twice", sharp, reconcile.Sharpen(sharp, later))
		after := reconcile.AfterRefusal(agreement, asked, later, nil, false)
		same(t, "refused twice", after, reconcile.AfterRefusal(after, asked, later, nil, false))

		// Bodies: each is its own echo.
		u := reconcile.Update{ClientID: "c", ClientSecret: secret.New("secret"), Asked: asked, Removed: alphabet[:1], Registered: registered}
		if _, alsoAsked := asked[alphabet[0]]; alsoAsked {
			u.Removed = nil
		}
		for _, form := range reconcile.Forms() {
			body := reconcile.Body(form, u)
			if body["client_id"] != "c" || body["registration_access_token"] != nil {
				t.Errorf("form %s: %v", form, body)
			}
			echo := u
			echo.Registered = body
			same(t, "body of form "+string(form)+" from itself", body, reconcile.Body(form, echo))
			for _, member := range reconcile.LeftOut(form, u) {
				if _, managed := asked[member]; managed || body[member] != nil {
					t.Errorf("form %s: %s is said to be left out", form, member)
				}
			}
		}
		distinct := reconcile.Distinct(reconcile.Forms(), u)
		same(t, "distinct twice", distinct, reconcile.Distinct(distinct, u))
		create := reconcile.CreateBody(asked)
		same(t, "create body from itself", create, reconcile.CreateBody(create))

		// Shown and imported.
		imported, _ := reconcile.Import(registered)
		twice, unreadable := reconcile.Import(imported)
		if len(unreadable) > 0 {
			t.Fatalf("what was imported once has a shape that no attribute can hold: %v", unreadable)
		}
		same(t, "imported twice", imported, twice)
		shown := reconcile.RegisteredMetadata(registered)
		same(t, "shown twice", shown, reconcile.RegisteredMetadata(shown))
		same(t, "as JSON", reconcile.RegisteredMetadataJSON(registered), reconcile.RegisteredMetadataJSON(clone(registered)))

		// The record.
		record := reconcile.Record{Version: reconcile.RecordVersion, Agreed: agreement, Form: reconcile.FormKnown}
		data, err := record.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := reconcile.Unmarshal(data)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "record", record, back)
		packed, err := record.Pack()
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := reconcile.Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "packed record", record, unpacked)
		if dataAgain, err := back.Marshal(); err != nil || !bytes.Equal(data, dataAgain) {
			t.Errorf("marshalled again: %v\n%s\n%s", err, data, dataAgain)
		}

		same(t, "argument asked", asked0, asked)
		same(t, "argument registered", registered0, registered)
		same(t, "argument later", later0, later)
	})
}

func same(t *rapid.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// Each form is tried at most once, the remembered one first, and never more than there are.
func TestCandidateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SampledFrom(append(reconcile.Forms(), "", "unknown"))
		remembered, fixed := names.Draw(t, "remembered"), names.Draw(t, "fixed")
		candidates := reconcile.Candidates(remembered, fixed)
		known := func(form reconcile.Form) bool { return slices.Contains(reconcile.Forms(), form) }
		switch {
		case known(fixed):
			same(t, "fixed", []reconcile.Form{fixed}, candidates)
			return
		case known(remembered) && candidates[0] != remembered:
			t.Errorf("remembered %q is not first", remembered)
		}
		sorted := slices.Clone(candidates)
		slices.Sort(sorted)
		all := reconcile.Forms()
		slices.Sort(all)
		same(t, "all forms once", all, sorted)
	})
}
