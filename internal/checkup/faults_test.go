// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// faultsOneByOne are all misbehaviours of the test server that are switched on by a bool, each alone, and the forced answers to each
// operation.
func faultsOneByOne() map[string]fakeop.Faults {
	all := map[string]fakeop.Faults{}
	var switches func(at reflect.Type, index []int, name string)
	switches = func(at reflect.Type, index []int, name string) {
		for i := range at.NumField() {
			field, path := at.Field(i), append(slices.Clone(index), i)
			switch field.Type.Kind() { //nolint:exhaustive // the others are no switches
			case reflect.Struct:
				switches(field.Type, path, name+field.Name+".")
			case reflect.Bool:
				var f fakeop.Faults
				reflect.ValueOf(&f).Elem().FieldByIndex(path).SetBool(true)
				all[name+field.Name] = f
			}
		}
	}
	switches(reflect.TypeFor[fakeop.Faults](), nil, "")
	for name, answer := range map[string]fakeop.Answer{
		"a page of a proxy": fakeop.BadGateway(), "an error": fakeop.InternalError(), "a dropped connection": fakeop.Dropped(), "a lost answer": fakeop.Lost(),
		"a torn answer": fakeop.Torn(), "a login": fakeop.LoginPage(), "not found": fakeop.NotFoundPage(), "a welcome": fakeop.Welcome(),
		"gone": fakeop.GonePage(), "forbidden": fakeop.Forbidden("access_denied", "no"), "unauthorized": fakeop.Unauthorized(true),
		"another client": {OtherClient: true, Processed: true}, "a stale replica": {Stale: true},
	} {
		calls := fakeop.Always(answer)
		all["register: "+name] = fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: calls}}
		all["read: "+name] = fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: calls}}
		all["update: "+name] = fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: calls}}
		all["delete: "+name] = fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: calls}}
		all["token: "+name] = fakeop.Faults{TokenEndpoint: fakeop.TokenEndpointFaults{Calls: calls}}
		all["authorize: "+name] = fakeop.Faults{AuthorizationEndpoint: fakeop.AuthorizationEndpointFaults{Calls: calls}}
		all["metadata: "+name] = fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: calls}}
	}
	return all
}

// Whatever a server does, a check ends with a report that names what is left, has no credential in it, and does not say that all works
// where a client is left.
func TestEveryFaultIsReportedHonestly(t *testing.T) {
	all := faultsOneByOne()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			op := &fakeop.Server{Faults: all[name]}
			op.Start(t)
			r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: settings(op), Clock: noWaits()})
			honest(t, op, r)
			if r.Verdict == checkup.VerdictWorks && len(op.Clients()) > 0 {
				t.Errorf("%d clients are left, and the verdict is %s\n%s", len(op.Clients()), r.Verdict, printed(t, r))
			}
			if r.Verdict == checkup.VerdictFails && len(r.Problems) == 0 && r.Operation(checkup.OperationDelete).Note == "" {
				t.Errorf("nothing says why it does not work\n%s", printed(t, r))
			}
		})
	}
}
