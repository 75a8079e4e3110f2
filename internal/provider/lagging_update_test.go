// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
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

// echoesUpdates is a server that answers an update with these members as they were sent, and keeps what it had.
func echoesUpdates(sent attrs, members ...string) *fakeop.Server {
	f := fakeop.Faults{Immutable: []string{"client_name", "redirect_uris"}}
	f.Updating.Calls = fakeop.Always(fakeop.Answer{Edit: func(doc map[string]any) {
		for _, member := range members {
			doc[member] = sent[member]
		}
	}})
	return &fakeop.Server{Faults: f}
}

// A server may answer with what it was sent and keep what it had. The next plan shows that, and the next apply tells it as a substitution.
func TestServerThatAnswersWithWhatItDoesNotRegister(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a name": "warning client_name: Server registered other values", "a security parameter": "error redirect_uris: Server registered other values"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := app.With(changes()[name])
			r := newSubject(t, echoesUpdates(changed, "client_name", "redirect_uris"), nil)
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

// A server may answer an update as it answers a read, or keep one value for good: what stayed as it was is not told as an update that was made, and another client has the value.
func TestServerThatAnswersAnUpdateAndLeavesAValueAsItWas(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fakeop.Faults{
		"one value": {Immutable: []string{"redirect_uris"}}, "all of them": {Immutable: []string{"redirect_uris", "client_name"}},
	} {
		op := &fakeop.Server{Faults: f}
		r := newSubject(t, op, nil)
		r.Apply(app)
		changed := app.With(attrs{"redirect_uris": []string{"https://app.example.com/other"}, "client_name": "Other"})
		for range 2 {
			said := ""
			if err := r.TryApply(changed); err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, "left this value as it was") || strings.Contains(said, "has made the update") || !strings.Contains(said, "terraform apply -replace=ADDRESS") {
				t.Fatalf("%s: %s", name, said)
			}
		}
		r.Tainted = true // as with -replace
		r.Apply(changed)
		r.WantEmpty(changed)
		if n := len(op.Clients()); n != 1 {
			t.Errorf("%s: %d clients", name, n)
		}
	}
}

// Where the user accepts what the server registers, a read that shows the old value is its choice, as another value would be: one apply tells it.
func TestServerThatAnswersWithWhatItDoesNotRegisterAndIsAccepted(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{"a name": "client_name", "a security parameter": "redirect_uris"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := app.With(changes()[name])
			r := newSubject(t, echoesUpdates(changed, member), attrs{"accept_substitutions": []string{member}})
			r.Apply(app)
			r.Apply(changed)
			if got, want := r.told(), []string{"warning " + member + ": Server registered other values"}; !slices.Equal(got, want) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			r.WantEmpty(changed)
			r.Apply(changed)
			r.wantQuiet()
			if n := r.op.CountOf(fakeop.OpUpdate); n != 1 {
				t.Errorf("%d updates were sent", n)
			}
		})
	}
}

// A replica that has not seen the update has a second to catch up then, too. If it takes longer, the plan that sees what was asked for has nothing to change.
// From then on, the old value is none that the server chose.
func TestReadBackAtAReplicaThatLagsWhereValuesAreAccepted(t *testing.T) {
	t.Parallel()
	for name, member := range map[string]string{"a name": "client_name", "a security parameter": "redirect_uris"} {
		for _, longer := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", longer ", longer), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{}, attrs{"accept_substitutions": []string{member}})
				changed := app.With(changes()[name])
				r.Apply(app)
				if longer {
					r.op.SetFaults(laggingReads(0))
				} else {
					r.op.SetFaults(laggingReads(1))
				}
				r.Apply(changed)
				if told := len(r.told()) > 0; told != longer {
					t.Errorf("diagnostics %q", r.told())
				}
				r.op.SetFaults(fakeop.Faults{})
				if p := r.Plan(changed); !r.Empty(p) {
					t.Error("the plan has something to change")
				}
				r.Apply(changed)
				r.wantQuiet()
				r.WantEmpty(changed)
				if n := r.op.CountOf(fakeop.OpUpdate); n != 1 || len(r.op.Clients()) != 1 {
					t.Errorf("%d updates were sent", n)
				}
				r.op.SetMember(r.id(), member, asServer(app[member]))
				if p := r.Plan(changed); p.Planned.Equal(r.State) {
					t.Error("the plan hides that somebody put the old value back")
				}
			})
		}
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

// Where reads replace the secret, or the token and nothing keeps that, no plan reads the client. The next apply does, and tells what the server has.
func TestReadBackOfAClientThatNoPlanReads(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fakeop.Faults{"token": {RotateTokenOnRead: true}, "secret": {RotateSecretOnRead: true}} {
		for _, lags := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", lags still ", lags), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Faults: f}, nil)
				r.Apply(app)
				lagging := f
				lagging.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Answer{Edit: func(doc map[string]any) { doc["client_name"] = app["client_name"] }}}}
				r.op.SetFaults(lagging)
				r.Apply(renamed)
				r.wantSays("Update not shown yet", "To see whether it has caught up, apply again. No plan reads the client, since reads replace its credentials; that apply does:")
				if !lags {
					r.op.SetFaults(f)
				}
				r.Apply(renamed)
				if said := strings.Contains(strings.Join(r.told(), " "), "Server registered other values"); said != lags {
					t.Errorf("diagnostics %q", r.told())
				}
			})
		}
	}
	t.Run("a journal", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}}, attrs{"token_journal": attrs{"path": filepath.Join(t.TempDir(), "journal")}})
		r.Apply(app)
		r.op.EditFaults(func(f *fakeop.Faults) {
			f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: fakeop.Answer{Edit: func(doc map[string]any) { doc["client_name"] = app["client_name"] }}}}
		})
		r.Apply(renamed)
		r.wantSays("Update not shown yet", "terraform plan")
		if p := r.Plan(renamed); p.Planned.Equal(r.State) {
			t.Error("the plan shows nothing of the old value")
		}
	})
}

// A read that shows the old value counts, too, where the server has no time for a second one.
func TestReadBackAtAReplicaThatLagsAndThenIsBusy(t *testing.T) {
	t.Parallel()
	for _, busy := range []fakeop.Answer{{Status: 503}, {Status: 429}} {
		t.Run(fmt.Sprint(busy.Status), func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
			r.Apply(app)
			f := laggingReads(1)
			f.Reading.Calls = append(f.Reading.Calls, fakeop.CallFault{After: fakeop.OpUpdate, Answer: busy})
			r.op.SetFaults(f)
			r.Apply(renamed)
			if got, want := r.told(), []string{"warning: Update not shown yet"}; !slices.Equal(got, want) {
				t.Errorf("diagnostics %q, want %q", got, want)
			}
			r.op.SetFaults(fakeop.Faults{})
			r.WantEmpty(renamed)
			r.wantQuiet()
		})
	}
}
