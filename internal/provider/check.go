// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

// EnvironmentSettings returns the settings of a provider block that names a server and leaves everything else to the environment, for
// the command "check". An empty text is an attribute that is not set.
func EnvironmentSettings(version, issuer, registrationEndpoint, webFingerResource string) (authserver.Settings, error) {
	set := func(text string) types.String {
		if text == "" {
			return types.StringNull()
		}
		return types.StringValue(text)
	}
	m := providerModel{Issuer: set(issuer), RegistrationEndpoint: set(registrationEndpoint), WebFingerResource: set(webFingerResource)}
	settings, _, diags := m.settings(context.Background(), version)
	var failed []error
	for _, d := range diags.Errors() {
		failed = append(failed, errors.New(d.Summary()+": "+d.Detail()))
	}
	return settings, errors.Join(failed...)
}
