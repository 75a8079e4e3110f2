// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import (
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// hashPattern has the usual password storage formats; each has structure that no generated secret has by chance. Servers that
// store only a hash of the client secret, or hide it, were seen to answer a read with what they have. Taken for the secret, it
// would replace the real one, which no read can bring back.
//
// {noop}value is in the list: it is how Spring stores a plain secret, and what authenticates is the text after it. So it
// is never the secret itself and must not replace a known one.
var hashPattern = regexp.MustCompile(`(?i)^(?:` +
	`\{(?:noop|null|bcrypt|scrypt|argon2[a-z0-9@._-]*|pbkdf2[a-z0-9@._-]*|ldap|crypt|md[245]|smd5|ssha[0-9-]*|sha[0-9-]*|sha256[a-z-]*|cleartext|plain|hash(?:ed)?|enc(?:rypted)?|aes[a-z0-9-]*|x-[a-z0-9-]+)\}.+` + // prefix of an id, RFC 2307 schemes
	`|\$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|P|H|S|argon2(?:id|i|d)?|pbkdf2[a-z0-9-]*|scrypt|bcrypt[a-z0-9-]*|s[0-9]+)\$.+` + // modular crypt and PHC formats
	`|(?:pbkdf2|scrypt|argon2|bcrypt)(?:[:_][a-z0-9]+)*[:$][^:$]*[:$].+` + // web frameworks
	`|(?:hmac[-_]?)?(?:sha|sha[-_]?[123]|md5)[:=$]\s*[a-z0-9+/=_:-]{8,}(?:…|\.{2,})?` + // sha1:97cde38…
	`|(?:hmac[-_]?)?sha3?[-_]?(?:224|256|384|512)[:=$_-]\s*[a-z0-9+/=_:-]{8,}(?:…|\.{2,})?` + // sha256-97cde38…
	// One secret in a million that is random base64url begins so, and is no digest: what follows has to have the length of one.
	`|(?:hmac[-_]?)?(?:sha|sha[-_]?[123]|md5)[_-]\s*(?:[0-9a-f]{8,}(?:…|\.{2,})?|[a-z0-9+/=_-]{8,}(?:…|\.{2,}))` +
	`|(?:hmac[-_]?)?(?:sha|sha[-_]?[123])[_-]\s*(?:[a-z0-9+/_-]{27}=|[a-z0-9+/_-]{43}=?|[a-z0-9+/_-]{64}|[a-z0-9+/_-]{86}(?:==)?)` +
	`|(?:hmac[-_]?)?md5[_-]\s*[a-z0-9+/_-]{22}(?:==)?` +
	`|(?:vault:v[0-9]+|enc(?:rypted)?|cipher(?:text)?):.+` + // ciphertext
	`|enc\(.+\)|enc\[.+\]|\$ansible_vault;.+` + // Jasypt, SOPS, Ansible
	`|scram-sha-[0-9]+\$.+` + // PostgreSQL
	`)$`)

// LooksHashed reports whether a shown credential is a stored form of it: a password hash, a labelled digest, a ciphertext,
// or an object or array of JSON as text.
func LooksHashed(shown string) bool {
	shown = strings.TrimSpace(shown)
	if hashPattern.MatchString(shown) {
		return true
	}
	if !strings.HasPrefix(shown, "{") && !strings.HasPrefix(shown, "[") {
		return false
	}
	v, err := jsonvalue.Decode([]byte(shown))
	if err != nil {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// maskSigns are what masks are made of, beside letters and punctuation.
const maskSigns = "*＊∗⁎✱•●∙·█■▪◼⬤⚫○"

var maskPattern = regexp.MustCompile(`(?i)^(?:` +
	`[` + maskSigns + `]{3,}.{0,8}` + // ********, ****abcd
	`|.{0,8}[` + maskSigns + `]{4,}` + // abcd****
	`|.{1,6}[` + maskSigns + `]{4,}.{1,6}` + // ab******yz
	`|.{0,8}…` + // abcd…
	`|x{4,}|x{8,}.{1,8}|(?:x{4}[ -])+.{4}` + // xxxxxxxxabcd, xxxx-xxxx-abcd
	`|#{4,}|-{4,}|_{4,}|\.{3,}` +
	`)$`)

// decoration is what stands around the word of a placeholder: [redacted], ***REDACTED***, <hidden>, "(not shown)".
const decoration = maskSigns + "…[](){}<>\"'`.:-_ #"

// placeholders are words that stand in a credential's place, whether or not they are decorated; decoratedPlaceholders do
// only with decoration, since each of them is also somebody's client secret on a test server.
var (
	placeholders = []string{"redacted", "masked", "hidden", "encrypted", "hashed", "omitted", "removed", "obfuscated", "obscured",
		"filtered", "suppressed", "withheld", "truncated", "confidential", "sensitive", "sensitive value", "secret hidden",
		"hidden secret", "not shown", "not available", "not returned", "not displayed", "unavailable", "undefined", "null",
		"none", "n/a", "nil", "unchanged"}
	decoratedPlaceholders = []string{"secret", "client secret", "password", "token", "private", "protected", "set", "stored",
		"value", "exists", "present", "secure", "unknown", "empty", "secret value", "no value"}
)

// LooksMasked reports whether a shown credential is a mask or a word that stands for one: ********, ****abcd, [redacted],
// ***REDACTED***, encrypted. What has nothing but the signs of a mask is one however short it is: there are servers that show
// one asterisk, and no server generates such a secret.
func LooksMasked(shown string) bool {
	if maskPattern.MatchString(shown) {
		return true
	}
	bare := strings.Trim(shown, decoration)
	if bare == "" {
		return shown != ""
	}
	word := strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(bare))
	return slices.Contains(placeholders, word) || bare != shown && slices.Contains(decoratedPlaceholders, word)
}

// Usable reports whether a shown credential can be the credential itself and so may replace a known one. It knows nothing
// of the known one: see DerivedFrom for that.
func Usable(shown string) bool { return shown != "" && !LooksHashed(shown) && !LooksMasked(shown) }
