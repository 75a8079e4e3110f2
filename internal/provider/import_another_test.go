// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// The second resource of a run that takes a client over says that another one has it, with a way that ends it; a data source that finds the
// client for the import, and refreshes of one resource, do not count.
func TestImportOfAnotherResourcesClient(t *testing.T) {
	t.Parallel()
	const summary = "Client is another resource's, too"
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, secured())
	r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
	if _, err := r.Rig().ReadData("oidc_client", attrs{"client_id": id, "registration_client_uri": uri}); err != nil {
		t.Fatal(err)
	}
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	r.WantEmpty(secured())
	r.WantEmpty(secured())
	for _, d := range r.Rig().Told() {
		if d.Summary == summary {
			t.Errorf("said of one resource: %s", d.Detail)
		}
	}
	another := &subject{Instance: r.Rig().Another(), t: t, op: s}
	if err := another.tryImport(id); err != nil {
		t.Fatal(err)
	}
	if told := strings.Join(another.told(), "\n") + another.details(); !strings.Contains(told, summary) || !strings.Contains(told, "terraform state rm ADDRESS") {
		t.Errorf("said of the second: %s", told)
	}
	// The way: one resource stays, in runs to come. A run ends with its process.
	another.Drop()
	r.start(attrs{"registration_access_tokens": attrs{id: token}})
	before := len(r.Rig().Told())
	r.WantEmpty(secured())
	if said := r.Rig().Told()[before:]; len(said) > 0 {
		t.Errorf("said after the way: %s", details(said))
	}
}
