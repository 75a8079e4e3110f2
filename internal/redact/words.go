// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import "strings"

// Shortest is the length from which a credential is replaced wherever it occurs. Anything shorter is no credential worth
// the name and would tear holes into ordinary words.
const Shortest = 4

// shortWord is up to how many letters a form may be the beginning of a word.
const shortWord = 7

func short(form string) bool {
	if len(form) > shortWord {
		return false
	}
	for i := range len(form) {
		if !letter(form[i]) {
			return false
		}
	}
	return true
}

// longestName is up to how many letters a form may be a word of a name.
const longestName = 12

// nameWords are what the names of the provider's attributes, of the members of metadata and of errors' codes are made of.
var nameWords = set(strings.Fields(`
	accept access account acr age alg algorithms aliases alive allow api app application assertion at auth authentication authorization backchannel basic before
	bound by ca certificate challenge changed claims client code concurrent configuration credential credentials current data default delete deleted delivery
	denied description destroy details device discovery display dn dns document down dpop dynamic email enc encrypted encryption end endpoint error errors
	expected expiration expires extension field file form format formats frontchannel grant hash header hint host http id identifier identity in information
	initial initiate insecure insufficient internal introspection invalid ip is issued issuer journal jwks jwt key keys left lifetime links login logo logout
	management mandatory max message metadata method methods missing mode modes mtls name nfv nonce notification null oauth object offer offline oidc omitted on
	only openid org organization owner page param parameter parameters password pkce policy post prevent private proof provider providers proxy public pushed
	query read recipients redirect refresh registered registration reissued renew request requests require required resource response retries reuse revocation
	rotate san scope scopes secret sector self server session signed signing skip slow software statement store subject substitutions supported template
	temporarily time timeout title tls token tokens tos type types unapproved unauthorized unavailable unsupported update uri uris url use user userinfo username
	values verifier verify version view vp webfinger when with
`)...)

// mostOfName is how long a name may be of which a form is a word.
const mostOfName = 80

// named reports whether what stands from one place of a text to another is a word of a longer name, as the passwords of many test servers are:
// “secret” in “client_secret”, “token” in “initial_access_token”. Of another name, as of an account, a word may be a credential. apart: white space
// stood at a place.
func named[T string | []byte](text T, from, to int, apart func(at int) bool) bool {
	if to-from > longestName || !nameWords[string(text[from:to])] {
		return false
	}
	begin, end := from, to
	for begin > 0 && from-begin < mostOfName && ofName(text[begin-1]) && !apart(begin) {
		begin--
	}
	for end < len(text) && end-to < mostOfName && ofName(text[end]) && !apart(end) {
		end++
	}
	name := string(text[begin:end])
	if begin > 0 && text[begin-1] == '\\' && name != "" { // “\nclient_secret”
		name = name[1:]
	}
	words := strings.Split(name, "_")
	for _, word := range words {
		if !nameWords[word] {
			return false
		}
	}
	return len(words) > 1
}

// endsWord reports whether what begins at a place of a text goes on a word, and no escape ends there.
func endsWord[T string | []byte](text T, at int, apart func(at int) bool) bool {
	const least = 2
	begin := at
	for begin > 0 && letter(text[begin-1]) && !apart(begin) {
		begin--
	}
	return at-begin >= least && (begin == 0 || apart(begin) || strings.IndexByte(`\%&#0123456789`, text[begin-1]) < 0)
}

func ofName(c byte) bool { return letter(c) || c >= '0' && c <= '9' || c == '_' }

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, word := range words {
		m[word] = true
	}
	return m
}
