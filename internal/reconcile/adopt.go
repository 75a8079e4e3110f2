// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

// AdoptionStep is what a create does about a client that the journal has for the same configuration.
type AdoptionStep int

// The steps. AdoptionFails is the zero value: nothing is registered while it is not known that the other client is gone.
const (
	AdoptionFails AdoptionStep = iota
	Adopt
	AdoptUnmanaged // the journal's values are all there is: nothing can be asked
	AdoptUnread    // the same of a client that has no reads, and may have the rest of its management
	RegisterNew
	AdoptionInDoubt // it is most likely in a state that nobody has looked at; nothing is registered, and the user is asked
)

// Adoption is what is known when a create begins.
type Adoption struct {
	Found bool // the journal has a client of this configuration that no state confirmed
	// Taken: another resource of this run, or another state by the journal, has that client_id.
	Taken bool
	// Stored: the run that registered it ended in order, so that it is most likely in a state, though none was seen to have it.
	Stored bool
	// Recreate: the user wants another client registered where it is not known what became of an earlier one (OnMissing).
	Recreate bool
	// SameServer: the journal's entry is of the server that the create is for.
	SameServer bool
	// Managed: there is a URI and a credential to read the client with.
	Managed bool
	Read    Answer
	// Repeated: the client was asked for twice, with a pause between, and both answers were alike.
	Repeated bool
	// Presence is the verdict on a refused read, with all witnesses and OnMissing as configured.
	Presence PresenceVerdict
}

type adoptionRow struct {
	rule string
	when func(Adoption) bool
	step AdoptionStep
}

var adoptionTable = []adoptionRow{
	{"nothing to adopt", func(a Adoption) bool { return !a.Found || !a.SameServer }, RegisterNew},
	{"another resource has it", func(a Adoption) bool { return a.Taken }, RegisterNew},
	{"most likely in a state, and the user wants another one", func(a Adoption) bool { return a.Stored && a.Recreate }, RegisterNew},
	{"most likely in a state", func(a Adoption) bool { return a.Stored }, AdoptionInDoubt},
	{"no management", func(a Adoption) bool { return !a.Managed }, AdoptUnmanaged},
	{"shown", func(a Adoption) bool { return a.Read == AnswerDone }, Adopt},
	{"proven gone", func(a Adoption) bool { return a.Read.NeedsWitnesses() && a.Presence.Presence == Gone }, RegisterNew},
	{"taken as gone by the user", func(a Adoption) bool {
		return a.Read.NeedsWitnesses() && a.Presence.Presence == Undecided && a.Presence.Step == Forget
	}, RegisterNew},
	// It was registered, and there is nobody at the URI that the server named for it: that is a client without management, as
	// it would be right after its registration.
	{"known to a witness, and nobody serves its URI", func(a Adoption) bool {
		return a.Presence.Presence == Alive && a.Read == AnswerMissing && a.Repeated
	}, AdoptUnmanaged},
	// Not after one answer: the setting may be the provider's for all of its clients.
	{"cannot be read, and the user wants another one", func(a Adoption) bool { return a.Recreate && a.Repeated && a.Read.NeedsWitnesses() }, RegisterNew},
	// That there are no reads says nothing of the client, and will say nothing at any later apply either. To take it over registers no second one,
	// and right after its registration it would have been kept.
	{"no reads there", func(a Adoption) bool { return a.Read == AnswerUnsupported }, AdoptUnread},
	{"not known to be gone", func(Adoption) bool { return true }, AdoptionFails},
}

// Decide says whether a create adopts the journal's client, fails, or registers one. A failure to look is never a reason to
// register a second one.
func (a Adoption) Decide() (AdoptionStep, string) {
	for _, row := range adoptionTable {
		if row.when(a) {
			return row.step, row.rule
		}
	}
	return AdoptionFails, ""
}

// ReadBackStep is what follows from the read right after a registration.
type ReadBackStep int

// The steps.
const (
	ReadBackSeen          ReadBackStep = iota // what it shows is the baseline
	ReadBackLater                             // keep the URI; what reads do is not learnt yet
	ReadBackUnmanaged                         // the client is one without management; no plan proposes another one
	ReadBackAskCredential                     // ask the registration endpoint about the credential, then decide again with Asked set
	ReadBackUnlooked                          // the same as if nobody had been asked at this address, which the server did not name: a later apply does
)

// ReadBack decides on the answer to the read right after a 201. By then the client certainly exists, so that no answer means
// that it is gone. Where nobody serves the URI (servers name some that do not exist), the client is kept without
// management. repeated: the URI was asked a second time and answered alike; one wrong answer, or a replica that lags, must
// not cost the client its management.
func ReadBack(answer Answer, repeated bool) ReadBackStep {
	switch answer {
	case AnswerDone:
		return ReadBackSeen
	case AnswerMissing, AnswerUnusable, AnswerRedirected, AnswerForbidden:
		if repeated {
			return ReadBackUnmanaged
		}
	}
	return ReadBackLater
}

// ReadBackAgain reports whether that read is repeated after a moment: what it was answered is also how a replica answers that does not know the client yet,
// which by RFC 7592 §2.1 is a refusal of the token.
func ReadBackAgain(answer Answer) bool {
	return answer.CredentialRefused() || ReadBack(answer, true) == ReadBackUnmanaged
}

// ProviderRead is what is known after a read right after a registration where the provider's own credentials are tried, at an address that the server may never
// have named.
type ProviderRead struct {
	Answer Answer
	// Promised: the configuration says that these credentials manage clients, so that one refusal is asked about again, as of a replica that lags. Where
	// nothing promises it, nor named the address, most servers just do not have it, and are not waited for.
	Promised bool
	// NeverSent: nothing was sent, since these credentials are not for that place.
	NeverSent bool
	// Repeated: it was asked for twice, with a pause between.
	Repeated bool
	// Named: the server named the address.
	Named bool
	// Later: it is a refresh that looks, where no other operation has found the client managed, or not.
	Later bool
	// Asked: Credential is what the registration endpoint says of the credential.
	Asked      bool
	Credential CredentialTestimony
}

// Decide says what follows. No answer says nothing about the address: the next apply reads the client. Nor does the refusal of a credential that may be no good,
// as one that expired since it registered the client: it would be refused for each client. Where nothing tells whether it is, a refresh does not ask for ever: most servers that
// refuse it twice have clients managed with registration access tokens alone (RFC 7592 §2).
func (p ProviderRead) Decide() ReadBackStep {
	switch {
	case p.NeverSent && p.Later:
		return ReadBackUnlooked // nobody was asked: one metadata document may name another place, as a replica's
	case p.NeverSent:
		return ReadBackUnmanaged
	case p.Answer == AnswerDone:
		return ReadBackSeen
	case p.Answer == AnswerLost, (p.Promised || p.Named) && !p.Repeated: // who names an address for a client says that it is there (RFC 7592 §3)
		return ReadBackLater
	case !p.Promised, !p.Answer.CredentialRefused(), p.Credential == CredentialGood:
		return ReadBackUnmanaged
	case !p.Asked:
		return ReadBackAskCredential
	case p.Named:
		return ReadBackLater
	case p.Later && p.Credential == CredentialUntold:
		return ReadBackUnmanaged
	}
	return ReadBackUnlooked
}
