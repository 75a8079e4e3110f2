// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"crypto/rand"
	"math/big"
	"regexp"
	"strings"
)

// uuid is the form of RFC 9562 §4.
var uuid = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)

// Where a UUID has its version and its variant (RFC 9562 §4), which a check of its form looks at.
const versionAt, variantAt = 14, 19

var (
	alphanumeric = regexp.MustCompile(`[0-9A-Za-z]+`)
	digitsOnly   = regexp.MustCompile(`^[0-9]+$`)
)

// enough is how many letters and digits chance needs not to hit a client.
const enough = 16

// controlID makes the client_id of a client that does not exist. It is written like the given one where that is long
// enough for chance not to hit a client: servers that keep ids as UUIDs, or as numbers, answer another error to what is none.
func controlID(clientID string) string {
	from, to, fixed := drawn(clientID)
	changed := 0
	draw := func(i int, r rune) rune {
		if i < from || i >= to || fixed[i] {
			return r
		}
		for _, class := range []struct {
			first, last rune
			drawn       string
		}{{'a', 'z', "abcdef"}, {'A', 'Z', "ABCDEF"}, {'0', '9', "0123456789"}} {
			if r >= class.first && r <= class.last {
				changed++
				return rune(class.drawn[random(len(class.drawn))])
			}
		}
		return r
	}
	var out strings.Builder
	for i, r := range clientID {
		out.WriteRune(draw(i, r))
	}
	switch {
	case changed >= enough && out.String() != clientID:
		return out.String()
	case digitsOnly.MatchString(clientID):
		return longNumber()
	}
	return rand.Text()
}

// drawn is the part of a client_id that is drawn anew, and what stays in it: the UUID or the longest word, where that is long enough, without what stands around it, and all of it
// else. What stands around it is a prefix or a host that the server may look for. A number keeps its first digit, so that it is no larger than one that the server can hold.
func drawn(clientID string) (from, to int, fixed map[int]bool) {
	if found := uuid.FindStringIndex(clientID); found != nil {
		return found[0], found[1], map[int]bool{found[0] + versionAt: true, found[0] + variantAt: true}
	}
	if digitsOnly.MatchString(clientID) {
		return 0, len(clientID), map[int]bool{0: true}
	}
	to = len(clientID)
	longest := enough - 1
	for _, word := range alphanumeric.FindAllStringIndex(clientID, -1) {
		if n := word[1] - word[0]; n > longest {
			from, to, longest = word[0], word[1], n
		}
	}
	return from, to, nil
}

// longNumber is longer than the numbers of clients that a server counts, and one that a database holds (64 bits).
func longNumber() string {
	const digits = "0123456789"
	out := []byte{digits[1+random(8)]}
	for range 17 {
		out = append(out, digits[random(len(digits))])
	}
	return string(out)
}

func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0 // crypto/rand does not fail
	}
	return int(i.Int64())
}
