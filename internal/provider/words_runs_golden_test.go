// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
)

// refusedRuns are runs that end in errors which no function makes alone: each has to be come by.
var refusedRuns = map[string]func(t *testing.T) *subject{
	"a substitution, at a server without deletions": func(t *testing.T) *subject {
		return appliedAt(t, fakeop.Faults{Substitute: map[string]any{"client_name": "another"}, DeleteStatus: 405}, attrs{"strict": true})
	},
	"a substitution, at a server whose deletions do nothing": func(t *testing.T) *subject {
		return appliedAt(t, fakeop.Faults{Substitute: map[string]any{"client_name": "another"}, DeleteKeepsClient: true, DeleteStatus: 200}, attrs{"strict": true})
	},
	"a substitution, and a deletion of which nothing is seen": func(t *testing.T) *subject {
		return appliedAt(t, fakeop.Faults{Substitute: map[string]any{"client_name": "another"}, DeleteStatus: 202, Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Answer: fakeop.Answer{Status: 500}}}}}, attrs{"strict": true})
	},
	"a substitution, of a client whose address does not name it": func(t *testing.T) *subject {
		faults := fakeop.Faults{Substitute: map[string]any{"client_name": "another"}, Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Answer: fakeop.Answer{Status: 500}}}}}
		s := &fakeop.Server{AdminToken: "admin-token", ClientURI: fakeop.URIEndpoint, Faults: faults}
		r := newSubject(t, s, attrs{"initial_access_token": "admin-token", "management": "provider_credentials"})
		_ = r.TryApply(secured().With(attrs{"client_name": "shop", "strict": true}))
		return r
	},
	"a destroy that looks at the client first, and finds a server away": func(t *testing.T) *subject {
		r := newSubject(t, &fakeop.Server{}, nil)
		r.Apply(secured().With(attrs{"refresh": "never"}))
		r.op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: []fakeop.CallFault{{Answer: fakeop.Answer{Status: 502}}}}})
		_ = r.TryDestroy()
		return r
	},
	"a substitution, in an answer that shows no registration": func(t *testing.T) *subject {
		return appliedAt(t, fakeop.Faults{Substitute: map[string]any{"client_name": "another"}, RegisterStatus: 202}, attrs{"strict": true})
	},
	"a registration whose answer and reads name no client": func(t *testing.T) *subject {
		return appliedAt(t, fakeop.Faults{NoClientID: true}, nil)
	},
	"a registration whose answer names no client, which is not read": func(t *testing.T) *subject {
		r := newSubject(t, &fakeop.Server{Faults: fakeop.Faults{NoClientID: true}}, attrs{"management": "none"})
		_ = r.TryApply(secured().With(attrs{"client_name": "shop"}))
		return r
	},
	"a journal that cannot be written": func(t *testing.T) *subject {
		path := filepath.Join(t.TempDir(), "clients.journal")
		r := newSubject(t, &fakeop.Server{}, attrs{"token_journal": attrs{"path": path}})
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = r.TryApply(secured())
		return r
	},
	"a journal that can be read no more": func(t *testing.T) *subject {
		path := filepath.Join(t.TempDir(), "clients.journal")
		r := newSubject(t, &fakeop.Server{}, attrs{"token_journal": attrs{"path": path}})
		r.Apply(secured())
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		_ = r.TryApply(secured().With(attrs{"client_name": "b"}))
		_ = r.Rig().Another().TryApply(secured())
		return r
	},
	"management by the provider, of a client elsewhere": func(t *testing.T) *subject {
		other := &fakeop.Server{Seed: "other", Management: fakeop.ManagementNoToken}
		other.Start(t)
		r := newSubject(t, &fakeop.Server{AdminToken: "admin-token"}, attrs{"initial_access_token": "admin-token", "management": "provider_credentials"})
		_ = r.TryApply(secured().With(attrs{"issuer": other.Issuer()}))
		return r
	},
	"client_credentials, and an issuer that the resource alone names": func(t *testing.T) *subject {
		s := &fakeop.Server{}
		s.Start(t)
		r := newSubject(t, s, attrs{"registration_endpoint": s.RegistrationEndpoint(), "client_credentials": attrs{"client_id": "a", "client_secret": "b"}})
		_ = r.TryApply(secured().With(attrs{"issuer": s.URL() + "/other", "registration_endpoint": s.RegistrationEndpoint()}))
		return r
	},
	"client_credentials without a token endpoint": func(t *testing.T) *subject {
		s := &fakeop.Server{Faults: fakeop.Faults{MetadataMembers: map[string]any{"token_endpoint": nil}}}
		r := newSubject(t, s, attrs{"client_credentials": attrs{"client_id": "a", "client_secret": "b"}})
		_ = r.TryApply(secured())
		return r
	},
	"client_credentials without metadata": func(t *testing.T) *subject {
		s := &fakeop.Server{}
		s.Start(t)
		r := newSubject(t, s, attrs{"registration_endpoint": s.RegistrationEndpoint(), "client_credentials": attrs{"client_id": "a", "client_secret": "b"}})
		_ = r.TryApply(secured())
		return r
	},
	"an import of an issuer and a client_id": func(t *testing.T) *subject {
		r := newSubject(t, &fakeop.Server{}, nil)
		_ = r.tryImport("https://as.example.com,s6BhdRkqt3")
		return r
	},
	"an import by an address of another origin, with the provider's credentials": func(t *testing.T) *subject {
		r := newSubject(t, &fakeop.Server{AdminToken: "admin-token"}, attrs{"initial_access_token": "admin-token", "management": "provider_credentials"})
		_ = r.tryImport("https://other.example.com/clients/s6BhdRkqt3")
		return r
	},
	"an import by an address of another tenant, with the provider's credentials": func(t *testing.T) *subject {
		s := &fakeop.Server{AdminToken: "admin-token", IssuerPath: "/tenant"}
		r := newSubject(t, s, attrs{"initial_access_token": "admin-token", "management": "provider_credentials"})
		_ = r.tryImport(s.URL() + "/other/clients/s6BhdRkqt3")
		return r
	},
}

// appliedAt is a client whose first apply has failed at a server with the faults.
func appliedAt(t *testing.T, faults fakeop.Faults, more attrs) *subject {
	t.Helper()
	r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
	_ = r.TryApply(secured().With(attrs{"client_name": "shop"}).With(more))
	return r
}

// Such errors, too, can be read through in one file, with all that stands round them.
func TestRefusedRunsReadWell(t *testing.T) {
	var b strings.Builder
	hosts := regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`)
	for _, name := range slices.Sorted(maps.Keys(refusedRuns)) {
		r := refusedRuns[name](t)
		said := r.Said()
		if len(said) == 0 {
			t.Errorf("%s: nothing is said", name)
		}
		for _, d := range said {
			text := fmt.Sprintf("======== %s, %s\n%s\n\n%s\n\n", name, strings.ToLower(d.Severity.String()), d.Summary, d.Detail)
			text = strings.ReplaceAll(text, strings.TrimPrefix(r.op.URL(), "http://"), "as.example.com")
			b.WriteString(regexp.MustCompile(`\S*/clients\.journal`).ReplaceAllString(hosts.ReplaceAllString(text, "other.example.com"), "clients.journal"))
		}
	}
	golden.Holds(t, "testdata/diagnostics_runs.txt", strings.ReplaceAll(b.String(), "http://", "https://"))
}
