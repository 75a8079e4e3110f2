// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// To have the secret in the state again takes a read. Nothing is asked of the server, whatever it registered in place of what was asked for, or does not show: an update
// would be refused where there are none, and would replace the secret where updates do.
func TestSecretIsStoredAgainWithoutAnUpdate(t *testing.T) {
	t.Parallel()
	substitutes := map[string]fakeop.Faults{
		"all as asked":    {},
		"a substitution":  {Substitute: map[string]any{"client_name": "Another"}},
		"a hidden member": {DropOnRead: []string{"client_name"}},
		"a dropped one":   {Drop: []string{"client_name"}},
		"more than asked": {Substitute: map[string]any{"grant_types": []any{"authorization_code", "refresh_token"}}},
	}
	for name, f := range substitutes {
		for habit, set := range map[string]func(*fakeop.Faults){
			"no updates": func(f *fakeop.Faults) { f.UpdateStatus = 405 }, "updates replace it": func(f *fakeop.Faults) { f.RotateSecretOnUpdate = true },
			"no updates, hidden": func(f *fakeop.Faults) { f.UpdateStatus, f.OmitSecretOnRead = 405, true },
			"no reads":           func(f *fakeop.Faults) { f.ReadStatus, f.RotateSecretOnUpdate = 405, true },
		} {
			t.Run(fmt.Sprint(name, ", ", habit), func(t *testing.T) {
				t.Parallel()
				f := f
				set(&f)
				r := newSubject(t, &fakeop.Server{Faults: f}, attrs{"max_retries": 0})
				without := secured().With(attrs{"grant_types": []string{"authorization_code"}, "store_client_secret": false})
				r.Apply(without)
				id, secret := r.id(), r.op.CurrentSecret(r.id())
				with := without.With(attrs{"store_client_secret": true})
				r.start(attrs{"max_retries": 0})
				r.Apply(with)
				if n := r.op.CountOf(fakeop.OpUpdate); n != 0 || r.id() != id || r.op.CurrentSecret(id) != secret {
					t.Errorf("%d updates; client %s after %s; the secret was replaced: %v", n, r.id(), id, r.op.CurrentSecret(id) != secret)
				}
				if hidden := f.OmitSecretOnRead || f.ReadStatus != 0; hidden {
					r.wantSays("Client secret is not known any more", "terraform apply -replace=ADDRESS")
				} else if r.Text("client_secret") != secret {
					t.Error("the state has another secret")
				}
				r.WantEmpty(with)
			})
		}
	}
}

// What drifted, or is asked for otherwise, is still sent. What a server registered otherwise and is not accepted any more is refused, and not asked for again: the read has shown it.
func TestSecretIsStoredAgainBesideAnUpdate(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		drift   bool
		change  attrs
		refused bool
	}{
		"drift": {drift: true}, "another value": {change: attrs{"client_name": "App 2"}}, "a removed one": {change: attrs{"client_uri": nil}}, "strict": {change: attrs{"strict": true}, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"contacts": []any{"other@example.com"}}}}
			r := newSubject(t, s, attrs{"max_retries": 0})
			without := secured().With(attrs{"contacts": []string{"a@example.com"}, "client_uri": "https://a.example/", "store_client_secret": false})
			r.Apply(without)
			if x.drift {
				s.SetMember(r.id(), "client_name", "drifted")
			}
			err := r.TryApply(without.With(attrs{"store_client_secret": true}).With(x.change))
			if n := s.CountOf(fakeop.OpUpdate); n == 0 != x.refused {
				t.Errorf("%d updates were sent", n)
			}
			if x.refused && (err == nil || !strings.Contains(err.Error(), "other@example.com")) {
				t.Errorf("not refused: %v", err)
			}
		})
	}
}
