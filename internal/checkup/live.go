// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

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
	updated := r.live(ctx, e)
	r.report.credentials(&m.Facts, updated)
	r.Progress("asking the server's other endpoints, and deregistering it")
	m.follow(e.credentials())
	m.refused = r.report.Operation(OperationRead).Result == Fails || r.report.Operation(OperationUpdate).Result == Fails
	if err := errors.Join(m.Witness(ctx), ctx.Err()); err != nil {
		r.interrupted(err)
		return
	}
	if err := m.End(ctx); err != nil {
		r.endedUnseen(ctx, e, err)
		return
	}
	r.settle(ctx, e)
	r.ended(ctx, e)
}

// settle makes sure of a deletion that was measured, where it was acknowledged. What was measured right after it may be the answers of a
// replica that had not seen it yet.
func (r *run) settle(ctx context.Context, e *entry) {
	f := &r.first.Facts
	if !r.first.acknowledged() {
		return
	}
	if !r.first.Deregistered() || f.ReadDeleted == http.StatusOK {
		err := r.server.Sleep(ctx, reconcile.ReplicaPause)
		if err == nil {
			err = r.first.deleted(ctx)
		}
		if err != nil {
			r.interrupted(err)
		}
	}
	// Where the provider manages no clients, nobody but this deletion would have ended it.
	if r.first.Deregistered() || r.report.Operation(OperationRead).Result == Works || r.Settings.Management == authserver.ManagementNone {
		r.ledger.look(ctx, e)
	}
}

// ended notes what became of the deletion, and whether the provider would notice that the client is gone.
func (r *run) ended(ctx context.Context, e *entry) {
	f := &r.first.Facts
	switch {
	case !e.gone && ctx.Err() != nil:
		return
	case e.gone && f.ReadDeleted == http.StatusOK:
		r.report.operation(OperationDelete, Works, f.Delete, "its URI still shows the client; the token endpoint does not know it any more")
		// After an acknowledgement other than 204, the provider takes such a client for one that is there.
		if out := lifecycle.Deregister(ctx, r.server, e.state, r.behaviour, e.apply); out.Failed() {
			r.conclude(ctx, OperationDelete, f.Delete, out)
		}
	case e.gone:
		r.report.operation(OperationDelete, Works, f.Delete, "")
	case e.acknowledged:
		r.report.operation(OperationDelete, Fails, f.Delete, e.why)
	case lacks(f.Delete) && f.ReadDeleted == http.StatusOK:
		r.report.operation(OperationDelete, Missing, f.Delete, "a destroy leaves the client at the server")
	default:
		r.deregister(ctx, e)
	}
	if !e.gone {
		return
	}
	r.noticed(ctx, e)
}

// endedUnseen deregisters the client as the provider does where the answers to a deletion could not be measured.
func (r *run) endedUnseen(ctx context.Context, e *entry, err error) {
	if ctx.Err() != nil {
		return
	}
	r.deregister(ctx, e)
	if !e.gone {
		return
	}
	r.report.operation(OperationDelete, Works, r.first.Facts.Delete, "after an answer was lost: "+r.scrub(err.Error()))
	r.noticed(ctx, e)
}

// deregister deregisters the client as the provider does.
func (r *run) deregister(ctx context.Context, e *entry) {
	out := r.ledger.deregister(ctx, e, r.behaviour)
	r.conclude(ctx, OperationDelete, r.first.Facts.Delete, out)
	if e.acknowledged && !e.gone {
		r.report.operation(OperationDelete, Fails, r.first.Facts.Delete, e.why)
	}
}

// noticed notes whether a plan would notice that somebody deleted the client.
func (r *run) noticed(ctx context.Context, e *entry) {
	f := &r.first.Facts
	out := r.planned(ctx, e)
	if !out.Gone {
		out = r.planned(ctx, e) // an answer of the moment, as of a rate limit, leaves open what the next plan proves
	}
	if !out.Gone && ctx.Err() != nil {
		return
	}
	if out.Gone {
		r.report.operation(OperationNotice, Works, f.ReadDeleted, "a plan proposes to register it anew")
		return
	}
	note := "a plan keeps it in the state"
	switch {
	case slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool {
		return p.Kind == outcome.NotReached || p.Kind == outcome.NotReadable
	}):
		r.report.operation(OperationNotice, NotTried, f.ReadDeleted, "the server did not say what a read of a deleted client comes to")
		return
	case out.Failed():
		note = "nothing proves it, so that a plan fails, unless on_missing is set"
	case len(out.Problems) > 0:
		note = "nothing proves it, so that a plan keeps it in the state, with a warning, unless on_missing is set"
	}
	r.report.operation(OperationNotice, Missing, f.ReadDeleted, note)
}

// planned is what a refresh and the plan after it make of the client.
func (r *run) planned(ctx context.Context, e *entry) outcome.Outcome {
	out := lifecycle.Read(ctx, r.server, lifecycle.Refresh{State: e.state, Behaviour: r.behaviour}, e.apply)
	if out.Gone {
		return out
	}
	// What the refresh says of a client that it was not shown is that the plan decides.
	problems := slices.DeleteFunc(slices.Clone(out.Problems), func(p outcome.Problem) bool { return p.Kind == outcome.NotRefreshed })
	if missing := lifecycle.DecideMissing(r.server, e.state, r.behaviour); missing.Problem != nil {
		problems = append(problems, *missing.Problem)
	}
	return outcome.Outcome{Problems: problems}
}

// conclude notes an operation by its outcome.
func (r *run) conclude(ctx context.Context, name string, status int, out outcome.Outcome) {
	note := ""
	if status >= 300 && name == OperationUpdate {
		note = "the standard's own request is refused; the provider finds another form"
	}
	for _, p := range out.Problems {
		switch p.Kind {
		case outcome.DeleteUnmanaged, outcome.DeleteUnsupported:
			r.report.operation(name, Missing, status, "a destroy leaves the client at the server")
			return
		case outcome.UpdateUnsupported:
			r.report.operation(name, Missing, status, "a change registers another client in its place")
			return
		}
	}
	if !out.Failed() {
		r.report.operation(name, Works, status, note)
		return
	}
	for _, p := range out.Problems {
		if !p.Warning {
			r.fail(ctx, name, status, p)
			return
		}
	}
}

// live has package lifecycle manage the client as the provider would: an import, an update of a string, a list and an address, and
// the removal of a member.
//
// It returns what the update made of the client's handle, or nil.
func (r *run) live(ctx context.Context, e *entry) *change {
	if r.first.Facts.Read != http.StatusOK {
		r.unread(ctx, e)
		return nil
	}
	r.Progress("importing and updating it as the provider does")
	var values metadata.Document
	save := func(s authserver.Snapshot) {
		e.apply(s)
		if s.Values != nil {
			values = s.Values
		}
	}
	if out := lifecycle.Read(ctx, r.server, lifecycle.Refresh{State: e.state, Behaviour: r.behaviour, Importing: true}, save); out.Failed() {
		r.conclude(ctx, OperationRead, r.first.Facts.Read, out)
		return nil
	}
	asked := maps.Clone(values)
	if asked == nil {
		asked = metadata.Document{}
	}
	maps.Copy(asked, metadata.Document{
		"client_name": r.samples.name + "-3", "redirect_uris": []any{r.Redirect}, "client_uri": r.samples.origin + "/changed",
		"contacts": []any{"c@example.com"},
	})
	for name := range r.refused {
		delete(asked, name)
	}
	before := e.state.Handle
	out := lifecycle.Update(ctx, r.server, lifecycle.Change{State: e.state, Asked: asked, Behaviour: r.behaviour, MayChange: mayChange}, save)
	r.conclude(ctx, OperationUpdate, r.first.Facts.Update, out)
	if out.Failed() {
		return nil
	}
	updated := &change{before, e.state.Handle}
	r.report.UpdateForm = string(e.state.Record.Form)
	r.removal(ctx, e, asked, save)
	return updated
}

// change is a client's handle before and after an update.
type change struct{ before, after reconcile.Handle }

// credentials notes what reads and updates make of the credentials. Where the standard's request for an update was refused, what the
// provider's own update brought tells.
func (r *Report) credentials(f *Facts, updated *change) {
	if f.Read != http.StatusOK {
		return
	}
	token, secret, uri := f.UpdateToken, f.UpdateSecret, f.UpdateURI
	if f.Update < 200 || f.Update > 299 {
		token, secret, uri = "", "", ""
		if updated != nil {
			is := map[bool]string{true: Same, false: New}
			token = is[updated.before.RegistrationAccessToken.Equal(updated.after.RegistrationAccessToken)]
			secret = is[updated.before.ClientSecret.Equal(updated.after.ClientSecret)]
			uri = is[updated.before.RegistrationClientURI == updated.after.RegistrationClientURI]
		}
	}
	r.Credentials = append(r.Credentials,
		Credential{"registration_access_token", f.ReadToken, token}, Credential{"client_secret", f.ReadSecret, secret},
		Credential{"registration_client_uri", f.ReadURI, uri})
}

// unread notes what the provider makes of a server that does not show the client.
func (r *run) unread(ctx context.Context, e *entry) {
	out := r.planned(ctx, e)
	if out.Failed() {
		r.conclude(ctx, OperationRead, r.first.Facts.Read, out)
		return
	}
	r.report.operation(OperationRead, Missing, r.first.Facts.Read, "plans do not show changes at the server")
}

// mayChange lets an update change every credential: nothing was planned that it could contradict.
var mayChange = reconcile.Changeable{Secret: true, Token: true, URI: true}

// removal takes a member out that the server shows.
func (r *run) removal(ctx context.Context, e *entry, asked metadata.Document, save func(authserver.Snapshot)) {
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
	out := lifecycle.Update(ctx, r.server, lifecycle.Change{State: e.state, Asked: without, Behaviour: r.behaviour, MayChange: mayChange}, save)
	kept := slices.ContainsFunc(out.Problems, func(p outcome.Problem) bool {
		return p.Kind == outcome.Substituted && p.Substitution.Kind == reconcile.Retained && p.Substitution.Member == member
	})
	if kept {
		r.report.operation(OperationRemove, Missing, 0, "the server keeps "+member+" when an update leaves it out")
		return
	}
	if !out.Failed() {
		r.report.operation(OperationRemove, Works, 0, "an update without a parameter removes it")
		return
	}
	r.conclude(ctx, OperationRemove, 0, out)
}
