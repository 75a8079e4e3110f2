// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import "github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"

// importedBy has the token of an import refused.
func importedBy(p *outcome.Problem, source outcome.TokenSource) {
	if p.Kind == outcome.TokenRefused || p.Kind == outcome.GoneOrTokenOutdated {
		p.Importing, p.Ways, p.Source = true, exampleWays(p.Kind, true), source
	}
}

// handedInAlone is for a client without a token in the state.
func handedInAlone(p *outcome.Problem, source outcome.TokenSource) {
	if p.Kind != outcome.TokenRefused && p.Kind != outcome.GoneOrTokenOutdated && p.Kind != outcome.NotReadable {
		return
	}
	p.HandedInAlone, p.Source = true, source
	if o, presence, known := exampleObservation(p.Kind); known {
		o.EntryInTheWay, o.HasProviderCredential = true, true
		p.Ways = o.WaysOut(presence)
	}
}
