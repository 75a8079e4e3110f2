// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import "testing"

func TestQueryURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, endpoint, name, want string }{
		{DefaultQueryTemplate, "https://as.example/register/", "a&b=c d", "https://as.example/register?client_name=a%26b%3Dc%20d"},
		{DefaultQueryTemplate, "https://as.example/register?tenant=x", "{client_name}", "https://as.example/register?tenant=x&client_name=%7Bclient_name%7D"},
		{"https://as.example/clients/{client_name}", "https://as.example/register", "..", "https://as.example/clients/%2E%2E"},
	} {
		if got := queryURL(c.template, c.endpoint, c.name); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
