// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ServerWithoutFastPath is Server by the framework alone: what the fast path is held to.
func (p *Provider) ServerWithoutFastPath() tfprotov6.ProviderServer {
	return &scrubbingServer{ProviderServer: providerserver.NewProtocol6(p)(), provider: p}
}

// Busy is how many operations are under way.
func (p *Provider) Busy() int64 { return p.busy.Load() }
