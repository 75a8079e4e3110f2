// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// atWrongAddress has a server answer at one address, which is no client's, in its own way.
func atWrongAddress(f fakeop.Faults, answer fakeop.Answer) fakeop.Faults {
	there := fakeop.CallFault{Matches: func(r *http.Request) bool { return r.URL.RawQuery == "moved" }, Answer: answer}
	for _, calls := range []*[]fakeop.CallFault{&f.Reading.Calls, &f.Updating.Calls, &f.Deletion.Calls} {
		*calls = append([]fakeop.CallFault{there}, *calls...)
	}
	return f
}

// One update names an address at which the client is not, and which answers anything. The client is changed and deleted at its own, whether or not
// there are reads that show it there.
func TestAWrongAddressAnswersAnything(t *testing.T) {
	t.Parallel()
	answers := map[string]fakeop.Answer{"204": {Status: 204}, "200 empty": {Status: 200}, "202": {Status: 202}, "405": {Status: 405}, "429": {Status: 429}, "400": {Status: 400, Body: `{"error":"invalid_client_metadata"}`}, "500": fakeop.InternalError(), "cut": fakeop.Dropped()}
	for name, answer := range fronts {
		answers[name] = answer
	}
	for name, answer := range answers {
		for _, f := range []fakeop.Faults{{}, {ReadStatus: 405}, {RotateTokenOnUpdate: true, ReadStatus: 405}, {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}} {
			for _, last := range []string{"update", "destroy"} {
				t.Run(fmt.Sprintf("%s, reads %v, rotates %v, %s", name, f.ReadStatus == 0, f.RotateTokenOnUpdate, last), func(t *testing.T) {
					t.Parallel()
					op := &fakeop.Server{Faults: f}
					l := begin(t, op, authserver.Settings{})
					works := func(out outcome.Outcome) {
						t.Helper()
						if out.Failed() {
							t.Error(out.Problems)
						}
					}
					works(l.registerAs(web("a")))
					id := l.state.Handle.ClientID
					once := f
					once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_client_uri", l.state.Handle.RegistrationClientURI+"?moved")}}
					op.SetFaults(atWrongAddress(once, answer))
					works(l.update(web("b")))
					for _, to := range []string{"c", "d"} {
						if last == "update" {
							l = l.later(authserver.Settings{})
							works(l.update(web(to)))
							if c, _ := op.Client(id); c.Metadata["client_name"] != to {
								t.Error("the update did not arrive")
							}
						}
					}
					l = l.later(authserver.Settings{})
					out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
					if !out.Gone || len(op.Clients()) > 0 {
						t.Errorf("gone %v, %d clients at the server: %v", out.Gone, len(op.Clients()), out.Problems)
					}
				})
			}
		}
	}
}

// A template gives an address at which the client is not. It costs nothing.
func TestATemplateThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{"500": fakeop.InternalError(), "cut": fakeop.Dropped(), "204": {Status: 204}, "200 page": fakeop.Welcome(), "404": fakeop.NotFoundPage()} {
		for _, status := range []int{0, 405} {
			op := &fakeop.Server{Faults: atWrongAddress(fakeop.Faults{ReadStatus: status}, answer)}
			l := begin(t, op, authserver.Settings{})
			b := authserver.Behaviour{URITemplate: "{registration_endpoint}/{client_id}?moved"}
			l.registerAs(web("a"))
			l = l.later(authserver.Settings{})
			out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), Behaviour: b}, l.save)
			if c, _ := op.Client(l.state.Handle.ClientID); out.Failed() || c.Metadata["client_name"] != "b" {
				t.Errorf("%s, reads %d: the update did not arrive: %v", name, status, out.Problems)
			}
			l = l.later(authserver.Settings{})
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, b, l.save); !out.Gone || len(op.Clients()) > 0 {
				t.Errorf("%s, reads %d: gone %v, %d clients at the server: %v", name, status, out.Gone, len(op.Clients()), out.Problems)
			}
		}
	}
}

// A token that is handed in is refused at the wrong address. That says nothing of it.
func TestATokenHandedInIsRefusedAtAWrongAddress(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Faults: fakeop.Faults{ReadStatus: 405, RotateTokenOnUpdate: true}}
	l := begin(t, op, authserver.Settings{})
	l.registerAs(web("a"))
	id := l.state.Handle.ClientID
	once := fakeop.Faults{ReadStatus: 405, RotateTokenOnUpdate: true}
	once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_client_uri", l.state.Handle.RegistrationClientURI+"?moved")}}
	op.SetFaults(atWrongAddress(once, fakeop.Unauthorized(true)))
	l.update(web("b"))
	l = l.later(authserver.Settings{RegistrationAccessTokens: map[string]secret.String{id: secret.New(op.ReissueToken(id))}})
	l.refresh()
	l = l.later(authserver.Settings{})
	if out := l.update(web("c")); out.Failed() {
		t.Errorf("the token that was handed in is lost: %v", out.Problems)
	}
}

// Updates move the client, there are no reads, and one answer at the address where it is by now goes wrong. Whatever is answered at the one that it
// has left, nothing says that a client is deleted which lives, and the next destroy deletes it.
func TestOneWrongAnswerWhereAClientWasMoved(t *testing.T) {
	t.Parallel()
	left := map[string]fakeop.Answer{"404": fakeop.NotFoundJSON(), "401": fakeop.Unauthorized(true), "404 page": fakeop.NotFoundPage(), "204": {Status: 204}, "405": {Status: 405}, "403": fakeop.Forbidden("", ""), "login": fakeop.LoginPage(), "200 page": fakeop.Welcome()}
	wrong := map[string]fakeop.Answer{"none": {}, "500": fakeop.InternalError(), "lost": fakeop.Lost(), "dropped": fakeop.Dropped(), "502": fakeop.BadGateway(), "401": fakeop.Unauthorized(true), "404": fakeop.NotFoundPage(), "200 page": fakeop.Welcome(), "405": {Status: 405}}
	for was, there := range left {
		for is, here := range wrong {
			t.Run(is+", then "+was, func(t *testing.T) {
				t.Parallel()
				f := fakeop.Faults{ReadStatus: 405}
				op := &fakeop.Server{Faults: f}
				l := begin(t, op, authserver.Settings{})
				l.registerAs(web("a"))
				l.update(web("a2"))
				old := l.state.Handle.RegistrationClientURI
				f.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_client_uri", old+"?moved")}}
				isOld := func(r *http.Request) bool { return r.URL.RawQuery == "" }
				f.Deletion.Calls = []fakeop.CallFault{{Matches: isOld, Answer: there}}
				if is != "none" {
					f.Deletion.Calls = append(f.Deletion.Calls, fakeop.CallFault{Times: 1, Answer: here})
				}
				op.SetFaults(f)
				l.update(web("b"))
				l = l.later(authserver.Settings{})
				gone := false
				for range 4 {
					out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save)
					l = l.later(authserver.Settings{})
					if gone = out.Gone && !out.Has(outcome.DeleteUnsupported); gone {
						break
					}
				}
				if n := len(op.Clients()); gone != (n == 0) {
					t.Errorf("gone %v, %d clients at the server", gone, n)
				}
			})
		}
	}
}

// Where the address to which an update moved the client gives no answer once, and the one before takes the update still, the new one goes on
// waiting: the one before may be gone soon.
func TestAnAddressThatGaveNoAnswerGoesOnWaiting(t *testing.T) {
	t.Parallel()
	f := fakeop.Faults{ReadStatus: 405}
	op := &fakeop.Server{Faults: f}
	l := begin(t, op, authserver.Settings{})
	l.registerAs(web("a"))
	once := f
	once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("registration_client_uri", l.state.Handle.RegistrationClientURI+"?moved")}}
	op.SetFaults(once)
	l.update(web("b"))
	op.SetFaults(atWrongAddress(f, fakeop.InternalError()))
	l = l.later(authserver.Settings{})
	l.update(web("c"))
	isOld := fakeop.CallFault{Matches: func(r *http.Request) bool { return r.URL.RawQuery == "" }, Answer: fakeop.NotFoundPage()}
	f.Updating.Calls, f.Deletion.Calls = []fakeop.CallFault{isOld}, []fakeop.CallFault{isOld}
	op.SetFaults(f)
	l = l.later(authserver.Settings{})
	if out := l.update(web("d")); out.Failed() {
		t.Errorf("the address is not known any more: %s", kinds(out.Problems))
	}
}

// Where one update is sent twice, as for a new secret that did not come, the first may have moved the client: what a read showed before is outdated.
func TestTheSecondOfTwoUpdatesGoesWhereTheFirstMovedTheClient(t *testing.T) {
	t.Parallel()
	f := fakeop.Faults{MoveURIOnUpdate: true, RotateSecretOnUpdate: true, OmitSecretOnRead: true}
	op := &fakeop.Server{Faults: f}
	l := begin(t, op, authserver.Settings{})
	l.registerAs(web("a"))
	l.update(web("b"))
	once := f
	once.Updating.Calls = []fakeop.CallFault{{Times: 1, Answer: shows("client_secret", nil)}}
	op.SetFaults(once)
	l = l.later(authserver.Settings{})
	at := len(op.Requests())
	out := lifecycle.Update(t.Context(), l.server, lifecycle.Change{State: l.state, Asked: web("b"), RenewSecret: true, StoresSecret: true, MayChange: anything}, l.save)
	puts := 0
	for _, r := range op.Requests()[at:] {
		if r.Method != http.MethodPut {
			continue
		}
		if puts++; r.Status != http.StatusOK {
			t.Errorf("%s", r)
		}
	}
	if out.Failed() || puts != 2 || l.state.Handle.ClientSecret.Reveal() != op.CurrentSecret(l.state.Handle.ClientID) {
		t.Errorf("%d updates: %s", puts, kinds(out.Problems))
	}
}
