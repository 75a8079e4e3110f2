// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// redirectedWay is the way for a request at a client's own address that was redirected to where a template can name the address: one that has
// the client_id in it. For an address without it there is no template.
func redirectedWay(p outcome.Problem) []Fix {
	var de *dcr.Error
	if !errors.As(p.Err, &de) || de.Cause() != dcr.Redirected || de.Operation == dcr.Register || p.Importing {
		return nil
	}
	at := strings.LastIndex(de.Target, "/"+url.PathEscape(p.ClientID))
	downgraded := strings.HasPrefix(de.Endpoint, "https:") && !strings.HasPrefix(de.Target, "https:")
	if downgraded || p.ClientID == "" || p.ClientID == nameless || at < 0 {
		return nil
	}
	template := de.Target[:at+1] + "{client_id}" + de.Target[at+1+len(url.PathEscape(p.ClientID)):]
	return []Fix{{
		Way: "client_configuration_uri_template", Text: "If that is where the server manages its clients, set on the provider:",
		Lines: []string{"client_configuration_uri_template = " + quoted(template)},
	}}
}
