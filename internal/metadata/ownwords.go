// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"cmp"
	"slices"
	"strings"
)

// OwnWords are what is each client's own in a document, its name and its URIs, the longest first.
func OwnWords(document Document) []string {
	var out []string
	for member := range document {
		if word := Text(document, member); member == "client_name" && word != "" || strings.Contains(word, "://") {
			out = append(out, word)
		}
		for _, word := range List(document, member) {
			if strings.Contains(word, "://") {
				out = append(out, word)
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(out)
}
