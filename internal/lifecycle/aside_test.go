// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// issued are the secrets and tokens that a server's answers have shown.
func issued(op *fakeop.Server) (all []string) {
	for _, r := range op.Requests() {
		var doc map[string]any
		if json.Unmarshal(r.Answer, &doc) != nil {
			continue
		}
		for _, member := range []string{"client_secret", "registration_access_token"} {
			if text, _ := doc[member].(string); text != "" {
				all = append(all, text)
			}
		}
	}
	return all
}

// carries is holds, also for what is in the user name and the password of Basic, form-encoded or plain.
func carries(r fakeop.Request, credential string) bool {
	decoded, _ := base64.StdEncoding.DecodeString(r.Credential)
	return holds(r, credential) || holds(r, url.QueryEscape(credential)) || r.AuthScheme == "Basic" && (strings.Contains(string(decoded), credential) || strings.Contains(string(decoded), url.QueryEscape(credential)))
}

// staysFrom fails where another server was sent what this one issued.
func (l *life) staysFrom(other *fakeop.Server) {
	l.t.Helper()
	for _, credential := range append(issued(l.op), l.op.CurrentSecret(l.state.Handle.ClientID)) {
		for _, r := range other.Requests() {
			if credential != "" && carries(r, credential) {
				l.t.Errorf("%s %s of the other server got %s", r.Method, r.Path, credential)
			}
		}
	}
}

// livesBeside are lives of a client whose issuer is another server's, each with what may have its secret asked about.
var livesBeside = map[string]func(l *life, s authserver.Settings, doc metadata.Document){
	"updated": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.later(s).andThen(func(l *life) { l.refresh() }).later(s).andThen(func(l *life) { l.update(renamed(doc, "b")) })
	},
	"refused": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.RevokeToken(l.state.Handle.ClientID)
		l.later(s).andThen(func(l *life) { l.refresh() }).later(s).andThen(func(l *life) { l.update(renamed(doc, "b")) }).later(s).andThen(func(l *life) { l.operate("delete", nil) })
	},
	"gone": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.RemoveClient(l.state.Handle.ClientID)
		l.later(s).andThen(func(l *life) { l.refresh() }).later(s).andThen(func(l *life) { l.operate("delete", nil) })
	},
	"replaced": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.later(s).andThen(func(l *life) { l.replace(renamed(doc, "b"), authserver.Behaviour{}) })
	},
	"replaced where reads are lost": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls = fakeop.Always(fakeop.InternalError()) })
		l.later(s).andThen(func(l *life) { l.replace(renamed(doc, "b"), authserver.Behaviour{}) })
	},
	"its update is lost": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = fakeop.Always(fakeop.Lost()) })
		l.later(s).andThen(func(l *life) { l.update(renamed(doc, "b")) })
		l.op.EditFaults(func(f *fakeop.Faults) { f.Updating.Calls = nil })
		l.later(s).andThen(func(l *life) { l.refresh() }).later(s).andThen(func(l *life) { l.update(renamed(doc, "c")) })
	},
	"imported": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		h := l.state.Handle
		s.RegistrationAccessTokens = map[string]secret.String{h.RegistrationClientURI: h.RegistrationAccessToken}
		l.later(s).andThen(func(l *life) {
			l.state = authserver.State{Place: l.state.Place, Handle: h}
			lifecycle.Read(l.t.Context(), l.server, lifecycle.Refresh{State: l.state, Importing: true}, l.save)
		})
	},
	"a registration in its place is lost": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.Force(fakeop.OpRegister, fakeop.Answer{Status: http.StatusBadGateway})
		l.later(s).andThen(func(l *life) { l.replace(renamed(doc, "b"), authserver.Behaviour{}) }).later(s).andThen(func(l *life) { l.refresh() })
	},
	"updates are answered with nothing": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.registerAs(doc)
		l.op.EditFaults(func(f *fakeop.Faults) {
			f.Updating.Calls = fakeop.Always(fakeop.Answer{Status: http.StatusNoContent, Processed: true})
		})
		l.later(s).andThen(func(l *life) { l.update(renamed(doc, "b")) })
	},
	"the new one is the same": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.SameClient = true })
		l.registerAs(doc)
		now := another(l, s, authserver.State{})
		before := &life{t: l.t, op: l.op, server: now.server, state: l.state}
		if before.state.Handle.ClientSecret.IsEmpty() {
			return
		}
		before.hasWait("client_secret", true)
		l.op.Force(fakeop.OpRead, fakeop.InternalError())
		now.registerAs(doc)
		before.operate("delete", nil)
	},
	"its registration is repeated": func(l *life, s authserver.Settings, doc metadata.Document) {
		l.op.EditFaults(func(f *fakeop.Faults) { f.Registration.Calls = []fakeop.CallFault{{Times: 1, Answer: fakeop.Lost()}} })
		l.registerAs(doc)
		l.later(s).andThen(func(l *life) { l.registerAs(doc) })
	},
}

func (l *life) andThen(do func(*life)) *life { do(l); return l }

func renamed(doc metadata.Document, name string) metadata.Document {
	out := metadata.Document{}
	for member, value := range doc {
		out[member] = value
	}
	out["client_name"] = name
	return out
}

// A configuration names an issuer beside the registration endpoint of another server: the secrets that this one issues are nothing to the issuer's token endpoint,
// whatever there is to find out about them.
func TestASecretIsNotShownToAnIssuerBesideAnotherServersEndpoint(t *testing.T) {
	t.Parallel()
	habits := map[string]fakeop.Faults{
		"plain": {}, "a secret per update": {RotateSecretOnUpdate: true, RotateTokenOnUpdate: true}, "a secret per read": {RotateSecretOnRead: true}, "a hash on reads": {HashedSecretOnRead: true},
		"nothing on reads": {OmitSecretOnRead: true, OmitTokenOnRead: true}, "no updates": {UpdateStatus: 405}, "no reads": {ReadStatus: 405},
	}
	issuers := map[string]fakeop.Faults{
		"its own endpoint": {}, "none": {NoRegistrationEndpoint: true}, "its own, and no authorization endpoint": {MetadataMembers: map[string]any{"authorization_endpoint": nil}},
	}
	for habit, faults := range habits {
		for names, issuer := range issuers {
			for kind, doc := range map[string]metadata.Document{"web": web("a"), "machine": machine("a")} {
				for life, lived := range livesBeside {
					for _, circumstance := range []string{"", "with a journal", "without management"} {
						if habit != "plain" && (circumstance != "" || names != "its own endpoint") {
							continue
						}
						t.Run(fmt.Sprintf("%s, names %s, %s, %s, %s", habit, names, kind, life, circumstance), func(t *testing.T) {
							t.Parallel()
							op, other := &fakeop.Server{Seed: "a", Faults: faults}, &fakeop.Server{Seed: "b", Faults: issuer}
							s := authserver.Settings{}
							switch circumstance {
							case "with a journal":
								s = withJournal(t)
							case "without management":
								op.Management = fakeop.ManagementOff
							}
							op.Start(t)
							other.Start(t)
							s.Issuer, s.RegistrationEndpoint = other.Issuer(), op.RegistrationEndpoint()
							l := start(t, op, s)
							lived(l, s, doc)
							if l.staysFrom(other); len(other.Requests()) == 0 {
								t.Error("the case is not met: the issuer is not asked for its metadata")
							}
						})
					}
				}
			}
		}
	}
}

// What one answer names as the client's address vouches for that origin once it has shown the client there: until then its secret is nothing to the issuer at it.
func TestAnAddressThatShowsNothingVouchesForNoTokenEndpoint(t *testing.T) {
	t.Parallel()
	for kind, doc := range map[string]metadata.Document{"web": web("a"), "machine": machine("a")} {
		for _, life := range []string{"updated", "refused", "gone", "replaced"} {
			t.Run(kind+", "+life, func(t *testing.T) {
				t.Parallel()
				op, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
				op.Start(t)
				other.Start(t)
				op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = other.URL() })
				s := authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
				l := start(t, op, s)
				livesBeside[life](l, s, doc)
				for _, r := range other.Requests() {
					for _, c := range op.Clients() {
						if c.Secret != "" && carries(r, c.Secret) {
							t.Errorf("%s %s of the other server got the secret", r.Method, r.Path)
						}
					}
				}
			})
		}
	}
}

// within is a server whose clients are registered at an address within its network, which its metadata do not name, and are told to be at another one there.
func within(t *testing.T, op *fakeop.Server) authserver.Settings {
	op.Start(t)
	inside := strings.Replace(op.URL(), "127.0.0.1", "localhost", 1)
	op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = inside })
	return authserver.Settings{Issuer: op.Issuer(), RegistrationEndpoint: inside + "/register"}
}

// Where the server is registered at by an address within its network, an endpoint that knows the client by its name tells that it is its own server's: a client that is gone is known to be.
// Where none does, its secret stays from them, and it is not taken as gone.
func TestAServerWithinANetworkIsConfirmedByTheClientsName(t *testing.T) {
	t.Parallel()
	noted := fakeop.TokenEndpointFaults{UnknownDescription: "there is no such client"}
	nobody := fakeop.AuthorizationEndpointFaults{Calls: fakeop.Always(fakeop.Answer{Status: http.StatusForbidden, MediaType: "text/html", Body: "<html>Forbidden</html>"})}
	for name, c := range map[string]struct {
		doc    metadata.Document
		faults fakeop.Faults
		public bool // its address
		told   bool
	}{
		"the authorization endpoint":                          {doc: web("a"), told: true},
		"a page for everybody, and the token endpoint":        {doc: web("a"), faults: fakeop.Faults{AuthorizeIgnoresPrompt: true, TokenEndpoint: noted}, told: true},
		"a firewall before it, and the token endpoint":        {doc: web("a"), faults: fakeop.Faults{AuthorizationEndpoint: nobody, TokenEndpoint: noted}, told: true},
		"the token endpoint, of a machine":                    {doc: machine("a"), faults: fakeop.Faults{TokenEndpoint: noted}, told: true},
		"nothing, of a machine":                               {doc: machine("a")},
		"nothing":                                             {doc: web("a"), faults: fakeop.Faults{AuthorizeIgnoresPrompt: true}},
		"no name, of a machine whose address is the server's": {doc: machine("a"), public: true, told: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{Faults: c.faults}
			s := within(t, op)
			if c.public {
				op.EditFaults(func(f *fakeop.Faults) { f.ClientURIOrigin = "" })
			}
			l := start(t, op, s)
			l.registerAs(c.doc)
			shown := false
			for _, r := range op.Requests() {
				shown = shown || strings.HasSuffix(r.Path, "/token") && carries(r, l.state.Handle.ClientSecret.Reveal())
			}
			if shown != c.told {
				t.Errorf("the secret was shown to the token endpoint: %t", shown)
			}
			l = l.later(s)
			if out := l.refresh(); out.Gone || out.Failed() {
				t.Fatal(kinds(out.Problems))
			}
			l.op.RemoveClient(l.state.Handle.ClientID)
			l = l.later(s)
			if out := l.refresh(); out.Gone != c.told {
				t.Errorf("gone: %t; %s", out.Gone, kinds(out.Problems))
			}
		})
	}
}

// An endpoint that may be another server's is heard where it knows a client whose token is refused, though it is not shown its secret, as of one that is disabled.
func TestAnEndpointThatMayBeAnotherServersIsHeardWhereItKnowsTheClient(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{AuthorizeIgnoresPrompt: true}}
	s := within(t, op)
	l := start(t, op, s)
	l.registerAs(web("a"))
	id := l.state.Handle.ClientID
	op.EditFaults(func(f *fakeop.Faults) { f.AuthorizeIgnoresPrompt = false })
	op.DisableClient(id)
	op.RevokeToken(id)
	l = l.later(s)
	l.refresh()
	refusal, found := l.server.LastRefusal(l.state)
	if !found || !strings.Contains(refusal.Evidence, "so the client exists, and may be disabled") {
		t.Errorf("found %t: %s", found, refusal.Evidence)
	}
	for _, r := range op.Requests() {
		if strings.HasSuffix(r.Path, "/token") && carries(r, l.state.Handle.ClientSecret.Reveal()) {
			t.Error("the secret was shown to the token endpoint")
		}
	}
}

// Two servers that count their clients have one of a name each, with redirect URIs of its own: that the other one knows the name does not make it the client's.
func TestAnotherServersClientOfThatNameIsNoConfirmation(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		pages, first := i%2 == 1, []metadata.Document{web("a"), public("a")}[i/2]
		same := func(n int) string { return fmt.Sprint(n) }
		op := &fakeop.Server{Seed: "a", ClientID: same}
		other := &fakeop.Server{Seed: "b", ClientID: same, Faults: fakeop.Faults{AuthorizeErrorPage: pages, TokenEndpoint: fakeop.TokenEndpointFaults{UnknownDescription: "there is no such client"}}}
		op.Start(t)
		other.Start(t)
		theirs := start(t, other, authserver.Settings{})
		theirs.registerAs(metadata.Document{"client_name": "theirs", "redirect_uris": []any{"https://theirs.example/cb"}})
		s := authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
		l := start(t, op, s)
		l.registerAs(first)
		if l.state.Handle.ClientID != theirs.state.Handle.ClientID {
			t.Fatal("the case is not met")
		}
		other.ResetLog()
		for _, name := range []string{"b", "c"} {
			l = l.later(s).andThen(func(l *life) { l.update(web(name)) })
		}
		if l.state.Handle.ClientSecret.IsEmpty() {
			t.Fatal("the case is not met: it has no secret")
		}
		op.RevokeToken(l.state.Handle.ClientID)
		l.later(s).andThen(func(l *life) { l.refresh() }).staysFrom(other)
	}
}

// One wrong refusal of the secret does not leave a client without a server that can tell of it.
func TestOneRefusalDoesNotEndTheConfirmationOfAServer(t *testing.T) {
	t.Parallel()
	for call := 1; call <= 3; call++ {
		op := &fakeop.Server{}
		s := within(t, op)
		op.EditFaults(func(f *fakeop.Faults) {
			f.TokenEndpoint.Calls = []fakeop.CallFault{{From: call, Times: 1, Answer: fakeop.Answer{Status: http.StatusUnauthorized, Body: `{"error":"invalid_client","error_description":"client authentication failed"}`}}}
		})
		l := start(t, op, s)
		l.registerAs(web("a"))
		if l.state.Record.Home.Aside || !l.state.Record.Home.HasEndpoints() {
			t.Errorf("call %d: not confirmed: %+v", call, l.state.Record.Home)
		}
	}
}

// The question about a client that does not exist goes lost, once or each time: what everybody is answered is not the client's own for that, and its secret is shown to nobody.
func TestALostQuestionBesideConfirmsNoServer(t *testing.T) {
	t.Parallel()
	for from := range 5 { // 0 is each second one
		for kind, doc := range map[string]metadata.Document{"web": web("a"), "machine": machine("a")} {
			for what, lost := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "429": {Status: 429}, "cut": fakeop.Dropped(), "401": fakeop.Unauthorized(true)} {
				for life, lived := range livesBeside {
					t.Run(fmt.Sprintf("%s, %s, call %d, %s", kind, what, from, life), func(t *testing.T) {
						t.Parallel()
						f := fakeop.Faults{TokenChecksGrantFirst: true, MetadataMembers: map[string]any{"authorization_endpoint": nil}}
						f.TokenEndpoint.Calls = []fakeop.CallFault{{From: from, Times: 1, Answer: lost}}
						if asked := new(atomic.Int64); from == 0 {
							f.TokenEndpoint.Calls = []fakeop.CallFault{{Matches: func(*http.Request) bool { return asked.Add(1)%2 == 0 }, Answer: lost}}
						}
						op, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b", Faults: f}
						op.Start(t)
						other.Start(t)
						s := authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
						l := start(t, op, s)
						lived(l, s, doc)
						l.staysFrom(other)
					})
				}
			}
		}
	}
}

// One of two replicas before the authorization endpoint of an issuer answers for itself, which shows its login page to everybody: each second question meets it, and neither order makes
// the page the client's own.
func TestAReplicaWithoutRoutesConfirmsNoServer(t *testing.T) {
	t.Parallel()
	for _, odd := range []int64{0, 1} {
		for _, status := range []int{http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized, http.StatusBadGateway} {
			for _, life := range []string{"updated", "refused", "gone"} {
				t.Run(fmt.Sprintf("%d, %d, %s", odd, status, life), func(t *testing.T) {
					t.Parallel()
					f, asked := fakeop.Faults{AuthorizeIgnoresPrompt: true}, new(atomic.Int64)
					f.AuthorizationEndpoint.Calls = []fakeop.CallFault{{
						Matches: func(*http.Request) bool { return asked.Add(1)%2 == odd },
						Answer:  fakeop.Answer{Status: status, MediaType: "text/html", Body: "<html>No</html>"},
					}}
					op, other := &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b", Faults: f}
					op.Start(t)
					other.Start(t)
					s := authserver.Settings{Issuer: other.Issuer(), RegistrationEndpoint: op.RegistrationEndpoint()}
					l := start(t, op, s)
					livesBeside[life](l, s, web("a"))
					if l.staysFrom(other); asked.Load() == 0 {
						t.Error("the case is not met: the authorization endpoint is not asked")
					}
				})
			}
		}
	}
}
