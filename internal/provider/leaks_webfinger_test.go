// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"
)

// A credential in the query of an account's address is not told.
func TestKeyInTheQueryOfAWebFingerResource(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(resource string) error{
		"data": func(resource string) error {
			_, err := start(t, attrs{"issuer": "http://127.0.0.1:1", "max_retries": 0}).ReadData("oidc_discovery", attrs{"resource": resource})
			return err
		},
		"provider": func(resource string) error {
			return start(t, attrs{"webfinger_resource": resource, "max_retries": 0}).Another().TryApply(secured())
		},
	} {
		err := read("http://127.0.0.1:1/joe?api_key=S3cr3tCanary12")
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		if strings.Contains(err.Error(), "S3cr3tCanary12") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
