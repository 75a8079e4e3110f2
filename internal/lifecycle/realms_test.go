// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// A resource that names another realm of the provider's host is at another server, which gets nothing of the provider's.
func TestARealmThatAResourceNames(t *testing.T) {
	const ours = "credential-of-the-realm-that-is-configured"
	for name, settings := range map[string]authserver.Settings{
		"initial access token": {InitialAccessToken: secret.New(ours)},
		"basic":                {HasBasic: true, BasicUser: "admin", BasicPassword: secret.New(ours)},
		"client credentials":   {ClientCredentials: &transport.ClientCredentials{ClientID: "robot", ClientSecret: secret.New(ours), Method: "client_secret_post"}},
	} {
		t.Run(name, func(t *testing.T) {
			for ways, at := range map[string]func(op *fakeop.Server) (authserver.Settings, authserver.Place){
				"issuers": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
					return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{Issuer: op.Issuer() + "/other"}
				},
				"an issuer, then an endpoint": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
					return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{RegistrationEndpoint: op.Issuer() + "/other/register"}
				},
				"an endpoint, then an issuer": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
					return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}, authserver.Place{Issuer: op.Issuer() + "/other"}
				},
				"endpoints": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
					return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}, authserver.Place{RegistrationEndpoint: op.Issuer() + "/other/register"}
				},
			} {
				op := &fakeop.Server{Tenants: []string{"/other"}}
				op.Start(t)
				s := settings
				named, place := at(op)
				s.Issuer, s.RegistrationEndpoint = named.Issuer, named.RegistrationEndpoint
				l := startAs(t, op, s)
				lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Place: place}, l.save)
				sent := 0
				for _, r := range op.Requests() {
					if !strings.HasPrefix(r.Path, "/other") {
						continue
					}
					if sent++; holds(r, ours) || r.Credential != "" && r.Method == http.MethodPost && strings.Contains(r.Path, "register") {
						t.Errorf("%s: %s %s got the provider's credential (%s)", ways, r.Method, r.Path, r.Credential)
					}
				}
				if sent == 0 {
					t.Errorf("%s: nothing was sent to the realm", ways)
				}
			}
		})
	}
}

// The configuration names another server by now, in other words than the record has, and it cannot be found at this moment: what was
// handed in for it does not go to the old one.
func TestHandedInWhileTheNewServerCannotBeFound(t *testing.T) {
	const handedIn = "handed-in-for-the-new-server"
	same := func(int) string { return "1" }
	for name, test := range map[string]struct {
		before func(op *fakeop.Server) authserver.Settings
		after  func(op *fakeop.Server) authserver.Settings
		down   bool
	}{
		"by endpoint, then an issuer that does not answer": {
			func(op *fakeop.Server) authserver.Settings {
				return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}
			},
			func(op *fakeop.Server) authserver.Settings { return authserver.Settings{Issuer: op.Issuer()} }, true},
		"an issuer, then one that is not known yet": {
			func(op *fakeop.Server) authserver.Settings { return authserver.Settings{Issuer: op.Issuer()} },
			func(op *fakeop.Server) authserver.Settings {
				return authserver.Settings{Unknown: map[string]bool{"issuer": true}}
			}, false},
		"an issuer, then a resource that does not answer": {
			func(op *fakeop.Server) authserver.Settings { return authserver.Settings{Issuer: op.Issuer()} },
			func(op *fakeop.Server) authserver.Settings {
				return authserver.Settings{WebFingerResource: op.Issuer() + "/joe"}
			}, true},
	} {
		for _, operation := range []string{"read", "update", "delete"} {
			t.Run(name+", "+operation, func(t *testing.T) {
				op := &fakeop.Server{ClientID: same}
				op.Start(t)
				l := startAs(t, op, test.before(op))
				l.register()
				op.ReissueToken("1")
				other := &fakeop.Server{ClientID: same, Seed: "other"}
				other.Start(t)
				settings := test.after(other)
				settings.RegistrationAccessTokens = map[string]secret.String{"1": secret.New(handedIn)}
				if test.down {
					other.SetFaults(fakeop.Faults{MetadataAt: fakeop.LocationsNone, WebFinger: fakeop.WebFingerOff})
				}
				moved := startAs(t, other, settings)
				moved.state = l.state
				op.ResetLog()
				out := moved.operate(operation, web("b"))
				t.Log(kinds(out.Problems))
				for _, r := range op.Requests() {
					if holds(r, handedIn) {
						t.Errorf("%s %s of the old server got the token that is for the new one", r.Method, r.Path)
					}
				}
				if strings.Contains(fmt.Sprint(moved.state.Record.Unproven.RegistrationAccessToken.Reveal()), handedIn) {
					t.Errorf("the token that is for the new server waits in the old client's state")
				}
			})
		}
	}
}

// startAs is start without an issuer of its own.
func startAs(t *testing.T, op *fakeop.Server, settings authserver.Settings) *life {
	t.Helper()
	l := start(t, op, authserver.Settings{})
	l.server.Close()
	if settings.Management == "" {
		settings.Management = authserver.ManagementAuto
	}
	settings.URITemplate = "{registration_endpoint}/{client_id}"
	settings.Transport = transport.Options{UserAgent: "test", MaxConcurrentRequests: 4, MaxRetries: settings.Transport.MaxRetries}
	clock := testclock.New(l.server.Now)
	server, problem := authserver.NewServer(settings, authserver.Clock{Now: clock.Now, After: clock.After}, nil)
	if problem != nil {
		t.Fatal(problem)
	}
	t.Cleanup(server.Close)
	l.server = server
	return l
}

// WebFinger is there to name a server elsewhere: one that it names for another resource than the provider's is asked without the provider's
// password, and the provider's own with it, whoever asks.
func TestAnIssuerThatWebFingerNames(t *testing.T) {
	const ours = "password-of-the-provider"
	challenge := fakeop.Answer{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {`Basic realm="x"`}}}
	protected := fakeop.Faults{Discovery: fakeop.DiscoveryFaults{Calls: fakeop.Always(challenge)}}
	for name, configured := range map[string]func(op *fakeop.Server) authserver.Settings{
		"issuer": func(op *fakeop.Server) authserver.Settings { return authserver.Settings{Issuer: op.Issuer()} },
		"registration endpoint": func(op *fakeop.Server) authserver.Settings {
			return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}
		},
		"resource": func(op *fakeop.Server) authserver.Settings {
			return authserver.Settings{WebFingerResource: op.Issuer() + "/admin"}
		},
	} {
		for _, own := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, own %v", name, own), func(t *testing.T) {
				op, elsewhere := &fakeop.Server{}, &fakeop.Server{Seed: "other", Faults: protected}
				op.Start(t)
				elsewhere.Start(t)
				s := configured(op)
				s.HasBasic, s.BasicUser, s.BasicPassword = true, "admin", secret.New(ours)
				l := startAs(t, op, s)
				asked := elsewhere
				if own {
					asked = op
					op.SetFaults(protected)
				} else {
					// The provider's own resource is looked up first, so that its issuer is its own server's.
					_, _, _ = l.server.LookUp(t.Context(), "", "")
					op.SetFaults(fakeop.Faults{WebFingerHref: elsewhere.Issuer()})
				}
				_, _, _ = l.server.LookUp(t.Context(), op.Issuer()+"/joe", "")
				shown, sent := false, 0
				for _, r := range asked.Requests() {
					if strings.Contains(r.Path, "openid-configuration") {
						sent++
						shown = shown || r.Header.Get("Authorization") != ""
					}
				}
				if sent == 0 || shown != (own && name != "registration endpoint") {
					t.Errorf("asked %d times, with the provider's password: %v", sent, shown)
				}
			})
		}
	}
}

// A tainted object has no record of its realm. Its deletion is not made with the credential of another realm of the same host, and is with that of
// its own.
func TestATaintedClientOfAnotherRealm(t *testing.T) {
	const ours = "credential-of-the-realm-that-is-configured"
	for _, management := range []string{authserver.ManagementProvider, authserver.ManagementAuto} {
		for _, realm := range []string{"/other", ""} {
			t.Run(management+", "+realm, func(t *testing.T) {
				op := &fakeop.Server{Tenants: []string{"/other"}, RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"first": 100, ours: 100}}
				if management == authserver.ManagementAuto {
					op.Management = fakeop.ManagementOff
				}
				l := begin(t, op, authserver.Settings{InitialAccessToken: secret.New("first"), Management: management})
				l.registerAs(web("a"))
				l.state.Record = reconcile.Record{}
				moved := start(t, op, authserver.Settings{InitialAccessToken: secret.New(ours), Management: management, Issuer: op.Issuer() + realm})
				moved.state = l.state
				op.ResetLog()
				out := moved.operate("delete", nil)
				for _, r := range op.Requests() {
					if realm != "" && r.Credential == ours && !strings.HasPrefix(r.Path, realm) {
						t.Errorf("%s %s got the credential of the other realm", r.Method, r.Path)
					}
				}
				if management == authserver.ManagementProvider && (len(op.Clients()) == 0) != (realm == "") {
					t.Errorf("%d clients are left: %s", len(op.Clients()), kinds(out.Problems))
				}
			})
		}
	}
}

// A resource that names the provider's own server gets the provider's credentials, in whichever words, and wherever its registration endpoint is.
func TestTheProvidersOwnServerInOtherWords(t *testing.T) {
	for name, at := range map[string]func(op *fakeop.Server) (authserver.Settings, authserver.Place){
		"the issuer": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
			return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{Issuer: op.Issuer()}
		},
		"the issuer, with a slash": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
			return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{Issuer: strings.TrimSuffix(op.Issuer(), "/")}
		},
		"its endpoint": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
			return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{RegistrationEndpoint: op.RegistrationEndpoint()}
		},
		"both": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
			return authserver.Settings{Issuer: op.Issuer()}, authserver.Place{Issuer: op.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
		},
		"an endpoint, then the issuer": func(op *fakeop.Server) (authserver.Settings, authserver.Place) {
			return authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint()}, authserver.Place{Issuer: op.Issuer()}
		},
	} {
		op := &fakeop.Server{InitialAccessTokens: map[string]int{"ours": 0}}
		op.Start(t)
		s, place := at(op)
		s.InitialAccessToken = secret.New("ours")
		l := startAs(t, op, s)
		if out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Place: place}, l.save); out.Failed() {
			t.Errorf("%s: %s", name, kinds(out.Problems))
		}
	}
}

// The same where the metadata name a registration endpoint at another origin.
func TestTheProvidersOwnIssuerWhoseEndpointIsElsewhere(t *testing.T) {
	op := &fakeop.Server{InitialAccessTokens: map[string]int{"ours": 0}}
	op.Start(t)
	var front *httptest.Server
	front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/.well-known/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"registration_endpoint":%q,"token_endpoint":%q,"authorization_endpoint":%q,"jwks_uri":%q,"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}`,
			front.URL, op.RegistrationEndpoint(), op.URL()+"/token", op.URL()+"/authorize", op.URL()+"/jwks")
	}))
	t.Cleanup(front.Close)
	l := startAs(t, op, authserver.Settings{Issuer: front.URL, InitialAccessToken: secret.New("ours")})
	for _, place := range []authserver.Place{{}, {Issuer: front.URL}, {RegistrationEndpoint: op.RegistrationEndpoint()}} {
		if out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Place: place}, l.save); out.Failed() {
			t.Errorf("%+v: %s", place, kinds(out.Problems))
		}
	}
}

// Any metadata may name the provider's registration endpoint: the provider's client secret goes to no token endpoint that only those of another realm
// name, and registrations go on where the user names one, or where the provider's endpoint lies below the issuer.
func TestARealmWhoseMetadataNameTheProvidersEndpoint(t *testing.T) {
	const ours = "secret-of-the-provider"
	for name, test := range map[string]struct {
		issuer, endpoint string // of the resource
		token            bool   // client_credentials.token_endpoint is set
		works            bool
	}{
		"another realm":                       {issuer: "/other"},
		"another realm, with the endpoint":    {issuer: "/other", endpoint: "/register"},
		"another realm, and a token endpoint": {issuer: "/other", token: true, works: true},
		"the issuer above the endpoint":       {works: true},
	} {
		t.Run(name, func(t *testing.T) {
			op := &fakeop.Server{Tenants: []string{"/other"}, RegistrationScope: "register"}
			op.Start(t)
			op.AddClient("robot", ours, map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register", "token_endpoint_auth_method": "client_secret_post"})
			op.SetFaults(fakeop.Faults{MetadataMembers: map[string]any{"registration_endpoint": op.RegistrationEndpoint()}})
			credentials := &transport.ClientCredentials{ClientID: "robot", ClientSecret: secret.New(ours), Method: "client_secret_post", Scopes: []string{"register"}}
			if test.token {
				credentials.TokenURL = op.Issuer() + "/token"
			}
			l := startAs(t, op, authserver.Settings{RegistrationEndpoint: op.RegistrationEndpoint(), ClientCredentials: credentials})
			place := authserver.Place{Issuer: op.Issuer() + test.issuer}
			if test.endpoint != "" {
				place.RegistrationEndpoint = op.Issuer() + test.endpoint
			}
			out := lifecycle.Register(t.Context(), l.server, lifecycle.Registration{Asked: web("a"), Place: place}, l.save)
			if out.Failed() == test.works {
				t.Errorf("works %v: %s", test.works, kinds(out.Problems))
			}
			for _, r := range op.Requests() {
				if holds(r, ours) && strings.HasPrefix(r.Path, "/other") {
					t.Errorf("%s %s got the provider's client secret", r.Method, r.Path)
				}
			}
		})
	}
}

// Nor do the provider's other credentials go to clients of that realm, once its metadata name the provider's endpoint.
func TestAClientOfARealmWhoseMetadataNameTheProvidersEndpoint(t *testing.T) {
	const ours = "credential-of-the-provider"
	for name, settings := range map[string]authserver.Settings{
		"initial access token": {InitialAccessToken: secret.New(ours)},
		"basic":                {HasBasic: true, BasicUser: "admin", BasicPassword: secret.New(ours)},
	} {
		for _, recorded := range []bool{true, false} {
			for _, operation := range []string{"read", "update", "delete"} {
				t.Run(fmt.Sprint(name, ", recorded ", recorded, ", ", operation), func(t *testing.T) {
					op := &fakeop.Server{Tenants: []string{"/other"}, RegistrationCredentialManages: true}
					op.Start(t)
					l := startAs(t, op, authserver.Settings{Issuer: op.Issuer() + "/other"})
					l.registerAs(web("a"))
					l.state.Place = authserver.Place{Issuer: op.Issuer() + "/other"}
					if !recorded {
						l.state.Record = reconcile.Record{}
					}
					op.SetFaults(fakeop.Faults{MetadataMembers: map[string]any{"registration_endpoint": op.RegistrationEndpoint()}})
					s := settings
					s.RegistrationEndpoint, s.Management = op.RegistrationEndpoint(), authserver.ManagementProvider
					next := startAs(t, op, s)
					next.state = l.state
					op.ResetLog()
					out := next.operate(operation, web("b"))
					for _, r := range op.Requests() {
						// The token endpoint gets the client's own secret.
						if strings.HasPrefix(r.Path, "/other") && (holds(r, ours) || r.Path != "/other/token" && r.Header.Get("Authorization") != "") {
							t.Errorf("%s %s got the provider's credential: %s", r.Method, r.Path, kinds(out.Problems))
						}
					}
				})
			}
		}
	}
}
