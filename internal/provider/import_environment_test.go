// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const tokensVariable = "OIDC_REGISTRATION_ACCESS_TOKENS"

// tokensOf is what the environment holds for tokens by their keys.
func tokensOf(t *testing.T, tokens map[string]string) string {
	t.Helper()
	text, err := json.Marshal(tokens)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exported is what a shell makes of the line that a message has for the variable, with a token put in.
func exported(t *testing.T, message, token string) string {
	t.Helper()
	_, line, _ := strings.Cut(message, "export "+tokensVariable)
	line, _, _ = strings.Cut(line, "\n")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", "export "+tokensVariable+strings.ReplaceAll(line, "TOKEN", token)+"; printenv "+tokensVariable).Output() // #nosec G204 -- our own line
	if err != nil {
		t.Fatalf("%q: %v in\n%s", line, err, message)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// Each token of the environment is for the client that it names: another client's import gets none of it, and is told its own line, which works as it is written.
func TestImportTokensOfTheEnvironment(t *testing.T) {
	for _, by := range []string{"client_id", "registration_client_uri"} {
		s := &fakeop.Server{}
		id, uri, token := registeredBefore(t, s, secured())
		otherID, otherURI, otherToken := registeredBefore(t, s, secured())
		key, name, other := id, id, otherID
		if by == "registration_client_uri" {
			key, name, other = uri, uri, otherURI
		}
		t.Setenv(tokensVariable, tokensOf(t, map[string]string{key: token}))
		r := newSubject(t, s, nil)
		if err := r.tryImport(name); err != nil {
			t.Fatal(err)
		}
		s.ResetLog()
		err := newSubject(t, s, nil).tryImport(other)
		if err == nil {
			t.Fatal("another client is imported without a token")
		}
		containsAll(t, err.Error(), "No credential to read the client with", "Set it in the environment. Where the variable has tokens of other clients already, its new value is to hold those, too, in the same object:")
		containsNone(t, err.Error(), token)
		if n := s.CountOf(fakeop.OpRead); n != 0 {
			t.Errorf("%s: %d reads were sent with another client's token", by, n)
		}
		t.Setenv(tokensVariable, exported(t, err.Error(), otherToken))
		if err := newSubject(t, s, nil).tryImport(other); err != nil {
			t.Errorf("%s: the line that was told does not work: %v", by, err)
		}
		t.Setenv(tokensVariable, tokensOf(t, map[string]string{key: s.CurrentToken(id), otherID: s.CurrentToken(otherID)}))
		r = newSubject(t, s, nil)
		for _, each := range []string{name, other} {
			if err := r.tryImport(each); err != nil {
				t.Errorf("%s: with both: %v", by, err)
			}
		}
	}
}

// The environment's tokens are added to the attribute's, and the attribute's count where both have one. They do what those do: a lost token is replaced.
func TestTokensOfTheEnvironmentBesideTheAttribute(t *testing.T) {
	s := &fakeop.Server{}
	id, _, token := registeredBefore(t, s, secured())
	otherID, _, otherToken := registeredBefore(t, s, secured())
	t.Setenv(tokensVariable, tokensOf(t, map[string]string{id: "a-wrong-token-0123", otherID: otherToken}))
	r := newSubject(t, s, attrs{"registration_access_tokens": attrs{id: token}})
	for _, each := range []string{id, otherID} {
		if err := r.tryImport(each); err != nil {
			t.Errorf("%s: %v", each, err)
		}
	}

	t.Setenv(tokensVariable, "")
	r = newSubject(t, s, nil)
	r.Apply(secured())
	t.Setenv(tokensVariable, tokensOf(t, map[string]string{r.id(): s.ReissueToken(r.id())}))
	r.start(nil)
	r.Apply(secured().With(attrs{"client_name": "Other"}))
	if got := r.Text("registration_access_token"); got != s.CurrentToken(r.id()) {
		t.Error("the token of the environment is not in the state")
	}
}

// What is wrong with the variable is told by its name and the place, and nothing of it is shown.
func TestMalformedTokensOfTheEnvironment(t *testing.T) {
	s := &fakeop.Server{}
	id, _, token := registeredBefore(t, s, secured())
	for text, says := range map[string]string{
		"canary":                           "It is no JSON: the error is at byte 1.",
		`{"canary":"canary"`:               "It is no JSON: it ends too early",
		`{"canary":"canary"} canary`:       "more follows after the object",
		`{"canary":canary}`:                "It is no JSON: the error is at byte 11.",
		`["canary"]`:                       "It is JSON, but no object.",
		`"canary"`:                         "It is JSON, but no object.",
		"null":                             "It is JSON, but no object.",
		`{"a":"b","canary":7}`:             "Its entry 2 has a value that is no string.",
		`{"canary":{"canary":"canary"}}`:   "Its entry 1 has a value that is no string.",
		`{"canary":null}`:                  "Its entry 1 has a value that is no string.",
		`{"canary":""}`:                    "Its entry 1 has an empty token.",
		`{"a":"b","":"canary"}`:            "Its entry 2 names no client.",
		`{"canary":"canary canary"}`:       "Its entry 1 cannot be used: the bearer token holds a space",
		`{"canary":"Bearer canary"}`:       "Its entry 1 cannot be used: the bearer token begins with the word Bearer",
		`{"canary":"canary\n"}`:            "Its entry 1 cannot be used",
		`{"canary":"canary","canary":"b"}`: "Its entry 2 names a client that an earlier entry names.",
	} {
		t.Setenv(tokensVariable, text)
		err := unstarted(t, s).configure(nil)
		if err == nil {
			t.Errorf("%s is taken", text)
			continue
		}
		containsAll(t, err.Error(), "The environment variable "+tokensVariable+" must be a JSON object", says, "Correct it.")
		containsNone(t, err.Error(), "canary")
		line := exported(t, err.Error(), token)
		t.Setenv(tokensVariable, strings.Replace(line, "CLIENT_ID", id, 1))
		if err := newSubject(t, s, nil).tryImport(id); err != nil {
			t.Errorf("%s: the way out does not work: %v", text, err)
		}
	}
	t.Setenv(tokensVariable, "\ufeff { } ")
	if err := unstarted(t, s).configure(nil); err != nil {
		t.Errorf("no tokens: %v", err)
	}
}
