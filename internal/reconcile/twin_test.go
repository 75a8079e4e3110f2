// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"fmt"
	"slices"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestTwinHolds(t *testing.T) {
	for name, test := range map[string]struct {
		given Twin
		holds bool
	}{
		"the same in both":                                     {Twin{Manages: true}, false},
		"another token, which works":                           {Twin{Shown: true}, false},
		"another token, of which nothing is known":             {Twin{}, true},
		"another token, and the old one is handed in":          {Twin{HandedIn: true}, false},
		"another token, and none is used":                      {Twin{Unused: true}, false},
		"another token, and the client is gone":                {Twin{Gone: true}, false},
		"it lacks something":                                   {Twin{Lacks: true, Manages: true, Shown: true, HandedIn: true}, true},
		"it lacks something, and no token is used":             {Twin{Lacks: true, Unused: true}, true},
		"it lacks something, and the client is gone":           {Twin{Lacks: true, Gone: true}, false},
		"it works, and its secret is refused":                  {Twin{Shown: true, OldKey: true}, true},
		"the same token, and its secret is refused":            {Twin{Manages: true, OldKey: true}, true},
		"its secret is refused, and no token is used":          {Twin{Unused: true, OldKey: true}, true},
		"its secret is refused, and the client is gone":        {Twin{Gone: true, OldKey: true}, false},
		"its secret is refused, and the old token is given in": {Twin{HandedIn: true, OldKey: true}, true},
	} {
		if holds, rule := test.given.Holds(); holds != test.holds {
			t.Errorf("%s: %v by %q", name, holds, rule)
		}
	}
}

func TestWhatAnObjectHasThatWasMadeAgain(t *testing.T) {
	const uri, token, key = "https://as.example.com/register/1", "reg-token-f00dfeed", "secret-f00dfeed"
	handle := func(uri, token, key string) Handle {
		return Handle{RegistrationClientURI: uri, RegistrationAccessToken: secret.New(token), ClientSecret: secret.New(key)}
	}
	old := handle(uri, token, key)
	former := func(m Made) Made {
		c := Credentials{Known: m.Handle}.After(old)
		return Made{Handle: c.Known, Unproven: c.Unproven, UsesSecret: m.UsesSecret}
	}
	for name, test := range map[string]struct {
		made                   Made
		manages, lacks, secret bool // the last: its secret is open
	}{
		"the same":                           {Made{Handle: old, UsesSecret: true}, true, false, false},
		"another token":                      {Made{Handle: handle(uri, "reg-token-cafe", key), UsesSecret: true}, false, false, false},
		"another token beside the old one":   {former(Made{Handle: handle(uri, "reg-token-cafe", key), UsesSecret: true}), true, false, false},
		"another address":                    {Made{Handle: handle(uri+"0", token, key), UsesSecret: true}, false, false, false},
		"another address beside the old one": {former(Made{Handle: handle(uri+"0", token, key), UsesSecret: true}), true, false, false},
		"another secret":                     {Made{Handle: handle(uri, token, "secret-cafe"), UsesSecret: true}, true, false, true},
		"another secret beside the old one":  {former(Made{Handle: handle(uri, token, "secret-cafe"), UsesSecret: true}), true, false, false},
		"another secret, as reads show it":   {Made{Handle: handle(uri, token, "secret-cafe"), UsesSecret: true, Facts: Facts{SecretOnRead: SecretShown}}, true, false, false},
		"another secret, which is not used":  {Made{Handle: handle(uri, token, "secret-cafe")}, true, false, false},
		"no secret":                          {Made{Handle: handle(uri, token, ""), UsesSecret: true}, true, true, true},
		"no secret, and none is used":        {Made{Handle: handle(uri, token, "")}, true, false, false},
		"no address":                         {Made{Handle: handle("", token, key), UsesSecret: true}, false, true, false},
	} {
		open, _ := test.made.OpenSecrets(Credentials{Known: old})
		if manages, lacks := test.made.Manages(Credentials{Known: old}), test.made.Lacks(old); manages != test.manages || lacks != test.lacks || len(open) > 0 != test.secret {
			t.Errorf("%s: manages %v, lacks %v, secrets open %d", name, manages, lacks, len(open))
		}
		waits := Credentials{Known: old, Unproven: Unproven{RegistrationAccessToken: secret.New("reg-token-beef"), ClientSecret: secret.New("secret-beef")}}
		_, own := test.made.OpenSecrets(waits)
		if open, _ := test.made.OpenSecrets(waits); test.made.Manages(waits) || test.made.UsesSecret && test.made.Facts.SecretOnRead == "" && !slices.ContainsFunc(open, waits.Unproven.ClientSecret.Equal) || len(own) > 2 {
			t.Errorf("%s: has what waits", name)
		}
	}
	if got := (Made{Handle: handle(uri+"0", "reg-token-cafe", "secret-cafe"), UsesSecret: true}).Beside(Credentials{Known: old}); MarkOf(got.Known) != MarkOf(old) || MarkOf(old).At() != uri ||
		got.Unproven.RegistrationClientURI != uri+"0" || got.Unproven.RegistrationAccessToken.Reveal() != "reg-token-cafe" || got.Unproven.ClientSecret.Reveal() != "secret-cafe" {
		t.Errorf("beside: %+v", got)
	}
	if waits := (Made{Handle: old, UsesSecret: true}).Beside(Credentials{Known: old}).Unproven; waits.Waits() {
		t.Errorf("beside the same: %+v", waits)
	}
}

// Nothing that an object has of its client is lost to what another answer shows, whatever it has wait and whatever the answer leaves out. What the answer shows is
// tried, too, as long as there is room, and no address that the token must not go to.
func TestWhatIsTriedBesidePushesNothingOut(t *testing.T) {
	const uri = "https://as.example.com/register/1"
	some := func(has int, of string) (waits, former, refused string) {
		for i, slot := range []*string{&waits, &former, &refused} {
			if has>>i&1 == 1 {
				*slot = fmt.Sprint(of, "-0123456789abcdef-", i)
			}
		}
		return waits, former, refused
	}
	ofTokens := func(c Credentials) []secret.String { return c.Tokens() }
	ofSecrets := func(c Credentials) []secret.String {
		return []secret.String{c.Known.ClientSecret, c.Unproven.ClientSecret, c.Unproven.FormerSecret, c.Unproven.RefusedSecret}
	}
	ofAddresses := func(c Credentials) []secret.String {
		return []secret.String{secret.New(c.Known.RegistrationClientURI), secret.New(c.Unproven.RegistrationClientURI), secret.New(c.Unproven.RefusedURI)}
	}
	for has := range 8 {
		var c Credentials
		for i, set := range []*secret.String{&c.Known.RegistrationAccessToken, &c.Unproven.RegistrationAccessToken, &c.Unproven.FormerToken, &c.Unproven.RefusedToken} {
			waits, former, refused := some(has, "token")
			*set = secret.New([]string{"token-known-0123456789", waits, former, refused}[i])
		}
		for i, set := range []*secret.String{&c.Known.ClientSecret, &c.Unproven.ClientSecret, &c.Unproven.FormerSecret, &c.Unproven.RefusedSecret} {
			waits, former, refused := some(has, "secret")
			*set = secret.New([]string{"secret-known-0123456789", waits, former, refused}[i])
		}
		c.Known.ClientID, c.Known.RegistrationClientURI = "1", uri
		c.Unproven.RegistrationClientURI, c.Unproven.RefusedURI, _ = some(has, uri)
		for _, token := range []string{"", "token-known-0123456789", "token-new-0123456789", "token-0123456789abcdef-0", "token-0123456789abcdef-2", "********"} {
			for _, key := range []string{"", "secret-known-0123456789", "secret-new-0123456789", "secret-0123456789abcdef-1", "********"} {
				for _, at := range []string{"", uri, uri + "?new", "https://internal.example.com/register/1", "https://as.example.com/register/2"} {
					other := Handle{ClientID: "1", RegistrationClientURI: at, RegistrationAccessToken: secret.New(token), ClientSecret: secret.New(key)}
					beside, after := (Made{Handle: other, UsesSecret: true}).Beside(c), c.After(other)
					for way, got := range map[string]Credentials{"beside": beside, "after": after} {
						for what, of := range map[string]func(Credentials) []secret.String{"token": ofTokens, "secret": ofSecrets, "address": ofAddresses} {
							for _, value := range of(c) {
								elsewhere := way == "after" && what == "address" && !after.mayAsk(value.Reveal())
								if !value.IsEmpty() && !elsewhere && !slices.ContainsFunc(of(got), value.Equal) {
									t.Errorf("%s: %d, %q %q %q: the %s %q is lost", way, has, token, key, at, what, value.Reveal())
								}
							}
						}
						for what, missing := range map[string]bool{
							"token":   token == "token-new-0123456789" && has != 7 && !(way == "after" && has>>1 == 3) && !slices.ContainsFunc(ofTokens(got), secret.New(token).Equal),
							"secret":  key == "secret-new-0123456789" && has != 7 && !(way == "after" && has>>1 == 3) && !slices.ContainsFunc(ofSecrets(got), secret.New(key).Equal),
							"address": at == uri+"?new" && has&3 != 3 && !slices.ContainsFunc(ofAddresses(got), secret.New(at).Equal),
						} {
							if missing {
								t.Errorf("%s: %d, %q %q %q: the new %s is not tried", way, has, token, key, at, what)
							}
						}
						for _, u := range []string{got.Unproven.RegistrationClientURI, got.Unproven.RefusedURI} {
							if u != "" && !origin.Same(u, got.Known.RegistrationClientURI) && !slices.Contains([]string{c.Unproven.RegistrationClientURI, c.Unproven.RefusedURI}, u) {
								t.Errorf("%s: %d, %q: the token goes to %q", way, has, at, u)
							}
						}
					}
				}
			}
		}
	}
}

// What another object lent goes back where it came to nothing, and stays where it is what works or led to what does.
func TestWhatAnotherObjectLentGoesBack(t *testing.T) {
	before := Credentials{
		Known:    Handle{RegistrationAccessToken: secret.New("own"), RegistrationClientURI: "https://as.example/c/1"},
		Unproven: Unproven{RegistrationClientURI: "https://other.example/c/1"},
	}
	with := before
	with.Unproven.RegistrationClientURI, with.Unproven.FormerToken = "", secret.New("lent")
	lacking, lent := before, with
	lacking.Known.RegistrationAccessToken, lacking.Known.RegistrationClientURI = secret.String{}, ""
	lent.Known.RegistrationAccessToken = secret.New("lent")
	for _, tt := range []struct {
		name         string
		before, with Credentials
		then         func(c *Credentials)
		shown, back  bool
	}{
		{"nothing was answered", before, with, func(*Credentials) {}, false, true},
		{"the client was shown with its own", before, with, func(*Credentials) {}, true, true},
		{"all were refused", before, with, func(c *Credentials) {
			c.Unproven.FormerToken, c.Unproven.RefusedToken = secret.String{}, c.Unproven.FormerToken
		}, false, true},
		{"the lent one works", before, with, func(c *Credentials) { c.Known.RegistrationAccessToken = secret.New("lent") }, true, false},
		{"an answer showed another one", before, with, func(c *Credentials) { c.Unproven.RegistrationAccessToken = secret.New("new") }, true, false},
		{"an answer showed another secret", before, with, func(c *Credentials) { c.Unproven.ClientSecret = secret.New("new") }, true, false},
		{"it had none, and nothing was answered", lacking, lent, func(*Credentials) {}, false, true},
		{"it had none, and the client was shown", lacking, lent, func(*Credentials) {}, true, false},
	} {
		now := tt.with
		tt.then(&now)
		want := now
		if tt.back {
			want = tt.before
		}
		if got := now.PutBack(tt.before, tt.with, tt.shown); !got.Known.Equal(want.Known) || got.Unproven.RegistrationClientURI != want.Unproven.RegistrationClientURI ||
			!slices.EqualFunc(got.Tokens(), want.Tokens(), secret.String.Equal) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
