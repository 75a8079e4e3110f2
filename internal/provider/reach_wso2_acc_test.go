// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// The example for WSO2 works as it is on every release, with nothing but its variables set: the whole life of its client by
// the CLI, with empty second plans and the destruction proved at the server.
func TestReachAccWSO2Example(t *testing.T) {
	sandbox := sandboxes(t)
	for _, release := range wso2.Releases() {
		for name, p := range places {
			if p.organization != "" && release < wso2.Release70 {
				continue // no organizations there
			}
			if slices.Contains([]wso2.Release{wso2.Release60, wso2.Release71, wso2.Release72}, release) && name != "user" {
				continue // the neighbours show the rest
			}
			t.Run(release.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				// With an application as the credential the server also stores secrets as hashes.
				s := p.start(t, &wso2.Server{Release: release, TLS: true, Seed: "is", HashSecrets: p.robot})
				box := sandbox(t, map[string]string{"ca.pem": string(s.CACertificate()), "terraform.tfvars": exampleVariables(s, p)})
				if err := os.Remove(filepath.Join(box.Dir, "versions.tf")); err != nil {
					t.Fatal(err)
				}
				if err := box.CopyDir(filepath.Join("..", "..", "examples", "wso2"), "."); err != nil {
					t.Fatal(err)
				}
				run(t, box, "init")
				run(t, box, "apply", "-auto-approve")
				s.ForgetSecrets()
				run(t, box, "plan", "-detailed-exitcode")
				run(t, box, "apply", "-auto-approve", "-var", "client_name=shop-2")
				run(t, box, "plan", "-detailed-exitcode", "-var", "client_name=shop-2")
				all := s.Clients()
				if len(all) != 2 || all[1].Metadata["client_name"] != "shop-2" {
					t.Fatalf("registered: %+v", all)
				}
				if got := strings.TrimSpace(run(t, box, "output", "-raw", "client_secret").Stdout); got != all[1].Secret {
					t.Error("the state does not have the true secret")
				}
				want := any(nil)
				if release >= wso2.Release70 {
					want = true
				}
				if diff := cmp.Diff(want, sent(t, s, "ext_pkce_mandatory")); diff != "" {
					t.Errorf("ext_pkce_mandatory (-want +sent):\n%s", diff)
				}
				run(t, box, "destroy", "-auto-approve", "-var", "client_name=shop-2")
				if n := len(s.Clients()); n != 1 { // the robot
					t.Errorf("%d clients are left", n)
				}
			})
		}
	}
}

func exampleVariables(s *wso2.Server, p place) string {
	release := s.Release.String()
	if s.Release == wso2.ReleaseNext {
		release = "asgardeo"
	}
	lines := fmt.Sprintf("server = %q\nrelease = %q\nca_certificate_file = \"ca.pem\"\ntenant = %q\norganization = %q\n", s.URL(), release, p.tenant, p.organization)
	if p.robot {
		return lines + "client_id = \"robot\"\nclient_secret = \"word\"\n"
	}
	user := "admin"
	if p.tenant != "" {
		user += "@" + p.tenant
	}
	return lines + fmt.Sprintf("username = %q\npassword = \"admin\"\n", user)
}
