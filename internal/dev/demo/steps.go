// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Addresses of the two clients of examples/complete.
const (
	shop = "module.shop.oidc_dynamic_client.this"
	tool = "module.tool.oidc_dynamic_client.this"
)

// demo is one run.
type demo struct {
	server  *fakeop.Server
	account string // what a person types to say who they are at the server
	cli     func(ctx context.Context, args ...string) (tfcli.Result, error)
	out     io.Writer
	n       int

	clients []fakeop.Client // as registered by the first apply
}

func newDemo(server *fakeop.Server, out io.Writer) *demo {
	d := &demo{server: server, out: out}
	if u, err := url.Parse(server.URL()); err == nil {
		d.account = "joe@" + u.Host
	}
	return d
}

func (d *demo) steps(ctx context.Context) error {
	for _, s := range []struct {
		what string
		do   func(context.Context) (shown string, err error)
	}{
		{"An authorization server without clients", d.start},
		{"WebFinger discovery", d.discover},
		{"terraform apply of examples/complete", d.apply},
		{"A second plan", d.planEmpty},
		{"A change behind Terraform's back, and the plan", d.drift},
		{"terraform apply again", d.repair},
		{"terraform destroy", d.destroy},
		{"What is left at the server", d.nothingLeft},
	} {
		d.n++
		start := time.Now()
		shown, err := s.do(ctx)
		if err != nil {
			d.say("%d. %s: FAILED", d.n, s.what)
			return fmt.Errorf("step %d, %s: %w", d.n, s.what, err)
		}
		d.say("%d. %s: %s (%.1fs)", d.n, s.what, shown, time.Since(start).Seconds())
	}
	return nil
}

func (d *demo) say(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) start(ctx context.Context) (string, error) {
	if _, err := d.cli(ctx, "init", "-no-color"); err != nil {
		return "", err
	}
	if n := len(d.server.Clients()); n != 0 {
		return "", fmt.Errorf("it has %d clients", n)
	}
	return d.server.URL() + ", registration needs an initial access token", nil
}

func (d *demo) discover(ctx context.Context) (string, error) {
	p, err := d.plan(ctx, 2)
	if err != nil {
		return "", err
	}
	var issuer, endpoint string
	if err := errors.Join(p.output("issuer", &issuer), p.output("registration_endpoint", &endpoint)); err != nil {
		return "", err
	}
	if issuer != d.server.Issuer() || endpoint != d.server.RegistrationEndpoint() {
		return "", fmt.Errorf("found issuer %q and endpoint %q, want %q and %q", issuer, endpoint, d.server.Issuer(), d.server.RegistrationEndpoint())
	}
	if d.server.CountOf(fakeop.OpWebFinger) == 0 || d.server.CountOf(fakeop.OpMetadata) == 0 {
		return "", fmt.Errorf("the server was not asked: %v", d.server.Log())
	}
	if n := d.server.CountOf(fakeop.OpRegister); n != 0 {
		return "", fmt.Errorf("a plan sent %d registrations", n)
	}
	return fmt.Sprintf("%s leads to the issuer %s and its registration endpoint %s; the plan registered nothing", d.account, issuer, endpoint), nil
}

func (d *demo) apply(ctx context.Context) (string, error) {
	d.server.ResetLog()
	if _, err := d.cli(ctx, "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return "", err
	}
	d.clients = d.server.Clients()
	names := []string{}
	for _, c := range d.clients {
		names = append(names, fmt.Sprintf("%v", c.Metadata["client_name"]))
	}
	slices.Sort(names)
	if want := []string{"Shop", "Shop tool"}; !slices.Equal(names, want) {
		return "", fmt.Errorf("the server has the clients %q, want %q", names, want)
	}
	return fmt.Sprintf("the server has 2 clients, %q and %q, by %d POST and %d GET", names[0], names[1],
		d.server.CountOf(fakeop.OpRegister), d.server.CountOf(fakeop.OpRead)), nil
}

func (d *demo) planEmpty(ctx context.Context) (string, error) {
	d.server.ResetLog()
	if _, err := d.plan(ctx, 0); err != nil {
		return "", err
	}
	if changed := d.server.Of(fakeop.OpRegister, fakeop.OpUpdate, fakeop.OpDelete); len(changed) > 0 {
		return "", fmt.Errorf("a plan changed something: %v", changed)
	}
	return fmt.Sprintf("no changes, after %d GET", d.server.CountOf(fakeop.OpRead)), nil
}

// Values of the change behind Terraform's back. The logo is in no configuration: it is the server's own.
const (
	otherName = "Sh0p"
	otherURI  = "https://evil.example.net/callback"
	ownLogo   = "https://login.example.com/logos/shop.png"
)

func (d *demo) drift(ctx context.Context) (string, error) {
	before, err := d.client("Shop")
	if err != nil {
		return "", err
	}
	uris, _ := before.Metadata["redirect_uris"].([]any)
	d.server.SetMember(before.ID, "client_name", otherName)
	d.server.SetMember(before.ID, "redirect_uris", append(slices.Clone(uris), otherURI))
	d.server.SetMember(before.ID, "logo_uri", ownLogo)

	p, err := d.plan(ctx, 2)
	if err != nil {
		return "", err
	}
	want := []change{
		{Address: shop, Actions: []string{"update"}, Parameters: map[string]values{
			"client_name":   {otherName, "Shop"},
			"redirect_uris": {append(slices.Clone(uris), otherURI), uris},
		}},
	}
	if diff := cmp.Diff(want, p.changes()); diff != "" {
		return "", fmt.Errorf("the plan shows something else (-want +got):\n%s", diff)
	}
	return fmt.Sprintf("client_name %q -> %q, redirect_uris without %s again; logo_uri is not managed and not in it", otherName, "Shop", otherURI), nil
}

func (d *demo) repair(ctx context.Context) (string, error) {
	d.server.ResetLog()
	if _, err := d.cli(ctx, "apply", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return "", err
	}
	puts := d.server.CountOf(fakeop.OpUpdate)
	was := d.clients[slices.IndexFunc(d.clients, func(c fakeop.Client) bool { return c.Metadata["client_name"] == "Shop" })]
	now, ok := d.server.Client(was.ID)
	if !ok {
		return "", fmt.Errorf("client %s is gone", was.ID)
	}
	want := map[string]any{"client_name": was.Metadata["client_name"], "redirect_uris": was.Metadata["redirect_uris"], "logo_uri": ownLogo}
	got := map[string]any{}
	for member := range want {
		got[member] = now.Metadata[member]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return "", fmt.Errorf("the server has something else (-want +got):\n%s", diff)
	}
	if _, err := d.plan(ctx, 0); err != nil {
		return "", err
	}
	return fmt.Sprintf("both values are back by %d PUT, the server's own logo_uri is kept, the next plan is empty", puts), nil
}

func (d *demo) destroy(ctx context.Context) (string, error) {
	d.server.ResetLog()
	if _, err := d.cli(ctx, "destroy", "-auto-approve", "-input=false", "-no-color"); err != nil {
		return "", err
	}
	state, err := d.cli(ctx, "state", "list")
	if err != nil {
		return "", err
	}
	if left := strings.TrimSpace(state.Stdout); left != "" {
		return "", fmt.Errorf("the state still has %s", left)
	}
	return fmt.Sprintf("the state is empty, after %d DELETE", d.server.CountOf(fakeop.OpDelete)), nil
}

// nothingLeft asks the server itself, and once more over the wire with each client's own token.
func (d *demo) nothingLeft(ctx context.Context) (string, error) {
	if left := d.server.Clients(); len(left) > 0 {
		return "", fmt.Errorf("the server still has %d clients, the first is %s", len(left), left[0].ID)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(d.server.CACertificate())
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	for _, c := range d.clients {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URI, nil)
		if err != nil {
			return "", err
		}
		req.Header.Set("Authorization", "Bearer "+c.Token)
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		if err := resp.Body.Close(); err != nil {
			return "", err
		}
		if resp.StatusCode != http.StatusUnauthorized { // RFC 7592 §2.1: the token of a deleted client is not known
			return "", fmt.Errorf("%s answers %d to the token of the deleted client, want 401", c.URI, resp.StatusCode)
		}
	}
	return "no client, and 401 to the registration access tokens of both", nil
}

// client finds a registered client by its name.
func (d *demo) client(name string) (fakeop.Client, error) {
	for _, c := range d.server.Clients() {
		if c.Metadata["client_name"] == name {
			return c, nil
		}
	}
	return fakeop.Client{}, fmt.Errorf("the server has no client called %q", name)
}

// plan makes a plan, holds its exit code against want (0: no changes, 2: changes), and reads it.
func (d *demo) plan(ctx context.Context, want int) (plan, error) {
	const file = "demo.tfplan"
	result, err := d.cli(ctx, "plan", "-detailed-exitcode", "-input=false", "-no-color", "-out="+file)
	switch {
	case result.Code != 0 && result.Code != 2 || err != nil && result.Code == 0:
		return plan{}, err
	case result.Code != want:
		return plan{}, fmt.Errorf("the plan says %s, want %s:\n%s", words(result.Code), words(want), result.Stdout)
	}
	shown, err := d.cli(ctx, "show", "-json", file)
	if err != nil {
		return plan{}, err
	}
	var p plan
	return p, json.Unmarshal([]byte(shown.Stdout), &p)
}

func words(code int) string {
	if code == 0 {
		return "“no changes”"
	}
	return "that there are changes"
}
