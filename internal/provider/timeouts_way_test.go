// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The line that a time which ran out names lets the operation end as soon as it is written, also in the plan, whose refresh has the time that was
// configured when the state was written. No server answers within a nanosecond.
func TestWayOutOfATimeThatRanOut(t *testing.T) {
	t.Parallel()
	longer := attrs{"timeouts": attrs{"create": "10m", "read": "10m", "update": "10m", "delete": "10m"}}
	for _, operation := range []string{"create", "read", "update"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			config := secured().With(attrs{"timeouts": attrs{operation: "1ns"}})
			op := &fakeop.Server{}
			op.Start(t)
			settings := attrs{"registration_endpoint": op.RegistrationEndpoint()} // or the time runs out while it is looked for
			r := newSubject(t, op, settings)
			switch operation {
			case "read":
				r.Apply(config)
				r.start(settings)
			case "update":
				r.Apply(config)
				r.start(settings)
				config = config.With(attrs{"client_name": "App 2"})
			}
			err := r.TryApply(config)
			if err == nil {
				t.Fatal("no time runs out")
			}
			containsAll(t, err.Error(), "timed out", `timeouts = { create = "10m", read = "10m", update = "10m", delete = "10m" }`)
			r.start(settings)
			if err := r.TryApply(config.With(longer)); err != nil {
				t.Fatalf("with the line that was named: %v", err)
			}
			r.start(settings)
			r.WantEmpty(config.With(longer))
			if n := r.op.Registrations(); n != 1 {
				t.Errorf("registered %d times", n)
			}
		})
	}
}

// A destroy has the time that is in the state, and reads no configuration, so that an apply comes between.
func TestWayOutOfADestroyWhoseTimeRanOut(t *testing.T) {
	t.Parallel()
	config := secured().With(attrs{"timeouts": attrs{"delete": "1ns"}})
	op := &fakeop.Server{}
	op.Start(t)
	r := newSubject(t, op, nil)
	r.Apply(config)
	err := r.TryDestroy()
	if err == nil {
		t.Fatal("no time runs out")
	}
	containsAll(t, err.Error(), "the time of the operation ran out", `timeouts = { create = "10m", read = "10m", update = "10m", delete = "10m" }`, "terraform apply\n", "terraform destroy")
	longer := config.With(attrs{"timeouts": attrs{"create": "10m", "read": "10m", "update": "10m", "delete": "10m"}})
	r.start(nil)
	r.Apply(longer)
	r.start(nil)
	if err := r.TryDestroy(); err != nil {
		t.Errorf("with the lines that were named: %v", err)
	}
	if n := len(op.Clients()); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// Nothing is wrong with a journal that was asked when the operation's time was over, and nobody is to remove it.
func TestJournalIsInOrderWhereTheTimeRanOut(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r := newSubject(t, op, attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "clients.journal")}})
	r.Apply(secured().With(attrs{"timeouts": attrs{"delete": "1ns"}}))
	if err := r.TryDestroy(); err == nil {
		t.Fatal("no time runs out")
	}
	containsNone(t, strings.Join(r.told(), "\n")+r.details(), "Token journal not read", "remove token_journal")
}
