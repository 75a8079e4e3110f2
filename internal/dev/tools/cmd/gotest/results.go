// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// outcome of a test, as go test -json names it.
type outcome string

const (
	passed  outcome = "pass"
	failed  outcome = "fail"
	skipped outcome = "skip"
)

// key is one test; a package that failed outside of any test, or was not built, has no name.
type key struct{ pkg, test string }

// results are the outcomes of tests and of their subtests. A test that several runs had counts once, as its worst: a test
// that is skipped without a CLI and passes with one has passed, one that failed anywhere has failed.
type results struct{ of map[key]outcome }

func newResults() *results { return &results{of: map[key]outcome{}} }

func (r *results) set(pkg, test string, o outcome) {
	rank := map[outcome]int{"": 0, skipped: 1, passed: 2, failed: 3}
	if k := (key{pkg, test}); rank[o] > rank[r.of[k]] {
		r.of[k] = o
	}
}

func (r *results) count(o outcome) (n int) {
	for _, got := range r.of {
		if got == o {
			n++
		}
	}
	return n
}

func (r *results) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.count(passed), r.count(failed), r.count(skipped))
}

// event is one line of go test -json (see `go doc test2json`).
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// read takes in the events of a run and shows what go test without -json would show: everything when verbose, else what
// failed tests printed and one line for each package.
func (r *results) read(in io.Reader, out io.Writer, verbose bool) error {
	printed := map[key]*strings.Builder{} // by tests that have not ended
	failedIn := map[string]bool{}         // packages with a failed test
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0 && errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case json.Unmarshal(line, &e) != nil: // go itself prints plain text in places
			_, _ = out.Write(line)
			continue
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "output", "build-output":
			switch {
			case verbose, e.Action == "build-output":
				_, _ = io.WriteString(out, e.Output)
			case e.Test == "":
				if e.Output != "PASS\n" {
					_, _ = io.WriteString(out, e.Output)
				}
			default:
				if printed[k] == nil {
					printed[k] = &strings.Builder{}
				}
				printed[k].WriteString(e.Output)
			}
		case "pass", "fail", "skip":
			if e.Test != "" {
				r.set(e.Package, e.Test, outcome(e.Action))
				failedIn[e.Package] = failedIn[e.Package] || e.Action == "fail"
			} else if e.Action == "fail" && !failedIn[e.Package] {
				r.set(e.Package, "", failed) // it did not compile, or its TestMain failed
			}
			if b := printed[k]; b != nil && e.Action == "fail" {
				_, _ = io.WriteString(out, b.String())
			}
			delete(printed, k)
		}
		if e.Action == "fail" && e.Test == "" {
			// A panic or a timeout ends a package with tests that never ended: those show why.
			for k, b := range printed {
				if k.pkg == e.Package {
					_, _ = io.WriteString(out, b.String())
					delete(printed, k)
				}
			}
		}
	}
}

func (r *results) save(file string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for k, o := range r.of {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", o, k.pkg, k.test) // test names hold no white space
	}
	return errors.Join(w.Flush(), f.Close())
}

func (r *results) load(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			return fmt.Errorf("%s: not a result: %q", file, line)
		}
		r.set(fields[1], fields[2], outcome(fields[0]))
	}
	return nil
}
