// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// byHand is for a way that leads outside of Terraform: to a person, or to the server's own console.
const byHand = "by hand"

// triedBy names for each way out that a message may name, beside those of a client that cannot be managed any more
// (TestEachWayOutWorks takes these in each trouble), the test that has taken it as it is written. The key is the way's text, for a given
// client and its server.
func triedBy() map[string]string {
	all := map[string]string{}
	for _, some := range []map[string]string{triedAtRegistrations, triedAtServers, triedAtClients} {
		maps.Copy(all, some)
	}
	return all
}

// Each way out that a message names is in the table, the table has no other, and the tests that it names are there.
func TestEachWayOutHasATest(t *testing.T) {
	named := map[string]string{}
	written, err := os.ReadFile("../wording/testdata/ways.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(written)) {
		text, where, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !found {
			t.Fatalf("no way and its place: %q", line)
		}
		named[strings.Replace(text, " (VALUE stands for a value that is not shown)", "", 1)] = where
	}
	for name, diags := range configurationDiagnostics() {
		for _, way := range waysOf(diags) {
			named[way] = name
		}
	}
	tests, tried := testNames(t), triedBy()
	for text, where := range named {
		switch test, known := tried[text]; {
		case !known:
			t.Errorf("%s: nobody has tried the way %q", where, text)
		case test != byHand && !tests[test]:
			t.Errorf("%s: there is no test %s, which is to try the way %q", where, test, text)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(tried)) {
		if named[text] == "" && text != "What to do is told here." {
			t.Errorf("no message names the way %q", text)
		}
	}
}
