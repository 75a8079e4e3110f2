// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// importServers are a server with two clients and another one with one; the provider has the tokens of all three.
type importServers struct {
	home, away     *fakeop.Server
	tokens         attrs
	id, uri        string
	other          string
	awayID, awayTo string
}

func newImportServers(t *testing.T) *importServers {
	t.Helper()
	s := &importServers{home: &fakeop.Server{Seed: "home"}, away: &fakeop.Server{Seed: "away"}, tokens: attrs{}}
	var token string
	s.id, s.uri, token = registeredBefore(t, s.home, secured())
	s.tokens[s.id] = token
	maker := newSubject(t, s.home, nil)
	maker.Apply(secured().With(attrs{"client_name": "Other"}))
	s.other = maker.id()
	s.tokens[s.other] = maker.Text("registration_access_token")
	s.awayID, s.awayTo, token = registeredBefore(t, s.away, secured())
	s.tokens[s.awayTo] = token
	return s
}

// named puts addresses and identifiers into a text.
func (s *importServers) named(text string) string {
	return strings.NewReplacer("$awayuri", s.awayTo, "$awayid", s.awayID, "$away", s.away.Issuer(), "$home", s.home.Issuer(), "$uri", s.uri, "$other", s.other, "$id", s.id).Replace(text)
}

// oddImport is what an import may name a client by, as a person writes it, and what becomes of it.
type oddImport struct {
	id       string
	identity attrs // in place of the ID

	refused string // by the import, before anything is sent to a client
	unread  string // by the read, which the server refuses
	client  string // else the client that is imported
}

const (
	emptyImport   = "Import names no client"
	unusableURI   = "Unusable registration_client_uri"
	unusableID    = "Unusable client_id"
	noToken       = "No credential to read the client with"
	notAnIssuer   = "Not an issuer"
	anotherIssuer = "The metadata document names another issuer"
)

func oddImports() map[string]oddImport {
	of := func(parts ...string) attrs {
		out := attrs{}
		for i, name := range []string{"client_id", "registration_client_uri", "issuer"} {
			if i < len(parts) && parts[i] != "-" {
				out[name] = parts[i]
			}
		}
		return out
	}
	return map[string]oddImport{
		// IDs.
		"nothing":              {id: " \n\t", refused: emptyImport},
		"white space around":   {id: "  $uri\n", client: "$id"},
		"blanks around an id":  {id: "\t$id ", client: "$id"},
		"query":                {id: "$uri?access_token=canary", client: "$id"},
		"query without a name": {id: "$uri?", client: "$id"},
		"fragment":             {id: "$uri#canary", refused: unusableURI},
		"user information":     {id: "https://user:canary@op.example.com/register/$id", refused: unusableURI},
		"no host":              {id: "https://", refused: unusableURI},
		"half an address":      {id: "http://[::1", refused: unusableURI},
		"plain http":           {id: "http://op.example.com/register/$id", refused: unusableURI},
		"issuer and an id":     {id: "https://op.example.com,$id", refused: unusableURI},
		"another scheme":       {id: "ftp://op.example.com/register/$id", refused: unusableURI},
		"line break in a URI":  {id: "https://op.example.com/\n$id", refused: unusableURI},
		"NUL":                  {id: "$id\x00", refused: unusableID},
		"line break":           {id: "$id\ncanary", refused: unusableID},
		"unknown":              {id: "nobody", refused: noToken},
		"slash":                {id: "../$id", refused: noToken},
		"percent":              {id: "%2e%2e/$id", refused: noToken},
		"unicode":              {id: "\u00fc$id", refused: noToken},
		"right to left":        {id: "\u202e$id", refused: noToken},
		"assignment":           {id: "client_id=$id", refused: noToken},
		"quoted":               {id: "\"$id\"", refused: noToken},
		"very long":            {id: strings.Repeat("x", 70000), refused: noToken},
		"slash behind":         {id: "$uri/", unread: "Client"},

		// Identities: client_id, registration_client_uri, issuer.
		"no attribute":                 {identity: of(), refused: emptyImport},
		"empty texts":                  {identity: of("", "", ""), refused: emptyImport},
		"blanks":                       {identity: of(" ", "\n"), refused: emptyImport},
		"issuer alone":                 {identity: of("-", "-", "$home"), refused: emptyImport},
		"client_id alone":              {identity: of("$id"), client: "$id"},
		"URI alone":                    {identity: of("-", "$uri"), client: "$id"},
		"all":                          {identity: of("$id", "$uri", "$home"), client: "$id"},
		"issuer with a slash":          {identity: of("$id", "-", "$home/"), client: "$id"},
		"issuer with a slash, by URI":  {identity: of("-", "$uri", "$home/"), client: "$id"},
		"another server":               {identity: of("$awayid", "-", "$away"), client: "$awayid"},
		"another server, by URI":       {identity: of("-", "$awayuri", "$away"), client: "$awayid"},
		"another, with a slash":        {identity: of("$awayid", "-", "$away/"), refused: anotherIssuer},
		"another, a slash, by URI":     {identity: of("-", "$awayuri", "$away/"), refused: anotherIssuer},
		"no issuer":                    {identity: of("$id", "-", "canary"), refused: notAnIssuer},
		"issuer with a blank":          {identity: of("$id", "-", " $home"), refused: notAnIssuer},
		"document for an issuer":       {identity: of("$id", "-", "$home/.well-known/openid-configuration"), refused: notAnIssuer},
		"issuer with user information": {identity: of("$id", "-", "https://u:canary@op.example.com"), refused: notAnIssuer},
		"id for a URI":                 {identity: of("-", "$id"), refused: unusableURI},
		"URI for an id":                {identity: of("$uri"), refused: noToken},
		"URI with a fragment":          {identity: of("-", "$uri#canary"), refused: unusableURI},
		"line break in client_id":      {identity: of("$id\ncanary"), refused: unusableID},
		"two clients":                  {identity: of("$other", "$uri"), refused: "Import of two clients"},
		"nobody at a client's URI":     {identity: of("nobody", "$uri"), refused: "Import of two clients"},
		"a letter more in the URI":     {identity: of("$id", "$urix"), refused: "Import of two clients"},
		"a letter less in client_id":   {identity: of("x$id", "$uri"), refused: "Import of two clients"},
		"two servers":                  {identity: of("-", "$uri", "$away"), refused: "Import of two servers"},
		"all three contradict":         {identity: of("$other", "$uri", "$away"), refused: "Import of two clients"},
		"client of another server":     {identity: of("$id", "-", "$away"), refused: noToken},
	}
}

// Whatever an import names a client by: the client is imported and a plan keeps it, or the import says what is wrong before anything is
// sent to any client, or the server refuses what names no client of its. No message has a part of it that may be a secret.
func TestOddImports(t *testing.T) {
	t.Parallel()
	for name, c := range oddImports() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newImportServers(t)
			r := newSubject(t, s.home, attrs{"registration_access_tokens": s.tokens, "max_retries": 0})
			s.home.ResetLog()
			s.away.ResetLog()
			imported, read := r.importAndRead(c.request(t, s))
			all := details(append(slices.Clone(imported), read...))
			containsNone(t, all, "canary")
			switch {
			case c.refused != "":
				if !failed(imported) || !strings.Contains(details(imported), c.refused) {
					t.Errorf("the import says %s, want %q", details(imported), c.refused)
				}
				if n := s.home.CountOf(fakeop.OpRead) + s.away.CountOf(fakeop.OpRead); n > 0 {
					t.Errorf("%d requests to a client: %v %v", n, s.home.Log(), s.away.Log())
				}
				switch c.refused {
				case emptyImport, unusableURI, unusableID:
					containsAll(t, all, "    terraform import ADDRESS CLIENT_ID\n", "    terraform import ADDRESS REGISTRATION_CLIENT_URI\n")
					for _, name := range []string{s.id, s.uri} {
						if imported, read := r.importAndRead(oddImport{id: name}.request(t, s)); failed(imported) || failed(read) || r.id() != s.id {
							t.Errorf("the way out does not work: %s", details(append(imported, read...)))
						}
					}
				}
			case c.unread != "":
				if failed(imported) || !failed(read) || !strings.Contains(details(read), c.unread) {
					t.Errorf("the import says %s, want %q of the read", all, c.unread)
				}
			case failed(imported) || failed(read):
				t.Errorf("the import says %s", all)
			default:
				if r.id() != s.named(c.client) {
					t.Errorf("client %q is imported, want %q", r.id(), s.named(c.client))
				}
				config := secured()
				if c.client == "$awayid" {
					config["issuer"] = s.away.Issuer()
				}
				if p := r.Plan(config); r.anew(p) {
					t.Errorf("the plan replaces what was imported: %s", r.Describe(p))
				}
				r.Apply(config)
				r.WantEmpty(config)
			}
		})
	}
}

func (c oddImport) request(t *testing.T, s *importServers) *tfprotov6.ImportResourceStateRequest {
	t.Helper()
	if c.identity == nil {
		return &tfprotov6.ImportResourceStateRequest{TypeName: clientType, ID: s.named(c.id)}
	}
	named := attrs{}
	for name, text := range c.identity {
		named[name] = s.named(text.(string))
	}
	return &tfprotov6.ImportResourceStateRequest{TypeName: clientType, Identity: identity(t, named)}
}

// importAndRead makes the two calls of an import and returns what each says.
func (r *subject) importAndRead(req *tfprotov6.ImportResourceStateRequest) (imported, read []*tfprotov6.Diagnostic) {
	r.t.Helper()
	resp, err := r.Rig().Server().ImportResourceState(r.t.Context(), req)
	if err != nil {
		r.t.Fatal(err)
	}
	if failed(resp.Diagnostics) {
		return resp.Diagnostics, nil
	}
	one := resp.ImportedResources[0]
	seen, err := r.Rig().Server().ReadResource(r.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: clientType, CurrentState: one.State, Private: one.Private, CurrentIdentity: one.Identity,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if r.State, err = seen.NewState.Unmarshal(r.Type()); err != nil {
		r.t.Fatal(err)
	}
	r.Private = seen.Private
	return resp.Diagnostics, seen.Diagnostics
}
