// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server may have its clients at an origin that is neither its issuer's nor its registration endpoint's, and refuse a request without a token in whatever way. A template that
// is written out says that they are there, so that the import needs no identity. It is in the error as it has to be.
func TestImportByAnAddressAtAThirdOrigin(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"forbidden": http.StatusForbidden, "not found": http.StatusNotFound} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			third := newSite(t, behind(op).ServeHTTP)
			op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = third.URL })
			id, uri, token := registeredBefore(t, op, secured())
			if !strings.HasPrefix(uri, third.URL) {
				t.Fatalf("the client is at %s", uri)
			}
			op.EditFaults(func(f *fakeop.Faults) { f.MissingTokenStatus = status })
			settings := attrs{"registration_access_tokens": attrs{uri: token}, "max_retries": 0}
			r := newSubject(t, op, settings)
			byID := &tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: uri}
			imported, _ := r.importAndRead(byID)
			told := details(imported)
			containsAll(t, told, "may be the client_id of a client", "also before 1.12, where the provider's server has its clients at such addresses")
			containsNone(t, told, "Run it again")
			_, line, _ := strings.Cut(told, `client_configuration_uri_template = "`)
			line, _, _ = strings.Cut(line, `"`)
			r.start(settings.With(attrs{"client_configuration_uri_template": line}))
			imported, read := r.importAndRead(byID)
			if failed(imported) || failed(read) || r.id() != id {
				t.Errorf("with %s: %s", line, details(append(imported, read...)))
			}
		})
	}
}

// An outage tells nothing of what a URL is, and passes: the error says so, and the import goes on then. A template that leads elsewhere makes no address the provider's own.
func TestImportByAnAddressElsewhereDuringAnOutage(t *testing.T) {
	t.Parallel()
	away, home := &fakeop.Server{Seed: "away"}, &fakeop.Server{Seed: "home"}
	home.Start(t)
	id, uri, token := registeredBefore(t, away, secured())
	for name, answer := range map[string]fakeop.Answer{"an outage": {Status: 503}, "cut off": {Cut: fakeop.CutConnection}} {
		away.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(answer)}})
		r := newSubject(t, home, attrs{
			"registration_access_tokens": attrs{uri: token}, "max_retries": 0, "client_configuration_uri_template": "https://third.example.com/clients/{client_id}",
		})
		away.ResetLog()
		byID := &tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: uri}
		imported, _ := r.importAndRead(byID)
		containsAll(t, details(imported), "no answer from there tells whether it asks for a registration access token", "Run it again: the failure may pass.", "may be the client_id of a client")
		containsNone(t, details(imported), "does not ask for")
		for _, q := range away.Requests() {
			if q.Credential != "" {
				t.Errorf("%s: %s %s got a token", name, q.Method, q.Path)
			}
		}
		away.SetFaults(fakeop.Faults{})
		imported, read := r.importAndRead(byID)
		if failed(imported) || failed(read) || r.id() != id {
			t.Errorf("after %s: %s", name, details(append(imported, read...)))
		}
	}
}
