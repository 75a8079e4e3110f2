// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// object checks a JSON object. A text in its place is valid JSON all the same, most often an object that was encoded twice. Details never
// quote the value: it may hold private keys.
func (c *checker) object(p *Parameter, display string, v any) {
	report := func(detail string) {
		c.add(Problem{Member: p.Name, Index: whole, Summary: "Not a JSON object", Detail: detail})
	}
	switch v := v.(type) {
	case map[string]any:
		if p.Kind == JWKSet {
			c.jwks(p, display, v)
		}
	case string:
		inner, _ := jsonvalue.Decode([]byte(v))
		if _, twice := inner.(map[string]any); twice {
			report(display + " was encoded as JSON twice, so that it is a string and no JSON object. Encode it once, as in jsonencode({ … }).")
			return
		}
		report(display + " is a JSON string and must be a JSON object, as in jsonencode({ … }).")
	default:
		report(display + " must be a JSON object, as in jsonencode({ … }).")
	}
}

// jwks checks a JWK Set (RFC 7517 §5) of public keys. A key of a type that is not known here passes: RFC 7517 §5 has
// implementations ignore what they don't understand, and the server may understand it.
func (c *checker) jwks(p *Parameter, display string, set map[string]any) {
	keys, ok := set["keys"].([]any)
	if !ok {
		detail := display + " must be a JWK Set: a JSON object with an array named \"keys\" (RFC 7517 §5)."
		if len(set) == 0 {
			detail += " This is an empty object. Remove the attribute, or write jsonencode({ keys = [] }) for a set without keys."
		} else if _, single := set["kty"]; single {
			detail += " This is a single key: write { keys = [ … ] } around it."
		}
		c.add(Problem{Member: p.Name, Index: whole, Summary: "Not a JWK Set", Detail: detail})
		return
	}
	var signs, encrypts bool
	for i, e := range keys {
		key, ok := e.(map[string]any)
		if !ok {
			c.add(Problem{Member: p.Name, Index: i, Summary: "Not a key", Detail: fmt.Sprintf("%s.keys[%d] must be a JSON object (RFC 7517 §4).", display, i)})
			continue
		}
		signs, encrypts = signs || key["use"] == "sig", encrypts || key["use"] == "enc"
		c.jwk(p, fmt.Sprintf("%s.keys[%d]", display, i), i, key)
	}
	if !signs || !encrypts {
		return
	}
	for i, e := range keys {
		if key, ok := e.(map[string]any); ok && Absent(key["use"]) {
			c.add(Problem{
				Member: p.Name, Index: i, Summary: "Key without use",
				Detail: fmt.Sprintf("%s.keys[%d] has no \"use\"; where a set holds keys for signing and for encryption, each must say which it is: \"sig\" or \"enc\" (OpenID Connect Registration §2).", display, i),
			})
		}
	}
}

// jwk checks one key.
func (c *checker) jwk(p *Parameter, where string, index int, key map[string]any) {
	report := func(warning bool, summary, detail string) {
		c.add(Problem{Member: p.Name, Index: index, Warning: warning, Summary: summary, Detail: where + detail})
	}
	kty, _ := key["kty"].(string)
	if kty == "" {
		report(false, "Key without type", " has no \"kty\", the type of the key (RFC 7517 §4.1).")
		return
	}
	private, doubtful := secret.PrivateJWKMembers(kty)
	if found := membersOf(key, private); found != nil {
		what := "private"
		if kty == "oct" {
			what = "symmetric"
		}
		report(false, "Private key", fmt.Sprintf(" holds the %s key material %s. A client registers public keys only (OpenID Connect Registration §2): remove it, and replace the key if this file was shared.", what, quoted(found)))
		return
	}
	if found := membersOf(key, doubtful); found != nil {
		report(true, "Possibly a private key", fmt.Sprintf(" has a key type that is not known here, and the members %s, which are private in other types. Make sure that the key is public.", quoted(found)))
		return
	}
	if reason := unreadable(kty, key); reason != "" {
		report(false, "Invalid key", " is no valid "+kty+" key: "+reason+".")
	}
}

func membersOf(key map[string]any, names []string) []string {
	var found []string
	for _, name := range names {
		if _, ok := key[name]; ok {
			found = append(found, name)
		}
	}
	return found
}

// readable are the curves that go-jose knows. Others are not wrong (secp256k1, Ed448, X25519), only unknown to it.
var readable = map[string][]string{"EC": {"P-256", "P-384", "P-521"}, "OKP": {"Ed25519"}}

// unreadable tells why a public key can't be read, or "".
func unreadable(kty string, key map[string]any) string {
	crv, hasCurve := key["crv"].(string)
	switch kty {
	case "RSA":
	case "EC", "OKP":
		if !hasCurve {
			return "it has no \"crv\" (RFC 7518 §6.2.1, RFC 8037 §2)"
		}
		if !slices.Contains(readable[kty], crv) {
			return ""
		}
	default:
		return ""
	}
	// Only what makes the key: certificates and thumbprints beside it are for the server to judge.
	material := make(map[string]any, 5)
	for _, name := range []string{"kty", "crv", "n", "e", "x", "y"} {
		v, ok := key[name]
		if !ok {
			continue
		}
		if _, isText := v.(string); !isText {
			return fmt.Sprintf("its %q is no string (RFC 7518 §6)", name)
		}
		material[name] = v
	}
	raw, err := jsonvalue.Encode(material)
	if err == nil {
		err = new(jose.JSONWebKey).UnmarshalJSON(raw)
	}
	if err == nil {
		return ""
	}
	return strings.TrimPrefix(err.Error(), "go-jose/go-jose: ")
}
