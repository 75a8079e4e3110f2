// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// groupTests show the faults of one operation, by the group's and the field's name; the zero value must fail each of them.
var groupTests = map[string]struct {
	faults Faults
	shown  func(t *testing.T, f Faults) bool
}{
	"Times": {Faults{Times: TimesISO}, func(t *testing.T, f Faults) bool {
		iso, ms := live(t, f).registered, live(t, Faults{Times: TimesMilliseconds}).registered
		return iso.doc["client_id_issued_at"] == "2026-01-01T00:00:00Z" && iso.doc["client_secret_expires_at"] == json.Number("0") &&
			ms.doc["client_id_issued_at"] == json.Number("1767225600000")
	}},
	"Registration.Shows": {Faults{Registration: RegistrationFaults{Shows: Shows{Secret: Mask("***"), URI: Relative()}}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		return l.registered.doc["client_secret"] == "***" && l.atRegister.Secret != "***" && l.read.doc["client_secret"] == l.atRead.Secret &&
			l.registered.doc["registration_client_uri"] == "/register/"+l.atRegister.ID && l.read.status == 200
	}},
	"Registration.Off": {Faults{Registration: RegistrationFaults{Off: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{})
		cl := p.registered(good())
		p.s.SetFaults(f)
		token := p.form(p.s.TokenEndpoint(), url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, basic(cl.ID, cl.Secret))
		return p.register(good()).status == 404 && p.send("GET", cl.URI, nil, bearer(cl.Token)).status == 404 &&
			token.code() == "invalid_grant" && len(p.s.Clients()) == 1
	}},
	"Registration.UniqueNames": {Faults{Registration: RegistrationFaults{UniqueNames: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		p.registered(good())
		again, other := p.register(good()), p.register(good(map[string]any{"client_name": "other"}))
		return again.status == 400 && other.status == 201 && p.s.Registrations() == 2
	}},
	"Registration.SameClient": {Faults{Registration: RegistrationFaults{SameClient: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		first := p.registered(good())
		r := p.register(good())
		return r.status == 200 && r.doc["client_id"] == first.ID && r.doc["client_secret"] == first.Secret && p.s.Registrations() == 1
	}},
	"Reading.Shows": {Faults{Reading: ReadingFaults{Shows: Shows{Secret: HashObject("SHA-256"), Token: Hash()}}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		_, isObject := l.read.doc["client_secret"].(map[string]any)
		return isObject && strings.HasPrefix(text(l.read.doc, "registration_access_token"), "{bcrypt}") && l.updated.doc["client_secret"] == l.atUpdate.Secret
	}},
	"Reading.NoClientID": {Faults{Reading: ReadingFaults{NoClientID: true}}, omits("client_id", OpRead)},
	"Updating.Shows": {Faults{Updating: UpdatingFaults{Shows: Shows{Token: Mask("hidden"), URI: DoubledID()}}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		uri := text(l.updated.doc, "registration_client_uri")
		return l.updated.doc["registration_access_token"] == "hidden" && strings.HasSuffix(uri, "/"+l.atRead.ID+"/"+l.atRead.ID) &&
			l.send("GET", uri, nil, bearer(l.atUpdate.Token)).status == 404 && l.deleted.status == 204
	}},
	"Deletion.Soft": {Faults{Deletion: DeletionFaults{Soft: true}}, func(t *testing.T, f Faults) bool {
		l := live(t, f)
		after := l.send("GET", l.atUpdate.URI, nil, bearer(l.atUpdate.Token))
		token := l.form(l.s.TokenEndpoint(), url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, basic(l.atUpdate.ID, l.atUpdate.Secret))
		return l.deleted.status == 204 && after.status == 200 && !l.left && token.code() == "invalid_client"
	}},
	"Credentials.InvalidTokenCode": {Faults{InvalidTokenStatus: 400, Credentials: CredentialFaults{InvalidTokenCode: "access_denied"}}, func(t *testing.T, f Faults) bool {
		r := broken(t, f)
		return r.status == 400 && r.code() == "access_denied"
	}},
	"Credentials.TellsTokenLifetime": {Faults{Credentials: CredentialFaults{TellsTokenLifetime: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f, TokenLifetime: time.Hour})
		n, _ := p.register(good()).doc["registration_access_token_expires_in"].(json.Number)
		return n == "3600"
	}},
	"Credentials.GoodRefusals": {Faults{InvalidTokenStatus: 400, Credentials: CredentialFaults{GoodRefusals: 1}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		p.s.RemoveClient(cl.ID)
		return p.send("GET", cl.URI, nil, bearer(cl.Token)).status == 401 && p.send("GET", cl.URI, nil, bearer(cl.Token)).status == 400
	}},
	"Credentials.RefusalRevokes": {Faults{Credentials: CredentialFaults{RefusalRevokes: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		p.send("GET", cl.URI, nil, bearer("wrong"))
		return p.send("GET", cl.URI, nil, bearer(cl.Token)).status == 401 && len(p.s.Clients()) == 1
	}},
	"Credentials.BeforeRoutes": {Faults{Credentials: CredentialFaults{BeforeRoutes: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		status := func(address string, credential ...string) int {
			var edits []func(*http.Request)
			for _, token := range credential {
				edits = append(edits, bearer(token))
			}
			return p.send("GET", address, nil, edits...).status
		}
		return status(cl.URI, cl.Token) == 200 && status(cl.URI+"/x", cl.Token) == 404 && status(cl.URI+"/x") == 404 &&
			status(cl.URI+"/x", "wrong") == 401 && status(p.s.RegistrationEndpoint(), "wrong") == 401 && status(p.s.Issuer()+"/x", "wrong") == 404
	}},
	"TokenEndpoint.PlainBasic": {Faults{TokenEndpoint: TokenEndpointFaults{PlainBasic: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f, Secret: func(int) string { return "ab+cd/ef==" }})
		cl := p.registered(good())
		form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}
		plain := p.form(p.s.TokenEndpoint(), form, basic(cl.ID, cl.Secret))
		encoded := p.form(p.s.TokenEndpoint(), form, basic(url.QueryEscape(cl.ID), url.QueryEscape(cl.Secret)))
		return plain.code() == "invalid_grant" && encoded.code() == "invalid_client"
	}},
	"TokenEndpoint.IssuerAudience": {Faults{TokenEndpoint: TokenEndpointFaults{IssuerAudience: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		said := asserted(p, "JWT")
		return said(p.s.TokenEndpoint()) == "invalid_client" && said([]string{p.s.Issuer()}) == "invalid_client" && said(p.s.Issuer()) == "invalid_grant"
	}},
	"TokenEndpoint.TypedAssertions": {Faults{TokenEndpoint: TokenEndpointFaults{TypedAssertions: true}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		return asserted(p, "JWT")(p.s.Issuer()) == "invalid_client" && asserted(p, "client-authentication+jwt")(p.s.Issuer()) == "invalid_grant"
	}},
	"TokenEndpoint.Takes": {Faults{TokenEndpoint: TokenEndpointFaults{Takes: "client_secret_post"}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}
		header := p.form(p.s.TokenEndpoint(), form, basic(cl.ID, cl.Secret))
		form.Set("client_id", cl.ID)
		form.Set("client_secret", cl.Secret)
		return header.code() == "invalid_client" && p.form(p.s.TokenEndpoint(), form).code() == "invalid_grant"
	}},
	"TokenEndpoint.RefusalCode":        {Faults{TokenEndpoint: TokenEndpointFaults{RefusalCode: "unauthorized"}}, refusal("error", "unauthorized", "unauthorized")},
	"TokenEndpoint.RefusalDescription": {Faults{TokenEndpoint: TokenEndpointFaults{RefusalDescription: "no"}}, refusal("error_description", "no", "no")},
	"TokenEndpoint.UnknownCode":        {Faults{TokenEndpoint: TokenEndpointFaults{UnknownCode: "unauthorized"}}, refusal("error", "unauthorized", "invalid_client")},
	"TokenEndpoint.UnknownDescription": {Faults{TokenEndpoint: TokenEndpointFaults{UnknownDescription: "nobody"}}, refusal("error_description", "nobody", "client authentication failed")},
	"Discovery.NoRegistrationEndpointIn": {Faults{Discovery: DiscoveryFaults{NoRegistrationEndpointIn: []string{"openid-configuration"}}}, func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		return p.send("GET", p.s.Issuer()+wellKnownOIDC, nil).doc["registration_endpoint"] == nil &&
			p.send("GET", p.s.Issuer()+wellKnownAS, nil).doc["registration_endpoint"] == p.s.RegistrationEndpoint()
	}},
}

// asserted registers a client that authenticates by assertions of a type, and shows what the token endpoint says to one for an audience.
func asserted(p *peer, kind string) func(audience any) string {
	cl := p.registered(good(map[string]any{"token_endpoint_auth_method": "client_secret_jwt"}))
	n := 0
	return func(audience any) string {
		n++
		b64 := base64.RawURLEncoding.EncodeToString
		claims := map[string]any{"iss": cl.ID, "sub": cl.ID, "aud": audience, "exp": Epoch.Unix() + 60, "jti": strconv.Itoa(n)}
		signed := b64(encode(map[string]any{"alg": "HS256", "typ": kind})) + "." + b64(encode(claims))
		mac := hmac.New(sha256.New, []byte(cl.Secret))
		mac.Write([]byte(signed))
		return p.form(p.s.TokenEndpoint(), url.Values{
			"grant_type": {"authorization_code"}, "code": {"x"}, "client_assertion_type": {assertionType}, "client_assertion": {signed + "." + b64(mac.Sum(nil))},
		}).code()
	}
}

// refusal shows a member of the token endpoint's refusal of a client that does not exist, and of one with a wrong secret.
func refusal(member, unknown, wrong string) func(*testing.T, Faults) bool {
	return func(t *testing.T, f Faults) bool {
		p := newPeer(t, &Server{Faults: f})
		cl := p.registered(good())
		form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}
		a, b := p.form(p.s.TokenEndpoint(), form, basic("x", "y")), p.form(p.s.TokenEndpoint(), form, basic(cl.ID, "wrong"))
		return a.status == 401 && b.status == 401 && a.doc[member] == unknown && b.doc[member] == wrong
	}
}

func TestFaultsOfOneOperation(t *testing.T) {
	for name, test := range groupTests {
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

func TestEveryFaultOfOneOperationIsShown(t *testing.T) {
	for group := range reflect.TypeFor[Faults]().Fields() {
		if group.Type.Kind() != reflect.Struct {
			continue
		}
		for field := range group.Type.Fields() {
			// Calls are shown in calls_test.go.
			if _, found := groupTests[group.Name+"."+field.Name]; !found && field.Name != "Calls" {
				t.Errorf("%s.%s is shown by no test", group.Name, field.Name)
			}
		}
	}
}

func TestShowings(t *testing.T) {
	const secret = "s3cret"
	for name, test := range map[string]struct {
		show Showing
		want any
	}{
		"a digest":            {Digest("SHA-256", "hex"), "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0"},
		"in capitals":         {Digest("MD5", "HEX"), "33E1B232A4E6FA0028A6670753749A17"},
		"a prefix":            {Prefix(2, "…"), "s3…"},
		"a suffix":            {Suffix(2, "****"), "****et"},
		"a prefix of a short": {Prefix(90, "…"), "s3cret…"},
	} {
		if got := test.show(secret); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
	if got := AtOrigin("http://internal:8080")("https://op.example/register/a?b=c"); got != "http://internal:8080/register/a?b=c" {
		t.Errorf("at another origin: %v", got)
	}
	one, same, other := Encrypted()(secret), Encrypted()(secret), Encrypted()("x")
	if one != same || one == other || strings.Count(one.(string), ".") != 4 || strings.Contains(one.(string), secret) {
		t.Errorf("encrypted: %v", one)
	}
}

func TestPartialManagement(t *testing.T) {
	for name, f := range PartialManagement() {
		l := live(t, f)
		if l.registered.status != 201 {
			t.Errorf("%s: registration is %d", name, l.registered.status)
		}
		if len(f.Deletion.Calls) > 0 && !l.left || len(f.Deletion.Calls) == 0 && l.left {
			t.Errorf("%s: after the deletion, left is %v", name, l.left)
		}
		for what, pair := range map[string]struct {
			calls []CallFault
			got   reply
		}{"read": {f.Reading.Calls, l.read}, "update": {f.Updating.Calls, l.updated}, "deletion": {f.Deletion.Calls, l.deleted}} {
			if len(pair.calls) > 0 && (pair.got.status != pair.calls[0].Answer.Status || pair.got.raw != pair.calls[0].Answer.Body) {
				t.Errorf("%s: the %s is %d %s", name, what, pair.got.status, pair.got.raw)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		answer Answer
		status int
		header map[string]string
	}{
		"500":               {InternalError(), 500, map[string]string{"Content-Type": "application/json"}},
		"502":               {BadGateway(), 502, map[string]string{"Content-Type": mediaHTML}},
		"503":               {Unavailable(2 * time.Second), 503, map[string]string{"Retry-After": "2"}},
		"429":               {TooMany(time.Minute), 429, map[string]string{"Retry-After": "60"}},
		"404":               {NotFoundPage(), 404, map[string]string{"Content-Type": mediaHTML}},
		"404 as JSON":       {NotFoundJSON(), 404, map[string]string{"Content-Type": "application/json"}},
		"410":               {GonePage(), 410, nil},
		"200":               {Welcome(), 200, map[string]string{"Content-Type": mediaHTML}},
		"401":               {Unauthorized(true), 401, map[string]string{"Www-Authenticate": `Bearer realm="fakeop", error="invalid_token"`}},
		"401, no challenge": {Unauthorized(false), 401, map[string]string{"Www-Authenticate": ""}},
		"403":               {Unsupported(), 403, map[string]string{"Content-Type": "application/json"}},
		"400":               {BadRequest("access_denied"), 400, nil},
		"405":               {NotAllowed("GET"), 405, map[string]string{"Allow": "GET"}},
		"501":               {NotImplemented(), 501, nil},
		"302":               {LoginPage(), 302, map[string]string{"Location": "/login"}},
	} {
		p := newPeer(t, &Server{Faults: Faults{Registration: RegistrationFaults{Calls: Always(test.answer)}}})
		r := p.register(good())
		if r.status != test.status || len(p.s.Clients()) > 0 {
			t.Errorf("%s: %d with %d clients", name, r.status, len(p.s.Clients()))
		}
		for header, want := range test.header {
			if got := r.header.Get(header); got != want {
				t.Errorf("%s: %s is %q", name, header, got)
			}
		}
	}
	p := newPeer(t, &Server{})
	p.s.Force(OpRegister, Answer{Status: http.StatusTeapot})
	if r := p.register(good()); r.status != http.StatusTeapot {
		t.Errorf("a forced answer: %d", r.status)
	}
}
