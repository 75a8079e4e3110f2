// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// TestUnauthorized tells a client that is gone from one whose token is stale, by what the server's other endpoints say.
func TestUnauthorized(t *testing.T) {
	const (
		gone      = "gone"
		alive     = "alive"
		undecided = "undecided"
	)
	public := app.With(attrs{"token_endpoint_auth_method": "none"})
	deleted := func(r *subject) { r.op.RemoveClient(r.id()) }
	stale := func(r *subject) { r.op.ReissueToken(r.id()) }
	revoked := func(r *subject) { r.op.RevokeToken(r.id()) }
	endpointOnly := func(r *subject) attrs {
		return attrs{"issuer": nil, "registration_endpoint": r.op.RegistrationEndpoint()}
	}
	for name, c := range map[string]struct {
		config   attrs
		server   fakeop.Faults
		settings func(*subject) attrs
		happens  []func(*subject)
		want     string
	}{
		"deleted, with a secret":                           {config: app, happens: []func(*subject){deleted}, want: gone},
		"deleted, with client_secret_post":                 {config: app.With(attrs{"token_endpoint_auth_method": "client_secret_post"}), happens: []func(*subject){deleted}, want: gone},
		"deleted service":                                  {config: service, happens: []func(*subject){deleted}, want: gone},
		"deleted, public with a redirect URI":              {config: public, happens: []func(*subject){deleted}, want: gone},
		"deleted, invalid_token under a 400":               {config: app, server: fakeop.Faults{InvalidTokenStatus: 400}, happens: []func(*subject){deleted}, want: gone},
		"deleted, errors without a body":                   {config: app, server: fakeop.Faults{EmptyErrors: true}, happens: []func(*subject){deleted}, want: gone},
		"deleted, errors in HTML":                          {config: app, server: fakeop.Faults{HTMLErrors: true}, happens: []func(*subject){deleted}, want: gone},
		"stale token, with a secret":                       {config: app, happens: []func(*subject){stale}, want: alive},
		"revoked token, with a secret":                     {config: app, happens: []func(*subject){revoked}, want: alive},
		"stale token of a service":                         {config: service, happens: []func(*subject){stale}, want: alive},
		"stale token, public with a redirect URI":          {config: public, happens: []func(*subject){stale}, want: alive},
		"stale token and a new secret, but a redirect URI": {config: app, happens: []func(*subject){stale, func(r *subject) { r.op.ReissueSecret(r.id()) }}, want: alive},
		"stale token and rotated secret of a service": {
			config: service, server: fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
			happens: []func(*subject){
				func(r *subject) { r.Apply(service.With(attrs{"client_name": "Job 2"})) }, // which shows that updates rotate both
				stale, func(r *subject) { r.op.ReissueSecret(r.id()) },
			}, want: undecided,
		},
		"deleted, only the endpoint is known":     {config: app, settings: endpointOnly, happens: []func(*subject){deleted}, want: undecided},
		"stale token, only the endpoint is known": {config: app, settings: endpointOnly, happens: []func(*subject){stale}, want: undecided},
		"the token endpoint tells nothing, nor does the other": {
			config: app, server: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}, happens: []func(*subject){deleted}, want: undecided,
		},
		"an open redirector is no evidence": {
			config: public, server: fakeop.Faults{AuthorizeRedirectsUnknown: true, TokenChecksGrantFirst: true}, happens: []func(*subject){deleted}, want: undecided,
		},
		"a login page for everyone is no evidence": {
			config: public, server: fakeop.Faults{AuthorizeIgnoresPrompt: true, TokenChecksGrantFirst: true}, happens: []func(*subject){deleted}, want: undecided,
		},
	} {
		for _, recreate := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", recreate", false: ""}[recreate], func(t *testing.T) {
				t.Parallel()
				server := &fakeop.Server{Faults: c.server}
				server.Start(t)
				settings := attrs{}
				if c.settings != nil {
					settings = c.settings(&subject{op: server})
				}
				if recreate {
					settings = settings.With(attrs{"on_missing": "recreate"})
				}
				r := newSubject(t, server, settings)
				r.Apply(c.config)
				for _, happen := range c.happens {
					happen(r)
				}
				id, token, secret := r.id(), server.CurrentToken(r.id()), server.CurrentSecret(r.id())
				server.ResetLog()
				plan, err := r.TryPlan(c.config)
				containsNone(t, r.details(), token, secret, r.Text("registration_access_token"), r.Text("client_secret"))
				switch {
				case c.want == gone:
					if err != nil {
						t.Fatal(err)
					}
					containsAll(t, r.tells("Client is gone"), id, "An apply takes it out of the state", server.URL())
				case c.want == undecided && recreate:
					if err != nil {
						t.Fatal(err)
					}
					containsAll(t, r.tells("Client is taken as gone"), id, "left behind", "recreate", "Nothing has been done yet: the apply registers another client")
					if !plan.Unknown("client_id") {
						t.Error("the plan registers no other client")
					}
				case c.want == alive:
					if err == nil {
						t.Fatal("there is no error")
					}
					containsAll(t, r.tells("Registration access token refused"), "the client exists", "registration_access_tokens", id)
				default:
					if err == nil {
						t.Fatal("there is no error")
					}
					containsAll(t, r.tells("Client is gone, or its token is outdated"), "registration_access_tokens", `on_missing = "keep"`, `on_missing = "recreate"`, id)
				}
				if removed := r.State.IsNull(); removed != (c.want == gone) {
					t.Errorf("removed from the state: %v", removed)
				}
				// The probes are standard requests, few, and none of them changes anything.
				if n := server.CountOf(fakeop.OpToken) + server.CountOf(fakeop.OpAuthorize); n > 6 {
					t.Errorf("%d probes", n)
				}
				if n := server.CountOf(fakeop.OpRegister) + server.CountOf(fakeop.OpUpdate) + server.CountOf(fakeop.OpDelete); n != 0 {
					t.Errorf("a refresh made %d changing requests", n)
				}
			})
		}
	}
}

// TestDeletedWithGoneStatus: a client that is gone is forgotten where its server answers 404 or 410, too: after the second witness.
func TestDeletedWithGoneStatus(t *testing.T) {
	for _, status := range []int{404, 410} {
		server := &fakeop.Server{Faults: fakeop.Faults{GoneStatus: status}}
		r := newSubject(t, server, nil)
		r.Apply(app)
		server.RemoveClient(r.id())
		r.Begin()
		if err := r.Reread(); err != nil {
			t.Fatal(err)
		}
		if !r.State.IsNull() {
			t.Errorf("%d: the client stays in the state", status)
		}
		if server.CountOf(fakeop.OpToken) == 0 {
			t.Errorf("%d was believed without a second witness", status)
		}
	}
}

// TestOtherRefusals never drop a client that lives, whatever on_missing says.
func TestOtherRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		answer fakeop.Answer
		gone   bool
		err    string // "" for a warning at most
		told   string
	}{
		"404":          {fakeop.Answer{Status: 404}, false, "", "exists"},
		"410":          {fakeop.Answer{Status: 410}, false, "", "exists"},
		"403":          {fakeop.Answer{Status: 403, Body: `{"error":"insufficient_scope","error_description":"not from this network"}`}, false, "not from this network", "does not allow this operation"},
		"405":          {fakeop.Answer{Status: 405}, false, "", "does not support"},
		"501":          {fakeop.Answer{Status: 501}, false, "", "does not support"},
		"400":          {fakeop.Answer{Status: 400, Body: `{"error":"bad_format"}`}, false, "bad_format", ""},
		"500":          {fakeop.Answer{Status: 500}, false, "500", "The server failed"},
		"another's":    {fakeop.Answer{Status: 200, Body: `{"client_id":"another"}`}, false, "another client", ""},
		"an error 200": {fakeop.Answer{Status: 200, Body: `{"status":"error","msg":"no such client"}`}, false, "no such client", ""},
		"HTML 200":     {fakeop.Answer{Status: 200, Body: "<html><title>Sign in</title></html>"}, false, "HTML", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := &fakeop.Server{}
			r := newSubject(t, server, attrs{"on_missing": "recreate"}) // which is about open questions alone
			r.Apply(app)
			server.Force(fakeop.OpRead, c.answer)
			_, err := r.TryPlan(app)
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err != "" && err == nil:
				t.Fatal("there is no error")
			case c.err != "":
				containsAll(t, err.Error(), c.err, r.id())
			}
			if r.State.IsNull() != c.gone {
				t.Errorf("removed from the state: %v, want %v", !c.gone, c.gone)
			}
			containsAll(t, r.details(), c.told)
			// 404, 410 and a 400 to a read have two readings.
			asks := c.answer.Status == 404 || c.answer.Status == 410 || c.answer.Status == 400
			if n := server.CountOf(fakeop.OpToken) + server.CountOf(fakeop.OpAuthorize); (n != 0) != asks {
				t.Errorf("%d probes", n)
			}
		})
	}
}

// TestGoneIsProposedAnew: the plan after a deletion at the server creates the client, and nothing is asked twice.
func TestGoneIsProposedAnew(t *testing.T) {
	for _, status := range []int{0, 404, 410} {
		server := &fakeop.Server{Faults: fakeop.Faults{GoneStatus: status}}
		r := newSubject(t, server, nil)
		r.Apply(app)
		server.RemoveClient(r.id())
		r.Apply(app)
		r.holds()
		r.WantEmpty(app)
		if n := len(server.Clients()); n != 1 {
			t.Errorf("%d clients", n)
		}
	}
}

// TestDeletedByThisProvider needs no evidence where a journal has it: another process's state still knows the client.
func TestDeletedByThisProvider(t *testing.T) {
	server := &fakeop.Server{}
	settings := journalAt(t)
	r := newSubject(t, server, settings)
	r.Apply(app)
	other := r.beside(settings)
	r.Destroy()
	server.ResetLog()
	if err := other.Reread(); err != nil || !other.State.IsNull() {
		t.Errorf("%v; removed from the state: %v", err, other.State.IsNull())
	}
	if n := server.CountOf(fakeop.OpToken) + server.CountOf(fakeop.OpAuthorize); n != 0 {
		t.Errorf("%d probes", n)
	}
}

// TestDeleteOfAGoneClient is what was wanted, whatever status says so; with a stale token it is an error.
func TestDeleteOfAGoneClient(t *testing.T) {
	for _, status := range []int{0, 404, 410} {
		server := &fakeop.Server{Faults: fakeop.Faults{GoneStatus: status}}
		r := newSubject(t, server, nil)
		r.Apply(app)
		server.RemoveClient(r.id())
		if err := r.Resource.Destroy(t.Context()); err != nil || !r.State.IsNull() {
			t.Errorf("%d: %v", status, err)
		}
	}
	server := &fakeop.Server{}
	r := newSubject(t, server, nil)
	r.Apply(app)
	server.ReissueToken(r.id())
	said := r.failing(func() error { return r.Resource.Destroy(t.Context()) })
	containsAll(t, said, "registration_access_tokens", r.id())
	if r.State.IsNull() || len(server.Clients()) != 1 {
		t.Error("the client was given up")
	}
}

// TestDeletionWhoseAnswerWasLost is repeated, and a 401 to the repetition says two things again.
func TestDeletionWhoseAnswerWasLost(t *testing.T) {
	for name, c := range map[string]struct {
		config    attrs
		faults    fakeop.Faults
		processed bool // the first time
		stale     bool
		stays     bool
	}{
		"made the first time":                  {config: app, processed: true},
		"made the first time, nothing tells":   {config: app, faults: fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}, processed: true},
		"made the second time":                 {config: app},
		"never made, since the token is stale": {config: service, stale: true, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: c.faults}
			r := newSubject(t, server, attrs{"max_retries": 2})
			r.Apply(c.config)
			if c.stale {
				server.ReissueToken(r.id())
			}
			lost := fakeop.Answer{Cut: fakeop.CutConnection, Processed: c.processed}
			server.Force(fakeop.OpDelete, lost, lost)
			err := r.Resource.Destroy(t.Context())
			if (err != nil) != c.stays || r.State.IsNull() == c.stays {
				t.Errorf("%v; in the state: %v", err, !r.State.IsNull())
			}
			if got := len(server.Clients()) == 1; got != c.stays {
				t.Errorf("at the server: %v", got)
			}
		})
	}
}
