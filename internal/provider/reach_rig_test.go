// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// These tests are about the way to a server: what the provider's configuration says of it, and what then goes over the wire. They
// drive the plugin protocol; whether a CLI agrees is shown where it can matter (values that are not known yet, parallelism).

// tryStart starts and configures a provider process, with a working directory of its own.
func tryStart(t *testing.T, settings attrs) (*tftest.Rig, error) {
	t.Helper()
	r := newRig(t, nil)
	return r, r.Start(settings)
}

func start(t *testing.T, settings attrs) *tftest.Rig {
	t.Helper()
	r, err := tryStart(t, settings)
	if err != nil {
		t.Fatalf("configuring the provider: %v", err)
	}
	return r
}

// web is a client that every server takes.
var web = attrs{"client_name": "app", "redirect_uris": []string{"https://app.example.com/cb"}, "grant_types": []string{"authorization_code"}}

// planError is what a refresh and a plan fail with.
func planError(c *tftest.Instance, config attrs) error {
	_, err := c.TryPlan(config)
	return err
}

func textOf(v tftypes.Value) string {
	var s string
	if v.IsKnown() && !v.IsNull() {
		_ = v.As(&s)
	}
	return s
}

// wants fails unless err is there and its text has all the words.
func wants(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("there is no error")
		return
	}
	contains(t, err.Error(), words...)
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not said in:\n%s", w, text)
		}
	}
}

// diagnosticsOf are an error's.
func diagnosticsOf(err error) []*tfprotov6.Diagnostic {
	var d tftest.Diagnostics
	errors.As(err, &d)
	return d
}

// imported is a client that was imported and read.
func imported(t *testing.T, r *tftest.Rig, id string) *tftest.Instance {
	t.Helper()
	c := r.Another()
	if err := c.TryImport(&tfprotov6.ImportResourceStateRequest{ID: id}); err != nil {
		t.Fatalf("import: %v", err)
	}
	return c
}
