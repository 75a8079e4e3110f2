// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import "strings"

// table is every parameter of the IANA registry "OAuth Dynamic Client Registration Metadata" that a client may send,
// and those of four specifications that never registered theirs (JARM, CIBA, FAPI 2.0 Message Signing, OpenID for Verifiable Credential
// Issuance). Parameters of
// drafts are not here: extension_metadata carries them until they are final.
var table = func() []*Parameter {
	var all []*Parameter
	for _, family := range [][]*Parameter{
		rfc7591Rows, oidcRows, logoutRows, umaRows, nfvRows, mtlsRows, fapiRows, requestRows, rfc9701Rows,
		federationRows, vpRows, jarmRows, cibaRows, messageSigningRows, credentialRows,
	} {
		all = append(all, family...)
	}
	return all
}()

var byName = func() map[string]*Parameter {
	m := make(map[string]*Parameter, len(table))
	for _, p := range table {
		m[p.Name] = p
	}
	return m
}()

// All returns the rows in the table's order, which is the registry's. The caller must change neither the slice nor
// the rows.
func All() []*Parameter { return table }

// Lookup returns the row of a parameter by its exact name, without language tag.
func Lookup(name string) (*Parameter, bool) {
	p, ok := byName[name]
	return p, ok
}

// row returns the row for a member, with or without language tag, or nil.
func row(member string) *Parameter {
	if p, ok := byName[member]; ok {
		return p
	}
	name, tag := SplitTag(member)
	if tag == "" {
		return nil
	}
	if p, ok := byName[name]; ok && p.Localizable {
		return p
	}
	return nil
}

// SplitTag parts a member into its name and language tag (RFC 7591 §2.2): "client_name#ja" gives "client_name" and
// "ja". A member without "#", and one with nothing behind it, has no tag and is returned whole.
func SplitTag(member string) (name, tag string) {
	i := strings.IndexByte(member, '#')
	if i < 0 || i == len(member)-1 {
		return member, ""
	}
	return member[:i], member[i+1:]
}

// CanonicalMember returns the form in which two members are to be compared: names are case-sensitive, language tags
// are not (RFC 7591 §2.2), and servers do return them in another case.
func CanonicalMember(member string) string {
	i := strings.IndexByte(member, '#')
	if i < 0 {
		return member
	}
	return member[:i] + strings.ToLower(member[i:])
}

// ServerAssigned reports whether only the server may set the member (RFC 7591 §3.2.1, RFC 7592 §3): such members are
// never part of a registration request.
func ServerAssigned(member string) bool {
	switch member {
	case "client_id", "client_secret", "client_id_issued_at", "client_secret_expires_at",
		"registration_access_token", "registration_client_uri":
		return true
	}
	return false
}
