// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import "strings"

// A name is judged by its letters and digits alone, in lower case and without a language tag, so that client_secret,
// clientSecret, Client-Secret and client_secret#ja are one name. A name in doubt counts as a secret's: a log or a warning
// without a harmless value still serves, and one with a secret does harm.
var (
	secretNames = set("pwd", "assertion", "softwarestatement", "authorization", "proxyauthorization", "cookie", "setcookie",
		"devicecode", "usercode", "codeverifier", "dpop", "authreqid", "xauthkey", "jwt", "pin", "otp")
	secretWords    = []string{"secret", "password", "passwd", "passphrase", "credential", "privatekey", "apikey", "bearer"}
	secretSuffixes = []string{
		"token", "tokenhint", "assertion", "authorization", "cookie", "accesskey", "secretkey", "clientkey", "subscriptionkey",
		"encryptionkey", "signingkey", "sharedkey", "masterkey", "accountkey", "hmackey", "symmetrickey",
	}
	// describing end a name that speaks of a secret and holds none: client_secret_expires_at, credential_issuer.
	describing = []string{"expiresat", "expiresin", "lifetime", "endpoint", "issuer", "supported", "method", "methods", "type", "types", "alg"}

	// parameterNames are secret in a form or query only; in JSON a "code" is an error's.
	parameterNames = set("code", "request", "sig", "signature", "key")

	// pairNames and pairValues are the members of what names and values are told by side by side: {"name": "client_secret", "value": "abc"}.
	pairNames  = set("name", "key", "field", "param", "parameter", "header", "property", "member", "loc", "path", "fieldname", "propertyname", "instancepath")
	pairValues = set("value", "val", "input", "values", "rejectedvalue", "attemptedvalue", "invalidvalue", "data")
	// pairObjects are those of pairValues that some servers have for all that was sent.
	pairObjects = set("input", "data")
)

func canonicalName(name string) string {
	name, _, _ = strings.Cut(name, "#")
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '_' || r == '-' || r == '.' || r == ' ' || r == ':' || r == '/':
			return -1
		}
		return r
	}, name)
}

// IsName reports whether a JSON member, a form or query parameter or a header of that name holds a credential, wherever it
// stands.
func IsName(name string) bool {
	name = canonicalName(name)
	if secretNames[name] || hasSuffix(name, secretSuffixes) {
		return true
	}
	if hasSuffix(name, describing) {
		return false
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func hasSuffix(name string, suffixes []string) bool {
	for _, suffix := range suffixes {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}
