// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// candidate is a credential to try at the client configuration endpoint. token is empty for the provider's own credentials.
type candidate struct {
	auth   transport.Authorizer
	token  secret.String
	source outcome.TokenSource
}

func bearer(token secret.String, source outcome.TokenSource) candidate {
	return candidate{auth: transport.Bearer(token), token: token, source: source}
}

func tried(candidates []candidate, token secret.String) bool {
	return slices.ContainsFunc(candidates, func(c candidate) bool { return c.token.Equal(token) })
}

// digest stands for a token that only has to be recognised.
func digest(token secret.String) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// marksOf returns, each once, the marks that are digests of one of the tokens.
func marksOf(tokens []secret.String, marks ...string) (kept []string) {
	for _, token := range tokens {
		if m := digest(token); slices.Contains(marks, m) && !slices.Contains(kept, m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// chosen reports whether the configuration has this credential as the value of a member or within one, by what is asked for or agreed on.
func chosen(credential secret.String, asked metadata.Document, agreed reconcile.Agreement) bool {
	for _, value := range asked {
		if hasWithin(value, credential) {
			return true
		}
	}
	for _, pair := range agreed {
		if hasWithin(pair.Asked, credential) {
			return true
		}
	}
	return false
}

// hasWithin reports whether a value is the credential or has it within.
func hasWithin(value any, credential secret.String) bool {
	switch v := value.(type) {
	case string:
		return credential.Equal(secret.New(v))
	case []any:
		return slices.ContainsFunc(v, func(element any) bool { return hasWithin(element, credential) })
	case map[string]any:
		for _, element := range v {
			if hasWithin(element, credential) {
				return true
			}
		}
	}
	return false
}
