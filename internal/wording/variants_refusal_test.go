// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"maps"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// withRefusals adds the answers of which the words depend on what was refused.
func withRefusals(variants map[string]func(*outcome.Problem)) map[string]func(*outcome.Problem) {
	updateBy := func(err dcr.Error, change func(*outcome.Problem)) func(*outcome.Problem) {
		return func(p *outcome.Problem) {
			if p.Kind == outcome.NotUpdated {
				err.Operation, err.Endpoint = dcr.Update, exampleEndpoint+"/"+exampleClient
				p.Err = &err
				change(p)
			}
		}
	}
	unauthorized := dcr.Error{Status: 401, Code: "invalid_client"}
	maps.Copy(variants, map[string]func(*outcome.Problem){
		"an update's credential":                  updateBy(unauthorized, func(*outcome.Problem) {}),
		"an update's credential, and no secret":   updateBy(unauthorized, func(p *outcome.Problem) { p.SecretMissing = true }),
		"an update's credential, and none stored": updateBy(unauthorized, func(p *outcome.Problem) { p.SecretMissing, p.SecretUnstored = true, true }),
		"an update that may want the secret": updateBy(
			dcr.Error{Status: 400, Code: "invalid_client_metadata", Description: "jwks must not be combined with client_secret authentication"}, func(p *outcome.Problem) { p.SecretMissing = true },
		),
		"never read": func(p *outcome.Problem) {
			p.NeverRead = p.NeverRead || p.Kind == outcome.NotReadBack || p.Kind == outcome.UpdateNotReadBack
		},
		"never read, without a token": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadBack {
				p.NeverRead, p.Err = true, noAccessToken(dcr.Read, tokenErrors()["failed"])
			}
		},
		"never read, and not shown": func(p *outcome.Problem) {
			if p.Kind == outcome.NotReadBack {
				p.NeverRead, p.Err = true, exampleError(outcome.TokenRefused)
			}
		},
		"an update, and on_missing is set": func(p *outcome.Problem) {
			if p.Kind == outcome.GoneOrTokenOutdated {
				o, presence, _ := exampleObservation(p.Kind)
				o.Operation, o.OnMissing = reconcile.OperationUpdate, reconcile.OnMissingRecreate
				p.Operation, p.Ways = o.Operation, o.WaysOut(presence)
			}
		},
	})
	return variants
}
