// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

var (
	_ resource.ResourceWithConfigure      = (*clientResource)(nil)
	_ resource.ResourceWithImportState    = (*clientResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clientResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clientResource)(nil)
)

const clientTypeName = "oidc_dynamic_client"

// clientResource is oidc_dynamic_client. Create, read, update, delete and plan have a file each.
type clientResource struct{ session *session }

func newClientResource() resource.Resource { return &clientResource{} }

// Metadata implements resource.Resource.
func (r *clientResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = clientTypeName
}

// Schema implements resource.Resource.
func (r *clientResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema()
}

// Configure implements resource.ResourceWithConfigure.
func (r *clientResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	// Terraform asks for schemas and validates before it configures.
	if s, ok := req.ProviderData.(*session); ok {
		r.session = s
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig: the standards' rules, before anything is sent.
func (r *clientResource) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config, err := open(req.Config.Raw)
	if err != nil {
		return
	}
	resp.Diagnostics.Append(checkConfiguration(config)...)
}

// checkConfiguration reports what the standards forbid, each on its attribute. What is not known yet passes; Create and Update
// check again when all is known.
func checkConfiguration(config object) diag.Diagnostics {
	var diags diag.Diagnostics
	doc, unknown, err := config.document()
	if err != nil {
		diags.Append(malformedProblem(err))
		return diags
	}
	for _, p := range metadata.Check(doc, unknown) {
		diags.Append(problem(p))
	}
	for _, member := range config.words(attrAccept) {
		name, _ := metadata.SplitTag(member)
		if _, ok := metadata.Lookup(name); !ok {
			if _, extension := doc[member]; !extension {
				diags.AddAttributeWarning(path.Root(attrAccept), "Unknown parameter", "accept_substitutions names “"+member+"”, which is no client metadata parameter of this resource. Check the spelling.")
			}
		}
	}
	return diags
}

func malformedProblem(err error) diag.Diagnostic {
	var m *malformed
	if errors.As(err, &m) {
		return diag.NewAttributeErrorDiagnostic(memberPath(m.member), "Malformed value", "The value of "+m.member+" cannot be used: "+m.err.Error()+".")
	}
	return diag.NewErrorDiagnostic("Malformed value", err.Error())
}

// memberPath is the attribute that holds a member.
func memberPath(member string) path.Path {
	name, tag := metadata.SplitTag(member)
	if _, ok := metadata.Lookup(name); !ok {
		if member == attrLocalized || member == attrExtension {
			return path.Root(member)
		}
		// A dynamic attribute has no steps that diagnostics could name.
		return path.Root(attrExtension)
	}
	if tag != "" {
		return path.Root(attrLocalized).AtMapKey(tag).AtName(name)
	}
	return path.Root(name)
}

func problem(p metadata.Problem) diag.Diagnostic {
	member := p.Member
	if p.Tag != "" {
		member += "#" + p.Tag
	}
	at := memberPath(member)
	if p.Index >= 0 {
		at = at.AtListIndex(p.Index)
	}
	if p.Warning {
		return diag.NewAttributeWarningDiagnostic(at, p.Summary, p.Detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, p.Summary, p.Detail)
}

// behaviour is the provider's, overridden by the resource's own.
func (s *session) behaviour(o object) behaviour {
	b := s.settings.Behaviour
	if o.has(attrStrict) {
		b.Strict = o.flag(attrStrict)
	}
	b.AcceptSubstitutions = append(append([]string{}, b.AcceptSubstitutions...), o.words(attrAccept)...)
	for name, field := range map[string]*string{attrRefresh: &b.Refresh, attrOnUnauthorized: &b.OnUnauthorized} {
		if o.has(name) {
			*field = o.text(name)
		}
	}
	if o.has(attrUpdateForm) {
		b.UpdateForm = reconcile.Form(o.text(attrUpdateForm))
	}
	if b.Refresh == "" {
		b.Refresh = refreshAuto
	}
	if b.OnUnauthorized == "" {
		b.OnUnauthorized = unauthorizedError
	}
	return b
}

const defaultTimeout = 5 * time.Minute

// within bounds an operation by the resource's timeouts.
func within(ctx context.Context, o object, operation string) (context.Context, context.CancelFunc) {
	limit := defaultTimeout
	if o.has(attrTimeouts) {
		var limits map[string]tftypes.Value
		if o.attrs[attrTimeouts].As(&limits) == nil {
			var s string
			if v := limits[operation]; v.IsKnown() && !v.IsNull() && v.As(&s) == nil {
				if d, err := time.ParseDuration(s); err == nil && d > 0 {
					limit = d
				}
			}
		}
	}
	return context.WithTimeout(ctx, limit)
}

// resourceSchema is the same for every call, and the framework asks for it at each.
var resourceSchema = sync.OnceValue(func() schema.Schema { return clientSchema(context.Background()) })
