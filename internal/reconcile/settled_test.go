// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

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

// What a read shows beside the known secret may be what the server stores of it.
func TestWhichSecretAnAnswerShows(t *testing.T) {
	known := Credentials{Known: Handle{ClientSecret: secret.New("secret-1-5a1e")}}
	waits := func(fromRead bool, reads string) Credentials {
		c := known
		c.Unproven.ClientSecret, c.Unproven.SecretFromRead, c.Facts.SecretOnRead = secret.New("secret-2-77c0"), fromRead, reads
		return c
	}
	for _, tt := range []struct {
		name  string
		c     Credentials
		shown string
		want  bool
	}{
		{"none", known, "", false},
		{"none, of a client that has none", Credentials{}, "", false},
		{"the known one", known, "secret-1-5a1e", true},
		{"another one", known, "secret-2-77c0", false},
		{"the known one, while another one of a read waits", waits(true, ""), "secret-1-5a1e", true},
		{"one that an update's answer brought", waits(false, ""), "secret-2-77c0", true},
		{"one of a read, where it is not known what reads show", waits(true, ""), "secret-2-77c0", false},
		{"the same, where reads replace it", waits(true, SecretRotates), "secret-2-77c0", false},
		{"the same, where reads show it", waits(true, SecretShown), "secret-2-77c0", true},
	} {
		if got := tt.c.ShowsSecret(secret.New(tt.shown)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
