// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What is shown in a credential's place is, in most ways that programs have of writing a value, the known one: nothing takes it, by whatever habit.
func TestAnotherWritingIsTakenForNothingNew(t *testing.T) {
	const value, next = "Rk9v+YmFy/q83u7vzQ~x9AbCdE5h", "t8GQ~m2+LkXw/41sPzR7uEdV0yNa"
	known := Credentials{Known: Handle{ClientID: "c", ClientSecret: secret.New(value), RegistrationAccessToken: secret.New(value)}}
	ways := map[string]func(Credentials, string) (Credentials, bool){
		"an update's token where there are no reads": func(c Credentials, shown string) (Credentials, bool) {
			c, _ = c.Take(Handle{RegistrationAccessToken: secret.New(shown)}, FromUpdate)
			c, _ = c.TakeShown()
			return c, c.Known.RegistrationAccessToken.Reveal() == shown
		},
		"a token where reads are proved to replace it": func(c Credentials, shown string) (Credentials, bool) {
			c.Facts = Facts{RotatesOnRead: true, TokenRotationProven: true}
			c, _ = c.Take(Handle{RegistrationAccessToken: secret.New(shown)}, FromRead)
			return c, c.Known.RegistrationAccessToken.Reveal() == shown
		},
		"a secret that was asked for": func(c Credentials, shown string) (Credentials, bool) {
			c, _ = c.Take(Handle{ClientSecret: secret.New(shown)}, FromUpdate)
			c, _ = c.TakeAsked()
			return c, c.Known.ClientSecret.Reveal() == shown
		},
		"a secret where updates replace it": func(c Credentials, shown string) (Credentials, bool) {
			c.Facts = Facts{SecretOnUpdate: true, UpdateSeen: true}
			c, _ = c.Take(Handle{ClientSecret: secret.New(shown)}, FromUpdate)
			return c, c.Known.ClientSecret.Reveal() == shown
		},
		"a secret where reads replace it": func(c Credentials, shown string) (Credentials, bool) {
			c.Facts = Facts{SecretOnRead: SecretRotates, SecretRotationProven: true}
			c, _ = c.Take(Handle{ClientSecret: secret.New(shown)}, FromRead)
			return c, c.Known.ClientSecret.Reveal() == shown
		},
	}
	for way, take := range ways {
		if _, taken := take(known, next); !taken {
			t.Errorf("%s: a new one is not taken", way)
		}
		for name, shown := range map[string]string{
			"percent-encoded": "Rk9v%2bYmFy%2fq83u7vzQ%7ex9AbCdE5h", "each character": "%52k9v%2BYmFy%2Fq83u7vzQ~x9AbCdE5h", "decoded as a form": strings.ReplaceAll(value, "+", " "), "upper case": strings.ToUpper(value),
			"lower case": strings.ToLower(value), "quoted": `"` + value + `"`, "single quotes": "'" + value + "'", "padded": value + "==", "cut": value[:24], "its end": value[4:], "in base64": base64.StdEncoding.EncodeToString([]byte(value)),
			"in base64url's signs": strings.NewReplacer("+", "-", "/", "_").Replace(value), "without signs": strings.NewReplacer("+", "", "/", "", "~", "").Replace(value), "with a label": "tok_" + value, "in groups": value[:10] + "-" + value[10:],
		} {
			if c, taken := take(known, shown); taken {
				t.Errorf("%s: %s, %q is taken", way, name, c.Known.ClientSecret.Reveal())
			}
		}
	}
}
