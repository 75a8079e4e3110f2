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
		{"by the token, and replaces", Answered{MayReplace: true, HasToken: true, TellsOfSecret: true}, SettledAll},
		{"the same, and says nothing of the secret", Answered{MayReplace: true, HasToken: true}, SettledHandle},
		{"the same, where updates replace the secret", Answered{MayReplace: true, HasToken: true, Facts: Facts{UpdateSeen: true, SecretOnUpdate: true}}, SettledHandle},
		{"the same, where updates leave the secret", Answered{MayReplace: true, HasToken: true, Facts: Facts{UpdateSeen: true}}, SettledAll},
		{"by the token, and replaces nothing", Answered{HasToken: true}, SettledHandle},
		{"by the provider, of a client without a token", Answered{MayReplace: true, ByProvider: true, TellsOfSecret: true}, SettledAll},
		{"by the provider, which is shown no token", Answered{MayReplace: true, ByProvider: true, HasToken: true}, SettledNothing},
		{"the same, and replaces nothing", Answered{ByProvider: true, HasToken: true}, SettledNothing},
		{"by the provider, which is shown the token and not the secret", Answered{MayReplace: true, ByProvider: true, HasToken: true, ShowsToken: true}, SettledHandle},
		{"by the provider, which is shown the token", Answered{MayReplace: true, ByProvider: true, HasToken: true, ShowsToken: true, TellsOfSecret: true}, SettledAll},
	} {
		if got := tt.a.Settles(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
