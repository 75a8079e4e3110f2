// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// takesOneWay is a token endpoint that takes a client's secret in one way only, whatever way it shows.
type takesOneWay struct {
	way   string // basic, raw (Basic that is not form-encoded), post, endpoint or issuer (the audience of an assertion), or typed (issuer, with a type)
	clock time.Duration
	other http.HandlerFunc // how it answers the other ways; nil for as an unknown client
}

func (s takesOneWay) start(t *testing.T, alive bool, right string) *fake {
	t.Helper()
	var f *fake
	f = tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
		now := time.Now().Add(s.clock)
		w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
		user, password, basic := r.BasicAuth()
		looked, good := false, false
		switch s.way {
		case "basic", "raw":
			looked = basic
			if s.way == "basic" {
				user, _ = url.QueryUnescape(user)
				password, _ = url.QueryUnescape(password)
			}
			good = user == probedID && password == right
		case "post":
			looked = r.Form.Has("client_secret")
			good = r.Form.Get("client_id") == probedID && r.Form.Get("client_secret") == right
		default:
			looked = r.Form.Has("client_assertion")
			audience := map[string]string{"endpoint": f.URL + "/token", "issuer": f.URL, "typed": f.URL}[s.way]
			kind := map[bool]string{false: "JWT", true: "client-authentication+jwt"}[s.way == "typed"]
			good = assertionFor(r.Form.Get("client_assertion"), right, kind, audience, now)
		}
		switch {
		case looked && good && alive:
			refuse(w, 400, "invalid_grant", "")
		case !looked && s.other != nil:
			s.other(w, r)
		default:
			refuse(w, 401, "invalid_client", "")
		}
	})
	return f
}

func assertionFor(assertion, right, kind, audience string, now time.Time) bool {
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil || token.Headers[0].ExtraHeaders["typ"] != kind {
		return false
	}
	var claims jwt.Claims
	return token.Claims([]byte(right), &claims) == nil && claims.Subject == probedID && slices.Equal(claims.Audience, jwt.Audience{audience}) &&
		claims.ValidateWithLeeway(jwt.Expected{Time: now}, 10*time.Second) == nil
}

// A server may take the secret in another way than the one that it shows, or assertions of one form (RFC 7523 §3, OpenID Connect Core 1.0 §9, RFC 7523bis §4), or
// have another time: the refusal of a good secret in one way says nothing of the client. A client that is gone is refused in each of them.
func TestAGoodSecretIsShownInEachWay(t *testing.T) {
	const right = "a+secret/of a client, long enough for HS256"
	answers := map[string]http.HandlerFunc{
		"as an unknown client": nil,
		"as a bad request":     func(w http.ResponseWriter, _ *http.Request) { refuse(w, 400, "invalid_request", "no client_id") },
		"as no media type":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnsupportedMediaType) },
		"as 400 of the client": func(w http.ResponseWriter, _ *http.Request) { refuse(w, 400, "invalid_client", "") },
	}
	for shown, ways := range map[string][]string{
		"client_secret_basic": {"basic", "raw", "post"}, "client_secret_post": {"post", "basic", "raw"}, "client_secret_jwt": {"endpoint", "issuer", "typed"},
		"": {"basic", "raw", "post", "endpoint", "issuer", "typed"}, "none": {"basic", "post"},
	} {
		for _, way := range ways {
			for name, other := range answers {
				for _, clock := range []time.Duration{0, -time.Hour, time.Hour} {
					if clock != 0 && shown != "client_secret_jwt" {
						continue // which alone has times
					}
					for _, alive := range []bool{true, false} {
						t.Run(fmt.Sprintf("shown %q, takes %s, the others %s, clock %v, alive %v", shown, way, name, clock, alive), func(t *testing.T) {
							t.Parallel()
							f := takesOneWay{way, clock, other}.start(t, alive, right)
							in := f.tokenInput(probedID, right)
							in.AuthMethod, in.Issuer = shown, f.URL
							said := f.client(t).Witnesses(context.Background(), in)
							if alive && said.Token == DoesNotKnow {
								t.Errorf("a good secret counts as refused: %v", said.Says)
							}
							if first := ways[0]; !alive && (name == "as an unknown client" || way == first && shown != "" && shown != "none") && said.Token != DoesNotKnow {
								t.Errorf("a client that is gone is not refused: %v, %v", said.Token, said.Says)
							}
							if f.count() > 16 {
								t.Errorf("%d requests", f.count())
							}
						})
					}
				}
			}
		}
	}
}

// Of a client with a secret and keys, at a server that does not show how it authenticates, nobody knows which of the two it takes: that it takes the secret shows
// that the client lives, and that it refuses the secret shows nothing. Nor does the refusal of an assertion where the issuer is not known.
func TestAnUnknownWayToAuthenticate(t *testing.T) {
	const right = "a+secret/of a client, long enough for HS256"
	for _, alive := range []bool{true, false} {
		for name, edit := range map[string]func(in *ProbeInput){
			"keys":      func(in *ProbeInput) { in.AuthMethod, in.HasKeys = "", true },
			"no issuer": func(in *ProbeInput) { in.AuthMethod = "client_secret_jwt" },
		} {
			way := map[string]string{"keys": "post", "no issuer": "endpoint"}[name]
			f := takesOneWay{way: way}.start(t, alive, right)
			in := f.tokenInput(probedID, right)
			edit(&in)
			said := f.client(t).Witnesses(context.Background(), in)
			if want := map[bool]Testimony{true: Knows, false: Silent}[alive]; said.Token != want {
				t.Errorf("%s, alive %v: %v, %v", name, alive, said.Token, said.Says)
			}
			checkSentence(t, f, strings.Join(said.Says, "; ")+".")
		}
	}
}

// Where another way is not answered, nothing is refused.
func TestAnotherWayThatIsNotAnswered(t *testing.T) {
	f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, basic := r.BasicAuth(); basic {
			refuse(w, 401, "invalid_client", "")
		} else {
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	if said := f.client(t).Witnesses(context.Background(), f.tokenInput(probedID, "plain")); said.Token != Unanswered {
		t.Errorf("%v, %v", said.Token, said.Says)
	}
}

// Nor does an answer show a client to be known that a server gives to whoever asks in a way that it does not take, where it fails to give it to another one. Where
// it gives it later, the way is none of the server's; a client that is let in is known.
func TestAnotherWayThatIsNotAnsweredToAnother(t *testing.T) {
	for name, test := range map[string]struct {
		code  string
		fails int // how often
		want  Testimony
	}{
		"always": {"invalid_request", 9, Unanswered}, "once": {"invalid_request", 1, DoesNotKnow}, "never": {"invalid_request", 0, DoesNotKnow},
		"a client that is let in": {"invalid_grant", 9, Knows},
	} {
		failed := 0
		f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
			_, _, basic := r.BasicAuth()
			switch {
			case basic:
				refuse(w, 401, "invalid_client", "")
			case r.Form.Get("client_id") != probedID && failed < test.fails:
				failed++
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				refuse(w, 400, test.code, "")
			}
		})
		if said := f.client(t).Witnesses(context.Background(), f.tokenInput(probedID, "plain")); said.Token != test.want {
			t.Errorf("%s: %v, %v", name, said.Token, said.Says)
		}
	}
}

// Which of two secrets is in force is found out in the way that the server takes, and refused is what is refused there.
func TestSecretsAreTriedInEachWay(t *testing.T) {
	const right = "a+secret/of a client, long enough for HS256"
	for shown, ways := range map[string][]string{
		"client_secret_basic": {"basic", "raw", "post"}, "client_secret_post": {"post", "basic", "raw"}, "client_secret_jwt": {"endpoint", "issuer", "typed"},
	} {
		for _, way := range ways {
			f := takesOneWay{way: way}.start(t, true, right)
			in := f.tokenInput(probedID, "")
			in.AuthMethod, in.Issuer = shown, f.URL
			for i, secrets := range [][]secret.String{{secret.New(right), secret.New("another one, long enough for HS256 as well")}, {secret.New("another one, long enough for HS256 as well"), secret.New(right)}} {
				got := f.client(t).Authenticate(context.Background(), in, secrets...)
				if got[i] != Authenticates || got[1-i] != AuthenticationRefused {
					t.Errorf("shown %s, takes %s, the right one is %d: %v", shown, way, i, got)
				}
			}
			if got := f.client(t).Authenticate(context.Background(), in, secret.New("another one, long enough for HS256 as well")); got[0] != AuthenticationRefused {
				t.Errorf("shown %s, takes %s, a wrong one: %v", shown, way, got)
			}
		}
	}
}
