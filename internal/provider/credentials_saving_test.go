// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// serving is what a test server does with credentials.
type serving struct {
	faults   fakeop.Faults
	lifetime time.Duration
}

// TestCredentialsOfEachAnswerAreSaved holds the state against the server after each step of a client's life, on servers that
// issue, show, omit and disguise credentials each in its own way.
func TestCredentialsOfEachAnswerAreSaved(t *testing.T) {
	for name, op := range map[string]serving{
		"correct":                             {},
		"token rotates on update":             {faults: fakeop.Faults{RotateTokenOnUpdate: true}},
		"secret rotates on update":            {lifetime: 100 * 24 * time.Hour, faults: fakeop.Faults{RotateSecretOnUpdate: true}},
		"both rotate on update":               {lifetime: 100 * 24 * time.Hour, faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}},
		"both rotate on update, reads hide":   {faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, OmitTokenOnRead: true, OmitSecretOnRead: true, OmitURIOnRead: true}},
		"both rotate on update, reads hash":   {faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, HashedSecretOnRead: true}},
		"token rotates on read":               {faults: fakeop.Faults{RotateTokenOnRead: true}},
		"both rotate on each answer":          {lifetime: 100 * 24 * time.Hour, faults: fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}},
		"nothing is repeated":                 {faults: fakeop.Faults{OmitTokenOnRead: true, OmitTokenOnUpdate: true, OmitURIOnRead: true, OmitURIOnUpdate: true, OmitSecretOnRead: true, OmitSecretOnUpdate: true, OmitIssuedAtOnRead: true}},
		"a rotated secret is shown by a read": {faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretExpiry: true}},
		"the URI moves":                       {faults: fakeop.Faults{MoveURIOnUpdate: true}},
		"the URI moves, the token too":        {faults: fakeop.Faults{MoveURIOnUpdate: true, RotateTokenOnUpdate: true, OmitURIOnRead: true}},
		"hashes":                              {faults: fakeop.Faults{HashedSecretOnRead: true}},
		"times are strings":                   {lifetime: 100 * 24 * time.Hour, faults: fakeop.Faults{NumericStringTimes: true}},
		"no expiry":                           {faults: fakeop.Faults{OmitSecretExpiry: true, OmitIssuedAt: true}},
		"null for never":                      {faults: fakeop.Faults{NullSecretExpiry: true}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, journal := range []bool{false, true} {
				server := &fakeop.Server{SecretLifetime: op.lifetime, Faults: op.faults}
				settings := attrs{"refresh": "always"}
				if journal {
					settings = settings.With(journalAt(t))
				}
				r := newSubject(t, server, settings)
				r.Apply(app)
				r.holds()
				for i, config := range []attrs{renamed, app, renamed.With(attrs{"contacts": []string{"ops@example.com"}})} {
					r.start(settings)
					r.Apply(config)
					r.holds()
					if i == 1 {
						continue // an update follows an update without a refresh in between
					}
					if err := r.Reread(); err != nil {
						t.Fatal(err)
					}
					r.holds()
					if p := r.Plan(config); !r.Empty(p) {
						t.Errorf("the plan is not empty: %s", r.Describe(p))
					}
				}
				r.Destroy()
				if n := len(server.Clients()); n != 0 {
					t.Errorf("%d clients are left", n)
				}
			}
		})
	}
}

// TestSecretsThatAreNone are what servers show where the secret was: none of it replaces the secret.
func TestSecretsThatAreNone(t *testing.T) {
	for _, disguise := range []string{
		"{bcrypt}$2a$10$abcdefghijklmnopqrstuv", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
		"pbkdf2_sha256$600000$salt$hash", "********", "••••••••", "*****abcd", "",
	} {
		t.Run(disguise, func(t *testing.T) {
			server := &fakeop.Server{}
			r := newSubject(t, server, nil)
			r.Apply(app)
			client := server.Clients()[0]
			for _, op := range []fakeop.Operation{fakeop.OpRead, fakeop.OpUpdate} {
				body := `{"client_id":"` + client.ID + `","client_secret":"` + disguise + `","registration_access_token":"` + disguise +
					`","registration_client_uri":"` + client.URI + `","redirect_uris":["https://app.example.com/cb"],"client_name":"App"}`
				server.Force(op, fakeop.Answer{Status: 200, Body: body})
				if op == fakeop.OpRead {
					if err := r.Reread(); err != nil {
						t.Fatal(err)
					}
				} else {
					server.Force(fakeop.OpRead, fakeop.Answer{Status: 200, Body: body}, fakeop.Answer{Status: 200, Body: body}, fakeop.Answer{Status: 200, Body: body})
					r.Begin()
					_ = r.TryApply(renamed) // whether the name took effect is not the question here
				}
				r.holds()
			}
		})
	}
}

// TestUpdateThatIsNotReadBack has the update's own answer count, with a warning, whatever becomes of the read that follows.
func TestUpdateThatIsNotReadBack(t *testing.T) {
	for name, broken := range map[string]fakeop.Answer{
		"500":            {Status: 500},
		"404":            {Status: 404},
		"401":            {Status: 401},
		"403":            {Status: 403},
		"cut off":        {Processed: false, Cut: fakeop.CutConnection},
		"HTML":           {Status: 200, Body: "<html>sign in</html>"},
		"another client": {Status: 200, Body: `{"client_id":"another","registration_access_token":"stolen-token"}`},
		"no client_id":   {Status: 200, Body: `{"registration_access_token":"stolen-token"}`},
		"an error":       {Status: 200, Body: `{"error":"server_error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}}
			r := newSubject(t, server, attrs{"max_retries": 0})
			r.Apply(app)
			server.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = []fakeop.CallFault{{After: fakeop.OpUpdate, Answer: broken}} })
			r.Apply(renamed)
			containsAll(t, r.tells("Client updated, but not read back"), readAgain(name))
			if another := name == "another client"; another != strings.Contains(r.details(), "registration of another client") || another && strings.Contains(r.details(), "another kind of endpoint") {
				t.Errorf("what came back is not told: %s", r.details())
			}
			r.keeps()
			server.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
			r.WantEmpty(renamed)
			r.holds()
		})
	}
}

// readAgain is the way where a read-back failed. A server that did answer is not to be waited for.
func readAgain(name string) string {
	if name == "500" || name == "cut off" {
		return "Once the server answers, apply again. That reads the client:\n    terraform apply"
	}
	return "Once the server shows this client, apply again. That reads it:\n    terraform apply"
}

// TestCreateThatIsNotReadBack is the same for a registration.
func TestCreateThatIsNotReadBack(t *testing.T) {
	for name, broken := range map[string]fakeop.Answer{
		"500": {Status: 500}, "401": {Status: 401}, "401, again": {Status: 401}, "cut off": {Cut: fakeop.CutConnection}, "HTML": {Status: 200, Body: "<html>"},
		"another client": {Status: 200, Body: `{"client_id":"another","registration_access_token":"stolen-token"}`},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{}
			server.SetHooks(nil, func(req *http.Request) {
				if fakeop.OperationOf(req) == fakeop.OpRegister {
					server.Force(fakeop.OpRead, broken)
					if name == "401, again" {
						server.Force(fakeop.OpRead, broken)
					}
				}
			})
			r := newSubject(t, server, attrs{"max_retries": 0})
			r.Apply(app)
			if name == "HTML" || name == "401" {
				r.silent() // asked again, it shows the client
			} else {
				containsAll(t, r.tells("Client registered, but not read back"), readAgain(name))
				// A plan does not find out what reads do; the next apply does, and changes nothing.
				server.ResetLog()
				r.Apply(app)
				if server.CountOf(fakeop.OpRead) == 0 || server.CountOf(fakeop.OpUpdate) != 0 {
					t.Errorf("%d reads, %d updates", server.CountOf(fakeop.OpRead), server.CountOf(fakeop.OpUpdate))
				}
			}
			r.holds()
			r.WantEmpty(app)
			r.Destroy()
		})
	}
}

// TestCredentialsBesideAnError are saved, and the change that was refused is planned again.
func TestCredentialsBesideAnError(t *testing.T) {
	for name, c := range map[string]struct {
		refuse  func(*fakeop.Server)
		journal bool
	}{
		"400 without a journal": {func(s *fakeop.Server) {
			s.EditFaults(func(f *fakeop.Faults) { f.UpdateRefuses = map[string]int{"client_name": 400} })
		}, false},
		"403 with a journal": {func(s *fakeop.Server) {
			s.EditFaults(func(f *fakeop.Faults) { f.UpdateRefuses = map[string]int{"client_name": 403} })
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{Faults: fakeop.Faults{CredentialsBesideErrors: true, RotateTokenOnUpdate: true}}
			settings := attrs{}
			if c.journal {
				settings = journalAt(t)
			}
			r := newSubject(t, server, settings)
			r.Apply(app)
			c.refuse(server)
			r.failing(func() error { return r.TryApply(renamed) })
			r.keeps()
			if got := r.Text("client_name"); got != "App" {
				t.Errorf("client_name is %q after a refused update", got)
			}
			server.EditFaults(func(f *fakeop.Faults) { f.UpdateRefuses = nil })
			r.Apply(renamed)
			r.holds()
			r.WantEmpty(renamed)
		})
	}
}

// TestCredentialsOfAnUnauthorizedAnswer: a 401 that comes with the right client's new token is no dead end.
func TestCredentialsOfAnUnauthorizedAnswer(t *testing.T) {
	for _, status := range []int{401, 500} {
		server := &fakeop.Server{}
		r := newSubject(t, server, nil)
		r.Apply(app)
		token := server.ReissueToken(r.id())
		server.Force(fakeop.OpUpdate, fakeop.Answer{Status: status, Body: `{"error":"x","client_id":"` + r.id() + `","registration_access_token":"` + token + `"}`})
		p, err := r.PlanOnly(renamed)
		if err != nil {
			t.Fatal(err)
		}
		// The plan is from before the token changed, so the read before the update is where it shows.
		server.Force(fakeop.OpRead, fakeop.Answer{Status: status, Body: `{"error":"x","client_id":"` + r.id() + `","registration_access_token":"` + token + `"}`})
		r.Begin()
		err = r.ApplyPlan(p)
		if status == 401 && err != nil && !strings.Contains(err.Error(), "x") {
			t.Errorf("the token of the 401 was not tried: %v", err)
		}
		r.keeps()
	}
}

// TestDeleteThatFails saves what its answers brought.
func TestDeleteThatFails(t *testing.T) {
	t.Run("the client stays", func(t *testing.T) {
		server := &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: 200, DeleteKeepsClient: true, RotateTokenOnRead: true, RotateSecretOnRead: true}}
		r := newSubject(t, server, attrs{"refresh": "always"})
		r.Apply(app)
		r.failing(r.TryDestroy)
		r.holds()
	})
	t.Run("a refusal with credentials", func(t *testing.T) {
		server := &fakeop.Server{}
		r := newSubject(t, server, nil)
		r.Apply(app)
		token := server.ReissueToken(r.id())
		server.Force(fakeop.OpDelete, fakeop.Answer{Status: 500, Body: `{"error":"server_error","client_id":"` + r.id() + `","registration_access_token":"` + token + `"}`})
		r.failing(func() error { return r.Resource.Destroy(t.Context()) })
		r.holds()
		r.Destroy()
	})
	t.Run("after credentials that had to wait", func(t *testing.T) {
		// An update keeps token and secret, so the next is planned with both known; then the server begins to rotate.
		server := &fakeop.Server{}
		r := newSubject(t, server, nil)
		r.Apply(app)
		r.Apply(renamed)
		server.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true})
		r.Apply(app)
		r.tells("Server changed credentials unexpectedly")
		// The deletion rotates the token once more, in its confirming read, and fails.
		server.SetFaults(fakeop.Faults{DeleteStatus: 200, DeleteKeepsClient: true, RotateTokenOnRead: true})
		r.failing(func() error { return r.Resource.Destroy(t.Context()) })
		r.keeps()
		server.SetFaults(fakeop.Faults{})
		r.WantEmpty(app) // not read, since nothing has shown yet that reads rotate no more
		r.keeps()
		r.Apply(renamed)
		r.holds()
	})
}

// TestSecretDoesNotWaitInTheState: credentials that wait in private state obey store_client_secret, too.
func TestSecretDoesNotWaitInTheState(t *testing.T) {
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	r.Apply(renamed)
	server.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true})
	r.Apply(app)
	r.tells("Server changed credentials unexpectedly")
	hidden := app.With(attrs{"store_client_secret": false})
	p, err := r.PlanOnly(hidden) // with -refresh=false
	if err != nil {
		t.Fatal(err)
	}
	if err := r.ApplyPlan(p); err != nil {
		t.Fatal(err)
	}
	secret := server.CurrentSecret(r.id())
	if strings.Contains(r.State.String(), secret) {
		t.Error("the state has the secret")
	}
	if tftest.InPrivate(r.Private, "", secret) {
		t.Error("the private state has the secret")
	}
	if p := r.Plan(hidden); !r.Empty(p) {
		t.Errorf("the plan is not empty: %s", r.Describe(p))
	}
}

// TestRegistrationBesideAnError: a server that made the client and calls it a failure leaves none that Terraform does not know.
func TestRegistrationBesideAnError(t *testing.T) {
	// Two servers with one seed issue the same credentials: the twin tells what the error will have to hold.
	twin := newSubject(t, &fakeop.Server{}, nil)
	twin.Apply(app)
	for name, c := range map[string]struct {
		status int
		error  string
		token  bool
		kept   bool
	}{
		"500 with the whole client":       {500, `"error":"server_error"`, true, true},
		"200 with an error":               {200, `"status":"error"`, true, true},
		"400 with the whole client":       {400, `"error":"invalid_client_metadata"`, true, true},
		"500 with a client_id alone":      {500, `"error":"server_error"`, false, true},
		"a refusal that names the client": {400, `"error":"invalid_client_metadata"`, false, false},
	} {
		for _, journal := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				server := &fakeop.Server{}
				server.Start(t)
				body := `{` + c.error + `,"client_id":"` + twin.id() + `"`
				if c.token {
					uri := strings.Replace(twin.Text("registration_client_uri"), twin.op.URL(), server.URL(), 1)
					body += `,"registration_access_token":"` + twin.Text("registration_access_token") + `","registration_client_uri":"` + uri + `"`
				}
				server.Force(fakeop.OpRegister, fakeop.Answer{Status: c.status, Body: body + "}", Processed: c.kept})
				settings := attrs{}
				if journal {
					settings = journalAt(t)
				}
				r := newSubject(t, server, settings)
				said := r.failing(func() error { return r.TryApply(app) })
				if kept := !r.State.IsNull(); kept != c.kept {
					t.Fatalf("in the state: %v, want %v\n%s", kept, c.kept, said)
				}
				switch {
				case c.token:
					containsAll(t, said, "Client registered, but the server reported an error", "holds a new client, "+twin.id(), "tainted")
				case c.kept: // which may be somebody else's
					containsAll(t, said, "Registration failed, and named a client", "names client "+twin.id(), "tainted", "Ask the server's administrator whose client it is.")
				}
				if !c.token {
					return
				}
				r.Apply(app) // deletes the tainted one
				r.holds()
				if n := len(server.Clients()); n != 1 {
					t.Errorf("%d clients", n)
				}
			})
		}
	}
}
