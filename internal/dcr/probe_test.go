// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// tokenOnly starts a server that has only a token endpoint.
func tokenOnly(t *testing.T, answer http.HandlerFunc) *fake {
	t.Helper()
	return newFake(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		answer(w, r)
	})
}

func (f *fake) tokenInput(clientID, clientSecret string) ProbeInput {
	return ProbeInput{TokenEndpoint: f.URL + "/token", ClientID: clientID, ClientSecret: secret.New(clientSecret), AuthMethod: "client_secret_basic"}
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, description)
}

// A server that does not undo the form-encoding of RFC 6749 §2.3.1 knows the client by its plain secret only.
func TestBasicIsTriedPlainToo(t *testing.T) {
	const clientSecret = "ab+cd/ef=="
	for name, decode := range map[string]bool{"decodes": true, "does not decode": false} {
		t.Run(name, func(t *testing.T) {
			f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if decode {
					password, _ = url.QueryUnescape(password)
				}
				if user == "client" && password == clientSecret {
					refuse(w, 400, "invalid_grant", "")
				} else {
					refuse(w, 401, "invalid_client", "")
				}
			})
			if w := f.client(t).Witnesses(context.Background(), f.tokenInput("client", clientSecret)); w.Token != Knows {
				t.Errorf("%+v", w)
			}
			if w := f.client(t).Witnesses(context.Background(), f.tokenInput("other", clientSecret)); w.Token != DoesNotKnow {
				t.Errorf("a client that is not there: %+v", w)
			}
			got := f.client(t).Authenticate(context.Background(), f.tokenInput("client", ""), secret.New("wrong"), secret.New(clientSecret))
			if got[0] != AuthenticationRefused || got[1] != Authenticates {
				t.Errorf("the secrets: %v", got)
			}
		})
	}
}

// A client_id that is a URL has a colon, with which it can be sent in one form only: the other one is no question that was left open.
func TestBasicWithAColon(t *testing.T) {
	const id, clientSecret = "https://rp.example/app", "plain"
	f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user == url.QueryEscape(id) && password == clientSecret {
			refuse(w, 400, "invalid_grant", "")
		} else {
			refuse(w, 401, "invalid_client", "")
		}
	})
	if w := f.client(t).Witnesses(context.Background(), f.tokenInput(id, clientSecret)); w.Token != Knows {
		t.Errorf("%+v", w)
	}
	if w := f.client(t).Witnesses(context.Background(), f.tokenInput("https://rp.example/gone", clientSecret)); w.Token != DoesNotKnow {
		t.Errorf("a client that is not there: %+v", w)
	}
	got := f.client(t).Authenticate(context.Background(), f.tokenInput(id, ""), secret.New(clientSecret), secret.New("wrong"))
	if got[0] != Authenticates || got[1] != AuthenticationRefused {
		t.Errorf("the secrets: %v", got)
	}
}

func TestTokenTestimony(t *testing.T) {
	// what a server says to the client with its own secret, to it with another one, and to a client that does not exist
	type says struct {
		status            int
		code, description string
	}
	tests := []struct {
		name       string
		own, other says
		want       Testimony
	}{
		{"401 with a code of its own, for both", says{401, "unauthorized", "Bad credentials"}, says{401, "unauthorized", "Bad credentials"}, DoesNotKnow},
		{"invalid_grant beside a 401 of its own", says{400, "invalid_grant", ""}, says{401, "unauthorized", ""}, Knows},
		{"401 without a code, for both", says{401, "", ""}, says{401, "", ""}, DoesNotKnow},
		{"401 without a code beside another code", says{401, "", ""}, says{401, "invalid_client", ""}, Knows},
		{"another code", says{401, "invalid_client", ""}, says{400, "invalid_grant", ""}, Knows},
		{"the form of the request is refused", says{401, "invalid_client", ""}, says{400, "invalid_request", ""}, Silent},
		{"the form of the request is refused as not to be processed", says{401, "invalid_client", ""}, says{422, "invalid_request", "client_id must be a UUID"}, Silent},
		{"the form of the request is refused, of a client that is let in", says{400, "invalid_grant", ""}, says{400, "invalid_request", ""}, Knows},
		{"the form of each request is refused", says{400, "invalid_request", ""}, says{401, "invalid_client", ""}, Knows},
		{"other words", says{401, "invalid_client", "Client Authentication failed."}, says{401, "invalid_client", "A valid OAuth client could not be found for client_id: $id"}, Knows},
		{"words that echo the id", says{401, "invalid_client", "No client $id"}, says{401, "invalid_client", "No client $id"}, DoesNotKnow},
		{"unauthorized_client with 400: the grant is not allowed to anyone", says{400, "unauthorized_client", ""}, says{400, "unauthorized_client", ""}, Silent},
		{"unauthorized_client with 403", says{403, "unauthorized_client", ""}, says{403, "unauthorized_client", ""}, DoesNotKnow},
		{"the grant is looked at first", says{400, "invalid_grant", ""}, says{400, "invalid_grant", ""}, Silent},
		{"no OAuth error", says{404, "", ""}, says{404, "", ""}, Unanswered},
		{"an error of the front end beside it", says{401, "invalid_client", ""}, says{403, "", ""}, Silent},
		{"down", says{503, "", ""}, says{503, "", ""}, Unanswered},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
				id, answer := clientOf(r), tt.other
				if id == probedID {
					answer = tt.own
				}
				if answer.code == "" {
					w.WriteHeader(answer.status)
					return
				}
				refuse(w, answer.status, answer.code, strings.ReplaceAll(answer.description, "$id", id))
			})
			if w := f.client(t).Witnesses(context.Background(), f.tokenInput(probedID, "plain")); w.Token != tt.want {
				t.Errorf("%v, want %v: %v", w.Token, tt.want, w.Says)
			}
		})
	}
}

// Words that differ from one answer to the next are no evidence of life.
func TestWordsThatAlwaysDiffer(t *testing.T) {
	n := 0
	f := tokenOnly(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		refuse(w, 401, "invalid_client", "reference "+strings.Repeat("x", n))
	})
	if w := f.client(t).Witnesses(context.Background(), f.tokenInput(probedID, "plain")); w.Token != Silent {
		t.Errorf("%+v", w)
	}
}

func TestAuthenticate(t *testing.T) {
	const right = "the right one"
	answer := func(correct, wrong func(http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if authenticated(r, right, "") {
				correct(w)
			} else {
				wrong(w)
			}
		}
	}
	with := func(status int, code string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, status, code, "") }
	}
	for _, tt := range []struct {
		name         string
		answer       http.HandlerFunc
		right, wrong Authentication
	}{
		{"by the book", answer(with(400, "invalid_grant"), with(401, "invalid_client")), Authenticates, AuthenticationRefused},
		{"the grant is not allowed", answer(with(400, "unauthorized_client"), with(401, "invalid_client")), Authenticates, AuthenticationRefused},
		{"401 with a code of its own", answer(with(400, "invalid_grant"), with(401, "unauthorized")), Authenticates, AuthenticationRefused},
		{"the grant first", answer(with(400, "invalid_grant"), with(400, "invalid_grant")), AuthenticationUntold, AuthenticationUntold},
		{"refused for all", answer(with(401, "invalid_client"), with(401, "invalid_client")), AuthenticationRefused, AuthenticationRefused},
		{"down for the right one", answer(with(503, ""), with(401, "invalid_client")), AuthenticationUntold, AuthenticationRefused},
		{"down for the wrong one", answer(with(400, "invalid_grant"), with(503, "")), AuthenticationUntold, AuthenticationUntold},
		{"HTML for the right one", answer(func(w http.ResponseWriter) { fmt.Fprint(w, "<html>") }, with(401, "invalid_client")), AuthenticationUntold, AuthenticationRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tokenOnly(t, tt.answer)
			got := f.client(t).Authenticate(context.Background(), f.tokenInput(probedID, ""), secret.New(right), secret.New("wrong"))
			if got[0] != tt.right || got[1] != tt.wrong {
				t.Errorf("%v", got)
			}
		})
	}
	f := tokenOnly(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	in := f.tokenInput(probedID, "")
	in.AuthMethod = "none"
	if got := f.client(t).Authenticate(context.Background(), in, secret.New(right)); got[0] != AuthenticationUntold {
		t.Errorf("a public client: %v", got)
	}
}

func TestAskCredential(t *testing.T) {
	for _, tt := range []struct {
		name               string
		with, bad, without int
		good, refused      CredentialTestimony
	}{
		{"400 for the request alone", 400, 401, 401, CredentialGood, CredentialBad},
		{"405 after the credential", 405, 401, 401, CredentialGood, CredentialBad},
		{"405 before the credential", 405, 405, 405, CredentialUntold, CredentialUntold},
		{"open registration", 405, 401, 405, CredentialUntold, CredentialUntold},
		{"403 without one", 400, 401, 403, CredentialGood, CredentialBad},
		{"403 with a good one", 403, 401, 401, CredentialUntold, CredentialBad},
		{"a login page", 302, 302, 302, CredentialUntold, CredentialUntold},
		{"down", 503, 503, 503, CredentialUntold, CredentialUntold},
		{"down, with one", 503, 503, 401, CredentialUntold, CredentialUntold},
		{"any header does", 405, 405, 401, CredentialUntold, CredentialUntold},
		{"any header does, 400", 400, 400, 403, CredentialUntold, CredentialUntold},
		{"403 without one and with a bad one", 405, 403, 403, CredentialGood, CredentialUntold},
		{"too many with a bad one", 405, 429, 401, CredentialUntold, CredentialUntold},
		{"down with a bad one", 405, 503, 401, CredentialUntold, CredentialUntold},
		{"too many with a good one", 429, 401, 401, CredentialUntold, CredentialBad},
		{"an error of the server with a good one", 500, 401, 401, CredentialUntold, CredentialBad},
		{"an outage with a good one", 503, 401, 401, CredentialUntold, CredentialBad},
		{"a proxy that wants to know who asks", 407, 401, 401, CredentialUntold, CredentialBad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					t.Errorf("%s may register a client", r.Method)
				}
				status, known := map[string]int{"Bearer good": tt.with, "": tt.without}[r.Header.Get("Authorization")]
				if !known {
					status = tt.bad
				}
				if status == 302 {
					w.Header().Set("Location", "/login")
				}
				w.WriteHeader(status)
			})
			for token, want := range map[string]CredentialTestimony{"good": tt.good, "bad": tt.refused} {
				if got := f.client(t).AskCredential(context.Background(), f.URL+"/register", transport.Bearer(secret.New(token))); got != want {
					t.Errorf("%s: %v, want %v", token, got, want)
				}
			}
		})
	}
	// Some servers refuse a token with another status than 401, and say in the code that it is the token (RFC 6750 §3.1).
	for name, tt := range map[string]struct {
		status     int
		body, asks string
		want       CredentialTestimony
	}{
		"400 invalid_token":            {400, `{"error":"invalid_token"}`, "", CredentialBad},
		"403 invalid_token":            {403, `{"error":"invalid_token"}`, "", CredentialBad},
		"400 token_expired":            {400, `{"error":"token_expired"}`, "", CredentialBad},
		"400 in words":                 {400, `{"error":"invalid_request","error_description":"The access token has expired."}`, "", CredentialBad},
		"400 in the header":            {400, "", `Bearer error="invalid_token"`, CredentialBad},
		"400 access_denied":            {400, `{"error":"access_denied"}`, "", CredentialUntold},
		"400 invalid_client":           {400, `{"error":"invalid_client"}`, "", CredentialUntold},
		"400 invalid_client_metadata":  {400, `{"error":"invalid_client_metadata"}`, "", CredentialGood},
		"400 invalid_request":          {400, `{"error":"invalid_request"}`, "", CredentialGood},
		"400 page":                     {400, "<html><title>Bad Request</title></html>", "", CredentialGood},
		"400 invalid_redirect_uri":     {400, `{"error":"invalid_redirect_uri","error_description":"redirect_uris is missing"}`, "", CredentialGood},
		"405 method_not_allowed":       {405, `{"error":"method_not_allowed"}`, "", CredentialGood},
		"403 insufficient_scope":       {403, `{"error":"insufficient_scope"}`, "", CredentialUntold},
		"404 of a route for POST only": {404, "", "", CredentialGood},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer canary-iat" {
				w.WriteHeader(401)
				return
			}
			if tt.asks != "" {
				w.Header().Set("WWW-Authenticate", tt.asks)
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		})
		if got := f.client(t).AskCredential(context.Background(), f.URL+"/register", iat); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	// What wants the scheme alone lets any credential of that scheme pass, and no other one.
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, basic := r.BasicAuth()
		if !basic {
			w.WriteHeader(401)
			return
		}
		if user == "admin" && password != "ended" {
			t.Error("a wrong password of a user, whom the server may lock out")
		}
		w.WriteHeader(405)
	})
	if got := f.client(t).AskCredential(context.Background(), f.URL+"/register", transport.Basic("admin", secret.New("ended"))); got != CredentialUntold {
		t.Errorf("any Basic does: %v", got)
	}
	// What looks at the form of a token, or into it, and not at whether it is good.
	for form, accepts := range map[string]func(token string) bool{
		"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.bm90LWEtc2lnbmF0dXJlLWF0LWFsbA": func(token string) bool {
			return strings.HasPrefix(token, "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.")
		},
		"org_live_0a1B2c3D4e5F6g7H8i9J0k": func(token string) bool { return regexp.MustCompile(`^org_live_[0-9A-Za-z]{22}$`).MatchString(token) },
		"8b1c3d5e-7f90-4a1b-9c2d-3e4f5a6b7c8d": func(token string) bool {
			return regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(token)
		},
		"0123456789abcdef0123456789abcdef": func(token string) bool { return regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(token) },
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); !ok || !accepts(token) {
				w.WriteHeader(401)
				return
			}
			w.WriteHeader(405)
		})
		if got := f.client(t).AskCredential(context.Background(), f.URL+"/register", transport.Bearer(secret.New(form))); got != CredentialUntold {
			t.Errorf("%s: %v", form, got)
		}
	}
	f = newFake(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	if got := f.client(t).AskCredential(context.Background(), "", transport.NoAuth()); got != CredentialNotAsked {
		t.Errorf("without an endpoint: %v", got)
	}
}
