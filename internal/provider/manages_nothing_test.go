// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that was registered without management, at a server that has none, and settings by which the provider's credentials manage clients: the one apply that looks there
// fails, and says that another one goes on. So it does, with and without a change.
func TestAServerThatManagesNothingAfterAll(t *testing.T) {
	t.Parallel()
	template := attrs{"initial_access_token": "token", "client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
	promise := attrs{"initial_access_token": "token", "management": "provider_credentials"}
	signIn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Sign in</title>"))
	}))
	t.Cleanup(signIn.Close)
	app := fakeop.Answer{Status: http.StatusOK, MediaType: "text/html", Body: "<title>App</title>"}
	away := fakeop.Answer{Status: http.StatusFound, Header: http.Header{"Location": {signIn.URL}}, MediaType: "text/html", Body: "<title>Found</title>"}
	page, login := fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(app)}}, fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(away)}}
	for name, c := range map[string]struct {
		before, after attrs
		told          string
		behind        fakeop.Faults
	}{
		"a template":                           {nil, template, "at the address that client_configuration_uri_template gives", fakeop.Faults{}},
		"a template, and no witness":           {nil, template, "whether it exists is not known", undecidedServer},
		"a template and a promise":             {promise, promise.With(template), "at the address that client_configuration_uri_template gives", fakeop.Faults{}},
		"a promise, after none":                {attrs{"management": "none"}, promise, "at {registration_endpoint}/{client_id}, which is asked where client_configuration_uri_template is not set", fakeop.Faults{}},
		"a template that leads to a page":      {nil, template, "could not be read at the address that client_configuration_uri_template gives", page},
		"a template that leads to a login":     {nil, template, "could not be read at the address that client_configuration_uri_template gives", login},
		"the default address leads to a page":  {attrs{"management": "none"}, promise, "at {registration_endpoint}/{client_id}, which is asked where client_configuration_uri_template is not set", page},
		"the default address leads to a login": {attrs{"management": "none"}, promise, "at {registration_endpoint}/{client_id}, which is asked where client_configuration_uri_template is not set", login},
		"a template that is always":            {nil, template.With(attrs{"refresh": "always"}), "", fakeop.Faults{}}, // the plan tells it
	} {
		for change, more := range map[string]attrs{"": nil, "and a change": {"client_name": "Another"}} {
			t.Run(strings.TrimSpace(name+" "+change), func(t *testing.T) {
				t.Parallel()
				op := &fakeop.Server{Management: fakeop.ManagementOff, AdminToken: "token"}
				if len(c.behind.Reading.Calls) > 0 {
					op.Management = fakeop.ManagementByCredential // behind what answers in its place
				}
				op.Start(t)
				r := newSubject(t, op, attrs{"max_retries": 0}.With(c.before))
				r.Apply(secured())
				id, config := r.id(), secured().With(more)
				op.SetFaults(c.behind)
				r.start(attrs{"max_retries": 0}.With(c.after))
				if c.told != "" {
					err := r.TryApply(config)
					containsNone(t, err.Error(), "on_missing")
					if c.after["client_configuration_uri_template"] != nil {
						containsNone(t, err.Error(), "which is asked where", "/PATH/")
						wants(t, err, "correct the template where it is set")
					}
					wants(t, err, c.told, "From now on the client counts again as one that the server does not manage",
						"If the server manages no clients, apply again. A client that is to be changed is replaced then:")
					r.start(attrs{"max_retries": 0}.With(c.after))
				}
				r.Apply(config)
				if (r.id() != id) != (more != nil) {
					t.Errorf("client %s is now %s", id, r.id())
				}
				r.WantEmpty(config)
			})
		}
	}
}

// An outage at such an address says nothing of whether the server manages clients there: the next apply asks again, and manages the client.
func TestAnOutageWhereATemplateHasAClient(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Management: fakeop.ManagementByCredential, AdminToken: "token"}
	op.Start(t)
	settings := attrs{"max_retries": 0, "initial_access_token": "token", "client_configuration_uri_template": "{registration_endpoint}/{client_id}"}
	r := newSubject(t, op, attrs{"max_retries": 0, "management": "none", "initial_access_token": "token"})
	r.Apply(secured())
	id, config := r.id(), secured().With(attrs{"client_name": "Another"})
	op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.Unavailable(0)) })
	r.start(settings)
	containsNone(t, r.TryApply(config).Error(), "If the server manages no clients", "From now on")
	op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = nil })
	r.start(settings)
	r.Apply(config)
	if r.WantEmpty(config); r.id() != id || r.registered()["client_name"] != "Another" {
		t.Errorf("client %s is now %s, with %v", id, r.id(), r.registered())
	}
}
