// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// twoServers is a life of one resource between two servers.
type twoServers struct {
	t       *rapid.T
	servers []*ownServer
	rig     *tftest.Rig
	client  *tftest.Instance
	journal string
	ours    *ownServer // the provider's
	config  attrs
	// beside: the issuer of one server may stand beside the registration endpoint of the other one, which the name of a client and an endpoint's origin tell apart.
	beside bool
}

// No credential comes to another server than the one that issued it or that it is configured for, whatever the configurations of the provider and of the resource name one
// after the other, and wherever the servers lead. What is excused stands in held.excused, each with its reason.
func TestCredentialsStayWithTheirServer(t *testing.T) {
	t.Parallel()
	journals, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w := newTwoServers(t)
		w.journal = filepath.Join(journals, fmt.Sprint(n))
		for range rapid.IntRange(2, 6).Draw(t, "steps") {
			w.step()
			if found := leaks(w.servers); len(found) > 0 {
				for _, s := range w.servers {
					t.Logf("%s got %q", s.name, s.op.Log())
				}
				t.Fatalf("%s", found[0])
			}
		}
		w.rig.Stop()
	})
}

func newTwoServers(t *rapid.T) *twoServers {
	a, b := &ownServer{name: "a", named: map[string]bool{}}, &ownServer{name: "b", named: map[string]bool{}}
	w := &twoServers{t: t, servers: []*ownServer{a, b}}
	kinds := []string{"", "iat", "iat", "basic", "grant"}
	if rapid.IntRange(0, 3).Draw(t, "origins") == 0 {
		a.path, b.path = "/a", "/b"
		a.op = &fakeop.Server{IssuerPath: a.path, Tenants: []string{b.path}}
		b.op, kinds = a.op, kinds[:3]
	} else {
		a.op, b.op = &fakeop.Server{Seed: "a"}, &fakeop.Server{Seed: "b"}
	}
	management := rapid.SampledFrom([]fakeop.Management{fakeop.ManagementFull, fakeop.ManagementFull, fakeop.ManagementByCredential, fakeop.ManagementOff})
	sameIDs := rapid.Bool().Draw(t, "the same client_ids")
	for _, s := range w.servers {
		s.credential = rapid.SampledFrom(kinds).Draw(t, "credential of "+s.name)
		op, iat := s.op, "configured-iat-"+s.name
		op.RegistrationCredentialManages = true
		if op.Management = management.Draw(t, "management of "+s.name); sameIDs && a.op != b.op {
			op.ClientID = func(n int) string { return fmt.Sprintf("client-%d", n) }
		}
		switch s.credential {
		case "iat":
			if op.InitialAccessTokens == nil {
				op.InitialAccessTokens = map[string]int{}
			}
			op.InitialAccessTokens[iat] = 0
		case "basic":
			op.BasicUser, op.BasicPassword, op.AdminToken = "user-"+s.name, "configured-password-"+s.name, iat
		case "grant":
			op.RegistrationScope, op.AdminToken = "register", iat
		}
	}
	for i, s := range w.servers {
		if i == 0 || s.op != a.op {
			s.op.Start(t)
		}
		if s.credential == "grant" {
			s.op.AddClient("robot", "configured-secret-"+s.name, map[string]any{"grant_types": []any{"client_credentials"}, "scope": "register"})
		}
	}
	w.rig = newRig(t, a.op)
	w.client = w.rig.Instance(theClient)
	w.ours, w.config = a, app
	w.beside = a.op != b.op && !sameIDs && rapid.Bool().Draw(t, "an issuer beside another server's endpoint")
	return w
}

func (w *twoServers) draw(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(w.t, label)
}

func (w *twoServers) server(label string) *ownServer {
	return w.servers[rapid.IntRange(0, 1).Draw(w.t, label)]
}

func (w *twoServers) other(s *ownServer) *ownServer {
	if s == w.servers[0] {
		return w.servers[1]
	}
	return w.servers[0]
}

// settings draws the provider's configuration.
func (w *twoServers) settings() attrs {
	s := w.server("the provider's")
	w.ours = s
	out := attrs{"max_retries": 0}
	named := w.draw("by", "issuer", "issuer", "issuer", "registration_endpoint", "webfinger_resource")
	switch {
	case named == "registration_endpoint":
		out[named] = s.endpoint()
	case named == "webfinger_resource" && s.path == "":
		out[named] = s.op.URL()
	default:
		out["issuer"] = s.issuer()
	}
	if rapid.IntRange(0, 3).Draw(w.t, "own credentials") > 0 {
		switch s.credential {
		case "iat":
			out["initial_access_token"] = "configured-iat-" + s.name
		case "basic":
			out["basic_auth"] = attrs{"username": "user-" + s.name, "password": "configured-password-" + s.name}
		case "grant":
			grant := attrs{"client_id": "robot", "client_secret": "configured-secret-" + s.name, "scopes": []string{"register"}}
			if out["issuer"] == nil {
				grant["token_endpoint"] = s.issuer() + "/token"
			}
			out["client_credentials"] = grant
		}
	}
	if rapid.Bool().Draw(w.t, "an API key") {
		out["headers"] = attrs{"X-Key": "configured-key-" + s.name}
	}
	w.sometimes(out, "management", "auto", "registration_access_token", "provider_credentials", "provider_credentials", "none")
	w.templates(out, s)
	w.sometimes(out, "refresh", "auto", "always", "never")
	w.sometimes(out, "on_missing", "keep", "recreate", "error")
	if rapid.Bool().Draw(w.t, "journal") {
		out["token_journal"] = attrs{"path": w.journal}
	}
	tokens := attrs{}
	for _, of := range w.servers {
		for _, c := range of.clients() {
			switch by := w.draw("token of "+c.ID, "", "", "address", "name"); {
			case by == "address":
				tokens[c.URI] = c.Token
			case by == "name" && of == s: // by client_id, one is for the provider's server
				tokens[c.ID] = c.Token
			}
		}
	}
	if len(tokens) > 0 {
		out["registration_access_tokens"] = tokens
	}
	return out
}

// clients are those of one server that have a token.
func (s *ownServer) clients() (all []fakeop.Client) {
	for _, c := range s.op.Clients() {
		if c.Token != "" && (s.path == "" || len(c.URI) > len(s.issuer()) && c.URI[:len(s.issuer())] == s.issuer()) {
			all = append(all, c)
		}
	}
	return all
}

// templates sometimes sets the template of a server's clients.
func (w *twoServers) templates(in attrs, of *ownServer) {
	w.sometimes(in, "client_configuration_uri_template", "{registration_endpoint}/{client_id}", of.endpoint()+"/{client_id}")
}

// sometimes sets an attribute, one time of two.
func (w *twoServers) sometimes(in attrs, name string, values ...any) {
	if rapid.Bool().Draw(w.t, "with "+name) {
		in[name] = rapid.SampledFrom(values).Draw(w.t, name)
	}
}

// resource draws the resource's configuration.
func (w *twoServers) resource() attrs {
	ways := []string{"", "", "issuer", "registration_endpoint"}
	if w.beside {
		ways = append(ways, "both")
	}
	s, named := w.ours, w.draw("the resource's server by", ways...)
	config := app.With(attrs{"client_name": w.draw("client_name", "App", "App 2")})
	if named == "both" { // the issuer of one server stands beside the endpoint of the other one
		s = w.server("the resource's")
		config["issuer"], config["registration_endpoint"] = w.other(s).issuer(), s.endpoint()
	} else if named != "" {
		s = w.server("the resource's")
		config[named] = map[string]string{"issuer": s.issuer(), "registration_endpoint": s.endpoint()}[named]
	}
	if s.credential != "" && rapid.Bool().Draw(w.t, "a token of the resource's own") {
		config["initial_access_token"] = "configured-iat-" + s.name
	}
	w.templates(config, s)
	w.sometimes(config, "on_missing", "keep", "recreate")
	w.sometimes(config, "token_endpoint_auth_method", "client_secret_basic", "client_secret_post", "none")
	w.sometimes(config, "rotate_secret_when", attrs{"a": "1"}, attrs{"a": "2"})
	return config
}

// step is one command, after something that happens at a server. What comes of it does not matter here.
func (w *twoServers) step() {
	w.happens()
	before := w.ours
	settings := w.settings()
	// An address that is written out on the resource, and a token for registrations, are for the server that they were drawn for.
	named := w.config["issuer"] != nil || w.config["registration_endpoint"] != nil
	if rapid.IntRange(0, 3).Draw(w.t, "another configuration") > 0 || w.ours != before && !named {
		w.config = w.resource()
	}
	if w.rig.Start(settings) != nil {
		return
	}
	command := w.draw("command", "apply", "apply", "apply", "plan", "destroy", "import", "drop", "look")
	w.t.Logf("%s of %v by %v", command, w.config, settings)
	switch command {
	case "apply":
		_ = w.rig.Apply(map[string]attrs{theClient: w.config})
	case "plan":
		_, _ = w.rig.Plan(map[string]attrs{theClient: w.config})
	case "destroy":
		_ = w.rig.Destroy()
	case "drop":
		w.client.Drop()
		_ = w.rig.Apply(map[string]attrs{theClient: w.config})
	case "import":
		if _, c, ok := w.any(); ok {
			w.client.Drop()
			_ = w.client.TryImport(&tfprotov6.ImportResourceStateRequest{ID: w.draw("import by", c.URI, c.ID)})
		}
	case "look":
		if _, c, ok := w.any(); ok {
			look := attrs{w.draw("look by", "registration_client_uri", "client_id"): ""}
			for name := range look {
				look[name] = map[string]string{"registration_client_uri": c.URI, "client_id": c.ID}[name]
			}
			_, _ = w.rig.ReadData("oidc_client", look)
		}
	}
}

// any is a client of one of the servers.
func (w *twoServers) any() (*ownServer, fakeop.Client, bool) {
	of := w.server("a client of")
	all := of.clients()
	if len(all) == 0 {
		return nil, fakeop.Client{}, false
	}
	return of, all[rapid.IntRange(0, len(all)-1).Draw(w.t, "client")], true
}

// happens changes something at a server.
func (w *twoServers) happens() {
	what := w.draw("what happens", "a fault", "a fault", "removed", "token", "secret", "", "")
	if what == "a fault" {
		s, kinds := w.server("at"), misdirections
		if s.path != "" {
			kinds = kinds[:misdirectionsOfTenants]
		}
		s.misdirect(w.draw("fault", kinds...), w.other(s))
		return
	}
	if what == "" {
		return
	}
	of, c, ok := w.any()
	switch {
	case !ok:
	case what == "removed":
		of.op.RemoveClient(c.ID)
	case what == "token":
		of.op.ReissueToken(c.ID)
	case what == "secret":
		of.op.ReissueSecret(c.ID)
	}
}
