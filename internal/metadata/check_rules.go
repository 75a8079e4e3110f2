// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"fmt"
	"slices"
	"strings"
)

// rules checks what lies between parameters.
func (c *checker) rules() {
	c.flows()
	c.redirects()
	c.sector()
	c.authentication()
	c.tlsSubject()
	c.dependencies()
	c.algorithms()
	c.ciba()
	c.frontchannel()
}

// flows checks that grant_types and response_types fit (RFC 7591 §2.1). All warnings: servers repair, take or refuse
// such pairs, and each is within its right.
func (c *checker) flows() {
	if c.unknown["grant_types"] || c.unknown["response_types"] {
		return
	}
	grants, responses := c.list("grant_types"), c.list("response_types")
	noGrants := len(grants) == 0
	emptyResponses := c.doc["response_types"] != nil && len(responses) == 0 // [] is how a client without redirects says so
	noResponses := len(responses) == 0 && !emptyResponses
	if c.stated && (noGrants || noResponses) {
		return // the statement may hold the other half
	}
	if noGrants {
		grants = []string{"authorization_code"}
	}
	if noResponses {
		responses = []string{"code"}
	}
	var code, implicit bool
	for _, response := range responses {
		needsCode, needsImplicit := responseNeeds(response)
		code, implicit = code || needsCode, implicit || needsImplicit
	}
	hasCode, hasImplicit := slices.Contains(grants, "authorization_code"), slices.Contains(grants, "implicit")

	if hasCode && noGrants && emptyResponses {
		hasCode, code = false, false // a client that answers nothing and names no grant: nothing to compare
	}
	report := func(member, detail string) {
		c.add(Problem{Member: member, Index: whole, Warning: true, Summary: "Grant types and response types do not fit", Detail: detail + " See RFC 7591 §2.1."})
	}
	grantMember, responseMember := "grant_types", "response_types"
	if noGrants {
		grantMember = responseMember
	}
	if noResponses {
		responseMember = "grant_types"
	}
	switch {
	case code && !hasCode && noResponses:
		report("grant_types", "grant_types does not hold \"authorization_code\", but response_types is not set, which means \"code\". Set response_types = [] if the client does not use the authorization endpoint.")
	case code && !hasCode:
		report(grantMember, "A response type with \"code\" needs the grant \"authorization_code\". Add it to grant_types.")
	case hasCode && !code:
		report(responseMember, "The grant \"authorization_code\" needs a response type with \"code\". Add one to response_types, or remove the grant.")
	}
	switch {
	case implicit && !hasImplicit:
		report(grantMember, "A response type with \"token\" or \"id_token\" needs the grant \"implicit\". Add it to grant_types.")
	case hasImplicit && !implicit:
		report(responseMember, "The grant \"implicit\" needs a response type with \"token\" or \"id_token\". Add one to response_types, or remove the grant.")
	}
	if (hasCode || hasImplicit) && c.missing("redirect_uris") {
		detail := "The authorization code grant and the implicit grant redirect to the client, and a client that uses one of them must register its redirection URIs (RFC 7591 §2)."
		if noGrants {
			detail = "A client for which grant_types names no grant has \"authorization_code\", and a client of that grant must register its redirection URIs (RFC 7591 §2)."
		}
		// No response types alone leave the grant, which servers refuse without one (RFC 7591 §2.1).
		detail += " Set redirect_uris, or, if the client does not use the authorization endpoint, set grant_types to the grants that it uses and response_types = []."
		c.add(Problem{Member: "redirect_uris", Index: whole, Warning: true, Summary: "Redirection URIs missing", Detail: detail})
	}
}

// authentication checks token_endpoint_auth_method against keys, grants and signing algorithm.
func (c *checker) authentication() {
	method := c.text(authMethod)
	report := func(member string, warning bool, summary, detail string) {
		c.add(Problem{Member: member, Index: whole, Warning: warning, Summary: summary, Detail: detail})
	}
	switch method {
	case "private_key_jwt", "self_signed_tls_client_auth":
		switch {
		case !c.noKeys():
		case c.missing("jwks"):
			report(authMethod, false, "Keys missing", fmt.Sprintf("%s = %q needs the client's public keys at the server. Set jwks_uri or jwks (OpenID Connect Core §9, RFC 8705 §2.2).", authMethod, method))
		default:
			report("jwks", false, "Keys missing", fmt.Sprintf("jwks holds no key, and %s = %q needs the client's public keys at the server. Add them to jwks, or set jwks_uri instead (OpenID Connect Core §9, RFC 8705 §2.2).", authMethod, method))
		}
	case "none":
		if slices.Contains(c.list("grant_types"), "client_credentials") {
			// RFC 6749 §4.4 speaks of use, not of registration, and servers may know other ways to authenticate.
			report(authMethod, true, "Public client with client_credentials", fmt.Sprintf("%s = \"none\" makes a public client, but the grant \"client_credentials\" is for confidential ones only (RFC 6749 §4.4). Choose a method, or remove the grant.", authMethod))
		}
	}
	alg := c.text(authAlg)
	if alg == "" || alg == "none" || c.unknown[authMethod] || c.stated && method == "" {
		return
	}
	hmac := strings.HasPrefix(alg, "HS")
	switch method {
	case "client_secret_jwt":
		if !hmac {
			report(authAlg, true, "Algorithm does not fit the method", authAlg+" does not fit client_secret_jwt, which signs with the client secret: use \"HS256\", \"HS384\" or \"HS512\" (OpenID Connect Core §9).")
		}
	case "private_key_jwt":
		if hmac {
			report(authAlg, true, "Algorithm does not fit the method", authAlg+" does not fit private_key_jwt, which signs with a private key: use an asymmetric algorithm such as \"RS256\" or \"ES256\" (OpenID Connect Core §9).")
		}
	case "", "none", "client_secret_basic", "client_secret_post", "tls_client_auth", "self_signed_tls_client_auth":
		// Methods that are not known here may well sign.
		report(authAlg, true, "Parameter without effect", fmt.Sprintf("%s is for %s = \"private_key_jwt\" or \"client_secret_jwt\" only; some servers refuse it with others (OpenID Connect Registration §2).", authAlg, authMethod))
	}
}

// noKeys reports whether the server certainly gets no key of the client.
func (c *checker) noKeys() bool {
	if !c.missing("jwks_uri") || !c.missing("signed_jwks_uri") {
		return false
	}
	if c.missing("jwks") {
		return true
	}
	set, ok := normalizeJWKSet(c.doc["jwks"])
	if !ok || c.unknown["jwks"] || c.stated {
		return false
	}
	m, _ := set.(map[string]any)
	keys, isList := m["keys"].([]any)
	return isList && len(keys) == 0
}

// tlsSubject checks RFC 8705 §2.1.2: exactly one parameter names the certificate's subject. More than one is an
// exclusion, which the rows have.
func (c *checker) tlsSubject() {
	if c.unknown[authMethod] {
		return
	}
	method := c.text(authMethod)
	first := ""
	for _, name := range tlsSubjects {
		if c.unknown[name] {
			return
		}
		if first == "" && c.set(name) {
			first = name
		}
	}
	switch {
	case method == "tls_client_auth" && first == "" && !c.stated:
		c.add(Problem{
			Member: authMethod, Index: whole, Summary: "Certificate subject missing",
			Detail: authMethod + " = \"tls_client_auth\" needs exactly one of " + strings.Join(tlsSubjects, ", ") + " (RFC 8705 §2.1.2). Set one.",
		})
	case method != "tls_client_auth" && first != "" && (method != "" || !c.stated) && usual(method):
		c.add(Problem{
			Member: first, Index: whole, Warning: true, Summary: "Parameter without effect",
			Detail: fmt.Sprintf("%s is for %s = \"tls_client_auth\" only (RFC 8705 §2.1.2); servers drop or refuse it otherwise.", first, authMethod),
		})
	}
}

// usual reports whether an authentication method is one of those that are known not to look at a certificate's subject,
// or to be left at its default. An extension might.
func usual(method string) bool {
	return method == "" || slices.Contains(byName[authMethod].Values, method)
}

// dependencies checks the rows' Needs and Wants.
func (c *checker) dependencies() {
	for _, p := range table {
		if p.Needs != "" && c.set(p.Name) && c.missing(p.Needs) {
			c.add(Problem{
				Member: p.Name, Index: whole, Warning: true, Summary: "Parameter missing",
				Detail: fmt.Sprintf("%s needs %s: content is encrypted only where that is set (%s). Set it, or remove %s.", p.Name, p.Needs, p.Spec, p.Name),
			})
		}
		if p.Wants != "" && !c.unknown[p.Name] && c.doc[p.Name] == true && c.missing(p.Wants) {
			c.add(Problem{
				Member: p.Name, Index: whole, Warning: true, Summary: "Parameter without effect",
				Detail: fmt.Sprintf("%s has no effect without %s (%s).", p.Name, p.Wants, p.Spec),
			})
		}
	}
}

// symmetric reports whether an algorithm works with the client secret, so that no key of the client is needed.
func symmetric(alg string) bool {
	return alg == "none" || alg == "dir" || strings.HasPrefix(alg, "HS") || strings.HasPrefix(alg, "A1") ||
		strings.HasPrefix(alg, "A2") || strings.HasPrefix(alg, "PBES2")
}

// KeyedBySecret reports whether a client is registered to sign, verify or encrypt with its client secret, apart from its authentication
// (OpenID Connect Core §10.1 and §10.2).
func KeyedBySecret(registered Document) bool {
	for member, value := range registered {
		alg, _ := value.(string)
		if strings.HasSuffix(member, "_alg") && member != authAlg && alg != "none" && symmetric(alg) {
			return true
		}
	}
	return false
}

// algorithms checks the rules on algorithms that depend on other parameters.
func (c *checker) algorithms() {
	if c.text("id_token_signed_response_alg") == "none" {
		for i, response := range c.list("response_types") {
			if slices.Contains(strings.Fields(response), "id_token") {
				c.add(Problem{
					Member: "id_token_signed_response_alg", Index: whole, Summary: "Value not allowed",
					Detail: fmt.Sprintf("id_token_signed_response_alg is \"none\", but with response_types[%d] the authorization endpoint issues ID Tokens, and those must be signed (OpenID Connect Registration §2). Choose an algorithm, or remove the response type.", i),
				})
				break
			}
		}
	}
	if !c.unknown["require_signed_request_object"] && c.doc["require_signed_request_object"] == true &&
		c.text("request_object_signing_alg") == "none" {
		c.add(Problem{
			Member: "request_object_signing_alg", Index: whole, Summary: "Value not allowed",
			Detail: "request_object_signing_alg is \"none\", but with require_signed_request_object = true the server must refuse unsigned Request Objects, so that the client could never authorize (RFC 9101 §10.5). Choose an algorithm.",
		})
	}
	if alg := c.text("request_object_signing_alg"); alg == "none" || c.missing("request_object_signing_alg") {
		for i, s := range c.list("request_uris") {
			if u, problem := parseAbsolute(s); problem == "" && u.Scheme == "http" {
				c.add(Problem{
					Member: "request_uris", Index: i, Warning: true, Summary: "Unprotected Request Object",
					Detail: fmt.Sprintf("request_uris[%d] must be https unless the Request Object is signed (OpenID Connect Core §6.2). Use https, or set request_object_signing_alg.", i),
				})
			}
		}
	}
	// No standard refuses an asymmetric algorithm without keys in so many words, and keys may reach the server by
	// another way, so this is a warning.
	var keyless []string
	for _, p := range table {
		if p.Use != EncryptToClient && p.Use != ClientSigns || p.Name == authAlg {
			continue // for authAlg, authentication has said it
		}
		if alg := c.text(p.Name); slices.Contains(p.Values, alg) && !symmetric(alg) { // of another value, what it needs is not known
			keyless = append(keyless, p.Name)
		}
	}
	if keyless == nil || !c.noKeys() {
		return
	}
	if !c.missing("jwks") {
		c.add(Problem{
			Member: "jwks", Index: whole, Warning: true, Summary: "Keys missing",
			Detail: fmt.Sprintf("jwks holds no key, and for the algorithm of %s the server needs the client's public keys. Add them to jwks, or set jwks_uri instead.", strings.Join(keyless, ", ")),
		})
		return
	}
	for _, name := range keyless {
		c.add(Problem{
			Member: name, Index: whole, Warning: true, Summary: "Keys missing",
			Detail: fmt.Sprintf("For the algorithm of %s the server needs the client's public keys. Set jwks_uri or jwks.", name),
		})
	}
}

// ciba checks CIBA Core §4.
func (c *checker) ciba() {
	const mode, endpoint = "backchannel_token_delivery_mode", "backchannel_client_notification_endpoint"
	if slices.Contains(c.list("grant_types"), ciba) && c.missing(mode) {
		c.add(Problem{
			Member: mode, Index: whole, Summary: "Parameter missing",
			Detail: fmt.Sprintf("The grant %q needs %s (CIBA Core §4). Set it to \"poll\", \"ping\" or \"push\".", ciba, mode),
		})
	}
	if m := c.text(mode); (m == "ping" || m == "push") && c.missing(endpoint) {
		c.add(Problem{
			Member: mode, Index: whole, Summary: "Parameter missing",
			Detail: fmt.Sprintf("%s = %q needs %s (CIBA Core §4). Set it.", mode, m, endpoint),
		})
	}
}
