// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

const tokenLife = 5 * time.Minute

// tokenTeller is a way in which a server lets it be known that its registration access tokens expire.
type tokenTeller struct {
	prepare func(*fakeop.Server)
	says    string
}

func tokenTellers(t *testing.T) map[string]tokenTeller {
	t.Helper()
	const expiry = "expired on 2026-01-01T00:05:00Z"
	return map[string]tokenTeller{
		"a member": {func(s *fakeop.Server) { s.Faults.Credentials.TellsTokenLifetime = true }, expiry},
		"the token itself": {func(s *fakeop.Server) {
			s.Token = func(n int) string { return expiringToken(t, s.Clock().Add(tokenLife), n) }
		}, expiry},
		"its refusal": {func(s *fakeop.Server) {
			s.Faults.Credentials.InvalidTokenCode = "expired_token"
		}, "The server says that the token has expired"},
	}
}

func expiringToken(t *testing.T, at time.Time, n int) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(jwt.Claims{Expiry: jwt.NewNumericDate(at), ID: strings.Repeat("x", n)}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// expiring is a client whose token has expired since its registration.
func expiring(t *testing.T, teller tokenTeller, settings attrs) (*subject, *clock) {
	t.Helper()
	c := &clock{now: fakeop.Epoch}
	s := &fakeop.Server{TokenLifetime: tokenLife, Clock: c.read, AdminToken: "admin"}
	teller.prepare(s)
	r := newSubject(t, s, settings)
	r.Apply(app)
	r.WantEmpty(app)
	r.silent()
	c.now = c.now.Add(tokenLife + time.Second)
	return r, c
}

// A registration access token that has expired is tried once, and its refusal says that it has expired, in a plan, an update and a
// destroy, with the ways that work, each of which is gone here.
func TestExpiredTokenIsToldWithWaysThatWork(t *testing.T) {
	t.Parallel()
	admin := attrs{"initial_access_token": "admin"}
	for name, teller := range tokenTellers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := expiring(t, teller, admin)
			r.op.ResetLog()
			said := r.failing(func() error { _, err := r.TryPlan(app); return err })
			containsAll(t, said, "Registration access token refused", teller.says, "so the client exists", "A new token may expire, too",
				`registration_access_tokens = { "`+r.id()+`" = `, `refresh = "never"`, `management = "none"`, `management = "provider_credentials"`)
			containsNone(t, said, "another program", "an answer was lost")
			if n := r.op.CountOf(fakeop.OpRead); n != 1 {
				t.Errorf("%d reads with a token that has expired", n)
			}
			containsAll(t, r.failing(func() error { return r.Resource.Destroy(t.Context()) }), teller.says, `registration_access_tokens = { "`+r.id()+`" = `, `management = "none"`)

			t.Run("refresh = never", func(t *testing.T) {
				other := r.beside(admin)
				other.t = t
				config := app.With(attrs{"refresh": "never"})
				other.Apply(config) // which asks the server nothing
				other.WantEmpty(config)
				other.silent()
				said := other.failing(func() error { return other.TryApply(config.With(attrs{"client_name": "B"})) })
				containsAll(t, said, teller.says, "so the client exists", `management = "provider_credentials"`)
			})
			t.Run("management = none", func(t *testing.T) {
				other := r.beside(attrs{"management": "none"})
				other.t = t
				other.WantEmpty(app)
				other.silent()
			})
			t.Run("management = provider_credentials", func(t *testing.T) {
				other := r.beside(admin.With(attrs{"management": "provider_credentials"}))
				other.t = t
				other.WantEmpty(app)
				other.Apply(renamed)
				other.Apply(app)
			})
			t.Run("registration_access_tokens", func(t *testing.T) {
				other := r.beside(attrs{"registration_access_tokens": attrs{r.id(): r.op.ReissueToken(r.id())}})
				other.t = t
				other.WantEmpty(app)
				other.Apply(renamed)
				other.start(nil)
				other.WantEmpty(renamed)
				other.Destroy()
			})
		})
	}
}

// A token of which an answer said that it has expired by now may still be good: the clocks of two machines differ.
func TestExpiredTokenIsTriedAllTheSame(t *testing.T) {
	t.Parallel()
	c := &clock{now: fakeop.Epoch}
	s := &fakeop.Server{TokenLifetime: tokenLife, Clock: func() time.Time { return fakeop.Epoch }, Faults: fakeop.Faults{Credentials: fakeop.CredentialFaults{TellsTokenLifetime: true}}}
	s.Start(t)
	r := &subject{Instance: newRigBy(t, func() *testclock.Clock { return testclock.New(c.read) }).Instance(theClient), t: t, op: s}
	r.start(nil)
	r.Apply(app)
	c.now = c.now.Add(time.Hour)
	r.WantEmpty(app)
	r.silent()
	r.Apply(renamed)
	r.Destroy()
}

// A token that was renewed is judged by its own lifetime, and one that is refused for another reason is not called expired.
func TestRenewedTokenIsNotCalledExpired(t *testing.T) {
	t.Parallel()
	c := &clock{now: fakeop.Epoch}
	s := &fakeop.Server{TokenLifetime: tokenLife, Clock: c.read, Faults: fakeop.Faults{
		RotateTokenOnUpdate: true, Credentials: fakeop.CredentialFaults{TellsTokenLifetime: true},
	}}
	r := newSubject(t, s, nil)
	r.Apply(app)
	c.now = c.now.Add(4 * time.Minute)
	r.Apply(renamed)
	c.now = c.now.Add(4 * time.Minute)
	r.WantEmpty(renamed)
	r.silent()
	r.op.ReissueToken(r.id())
	said := r.failing(func() error { _, err := r.TryPlan(renamed); return err })
	containsAll(t, said, "another program may have replaced it")
	containsNone(t, said, "expired")
}

// An import with a token that says itself that it has expired tells so.
func TestImportWithExpiredToken(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	id, uri, _ := registeredBefore(t, op, app)
	r := newRig(t, op)
	token := expiringToken(t, fakeop.Epoch.Add(-time.Hour), 1)
	if err := r.Start(attrs{"issuer": op.Issuer(), "registration_access_tokens": map[string]any{id: token}}); err != nil {
		t.Fatal(err)
	}
	err := r.Import(theClient, uri)
	if err == nil {
		t.Fatal("the import succeeds")
	}
	containsAll(t, err.Error(), "expired on 2025-12-31T23:00:00Z")
}

// A server that fails over a token that has expired is told of with both, since the one may come of the other.
func TestExpiredTokenBesideAServerThatFails(t *testing.T) {
	t.Parallel()
	for name, teller := range tokenTellers(t) {
		if name == "its refusal" {
			continue // there is none
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, c := expiring(t, teller, attrs{"max_retries": 0})
			r.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: 500}) })
			plan := func() error { _, err := r.TryPlan(app); return err }
			containsAll(t, r.failing(plan), "Client not readable", ": 500 ", teller.says, "That may be why the server fails", "The server failed")
			c.now = fakeop.Epoch.Add(time.Minute)
			containsNone(t, r.failing(plan), "expired")
		})
	}
}
