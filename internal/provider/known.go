// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// known are the credentials that a session has come across. The transport takes out of logs and errors what a request sent or
// its answer names; but a server may quote another one, such as a client's secret in the error of a read. This is the net
// below: no diagnostic and no log line leaves the provider with one of these in it.
type known struct {
	mu     sync.RWMutex
	values []string // the longest first: one may hold another
}

// shortestKnown spares ordinary words: no credential worth the name is shorter.
const shortestKnown = 6

func (k *known) add(credentials ...secret.String) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range credentials {
		value := c.Reveal()
		if len(value) < shortestKnown {
			continue
		}
		for _, form := range []string{value, url.QueryEscape(value)} {
			at, found := slices.BinarySearchFunc(k.values, form, longestFirst)
			if !found {
				k.values = slices.Insert(k.values, at, form)
			}
		}
	}
}

func longestFirst(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) }

func (k *known) addHandle(h reconcile.Handle) { k.add(h.RegistrationAccessToken, h.ClientSecret) }

func (k *known) addSettings(s settings) {
	k.add(s.InitialAccessToken, s.BasicPassword)
	if cc := s.ClientCredentials; cc != nil {
		k.add(cc.ClientSecret, cc.PrivateKey)
	}
	for _, set := range []map[string]secret.String{s.RegistrationAccessTokens, s.Transport.Headers} {
		for _, v := range set {
			k.add(v)
		}
	}
	if s.Journal != nil {
		k.add(s.Journal.Identity)
	}
}

func (k *known) scrub(text string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, value := range k.values {
		text = strings.ReplaceAll(text, value, secret.Redacted)
	}
	return text
}

// scrubbed is a log field that is cleaned when it is printed, since most never are.
type scrubbed struct {
	field any
	known *known
}

func (s scrubbed) String() string               { return s.known.scrub(fmt.Sprint(s.field)) }
func (s scrubbed) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// trace hands the transport's log lines, redacted there, to Terraform's log.
func (s *session) trace(ctx context.Context, message string, fields map[string]any) {
	for name, v := range fields {
		switch v.(type) {
		case string, error, fmt.Stringer:
			fields[name] = scrubbed{v, &s.known}
		}
	}
	tflog.Trace(ctx, message, fields)
}

// scrub cleans the diagnostics of an answer to Terraform.
func (p *Provider) scrub(diags []*tfprotov6.Diagnostic) {
	if len(diags) == 0 {
		return
	}
	p.mu.Lock()
	sessions := slices.Clone(p.sessions)
	p.mu.Unlock()
	for _, d := range diags {
		for _, s := range sessions {
			d.Summary, d.Detail = s.known.scrub(d.Summary), s.known.scrub(d.Detail)
		}
	}
}
