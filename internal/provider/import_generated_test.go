// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// shownValues are what servers were seen to show, or might, for a parameter of any kind.
func shownValues(p *metadata.Parameter) []any {
	object := func(text string) any {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			panic(err)
		}
		return v
	}
	return []any{
		plainValue(parameterValue(p, 0)), plainValue(parameterValue(p, 1)), nil, "", "*", " ", "a  b", "a, b", "/logo.png", "logo", "javascript:alert(1)", "http://app.example.com/a#b", "http://localhost",
		"https://app.example.com:99999/", "https://app.example.com/ä b", "none", "NONE", "RS256", "browser", "0", "true", "id_token  code", "com.example.app", "::1", "e30.e30.c2ln",
		[]any{}, []any{""}, []any{nil}, []any{"*"}, []any{"https://*.example.com/*", "http://app.example.com/#x"}, []any{"a", "a"}, []any{1, true}, []any{" "}, []any{"code", "implicit", "none"},
		0, -1, 1.5, json.Number("1e30"), json.Number("60.0"), true, false, map[string]any{}, map[string]any{"a": nil}, object(publicKey), object(privateKey), object(`{"keys":[]}`), object(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`),
		object(`{"keys":{"a":1}}`), object(`[{"keys":[]}]`), publicKey, "{", "[]",
	}
}

// Whatever a server shows of a client, the configuration that Terraform generates from its import is one that the provider accepts,
// and planning it changes nothing but what comes under management.
func TestGeneratedConfigurationIsAccepted(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	id, uri, token := registeredBefore(t, op, attrs{"redirect_uris": []string{"https://app.example.com/a"}})
	original, _ := op.Client(id)
	all := metadata.All()
	rapid.Check(t, func(t *rapid.T) {
		current, _ := op.Client(id)
		for name := range current.Metadata {
			op.UnsetMember(id, name)
		}
		for name, v := range original.Metadata {
			op.SetMember(id, name, v)
		}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 8, func(p *metadata.Parameter) string { return p.Name }).Draw(t, "parameters") {
			name := p.Name + rapid.SampledFrom([]string{"", "", "", "#ja", "#JA", "#de_DE", "#", "#x y"}).Draw(t, p.Name+" tag")
			op.SetMember(id, name, rapid.SampledFrom(shownValues(p)).Draw(t, name))
		}
		op.SetMember(id, "x_vendor", rapid.SampledFrom([]any{nil, 1, []any{"a"}, map[string]any{"": 1}}).Draw(t, "x_vendor"))

		r := tftest.NewRig(t, clientType, func() (tfprotov6.ProviderServer, func()) {
			p := provider.New("test")
			return p.Server(), p.Close
		})
		if err := r.Start(tftest.Attrs{"issuer": op.Issuer(), "registration_access_tokens": map[string]any{id: token}}); err != nil {
			t.Fatalf("%v", err)
		}
		if err := r.Import(theClient, uri); err != nil {
			t.Fatalf("the import fails: %v", err)
		}
		generated := r.Generated(theClient)
		changes, err := r.Changes(map[string]tftest.Attrs{theClient: generated})
		if err != nil {
			t.Fatalf("the generated configuration is refused: %v\n%v", err, generated)
		}
		for _, change := range changes {
			t.Errorf("the generated configuration changes %s", change)
		}
		for _, b := range r.Broken() {
			t.Errorf("%s", b)
		}
	})
}
