// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sub", "journal")
	j, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	id, err := j.Begin(ctx, Intent{Endpoint: "e", Fingerprint: "f"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Registered(ctx, id, Entry{ClientID: "c", RegistrationClientURI: "u", RegistrationAccessToken: secret.New("t")}); err != nil {
		t.Fatal(err)
	}
	j.run.vanish()
	k, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := k.Adoptable(ctx, Intent{Endpoint: "e", Fingerprint: "f"})
	t.Log(e, ok, err)
	if err := k.Close(); err != nil || !ok || e.RegistrationAccessToken.Reveal() != "t" {
		t.Fatal(err)
	}
}
