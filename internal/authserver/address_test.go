// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import "testing"

func TestEscapeID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"c1": "c1", "a/b?c&d=e+f#g": "a%2Fb%3Fc%26d%3De%2Bf%23g", "my client": "my%20client", "..": "%2E%2E", "a.b~c_d-e": "a.b~c_d-e", "ü": "%C3%BC",
	} {
		if got := EscapeID(id); got != want {
			t.Errorf("%q: %s, want %s", id, got, want)
		}
		// What a template made of an id is read out of the address again, whichever of the two places it stands in.
		for _, template := range []string{DefaultURITemplate, "{registration_endpoint}?client_id={client_id}"} {
			uri := fillTemplate(template, Target{RegistrationEndpoint: "https://as.example/register/"}, id)
			if got := namedBy(uri); got != id {
				t.Errorf("%s names %q, want %q", uri, got, id)
			}
		}
	}
}

func TestNamedByNothing(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "https://as.example:port/c", "https://as.example/%zz"} {
		if got := namedBy(uri); got != "" {
			t.Errorf("%s names %q", uri, got)
		}
	}
}

func TestCheckTemplate(t *testing.T) {
	t.Parallel()
	for template, usable := range map[string]bool{
		DefaultURITemplate: true, "{registration_endpoint}/": false, "{registration_endpoint}?client_id={client_id}": true, "https://as.example/clients/{client_id}": true,
		"http://as.example/clients/{client_id}": true, "https://as.example/{client_id}/{client_id}": true, "{client_id}": false, "/clients/{client_id}": false,
		"{issuer}/clients/{client_id}": false, "{registration_endpoint}/{tenant}/{client_id}": false, "https://as.example/{client_id": false, "https://as.example/{{client_id}}": false,
		"https://u:p@as.example/{client_id}": false, "as.example/{client_id}": false, "{registration_endpoint}/a b/{client_id}": false, "ftp://as.example/{client_id}": false,
		"{registration_endpoint}/{client_id}\n": false, "https://as.example/register#{client_id}": false, "https://{client_id}.as.example/": true,
	} {
		if err := CheckTemplate(template); (err == nil) != usable {
			t.Errorf("%q: %v", template, err)
		}
	}
}
