// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// The exit codes of the command.
const (
	ExitWorks = 0 // also within limits
	ExitFails = 1 // also where the check was interrupted
	ExitUsage = 2 // the options or the environment cannot be used
)

// Asked is which server the command line names.
type Asked struct{ Issuer, RegistrationEndpoint, WebFinger string }

// Command is the command "check".
type Command struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	// Settings makes the provider's settings of the command line and the environment. The error is about either.
	Settings func(Asked) (authserver.Settings, error)
	// Terminal reports whether a stream is one; nil: as the operating system says.
	Terminal func(io.Writer) bool
	Clock    authserver.Clock
}

const usage = `Usage: terraform-provider-oidc check [options]

Finds out whether this provider works with an authorization server, by registering throw-away
clients there and deregistering them again. Credentials come from the environment variables of the
provider (OIDC_INITIAL_ACCESS_TOKEN and so on), and so does the server where no option names it.

Exit codes: 0 the provider works with the server, perhaps within limits that the report names;
1 it does not, a client is left that should be gone, or the check was interrupted;
2 the options or the environment cannot be used.

`

// options are the command line.
type options struct {
	Asked
	redirect, template, management string
	scopes, headers                list
	json                           bool
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(text string) error {
	*l = append(*l, strings.Fields(text)...)
	return nil
}

func (c *Command) parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(c.Stderr)
	flags.Usage = func() {
		_, _ = io.WriteString(c.Stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Issuer, "issuer", "", "`URL` of the issuer")
	flags.StringVar(&o.RegistrationEndpoint, "registration-endpoint", "", "`URL` of the client registration endpoint, where no metadata names it")
	flags.StringVar(&o.WebFinger, "webfinger", "", "`resource` for which WebFinger names the issuer, such as joe@example.com")
	flags.StringVar(&o.redirect, "redirect-uri", DefaultRedirect, "`URI` that the clients are registered with, for servers that restrict it")
	flags.StringVar(&o.management, "management", "", "as the provider's attribute: auto, registration_access_token, provider_credentials or none")
	flags.StringVar(&o.template, "client-configuration-uri-template", "", "as the provider's attribute")
	flags.Var(&o.scopes, "scope", "scope of the access token that OIDC_CLIENT_CREDENTIALS_… fetch (may be given several times)")
	flags.Var(&o.headers, "header", "`Name=VARIABLE`: a further header, whose value is in that environment variable")
	flags.BoolVar(&o.json, "json", false, "print a document for a program")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no option", flags.Arg(0))
	}
	if o.WebFinger != "" && o.Issuer+o.RegistrationEndpoint != "" {
		return o, errors.New("--webfinger finds the issuer, so that neither --issuer nor --registration-endpoint may stand beside it")
	}
	for _, problem := range metadata.Check(metadata.Document{"redirect_uris": []any{o.redirect}}, nil) {
		if problem.Member == "redirect_uris" && !problem.Warning {
			return o, fmt.Errorf("--redirect-uri %q cannot be used: %s", o.redirect, strings.ReplaceAll(problem.Detail, "redirect_uris[0]", "it"))
		}
	}
	switch o.management {
	case "", authserver.ManagementAuto, authserver.ManagementToken, authserver.ManagementProvider, authserver.ManagementNone:
		return o, nil
	}
	return o, fmt.Errorf("--management %q is not auto, registration_access_token, provider_credentials or none", o.management)
}

// Run runs the command and returns its exit code. ctx ends the measuring, as Ctrl-C does; cleanUp also the deregistration after it.
func (c *Command) Run(ctx, cleanUp context.Context, args []string) int {
	o, err := c.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return ExitWorks
	}
	var settings authserver.Settings
	if err == nil {
		settings, err = c.settings(o)
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "check: %v\n", err)
		return ExitUsage
	}
	progress := &progress{w: c.Stderr, live: c.cursor(c.Stderr)}
	report := Run(ctx, cleanUp, Options{Settings: settings, Clock: c.Clock, Redirect: o.redirect, Progress: progress.say})
	progress.clear()
	if report.Operation(operationConnection).Result == Fails {
		for _, problem := range report.Problems {
			fmt.Fprintf(c.Stderr, "check: %s: %s\n", problem.Summary, report.scrub(problem.Detail))
		}
		return ExitUsage
	}
	if err := c.print(report, o.json); err != nil {
		// Nobody has the report, as on a full disk or behind a pager that was left: what is still at the server is said all the same.
		left := &paper{}
		left.leftBehind(report.LeftBehind)
		fmt.Fprintf(c.Stderr, "check: printing the report: %v\n%s", err, report.scrub(left.String()))
		return ExitFails
	}
	if report.Verdict == VerdictWorks || report.Verdict == VerdictLimited {
		return ExitWorks
	}
	return ExitFails
}

func (c *Command) settings(o options) (authserver.Settings, error) {
	s, err := c.Settings(o.Asked)
	if err != nil {
		return s, err
	}
	if s.Issuer+s.RegistrationEndpoint+s.WebFingerResource == "" {
		return s, errors.New("no server: give --issuer, --registration-endpoint or --webfinger, or set OIDC_ISSUER")
	}
	if o.management != "" {
		s.Management = o.management
	}
	if o.template != "" {
		if !strings.Contains(o.template, "{client_id}") {
			return s, errors.New("--client-configuration-uri-template has no {client_id}")
		}
		s.URITemplate = o.template
	}
	if len(o.scopes) > 0 {
		if s.ClientCredentials == nil {
			return s, errors.New("--scope is for an access token by client credentials, and OIDC_CLIENT_CREDENTIALS_CLIENT_ID is not set")
		}
		s.ClientCredentials.Scopes = o.scopes
	}
	for _, h := range o.headers {
		name, variable, ok := strings.Cut(h, "=")
		value := c.Getenv(variable)
		if !ok || name == "" || value == "" {
			// What stands behind the "=" may be the credential itself, by mistake.
			return s, errors.New("--header wants Name=VARIABLE, with an environment variable that is set")
		}
		if s.Transport.Headers == nil {
			s.Transport.Headers = map[string]secret.String{}
		}
		s.Transport.Headers[name] = secret.New(value)
	}
	return s, nil
}

// print writes the report, less whatever credential a server might have put where none belongs.
func (c *Command) print(r *Report, asJSON bool) error {
	var out bytes.Buffer
	var err error
	if asJSON {
		err = r.WriteJSON(&out)
	} else {
		colours := c.Getenv("NO_COLOR") == "" && c.cursor(c.Stdout)
		err = r.WriteText(&out, colours)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.Stdout, r.scrub(out.String()))
	return err
}

// cursor reports whether a stream is a terminal that understands escape sequences.
func (c *Command) cursor(w io.Writer) bool {
	if c.Getenv("TERM") == "dumb" {
		return false
	}
	if c.Terminal != nil {
		return c.Terminal(w)
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress says on a stream what is done: on a terminal in one line that changes, else line by line.
type progress struct {
	w    io.Writer
	live bool
}

func (p *progress) say(what string) {
	if p.live {
		fmt.Fprintf(p.w, "\r\x1b[K%s …", what)
		return
	}
	fmt.Fprintln(p.w, what)
}

func (p *progress) clear() {
	if p.live {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
