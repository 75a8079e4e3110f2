// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// A name that is taken ends in an import: the refusal, and what it says to write, as it is written there, to a clean plan, by the
// CLI on each release. The second name would be a template if it were copied without care.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	sandbox := sandboxes(t)
	var settings, resources, names strings.Builder
	servers := map[string]*wso2.Server{}
	for i, release := range wso2.DistinctReleases {
		module := fmt.Sprintf("at_%d", i)
		s := (wso2.Place{}).Start(t, &wso2.Server{Release: release, NamePattern: ".*"})
		servers[module] = s
		fmt.Fprintf(&settings, "provider \"oidc\" {\n  alias = %q\n  registration_endpoint = %q\n  issuer = %q\n  management = \"provider_credentials\"\n  basic_auth = { username = \"admin\", password = \"admin\" }\n}\n",
			module, s.RegistrationEndpoint(""), s.Issuer(""))
		fmt.Fprintf(&resources, "resource \"oidc_dynamic_client\" %q {\n  provider = oidc.%[1]s\n  client_name = local.names.%[1]s\n  redirect_uris = [\"https://a.example/cb\"]\n}\n", module)
		fmt.Fprintf(&names, "  %s = %q\n", module, fmt.Sprintf(`shop-%d %%%%{ if "a" } $${b}`, i))
	}
	main := settings.String() + resources.String() + "locals {\n  names = {\n" + names.String() + "  }\n}\n"
	first, second := sandbox(t, map[string]string{"main.tf": main}), sandbox(t, map[string]string{"main.tf": main})
	run(t, first, "init")
	run(t, first, "apply", "-auto-approve")

	run(t, second, "init")
	refused, err := second.Run(t.Context(), "apply", "-auto-approve", "-no-color")
	if err == nil {
		t.Fatal("the names were free")
	}
	imports := ""
	for _, said := range strings.Split(refused.Stderr, "Error:")[1:] {
		contains(t, said, "already exist in the system")
		imports += importIn(t, said)
	}
	if n := strings.Count(imports, "import {"); n != len(servers) {
		t.Fatalf("%d imports for %d servers:\n%s", n, len(servers), refused.Stderr)
	}
	if err := second.Write("imports.tf", imports); err != nil {
		t.Fatal(err)
	}
	contains(t, run(t, second, "apply", "-auto-approve").Stdout, fmt.Sprintf("%d imported, 0 added,", len(servers)))
	if err := second.Write("imports.tf", ""); err != nil {
		t.Fatal(err)
	}
	run(t, second, "plan", "-detailed-exitcode")
	for _, s := range servers {
		if n := len(s.Clients()); n != 2 { // the robot
			t.Errorf("%s: %d clients", s.Release, n)
		}
	}
}

var erroneousResource = regexp.MustCompile(`with (oidc_dynamic_client\.(\w+)),`)

// importIn is what an error says to write, with the resource's address and client_name, and with the alias of the provider that it has.
func importIn(t *testing.T, said string) string {
	t.Helper()
	resource := erroneousResource.FindStringSubmatch(said)
	_, block, found := strings.Cut(said, "data \"oidc_client\"")
	if !found || resource == nil {
		t.Fatalf("no import is said in:\n%s", said)
	}
	lines := strings.Split("data \"oidc_client\""+strings.ReplaceAll(block, "│", ""), "\n")
	for i, line := range lines {
		line = strings.NewReplacer("to = ADDRESS", "to = "+resource[1], `"CLIENT_NAME"`, "local.names."+resource[2]).Replace(line)
		if strings.HasPrefix(strings.TrimSpace(line), "data ") {
			line += "\n  provider = oidc." + resource[2]
		}
		lines[i] = strings.ReplaceAll(strings.ReplaceAll(line, `"found"`, `"`+resource[2]+`"`), ".found.", "."+resource[2]+".")
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), "╵", "") + "\n"
}
