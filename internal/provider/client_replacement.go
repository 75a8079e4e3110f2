// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// replacedBy says who puts another client in the place of the one that there is.
type replacedBy int

const (
	replacedNot replacedBy = iota
	// replacedInPlace is an update in Terraform's eyes, after which the client_id is another one. Terraform's own replacement deletes
	// first: a registration that the server then refuses would leave an empty state, and the credentials of a client that may live on
	// would be lost. create_before_destroy would do, and no provider can ask for it.
	replacedInPlace
	// replacedByTerraform is for a client that is to be at another server: the old one is deregistered with what the state says of it.
	replacedByTerraform
)

// replacedBy reports whether a plan needs another client, and who makes it.
func (t transition) replacedBy(moved bool, changed []string, renewal renewal) replacedBy {
	byReplacement := t.changeStep() == reconcile.ChangeByReplacement
	switch {
	case moved:
		return replacedByTerraform
	case len(changed) > 0 && byReplacement, renewal.replaced():
		return replacedInPlace
	}
	return replacedNot
}

// registeredAlready reports whether the server is known to have all that is asked, or what was agreed on in its place. Where a read of the apply will
// tell, it is to find the same.
func (t transition) registeredAlready(asked metadata.Document, strict bool) bool {
	if t.manages() {
		return t.record.NothingButAgreed(asked, t.state.registered(), t.behaviour().AcceptSubstitutions, strict)
	}
	return t.record.NothingNew(asked, t.state.registered())
}

// replacementWarning says what an apply will do, since Terraform shows an update. ifStrict: it does so only where strict turns out to be set.
func (t transition) replacementWarning(ctx context.Context, changed []string, ifStrict bool) diag.Diagnostics {
	if ifStrict {
		return diag.Diagnostics{strictMayNeedNewClient(t.clientID())}
	}
	slices.Sort(changed)
	waits, neverSent := t.waitingAddress(ctx)
	return lifecycleProblem(outcome.Problem{
		Kind: outcome.PlannedReplacement, Warning: true, ClientID: t.clientID(), Members: changed, NeverSent: neverSent,
		Manageable: !t.record.Capabilities.LeavesBehind(t.manages()), ClientURI: waits, NoneManaged: t.server.Settings().Management == authserver.ManagementNone,
	})
}

// waitingAddress is where a deletion is tried of a client that the state has no address of: nobody served it when the client was registered, or
// nothing was sent there. neverSent: nor will a deletion be, since the settings have no token used and the provider's own credentials are for another server.
func (t transition) waitingAddress(ctx context.Context) (address string, neverSent bool) {
	if t.manages() || t.server.Settings().Management == authserver.ManagementNone || t.record.Unproven.RegistrationClientURI == "" {
		return "", false
	}
	c := t.server.Client(t.prior())
	if c.Handle.RegistrationClientURI = t.record.Unproven.RegistrationClientURI; c.TokensUnused() && c.NeverByProvider(ctx) {
		return "", true
	}
	return t.record.Unproven.RegistrationClientURI, false
}

// renewal is what has to happen to the client secret.
type renewal struct {
	due      bool      // a new secret is wanted, or may be
	soon     time.Time // when it comes due, where that may be by the time of the apply; else zero
	asked    bool      // by rotate_secret_when
	replaces bool      // and only another client brings one
	by       bySecret  // why, and what becomes of this one
	diags    diag.Diagnostics
}

// planLife is how old a saved plan may be when it is applied.
const planLife = 7 * 24 * time.Hour

// mayReplaceFor is how long before a secret comes due a plan of something else leaves open whether the client is another one then. It has
// what depends on the client_id planned anew, which is not worth it for older plans: their apply is refused, and the next plan renews.
const mayReplaceFor = 24 * time.Hour

// replaced reports whether the renewal makes another client.
func (r renewal) replaced() bool { return r.due && r.replaces }

// soon is when a plan begins to warn of a secret that will expire and that nothing renews.
const soon = 30 * 24 * time.Hour

func (t transition) bySecret(ctx context.Context) bySecret {
	manages := t.manages()
	waits, neverSent := t.waitingAddress(ctx)
	return bySecret{
		clientID: t.clientID(), noneManaged: t.server.Settings().Management == authserver.ManagementNone, neverSent: neverSent,
		noUpdates: t.record.Capabilities.Change(manages) == reconcile.ChangeByReplacement, stays: t.record.Capabilities.LeavesBehind(manages) && waits == "",
	}
}

// updatesKeepSecret reports whether only another client gets a new secret: an update that was to bring one kept the old one, or nothing shows what it did. An update brings one on
// servers that were seen to issue one, and is tried on those that were never seen to be updated.
func (t transition) updatesKeepSecret() bool {
	return t.record.SecretKept || t.record.Facts.UpdateSeen && !t.record.Facts.SecretOnUpdate
}

func (t transition) renewal(ctx context.Context) renewal {
	out := renewal{by: t.bySecret(ctx)}
	kept := t.updatesKeepSecret()
	out.replaces = out.by.noUpdates || kept && !t.record.Facts.LifetimeOnUpdate // for an expiry, a new lifetime of the same secret is enough

	// The first values only say where the counting starts, and their removal asks for nothing.
	if !t.plan.attrs[attrRotateWhen].IsNull() && t.state.has(attrRotateWhen) && !t.plan.attrs[attrRotateWhen].Equal(t.state.attrs[attrRotateWhen]) && !t.staysSecretless() {
		out.due, out.asked, out.replaces = true, true, out.by.noUpdates || kept
		if out.replaces {
			out.diags.Append(out.by.byRotation(t.plan.attrs[attrRotateWhen].IsFullyKnown()))
		}
	}
	// What an update kept back moves into the attributes with a refresh, which there may not be.
	at := t.record.Pending.Apply(t.state.handle()).ClientSecretExpiresAt
	if at == nil || *at == 0 || t.staysSecretless() {
		return out
	}
	expires, now := time.Unix(*at, 0), t.server.Now()
	left, life := expires.Sub(now), expires.Sub(time.Unix(t.record.SecretAt, 0))
	if !t.plan.attrs[attrRenewBefore].IsKnown() {
		if out.replaces && !out.due {
			out.diags.Append(out.by.byUnknownRenewal(expires))
		}
		out.due = true
		return out
	}
	if !t.plan.has(attrRenewBefore) {
		if left < soon && !out.due {
			// What is advised must not have each plan renew a secret. One of which it is not known when it was issued, as after an
			// import, lives for no less than what is left.
			if t.record.SecretAt == 0 && left > 0 {
				life = left
			}
			out.diags.Append(secretExpires(t.clientID(), expires, left <= 0, min(soon, life/2)))
		}
		return out
	}
	if t.record.SecretAt != 0 && life <= 0 && left <= 0 {
		out.diags.Append(secretExpires(t.clientID(), expires, true, life))
		return out // another one would be no better
	}
	window, err := time.ParseDuration(t.plan.text(attrRenewBefore))
	if err != nil {
		return out
	}
	if left > window {
		if left < window+planLife {
			out.soon = expires.Add(-window)
		}
		return out
	}
	out.due = true
	if out.replaces {
		out.diags.Append(out.by.byRenewal(expires))
	}
	if life > 0 && life <= window && left > 0 {
		out.diags.Append(renewsForEver(life))
	}
	return out
}

// staysSecretless reports whether the client has no use for a client secret: it is registered with a method that needs none, and keeps that
// method, or the plan gives it one. There is nothing to renew, and another client would get no secret either. What the state shows of a
// secret may be left of a time before.
func (t transition) staysSecretless() bool {
	const method = "token_endpoint_auth_method"
	if !t.plan.attrs[method].IsKnown() {
		return false
	}
	registered := t.state.registered()
	planned := t.plan.text(method)
	if t.plan.has(method) && planned != metadata.Text(registered, method) {
		// Where the server registers another method than the configured one, that is the one that counts.
		if t.plan.attrs[method].Equal(t.state.attrs[method]) {
			return false
		}
		now := metadata.Document{}
		maps.Copy(now, registered)
		now[method] = planned
		registered = now
	}
	return !authserver.UsesSecret(registered)
}
