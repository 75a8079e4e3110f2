// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
)

// members writes a line for each member that a type has as JSON: its path and its kind.
func members(b *strings.Builder, path string, of reflect.Type) {
	switch of.Kind() { //nolint:exhaustive // the others have no members
	case reflect.Pointer:
		members(b, path, of.Elem())
	case reflect.Slice:
		members(b, path+"[]", of.Elem())
	case reflect.Struct:
		for field := range of.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" {
				continue
			}
			if options == "omitempty" {
				name += "?"
			}
			members(b, path+"."+name, field.Type)
		}
	default:
		fmt.Fprintf(b, "%s %s\n", strings.TrimPrefix(path, "."), of.Kind())
	}
}

// Programs read the document that -json prints. A member that is gone or of another kind is another version of it; one that comes is not.
func TestFormOfTheDocument(t *testing.T) {
	const golden = "testdata/report.txt"
	var b strings.Builder
	fmt.Fprintf(&b, "version %d\n", checkup.ReportVersion)
	members(&b, "", reflect.TypeFor[checkup.Report]())
	if *updateGuide {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	was, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(was), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("the document has another form (-before +now); -update writes it, and ReportVersion rises where a program would miss something:\n%s", diff)
	}
}
