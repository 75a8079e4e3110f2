// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// undecidedServer is one whose endpoints tell nothing of a client.
var undecidedServer = fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}

// missing has a client at such a server, deregistered by somebody else or not shown any more.
func missing(t *testing.T, status int, settings, config attrs) *subject {
	t.Helper()
	faults := undecidedServer
	faults.GoneStatus = status
	r := newSubject(t, &fakeop.Server{Faults: faults}, settings)
	r.Apply(config)
	r.op.RemoveClient(r.id())
	r.start(settings) // a plan is another process than the apply before
	return r
}

// TestOnMissing: a setting on the resource has its effect in the plan that first has it, although a read sees the state alone.
func TestOnMissing(t *testing.T) {
	const fails, keeps, recreates = "fails", "keeps", "recreates"
	for _, test := range []struct {
		status   int
		resource attrs
		provider attrs
		want     string
	}{
		{401, nil, nil, fails},
		{401, attrs{"on_missing": "error"}, nil, fails},
		{401, attrs{"on_missing": "keep"}, nil, keeps},
		{401, attrs{"refresh": "never"}, nil, keeps},
		{401, attrs{"on_missing": "recreate"}, nil, recreates},
		{401, nil, attrs{"on_missing": "keep"}, keeps},
		{401, nil, attrs{"on_missing": "recreate"}, recreates},
		{401, attrs{"on_missing": "error"}, attrs{"on_missing": "recreate"}, fails},
		{401, nil, attrs{"refresh": "never"}, keeps},
		{401, nil, attrs{"management": "none"}, keeps},
		{404, nil, nil, keeps},
		{404, attrs{"on_missing": "error"}, nil, fails},
		{404, attrs{"on_missing": "keep"}, nil, keeps},
		{404, attrs{"on_missing": "recreate"}, nil, recreates},
		{410, attrs{"on_missing": "recreate"}, nil, recreates},
	} {
		t.Run(fmt.Sprintf("%d, %v, %v", test.status, test.resource, test.provider), func(t *testing.T) {
			r := missing(t, test.status, test.provider, app)
			id, config := r.id(), app.With(test.resource)
			plan, err := r.TryPlan(config)
			if (err != nil) != (test.want == fails) {
				t.Fatalf("the plan: %v", err)
			}
			if err != nil {
				containsAll(t, err.Error(), `on_missing = "keep"`, `on_missing = "recreate"`, id)
				return
			}
			if plan.Unknown("client_id") != (test.want == recreates) {
				t.Errorf("the plan registers another client: %v", plan.Unknown("client_id"))
			}
			if plan.Replaces {
				t.Error("Terraform would forget the client before another one is registered")
			}
			// An apply is another process, which plans once more and has read nothing.
			r.start(test.provider)
			if plan, err = r.PlanOnly(config); err != nil {
				t.Fatal(err)
			}
			if err := r.Resource.Apply(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			if (r.id() != id) != (test.want == recreates) {
				t.Errorf("the client is %s, was %s", r.id(), id)
			}
			if test.want == recreates {
				r.holds()
				r.start(test.provider)
				r.WantEmpty(config)
			}
		})
	}
}

// TestOnMissingKeepsWhatItCannotReplace: a registration that is refused leaves all of the old client in the state.
func TestOnMissingKeepsWhatItCannotReplace(t *testing.T) {
	r := missing(t, 401, nil, app)
	id, token := r.id(), r.Text("registration_access_token")
	r.op.ForceStatus(fakeop.OpRegister, 400)
	config := app.With(attrs{"on_missing": "recreate"})
	r.failing(func() error { return r.TryApply(config) })
	if r.id() != id || r.Text("registration_access_token") != token {
		t.Errorf("the state has client %q now", r.id())
	}
	r.start(nil)
	r.Apply(config)
	if r.id() == id {
		t.Error("the next apply registers no other client")
	}
	r.holds()
}

// TestOnMissingNeverBeatsEvidence: what a witness knows is no open question.
func TestOnMissingNeverBeatsEvidence(t *testing.T) {
	for _, status := range []int{401, 404} {
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(app)
		id := r.id()
		r.start(nil)
		r.op.ForceStatus(fakeop.OpRead, status)
		plan, err := r.TryPlan(app.With(attrs{"on_missing": "recreate"}))
		if status == 401 && err == nil || status == 404 && err != nil {
			t.Errorf("%d: %v", status, err)
		}
		if plan != nil && plan.Unknown("client_id") || r.id() != id {
			t.Errorf("%d: a client that lives is replaced", status)
		}
	}
}

// TestMissingClientDoesNotStayInTheWay: a destroy that is undecided names what helps, and each way works as it is written.
func TestMissingClientDoesNotStayInTheWay(t *testing.T) {
	for name, settings := range map[string]attrs{
		"on_missing": {"on_missing": "recreate"}, "management": {"management": "none"},
	} {
		for _, resource := range []attrs{nil, {"on_missing": "error"}, {"on_missing": "keep"}} {
			r := missing(t, 401, nil, app.With(resource))
			said := r.failing(r.TryDestroy)
			containsAll(t, said, "with this on the provider:\n    on_missing = \"recreate\"", "terraform state rm", "registration_access_tokens", r.id())
			if r.State.IsNull() {
				t.Fatal("the client is no longer in the state")
			}
			r.start(settings)
			if err := r.TryDestroy(); err != nil || !r.State.IsNull() {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	// A token that an administrator issued.
	r := newSubject(t, &fakeop.Server{Faults: undecidedServer}, nil)
	r.Apply(app)
	token := r.op.ReissueToken(r.id())
	r.start(nil)
	r.failing(r.TryDestroy)
	r.start(attrs{"registration_access_tokens": map[string]any{r.id(): token}})
	if err := r.TryDestroy(); err != nil || len(r.op.Clients()) != 0 {
		t.Errorf("%v, left %v", err, r.op.Clients())
	}
}

// TestUnreachableClientCanBeLeftUnread: refresh = "never" has its effect in the plan that first has it.
func TestUnreachableClientCanBeLeftUnread(t *testing.T) {
	for name, answer := range map[string]fakeop.Answer{
		"503": {Status: 503}, "403": {Status: 403}, "HTML": fakeop.LoginPage(), "another client": {OtherClient: true}, "lost": {Cut: fakeop.CutConnection},
	} {
		r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
		r.Apply(app)
		r.start(attrs{"max_retries": 0})
		r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(answer)}})
		if _, err := r.TryPlan(app); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			containsAll(t, err.Error(), `refresh = "never"`)
		}
		r.start(attrs{"max_retries": 0})
		r.Apply(app.With(attrs{"refresh": "never"}))
	}
}

// TestUpdateOfAMissingClient: where no refresh reads the client, because that would replace its secret, an update is the first to find
// it gone. It has to end with a client, so that what it found counts in the next plan: at once where it is proven, and by on_missing
// where it is not.
func TestUpdateOfAMissingClient(t *testing.T) {
	for name, test := range map[string]struct {
		endpoints fakeop.Faults
		journal   bool
		never     bool  // refresh
		resource  attrs // that the error names
	}{
		"proven":    {journal: true},
		"never":     {journal: true, never: true},
		"undecided": {endpoints: undecidedServer, resource: attrs{"on_missing": "recreate"}},
	} {
		t.Run(name, func(t *testing.T) {
			faults := test.endpoints
			faults.RotateSecretOnRead, faults.RotateTokenOnRead = true, true
			settings := attrs{}
			if test.journal {
				settings = journalAt(t)
			}
			if test.never {
				settings = settings.With(attrs{"refresh": "never"})
			}
			r := newSubject(t, &fakeop.Server{Faults: faults}, settings)
			r.Apply(app)
			id := r.id()
			r.op.RemoveClient(id)
			r.start(settings)
			said := r.failing(func() error { return r.TryApply(renamed) })
			if test.resource != nil {
				containsAll(t, said, `on_missing = "recreate"`)
				r.start(settings)
				r.failing(func() error { return r.TryApply(renamed) }) // without it, nothing is registered
			}
			if r.id() != id {
				t.Fatalf("the state has %q", r.id())
			}
			r.start(settings)
			r.Apply(renamed.With(test.resource))
			if r.id() == id || len(r.op.Clients()) != 1 {
				t.Errorf("the state has %q, the server %d clients", r.id(), len(r.op.Clients()))
			}
			r.holds()
			r.start(settings)
			r.WantEmpty(renamed.With(test.resource))
		})
	}
}
