// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that an update has made public has no secret at the server: nothing expires, and nothing is renewed. The way that the warning of an
// expiry names, and a rotation, deregister a client that works, for one that gets no secret either.
func TestNothingIsRenewedOfAClientThatWasMadePublic(t *testing.T) {
	t.Parallel()
	for name, rotates := range map[string]bool{"a new secret with each update": true, "the same secret for ever": false} {
		for method, more := range map[string]attrs{"none": {}, "private_key_jwt": {"jwks_uri": "https://app.example.com/jwks"}} {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				s := &fakeop.Server{SecretLifetime: 20 * day, Faults: fakeop.Faults{RotateSecretOnUpdate: rotates}}
				r := newSubject(t, s, nil)
				config := secured().With(attrs{"rotate_secret_when": attrs{"quarter": "1"}, "renew_secret_before": "24h"})
				r.Apply(config)
				first := r.id()
				public := config.With(attrs{"token_endpoint_auth_method": method}).With(more)
				r.Apply(public)
				r.WantEmpty(public)
				if got := r.Value("client_secret_expires_at"); !got.IsNull() {
					t.Errorf("client_secret_expires_at is %s, and the client has no secret", got)
				}
				before := len(r.Rig().Told())
				advised := public.With(attrs{"renew_secret_before": nil})
				r.Plan(advised)
				for _, d := range r.Rig().Told()[before:] {
					if strings.Contains(d.Summary, "expires") {
						t.Errorf("said of a client without a secret: %s", d.Summary)
					}
				}
				for what, changed := range map[string]attrs{
					"rotation": public.With(attrs{"rotate_secret_when": attrs{"quarter": "2"}}),
					"renewal":  public.With(attrs{"renew_secret_before": "479h59m"}),
				} {
					if r.anew(r.Plan(changed)) {
						t.Errorf("%s replaces a client that has no secret", what)
					}
				}
				r.Apply(public.With(attrs{"rotate_secret_when": attrs{"quarter": "2"}}))
				if r.id() != first {
					t.Errorf("the rotation made client %s of %s", r.id(), first)
				}
			})
		}
	}
}

// Where reads replace the secret, the plan after an update that takes the secret away is empty.
func TestAPlanAfterASecretIsTakenAwayIsEmpty(t *testing.T) {
	t.Parallel()
	for method, more := range map[string]attrs{"none": {}, "private_key_jwt": {"jwks_uri": "https://app.example.com/jwks"}} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RotateSecretOnRead: true}}, nil)
			r.Apply(secured())
			changed := secured().With(attrs{"token_endpoint_auth_method": method}).With(more)
			r.Apply(changed)
			r.WantEmpty(changed)
		})
	}
}

// A server that demands the secret in updates and shows it in no read, and a client whose secret is not stored: no parameter of the
// configuration helps, and the ways that the message names do, as written.
func TestAnUpdateThatNeedsASecretThatIsNotStored(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{UpdateNeedsSecret: true, OmitSecretOnRead: true}}, nil)
	config := secured().With(attrs{"store_client_secret": false})
	r.Apply(config)
	first := r.id()
	err := r.TryApply(config.With(attrs{"client_name": "App 2"}))
	wants := func(what string) {
		t.Helper()
		if err == nil || strings.Contains(err.Error(), "Change or remove the parameter") || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "terraform apply -replace=ADDRESS") {
			t.Fatalf("the error: %v", err)
		}
	}
	wants("store_client_secret = true")
	// To store the secret is not enough: nothing shows it any more.
	config = secured().With(attrs{"store_client_secret": true, "client_name": "App 2"})
	err = r.TryApply(config)
	wants("whose secret is known from its registration")
	r.Destroy() // terraform apply -replace=ADDRESS
	r.Apply(config)
	r.WantEmpty(config)
	if r.id() == first {
		t.Error("the client was not replaced")
	}
	second := config.With(attrs{"client_name": "App 3"})
	r.Apply(second)
	r.WantEmpty(second)
}

// At a server that answers the metadata of a client that it has with that client, no second one stands beside the first. The way that the
// error names brings a new secret, where the old client is deregistered first.
func TestARotationAtAServerThatRegistersNoSecondClient(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{SameClient: true}}}, nil)
	config := secured().With(attrs{"rotate_secret_when": attrs{"quarter": "1"}})
	r.Apply(config)
	r.Apply(config.With(attrs{"client_name": "App 2"})) // updates keep the secret here
	config = config.With(attrs{"client_name": "App 2", "rotate_secret_when": attrs{"quarter": "2"}})
	before := r.Text("client_secret")
	err := r.TryApply(config)
	if err == nil || !strings.Contains(err.Error(), "Server registers no second client") || !strings.Contains(err.Error(), "remove create_before_destroy") {
		t.Fatalf("the error: %v", err)
	}
	r.Destroy() // terraform apply -replace=ADDRESS
	r.Apply(config)
	r.WantEmpty(config)
	if after := r.Text("client_secret"); after == before || after != r.op.CurrentSecret(r.id()) {
		t.Errorf("the secret is %q and was %q", after, before)
	}
}

// The same of a client whose secret is not stored: its expiry goes, and the update that ends it is not taken for one that issues secrets.
func TestNoExpiryIsLeftOfASecretThatIsNotStored(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]fakeop.Faults{"shown": {}, "rotating reads": {RotateSecretOnRead: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{SecretLifetime: 20 * day, Faults: f}, nil)
			config := secured().With(attrs{"store_client_secret": false, "renew_secret_before": "24h"})
			r.Apply(config)
			public := config.With(attrs{"token_endpoint_auth_method": "none"})
			r.Apply(public)
			r.WantEmpty(public)
			if got := r.Value("client_secret_expires_at"); !got.IsNull() {
				t.Errorf("client_secret_expires_at is %s", got)
			}
			r.Apply(config) // which issues a secret anew
			r.WantEmpty(config)
			if got := r.Value("client_secret_expires_at"); got.IsNull() || r.Text("client_secret") != "" {
				t.Errorf("client_secret_expires_at is %s, and client_secret %q", got, r.Text("client_secret"))
			}
		})
	}
}
