// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package metadata knows the client metadata of OAuth 2.0 and OpenID Connect Dynamic Client Registration: one row per
// parameter (RFC 7591 §2 and the specifications that add to the IANA registry it opened), how two values of a
// parameter compare, and what the standards forbid.
//
// The package is pure: no I/O, no Terraform, no HTTP. Everything that the provider says about a parameter, its schema,
// its documentation, its validation, comes from the rows, so that a parameter's facts stand in one place only.
package metadata

// Document is a JSON object as decoded with json.Decoder.UseNumber: its values are string, bool, json.Number, []any,
// map[string]any and nil. Functions that take a Document or a value also accept Go's own []string, integers and floats.
type Document = map[string]any

// Kind is the JSON shape of a parameter together with how its values compare.
type Kind int

// The kinds. Their order has no meaning.
const (
	String     Kind = iota // a JSON string, compared exactly
	URI                    // a JSON string that holds an absolute URI, compared exactly (RFC 3986 §6.2.1)
	Integer                // a JSON number without a fraction
	Boolean                // true or false
	StringList             // a JSON array of strings; a set unless the row is Ordered
	Scope                  // one JSON string of words separated by spaces (RFC 6749 §3.3), compared as a set of words
	JSONObject             // a JSON object, compared as a JSON value
	JWKSet                 // a JWK Set (RFC 7517 §5), compared as a JSON value whose "keys" are a set
)

// Support tells how a server's metadata shows that it supports a parameter's value.
type Support int

// The forms of showing support.
const (
	NoSupport       Support = iota // nothing in server metadata speaks of this parameter
	SupportList                    // Supported is an array; the configured value, or each of its elements, belongs in it
	SupportFlag                    // Supported is a boolean; an explicit false says that the feature is missing
	SupportPresence                // the feature is there where the member Supported is
	SupportRelated                 // Supported is about the same feature, but no value of it excludes anything: not checked
)

// Use is the part that an algorithm parameter plays.
type Use int

// The parts. "Client" and "server" tell whose key is needed: what the client signs, and what is encrypted to the
// client, needs the client's public keys at the server unless the algorithm is symmetric.
const (
	NotAlgorithm      Use = iota
	ServerSigns           // JWS alg by which the server signs
	ClientSigns           // JWS alg by which the client signs
	EncryptToClient       // JWE alg for what the server sends
	EncryptToServer       // JWE alg for what the client sends
	ContentEncryption     // JWE enc
)

// URIRule is what a specification demands of a parameter's URIs beyond being absolute.
type URIRule struct {
	HTTPS            bool // the scheme is https (plain http to loopback is a warning: that is how development works)
	Web              bool // the scheme is http or https
	HTTPConfidential bool // http is for confidential clients only, any other scheme is free
	NoFragment       bool
}

// Parameter is one row of the table: all that is known of a client metadata parameter.
type Parameter struct {
	Name string // the member's name in JSON, "redirect_uris"
	Kind Kind

	// Description is one or more sentences of Markdown for a user. It repeats neither Values nor Default nor the link to
	// the section that defines the parameter, which documentation makes of Spec and Link.
	Description string
	Spec        string // "RFC 7591 §2"
	Link        string // URL of that section

	// Values are the values that the standards define, in the order in which documentation shows them. Closed means
	// that there can be no others, so that any other value is an error. Otherwise the registry is open: extensions and
	// absolute URIs are as good as what is listed. WarnOthers marks an open set that grows so rarely that another
	// value is more likely a slip.
	Values     []string
	Closed     bool
	WarnOthers bool
	Forbidden  []string // values that the parameter's own specification excludes, such as "none"

	// Default is the JSON value that absence means by the specification; nil if it gives none.
	Default any

	Localizable bool // may appear as name#tag too (RFC 7591 §2.2)
	Security    bool // a server's substitution of it is an error unless the user accepts it
	Sensitive   bool // not to be shown in plans and logs

	Elements Kind // of a StringList: String or URI
	Ordered  bool // a StringList whose order means something
	WordSets bool // a StringList whose elements are sets of words separated by spaces (response_types)

	URI         URIRule
	NonNegative bool     // an Integer below zero is an error
	Use         Use      // of an algorithm parameter
	Excludes    []string // parameters that must not stand beside this one
	Needs       string   // the parameter without which this one is an error (_enc needs _alg)
	Wants       string   // the parameter without which this one has no effect: a warning

	Support        Support
	Supported      string   // server metadata member that speaks of support, "" if none
	SupportedValue string   // of a SupportList: what must be in it, where that is not the configured value itself
	SupportHint    bool     // of a SupportList: the specification lets a server leave out values that it supports
	SupportDefault []string // what an absent SupportList means by the specification; nil: nothing
}

// Absent reports whether a value says no more than a missing member would: nil, "", an empty array or an empty object.
// Servers use all four for what is not set. false and 0 are values.
func Absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case []string:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
