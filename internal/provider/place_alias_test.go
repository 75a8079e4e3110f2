// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The registration endpoint of a server is its own with and without mutual TLS.
func TestMutualTLSAlias(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"issuer, then endpoint", "issuer, then alias", "endpoint, then issuer", "endpoint, then alias", "certificate since"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{TLS: true, MTLSAliases: true}
			op.Start(t)
			certificate, key := op.ClientCertificate("terraform")
			base := attrs{"issuer": op.Issuer(), "ca_certificate": op.CACertificate(), "max_retries": 0}
			with := base.With(attrs{"client_certificate": certificate, "client_key": key})
			settings := with
			if where == "certificate since" {
				settings = base
			}
			r := newSubject(t, op, settings)
			plain := op.RegistrationEndpoint()
			issuer, endpoint := attrs{"issuer": op.Issuer()}, attrs{"registration_endpoint": plain}
			before, after := issuer, endpoint
			if strings.HasPrefix(where, "endpoint, then issuer") {
				before, after = endpoint, issuer
			}
			r.Apply(secured().With(before))
			r.start(with)
			p, err := r.TryPlan(secured().With(after))
			if err != nil {
				t.Fatal(err)
			}
			if p.Replaces {
				t.Errorf("replaced; told %q", r.details())
			}
		})
	}
}

// The provider names its server by the other address of its endpoint.
func TestProvidersAlias(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"issuer", "registration_endpoint"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{TLS: true, MTLSAliases: true}
			op.Start(t)
			certificate, key := op.ClientCertificate("terraform")
			base := attrs{"ca_certificate": op.CACertificate(), "max_retries": 0, "client_certificate": certificate, "client_key": key}
			one, two := attrs{"issuer": op.Issuer()}, attrs{"registration_endpoint": op.RegistrationEndpoint()}
			if first != "issuer" {
				one, two = two, one
			}
			r := newSubject(t, op, base.With(one))
			r.Apply(secured())
			r.start(base.With(two))
			r.Begin()
			_, err := r.TryPlan(secured())
			if told := r.details(); told != "" || err != nil {
				t.Errorf("%v; told %s", err, told)
			}
		})
	}
}
