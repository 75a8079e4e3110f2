// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

var rotatesOnRead = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}

// TestRefresh holds when a refresh reads, on servers that do and do not rotate credentials on a read.
func TestRefresh(t *testing.T) {
	for name, c := range map[string]struct {
		faults            fakeop.Faults
		provider          any // the setting refresh
		resource          any
		journal           bool
		atCreate, atPlan  string // what is told
		reads, losesAtAll bool
	}{
		"auto":                             {reads: true},
		"auto, token rotates":              {faults: fakeop.Faults{RotateTokenOnRead: true}, atCreate: "Server rotates credentials on reads", atPlan: "not read"},
		"auto, secret rotates":             {faults: fakeop.Faults{RotateSecretOnRead: true}, atCreate: "Server replaces the client secret on reads", atPlan: "not read"},
		"auto, token rotates, journal":     {faults: fakeop.Faults{RotateTokenOnRead: true}, journal: true, reads: true},
		"auto, secret rotates, journal":    {faults: rotatesOnRead, journal: true, atCreate: "Server replaces the client secret on reads", atPlan: "not read"},
		"always, rotates":                  {faults: rotatesOnRead, provider: "always", atCreate: "Server replaces the client secret on reads", reads: true, losesAtAll: true},
		"always of the resource, rotates":  {faults: rotatesOnRead, provider: "never", resource: "always", atCreate: "Server replaces the client secret on reads", reads: true, losesAtAll: true},
		"never":                            {provider: "never"},
		"never, rotates":                   {faults: rotatesOnRead, provider: "never", atCreate: "Server replaces the client secret on reads"},
		"never of the resource":            {provider: "always", resource: "never"},
		"auto of the resource, rotates":    {faults: rotatesOnRead, provider: "always", resource: "auto", atCreate: "Server replaces the client secret on reads", atPlan: "not read"},
		"auto, rotates, shows only then":   {faults: fakeop.Faults{RotateTokenOnRead: true, OmitTokenOnRead: true}, atCreate: "Server rotates credentials on reads", atPlan: "not read"},
		"auto, rotates with updates alone": {faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, reads: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: c.faults}
			settings := attrs{"refresh": c.provider}
			if c.journal {
				settings = settings.With(journalAt(t))
			}
			r := newSubject(t, server, settings)
			config := app.With(attrs{"refresh": c.resource})
			p := r.Plan(config)
			r.Begin()
			if err := r.ApplyPlan(p); err != nil {
				t.Fatal(err)
			}
			check := func(want string) {
				t.Helper()
				if want == "" {
					r.silent()
					return
				}
				if c.faults.RotateSecretOnRead {
					containsAll(t, r.tells(want), r.id(), "A token journal does not help", `refresh = "never"`, `refresh = "always"`)
					return
				}
				containsAll(t, r.tells(want), r.id(), "token_journal = {", `refresh = "never"`)
				containsNone(t, r.details(), `"always"`) // it may lose the client
			}
			check(c.atCreate)
			r.holds()

			server.SetMember(r.id(), "client_name", "Drifted")
			server.ResetLog()
			state, private := r.State, r.Private
			p = r.Plan(config)
			drift := slices.Contains(r.ManagedChanges(p), "client_name")
			r.State, r.Private = state, private
			check(c.atPlan)
			if got := server.CountOf(fakeop.OpRead) > 0; got != c.reads {
				t.Errorf("the plan reads: %v, want %v", got, c.reads)
			}
			if drift != c.reads {
				t.Errorf("the plan sees the drift: %v, want %v", drift, c.reads)
			}
			if c.losesAtAll {
				// What a plan that is not applied loses is what the warning says.
				containsAll(t, r.failing(func() error { _, err := r.TryPlan(config); return err }), "registration_access_tokens")
				return
			}
			for range 20 {
				r.planned(config)
			}
			r.Apply(config.With(attrs{"contacts": []string{"ops@example.com"}}))
			r.holds()
			if got := r.registered()["client_name"]; got != "App" {
				t.Errorf("after the apply the server has the name %v", got)
			}
			r.Destroy()
		})
	}
}

// TestRefreshBeforeReadsAreKnown: where no read in an apply has shown what reads do, a plan does not find out at the expense of the
// secret that the applications use, and the ways that the warning names lead on.
func TestRefreshBeforeReadsAreKnown(t *testing.T) {
	for name, journal := range map[string]bool{"": false, "with a journal": true} {
		for _, faults := range []fakeop.Faults{{}, rotatesOnRead} {
			t.Run(fmt.Sprint(name, faults.RotateSecretOnRead), func(t *testing.T) {
				server := &fakeop.Server{Faults: faults}
				settings := attrs{"max_retries": 0}
				if journal {
					settings = settings.With(journalAt(t))
				}
				r := newSubject(t, server, settings)
				server.ForceStatus(fakeop.OpRead, 500)
				r.Apply(app)
				r.start(settings)
				server.ResetLog()
				secret := server.CurrentSecret(r.id())
				r.Begin()
				r.planned(app)
				containsAll(t, r.tells("not read"), r.id(), `"never"`, "update in place")
				if n := server.CountOf(fakeop.OpRead); n != 0 || server.CurrentSecret(r.id()) != secret {
					t.Errorf("the plan makes %d reads; the application's secret is in force: %v", n, server.CurrentSecret(r.id()) == secret)
				}
				// An update reads in an apply, and so teaches it.
				r.Apply(renamed)
				r.holds()
				r.Begin()
				server.ResetLog()
				r.planned(renamed)
				if reads := server.CountOf(fakeop.OpRead) > 0; reads == faults.RotateSecretOnRead {
					t.Errorf("the plan after an update reads: %v", reads)
				}
			})
		}
	}
}

// TestImportLearnsWhatReadsDo by reading twice, so that the plan after it reads the client, or knows why it must not.
func TestImportLearnsWhatReadsDo(t *testing.T) {
	for name, faults := range map[string]fakeop.Faults{
		"the same secret": {}, "another secret each time": {RotateSecretOnRead: true}, "another token": {RotateTokenOnRead: true}, "no secret": {OmitSecretOnRead: true},
		"both": rotatesOnRead,
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: faults}
			r := newSubject(t, server, nil)
			r.Apply(app)
			id, uri := r.id(), r.Text("registration_client_uri")
			token := server.CurrentToken(id)
			other := newSubject(t, server, attrs{"registration_access_tokens": map[string]any{id: token}})
			if err := other.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			if !faults.OmitSecretOnRead {
				other.holds()
			}
			other.start(nil)
			server.ResetLog()
			other.planned(app)
			rotates := faults.RotateSecretOnRead || faults.RotateTokenOnRead
			if reads := server.CountOf(fakeop.OpRead) > 0; reads == rotates {
				t.Errorf("the plan after the import reads: %v", reads)
			}
		})
	}
}

// TestRotationThatBeginsLater is noticed by the read that brings it, which says so and saves it.
func TestRotationThatBeginsLater(t *testing.T) {
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	r.WantEmpty(app)
	r.silent()
	server.SetFaults(rotatesOnRead)
	r.WantEmpty(app) // an apply with nothing to do, which Terraform saves
	r.tells("Server rotates credentials on reads")
	r.keeps()
	server.ResetLog()
	r.WantEmpty(app)
	r.tells("not read")
	if n := server.CountOf(fakeop.OpRead); n != 0 {
		t.Errorf("%d reads", n)
	}
	r.Apply(renamed) // reads first, and last
	r.holds()
	// It ends, too: the update's read-back shows that.
	server.SetFaults(fakeop.Faults{})
	r.Apply(app)
	r.holds()
	server.ResetLog()
	r.WantEmpty(app)
	r.silent()
	if n := server.CountOf(fakeop.OpRead); n != 1 {
		t.Errorf("%d reads", n)
	}
}

// TestUpdateReadsFirst where no refresh did, so that it never writes back what was stale.
func TestUpdateReadsFirst(t *testing.T) {
	server := &fakeop.Server{Faults: rotatesOnRead}
	r := newSubject(t, server, nil)
	r.Apply(app)
	server.SetMember(r.id(), "logo_uri", "https://app.example.com/logo.png") // the administrator's own
	r.Apply(renamed)
	if got := r.registered()["logo_uri"]; got != "https://app.example.com/logo.png" {
		t.Errorf("the update made logo_uri %v", got)
	}
	r.holds()
}

// TestLostAnswer of an update: the error describes the way back, and the way leads back.
func TestLostAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		config attrs
		cut    fakeop.Cut
	}{
		"of a web client":                    {app, fakeop.CutConnection},
		"of a service":                       {service, fakeop.CutConnection},
		"of a service, half of it arrived":   {service, fakeop.CutBody},
		"of a public client, half of it too": {app.With(attrs{"token_endpoint_auth_method": "none"}), fakeop.CutBody},
	} {
		for _, retries := range []int{0, 2} {
			t.Run(fmt.Sprint(name, ", ", retries, " retries"), func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}
				settings := attrs{"max_retries": retries}
				r := newSubject(t, server, settings)
				r.Apply(c.config)
				id := r.id()
				changed := c.config.With(attrs{"client_name": "Changed"})
				server.EditFaults(func(f *fakeop.Faults) { f.CutOff = map[fakeop.Operation]fakeop.Cut{fakeop.OpUpdate: c.cut} })
				said := r.failing(func() error { return r.TryApply(changed) })
				containsAll(t, said, id, "Client not updated", "may have made the update all the same", "registration_access_tokens")
				server.EditFaults(func(f *fakeop.Faults) { f.CutOff = nil })

				said = r.failing(func() error { _, err := r.TryPlan(changed); return err })
				containsAll(t, said, id, "registration_access_tokens")
				if r.State.IsNull() || len(server.Clients()) != 1 {
					t.Fatal("the client was given up")
				}
				r.start(settings.With(attrs{"registration_access_tokens": map[string]any{id: server.ReissueToken(id)}}))
				r.Apply(changed)
				if r.id() != id {
					t.Error("the client was replaced")
				}
				if got := r.Text("registration_access_token"); got != server.CurrentToken(id) {
					t.Errorf("the state has token %q, in force is %q", got, server.CurrentToken(id))
				}
				r.start(settings)
				r.WantEmpty(changed)
			})
		}
	}
}

// TestReadNeverErrsAfterAnAnswer, whatever the server shows: Terraform drops the state of a Read that fails, and the token that was
// just rotated with it.
func TestReadNeverErrsAfterAnAnswer(t *testing.T) {
	server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}, Extensions: []string{"ext_a", "ext_b", "ext_c"}}
	r := newSubject(t, server, attrs{"refresh": "always"})
	all := app.With(attrs{
		"scope": "openid", "contacts": []string{"a@example.com"}, "default_max_age": 60, "require_auth_time": true,
		"jwks":               `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
		"localized":          attrs{"ja": attrs{"client_name": "アプリ"}},
		"extension_metadata": map[string]any{"ext_a": "x", "ext_b": []any{1, "y", true}, "ext_c": map[string]any{"d": "z"}},
	})
	r.Apply(all)
	members := []string{"client_name#ja", "client_name#JA", "client_name#", "#", "", "ext_a", "ext_b", "ext_c", "unknown", "client_id_issued_at", "client_secret_expires_at", "registration_client_uri"}
	for _, p := range metadata.All() {
		members = append(members, p.Name)
	}
	state, private := r.State, r.Private
	rapid.Check(t, func(rt *rapid.T) {
		r.State, r.Private = state, private
		odd := map[string]any{}
		for range rapid.IntRange(1, 12).Draw(rt, "members") {
			odd[rapid.SampledFrom(members).Draw(rt, "member")] = oddJSON(rt, 3)
		}
		if rapid.IntRange(0, 3).Draw(rt, "most") == 0 { // one shape for all
			shape := oddJSON(rt, 2)
			for _, m := range members {
				odd[m] = shape
			}
		}
		doc := map[string]any{"client_id": r.id(), "registration_access_token": server.ReissueToken(r.id())}
		for m, v := range odd {
			doc[m] = v
		}
		body, err := json.Marshal(doc)
		if err != nil {
			rt.Fatal(err)
		}
		if len(body) > transport.MaxBody {
			rt.Skip("such an answer is not read, and asked for again")
		}
		server.Force(fakeop.OpRead, fakeop.Answer{Status: http.StatusOK, Body: string(body)})
		r.Begin()
		if err := r.Reread(); err != nil {
			rt.Fatalf("%s\n%v", body, err)
		}
		if got := r.Text("registration_access_token"); got != doc["registration_access_token"] {
			rt.Fatalf("%s\nthe token was not saved", body)
		}
		if got := r.Text("registration_client_uri"); !strings.HasPrefix(got, server.URL()) {
			rt.Fatalf("%s\nthe client configuration URI became %q", body, got)
		}
		// Whatever is in the state now can be planned.
		if _, err := r.PlanOnly(all); err != nil {
			rt.Fatalf("%s\n%v", body, err)
		}
	})
}

// oddJSON is any JSON value, of the kinds that break programs rather than of those that are likely.
func oddJSON(rt *rapid.T, depth int) any {
	kinds := 11
	if depth == 0 {
		kinds = 9
	}
	switch rapid.IntRange(0, kinds-1).Draw(rt, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(rt, "bool")
	case 2:
		return json.RawMessage(rapid.SampledFrom([]string{"0", "-0", "-1", "1.0", "1.5", "1e3", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808", "123456789012345678901234567890"}).Draw(rt, "number"))
	case 3:
		return rapid.SampledFrom([]string{"", " ", "x", "true", "60", "null", "[]", "{}", "\u0000", "\ufeff", "é", "e\u0301", "\U0001F600", "a b  c", "{\"keys\":[]}", strings.Repeat("long", 3000)}).Draw(rt, "text")
	case 4:
		return []any{}
	case 5:
		return map[string]any{}
	case 6:
		return []any{"https://app.example.com/cb"}
	case 7:
		return map[string]any{"keys": []any{}}
	case 8:
		return rapid.String().Draw(rt, "string")
	case 9:
		var list []any
		for range rapid.IntRange(1, 3).Draw(rt, "elements") {
			list = append(list, oddJSON(rt, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(1, 3).Draw(rt, "members") {
		object[rapid.SampledFrom([]string{"a", "keys", "", "client_id", "x y", "é"}).Draw(rt, "name")] = oddJSON(rt, depth-1)
	}
	return object
}
