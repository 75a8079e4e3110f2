// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"errors"
	"fmt"
	"testing"
)

// spoken is an error that speaks for what it wraps.
type spoken struct {
	error
	processed bool
}

func (s spoken) Unwrap() error               { return s.error }
func (s spoken) RequestMaybeProcessed() bool { return s.processed }

func TestMaybeProcessed(t *testing.T) {
	lost, refused, plain := &Error{MaybeProcessed: true}, &Error{}, errors.New("x")
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"nil":                        {nil, false},
		"plain":                      {plain, false},
		"refused":                    {refused, false},
		"lost":                       {lost, true},
		"wrapped":                    {fmt.Errorf("a: %w", lost), true},
		"the second of two":          {errors.Join(refused, lost), true},
		"the second, wrapped":        {fmt.Errorf("a: %w", errors.Join(plain, fmt.Errorf("b: %w", refused), fmt.Errorf("c: %w", lost))), true},
		"of several verbs":           {fmt.Errorf("%w, %w", refused, lost), true},
		"joined within joined":       {errors.Join(plain, errors.Join(refused, errors.Join(plain, lost))), true},
		"none of several":            {errors.Join(plain, refused, fmt.Errorf("a: %w", refused)), false},
		"spoken for":                 {spoken{lost, false}, false},
		"spoken for, and another":    {errors.Join(spoken{lost, false}, spoken{refused, true}), true},
		"a lost one within our kind": {&Error{MaybeProcessed: true, Err: plain}, true},
	} {
		if got := MaybeProcessed(test.err); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
