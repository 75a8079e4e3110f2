// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run is what go test -json printed for: a passing and a skipped test, a test with a failing subtest, a package that does
// not compile, and one that panics.
const events = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"chatter\n"}
{"Action":"pass","Package":"a","Test":"TestGood","Elapsed":0}
{"Action":"skip","Package":"a","Test":"TestLater","Elapsed":0}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}
{"Action":"pass","Package":"a","Elapsed":0.1}
{"Action":"output","Package":"b","Test":"TestBad/one","Output":"    want 1\n"}
{"Action":"fail","Package":"b","Test":"TestBad/one","Elapsed":0}
{"Action":"fail","Package":"b","Test":"TestBad","Elapsed":0}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b","Elapsed":0.1}
{"ImportPath":"c","Action":"build-output","Output":"c/c.go:1: undefined: x\n"}
{"ImportPath":"c","Action":"build-fail"}
{"Action":"output","Package":"c","Output":"FAIL\tc [build failed]\n"}
{"Action":"fail","Package":"c","Elapsed":0,"FailedBuild":"c"}
{"Action":"output","Package":"d","Test":"TestPanics","Output":"panic: boom\n"}
{"Action":"fail","Package":"d","Elapsed":0}
go: a plain line
`

func TestReadCountsAndShows(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		var out bytes.Buffer
		r := newResults()
		if err := r.read(strings.NewReader(events), &out, verbose); err != nil {
			t.Fatal(err)
		}
		if got, want := r.String(), "1 passed, 4 failed, 1 skipped"; got != want {
			t.Errorf("%s, want %s: two tests, the package that is not built, the one that panicked", got, want)
		}
		for _, want := range []string{"ok  \ta\t0.1s", "want 1", "undefined: x", "panic: boom", "go: a plain line"} {
			if n := strings.Count(out.String(), want); n != 1 {
				t.Errorf("verbose %v: shows %q %d times, want once:\n%s", verbose, want, n, &out)
			}
		}
		if strings.Contains(out.String(), "chatter") != verbose {
			t.Errorf("verbose %v: what a passing test printed is for -v:\n%s", verbose, &out)
		}
	}
}

func TestSumTakesEachTestOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	for _, of := range []map[key]outcome{
		{{"a", "TestUnit"}: passed, {"a", "TestAcceptance"}: skipped, {"a", "TestNever"}: skipped, {"b", "TestFlaky"}: failed},
		{{"a", "TestUnit"}: passed, {"a", "TestAcceptance"}: passed, {"a", "TestNever"}: skipped, {"b", "TestFlaky"}: passed},
	} {
		if err := (&results{of: of}).save(file); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	code, err := run(t.Context(), []string{"-sum", file}, &out)
	if got, want := out.String(), "1 skipped in every run\n2 passed, 1 failed\n"; got != want || code != 1 || err != nil {
		t.Errorf("%q, code %d, %v; want %q and 1", got, code, err, want)
	}
}

func TestRunGoTest(t *testing.T) {
	results := filepath.Join(t.TempDir(), "results")
	t.Setenv("GOTEST_RESULTS", results)
	var out bytes.Buffer
	code, err := run(t.Context(), []string{"-run", "^TestSumTakesEachTestOnce$", "."}, &out)
	if code != 0 || err != nil || !strings.HasSuffix(out.String(), "1 passed, 0 failed, 0 skipped\n") {
		t.Errorf("code %d, %v:\n%s", code, err, &out)
	}
	if saved, err := os.ReadFile(results); err != nil || !strings.HasPrefix(string(saved), "pass\t") {
		t.Errorf("saved %q, %v", saved, err)
	}

	out.Reset()
	code, err = run(t.Context(), []string{"./no/such/package"}, &out)
	if code == 0 || err != nil || !strings.Contains(out.String(), " 1 failed,") {
		t.Errorf("a package that is not there: code %d, %v:\n%s", code, err, &out)
	}
}
