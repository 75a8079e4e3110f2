// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A server makes up both a token and the text that repeats parts of it, and a body may have 1 MiB. Twice as much of both is not four times the work.
func TestScrubbingIsNotQuadratic(t *testing.T) {
	for name, of := range map[string]func(n int) (known, text string){
		"one character": func(n int) (string, string) { return strings.Repeat("a", 2*n+2), strings.Repeat("a", n) },
		"one digit":     func(n int) (string, string) { return strings.Repeat("1", 2*n+2), strings.Repeat("1", n) },
		"behind a gap": func(n int) (string, string) {
			return strings.Repeat("1", 2*n+2), strings.Repeat("11111111-", n/9)
		},
		"nothing behind a gap": func(n int) (string, string) {
			return "1aaaaaaa" + strings.Repeat("b", n) + "1aaaaaaa", strings.Repeat("1aaaaaaa-zzzz-", n/14)
		},
		"a name and a long word": func(n int) (string, string) {
			return "1aaaaaaa-" + strings.Repeat("b", n), strings.Repeat("1aaaaaaa ", n/9)
		},
		"the credential itself": func(n int) (string, string) {
			return "rat-VFo3UkJNb2VKYi1fLVEyY0xZOGE", strings.Repeat("rat-VFo3UkJNb2VKYi1fLVEyY0xZOGE ", n/32)
		},
	} {
		t.Run(name, func(t *testing.T) {
			taken := func(n int) int {
				known, text := of(n)
				var k pieces
				k.add(known, false)
				_, steps := k.holes(flatten(text))
				if most := 2 * stepsEach * (len(known) + len(text)); steps > most {
					t.Errorf("%d steps for %d and %d characters", steps, len(known), len(text))
				}
				return steps
			}
			if once, twice := taken(20_000), taken(40_000); twice > 3*once {
				t.Errorf("%d steps, and for twice as much %d", once, twice)
			}
		})
	}
}

// Where too many parts would have to be looked at, what may be one is hidden.
func TestScrubbingTooMuchHides(t *testing.T) {
	var s Scrubber
	s.Add(secret.New(strings.Repeat("1", 40_002)))
	if got := s.Scrub("a " + strings.Repeat("1", 20_000) + " b"); len(got) > 2000 || !strings.HasPrefix(got, "a ") || !strings.HasSuffix(got, secret.Redacted+" b") {
		t.Errorf("%d characters are left: %.200q", len(got), got)
	}
}

// Nor is much of a long one left behind what took the steps.
func TestScrubbingTooMuchHidesLongParts(t *testing.T) {
	for _, n := range []int{100, 1000, 4000} {
		var b strings.Builder
		for i := range n {
			b.WriteByte("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[(i*i*7+i*31+i/56)%56])
		}
		known := b.String()
		var s Scrubber
		s.Add(secret.New(known))
		step := max(1, ((n+1)/2+1)/2-leastPart+1)
		got := s.Scrub(strings.Repeat(known[step:step+8]+"-zzzz-", 3000) + " and " + known[:n-1] + "…")
		if !strings.HasSuffix(got, "and "+secret.Redacted+"…") {
			t.Errorf("%d characters: %.200q", n, got[strings.LastIndex(got, " and ")+1:])
		}
	}
}

// An address of a server's may have hundreds of parts that are in a token of its own.
func TestNamesAreSparedOnce(t *testing.T) {
	var k pieces
	k.add(strings.Repeat("a", 1000)+strings.Repeat("b1", 500), false)
	address := "https://as.example.com"
	for n := leastPart; n < 80; n++ {
		address += "/" + strings.Repeat("a", n)
	}
	before := len(k.all)
	k.keep(address)
	if made := len(k.all) - before; made > 10 {
		t.Errorf("%d pieces are made", made)
	}
}
