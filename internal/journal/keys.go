// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// keys encrypt and decrypt lines. Those of a plain journal are empty.
type keys struct {
	recipients []age.Recipient
	names      []string // the recipients' text form, sorted, as the header lists them
	identities []age.Identity
	own        []string // the identities' own recipients
}

func (k *keys) encrypts() bool { return len(k.recipients) > 0 }

// canRead reports whether one of the identities belongs to one of the listed recipients. SSH keys and plugins are not
// taken: age's authors advise against the former in other programs, and the latter would run other programs.
func (k *keys) canRead(recipients []string) bool {
	return slices.ContainsFunc(k.own, func(name string) bool { return slices.Contains(recipients, name) })
}

// CheckKeys returns why a journal cannot be encrypted to the recipients and read with the identities, or nil.
func CheckKeys(recipients []string, identities secret.String) error {
	_, err := parseKeys(recipients, identities)
	return err
}

// CheckRecipient returns why a text is no recipient, or nil. It does not repeat the text.
func CheckRecipient(text string) error {
	_, err := parseRecipient(text)
	return err
}

func parseRecipient(text string) (age.Recipient, error) {
	parsed, err := age.ParseRecipients(strings.NewReader(strings.TrimSpace(text)))
	if err != nil || len(parsed) != 1 {
		return nil, errors.New("it is no recipient: expected age1… or age1pq1…, as age-keygen -y prints (SSH keys and plugins can't be used)")
	}
	return parsed[0], nil
}

// parseKeys never repeats what it was given in an error: an identity may stand where a recipient belongs.
func parseKeys(recipients []string, identities secret.String) (*keys, error) {
	k := &keys{}
	for i, line := range strings.Split(identities.Reveal(), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parsed, err := age.ParseIdentities(strings.NewReader(line))
		if err != nil || len(parsed) != 1 {
			return nil, fmt.Errorf("line %d of the age identities is no age identity: expected AGE-SECRET-KEY-1… or AGE-SECRET-KEY-PQ-1…, as age-keygen writes "+
				"(SSH keys, plugins and identity files protected by a passphrase can't be used)", i+1)
		}
		k.identities = append(k.identities, parsed[0])
		switch id := parsed[0].(type) {
		case *age.X25519Identity:
			k.own = append(k.own, id.Recipient().String())
		case *age.HybridIdentity:
			k.own = append(k.own, id.Recipient().String())
		}
	}
	if !identities.IsEmpty() && len(k.identities) == 0 {
		return nil, errors.New("the age identities hold no identity")
	}
	if len(recipients) == 0 {
		recipients = k.own
	}
	for i, text := range recipients {
		parsed, err := parseRecipient(text)
		if err != nil {
			return nil, fmt.Errorf("age recipient %d of %d cannot be used: %w", i+1, len(recipients), err)
		}
		if name := fmt.Sprint(parsed); !slices.Contains(k.names, name) {
			k.names = append(k.names, name)
			k.recipients = append(k.recipients, parsed)
		}
	}
	slices.Sort(k.names)
	switch {
	case len(k.recipients) > 0 && len(k.identities) == 0:
		return nil, errors.New("age recipients are set, but no identity: the provider has to read the journal as well as to write it, so give the identity that belongs to one of the recipients")
	case len(k.recipients) > 0 && !k.canRead(k.names):
		return nil, fmt.Errorf("none of the age identities belongs to one of the recipients, so that the provider could not read what it writes; add one of %s to the recipients", join(k.own))
	}
	if k.encrypts() {
		// age refuses to weaken post-quantum recipients by others; better now than at the first rotated token.
		if _, err := k.seal(nil); err != nil {
			return nil, fmt.Errorf("the age recipients can't be used together: %w", err)
		}
	}
	return k, nil
}

func (k *keys) seal(plain []byte) ([]byte, error) {
	var box bytes.Buffer
	w, err := age.Encrypt(&box, k.recipients...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return box.Bytes(), nil
}

func (k *keys) open(box []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(box), k.identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func join(recipients []string) string { return strings.Join(recipients, ", ") }
