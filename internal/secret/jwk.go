// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

import "slices"

// keyType is a type of key (kty) with the members that only its owner may know.
type keyType struct {
	kty     string
	private []string
}

// keyTypes are those of RFC 7518 §6.2.2, §6.3.2 and §6.4.1, RFC 8037 §2 and RFC 9964 (AKP, the type of ML-DSA keys).
var keyTypes = []keyType{
	{"RSA", []string{"d", "p", "q", "dp", "dq", "qi", "oth"}},
	{"EC", []string{"d"}},
	{"OKP", []string{"d"}},
	{"oct", []string{"k"}},
	{"AKP", []string{"priv"}},
}

var (
	// privateEverywhere are private in every type that has them.
	privateEverywhere = []string{"d", "priv"}
	// otherPrimes are the members of an element of "oth" (RFC 7518 §6.3.2.7).
	otherPrimes = []string{"r", "d", "t"}
)

// PrivateJWKMembers returns the members of a key of that type that hold private or symmetric key material. Of a type that
// is not known here, those are private that are so in every type that has them; the other names might mean something else
// in a new one and are doubtful only.
func PrivateJWKMembers(kty string) (private, doubtful []string) {
	for _, t := range keyTypes {
		if t.kty == kty {
			return t.private, nil
		}
		for _, name := range t.private {
			if !slices.Contains(privateEverywhere, name) && !slices.Contains(doubtful, name) {
				doubtful = append(doubtful, name)
			}
		}
	}
	return privateEverywhere, doubtful
}

// PrivateJWKMember reports whether a JWK's member holds private or symmetric key material in any type of key.
func PrivateJWKMember(name string) bool {
	return slices.Contains(otherPrimes, name) || slices.ContainsFunc(keyTypes, func(t keyType) bool { return slices.Contains(t.private, name) })
}
