// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"regexp"
	"strings"
)

// IssuerProblem is why a text cannot be an issuer. It is known without asking anybody.
type IssuerProblem struct {
	Reason    string // a clause without a full stop
	Corrected string // what was probably meant; empty where that cannot be told
}

// hostFirst matches what begins with the name of a host and lacks only its scheme. A single word, and a token with capitals in it, are
// none: they may be secrets in the wrong place, and what is corrected is printed.
var hostFirst = regexp.MustCompile(`^(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:[0-9]+)?(/|$)`)

// CheckIssuer reports why raw cannot be an issuer (RFC 8414 §2), or nil.
func CheckIssuer(raw string) *IssuerProblem {
	corrected := strings.TrimSpace(raw)
	for {
		base, isDocument := documentURL(corrected)
		if !isDocument {
			break
		}
		corrected = base
	}
	if hostFirst.MatchString(corrected) && checkIssuer("https://"+corrected) == "" {
		corrected = "https://" + corrected
	}
	problem := &IssuerProblem{Reason: unquoted(checkIssuer(raw))}
	switch {
	case raw != strings.TrimSpace(raw) && checkIssuer(corrected) == "":
		problem.Reason = "it begins or ends with white space"
	case problem.Reason == "" && corrected != raw:
		problem.Reason = "it is the address of a metadata document"
	case problem.Reason == "":
		return nil
	}
	if corrected != raw && checkIssuer(corrected) == "" {
		problem.Corrected = corrected
	}
	return problem
}

// unquoted words a reason without the part of the issuer that it quotes: a configuration may have put something else in its place.
func unquoted(reason string) string {
	if !strings.HasPrefix(reason, `"`) {
		return reason
	}
	if _, ports, ok := strings.Cut(reason, `" is no port`); ok {
		return "it has a port that does not exist" + ports
	}
	_, hosts, _ := strings.Cut(reason, `" is no host`)
	return "it has no usable host" + hosts
}
