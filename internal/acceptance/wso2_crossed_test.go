// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// crossed are servers of their own, one for each release, place and way to store secrets, and one configuration that calls
// the example once for each. One command of the CLI then acts at all of them, which is what makes so many
// releases, wso2.Places, credentials and ways to store secrets affordable: most of a command's time is the CLI's own.
type crossed struct {
	t   *testing.T
	box *tfcli.Sandbox
	all map[string]*crossedAt // by the name of the module
}

// crossedAt is one of the servers.
type crossedAt struct {
	s     *wso2.Server
	p     wso2.Place
	hours atomic.Int64 // on the server's clock
	late  atomic.Bool  // access tokens have expired when they arrive
}

// crossing starts the servers that wanted names, and writes the configuration.
func crossing(t *testing.T, wanted func(release wso2.Release, name string, hashed bool) bool) *crossed {
	t.Helper()
	sandbox := sandboxes(t)
	c := &crossed{t: t, all: map[string]*crossedAt{}}
	var main strings.Builder
	main.WriteString("variable \"client_name\" {\n  default = \"shop\"\n}\n")
	for name, value := range map[string]string{"user": "admin", "password": "admin", "robot": "robot", "secret": "word"} {
		fmt.Fprintf(&main, "variable %q {\n  default = %q\n}\n", name, value)
	}
	var secrets, ids []string
	for _, release := range wso2.Releases() {
		for name, p := range wso2.Places {
			for _, hashed := range []bool{false, true} {
				if p.Organization != "" && release < wso2.Release70 || !wanted(release, name, hashed) {
					continue
				}
				module := strings.NewReplacer(".", "_", " ", "_").Replace(fmt.Sprintf("at %s %s %t", release, name, hashed))
				at := startCrossed(t, release, p, hashed)
				c.all[module] = at
				fmt.Fprintf(&main, "module %q {\n  source = \"./example\"\n  client_name = var.client_name\n%s}\n", module, at.arguments())
				secrets = append(secrets, fmt.Sprintf("    %s = module.%[1]s.client_secret\n", module))
				ids = append(ids, fmt.Sprintf("    %s = module.%[1]s.client_id\n", module))
			}
		}
	}
	fmt.Fprintf(&main, "output \"secrets\" {\n  sensitive = true\n  value = {\n%s  }\n}\noutput \"ids\" {\n  value = {\n%s  }\n}\n", strings.Join(secrets, ""), strings.Join(ids, ""))
	c.box = sandbox(t, map[string]string{"main.tf": main.String(), "ca.pem": string((&wso2.Server{Seed: "is"}).CACertificate())})
	if err := c.box.CopyDir(filepath.Join("..", "..", "examples", "wso2"), "example"); err != nil {
		t.Fatal(err)
	}
	run(t, c.box, "init")
	return c
}

// startCrossed starts a server with three kinds of users and applications: who may do all, others who may do all but belong to
// no client of the first, and who may register at most.
func startCrossed(t *testing.T, release wso2.Release, p wso2.Place, hashed bool) *crossedAt {
	t.Helper()
	at := &crossedAt{p: p}
	at.s = p.Start(t, &wso2.Server{
		Release: release, TLS: true, Seed: "is", HashSecrets: hashed, Clock: at.now,
		After:          func(r *http.Request) { at.issued(r) },
		Administrators: map[string]string{"other": "admin"},
		Users:          map[string]string{"joe": "admin"},
		// Asgardeo runs the next release, has no super tenant, and shows another endpoint in its metadata.
		BearerOnly:              release == wso2.ReleaseNext && p.Robot && p.Tenant != "",
		OldRegistrationEndpoint: release == wso2.ReleaseNext && p.Robot && p.Tenant != "",
	})
	at.s.AddClient(p.At(), "other", "word", wso2.Scopes(p.At())...)
	at.s.AddClient(p.At(), "joe", "word", wso2.Scopes(p.At())[0])
	return at
}

// now is the server's clock.
func (at *crossedAt) now() time.Time {
	return fakeop.Epoch.Add(time.Duration(at.hours.Load()) * time.Hour)
}

// issued lets an hour go by as soon as an access token is issued, where tokens are to end before they are used.
func (at *crossedAt) issued(r *http.Request) {
	if at.late.Load() && strings.HasSuffix(r.URL.Path, "/oauth2/token") {
		at.hours.Add(1)
	}
}

// arguments are the example's, but for the name.
func (at *crossedAt) arguments() string {
	release := at.s.Release.String()
	switch {
	case at.s.BearerOnly:
		release = "asgardeo"
	case at.s.Release == wso2.ReleaseNext:
		release = wso2.Release73.String() // it has no number yet
	}
	lines := fmt.Sprintf("  server = %q\n  release = %q\n  ca_certificate_file = \"ca.pem\"\n  tenant = %q\n  organization = %q\n",
		at.s.URL(), release, at.p.Tenant, at.p.Organization)
	if at.p.Robot {
		return lines + "  client_id = var.robot\n  client_secret = var.secret\n"
	}
	return lines + fmt.Sprintf("  username = \"${var.user}%s\"\n  password = var.password\n", at.p.Suffix())
}

// run runs a command and wants an exit code.
func (c *crossed) run(code int, args ...string) string {
	c.t.Helper()
	said, err := c.box.Run(c.t.Context(), append(args, "-no-color")...)
	if said.Code != code {
		c.t.Fatalf("%v ends with %d, want %d: %v\n%s%s", args, said.Code, code, err, said.Stdout, said.Stderr)
	}
	return said.Stdout + said.Stderr
}

// says runs a command that wants an exit code and a text.
func (c *crossed) says(code int, text string, args ...string) string {
	c.t.Helper()
	said := c.run(code, args...)
	contains(c.t, said, text)
	return said
}

// each calls with the one client that each server has beside the three applications that the test made.
func (c *crossed) each(do func(module string, at *crossedAt, registered wso2.Client)) {
	c.t.Helper()
	for _, module := range slices.Sorted(maps.Keys(c.all)) {
		at := c.all[module]
		all := at.s.Clients()
		if len(all) != 4 {
			c.t.Fatalf("%s: registered: %+v", module, all)
		}
		do(module, at, all[3])
	}
}

// where is a place as the server names it.
func where(p wso2.Place) string {
	if p.At() == "" {
		return wso2.SuperTenant
	}
	return p.At()
}

// output is a map of outputs by the name of the module.
func (c *crossed) output(name string) (out map[string]string) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.run(0, "output", "-json", name)), &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// Each step of a client's life on each release, at each place, by each credential. How secrets are stored does not depend on the place: they are stored as
// they are and as hashes by turns, so that each release and each place meets both, and at the place that most have, both on each release. On the three
// releases that differ from their neighbours in little, each credential once.
func TestWSO2Crossed(t *testing.T) {
	t.Parallel()
	places := slices.Sorted(maps.Keys(wso2.Places))
	c := crossing(t, func(release wso2.Release, name string, hashed bool) bool {
		distinct := slices.Index(wso2.DistinctReleases, release)
		if distinct < 0 {
			return name == "user" && !hashed || name == "client credentials" && hashed
		}
		return name == "user" || (distinct+slices.Index(places, name))%2 == 0 == hashed
	})
	n := len(c.all)
	c.says(0, fmt.Sprintf("%d added, 0 changed, 0 destroyed", n), "apply", "-auto-approve")
	was := c.output("secrets")
	c.forget()
	c.run(0, "plan", "-detailed-exitcode")
	c.says(0, fmt.Sprintf("0 added, %d changed, 0 destroyed", n), "apply", "-auto-approve", "-var", "client_name=shop-2")
	c.registered(was)
	c.forget()
	c.run(0, "plan", "-detailed-exitcode", "-var", "client_name=shop-2")
	// Drift is in the plan, and an apply repairs it.
	c.each(func(_ string, at *crossedAt, registered wso2.Client) {
		at.s.SetMember(registered.ID, "client_name", "renamed")
	})
	said := c.says(0, fmt.Sprintf("0 added, %d changed, 0 destroyed", n), "apply", "-auto-approve", "-var", "client_name=shop-2")
	if found := strings.Count(said, `"renamed" -> "shop-2"`); found != n {
		t.Errorf("drift is planned %d times, want %d", found, n)
	}
	c.registered(was)
	c.says(0, fmt.Sprintf("%d destroyed", n), "destroy", "-auto-approve")
	for module, at := range c.all {
		if left := at.s.Clients(); len(left) != 3 {
			t.Errorf("%s: left is %+v", module, left)
		}
	}
}

// forget empties the caches, so that those servers that store hashes show hashes.
func (c *crossed) forget() {
	for _, at := range c.all {
		at.s.ForgetSecrets()
	}
}

// registered holds each client against the configuration and the secrets that the registrations gave.
func (c *crossed) registered(secrets map[string]string) {
	c.t.Helper()
	now, ids := c.output("secrets"), c.output("ids")
	c.each(func(module string, at *crossedAt, registered wso2.Client) {
		if registered.Secret != secrets[module] || now[module] != secrets[module] || registered.ID != ids[module] {
			c.t.Errorf("%s: the state has another secret or identifier", module)
		}
		want := map[string]any{"client_name": "shop-2", "grant_types": []any{"authorization_code", "refresh_token"},
			"redirect_uris": []any{"https://shop.example.com/callback", "https://shop.example.com/silent"}}
		if at.s.Release >= wso2.Release70 {
			want["ext_pkce_mandatory"] = true
			want["ext_application_token_lifetime"] = json.Number("1800")
		}
		for member, value := range want {
			if diff := cmp.Diff(value, registered.Metadata[member]); diff != "" {
				c.t.Errorf("%s: %s (-want +registered):\n%s", module, member, diff)
			}
		}
		if registered.Place != where(at.p) {
			c.t.Errorf("%s: registered in %s", module, registered.Place)
		}
	})
}
