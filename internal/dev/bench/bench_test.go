// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// clients is how many clients one turn of a benchmark handles.
const clients = 300

func configuration(i int) map[string]tftypes.Value {
	return map[string]tftypes.Value{
		"redirect_uris": tftest.Strings(fmt.Sprintf("https://app%d.example.com/callback", i), fmt.Sprintf("https://app%d.example.com/silent", i)),
		"client_name":   tftest.String(fmt.Sprintf("Application %d", i)),
		"scope":         tftest.String("openid email"),
		"contacts":      tftest.Strings("ops@example.com"),
	}
}

func serve(b *testing.B) *fakeop.Server {
	b.Helper()
	s := &fakeop.Server{}
	s.Start(b)
	return s
}

func start(b *testing.B, s *fakeop.Server) []*tftest.Resource {
	b.Helper()
	p := provider.New("bench")
	b.Cleanup(p.Close)
	d, err := tftest.Start(b.Context(), p.Server(), map[string]tftypes.Value{"issuer": tftest.String(s.Issuer())})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]*tftest.Resource, clients)
	for i := range all {
		if all[i], err = d.Resource("oidc_dynamic_client"); err != nil {
			b.Fatal(err)
		}
	}
	return all
}

func each(b *testing.B, all []*tftest.Resource, do func(int, *tftest.Resource) error) {
	b.Helper()
	for i, r := range all {
		if err := do(i, r); err != nil {
			b.Fatal(err)
		}
	}
}

func create(ctx context.Context) func(int, *tftest.Resource) error {
	return func(i int, r *tftest.Resource) error { return r.Ensure(ctx, configuration(i)) }
}

// report adds what a turn costs beside time and allocations: requests for each client.
func report(b *testing.B, s *fakeop.Server, turns int) {
	b.Helper()
	b.ReportMetric(float64(len(s.Requests()))/float64(turns*clients), "requests/client")
}

func BenchmarkProviderCreate(b *testing.B) {
	s := serve(b)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		all := start(b, s)
		b.StartTimer()
		each(b, all, create(b.Context()))
	}
	report(b, s, b.N)
}

func BenchmarkProviderRefresh(b *testing.B) {
	s := serve(b)
	all := start(b, s)
	each(b, all, create(b.Context()))
	s.ResetLog()
	b.ReportAllocs()
	for b.Loop() {
		each(b, all, func(_ int, r *tftest.Resource) error { return r.Refresh(b.Context()) })
	}
	report(b, s, b.N)
}

// BenchmarkProviderPlan is a refresh and a plan without changes: what each `terraform plan` costs.
func BenchmarkProviderPlan(b *testing.B) {
	s := serve(b)
	all := start(b, s)
	each(b, all, create(b.Context()))
	s.ResetLog()
	b.ReportAllocs()
	for b.Loop() {
		each(b, all, func(i int, r *tftest.Resource) error {
			if err := r.Refresh(b.Context()); err != nil {
				return err
			}
			p, err := r.Plan(b.Context(), configuration(i))
			if err == nil && !r.Empty(p) {
				err = fmt.Errorf("client %d: the plan is not empty", i)
			}
			return err
		})
	}
	report(b, s, b.N)
}

func BenchmarkProviderUpdate(b *testing.B) {
	s := serve(b)
	all := start(b, s)
	each(b, all, create(b.Context()))
	s.ResetLog()
	turn := 0
	b.ReportAllocs()
	for b.Loop() {
		turn++
		each(b, all, func(i int, r *tftest.Resource) error {
			c := configuration(i)
			c["client_name"] = tftest.String(fmt.Sprintf("Application %d, turn %d", i, turn))
			return r.Ensure(b.Context(), c)
		})
	}
	report(b, s, b.N)
}

func BenchmarkProviderDelete(b *testing.B) {
	s := serve(b)
	b.ReportAllocs()
	requests := 0
	for b.Loop() {
		b.StopTimer()
		all := start(b, s)
		each(b, all, create(b.Context()))
		s.ResetLog()
		b.StartTimer()
		each(b, all, func(_ int, r *tftest.Resource) error { return r.Destroy(b.Context()) })
		requests += len(s.Requests())
	}
	b.ReportMetric(float64(requests)/float64(b.N*clients), "requests/client")
}

// bare is the same work by net/http alone: the requests, their bodies, and decoding the answers.
type bare struct {
	b      *testing.B
	client *http.Client
}

func (x bare) do(method, url, token string, body any) map[string]any {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			x.b.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(x.b.Context(), method, url, in)
	if err != nil {
		x.b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := x.client.Do(req)
	if err != nil {
		x.b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode > 299 {
		x.b.Fatalf("%s %s: %s", method, url, resp.Status)
	}
	out := map[string]any{}
	if resp.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			x.b.Fatal(err)
		}
	}
	return out
}

type handle struct{ id, uri, token string }

func (x bare) register(s *fakeop.Server, i int) handle {
	out := x.do(http.MethodPost, s.RegistrationEndpoint(), "", map[string]any{
		"redirect_uris": []string{fmt.Sprintf("https://app%d.example.com/callback", i), fmt.Sprintf("https://app%d.example.com/silent", i)},
		"client_name":   fmt.Sprintf("Application %d", i), "scope": "openid email", "contacts": []string{"ops@example.com"},
	})
	text := func(name string) string { v, _ := out[name].(string); return v }
	return handle{text("client_id"), text("registration_client_uri"), text("registration_access_token")}
}

func newBare(b *testing.B) bare {
	b.Helper()
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	return bare{b, &http.Client{Transport: transport}}
}

func BenchmarkBareCreate(b *testing.B) {
	s, x := serve(b), newBare(b)
	b.ReportAllocs()
	for b.Loop() {
		for i := range clients {
			h := x.register(s, i)
			x.do(http.MethodGet, h.uri, h.token, nil)
		}
	}
	report(b, s, b.N)
}

func BenchmarkBareRefresh(b *testing.B) {
	s, x := serve(b), newBare(b)
	var all []handle
	for i := range clients {
		all = append(all, x.register(s, i))
	}
	s.ResetLog()
	b.ReportAllocs()
	for b.Loop() {
		for _, h := range all {
			x.do(http.MethodGet, h.uri, h.token, nil)
		}
	}
	report(b, s, b.N)
}

func BenchmarkBareUpdate(b *testing.B) {
	s, x := serve(b), newBare(b)
	var all []handle
	for i := range clients {
		all = append(all, x.register(s, i))
	}
	s.ResetLog()
	turn := 0
	b.ReportAllocs()
	for b.Loop() {
		turn++
		for i, h := range all {
			x.do(http.MethodGet, h.uri, h.token, nil)
			x.do(http.MethodPut, h.uri, h.token, map[string]any{
				"client_id":     h.id,
				"redirect_uris": []string{fmt.Sprintf("https://app%d.example.com/callback", i), fmt.Sprintf("https://app%d.example.com/silent", i)},
				"client_name":   fmt.Sprintf("Application %d, turn %d", i, turn), "scope": "openid email", "contacts": []string{"ops@example.com"},
			})
			x.do(http.MethodGet, h.uri, h.token, nil)
		}
	}
	report(b, s, b.N)
}

func BenchmarkBareDelete(b *testing.B) {
	s, x := serve(b), newBare(b)
	b.ReportAllocs()
	requests := 0
	for b.Loop() {
		b.StopTimer()
		var all []handle
		for i := range clients {
			all = append(all, x.register(s, i))
		}
		s.ResetLog()
		b.StartTimer()
		for _, h := range all {
			x.do(http.MethodDelete, h.uri, h.token, nil)
		}
		requests += len(s.Requests())
	}
	b.ReportMetric(float64(requests)/float64(b.N*clients), "requests/client")
}
