// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// Run checks a server. ctx ends the measuring, cleanUp also the deregistration of what was registered. The report is complete in
// either case: it names what is left.
func Run(ctx, cleanUp context.Context, o Options) *Report {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Redirect == "" {
		o.Redirect = DefaultRedirect
	}
	// The journal is for clients that a state holds, and a client of a check is in none.
	o.Settings.Journal = nil
	r := &run{Options: o, report: newReport(o.Settings), refused: map[string]string{}, behaviour: authserver.Behaviour{
		Refresh: authserver.RefreshAlways, UpdateForm: o.Settings.Behaviour.UpdateForm, AcceptSubstitutions: everyMember(),
	}}
	server, problem := authserver.NewServer(o.Settings, o.Clock, nil)
	if problem != nil {
		r.fail(ctx, operationConnection, 0, *problem)
		return r.report.concluded(ctx)
	}
	defer server.Close()
	r.server, r.ledger, r.report.scrub = server, &ledger{server: server, ask: r.ask, stillThere: r.stillThere}, server.Scrub
	r.measure(ctx)
	r.cleanUp(cleanUp)
	r.report.advise()
	r.report.ProviderBlock = r.report.block()
	return r.report.concluded(ctx)
}

// cleanUp deregisters what is still registered. A client that is left though the server deregisters clients is a failure.
func (r *run) cleanUp(ctx context.Context) {
	name := ""
	if r.samples != nil {
		name = r.samples.name
	}
	r.report.LeftBehind = append(r.report.LeftBehind, r.ledger.cleanUp(ctx, name, r.behaviour, r.Progress)...)
	if r.report.Operation(OperationDelete).Result != Works {
		return // that is said already
	}
	for _, l := range r.report.LeftBehind {
		r.report.Problems = append(r.report.Problems, Trouble{Operation: OperationDelete, Summary: "A client is left behind", Detail: l.Why})
	}
}

func (r *run) measure(ctx context.Context) {
	if !r.locate(ctx) || !r.register(ctx) {
		return
	}
	if err := errors.Join(r.first.Publish(ctx), r.first.Confirm(ctx)); err != nil {
		r.interrupted(err)
	}
	first := r.ledger.entries[0]
	r.report.Facts = &r.first.Facts
	switch {
	case !r.first.Managed():
		r.report.unmanaged("the server gives no credential and URI to manage a client with (RFC 7592)")
	case r.Settings.Management == authserver.ManagementNone:
		r.report.unmanaged("management is none")
		// The setting is about clients that are kept, and this one is not.
		if err := errors.Join(r.first.Witness(ctx), r.first.End(ctx)); err != nil {
			r.interrupted(err)
		}
		r.settle(ctx, first)
	default:
		r.manage(ctx, first)
	}
	switch {
	case first.gone && ctx.Err() == nil && r.Settings.Management != authserver.ManagementNone:
		r.parameters(ctx)
	case ctx.Err() == nil:
		r.firstParameters("each try would leave a client behind at the server")
	default:
		r.firstParameters("the check was interrupted")
	}
}

// locate finds the server.
func (r *run) locate(ctx context.Context) bool {
	r.Progress("looking for the authorization server")
	target, problem := r.server.Locate(ctx, authserver.Place{})
	if problem == nil {
		problem = r.server.CheckEndpoint(target)
	}
	if problem != nil {
		r.fail(ctx, OperationDiscovery, 0, *problem)
		return false
	}
	document := target.Metadata
	if document == nil {
		document, _ = r.server.SupportedMetadata(ctx, authserver.Place{})
	}
	r.target, r.target.Metadata = target, document
	s := &r.report.Server
	s.RegistrationEndpoint, s.Issuer = redact.URL(target.RegistrationEndpoint), redact.URL(target.Issuer)
	r.subject = Subject{Issuer: target.Issuer, RegistrationEndpoint: target.RegistrationEndpoint, WebFingerResource: r.Settings.WebFingerResource, Redirect: r.Redirect}
	note := "the registration endpoint was given"
	if document != nil {
		r.subject.Issuer = document.Issuer
		r.subject.TokenEndpoint, r.subject.AuthorizationEndpoint = r.server.Endpoint(document, "token_endpoint"), document.Endpoint("authorization_endpoint", false)
		s.Issuer, s.MetadataURL = redact.URL(document.Issuer), redact.URL(document.URL)
		s.TokenEndpoint, s.AuthorizationEndpoint = redact.URL(r.subject.TokenEndpoint), redact.URL(r.subject.AuthorizationEndpoint)
		note = "by " + s.MetadataURL
	}
	r.report.operation(OperationDiscovery, Works, 0, note)
	var published map[string]any
	if document != nil {
		published = document.Document
	}
	r.samples = &samples{redirect: r.Redirect, origin: origin.Of(r.Redirect), name: clientName(r.server.Now()), server: published}
	return true
}

// register registers the client that goes through a whole life. A document that is refused is tried again without what the server
// named, and at last as small as it can be: a refusal registers nothing.
func (r *run) register(ctx context.Context) bool {
	auth, err := r.server.RegistrationAuth(ctx, r.target, secret.String{})
	if err != nil {
		r.fail(ctx, OperationRegister, 0, outcome.Problem{Kind: outcome.NotRegistered, Err: err, Endpoint: r.target.RegistrationEndpoint})
		return false
	}
	subject := r.subject
	subject.Authorization, subject.Document = auth, r.samples.first()
	if r.server.HasCredentials(r.target) && r.Settings.Management != authserver.ManagementToken && r.Settings.Management != authserver.ManagementNone {
		subject.Credential, subject.URI = auth, func(id string) string { return r.server.TemplateURI(r.target, id) }
		subject.ByCredential = r.Settings.Management == authserver.ManagementProvider
	}
	for {
		r.Progress(fmt.Sprintf("registering client “%s”", r.samples.name))
		r.first = NewMeasurement(r.sender, subject)
		e := &entry{}
		r.first.Keep = func(h Handle) {
			e.spare = r.first.spare
			r.ledger.keep(e, h, r.first.former)
		}
		err := r.first.Register(ctx)
		if err == nil {
			r.samples.nameless = subject.Document["client_name"] == nil
			r.report.operation(OperationRegister, Works, r.first.Facts.Register, r.registrationNote(subject.Document))
			return true
		}
		if dcr.MaybeProcessed(err) && e.state.Handle.ClientID == "" {
			r.ledger.lost++
		}
		if !r.smaller(subject.Document, err) {
			r.fail(ctx, OperationRegister, r.first.Facts.Register, outcome.Problem{Kind: outcome.NotRegistered, Err: err, Endpoint: r.target.RegistrationEndpoint, MaybeProcessed: dcr.MaybeProcessed(err)})
			return false
		}
	}
}

// smaller takes out of a document what the refusal names, or else one member after the other, or at last all that a registration can do
// without. It reports whether that leaves anything to try.
func (r *run) smaller(document map[string]any, err error) bool {
	var de *dcr.Error
	if !errors.As(err, &de) || !de.RefusesMetadata() || de.MaybeProcessed {
		return false
	}
	smaller := false
	for _, f := range de.Findings() {
		if _, sent := document[f.Member]; sent && f.Member != "redirect_uris" {
			r.refused[f.Member] = f.Text
			delete(document, f.Member)
			smaller = true
		}
	}
	if smaller {
		r.whole, r.suspected = nil, ""
		return true
	}
	return r.suspect(document, de) || r.barest(document)
}

// suspect takes one member out of a document that was refused without a word on which of its members: one after the other, each in its
// turn. A refusal registers nothing, and to call all of them refused would be wrong of all but one.
func (r *run) suspect(document map[string]any, refusal *dcr.Error) bool {
	if r.whole == nil {
		r.whole, r.suspects = maps.Clone(document), []string{}
		for _, name := range slices.Sorted(maps.Keys(document)) {
			if _, needed := r.samples.basics()[name]; !needed {
				r.suspects = append(r.suspects, name)
			}
		}
		slices.Reverse(r.suspects) // the scope before the addresses: it is what servers restrict most
		r.suspects = withName(r.suspects, document)
	}
	maps.Copy(document, r.whole)
	delete(r.refused, r.suspected)
	r.suspected = ""
	if len(r.suspects) == 0 {
		return false
	}
	r.suspected, r.suspects = r.suspects[0], r.suspects[1:]
	r.refused[r.suspected] = refusal.Description
	delete(document, r.suspected)
	return true
}

// barest leaves what every registration has, and reports whether that is less than there was.
func (r *run) barest(document map[string]any) bool {
	basics, before := r.samples.basics(), len(document)
	maps.DeleteFunc(document, func(name string, _ any) bool { return basics[name] == nil })
	if len(document) == before {
		return false
	}
	r.whole, r.suspects = maps.Clone(document), withName([]string{}, document) // smaller it does not get
	return true
}

// withName adds the name to what may be refused, as the last: RFC 7591 §2 has it optional, and a client that was left behind is found by it.
func withName(suspects []string, document map[string]any) []string {
	if document["client_name"] != nil {
		return append(suspects, "client_name")
	}
	return suspects
}

func (r *run) registrationNote(document map[string]any) string {
	var without []string
	for name := range r.samples.first() {
		if document[name] == nil {
			without = append(without, name)
		}
	}
	slices.Sort(without)
	switch list := strings.Join(without, ", "); {
	case len(without) == 0:
		return ""
	case len(r.refused) < len(without):
		return "without " + list + ": the server refused a document with them, and did not say for which"
	default:
		return "without " + list + ", which the server refused"
	}
}

// clientName names the throw-away clients, so that a person finds one that was left behind. Some servers take no other characters than
// these.
func clientName(now time.Time) string {
	return "terraform-provider-oidc-check-" + now.UTC().Format("20060102-1504") + "-" + rand.Text()[:6]
}
