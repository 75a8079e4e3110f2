// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// An issuer that the server writes otherwise is taken from the error as it stands there. Another issuer is the operator's to name, and the way to a
// document that speaks for another issuer is taken as it is written, too.
func TestIssuerInAnotherWriting(t *testing.T) {
	t.Parallel()
	begin := func(t *testing.T, f func(issuer string) fakeop.Faults) (*fakeop.Server, *subject) {
		t.Helper()
		op := &fakeop.Server{}
		op.Start(t)
		op.SetFaults(f(op.Issuer()))
		return op, unstarted(t, op)
	}
	slash := func(issuer string) fakeop.Faults { return fakeop.Faults{MetadataIssuer: issuer + "/"} }
	t.Run("issuer", func(t *testing.T) {
		t.Parallel()
		op, r := begin(t, slash)
		r.start(attrs{"issuer": op.Issuer()})
		err := r.TryApply(secured())
		wants(t, err, "names another issuer", "Write issuer as the server does")
		r.start(attrs{"issuer": lineOf(t, err, "issuer")})
		r.Apply(secured())
		r.WantEmpty(secured())
	})
	t.Run("WebFinger", func(t *testing.T) {
		t.Parallel()
		op, r := begin(t, slash)
		r.start(attrs{"webfinger_resource": op.URL()})
		err := r.TryApply(secured())
		wants(t, err, "in place of webfinger_resource")
		r.start(attrs{"issuer": lineOf(t, err, "issuer")})
		r.Apply(secured())
	})
	for name, named := range map[string]string{"a password": "https://joe:canary@true.example/issuer", "a long one": "https://true.example/" + strings.Repeat("a", 400)} {
		t.Run("an issuer that is not shown whole, with "+name, func(t *testing.T) {
			t.Parallel()
			op, r := begin(t, func(string) fakeop.Faults { return fakeop.Faults{MetadataIssuer: named} })
			r.start(attrs{"issuer": op.Issuer()})
			err := r.TryApply(secured())
			wants(t, err, "Ask the server's operator what its issuer is", "copy it from the document")
			containsNone(t, err.Error(), "issuer = ", "issuer          = ", "canary")
			r.start(attrs{"issuer": op.Issuer(), "expected_issuer": named})
			r.Apply(secured())
			r.WantEmpty(secured())
		})
	}
	for name, c := range map[string]struct {
		named func(issuer string) string
		says  string
	}{
		"another than the expected one": {func(string) string { return "https://true.example/issuer" }, "in place of the expected_issuer that is there:"},
		"none was to be expected":       {func(issuer string) string { return issuer }, "The document names the issuer that was asked for. Remove expected_issuer from the provider."},
	} {
		t.Run("an issuer, where "+name, func(t *testing.T) {
			t.Parallel()
			op, r := begin(t, func(issuer string) fakeop.Faults { return fakeop.Faults{MetadataIssuer: c.named(issuer)} })
			r.start(attrs{"issuer": op.Issuer(), "expected_issuer": "https://wrong.example"})
			err := r.TryApply(secured())
			wants(t, err, "names another issuer", c.says)
			settings := attrs{"issuer": op.Issuer()}
			if c.named(op.Issuer()) != op.Issuer() {
				settings["expected_issuer"] = lineOf(t, err, "expected_issuer")
			}
			r.start(settings)
			r.Apply(secured())
			r.WantEmpty(secured())
		})
	}
	t.Run("another issuer than WebFinger's", func(t *testing.T) {
		t.Parallel()
		op, r := begin(t, func(string) fakeop.Faults { return fakeop.Faults{MetadataIssuer: "https://true.example/issuer"} })
		r.start(attrs{"webfinger_resource": op.URL()})
		err := r.TryApply(secured())
		wants(t, err, "set both on the provider, in place of webfinger_resource:")
		r.start(attrs{"expected_issuer": lineOf(t, err, "expected_issuer"), "issuer": lineOf(t, err, "issuer         ")})
		r.Apply(secured())
		r.WantEmpty(secured())
	})
	t.Run("another issuer", func(t *testing.T) {
		t.Parallel()
		op, r := begin(t, func(string) fakeop.Faults { return fakeop.Faults{MetadataIssuer: "https://true.example/issuer"} })
		r.start(attrs{"issuer": op.Issuer()})
		err := r.TryApply(secured())
		wants(t, err, "Ask the server's operator what its issuer is", "set both on the provider:")
		containsNone(t, err.Error(), "\n    issuer = ")
		settings := attrs{"expected_issuer": lineOf(t, err, "expected_issuer"), "issuer": lineOf(t, err, "issuer         ")}
		if settings["issuer"] != op.Issuer() {
			t.Errorf("the lines set %v", settings)
		}
		r.start(settings)
		r.Apply(secured())
		r.WantEmpty(secured())
	})
}
