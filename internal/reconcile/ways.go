// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// Way is something that a user can do about a client that cannot be managed any more. A decision lists only the ways that
// work in that very case, so that no message sends anybody to a setting without effect. The caller puts them into words.
type Way string

// The ways out.
const (
	WayManagementNone     Way = "management = none"                 // neither read nor deleted any more; the client stays at the server
	WayManagementProvider Way = "management = provider_credentials" // an administrator's credential in place of the token
	WayRefreshNever       Way = "refresh = never"                   // plans go on without drift detection
	WayTemplate           Way = "client_configuration_uri_template" // the URI is somewhere else than recorded
	WayTokens             Way = "registration_access_tokens"        // hand in a token that an administrator reissued
	WayCredentials        Way = "provider credentials"              // correct the provider's own credentials or their permissions
	WayServer             Way = "the server that the record names"  // the provider is configured for another server
	WayOnMissingKeep      Way = "on_missing = keep"                 // keep the client in the state, with a warning
	WayOnMissingRecreate  Way = "on_missing = recreate"             // take the client as gone
	WayStateRm            Way = "terraform state rm"                // forget the client without touching the server
	WayRetry              Way = "run again"                         // the failure may pass
	WayAdministrator      Way = "deletion by the server's administrator"
)

// OnMissing is the user's answer to the question that evidence left open.
type OnMissing string

// The values of on_missing. Unset fails for a refused credential and keeps for a 404.
const (
	OnMissingUnset    OnMissing = ""
	OnMissingError    OnMissing = "error"
	OnMissingKeep     OnMissing = "keep"
	OnMissingRecreate OnMissing = "recreate"
)

// WaysOut returns the ways that work for what was observed. It never returns none.
func (o Observation) WaysOut(presence Presence) []Way {
	var ways []Way
	add := func(works bool, way Way) {
		if works {
			ways = append(ways, way)
		}
	}
	class := o.Answer
	asks := class.CredentialRefused() || class == AnswerForbidden // for another credential
	missing := class.CredentialRefused() || class == AnswerMissing
	add(o.ConfiguredElsewhere, WayServer)
	add(class == AnswerLost && !o.ConfiguredElsewhere || o.Estranged, WayRetry)
	add(asks && !o.ByProvider && !o.ConfiguredElsewhere, WayTokens)
	add(asks && o.ByProvider && !o.ConfiguredElsewhere, WayCredentials)
	add(asks && !o.ByProvider && o.HasProviderCredential && !o.ConfiguredElsewhere, WayManagementProvider)
	add(class == AnswerMissing || class == AnswerUnusable || class == AnswerRedirected || class == AnswerOtherClient, WayTemplate)
	if o.Importing {
		// Nothing is in the state yet: there is nothing to keep, to forget or to leave unread.
		add(len(ways) == 0, WayRetry)
		return ways
	}
	add(missing && presence != Gone && o.Operation == OperationRead && o.OnMissing != OnMissingKeep, WayOnMissingKeep)
	add(missing && presence == Undecided && !o.credentialBad() && !o.Estranged, WayOnMissingRecreate)
	add(o.Operation == OperationRead, WayRefreshNever)
	add(true, WayManagementNone)
	add(o.Operation == OperationDelete, WayAdministrator)
	add(true, WayStateRm)
	return ways
}
