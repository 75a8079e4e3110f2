// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// facts are what one server did in a registration's life. The provider has no branch on a vendor's name, but
// its general rules were made for these behaviours: a server that changes one is noticed here first.
type facts struct {
	// The status of each metadata document, and whether it is the issuer's and names the registration endpoint: at OpenID
	// Connect Discovery's place and at RFC 8414's. WebFinger is the status of a query for an issuer.
	OpenID, OAuth string
	WebFinger     int

	Register       int    // status of the POST
	Token, URI     bool   // a registration access token, a client configuration URI
	SecretLifetime string // "never", "30 days", "" for a missing client_secret_expires_at

	Dropped, Changed, Added []string // by the answer to the POST, against what was sent

	Read                                 int    // status of the GET
	ReadToken, ReadSecret, ReadURI       string // "same", "new", "absent"
	ReadDropped, ReadChanged             []string
	Update                               int // status of a PUT of the sent document with another name and the client_id
	UpdateToken, UpdateSecret, UpdateURI string
	OldToken                             int // status of a GET with the token from before the update

	UpdateSecretSent int    // the same with client_secret
	UpdateEcho       int    // a PUT of the last read document, with only the four forbidden members taken out
	UpdateForbidden  int    // a PUT with registration_access_token
	UpdateOmitted    string // what became of client_uri, left out of a PUT: "removed", "kept"
	UpdateNull       string // and of client_uri as null: "removed", "kept", or the status of a refusal

	NoToken, BadToken, LowerCase int // GET without a token, with a made-up one, with "bearer" in lower case

	// What tells a live client from a deleted one (RFC 6749 §5.2): the token endpoint's status and error for the
	// client's own credentials with a code that cannot be one, while it lives, with a wrong secret, and deleted.
	TokenAlive, TokenWrongSecret, TokenDeleted string
	// And the authorization endpoint's answer to prompt=none: "redirect" to the client's own URI with an error, or
	// the status of what is no redirect.
	AuthorizeAlive, AuthorizeDeleted string

	Delete, ReadDeleted int
}

// document is sent to every server, less what it refuses.
func document(i *Instance) map[string]any {
	at := i.Redirect
	doc := map[string]any{
		"redirect_uris":                []any{at + "/b", at + "/a", at + "/b"},
		"client_name":                  "Interop",
		"client_name#ja":               "相互運用",
		"client_uri":                   at + "/",
		"logo_uri":                     at + "/logo.png",
		"tos_uri":                      at + "/tos",
		"policy_uri":                   at + "/policy",
		"contacts":                     []any{"b@example.com", "a@example.com"},
		"grant_types":                  []any{"refresh_token", "authorization_code"},
		"response_types":               []any{"code"},
		"token_endpoint_auth_method":   "client_secret_basic",
		"scope":                        "profile email",
		"application_type":             "web",
		"id_token_signed_response_alg": "RS256",
		"default_max_age":              3600,
		"require_auth_time":            true,
		"software_id":                  "interop",
		"software_version":             "1",
		"x_unknown":                    "a member that no registry knows",
	}
	for _, name := range i.Refused {
		delete(doc, name)
	}
	return doc
}

// measure takes a client through a whole life and notes what the server did. It fails only where it cannot go on.
func measure(t *testing.T, i *Instance, doc map[string]any) facts {
	t.Helper()
	f := facts{OpenID: published(t, i, wellKnownOpenID(i)), OAuth: published(t, i, wellKnownOAuth(i)), WebFinger: webFingered(t, i)}
	posted := call(t, http.MethodPost, i.RegistrationEndpoint, i.Authorization, doc)
	f.Register = posted.Status
	h := handleOf(posted, Handle{})
	if h.ClientID == "" {
		t.Fatalf("registration: %d %s", posted.Status, posted.Body)
	}
	f.Token, f.URI = h.RegistrationAccessToken != "", h.RegistrationClientURI != ""
	f.SecretLifetime = lifetime(posted)
	f.Dropped, f.Changed, f.Added = difference(doc, posted)
	if ok, err := i.Exists(t.Context(), h); err != nil || !ok {
		t.Errorf("the server's own word on a registered client: %t, %v", ok, err)
	}
	if !f.Token || !f.URI {
		return f
	}
	managed(t, i, doc, h, &f)
	return f
}

// managed measures RFC 7592 on a registered client.
func managed(t *testing.T, i *Instance, doc map[string]any, h Handle, f *facts) {
	t.Helper()
	get := func(authorization string) answer {
		return call(t, http.MethodGet, h.RegistrationClientURI, authorization, nil)
	}
	put := func(body map[string]any) answer {
		a := call(t, http.MethodPut, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), body)
		h = handleOf(a, h)
		return a
	}
	// A read may show a hash of the secret: the one in force is what a registration or an update brought.
	reread := func(a answer) Handle {
		now := handleOf(a, h)
		now.ClientSecret = h.ClientSecret
		return now
	}
	read := get(bearer(h.RegistrationAccessToken))
	f.Read = read.Status
	f.ReadToken, f.ReadSecret, f.ReadURI = became(read, "registration_access_token", h.RegistrationAccessToken),
		became(read, "client_secret", h.ClientSecret), became(read, "registration_client_uri", h.RegistrationClientURI)
	f.ReadDropped, f.ReadChanged, _ = difference(doc, read)
	h = reread(read)

	f.NoToken, f.BadToken, f.LowerCase = get("").Status, get("Bearer made-up").Status, get("bearer "+h.RegistrationAccessToken).Status

	body := maps.Clone(doc)
	body["client_id"], body["client_name"] = h.ClientID, "Interop 2"
	before := h
	updated := put(body)
	f.Update = updated.Status
	f.UpdateToken, f.UpdateSecret, f.UpdateURI = became(updated, "registration_access_token", before.RegistrationAccessToken),
		became(updated, "client_secret", before.ClientSecret), became(updated, "registration_client_uri", before.RegistrationClientURI)
	f.OldToken = get(bearer(before.RegistrationAccessToken)).Status

	body["client_secret"] = h.ClientSecret
	f.UpdateSecretSent = put(body).Status
	delete(body, "client_secret")
	body["registration_access_token"] = h.RegistrationAccessToken
	f.UpdateForbidden = put(body).Status
	delete(body, "registration_access_token")

	read = get(bearer(h.RegistrationAccessToken))
	h = reread(read)
	echo := metadataOf(read)
	echo["client_id"] = h.ClientID
	f.UpdateEcho = put(echo).Status

	body["client_uri"] = i.Redirect + "/again"
	put(body)
	delete(body, "client_uri")
	f.UpdateOmitted = cleared(put(body), get(bearer(h.RegistrationAccessToken)))
	body["client_uri"] = i.Redirect + "/again"
	put(body)
	body["client_uri"] = nil
	f.UpdateNull = cleared(put(body), get(bearer(h.RegistrationAccessToken)))

	f.TokenAlive, f.TokenWrongSecret = evidence(t, i, h, h.ClientSecret, "/a"), evidence(t, i, h, "wrong", "/a")
	f.AuthorizeAlive = silent(t, i, h)
	f.Delete = call(t, http.MethodDelete, h.RegistrationClientURI, bearer(h.RegistrationAccessToken), nil).Status
	f.ReadDeleted = get(bearer(h.RegistrationAccessToken)).Status
	f.TokenDeleted, f.AuthorizeDeleted = evidence(t, i, h, h.ClientSecret, "/a"), silent(t, i, h)
	if ok, err := i.Exists(t.Context(), h); err != nil || ok == i.Can.Delete {
		t.Errorf("the server's own word on a client after the DELETE: %t, %v", ok, err)
	}
}

func wellKnownOpenID(i *Instance) string {
	return strings.TrimSuffix(i.Issuer, "/") + "/.well-known/openid-configuration"
}

// wellKnownOAuth is where RFC 8414 §3.1 puts the metadata: before the path of the issuer.
func wellKnownOAuth(i *Instance) string {
	at, err := url.Parse(i.Issuer)
	if err != nil {
		return err.Error()
	}
	at.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(at.Path, "/")
	return at.String()
}

// published tells of a metadata document whether it is there, is the issuer's, and names the registration endpoint.
func published(t *testing.T, i *Instance, at string) string {
	t.Helper()
	a := call(t, http.MethodGet, at, "", nil)
	said := strconv.Itoa(a.Status)
	if a.Status != http.StatusOK {
		return said
	}
	if a.text("issuer") != i.Issuer {
		said += " of another issuer"
	}
	switch a.text("registration_endpoint") {
	case "":
		return said + " without endpoint"
	case i.RegistrationEndpoint:
		return said
	default:
		return said + " with another endpoint"
	}
}

func webFingered(t *testing.T, i *Instance) int {
	t.Helper()
	at, err := url.Parse(i.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	resource := i.WebFingerResource
	if resource == "" {
		resource = "joe@" + at.Host
	}
	query := url.Values{"resource": {"acct:" + strings.TrimPrefix(resource, "acct:")}, "rel": {"http://openid.net/specs/connect/1.0/issuer"}}
	return call(t, http.MethodGet, at.Scheme+"://"+at.Host+"/.well-known/webfinger?"+query.Encode(), "", nil).Status
}

// evidence asks the token endpoint as the client, with a code that cannot be one, for a redirect URI that it has.
func evidence(t *testing.T, i *Instance, h Handle, secret, path string) string {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {i.Redirect + path}}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(h.ClientID)+":"+url.QueryEscape(secret)))
	a := send(t, http.MethodPost, i.TokenEndpoint, basic, "application/x-www-form-urlencoded", form.Encode())
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.text("error")))
}

// silent asks the authorization endpoint for a code without any dialogue.
func silent(t *testing.T, i *Instance, h Handle) string {
	t.Helper()
	query := url.Values{
		"client_id": {h.ClientID}, "response_type": {"code"}, "scope": {"openid"}, "prompt": {"none"}, "state": {"s"}, "nonce": {"n"},
		"redirect_uri": {i.Redirect + "/a"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	a := call(t, http.MethodGet, i.AuthorizationEndpoint+"?"+query.Encode(), "", nil)
	if strings.HasPrefix(a.Header.Get("Location"), i.Redirect+"/a?") && strings.Contains(a.Header.Get("Location"), "error=") {
		return "redirect"
	}
	return strconv.Itoa(a.Status)
}

func became(a answer, member, was string) string {
	switch is := a.text(member); is {
	case "":
		return "absent"
	case was:
		return "same"
	default:
		return "new"
	}
}

func cleared(update, read answer) string {
	switch v, ok := read.JSON["client_uri"]; {
	case update.Status >= 300:
		return http.StatusText(update.Status)
	case !ok, v == nil, v == "":
		return "removed"
	default:
		return "kept"
	}
}

// lifetime is what client_secret_expires_at says of a secret.
func lifetime(a answer) string {
	const day = 24 * 60 * 60
	switch at, ok := a.JSON["client_secret_expires_at"].(float64); {
	case !ok:
		return ""
	case at == 0:
		return "never"
	default:
		issued, _ := a.JSON["client_id_issued_at"].(float64)
		return (map[float64]string{30 * day: "30 days", 90 * day: "90 days"})[at-issued]
	}
}

// can is what the answers of the client configuration endpoint say of the server. An update that is refused for its content
// is one that the server has.
func (f facts) can() Capabilities {
	return Capabilities{Read: f.Read == http.StatusOK, Update: f.Update == http.StatusOK || f.Update == http.StatusBadRequest, Delete: f.Delete < 300}
}

func TestFacts(t *testing.T) {
	eachServer(t, func(t *testing.T, s Server) {
		known, ok := knownFacts[s.Name()]
		if !ok {
			t.Fatalf("no facts are known of %s", s.Name())
		}
		i := start(t, s)
		got := measure(t, i, document(i))
		if diff := cmp.Diff(known.facts, got); diff != "" {
			t.Errorf("%s %s does not do what was measured before (-known +now):\n%s", s.Title(), s.Version(), diff)
		}
		if got.Read != 0 {
			if can := got.can(); can != i.Can {
				t.Errorf("the server can %+v, and is declared to %+v", can, i.Can)
			}
		}
		if known.more != nil {
			known.more(t, i)
		}
	})
}
