// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import "slices"

// keepImports bounds a line where an import is planned again and again. Of one that is not known any more, nothing is wiped.
const keepImports = 32

// imported is an import of a client that a Terraform has made, and that it may have stored or not.
type imported struct {
	Mark int64  `json:"mark"` // of the object that has the client if it was stored
	By   string `json:"by"`
}

// imports are those of a client, in the order in which they were noted. That order tells which sights came after one: clocks do not, see Moment.
type imports []imported

func (all imports) of(mark int64) int {
	return slices.IndexFunc(all, func(i imported) bool { return i.Mark == mark })
}

// last is the mark of the newest one, or 0.
func (all imports) last() int64 {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Mark
}

// with are the imports and one more.
func (all imports) with(mark int64, by string) imports {
	return append(slices.Clone(all[max(0, len(all)+1-keepImports):]), imported{mark, by})
}
