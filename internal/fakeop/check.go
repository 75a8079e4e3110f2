// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/url"
	"slices"
	"strings"
)

// check applies the standards' rules on a whole registration.
func (s *Server) check(doc map[string]any) *answer {
	for _, rule := range []func(map[string]any) *answer{
		s.checkSupported, s.checkGrants, checkRedirectURIs, checkKeys, checkEncryption, checkSubject, checkOthers,
	} {
		if refused := rule(doc); refused != nil {
			return refused
		}
	}
	return nil
}

// checkSupported refuses values that the server's metadata does not list.
func (s *Server) checkSupported(doc map[string]any) *answer {
	if kind := text(doc, "application_type"); kind != "web" && kind != "native" {
		return ptr(errMetadata("application_type must be web or native"))
	}
	for _, member := range sortedNames(doc) {
		supported := s.supportedValues(supportedBy[member])
		if len(supported) == 0 {
			continue
		}
		for _, value := range valuesOf(member, doc[member]) {
			if !slices.Contains(supported, value) {
				return ptr(errMetadata("%s: %q is not supported", member, value))
			}
		}
	}
	return nil
}

// substituteUnsupported is Faults.SubstituteUnsupported.
func (s *Server) substituteUnsupported(doc map[string]any) {
	for member, value := range doc {
		supported := s.supportedValues(supportedBy[member])
		if len(supported) == 0 {
			continue
		}
		var kept []string
		for _, one := range valuesOf(member, value) {
			if slices.Contains(supported, one) {
				kept = append(kept, one)
			}
		}
		_, array := value.([]any)
		switch {
		case array:
			doc[member] = list(kept...)
		case member == "scope":
			doc[member] = strings.Join(kept, " ")
		case len(kept) == 0:
			doc[member] = supported[0]
		}
	}
}

// valuesOf are the single values of a member: the words of scope, and each response type with its words in order.
func valuesOf(member string, value any) []string {
	one, isText := value.(string)
	switch {
	case member == "scope":
		return strings.Fields(one)
	case isText:
		return []string{one}
	}
	values := words(value)
	if member == "response_types" {
		for i := range values {
			values[i] = sortedWords(values[i])
		}
	}
	return values
}

func sortedWords(text string) string {
	parts := strings.Fields(text)
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// checkGrants holds grant_types and response_types together (RFC 7591 §2.1, OpenID Connect Registration §2).
func (s *Server) checkGrants(doc map[string]any) *answer {
	grants := words(doc["grant_types"])
	needed := map[string]bool{}
	for _, responseType := range words(doc["response_types"]) {
		for _, word := range strings.Fields(responseType) {
			switch word {
			case "code":
				needed["authorization_code"] = true
			case "token", "id_token":
				needed["implicit"] = true
			}
		}
	}
	for _, grant := range []string{"authorization_code", "implicit"} {
		switch has := slices.Contains(grants, grant); {
		case s.ResponseTypesAlone:
		case needed[grant] && !has:
			return ptr(errMetadata("response_types need the grant type %s", grant))
		case has && !needed[grant]:
			return ptr(errMetadata("the grant type %s needs a response type that uses it", grant))
		}
	}
	method := text(doc, "token_endpoint_auth_method")
	if method == "none" && slices.Contains(grants, "client_credentials") {
		return ptr(errMetadata("client_credentials is for confidential clients only"))
	}
	return nil
}

// checkRedirectURIs are the rules of RFC 6749 §3.1.2 and OpenID Connect Registration §2 (application_type).
func checkRedirectURIs(doc map[string]any) *answer {
	grants := words(doc["grant_types"])
	implicit := slices.Contains(grants, "implicit")
	uris := words(doc["redirect_uris"])
	if len(uris) == 0 && (implicit || slices.Contains(grants, "authorization_code")) {
		return ptr(errRedirectURI("redirect_uris is needed for a grant that redirects"))
	}
	native := text(doc, "application_type") == "native"
	for _, uri := range uris {
		if wrong := wrongRedirectURI(uri, native, implicit); wrong != "" {
			return ptr(errRedirectURI("%s %s", uri, wrong))
		}
	}
	return nil
}

func wrongRedirectURI(uri string, native, implicit bool) string {
	parsed, err := url.Parse(uri)
	if err != nil || !parsed.IsAbs() {
		return "is no absolute URI"
	}
	if strings.Contains(uri, "#") {
		return "has a fragment"
	}
	host := parsed.Hostname()
	loopback := host == "localhost" || host == "127.0.0.1" || host == "::1"
	web := parsed.Scheme == "https" || parsed.Scheme == "http"
	switch {
	case slices.Contains([]string{"javascript", "data", "vbscript", "file"}, parsed.Scheme):
		return "has a dangerous scheme"
	case web && host == "":
		return "has no host"
	case native && (parsed.Scheme == "https" || parsed.Scheme == "http" && !loopback):
		return "is neither of a custom scheme nor http on loopback, as a native application's must be"
	case !native && !web:
		return "has a custom scheme, which only native applications may use"
	case !native && implicit && (parsed.Scheme != "https" || host == "localhost"):
		return "is not https or is localhost, which the implicit grant forbids web applications"
	}
	return ""
}

// checkKeys holds keys and the methods that need them together (RFC 7591 §2, RFC 8705 §2).
func checkKeys(doc map[string]any) *answer {
	_, byValue := doc["jwks"]
	_, byReference := doc["jwks_uri"]
	if byValue && byReference {
		return ptr(errMetadata("jwks and jwks_uri exclude each other"))
	}
	method := text(doc, "token_endpoint_auth_method")
	if (method == "private_key_jwt" || method == "self_signed_tls_client_auth") && !byValue && !byReference {
		return ptr(errMetadata("%s needs jwks or jwks_uri", method))
	}
	subjects := 0
	for member := range doc {
		if strings.HasPrefix(member, "tls_client_auth_") {
			subjects++
		}
	}
	if method == "tls_client_auth" && subjects != 1 {
		return ptr(errMetadata("tls_client_auth needs exactly one of the tls_client_auth_ members"))
	}
	if subjects > 1 {
		return ptr(errMetadata("the tls_client_auth_ members exclude each other"))
	}
	return nil
}

// checkEncryption has every content encryption come with its key encryption (OpenID Connect Registration §2).
func checkEncryption(doc map[string]any) *answer {
	for _, member := range sortedNames(doc) {
		if stem, ok := strings.CutSuffix(member, "_enc"); ok && text(doc, stem+"_alg") == "" {
			return ptr(errMetadata("%s needs %s_alg", member, stem))
		}
	}
	if text(doc, "id_token_signed_response_alg") == "none" {
		for _, responseType := range words(doc["response_types"]) {
			if slices.Contains(strings.Fields(responseType), "id_token") {
				return ptr(errMetadata("an id_token from the authorization endpoint must be signed"))
			}
		}
	}
	return nil
}

// checkSubject is OpenID Connect Core 1.0 §8.1: a pairwise subject needs one host to be computed for.
func checkSubject(doc map[string]any) *answer {
	if text(doc, "subject_type") != "pairwise" || text(doc, "sector_identifier_uri") != "" {
		return nil
	}
	hosts := map[string]bool{}
	for _, uri := range words(doc["redirect_uris"]) {
		if parsed, err := url.Parse(uri); err == nil {
			hosts[parsed.Hostname()] = true
		}
	}
	if len(hosts) > 1 {
		return ptr(errMetadata("pairwise subjects for several hosts need a sector_identifier_uri"))
	}
	return nil
}

func checkOthers(doc map[string]any) *answer {
	for _, member := range []string{"frontchannel_logout_uri", "backchannel_logout_uri"} {
		if strings.Contains(text(doc, member), "#") {
			return ptr(errMetadata("%s has a fragment", member))
		}
	}
	for _, uri := range words(doc["request_uris"]) {
		if !strings.HasPrefix(uri, "https://") {
			return ptr(errMetadata("request_uris holds a value that is not https"))
		}
	}
	mode := text(doc, "backchannel_token_delivery_mode")
	if (mode == "ping" || mode == "push") && text(doc, "backchannel_client_notification_endpoint") == "" {
		return ptr(errMetadata("the delivery mode %s needs backchannel_client_notification_endpoint", mode))
	}
	return nil
}
