// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// These tests are about the way to a server: what the provider's configuration says of it, and what then goes over the wire. They
// drive the plugin protocol; whether a CLI agrees is shown where it can matter (values that are not known yet, parallelism).

// process is one provider process with one configuration.
type process struct {
	*tftest.Provider
	t      *testing.T
	server *tftest.Recorder
	schema *tfprotov6.GetProviderSchemaResponse
}

// tryStart validates a configuration and configures a provider by it, as Terraform does.
func tryStart(t *testing.T, settings attrs) (*process, error) {
	t.Helper()
	p := provider.New("test")
	t.Cleanup(p.Close)
	out := &process{t: t, server: &tftest.Recorder{ProviderServer: p.Server()}}
	ctx := context.Background()
	schema, err := tftest.Schemas(ctx, out.server)
	if err != nil {
		t.Fatal(err)
	}
	out.schema = schema
	config := tftest.Value(t, schema.Provider.ValueType(), settings)
	encoded, err := tfprotov6.NewDynamicValue(schema.Provider.ValueType(), config)
	if err != nil {
		t.Fatal(err)
	}
	validated, err := out.server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: &encoded})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range validated.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return out, tftest.Diagnostics(validated.Diagnostics)
		}
	}
	var attributes map[string]tftypes.Value
	if err := config.As(&attributes); err != nil {
		t.Fatal(err)
	}
	out.Provider, err = tftest.Start(ctx, out.server, attributes)
	return out, err
}

func start(t *testing.T, settings attrs) *process {
	t.Helper()
	p, err := tryStart(t, settings)
	if err != nil {
		t.Fatalf("configuring the provider: %v", err)
	}
	return p
}

// client is a client that does not exist yet.
func (p *process) client() *oneClient {
	p.t.Helper()
	r, err := p.Resource("oidc_dynamic_client")
	if err != nil {
		p.t.Fatal(err)
	}
	return &oneClient{Resource: r, p: p}
}

// again is the client's state in another provider process.
func (c *oneClient) again(p *process) *oneClient {
	c.p.t.Helper()
	other := p.client()
	other.State, other.Private = c.State, c.Private
	return other
}

type oneClient struct {
	*tftest.Resource
	p *process
}

func (c *oneClient) config(config attrs) map[string]tftypes.Value {
	c.p.t.Helper()
	object, ok := c.p.schema.ResourceSchemas["oidc_dynamic_client"].ValueType().(tftypes.Object)
	if !ok {
		c.p.t.Fatal("the schema is no object")
	}
	out := map[string]tftypes.Value{}
	for name, v := range config {
		out[name] = tftest.Value(c.p.t, object.AttributeTypes[name], v)
	}
	return out
}

// web is a client that every server takes.
var web = attrs{"client_name": "app", "redirect_uris": []string{"https://app.example.com/cb"}, "grant_types": []string{"authorization_code"}}

// tryPlan refreshes and plans.
func (c *oneClient) tryPlan(config attrs) error {
	c.p.t.Helper()
	if err := c.Refresh(context.Background()); err != nil {
		return err
	}
	_, err := c.Plan(context.Background(), c.config(config))
	return err
}

// tryApply refreshes, plans and applies.
func (c *oneClient) tryApply(config attrs) error {
	c.p.t.Helper()
	if !c.State.IsNull() {
		if err := c.Refresh(context.Background()); err != nil {
			return err
		}
	}
	return c.Ensure(context.Background(), c.config(config))
}

func (c *oneClient) apply(config attrs) {
	c.p.t.Helper()
	if err := c.tryApply(config); err != nil {
		c.p.t.Fatalf("apply: %v", err)
	}
}

// empty refreshes and wants nothing to do.
func (c *oneClient) empty(config attrs) {
	c.p.t.Helper()
	if err := c.Refresh(context.Background()); err != nil {
		c.p.t.Fatalf("refresh: %v", err)
	}
	plan, err := c.Plan(context.Background(), c.config(config))
	if err != nil {
		c.p.t.Fatalf("plan: %v", err)
	}
	if !c.Empty(plan) {
		var was, is map[string]tftypes.Value
		_, _ = c.State.As(&was), plan.Planned.As(&is)
		for name, v := range is {
			if !v.Equal(was[name]) {
				c.p.t.Errorf("the plan is not empty: %s = %s, was %s", name, v, was[name])
			}
		}
		c.p.t.FailNow()
	}
}

func (c *oneClient) destroy() {
	c.p.t.Helper()
	if err := c.Destroy(context.Background()); err != nil {
		c.p.t.Fatalf("destroy: %v", err)
	}
}

// warnings are all warnings so far, each with its attribute.
func (p *process) warnings() string {
	var lines []string
	for _, d := range p.server.Told() {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			lines = append(lines, fmt.Sprintf("%s: %s\n%s", d.Attribute, d.Summary, d.Detail))
		}
	}
	return strings.Join(lines, "\n")
}

// quiet wants no warning so far.
func (p *process) quiet() {
	p.t.Helper()
	if w := p.warnings(); w != "" {
		p.t.Errorf("unexpected warnings:\n%s", w)
	}
}

// tryData reads oidc_discovery.
func (p *process) tryData(config attrs) (map[string]tftypes.Value, error) {
	p.t.Helper()
	typ := p.schema.DataSourceSchemas["oidc_discovery"].ValueType()
	encoded, err := tfprotov6.NewDynamicValue(typ, tftest.Value(p.t, typ, config))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := p.server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: "oidc_discovery", Config: &encoded})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 {
		return nil, tftest.Diagnostics(resp.Diagnostics)
	}
	value, err := resp.State.Unmarshal(typ)
	if err != nil {
		p.t.Fatal(err)
	}
	var out map[string]tftypes.Value
	if err := value.As(&out); err != nil {
		p.t.Fatal(err)
	}
	return out, nil
}

func textOf(v tftypes.Value) string {
	var s string
	if v.IsKnown() && !v.IsNull() {
		_ = v.As(&s)
	}
	return s
}

// wants fails unless err is there and its text has all the words.
func wants(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("there is no error")
		return
	}
	contains(t, err.Error(), words...)
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not said in:\n%s", w, text)
		}
	}
}

// diagnosticsOf are an error's.
func diagnosticsOf(err error) []*tfprotov6.Diagnostic {
	var d tftest.Diagnostics
	errors.As(err, &d)
	return d
}

// imported is a client that was imported and read.
func (p *process) imported(id string) *oneClient {
	p.t.Helper()
	resp, err := p.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: "oidc_dynamic_client", ID: id})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(resp.Diagnostics) > 0 || len(resp.ImportedResources) != 1 {
		p.t.Fatalf("import: %v", tftest.Diagnostics(resp.Diagnostics))
	}
	c := p.client()
	if c.State, err = resp.ImportedResources[0].State.Unmarshal(p.schema.ResourceSchemas["oidc_dynamic_client"].ValueType()); err != nil {
		p.t.Fatal(err)
	}
	c.Private = resp.ImportedResources[0].Private
	if err := c.Refresh(context.Background()); err != nil {
		p.t.Fatalf("read after the import: %v", err)
	}
	return c
}
