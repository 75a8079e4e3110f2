// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// ownServer is one of two authorization servers: an issuer with its endpoints, at an origin of its own or beside the other one.
type ownServer struct {
	op   *fakeop.Server
	path string // of the issuer
	name string
	// credential is the provider's for this server, by its kind.
	credential string
	// named is whether the metadata document names an endpoint of the other one, or did earlier, by its member.
	named map[string]bool
}

func (s *ownServer) issuer() string   { return s.op.URL() + s.path }
func (s *ownServer) endpoint() string { return s.issuer() + "/register" }

// own are the texts that are configured for this server and for no other.
func (s *ownServer) own() map[string]string {
	return map[string]string{
		"an initial access token": "configured-iat-" + s.name, "a password": "configured-password-" + s.name,
		"a client's secret for the client credentials grant": "configured-secret-" + s.name, "an API key": "configured-key-" + s.name,
	}
}

// requests are those that came to this server.
func (s *ownServer) requests() []fakeop.Request {
	return slices.DeleteFunc(s.op.Requests(), func(r fakeop.Request) bool {
		return s.path != "" && !strings.HasPrefix(r.Path, s.path+"/") && !strings.HasSuffix(r.Path, s.path)
	})
}

// held is a credential that one server issued, or that is configured for it.
type held struct {
	kind  string
	owner *ownServer
	// at are the addresses that its server told for the client it is of.
	at map[string]bool
}

// holdings are all credentials of the servers so far, by their text.
func holdings(servers []*ownServer) map[string]*held {
	all := map[string]*held{}
	for _, s := range servers {
		for kind, text := range s.own() {
			all[text] = &held{kind: kind, owner: s}
		}
		at := map[string]map[string]bool{} // by client_id
		for _, c := range s.clients() {    // an administrator may have issued what it has
			at[c.ID] = map[string]bool{c.URI: true}
			all[c.Token], all[c.Secret] = &held{"registration_access_token", s, at[c.ID]}, &held{"client_secret", s, at[c.ID]}
		}
		delete(all, "")
		for _, r := range s.requests() {
			var doc map[string]any
			if r.Status < 200 || r.Status > 299 || json.Unmarshal(r.Answer, &doc) != nil {
				continue
			}
			id, _ := doc["client_id"].(string)
			if at[id] == nil {
				at[id] = map[string]bool{}
			}
			if uri, _ := doc["registration_client_uri"].(string); uri != "" {
				at[id][uri] = true
			}
			for _, member := range []string{"registration_access_token", "client_secret", "access_token"} {
				if text, _ := doc[member].(string); text != "" {
					all[text] = &held{kind: member, owner: s, at: at[id]}
				}
			}
		}
	}
	return all
}

// carried is all of a request in which a credential may be, decoded.
func carried(r fakeop.Request) string {
	var parts []string
	for _, values := range r.Header {
		parts = append(parts, values...)
	}
	if r.AuthScheme == "Basic" {
		decoded, _ := base64.StdEncoding.DecodeString(r.Credential)
		parts = append(parts, string(decoded))
	}
	parts = append(parts, r.Path, r.RawQuery, string(r.Body))
	for _, part := range slices.Clone(parts) {
		if plain, err := url.QueryUnescape(part); err == nil {
			parts = append(parts, plain)
		}
	}
	return strings.Join(parts, "\n")
}

// excused reports whether a credential may be in a request to another server than its own, and why.
func (h *held) excused(r fakeop.Request, to *ownServer) bool {
	address := to.op.URL() + r.Path
	if r.RawQuery != "" {
		address += "?" + r.RawQuery
	}
	token := r.Path == to.path+"/token"
	switch {
	case h.at[address] && h.kind != "access_token":
		return true // RFC 7592 §3: its own server told that the client is there, and a secret goes along in the body of an update (§2.2)
	case h.owner.named["token_endpoint"] && token && (h.kind == "client_secret" || h.kind == "a client's secret for the client credentials grant"):
		return true // RFC 8414 §2: the issuer's own document has that for its token endpoint
	case h.owner.named["registration_endpoint"] && strings.HasPrefix(r.Path, to.path+"/register") && (h.owner.own()[h.kind] != "" || h.kind == "access_token"):
		return true // RFC 8414 §2: and that for its registration endpoint
	case to.named["registration_endpoint"] && (h.kind == "client_secret" && token || h.at != nil && strings.HasPrefix(r.Path, to.path+"/register/")):
		return true // who is registered there by the document of an issuer is a client of that issuer, for whom the template is written out, too
	case h.kind == "an API key" && (h.owner.op == to.op || h.owner.named["registration_endpoint"]):
		return true // headers are set for the origin of the registration endpoint
	}
	return false
}

// leaks are the credentials that came to another server than their own.
func leaks(servers []*ownServer) (found []string) {
	all := holdings(servers)
	texts := slices.Sorted(maps.Keys(all))
	for _, s := range servers {
		for _, r := range s.requests() {
			sent := carried(r)
			for _, text := range texts {
				if h := all[text]; h.owner != s && strings.Contains(sent, text) && !h.excused(r, s) {
					found = append(found, fmt.Sprintf("%s of %s (%s) came to %s: %s %s%s", h.kind, h.owner.name, text, s.name, r.Method, r.Path, r.RawQuery))
				}
			}
		}
	}
	return found
}

// misdirect are ways in which a server leads to another one, or hides a client.
func (s *ownServer) misdirect(kind string, other *ownServer) {
	s.op.EditFaults(func(f *fakeop.Faults) {
		*f = fakeop.Faults{}
		redirect := func(status int, of ...fakeop.Operation) {
			f.Redirect, f.RedirectStatus = map[fakeop.Operation]string{}, status
			for _, op := range of {
				f.Redirect[op] = map[fakeop.Operation]string{
					fakeop.OpRegister: other.endpoint(), fakeop.OpToken: other.issuer() + "/token", fakeop.OpAuthorize: other.issuer() + "/authorize",
					fakeop.OpMetadata: other.issuer() + "/.well-known/openid-configuration",
				}[op]
				if f.Redirect[op] == "" {
					f.Redirect[op] = other.endpoint() + "/client-1"
				}
			}
		}
		name := func(member, path string) {
			s.named[member] = true
			f.MetadataMembers = map[string]any{member: other.issuer() + path}
		}
		switch kind {
		case "refused":
			f.Reading.Calls = fakeop.Always(fakeop.Unauthorized(true))
		case "refused, deletions too":
			f.Reading.Calls, f.Deletion.Calls = fakeop.Always(fakeop.Unauthorized(true)), fakeop.Always(fakeop.Unauthorized(true))
		case "updates refused":
			f.Updating.Calls = fakeop.Always(fakeop.Unauthorized(true))
		case "not found":
			f.Reading.Calls, f.Updating.Calls, f.Deletion.Calls = fakeop.Always(fakeop.NotFoundJSON()), fakeop.Always(fakeop.NotFoundJSON()), fakeop.Always(fakeop.NotFoundJSON())
		case "no metadata":
			f.Discovery.Calls = fakeop.Always(fakeop.Unavailable(0))
		case "lost answers":
			f.Registration.Calls, f.Updating.Calls = fakeop.Always(fakeop.Lost()), fakeop.Always(fakeop.Lost())
		case "token endpoint redirects":
			redirect(http.StatusTemporaryRedirect, fakeop.OpToken, fakeop.OpAuthorize)
		case "clients redirect":
			redirect(http.StatusTemporaryRedirect, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete)
		case "clients redirect, 302":
			redirect(http.StatusFound, fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete)
		case "registration redirects":
			redirect(http.StatusPermanentRedirect, fakeop.OpRegister)
		case "metadata redirect":
			redirect(http.StatusFound, fakeop.OpMetadata)
		case "clients at the other origin":
			f.ClientURIOrigin = other.op.URL()
		case "names the other one's token endpoint":
			name("token_endpoint", "/token")
		case "names the other one's authorization endpoint":
			name("authorization_endpoint", "/authorize")
		case "names the other one's registration endpoint":
			name("registration_endpoint", "/register")
		case "names the other one as issuer":
			f.MetadataIssuer = other.issuer()
			// To which the other one's may redirect: then this is that one's own document, with its endpoints.
			other.named["token_endpoint"], other.named["registration_endpoint"] = true, true
		}
	})
}

// misdirections are the kinds of misdirect. Those that concern all tenants of an origin alike are for servers at two origins.
var misdirections = []string{
	"", "", "refused", "refused, deletions too", "updates refused", "not found", "no metadata", "lost answers", "token endpoint redirects", "clients redirect", "clients redirect, 302",
	"registration redirects", "metadata redirect", "clients at the other origin", "names the other one's token endpoint", "names the other one's authorization endpoint",
	"names the other one's registration endpoint", "names the other one as issuer",
}

const misdirectionsOfTenants = 8
