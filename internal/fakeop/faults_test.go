// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// lifecycle is one client's life on a server with a fault: each answer, and the client between them.
type lifecycle struct {
	*peer
	registered, read, updated, deleted reply
	atRegister, atRead, atUpdate       Client
	left                               bool // the client is still there at the end
}

// live runs a lifecycle; every request uses the newest credentials that the server has.
func live(t *testing.T, f Faults) lifecycle {
	t.Helper()
	l := lifecycle{peer: newPeer(t, &Server{Faults: f})}
	body := good(map[string]any{
		"grant_types": list("authorization_code", "refresh_token"), "scope": "openid email", "client_name#JA": "x",
		"contacts": list("a", "b", "a"), "require_auth_time": true, "unheard_of": "x",
	})
	l.registered = l.register(body)
	if len(l.s.Clients()) == 0 {
		return l
	}
	current := func() Client { return l.s.Clients()[0] }
	l.atRegister = current()
	l.read = l.send("GET", current().URI, nil, bearer(current().Token))
	l.atRead = current()
	l.updated = l.send("PUT", current().URI, encode(with(current().ID, body)), bearer(current().Token))
	l.atUpdate = current()
	l.deleted = l.send("DELETE", current().URI, nil, bearer(current().Token))
	l.left = len(l.s.Clients()) > 0
	return l
}

// put sends an update with changes to a fresh client of a server with a fault.
func put(t *testing.T, f Faults, changes map[string]any) (reply, Client) {
	t.Helper()
	p := newPeer(t, &Server{Faults: f})
	cl := p.registered(good(map[string]any{"client_uri": "https://app.example", "require_auth_time": true}))
	r := p.send("PUT", cl.URI, encode(good(map[string]any{"client_id": cl.ID}, changes)), bearer(cl.Token))
	now, _ := p.s.Client(cl.ID)
	return r, now
}

// faultTests show each fault's effect, by the field's name; the zero value must fail every one of them.
var faultTests = map[string]struct {
	faults Faults
	shown  func(t *testing.T, f Faults) bool
}{
	"RotateTokenOnRead": {Faults{RotateTokenOnRead: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		stale := l.send("GET", l.atRegister.URI, nil, bearer(l.atRegister.Token))
		return l.atRead.Token != l.atRegister.Token && l.read.doc["registration_access_token"] == l.atRead.Token &&
			l.atUpdate.Token == l.atRead.Token && stale.status == 401
	}},
	"RotateTokenOnUpdate": {Faults{RotateTokenOnUpdate: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.atRead.Token == l.atRegister.Token && l.atUpdate.Token != l.atRead.Token &&
			l.updated.doc["registration_access_token"] == l.atUpdate.Token
	}},
	"RotateSecretOnRead": {Faults{RotateSecretOnRead: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.atRead.Secret != l.atRegister.Secret && l.read.doc["client_secret"] == l.atRead.Secret
	}},
	"RotateSecretOnUpdate": {Faults{RotateSecretOnUpdate: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.atRead.Secret == l.atRegister.Secret && l.atUpdate.Secret != l.atRead.Secret &&
			l.updated.doc["client_secret"] == l.atUpdate.Secret
	}},
	"RotateTokenAfter": {Faults{RotateTokenAfter: time.Hour}, func(t *testing.T, f Faults) bool {
		now := Epoch
		p := newPeer(t, &Server{Faults: f, Clock: func() time.Time { return now }})
		cl := p.registered(good())
		young := p.send("GET", cl.URI, nil, bearer(cl.Token))
		now = now.Add(time.Hour)
		old := p.send("GET", cl.URI, nil, bearer(cl.Token))
		return young.doc["registration_access_token"] == cl.Token && old.doc["registration_access_token"] != cl.Token
	}},
	"NullSecretExpiry": {Faults{NullSecretExpiry: true}, shows("client_secret_expires_at", nil)},
	"SameMetadataSameClient": {Faults{SameMetadataSameClient: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		public := good(map[string]any{"token_endpoint_auth_method": "none"})
		same := p.register(public).doc["client_id"] == p.register(public).doc["client_id"]
		p.register(good())
		p.register(good())
		return same && len(p.s.Clients()) == 3
	}},
	"OmitTokenOnRead":    {Faults{OmitTokenOnRead: true}, omits("registration_access_token", OpRead)},
	"OmitTokenOnUpdate":  {Faults{OmitTokenOnUpdate: true}, omits("registration_access_token", OpUpdate)},
	"OmitURIOnRead":      {Faults{OmitURIOnRead: true}, omits("registration_client_uri", OpRead)},
	"OmitURIOnUpdate":    {Faults{OmitURIOnUpdate: true}, omits("registration_client_uri", OpUpdate)},
	"OmitSecretOnRead":   {Faults{OmitSecretOnRead: true}, omits("client_secret", OpRead)},
	"OmitSecretOnUpdate": {Faults{OmitSecretOnUpdate: true}, omits("client_secret", OpUpdate)},
	"OmitSecretExpiry":   {Faults{OmitSecretExpiry: true}, omits("client_secret_expires_at", OpRegister, OpRead, OpUpdate)},
	"OmitIssuedAt":       {Faults{OmitIssuedAt: true}, omits("client_id_issued_at", OpRegister, OpRead, OpUpdate)},
	"OmitIssuedAtOnRead": {Faults{OmitIssuedAtOnRead: true}, omits("client_id_issued_at", OpRead)},
	"HashedSecretOnRead": {Faults{HashedSecretOnRead: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return strings.HasPrefix(text(l.read.doc, "client_secret"), "{bcrypt}$2a$10$") &&
			l.updated.doc["client_secret"] == l.atUpdate.Secret
	}},
	"SecretExpiryWithoutSecret": {Faults{SecretExpiryWithoutSecret: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		r := p.register(good(map[string]any{"token_endpoint_auth_method": "none"}))
		return r.doc["client_secret_expires_at"] == json.Number("0") && r.doc["client_secret"] == nil
	}},
	"NumericStringTimes": {Faults{NumericStringTimes: true}, func(t *testing.T, f Faults) bool {
		r := live(t, f).registered
		return r.doc["client_id_issued_at"] == "1767225600" && r.doc["client_secret_expires_at"] == "0"
	}},
	"MoveURIOnUpdate": {Faults{MoveURIOnUpdate: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.atRead.URI == l.atRegister.URI && l.atUpdate.URI != l.atRead.URI && l.deleted.status == 204 &&
			l.updated.doc["registration_client_uri"] == l.atUpdate.URI
	}},
	"HTTPClientURI": {Faults{HTTPClientURI: true}, func(t *testing.T, f Faults) bool {
		s := &Server{TLS: true, Faults: f}
		s.Start(t)
		s.AddClient("a", "", nil)
		return strings.HasPrefix(s.Clients()[0].URI, "http://")
	}},
	"ClientURIOrigin": {Faults{ClientURIOrigin: "https://elsewhere.example"}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		return strings.HasPrefix(p.registered(good()).URI, "https://elsewhere.example/register/")
	}},
	"NullsForUnset":        {Faults{NullsForUnset: true}, shows("policy_uri", nil)},
	"EmptyStringsForUnset": {Faults{EmptyStringsForUnset: true}, shows("policy_uri", "")},
	"EmptyArraysForUnset":  {Faults{EmptyArraysForUnset: true}, shows("default_acr_values", []any{})},
	"FalseForUnset":        {Faults{FalseForUnset: true}, shows("use_mtls_endpoint_aliases", false)},
	"EmptyObjectForJWKS":   {Faults{EmptyObjectForJWKS: true}, shows("jwks", map[string]any{})},
	"RegisterStatus":       {Faults{RegisterStatus: 200}, func(t *testing.T, f Faults) bool { return live(t, f).registered.status == 200 }},
	"DeleteStatus": {Faults{DeleteStatus: 405}, func(t *testing.T, f Faults) bool {
		l, other := live(t, f), live(t, Faults{DeleteStatus: 200})
		return l.deleted.status == 405 && l.deleted.header.Get("Allow") == "GET, PUT" && l.left &&
			other.deleted.status == 200 && other.deleted.raw == "" && !other.left
	}},
	"DeleteKeepsClient": {Faults{DeleteKeepsClient: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.deleted.status == 204 && l.left
	}},
	"UpdateStatus": {Faults{UpdateStatus: 405}, func(t *testing.T, f Faults) bool { return live(t, f).updated.status == 405 }},
	"ReadStatus":   {Faults{ReadStatus: 405}, func(t *testing.T, f Faults) bool { return live(t, f).read.status == 405 }},
	"Substitute": {Faults{Substitute: map[string]any{
		"client_name": "ours", "grant_types": func(sent any) any { return append(sent.([]any), "implicit") },
		"scope": nil, "logo_uri": "https://never.example",
	}}, func(t *testing.T, f Faults) bool {
		doc := live(t, f).atUpdate.Metadata
		return doc["client_name"] == "ours" && len(words(doc["grant_types"])) == 3 && doc["scope"] == nil && doc["logo_uri"] == nil
	}},
	"SubstituteUnsupported": {Faults{SubstituteUnsupported: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f, Supported: map[string][]string{
			"grant_types_supported": {"authorization_code"}, "scopes_supported": {"openid"},
			"token_endpoint_auth_methods_supported": {"client_secret_post"},
		}})
		r := p.register(good(map[string]any{
			"grant_types": list("authorization_code", "refresh_token"), "scope": "openid email",
			"token_endpoint_auth_method": "private_key_jwt",
		}))
		return r.status == 201 && r.doc["scope"] == "openid" && len(words(r.doc["grant_types"])) == 1 &&
			r.doc["token_endpoint_auth_method"] == "client_secret_post"
	}},
	"AddMembers": {Faults{AddMembers: map[string]any{"own": map[string]any{}, "client_name": "x"}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.registered.doc["own"] != nil && l.read.doc["own"] != nil && l.read.doc["client_name"] == "app"
	}},
	"Drop":               {Faults{Drop: []string{"scope"}}, omits("scope", OpRegister, OpRead, OpUpdate)},
	"DropLanguageTagged": {Faults{DropLanguageTagged: true}, omits("client_name#JA", OpRegister, OpRead, OpUpdate)},
	"LowerCaseTags":      {Faults{LowerCaseTags: true}, shows("client_name#ja", "x")},
	"KeepUnknown": {Faults{KeepUnknown: true}, func(t *testing.T, f Faults) bool {
		r, now := put(t, f, map[string]any{"registration_access_token": "mine", "client_secret": "mine", "own": "x"})
		return r.status == 200 && r.doc["registration_access_token"] == "mine" && r.doc["client_secret"] == "mine" &&
			r.doc["own"] == "x" && now.Token != "mine" && now.Secret != "mine" && r.doc["client_id"] == now.ID
	}},
	"RefuseUnknown":     {Faults{RefuseUnknown: true}, func(t *testing.T, f Faults) bool { return live(t, f).registered.code() == "invalid_client_metadata" }},
	"DeduplicateArrays": {Faults{DeduplicateArrays: true}, shows("contacts", list("a", "b"))},
	"Immutable": {Faults{Immutable: []string{"client_name", "policy_uri"}}, func(t *testing.T, f Faults) bool {
		r, now := put(t, f, map[string]any{"client_name": "new", "policy_uri": "https://app.example/p"})
		return r.status == 200 && now.Metadata["client_name"] == "app" && now.Metadata["policy_uri"] == nil
	}},
	"ShowOnRead": {Faults{ShowOnRead: map[string]any{"client_name": "shown"}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.read.doc["client_name"] == "shown" && l.updated.doc["client_name"] == "app" && l.atRead.Metadata["client_name"] == "app"
	}},
	"DropOnRead":  {Faults{DropOnRead: []string{"scope"}}, omits("scope", OpRead)},
	"DropOnWrite": {Faults{DropOnWrite: []string{"scope"}}, omits("scope", OpRegister, OpUpdate)},
	"ReorderArrays": {Faults{ReorderArrays: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		one, two := words(l.registered.doc["grant_types"]), words(l.read.doc["grant_types"])
		return len(one) == 2 && !slices.Equal(one, two)
	}},
	"ArrayWhereString": {Faults{ArrayWhereString: []string{"client_name", "scope"}}, func(t *testing.T, f Faults) bool {
		doc := live(t, f).read.doc
		return len(words(doc["client_name"])) == 1 && len(words(doc["scope"])) == 2
	}},
	"StringWhereArray":                  {Faults{StringWhereArray: []string{"redirect_uris", "contacts"}}, shows("redirect_uris", "https://app.example/cb")},
	"UpdateRefusesSecret":               {Faults{UpdateRefusesSecret: true}, refusesUpdate(403, "access_denied", map[string]any{"client_secret": "x"})},
	"UpdateWithoutSecretIsUnauthorized": {Faults{UpdateWithoutSecretIsUnauthorized: true}, refusesUpdate(401, "invalid_client", nil)},
	"UpdateNeedsSecret":                 {Faults{UpdateNeedsSecret: true}, refusesUpdate(400, "invalid_request", nil)},
	"UpdateNeedsEveryMember": {Faults{UpdateNeedsEveryMember: true}, func(t *testing.T, f Faults) bool {
		partial, _ := put(t, f, nil)
		whole := map[string]any{
			"application_type": "web", "client_uri": nil, "grant_types": list("authorization_code"), "response_types": list("code"),
			"token_endpoint_auth_method": "client_secret_basic", "require_auth_time": true,
		}
		full, now := put(t, f, whole)
		return partial.status == 400 && full.status == 200 && now.Metadata["client_uri"] == nil
	}},
	"UpdateNeeds": {Faults{UpdateNeeds: []string{"grant_types"}}, refusesUpdate(400, "invalid_client_metadata", nil)},
	"UpdateRefusesOwnRead": {Faults{UpdateRefusesOwnRead: true, AddMembers: map[string]any{"own": 1}},
		refusesUpdate(400, "invalid_client_metadata", map[string]any{"own": 1})},
	"UpdateRefuses": {Faults{UpdateRefuses: map[string]int{"scope": 500}},
		refusesUpdate(500, "invalid_client_metadata", map[string]any{"scope": "openid"})},
	"UpdateRefusesEmptyObject": {Faults{UpdateRefusesEmptyObject: true},
		refusesUpdate(400, "invalid_client_metadata", map[string]any{"own": map[string]any{}})},
	"UpdateRefusesEmpty": {Faults{UpdateRefusesEmpty: true},
		refusesUpdate(400, "invalid_client_metadata", map[string]any{"tos_uri": nil})},
	"UpdateMerges": {Faults{UpdateMerges: true}, func(t *testing.T, f Faults) bool {
		r, now := put(t, f, map[string]any{"client_name": "", "redirect_uris": []any{}, "policy_uri": "https://app.example/p"})
		return r.status == 200 && now.Metadata["client_uri"] != nil && now.Metadata["client_name"] == "app" &&
			now.Metadata["require_auth_time"] == true && now.Metadata["policy_uri"] != nil
	}},
	"UpdateResetsBooleans": {Faults{UpdateMerges: true, UpdateResetsBooleans: true}, func(t *testing.T, f Faults) bool {
		_, now := put(t, f, nil)
		return now.Metadata["client_uri"] != nil && now.Metadata["require_auth_time"] == false
	}},
	"ErrorsUnder200": {Faults{ErrorsUnder200: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 200 && r.doc["status"] == "error" && r.doc["msg"] != "" && r.header.Get("WWW-Authenticate") == ""
	}},
	"HTMLErrors": {Faults{HTMLErrors: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 401 && strings.HasPrefix(r.raw, "<!DOCTYPE html>") && r.header.Get("WWW-Authenticate") != ""
	}},
	"EmptyErrors": {Faults{EmptyErrors: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 401 && r.raw == "" && r.header.Get("WWW-Authenticate") != ""
	}},
	"StringError": {Faults{StringError: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 401 && strings.HasPrefix(r.code(), "The request could not be authorized") && r.doc["error_description"] == nil
	}},
	"MessageErrors": {Faults{MessageErrors: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 401 && r.doc["code"] == "INVALID_TOKEN" && r.doc["error"] == nil
	}},
	"NoChallenge": {Faults{NoChallenge: true}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 401 && r.header.Get("WWW-Authenticate") == ""
	}},
	"HTMLSuccess": {Faults{HTMLSuccess: true}, func(t *testing.T, f Faults) bool {
		r := live(t, f).registered
		return r.status == 201 && strings.HasPrefix(r.raw, "<!DOCTYPE html>")
	}},
	"EmptySuccess": {Faults{EmptySuccess: true}, func(t *testing.T, f Faults) bool {
		r := live(t, f).registered
		return r.status == 201 && r.raw == ""
	}},
	"HugeBody": {Faults{HugeBody: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		return len(p.register(good()).raw) > hugeSize
	}},
	"NoClientID":    {Faults{NoClientID: true}, omits("client_id", OpRegister, OpRead, OpUpdate)},
	"OtherClientID": {Faults{OtherClientID: true}, shows("client_id", "another-client")},
	"ContentType": {Faults{ContentType: "text/plain"}, func(t *testing.T, f Faults) bool {
		return live(t, f).read.header.Get("Content-Type") == "text/plain"
	}},
	"CredentialsBesideErrors": {Faults{CredentialsBesideErrors: true, RotateTokenOnUpdate: true}, func(t *testing.T, f Faults) bool {
		r, now := put(t, f, map[string]any{"client_uri": "x"})
		return r.status == 400 && r.doc["registration_access_token"] == now.Token && r.doc["client_id"] == now.ID &&
			strings.HasPrefix(now.Token, "reg-token-2")
	}},
	"ShapeOn": {Faults{ShapeOn: []Operation{OpUpdate}, NoClientID: true}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.read.doc["client_id"] != nil && l.updated.doc["client_id"] == nil
	}},
	"MissingTokenStatus": {Faults{MissingTokenStatus: 403}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		r := p.send("GET", p.registered(good()).URI, nil)
		return r.status == 403 && r.code() == "invalid_request"
	}},
	"InvalidTokenStatus": {Faults{InvalidTokenStatus: 400}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 400 && r.code() == "invalid_token"
	}},
	"GoneStatus": {Faults{GoneStatus: 404}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		p.s.RemoveClient(cl.ID)
		r, wrong := p.send("GET", cl.URI, nil, bearer(cl.Token)), p.send("GET", cl.URI, nil, bearer("x"))
		return r.status == 404 && wrong.status == 401
	}},
	"OtherClientStatus": {Faults{OtherClientStatus: 403}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		one, two := p.registered(good()), p.registered(good())
		return p.send("GET", two.URI, nil, bearer(one.Token)).status == 403 && p.s.CurrentToken(one.ID) == one.Token
	}},
	"CutOff": {Faults{CutOff: map[Operation]Cut{OpRegister: CutConnection}}, func(t *testing.T, f Faults) bool {
		p, half := newPeer(t, &Server{Faults: f}), newPeer(t, &Server{Faults: Faults{CutOff: map[Operation]Cut{OpRegister: CutBody}}})
		dropped, cut := p.register(good()), half.register(good())
		return dropped.err != nil && dropped.status == 0 && len(p.s.Clients()) == 1 && p.s.Requests()[0].Status == 201 &&
			cut.err != nil && cut.status == 201 && cut.raw != "" && len(half.s.Clients()) == 1
	}},
	"DropBeforeProcessing": {Faults{DropBeforeProcessing: []Operation{OpRegister}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		return p.register(good()).err != nil && len(p.s.Clients()) == 0 && p.s.Requests()[0].Status == 0
	}},
	"Redirect": {Faults{Redirect: map[Operation]string{OpRegister: "https://other.example/"}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		r := p.register(good())
		return r.status == 307 && r.header.Get("Location") == "https://other.example/" && len(p.s.Clients()) == 0
	}},
	"RedirectStatus": {Faults{Redirect: map[Operation]string{OpRegister: "/"}, RedirectStatus: 302}, func(t *testing.T, f Faults) bool {
		return newPeer(t, &Server{Faults: f}).register(good()).status == 302
	}},
	"InvalidClientStatus": {Faults{InvalidClientStatus: 400}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		r := p.form(p.s.TokenEndpoint(), url.Values{"client_id": {"x"}})
		return r.status == 400 && r.code() == "invalid_client"
	}},
	"TokenChecksGrantFirst": {Faults{TokenChecksGrantFirst: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		r := p.form(p.s.TokenEndpoint(), url.Values{"client_id": {"x"}, "grant_type": {"refresh_token"}})
		odd := p.form(p.s.TokenEndpoint(), url.Values{"client_id": {"x"}, "grant_type": {"wish"}})
		return r.code() == "invalid_grant" && odd.code() == "unsupported_grant_type"
	}},
	"AuthorizeIgnoresPrompt": {Faults{AuthorizeIgnoresPrompt: true}, func(t *testing.T, f Faults) bool {
		return authorizeUnknown(t, f).status == 200
	}},
	"AuthorizeRedirectsUnknown": {Faults{AuthorizeRedirectsUnknown: true}, func(t *testing.T, f Faults) bool {
		return strings.HasPrefix(authorizeUnknown(t, f).header.Get("Location"), "https://app.example/cb?error=")
	}},
	"AuthorizeErrorPage": {Faults{AuthorizeErrorPage: true}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		return p.send("GET", p.s.AuthorizationEndpoint()+"?"+authorizeQuery(cl.ID).Encode(), nil).status == 400
	}},
}

// elsewhere are the fields that other tests show: Hang and SlowBody in log_test.go, the rest in discovery_test.go.
var elsewhere = []string{
	"Hang", "SlowBody", "Metadata", "MetadataAt", "MetadataIssuer", "MetadataMembers", "NoRegistrationEndpoint",
	"WebFinger", "WebFingerLinks", "WebFingerSubject", "WebFingerHref",
	// In groups_test.go and calls_test.go, the fields within each.
	"Times", "Registration", "Reading", "Updating", "Deletion", "Credentials", "TokenEndpoint", "AuthorizationEndpoint", "Discovery", "Front",
}

func TestFaults(t *testing.T) {
	for name, test := range faultTests {
		t.Run(name, func(t *testing.T) {
			if !test.shown(t, test.faults) {
				t.Error("the fault does not show")
			}
			if test.shown(t, Faults{}) {
				t.Error("it shows without the fault, too")
			}
		})
	}
}

func TestEveryFaultIsShown(t *testing.T) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Faults]()) {
		test, here := faultTests[field.Name]
		if here == slices.Contains(elsewhere, field.Name) {
			t.Errorf("%s is shown by no test, or named twice", field.Name)
		}
		if here && reflect.ValueOf(test.faults).FieldByIndex(field.Index).IsZero() {
			t.Errorf("%s: its test does not set it", field.Name)
		}
	}
	if got := reflect.TypeFor[Faults]().NumField(); got != len(faultTests)+len(elsewhere) {
		t.Errorf("%d fields, %d tests", got, len(faultTests)+len(elsewhere))
	}
}

// omits shows that a member is missing in the answers of some operations and in no others.
func omits(member string, operations ...Operation) func(*testing.T, Faults) bool {
	return func(t *testing.T, f Faults) bool {
		l := live(t, f)
		for op, r := range map[Operation]reply{OpRegister: l.registered, OpRead: l.read, OpUpdate: l.updated} {
			if _, found := r.doc[member]; r.err != nil || r.doc == nil || found == slices.Contains(operations, op) {
				return false
			}
		}
		return true
	}
}

// shows shows a member's value in every answer.
func shows(member string, want any) func(*testing.T, Faults) bool {
	return func(t *testing.T, f Faults) bool {
		l := live(t, f)
		for _, r := range []reply{l.registered, l.read, l.updated} {
			if got, found := r.doc[member]; !found || !reflect.DeepEqual(got, want) {
				return false
			}
		}
		return true
	}
}

// refusesUpdate shows that an update with the changes is refused.
func refusesUpdate(status int, code string, changes map[string]any) func(*testing.T, Faults) bool {
	return func(t *testing.T, f Faults) bool {
		r, _ := put(t, f, changes)
		return r.status == status && r.code() == code
	}
}

// broken is a read with a wrong token.
func broken(t *testing.T, f Faults) reply {
	p := newPeer(t, &Server{Faults: f})
	p.s.AddClient("a", "", nil)
	return p.send("GET", p.s.RegistrationEndpoint()+"/a", nil, bearer("x"))
}

func authorizeUnknown(t *testing.T, f Faults) reply {
	p := newPeer(t, &Server{Faults: f})
	return p.send(http.MethodGet, p.s.AuthorizationEndpoint()+"?"+authorizeQuery("unknown").Encode(), nil)
}

func authorizeQuery(id string) url.Values {
	return url.Values{
		"client_id": {id}, "redirect_uri": {"https://app.example/cb"}, "response_type": {"code"}, "scope": {"openid"},
		"prompt": {"none"}, "state": {"s1"},
	}
}
