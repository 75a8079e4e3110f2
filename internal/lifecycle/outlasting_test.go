// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A deletion that nothing makes up for has the operation's time, and half a minute in any case; an interrupt leaves it half a minute.
func TestHowLongADeletionOutlastsItsOperation(t *testing.T) {
	for name, test := range map[string]struct {
		own, interrupted, want time.Duration // interrupted: -1 for before, 0 for never
	}{
		"the operation's time":                {own: 5 * time.Minute, want: 5 * time.Minute},
		"a short time":                        {own: 10 * time.Second, want: rollbackTimeout},
		"a short time, interrupted":           {own: 10 * time.Second, interrupted: 5 * time.Second, want: rollbackTimeout},
		"a time that is over":                 {own: time.Nanosecond, interrupted: -1, want: rollbackTimeout},
		"interrupted before":                  {own: 5 * time.Minute, interrupted: -1, want: rollbackTimeout},
		"interrupted after a minute":          {own: 5 * time.Minute, interrupted: time.Minute, want: time.Minute + rollbackTimeout},
		"interrupted at the end":              {own: time.Minute, interrupted: 50 * time.Second, want: time.Minute},
		"no time at all, after a minute":      {interrupted: time.Minute, want: time.Minute + rollbackTimeout},
		"no time at all, interrupted before":  {interrupted: -1, want: rollbackTimeout},
		"interrupted when its time is all up": {own: 31 * time.Second, interrupted: 31 * time.Second, want: 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				if test.own > 0 {
					var over context.CancelFunc
					ctx, over = context.WithTimeout(ctx, test.own)
					defer over()
				}
				switch {
				case test.interrupted < 0:
					interrupt()
				case test.interrupted > 0:
					at, stop := context.WithTimeout(t.Context(), test.interrupted)
					defer stop()
					context.AfterFunc(at, interrupt)
				}
				began := time.Now()
				out, end := outlasting(ctx)
				defer end()
				if out.Err() != nil {
					t.Fatal("over before it began")
				}
				<-out.Done()
				if took := time.Since(began); took != test.want {
					t.Errorf("it had %v, want %v", took, test.want)
				}
			})
		})
	}
}
