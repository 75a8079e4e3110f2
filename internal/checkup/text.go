// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/legible"
)

// paper is what a report is printed on.
type paper struct {
	strings.Builder
	colours bool
}

func (p *paper) colour(code, text string) string {
	if !p.colours {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *paper) heading(text string) { fmt.Fprintf(p, "\n%s\n", p.colour("1", text)) }

// row prints a label of a fixed width and a text that is wrapped beside it.
func (p *paper) row(label string, width int, text string) {
	indent := strings.Repeat(" ", width+3)
	fmt.Fprintf(p, "  %-*s %s\n", width, label, strings.Join(wrap(text, textWidth-width-3), "\n"+indent))
}

// signs are what a person sees of a result, with its colour.
var signs = map[Result][2]string{Works: {"✓", "32"}, Missing: {"–", "33"}, Fails: {"✗", "31"}, NotTried: {"·", "2"}}

// methods are the requests of the operations.
var methods = map[string]string{OperationRegister: "POST", OperationRead: "GET", OperationUpdate: "PUT", OperationRemove: "PUT", OperationDelete: "DELETE", OperationNotice: "GET"}

// WriteText prints the report for a person.
func (r *Report) WriteText(w io.Writer, colours bool) error {
	p := &paper{colours: colours}
	p.heading("Server")
	for _, line := range [][2]string{{"issuer", r.Server.Issuer}, {"metadata", r.Server.MetadataURL}, {"registration", r.Server.RegistrationEndpoint}} {
		if line[1] != "" {
			p.row(line[0], 12, line[1])
		}
	}
	p.heading("What works")
	for _, o := range r.Operations {
		p.operation(o)
	}
	if r.Facts != nil {
		p.credentials(r)
	}
	p.parameters(r)
	for _, t := range r.Problems {
		p.heading(p.colour("31", "Problem: "+t.Summary))
		for line := range strings.Lines(t.Detail) {
			fmt.Fprintf(p, "  %s\n", strings.Join(wrap(line, textWidth-2), "\n  "))
		}
	}
	if r.Operation(OperationRegister).Result == Works {
		p.heading("Provider block")
		fmt.Fprint(p, r.ProviderBlock)
	}
	p.leftBehind(r.LeftBehind)
	fmt.Fprintf(p, "\n%s\n", p.verdict(r.Verdict))
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *paper) operation(o Operation) {
	sign := signs[o.Result]
	said := []string{}
	if o.Status != 0 {
		said = append(said, fmt.Sprintf("%s %d", methods[o.Name], o.Status))
	}
	if o.Result == NotTried && o.Note == "" {
		said = append(said, "not tried")
	}
	if o.Note != "" {
		said = append(said, o.Note)
	}
	text := strings.Join(said, ": ")
	indent := strings.Repeat(" ", 21)
	fmt.Fprintf(p, "  %s %-16s %s\n", p.colour(sign[1], sign[0]), o.Name, strings.Join(wrap(text, textWidth-21), "\n"+indent))
}

// credentials prints what reads and updates make of them.
func (p *paper) credentials(r *Report) {
	p.heading("Credentials")
	if len(r.Credentials) > 0 {
		fmt.Fprintf(p, "  %-26s %-10s %s\n", "", "on read", "on update")
	}
	for _, c := range r.Credentials {
		if c.OnUpdate == "" {
			c.OnUpdate = "-"
		}
		fmt.Fprintf(p, "  %-26s %-10s %s\n", c.Name, c.OnRead, c.OnUpdate)
	}
	expires := r.Facts.SecretLifetime
	if expires == "" {
		expires = "the server does not say (client_secret_expires_at)"
	}
	p.row("client secret expires", 26, expires)
	if r.InitialAccessToken != "" {
		p.row("initial access token", 26, r.InitialAccessToken)
	}
	if r.UpdateForm != "" {
		p.row("form of an update", 26, r.UpdateForm)
	}
}

// parameters prints what is as asked in one row and what is not in one row each.
func (p *paper) parameters(r *Report) {
	if len(r.Parameters) == 0 {
		return
	}
	p.heading("Parameters")
	var defaults []string
	for _, o := range []Outcome{Kept, NotShown, Hidden} {
		var names []string
		for _, found := range r.Parameters {
			switch {
			case found.Outcome != o:
			case o == Kept && found.Note != "":
				defaults = append(defaults, found.Name)
			default:
				names = append(names, found.Name)
			}
		}
		if len(names) > 0 {
			p.row(string(o), 12, strings.Join(names, ", "))
		}
	}
	if len(defaults) > 0 {
		p.row("default", 12, strings.Join(defaults, ", ")+": asked for as it is by default, and not shown")
	}
	for _, o := range []Outcome{Substituted, Extended, Refused} {
		for _, found := range r.Parameters {
			if found.Outcome == o {
				p.row(string(o), 12, found.Name+told(found))
			}
		}
	}
	p.untried(r.Parameters)
}

func told(p Parameter) string {
	mark := ""
	if p.Security && p.Outcome == Substituted {
		mark = " (security)"
	}
	if p.Outcome == Refused {
		if p.Note == "" {
			return mark
		}
		return mark + ": " + p.Note
	}
	return mark + ": " + short(p.Asked) + " became " + short(p.Registered)
}

func short(v any) string {
	if v == nil {
		return "nothing"
	}
	encoded, err := jsonvalue.Encode(v)
	if err != nil {
		return "a value that cannot be shown"
	}
	return legible.Bounded(legible.Visible(string(encoded)), 120)
}

// untried prints one row for each reason that a person might do something about, and one for the rest.
func (p *paper) untried(parameters []Parameter) {
	var reasons, expected []string
	names := map[string][]string{}
	for _, found := range parameters {
		if found.Outcome != Untried {
			continue
		}
		if untried[found.Name] == found.Note || strings.HasPrefix(found.Note, theMetadata) {
			expected = append(expected, found.Name)
			continue
		}
		if names[found.Note] == nil {
			reasons = append(reasons, found.Note)
		}
		names[found.Note] = append(names[found.Note], found.Name)
	}
	for _, reason := range reasons {
		list := strings.Join(names[reason], ", ")
		if len(names[reason]) > 20 {
			list = fmt.Sprintf("%d parameters", len(names[reason]))
		}
		p.row(string(Untried), 12, list+": "+reason)
	}
	if len(expected) > 0 {
		p.row(string(Untried), 12, strings.Join(expected, ", ")+": the server's metadata does not offer them, or a throw-away client cannot show them; --json has each reason")
	}
}

func (p *paper) leftBehind(all []Left) {
	if len(all) == 0 {
		return
	}
	p.heading(p.colour("33", "Left behind at the server"))
	for _, l := range all {
		p.left(l)
	}
}

func (p *paper) left(l Left) {
	what := "client " + l.ClientID
	if l.ClientID == "" {
		what = "perhaps a client with the client_name “" + l.ClientName + "”"
	}
	if l.URI != "" {
		what += " at " + l.URI
	}
	if l.ClientID != "" && l.ClientName != "" {
		what += ", named “" + l.ClientName + "”"
	}
	if l.Why != "" {
		what += ": " + l.Why
	}
	p.row("!", 1, what)
}

func (p *paper) verdict(v Verdict) string {
	switch v {
	case VerdictWorks:
		return p.colour("1;32", "The provider works with this server.")
	case VerdictLimited:
		return p.colour("1;33", "The provider works with this server, within the limits above.")
	case VerdictInterrupted:
		return p.colour("1;31", "The check was interrupted.")
	}
	return p.colour("1;31", "The provider does not work with this server as it was asked here.")
}

// WriteJSON prints the report for a program. Lists are there also where they are empty.
func (r *Report) WriteJSON(w io.Writer) error {
	out := *r
	if r.Facts != nil {
		f := *r.Facts
		for _, list := range []*[]string{&f.Dropped, &f.Changed, &f.Added, &f.ReadDropped, &f.ReadChanged} {
			if *list == nil {
				*list = []string{}
			}
		}
		out.Facts = &f
	}
	encoder := json.NewEncoder(w) // jsonvalue writes one line; this is read by people, too
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(&out)
}
