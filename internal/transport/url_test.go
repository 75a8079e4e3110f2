// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"testing"
)

func TestCheckURL(t *testing.T) {
	for raw, want := range map[string]struct{ strict, lax Kind }{
		"https://as.example/register":     {},
		"HTTPS://as.example":              {},
		"https://as.example:8443/p?q=1":   {},
		"https://[2001:db8::1]:8443/":     {},
		"http://127.0.0.1:8080/":          {},
		"http://127.8.9.1/":               {},
		"http://[::1]:8080/":              {},
		"http://localhost/":               {},
		"http://LOCALHOST:1/":             {},
		"http://localhost.:1/":            {strict: InsecureURL},
		"http://as.example/":              {strict: InsecureURL},
		"http://localhost.example/":       {strict: InsecureURL},
		"http://127.0.0.1.example/":       {strict: InsecureURL},
		"http://10.0.0.1/":                {strict: InsecureURL},
		"http://0.0.0.0/":                 {strict: InsecureURL},
		"":                                {BadURL, BadURL},
		"/register":                       {BadURL, BadURL},
		"as.example/register":             {BadURL, BadURL},
		"as.example:8080":                 {BadURL, BadURL},
		"//as.example/":                   {BadURL, BadURL},
		"https:///register":               {BadURL, BadURL},
		"https:as.example":                {BadURL, BadURL},
		"https://:443/":                   {BadURL, BadURL},
		"ftp://as.example/":               {BadURL, BadURL},
		"file:///etc/passwd":              {BadURL, BadURL},
		"https://user:pass@as.example/":   {BadURL, BadURL},
		"https://as.example/%zz":          {BadURL, BadURL},
		"https://as.example/\x00":         {BadURL, BadURL},
		"https://as.example:port/":        {BadURL, BadURL},
		"http://user@127.0.0.1/":          {BadURL, BadURL},
		"https://as.example/a b?x=y#frag": {},
	} {
		for lax, kind := range map[bool]Kind{false: want.strict, true: want.lax} {
			err := CheckURL(raw, lax)
			if kind == 0 && err != nil || kind != 0 && (err == nil || kindOf(t, err).Kind != kind) {
				t.Errorf("CheckURL(%q, %v) = %v, want kind %d", raw, lax, err, kind)
			}
		}
	}
}
