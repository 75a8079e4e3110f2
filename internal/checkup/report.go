// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup

import (
	"context"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

// Verdict is what a check comes to.
type Verdict string

// The verdicts.
const (
	VerdictWorks       Verdict = "works"
	VerdictLimited     Verdict = "works with limits" // the server has no read, update or deletion, and the provider does without
	VerdictFails       Verdict = "does not work"
	VerdictInterrupted Verdict = "interrupted"
)

// Result is what became of one operation.
type Result string

// The results.
const (
	Works    Result = "works"
	Missing  Result = "missing" // the server does not have it, and the provider does without
	Fails    Result = "fails"
	NotTried Result = "not tried"
)

// The operations, in the order of a client's life.
const (
	OperationDiscovery = "discovery"
	OperationRegister  = "register"
	OperationRead      = "read"
	OperationUpdate    = "update"
	OperationRemove    = "remove"
	OperationDelete    = "delete"
	OperationNotice    = "notice deletion"
)

var operations = []string{OperationDiscovery, OperationRegister, OperationRead, OperationUpdate, OperationRemove, OperationDelete, OperationNotice}

// ReportVersion is the version of a Report's form as JSON.
const ReportVersion = 1

// Report is what a check found out. It holds no credential.
type Report struct {
	Version    int         `json:"version"`
	Verdict    Verdict     `json:"verdict"`
	Server     ServerFound `json:"server"`
	Operations []Operation `json:"operations"`
	UpdateForm string      `json:"update_form,omitempty"` // the form of an update that the server took
	// InitialAccessToken is "reusable", "single use", or empty where that was not seen.
	InitialAccessToken string       `json:"initial_access_token,omitempty"`
	Credentials        []Credential `json:"credentials"` // what a read and an update make of them; empty where no client can be read
	Parameters         []Parameter  `json:"parameters"`
	Settings           []Setting    `json:"settings"`
	ProviderBlock      string       `json:"provider_block"`
	Problems           []Trouble    `json:"problems"`
	// LeftBehind are clients that are still at the server.
	LeftBehind []Left `json:"left_behind"`
	Facts      *Facts `json:"facts,omitempty"` // what came over the wire; nil where no client was registered

	settings authserver.Settings
	scrub    func(string) string
}

// ServerFound is the server that was checked.
type ServerFound struct {
	Issuer                string `json:"issuer,omitempty"`
	MetadataURL           string `json:"metadata_url,omitempty"`
	RegistrationEndpoint  string `json:"registration_endpoint,omitempty"`
	TokenEndpoint         string `json:"token_endpoint,omitempty"`
	AuthorizationEndpoint string `json:"authorization_endpoint,omitempty"`
}

// Operation is one step of a client's life.
type Operation struct {
	Name   string `json:"name"`
	Result Result `json:"result"`
	Status int    `json:"status,omitempty"` // of the answer to the standard's request
	Note   string `json:"note,omitempty"`
}

// Credential is what a read and an update make of one: Same, New, Masked, Absent, or empty where there was none.
type Credential struct {
	Name     string `json:"name"`
	OnRead   string `json:"on_read"`
	OnUpdate string `json:"on_update,omitempty"`
}

// Outcome is what became of a parameter.
type Outcome string

// The outcomes.
const (
	Kept        Outcome = "as asked"
	Substituted Outcome = "substituted"
	Extended    Outcome = "extended"
	NotShown    Outcome = "not shown" // it is not known whether it is in effect
	Hidden      Outcome = "hidden"    // registered, and no read shows it
	Refused     Outcome = "refused"
	Untried     Outcome = "not tried"
)

// Parameter is what became of one client metadata parameter.
type Parameter struct {
	Name       string  `json:"name"`
	Outcome    Outcome `json:"outcome"`
	Asked      any     `json:"asked,omitempty"`
	Registered any     `json:"registered,omitempty"`
	Security   bool    `json:"security,omitempty"` // a substitution of it fails an apply unless it is accepted
	Note       string  `json:"note,omitempty"`
}

// Setting is an attribute of the provider block that this server needs or is better off with.
type Setting struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`             // as in a configuration; empty where a person must choose it
	Example   string `json:"example,omitempty"` // a value that may be chosen
	Reason    string `json:"reason"`
}

// Trouble is something that does not work, in the provider's words.
type Trouble struct {
	Operation string `json:"operation"`
	Summary   string `json:"summary"`
	Detail    string `json:"detail,omitempty"`
}

// Left is a client that is still at the server, or may be.
type Left struct {
	ClientID   string `json:"client_id,omitempty"`
	URI        string `json:"registration_client_uri,omitempty"`
	ClientName string `json:"client_name,omitempty"` // all that is known where no answer told the client_id
	Why        string `json:"why,omitempty"`
}

func newReport(s authserver.Settings) *Report {
	// Empty lists, and not null: a program counts on them.
	return &Report{
		Version: ReportVersion, Operations: []Operation{}, Credentials: []Credential{}, Parameters: []Parameter{}, Settings: []Setting{}, Problems: []Trouble{},
		LeftBehind: []Left{}, settings: s, scrub: func(text string) string { return text },
	}
}

// operation notes a result, in the place of an earlier one.
func (r *Report) operation(name string, result Result, status int, note string) {
	found := Operation{Name: name, Result: result, Status: status, Note: note}
	for i := range r.Operations {
		if r.Operations[i].Name == name {
			r.Operations[i] = found
			return
		}
	}
	r.Operations = append(r.Operations, found)
}

// Operation returns what became of an operation.
func (r *Report) Operation(name string) Operation {
	for _, o := range r.Operations {
		if o.Name == name {
			return o
		}
	}
	return Operation{Name: name, Result: NotTried}
}

// unmanaged notes that clients are only registered, and why.
func (r *Report) unmanaged(why string) {
	for name, note := range map[string]string{
		OperationRead:   why,
		OperationUpdate: "a change registers another client in its place",
		OperationDelete: "a destroy leaves the client at the server",
	} {
		r.operation(name, Missing, 0, note)
	}
}

// measured notes what the requests of RFC 7592 were answered.
func (r *Report) measured(f *Facts) {
	switch {
	case f.Read == 0:
	case f.Read == http.StatusOK:
		r.operation(OperationRead, Works, f.Read, "")
	case lacks(f.Read):
		r.operation(OperationRead, Missing, f.Read, "plans do not show changes at the server")
	default:
		r.operation(OperationRead, Fails, f.Read, "")
	}
}

// operationConnection is noted only where it fails.
const operationConnection = "connection"

// concluded orders the operations as in a client's life and gives the verdict.
func (r *Report) concluded(ctx context.Context) *Report {
	found := *r
	r.Operations, r.Verdict = []Operation{}, VerdictWorks
	if o := found.Operation(operationConnection); o.Result == Fails {
		r.Operations = append(r.Operations, o)
	}
	for _, name := range operations {
		r.Operations = append(r.Operations, found.Operation(name))
	}
	for _, o := range r.Operations {
		// What an update keeps, and a deletion that nothing proves, are told; they take nothing away that the provider needs.
		needed := o.Name != OperationRemove && o.Name != OperationNotice
		if o.Result == Missing && needed {
			r.Verdict = VerdictLimited
		}
	}
	if len(r.Problems) > 0 || r.Operation(OperationRegister).Result != Works {
		r.Verdict = VerdictFails
	}
	for _, o := range r.Operations {
		if o.Result == Fails {
			r.Verdict = VerdictFails
		}
	}
	if ctx.Err() != nil {
		r.Verdict = VerdictInterrupted
	}
	return r
}

// lacks reports whether a status is one that servers give that do not have an operation.
func lacks(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented || status >= 300 && status < 400
}
