// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// RecordVersion is the version of a Record's encoding that this code writes.
const RecordVersion = 1

// NotMissed forgets what missed the client, which exists, or was asked for where it never was.
func (r *Record) NotMissed() { r.Missing, r.Gone, r.MissedBy = false, false, "" }

// LeavesToAnother forgets what was found without a token that is to come, or to be tried. A refusal counts on, for the token that was refused alone.
func (r *Record) LeavesToAnother() {
	if r.Missing = false; r.MissedBy == NothingThere {
		r.MissedBy = ""
	}
}

// NothingThere is what Record.MissedBy is where nothing was at the client's address, and CredentialsRefused where the provider's credentials were refused there.
const (
	NothingThere       = "nothing there"
	CredentialsRefused = "the provider's credentials"
)

// Record is what private state holds of one client, so that it is never shown, and never in a configuration's reach.
// A delete must not need it: Terraform hands a tainted object's Delete no private state.
type Record struct {
	Version int                 // as read; Marshal always writes RecordVersion
	Agreed  Agreement           // nil where nothing was ever agreed
	Form    Form                // the form that the server took last, "" if no update was sent yet
	Facts   Facts               // how the server treats credentials
	Pending *PendingCredentials // nil where none wait

	Home         Home         // where the client was registered
	Configured   Home         // the server that the configuration named when it was applied first, or later with another place; zero where none was applied
	Capabilities Capabilities // what the server can do with it
	Unproven     Unproven     // credentials that nothing has proved yet, and those that proved ones replaced
	Doubted      []string     // members whose absence in a read says nothing (Doubted)
	Updated      []string     // members whose value an update set, of which nothing showed what it registered (UpdatedBy)
	TemplateAway string       // the user's template, where it was written out while the configuration named another server than the client's
	Guessed      string       // the URI that the user's template gives a client that has none, as long as nothing has found the client there
	NoReadsAt    string       // the URI that the user's template gave, and at which the server said that it has no reads
	ShownAt      string       // the URI that showed this client last; "" where none ever did
	Missing      bool         // the last read left it open whether the client exists
	MissedBy     string       // how the last answer that raised that question missed it: NothingThere, CredentialsRefused, or a refusal of the token that this is the digest of; "" where none has since it was shown
	Gone         bool         // an update found that the client is gone, and had to end with it
	WrittenAt    int64        // when the last registration or update was answered, in seconds since 1970; 0 where none is known
	Unlooked     bool         // nobody was asked at the default address since it was registered with management = none, or with a credential that may have been no good
	OnlyNamed    bool         // a registration that failed named the client_id, and nothing that only a new client has
	MadeAt       int64        // when the client was registered or imported, in nanoseconds since 1970: no two objects have one; 0 where none is known
	SecretAt     int64        // when the client secret was issued, by a registration or an update; 0 where that is not known
	SecretKept   bool         // the last update that was to bring a new client secret brought none
	SecretMark   string       // of the last client secret that an answer showed and the state does not store; see ShowsAnother
	Unread       bool         // a read in an apply got no usable answer, which may have replaced credentials: the next apply reads
	Unanswered   bool         // a read or an update that may have replaced a credential got no usable answer, and none has succeeded since
	TokenUntried bool         // the same of the token, which was not used since: the provider's own credentials were
	TokenOpen    bool         // a registration in the client's place may have replaced its token or moved it, and no use of the token has shown since that it did not
	SecretOpen   bool         // the same of its secret, which no answer has shown since, and no token endpoint accepted
	NotTaken     Repeat       // what the last client that was registered in this one's place was not taken for, with no update since
	NotTakenAt   Home         // where that client was registered
	OnlyCopy     bool         // another object of the state is this very client, and this one alone has, or may have, credentials of it that work
	TwinMade     int64        // MadeAt of that object
	TwinMark     TwinMark     // of that object, where nothing showed that what it has works; "" where it lacks something
	Replaced     []string     // digests of the last tokens that others took the place of: a replica that lags may show them again
	HandedIn     string       // digest of the last token that was handed in and kept; "" for none

	TokenExpires map[string]int64 // by a token's digest, when it expires, where an answer said so
	Odd          []string         // members of which it was told that the server shows a value that cannot be taken
}

// ShownBefore reports whether this URI showed the client before, so that it is certain that the server serves it there.
func (r Record) ShownBefore(uri string) bool { return uri != "" && r.ShownAt == uri }

// Doubt keeps what a client was not taken for that was registered in this one's place at a server. RepeatNone, after an update that succeeded, forgets it.
func (r *Record) Doubt(raised Repeat, at Home) {
	if r.NotTaken, r.NotTakenAt = raised, at.names(); raised == RepeatNone {
		r.NotTakenAt = Home{}
	}
}

// Doubts is what the last client was not taken for that was registered in this one's place, where that was at this server: each server may be wrong once.
func (r Record) Doubts(at Home) Repeat {
	if r.NotTakenAt.Relation(at, "") != HomeSame {
		return RepeatNone
	}
	return r.NotTaken
}

// WithoutSecret returns the record without any client secret, for a state that is to hold none. Of the one that is known it keeps a mark.
func (r Record) WithoutSecret(known secret.String) Record {
	if !known.IsEmpty() {
		r.SecretMark = markOf(known)
	}
	u := &r.Unproven
	u.ClientSecret, u.ClientSecretExpiresAt, u.SecretFromRead = secret.String{}, nil, false
	u.FormerSecret, u.RefusedSecret = secret.String{}, secret.String{}
	if r.Pending != nil {
		p := *r.Pending
		p.ClientSecret, r.Pending = secret.String{}, &p
	}
	return r
}

// ShowsAnother reports whether a secret that an answer shows is another one than the last that was shown, where the state stores none: known is
// false where no answer had shown one, or this one does not.
func (r Record) ShowsAnother(shown secret.String) (another, known bool) {
	if r.SecretMark == "" || shown.IsEmpty() {
		return false, false
	}
	return markOf(shown) != r.SecretMark, true
}

// markOf is so short that many texts have the same: it tells a new secret from the one before, and gives nobody a way to find either.
func markOf(s secret.String) string {
	sum := sha256.Sum256([]byte(s.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:4])
}

// ErrNewerRecord is wrapped by Unmarshal's error for a record that a newer version of this provider wrote.
var ErrNewerRecord = errors.New("the private state was written by a newer version of the provider")

// saved is the encoding of a Record. Its pending credentials are revealed: private state is kept with the state, which holds the
// same credentials.
type saved struct {
	Version int            `json:"v"`
	Agreed  savedAgreement `json:"agreed,omitzero"`
	Form    Form           `json:"form,omitempty"`
	Facts   *Facts         `json:"facts,omitempty"`
	Pending *savedPending  `json:"pending,omitempty"`

	Home         Home          `json:"home,omitzero"`
	Configured   Home          `json:"configured,omitzero"`
	Capabilities Capabilities  `json:"can,omitzero"`
	Unproven     savedUnproven `json:"unproven,omitzero"`
	Doubted      []string      `json:"doubted,omitempty"`
	Updated      []string      `json:"updated,omitempty"`
	TemplateAway string        `json:"template_away,omitempty"`
	Guessed      string        `json:"guessed,omitempty"`
	NoReadsAt    string        `json:"no_reads_at,omitempty"`
	ShownAt      string        `json:"shown_at,omitempty"`
	Missing      bool          `json:"missing,omitempty"`
	Gone         bool          `json:"gone,omitempty"`
	Unread       bool          `json:"unread,omitempty"`
	Unanswered   bool          `json:"unanswered,omitempty"`
	TokenUntried bool          `json:"token_untried,omitempty"`
	TokenOpen    bool          `json:"token_open,omitempty"`
	SecretOpen   bool          `json:"secret_open,omitempty"`
	WrittenAt    int64         `json:"written_at,omitempty"`
	MissedBy     string        `json:"missed_by,omitempty"`
	Unlooked     bool          `json:"unlooked,omitempty"`
	OnlyNamed    bool          `json:"only_named,omitempty"`
	MadeAt       int64         `json:"made_at,omitempty"`
	SecretAt     int64         `json:"secret_at,omitempty"`
	SecretKept   bool          `json:"secret_kept,omitempty"`
	SecretMark   string        `json:"secret_mark,omitempty"`
	NotTaken     Repeat        `json:"not_taken,omitempty"`
	NotTakenAt   Home          `json:"not_taken_at,omitzero"`
	OnlyCopy     bool          `json:"only_copy,omitempty"`
	TwinMade     int64         `json:"twin_made,omitempty"`
	TwinMark     TwinMark      `json:"twin,omitempty"`
	Replaced     []string      `json:"replaced,omitempty"`
	HandedIn     string        `json:"handed_in,omitempty"`

	TokenExpires map[string]int64 `json:"token_expires,omitempty"`
	Odd          []string         `json:"odd,omitempty"`
}

type savedUnproven struct {
	savedPending
	SecretFromRead bool     `json:"secret_from_read,omitempty"`
	FormerSecret   string   `json:"former_secret,omitempty"`
	FormerToken    string   `json:"former_token,omitempty"`
	RefusedSecret  string   `json:"refused_secret,omitempty"`
	RefusedToken   string   `json:"refused_token,omitempty"`
	RefusedURI     string   `json:"refused_uri,omitempty"`
	HandedIn       []string `json:"handed_in,omitempty"`
}

func (u Unproven) saved() savedUnproven {
	return savedUnproven{
		savedPending: savedPending{
			ClientSecret: u.ClientSecret.Reveal(), ClientSecretExpiresAt: u.ClientSecretExpiresAt,
			RegistrationAccessToken: u.RegistrationAccessToken.Reveal(), RegistrationClientURI: u.RegistrationClientURI,
		},
		SecretFromRead: u.SecretFromRead, FormerSecret: u.FormerSecret.Reveal(), FormerToken: u.FormerToken.Reveal(),
		RefusedSecret: u.RefusedSecret.Reveal(), RefusedToken: u.RefusedToken.Reveal(), RefusedURI: u.RefusedURI, HandedIn: u.HandedIn,
	}
}

func (w savedUnproven) unproven() Unproven {
	return Unproven{
		ClientSecret: secret.New(w.ClientSecret), ClientSecretExpiresAt: w.ClientSecretExpiresAt, SecretFromRead: w.SecretFromRead,
		RegistrationAccessToken: secret.New(w.RegistrationAccessToken), RegistrationClientURI: w.RegistrationClientURI,
		FormerSecret: secret.New(w.FormerSecret), FormerToken: secret.New(w.FormerToken),
		RefusedSecret: secret.New(w.RefusedSecret), RefusedToken: secret.New(w.RefusedToken), RefusedURI: w.RefusedURI, HandedIn: w.HandedIn,
	}
}

// savedAgreement is an Agreement without Pair's own JSON methods, which would decode each pair by itself.
type savedAgreement map[string]savedPair

type savedPending struct {
	ClientSecret            string `json:"client_secret,omitempty"`
	ClientSecretExpiresAt   *int64 `json:"client_secret_expires_at,omitempty"`
	RegistrationAccessToken string `json:"registration_access_token,omitempty"`
	RegistrationClientURI   string `json:"registration_client_uri,omitempty"`
}

// Marshal returns the record as JSON, the same bytes for the same record.
func (r Record) Marshal() ([]byte, error) {
	w := saved{
		Version: RecordVersion, Form: r.Form, Home: r.Home, Configured: r.Configured, Capabilities: r.Capabilities, Unproven: r.Unproven.saved(), ShownAt: r.ShownAt, NoReadsAt: r.NoReadsAt, Guessed: r.Guessed, Doubted: r.Doubted, Updated: r.Updated, Missing: r.Missing, MissedBy: r.MissedBy, Gone: r.Gone, WrittenAt: r.WrittenAt, MadeAt: r.MadeAt, Unlooked: r.Unlooked, OnlyNamed: r.OnlyNamed, SecretAt: r.SecretAt, SecretKept: r.SecretKept, SecretMark: r.SecretMark, Unread: r.Unread, Unanswered: r.Unanswered, TokenUntried: r.TokenUntried, TokenOpen: r.TokenOpen, SecretOpen: r.SecretOpen, NotTaken: r.NotTaken, NotTakenAt: r.NotTakenAt, OnlyCopy: r.OnlyCopy, TwinMade: r.TwinMade, TwinMark: r.TwinMark, HandedIn: r.HandedIn, Replaced: r.Replaced,
		TokenExpires: r.TokenExpires, Odd: r.Odd, TemplateAway: r.TemplateAway,
	}
	if r.Agreed != nil { // nil is "nothing was agreed yet", empty is "nothing was asked"
		w.Agreed = make(savedAgreement, len(r.Agreed))
	}
	for member, pair := range r.Agreed {
		w.Agreed[member] = pair.saved()
	}
	if f := r.Facts; f != (Facts{}) {
		w.Facts = &f
	}
	if p := r.Pending; p != nil {
		w.Pending = &savedPending{
			ClientSecret: p.ClientSecret.Reveal(), ClientSecretExpiresAt: p.ClientSecretExpiresAt,
			RegistrationAccessToken: p.RegistrationAccessToken.Reveal(), RegistrationClientURI: p.RegistrationClientURI,
		}
	}
	return jsonvalue.Encode(w)
}

// Unmarshal reads a record. No bytes (an object that has no private state: imported by an older version, or tainted) give
// an empty record. Fields that this version does not know are ignored; a newer version's record is an error that wraps
// ErrNewerRecord, because to write it back would lose what that version keeps.
func Unmarshal(data []byte) (Record, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Record{Version: RecordVersion}, nil
	}
	var w saved
	if err := jsonvalue.Into(data, &w); err != nil {
		// A newer version's record may have another shape; its version is what matters then.
		var version struct {
			Version int `json:"v"`
		}
		if jsonvalue.Into(data, &version) != nil || version.Version <= RecordVersion {
			return Record{}, fmt.Errorf("the private state is no record of this provider: %w", syntaxOnly(err))
		}
		w.Version = version.Version
	}
	switch {
	case w.Version > RecordVersion:
		return Record{}, fmt.Errorf("%w (record version %d, this one knows up to %d): use that version or a later one",
			ErrNewerRecord, w.Version, RecordVersion)
	case w.Version < 1:
		return Record{}, errors.New("the private state is no record of this provider: it has no version")
	}
	r := Record{
		Version: w.Version, Form: w.Form, Home: w.Home, Configured: w.Configured, Capabilities: w.Capabilities, Unproven: w.Unproven.unproven(), ShownAt: w.ShownAt, NoReadsAt: w.NoReadsAt, Guessed: w.Guessed, Doubted: w.Doubted, Updated: w.Updated, Missing: w.Missing, MissedBy: w.MissedBy, Gone: w.Gone, WrittenAt: w.WrittenAt, MadeAt: w.MadeAt, Unlooked: w.Unlooked, OnlyNamed: w.OnlyNamed, SecretAt: w.SecretAt, SecretKept: w.SecretKept, SecretMark: w.SecretMark, Unread: w.Unread, Unanswered: w.Unanswered, TokenUntried: w.TokenUntried, TokenOpen: w.TokenOpen, SecretOpen: w.SecretOpen, NotTaken: w.NotTaken, NotTakenAt: w.NotTakenAt, OnlyCopy: w.OnlyCopy, TwinMade: w.TwinMade, TwinMark: w.TwinMark, HandedIn: w.HandedIn, Replaced: w.Replaced,
		TokenExpires: w.TokenExpires, Odd: w.Odd, TemplateAway: w.TemplateAway,
	}
	if w.Agreed != nil {
		r.Agreed = make(Agreement, len(w.Agreed))
		for member, pair := range w.Agreed {
			r.Agreed[member] = pair.pair()
		}
	}
	if w.Facts != nil {
		r.Facts = *w.Facts
	}
	if p := w.Pending; p != nil {
		r.Pending = &PendingCredentials{
			ClientSecret: secret.New(p.ClientSecret), ClientSecretExpiresAt: p.ClientSecretExpiresAt,
			RegistrationAccessToken: secret.New(p.RegistrationAccessToken), RegistrationClientURI: p.RegistrationClientURI,
		}
	}
	return r, nil
}

// syntaxOnly keeps the place of an error and drops the text around it: private state may hold credentials.
func syntaxOnly(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("wrong type of %q at byte %d", kind.Field, kind.Offset)
	}
	return errors.New("not readable")
}

// savedPair is {"a":asked,"r":registered}; {"a":asked,"s":1} where both are the same, which is the usual case and halves a
// record; and {"a":asked} where nothing was registered. "n" marks one that was refused, "u" one that was never sent, and "w" is what the answer to the write showed alone.
type savedPair struct {
	Asked      any  `json:"a"`
	Registered any  `json:"r,omitempty"`
	Same       int  `json:"s,omitempty"`
	Said       any  `json:"w,omitempty"`
	Refused    bool `json:"n,omitempty"`
	Unsent     bool `json:"u,omitempty"`
}

func (p Pair) saved() savedPair {
	w := savedPair{Asked: p.Asked, Said: p.Said, Refused: p.Refused, Unsent: p.Unsent}
	switch {
	case p.Registered == nil:
	case reflect.DeepEqual(p.Asked, p.Registered):
		w.Same = 1
	default:
		w.Registered = p.Registered
	}
	return w
}

func (w savedPair) pair() Pair {
	if w.Same != 0 {
		w.Registered = w.Asked
	}
	return Pair{Asked: w.Asked, Registered: w.Registered, Said: w.Said, Refused: w.Refused, Unsent: w.Unsent}
}

// MarshalJSON writes the short form that a record has, too.
func (p Pair) MarshalJSON() ([]byte, error) { return jsonvalue.Encode(p.saved()) }

// UnmarshalJSON reads what MarshalJSON writes, numbers as json.Number.
func (p *Pair) UnmarshalJSON(data []byte) error {
	var w savedPair
	if err := jsonvalue.Into(data, &w); err != nil {
		return err
	}
	*p = w.pair()
	return nil
}
