// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// pemSetting is PEM with the attribute that it comes from.
type pemSetting struct {
	content []byte
	at      path.Path
}

// checkCertificates reports what cannot be used at the attribute that has it.
func checkCertificates(ca, certificate, key pemSetting) (diags diag.Diagnostics) {
	if len(ca.content) > 0 {
		if err := transport.CheckCACertificates(ca.content); err != nil {
			diags.Append(unusableCertificate(ca.at, err))
		}
	}
	if len(certificate.content) == 0 || len(key.content) == 0 { // that one is missing is told where it is certain
		return diags
	}
	if err := transport.CheckClientCertificate(certificate.content, key.content); errors.Is(err, transport.ErrClientKey) {
		diags.Append(unusableCertificate(key.at, err))
	} else if err != nil {
		diags.Append(unusableCertificate(certificate.at, err))
	}
	return diags
}
