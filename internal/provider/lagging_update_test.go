// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// changes are updates of a parameter that the security of the client depends on, and of others.
func changes() map[string]attrs {
	return map[string]attrs{
		"a name": {"client_name": "App 2"}, "a security parameter": {"redirect_uris": []string{"https://app.example.com/2"}}, "a new parameter": {"client_uri": "https://a.example/2"},
		"a removed parameter": {"tos_uri": nil}, "several": {"client_name": "App 2", "redirect_uris": []string{"https://app.example.com/2"}, "tos_uri": nil, "client_uri": "https://a.example/2"},
	}
}

func laggingReads(times int) fakeop.Faults {
	return fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{After: fakeop.OpUpdate, Times: times, Answer: fakeop.Answer{Stale: true}}}}}
}

// A replica that has not seen an update shows what was registered before it. It has a second to catch up, and nothing is said of the server's choice.
func TestReadBackAtAReplicaThatLags(t *testing.T) {
	t.Parallel()
	for name, change := range changes() {
		for _, strict := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{}, attrs{"strict": strict})
				before := app.With(attrs{"tos_uri": "https://a.example/tos"})
				r.Apply(before)
				r.op.SetFaults(laggingReads(1))
				r.Apply(before.With(change))
				r.wantQuiet()
				r.WantEmpty(before.With(change))
				r.wantQuiet()
				if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
					t.Errorf("%d updates were sent", n)
				}
			})
		}
	}
}

// A replica that lags for longer is told of, as what it is. Once it has caught up, nothing is left to do.
func TestReadBackAtAReplicaThatLagsForLonger(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a name", "a security parameter"} {
		for _, strict := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{}, attrs{"strict": strict})
				changed := app.With(changes()[name])
				r.Apply(app)
				r.op.SetFaults(laggingReads(0))
				r.Apply(changed)
				if got, want := r.told(), []string{"warning: Update not shown yet"}; !slices.Equal(got, want) {
					t.Errorf("diagnostics %q, want %q", got, want)
				}
				state, private := r.State, r.Private
				if p := r.Plan(changed); p.Planned.Equal(r.State) {
					t.Error("the plan hides that reads show the old value still")
				}
				r.State, r.Private = state, private
				r.op.SetFaults(fakeop.Faults{})
				r.WantEmpty(changed)
				r.wantQuiet()
				if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
					t.Errorf("%d updates were sent", n)
				}
			})
		}
	}
}

// A server may answer with what it was sent and keep what it had. The next plan shows that, and the next apply tells it as a substitution.
func TestServerThatAnswersWithWhatItDoesNotRegister(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a name": "warning client_name: Server registered other values", "a security parameter": "error redirect_uris: Server registered other values"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := app.With(changes()[name])
			f := fakeop.Faults{Immutable: []string{"client_name", "redirect_uris"}}
			f.Updating.Calls = fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
				doc["client_name"], doc["redirect_uris"] = changed["client_name"], changed["redirect_uris"]
			}})
			r := newSubject(t, &fakeop.Server{Faults: f}, nil)
			r.Apply(app)
			r.Apply(changed)
			if got, want := r.told(), []string{"warning: Update not shown yet"}; !slices.Equal(got, want) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			_ = r.TryApply(changed)
			if got := r.told(); !slices.Equal(got, []string{want}) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			accepting := changed.With(attrs{"accept_substitutions": []string{"redirect_uris"}})
			r.Apply(accepting)
			r.WantEmpty(accepting)
			r.wantQuiet()
		})
	}
}

// A client that no refresh reads is looked at where it is read again.
func TestReadBackOfAClientThatIsNeverRead(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, attrs{"refresh": "never"})
	r.Apply(app)
	r.op.SetFaults(laggingReads(0))
	r.Apply(renamed)
	r.wantSays("Update not shown yet", `without refresh = "never"`)
	r.WantEmpty(renamed)
	r.start(nil)
	if p := r.Plan(renamed); p.Planned.Equal(r.State) {
		t.Error("the plan that reads shows nothing of the old value")
	}
	r.op.SetFaults(fakeop.Faults{})
	r.WantEmpty(renamed)
}
