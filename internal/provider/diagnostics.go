// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// This is the only file that makes diagnostics; the words are in words*.go.

// message is a diagnostic in its parts. It quotes no raw body and no credential.
type message struct {
	summary  string // what failed, without an identifier: Terraform groups warnings by equal summaries
	happened string // what happened, in one sentence
	means    string // what that means, and what becomes of the client
	fix      []fix  // the ways that work in this very case
}

// fix is one way to fix a problem. Its lines can be copied.
type fix struct {
	text  string
	lines []string
}

// detail puts the parts in their order. Terraform wraps lines unless they begin with a blank, so that what can be copied is indented.
func (m message) detail() string { return paragraphs(m.happened, m.means, fixes(m.fix)) }

func fixes(ways []fix) string {
	if len(ways) == 0 {
		return ""
	}
	lines := []string{"To fix this:"}
	for _, w := range ways {
		if w.text != "" {
			lines = append(lines, "- "+w.text)
		}
		for _, line := range w.lines {
			lines = append(lines, "    "+line)
		}
	}
	return strings.Join(lines, "\n")
}

func (m message) failure() diag.Diagnostic { return diag.NewErrorDiagnostic(m.summary, m.detail()) }

func (m message) failureAt(at path.Path) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, m.summary, m.detail())
}

func (m message) warningAt(at path.Path) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, m.summary, m.detail())
}

// lifecycleProblems words problems in their order.
func lifecycleProblems(problems []lifecycle.Problem) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, p := range problems {
		diags.Append(lifecycleProblem(p))
	}
	return diags
}

// lifecycleProblem words a problem, on its attribute where it has one.
func lifecycleProblem(p lifecycle.Problem) diag.Diagnostic {
	summary, detail := words(p)
	var d diag.Diagnostic = diag.NewErrorDiagnostic(summary, detail)
	if p.Warning {
		d = diag.NewWarningDiagnostic(summary, detail)
	}
	switch {
	case p.Kind == lifecycle.Substituted:
		return diag.WithPath(memberPath(p.Substitution.Member), d)
	case p.Kind == lifecycle.PlannedReplacement:
		return diag.WithPath(memberPath(p.Members[0]), d)
	case p.Attribute != "":
		return diag.WithPath(path.Root(p.Attribute), d)
	}
	return d
}

// notShownProblem is for a read whose answer no attribute can hold.
func notShownProblem(clientID string, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Client metadata not shown", "What the server shows of client "+clientID+" could not be taken over: "+err.Error())
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

// metadataProblem words what the standards forbid or advise against, on its attribute.
func metadataProblem(p metadata.Problem) diag.Diagnostic {
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

// exchange says in one sentence what was asked where and what came back. A problem of this provider's own is told in its words.
func exchange(err error) string {
	if err == nil {
		return ""
	}
	var p *lifecycle.Problem
	if errors.As(err, &p) {
		_, detail := words(*p)
		return strings.ReplaceAll(err.Error(), p.Error(), detail)
	}
	return err.Error()
}

// likelyCause tells what an answer usually means and what to change.
func likelyCause(err error) string {
	var te *transport.Error
	if errors.As(err, &te) && !answered(err) {
		return transportCause(te)
	}
	var de *dcr.Error
	if !errors.As(err, &de) {
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
