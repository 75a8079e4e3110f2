// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Options are what a check needs.
type Options struct {
	Settings lifecycle.Settings
	Clock    lifecycle.Clock
	// Redirect is the redirect URI of the throw-away clients; another one is made of it by appending a path.
	Redirect string
	// Words puts a problem into words, as the provider's diagnostics do.
	Words func(lifecycle.Problem) (summary, detail string)
	// Progress is told what is done next. nil: nobody is.
	Progress func(string)
}

// DefaultRedirect is a redirect URI that leads nowhere (RFC 2606 §3).
const DefaultRedirect = "https://client.example.com/callback"

// run is one check.
type run struct {
	Options
	server    *lifecycle.Server
	target    lifecycle.Target
	samples   *samples
	ledger    *ledger
	behaviour lifecycle.Behaviour
	report    *Report
	refused   map[string]string // members of the first document that the server refused, with its words
	first     *Measurement
}

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
	r := &run{Options: o, report: newReport(o.Settings), refused: map[string]string{}, behaviour: lifecycle.Behaviour{
		Refresh: lifecycle.RefreshAlways, UpdateForm: o.Settings.Behaviour.UpdateForm, AcceptSubstitutions: everyMember(),
	}}
	server, problem := lifecycle.NewServer(o.Settings, o.Clock, nil)
	if problem != nil {
		r.fail(operationConnection, 0, *problem)
		return r.report.concluded(ctx)
	}
	defer server.Close()
	r.server, r.ledger, r.report.scrub = server, &ledger{server: server}, server.Scrub
	r.measure(ctx)
	r.report.LeftBehind = append(r.report.LeftBehind, r.ledger.cleanUp(cleanUp, r.behaviour, o.Progress)...)
	r.report.advise()
	r.report.ProviderBlock = r.report.block()
	return r.report.concluded(ctx)
}

// everyMember accepts every substitution: what a server makes of a value is to be seen here, not to be refused.
func everyMember() (names []string) {
	for _, p := range metadata.All() {
		names = append(names, p.Name)
	}
	return names
}

func (r *run) measure(ctx context.Context) {
	if !r.locate(ctx) || !r.register(ctx) {
		return
	}
	if err := r.first.Publish(ctx); err != nil {
		r.interrupted(err)
	}
	first := r.ledger.entries[0]
	if !r.first.Managed() {
		r.report.unmanaged()
		r.report.Facts = &r.first.Facts
		return
	}
	r.manage(ctx, first)
	r.report.Facts = &r.first.Facts
	if first.gone && ctx.Err() == nil {
		r.parameters(ctx)
	} else {
		r.report.untried(r.samples, "the server did not deregister the first client, and no further one was registered")
	}
}

// locate finds the server.
func (r *run) locate(ctx context.Context) bool {
	r.Progress("looking for the authorization server")
	target, problem := r.server.Locate(ctx, lifecycle.Place{})
	if problem == nil && target.RegistrationEndpoint == "" {
		problem = &lifecycle.Problem{Kind: lifecycle.NoRegistrationEndpoint, Endpoint: target.Metadata.URL}
	}
	if problem != nil {
		r.fail(OperationDiscovery, 0, *problem)
		return false
	}
	document := target.Metadata
	if document == nil {
		document = r.server.SupportedMetadata(ctx, lifecycle.Place{})
	}
	r.target, r.target.Metadata = target, document
	s := &r.report.Server
	s.RegistrationEndpoint, s.Issuer = target.RegistrationEndpoint, target.Issuer
	note := "the registration endpoint was given"
	if document != nil {
		s.Issuer, s.MetadataURL = document.Issuer, document.URL
		s.TokenEndpoint, s.AuthorizationEndpoint = r.server.Endpoint(document, "token_endpoint"), document.Endpoint("authorization_endpoint", false)
		note = "by " + document.URL
	}
	r.report.operation(OperationDiscovery, Works, 0, note)
	var published map[string]any
	if document != nil {
		published = document.Document
	}
	var err error
	if r.samples, err = newSamples(r.Redirect, transport.Origin(r.Redirect), clientName(r.server.Now()), published); err != nil {
		r.fail(OperationRegister, 0, lifecycle.Problem{Kind: lifecycle.NotRegistered, Err: err})
		return false
	}
	return true
}

// sender sends through the server's transport, so that an interrupt does not lose an answer that holds a client's only credential.
func (r *run) sender(ctx context.Context, request transport.Request) (*transport.Response, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	ctx, done := r.server.WithGrace(ctx)
	defer done()
	return r.server.Transport().Do(ctx, request)
}

// register registers the client that goes through a whole life. A document that is refused is tried again without what the server
// named, and at last as small as it can be: a refusal registers nothing.
func (r *run) register(ctx context.Context) bool {
	auth, err := r.server.RegistrationCredential(ctx, r.target)
	if err != nil {
		r.fail(OperationRegister, 0, lifecycle.Problem{Kind: lifecycle.NotRegistered, Err: err, Endpoint: r.target.RegistrationEndpoint})
		return false
	}
	subject := Subject{
		Issuer: r.report.Server.Issuer, RegistrationEndpoint: r.target.RegistrationEndpoint, TokenEndpoint: r.report.Server.TokenEndpoint,
		AuthorizationEndpoint: r.report.Server.AuthorizationEndpoint, WebFingerResource: r.Settings.WebFingerResource, Authorization: auth,
		Document: r.samples.first(), Redirect: r.Redirect,
	}
	if r.server.HasCredentials(r.target) && r.Settings.Management != lifecycle.ManagementToken && r.Settings.Management != lifecycle.ManagementNone {
		subject.Credential, subject.URI = auth, func(id string) string { return r.server.ClientURI(r.target, id) }
	}
	for {
		r.Progress(fmt.Sprintf("registering client “%s”", r.samples.name))
		r.first = NewMeasurement(r.sender, subject)
		e := &entry{}
		r.first.Keep = func(h Handle) { r.ledger.keep(e, h) }
		err := r.first.Register(ctx)
		if err == nil {
			r.report.operation(OperationRegister, Works, r.first.Facts.Register, r.registrationNote(subject.Document))
			return true
		}
		if dcr.MaybeProcessed(err) && e.state.Handle.ClientID == "" {
			r.ledger.lost = append(r.ledger.lost, r.samples.name)
		}
		if !r.smaller(subject.Document, err) {
			r.fail(OperationRegister, r.first.Facts.Register, lifecycle.Problem{Kind: lifecycle.NotRegistered, Err: err, Endpoint: r.target.RegistrationEndpoint, MaybeProcessed: dcr.MaybeProcessed(err)})
			return false
		}
	}
}

// smaller takes out of a document what the refusal names, or else all that a registration can do without. It reports whether that
// leaves anything to try.
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
		return true
	}
	basics := r.samples.basics()
	if len(document) == len(basics) {
		return false
	}
	for name := range document {
		if _, needed := basics[name]; !needed {
			delete(document, name)
		}
	}
	return true
}

func (r *run) registrationNote(document map[string]any) string {
	if len(document) == len(r.samples.first()) {
		return ""
	}
	return fmt.Sprintf("with %d members only; the server refused the other %d", len(document), len(r.samples.first())-len(document))
}

// manage takes the first client through the rest of its life.
func (r *run) manage(ctx context.Context, e *entry) {
	m := r.first
	r.Progress("reading and updating it as the standard says")
	if err := m.Manage(ctx); err != nil {
		r.interrupted(err)
		r.report.measured(&m.Facts)
		return
	}
	r.report.measured(&m.Facts)
	r.live(ctx, e)
	r.Progress("asking the server's other endpoints, and deregistering it")
	m.follow(e.state.Handle)
	if err := errors.Join(m.Witness(ctx), ctx.Err()); err != nil {
		r.interrupted(err)
		return
	}
	err := m.End(ctx)
	if err != nil {
		r.interrupted(err)
		return
	}
	e.gone = m.Deregistered()
	r.ended(ctx, e)
}

// ended notes what became of the deletion, and whether the provider would notice that the client is gone.
func (r *run) ended(ctx context.Context, e *entry) {
	f := &r.first.Facts
	switch {
	case e.gone:
		r.report.operation(OperationDelete, Works, f.Delete, "")
	case f.Delete >= 200 && f.Delete <= 299:
		r.report.operation(OperationDelete, Fails, f.Delete, "the server acknowledged it, and still shows the client")
	case lacks(f.Delete) && f.ReadDeleted == http.StatusOK:
		r.report.operation(OperationDelete, Missing, f.Delete, "a destroy leaves the client at the server")
	default:
		out := r.ledger.deregister(ctx, e, r.behaviour)
		r.conclude(OperationDelete, f.Delete, out)
	}
	if !e.gone {
		return
	}
	out := r.server.Read(ctx, lifecycle.Refresh{State: e.state, Behaviour: r.behaviour}, func(lifecycle.Snapshot) {})
	if out.Gone {
		r.report.operation(OperationNotice, Works, f.ReadDeleted, "a plan proposes to register it anew")
		return
	}
	note := "nothing proves it: a plan asks, or set on_missing"
	if len(out.Problems) > 0 && out.Problems[0].Evidence != "" {
		note += " (" + r.server.Scrub(out.Problems[0].Evidence) + ")"
	}
	r.report.operation(OperationNotice, Missing, f.ReadDeleted, note)
}

// lacks reports whether a status is one that servers give that do not have an operation.
func lacks(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented || status >= 300 && status < 400
}

// conclude notes an operation by its outcome.
func (r *run) conclude(name string, status int, out lifecycle.Outcome) {
	if !out.Failed() {
		r.report.operation(name, Works, status, "")
		return
	}
	for _, p := range out.Problems {
		if !p.Warning {
			r.fail(name, status, p)
			return
		}
	}
}

// fail notes an operation that does not work, with the problem in the provider's words.
func (r *run) fail(name string, status int, p lifecycle.Problem) {
	summary, detail := string(p.Kind), ""
	if r.Words != nil {
		summary, detail = r.Words(p)
	}
	r.report.operation(name, Fails, status, summary)
	r.report.Problems = append(r.report.Problems, Trouble{Operation: name, Summary: r.scrub(summary), Detail: r.scrub(detail)})
}

func (r *run) scrub(text string) string {
	if r.server == nil {
		return text
	}
	return r.server.Scrub(text)
}

// interrupted notes that the measuring ended early.
func (r *run) interrupted(err error) {
	if errors.Is(err, context.Canceled) {
		return // the verdict says so
	}
	r.report.Problems = append(r.report.Problems, Trouble{Operation: "measuring", Summary: "The measuring ended early", Detail: r.scrub(err.Error())})
}

// live has package lifecycle manage the client as the provider would: an import, an update of a string, a list and an address, and
// the removal of a member.
func (r *run) live(ctx context.Context, e *entry) {
	if r.first.Facts.Read != http.StatusOK {
		return
	}
	r.Progress("importing and updating it as the provider does")
	var values metadata.Document
	save := func(s lifecycle.Snapshot) {
		e.apply(s)
		if s.Values != nil {
			values = s.Values
		}
	}
	if out := r.server.Read(ctx, lifecycle.Refresh{State: e.state, Behaviour: r.behaviour, Importing: true}, save); out.Failed() {
		r.conclude(OperationRead, r.first.Facts.Read, out)
		return
	}
	asked := maps.Clone(values)
	if asked == nil {
		asked = metadata.Document{}
	}
	maps.Copy(asked, metadata.Document{
		"client_name": r.samples.name + " 3", "redirect_uris": []any{r.Redirect}, "client_uri": r.samples.origin + "/changed",
		"contacts": []any{"c@example.com"},
	})
	for name := range r.refused {
		delete(asked, name)
	}
	out := r.server.Update(ctx, lifecycle.Change{State: e.state, Asked: asked, Behaviour: r.behaviour, MayChange: mayChange}, save)
	if out.Failed() && lacks(r.first.Facts.Update) {
		r.report.operation(OperationUpdate, Missing, r.first.Facts.Update, "a change registers another client in its place")
		return
	}
	r.conclude(OperationUpdate, r.first.Facts.Update, out)
	if out.Failed() {
		return
	}
	r.report.UpdateForm = string(e.state.Record.Form)
	r.removal(ctx, e, asked, save)
}

// mayChange lets an update change every credential: nothing was planned that it could contradict.
var mayChange = reconcile.Changeable{Secret: true, Token: true, URI: true}

// removal takes a member out that the server shows.
func (r *run) removal(ctx context.Context, e *entry, asked metadata.Document, save func(lifecycle.Snapshot)) {
	member := ""
	for _, name := range []string{"client_uri", "contacts", "logo_uri"} {
		if _, isAsked := asked[name]; isAsked && !metadata.Absent(e.state.Registered[name]) && member == "" {
			member = name
		}
	}
	if member == "" {
		r.report.operation(OperationRemove, NotTried, 0, "the server shows no member that could be taken out")
		return
	}
	without := maps.Clone(asked)
	delete(without, member)
	out := r.server.Update(ctx, lifecycle.Change{State: e.state, Asked: without, Behaviour: r.behaviour, MayChange: mayChange}, save)
	kept := slices.ContainsFunc(out.Problems, func(p lifecycle.Problem) bool {
		return p.Kind == lifecycle.Substituted && p.Substitution.Kind == reconcile.Retained && p.Substitution.Member == member
	})
	if kept {
		r.report.operation(OperationRemove, Missing, 0, "the server keeps "+member+" when an update leaves it out")
		return
	}
	r.conclude(OperationRemove, 0, out)
}

// clientName names the throw-away clients, so that a person finds one that was left behind.
func clientName(now time.Time) string {
	return "terraform-provider-oidc check " + now.UTC().Format("2006-01-02 15:04") + " " + rand.Text()[:6]
}
