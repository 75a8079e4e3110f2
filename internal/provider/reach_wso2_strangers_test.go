// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// eachDistinct runs a test at the super tenant of each release that differs.
func eachDistinct(t *testing.T, test func(t *testing.T, release wso2.Release)) {
	for _, release := range wso2.DistinctReleases {
		t.Run(release.String(), func(t *testing.T) { test(t, release) })
	}
}

// What something in front of the server says in its place, with a page or a document of its own, never removes a client from the
// state or takes its secret, and the next run without it is clean.
func TestReachWSO2AnswersOfAnother(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
	for name, a := range map[string]struct {
		status          int
		mediaType, body string
	}{
		"403, a page":                  {403, "text/html", page},
		"401, a page":                  {401, "text/html", page},
		"404, a page":                  {404, "text/html", page},
		"200, a page":                  {200, "text/html", page},
		"200, an error":                {200, "application/json", `{"code":"404","message":"Not Found","description":"No such client","traceId":"1"}`},
		"200, an OAuth error":          {200, "application/json", `{"error":"invalid_client","error_description":"No such client"}`},
		"200, empty":                   {200, "", ""},
		"200, an empty object":         {200, "application/json", `{}`},
		"200, null":                    {200, "application/json", `null`},
		"200, a list":                  {200, "application/json", `[]`},
		"200, text":                    {200, "text/plain", "OK"},
		"500, a page":                  {500, "text/html", page},
		"404, JSON":                    {404, "application/json", `{"code":"404","message":"Not Found","description":"Requested resource is not found","traceId":"1"}`},
		"401, JSON without challenge":  {401, "application/json", `{"code":"401","message":"Unauthorized"}`},
		"403, JSON of another product": {403, "application/json", `{"fault":{"code":900908,"message":"Resource forbidden"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			eachDistinct(t, func(t *testing.T, release wso2.Release) {
				s := place{}.Start(t, &wso2.Server{Release: release})
				c := start(t, settingsAt(place{}, s).With(attrs{"max_retries": 0})).Another()
				config := shop(release)
				c.Apply(config)
				id, secret := c.Text("client_id"), c.Text("client_secret")
				intact := func(when string) {
					t.Helper()
					if c.State.IsNull() || c.Text("client_id") != id || c.Text("client_secret") != secret {
						t.Fatalf("%s: the client or its secret is no longer in the state", when)
					}
					if stored, found := s.Client(id); !found || stored.Secret != secret || len(s.Clients()) != 2 {
						t.Fatalf("%s: %+v", when, s.Clients())
					}
				}
				s.ForceAnswer(fakeop.OpRead, a.status, a.mediaType, a.body)
				_ = planError(c, config)
				intact("read")
				c.WantEmpty(config)
				changed := config.With(attrs{"client_name": "shop-2"})
				s.ForceAnswer(fakeop.OpUpdate, a.status, a.mediaType, a.body)
				_ = c.TryApply(changed)
				intact("update")
				c.Apply(changed)
				c.WantEmpty(changed)
				s.ForceAnswer(fakeop.OpDelete, a.status, a.mediaType, a.body)
				if err := c.Resource.Destroy(t.Context()); err == nil {
					if _, found := s.Client(id); found {
						t.Fatal("the destroy succeeded, and the client is still there")
					}
					return
				}
				intact("destroy")
				c.Destroy()
				if _, found := s.Client(id); found {
					t.Error("the client is still there")
				}
			})
		})
	}
}

// A registration that something else answers registers nothing, and says so.
func TestReachWSO2RegistrationAnsweredByAnother(t *testing.T) {
	t.Parallel()
	eachDistinct(t, func(t *testing.T, release wso2.Release) {
		s := place{}.Start(t, &wso2.Server{Release: release})
		for _, body := range []string{"", "<html>", `{}`, `{"code":"404","message":"Not Found"}`, `{"error":"access_denied"}`, `{"client_name":"shop-1"}`} {
			c := start(t, settingsAt(place{}, s)).Another()
			s.ForceAnswer(fakeop.OpRegister, 200, "application/json", body)
			if err := c.TryApply(shop(release)); err == nil || !c.State.IsNull() {
				t.Errorf("%q: %v, %s", body, err, c.State)
			}
		}
		c := start(t, settingsAt(place{}, s)).Another()
		c.Apply(shop(release))
		c.WantEmpty(shop(release))
	})
}

// An import where the server shows a hash: it may be all that anyone has, so that it is kept, with a warning. It is never sent, and
// the true secret takes its place once it is shown.
func TestReachWSO2ImportOfAHash(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release, HashSecrets: true})
		pr := start(t, settingsAt(p, s))
		c := pr.Another()
		c.Apply(shop(release))
		id, secret := c.Text("client_id"), c.Text("client_secret")
		s.ForgetSecrets()
		i := imported(t, pr, id)
		contains(t, pr.Warnings(), "Client secret may be a hash or a mask")
		i.Apply(shop(release))
		i.WantEmpty(shop(release))
		i.Apply(shop(release).With(attrs{"client_name": "shop-2"}))
		i.WantEmpty(shop(release).With(attrs{"client_name": "shop-2"}))
		for _, r := range s.Of(fakeop.OpUpdate) {
			if strings.Contains(string(r.Body), "SHA-256") {
				t.Errorf("sent: %s", r.Body)
			}
		}
		s.RememberSecrets()
		if err := i.Refresh(t.Context()); err != nil || i.Text("client_secret") != secret {
			t.Errorf("%v, the true secret is not taken", err)
		}
		i.WantEmpty(shop(release).With(attrs{"client_name": "shop-2"}))
		i.Destroy()
	})
}

// Redirect URIs from none to one, to several with characters that patterns know, in another order, and back.
func TestReachWSO2RedirectURIsComeAndGo(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release).With(attrs{"grant_types": []string{"client_credentials"}, "redirect_uris": nil})
		for _, uris := range [][]string{
			nil, {"https://a.example/cb"}, {"https://a.example/cb", "https://b.example/(x)?y=1&z=$2.*+[3]"}, {"https://b.example/(x)?y=1&z=$2.*+[3]", "https://a.example/cb"},
			{"https://a.example/cb?a=?", "https://a.example/cb?b=??"}, {"https://a.example/cb"},
		} {
			if uris != nil {
				config["redirect_uris"] = uris
			}
			c.Apply(config)
			c.WantEmpty(config)
			if stored, _ := s.Client(c.Text("client_id")); uris != nil && fmt.Sprint(stored.Metadata["redirect_uris"]) != fmt.Sprint(uris) {
				t.Errorf("%v, want %v", stored.Metadata["redirect_uris"], uris)
			}
		}
		if w := c.Rig().Warnings(); strings.Contains(w, "redirect_uris") {
			t.Errorf("%s", w)
		}
	})
}

// The provider is pointed at another tenant of the same host by mistake: no client is forgotten, and none is registered there.
func TestReachWSO2AnotherTenant(t *testing.T) {
	t.Parallel()
	for _, release := range wso2.Releases() {
		for _, pair := range [][2]place{{{Tenant: wso2.Tenant}, {}}, {{}, {Tenant: wso2.Tenant}}, {{Tenant: wso2.Tenant, Robot: true}, {Robot: true}}} {
			t.Run(release.String()+fmt.Sprint(pair), func(t *testing.T) {
				s := pair[0].Start(t, &wso2.Server{Release: release})
				if pair[1].Robot {
					s.AddClient("", "robot-2", "word", wso2.Scopes("")...)
				}
				c := start(t, settingsAt(pair[0], s)).Another()
				c.Apply(shop(release))
				id := c.Text("client_id")
				settings := settingsAt(pair[1], s)
				if pair[1].Robot {
					settings = settings.With(attrs{"client_credentials": attrs{"client_id": "robot-2", "client_secret": "word", "scopes": wso2.Scopes("")}})
				}
				wrong := start(t, settings).Copied(c)
				err := planError(wrong, shop(release))
				if wrong.State.IsNull() || wrong.Text("client_id") != id {
					t.Fatalf("the client is no longer in the state: %v", err)
				}
				err = wrong.Resource.Destroy(t.Context())
				if _, found := s.Client(id); err == nil && found {
					t.Errorf("a destroy at the other tenant succeeded")
				}
				c.WantEmpty(shop(release))
			})
		}
	}
}

// A secret that the console regenerates is taken, where it is shown. The hash of one is no secret, whichever it is of.
func TestReachWSO2RegeneratedSecret(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		for _, hashed := range []bool{false, true} {
			s := p.Start(t, &wso2.Server{Release: release, HashSecrets: hashed})
			c := start(t, settingsAt(p, s)).Another()
			c.Apply(shop(release))
			want := c.Text("client_secret")
			const other = "regenerated-secret-0123456789"
			s.SetSecret(c.Text("client_id"), other)
			s.ForgetSecrets()
			if !hashed {
				want = other
			}
			c.Apply(shop(release))
			c.WantEmpty(shop(release))
			if got := c.Text("client_secret"); got != want {
				t.Errorf("hashed %t: the secret is %q, want %q", hashed, got, want)
			}
			if hashed {
				// Shown once more, it takes the place of the one that holds no longer.
				s.RememberSecrets()
				c.Apply(shop(release))
				if got := c.Text("client_secret"); got != other {
					t.Errorf("the secret is %q, want %q", got, other)
				}
			}
			c.WantEmpty(shop(release))
		}
	})
}

// A deletion that the server carried out and answered with an error is over at the next try.
func TestReachWSO2LostDeletion(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s).With(attrs{"max_retries": 0})).Another()
		c.Apply(shop(release))
		id := c.Text("client_id")
		s.ForceStatus(fakeop.OpDelete, 500)
		wants(t, c.Resource.Destroy(t.Context()), "500")
		s.RemoveClient(id)
		c.Destroy()
	})
}

// A client is deleted behind the back, and another one takes its name: the new registration says how to take that one over.
func TestReachWSO2NameTakenMeanwhile(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		pr := start(t, settingsAt(p, s))
		c := pr.Another()
		c.Apply(shop(release))
		s.RemoveClient(c.Text("client_id"))
		other := pr.Another()
		other.Apply(shop(release))
		if err := c.Refresh(t.Context()); err != nil || !c.State.IsNull() {
			t.Fatalf("%v", err)
		}
		c.Private = nil
		wants(t, c.TryApply(shop(release)), "already exist in the system", "import {", "data.oidc_client.found.registration_client_uri")
	})
}

// The registration endpoint with a slash behind it, the metadata's dead one, and a number as a text.
func TestReachWSO2Slips(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s).With(attrs{"registration_endpoint": s.RegistrationEndpoint(p.At()) + "/"})).Another()
		if err := c.TryApply(shop(release)); err == nil {
			c.WantEmpty(shop(release))
			c.Destroy()
		} else {
			wants(t, err, "registration_endpoint")
		}
		old := strings.Replace(s.RegistrationEndpoint(p.At()), "v1.1", "v1.0", 1)
		wants(t, start(t, settingsAt(p, s).With(attrs{"registration_endpoint": old})).Another().TryApply(shop(release)), "404", "registration_endpoint")
		if release >= wso2.Release70 {
			wrong := shop(release).With(attrs{"extension_metadata": attrs{"ext_user_token_lifetime": "60"}})
			wants(t, start(t, settingsAt(p, s)).Another().TryApply(wrong), "400", "java.lang.Long")
		} else {
			unknown := shop(release).With(attrs{"logo_uri": "https://a.example/l"})
			wants(t, start(t, settingsAt(p, s)).Another().TryApply(unknown), "400", `Unrecognized field "logo_uri"`)
		}
		if n := len(s.Clients()); n != 1 {
			t.Errorf("%d clients", n)
		}
	})
}

// What the server's own members are changed to is drift, and is repaired; taking them out of the configuration leaves them.
func TestReachWSO2DriftOfExtensions(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if release < wso2.Release70 {
			return
		}
		s := p.Start(t, &wso2.Server{Release: release})
		c := start(t, settingsAt(p, s)).Another()
		config := shop(release).With(attrs{"extension_metadata": attrs{"ext_pkce_mandatory": true, "ext_user_token_lifetime": 60, "ext_token_type": "JWT"}})
		c.Apply(config)
		c.WantEmpty(config)
		id := c.Text("client_id")
		s.SetMember(id, "ext_pkce_mandatory", false)
		s.SetMember(id, "ext_user_token_lifetime", 61)
		s.SetMember(id, "ext_token_type", "Default")
		c.Apply(config)
		c.WantEmpty(config)
		stored, _ := s.Client(id)
		if stored.Metadata["ext_pkce_mandatory"] != true || stored.Metadata["ext_user_token_lifetime"] != json.Number("60") || stored.Metadata["ext_token_type"] != "JWT" {
			t.Errorf("%v", stored.Metadata)
		}
		less := shop(release).With(attrs{"extension_metadata": nil})
		c.Apply(less)
		c.WantEmpty(less)
		s.UnsetMember(id, "client_name")
		c.Apply(less)
		c.WantEmpty(less)
	})
}

// A token that ends between the read and the update of one apply is replaced by a new one.
func TestReachWSO2TokenEndsInAnApply(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, release wso2.Release, p place) {
		if !p.Robot {
			return
		}
		s := &wso2.Server{Release: release}
		s.After = func(r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/register/") {
				s.RevokeTokens()
			}
		}
		p.Start(t, s)
		c := start(t, settingsAt(p, s)).Another()
		c.Apply(shop(release))
		changed := shop(release).With(attrs{"client_name": "shop-2"})
		c.Apply(changed)
		c.WantEmpty(changed)
		c.Destroy()
		if n := len(s.Clients()); n != 1 {
			t.Errorf("%d clients", n)
		}
	})
}
