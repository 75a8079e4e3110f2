// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import "strings"

// IssuerProblem is why a text cannot be an issuer. It is known without asking anybody.
type IssuerProblem struct {
	Reason    string // a clause without a full stop
	Corrected string // what was probably meant; empty where that cannot be told
}

func (p *IssuerProblem) Error() string {
	text := "this is no issuer: " + p.Reason
	if p.Corrected != "" {
		text += "; set issuer = " + quote(p.Corrected)
	}
	return text
}

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
	if corrected != "" && !strings.Contains(corrected, "://") && checkIssuer("https://"+corrected) == "" {
		corrected = "https://" + corrected
	}
	problem := &IssuerProblem{Reason: checkIssuer(raw)}
	switch {
	case raw != strings.TrimSpace(raw) && corrected != "":
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
