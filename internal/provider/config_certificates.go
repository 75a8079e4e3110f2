// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// emptied reports whether an attribute is set to nothing, so that no environment variable takes its place.
func emptied(v types.String) bool {
	return !v.IsNull() && !v.IsUnknown() && strings.TrimSpace(v.ValueString()) == ""
}

// isNoPath reports whether a text that is to name a file has the look of a key, or of a document: of an age identity or recipient, PEM, a token or JSON.
func isNoPath(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, begins := range []string{"age-secret-key-", "age1", "-----begin", "eyj", "{"} {
		if rest, found := strings.CutPrefix(text, begins); found && (begins != "age1" && begins != "eyj" || len(rest) > 40 && !strings.ContainsAny(rest, `/\`)) {
			return true
		}
	}
	return strings.ContainsAny(text, "\n\r")
}

// textAndFile reports that both a text and the name of its file are set. What is not known yet may be nothing.
func textAndFile(at path.Path, text, file types.String) (diags diag.Diagnostics) {
	if strings.TrimSpace(text.ValueString()) != "" && file.ValueString() != "" {
		diags.Append(notTogetherAt(at, at.String(), at.String()+"_file"))
	}
	return diags
}
