// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// longestPlain is how many letters a word of a sentence has at most, mostDigits how many digits a number in one.
	longestPlain, mostDigits = 20, 5
	// parting are the signs that part the words of a name, a version, an address or a date.
	parting = "_-./:+,"
	// signs are in passwords, and in no word.
	signs = "@#$%!?*~^={}"
)

var (
	// terms are words of protocols, and values of parameters, that have digits in them or stand in quotation marks.
	terms = set(strings.Fields(`
		a128cbc a128gcm a128gcmkw a128kw a192gcm a192kw a256cbc a256gcm a256gcmkw a256kw base32 base64 base64url ed25519 ed448 es256 es256k es384 es512 hs256 hs384 hs512
		aes128 aes128cbc aes128gcm aes192 aes192gcm aes256 aes256cbc aes256gcm argon2 argon2d argon2i argon2id base58 curve25519 hmacsha256 hmacsha384 hmacsha512 iso8601 oauth1 pbkdf2 prime256v1
		rsa2048 rsa3072 rsa4096 secp256r1 secp384r1 secp521r1 sha1withrsa sha256withecdsa sha256withrsa sha384withecdsa sha384withrsa sha512withecdsa sha512withrsa sslv3 tlsv1 tlsv3 uuidv1
		uuidv4 uuidv5 uuidv6 uuidv7
		http2 ipv4 ipv6 md5 oaep oauth2 oidc4vp openid4vc p256 p384 p521 pbes2 pkcs1 pkcs12 pkcs8 ps256 ps384 ps512 rs256 rs384 rs512 rsa1 s256 saml2 secp256k1 sha1 sha2 sha256
		sha384 sha3 sha512 tls1 utf16 utf8 x25519 x448 x509 x5c x5t zoneinfo

		address ascii audience aud azp bearer boolean ciba confidential consent content cnf credentials dir dpop eddsa email exp false https iat implicit integer iss issuer jti json body detail input kid kty
		loa loc msg native nbf nonce number offline openid pairwise path phone ping plain poll private profile prompt public push query refresh saml string sub subject swd true
		web write xml
	`)...)

	// identified end the names of what tells what is no secret: "Trace ID", "requestId", "jwks_uri".
	identified = set("id", "ids", "uri", "uris", "url", "urls", "kid", "jti", "timestamp", "time", "date", "version", "host", "ip", "port", "ref", "reference")

	dated    = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:T|$)`)
	epoch    = regexp.MustCompile(`^1\d{9}(?:\d{3})?$`)
	measured = regexp.MustCompile(`(?i)^(?:v\d{1,3}|\d{1,5}(?:st|nd|rd|th|ns|us|µs|ms|s|secs?|m|mins?|h|hrs?|d|[kmg]?i?b|bits?|bytes?|x)|\d{1,9}z|rfc\d{3,5}|0x[0-9a-f]{1,8})$`)
	// numberedCode is a code as "AADSTS700016", "E0000011" or "ORA-00001"; requested is "req-1a2b3c4d".
	numberedCode = regexp.MustCompile(`^[A-Z]{1,8}[-_]?\d{3,8}$`)
	// yeared is a password as many have one: "SUMMER2024".
	yeared    = regexp.MustCompile(`^[A-Z]+[-_]?(?:19|20)\d\d$`)
	requested = regexp.MustCompile(`^req[-_][0-9A-Za-z-]{4,40}$`)
	// known are codes whose prefix no password has.
	known = regexp.MustCompile(`^(?:AADSTS|IDX|MSIS|ORA-?|ERR[-_]?|RFC|E)\d{4,8}$`)
	// clock is a time of a day, day is a date that begins with its day.
	clock = regexp.MustCompile(`^\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$`)
	day   = regexp.MustCompile(`^\d{1,2}[-./]\d{1,2}[-./]\d{4}$`)
	// lasting is a duration as programs print it: "5m30.123s".
	lasting = regexp.MustCompile(`^\d{1,5}(?:h\d{1,2}(?:m\d{1,2})?|m\d{1,2})?(?:\.\d{1,9})?(?:s|m|ms|µs)$`)
	// frame and source are of a stack trace: "com.example.Foo$1.run", "/usr/lib/python3.11/jwt.py".
	frame  = regexp.MustCompile(`^(?:[a-z][a-z0-9_]{0,30}\.){2,10}[A-Z][A-Za-z0-9]{0,40}(?:\$[A-Za-z0-9]{1,40})?\.[a-z][A-Za-z0-9]{0,40}$`)
	source = regexp.MustCompile(`^(?:[A-Za-z0-9._@-]{0,40}/){0,20}[A-Za-z0-9_-]{1,40}\.(?:cs|go|java|js|kt|php|py|rb|rs|scala|ts)(?::\d{1,5}){0,2}$`)
	// class is the name of an exception's, and capitalized a part of it.
	class       = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,60}(?:Exception|Error|Failure)$`)
	capitalized = regexp.MustCompile(`[A-Z]*[a-z]*[0-9]*`)
	// compound is a long word of which only the first letter may be a capital, stems are in such words.
	compound = regexp.MustCompile(`^[A-ZÄÖÜ]?[a-zäöüß]{20,40}$`)
	stems    = regexp.MustCompile(`(?i)registrier|authentifi[zc]|zugriff|berechtig|autoris|schlüssel|kennwort|anmeld|signatur|zertifikat|umleitung|gültig|methode|registrati|authenticati|toegang`)
	// characters are those that a value may have: "[A-Za-z0-9_-]".
	characters = regexp.MustCompile(`^\^?(?:A-Z|a-z|0-9|a-f|A-F|[_.~-])+$`)
	// placed is an address of a host or of mail.
	placed = regexp.MustCompile(`^(?:(?:[a-z]{1,8}:)?[A-Za-z0-9._+-]{1,40}@)?(?:[a-z0-9-]{1,24}\.)+[a-z]{2,10}(?::\d{1,5})?$`)
)

// isPlain reports whether a word is as those of sentences are: letters alone, or joined by what joins the words of names, a number, an address, a date, or
// a word of the trade. Anything else may be a credential.
func isPlain(word string) bool {
	word = strings.Trim(word, "#*/")
	if len(word) <= Shortest || terms[strings.ToLower(word)] || dated.MatchString(word) || characters.MatchString(word) || epoch.MatchString(word) ||
		clock.MatchString(word) || day.MatchString(word) || lasting.MatchString(word) || frame.MatchString(word) || source.MatchString(word) || requested.MatchString(word) || placed.MatchString(word) {
		return true
	}
	if strings.ContainsAny(word, signs) || inGroups(word) {
		return false
	}
	numbers, mixed, grouped := 0, 0, strings.Contains(word, "-")
	for _, part := range strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune(parting, r) }) {
		digits := strings.Count(strings.Map(digitsOnly, part), "0")
		switch {
		case digits == 0:
			turns, is := cased(part)
			if !is && !isCompound(part) && !isClass(part) {
				return false
			}
			if turns > 1 {
				mixed++
			}
		case digits == len(part) && digits <= mostDigits:
			numbers++
		case !terms[strings.ToLower(part)] && !measured.MatchString(part) && !isClass(part):
			return false
		}
	}
	return (numbers < 3 || !grouped) && (mixed < 2 || !strings.ContainsAny(word, "-_/+"))
}

// isCode reports whether a word may be the code of an error, and does not end with a year.
func isCode(word string) bool { return numberedCode.MatchString(word) && !yeared.MatchString(word) }

// inGroups reports whether a word is of capitals and digits in groups of one length, as recovery codes are: ABCD-EFGH-IJKL.
func inGroups(word string) bool {
	const least = 3
	groups := strings.Split(word, "-")
	if len(groups) < least || strings.ToUpper(word) != word || strings.Trim(word, "0123456789-") == "" || isTerm(word) {
		return false
	}
	for _, group := range groups {
		if len(group) < Shortest || len(group) != len(groups[0]) {
			return false
		}
	}
	return true
}

func digitsOnly(r rune) rune {
	if r >= '0' && r <= '9' {
		return '0'
	}
	return -1
}

// isCompound reports whether letters are a word that is put together of others, as German and Dutch have them.
func isCompound(letters string) bool {
	return compound.MatchString(letters) && stems.MatchString(letters)
}

// isClass reports whether a word is the name of an exception's class, of which what has digits is a term: "OAuth2AuthenticationException".
func isClass(word string) bool {
	if !class.MatchString(word) {
		return false
	}
	for _, part := range capitalized.FindAllString(word, -1) {
		if strings.ContainsAny(part, "0123456789") && !terms[strings.ToLower(part)] {
			return false
		}
	}
	return true
}

// cased tells how often letters change between small and capital ones, and whether that is as in a word, or in several that are put together, as in
// redirectURIs. What is generated changes at every other letter.
func cased(letters string) (turns int, is bool) {
	const each = 4
	row, wasCapital := 0, false
	for i, r := range letters {
		capital := r >= 'A' && r <= 'Z'
		if r >= utf8.RuneSelf {
			row, wasCapital = 0, capital
			continue // of another language, whose words may be longer, or have no blanks between them
		}
		if row++; i > 0 && capital != wasCapital {
			turns, row = turns+1, 1
		}
		if wasCapital = capital; row > longestPlain {
			return turns, false
		}
	}
	return turns, turns <= max(3, len(letters)/each+1)
}

// isTerm reports whether a text in quotation marks is a name, a value of a parameter, or words of such: nothing of which somebody makes a passphrase.
func isTerm(text string) bool {
	known := 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t,;|/.-_:+#()[]{}", r) }) {
		for _, part := range humps(word) {
			if !nameWords[part] && !says[part] && !terms[part] && !isShort(part) {
				return false
			}
			known++
		}
	}
	return known > 0
}

// isShort reports whether a part of a name is a number, or too short to be a credential.
func isShort(part string) bool {
	return len(part) < Shortest || len(part) <= mostDigits && strings.Trim(part, "0123456789") == ""
}

// humps are the words of redirectUris, in small letters.
func humps(word string) (parts []string) {
	from := 0
	for i := 1; i < len(word); i++ {
		if word[i] >= 'A' && word[i] <= 'Z' && word[i-1] >= 'a' && word[i-1] <= 'z' {
			parts = append(parts, strings.ToLower(word[from:i]))
			from = i
		}
	}
	return append(parts, strings.ToLower(word[from:]))
}

var (
	// opens are nouns with which such a clause begins where another word follows that is none of copulas: "array expected", "token signature does not match".
	opens   = set(strings.Fields(`array boolean character characters integer key kid list number object parameter string text token type values`)...)
	copulas = set("is", "was", "are", "were", "has", "does", "isn't")
	// begins are words with which it begins where any word follows, goes the same but for copulas: "audience does not match", "account locked".
	begins = set(strings.Fields(`additional algorithm audience bad expiration expiry extra field illegal input insufficient issuer jwt lifetime maximum minimum scope session signature size
		subject unrecognized`)...)
	goes = set(strings.Fields(`access account authorization bearer certificate client crypto decoding encryption grant initial parsing redirect refresh registration request response server signing
		unauthenticated user verification`)...)
	// ofTokens are what a sentence has for its subject that follows "token:", and no such token is.
	ofTokens = set("token", "tokens", "assertion")
)

// reads reports whether the word from one place of a text to another begins what is said of a credential of a name, which a value that is wrong does not: it
// stands alone, or before a verb.
func reads(text, name string, from, to int) bool {
	word := strings.ToLower(strings.TrimRight(text[from:to], ".:!?"))
	if says[word] {
		return true
	}
	rest, is := strings.CutPrefix(text[to:min(len(text), to+mostOfName)], " ")
	next := strings.ToLower(firstWord(rest))
	if gives[word] && rest != "" && strings.IndexByte("([", rest[0]) >= 0 {
		return true // "received (abc)", of which the bracket has the value
	}
	if !is || next == "" {
		return false
	}
	name = canonicalName(name)
	switch whole := len(word) == to-from && isPlain(next); {
	case whole && (begins[word] || isParameter(word)), ofTokens[word] && hasSuffix(name, secretSuffixes) && copulas[next]:
		return true
	case copulas[next]:
		return false
	case whole && (goes[word] || name == "invalidtoken" && isWord(word)): // an error's code, before a sentence (RFC 6750 §3.1)
		return true
	}
	return opens[word] && (says[next] || nameWords[next] || terms[next] || identified[word])
}

// isParameter reports whether a word is the name of a parameter, and of no credential: "client_id".
func isParameter(word string) bool {
	parts := strings.Split(word, "_")
	for _, part := range parts {
		if !nameWords[part] {
			return false
		}
	}
	return len(parts) > 1 && !IsName(word)
}

// qualifies ends a word that a name begins: "token-based".
var qualifies = set("based", "bound", "protected", "only", "style", "specific", "authenticated", "constrained", "signed", "encrypted")

// isQualified reports whether a word is such a one.
func isQualified(word string) bool {
	parts := strings.Split(strings.ToLower(word), "-")
	for i, part := range parts {
		if last := i == len(parts)-1; last != qualifies[part] || !last && !nameWords[part] && !terms[part] && part != "sender" {
			return false
		}
	}
	return len(parts) > 1
}
