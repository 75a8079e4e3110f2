// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// A configuration writes out what the server has registered already. Where the client cannot be updated, that is no reason for another one, unless strict refuses what
// the server does not show: whether it is set may be known in the apply only, of the resource or of the provider.
func TestStrictIsKnownLaterWhereThereAreNoUpdates(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"the resource", "the provider"} {
		for _, strict := range []any{true, false, nil} {
			t.Run(fmt.Sprintf("%s's, %v", on, strict), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405, Drop: []string{"logo_uri"}}}
				w := newWrittenLater(t, op, nil)
				w.process(nil)
				app := theApp(attrs{"logo_uri": "https://app.example.com/logo.png"})
				w.apply(app)
				if err := w.Apply(map[string]attrs{theClient: app.With(attrs{"client_name": "App 2"})}); err == nil {
					w.apply(app)
				}
				w.process(nil)
				id := w.Text(theClient, "client_id")
				then, settings := app.With(attrs{"grant_types": []string{"authorization_code"}}), attrs{}
				first := then
				if on == "the resource" {
					first = then.With(attrs{"strict": tftest.Unknown{}})
					then = then.With(attrs{"strict": strict})
				} else {
					settings["strict"] = strict
					w.process(attrs{"strict": tftest.Unknown{}})
				}
				err := w.ApplyLater(map[string]attrs{theClient: first}, func() error { return w.Start(w.settings.With(settings)) }, map[string]attrs{theClient: then})
				for _, b := range w.Broken() {
					t.Errorf("%s", b)
				}
				if strict != true && (err != nil || w.Text(theClient, "client_id") != id) {
					t.Errorf("the client is %s, and was %s: %v", w.Text(theClient, "client_id"), id, err)
				}
			})
		}
	}
}

// Where on_missing is known in the apply only, it decides of a client that the server refuses, and not of an outage: that is the plan's error, as ever. Nor does a client of
// which it is open make a warning of another one's error, whichever is planned first.
func TestWhatAnOpenOnMissingDoesNotDecide(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	r.Apply(app)
	r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(fakeop.Answer{Status: 500})}})
	r.start(attrs{"max_retries": 0})
	if _, err := r.TryPlan(app.With(attrs{"on_missing": tftest.Unknown{}})); err == nil {
		t.Error("an outage: the plan goes on")
	}

	faults := undecidedServer
	faults.GoneStatus = http.StatusUnauthorized
	op := &fakeop.Server{Faults: faults}
	op.Start(t)
	both := newRig(t, op)
	start := func() {
		if err := both.Start(attrs{"issuer": op.Issuer()}); err != nil {
			t.Fatal(err)
		}
	}
	start()
	config := map[string]attrs{"a": app, "b": service}
	if err := both.Apply(config); err != nil {
		t.Fatal(err)
	}
	for name := range config {
		op.RemoveClient(both.Text(name, "client_id"))
	}
	for open, kept := range map[string]string{"a": "b", "b": "a"} {
		start()
		if _, err := both.Plan(map[string]attrs{open: config[open].With(attrs{"on_missing": tftest.Unknown{}}), kept: config[kept]}); err == nil {
			t.Errorf("open of %s: nothing fails the plan of the other one", open)
		}
	}
}
