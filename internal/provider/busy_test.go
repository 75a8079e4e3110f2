// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// A provider whose Terraform was killed waits for the operation that is under way, whichever it is and whoever answers it, the fast path or the framework: what the
// server answers may be the only credential that works.
func TestEachRequestIsPartOfAnOperationUnderWay(t *testing.T) {
	t.Parallel()
	servers := map[string]func(*provider.Provider) tfprotov6.ProviderServer{
		"fast path": func(p *provider.Provider) tfprotov6.ProviderServer { return p.Server() },
		"framework": func(p *provider.Provider) tfprotov6.ProviderServer { return p.ServerWithoutFastPath() },
	}
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var current atomic.Pointer[provider.Provider]
			op := &fakeop.Server{}
			op.Start(t)
			rig := newRigServing(t, func() *testclock.Clock { return testclock.New(atEpoch) }, func(p *provider.Provider) tfprotov6.ProviderServer {
				current.Store(p)
				return serve(p)
			})
			r := &subject{Instance: rig.Instance(theClient), t: t, op: op}
			op.SetHooks(func(q *http.Request) {
				if p := current.Load(); p != nil && p.Busy() == 0 && !strings.Contains(q.URL.Path, ".well-known") { // which a plan asks for
					t.Errorf("%s %s: nothing is under way", q.Method, q.URL.Path)
				}
			}, nil)
			r.start(nil)
			r.Apply(secured())
			r.Apply(secured().With(attrs{"client_name": "App 2"}))
			uri, token := r.Text("registration_client_uri"), r.Text("registration_access_token")
			imported := &subject{Instance: rig.Instance("imported"), t: t, op: op}
			imported.start(attrs{"registration_access_tokens": attrs{uri: token}})
			if err := imported.tryImport(uri); err != nil {
				t.Fatal(err)
			}
			r.Destroy()
			if n := len(op.Of(fakeop.OpRead)); n == 0 {
				t.Error("nothing was read")
			}
		})
	}
}
