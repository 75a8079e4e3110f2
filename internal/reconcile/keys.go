// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// keyNumbers are the members of a type of public key that are numbers (RFC 7518 §6.2.1, §6.3.1), which have more than one writing.
var keyNumbers = map[string][]string{"RSA": {"n", "e"}, "EC": {"x", "y"}, "OKP": nil, "AKP": nil}

// bindingMembers are those beside the key itself that say which one it is, what it may be used for and for how long, and which certificate vouches for it:
// RFC 7517 §4, and of OpenID Federation §8.7.2 what ends its validity. key_ops says no more than use or alg do, where either is there (RFC 7517 §4.3).
var bindingMembers = []string{"kty", "use", "alg", "kid", "x5u", "x5c", "x5t", "x5t#S256", "exp", "nbf", "revoked"}

// sameKeys reports whether two JWK Sets have the same keys, the shown one perhaps without members that a server may ignore (RFC 7517 §4, §5), as one does that
// reads the set into a structure of its own and writes it anew. What it shows beside what was asked for is its own doing.
func sameKeys(asked, shown any) bool {
	a, oka := keySet(asked)
	s, oks := keySet(shown)
	if !oka || !oks {
		return false
	}
	for name, value := range s {
		if _, known := a[name]; name != "keys" && (!known || !jsonvalue.Equal(a[name], value)) {
			return false
		}
	}
	wanted, _ := a["keys"].([]any)
	left, _ := s["keys"].([]any)
	if len(wanted) != len(left) {
		return false
	}
	left = slices.Clone(left)
	for _, key := range wanted {
		at := slices.IndexFunc(left, func(other any) bool { return sameKey(key, other) })
		if at < 0 {
			return false
		}
		left = slices.Delete(left, at, at+1)
	}
	return true
}

func keySet(v any) (map[string]any, bool) {
	normal, ok := metadata.Normalize("jwks", v)
	set, isSet := normal.(map[string]any)
	return set, ok && isSet
}

func sameKey(asked, shown any) bool {
	if jsonvalue.Equal(asked, shown) {
		return true
	}
	a, s := saying(asked), saying(shown)
	kty, _ := a["kty"].(string)
	numbers, known := keyNumbers[kty]
	if !known {
		return false // any member may be the key
	}
	for name, value := range s {
		had, there := a[name]
		if !there || !jsonvalue.Equal(had, value) && !(slices.Contains(numbers, name) && sameNumber(had, value)) {
			return false
		}
	}
	for name := range a {
		if _, stays := s[name]; !stays && bindsKey(name, s) {
			return false
		}
	}
	return true
}

// saying are the members of a key that have a value: some servers write all that they know, whether a key has it or not.
func saying(key any) map[string]any {
	members, _ := key.(map[string]any)
	members = maps.Clone(members)
	maps.DeleteFunc(members, func(_ string, v any) bool {
		list, isList := v.([]any)
		return metadata.Absent(v) || v == "" || isList && len(list) == 0
	})
	return members
}

// bindsKey reports whether the key is another one, or may be used otherwise, where a member is left out of it.
func bindsKey(name string, shown map[string]any) bool {
	switch {
	case name == "key_ops":
		return shown["use"] == nil && shown["alg"] == nil
	case slices.Contains([]string{"n", "e", "crv", "x", "y", "pub"}, name):
		return true
	}
	return slices.Contains(bindingMembers, name) || secret.PrivateJWKMember(name)
}

// sameNumber reports whether two texts are one number: with zeros before it, or with padding behind.
func sameNumber(a, b any) bool {
	x, okx := keyNumber(a)
	y, oky := keyNumber(b)
	return okx && oky && bytes.Equal(x, y)
}

func keyNumber(v any) ([]byte, bool) {
	text, _ := v.(string)
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	raw = bytes.TrimLeft(raw, "\x00")
	return raw, err == nil && len(raw) > 0
}
