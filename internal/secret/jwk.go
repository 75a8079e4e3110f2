// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret

// privateJWK are the members of a JWK that only its owner may know, by key type: RFC 7518 §6.2.2, §6.3.2 and §6.4.1,
// RFC 8037 §2, RFC 9964 (AKP, the type of ML-DSA keys).
var privateJWK = map[string][]string{
	"RSA": {"d", "p", "q", "dp", "dq", "qi", "oth"},
	"EC":  {"d"},
	"OKP": {"d"},
	"oct": {"k"},
	"AKP": {"priv"},
}

// PrivateJWKMembers returns the members of a key of that type that hold private or symmetric key material. Of a type that
// is not known here, "d" and "priv" are private, as in every type that there is; the other names might mean something else
// in a new one and are doubtful only.
func PrivateJWKMembers(kty string) (private, doubtful []string) {
	if members, known := privateJWK[kty]; known {
		return members, nil
	}
	return []string{"d", "priv"}, []string{"p", "q", "dp", "dq", "qi", "oth", "k"}
}

// PrivateJWKMember reports whether a JWK's member holds private or symmetric key material in any type of key. The members
// of "oth" (RFC 7518 §6.3.2.7) count, too.
func PrivateJWKMember(name string) bool {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv", "r", "t":
		return true
	}
	return false
}
