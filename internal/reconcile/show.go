// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Import returns what an import fills into state: the parameters of the table and their localized variants, in the shape
// of their kinds. Left out is what says no more than the specification's default does, so that a generated configuration
// is short; what has a shape that no attribute can hold or a tag that is none, whose members are returned beside it; and, as the server's own until
// a configuration names them, members that the table does not know and those that are sensitive: Terraform generates null for these.
func Import(registered Document) (imported Document, left []string) {
	imported = make(Document)
	shown := viewOf(registered)
	for member := range registered {
		if serverOwn(member) {
			continue
		}
		p, known := parameter(member)
		if !known || p.Sensitive {
			continue
		}
		value, spelling, _ := shown.get(member)
		if spelling != member || equal(member, nil, value) { // another spelling of the same tag stands for it
			continue
		}
		// Here a pattern of redirection URIs is read out as the list that it stands for: that is what a person writes.
		normal, ok := metadata.Normalize(member, value)
		switch {
		case !ok:
			left = append(left, member)
		case metadata.Absent(normal):
		case !tagged(member):
			left = append(left, member)
		default:
			imported[member] = normal
		}
	}
	for _, p := range metadata.All() {
		if list, empty := registered[p.Name].([]any); empty && len(list) == 0 && p.Default != nil && fitsEmpty(imported, p.Name) {
			imported[p.Name] = list
		}
	}
	slices.Sort(left)
	return imported, left
}

// tagged reports whether a member has a well-formed language tag or none. Another one need not be a name in the configuration language.
func tagged(member string) bool {
	_, tag := metadata.SplitTag(member)
	return tag == "" || metadata.WellFormedTag(tag)
}

// fitsEmpty reports whether an empty list of a parameter fits the other values, and the default that its absence means does not:
// response_types of a client without the authorization endpoint (RFC 7591 §2.1). Any other empty list may only be how the server
// shows what is not set.
func fitsEmpty(imported Document, member string) bool {
	empty := maps.Clone(imported)
	empty[member] = []any{}
	return len(metadata.Check(empty, nil)) < len(metadata.Check(imported, nil))
}

// RegisteredMetadata returns all that the server registered, less what has an attribute of its own (client_id, the
// credentials, the client configuration URI, the timestamps) and less anything that bears a secret: parameters that the
// table marks sensitive, texts under names that speak of a secret (a server's ext_…_client_secret), private members of
// keys, and texts that are credentials by their shape.
//
// It serves the attribute, not an update: what is left out here must still be sent back there.
func RegisteredMetadata(registered Document) Document {
	shown := make(Document, len(registered))
	for member, value := range registered {
		if serverOwn(member) {
			continue
		}
		p, inTable := parameter(member)
		if inTable && p.Sensitive {
			continue
		}
		if clean, ok := withoutSecrets(member, value, !inTable); ok {
			shown[member] = clean
		}
	}
	return shown
}

// RegisteredMetadataJSON returns RegisteredMetadata as JSON, the same text for the same metadata: members sorted, no
// white space, no HTML escapes, numbers as the server wrote them.
func RegisteredMetadataJSON(registered Document) string {
	text, err := jsonvalue.Encode(RegisteredMetadata(registered))
	if err != nil {
		// Only a value that did not come from JSON can fail here.
		return "{}"
	}
	return string(text)
}

// hides reports whether a text is a secret by its name, or holds one: as a parameter of a URI, or in JSON.
func hides(name, text string) bool {
	redacted, _ := redact.Member(name, text).(string)
	return strings.Contains(redacted, secret.Redacted)
}

// plain is a scope, a name or a URI of few parts: "token:introspect", "com.example.token:/cb". Behind the name of a credential, digits may be one.
var plain = regexp.MustCompile(`^[A-Za-z0-9._/-]*(?::[A-Za-z._/-]*)*$`)

// isSentence reports whether a text may be what a server says, or has something in it that is assigned or shown by its address.
func isSentence(text string) bool { return !plain.MatchString(text) || strings.Contains(text, "://") }

// withoutSecrets copies a value without what bears a secret. byName judges texts by the name that they stand under, too;
// not within the table's own parameters, whose names are known to be harmless.
func withoutSecrets(name string, v any, byName bool) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !redact.IsText(v) && !(byName && (hides(name, v) || isSentence(v) && redact.Sentence(v) != v))
	case []any:
		array := make([]any, 0, len(v))
		for _, element := range v {
			if clean, ok := withoutSecrets(name, element, byName); ok {
				array = append(array, clean)
			}
		}
		return array, len(array) == len(v) || len(array) > 0
	case map[string]any:
		object := make(map[string]any, len(v))
		_, isKey := v["kty"]
		paired := redact.Paired(v)
		for key, value := range v {
			if isKey && secret.PrivateJWKMember(key) || paired(key) {
				continue
			}
			within := key
			if byName && redact.IsName(name) {
				within = name // all texts below a name that speaks of a secret
			}
			if clean, ok := withoutSecrets(within, value, true); ok {
				object[key] = clean
			}
		}
		return object, true
	}
	return v, true // numbers and booleans bear no secret: client_secret_expires_at, secret_rotation: true
}
