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
func answer(clientSecret, token string) reconcile.Handle {
	return reconcile.Handle{ClientID: "c", ClientSecret: secret.New(clientSecret), RegistrationAccessToken: secret.New(token)}
}

func TestMergeInSequence(t *testing.T) {
	type step struct {
		origin        reconcile.Origin
		secret, token string
	}
	type facts = reconcile.Facts
	const create, readBack, read, update, refusal = reconcile.FromCreate, reconcile.FromReadBack, reconcile.FromRead, reconcile.FromUpdate, reconcile.FromRefusal
	tests := map[string]struct {
		steps         []step
		secret, token string
		facts         facts
	}{
		"create alone":                              {steps: []step{{create, "s1", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretAnswered: true}},
		"a server that shows all":                   {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown"}},
		"a server that hides both":                  {steps: []step{{create, "s1", "r1"}, {readBack, "", ""}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "hidden"}},
		"a hash on read":                            {steps: []step{{create, "s1", "r1"}, {readBack, bcrypt, "r1"}, {read, bcrypt, "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "hidden"}},
		"a mask on read":                            {steps: []step{{create, "s1", "r1"}, {readBack, "********", "r1"}, {read, "****ab", ""}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "hidden"}},
		"token rotates on read":                     {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r2"}, {read, "s1", "r3"}}, secret: "s1", token: "r3", facts: facts{SecretOnRead: "shown", RotatesOnRead: true}},
		"both rotate on read":                       {steps: []step{{create, "s1", "r1"}, {readBack, "s2", "r2"}, {read, "s3", "r3"}}, secret: "s3", token: "r3", facts: facts{SecretOnRead: "rotates", RotatesOnRead: true}},
		"token rotates on a later read only":        {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {read, "s1", "r2"}, {read, "s1", "r2"}}, secret: "s1", token: "r2", facts: facts{SecretOnRead: "shown", RotatesOnRead: true}},
		"and the next read-back takes it back":      {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {read, "s1", "r2"}, {update, "s1", "r2"}, {readBack, "s1", "r2"}}, secret: "s1", token: "r2", facts: facts{SecretOnRead: "shown", UpdateSeen: true}},
		"hidden, later shown":                       {steps: []step{{create, "s1", "r1"}, {readBack, "", "r1"}, {read, "s9", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "hidden"}},
		"shown, changed by an administrator":        {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {read, "s2", "r1"}}, secret: "s2", token: "r1", facts: facts{SecretOnRead: "shown"}},
		"shown, later omitted":                      {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {read, "", ""}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown"}},
		"update reissues both":                      {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {update, "s2", "r2"}, {readBack, "s2", "r2"}}, secret: "s2", token: "r2", facts: facts{SecretOnRead: "shown", UpdateSeen: true, SecretOnUpdate: true, TokenOnUpdate: true}},
		"update omits both":                         {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {update, "", ""}, {readBack, "s1", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown", UpdateSeen: true}},
		"update answers a hash":                     {steps: []step{{create, "s1", "r1"}, {update, bcrypt, ""}}, secret: "s1", token: "r1", facts: facts{UpdateSeen: true}},
		"update reissues, only the read-back tells": {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {update, "", ""}, {readBack, "s2", "r1"}}, secret: "s2", token: "r1", facts: facts{SecretOnRead: "shown", UpdateSeen: true, SecretOnUpdate: true}},
		"update answers one, the read another":      {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {update, "s2", "r1"}, {readBack, "s3", "r1"}}, secret: "s3", token: "r1", facts: facts{SecretOnRead: "rotates", UpdateSeen: true, SecretOnUpdate: true}},
		"a refused update that rotated":             {steps: []step{{create, "s1", "r1"}, {readBack, "s1", "r1"}, {refusal, "", "r2"}}, secret: "s1", token: "r2", facts: facts{SecretOnRead: "shown", TokenOnUpdate: true}},
		"a public client":                           {steps: []step{{create, "", "r1"}, {readBack, "", "r1"}, {read, "", "r1"}}, token: "r1"},
		"a public client becomes confidential":      {steps: []step{{create, "", "r1"}, {readBack, "", "r1"}, {update, "s1", "r1"}, {readBack, "s1", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown", UpdateSeen: true}},
		"import where reads show":                   {steps: []step{{read, "s1", ""}, {read, "s1", ""}}, secret: "s1", facts: facts{SecretOnRead: "shown"}},
		"import, reads rotate":                      {steps: []step{{read, "s1", ""}, {read, "s2", ""}, {read, "s3", ""}}, secret: "s3", facts: facts{SecretOnRead: "rotates"}},
		"import where reads hide":                   {steps: []step{{read, "", ""}, {read, bcrypt, ""}}},
		"import of a handed-in token":               {steps: []step{{create, "", "r1"}, {read, "s1", "r1"}}, secret: "s1", token: "r1"},
		"create whose read-back failed":             {steps: []step{{create, "s1", "r1"}, {read, "s1", "r1"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown", SecretAnswered: true}},
		"a token that is none":                      {steps: []step{{create, "s1", "r1"}, {read, "s1", "********"}}, secret: "s1", token: "r1", facts: facts{SecretOnRead: "shown", SecretAnswered: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var known reconcile.Handle
			var learned reconcile.Facts
			for i, s := range test.steps {
				answered := answer(s.secret, s.token)
				merged, next, changed := reconcile.Merge(known, answered, s.origin, learned)
				if changed == cmp.Equal(merged, known) {
					t.Errorf("step %d: changed = %t", i, changed)
				}
				known, learned = merged, next
			}
			if got := known.ClientSecret.Reveal(); got != test.secret {
				t.Errorf("secret %q, want %q", got, test.secret)
			}
			if got := known.RegistrationAccessToken.Reveal(); got != test.token {
				t.Errorf("token %q, want %q", got, test.token)
			}
			diff(t, "facts", test.facts, learned)
		})
	}
}

func TestMergeOfTheRest(t *testing.T) {
	at := func(i int64) *int64 { return &i }
	known := reconcile.Handle{ClientID: "c", ClientSecretExpiresAt: at(10), ClientIDIssuedAt: at(1), RegistrationClientURI: "https://as/1"}

	merged, facts, changed := reconcile.Merge(known, reconcile.Handle{}, reconcile.FromUpdate, reconcile.Facts{})
	diff(t, "an empty answer", known, merged)
	diff(t, "facts of an empty answer", reconcile.Facts{UpdateSeen: true}, facts)
	if changed {
		t.Error("an empty answer changes something")
	}

	answered := reconcile.Handle{ClientID: "other", ClientSecretExpiresAt: at(0), ClientIDIssuedAt: at(2), RegistrationClientURI: "https://as/2"}
	merged, facts, changed = reconcile.Merge(known, answered, reconcile.FromUpdate, reconcile.Facts{})
	diff(t, "merged", reconcile.Handle{ClientID: "c", ClientSecretExpiresAt: at(0), ClientIDIssuedAt: at(1), RegistrationClientURI: "https://as/2"}, merged)
	diff(t, "facts", reconcile.Facts{UpdateSeen: true, URIOnUpdate: true}, facts)
	if !changed {
		t.Error("not changed")
	}

	_, facts, _ = reconcile.Merge(known, answered, reconcile.FromRead, reconcile.Facts{})
	diff(t, "facts of a read with another URI", reconcile.Facts{}, facts)
}

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
		want  reconcile.Changeable
	}{
		"the first update":          {asked: same, want: reconcile.Changeable{Secret: true, Token: true, URI: true}},
		"a server that keeps all":   {facts: reconcile.Facts{UpdateSeen: true}, asked: same},
		"secret and token on PUT":   {facts: reconcile.Facts{UpdateSeen: true, SecretOnUpdate: true, TokenOnUpdate: true}, asked: same, want: reconcile.Changeable{Secret: true, Token: true}},
		"both on read":              {facts: reconcile.Facts{UpdateSeen: true, SecretOnRead: reconcile.SecretRotates, RotatesOnRead: true}, asked: same, want: reconcile.Changeable{Secret: true, Token: true}},
		"the URI":                   {facts: reconcile.Facts{UpdateSeen: true, URIOnUpdate: true}, asked: same, want: reconcile.Changeable{URI: true}},
		"another method":            {facts: reconcile.Facts{UpdateSeen: true}, asked: other, want: reconcile.Changeable{Secret: true}},
		"the method left to itself": {facts: reconcile.Facts{UpdateSeen: true}, asked: Document{}, want: reconcile.Changeable{Secret: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			diff(t, "may change", test.want, reconcile.UpdateMayChange(test.facts, agreement, test.asked))
		})
	}
}

// Whatever was planned as known keeps its value in the attributes, and what the server issued is never lost.
func TestWithhold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, merged := drawHandle(t, "known"), drawHandle(t, "merged")
		merged, _, _ = reconcile.Merge(known, merged, reconcile.FromUpdate, reconcile.Facts{})
		may := reconcile.Changeable{Secret: rapid.Bool().Draw(t, "secret"), Token: rapid.Bool().Draw(t, "token"), URI: rapid.Bool().Draw(t, "uri")}
		shown, pending := reconcile.Withhold(known, merged, may)
		if !may.Secret && (!shown.ClientSecret.Equal(known.ClientSecret) || !cmp.Equal(shown.ClientSecretExpiresAt, known.ClientSecretExpiresAt)) ||
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
func TestMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		known, answered := drawHandle(t, "known"), drawHandle(t, "answered")
		origin := reconcile.Origin(rapid.IntRange(0, 4).Draw(t, "origin"))
		facts := reconcile.Facts{
			RotatesOnRead: rapid.Bool().Draw(t, "rotates"),
			SecretOnRead:  rapid.SampledFrom([]string{"", "shown", "rotates", "hidden"}).Draw(t, "secret on read"),
			UpdateSeen:    rapid.Bool().Draw(t, "update seen"), SecretAnswered: rapid.Bool().Draw(t, "answered secret"),
		}
		merged, learned, changed := reconcile.Merge(known, answered, origin, facts)
		if changed == cmp.Equal(merged, known) {
			t.Errorf("changed = %t", changed)
		}
		if known.ClientID != "" && merged.ClientID != known.ClientID {
			t.Error("client_id changed")
		}
		for name, s := range map[string]secret.String{"secret": merged.ClientSecret, "token": merged.RegistrationAccessToken} {
			if s.Equal(secret.New(bcrypt)) || s.Equal(secret.New("********")) {
				t.Errorf("%s: took a hash or a mask", name)
			}
		}
		if merged.ClientSecret.IsEmpty() && !known.ClientSecret.IsEmpty() || merged.RegistrationAccessToken.IsEmpty() && !known.RegistrationAccessToken.IsEmpty() ||
			merged.RegistrationClientURI == "" && known.RegistrationClientURI != "" || merged.ClientSecretExpiresAt == nil && known.ClientSecretExpiresAt != nil {
			t.Error("an answer emptied a field")
		}
		again, _, changed := reconcile.Merge(merged, answered, origin, learned)
		if changed || !cmp.Equal(again, merged) {
			t.Errorf("the same answer again changes the handle")
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
