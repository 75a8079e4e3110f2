// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// What was probably meant by a value that cannot be used, as a line to copy. A value that may be a secret in the wrong place is not repeated:
// only what has the look of a host, which errors name anyway, of a duration, or of a word that the schema has.

var (
	hostAndPath = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(:[0-9]{1,5})?(/[A-Za-z0-9/._~-]*)?$`)
	hostAndPort = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*:[0-9]{1,5}$`)
	days        = regexp.MustCompile(`^([0-9]{1,5}) ?d(ays?)?$`)
	digits      = regexp.MustCompile(`^[0-9]{1,9}$`)
)

// meantAddress is the https URL that a host and a path were probably meant to be, or the URL that has white space around it, or "".
func meantAddress(raw string) string {
	text := strings.TrimSpace(raw)
	switch {
	case hostAndPath.MatchString(text) && transport.CheckURL("https://"+text, false) == nil:
		return "https://" + text
	case text != raw && bare(text) && transport.CheckURL(text, true) == nil:
		return text
	}
	return ""
}

// bare reports whether an address has nothing but a scheme, a host and a path: a query and user information may be secrets.
func bare(address string) bool { return !strings.ContainsAny(address, "?@#") }

// meantProxy is the URL of the proxy at a host and a port, or the one that has white space around it, or "".
func meantProxy(raw string) string {
	text := strings.TrimSpace(raw)
	switch {
	case hostAndPort.MatchString(text) && transport.CheckProxy("http://"+text) == nil:
		return "http://" + text
	case text != raw && bare(text) && transport.CheckProxy(text) == nil:
		return text
	}
	return ""
}

// meantTemplate is the template that has white space around it, or "".
func meantTemplate(raw string) string {
	text := strings.TrimSpace(raw)
	if text == raw || !bare(strings.TrimSuffix(text, "?client_id={client_id}")) || authserver.CheckTemplate(text) != nil {
		return ""
	}
	return text
}

// meantChoice is the one of a few words that was meant, or "".
func meantChoice(raw string, allowed []string) string {
	folded := func(s string) string { return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "-", "_") }
	for _, word := range allowed {
		if folded(raw) == folded(word) {
			return word
		}
	}
	return ""
}

// meantDuration is a duration as time.ParseDuration takes it, or "".
func meantDuration(raw string) string {
	text := strings.ToLower(strings.TrimSpace(raw))
	if m := days.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		text = strconv.Itoa(24*n) + "h"
	}
	text = strings.ReplaceAll(text, " ", "")
	if d, err := time.ParseDuration(text); err != nil || d <= 0 {
		return ""
	}
	return text
}

// corrected is the way to write a value as it was meant; none where that is not known.
func corrected(at path.Path, meant string) []wording.Fix {
	if meant == "" {
		return nil
	}
	return []wording.Fix{{Way: "corrected value", Text: "Write it so:", Lines: assignment(at, meant)}}
}

// assignment sets the attribute at a path, in the block that has it.
func assignment(at path.Path, value string) []string {
	last, _ := at.Steps().LastStep()
	name, ok := last.(path.PathStepAttributeName)
	if !ok {
		return nil
	}
	return []string{wording.Assignment(string(name), value)}
}

// assignmentOfNull has the attribute at a path count as not set, where its variable has nothing in it.
func assignmentOfNull(at path.Path) []string {
	return []string{at.String() + ` = var.value != "" ? var.value : null`}
}

// fileWays are the ways where a file cannot be read: where Terraform runs need not be where the configuration is.
func fileWays(at path.Path) []wording.Fix {
	steps := at.Steps()
	name, _ := steps[len(steps)-1].(path.PathStepAttributeName)
	return []wording.Fix{{
		Way: "path.root", Text: "A relative name counts from the directory in which Terraform runs. For a file that lies beside the configuration, with its name:", Lines: []string{string(name) + ` = "${path.root}/FILE"`},
	}}
}

func durationWays(at path.Path, raw string) []wording.Fix {
	if ways := corrected(at, meantDuration(raw)); ways != nil {
		return ways
	}
	example, unit := "30s", "s"
	if at.Equal(path.Root(attrRenewBefore)) {
		example, unit = "720h", "h"
	}
	if digits.MatchString(raw) && meantDuration(raw+unit) != "" { // a number without its unit, and not one that no duration can hold
		example = raw + unit
	}
	return []wording.Fix{{Way: "unit", Text: "Write a number and its unit, for example:", Lines: assignment(at, example)}}
}

// proxyWays are the ways where the address of a proxy cannot be used.
func proxyWays(at path.Path, raw string) []wording.Fix {
	if ways := corrected(at, meantProxy(raw)); ways != nil {
		return ways
	}
	return []wording.Fix{{Way: "proxy_url", Text: "Write it as a URL, for example:", Lines: assignment(at, "http://proxy.example.com:3128")}}
}

// queryWays are the ways where the template of a search cannot be used.
func queryWays(at path.Path) []wording.Fix {
	return []wording.Fix{{Way: "client_query_template", Text: "Write it as a URL, for example:", Lines: assignment(at, lifecycle.DefaultQueryTemplate)}}
}

// choiceWays are the ways where a word is none of those that the schema has.
func choiceWays(at path.Path, raw string, allowed []string) []wording.Fix {
	return corrected(at, meantChoice(raw, allowed))
}
