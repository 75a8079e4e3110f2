// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

// The algorithm values are those of the IANA registry "JSON Web Signature and Encryption Algorithms" that are in use
// for these purposes and not discouraged (RSA1_5 is, by RFC 8725 §3.2). The registry is open, so none is closed.
var (
	asymmetricSigning = []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K", "EdDSA", "Ed25519",
	}
	signing         = append(append([]string{}, asymmetricSigning...), "HS256", "HS384", "HS512")
	signingOrNone   = append(append([]string{}, signing...), "none")
	keyManagement   = []string{"RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW", "A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"}
	contentEncoding = []string{"A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"}
)

// defaultEnc is what a missing *_enc means once its *_alg is set (OpenID Connect Registration §2, JARM §3,
// RFC 9701 §6). Without the *_alg it means nothing, and Check warns of an *_enc there.
const defaultEnc = "A128CBC-HS256"
