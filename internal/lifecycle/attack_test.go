// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// keyed is what a server shows that keeps secrets under a key of its own: as long and of the same characters as its secrets, and
// derived from them by nothing that anyone else knows.
func keyed(doc map[string]any) {
	if shown, ok := doc["client_secret"].(string); ok {
		mac := hmac.New(sha256.New, []byte("the server's own key"))
		mac.Write([]byte(shown))
		doc["client_secret"] = hex.EncodeToString(mac.Sum(nil))
	}
}

func hexSecret(n int) string {
	sum := sha256.Sum256([]byte{byte(n)})
	return hex.EncodeToString(sum[:])
}

// An update whose answer was lost leaves it open whether updates issue secrets. That is no proof that they do: what the next one shows
// may be a stored form, and the known secret stays.
func TestALostUpdateIsNoProofThatUpdatesIssueSecrets(t *testing.T) {
	silent := fakeop.Faults{TokenChecksGrantFirst: true, OmitSecretOnRead: true}
	l := begin(t, &fakeop.Server{Faults: silent, Secret: hexSecret}, lifecycle.Settings{})
	l.register()
	secret := l.state.Handle.ClientSecret
	lost := silent
	lost.Updating.Calls = fakeop.Always(fakeop.Lost())
	l.op.SetFaults(lost)
	if out := l.server.Update(t.Context(), lifecycle.Change{State: l.state, Asked: web("b"), StoresSecret: true}, l.save); !out.Failed() {
		t.Fatal("the update was answered")
	}
	silent.Updating.Calls = fakeop.Always(fakeop.Answer{Edit: keyed})
	l.op.SetFaults(silent)
	for _, name := range []string{"c", "d", "e"} {
		ch := lifecycle.Change{State: l.state, Asked: web(name), StoresSecret: true}
		ch.MayChange.Secret = true
		l.server.Update(t.Context(), ch, l.save)
		if !l.state.Handle.ClientSecret.Equal(secret) {
			t.Fatalf("after the update to %s, the secret that works is not shown any more", name)
		}
	}
}

// The journal remembers that a client was deregistered. A server that was restored from a backup has it again, and a read that shows it
// ends that memory: a later refusal by itself proves nothing.
func TestAClientThatIsBackIsNotGoneForTheJournal(t *testing.T) {
	settings := lifecycle.Settings{Journal: &lifecycle.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}}
	l := begin(t, &fakeop.Server{}, settings)
	l.register()
	before := l.state
	l.op.SetFaults(fakeop.Faults{Deletion: fakeop.DeletionFaults{Calls: fakeop.Always(fakeop.Answer{Status: 204})}})
	if out := l.server.Deregister(t.Context(), l.state, lifecycle.Behaviour{}, l.save); !out.Gone {
		t.Fatalf("not deregistered: %v", out.Problems)
	}
	l.op.SetFaults(fakeop.Faults{})
	l.state = before
	if out := l.server.Read(t.Context(), lifecycle.Refresh{State: l.state}, l.save); out.Gone || out.Failed() {
		t.Fatalf("not read: %v", out.Problems)
	}
	l.op.ForceStatus(fakeop.OpRead, 404)
	if out := l.server.Read(t.Context(), lifecycle.Refresh{State: l.state}, l.save); out.Gone {
		t.Errorf("one 404, and the client that was shown is forgotten: %v", out.Problems)
	}
}
