// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"time"
)

// Faults are the ways in which servers in the field differ from the zero value. Each field alone is one behaviour that
// was seen on a server; they combine. Do not change maps and slices after they were handed in.
type Faults struct {
	// RotateTokenOnRead and RotateTokenOnUpdate issue a new registration access token with each read or update, and
	// end the one before (RFC 7592 §5).
	RotateTokenOnRead, RotateTokenOnUpdate bool
	// RotateSecretOnRead and RotateSecretOnUpdate do the same with the client secret, and renew its lifetime.
	RotateSecretOnRead, RotateSecretOnUpdate bool
	// RotateTokenAfter issues a new registration access token with a read or update of a client whose token is that old.
	RotateTokenAfter time.Duration
	// OmitTokenOnRead and OmitTokenOnUpdate leave the registration access token out of answers, unless it was just
	// rotated.
	OmitTokenOnRead, OmitTokenOnUpdate bool
	// OmitURIOnRead and OmitURIOnUpdate leave registration_client_uri out.
	OmitURIOnRead, OmitURIOnUpdate bool
	// OmitSecretOnRead and OmitSecretOnUpdate leave the client secret and its expiry out, unless it was just rotated.
	OmitSecretOnRead, OmitSecretOnUpdate bool
	// HashedSecretOnRead shows what the server stores, like {bcrypt}$2a$10$…, for the client secret.
	HashedSecretOnRead bool
	// OmitSecretExpiry leaves client_secret_expires_at out, which RFC 7591 §3.2.1 requires beside a secret.
	OmitSecretExpiry bool
	// SecretExpiryWithoutSecret shows client_secret_expires_at 0 for clients that have no secret.
	SecretExpiryWithoutSecret bool
	// NullSecretExpiry shows null for the expiry of a secret that does not expire.
	NullSecretExpiry bool
	// OmitIssuedAt leaves client_id_issued_at out; OmitIssuedAtOnRead only when read.
	OmitIssuedAt, OmitIssuedAtOnRead bool
	// NumericStringTimes shows the two timestamps as strings.
	NumericStringTimes bool
	// MoveURIOnUpdate gives the client another registration_client_uri with each update; the one before is unknown.
	MoveURIOnUpdate bool
	// HTTPClientURI names registration_client_uri with the scheme http, as a server behind a TLS proxy does.
	HTTPClientURI bool
	// ClientURIOrigin, if set, replaces the origin in registration_client_uri; the server does not listen there.
	ClientURIOrigin string

	// NullsForUnset shows null for every member that the client has not; with EmptyStringsForUnset, strings are ""
	// instead, with EmptyArraysForUnset arrays are [], with FalseForUnset booleans are false, with
	// EmptyObjectForJWKS jwks is {}. Each works alone, too.
	NullsForUnset, EmptyStringsForUnset, EmptyArraysForUnset, FalseForUnset, EmptyObjectForJWKS bool

	// RegisterStatus is the status of a successful registration; 0 is 201.
	RegisterStatus int
	// DeleteStatus is the status of a successful deletion; 0 is 204. 405 refuses deletion, with Allow.
	DeleteStatus int
	// DeleteKeepsClient answers a deletion as a success and does nothing.
	DeleteKeepsClient bool
	// UpdateStatus and ReadStatus: 405 refuses the operation, with Allow. 0 is no fault.
	UpdateStatus, ReadStatus int

	// SameMetadataSameClient answers the registration of a public client with the one that has the same metadata already.
	SameMetadataSameClient bool

	// Substitute registers another value for a member, whether it was sent or filled in. The value is what is
	// registered (nil for nothing) or a func(any) any that makes it from the one sent.
	Substitute map[string]any
	// SubstituteUnsupported registers the first supported value for one that Supported does not list, and leaves
	// unsupported ones out of arrays, instead of refusing them.
	SubstituteUnsupported bool
	// AddMembers are registered where a request has not got them. They need not be standard.
	AddMembers map[string]any
	// Drop are members that are accepted and not registered.
	Drop []string
	// DropLanguageTagged registers no name#tag.
	DropLanguageTagged bool
	// LowerCaseTags registers language-tagged members with the tag in lower case (RFC 7591 §2.2: case has no meaning).
	LowerCaseTags bool
	// KeepUnknown registers members that no one knows, even a registration access token, secret or timestamp in an
	// update, and shows them over the real ones.
	KeepUnknown bool
	// RefuseUnknown answers 400 to unknown members instead of ignoring them (RFC 7591 §2 says to ignore them).
	RefuseUnknown bool
	// DeduplicateArrays registers each element of an array once.
	DeduplicateArrays bool
	// Immutable are members that keep their first value whatever an update says.
	Immutable []string

	// ShowOnRead are values (or a func(any) any of the registered value) that a read shows for members that it would show
	// anyway, or that are missing, whatever is registered; a write's answer shows what is registered.
	ShowOnRead map[string]any
	// DropOnRead are members that a read does not show though they are registered; DropOnWrite those that a write's
	// answer does not show.
	DropOnRead, DropOnWrite []string
	// ReorderArrays shows arrays in another order with each answer. Those whose order means something are left alone.
	ReorderArrays bool
	// ArrayWhereString are members that come back as an array though they are a string; scope as one of its words.
	ArrayWhereString []string
	// StringWhereArray are members that come back as one string where the array has one element.
	StringWhereArray []string

	// UpdateRefusesSecret answers 403 to an update with a client_secret, even the right one.
	UpdateRefusesSecret bool
	// UpdateNeedsSecret answers 400 to an update without the client_secret of a client that has one.
	UpdateNeedsSecret bool
	// UpdateWithoutSecretIsUnauthorized makes that a 401, as if the registration access token were refused.
	UpdateWithoutSecretIsUnauthorized bool
	// UpdateNeedsEveryMember answers 400 to an update that lacks a member that a read shows; null or "" removes it.
	UpdateNeedsEveryMember bool
	// UpdateNeeds are members that an update must have.
	UpdateNeeds []string
	// UpdateRefusesOwnRead answers 400 to an update with a member of AddMembers or ShowOnRead.
	UpdateRefusesOwnRead bool
	// UpdateRefuses answers with the status given to an update that has the member.
	UpdateRefuses map[string]int
	// UpdateRefusesEmptyObject answers 400 to {} as the value of any member, known or not.
	UpdateRefusesEmptyObject bool
	// UpdateRefusesEmpty answers 400 to null and "" in an update, which RFC 7592 §2.2 has as deletion.
	UpdateRefusesEmpty bool
	// UpdateMerges keeps what an update omits or sends as null or "": nothing can be removed.
	UpdateMerges bool
	// UpdateResetsBooleans sets booleans to false that an update omits, beside UpdateMerges.
	UpdateResetsBooleans bool

	// ErrorsUnder200 answers an error as 200 with {"status":"error","msg":"…"}.
	ErrorsUnder200 bool
	// HTMLErrors answers an error as an HTML page, EmptyErrors without a body, both with status and challenge.
	HTMLErrors, EmptyErrors bool
	// StringError has a sentence in error, and no description.
	StringError bool
	// MessageErrors answers {"message":"…","code":"…"}.
	MessageErrors bool
	// NoChallenge leaves WWW-Authenticate out.
	NoChallenge bool
	// HTMLSuccess answers a success as an HTML page, EmptySuccess without a body.
	HTMLSuccess, EmptySuccess bool
	// HugeBody answers a success with 10 MiB.
	HugeBody bool
	// NoClientID leaves client_id out of a success; OtherClientID shows another client's.
	NoClientID, OtherClientID bool
	// ContentType is that of JSON answers, "" is application/json.
	ContentType string
	// CredentialsBesideErrors shows client_id, token and secret in an error answer of a management request.
	CredentialsBesideErrors bool
	// ShapeOn are the operations that the answer's faults, from ErrorsUnder200 to here, apply to; nil is
	// registration, read, update and deletion.
	ShapeOn []Operation

	// MissingTokenStatus answers a management request without a token: 400 or 403; 0 is 401.
	MissingTokenStatus int
	// InvalidTokenStatus answers a management request with an invalid token, as invalid_token: 400; 0 is 401.
	InvalidTokenStatus int
	// GoneStatus answers a management request for a client that is gone, with its own last token: 404 or 410; 0 is 401.
	GoneStatus int
	// OtherClientStatus answers a token at another client's URI: 403, and the token stays good; 0 is 401 and its end.
	OtherClientStatus int

	// Hang are operations that are processed and not answered until Release; SlowBody those whose answer stops
	// half-way until then.
	Hang, SlowBody []Operation
	// CutOff are operations that are processed and then lose their connection, before the answer or half-way in it.
	CutOff map[Operation]Cut
	// DropBeforeProcessing are operations whose connection is dropped with nothing done.
	DropBeforeProcessing []Operation
	// Redirect are operations that are answered with a redirect to a URL, RedirectStatus its status; 0 is 307.
	Redirect       map[Operation]string
	RedirectStatus int

	// Metadata is what is wrong with the metadata documents.
	Metadata MetadataFault
	// MetadataAt are the locations that have a metadata document.
	MetadataAt Locations
	// MetadataIssuer is the issuer that metadata documents name, "" is the true one.
	MetadataIssuer string
	// MetadataMembers are set in metadata documents; a nil value takes the member out.
	MetadataMembers map[string]any
	// NoRegistrationEndpoint takes registration_endpoint out of metadata documents.
	NoRegistrationEndpoint bool

	// WebFinger is what is wrong with WebFinger.
	WebFinger WebFingerFault
	// WebFingerLinks replace the links of WebFinger's answers, and are then not filtered by rel, as RFC 7033 §4.3 allows.
	WebFingerLinks []Link
	// WebFingerSubject replaces the subject of WebFinger's answers.
	WebFingerSubject string
	// WebFingerHref replaces the href of WebFinger's issuer link.
	WebFingerHref string

	// InvalidClientStatus answers failed client authentication at the token endpoint; 0 is 401.
	InvalidClientStatus int
	// TokenChecksGrantFirst looks at the grant before the client, so that the token endpoint tells nothing about it.
	TokenChecksGrantFirst bool
	// AuthorizeIgnoresPrompt shows a login page to everyone, even with prompt=none.
	AuthorizeIgnoresPrompt bool
	// AuthorizeRedirectsUnknown sends errors to a redirect URI that is not registered: an open redirector.
	AuthorizeRedirectsUnknown bool
	// AuthorizeErrorPage shows an error page under 400 to everyone.
	AuthorizeErrorPage bool

	// Front is what stands before the server and answers in its place: its calls are those of all operations, counted together.
	Front []CallFault
	// Times is the form of client_id_issued_at and client_secret_expires_at.
	Times TimeForm
	// Registration, Reading, Updating, Deletion, Credentials, TokenEndpoint, AuthorizationEndpoint and Discovery are the
	// misbehaviours of one operation each, those of single calls among them.
	Registration          RegistrationFaults
	Reading               ReadingFaults
	Updating              UpdatingFaults
	Deletion              DeletionFaults
	Credentials           CredentialFaults
	TokenEndpoint         TokenEndpointFaults
	AuthorizationEndpoint AuthorizationEndpointFaults
	Discovery             DiscoveryFaults
}

// Cut is where an answer ends early.
type Cut int

const (
	// CutNone sends the whole answer.
	CutNone Cut = iota
	// CutConnection drops the connection before the answer.
	CutConnection
	// CutBody drops it in the middle of the body.
	CutBody
)

// MetadataFault is what is wrong with a metadata document.
type MetadataFault int

const (
	// MetadataGood is a correct document.
	MetadataGood MetadataFault = iota
	// MetadataHTML is an HTML page under 200.
	MetadataHTML
	// MetadataEmpty is an empty body under 200.
	MetadataEmpty
	// MetadataError is {"status":"error"} under 200.
	MetadataError
	// MetadataArray is a JSON array under 200.
	MetadataArray
	// MetadataHuge is 10 MiB.
	MetadataHuge
	// MetadataNoIssuer has no issuer.
	MetadataNoIssuer
)

// Locations are the places of a metadata document.
type Locations int

const (
	// LocationsStandard are OpenID Connect's, appended to the issuer, and RFC 8414's, inserted before its path.
	LocationsStandard Locations = iota
	// LocationsAppended is openid-configuration appended to the issuer, nothing else.
	LocationsAppended
	// LocationsInserted are openid-configuration and oauth-authorization-server inserted before the issuer's path.
	LocationsInserted
	// LocationsOAuth is oauth-authorization-server inserted before the issuer's path: an OAuth-only server.
	LocationsOAuth
	// LocationsOAuthAppended is oauth-authorization-server appended to the issuer, against RFC 8414 §3.1.
	LocationsOAuthAppended
	// LocationsNone has no metadata.
	LocationsNone
)

// WebFingerFault is what is wrong with WebFinger.
type WebFingerFault int

const (
	// WebFingerGood answers as RFC 7033 says.
	WebFingerGood WebFingerFault = iota
	// WebFingerOff is a 404 page.
	WebFingerOff
	// WebFingerHTML is an HTML page under 200.
	WebFingerHTML
	// WebFingerEmpty is an empty body under 200.
	WebFingerEmpty
	// WebFingerError is {"status":"error"} under 200.
	WebFingerError
	// WebFingerProtected is 401 without BasicUser and BasicPassword or AdminToken.
	WebFingerProtected
	// WebFingerNoLinks is a document without links.
	WebFingerNoLinks
	// WebFingerHTTP has an href with the scheme http.
	WebFingerHTTP
	// WebFingerStrict is 400 for anything but exactly the parameters resource and rel.
	WebFingerStrict
)

// Answer is a forced answer, see Force and CallFault.
type Answer struct {
	// Status is the answer's status. 0 leaves the real answer, for which the request is processed, unless Cut alone says
	// that the connection is dropped with nothing done.
	Status int
	// Header is added to the answer.
	Header http.Header
	// MediaType is the forced body's; "" is application/json.
	MediaType string
	// Body is the answer's body.
	Body string
	// Processed does what the request asks for first. With Status 0 the answer is then the real one, else the forced.
	Processed bool
	// Cut is where the answer ends early.
	Cut Cut
	// OtherClient turns a real answer into one about a client that the caller never heard of, with credentials of its own.
	OtherClient bool
	// Stale answers as another replica does that has not seen the last write: it shows, and accepts the credentials of,
	// the time before. A write goes through, unless the replica does not know the client yet.
	Stale bool
	// Edit changes the real answer's document.
	Edit func(doc map[string]any)
}

// SetFaults replaces the faults of a running server.
func (s *Server) SetFaults(f Faults) { s.EditFaults(func(old *Faults) { *old = f }) }

// EditFaults changes the faults of a running server.
func (s *Server) EditFaults(edit func(*Faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.faults)
	s.calls, s.processed = map[Operation][]int{}, map[Operation]int{}
}

// SetHooks replaces Before and After of a running server.
func (s *Server) SetHooks(before, after func(*http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Before, s.After = before, after
}

// Force answers the next requests of an operation, one each, before everything else that might answer them. It may be
// called before the start.
func (s *Server) Force(op Operation, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forced == nil {
		s.forced = map[Operation][]Answer{}
	}
	s.forced[op] = append(s.forced[op], answers...)
}

// ForceStatus answers the next requests of an operation with an empty body under these statuses, one each.
func (s *Server) ForceStatus(op Operation, statuses ...int) {
	for _, status := range statuses {
		s.Force(op, Answer{Status: status})
	}
}

// forcedAnswer is what a forced answer makes of a call.
func (s *Server) forcedAnswer(c *call, forced Answer) answer {
	if forced.Stale {
		return forced.finish(s.staleAnswer(c))
	}
	a := answer{status: forced.Status, header: http.Header{}, raw: []byte(forced.Body)}
	if forced.Processed || forced.OtherClient || forced.Edit != nil {
		if done := s.shape(c, s.process(c)); forced.Status == 0 {
			a = done
		}
	}
	if forced.Body != "" {
		mediaType := forced.MediaType
		if mediaType == "" {
			mediaType = "application/json"
		}
		a.header.Set("Content-Type", mediaType)
	}
	return forced.finish(a)
}

// finish applies what a forced answer changes in a real one.
func (forced Answer) finish(a answer) answer {
	if doc, ok := a.doc.(map[string]any); ok && a.failed == nil {
		if forced.OtherClient {
			aboutAnother(doc)
		}
		if forced.Edit != nil {
			forced.Edit(doc)
		}
	}
	for name, values := range forced.Header {
		a.header[name] = values
	}
	if forced.Cut != CutNone {
		a.cut = forced.Cut
	}
	return a
}

// aboutAnother makes a client's document one about another client.
func aboutAnother(doc map[string]any) {
	doc["client_id"] = "another-client"
	for _, member := range []string{"client_secret", "registration_access_token"} {
		if _, found := doc[member]; found {
			doc[member] = "another-" + member
		}
	}
	if uri, ok := doc["registration_client_uri"].(string); ok {
		doc["registration_client_uri"] = uri + "-another"
	}
}
