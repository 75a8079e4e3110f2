// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const (
	formatName    = "terraform-provider-oidc token journal"
	formatVersion = 1
)

// header is the file's first line, never encrypted.
type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	// Generation is random and new with each compaction: a process that finds the header unchanged knows that what it
	// read before is still there, and reads only what was appended. (Comparing inodes instead fails where the system
	// uses one again.)
	Generation string   `json:"generation"`
	Recipients []string `json:"recipients,omitempty"` // sorted; empty: the lines are plain text
	// Moment is that of the newest line before the compaction, which may have dropped it.
	Moment Moment `json:"moment,omitempty"`
}

// jsonLine is a line's JSON form, in the order in which a reader wants to see it. Credentials are plain strings here and
// nowhere else in this package.
type jsonLine struct {
	Event       event     `json:"event"`
	Time        time.Time `json:"time"`
	Origin      Occasion  `json:"origin,omitempty"`
	ClientID    string    `json:"client_id,omitempty"`
	URI         string    `json:"registration_client_uri,omitempty"`
	Endpoint    string    `json:"registration_endpoint,omitempty"`
	Token       string    `json:"registration_access_token,omitempty"`
	Secret      string    `json:"client_secret,omitempty"`
	ExpiresAt   *int64    `json:"client_secret_expires_at,omitempty"`
	Unproven    *unproven `json:"unproven,omitempty"`
	Former      []string  `json:"former_uris,omitempty"`
	Superseded  []string  `json:"superseded,omitempty"` // digests, see Entry.Supersedes
	Secrets     []string  `json:"superseded_secrets,omitempty"`
	Confirmed   bool      `json:"confirmed,omitempty"`
	Intents     []string  `json:"intents,omitempty"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Run         string    `json:"run,omitempty"`
	Launcher    Launcher  `json:"launcher,omitempty"`
	Made        int64     `json:"made,omitempty"`
	By          string    `json:"by,omitempty"`
	Objects     objects   `json:"objects,omitempty"`
	Doubted     []int64   `json:"doubted,omitempty"`
	Gone        bool      `json:"gone,omitempty"`
	Told        bool      `json:"told,omitempty"`
	Imported    string    `json:"imported,omitempty"`
	Imports     imports   `json:"imports,omitempty"`
	Asking      []string  `json:"asking,omitempty"`
	Registers   []string  `json:"registers,omitempty"`
	Shown       bool      `json:"shown,omitempty"`
	SecretShown bool      `json:"secret_shown,omitempty"`
	Parted      time.Time `json:"parted,omitzero"`
	Moment      Moment    `json:"moment,omitempty"`
}

// unproven is Unproven's JSON form.
type unproven struct {
	URI       string   `json:"registration_client_uri,omitempty"`
	Token     string   `json:"registration_access_token,omitempty"`
	Secret    string   `json:"client_secret,omitempty"`
	ExpiresAt *int64   `json:"client_secret_expires_at,omitempty"`
	FromRead  bool     `json:"from_read,omitempty"`
	HandedIn  []string `json:"handed_in,omitempty"` // digests
}

func (u Unproven) jsonForm() *unproven {
	if u.Equal(Unproven{}) {
		return nil
	}
	return &unproven{
		URI: u.RegistrationClientURI, Token: u.RegistrationAccessToken.Reveal(), Secret: u.ClientSecret.Reveal(),
		ExpiresAt: u.ClientSecretExpiresAt, FromRead: u.SecretFromRead, HandedIn: u.HandedIn,
	}
}

func (w *unproven) value() Unproven {
	if w == nil {
		return Unproven{}
	}
	return Unproven{
		RegistrationClientURI: w.URI, RegistrationAccessToken: secret.New(w.Token), ClientSecret: secret.New(w.Secret),
		ClientSecretExpiresAt: w.ExpiresAt, SecretFromRead: w.FromRead, HandedIn: w.HandedIn,
	}
}

// sealed is the JSON form of an encrypted line: an age file around a jsonLine.
type sealed struct {
	Age []byte `json:"age"` // base64
}

var (
	errDamaged   = errors.New("damaged")
	errUndecoded = errors.New("cannot be decrypted")
)

func encodeHeader(h header) []byte { return encodeJSON(h) }

// encodeJSON returns a line, with its newline.
func encodeJSON(v any) []byte {
	text, err := jsonvalue.Encode(v)
	if err != nil {
		panic(err) // strings, numbers and times only
	}
	return append(text, '\n')
}

func decodeHeader(line []byte) (header, error) {
	var h header
	// Not strict: a newer version's header may have more members, and its version has to be told then.
	if jsonvalue.Into(line, &h) != nil || h.Format != formatName {
		return h, errors.New("the file has other content; choose another path")
	}
	if h.Version != formatVersion {
		return h, fmt.Errorf("it has format version %d and was written by another version of this provider, which reads version %d", h.Version, formatVersion)
	}
	return h, nil
}

// encode returns the line as bytes, with its newline.
func (k *keys) encode(r *journalLine) ([]byte, error) {
	line := encodeJSON(jsonLine{
		Event: r.event, Time: r.Time.UTC(), Origin: r.Occasion, ClientID: r.ClientID, URI: r.RegistrationClientURI,
		Endpoint: r.Endpoint, Token: r.RegistrationAccessToken.Reveal(), Secret: r.ClientSecret.Reveal(),
		ExpiresAt: r.ClientSecretExpiresAt, Unproven: r.Unproven.jsonForm(), Former: r.former, Superseded: r.superseded, Secrets: r.supersededSecrets, Confirmed: r.confirmed, Intents: r.intents,
		Fingerprint: r.fingerprint, Run: r.run, Launcher: r.launcher,
		Made: r.made, By: r.by, Objects: r.objects, Doubted: r.doubted, Gone: r.gone, Told: r.told, Imported: r.imported, Imports: r.imports, Asking: r.asking, Registers: r.registers, Shown: r.shown, SecretShown: r.secretShown, Parted: r.parted, Moment: r.moment,
	})
	if !k.encrypts() {
		return line, nil
	}
	box, err := k.seal(line)
	if err != nil {
		return nil, err
	}
	return encodeJSON(sealed{Age: box}), nil
}

// decode is strict: a member or event that it does not know comes from a newer version or another hand, and compaction
// would lose it. Its errors are errDamaged and errUndecoded; the JSON package's are left out, as they quote values.
func (k *keys) decode(line []byte, encrypted bool) (journalLine, error) {
	if encrypted {
		var box sealed
		if !strict(line, &box) || len(box.Age) == 0 {
			return journalLine{}, errDamaged
		}
		opened, err := k.open(box.Age)
		if err != nil {
			return journalLine{}, errUndecoded
		}
		line = opened
	}
	var w jsonLine
	if !strict(line, &w) {
		return journalLine{}, errDamaged
	}
	r := journalLine{
		event: w.Event,
		Entry: Entry{
			Endpoint: w.Endpoint, ClientID: w.ClientID, RegistrationClientURI: w.URI,
			RegistrationAccessToken: secret.New(w.Token), ClientSecret: secret.New(w.Secret),
			ClientSecretExpiresAt: w.ExpiresAt, Unproven: w.Unproven.value(), Occasion: w.Origin, Time: w.Time, superseded: w.Superseded, supersededSecrets: w.Secrets,
		},
		made: w.Made, by: w.By, objects: w.Objects, doubted: w.Doubted, gone: w.Gone, told: w.Told, imported: w.Imported, imports: w.Imports, parted: w.Parted, moment: w.Moment,
		former: w.Former, intents: w.Intents, asking: w.Asking, registers: w.Registers, shown: w.Shown, secretShown: w.SecretShown, fingerprint: w.Fingerprint, run: w.Run, launcher: w.Launcher, confirmed: w.Confirmed,
	}
	if !r.complete() {
		return journalLine{}, errDamaged
	}
	return r, nil
}

// complete reports whether the line has what its event needs.
func (r *journalLine) complete() bool {
	switch r.event {
	case eventIntent:
		return len(r.intents) == 1 && r.run != ""
	case eventAbandoned, eventTold:
		return len(r.intents) > 0
	case eventClient, eventConfirmed, eventLeft, eventDoubted, eventGone, eventImported, eventDeleting, eventKept, eventAnswered, eventDeleted, eventForgotten, eventParted:
		return r.ClientID != ""
	case eventAsking:
		return r.ClientID != "" && len(r.asking) > 0
	case eventAdopted:
		return r.ClientID != "" && r.run != ""
	case eventEnded:
		return r.run != ""
	default:
		return false
	}
}

func strict(line []byte, into any) bool { return jsonvalue.IntoKnown(line, into) == nil }

func sameRecipients(a, b []string) bool { return slices.Equal(a, b) }
