// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// issuing is an issuer of its own that names a server's registration endpoint as its own. It reports whether its token endpoint was asked, and
// answers with errors once it fails.
func issuing(t *testing.T, op *fakeop.Server) (issuer string, asked, fails *atomic.Bool) {
	t.Helper()
	asked, fails = new(atomic.Bool), new(atomic.Bool)
	issuer = served(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case req.URL.Path == "/token":
			asked.Store(true)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error": "invalid_client"}`)
		case fails.Load():
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = fmt.Fprintf(w, `{"issuer": %q, "registration_endpoint": %q, "token_endpoint": %q}`, issuer, op.RegistrationEndpoint(), issuer+"/token")
		}
	}))
	return issuer, asked, fails
}

// The secret of a client that was registered at one issuer is not for another one, whatever registration endpoint that one names.
func TestSecretIsNotForAnIssuerThatNamesTheEndpoint(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	issuer, asked, _ := issuing(t, op)
	r := newSubject(t, op, attrs{"max_retries": 0})
	r.Apply(secured())
	r.Apply(secured().With(attrs{"registration_endpoint": op.RegistrationEndpoint()}))
	config := secured().With(attrs{"issuer": issuer})
	if r.Plan(config).Replaces {
		t.Fatal("the plan replaces a client at one registration endpoint")
	}
	r.Apply(config)
	op.ReissueSecret(r.id())
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	_ = r.TryApply(config.With(attrs{"client_name": "App 2"}))
	if asked.Load() {
		t.Error("the client's secret was sent to the other issuer's token endpoint")
	}
}

// Where the provider and the resource name another server at once, the client is still where it was registered, and each refresh says so.
func TestClientOfAnotherServerThanBothName(t *testing.T) {
	t.Parallel()
	op, other := &fakeop.Server{}, startedOther(t)
	r := newSubject(t, op, attrs{"max_retries": 0})
	r.Apply(secured())
	r.start(attrs{"issuer": other.Issuer(), "max_retries": 0})
	r.Apply(secured().With(attrs{"issuer": other.Issuer()}))
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	r.wantSays("Client is of another server than")
}

// An import's first apply may change nothing but settings of this provider, and tells which server is meant, too.
func TestImportMovesAfterAnApplyOfSettings(t *testing.T) {
	t.Parallel()
	op, other := &fakeop.Server{}, startedOther(t)
	elsewhere(t, op)
	r, _, _ := importedClient(t, op, attrs{})
	config := secured().With(attrs{"timeouts": attrs{"read": "5m"}})
	r.Apply(config)
	r.WantEmpty(config)
	if !r.Plan(config.With(attrs{"issuer": other.Issuer()})).Replaces {
		t.Error("the client stays where it is")
	}
}

// The endpoint of the provider's issuer names the same server, also while nobody can say so, as where the endpoint is set because of that.
func TestImportStaysAtTheEndpointOfAnIssuerThatFails(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	elsewhere(t, op)
	id, uri, token := registeredBefore(t, op, secured())
	issuer, _, fails := issuing(t, op)
	settings := attrs{"issuer": issuer, "max_retries": 0, "registration_access_tokens": attrs{uri: token}}
	r := newSubject(t, op, settings)
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	config := secured().With(attrs{"client_name": "App 2"})
	r.Apply(config)
	fails.Store(true)
	r.start(settings)
	config = config.With(attrs{"registration_endpoint": op.RegistrationEndpoint()})
	r.stays(op, id, config)
}
