// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
)

var (
	mediaTypePattern = regexp.MustCompile(`^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$`)
	memberPattern    = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,30}$`)
	schemePattern    = regexp.MustCompile(`^(?i:basic|bearer|digest|dpop|negotiate|mutual)$`)
)

// memberNames lists what an unexpected object has: names only, and only those that are words, since its values may be
// anything.
func memberNames(object map[string]any) string {
	var names []string
	for name := range object {
		if memberPattern.MatchString(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "no members"
	}
	slices.Sort(names)
	more := ""
	if len(names) > 6 {
		names, more = names[:6], ", …"
	}
	return "members " + strings.Join(names, ", ") + more
}

// quote shows foreign text on one line, quoted, bounded, its control characters escaped.
func quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string { return legible.Bounded(s, maxShown) }

// maxShown bounds, in characters, every piece of foreign text in a message.
const maxShown = 300
