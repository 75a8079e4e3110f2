// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// formOf is how an assertion is written: its type, and its audience as JSON.
func formOf(t *testing.T, assertion string) string {
	t.Helper()
	var header, claims map[string]json.RawMessage
	parts := strings.Split(assertion, ".")
	for i, into := range []*map[string]json.RawMessage{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return string(header["typ"]) + " for " + string(claims["aud"])
}

// asserting is a token endpoint that takes assertions of some forms, and the authorizer that asks there.
type asserting struct {
	*issuer
	c     *Client
	clock *clock
	auth  Authorizer
	forms []string // of all assertions that came
	seen  map[string]bool
}

const (
	ownIssuer = "https://as.example.com/realm"
	forIssuer = `"JWT" for "` + ownIssuer + `"`
	typed     = `"client-authentication+jwt" for "` + ownIssuer + `"`
)

func (a *asserting) forEndpoint() string { return `"JWT" for "` + a.URL + `/token"` }

// newAsserting has an endpoint that leaves it to answer what it answers to an assertion of a form, the n-th; false: with a token.
func newAsserting(t *testing.T, name string, answer func(a *asserting, w http.ResponseWriter, form string, n int) bool) *asserting {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &asserting{issuer: newIssuer(t), seen: map[string]bool{}}
	a.answer = func(w http.ResponseWriter, form url.Values, n int) bool {
		assertion := form.Get("client_assertion")
		if a.seen[assertion] {
			t.Error("an assertion is sent twice")
		}
		a.seen[assertion] = true
		a.forms = append(a.forms, formOf(t, assertion))
		return answer(a, w, a.forms[len(a.forms)-1], n)
	}
	a.c, a.clock = a.client(t, Options{})
	config := a.config()
	config.Method, config.PrivateKey = "private_key_jwt", secret.New(pkcs8(t, key))
	config.Issuer = func(context.Context) string { return name }
	a.auth = mustClientCredentials(t, a.c, config)
	return a
}

func refusing(status int, body string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// OpenID Connect Core §9 has assertions for the token endpoint, FAPI 2.0 and RFC 7523bis for the issuer alone, the latter with a type of their own, and no metadata say which of
// them a server takes. It is found out once.
func TestAssertionIsWrittenAsTheServerTakesIt(t *testing.T) {
	for refusal, refuse := range map[string]func(w http.ResponseWriter){
		"401": refusing(401, `{"error":"invalid_client"}`), "400": refusing(400, `{"error":"invalid_client"}`), "401 without a code": refusing(401, ""),
		"401 of another code": refusing(401, `{"error":"unauthorized_client"}`),
		"400 in words":        refusing(400, `{"error":"invalid_request","error_description":"The 'aud' of the assertion is wrong"}`),
	} {
		for takes, want := range map[string]int{"endpoint": 1, forIssuer: 2, typed: 3} {
			t.Run(refusal+", takes "+takes, func(t *testing.T) {
				a := newAsserting(t, ownIssuer, func(a *asserting, w http.ResponseWriter, form string, _ int) bool {
					if form != takes && (takes != "endpoint" || form != a.forEndpoint()) {
						refuse(w)
						return true
					}
					return false
				})
				for range 2 {
					if got, err := a.ask(context.Background(), a.c, a.auth); err != nil || got.Status != 200 {
						t.Fatalf("%+v, %v", got, err)
					}
					_ = a.clock.sleep(context.Background(), time.Hour)
				}
				if all := []string{a.forEndpoint(), forIssuer, typed}; !slices.Equal(a.forms[:want], all[:want]) || len(a.forms) != want+1 || a.forms[want] != all[want-1] {
					t.Errorf("%q", a.forms)
				}
			})
		}
	}
}

// A client that is refused in each form is refused, in the words of the first answer, and is not asked for again.
func TestClientWhoseAssertionsAreAllRefused(t *testing.T) {
	for name, test := range map[string]struct {
		issuer string
		want   int
	}{"with an issuer": {ownIssuer, 3}, "without one": {"", 1}} {
		t.Run(name, func(t *testing.T) {
			a := newAsserting(t, test.issuer, func(_ *asserting, w http.ResponseWriter, _ string, n int) bool {
				refusing(401, fmt.Sprintf(`{"error":"invalid_client","error_description":"refusal %c"}`, 'a'+n-1))(w)
				return true
			})
			for range 3 {
				_, err := a.ask(context.Background(), a.c, a.auth)
				failed, ok := errors.AsType[*TokenError](err)
				if !ok || failed.Status != 401 || failed.Description != "refusal a" {
					t.Fatalf("%v", err)
				}
				if want := [2]string{a.URL + "/token", test.issuer}; failed.Audiences != want {
					t.Errorf("audiences %q, want %q", failed.Audiences, want)
				}
			}
			if len(a.forms) != test.want {
				t.Errorf("%q", a.forms)
			}
		})
	}
}

// What is refused for another reason is not asked in another form: each wrong assertion may count against the client.
func TestRefusalThatIsNotOfTheAssertion(t *testing.T) {
	for name, refuse := range map[string]func(w http.ResponseWriter){
		"scope": refusing(400, `{"error":"invalid_scope","error_description":"not for this audience"}`), "grant": refusing(400, `{"error":"unauthorized_client"}`),
		"grant type": refusing(400, `{"error":"unsupported_grant_type","error_description":"aud"}`), "resource": refusing(400, `{"error":"invalid_target","error_description":"audience unknown"}`),
		"request": refusing(400, `{"error":"invalid_request"}`), "limiter": refusing(429, `{"error":"invalid_client"}`), "failed": refusing(500, `{"error":"invalid_client"}`),
		"forbidden": refusing(403, `{"error":"access_denied","error_description":"client may not have this audience"}`), "page": refusing(400, "<html>audience</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsserting(t, ownIssuer, func(_ *asserting, w http.ResponseWriter, _ string, _ int) bool {
				refuse(w)
				return true
			})
			if _, err := a.ask(context.Background(), a.c, a.auth); err == nil || len(a.forms) != 1 {
				t.Errorf("%v: %q", err, a.forms)
			}
		})
	}
}

// A form that was taken once is the server's: a refusal that comes later is of the client, which is asked for once more in the same form, and not again.
func TestRefusalOfAFormThatWasTaken(t *testing.T) {
	a := newAsserting(t, ownIssuer, func(_ *asserting, w http.ResponseWriter, _ string, n int) bool {
		if n > 1 {
			refusing(401, `{"error":"invalid_client"}`)(w)
		}
		return n > 1
	})
	_, first := a.ask(context.Background(), a.c, a.auth)
	_ = a.clock.sleep(context.Background(), time.Hour)
	_, second := a.ask(context.Background(), a.c, a.auth)
	_, third := a.ask(context.Background(), a.c, a.auth)
	if first != nil || second == nil || third == nil || !slices.Equal(a.forms, []string{a.forEndpoint(), a.forEndpoint(), a.forEndpoint()}) {
		t.Errorf("%v, %v, %v: %q", first, second, third, a.forms)
	}
}

// A second form that got no answer decides nothing: what is told is the failure, and the next call goes on there. What is refused for the scope was taken.
func TestAnswerToASecondFormThatDecidesNothing(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer string
		kept   bool
	}{"failure": {503, "", false}, "limiter": {429, "", false}, "scope": {400, `{"error":"invalid_scope"}`, true}} {
		t.Run(name, func(t *testing.T) {
			a := newAsserting(t, ownIssuer, func(a *asserting, w http.ResponseWriter, form string, n int) bool {
				switch {
				case form == a.forEndpoint():
					refusing(401, `{"error":"invalid_client"}`)(w)
				case n == 2:
					refusing(test.status, test.answer)(w)
				default:
					return false
				}
				return true
			})
			_, err := a.ask(context.Background(), a.c, a.auth)
			if failed, ok := errors.AsType[*TokenError](err); !ok || failed.Status != test.status {
				t.Fatalf("%v", err)
			}
			_, err = a.ask(context.Background(), a.c, a.auth)
			want := []string{a.forEndpoint(), forIssuer, forIssuer}
			if test.kept {
				want = want[:2]
			}
			if (err != nil) != test.kept || !slices.Equal(a.forms, want) {
				t.Errorf("%v: %q", err, a.forms)
			}
		})
	}
}
