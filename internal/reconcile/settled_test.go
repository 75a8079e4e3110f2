// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "testing"

func TestWhatAnAnswerSettles(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    Answered
		want Settled
	}{
		{"by the token, and replaces", Answered{MayReplace: true, HasToken: true}, SettledAll},
		{"by the token, and replaces nothing", Answered{HasToken: true}, SettledHandle},
		{"by the provider, of a client without a token", Answered{MayReplace: true, ByProvider: true}, SettledAll},
		{"by the provider, which is shown no token", Answered{MayReplace: true, ByProvider: true, HasToken: true}, SettledNothing},
		{"the same, and replaces nothing", Answered{ByProvider: true, HasToken: true}, SettledNothing},
		{"by the provider, which is shown the token", Answered{MayReplace: true, ByProvider: true, HasToken: true, ShowsToken: true}, SettledAll},
	} {
		if got := tt.a.Settles(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
