// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// lineOf is a setting as an error's way out has it: name = "value".
func lineOf(t *testing.T, err error, name string) string {
	t.Helper()
	if err == nil {
		t.Fatalf("there is no error that names %s", name)
	}
	m := regexp.MustCompile(`(?m)^ +` + regexp.QuoteMeta(name) + ` = "(.*)"$`).FindStringSubmatch(err.Error())
	if m == nil {
		t.Fatalf("no way out sets %s:\n%v", name, err)
	}
	return m[1]
}

// The ways to the right server, each taken as the message has it.
func TestWaysToAServer(t *testing.T) {
	t.Parallel()
	t.Run("an issuer as the server writes it", func(t *testing.T) {
		t.Parallel()
		op := &fakeop.Server{}
		op.Start(t)
		r := newSubject(t, op, nil)
		err := r.configure(attrs{"issuer": op.Issuer() + "/.well-known/openid-configuration"})
		if err := r.configure(attrs{"issuer": lineOf(t, err, "issuer")}); err != nil {
			t.Fatal(err)
		}
		r.Apply(secured())
	})
	t.Run("an endpoint that is not published", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{NoRegistrationEndpoint: true}}, nil)
		err := r.TryApply(secured())
		if example := lineOf(t, err, "registration_endpoint"); !strings.HasPrefix(example, "https://") {
			t.Errorf("the example is %q", example)
		}
		if err := r.configure(attrs{"issuer": r.op.Issuer(), "registration_endpoint": r.op.Issuer() + "/register"}); err != nil {
			t.Fatal(err)
		}
		r.Apply(secured())
	})
	t.Run("an endpoint that has moved", func(t *testing.T) {
		t.Parallel()
		op := &fakeop.Server{}
		op.Start(t)
		moved := httptest.NewServer(http.RedirectHandler(op.Issuer()+"/register", http.StatusTemporaryRedirect))
		t.Cleanup(moved.Close)
		r := newSubject(t, op, attrs{"registration_endpoint": moved.URL})
		err := r.TryApply(secured())
		if err := r.configure(attrs{"registration_endpoint": lineOf(t, err, "registration_endpoint")}); err != nil {
			t.Fatal(err)
		}
		r.Apply(secured())
	})
	for name, answer := range map[string]fakeop.Answer{"a page": fakeop.Welcome(), "nothing there": fakeop.NotFoundPage()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", answer.MediaType)
				w.WriteHeader(answer.Status)
				_, _ = w.Write([]byte(answer.Body))
			}))
			t.Cleanup(other.Close)
			r := newSubject(t, op, attrs{"registration_endpoint": other.URL})
			err := r.TryApply(secured())
			lineOf(t, err, "registration_endpoint")
			if err := r.configure(attrs{"registration_endpoint": op.Issuer() + "/register"}); err != nil {
				t.Fatal(err)
			}
			r.Apply(secured())
		})
	}
}

// The ways of a document that the server refuses.
func TestWaysOfARefusedDocument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer     fakeop.Answer
		says       string
		bad, fixed attrs
		refuses    string
	}{
		"a parameter that is named": {fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":"contacts is not supported"}`},
			"Change or remove the parameter that the server names", attrs{"contacts": []string{"ops@example.com"}}, attrs{}, "contacts"},
		"without a word": {fakeop.Answer{Status: 400}, "Remove parameters, one after the other", attrs{"contacts": []string{"ops@example.com"}}, attrs{}, "contacts"},
		"a redirect URI": {fakeop.Answer{Status: 400, Body: `{"error":"invalid_redirect_uri"}`},
			"Compare redirect_uris with what the server allows", attrs{"redirect_uris": []string{"https://bad.example.com/"}}, attrs{"redirect_uris": []string{"https://app.example.com/"}}, "bad.example.com"},
		"a software statement": {fakeop.Answer{Status: 400, Body: `{"error":"invalid_software_statement"}`},
			"Get a new software statement from its issuer", attrs{"software_statement": "b2xk.b2xk.b2xk"}, attrs{"software_statement": "e30.e30.c2ln"}, "b2xk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			r.op.Force(fakeop.OpRegister, test.answer)
			err := r.TryApply(secured().With(test.bad))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("the way %q is not named: %v", test.says, err)
			}
			if n := len(r.op.Clients()); n != 0 {
				t.Errorf("%d clients were registered", n)
			}
			r.op.ResetLog()
			r.Apply(secured().With(test.fixed))
			for _, sent := range r.op.Requests() {
				if strings.Contains(string(sent.Body), test.refuses) {
					t.Errorf("%s %s has what the server refused", sent.Method, sent.Path)
				}
			}
			r.WantEmpty(secured().With(test.fixed))
		})
	}
}

// The ways of a configuration that cannot be used.
func TestWaysOfAConfiguration(t *testing.T) {
	t.Parallel()
	basic := attrs{"username": "u", "password": "p"}
	for name, test := range map[string]struct {
		bad, fixed attrs
		says       string
	}{
		"two servers":                {attrs{"issuer": "https://as.example.com", "webfinger_resource": "as.example.com"}, attrs{"issuer": "https://as.example.com"}, "Remove webfinger_resource, or the two others."},
		"two credentials":            {attrs{"initial_access_token": "t", "basic_auth": basic}, attrs{"basic_auth": basic}, "Keep one of them and remove the others."},
		"no user name":               {attrs{"basic_auth": attrs{"password": "p"}}, attrs{"basic_auth": basic}, "Set username in basic_auth"},
		"no client_id":               {attrs{"client_credentials": attrs{"client_secret": "s"}}, attrs{"client_credentials": attrs{"client_id": "c", "client_secret": "s"}}, "Set client_id in client_credentials"},
		"a template of no URL":       {attrs{"client_configuration_uri_template": "clients/{client_id}"}, attrs{"client_configuration_uri_template": "https://as.example.com/clients/{client_id}"}, "Or with an absolute https URL:"},
		"a template of a path":       {attrs{"client_configuration_uri_template": "clients/{client_id}"}, attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}, "Begin it with the registration endpoint:"},
		"a template of all alike":    {attrs{"client_configuration_uri_template": "https://as.example.com/clients"}, attrs{"client_configuration_uri_template": "{registration_endpoint}/{client_id}"}, "Put it where the identifier belongs"},
		"a header of no name":        {attrs{"headers": attrs{"X Api Key": "k"}}, attrs{"headers": attrs{"X-Api-Key": "k"}}, `headers = { "X-Api-Key" = var.api_key }`},
		"a header of the provider's": {attrs{"headers": attrs{"content-length": "1", "X-A": "k"}}, attrs{"headers": attrs{"X-A": "k"}}, "Remove it: the provider sets it itself"},
		"a header in two writings":   {attrs{"headers": attrs{"x-api-key": "wrong", "X-Api-Key": "k"}}, attrs{"headers": attrs{"X-Api-Key": "k"}}, "Remove one of the two."},
		"a management of its own":    {attrs{"management": "provider_credentials"}, attrs{"management": "auto"}, `management = "auto"`},
		"no credential to do this":   {attrs{"management": "provider_credentials"}, attrs{"management": "provider_credentials", "initial_access_token": "t"}, "initial_access_token = var.initial_access_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			op.Start(t)
			r := unstarted(t, op)
			if err := r.configure(test.bad); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("the way %q is not named: %v", test.says, err)
			}
			if err := r.configure(test.fixed); err != nil {
				t.Errorf("the way does not help: %v", err)
			}
		})
	}
	t.Run("a name that is none", func(t *testing.T) {
		t.Parallel()
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{Substitute: map[string]any{"token_endpoint_auth_method": "client_secret_basic"}}}, nil)
		warned := func(name string) bool {
			r.Begin()
			r.Plan(secured().With(attrs{"accept_substitutions": []string{name}}))
			for _, d := range r.Said() {
				if strings.Contains(d.Detail, "Check the spelling") {
					return true
				}
			}
			return false
		}
		if !warned("token_endpoint_auth_metod") || warned("token_endpoint_auth_method") {
			t.Error("the warning does not follow the spelling")
		}
		r.Apply(secured().With(attrs{"accept_substitutions": []string{"token_endpoint_auth_method"}}))
	})
}

// A client that goes between a plan and its apply is registered anew by the next plan, as the message says.
func TestGoneSinceThePlan(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(secured())
	planned := r.Plan(secured().With(attrs{"client_name": "App 2"}))
	first := r.id()
	r.op.RemoveClient(first)
	err := r.ApplyPlan(planned)
	if err == nil || !strings.Contains(err.Error(), "Plan again. The new plan registers the client anew") {
		t.Fatalf("the way is not named: %v", err)
	}
	r.Apply(secured().With(attrs{"client_name": "App 2"}))
	if n := len(r.op.Clients()); n != 1 || r.id() == first {
		t.Errorf("%d clients, and the state has %s", n, r.id())
	}
	r.WantEmpty(secured().With(attrs{"client_name": "App 2"}))
}

// Two resources that a server gives one client are parted as the message says.
func TestOneClientOfTwoResources(t *testing.T) {
	t.Parallel()
	public := attrs{"client_name": "App", "redirect_uris": []string{"https://app.example.com/"}, "token_endpoint_auth_method": "none"}
	first := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: 200, SameMetadataSameClient: true}}, nil)
	first.Apply(public)
	second := &subject{Instance: first.Rig().Another(), t: t, op: first.op}
	second.Apply(public)
	var told string
	for _, d := range second.Said() {
		told += d.Detail
	}
	if second.id() != first.id() || !strings.Contains(told, "terraform state rm ADDRESS") {
		t.Fatalf("%s and %s are one client, and it is told: %s", first.id(), second.id(), told)
	}
	second.Drop() // terraform state rm
	other := public.With(attrs{"client_name": "App 2"})
	second.Apply(other)
	if n := len(first.op.Clients()); n != 2 || second.id() == first.id() {
		t.Errorf("%d clients", n)
	}
	first.WantEmpty(public)
	second.WantEmpty(other)
}

// Which of two secrets is in force is told by the token endpoint, which an issuer leads to.
func TestWaysToASecret(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	op.Start(t)
	r := newSubject(t, op, attrs{"registration_endpoint": op.Issuer() + "/register"})
	r.Apply(secured())
	issued := op.ReissueSecret(r.id())
	r.Begin()
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	var named error
	for _, d := range r.Said() {
		named = errors.Join(named, errors.New(d.Detail))
	}
	lineOf(t, named, "issuer")
	if r.Text("client_secret") == issued {
		t.Fatal("the secret was taken without a proof")
	}
	if err := r.configure(attrs{"issuer": op.Issuer(), "registration_endpoint": op.Issuer() + "/register"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Reread(); err != nil {
		t.Fatal(err)
	}
	if r.Text("client_secret") != issued {
		t.Error("the secret that is in force is not in the state")
	}
}

// A server that asks for HTTP Basic takes no token.
func TestWayOfABasicChallenge(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{BasicUser: "u", BasicPassword: "p"}, nil)
	err := r.TryApply(secured())
	if err == nil {
		t.Fatal("no credential is needed")
	}
	containsAll(t, err.Error(), "asks for HTTP Basic", "basic_auth = { username = ")
	containsNone(t, err.Error(), "var.initial_access_token")
	if err := r.configure(attrs{"basic_auth": attrs{"username": "u", "password": "p"}}); err != nil {
		t.Fatal(err)
	}
	r.Apply(secured())
}
