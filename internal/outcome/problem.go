// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package outcome is how an operation on a client ended, and what there is to tell of it: facts without wording.
package outcome

import (
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// Problem is something that went wrong, or that the user must know. It holds the facts and no wording: package wording words it,
// by its Kind. It is an error, so that it can be the cause of another.
type Problem struct {
	Kind    Kind
	Warning bool

	// What it is about: an attribute of the configuration, a client metadata member, or neither.
	Attribute string
	ClientID  string

	// Err is the cause: a *dcr.Error, *transport.Error, *discovery.Error, *journal.Error, a *Problem or another error.
	Err error

	// The facts, each set by the kinds whose comments name it.
	Endpoint       string // a registration endpoint or the URL of a metadata document
	Named          string // the registration endpoint that the metadata document names
	Time           time.Time
	Evidence       string              // sentences on whether the client exists
	Operation      reconcile.Operation // that was tried, where a refusal is decided on
	Ways           []reconcile.Way     // what can be done about it, where a refusal is decided on
	Home           reconcile.Home      // where the client was registered, where the provider is configured for another server, or its token endpoint matters
	Aside          bool                // no secret was shown to the token endpoint, which may be another server's
	ClientURI      string              // a client configuration endpoint
	TokenKey       string              // the name by which registration_access_tokens has the client's token
	AddressFirst   string              // the address by which registration_access_tokens has a token, which goes before one by TokenKey
	NamedElsewhere bool                // registration_access_tokens has one by the client_id, which is that of the provider's server's client
	OnlyNamed      bool                // the answer names the client, and nothing that only a new one has
	NeverSent      bool                // the provider's own credentials are not for the client's server
	TokenMoves     bool                // the server is known to replace the client's token by itself, so that a journal elsewhere may have it
	OwnPlace       bool                // the resource names the server itself
	Abroad         bool                // the client is of another server than the one that its configuration names
	ResourceToken  bool                // the registration was sent with the resource's own initial_access_token
	Credential     Credential          // which of the provider's own is for registrations
	TokensUnused   bool                // by management = "provider_credentials", no token is used
	TokenSet       bool                // where one is set that would be
	Looked         bool                // the client was only looked at: no state has its token
	Wanted         bool                // by on_missing = "recreate"
	Configured     reconcile.Home      // and that other server
	ByProvider     bool                // the provider's own credentials manage the client, not its token
	Importing      bool                // there is no state yet
	Manageable     bool                // the client can be managed (RFC 7592)
	Replaces       string              // client_id of the client that the registration was to replace
	ReplacesAbroad bool                // which is at another server
	ReplacesOpen   bool                // and may have been answered with, so that its credentials may be others by now
	MaybeProcessed bool                // the request may have been carried out although it failed
	SecretWanted   bool                // the server refused an update for want of the client secret, which is not known
	SecretMissing  bool                // the same may be, and is not said
	Secretless     bool                // the client is registered with a method that needs no secret
	NotKept        bool                // no state keeps the client from now on
	CountsOnce     bool                // the same finding in the next apply does not stop the replacement again
	OtherToken     bool                // another object of the client has another token, which nothing has shown to work
	NoneManaged    bool                // by management = "none", the provider manages no client
	SecretUnstored bool                // the secret is not known because of store_client_secret = false
	Loses          Loss
	Source         TokenSource
	Form           reconcile.Form
	Members        []string
	Shown          bool     // a read of the same operation has just shown the client
	Unmoved        []string // members of an update that a read after it shows as they were
	OnlyTold       bool     // nothing but answers without the client tells of an update
	Waits          bool     // the update was one before a replacement, which waits for a word on whether the server has updates
	Sent           []string // the members that a refused request had
	Own            []string // what is this client's own in its configuration, which a server may quote in its refusal: the longest first
	Substitution   reconcile.Substitution
	Consequence    Consequence
	RollbackErr    error
	NameTaken      bool // a client has the client_name already
	Removed        bool // Attribute was set and is not any more
	FromTemplate   bool // the address is the one that client_configuration_uri_template gives
	AddressDropped bool // that address alone is one where the client might have been managed, and is not asked again
	OwnName        bool // it is the client that the registration was to replace
	Count          int
	Imported       bool   // it is about an import
	Journaled      bool   // the journal has the new credentials
	InVain         bool   // a journal is not enough: reads replace the client secret; LosesCredential: and the token
	NotLearnt      bool   // no read in an apply has shown what reads do; LosesCredential: without a journal a token may be lost
	NoReads        bool   // not even that, since the server said that there are none, and nobody asks again before an update
	NeverRead      bool   // refresh is "never" for the client, so that no apply without a change reads it
	ReadByApply    bool   // no plan reads the client, since its reads replace credentials, and the next apply does
	EntryTold      string // the key of a token that Source hands in, the answer to which is told in place of a refusal of the client's own
	HandedInAlone  bool   // nothing has a token of the client beside the one that Source hands in
	OtherClients   bool   // the server answered that one with another client
	Odd            []dcr.OddValue
	Expired        time.Time // when the refused token expired, where that is known
	SaidExpired    bool      // the refusal says that the token has expired
	ShownAgain     bool      // what was refused, or not found, was shown when it was asked for again
	Certificate    Certificate
	Withheld       []any // configured values that may be sensitive: the server's words may repeat them

	// Configurations are the client metadata of the configuration and of the state before. No text of them is told as the server's own.
	Configurations []reconcile.Document
}

// Kind says which problem it is.
type Kind string

// Finding the server and connecting to it.
const (
	UnusableConnection      Kind = "unusable connection settings"
	NoManagementCredentials Kind = "no credentials to manage clients with"
	NotDiscovered           Kind = "authorization server not discovered"
	ServerNotKnownYet       Kind = "authorization server not known yet"
	NoServer                Kind = "no authorization server configured"
	NothingToDiscover       Kind = "nothing to discover"
	UnusableURL             Kind = "unusable URL"
	NoRegistrationEndpoint  Kind = "no registration endpoint"                        // Endpoint: URL of the metadata document
	OwnServerUnknown        Kind = "endpoint of the provider's own server not known" // Endpoint, ByProvider: by management; Attribute: "webfinger_resource", where that names the server
	UnusableEndpoint        Kind = "unusable registration endpoint"                  // Endpoint: URL of the metadata document; Named, "" where it is no text
)

// The token journal.
const (
	JournalUnusable    Kind = "token journal not usable"
	JournalUnusableYet Kind = "token journal not usable, in a plan"
	JournalNotRead     Kind = "token journal not read"
	JournalNotWritten  Kind = "token journal not written" // Loses
)

// Credential is what of the provider's configuration authorizes registrations, by the attribute's name; "" for none.
type Credential string

const (
	CredentialToken Credential = "initial_access_token"
	CredentialBasic Credential = "basic_auth"
	CredentialGrant Credential = "client_credentials"
)

// Registering.
const (
	NotRegistered         Kind = "client not registered"             // Endpoint, MaybeProcessed, NameTaken, OwnName, ResourceToken, Credential, NeverSent with Home
	RegisteredBesideError Kind = "client registered beside an error" // Manageable; OnlyNamed; Replaces; Consequence, where it was left alone
	KnownBefore           Kind = "server answered a registration with a client that is known already"
	NotReadBack           Kind = "client registered but not read back"
	NotServedFromStart    Kind = "client registered, and nobody serves its client configuration endpoint" // Endpoint
	NotManageable         Kind = "client cannot be managed"                                               // ByProvider: by management; Manageable: with other settings
	Adopted               Kind = "client adopted"                                                         // Endpoint, Time, Manageable: it was looked at
	NotAdopted            Kind = "client not adopted"                                                     // Endpoint, Time, Wanted
	AdoptionInDoubt       Kind = "client of an earlier run most likely in a state"                        // ClientID, Endpoint, Time
	AdoptionUndecided     Kind = "client of an earlier run not looked at"                                 // Endpoint, Time
	LeftBehind            Kind = "client may have been left behind"                                       // Endpoint, Time
	Substituted           Kind = "server substituted a value"                                             // Substitution; an error has a Consequence
)

// Reading.
const (
	NotImportable       Kind = "client cannot be imported"
	ImportNotFound      Kind = "client to import not found"
	ImportUnreadable    Kind = "client to import cannot be read"
	ClientOfTwo         Kind = "client of two resources"             // ClientID
	ImportOfAnothers    Kind = "import of another resource's client" // ClientID
	ImportedInPart      Kind = "members not imported"                // Members
	EmptyImportID       Kind = "import that names no client"
	UnusableImportID    Kind = "unusable client_id in an import"
	ImportOfTwoClients  Kind = "import of two clients"
	ImportOfTwoServers  Kind = "import of two servers"
	ImportOfEither      Kind = "import by a URL that may be a client_id" // ClientID: the URL; Err: what it answered without a token
	UnusableImportURL   Kind = "unusable client configuration endpoint in an import"
	ImportWithoutServer Kind = "client configuration endpoint of an import unknown"
	ImportWithoutToken  Kind = "no credential to import a client with"

	ReadsRotate        Kind = "server rotates credentials on reads"
	SkippedRotating    Kind = "client not read: its reads rotate the registration access token"
	SkippedSecretMoves Kind = "client not read: its reads replace its secret"
	SkippedNotLearnt   Kind = "client not read: what its reads do is not known"
	ReadByApply        Kind = "client is read by the apply"
	ReadsReplaceSecret Kind = "reads replace the client secret"
	SkippedConnection  Kind = "client not read: connection settings unknown"
	SkippedCredentials Kind = "client not read: credentials unknown"
	AwaitsToken        Kind = "client not read: its token unknown" // Err: what came of a read without it
	SkippedJournal     Kind = "client not read: token journal unknown"
	TokenKeptForLater  Kind = "handed-in registration access token kept unread" // Source
	TokenReplaced      Kind = "registration access token replaced"              // Source, HandedInAlone, Looked
	OddValues          Kind = "values that cannot be taken"                     // Odd
)

// Credentials that an answer showed in the place of known ones.
const (
	SecretNotKnown Kind = "client needs a secret, and none is known"
	SecretDoubtful Kind = "client secret may be a stored form of it"
	SecretUnproven Kind = "server shows another client secret" // Home, Configured, Aside: as far as the token endpoint can be asked by them
	TokenKept      Kind = "registration access token kept"
	URIKept        Kind = "client configuration endpoint kept"
)

// What a refusal means. Evidence says why.
const (
	OtherServer         Kind = "client is of another server than the configured one"
	NotRefreshed        Kind = "client not refreshed" // what follows is the plan's to say
	NotReached          Kind = "client not reached"
	NoToken             Kind = "client has no registration access token"
	ReadUnsupported     Kind = "client cannot be read" // NoReads: and nobody was asked
	NotReadable         Kind = "client not readable"
	Gone                Kind = "client is gone" // Time, where its deletion was sent without an answer
	GoneAtUpdate        Kind = "client was gone at the last update"
	TakenAsGone         Kind = "client is taken as gone"
	GoneSincePlan       Kind = "client is gone since the plan"
	ProviderRefused     Kind = "provider's credentials refused"
	TokenRefused        Kind = "registration access token refused"
	GoneOrTokenOutdated Kind = "client is gone or its token is outdated"
	NotServed           Kind = "client exists, and its URI shows nothing"
	MissingUndecided    Kind = "client is not found, which proves nothing"
)

// Updating.
const (
	NotUpdated          Kind = "client not updated"                               // MaybeProcessed, Unmoved; Shown, Ways; SecretWanted, SecretMissing, SecretUnstored; Waits
	UpdateUnsupported   Kind = "server has no updates"                            // Manageable: it may have deletions
	PlannedReplacement  Kind = "another client is to take the client's place"     // Members; NeverSent; Manageable: the old one is to be deregistered
	ServerNotLookedAt   Kind = "server that a client is to move to not looked at" // Endpoint: its issuer or its registration endpoint
	MoveNotPlanned      Kind = "client is to be at another server, which no plan says"
	MoveUndecided       Kind = "client may be to be at another server, whose metadata would tell"  // Attribute, Removed; Home: by both names
	ImportedElsewhere   Kind = "imported client is to be at another server than its identity says" // Endpoint: the issuer of that; Removed: the resource names none
	UpdatedAfterAll     Kind = "client that was to be replaced was updated"
	NotReplaced         Kind = "server answered a registration with the client that it was to replace"
	NewSecretNotKnown   Kind = "client in the place of this one has no known secret"                                 // this one is kept; CountsOnce: it needs none, and the next one is taken in spite of the same
	OtherSecretNotKnown Kind = "client that there was before, of which no secret is known, in the place of this one" // ClientID; Replaces: this one, which is kept
	NewNotProven        Kind = "client in the place of this one may be none that is there"                           // ClientID; Replaces: this one, which is kept; Manageable: it came with what it would be managed with; CountsOnce: the next one is taken in spite of the same; Consequence, where it was left alone
	UpdateNotReadBack   Kind = "client updated but not read back"
	UpdateNotShownYet   Kind = "client updated, and read back as it was" // Members, ReadByApply
	MembersLeftOut      Kind = "members not sent back"                   // Form, Members; Attribute where it fixes the form
	MembersNotSentAgain Kind = "members not sent again"                  // Members: asked, unchanged, not shown, and refused in an update
	SecretKept          Kind = "server kept the client secret"
	RenewalOpen         Kind = "not known whether there is a new client secret"
	SecretUnkept        Kind = "update brought a client secret that nothing keeps" // OnlyTold: whether it is a new one is not known; SecretMissing: nor is the secret, since no answer shows it
	SecretNeverKept     Kind = "registration brought a client secret that nothing keeps"
	CredentialsChanged  Kind = "server changed credentials unexpectedly"
)

// Deregistering.
const (
	DeleteShared       Kind = "client stays at the server, as another resource's"
	DeleteOnlyCopy     Kind = "client not deregistered, since another object is this client and lacks its credentials" // ClientURI, where it is managed; OtherToken
	DeleteInDoubt      Kind = "client not deregistered, since another resource may have it"
	DeleteNeedsJournal Kind = "client not deregistered, since the journal cannot be used"
	DeleteOfTwo        Kind = "client stays at the server, since another resource has it, too"
	DeleteUnmanaged    Kind = "client stays at the server, which manages no clients" // NeverSent; OnlyNamed
	DeleteUnsupported  Kind = "client stays at the server, which deletes no clients"
	LeftAtServer       Kind = "replaced client stays at the server" // Endpoint: its client configuration endpoint
	StillThere         Kind = "client still there after its deletion"
	NotDeregistered    Kind = "client not deregistered"
)

// Fetching a client secret that no state holds.
const (
	SecretReadRotates Kind = "fetching the secret would rotate credentials" // InVain, NotLearnt, NoReads
	SecretReadRotated Kind = "fetching the secret rotated credentials"      // Attribute: the block's own token was used
	SecretNotFetched  Kind = "client secret not fetched"
	SecretNotShown    Kind = "server does not show the client secret"
)

// Finding a client that nothing here manages.
const (
	NothingToFind    Kind = "nothing to find a client by"
	FindNotKnownYet  Kind = "client not read: settings unknown"
	FindUnmanaged    Kind = "client cannot be read without management"
	FindWithoutToken Kind = "no credential to read a client with"         // ByProvider: by management, the provider's own would do
	FindRotates      Kind = "reading the client would rotate credentials" // InVain, NotLearnt, NoReads
	FindRotated      Kind = "reading the client rotated credentials"      // Journaled, InVain; Attribute: the block's own token was used
	FoundNotRead     Kind = "client not read"
	NotSearched      Kind = "clients not searched"
	NameNotFound     Kind = "no client of that name"       // Count: clients of other names in the answer
	NameNotUnique    Kind = "several clients of that name" // Count
)

// Loss says what is lost if the journal was not written and Terraform does not save its state either.
type Loss int

// The losses.
const (
	LosesNothing Loss = iota
	LosesCredential
	LosesClient
)

// TokenSource says where a registration access token comes from.
type TokenSource int

// The sources, in the order in which they are tried.
const (
	FromState TokenSource = iota
	FromSettings
	FromJournal
	FromEnvironment
	FromRefusal // the server's own refusal told it
)

// Certificate says what a client certificate has to do with a refusal, as far as the server's metadata or the handshake with it tell.
type Certificate int

// The cases.
const (
	CertificateNotAsked Certificate = iota
	CertificateMissing              // the server takes one, and none is set
	CertificateSet                  // the server takes one, and may not accept the one that is set
)

// Consequence says what became of a client of which a substitution is not accepted.
type Consequence int

// The consequences.
const (
	NoConsequence Consequence = iota
	Deregistered
	NotRolledBack // RollbackErr
	UpdateStands
	RenewedStands  // the same, and the client secret that rotate_secret_when asked for was issued with it
	ReplacedStands // the same, and the client secret was replaced, which nothing asked for
	NewerStands    // the same, and the client secret is another one than the state's, which was found before the update and left alone by it
	TakenBefore    // an apply before accepted it, and the client cannot be updated
	NotAskedFor    // an apply before accepted it, and no update was sent that asks for nothing but the same again
	NotRenewed     // the same, and a new client secret that is due was not asked for either
	NotSent        // a second read showed it, and the first one nothing that an update would have changed, so that none was sent
	LeftAlone      // it is somebody else's client, which the server had before and gave as the answer
)

// Error implements error, for logs and tests.
func (p *Problem) Error() string {
	text := string(p.Kind)
	if p.ClientID != "" {
		text += ": client " + p.ClientID
	}
	if p.Err != nil {
		text += ": " + p.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Outcome is how an operation ended, beside what it saved.
type Outcome struct {
	Gone     bool // nothing of the client is left to keep
	Problems []Problem
}

// Failed reports whether a problem is more than a warning.
func (o Outcome) Failed() bool {
	for _, p := range o.Problems {
		if !p.Warning {
			return true
		}
	}
	return false
}

// Has reports whether there is a problem of a kind.
func (o Outcome) Has(kind Kind) bool {
	return slices.ContainsFunc(o.Problems, func(p Problem) bool { return p.Kind == kind })
}

// Failed is an operation that failed before it did anything.
func Failed(p *Problem) Outcome { return Outcome{Problems: []Problem{*p}} }
