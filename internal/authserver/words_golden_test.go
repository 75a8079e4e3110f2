// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// The clauses are package dcr's.
const (
	tokenRefuses = "asked with the client's own credentials, the token endpoint https://as.example.com/token answered invalid_client, as for a client that does not exist"
	tokenSilent  = "asked with the client's own credentials, the token endpoint https://as.example.com/token answered invalid_grant, as for any client"
	tokenKnows   = "asked with the client's own credentials, the token endpoint https://as.example.com/token answered invalid_grant, but invalid_client for a client that does not exist"
	pageRefuses  = "asked with prompt=none, the authorization endpoint https://as.example.com/authorize answered invalid_client, as for a client that does not exist"
	pageDisabled = "asked with prompt=none, the authorization endpoint https://as.example.com/authorize answered status 400 without a redirect to the client, with other details than for a client that does not exist"
	pageDown     = "asked with prompt=none, the authorization endpoint https://as.example.com/authorize answered with status 503"
)

// What is said of a client that its own URI does not show, with all that was asked beside, can be read through in one file.
func TestEvidenceReadsWell(t *testing.T) {
	t.Parallel()
	refused := reconcile.Observation{Operation: reconcile.OperationRead, Answer: reconcile.AnswerUnauthorized, ShownBefore: true, HomeAsked: true}
	of := func(change func(*reconcile.Observation)) reconcile.Observation {
		o := refused
		change(&o)
		return o
	}
	unknown := func(change func(*reconcile.Observation)) reconcile.Observation {
		return of(func(o *reconcile.Observation) {
			o.Token, o.Apart = reconcile.DoesNotKnow, true
			change(o)
		})
	}
	endpoints := whereabouts{home: reconcile.Home{Issuer: "https://as.example.com", TokenEndpoint: "https://as.example.com/token"}}
	moved, unread, alike, aside := endpoints, endpoints, endpoints, endpoints
	moved.outdated, unread.journalUnread, alike.alike, aside.home.Aside = true, true, true, true
	deleting := func(o *reconcile.Observation) { o.Deletion = reconcile.DeletionUnderWay }
	var b strings.Builder
	for _, test := range []struct {
		name string
		o    reconcile.Observation
		w    whereabouts
		says []string
	}{
		{"nothing is known of its server", of(func(o *reconcile.Observation) { o.HomeAsked = false }), whereabouts{}, nil},
		{"its endpoint alone is known", refused, whereabouts{}, nil},
		{"its server names no other endpoint", refused, whereabouts{home: reconcile.Home{Issuer: "https://as.example.com"}}, nil},
		{"no endpoint can be asked about it", refused, endpoints, nil},
		{"a deletion that nothing shows, and none can be asked", of(deleting), endpoints, nil},
		{"a deletion that nothing shows", of(func(o *reconcile.Observation) { deleting(o); o.Token = reconcile.Silent }), endpoints, []string{tokenSilent}},
		{"silent", of(func(o *reconcile.Observation) { o.Token = reconcile.Silent }), endpoints, []string{tokenSilent}},
		{"known", of(func(o *reconcile.Observation) { o.Token = reconcile.Knows }), endpoints, []string{tokenKnows}},
		{"gone", unknown(func(o *reconcile.Observation) { o.Authorization = reconcile.DoesNotKnow }), endpoints, []string{tokenRefuses, pageRefuses}},
		{"known to the authorization endpoint", unknown(func(o *reconcile.Observation) { o.Authorization = reconcile.Knows }), endpoints, []string{tokenRefuses, strings.Replace(pageRefuses, "invalid_client, as for a client that does not exist", "login_required in a redirect to the client", 1)}},
		{"refused by the authorization endpoint alone", unknown(func(o *reconcile.Observation) { o.Authorization, o.Refused = reconcile.Knows, true }), endpoints, []string{tokenRefuses, pageDisabled}},
		{"a public client, refused there", unknown(func(o *reconcile.Observation) {
			o.Authorization, o.Refused, o.SecretFree = reconcile.Knows, true, true
		}), endpoints, []string{tokenRefuses, pageDisabled}},
		{"a public client, half asked", unknown(func(o *reconcile.Observation) { o.Authorization, o.SecretFree = reconcile.Unanswered, true }), endpoints, []string{tokenRefuses, pageDown}},
		{"half asked", unknown(func(o *reconcile.Observation) { o.Authorization = reconcile.Unanswered }), endpoints, []string{tokenRefuses, pageDown}},
		{"with a secret that may be replaced", unknown(func(o *reconcile.Observation) { o.SecretMayHaveMoved = true }), endpoints, []string{tokenRefuses}},
		{"with a token that has expired", unknown(func(o *reconcile.Observation) { o.TokenExpired = true }), endpoints, []string{tokenRefuses}},
		{"with a token that may be replaced", unknown(func(o *reconcile.Observation) { o.TokenMayHaveMoved = true }), endpoints, []string{tokenRefuses}},
		{"with a journal that cannot be read", unknown(func(o *reconcile.Observation) { o.TokenMayHaveMoved = true }), unread, []string{tokenRefuses}},
		{"with another token that was handed in", of(func(o *reconcile.Observation) { o.EntryOfBefore, o.Token = true, reconcile.Silent }), endpoints, []string{tokenSilent}},
		{"alike at each endpoint", unknown(func(o *reconcile.Observation) { o.Estranged = true }), alike, []string{tokenRefuses}},
		{"without metadata by now", unknown(func(o *reconcile.Observation) { o.Estranged = true }), endpoints, []string{tokenRefuses}},
		{"without registration by now", of(func(o *reconcile.Observation) { o.NoRegistration, o.Token = true, reconcile.Silent }), endpoints, []string{tokenSilent}},
		{"at endpoints of before", of(func(o *reconcile.Observation) { o.Token = reconcile.Silent }), moved, []string{tokenSilent}},
		{"at endpoints that may be another server's", of(func(o *reconcile.Observation) { o.Token = reconcile.Silent }), aside, []string{tokenRefuses}},
		{"shown again", of(func(o *reconcile.Observation) { o.ShownAgain, o.Token = true, reconcile.Silent }), endpoints, []string{tokenSilent, shownAgain}},
		{"shown again, alone", of(func(o *reconcile.Observation) { o.ShownAgain = true }), whereabouts{}, []string{shownAgain}},
		{"a good credential of the provider's", of(func(o *reconcile.Observation) {
			o.Token, o.ByProvider, o.Credential = reconcile.Silent, true, reconcile.CredentialGood
		}), endpoints, credentialSays([]string{tokenSilent}, reconcile.CredentialGood)},
		{"a refused credential of the provider's", of(func(o *reconcile.Observation) {
			o.Token, o.ByProvider, o.Credential = reconcile.Silent, true, reconcile.CredentialRefused
		}), endpoints, credentialSays([]string{tokenSilent}, reconcile.CredentialRefused)},
	} {
		v := test.o.Decide()
		fmt.Fprintf(&b, "======== %s (%s)\n%s\n\n", test.name, presences[v.Presence], conclusion(test.o, v, test.w, test.says))
	}
	golden.Holds(t, "testdata/evidence.txt", b.String())
}

var presences = map[reconcile.Presence]string{reconcile.Undecided: "undecided", reconcile.Alive: "alive", reconcile.Gone: "gone"}
