// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/loopback"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

// uri checks one URI by the rules of its row.
func (c *checker) uri(p *Parameter, display, tag string, index int, s string) {
	report := func(warning bool, format string, args ...any) {
		c.add(Problem{
			Member: p.Name, Tag: tag, Index: index, Summary: "Invalid URI", Warning: warning,
			Detail: at(display, index) + " " + fmt.Sprintf(format, args...),
		})
	}
	u, problem := parseAbsolute(s)
	if problem != "" && strings.Contains(s, "*") {
		// A pattern, of which what may stand in its place is a URI: servers register such, and what one has registered must validate.
		if like, odd := parseAbsolute(exampleOf.Replace(s)); odd == "" {
			report(true, "%s.", problem)
			u, problem = like, ""
		}
	}
	if problem != "" {
		// Servers register patterns ("*") and, where no redirect leads, paths of their own: what one has registered must
		// validate when it is imported. A redirection URI is absolute by RFC 6749 §3.1.2.
		report(strings.HasPrefix(problem, notAbsolute) && (p.Name != "redirect_uris" || strings.Contains(s, "*")), "%s.", problem)
		return
	}
	if slices.Contains(redirections, p.Name) {
		if slices.Contains(scripts, strings.ToLower(u.Scheme)) {
			report(false, "has the scheme %s, which a browser runs or shows instead of leading to the client (RFC 9700 §4.1). Use https or a scheme of the application's own.", u.Scheme)
			return
		}
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n > 65535 || n == 0 && !loopback.Is(u.Hostname()) { // at this machine, 0 may stand for any port
			report(false, "has a port that does not exist; ports are 1 to 65535.")
			return
		}
	}
	if p.URI.NoFragment {
		if strings.Contains(s, "#") {
			report(false, "has a fragment. It must not have one (%s): remove the # and what follows.", fragmentRule(p))
			return
		}
	}
	switch web := u.Scheme == "http" || u.Scheme == "https"; {
	case p.URI.HTTPS && u.Scheme == "http" && loopback.Is(u.Hostname()):
		report(true, "has the scheme http. %s wants https; a server on this machine may let it pass.", p.Spec)
	case p.URI.HTTPS && u.Scheme != "https":
		report(false, "has another scheme than https. It must be https (%s).", p.Spec)
	case p.URI.Web && !web:
		report(false, "has another scheme than https and http. It must be one of them (%s).", p.Spec)
	case slices.Contains(scripts, strings.ToLower(u.Scheme)) && !(p.Name == "logo_uri" && strings.EqualFold(u.Scheme, "data")): // what a server has registered must validate when it is imported
		report(true, "has the scheme %s, which a browser runs or shows by itself. Servers show what is there to people, and may refuse it (RFC 7591 §5). Use https.", u.Scheme)
	case p.URI.HTTPConfidential && c.public && u.Scheme == "http" && !loopback.Is(u.Hostname()):
		report(true, "has the scheme http. Only confidential clients may use that, and %s = \"none\" makes this a public one (%s). Use https.", authMethod, p.Spec)
	default:
		if bad := strings.IndexFunc(s, unusual); bad >= 0 {
			report(true, "holds characters that a URI must percent-encode (RFC 3986 §2), the first at character %d. Servers may refuse or change it.", utf8.RuneCountInString(s[:bad])+1)
		} else if hostWithoutScheme(u) {
			report(true, "looks like a host and a port, but in a URI what stands before the colon is the scheme. If a host is meant, put https:// before it.")
		}
	}
}

// exampleOf has a pattern match one text of those that it is for: any scheme, and any part of a host, a port or a path.
var exampleOf = strings.NewReplacer("*://", "https://", "*", "1")

// redirections are the parameters whose URIs a browser is sent to.
var redirections = []string{"redirect_uris", "post_logout_redirect_uris", "claims_redirect_uris"}

// scripts are the schemes with which a redirect would run or show what stands in the URI itself, or a file of the person's own.
var scripts = []string{"javascript", "data", "vbscript", "file", "blob", "filesystem", "about", "view-source"}

const notAbsolute = "is not absolute"

// fragmentRule cites who forbids the fragment.
func fragmentRule(p *Parameter) string {
	if p.Name == "redirect_uris" {
		return "RFC 6749 §3.1.2"
	}
	return p.Spec
}

// parseAbsolute reads an absolute URI (RFC 3986 §4.3, with or without fragment), or says in a clause what it is instead.
func parseAbsolute(s string) (*url.URL, string) {
	if s != strings.TrimSpace(s) {
		return nil, "begins or ends with a blank or a line break; remove it, for example with trimspace()"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, "holds a space or control character; percent-encode it"
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, "is no valid URI: " + uriFault(err)
	}
	if u.Scheme == "" {
		return nil, notAbsolute + ": it must begin with a scheme, such as https://"
	}
	if (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "" {
		return nil, "has no host; write it as " + u.Scheme + "://host/path"
	}
	return u, ""
}

// uriFault words a parser's error without the part of the URI that it quotes.
func uriFault(err error) string {
	var escape url.EscapeError
	var host url.InvalidHostError
	switch {
	case errors.As(err, &escape):
		return "a % is not followed by two hexadecimal digits"
	case errors.As(err, &host):
		return "its host has a character that no host may have"
	case strings.Contains(err.Error(), "invalid port"):
		return "what follows the host is no port"
	case strings.Contains(err.Error(), "scheme"):
		return "it has a colon without a scheme before it"
	}
	return "it does not follow RFC 3986"
}

// hostWithoutScheme recognizes "localhost:8080/cb", which is a URI of the scheme "localhost" by the grammar.
func hostWithoutScheme(u *url.URL) bool {
	port, _, _ := strings.Cut(u.Opaque, "/")
	return port != "" && len(port) <= 5 && strings.Trim(port, "0123456789") == ""
}

// unusual are the characters that no URI holds but that servers with patterns or IRIs do take: a warning, not an error.
func unusual(r rune) bool {
	switch r {
	case '<', '>', '"', '{', '}', '|', '\\', '^', '`':
		return true
	}
	return r > '~'
}

// redirects checks redirect_uris by application_type (OpenID Connect Registration §2).
func (c *checker) redirects() {
	uris := c.list("redirect_uris")
	if len(uris) == 0 || c.unknown["application_type"] {
		return
	}
	kind := c.text("application_type")
	native := kind == "native"
	implicitWeb := !native && (kind == "web" || kind == "") && c.implicit()
	if !native && !implicitWeb {
		return
	}
	for i, s := range uris {
		u, problem := parseAbsolute(s)
		if problem != "" {
			continue // reported already
		}
		where := fmt.Sprintf("redirect_uris[%d]", i)
		report := func(detail string) {
			// Without application_type the rule rests on a default that only OpenID Connect knows: plain OAuth has no
			// such rule, so that is a warning.
			c.add(Problem{Member: "redirect_uris", Index: i, Summary: "Redirection URI does not fit the application type", Detail: detail, Warning: kind == ""})
		}
		const section = "(OpenID Connect Registration §2)"
		switch {
		case native:
			// https passes: OpenID Connect Registration knows only custom schemes and loopback here, but RFC 8252 §7.2
			// later made claimed https URIs the preferred way for native apps.
			if u.Scheme == "http" && !loopback.Is(u.Hostname()) {
				report(where + " has the scheme http; with application_type = \"native\" that is for loopback only: localhost, 127.0.0.1 or [::1] " + section + ". Use a loopback address, https or a custom scheme.")
			}
		case u.Scheme != "https":
			report(where + " has another scheme than https; a web client of the implicit grant must use https " + section + ". Use https, drop the grant, or set application_type = \"native\" if it is a native client.")
		case strings.EqualFold(u.Hostname(), "localhost"):
			report(where + " leads to localhost; a web client of the implicit grant must not use it " + section + ". Use a host name, drop the grant, or set application_type = \"native\" if it is a native client.")
		}
	}
}

// implicit reports whether the client uses the implicit grant.
func (c *checker) implicit() bool {
	for _, grant := range c.list("grant_types") {
		if grant == "implicit" {
			return true
		}
	}
	for _, response := range c.list("response_types") {
		if _, implicit := responseNeeds(response); implicit {
			return true
		}
	}
	return false
}

// sector checks OpenID Connect Core §8.1: pairwise identifiers are derived from the host of the redirection URIs, so
// with several hosts a sector_identifier_uri must say which.
func (c *checker) sector() {
	if c.text("subject_type") != "pairwise" || !c.missing("sector_identifier_uri") {
		return
	}
	first := ""
	for i, s := range c.list("redirect_uris") {
		u, problem := parseAbsolute(s)
		if problem != "" || u.Hostname() == "" {
			continue
		}
		host := strings.ToLower(u.Hostname())
		if first == "" {
			first = host
		}
		if host != first {
			c.add(Problem{
				Member: "redirect_uris", Index: i, Summary: "Sector identifier missing",
				Detail: "redirect_uris has several hosts; with subject_type = \"pairwise\" these need a sector_identifier_uri (OpenID Connect Core §8.1). Set it, or use one host.",
			})
			return
		}
	}
}

// frontchannel checks Front-Channel Logout §2: scheme, host and port are those of a redirection URI. The specification
// says MUST; it is a warning because many servers don't hold to it and the logout works there.
func (c *checker) frontchannel() {
	logout := c.text("frontchannel_logout_uri")
	uris := c.list("redirect_uris")
	if logout == "" || len(uris) == 0 || c.unknown["redirect_uris"] || c.stated {
		return
	}
	u, problem := parseAbsolute(logout)
	if problem != "" {
		return
	}
	for _, s := range uris {
		if r, problem := parseAbsolute(s); problem == "" && origin.OfURL(r) == origin.OfURL(u) {
			return
		}
	}
	c.add(Problem{
		Member: "frontchannel_logout_uri", Index: whole, Warning: true, Summary: "Logout URI on another origin",
		Detail: "The scheme, host and port of frontchannel_logout_uri must be those of one of the redirect_uris (OpenID Connect Front-Channel Logout §2). Servers may refuse it.",
	})
}
