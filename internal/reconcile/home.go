// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import (
	"net/url"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
)

// Home is where a client was registered. Evidence of it is asked there and nowhere else, and its credentials go nowhere
// else.
type Home struct {
	Issuer               string `json:"issuer,omitempty"`
	RegistrationEndpoint string `json:"registration_endpoint,omitempty"`
	// RegistrationAlias is the other address of the registration endpoint, where the metadata have one with mutual TLS and one without (RFC 8705 §5).
	RegistrationAlias     string `json:"registration_alias,omitempty"`
	TokenEndpoint         string `json:"token_endpoint,omitempty"`
	AuthorizationEndpoint string `json:"authorization_endpoint,omitempty"`
	// Listed: the metadata named the registration endpoint. One that was written out may never have been in them.
	Listed bool `json:"listed,omitempty"`
	// Aside: the metadata named another registration endpoint than the one that was written out, and of another place, or none beside one of another origin, so that
	// the other endpoints in them may be another server's. That these do not know a client says nothing then.
	Aside bool `json:"aside,omitempty"`
}

// Naming completes a home with the registration endpoints that its issuer's metadata name. Two of one place are one server's, as the open and the protected one.
func (h Home) Naming(listed ...string) Home {
	h.Listed = false
	h.Aside = h.RegistrationEndpoint != "" && h.HasEndpoints() && !origin.Same(h.Issuer, h.RegistrationEndpoint) && !origin.Same(h.TokenEndpoint, h.RegistrationEndpoint)
	for _, endpoint := range listed {
		if endpoint == "" || h.RegistrationEndpoint == "" {
			continue
		}
		if origin.SameURL(endpoint, h.RegistrationEndpoint) {
			h.Listed, h.Aside = true, false
			return h
		}
		h.Aside = true
		if origin.Same(endpoint, h.RegistrationEndpoint) && ofOnePlace(endpoint, h.RegistrationEndpoint) {
			h.Aside = false
			return h
		}
	}
	return h
}

// ofOnePlace reports whether two endpoints differ in the last part of their path alone. Two queries may name two tenants, and one without may be the first tenant's.
func ofOnePlace(one, other string) bool {
	a, first, _ := strings.Cut(origin.Canonical(one), "?")
	b, second, _ := strings.Cut(origin.Canonical(other), "?")
	return a[:strings.LastIndex(a, "/")+1] == b[:strings.LastIndex(b, "/")+1] && first == second
}

// Believes returns what is believed of an endpoint's testimony on a client that was registered here.
func (h Home) Believes(t Testimony) Testimony {
	if h.Aside && (t == DoesNotKnow || t == TurnsAway) {
		return Silent
	}
	return t
}

// Withholds reports whether the token endpoint may be another server's, so that no secret of the client's is shown to it: none of the metadata name it and where the
// client was registered together, and neither the origin that registered the client nor the one of its address, where it was shown, is that of the token
// endpoint or of the issuer, whose word that one is.
func (h Home) Withholds(address string) bool {
	if !h.Aside || h.TokenEndpoint == "" {
		return false
	}
	for _, own := range []string{h.RegistrationEndpoint, h.RegistrationAlias, address} {
		if origin.Same(own, h.TokenEndpoint) || origin.Same(own, h.Issuer) {
			return false
		}
	}
	return true
}

// IsKnown reports whether the record says where the client was registered.
func (h Home) IsKnown() bool { return h.Issuer != "" || h.RegistrationEndpoint != "" }

// HasEndpoints reports whether the record says where the client can be asked about.
func (h Home) HasEndpoints() bool { return h.TokenEndpoint != "" || h.AuthorizationEndpoint != "" }

// names is the home without where the client can be asked about, and without who named it.
func (h Home) names() Home {
	h.TokenEndpoint, h.AuthorizationEndpoint, h.Listed, h.Aside = "", "", false, false
	return h
}

// Serves reports whether a server as its metadata has it now is still where the client is: its registration endpoint is the one that the record
// has, or the client's own URI lies below it.
func (h Home) Serves(now Home, clientURI string) bool {
	return now.RegistrationEndpoint != "" && (h.sharesEndpoint(now) || below(clientURI, now.RegistrationEndpoint))
}

// Renewed returns the home with the endpoints that its issuer's metadata names now, beside a client that was just shown at its own URI: a server
// may move them to another origin, and evidence at the old ones proves nothing from then on. The client's secret will go to the new ones, and one
// document may be wrong, as that of a replica which names internal hosts. So two have to agree, and the server has to be the client's still.
func (h Home) Renewed(first, second Home, clientURI string) Home {
	if first != second || !first.HasEndpoints() || h.Issuer == "" || h.Relation(first, "") != HomeSame || !h.Serves(first, clientURI) {
		return h
	}
	h.TokenEndpoint, h.AuthorizationEndpoint, h.Aside = first.TokenEndpoint, first.AuthorizationEndpoint, h.Aside && first.Aside
	return h
}

// ConfirmedBy reports whether the endpoints that may be another server's are ones that were seen to know another client of the very same server.
func (h Home) ConfirmedBy(other Home) bool {
	return h.Aside && h.HasEndpoints() && !other.Aside && h.Issuer == other.Issuer && h.sharesEndpoint(other) &&
		h.TokenEndpoint == other.TokenEndpoint && h.AuthorizationEndpoint == other.AuthorizationEndpoint
}

// EndpointNow is the registration endpoint of the client's server, of which the configuration or a metadata document names one by now. Credentials go to what a
// template makes of it, and one document may be wrong, as may an endpoint beside the right issuer: the record's goes first, unless the one named is
// its alias or the client's own URI lies below it. It is the one named where no record tells.
func (h Home) EndpointNow(named, clientURI string) string {
	if h.RegistrationEndpoint == "" || h.Serves(Home{RegistrationEndpoint: named}, clientURI) {
		return named
	}
	return h.RegistrationEndpoint
}

// TakesAddress reports whether an address that is written out beside the configured server may be the client's, so that its credentials go there. The issuer decides which
// server is configured, and one that stands beside another server's registration endpoint has the address of that one beside it, too: where the two are not seen to be one
// server, at the client's registration or by now, the address counts as far as the record knows it.
func (h Home) TakesAddress(configured Home, address, clientID, clientURI string) bool {
	return h.IsAt(configured, clientURI) || h.HasAddress(address, clientID, clientURI)
}

// IsAt reports whether a server of the record's issuer is seen to be where the client is, and not only named so.
func (h Home) IsAt(configured Home, clientURI string) bool {
	return h.Serves(configured, clientURI) || h.IsOne() && configured.IsOne()
}

// IsNamed reports whether a server that the configuration names is where the client is, as far as the names tell: one that was registered beside an issuer may be another server's.
func (h Home) IsNamed(named Home, clientURI string) bool {
	return h.RegistrationEndpoint == "" || named.RegistrationEndpoint == "" && h.IsOne() || h.Serves(named, clientURI)
}

// IsOne reports whether the issuer is seen to be the registration endpoint's: its metadata name that, or name endpoints that are its neighbours or know the client.
func (h Home) IsOne() bool { return h.Listed || h.HasEndpoints() && !h.Aside }

// HomeRelation is how the server that the provider is configured for relates to the client's own.
type HomeRelation int

// The relations. HomeUnknown is the zero value, under which nothing is asked and no credential is sent.
const (
	HomeUnknown HomeRelation = iota
	HomeSame
	HomeOther
)

// Relation compares the record's home with the server that the provider is configured for.
//
// The issuer decides where both have one: two realms of one host are two servers. Else the registration endpoint does. A
// record without a home (a tainted object has none, nor has an import) is of the configured server where the client's own
// URI lies below that server's registration endpoint, and unknown otherwise.
func (h Home) Relation(configured Home, clientURI string) HomeRelation {
	switch {
	case h.Issuer != "" && configured.Issuer != "":
		return relation(origin.SameURL(h.Issuer, configured.Issuer))
	case h.RegistrationEndpoint != "" && configured.RegistrationEndpoint != "":
		return relation(h.sharesEndpoint(configured))
	case h.IsKnown() || clientURI == "" || configured.RegistrationEndpoint == "":
		return HomeUnknown
	case below(clientURI, configured.RegistrationEndpoint):
		return HomeSame
	case !origin.Same(clientURI, configured.RegistrationEndpoint):
		return HomeOther
	}
	return HomeUnknown
}

// Overlaps reports whether two places are one server as one of their names says: one issuer is one server, and so is one registration endpoint.
func (h Home) Overlaps(other Home) bool {
	return h.Issuer != "" && origin.SameURL(h.Issuer, other.Issuer) || h.sharesEndpoint(other)
}

// sharesEndpoint reports whether two servers have a registration endpoint in common, with mutual TLS or without.
func (h Home) sharesEndpoint(other Home) bool {
	for _, a := range []string{h.RegistrationEndpoint, h.RegistrationAlias} {
		if a != "" && (origin.SameURL(a, other.RegistrationEndpoint) || origin.SameURL(a, other.RegistrationAlias)) {
			return true
		}
	}
	return false
}

// VouchesFor reports whether the metadata of an issuer are the configured server's own, so that the token endpoint in them may get its credentials. Any
// metadata may name the registration endpoint that is configured. Where no issuer is, they are its own where that endpoint lies below the issuer:
// who has that address has the endpoint's, too.
func (h Home) VouchesFor(issuer string) bool {
	switch {
	case h.Issuer != "":
		return origin.SameURL(h.Issuer, issuer)
	case h.RegistrationEndpoint == "":
		return true // nothing but the issuer says which server it is
	}
	of, err := url.Parse(issuer)
	endpoint, err2 := url.Parse(h.RegistrationEndpoint)
	if err != nil || err2 != nil || !origin.Same(issuer, h.RegistrationEndpoint) {
		return false
	}
	return strings.HasPrefix(endpoint.Path, strings.TrimSuffix(of.Path, "/")+"/")
}

func relation(same bool) HomeRelation {
	if same {
		return HomeSame
	}
	return HomeOther
}

// below reports whether a URI is the endpoint's own with something added: a further segment or a query.
func below(uri, endpoint string) bool {
	u, err := url.Parse(uri)
	e, err2 := url.Parse(endpoint)
	if err != nil || err2 != nil || !origin.Same(uri, endpoint) {
		return false
	}
	path := strings.TrimSuffix(e.Path, "/")
	return path != "" && (strings.HasPrefix(u.Path, path+"/") || u.Path == path && u.RawQuery != "")
}

// HasAddress reports whether an address is a client's at this server, as far as the record tells: the one that the server returned, or one below its registration endpoint or beside
// that. Two realms of one host are two servers, and so are two tenants in the query.
func (h Home) HasAddress(address, clientID, clientURI string) bool {
	if clientURI != "" && origin.SameURL(address, clientURI) {
		return true
	}
	for _, endpoint := range []string{h.RegistrationEndpoint, h.RegistrationAlias} {
		at, err := url.Parse(address)
		of, err2 := url.Parse(endpoint)
		if err != nil || err2 != nil || !origin.Same(address, endpoint) || withoutName(at, of, clientID) != of.Query().Encode() {
			continue
		}
		bare := *at
		bare.RawQuery, of.RawQuery = "", ""
		above := strings.TrimRight(bare.String(), "/")
		above = above[:strings.LastIndex(above, "/")]
		if below(address, of.String()) || ofOnePlace(above, of.String()) {
			return true
		}
	}
	return false
}

// withoutName is the query of an address without the one parameter that names the client in it. Whatever else has the client_id as its value may be a tenant, and so may any where
// the path names the client.
func withoutName(at, endpoint *url.URL, clientID string) string {
	bare, query := *at, at.Query()
	bare.RawQuery = ""
	if IsClientsOwn(bare.String(), clientID) {
		return query.Encode()
	}
	for name, values := range query {
		if len(values) == 1 && values[0] == clientID && !endpoint.Query().Has(name) {
			query.Del(name)
			break
		}
	}
	return query.Encode()
}

// NamesClient reports whether a client configuration endpoint names the client, as a path segment or as a query parameter's value.
func NamesClient(uri, clientID string) bool { return origin.Names(uri, clientID) }

// IsClientsOwn reports whether a client configuration endpoint is the client's alone, by its form. Any other one may be several clients', which their tokens tell apart
// (RFC 7592 §2).
func IsClientsOwn(uri, clientID string) bool { return origin.EndsInName(uri, clientID) }
