// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Where the answer to an update is lost, so is a secret that it held and that no read shows. Nothing else will say so.
func TestALostUpdateTellsOfTheSecret(t *testing.T) {
	t.Parallel()
	f := fakeop.Faults{RotateSecretOnUpdate: true, OmitSecretOnRead: true}
	r := newSubject(t, &fakeop.Server{Faults: f}, attrs{"max_retries": 0})
	r.Apply(secured())
	r.op.Force(fakeop.OpUpdate, fakeop.Lost())
	if err := r.TryApply(secured().With(attrs{"client_name": "App 2"})); err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), "client secret that reads do not show") {
		t.Errorf("the secret is not told of: %v", err)
	}
}
