// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "regexp"

// Servers that store only a hash of the client secret, or hide it, were seen to answer a read with what they have. Taken
// for the secret it would replace the real one, which no read can bring back. The patterns are those of the usual
// password storage formats; each has structure that no generated secret has by chance.
var hashPatterns = regexp.MustCompile(`(?i)^(?:` +
	`\{(?:noop|null|bcrypt|scrypt|argon2[a-z0-9]*|pbkdf2[a-z0-9@._-]*|ldap|crypt|md[245]|smd5|ssha[0-9-]*|sha[0-9-]*|sha256[a-z-]*|cleartext|plain|hash(?:ed)?|enc|aes[a-z0-9-]*)\}.+` + // prefix of an id, RFC 2307 schemes
	`|\$(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|apr1|P|H|S|argon2(?:id|i|d)?|pbkdf2[a-z0-9-]*|scrypt|bcrypt[a-z0-9-]*|s[0-9]+)\$.+` + // modular crypt and PHC formats
	`|(?:pbkdf2|scrypt|argon2|bcrypt)(?:[:_][a-z0-9]+)*[:$][^:$]*[:$].+` + // web frameworks
	`)`)

// LooksHashed tells whether a client secret looks like a stored hash (or a stored form: {noop}…) of one.
func LooksHashed(s string) bool { return hashPatterns.MatchString(s) }

var maskPatterns = regexp.MustCompile(`(?i)^(?:` +
	`[*•●∙·]{3,}.{0,8}` + // ********, ****abcd
	`|.{0,8}[*•●∙·]{4,}` + // abcd****
	`|.{1,6}[*•●∙·]{4,}.{1,6}` + // ab******yz
	`|x{4,}` +
	`|[<\[({]*(?:redacted|masked|hidden|secret hidden|not shown)[>\])}]*` +
	`)$`)

// LooksMasked tells whether a credential is a mask that stands for one: ********, ****abcd, [redacted].
func LooksMasked(s string) bool { return maskPatterns.MatchString(s) }

// usable tells whether an answered credential can be the credential itself.
func usable(credential string) bool {
	return credential != "" && !LooksHashed(credential) && !LooksMasked(credential)
}
