// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// strangers are tokens that no server issued: one of the form of those that it does issue, and one of another.
var strangers = map[string]string{"of its form": "reg-token-9-f00dfeedf00dfeed", "of another": strings.Repeat("0f1e2d3c", 8)}

// refusesTokens are the statuses by which servers refuse a token.
var refusesTokens = []int{400, 401, 403, 404, 410, 422}

// One update's answer shows a token that is none, at a server that has no reads and refuses it in its own way. The one before is still in force, and the next
// operations have it.
func TestAWrongTokenOfAnUpdateWithoutReads(t *testing.T) {
	t.Parallel()
	for form, token := range strangers {
		for i, status := range refusesTokens {
			for last, code := range map[string]string{"update": "", "destroy": "access_denied"} {
				for _, journal := range []bool{false, true} {
					reads := slices.Sorted(maps.Keys(noReads))[i%len(noReads)]
					what := fmt.Sprintf("%s, a token %s, refused by %d, %s, journal %v", reads, form, status, last, journal)
					s := settingsWith(t, journal)
					f := without(noReads[reads], fakeop.Faults{InvalidTokenStatus: status})
					f.Credentials.InvalidTokenCode = code
					l := begin(t, &fakeop.Server{Faults: f}, s)
					l.registerAs(web("a"))
					l.wrongOnce(f, "b", shows("registration_access_token", token))
					l.lastsOn(what, s, last)
				}
			}
		}
	}
}

// One update's answer shows the token that is in force, written in another way. It stays the known one, also in a state whose private part is lost, as Terraform hands
// a tainted object's deletion no private state.
func TestAnotherWritingOfTheTokenWithoutReads(t *testing.T) {
	t.Parallel()
	token := func(int) string { return "Rk9v+YmFy/q83u7v~zQx9AbCdE5h" }
	for name, write := range map[string]func(string) string{
		"percent-encoded": url.QueryEscape, "percent-encoded in lower case": func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "+", "%2b"), "/", "%2f") },
		"in base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, "cut": func(s string) string { return s[:24] }, "in upper case": strings.ToUpper,
		"quoted": func(s string) string { return `"` + s + `"` }, "padded": func(s string) string { return s + "==" }, "in other signs": strings.NewReplacer("+", "-", "/", "_").Replace,
	} {
		for i, status := range refusesTokens {
			for _, last := range []string{"update", "destroy", "destroy as tainted"} {
				what := fmt.Sprintf("%s, refused by %d, %s", name, status, last)
				f := without(noReads[slices.Sorted(maps.Keys(noReads))[i%len(noReads)]], fakeop.Faults{InvalidTokenStatus: status})
				l := begin(t, &fakeop.Server{Faults: f, Token: token}, authserver.Settings{})
				l.registerAs(web("a"))
				l.wrongOnce(f, "b", shows("registration_access_token", write(token(1))))
				if last == "destroy as tainted" {
					l.state.Record, last = reconcile.Record{}, "destroy"
				}
				l.lastsOn(what, authserver.Settings{}, last)
			}
		}
	}
}

// wrongOnce makes an update whose answer is another one.
func (l *life) wrongOnce(f fakeop.Faults, name string, answer fakeop.Answer) {
	l.t.Helper()
	wrong := f
	wrong.Updating.Calls = []fakeop.CallFault{{Answer: answer}}
	l.op.SetFaults(wrong)
	if out := l.rename(name); out.Failed() {
		l.t.Fatal(kinds(out.Problems))
	}
	l.op.SetFaults(f)
}

// lastsOn fails unless the client can be changed, or deleted, in a later run.
func (l *life) lastsOn(what string, s authserver.Settings, last string) {
	l.t.Helper()
	id := l.state.Handle.ClientID
	l = l.later(s)
	if last == "destroy" {
		out := l.destroy(authserver.Behaviour{})
		if _, lives := l.op.Client(id); lives || !out.Gone {
			l.t.Errorf("%s: the client is not deleted: %s", what, kinds(out.Problems))
		}
		return
	}
	for _, name := range []string{"c", "d"} {
		l = l.later(s)
		out := l.rename(name)
		if got, _ := l.op.Client(id); out.Failed() || got.Metadata["client_name"] != name {
			l.t.Errorf("%s: the client cannot be changed to %s: %s", what, name, kinds(out.Problems))
			return
		}
	}
}

// Some servers end all where a token of the time before shows up. What it says of the body of an update, or of an operation that it does not
// have, is no refusal of the token that it issued last, and one wrong answer is none.
func TestATokenOfTheTimeBeforeIsNotShownForNothing(t *testing.T) {
	t.Parallel()
	refusals := map[string]fakeop.Answer{
		"403 of the metadata": fakeop.Forbidden("invalid_client_metadata", "this may not be changed"), "403 that names a member": fakeop.Forbidden("policy", "client_name may not be changed"),
		"400": {Status: 400, Body: `{"error":"invalid_request"}`}, "405": {Status: 405}, "403 of the operation": fakeop.Forbidden("access_denied", "Unsupported operation"), "429": {Status: 429}, "500": {Status: 500},
	}
	once := map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "403": {Status: 403}, "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage()}
	try := func(what string, calls []fakeop.CallFault, operation string) {
		for reads, answer := range noReads {
			f := without(answer, fakeop.Faults{RotateTokenOnUpdate: true})
			l := begin(t, &fakeop.Server{Faults: f}, authserver.Settings{})
			l.registerAs(web("a"))
			before := l.state.Handle.RegistrationAccessToken.Reveal()
			l.rename("b")
			asked := len(l.op.Requests())
			f.Updating.Calls, f.Deletion.Calls = calls, calls
			l.op.SetFaults(f)
			l = l.later(authserver.Settings{})
			l.operate(operation, web("c"))
			for _, r := range l.op.Requests()[asked:] {
				if r.Credential == before {
					t.Errorf("%s, %s, reads %s: the server was shown the token of the time before with a %s", what, operation, reads, r.Operation)
				}
			}
		}
	}
	for what, answer := range refusals {
		try(what, fakeop.Always(answer), "update")
	}
	for _, what := range []string{"405", "403 of the operation"} {
		try(what, fakeop.Always(refusals[what]), "delete")
	}
	for what, answer := range once {
		for _, operation := range []string{"update", "delete"} {
			try(what+" once", []fakeop.CallFault{{Times: 1, Answer: answer}}, operation)
		}
	}
}
