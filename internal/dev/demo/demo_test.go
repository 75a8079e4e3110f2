// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// pretender is a CLI that registers two clients as the demo's module would, and answers as it was told: the demo's steps
// are tested without a real CLI, which `make demo` brings.
type pretender struct {
	t      *testing.T
	server *fakeop.Server
	do     *http.Client
	drift  string // what a plan after the drift shows, as resource changes
	// What goes wrong.
	registerAtPlan, changeAlways, noDrift, noRepair, losesOwn, keepsClients, keepsState bool
	plans                                                                               int
	drifted                                                                             bool
}

func (p *pretender) run(_ context.Context, args ...string) (tfcli.Result, error) {
	fail := func(code int, said string) (tfcli.Result, error) {
		return tfcli.Result{Code: code, Stdout: said}, fmt.Errorf("exit status %d", code)
	}
	switch args[0] {
	case "plan":
		p.plans++
		if p.plans == 1 {
			p.request("/.well-known/webfinger?resource=https://" + strings.TrimPrefix(p.server.URL(), "https://"))
			p.request("/.well-known/openid-configuration")
			if p.registerAtPlan {
				p.register("Shop")
			}
			return fail(2, "first")
		}
		if p.changeAlways || p.drifted && !p.noDrift {
			return fail(2, "a change")
		}
	case "show":
		changes := "[]"
		if p.drifted {
			changes = p.drift
		}
		return tfcli.Result{Stdout: fmt.Sprintf(`{"planned_values":{"outputs":{"issuer":{"value":%q},"registration_endpoint":{"value":%q}}},"resource_changes":%s}`,
			p.server.Issuer(), p.server.RegistrationEndpoint(), changes)}, nil
	case "apply":
		if len(p.server.Clients()) == 0 {
			p.register("Shop")
			p.register("Shop tool")
			break
		}
		p.drifted = false
		if !p.noRepair {
			id := p.server.Clients()[0].ID
			p.server.SetMember(id, "client_name", "Shop")
			p.server.SetMember(id, "redirect_uris", redirectURIs)
			if p.losesOwn {
				p.server.UnsetMember(id, "logo_uri")
			}
		}
	case "destroy":
		if !p.keepsClients {
			for _, c := range p.server.Clients() {
				p.server.RemoveClient(c.ID)
			}
		}
	case "state":
		if p.keepsState {
			return tfcli.Result{Stdout: shop + "\n"}, nil
		}
	}
	return tfcli.Result{}, nil
}

func (p *pretender) request(path string) {
	p.t.Helper()
	resp, err := p.do.Get(p.server.URL() + path)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
}

var redirectURIs = []string{"https://shop.example.com/callback", "https://shop.example.com/silent"}

func (p *pretender) register(name string) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"client_name": name, "redirect_uris": redirectURIs})
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := p.do.Post(p.server.RegistrationEndpoint(), "application/json", strings.NewReader(string(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		p.t.Fatalf("registration: %s", resp.Status)
	}
}

const goodDrift = `[
	{"address":"module.shop.oidc_dynamic_client.this","mode":"managed","change":{"actions":["update"],
		"before":{"client_name":"Sh0p","scope":"openid","client_secret":"s","redirect_uris":["https://shop.example.com/callback","https://shop.example.com/silent","https://evil.example.net/callback"]},
		"after":{"client_name":"Shop","scope":"openid","redirect_uris":["https://shop.example.com/callback","https://shop.example.com/silent"]},
		"after_unknown":{"client_secret":true,"timeouts":{}}}},
	{"address":"module.tool.oidc_dynamic_client.this","mode":"managed","change":{"actions":["no-op"],"before":{"a":1},"after":{"a":1}}},
	{"address":"data.oidc_discovery.server","mode":"data","change":{"actions":["read"],"after":{"b":1}}}]`

func TestEveryStepFailsOnSomethingElse(t *testing.T) {
	tests := []struct {
		name   string
		change func(*pretender)
		want   string // step that fails; "" for none
	}{
		{name: "all is well"},
		{"a plan registers", func(p *pretender) { p.registerAtPlan = true }, "step 2, WebFinger discovery: a plan sent 1 registrations"},
		{"a plan is never empty", func(p *pretender) { p.changeAlways = true }, "step 4, A second plan: the plan says that there are changes"},
		{"the drift is not seen", func(p *pretender) { p.noDrift = true }, "step 5, A change behind Terraform's back, and the plan: the plan says “no changes”"},
		{"the drift is not shown by parameter", func(p *pretender) {
			p.drift = strings.Replace(goodDrift, `"client_name":"Sh0p"`, `"client_name":"Shop"`, 1)
		}, "step 5"},
		{"the plan changes what nobody touched", func(p *pretender) {
			p.drift = strings.Replace(goodDrift, `"no-op"`, `"delete","create"`, 1)
		}, "step 5"},
		{"the plan hides a parameter", func(p *pretender) {
			p.drift = strings.Replace(goodDrift, `"client_secret":true`, `"contacts":true`, 1)
		}, "step 5"},
		{"the repair does not reach the server", func(p *pretender) { p.noRepair = true }, "step 6, terraform apply again: the server has something else"},
		{"the repair wipes what is the server's own", func(p *pretender) { p.losesOwn = true }, "step 6"},
		{"the state is not empty", func(p *pretender) { p.keepsState = true }, "step 7, terraform destroy: the state still has " + shop},
		{"the server keeps a client", func(p *pretender) { p.keepsClients = true }, "step 8, What is left at the server: the server still has 2 clients"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := &fakeop.Server{}
			server.Start(t)
			p := &pretender{t: t, server: server, do: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, drift: goodDrift}
			if tt.change != nil {
				tt.change(p)
			}
			var out strings.Builder
			d := newDemo(server, &out)
			d.cli = func(ctx context.Context, args ...string) (tfcli.Result, error) {
				p.drifted = p.drifted || len(server.Clients()) > 0 && server.Clients()[0].Metadata["client_name"] == otherName
				return p.run(ctx, args...)
			}
			err := d.steps(t.Context())
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("%v\n%s", err, &out)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("error %v, want %q", err, tt.want)
			case tt.want == "" && strings.Count(out.String(), "\n") != 8:
				t.Errorf("want a line for each of the 8 steps:\n%s", &out)
			case tt.want != "" && !strings.HasSuffix(out.String(), ": FAILED\n"):
				t.Errorf("the last line does not say that its step failed:\n%s", &out)
			}
		})
	}
}

func TestACommandThatFailsEndsTheDemo(t *testing.T) {
	server := &fakeop.Server{}
	server.Start(t)
	for _, verb := range []string{"init", "plan", "show", "apply", "destroy", "state"} {
		p := &pretender{t: t, server: server, do: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, drift: goodDrift}
		d := newDemo(server, &strings.Builder{})
		d.cli = func(ctx context.Context, args ...string) (tfcli.Result, error) {
			if args[0] == verb {
				return tfcli.Result{Code: 1}, errors.New("exit status 1: " + verb)
			}
			p.drifted = p.drifted || len(server.Clients()) > 0 && server.Clients()[0].Metadata["client_name"] == otherName
			return p.run(ctx, args...)
		}
		if err := d.steps(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 1: "+verb) {
			t.Errorf("%s fails: error %v", verb, err)
		}
		for _, c := range server.Clients() {
			server.RemoveClient(c.ID)
		}
	}
}
