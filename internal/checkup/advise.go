// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// advise derives the settings from what was found.
func (r *Report) advise() {
	set := func(attribute, value, reason string) {
		r.Settings = append(r.Settings, Setting{Attribute: attribute, Value: value, Reason: reason})
	}
	offer := func(attribute, example, reason string) {
		r.Settings = append(r.Settings, Setting{Attribute: attribute, Example: example, Reason: reason})
	}
	s := r.settings
	if r.InitialAccessToken == "single use" {
		offer("initial_access_token", "", "it registers one client only: give each oidc_dynamic_client its own, where the argument is write-only")
	}
	if form := r.UpdateForm; form != "" && form != string(reconcile.FormStandard) && s.Behaviour.UpdateForm == "" {
		set("update_form", quote(form), "the server refuses the standard form of an update; without the setting, the first update of each client finds this form by itself, after refusals")
	}
	if f := r.Facts; f != nil {
		switch {
		case f.ReadSecret == New:
			set("refresh", quote(authserver.RefreshNever), "a read replaces the client secret, which applications still use; plans then do not show changes at the server")
		case f.ReadToken == New:
			offer("token_journal", `{ path = "oidc-journal" }`, "a read replaces the registration access token, which a plan cannot save; without a token_journal, plans do not read clients, and say so")
		}
	}
	if read, remove := r.Operation(OperationRead), r.Operation(OperationDelete); r.Facts != nil && read.Result != Works && remove.Result == Fails && s.Management != authserver.ManagementNone {
		set("management", quote(authserver.ManagementNone), "nothing answers at the client configuration endpoint as it should; without management, a change registers another client and a destroy leaves it at the server; try it with --management none")
	}
	if r.Operation(OperationNotice).Result == Missing && r.Facts.ReadDeleted != http.StatusOK {
		offer("on_missing", `"recreate"`, "the server does not prove that a client is gone; “recreate” takes a client that is not shown for a client that is gone")
	}
	if names := r.substitutedSecurity(); len(names) > 0 {
		offer("accept_substitutions", `["`+strings.Join(names, `", "`)+`"]`,
			"the server registers another value than was asked for parameters that decide about security, which fails an apply; configure what it registers, or accept its choice")
	}
}

// substitutedSecurity are the parameters whose substitution fails an apply.
func (r *Report) substitutedSecurity() (names []string) {
	for _, p := range r.Parameters {
		if p.Outcome == Substituted && p.Security {
			names = append(names, p.Name)
		}
	}
	return names
}

// block writes the provider block. What comes from the environment is named, and never its value.
func (r *Report) block() string {
	s := r.settings
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "  "+format+"\n", args...) }
	declare := func(name string) {
		fmt.Fprintf(&b, "variable %s {\n  type      = string\n  sensitive = true\n}\n\n", quote(name))
	}
	given := r.given()
	for _, a := range given {
		if r.hides(a.value) {
			declare(a.name)
		}
	}
	for _, name := range r.headers() {
		declare(variable(name))
	}
	b.WriteString("provider \"oidc\" {\n")
	for _, a := range given {
		if r.hides(a.value) {
			line("%s = var.%s", a.name, a.name)
		} else {
			line("%s = %s", a.name, quote(a.value))
		}
	}
	for _, a := range r.fromEnvironment() {
		line("# %s comes from the environment, as in this check.", a)
	}
	if cc := s.ClientCredentials; cc != nil && len(cc.Scopes) > 0 {
		line("client_credentials = {")
		var scopes []string
		for _, scope := range cc.Scopes {
			scopes = append(scopes, quote(scope))
		}
		line("  scopes = [%s] # the rest comes from the environment", strings.Join(scopes, ", "))
		line("}")
	}
	if names := r.headers(); len(names) > 0 {
		line("headers = {")
		for _, name := range names {
			line("  %s = var.%s", quote(name), variable(name))
		}
		line("}")
	}
	for _, a := range r.Settings {
		b.WriteString("\n")
		for _, part := range wrap(strings.ToUpper(a.Reason[:1])+a.Reason[1:]+".", textWidth-4) {
			line("# %s", part)
		}
		switch {
		case a.Value != "":
			line("%s = %s", a.Attribute, a.Value)
		case a.Example != "":
			line("# %s = %s", a.Attribute, a.Example)
		default:
			line("# %s", a.Attribute)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// attribute is an attribute of the provider block with its value.
type attribute struct{ name, value string }

// given are the attributes that the check was given and that name the server.
func (r *Report) given() []attribute {
	s := r.settings
	return slices.DeleteFunc([]attribute{
		{"issuer", s.Issuer}, {"registration_endpoint", s.RegistrationEndpoint}, {"webfinger_resource", s.WebFingerResource}, {"expected_issuer", s.ExpectedIssuer},
		{"management", unless(s.Management, authserver.ManagementAuto)}, {"client_configuration_uri_template", unless(s.URITemplate, authserver.DefaultURITemplate)},
	}, func(a attribute) bool {
		return a.value == "" || slices.ContainsFunc(r.Settings, func(s Setting) bool { return s.Attribute == a.name })
	})
}

// hides reports whether a value is not printed: a URL with a credential, or what happens to hold the text of one, as admin@… does where the
// password is admin.
func (r *Report) hides(value string) bool { return holdsCredential(value) || r.scrub(value) != value }

// holdsCredential reports whether a URL has a credential in its query or before its host.
func holdsCredential(address string) bool {
	_, query, _ := strings.Cut(address, "?")
	u, err := url.Parse(address)
	return redact.Form(query) != query || err == nil && u.User != nil
}

// headers are the names of the further headers, in order.
func (r *Report) headers() []string { return slices.Sorted(maps.Keys(r.settings.Transport.Headers)) }

// variable names the variable that a header's value comes from.
func variable(header string) string {
	return "header_" + strings.ToLower(strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, header))
}

// unless is a setting that is written only where it is not the default.
func unless(value, usual string) string {
	if value == usual {
		return ""
	}
	return value
}

// fromEnvironment are the attributes that the check had from the environment and that a run of Terraform needs, too.
func (r *Report) fromEnvironment() (names []string) {
	s := r.settings
	for _, a := range []struct {
		name string
		set  bool
	}{
		{"initial_access_token", !s.InitialAccessToken.IsEmpty() && r.InitialAccessToken != "single use"},
		{"basic_auth", s.HasBasic},
		{"client_credentials", s.ClientCredentials != nil && len(s.ClientCredentials.Scopes) == 0},
		{"ca_certificate", len(s.Transport.CACertificates) > 0},
		{"client_certificate", len(s.Transport.ClientCertificate) > 0},
		{"proxy_url", s.Transport.ProxyURL != ""},
		{"insecure_skip_verify", s.Transport.InsecureSkipVerify},
		{"allow_insecure_http", s.Transport.AllowInsecureHTTP},
	} {
		if a.set {
			names = append(names, a.name)
		}
	}
	return names
}

// quote writes a string of the configuration language, in which "${" and "%{" begin a template.
func quote(text string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{").Replace(text)
	return `"` + escaped + `"`
}
