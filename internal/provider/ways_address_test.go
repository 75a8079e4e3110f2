// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server may name an address that is known behind its proxy alone. Nobody answers there, in a plan, an apply and a destroy, and each error names the
// setting that leads out.
func TestWayFromAnAddressThatNobodyAnswersAt(t *testing.T) {
	t.Parallel()
	const name = "client_configuration_uri_template"
	settings := attrs{"max_retries": 0}
	for what, f := range map[string]fakeop.Faults{"rotates nothing": {}, "updates": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}, "reads": {RotateTokenOnRead: true, RotateSecretOnRead: true}} {
		for operation, stops := range map[string]func(*subject) error{
			"apply": func(r *subject) error { return r.TryApply(secured()) }, "update": func(r *subject) error { return r.TryApply(secured().With(attrs{"client_name": "App 2"})) },
			"destroy": (*subject).TryDestroy,
		} {
			t.Run(what+", "+operation, func(t *testing.T) {
				t.Parallel()
				f.ClientURIOrigin = "http://127.0.0.1:1"
				r := newSubject(t, &fakeop.Server{Faults: f}, settings)
				r.Apply(secured())
				r.start(settings)
				err := stops(r)
				r.start(settings.With(attrs{name: lineOf(t, err, name)}))
				if err := stops(r); err != nil {
					t.Fatalf("the way out does not work: %v", err)
				}
				r.start(settings.With(attrs{name: lineOf(t, err, name)}))
				if err := r.TryDestroy(); err != nil {
					t.Fatal(err)
				}
				if n := len(r.op.Clients()); n != 0 || r.op.Registrations() != 1 {
					t.Errorf("%d clients are left of %d", n, r.op.Registrations())
				}
			})
		}
	}
}

// At a server that the resource names, the setting is the resource's, of which a destroy knows what the last apply saved.
func TestWayFromAnAddressThatNobodyAnswersAtForAResourceWithItsOwnServer(t *testing.T) {
	t.Parallel()
	const name = "client_configuration_uri_template"
	renamed := attrs{"client_name": "App 2"}
	for operation, x := range map[string]struct {
		stops func(*subject, attrs) error
		says  string
	}{
		"apply":   {func(r *subject, c attrs) error { return r.TryApply(c) }, "at another address, set on the resource:"},
		"update":  {func(r *subject, c attrs) error { return r.TryApply(c.With(renamed)) }, "at another address, set on the resource:"},
		"destroy": {func(r *subject, _ attrs) error { return r.TryDestroy() }, "at another address, set on the resource, and apply that first, since a destroy has what is in the state:"},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			there := &fakeop.Server{Seed: "there", Faults: fakeop.Faults{ClientURIOrigin: "http://127.0.0.1:1"}}
			there.Start(t)
			settings := attrs{"max_retries": 0}
			r := newSubject(t, &fakeop.Server{}, settings)
			config := secured().With(attrs{"issuer": there.Issuer()})
			r.Apply(config)
			r.start(settings)
			err := x.stops(r, config)
			wants(t, err, x.says)
			config = config.With(attrs{name: lineOf(t, err, name)})
			if operation == "destroy" {
				r.start(settings)
				r.Apply(config)
			}
			r.start(settings)
			if err := x.stops(r, config); err != nil {
				t.Fatalf("the way out does not work: %v", err)
			}
			if n := len(there.Clients()); operation == "destroy" && n != 0 || there.Registrations() != 1 {
				t.Errorf("%d clients are left of %d", n, there.Registrations())
			}
		})
	}
}

// A deletion may be refused as requests of a client that is gone are, while the client's own URI shows it with the same token: neither another token nor
// on_missing helps then, and neither is named. What is named works while the refusal lasts.
func TestWaysOfADeletionThatIsRefusedAlone(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"400": fakeop.BadRequest("invalid_request"), "400 of a token": fakeop.BadRequest("invalid_token"), "400 of a client": fakeop.BadRequest("invalid_client"), "401": fakeop.Unauthorized(true),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(answer)}}}, nil)
			r.Apply(secured())
			err := r.TryDestroy()
			if err == nil {
				t.Fatal("the client is said to be deregistered")
			}
			for _, way := range waysIn(err.Error()) {
				if strings.Contains(way, "registration_access_tokens") || strings.Contains(way, "on_missing") {
					t.Errorf("a way is named that does not work:\n%s", way)
				}
			}
			r.start(attrs{"management": lineOf(t, err, "management")})
			if err := r.TryDestroy(); err != nil {
				t.Errorf("the way out does not work: %v", err)
			}
		})
	}
}
