// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// SupportedMetadata returns the metadata of a client's server for a plan, or nil where it cannot be had now. A server that this same
// apply brings up is not there yet; lifecycle.Register reports the same problem, if it lasts, as an error. What will not mend itself is a
// problem of the plan already: a document that was fetched and is another issuer's, or nobody's, and a configuration that names no server.
//
// A server that was not found is asked once: a hundred clients must not wait a hundred times for a server that does not answer.
func (s *Server) SupportedMetadata(ctx context.Context, p Place) (*discovery.ServerMetadata, *outcome.Problem) {
	if s.UnknownServer(p) || s.UnknownConnection() {
		return nil, nil
	}
	if failed, ok := s.unlocatable.Load(p); ok {
		return nil, failed.(notLocated).problem
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var found notLocated
	t, problem := s.Locate(ctx, p)
	if problem == nil {
		// An endpoint that was given by hand needs no metadata, so that their want is no problem.
		var err error
		if t, err = s.withMetadata(ctx, t); err == nil {
			return t.Metadata, nil
		}
		found.err = err
	} else if problem.Kind == outcome.NoServer || lasting(problem.Err) && !s.ExpectsLater(problem.Err) {
		found.problem = problem
	} else {
		found.err = problem.Err
	}
	s.unlocatable.Store(p, found)
	return nil, found.problem
}

// notLocated is what a plan found in the place of a server's metadata: a problem that lasts, or an error after which the apply may find them.
type notLocated struct {
	problem *outcome.Problem
	err     error
}

func lasting(err error) bool {
	var e *discovery.Error
	return errors.As(err, &e) && e.Fetched
}

// ExpectsLater reports whether a document that names another issuer may turn out to be the one that the provider expects: whether its expected_issuer is for that
// server is not known yet.
func (s *Server) ExpectsLater(err error) bool {
	var e *discovery.Error
	return errors.As(err, &e) && e.Kind == discovery.IssuerMismatch && s.UnknownServer(Place{})
}

// CheckRegistrable returns why no client can be registered with a server whose metadata a plan has, or nil.
func (s *Server) CheckRegistrable(p Place, document *discovery.ServerMetadata) *outcome.Problem {
	endpoint := p.RegistrationEndpoint
	if p.IsEmpty() {
		endpoint = s.settings.RegistrationEndpoint
	}
	if document == nil || endpoint != "" {
		return nil
	}
	if s.lacking(p, document) != nil {
		return nil // the apply may find it
	}
	return s.CheckEndpoint(Target{Metadata: document, RegistrationEndpoint: s.Endpoint(document, "registration_endpoint"), Own: !p.IsEmpty()})
}

// lacking is why it is not known whether a place has a registration endpoint beside what is known of it: a part of its metadata could not be read. What is missing
// may be the one name that it shares with another place.
func (s *Server) lacking(p Place, document *discovery.ServerMetadata) error {
	if s.named(p).RegistrationEndpoint != "" || s.Endpoint(document, "registration_endpoint") != "" {
		return nil
	}
	return document.Incomplete
}

// CheckEndpoint returns why no client can be registered at the registration endpoint that a server's metadata names, or nil.
func (s *Server) CheckEndpoint(t Target) *outcome.Problem {
	if t.Metadata == nil {
		return nil // it was given by hand, and is checked as what it is
	}
	if shown := t.Metadata.Document["registration_endpoint"]; t.RegistrationEndpoint == "" && !metadata.Absent(shown) {
		return &outcome.Problem{Kind: outcome.UnusableEndpoint, Endpoint: t.Metadata.URL, OwnPlace: t.Own, Err: fmt.Errorf("it is %s and no URL", kindOf(shown))}
	}
	if t.RegistrationEndpoint == "" && t.Metadata.Incomplete != nil {
		return &outcome.Problem{Kind: outcome.NotDiscovered, Err: t.Metadata.Incomplete, OwnPlace: t.Own}
	}
	if t.RegistrationEndpoint == "" {
		return &outcome.Problem{Kind: outcome.NoRegistrationEndpoint, Endpoint: t.Metadata.URL, OwnPlace: t.Own}
	}
	if err := s.CheckURL(t.RegistrationEndpoint); err != nil {
		return &outcome.Problem{Kind: outcome.UnusableEndpoint, Endpoint: t.Metadata.URL, OwnPlace: t.Own, Err: err, Named: t.RegistrationEndpoint}
	}
	return nil
}

// kindOf names the kind of a JSON value that is no text.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case bool:
		return "a boolean"
	}
	return "a number"
}

// MayTurnUnmanaged reports whether a client that has a client configuration endpoint may turn out to be left alone, because
// management is not known yet.
func (s *Server) MayTurnUnmanaged() bool { return s.settings.unknown("management") }

// MayTurnToRecreate reports whether a client that its server does not show may turn out to be one that is registered anew, because
// on_missing is not known yet.
func (s *Server) MayTurnToRecreate() bool { return s.settings.unknown("on_missing") }

// MayTurnStrict reports whether strict may turn out to be set, because it is not known yet.
func (s *Server) MayTurnStrict() bool { return s.settings.unknown("strict") }

// MayAcceptOtherwise reports whether another value of the server may turn out to be accepted, or refused, because a setting is not known yet.
func (s *Server) MayAcceptOtherwise() bool { return s.MayAcceptMore() || s.MayTurnStrict() }

// MayAcceptMore reports whether accept_substitutions is not known yet.
func (s *Server) MayAcceptMore() bool { return s.settings.unknown("accept_substitutions") }

// Compare is how the servers of two places relate. One issuer is one server, and so is one registration endpoint. Where one place has only the one and the
// other only the other, the servers' metadata tells, and where that cannot be had now, nothing does.
func (s *Server) Compare(ctx context.Context, a, b Place) reconcile.HomeRelation {
	x, y := s.named(a), s.named(b)
	switch {
	case a == b, x.Overlaps(y):
		return reconcile.HomeSame
	case x.Issuer != "" && y.Issuer != "":
		return reconcile.HomeOther
	}
	x, allOfX := s.published(ctx, a)
	y, allOfY := s.published(ctx, b)
	switch {
	case x.Overlaps(y):
		return reconcile.HomeSame
	case allOfX && allOfY, x.Issuer != "" && y.Issuer != "":
		return reconcile.HomeOther
	}
	return reconcile.HomeUnknown
}

// RecordedAt is how the server that a place names relates to where a record has its client, with what that server's metadata says of its names. Where
// they cannot be had now, the error says why.
func (s *Server) RecordedAt(ctx context.Context, r reconcile.Record, p Place) (reconcile.HomeRelation, error) {
	at, all := s.published(ctx, p)
	relation := r.Home.Relation(at, "")
	if all || relation == reconcile.HomeSame {
		return relation, nil
	}
	return relation, s.NotFound(ctx, p)
}

// ByBothNames is the server that a place names, with the name beside that which a client has of it if it does not move.
func (s *Server) ByBothNames(r reconcile.Record, before, after Place) reconcile.Home {
	was, is := s.named(before), s.named(after)
	return reconcile.Home{
		Issuer:               cmp.Or(is.Issuer, r.Home.Issuer, was.Issuer),
		RegistrationEndpoint: cmp.Or(is.RegistrationEndpoint, r.Home.RegistrationEndpoint, was.RegistrationEndpoint),
	}
}

// NotFound is why a plan does not have the metadata of a place that would tell its registration endpoint, or nil.
func (s *Server) NotFound(ctx context.Context, p Place) error {
	if document, _ := s.SupportedMetadata(ctx, p); document != nil {
		return s.lacking(p, document)
	}
	failed, ok := s.unlocatable.Load(p)
	if !ok {
		return nil
	}
	if of := failed.(notLocated); of.problem != nil {
		return of.problem.Err
	}
	return failed.(notLocated).err
}

// published is the server that a place names, with what its metadata says of its names, and whether that is all: they may be needed, and not be had now.
func (s *Server) published(ctx context.Context, p Place) (at reconcile.Home, all bool) {
	at = s.named(p)
	document, _ := s.SupportedMetadata(ctx, p)
	if document == nil {
		byName := at.Issuer == "" && (!p.IsEmpty() || s.settings.WebFingerResource == "")
		return at, at.RegistrationEndpoint != "" || byName
	}
	at.Issuer = cmp.Or(at.Issuer, document.Issuer)
	at.RegistrationEndpoint = cmp.Or(at.RegistrationEndpoint, s.Endpoint(document, "registration_endpoint"))
	at.RegistrationAlias = aliasOf(document, at.RegistrationEndpoint)
	return at, s.lacking(p, document) == nil
}

// Serves reports whether a client of which only its URI is known is a client of the place rather than of the provider's own
// server. That is so of an import into a configuration that names a server itself: an import is told nothing of it. What is asked
// for the answer is the place's metadata, and nothing where the URI alone decides.
func (s *Server) Serves(ctx context.Context, uri string, p Place) bool {
	if uri == "" || p.IsEmpty() || s.UnknownServer(Place{}) {
		return false
	}
	own := Place{Issuer: s.settings.Issuer, RegistrationEndpoint: s.settings.RegistrationEndpoint}
	if own.IsEmpty() && s.settings.WebFingerResource == "" {
		return true
	}
	return s.nearer(ctx, uri, p, own) > 0
}

// ServesItself reports whether a URI is under the provider's own server rather than under a place.
func (s *Server) ServesItself(ctx context.Context, uri string, p Place) bool {
	if p.IsEmpty() || s.UnknownServer(Place{}) {
		return false
	}
	return s.nearer(ctx, uri, p, Place{Issuer: s.settings.Issuer, RegistrationEndpoint: s.settings.RegistrationEndpoint}) < 0
}

// Claimed is the registration endpoint by which a URI may be under a place all the same: its metadata name it at another origin than its issuer's, where anybody's
// may, and it is nearer to the URI than the provider's own server. It is "" where there is none.
func (s *Server) Claimed(ctx context.Context, uri string, p Place) string {
	document, _ := s.SupportedMetadata(ctx, p)
	if document == nil || p.IsEmpty() {
		return ""
	}
	endpoint, own := s.Endpoint(document, "registration_endpoint"), s.named(Place{})
	home := nearness(uri, own.Issuer, own.RegistrationEndpoint)
	if document, _ := s.SupportedMetadata(ctx, Place{}); document != nil {
		home = max(home, nearness(uri, s.Endpoint(document, "registration_endpoint")))
	}
	if origin.Same(document.Issuer, endpoint) || nearness(uri, endpoint) <= home {
		return ""
	}
	return endpoint
}

// EndpointAway is the registration endpoint that a place's metadata name at another origin than a URI's, so that the URI is under the place by its issuer alone. It is
// "" where there is none, or where the place names its endpoint itself.
func (s *Server) EndpointAway(ctx context.Context, uri string, p Place) string {
	at, _ := s.published(ctx, p)
	if p.RegistrationEndpoint != "" || at.RegistrationEndpoint == "" || origin.Same(uri, at.RegistrationEndpoint) {
		return ""
	}
	return at.RegistrationEndpoint
}

// ConfiguredAt is how the server that a place names relates to a client's own, as far as an applied configuration told that. Names tell: nothing is asked.
// An import's record does not say it: what it has of where the client is, a read found out by an address that two servers may share.
func (s *Server) ConfiguredAt(r reconcile.Record, p Place) reconcile.HomeRelation {
	named := s.named(p)
	if r.Home.Relation(named, "") == reconcile.HomeSame {
		return reconcile.HomeSame
	}
	return r.Configured.Relation(named, "")
}

// Placed returns the record of a client whose configuration was applied, with the server that this names. What a read took for an import's server by its address
// was another one where the configuration names that. Where it was told before, by a registration or a configuration, a client that stays is where it was.
func (s *Server) Placed(ctx context.Context, r reconcile.Record, before, after Place) reconcile.Record {
	told := r.Configured.IsKnown()
	if told && before == after {
		return r // the provider may be configured for another server since
	}
	r.Configured = s.named(after)
	if r.Home.Relation(r.Configured, "") != reconcile.HomeSame {
		// Nothing else has the other name of the server, and nobody may answer when it is asked for.
		r.Configured, _ = s.published(ctx, after)
	}
	if !r.Configured.IsKnown() { // it is found by WebFinger
		r.Configured = reconcile.Home{Issuer: r.Home.Issuer, RegistrationEndpoint: r.Home.RegistrationEndpoint}
	}
	taken := !told && before != after && r.Home.Relation(s.named(before), "") != reconcile.HomeOther
	if taken && r.Home.Relation(r.Configured, "") == reconcile.HomeOther {
		r.Home = reconcile.Home{}
	}
	return r
}

// nearer is above 0 where a URI is nearer to a place than to the provider's own server, and below 0 where it is the other way round.
func (s *Server) nearer(ctx context.Context, uri string, p, own Place) int {
	at, home := nearness(uri, p.Issuer, p.RegistrationEndpoint), nearness(uri, own.Issuer, own.RegistrationEndpoint)
	if at > home {
		return at - home
	}
	// Also where the provider's is nearer by its name: its issuer may be a host's own, and all addresses there are below that.
	tie := at == home
	published := func(p Place, named int) int {
		document, _ := s.SupportedMetadata(ctx, p)
		if document == nil || s.lacking(p, document) != nil {
			return named
		}
		endpoint := s.Endpoint(document, "registration_endpoint")
		switch {
		case tie:
			return nearness(uri, endpoint)
		case !origin.Same(document.Issuer, endpoint):
			return named // anybody's metadata may name an endpoint
		}
		return max(nearness(uri, endpoint), named)
	}
	return published(p, at) - published(Place{}, home)
}

// reaches reports whether a client of which no record says where it is, as a tainted object's, may be one of a server at the same host: its address is
// beside or below the registration endpoint, below the issuer, or what the template gives. Other addresses are another realm's. Where registration was switched off
// since, there is the issuer alone.
func (s *Server) reaches(t Target, h reconcile.Handle) bool {
	endpoint, err := url.Parse(t.RegistrationEndpoint)
	if t.RegistrationEndpoint == "" {
		return nearness(h.RegistrationClientURI, t.Issuer) > 0
	}
	if err != nil || h.RegistrationClientURI == s.TemplateURI(t, h.ClientID) {
		return true
	}
	beside := origin.OfURL(endpoint) + path.Dir(endpoint.Path)
	return nearness(h.RegistrationClientURI, t.Issuer, beside) > 0
}

// nearness is the length of the longest of the addresses that the URI begins with, 0 where none has even its origin.
func nearness(uri string, addresses ...string) int {
	longest := 0
	u, err := url.Parse(uri)
	if err != nil {
		return 0
	}
	for _, address := range addresses {
		a, err := url.Parse(address)
		if address == "" || err != nil || !origin.Same(uri, address) {
			continue
		}
		under := strings.TrimSuffix(a.Path, "/")
		if under == "" || u.Path == under || strings.HasPrefix(u.Path, under+"/") {
			longest = max(longest, 1+len(under))
		}
	}
	return longest
}
