// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"testing"

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
		if manages, lacks, open := test.made.Manages(old), test.made.Lacks(old), test.made.SecretOpen(old); manages != test.manages || lacks != test.lacks || open != test.secret {
			t.Errorf("%s: manages %v, lacks %v, secret open %v", name, manages, lacks, open)
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
