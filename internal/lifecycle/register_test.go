// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"errors"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
)

func TestNameTaken(t *testing.T) {
	t.Parallel()
	refusal := func(status int, code, description string) error {
		return &dcr.Error{Operation: dcr.Register, Status: status, Code: code, Description: description}
	}
	for _, c := range []struct {
		err  error
		name string
		want bool
	}{
		{refusal(400, "invalid_client_metadata", "Application with the name shop already exist in the system"), "shop", true},
		{refusal(400, "invalid_client_metadata", "client_name must be unique"), "shop", true},
		{refusal(400, "", "'my shop' is taken"), "my shop", true},
		{refusal(409, "", ""), "shop", true},
		{refusal(400, "invalid_client_metadata", "client_name is required"), "shop", false},
		{refusal(400, "invalid_client_metadata", "The Application name: already is not valid! It is not adhering to the regex: x"), "already", false},
		{refusal(400, "invalid_client_metadata", "Client id workshop already exist in the system"), "shop", false},
		{refusal(400, "invalid_client_metadata", "shop-2 already exists"), "shop", false},
		{refusal(400, "invalid_client_metadata", "a redirect_uri already exists"), "r", false},
		{refusal(400, "invalid_redirect_uri", "client_name already exists"), "shop", false},
		{refusal(500, "", "shop already exists"), "shop", false},
		{refusal(409, "", ""), "", false},
		{&dcr.Error{Operation: dcr.Update, Status: 409}, "shop", false},
		{errors.New("shop already exists"), "shop", false},
	} {
		if got := nameTaken(c.err, c.name); got != c.want {
			t.Errorf("%v for %q: %t", c.err, c.name, got)
		}
	}
}
