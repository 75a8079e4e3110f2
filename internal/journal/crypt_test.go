// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func newKey(t testing.TB) (identity secret.String, recipient string) {
	id, err := age.GenerateX25519Identity()
	must(t, err)
	return secret.New("# created: now\n" + id.String() + "\n"), id.Recipient().String()
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	return content
}

func TestEncryptedRoundTrip(t *testing.T) {
	hybrid, err := age.GenerateHybridIdentity()
	must(t, err)
	x25519, recipient := newKey(t)
	second, secondRecipient := newKey(t)
	for _, c := range []struct {
		name         string
		write, again Options
	}{
		{"recipients from the identity", Options{Identities: x25519}, Options{Identities: x25519}},
		{"one recipient", Options{Identities: x25519, Recipients: []string{recipient}}, Options{Identities: x25519}},
		{"post-quantum", Options{Identities: secret.New(hybrid.String())}, Options{Identities: secret.New(hybrid.String())}},
		{"two recipients, read by the other", Options{Identities: x25519, Recipients: []string{recipient, secondRecipient}}, Options{Identities: second, Recipients: []string{secondRecipient, recipient}}},
		{"encryption turned on", Options{}, Options{Identities: x25519}},
		{"recipient added", Options{Identities: x25519}, Options{Identities: x25519, Recipients: []string{recipient, secondRecipient}}},
		{"recipient exchanged", Options{Identities: x25519}, Options{Identities: secret.New(x25519.Reveal() + second.Reveal()), Recipients: []string{secondRecipient}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := tempPath(t)
			c.write.Path, c.again.Path = path, path
			j := open(t, c.write)
			must(t, j.record(t.Context(), token("canary-1")))
			shut(t, j)
			j = open(t, c.again)
			if got := lookup(t, j, "c1", uri); got != "canary-1" {
				t.Errorf("read %s", got)
			}
			must(t, j.record(t.Context(), token("canary-2")))
			for _, word := range []string{"canary", "as.example", "client_id"} {
				if content := read(t, path); bytes.Contains(content, []byte(word)) {
					t.Errorf("the encrypted file shows %q: %s", word, content)
				}
			}
			shut(t, j)
			if got := lookup(t, open(t, c.again), "c1", uri); got != "canary-2" {
				t.Errorf("read %s", got)
			}
		})
	}
}

// What an age tool makes of one line, so that a user is not left with a file that only this provider reads.
func TestALineIsAnAgeFile(t *testing.T) {
	identity, _ := newKey(t)
	j := open(t, Options{Path: tempPath(t), Identities: identity})
	must(t, j.record(t.Context(), token("t1")))
	line := bytes.Split(read(t, j.store.path), []byte("\n"))[1]
	var box sealed
	if !strict(line, &box) {
		t.Fatalf("%s", line)
	}
	ids, err := age.ParseIdentities(strings.NewReader(identity.Reveal()))
	must(t, err)
	r, err := age.Decrypt(bytes.NewReader(box.Age), ids...)
	must(t, err)
	var plain bytes.Buffer
	_, err = plain.ReadFrom(r)
	must(t, err)
	if !strings.Contains(plain.String(), `"registration_access_token":"t1"`) {
		t.Error(plain.String())
	}
}

func TestKeysThatDoNotFit(t *testing.T) {
	identity, recipient := newKey(t)
	stranger, strangersRecipient := newKey(t)
	hybrid, err := age.GenerateHybridIdentity()
	must(t, err)
	path := tempPath(t)
	j := open(t, Options{Path: path, Identities: identity})
	must(t, j.record(t.Context(), token("t1")))
	shut(t, j)
	before := read(t, path)
	for _, c := range []struct {
		name string
		opts Options
		want []string // in the error
	}{
		{"no identity", Options{}, []string{recipient, "no age identity"}},
		{"another identity", Options{Identities: stranger}, []string{recipient, strangersRecipient, "left as it is"}},
		{"recipients without identities", Options{Recipients: []string{recipient}}, []string{"no identity"}},
		{"identity of another recipient", Options{Recipients: []string{strangersRecipient}, Identities: identity}, []string{"could not read what it writes", recipient}},
		{"no recipient", Options{Recipients: []string{"canary"}, Identities: identity}, []string{"recipient 1 of 1"}},
		{"identity as recipient", Options{Recipients: []string{recipient, strings.Fields(stranger.Reveal())[3]}, Identities: identity}, []string{"recipient 2 of 2"}},
		{"ssh", Options{Recipients: []string{"ssh-ed25519 AAAA"}, Identities: identity}, []string{"SSH"}},
		{"no identities in it", Options{Identities: secret.New("# canary\n")}, []string{"hold no identity"}},
		{"a damaged identity", Options{Identities: secret.New("\nAGE-SECRET-KEY-1CANARY\n")}, []string{"line 2"}},
		{"mixed kinds", Options{Identities: secret.New(identity.Reveal() + hybrid.String())}, []string{"together"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.opts.Path = path
			j, err := Open(c.opts)
			if err == nil {
				shut(t, j)
				t.Fatal("accepted")
			}
			if !errors.Is(err, ErrIdentity) {
				t.Errorf("%v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			for _, never := range []string{"canary", "CANARY", strings.Fields(stranger.Reveal())[3], strings.Fields(identity.Reveal())[3]} {
				if strings.Contains(err.Error(), never) {
					t.Errorf("the error shows what it must not: %v", err)
				}
			}
			if !bytes.Equal(before, read(t, path)) {
				t.Error("the file was changed")
			}
		})
	}
}

// A second process with other settings joins while the first is at work.
func TestEncryptionTurnedOnByAnotherProcess(t *testing.T) {
	identity, _ := newKey(t)
	path := tempPath(t)
	plain := open(t, Options{Path: path})
	must(t, plain.record(t.Context(), token("t1")))
	other := open(t, Options{Path: path, Identities: identity})
	before := read(t, path)
	if err := plain.record(t.Context(), token("canary")); !errors.Is(err, ErrIdentity) || strings.Contains(err.Error(), "canary") {
		t.Errorf("a plain process wrote to an encrypted journal: %v", err)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the file was changed")
	}
	if got := lookup(t, other, "c1", uri); got != "t1" {
		t.Error(got)
	}
}

func TestNothingPrintsACredential(t *testing.T) {
	identity, _ := newKey(t)
	key := strings.Fields(identity.Reveal())[3]
	opts := Options{Path: tempPath(t), Identities: identity}
	j := open(t, opts)
	e := token("canary")
	e.ClientSecret = secret.New("canary")
	must(t, j.record(t.Context(), e))
	found, _, err := j.Lookup(t.Context(), Name{ClientID: "c1", URI: uri})
	must(t, err)
	for _, v := range []any{e, &e, found, []Entry{e}, opts, &opts, j, *j.store.file.table.sortedClients()[0], j.store.file.table} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "canary") || strings.Contains(text, key) {
				t.Errorf("%s of %T shows a credential: %s", verb, v, text)
			}
		}
	}
	if text, err := json.Marshal(e); err != nil || bytes.Contains(text, []byte("canary")) {
		t.Errorf("%s %v", text, err)
	}
}
