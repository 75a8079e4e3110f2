// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestReadInRefresh(t *testing.T) {
	shown, seen := Facts{SecretOnRead: SecretShown, ReadSeen: true}, Facts{ReadSeen: true}
	tests := []struct {
		name string
		q    ReadQuestion
		want ReadReason
		read bool
	}{
		{"harmless", ReadQuestion{Facts: shown, HasSecret: true, HasToken: true}, ReadHarmless, true},
		{"never", ReadQuestion{Refresh: RefreshNever, Facts: shown}, SkippedByUser, false},
		{"always", ReadQuestion{Refresh: RefreshAlways, Facts: Facts{SecretOnRead: SecretRotates}, HasSecret: true}, ReadDemanded, true},
		{"the secret moves", ReadQuestion{Facts: Facts{SecretOnRead: SecretRotates}, HasSecret: true}, SkippedSecretMoves, false},
		{"the secret moves, with a journal", ReadQuestion{Facts: Facts{SecretOnRead: SecretRotates}, HasSecret: true, Journal: true}, SkippedSecretMoves, false},
		{"the token moves", ReadQuestion{Facts: Facts{SecretOnRead: SecretHidden, RotatesOnRead: true}, HasSecret: true, HasToken: true}, SkippedTokenMoves, false},
		{"the token moves, with a journal", ReadQuestion{Facts: Facts{SecretOnRead: SecretHidden, RotatesOnRead: true}, HasSecret: true, HasToken: true, Journal: true}, ReadJournaled, true},
		{"always, with a journal that is not known yet", ReadQuestion{Refresh: RefreshAlways, Facts: shown, HasSecret: true, JournalUnknown: true}, SkippedJournal, false},
		{"the token moves, with a journal that is not known yet", ReadQuestion{Facts: Facts{SecretOnRead: SecretHidden, RotatesOnRead: true}, HasToken: true, JournalUnknown: true}, SkippedJournal, false},
		{"harmless, with a journal that is not known yet", ReadQuestion{Facts: shown, HasSecret: true, JournalUnknown: true}, SkippedJournal, false},
		{"nothing learnt, with a journal that is not known yet", ReadQuestion{HasSecret: true, HasToken: true, JournalUnknown: true}, SkippedNotYetLearnt, false},
		{"nothing learnt", ReadQuestion{HasSecret: true, HasToken: true}, SkippedNotYetLearnt, false},
		{"nothing learnt, with a journal", ReadQuestion{HasSecret: true, HasToken: true, Journal: true}, SkippedNotYetLearnt, false},
		{"a public client, nothing learnt", ReadQuestion{HasToken: true}, SkippedNotYetLearnt, false},
		{"a public client, nothing learnt, with a journal", ReadQuestion{HasToken: true, Journal: true}, ReadJournaled, true},
		{"a public client", ReadQuestion{Facts: seen, HasToken: true}, ReadHarmless, true},
		{"nothing that can be lost", ReadQuestion{}, ReadHarmless, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if read, reason := tt.q.ReadInRefresh(); read != tt.read || reason != tt.want {
				t.Errorf("%t, because %s", read, reason)
			}
		})
	}
}

func TestAdoption(t *testing.T) {
	found := Adoption{Found: true, SameServer: true, Managed: true}
	tests := []struct {
		name   string
		change func(*Adoption)
		want   AdoptionStep
	}{
		{"none", func(a *Adoption) { a.Found = false }, RegisterNew},
		{"of another server", func(a *Adoption) { a.SameServer = false }, RegisterNew},
		{"taken", func(a *Adoption) { a.Taken = true }, RegisterNew},
		{"most likely in a state", func(a *Adoption) { a.Stored, a.Read = true, AnswerDone }, AdoptionInDoubt},
		{"most likely in a state, recreate", func(a *Adoption) { a.Stored, a.Recreate = true, true }, RegisterNew},
		{"most likely in a state, without management", func(a *Adoption) { a.Stored, a.Managed = true, false }, AdoptionInDoubt},
		{"shown, recreate", func(a *Adoption) { a.Recreate, a.Read = true, AnswerDone }, Adopt},
		{"401, alive, recreate", func(a *Adoption) {
			a.Recreate, a.Read, a.Repeated, a.Presence = true, AnswerUnauthorized, true, PresenceVerdict{Presence: Alive}
		}, RegisterNew},
		{"401 once, alive, recreate", func(a *Adoption) {
			a.Recreate, a.Read, a.Presence = true, AnswerUnauthorized, PresenceVerdict{Presence: Alive}
		}, AdoptionFails},
		{"404 twice, alive, recreate", func(a *Adoption) {
			a.Recreate, a.Read, a.Repeated, a.Presence = true, AnswerMissing, true, PresenceVerdict{Presence: Alive}
		}, AdoptUnmanaged},
		{"401 twice, open, recreate", func(a *Adoption) { a.Recreate, a.Read, a.Repeated = true, AnswerUnauthorized, true }, RegisterNew},
		{"401 once, open, recreate", func(a *Adoption) { a.Recreate, a.Read = true, AnswerUnauthorized }, AdoptionFails},
		{"no answer, recreate", func(a *Adoption) { a.Recreate = true }, AdoptionFails},
		{"without management", func(a *Adoption) { a.Managed = false }, AdoptUnmanaged},
		{"shown", func(a *Adoption) { a.Read = AnswerDone }, Adopt},
		{"no answer", func(*Adoption) {}, AdoptionFails},
		{"401, open", func(a *Adoption) { a.Read = AnswerUnauthorized }, AdoptionFails},
		{"404, open and kept", func(a *Adoption) { a.Read, a.Presence = AnswerMissing, PresenceVerdict{Step: KeepAndWarn} }, AdoptionFails},
		{"401, gone", func(a *Adoption) { a.Read, a.Presence = AnswerUnauthorized, PresenceVerdict{Presence: Gone} }, RegisterNew},
		{"401, recreate", func(a *Adoption) { a.Read, a.Presence = AnswerUnauthorized, PresenceVerdict{Step: Forget} }, RegisterNew},
		{"401, alive", func(a *Adoption) { a.Read, a.Presence = AnswerUnauthorized, PresenceVerdict{Presence: Alive} }, AdoptionFails},
		{"404, alive", func(a *Adoption) { a.Read, a.Presence = AnswerMissing, PresenceVerdict{Presence: Alive} }, AdoptionFails},
		{"404 twice, alive", func(a *Adoption) {
			a.Read, a.Presence, a.Repeated = AnswerMissing, PresenceVerdict{Presence: Alive}, true
		}, AdoptUnmanaged},
		{"403", func(a *Adoption) { a.Read = AnswerForbidden }, AdoptionFails},
		{"405", func(a *Adoption) { a.Read = AnswerUnsupported }, AdoptUnread},
	}
	reached := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := found
			tt.change(&a)
			got, rule := a.Decide()
			reached[rule] = true
			if got != tt.want {
				t.Errorf("%v by %q, want %v", got, rule, tt.want)
			}
		})
	}
	for _, row := range adoptionTable {
		if !reached[row.rule] {
			t.Errorf("no test reaches the row %q", row.rule)
		}
	}
}

// Of a client that lives and is this configuration's own, one wrong answer never makes another registration.
func TestNoSingleAnswerRegistersTwice(t *testing.T) {
	often(t, func(rt *rapid.T) {
		o := drawObservation(rt)
		o.Operation, o.Deletion, o.Importing = OperationRead, NotDeleted, false
		if o.OnMissing == OnMissingRecreate {
			o.OnMissing = OnMissingKeep
		}
		truth := rapid.SampledFrom([]Testimony{NotAsked, Unanswered, Silent, Knows})
		o.Token, o.Authorization, o.Repeated = truth.Draw(rt, "true token"), truth.Draw(rt, "true authorization"), false
		a := Adoption{Found: true, SameServer: true, Managed: rapid.Bool().Draw(rt, "managed"), Read: o.Answer, Presence: o.Decide()}
		if step, rule := a.Decide(); step == RegisterNew {
			rt.Fatalf("registered by %q: %+v", rule, a)
		}
	})
}

func TestReadBack(t *testing.T) {
	for _, tt := range []struct {
		answer   Answer
		repeated bool
		want     ReadBackStep
	}{
		{AnswerDone, false, ReadBackSeen},
		{AnswerMissing, false, ReadBackLater},
		{AnswerMissing, true, ReadBackUnmanaged},
		{AnswerUnusable, true, ReadBackUnmanaged},
		{AnswerForbidden, true, ReadBackUnmanaged},
		{AnswerRedirected, true, ReadBackUnmanaged},
		{AnswerLost, true, ReadBackLater},
		{AnswerUnauthorized, true, ReadBackLater},
	} {
		if got := ReadBack(tt.answer, tt.repeated); got != tt.want {
			t.Errorf("%v, repeated %t: %v, want %v", tt.answer, tt.repeated, got, tt.want)
		}
	}
}

func TestReadBackAgain(t *testing.T) {
	for answer, want := range map[Answer]bool{
		AnswerDone: false, AnswerLost: false, AnswerUnsupported: false, AnswerRefused: false, AnswerOtherClient: false,
		AnswerMissing: true, AnswerUnauthorized: true, AnswerCredential: true, AnswerForbidden: true, AnswerUnusable: true, AnswerRedirected: true,
	} {
		if got := ReadBackAgain(answer); got != want {
			t.Errorf("%v: %v", answer, got)
		}
	}
}

func TestProviderReadBack(t *testing.T) {
	for _, tt := range []struct {
		read ProviderRead
		want ReadBackStep
	}{
		{ProviderRead{Answer: AnswerDone}, ReadBackSeen},
		{ProviderRead{Answer: AnswerDone, Promised: true, Repeated: true}, ReadBackSeen},
		{ProviderRead{Answer: AnswerLost}, ReadBackLater},
		{ProviderRead{Answer: AnswerLost, Promised: true, Repeated: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerLost, Promised: true, NeverSent: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerLost, NeverSent: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerLost, Promised: true, Later: true, NeverSent: true}, ReadBackUnlooked}, // one document that named another host is no answer
		{ProviderRead{Answer: AnswerUnauthorized}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnauthorized, Named: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerForbidden, Named: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerMissing, Named: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerUnsupported, Named: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerUnauthorized, Named: true, Repeated: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerLost, Named: true, NeverSent: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true}, ReadBackAskCredential},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true, Asked: true, Credential: CredentialGood}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true, Asked: true, Credential: CredentialGood, Named: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true, Asked: true, Credential: CredentialRefused}, ReadBackUnlooked},
		{ProviderRead{Answer: AnswerCredential, Promised: true, Repeated: true, Asked: true, Credential: CredentialUntold}, ReadBackUnlooked},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true, Asked: true}, ReadBackUnlooked},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Repeated: true, Asked: true, Credential: CredentialRefused, Named: true}, ReadBackLater},
		// A refresh that looks later. What tells nothing of the credential has refused it twice, after it was refused at the registration or not tried there.
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Later: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Later: true, Repeated: true}, ReadBackAskCredential},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Later: true, Repeated: true, Asked: true, Credential: CredentialUntold}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerCredential, Promised: true, Later: true, Repeated: true, Asked: true, Credential: CredentialGood}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Later: true, Repeated: true, Asked: true, Credential: CredentialRefused}, ReadBackUnlooked},
		{ProviderRead{Answer: AnswerUnauthorized, Promised: true, Later: true, Repeated: true, Asked: true, Credential: CredentialNotAsked}, ReadBackUnlooked},
		{ProviderRead{Answer: AnswerLost, Promised: true, Later: true, Repeated: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerForbidden, Promised: true, Repeated: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerMissing, Promised: true}, ReadBackLater},
		{ProviderRead{Answer: AnswerMissing, Promised: true, Repeated: true}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerMissing}, ReadBackUnmanaged},
		{ProviderRead{Answer: AnswerUnsupported}, ReadBackUnmanaged},
	} {
		if got := tt.read.Decide(); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.read, got, tt.want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	tests := []struct {
		name      string
		before    Capability
		operation Operation
		answer    Answer
		readWorks bool
		want      Capability
	}{
		{"an update that works", CapabilityNo, OperationUpdate, AnswerDone, false, CapabilityYes},
		{"405", "", OperationUpdate, AnswerUnsupported, true, CapabilityNo},
		{"405 while reads fail", "", OperationUpdate, AnswerUnsupported, false, ""},
		{"405 after it worked", CapabilityYes, OperationDelete, AnswerUnsupported, true, CapabilityNo},
		{"404", "", OperationUpdate, AnswerMissing, true, CapabilityNo},
		{"404 while reads fail", "", OperationDelete, AnswerMissing, false, ""},
		{"404 after it worked", CapabilityYes, OperationUpdate, AnswerMissing, true, CapabilityYes},
		{"a login page", "", OperationUpdate, AnswerRedirected, true, CapabilityNo},
		{"401", "", OperationUpdate, AnswerUnauthorized, true, ""},
		{"403", "", OperationUpdate, AnswerForbidden, true, ""},
		{"500", "", OperationUpdate, AnswerLost, true, ""},
		{"a read that is not supported", "", OperationRead, AnswerUnsupported, false, CapabilityNo},
		{"a read that answers 404", "", OperationRead, AnswerMissing, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before Capabilities
			*before.field(tt.operation) = tt.before
			after := before.Learn(tt.operation, tt.answer, tt.readWorks)
			if got := *after.field(tt.operation); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	if (Capabilities{}).Change(true) != ChangeByUpdate || (Capabilities{Update: CapabilityNo}).Change(true) != ChangeByReplacement || (Capabilities{}).Change(false) != ChangeByReplacement {
		t.Error("a change takes the wrong way")
	}
	if (Capabilities{}).LeavesBehind(true) || !(Capabilities{Delete: CapabilityNo}).LeavesBehind(true) || !(Capabilities{}).LeavesBehind(false) {
		t.Error("what stays at the server is told wrongly")
	}
}

func TestHomeRelation(t *testing.T) {
	a := Home{Issuer: "https://as.example/a", RegistrationEndpoint: "https://as.example/a/register"}
	b := Home{Issuer: "https://as.example/b", RegistrationEndpoint: "https://as.example/b/register"}
	bare := Home{RegistrationEndpoint: a.RegistrationEndpoint}
	for _, tt := range []struct {
		name               string
		record, configured Home
		uri                string
		want               HomeRelation
	}{
		{"the same", a, a, "", HomeSame},
		{"the issuer with a slash", a, Home{Issuer: a.Issuer + "/"}, "", HomeSame},
		{"the endpoint moved", a, Home{Issuer: a.Issuer, RegistrationEndpoint: "https://as.example/new"}, "", HomeSame},
		{"two realms of one host", a, b, "", HomeOther},
		{"only the endpoint is configured", a, bare, "", HomeSame},
		{"another endpoint is configured", bare, b, "", HomeOther},
		{"nothing to compare", Home{Issuer: a.Issuer}, bare, a.RegistrationEndpoint + "/c", HomeUnknown},
		{"no record, a URI below the endpoint", Home{}, a, "https://as.example/a/register/c", HomeSame},
		{"no record, a URI with a query", Home{}, a, "https://as.example/a/register?client_id=c", HomeSame},
		{"no record, a URI of the other realm", Home{}, a, "https://as.example/b/register/c", HomeUnknown},
		{"no record, a path that begins alike", Home{}, a, "https://as.example/a/register2/c", HomeUnknown},
		{"no record, another host", Home{}, a, "https://other.example/a/register/c", HomeOther},
		{"no record and no URI", Home{}, a, "", HomeUnknown},
	} {
		if got := tt.record.Relation(tt.configured, tt.uri); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestHomeVouchesFor(t *testing.T) {
	endpoint := Home{RegistrationEndpoint: "https://as.example/a/register"}
	for _, tt := range []struct {
		name       string
		configured Home
		issuer     string
		want       bool
	}{
		{"the issuer that is configured", Home{Issuer: "https://as.example/a"}, "https://as.example/a/", true},
		{"another one", Home{Issuer: "https://as.example/a"}, "https://as.example", false},
		{"another one, beside the endpoint", Home{Issuer: "https://as.example/b", RegistrationEndpoint: endpoint.RegistrationEndpoint}, "https://as.example/a", false},
		{"nothing is configured", Home{}, "https://as.example/a", true},
		{"the endpoint lies below the issuer", endpoint, "https://as.example/a", true},
		{"below an issuer with a slash", endpoint, "https://as.example/a/", true},
		{"below an issuer that is a host", endpoint, "https://as.example", true},
		{"another realm of the host", endpoint, "https://as.example/b", false},
		{"a realm that begins alike", endpoint, "https://as.example/a/reg", false},
		{"an issuer beside the endpoint", endpoint, "https://as.example/a/token", false},
		{"another host", endpoint, "https://other.example/a", false},
		{"no URL", endpoint, ":", false},
	} {
		if got := tt.configured.VouchesFor(tt.issuer); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestRecordKeepsWhatProvesAnything(t *testing.T) {
	expires := int64(7)
	record := Record{
		Version: RecordVersion, Home: Home{Issuer: "https://as.example", TokenEndpoint: "https://as.example/token"},
		Capabilities: Capabilities{Read: CapabilityYes, Delete: CapabilityNo}, ShownAt: "https://as.example/c/1", Doubted: []string{"jwks"}, Updated: []string{"scope"},
		Unproven: Unproven{
			ClientSecret: secret.New(secretTwo), ClientSecretExpiresAt: &expires, SecretFromRead: true, RegistrationAccessToken: secret.New("t"),
			RegistrationClientURI: "https://as.example/c/2", FormerSecret: secret.New(secretOne), FormerToken: secret.New("old"),
		},
	}
	text, err := record.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, record) {
		t.Errorf("another record comes back from %s", text)
	}
	if !got.ShownBefore(record.ShownAt) || got.ShownBefore("") || got.ShownBefore("https://as.example/c/2") {
		t.Error("the URI that showed the client is not told")
	}
	newer := strings.Replace(string(text), `"delete":"no"`, `"delete":"no","patch":"yes"`, 1)
	if again, err := Unmarshal([]byte(newer)); err != nil || !reflect.DeepEqual(again, record) {
		t.Errorf("a field that is not known does harm: %v", err)
	}
}
