// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import "testing"

// The line is a template, with the client_id where the address has it, however that is written there; where the address has none, there is no line.
func TestTheTemplateOfAnAddressHasTheClientIDInItsPlace(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://op.example.net/register/app1":                          "https://op.example.net/register/{client_id}",
		"https://op.example.net/register?client_id=app1":                "https://op.example.net/register?client_id={client_id}",
		"https://op.example.net/register?client_id=urn:app:1":           "https://op.example.net/register?client_id={client_id}",
		"https://op.example.net/register?client_id=urn%3aapp%3A1":       "https://op.example.net/register?client_id={client_id}",
		"https://op.example.net/register?client_id=a+b&v=1":             "https://op.example.net/register?client_id={client_id}&v=1",
		"https://op.example.net/register?v=1&client_id=a%20b":           "https://op.example.net/register?v=1&client_id={client_id}",
		"https://op.example.net/register?other_client_id=x&client_id=x": "https://op.example.net/register?other_client_id=x&client_id={client_id}",
		"https://op.example.net/register?client%5Fid=x":                 "https://op.example.net/register?client%5Fid={client_id}",
		"https://op.example.net/register?client_id=":                    "",
		"https://op.example.net/register?v=1":                           "",
		"https://op.example.net/{tenant}/register/app1":                 "",
		"https://op.example.net/{tenant}/register?client_id=app1":       "",
		"https://op.example.net/":                                       "",
		"urn:app:1":                                                     "",
	} {
		if want != "" {
			want = `client_configuration_uri_template = "` + want + `"`
		}
		if got := templateOf(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}
