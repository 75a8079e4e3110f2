// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// Presence is what is proven of a client whose own URI does not show it.
type Presence int

// Undecided is the zero value: nothing is proven.
const (
	Undecided Presence = iota
	Alive
	Gone
)

// String names the presence.
func (p Presence) String() string { return [...]string{"undecided", "alive", "gone"}[p] }

// Testimony is what one endpoint says of a client.
type Testimony int

// The testimonies. Unanswered is told from Silent because an endpoint that could not be asked might have known the client.
const (
	NotAsked    Testimony = iota
	Unanswered            // asked, without a usable answer
	Silent                // answered the same for any client
	Knows                 // answered in a way that only a client that exists gets
	DoesNotKnow           // answered exactly as for a client that cannot exist, with a refusal of the client
	TurnsAway             // showed an error page where a live client gets a redirect, exactly as for a client that cannot exist
)

// Outdated returns what is left of a testimony where the server does not name the endpoint any more: an endpoint that is left behind does not
// know clients that the server has, and the one that took its place was not asked.
func (t Testimony) Outdated() Testimony {
	if t == NotAsked || t == Knows {
		return t
	}
	return Unanswered
}

// CredentialTestimony is what the registration endpoint says of the provider's own credential.
type CredentialTestimony int

// The testimonies on the provider's credential.
const (
	CredentialNotAsked CredentialTestimony = iota
	CredentialUntold                       // the answers with and without it do not differ
	CredentialGood                         // accepted: only the request was refused
	CredentialRefused
)

// Deletion is what the journal knows of a deletion of this client by this provider.
type Deletion int

// The states of a deletion.
const (
	NotDeleted       Deletion = iota
	DeletionUnderWay          // was about to be sent, its answer was never recorded
	DeletedByUs               // acknowledged and recorded
)

// OwnDeletion is what became of the deletion that this very operation has sent.
type OwnDeletion int

// What may have become of it.
const (
	DeletionOfBefore   OwnDeletion = iota // there is none: one that is under way was sent by an operation before
	DeletionLost                          // its answer is missing
	DeletionTurnedAway                    // it was answered as by a front end that has lost the server, so that what is answered next may be that one's, too
)

// Step is what to do.
type Step int

// The steps. Fail is the zero value: where nothing is decided nothing irreversible happens.
const (
	Fail Step = iota
	Proceed
	KeepAndWarn
	Forget
)

// String names the step.
func (s Step) String() string { return [...]string{"fail", "proceed", "keep and warn", "forget"}[s] }

// Observation is all that is known when a client's own URI answered something.
type Observation struct {
	Operation Operation
	Answer    Answer
	// OwnWords: the answer has an error code (RFC 6749 §5.2, RFC 6750 §3.1), so that it is the server's own. Document: it is a JSON document without
	// one, which a gateway gives, too, that has lost the server, as it gives nothing, a page or a text.
	OwnWords, Document bool
	OwnDeletion        OwnDeletion
	// AboutToken: the answer says that what is wrong is the token that it was asked with.
	AboutToken bool
	// Apart: other addresses of the server's were answered in another way, so that it is the server that answers at the client's.
	Apart bool
	// NoReads: the answer is one to an update or a deletion, since the server has no reads.
	NoReads bool
	// Repeated: the URI was asked again after the witnesses, and answered in the same class.
	Repeated bool
	// ShownAgain: the URI was asked again and showed the client.
	ShownAgain bool
	// ShownBefore: this URI showed this client before, or, where there are no reads, took an update, so that it is certain that the server serves it
	// there.
	ShownBefore bool

	// HomeAsked: the witnesses are of the server that the record names (Home.Relation). What any other server says is not
	// looked at.
	HomeAsked bool
	// Estranged: after the answers, the server's own metadata document could not be had, or was of another place than the client's, or the client's own URI and an
	// endpoint gave one and the same answer. What answers in a server's place, as a gateway or an ingress that has lost it, answers
	// everywhere: however many endpoints it speaks for, it is one fault, and no witness.
	Estranged bool
	// NoRegistration: the server's metadata document names no registration endpoint, where it named the one that registered the client. With its registration, a server
	// switches off its management of clients: all of them are missing then, and they live.
	NoRegistration bool
	// EndpointGiven: the configuration writes out where clients are registered at the client's own server.
	EndpointGiven bool
	// ConfiguredElsewhere: the provider is configured for another server than the record names. The provider's credential
	// is another server's then.
	ConfiguredElsewhere bool

	Token, Authorization Testimony
	// SecretMayHaveMoved: the known client secret may not be the current one (SecretHistory.MayHaveMoved), so that its
	// refusal at the token endpoint proves nothing. SecretFree: the token endpoint was asked without a secret.
	SecretMayHaveMoved, SecretFree bool
	// Refused: the authorization endpoint knows the client, and refuses it, as one that is disabled.
	Refused bool
	// URIMayHaveMoved: an answer was lost that may have moved the client to another URI, so that a refusal at the known one proves nothing.
	// TokenMayHaveMoved: one was lost that may have replaced the token, so that a refusal of the known one proves nothing.
	URIMayHaveMoved, TokenMayHaveMoved bool
	// TokenExpired: the refused registration access token has expired, as far as is known. Then its refusal says nothing of the client.
	TokenExpired bool

	// ByProvider: the provider's own credential manages the client, not a registration access token.
	ByProvider            bool
	Credential            CredentialTestimony
	HasProviderCredential bool
	// NotSent: nothing was sent, since the provider's own credentials are not for the client's place, however often it is tried.
	NotSent bool
	// AtAnotherOrigin: the address is of another origin than the endpoint that registered the client, so that one which nobody answers at may be wrong: servers
	// name a host that is known behind their proxy alone.
	AtAnotherOrigin bool
	// TokensUnused: by its settings, the provider manages by its own credentials alone.
	TokensUnused bool
	// EntryTold: what is told is the answer to a token that was handed in, in place of a refusal of the client's own. It may be another client's.
	EntryTold bool
	// EntryOfBefore: one that was handed in before and is kept, and that nobody hands in any more, got such an answer, which is not told.
	EntryOfBefore bool
	// EntryInTheWay: the provider's own credentials would manage the client if no token were handed in for it.
	EntryInTheWay bool

	Deletion  Deletion
	Importing bool
	// Guessed: the address is the one that the template gives, and an import names a client by its client_id alone, so that nobody may have said that the
	// client is there.
	Guessed   bool
	OnMissing OnMissing
}

// PresenceVerdict is the decision, with the row of the table that made it and the ways out where it is no success.
type PresenceVerdict struct {
	Presence Presence
	Step     Step
	Rule     string
	Ways     []Way
	// CredentialBad: it is the provider's credential that is refused, elsewhere too.
	CredentialBad bool
}

// foreignless returns the observation without what another server than the client's said.
func (o Observation) foreignless() Observation {
	if !o.HomeAsked {
		o.Token, o.Authorization = NotAsked, NotAsked
	}
	if o.ConfiguredElsewhere || !o.ByProvider {
		o.Credential = CredentialNotAsked
	}
	return o
}

// UnprovenDeletion reports whether a deletion was sent whose answer is lost, and nothing shows that the server answers by itself since.
func (o Observation) UnprovenDeletion() bool { return o.Deletion == DeletionUnderWay && !o.Apart }

// registers reports whether what is taken as gone can be registered again, or is to be deleted anyway.
func (o Observation) registers() bool {
	return !o.NoRegistration || o.EndpointGiven || o.ConfiguredElsewhere || o.Operation == OperationDelete
}

func (o Observation) credentialBad() bool {
	return o.ByProvider && o.Credential == CredentialRefused && !o.ConfiguredElsewhere
}

// OnMissing is the user's answer to the question that evidence left open.
type OnMissing string

// The values of on_missing. Unset fails for a refused credential and keeps for a 404.
const (
	OnMissingUnset    OnMissing = ""
	OnMissingError    OnMissing = "error"
	OnMissingKeep     OnMissing = "keep"
	OnMissingRecreate OnMissing = "recreate"
)

// Way is something that a user can do about a client that cannot be managed any more. A decision lists only the ways that
// work in that very case, so that no message sends anybody to a setting without effect. The caller puts them into words.
type Way string

// The ways out.
const (
	WayManagementNone     Way = "management = none"                      // neither read nor deleted any more; the client stays at the server
	WayManagementProvider Way = "management = provider_credentials"      // an administrator's credential in place of the token
	WayRefreshNever       Way = "refresh = never"                        // plans go on without drift detection
	WayTemplate           Way = "client_configuration_uri_template"      // the URI is somewhere else than recorded
	WayTemplateSet        Way = "set client_configuration_uri_template"  // the server named an address that nobody answers at
	WayTokens             Way = "registration_access_tokens"             // hand in a token that an administrator reissued
	WayWithoutEntry       Way = "no registration_access_tokens"          // hand in no token, so that the provider's own credentials manage the client
	WayOtherEntry         Way = "no token of another client"             // take out a token that was handed in and is another client's
	WayCredentials        Way = "provider credentials"                   // correct the provider's own credentials or their permissions
	WayServer             Way = "the server that the record names"       // the provider is configured for another server
	WayImportThere        Way = "import from the configured server"      // the client's server has a new address, and took its clients there
	WayOnMissingKeep      Way = "on_missing = keep"                      // keep the client in the state, with a warning
	WayOnMissingRecreate  Way = "on_missing = recreate"                  // take the client as gone
	WayPlanAgain          Way = "plan again, with on_missing = recreate" // which is set, and which an update does not act on
	WayStateRm            Way = "terraform state rm"                     // forget the client, which the server's administrator may delete
	WayEnable             Way = "enable the client"                      // an administrator has disabled it
	WayRetry              Way = "run again"                              // the failure may pass
	WayNeverAgain         Way = "a server that never answers again"      // where the guide names what gives a client up
)
