// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// secretServer is a server by what it does with the client secret of a client that is managed, or is not.
type secretServer struct {
	op       fakeop.Server
	settings attrs
	managed  bool
	shows    bool // a read shows the secret
}

func secretServers() map[string]func() secretServer {
	const lifetime = 90 * day
	return map[string]func() secretServer{
		"a new secret with each update": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime, Faults: fakeop.Faults{RotateSecretOnUpdate: true}}, managed: true, shows: true}
		},
		"the same secret for ever": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime}, managed: true, shows: true}
		},
		"a secret that no read shows": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime, Faults: fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true, OmitSecretOnUpdate: true}}, managed: true}
		},
		"no updates": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime, Faults: fakeop.Faults{UpdateStatus: 405}}, managed: true, shows: true}
		},
		"no management": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime, Management: fakeop.ManagementOff}}
		},
		"management turned down": func() secretServer {
			return secretServer{op: fakeop.Server{SecretLifetime: lifetime}, settings: attrs{"management": "none"}}
		},
	}
}

// secretCase is one change of what is stored, beside what asks for a new secret.
type secretCase struct {
	before, after bool // store_client_secret
	renews        string
	also          bool // another change in the same apply
}

func (c secretCase) name() string {
	return fmt.Sprintf("stored %t then %t, %s, another change %t", c.before, c.after, c.renews, c.also)
}

// store_client_secret, management, renewal and rotation in all combinations: what is planned is what comes, the state has the secret
// that is in force, or none where it is not to have it, and says so where it cannot. Nothing is left to do, and nothing at the server.
func TestStoredSecretInAllCombinations(t *testing.T) {
	t.Parallel()
	for name, server := range secretServers() {
		for _, before := range []bool{true, false} {
			for _, after := range []bool{true, false} {
				for _, renews := range []string{"nothing new", "renewal", "rotation"} {
					for _, also := range []bool{false, true} {
						c := secretCase{before, after, renews, also}
						t.Run(name+"/"+c.name(), func(t *testing.T) {
							t.Parallel()
							s := server()
							c.run(t, &s)
						})
					}
				}
			}
		}
	}
}

func (c secretCase) run(t *testing.T, s *secretServer) {
	now := fakeop.Epoch
	s.op.Clock = func() time.Time { return now }
	s.op.Start(t)
	r := newRig(t, &s.op)
	config := attrs{
		"redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "client_secret_basic",
		"store_client_secret": c.before, "rotate_secret_when": attrs{"a": "1"}, "renew_secret_before": "240h",
	}
	one := func() map[string]attrs { return map[string]attrs{theClient: config} }
	step := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, b := range r.Broken() {
			t.Fatalf("%s: %s", what, b)
		}
	}
	process := func() {
		t.Helper()
		step("configure", r.Start(attrs{"issuer": s.op.Issuer(), "max_retries": 0}.With(s.settings)))
	}
	process()
	step("register", r.Apply(one()))
	c.holds(t, "registered", r, s, c.before)
	id, secret := r.Text(theClient, "client_id"), s.op.CurrentSecret(r.Text(theClient, "client_id"))

	config = config.With(attrs{"store_client_secret": c.after})
	if c.also {
		config = config.With(attrs{"client_name": "Another"})
	}
	switch c.renews {
	case "renewal":
		now = now.Add(81 * day)
	case "rotation":
		config = config.With(attrs{"rotate_secret_when": attrs{"a": "2"}})
	}
	process()
	c.settle(t, r, one(), step)
	if fresh := r.Text(theClient, "client_id") != id || s.op.CurrentSecret(id) != secret; c.renews != "nothing new" && !fresh {
		t.Errorf("%s brings no new secret", c.renews)
	}
	known := c.after && (c.before || s.shows || r.Text(theClient, "client_id") != id || s.op.CurrentSecret(id) != secret)
	c.holds(t, "changed", r, s, known)
	told := slices.ContainsFunc(r.Told(), func(d *tfprotov6.Diagnostic) bool { return d.Summary == "Client secret is not known any more" })
	if want := c.after && !known; told != want {
		t.Errorf("told that the secret is not known: %t, want %t\n%s", told, want, tftest.Diagnostics(r.Told()).Error())
	}
	process()
	left, err := r.Changes(one())
	step("plan", err)
	if len(left) > 0 {
		t.Errorf("left to do: %q", left)
	}
	c.holds(t, "refreshed", r, s, known)
	if s.managed {
		// Another state takes the client over.
		id := r.Text(theClient, "client_id")
		token := s.op.ReissueToken(id)
		uri := r.Text(theClient, "registration_client_uri")
		r.Forget(theClient)
		step("configure", r.Start(attrs{"issuer": s.op.Issuer(), "max_retries": 0, "registration_access_tokens": attrs{id: token}}))
		step("import", r.Import(theClient, uri))
		c.settle(t, r, one(), step)
		c.holds(t, "imported", r, s, c.after && s.shows)
	}
	step("destroy", r.Destroy())
	if n := len(s.op.Clients()); s.managed && n != 0 {
		t.Errorf("%d clients are left", n)
	}
}

// settle applies until a server that shows only by an update what it does has shown it.
func (c secretCase) settle(t *testing.T, r *tftest.Rig, config map[string]attrs, step func(string, error)) {
	t.Helper()
	for range 3 {
		err := r.Apply(config)
		if err != nil && (strings.Contains(err.Error(), "Server does not support updates of clients") || strings.Contains(err.Error(), "Server kept the client secret")) {
			continue
		}
		step("apply", err)
		if empty, err := r.Plan(config); err == nil && empty {
			return
		}
	}
	t.Errorf("the change comes to no end")
}

// holds compares the secret of the state, attributes and private state, with the one in force.
func (c secretCase) holds(t *testing.T, when string, r *tftest.Rig, s *secretServer, stored bool) {
	t.Helper()
	current := s.op.CurrentSecret(r.Text(theClient, "client_id"))
	if got := r.Text(theClient, "client_secret"); stored && got != current || !stored && got != "" {
		t.Errorf("%s: client_secret is %q, in force is %q, to be stored: %t", when, got, current, stored)
	}
	if !stored && r.Keeps(theClient, "client_secret", current) {
		t.Errorf("%s: the state keeps the secret", when)
	}
}

// A secret of no end, stored or not: each rotation brings a new one, or says that the server keeps it, and where updates bring one, no other client
// is registered.
func TestRotationsOfASecretOfNoEnd(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fakeop.Faults{
		"shown": {}, "shown by updates": {OmitSecretOnRead: true}, "never shown": {OmitSecretOnRead: true, OmitSecretOnUpdate: true},
		"replaced by updates": {RotateSecretOnUpdate: true}, "replaced by updates, and not read": {RotateSecretOnUpdate: true, OmitSecretOnRead: true},
	} {
		for _, stored := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", stored ", stored), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Faults: f}, nil)
				config := secured().With(attrs{"store_client_secret": stored, "rotate_secret_when": attrs{"a": "0"}})
				r.Apply(config)
				r.start(nil)
				r.Apply(config.With(attrs{"client_name": "Another"}))
				for i := range 3 {
					id, before := r.id(), r.op.CurrentSecret(r.id())
					r.start(nil)
					err := r.TryApply(config.With(attrs{"client_name": "Another", "rotate_secret_when": attrs{"a": strconv.Itoa(i + 1)}}))
					fresh := r.id() != id || r.op.CurrentSecret(r.id()) != before
					if kept := err != nil && strings.Contains(err.Error(), "Server kept the client secret"); fresh == kept {
						t.Errorf("rotation %d: a new secret: %t; %v", i, fresh, err)
					}
					if f.RotateSecretOnUpdate && (r.id() != id || err != nil) {
						t.Errorf("rotation %d: updates bring a new secret, and client %s is %s: %v", i, id, r.id(), err)
					}
				}
			})
		}
	}
}

// A server that was updated and keeps its secrets: one that the state gave up comes back with the apply that asks for it, whatever else that
// apply changes, and nobody is told that it changed.
func TestSecretComesBackAfterAnUpdate(t *testing.T) {
	t.Parallel()
	for _, lifetime := range []time.Duration{0, 90 * day} {
		for name, change := range map[string]attrs{"alone": {}, "with another change": {"client_name": "other"}} {
			t.Run(fmt.Sprint(name, ", ", lifetime), func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{SecretLifetime: lifetime}, nil)
				r.Apply(app)
				without := app.With(attrs{"client_uri": "https://app.example.com/", "renew_secret_before": "1h", "store_client_secret": false})
				r.Apply(without)
				again := without.With(attrs{"store_client_secret": true}).With(change)
				r.Apply(again)
				if got, want := r.Text("client_secret"), r.op.CurrentSecret(r.id()); got != want {
					t.Errorf("client_secret is %q, in force is %q", got, want)
				}
				r.silent()
				r.WantEmpty(again)
				r.silent()
			})
		}
	}
}

// Where a secret cannot come back into the state, each way that the warning names ends the matter.
func TestSecretThatIsNotKnownAnyMore(t *testing.T) {
	t.Parallel()
	for name, server := range map[string]*fakeop.Server{"no management": {Management: fakeop.ManagementOff}, "hidden": {Faults: fakeop.Faults{OmitSecretOnRead: true, OmitSecretOnUpdate: true}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const warning = "warning store_client_secret: Client secret is not known any more"
			r := newSubject(t, server, nil)
			stored := func(stored bool) attrs {
				return secured().With(attrs{"token_endpoint_auth_method": "client_secret_basic", "store_client_secret": stored})
			}
			r.Apply(stored(false))
			r.Apply(stored(true))
			if !slices.Contains(r.told(), warning) || r.Text("client_secret") != "" {
				t.Fatalf("the secret is %q, told is %q", r.Text("client_secret"), r.told())
			}
			r.WantEmpty(stored(true))
			if len(r.told()) != 0 {
				t.Errorf("a plan tells it again: %q", r.told())
			}
			// Back, and nothing is told.
			r.Apply(stored(false))
			r.WantEmpty(stored(false))
			if slices.Contains(r.told(), warning) {
				t.Errorf("told %q", r.told())
			}
			// Another client, as -replace makes it.
			r.Tainted = true
			r.Apply(stored(true))
			if r.Text("client_secret") != r.op.CurrentSecret(r.id()) {
				t.Error("the new client's secret is not in the state")
			}
		})
	}
	t.Run("a public client", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Management: fakeop.ManagementOff}, nil)
		config := attrs{"redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "none"}
		r.Apply(config.With(attrs{"store_client_secret": false}))
		r.Apply(config)
		if len(r.told()) != 0 {
			t.Errorf("a client without a secret is told of: %q", r.told())
		}
	})
}

// A hash that reads show in the secret's place is told of where the state takes it for the secret, and once: where no secret is stored, there is
// nothing to tell, and each plan would.
func TestDoubtfulSecretIsToldWhereItIsStored(t *testing.T) {
	t.Parallel()
	const warning = "warning client_secret: Client secret may be a hash or a mask"
	config := secured().With(attrs{"token_endpoint_auth_method": "client_secret_basic"})
	t.Run("not stored", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{HashedSecretOnRead: true}}, nil)
		unstored := config.With(attrs{"store_client_secret": false})
		r.Apply(unstored)
		for range 2 {
			r.start(nil)
			r.WantEmpty(unstored)
			r.Apply(unstored.With(attrs{"client_name": "Another " + r.id()}))
			r.Apply(unstored)
			if told := r.told(); len(told) != 0 {
				t.Errorf("told %q", told)
			}
		}
	})
	t.Run("stored", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{HashedSecretOnRead: true}}, nil)
		r.Apply(config)
		other := newSubject(t, r.op, attrs{"registration_access_tokens": map[string]any{r.id(): r.Text("registration_access_token")}})
		if err := other.tryImport(r.id()); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(other.told(), warning) {
			t.Errorf("the import tells %q", other.told())
		}
		other.Apply(config)
		other.start(nil)
		other.WantEmpty(config)
		if slices.Contains(other.told(), warning) {
			t.Errorf("a plan tells it again: %q", other.told())
		}
	})
}
