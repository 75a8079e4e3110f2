// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestCallFaultsOfEachOperation(t *testing.T) {
	always := Always(Answer{Status: http.StatusTeapot})
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.s.SetFaults(Faults{
		Registration: RegistrationFaults{Calls: always}, Reading: ReadingFaults{Calls: always}, Updating: UpdatingFaults{Calls: always},
		Deletion: DeletionFaults{Calls: always}, TokenEndpoint: TokenEndpointFaults{Calls: always},
		AuthorizationEndpoint: AuthorizationEndpointFaults{Calls: always}, Discovery: DiscoveryFaults{Calls: always},
	})
	for name, r := range map[string]reply{
		"register": p.register(good()), "read": p.send("GET", cl.URI, nil, bearer(cl.Token)), "update": p.send("PUT", cl.URI, nil, bearer(cl.Token)),
		"delete": p.send("DELETE", cl.URI, nil, bearer(cl.Token)), "token": p.form(p.s.TokenEndpoint(), url.Values{}),
		"authorize": p.send("GET", p.s.AuthorizationEndpoint(), nil), "metadata": p.send("GET", p.s.Issuer()+wellKnownOIDC, nil),
	} {
		if r.status != http.StatusTeapot {
			t.Errorf("%s: %d", name, r.status)
		}
		if p.s.Struck(Operation(name)) != 1 {
			t.Errorf("%s: struck %d times", name, p.s.Struck(Operation(name)))
		}
	}
}

// What stands before the server counts the calls of all operations together.
func TestCallFaultsBeforeTheServer(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.s.SetFaults(Faults{Front: []CallFault{{From: 2, Times: 2, Answer: Answer{Status: http.StatusTeapot}}}})
	for i, want := range []int{http.StatusOK, http.StatusTeapot, http.StatusTeapot, http.StatusOK} {
		uri := cl.URI
		if i == 2 {
			uri = p.s.Issuer() + "/nowhere"
		}
		if got := p.send("GET", uri, nil, bearer(cl.Token)).status; got != want {
			t.Errorf("call %d: %d, want %d", i, got, want)
		}
	}
}

func TestCallFaultCounts(t *testing.T) {
	tests := map[string]struct {
		fault CallFault
		want  []int // of five reads, an update after the third
	}{
		"all":          {CallFault{}, []int{500, 500, 500, 500, 500}},
		"the second":   {CallFault{From: 2, Times: 1}, []int{200, 500, 200, 200, 200}},
		"from then on": {CallFault{From: 3}, []int{200, 200, 500, 500, 500}},
		"after":        {CallFault{After: OpUpdate, Times: 1}, []int{200, 200, 200, 500, 200}},
		"matching":     {CallFault{Matches: func(r *http.Request) bool { return r.URL.RawQuery == "n=4" }}, []int{200, 200, 200, 200, 500}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, &Server{})
			cl := p.registered(good())
			test.fault.Answer = InternalError()
			p.s.SetFaults(Faults{Reading: ReadingFaults{Calls: []CallFault{test.fault}}})
			var got []int
			for i := range 5 {
				if i == 3 {
					p.send("PUT", cl.URI, encode(with(cl.ID, good())), bearer(cl.Token))
				}
				uri := cl.URI
				if i == 4 {
					uri += "?n=4"
				}
				got = append(got, p.send("GET", uri, nil, bearer(cl.Token)).status)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestCuts(t *testing.T) {
	for name, test := range map[string]struct {
		answer  Answer
		clients int
		status  int
	}{"before": {Dropped(), 0, 0}, "after": {Lost(), 1, 0}, "within": {Torn(), 1, 201}} {
		p := newPeer(t, &Server{Faults: Faults{Registration: RegistrationFaults{Calls: Always(test.answer)}}})
		r := p.register(good())
		if r.err == nil || len(p.s.Clients()) != test.clients || p.s.Registrations() != test.clients || r.status != test.status {
			t.Errorf("%s: %v, status %d, %d clients", name, r.err, r.status, len(p.s.Clients()))
		}
	}
}

func TestOtherClientAndEdit(t *testing.T) {
	p := newPeer(t, &Server{})
	cl := p.registered(good())
	p.s.Force(OpRead, Answer{OtherClient: true}, Answer{Edit: func(doc map[string]any) { doc["x"] = "y" }})
	other, edited := p.send("GET", cl.URI, nil, bearer(cl.Token)), p.send("GET", cl.URI, nil, bearer(cl.Token))
	if other.doc["client_id"] != "another-client" || other.doc["client_secret"] == cl.Secret || other.doc["registration_access_token"] == cl.Token ||
		other.doc["registration_client_uri"] == cl.URI {
		t.Errorf("another client: %s", other.raw)
	}
	if edited.doc["x"] != "y" || edited.doc["client_id"] != cl.ID {
		t.Errorf("edited: %s", edited.raw)
	}
}

func TestStaleReplica(t *testing.T) {
	stale := Answer{Stale: true}
	p := newPeer(t, &Server{Faults: Faults{RotateTokenOnUpdate: true}})
	first := p.registered(good())
	p.s.Force(OpRead, stale)
	if r := p.send("GET", first.URI, nil, bearer(first.Token)); r.status != 401 {
		t.Errorf("a client that the replica has not seen: %d", r.status)
	}
	if r := p.send("GET", first.URI, nil, bearer(first.Token)); r.status != 200 {
		t.Errorf("the stale answer changed the client: %d", r.status)
	}
	p.send("PUT", first.URI, encode(with(first.ID, good(map[string]any{"client_name": "new"}))), bearer(first.Token))
	now, _ := p.s.Client(first.ID)
	p.s.Force(OpRead, stale, stale)
	if r := p.send("GET", first.URI, nil, bearer(first.Token)); r.status != 200 || r.doc["client_name"] != "app" || r.doc["registration_access_token"] != first.Token {
		t.Errorf("the old token at the replica: %d %s", r.status, r.raw)
	}
	if r := p.send("GET", first.URI, nil, bearer(now.Token)); r.status != 401 {
		t.Errorf("the new token at the replica: %d", r.status)
	}
	p.s.Force(OpUpdate, stale)
	r := p.send("PUT", first.URI, encode(with(first.ID, good(map[string]any{"client_name": "newer"}))), bearer(now.Token))
	if after, _ := p.s.Client(first.ID); after.Metadata["client_name"] != "newer" || r.doc["client_name"] == "newer" {
		t.Errorf("an update by way of the replica: %v, answer %s", after.Metadata["client_name"], r.raw)
	}
	now, _ = p.s.Client(first.ID)
	p.send("DELETE", first.URI, nil, bearer(now.Token))
	p.s.Force(OpRead, stale)
	if r := p.send("GET", first.URI, nil, bearer(now.Token)); r.status != 200 || len(p.s.Clients()) != 0 {
		t.Errorf("a deleted client at the replica: %d", r.status)
	}
}

func TestConnectionsRefused(t *testing.T) {
	p := newPeer(t, &Server{Faults: Faults{Registration: RegistrationFaults{Calls: []CallFault{{Down: true}}}}})
	r := p.register(good())
	if r.status != 201 {
		t.Fatalf("registration: %d %v", r.status, r.err)
	}
	cl := p.s.Clients()[0]
	if r := p.send("GET", cl.URI, nil, bearer(cl.Token)); r.err == nil || p.s.CountOf(OpRead) != 0 {
		t.Errorf("while it is down: %d", r.status)
	}
	if err := p.s.AcceptConnections(); err != nil {
		t.Fatal(err)
	}
	if r := p.send("GET", cl.URI, nil, bearer(cl.Token)); r.status != 200 {
		t.Errorf("when it is back: %d %v", r.status, r.err)
	}
}
