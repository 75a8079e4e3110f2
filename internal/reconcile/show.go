// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Import returns what an import fills into state: the parameters of the table and their localized variants, in the shape
// of their kinds. Left out is what says no more than the specification's default does, so that a generated configuration
// is short; what has a shape that no attribute can hold; and members that the table does not know, which are the
// server's own until a configuration names them.
func Import(registered Document) Document {
	imported := make(Document)
	shown := viewOf(registered)
	for member := range registered {
		if serverOwn(member) {
			continue
		}
		if _, known := parameter(member); !known {
			continue
		}
		value, spelling, _ := shown.get(member)
		if spelling != member || equal(member, nil, value) { // another spelling of the same tag stands for it
			continue
		}
		// Here a pattern of redirection URIs is read out as the list that it stands for: that is what a person writes.
		if normal, ok := metadata.Normalize(member, value); ok && !metadata.Absent(normal) {
			imported[member] = normal
		}
	}
	return imported
}

// RegisteredMetadata returns all that the server registered, less what has an attribute of its own (client_id, the
// credentials, the client configuration URI, the timestamps) and less anything that bears a secret: parameters that the
// table marks sensitive, texts under names that speak of a secret (a server's ext_…_client_secret), private members of
// keys, and texts that contain one of the known credentials.
//
// It serves the attribute, not an update: what is left out here must still be sent back there.
func RegisteredMetadata(registered Document, known ...secret.String) Document {
	shown := make(Document, len(registered))
	for member, value := range registered {
		if serverOwn(member) {
			continue
		}
		p, inTable := parameter(member)
		if inTable && p.Sensitive {
			continue
		}
		c := cleaner{known: known, names: !inTable}
		if clean, ok := c.clean(member, value); ok {
			shown[member] = clean
		}
	}
	return shown
}

// RegisteredMetadataJSON returns RegisteredMetadata as JSON, the same text for the same metadata: members sorted, no
// white space, no HTML escapes, numbers as the server wrote them.
func RegisteredMetadataJSON(registered Document, known ...secret.String) string {
	text, err := encode(RegisteredMetadata(registered, known...))
	if err != nil {
		// Only a value that did not come from JSON can fail here.
		return "{}"
	}
	return string(text)
}

// encode is json.Marshal without HTML escapes, which would make each & of a URI six bytes long.
func encode(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// cleaner copies a value without what bears a secret.
type cleaner struct {
	known []secret.String
	names bool // judge by names too; not within the table's own parameters, whose names are known to be harmless
}

func (c cleaner) clean(name string, v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !(c.names && speaksOfSecret(name)) && !c.containsKnown(v)
	case []any:
		array := make([]any, 0, len(v))
		for _, element := range v {
			if clean, ok := c.clean(name, element); ok {
				array = append(array, clean)
			}
		}
		return array, len(array) == len(v) || len(array) > 0
	case map[string]any:
		object := make(map[string]any, len(v))
		_, isKey := v["kty"]
		for key, value := range v {
			if isKey && privateKeyMember(key) {
				continue
			}
			inner := c
			inner.names = true
			within := key
			if c.names && speaksOfSecret(name) {
				within = name // all texts below a name that speaks of a secret
			}
			if clean, ok := inner.clean(within, value); ok {
				object[key] = clean
			}
		}
		return object, true
	}
	return v, true // numbers and booleans bear no secret: client_secret_expires_at, secret_rotation: true
}

func (c cleaner) containsKnown(text string) bool {
	for _, s := range c.known {
		if !s.IsEmpty() && strings.Contains(text, s.Reveal()) {
			return true
		}
	}
	return false
}

var separators = strings.NewReplacer("-", "", "_", "", ".", "", " ", "")

// speaksOfSecret judges a name that the table does not know. Better one harmless text too few than one secret too many:
// the attribute only informs.
func speaksOfSecret(name string) bool {
	name, _ = metadata.SplitTag(name)
	name = separators.Replace(strings.ToLower(name))
	for _, word := range []string{"secret", "password", "passwd", "passphrase", "credential", "privatekey", "apikey", "bearer"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return strings.HasSuffix(name, "token")
}

// privateKeyMember tells whether a JWK's member is private or symmetric key material (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
func privateKeyMember(name string) bool {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
		return true
	}
	return false
}
