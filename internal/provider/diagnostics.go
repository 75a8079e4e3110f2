// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// paragraphs joins the parts of a diagnostic's detail: what was asked and answered, the likely cause, what to do next.
func paragraphs(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// discoveryProblem tells a failed search from end to end.
func discoveryProblem(summary string, err error) diag.Diagnostic {
	var de *discovery.Error
	if errors.As(err, &de) {
		return diag.NewErrorDiagnostic(de.Summary(), de.Detail())
	}
	return diag.NewErrorDiagnostic(summary, err.Error())
}

// exchange says in one sentence what was asked where and what came back. dcr.Error has been cleaned of bodies and secrets.
func exchange(err error) string { return err.Error() }

// requestProblem explains a failed request of the registration or management protocol.
func requestProblem(summary string, err error, more ...string) diag.Diagnostic {
	parts := append([]string{exchange(err), likelyCause(err)}, more...)
	return diag.NewErrorDiagnostic(summary, paragraphs(parts...))
}

// likelyCause tells what an answer usually means and what to change.
func likelyCause(err error) string {
	var te *transport.Error
	if errors.As(err, &te) && !answered(err) {
		return transportCause(te)
	}
	var de *dcr.Error
	if !errors.As(err, &de) {
		var disc *discovery.Error
		if errors.As(err, &disc) {
			return ""
		}
		return ""
	}
	registering := de.Operation == dcr.Register
	switch {
	case de.Status >= 200 && de.Status < 300 && de.Operation == dcr.Delete:
		return "" // a deletion is answered with nothing; what is wrong with the answer is all there is to say
	case de.Status >= 200 && de.Status < 300:
		return "The endpoint answered as if the request had succeeded, but not with a client information response (RFC 7591 §3.2.1). It may not be a client registration endpoint; check registration_endpoint, or what the server's metadata document names as such."
	case de.Unauthorized() && registering:
		return "The registration endpoint wants a credential, or refuses the one it got. Set initial_access_token, basic_auth or client_credentials on the provider, or a fresh initial_access_token on the resource where such tokens are for a single use."
	case de.Forbidden() && registering:
		return "The server's policy refuses this registration: a registration policy such as trusted hosts or allowed scopes, or a credential without the needed scope. The server's administrator can tell which."
	case de.Forbidden():
		return "The server's policy refuses this operation to the credential that was used. The client is still there."
	case de.NotSupported():
		return "The server does not support this operation at this address."
	case de.Code == "invalid_redirect_uri":
		return "The server refuses one of the redirect_uris. Compare them with the server's rules (scheme, host, application_type)."
	case de.Code == "invalid_software_statement" || de.Code == "unapproved_software_statement":
		return "The server does not accept the software_statement: it may have expired, or its issuer is not trusted here."
	case de.Status == 400 || de.Status == 422:
		return "The server refuses a value of the client metadata. Its description above usually names it; parameters that this server does not know may be refused too."
	case de.Status == 404 && registering:
		return "There is no registration endpoint at this address, or registration is switched off."
	case de.Status == 429:
		return "The server limits how many requests it takes. Try again later, or lower max_concurrent_requests."
	case de.Status >= 500:
		return "The server failed. Its log will say why; the provider asked again where that was safe."
	}
	return ""
}

// answered tells whether the server gave an HTTP answer.
func answered(err error) bool {
	var de *dcr.Error
	return errors.As(err, &de) && de.Status != 0
}

func transportCause(te *transport.Error) string {
	switch te.Kind {
	case transport.InsecureURL:
		return "Credentials are sent over https only, and over plain http only to loopback. Use an https URL; allow_insecure_http on the provider lifts the rule where the network is trusted."
	case transport.TLS:
		return "The server's certificate was not accepted. Where it comes from a private CA, give that CA in ca_certificate; where the server wants a client certificate, give client_certificate and client_key."
	case transport.Unreachable:
		return "No connection could be made. Check the address, the network and proxy_url."
	case transport.Timeout:
		return "The server did not answer in time. request_timeout on the provider and timeouts on the resource set the limits."
	case transport.TooLarge:
		return "The answer is larger than any answer of this protocol (1 MiB). The address is probably not the right one."
	}
	return ""
}

// lostAnswer is the sentence for a registration whose fate is unknown.
func lostAnswer(endpoint string) string {
	return fmt.Sprintf("The request may have been processed although no answer arrived: a client of this name may have been left behind at %s. "+
		"The provider does not send a registration twice. Look for it at the server before you apply again; a token_journal helps to recover from a lost state, but not from a lost answer.", endpoint)
}
