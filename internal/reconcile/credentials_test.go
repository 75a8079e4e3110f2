// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const bcrypt = "{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG"

// answer is a handle in few words: secret and token, "" where the answer omits them.
func TestReadRotates(t *testing.T) {
	for facts, want := range map[reconcile.Facts]bool{
		{}:                                      false,
		{RotatesOnRead: true}:                   true,
		{SecretOnRead: reconcile.SecretRotates}: true,
		{SecretOnRead: reconcile.SecretShown, TokenOnUpdate: true, SecretOnUpdate: true}: false,
	} {
		if got := facts.ReadRotates(); got != want {
			t.Errorf("%+v: ReadRotates = %t", facts, got)
		}
	}
}

func TestUpdateMayChange(t *testing.T) {
	agreement, _ := reconcile.Agree(decode(t, `{"token_endpoint_auth_method":"none"}`), nil)
	same, other := decode(t, `{"token_endpoint_auth_method":"none"}`), decode(t, `{"token_endpoint_auth_method":"client_secret_post"}`)
	tests := map[string]struct {
		facts reconcile.Facts
		asked Document
		first bool // no read was seen of this client yet
		want  reconcile.Changeable
	}{
		"the first update":          {asked: same, want: reconcile.Changeable{Secret: true, Token: true, URI: true}},
		"a server that keeps all":   {facts: reconcile.Facts{UpdateSeen: true}, asked: same},
		"secret and token on PUT":   {facts: reconcile.Facts{UpdateSeen: true, SecretOnUpdate: true, TokenOnUpdate: true}, asked: same, want: reconcile.Changeable{Secret: true, Token: true}},
		"both on read":              {facts: reconcile.Facts{UpdateSeen: true, SecretOnRead: reconcile.SecretRotates, RotatesOnRead: true}, asked: same, want: reconcile.Changeable{Secret: true, Token: true}},
		"the URI":                   {facts: reconcile.Facts{UpdateSeen: true, URIOnUpdate: true}, asked: same, want: reconcile.Changeable{URI: true}},
		"the lifetime alone":        {facts: reconcile.Facts{UpdateSeen: true, LifetimeOnUpdate: true}, asked: same, want: reconcile.Changeable{Lifetime: true}},
		"another method":            {facts: reconcile.Facts{UpdateSeen: true}, asked: other, want: reconcile.Changeable{Secret: true}},
		"never read":                {facts: reconcile.Facts{UpdateSeen: true}, asked: same, first: true, want: reconcile.Changeable{Secret: true, Token: true}},
		"the method left to itself": {facts: reconcile.Facts{UpdateSeen: true}, asked: Document{}, want: reconcile.Changeable{Secret: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			diff(t, "may change", test.want, reconcile.UpdateMayChange(test.facts, agreement, test.asked, test.first))
		})
	}
}

// Whatever was planned as known keeps its value in the attributes, and what the server issued is never lost.
func TestWithhold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, merged := drawHandle(t, "known"), drawHandle(t, "merged")
		taken, _ := reconcile.Credentials{Known: known, Facts: reconcile.Facts{SecretOnUpdate: true}}.Take(merged, reconcile.FromUpdate)
		merged = taken.Known
		may := reconcile.Changeable{Secret: rapid.Bool().Draw(t, "secret"), Token: rapid.Bool().Draw(t, "token"), URI: rapid.Bool().Draw(t, "uri"), Lifetime: rapid.Bool().Draw(t, "lifetime")}
		shown, pending := reconcile.Withhold(known, merged, may)
		if !may.Secret && (!shown.ClientSecret.Equal(known.ClientSecret) || !may.Lifetime && !cmp.Equal(shown.ClientSecretExpiresAt, known.ClientSecretExpiresAt)) ||
			!may.Token && !shown.RegistrationAccessToken.Equal(known.RegistrationAccessToken) ||
			!may.URI && shown.RegistrationClientURI != known.RegistrationClientURI {
			t.Error("an attribute that was planned as known changed")
		}
		if d := cmp.Diff(merged, pending.Apply(shown)); d != "" {
			t.Errorf("what is in force after the update (-want +got):\n%s", d)
		}
		if (pending == nil) != cmp.Equal(shown, merged) {
			t.Errorf("pending %v", pending)
		}
	})
}

// Merging the same answer again changes nothing but what the repetition itself teaches; an answer never empties a field.

// Whatever an answer holds, it empties no field, never changes the client_id, and says nothing new the second time.
func TestTakeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known := reconcile.Credentials{Known: drawHandle(t, "known"), Facts: reconcile.Facts{
			RotatesOnRead: rapid.Bool().Draw(t, "rotates"), TokenRotationProven: rapid.Bool().Draw(t, "rotation proven"),
			SecretOnRead: rapid.SampledFrom([]string{"", "shown", "rotates", "hidden"}).Draw(t, "secret on read"),
			UpdateSeen:   rapid.Bool().Draw(t, "update seen"), SecretOnUpdate: rapid.Bool().Draw(t, "secret on update"),
		}}
		answered := drawHandle(t, "answered")
		origin := reconcile.Occasion(rapid.IntRange(0, 4).Draw(t, "origin"))
		taken, _ := known.Take(answered, origin)
		if known.Known.ClientID != "" && taken.Known.ClientID != known.Known.ClientID {
			t.Error("client_id changed")
		}
		for name, s := range map[string][2]secret.String{
			"secret": {known.Known.ClientSecret, taken.Known.ClientSecret}, "token": {known.Known.RegistrationAccessToken, taken.Known.RegistrationAccessToken},
		} {
			if !s[0].IsEmpty() && (s[1].Equal(secret.New(bcrypt)) || s[1].Equal(secret.New("********"))) {
				t.Errorf("%s: a hash or a mask replaced the known one", name)
			}
			if s[1].IsEmpty() && !s[0].IsEmpty() {
				t.Errorf("%s: an answer emptied it", name)
			}
		}
		same := taken.Known.ClientSecret.Equal(known.Known.ClientSecret) // another one has a time of its own, if any
		if taken.Known.RegistrationClientURI == "" && known.Known.RegistrationClientURI != "" || same && taken.Known.ClientSecretExpiresAt == nil && known.Known.ClientSecretExpiresAt != nil {
			t.Error("an answer emptied a field")
		}
		again, _ := taken.Take(answered, origin)
		if !known.Known.ClientSecret.IsEmpty() && !again.Known.ClientSecret.Equal(taken.Known.ClientSecret) || !again.Known.RegistrationAccessToken.Equal(taken.Known.RegistrationAccessToken) {
			t.Error("the same answer again changes what is known")
		}
	})
}

func drawHandle(t *rapid.T, label string) reconcile.Handle {
	times := rapid.SampledFrom([]*int64{nil, new(int64), func() *int64 { i := int64(1_900_000_000); return &i }()})
	h := reconcile.Handle{
		ClientID:                rapid.SampledFrom([]string{"c", "d", ""}).Draw(t, label+" id"),
		ClientSecretExpiresAt:   times.Draw(t, label+" expires"),
		ClientIDIssuedAt:        times.Draw(t, label+" issued"),
		RegistrationClientURI:   rapid.SampledFrom([]string{"", "https://as/1", "https://as/2"}).Draw(t, label+" uri"),
		ClientSecret:            secret.New(rapid.SampledFrom([]string{"", "s1", "s2", "s3"}).Draw(t, label+" secret")),
		RegistrationAccessToken: secret.New(rapid.SampledFrom([]string{"", "r1", "r2"}).Draw(t, label+" token")),
	}
	if label == "answered" && rapid.Bool().Draw(t, "hashes") {
		h.ClientSecret = secret.New(rapid.SampledFrom([]string{bcrypt, "********"}).Draw(t, "hash"))
		h.RegistrationAccessToken = secret.New("********")
	}
	return h
}
