// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"errors"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// Options are what a check needs.
type Options struct {
	Settings authserver.Settings
	Clock    authserver.Clock
	// Redirect is the redirect URI of the throw-away clients; another one is made of it by appending a path.
	Redirect string
	// Progress is told what is done next. nil: nobody is.
	Progress func(string)
}

// DefaultRedirect is a redirect URI that leads nowhere (RFC 2606 §3).
const DefaultRedirect = "https://client.example.com/callback"

// run is one check.
type run struct {
	Options
	server    *authserver.Server
	target    authserver.Target
	subject   Subject // without what the registration adds
	samples   *samples
	ledger    *ledger
	behaviour authserver.Behaviour
	report    *Report
	refused   map[string]string // members of the first document that the server refused, with its words
	whole     map[string]any    // a document that was refused without a word on the member; nil for none
	suspects  []string          // its members that are still to be left out, one at a time, and the one that is left out now
	suspected string
	first     *Measurement
	tries     int // registrations of sheets
}

// fail notes an operation that does not work, with the problem in the provider's words. What an interrupt ended says nothing of the server.
func (r *run) fail(ctx context.Context, name string, status int, p outcome.Problem) {
	if ctx.Err() != nil {
		return
	}
	told := wording.Of(p)
	r.report.operation(name, Fails, status, told.Summary)
	r.report.Problems = append(r.report.Problems, Trouble{Operation: name, Summary: r.scrub(told.Summary), Detail: wording.Bounded(r.scrub(told.Detail()))})
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

// everyMember accepts every substitution: what a server makes of a value is to be seen here, not to be refused.
func everyMember() (names []string) {
	for _, p := range metadata.All() {
		names = append(names, p.Name)
	}
	return names
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
