// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// toldOfEchoes is all that is told in the life of a client at a server that answers each request with an echo, but for the one that registers it.
func toldOfEchoes(t *testing.T, configuration attrs, echo fakeop.Answer, changes ...attrs) string {
	t.Helper()
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	told := ""
	tell := func(err error) {
		if err != nil {
			told += err.Error()
		}
		told += r.details()
	}
	r.op.Force(fakeop.OpRegister, echo)
	tell(r.TryApply(configuration))
	r.Apply(configuration)
	everywhere := fakeop.Faults{}
	everywhere.Reading.Calls, everywhere.Updating.Calls, everywhere.Deletion.Calls = fakeop.Always(echo), fakeop.Always(echo), fakeop.Always(echo)
	r.op.SetFaults(everywhere)
	_, err := r.TryPlan(configuration)
	tell(err)
	for _, change := range changes {
		tell(r.TryApply(configuration.With(change).With(attrs{"refresh": "never"})))
	}
	tell(r.Resource.Destroy(t.Context()))
	if !strings.Contains(told, "Server said:") {
		t.Errorf("nothing is told of the server's answers: the test shows nothing")
	}
	return strings.ToLower(told)
}

// Nor does a value of extension_metadata, which may come from a sensitive variable, get into a diagnostic by a server that repeats it.
func TestEchoedExtensionsAreNotTold(t *testing.T) {
	t.Parallel()
	const canary = "c4nary7q"
	configuration := secured().With(attrs{"extension_metadata": attrs{"x_text": canary, "x_deep": attrs{"a": []any{canary + "/2"}}}})
	for name, echo := range echoes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range []string{canary, strings.ToUpper(canary), canary + "/2"} {
				told := toldOfEchoes(t, configuration, echo(value), attrs{"client_name": "App 2"}, attrs{"extension_metadata": attrs{"x_text": "other"}})
				containsNone(t, told, canary)
			}
		})
	}
}

// Nor does a parameter that is sensitive by its row: whoever holds a software statement can register as that software (RFC 7591 §2.3).
func TestEchoedSensitiveParametersAreNotTold(t *testing.T) {
	t.Parallel()
	const canary = "c4nary7qc4nary7qc4nary7q"
	for _, p := range metadata.All() {
		if !p.Sensitive {
			continue
		}
		given := map[string]string{"software_statement": "eyJhbGciOiJFUzI1NiJ9.eyJzb2Z0d2FyZV9pZCI6ImEtcmF0aGVyLWxvbmctaWQifQ." + canary}[p.Name]
		if given == "" {
			t.Fatalf("%s is sensitive, and the test has no value for it", p.Name)
		}
		configuration := secured().With(attrs{p.Name: given})
		for name, echo := range echoes {
			t.Run(p.Name+", "+name, func(t *testing.T) {
				t.Parallel()
				for _, value := range []string{given, given[:len(given)*2/3], given[len(given)/3:]} {
					told := toldOfEchoes(t, configuration, echo(value), attrs{"client_name": "App 2"})
					middle := strings.ToLower(given[len(given)/3 : len(given)*2/3])
					containsNone(t, told, canary, middle[:len(middle)/2], middle[len(middle)/2:])
				}
			})
		}
	}
}
