// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// besideARenewal are changes of a client whose secret is about to come due.
func besideARenewal() map[string]attrs {
	return map[string]attrs{
		"timeouts": {"timeouts": attrs{"create": "1m"}}, "name": {"client_name": "App 2"}, "accepted": {"accept_substitutions": []string{"scope"}},
		"on_missing": {"on_missing": "keep"}, "not stored": {"store_client_secret": false}, "renewed only now": {"renew_secret_before": "2159h"},
	}
}

// A client secret comes due between a plan of something else and its apply, or does not. The apply keeps to its plan either way, and
// another client takes the place only where the secret is due.
func TestSecretThatComesDueBeforeTheApply(t *testing.T) {
	t.Parallel()
	for name, server := range secretServers() {
		for change, more := range besideARenewal() {
			for _, updated := range []bool{false, true} {
				for _, due := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, %s, updated before %t, due %t", name, change, updated, due), func(t *testing.T) {
						t.Parallel()
						s := server()
						dueBetween(t, &s, more, updated, due)
					})
				}
			}
		}
	}
}

func dueBetween(t *testing.T, s *secretServer, more attrs, updated, due bool) {
	now := fakeop.Epoch
	s.op.Clock = func() time.Time { return now }
	w := newWrittenLater(t, &s.op, s.settings)
	config := attrs{"redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "client_secret_basic", "renew_secret_before": "240h"}
	w.process(nil)
	w.apply(config)
	if updated {
		w.process(nil)
		if err := w.Apply(map[string]attrs{theClient: config.With(attrs{"software_version": "1"})}); err != nil && !learnt(err) {
			t.Fatal(err)
		}
		w.process(nil)
		w.apply(config)
	}
	if more["renew_secret_before"] == nil {
		now = now.Add(90*day - 240*time.Hour - time.Minute)
	}
	w.process(nil)
	id, then := w.Text(theClient, "client_id"), config.With(more)
	one := map[string]attrs{theClient: then}
	err := w.ApplyLater(one, func() error {
		if due {
			now = now.Add(time.Hour + time.Minute)
		}
		return w.Start(w.settings)
	}, one)
	if err != nil && !learnt(err) {
		t.Error(err)
	}
	for _, b := range w.Broken() {
		t.Errorf("%s", b)
	}
	if _, renamed := more["client_name"]; !due && !renamed && w.Text(theClient, "client_id") != id {
		t.Error("another client takes the place, and no secret was due")
	}
	told := strings.Contains(w.Warnings(), "A new client secret may need a new client")
	if replaced := due && err == nil && w.Text(theClient, "client_id") != id && more["client_name"] == nil; replaced && !told {
		t.Error("nothing tells that the client may be another one")
	}
}

// A plan that is applied long after it was made may find a secret due that was not. Where that takes another client, the plan does not leave it
// open a day and more before: what depends on the client would be planned anew for nothing.
func TestSecretThatComesDueLaterLeavesTheClientKnown(t *testing.T) {
	t.Parallel()
	for _, before := range []time.Duration{23 * time.Hour, 25 * time.Hour} {
		s := secretServers()["no management"]()
		now := fakeop.Epoch
		s.op.Clock = func() time.Time { return now }
		w := newWrittenLater(t, &s.op, s.settings)
		config := attrs{"redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "client_secret_basic", "renew_secret_before": "240h"}
		w.process(nil)
		w.apply(config)
		now = now.Add(90*day - 240*time.Hour - before)
		w.process(nil)
		p, err := w.Instance(theClient).TryPlan(config.With(attrs{"timeouts": attrs{"create": "1m"}}))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.Unknown("client_id"), before < 24*time.Hour; got != want {
			t.Errorf("%s before the secret is due, client_id is unknown: %t", before, got)
		}
	}
}

// The user has a client that is missing, and cannot be proved to be gone, created anew, while its secret comes due within days: another client is planned, of which nothing of
// the old one's is known.
func TestMissingClientWhoseSecretComesDue(t *testing.T) {
	t.Parallel()
	for name, server := range secretServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := server()
			now := fakeop.Epoch
			s.op.Clock = func() time.Time { return now }
			w := newWrittenLater(t, &s.op, s.settings)
			config := attrs{"redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "client_secret_basic", "renew_secret_before": "240h"}
			w.process(nil)
			w.apply(config)
			now = now.Add(90*day - 240*time.Hour - 2*day)
			s.op.EditFaults(func(f *fakeop.Faults) { f.TokenChecksGrantFirst, f.AuthorizeErrorPage = true, true })
			s.op.RemoveClient(w.Text(theClient, "client_id"))
			w.process(nil)
			one := map[string]attrs{theClient: config.With(attrs{"on_missing": "recreate"})}
			if err := w.ApplyLater(one, func() error { return w.Start(w.settings) }, one); err != nil && !learnt(err) {
				t.Error(err)
			}
			for _, b := range w.Broken() {
				t.Errorf("%s", b)
			}
		})
	}
}
