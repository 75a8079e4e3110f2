// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	secretOne   = "Zq3vT8mB1nXc5LpK7sWd2FgH"
	secretTwo   = "Rj6yU4kE9bQz0MaN8tVw3CxP"
	secretThree = "Yh1oI7dG5fSl2JrT6eBq9UmK"
)

func shows(clientSecret, token, uri string) Handle {
	return Handle{ClientID: "c", ClientSecret: secret.New(clientSecret), RegistrationAccessToken: secret.New(token), RegistrationClientURI: uri}
}

func registered(facts Facts) Credentials {
	return Credentials{Known: shows(secretOne, "token-one", "https://as.example/c/1"), Facts: facts}
}

// taken takes answers in turn and returns all notes.
func taken(c Credentials, origin Occasion, secrets ...string) (Credentials, []Note) {
	var all []Note
	for _, s := range secrets {
		var notes []Note
		c, notes = c.Take(shows(s, "", ""), origin)
		all = append(all, notes...)
	}
	return c, all
}

func TestSecretOnRead(t *testing.T) {
	sum := sha256.Sum256([]byte(secretOne))
	tests := []struct {
		name     string
		facts    Facts
		reads    []string
		known    string
		unproven string
		onRead   string
		note     Note
	}{
		{"the same", Facts{}, []string{secretOne}, secretOne, "", SecretShown, 0},
		{"none", Facts{}, []string{""}, secretOne, "", SecretHidden, 0},
		{"a digest", Facts{}, []string{hex.EncodeToString(sum[:])}, secretOne, "", SecretHidden, SecretNotTaken},
		{"a digest in base64url", Facts{}, []string{base64.RawURLEncoding.EncodeToString(sum[:])}, secretOne, "", SecretHidden, SecretNotTaken},
		{"an object as text", Facts{}, []string{`{"algorithm":"SHA-256","hash":"0123456789abcdef"}`}, secretOne, "", SecretHidden, SecretNotTaken},
		{"a mask", Facts{}, []string{"***REDACTED***"}, secretOne, "", SecretHidden, SecretNotTaken},
		{"a prefix", Facts{}, []string{secretOne[:8]}, secretOne, "", SecretHidden, SecretNotTaken},
		{"a form that no list has", Facts{}, []string{"opaque-form-of-it"}, secretOne, "opaque-form-of-it", "", SecretUnproven},
		{"the same form again", Facts{}, []string{"opaque-form-of-it", "opaque-form-of-it"}, secretOne, "", SecretHidden, SecretKept},
		{"another one, once", Facts{}, []string{secretTwo}, secretOne, secretTwo, "", SecretUnproven},
		{"another one again: a mask, or the known one is outdated", Facts{}, []string{secretTwo, secretTwo}, secretOne, secretTwo, "", SecretUnproven},
		{"yet another one: rotation", Facts{}, []string{secretTwo, secretThree}, secretThree, "", SecretRotates, SecretReadRotation},
		{"ciphertexts, new with each read", Facts{}, []string{"eyJhbGciOiJkaXIifQ..a1.b2.c3000000000000000", "eyJhbGciOiJkaXIifQ..d4.e5.f6000000000000000"}, secretOne, "eyJhbGciOiJkaXIifQ..d4.e5.f6000000000000000", "", SecretUnproven},
		{"known to rotate", Facts{SecretOnRead: SecretRotates}, []string{secretTwo}, secretTwo, "", SecretRotates, 0},
		{"known to rotate, now a hash", Facts{SecretOnRead: SecretRotates}, []string{"$2a$10$abcdefghijklmnopqrstuv"}, secretOne, "", SecretRotates, SecretNotTaken},
		{"known to show it, now another", Facts{SecretOnRead: SecretShown}, []string{secretTwo, secretTwo}, secretOne, secretTwo, SecretShown, SecretUnproven},
		{"known to hide it, now another", Facts{SecretOnRead: SecretHidden}, []string{secretTwo}, secretOne, "", SecretHidden, SecretNotTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, notes := taken(registered(tt.facts), FromReadBack, tt.reads...)
			if got := c.Known.ClientSecret.Reveal(); got != tt.known {
				t.Errorf("known %q, want %q", got, tt.known)
			}
			if got := c.Unproven.ClientSecret.Reveal(); got != tt.unproven {
				t.Errorf("unproven %q, want %q", got, tt.unproven)
			}
			if c.Facts.SecretOnRead != tt.onRead {
				t.Errorf("reads %q, want %q", c.Facts.SecretOnRead, tt.onRead)
			}
			if (tt.note == 0) != (len(notes) == 0) || tt.note != 0 && !slices.Contains(notes, tt.note) {
				t.Errorf("notes %v, want %v", notes, tt.note)
			}
		})
	}
}

// Right after its registration the known secret is in force, so that another one which stays the same is a mask.
func TestSecretShownAgainAfterARegistration(t *testing.T) {
	c := registered(Facts{})
	c.Fresh = true
	c, notes := taken(c, FromReadBack, secretTwo, secretTwo)
	if c.Known.ClientSecret.Reveal() != secretOne || !c.Unproven.ClientSecret.IsEmpty() || c.Facts.SecretOnRead != SecretHidden || !slices.Contains(notes, SecretKept) {
		t.Errorf("%q beside %q, reads %q, %v", c.Known.ClientSecret.Reveal(), c.Unproven.ClientSecret.Reveal(), c.Facts.SecretOnRead, notes)
	}
}

func TestSecretWithNothingKnown(t *testing.T) {
	const bcrypt = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	for _, tt := range []struct {
		name, shown, want string
		origin            Occasion
		notes             []Note
	}{
		{"a registration", secretOne, secretOne, FromCreate, nil},
		{"a registration whose secret looks hashed", bcrypt, bcrypt, FromCreate, []Note{SecretDoubtful}},
		{"an import", secretOne, secretOne, FromRead, nil},
		{"an import that shows a hash", bcrypt, bcrypt, FromRead, []Note{SecretDoubtful}},
		{"an import that shows a mask", "********", "", FromRead, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, notes := Credentials{}.Take(shows(tt.shown, "", ""), tt.origin)
			if c.Known.ClientSecret.Reveal() != tt.want || !slices.Equal(notes, tt.notes) {
				t.Errorf("%q with %v", c.Known.ClientSecret.Reveal(), notes)
			}
		})
	}
}

// Where a state stores no secret, each operation begins with none. What a read shows for it on a server that hides it is no secret, and an update
// that shows the secret itself after a read that showed a stored form of it has issued none.
func TestAStoredFormAndTheSecretInTurn(t *testing.T) {
	const bcrypt = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	sum := sha256.Sum256([]byte(secretOne))
	for _, tt := range []struct {
		name, onRead, read string
		updates            bool // the facts say that updates issue secrets
	}{
		{"a hash, reads hide", SecretHidden, bcrypt, false},
		{"a form that no list has, reads hide", SecretHidden, secretTwo, false},
		{"a hash, nothing known", "", bcrypt, false},
		{"a digest, nothing known", "", hex.EncodeToString(sum[:]), false},
		{"the secret with the name of its form, nothing known", "", "{noop}" + secretOne, false},
		{"a digest that reads showed again", SecretShown, hex.EncodeToString(sum[:]), false},
		{"another secret, reads show it", SecretShown, secretTwo, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := taken(Credentials{Facts: Facts{SecretOnRead: tt.onRead}}, FromRead, tt.read)
			c, _ = taken(c, FromUpdate, secretOne)
			if c.NeedsTokenEndpoint() {
				c, _ = c.SecretsTried(AuthenticationRefused, Authenticates)
			}
			if c.Known.ClientSecret.Reveal() != secretOne || c.Facts.SecretOnUpdate != tt.updates {
				t.Errorf("known %q, updates issue secrets: %v", c.Known.ClientSecret.Reveal(), c.Facts.SecretOnUpdate)
			}
		})
	}
}

// An update that shows the known secret with something around it, as a server may write what it has, has not proved that this is the secret. Nor has it where a
// read showed the beginning of it.
func TestASecretWithMoreAroundIt(t *testing.T) {
	for _, shown := range []string{"v1." + secretOne, "current " + secretOne, "Bearer " + secretOne, secretOne + " (unchanged)", secretOne + "#1", secretOne + ":1700000000", secretOne + ".c2ln"} {
		for _, c := range []Credentials{registered(Facts{}), registered(Facts{SecretOnRead: SecretShown}), registered(Facts{SecretOnRead: SecretHidden})} {
			c, _ = taken(c, FromUpdate, shown)
			if c.Known.ClientSecret.Reveal() != secretOne {
				t.Errorf("%q is taken for %q", shown, secretOne)
			}
			if c, _ = c.SecretsTried(Authenticates, AuthenticationRefused); c.Known.ClientSecret.Reveal() != secretOne {
				t.Errorf("%q, which is refused, is taken", shown)
			}
			c, _ = taken(registered(Facts{}), FromUpdate, shown)
			if c, _ = c.SecretsTried(AuthenticationRefused, Authenticates); c.Known.ClientSecret.Reveal() != shown {
				t.Errorf("%q, which alone authenticates, is not taken", shown)
			}
		}
	}
}

// Reads by the provider's own credentials show tokens, of which the first may have been reissued long before.
func TestTokensShownToTheProvidersCredentials(t *testing.T) {
	const one, two, three = "token-one", "token-two", "token-three"
	for _, tt := range []struct {
		name    string
		idle    bool
		shown   []string
		waits   string
		rotates bool
	}{
		{"the token itself read, and another is shown", false, []string{two}, two, true},
		{"another one, once", true, []string{two}, two, false},
		{"another one, twice", true, []string{two, two}, two, false},
		{"the known one, then another", true, []string{one, two}, two, true},
		{"two others in turn", true, []string{two, three}, three, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := registered(Facts{})
			for i, shown := range tt.shown {
				c.TokenIdle = tt.idle && i == 0
				c, _ = c.Take(shows("", shown, ""), FromRead)
			}
			if got := c.Unproven.RegistrationAccessToken.Reveal(); got != tt.waits || c.Facts.RotatesOnRead != tt.rotates {
				t.Errorf("%q waits, reads replace the token: %v", got, c.Facts.RotatesOnRead)
			}
		})
	}
}

func TestSecretOnUpdate(t *testing.T) {
	c, notes := taken(registered(Facts{SecretOnRead: SecretHidden}), FromUpdate, secretTwo)
	if c.Known.ClientSecret.Reveal() != secretOne || c.Unproven.ClientSecret.Reveal() != secretTwo || !slices.Equal(notes, []Note{SecretUnproven}) {
		t.Fatalf("an update's secret is taken unproven: %v", notes)
	}
	for _, tt := range []struct {
		name           string
		known, other   Authentication
		want, unproven string
		notes          []Note
	}{
		{"the new one authenticates", AuthenticationRefused, Authenticates, secretTwo, "", []Note{SecretReplaced}},
		{"both do", Authenticates, Authenticates, secretTwo, "", []Note{SecretReplaced}},
		{"the old one does, the new one does not", Authenticates, AuthenticationRefused, secretOne, "", []Note{SecretKept}},
		{"the old one does, nothing told of the new one", Authenticates, AuthenticationUntold, secretOne, secretTwo, nil},
		{"neither does", AuthenticationRefused, AuthenticationRefused, secretOne, secretTwo, nil},
		{"nothing told", AuthenticationUntold, AuthenticationUntold, secretOne, secretTwo, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, notes := c.SecretsTried(tt.known, tt.other)
			if c.Known.ClientSecret.Reveal() != tt.want || c.Unproven.ClientSecret.Reveal() != tt.unproven || !slices.Equal(notes, tt.notes) {
				t.Errorf("%q beside %q with %v", c.Known.ClientSecret.Reveal(), c.Unproven.ClientSecret.Reveal(), notes)
			}
		})
	}
	t.Run("a read that was seen to show the truth agrees", func(t *testing.T) {
		c, _ := taken(registered(Facts{SecretOnRead: SecretShown}), FromUpdate, secretTwo)
		c, _ = taken(c, FromReadBack, secretTwo)
		if c.Known.ClientSecret.Reveal() != secretTwo || c.Unproven.FormerSecret.Reveal() != secretOne || !c.Facts.SecretOnUpdate {
			t.Errorf("%+v", c.Facts)
		}
	})
	t.Run("a read of which nothing is known agrees", func(t *testing.T) {
		c, _ := taken(registered(Facts{}), FromUpdate, secretTwo)
		c, _ = taken(c, FromReadBack, secretTwo)
		if c.Known.ClientSecret.Reveal() != secretOne || c.Unproven.ClientSecret.Reveal() != secretTwo {
			t.Error("taken though nothing proves it")
		}
	})
	t.Run("updates are proved to reissue", func(t *testing.T) {
		c, _ := taken(registered(Facts{SecretOnUpdate: true}), FromUpdate, secretTwo)
		if c.Known.ClientSecret.Reveal() != secretTwo || c.Unproven.FormerSecret.Reveal() != secretOne {
			t.Error("not taken, or the former one not kept")
		}
	})
}

func TestToken(t *testing.T) {
	one, two, three := secret.New("token-one"), secret.New("token-two"), secret.New("token-three")
	unproven := func(origin Occasion) Credentials {
		c, notes := registered(Facts{}).Take(shows("", "token-two", ""), origin)
		if !c.Known.RegistrationAccessToken.Equal(one) || !slices.Equal(notes, []Note{TokenUnproven}) || !c.NeedsRead() {
			t.Fatalf("a token is taken unproven: %v", notes)
		}
		return c
	}
	t.Run("the new one works", func(t *testing.T) {
		c, notes := unproven(FromReadBack).TokenWorked(two)
		if !c.Known.RegistrationAccessToken.Equal(two) || !slices.Equal(notes, []Note{TokenReplaced}) || !c.Facts.TokenRotationProven {
			t.Errorf("%v %+v", notes, c.Facts)
		}
		c, _ = c.Take(shows("", "token-three", ""), FromRead)
		if !c.Known.RegistrationAccessToken.Equal(three) || !c.Unproven.FormerToken.Equal(two) {
			t.Error("the proved habit is not followed")
		}
		// As at a replica that lags, which is no word of what reads do.
		if c, _ = c.TokenWorked(two, three); !c.Known.RegistrationAccessToken.Equal(two) || !c.Unproven.RefusedToken.Equal(three) || !c.Facts.TokenRotationProven {
			t.Error("the former one works and is not taken back, or the newer one is not kept")
		}
		if c, _ = c.TokenWorked(three, two); !c.Known.RegistrationAccessToken.Equal(three) || !c.Unproven.FormerToken.Equal(two) {
			t.Error("the newer one works after all and is not taken")
		}
	})
	t.Run("the new one works once, the old one again", func(t *testing.T) {
		// As where reads are answered by a cache, whoever asks.
		c, _ := unproven(FromUpdate).TokenWorked(two)
		if c, _ = c.TokenWorked(one, two); !c.Known.RegistrationAccessToken.Equal(one) || !c.Unproven.RefusedToken.Equal(two) {
			t.Error("the only token that works is lost")
		}
	})
	t.Run("the new one is refused and the old one works", func(t *testing.T) {
		c, notes := unproven(FromUpdate).TokenWorked(one, two)
		if !c.Known.RegistrationAccessToken.Equal(one) || !c.Unproven.RegistrationAccessToken.IsEmpty() || !slices.Equal(notes, []Note{TokenKept}) {
			t.Errorf("%v", notes)
		}
	})
	t.Run("the old one works, the new one was not refused", func(t *testing.T) {
		c, notes := unproven(FromUpdate).TokenWorked(one)
		if !c.Unproven.RegistrationAccessToken.Equal(two) || len(notes) > 0 {
			t.Error("an untried token is dropped")
		}
	})
	t.Run("a digest", func(t *testing.T) {
		sum := sha256.Sum256([]byte("token-one"))
		c, notes := registered(Facts{}).Take(shows("", hex.EncodeToString(sum[:]), ""), FromUpdate)
		if !c.Unproven.RegistrationAccessToken.IsEmpty() || !slices.Equal(notes, []Note{TokenNotTaken}) {
			t.Error("a digest is taken for a token")
		}
	})
}

// uris are the client configuration URIs that are known of a client, the unproven one first, as they are asked.
func uris(c Credentials) (known []string) {
	for _, uri := range []string{c.Unproven.RegistrationClientURI, c.Known.RegistrationClientURI} {
		if uri != "" {
			known = append(known, uri)
		}
	}
	return known
}

func TestURI(t *testing.T) {
	const one, two = "https://as.example/c/1", "https://as.example/c/1/1"
	c, notes := registered(Facts{}).Take(shows("", "", two), FromUpdate)
	if c.Known.RegistrationClientURI != one || !slices.Equal(uris(c), []string{two, one}) || !slices.Equal(notes, []Note{URIUnproven}) {
		t.Fatalf("taken unproven: %v", notes)
	}
	if proved, _ := c.URIWorked(two, false); proved.Known.RegistrationClientURI != two || len(uris(proved)) != 1 {
		t.Error("a URI that showed the client is not taken")
	}
	if kept, notes := c.URIWorked(one, true); len(uris(kept)) != 1 || !slices.Equal(notes, []Note{URIKept}) {
		t.Error("a URI that shows nothing is not dropped")
	}
	if open, _ := c.URIWorked(one, false); len(uris(open)) != 2 {
		t.Error("a URI that was not asked is dropped")
	}
	if c, notes = registered(Facts{}).Take(shows("", "", "https://internal.example/c/1"), FromUpdate); len(uris(c)) != 1 || !slices.Equal(notes, []Note{URINotTaken}) {
		t.Error("the token would go to another origin")
	}
}

// A server keeps the secret for good, and shows in its place whatever form of it, in any order of reads and updates, with
// the token endpoint telling the truth or nothing: the only working secret is never lost, and never shown as another one.
func TestTheOnlyProvenSecretIsNeverReplaced(t *testing.T) {
	forms := map[string]func(int) string{
		"nothing": func(int) string { return "" },
		"salted hash": func(int) string {
			mac := hmac.New(sha256.New, []byte("pepper"))
			mac.Write([]byte(secretOne))
			return hex.EncodeToString(mac.Sum(nil))
		},
		"a hash of the same shape": func(int) string { return secretTwo },
		"ciphertext with its own nonce": func(i int) string {
			sum := sha256.Sum256(fmt.Append(nil, i))
			return "A" + base64.StdEncoding.EncodeToString(append(sum[:], sum[:]...))
		},
		"mask":      func(int) string { return "~~~~~~~~" },
		"reference": func(int) string { return "vault/clients/c/secret" },
		"stale":     func(int) string { return secretOne },
	}
	rapid.Check(t, func(rt *rapid.T) {
		names := make([]string, 0, len(forms))
		for name := range forms {
			names = append(names, name)
		}
		slices.Sort(names)
		onRead := forms[rapid.SampledFrom(names).Draw(rt, "on read")]
		onUpdate := forms[rapid.SampledFrom(names).Draw(rt, "on update")]
		tokenEndpoint := rapid.Bool().Draw(rt, "token endpoint tells")
		c := registered(Facts{})
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 2).Draw(rt, "step") {
			case 0:
				c, _ = c.Take(shows(onRead(i), "", ""), rapid.SampledFrom([]Occasion{FromRead, FromReadBack}).Draw(rt, "origin"))
			case 1:
				c, _ = c.Take(shows(onUpdate(i), "", ""), rapid.SampledFrom([]Occasion{FromUpdate, FromRefusal}).Draw(rt, "origin"))
			default:
				if tokenEndpoint {
					c, _ = c.SecretsTried(Authenticates, AuthenticationRefused)
				}
			}
			if got := c.Known.ClientSecret.Reveal(); got != secretOne {
				rt.Fatalf("the secret in force became %q", got)
			}
		}
	})
}

// Whatever answers and trials come, the token that works is among those that are tried.
func TestTheWorkingTokenIsAlwaysTried(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rotates := rapid.Bool().Draw(rt, "server rotates on reads")
		c := registered(Facts{})
		working, n := "token-one", 0
		for range rapid.IntRange(1, 10).Draw(rt, "reads") {
			tokens := c.Tokens()
			at := slices.IndexFunc(tokens, func(s secret.String) bool { return s.Reveal() == working })
			if at < 0 {
				rt.Fatalf("the working token is lost")
			}
			c, _ = c.TokenWorked(tokens[at], tokens[:at]...)
			var shown string
			if rotates {
				n++
				working = fmt.Sprintf("token-rotated-%d", n)
				shown = working
			} else {
				shown = rapid.SampledFrom([]string{"", working, "a-stored-form-of-the-token"}).Draw(rt, "shown")
			}
			c, _ = c.Take(shows("", shown, ""), rapid.SampledFrom([]Occasion{FromRead, FromReadBack, FromUpdate}).Draw(rt, "origin"))
		}
	})
}

// What a token takes the place of that no answer showed is kept.
func TestATokenThatWasGiven(t *testing.T) {
	of := func(known, waits, former, refused string) Credentials {
		c := Credentials{Known: Handle{RegistrationAccessToken: secret.New(known)}}
		c.Unproven.RegistrationAccessToken, c.Unproven.FormerToken, c.Unproven.RefusedToken = secret.New(waits), secret.New(former), secret.New(refused)
		return c
	}
	for name, tt := range map[string]struct{ before, want Credentials }{
		"nothing known":         {of("", "", "f", "r"), of("given", "", "f", "r")},
		"one known":             {of("k", "", "", ""), of("given", "", "", "k")},
		"one known, and others": {of("k", "", "f", "r"), of("given", "", "f", "k")},
		"another one waits":     {of("k", "u", "f", "r"), of("given", "", "u", "k")},
		"it was kept for later": {of("k", "given", "f", "r"), of("given", "", "f", "k")},
		"the same":              {of("given", "", "f", "r"), of("given", "", "f", "r")},
		"nothing but one waits": {of("", "u", "", ""), of("given", "", "u", "")},
	} {
		if got := tt.before.TokenGiven(secret.New("given")); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
	// It works again, as at a replica that lags for longer: nothing is dropped.
	given := of("k", "u", "", "").TokenGiven(secret.New("given"))
	if again, _ := given.TokenWorked(secret.New("given")); !reflect.DeepEqual(again, given) {
		t.Errorf("once more: %+v, want %+v", again, given)
	}
}

// An update whose answer showed no client leaves alone what the read after it was let in with, and the secret where that is known.
func TestLeftAlone(t *testing.T) {
	known := Handle{ClientID: "c", ClientSecret: secret.New("s"), RegistrationAccessToken: secret.New("t"), RegistrationClientURI: "https://a.example/c"}
	token, key, uri := known, known, known
	token.RegistrationAccessToken, key.ClientSecret, uri.RegistrationClientURI = secret.New("other"), secret.New("other"), "https://a.example/other"
	for name, tt := range map[string]struct {
		before     Handle
		waits      Unproven
		kept, want bool
	}{
		"all as before": {before: known, kept: true, want: true}, "the secret is not known to be": {before: known},
		"another token": {before: token, kept: true}, "another secret": {before: key, kept: true}, "another address": {before: uri, kept: true},
		"a token waits": {before: known, waits: Unproven{RegistrationAccessToken: secret.New("w")}, kept: true}, "a secret waits": {before: known, waits: Unproven{ClientSecret: secret.New("w")}, kept: true},
		"an address waits": {before: known, waits: Unproven{RegistrationClientURI: "https://a.example/w"}, kept: true},
		"a former token":   {before: known, waits: Unproven{FormerToken: secret.New("w")}, kept: true, want: true},
	} {
		after, alone := Credentials{Known: known, Unproven: tt.waits, Facts: Facts{UpdateLost: true}}.LeftAlone(tt.before, tt.kept)
		if alone != tt.want || after.Facts.UpdateSeen != tt.want || after.Facts.UpdateLost == tt.kept {
			t.Errorf("%s: %v, %+v", name, alone, after.Facts)
		}
		if seen, _ := (Credentials{Known: known, Unproven: tt.waits, Facts: Facts{UpdateSeen: true}}).LeftAlone(tt.before, tt.kept); !seen.Facts.UpdateSeen {
			t.Errorf("%s: what was known before is lost", name)
		}
	}
}
