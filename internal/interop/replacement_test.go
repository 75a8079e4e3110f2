// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withoutManagement is what Terraform can do where a server registers and no more: a change is a replacement, and a
// destruction leaves the client, of which it warns.
func (l *life) withoutManagement(t *testing.T) {
	l.doc["client_name"] = "interop-app-2"
	l.configure(t, l.doc)
	l.replace(t)
	l.leftBehind(t)
}

// leftBehind destroys what the server does not deregister.
func (l *life) leftBehind(t *testing.T) {
	h := l.handle(t)
	l.left(t, l.run(t, 0, "destroy", "-auto-approve", "-json"), h)
	if l.client(t) != nil {
		t.Error("the state still has the client")
	}
}

// left wants a client that Terraform is done with to be gone from the server, or, where no client can be deregistered, a
// warning that names it.
func (l *life) left(t *testing.T, warnings []diagnostic, h Handle) {
	t.Helper()
	warned := slices.ContainsFunc(warnings, func(d diagnostic) bool {
		return d.Severity == "warning" && strings.Contains(d.Detail, h.ClientID) && strings.Contains(d.Summary+" "+d.Detail, "stays at the server")
	})
	if stays := !l.instance.Can.Delete; warned != stays {
		t.Errorf("a warning that the client %q stays behind: %t, want %t: %+v", h.ClientID, warned, stays, warnings)
	}
	if ok, err := l.instance.Exists(t.Context(), h); err != nil || ok == l.instance.Can.Delete {
		t.Errorf("the server's word on a client that Terraform is done with: %t, %v", ok, err)
	}
}

// replace applies the configuration where the server has no update. Whether a server has one may show only when an update
// is tried: then the apply fails, says so and changes nothing, and the plan after it proposes the replacement.
func (l *life) replace(t *testing.T) []diagnostic {
	t.Helper()
	before := l.handle(t)
	c := l.plan(t)
	if c != nil && l.instance.Can.Read && slices.Equal(c.Actions, []string{"update"}) && !c.replaces() {
		wantError(t, l.run(t, 1, "apply", "-auto-approve", "-json"), "does not support updates", before.ClientID, "replaces the client")
		if diff := cmp.Diff(before, l.handle(t)); diff != "" {
			t.Errorf("the refused update left another handle in the state (-before +after):\n%s", diff)
		}
		l.exists(t, true)
		c = l.plan(t)
	}
	if !c.replaces() {
		t.Fatalf("the plan is no replacement: %+v", c)
	}
	warnings := l.apply(t)
	l.report.substituted(warnings)
	after := l.handle(t)
	if after.ClientID == before.ClientID {
		t.Errorf("the replacement is %q again", after.ClientID)
	}
	l.left(t, warnings, before)
	l.exists(t, true)
	l.wantEmptyPlan(t)
	return warnings
}
