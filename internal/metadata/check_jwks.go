// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// object checks a JSON object, given as one or as a string of JSON. Details never quote it: it may hold private keys.
func (c *checker) object(p *Parameter, display string, v any) {
	report := func(summary, detail string) {
		c.add(Problem{Member: p.Name, Index: whole, Summary: summary, Detail: detail})
	}
	if s, ok := v.(string); ok {
		parsed, err := jsonvalue.Decode([]byte(s))
		if err != nil {
			report("Invalid JSON", fmt.Sprintf("%s is not valid JSON: %s. Write it with jsonencode().", display, jsonReason(err)))
			return
		}
		v = parsed
	}
	m, ok := v.(map[string]any)
	if !ok {
		report("Not a JSON object", display+" must be a JSON object, as in jsonencode({ … }).")
		return
	}
	if p.Kind == JWKSet && len(m) > 0 {
		c.jwks(p, display, m)
	}
}

// jsonReason words a decoding error without what was decoded.
func jsonReason(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("syntax error at byte %d", syntax.Offset)
	}
	if errors.Is(err, jsonvalue.ErrTrailing) || errors.Is(err, jsonvalue.ErrDepth) {
		return err.Error()
	}
	return "it ends too early"
}

// jwks checks a JWK Set (RFC 7517 §5) of public keys. A key of a type that is not known here passes: RFC 7517 §5 has
// implementations ignore what they don't understand, and the server may understand it.
func (c *checker) jwks(p *Parameter, display string, set map[string]any) {
	keys, ok := set["keys"].([]any)
	if !ok {
		detail := display + " must be a JWK Set: a JSON object with an array named \"keys\" (RFC 7517 §5)."
		if _, single := set["kty"]; single {
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
