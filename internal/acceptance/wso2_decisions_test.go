// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// What each release says to a refused credential, and the ways to import, by the CLI: on each release both credentials, both
// ways to store secrets, and a tenant and an organization.
func TestWSO2Decisions(t *testing.T) {
	t.Parallel()
	c := crossing(t, func(release wso2.Release, name string, hashed bool) bool {
		chosen := []string{"user of a tenant", "client credentials", "application of an organization"}
		return slices.Contains(wso2.DistinctReleases, release) && slices.Contains(chosen, name) && hashed == (name != "client credentials")
	})
	n, robots := len(c.all), 0
	for _, at := range c.all {
		if at.p.Robot {
			robots++
		}
	}
	c.says(0, fmt.Sprintf("%d added, 0 changed, 0 destroyed", n), "apply", "-auto-approve")
	ids := c.output("ids")
	// Each refusal ends the apply, says which it was, and changes nothing.
	for _, refusal := range []struct {
		what   string
		set    []string
		late   bool
		errors int
		word   string
		said   int // how often at least
	}{
		{"wrong password", []string{"password=guess-4711", "secret=guess-4711"}, false, n, "invalid_client", robots},
		{"missing role", []string{"user=other", "robot=other"}, false, n, ": 403 ", n},
		{"missing permission", []string{"user=joe", "robot=joe"}, false, n, ": 403 ", n},
		{"expired token", nil, true, robots, ": 401 ", robots},
	} {
		t.Run(refusal.what, func(t *testing.T) {
			c := c.in(t)
			c.late(refusal.late)
			args := []string{"apply", "-auto-approve"}
			for _, one := range refusal.set {
				args = append(args, "-var", one)
			}
			said := c.run(1, args...)
			if got := strings.Count(said, "Error:"); got != refusal.errors || strings.Count(said, refusal.word) < refusal.said {
				t.Errorf("%d errors, want %d, and %q in %d:\n%s", got, refusal.errors, refusal.word, refusal.said, said)
			}
			if strings.Contains(said, "guess-4711") {
				t.Error("the password is told")
			}
			c.late(false)
			c.each(func(module string, _ *crossedAt, registered wso2.Client) {
				if registered.ID != ids[module] {
					t.Errorf("%s: another client", module)
				}
			})
		})
	}
	c.run(0, "plan", "-detailed-exitcode")
	c.forget()
	c.imports(ids)
	gone := c.elsewhere(ids)
	// That has deleted the clients behind the back of the first configuration, which registers them anew.
	said := c.says(0, fmt.Sprintf("%d added, 0 changed, 0 destroyed", gone), "apply", "-auto-approve")
	if strings.Count(said, ".shop will be created") != gone {
		t.Errorf("planned is:\n%s", said)
	}
	c.each(func(module string, _ *crossedAt, registered wso2.Client) {
		if registered.ID == ids[module] {
			t.Errorf("%s: the deleted client is back", module)
		}
	})
	c.says(0, fmt.Sprintf("%d destroyed", n), "destroy", "-auto-approve")
}

// in is the crossing for a part of the test.
func (c *crossed) in(t *testing.T) *crossed { return &crossed{t: t, box: c.box, all: c.all} }

func (c *crossed) late(late bool) {
	for _, at := range c.all {
		at.late.Store(late)
	}
}

func exampleAddress(module string) string { return "module." + module + ".oidc_dynamic_client.shop" }

// imports takes the clients out of the state and imports them by blocks written by hand, and then one of each release by the
// command.
func (c *crossed) imports(ids map[string]string) {
	c.t.Helper()
	var blocks strings.Builder
	command := map[wso2.Release]string{}
	forget := []string{"state", "rm"}
	for module, at := range c.all {
		command[at.s.Release] = module
		forget = append(forget, exampleAddress(module))
		fmt.Fprintf(&blocks, "import {\n  to = %s\n  id = %q\n}\n", exampleAddress(module), ids[module])
	}
	c.run(0, forget...)
	c.write("imports.tf", blocks.String())
	c.says(0, fmt.Sprintf("%d imported, 0 added", len(c.all)), "apply", "-auto-approve")
	c.write("imports.tf", "")
	for _, module := range command {
		c.run(0, "state", "rm", exampleAddress(module))
		c.run(0, "import", exampleAddress(module), ids[module])
	}
	c.run(0, "apply", "-auto-approve") // a configuration beside an imported state may name less than the server shows
	c.run(0, "plan", "-detailed-exitcode")
	c.each(func(module string, _ *crossedAt, registered wso2.Client) {
		if registered.ID != ids[module] {
			c.t.Errorf("%s: the import registered another client", module)
		}
	})
}

func (c *crossed) write(name, content string) {
	c.t.Helper()
	if err := c.box.Write(name, content); err != nil {
		c.t.Fatal(err)
	}
}

// elsewhere imports the clients into another configuration, which the CLI writes, and destroys them from there. Applications
// come with an access token that somebody asked for. It counts the clients.
func (c *crossed) elsewhere(ids map[string]string) int {
	c.t.Helper()
	other := &crossed{t: c.t, all: c.all}
	other.box = sandboxes(c.t)(c.t, map[string]string{"ca.pem": string((&wso2.Server{Seed: "is"}).CACertificate())})
	var main strings.Builder
	main.WriteString("variable \"tokens\" {\n  type = map(string)\n}\n")
	for _, module := range slices.Sorted(maps.Keys(c.all)) {
		at := c.all[module]
		credential := fmt.Sprintf("basic_auth = { username = %q, password = \"admin\" }", "admin"+at.p.Suffix())
		if at.p.Robot {
			credential = fmt.Sprintf("initial_access_token = var.tokens[%q]", module)
		}
		fmt.Fprintf(&main, "provider \"oidc\" {\n  alias = %q\n  issuer = %q\n  registration_endpoint = %q\n  management = \"provider_credentials\"\n  ca_certificate_file = \"ca.pem\"\n  %s\n}\n",
			module, at.s.Issuer(at.p.At()), at.s.RegistrationEndpoint(at.p.At()), credential)
		fmt.Fprintf(&main, "import {\n  provider = oidc.%s\n  to = oidc_dynamic_client.%[1]s\n  id = %q\n}\n", module, ids[module])
	}
	other.write("main.tf", main.String())
	other.tokens()
	other.run(0, "init")
	n := len(c.all)
	other.run(0, "plan", "-generate-config-out=generated.tf")
	other.says(0, fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", n), "apply", "-auto-approve")
	other.run(0, "plan", "-detailed-exitcode")
	// The tokens expire. Nothing is forgotten, and new ones go on.
	robots := 0
	for _, at := range c.all {
		at.hours.Add(1)
		if at.p.Robot {
			robots++
		}
	}
	if said := other.run(1, "apply", "-auto-approve"); strings.Count(said, "Error:") != robots || strings.Count(said, ": 401 ") < robots {
		c.t.Errorf("want %d errors:\n%s", robots, said)
	}
	other.tokens()
	other.says(0, fmt.Sprintf("%d destroyed", n), "destroy", "-auto-approve")
	for module, at := range c.all {
		if _, found := at.s.Client(ids[module]); found {
			c.t.Errorf("%s: the imported client was not deleted", module)
		}
	}
	return n
}

// tokens writes new access tokens of the applications into the variables.
func (c *crossed) tokens() {
	c.t.Helper()
	all := map[string]string{}
	for module, at := range c.all {
		if at.p.Robot {
			all[module] = at.token(c.t)
		}
	}
	encoded, err := json.Marshal(map[string]any{"tokens": all})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("terraform.tfvars.json", string(encoded))
}

// token asks for one as a script would.
func (at *crossedAt) token(t *testing.T) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(wso2.Scopes(at.p.At()), " ")}, "client_id": {"robot"}, "client_secret": {"word"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at.s.TokenEndpoint(at.p.At()), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(at.s.CACertificate())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		t.Fatalf("%s: %v", response.Status, err)
	}
	return answer.Token
}
