// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
)

// answers are what a call can get in place of the right answer.
var answers = map[string]fakeop.Answer{
	"a page of a proxy": fakeop.BadGateway(), "an error": fakeop.InternalError(), "a dropped connection": fakeop.Dropped(), "a lost answer": fakeop.Lost(),
	"a torn answer": fakeop.Torn(), "a login": fakeop.LoginPage(), "not found": fakeop.NotFoundPage(), "not found, as JSON": fakeop.NotFoundJSON(),
	"a welcome": fakeop.Welcome(), "gone": fakeop.GonePage(), "forbidden": fakeop.Forbidden("access_denied", "no"), "a page of a gateway": fakeop.Forbidden("", ""),
	"unauthorized": fakeop.Unauthorized(true), "unauthorized without a challenge": fakeop.Unauthorized(false), "another client": {OtherClient: true, Processed: true},
	"a stale replica": {Stale: true}, "unavailable": fakeop.Unavailable(time.Minute), "too many": fakeop.TooMany(time.Hour),
	"a page after it was processed":      {Status: http.StatusBadGateway, Processed: true, Body: "<html>", MediaType: "text/html"},
	"redirected after it was processed":  {Status: http.StatusSeeOther, Processed: true, Header: http.Header{"Location": {"/done"}}},
	"redirected before it was processed": {Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://elsewhere.example/"}}},
	"redirected nowhere":                 {Status: http.StatusFound},
	"nothing under 200":                  {Status: http.StatusOK, Processed: true},
	"no content":                         {Status: http.StatusNoContent, Processed: true},
	"credentials that are no strings": {Edit: func(doc map[string]any) {
		for _, member := range []string{"client_secret", "registration_access_token", "registration_client_uri"} {
			if _, ok := doc[member]; ok {
				doc[member] = map[string]any{"value": 1}
			}
		}
	}},
	"a masked token":   {Edit: func(doc map[string]any) { doc["registration_access_token"] = "********" }},
	"a masked secret":  {Edit: func(doc map[string]any) { doc["client_secret"] = "********" }},
	"an empty token":   {Edit: func(doc map[string]any) { doc["registration_access_token"] = "" }},
	"a relative URI":   {Edit: func(doc map[string]any) { doc["registration_client_uri"] = "/register/x" }},
	"no URI":           {Edit: func(doc map[string]any) { delete(doc, "registration_client_uri") }},
	"no token":         {Edit: func(doc map[string]any) { delete(doc, "registration_access_token") }},
	"no client_id":     {Edit: func(doc map[string]any) { delete(doc, "client_id") }},
	"an odd client_id": {Edit: func(doc map[string]any) { doc["client_id"] = 17 }},
}

// showings are how a server may show a credential.
var showings = map[string]fakeop.Showing{
	"a mask": fakeop.Mask("********"), "a hash": fakeop.Hash(), "a digest": fakeop.Digest("SHA-256", "base64"), "its beginning": fakeop.Prefix(4, "…"),
	"its end": fakeop.Suffix(4, "…"), "a ciphertext": fakeop.Encrypted(), "an object": fakeop.HashObject("SHA-512"),
}

// drawnFault puts one misbehaviour more into f and returns its name.
func drawnFault(t *rapid.T, f *fakeop.Faults, switches []string) string {
	pick := func(names []string) string { return rapid.SampledFrom(names).Draw(t, "pick") }
	switch rapid.IntRange(0, 5).Draw(t, "kind of fault") {
	case 0, 1: // of single calls
		call := fakeop.CallFault{From: rapid.IntRange(1, 6).Draw(t, "from"), Times: rapid.IntRange(0, 2).Draw(t, "times")}
		name := pick(slices.Sorted(maps.Keys(answers)))
		call.Answer = answers[name]
		if rapid.IntRange(0, 19).Draw(t, "down") == 0 {
			call.Down, name = true, "down after it"
		}
		at := pick([]string{"register", "register", "read", "update", "delete", "delete", "token", "authorize", "metadata"})
		calls := map[string]*[]fakeop.CallFault{
			"register": &f.Registration.Calls, "read": &f.Reading.Calls, "update": &f.Updating.Calls, "delete": &f.Deletion.Calls,
			"token": &f.TokenEndpoint.Calls, "authorize": &f.AuthorizationEndpoint.Calls, "metadata": &f.Discovery.Calls,
		}[at]
		*calls = append(*calls, call)
		return fmt.Sprintf("%s: %s, from %d, %d times", at, name, call.From, call.Times)
	case 2: // how credentials are shown
		name, at := pick(slices.Sorted(maps.Keys(showings))), pick([]string{"registration", "read", "update"})
		shows := map[string]*fakeop.Shows{"registration": &f.Registration.Shows, "read": &f.Reading.Shows, "update": &f.Updating.Shows}[at]
		what := pick([]string{"secret", "token"})
		*map[string]*fakeop.Showing{"secret": &shows.Secret, "token": &shows.Token}[what] = showings[name]
		return fmt.Sprintf("%s shows the %s as %s", at, what, name)
	case 3: // statuses
		what := pick([]string{"RegisterStatus", "DeleteStatus", "UpdateStatus", "ReadStatus", "MissingTokenStatus", "InvalidTokenStatus", "GoneStatus", "OtherClientStatus", "InvalidClientStatus"})
		status := map[string][]int{
			"RegisterStatus": {200, 202, 500}, "DeleteStatus": {200, 202, 405}, "UpdateStatus": {405}, "ReadStatus": {405}, "MissingTokenStatus": {400, 403}, "InvalidTokenStatus": {400},
			"GoneStatus": {404, 410}, "OtherClientStatus": {403}, "InvalidClientStatus": {400, 403, 200},
		}[what]
		n := rapid.SampledFrom(status).Draw(t, "status")
		reflect.ValueOf(f).Elem().FieldByName(what).SetInt(int64(n))
		return fmt.Sprintf("%s %d", what, n)
	default:
		name := pick(switches)
		field := reflect.ValueOf(f).Elem()
		for part := range strings.SplitSeq(name, ".") {
			field = field.FieldByName(part)
		}
		field.SetBool(true)
		return name
	}
}

// switches are the fields of the faults that are on or off.
func switches(at reflect.Type, prefix string) (names []string) {
	for i := range at.NumField() {
		switch field := at.Field(i); field.Type.Kind() { //nolint:exhaustive // the others are no switches
		case reflect.Struct:
			names = append(names, switches(field.Type, prefix+field.Name+".")...)
		case reflect.Bool:
			names = append(names, prefix+field.Name)
		}
	}
	return names
}

// drawnServer is a server with up to three misbehaviours, and the settings to check it with.
func drawnServer(t *rapid.T) (*fakeop.Server, func(*authserver.Settings)) {
	op := &fakeop.Server{}
	all := switches(reflect.TypeFor[fakeop.Faults](), "")
	var names []string
	for range rapid.IntRange(0, 3).Draw(t, "faults") {
		names = append(names, drawnFault(t, &op.Faults, all))
	}
	// One whose answers are cut for want of a body is slow to say so.
	op.Faults.HugeBody = false
	op.ClientURI = rapid.SampledFrom([]fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery, fakeop.URIEndpoint}).Draw(t, "form of the URI")
	op.Management = rapid.SampledFrom([]fakeop.Management{fakeop.ManagementFull, fakeop.ManagementFull, fakeop.ManagementFull, fakeop.ManagementOff, fakeop.ManagementNoToken, fakeop.ManagementByCredential}).Draw(t, "management")
	management := rapid.SampledFrom([]string{authserver.ManagementAuto, authserver.ManagementAuto, authserver.ManagementToken, authserver.ManagementProvider, authserver.ManagementNone}).Draw(t, "setting")
	token := rapid.SampledFrom([]string{"", "initial-token"}).Draw(t, "initial access token")
	if token != "" || op.Management == fakeop.ManagementByCredential {
		op.InitialAccessTokens = map[string]int{"initial-token": rapid.IntRange(0, 2).Draw(t, "good for")}
	}
	t.Logf("faults: %v, management %d as %s, token %q", names, op.Management, management, token)
	return op, func(s *authserver.Settings) {
		s.Management, s.InitialAccessToken = management, secret.New(token)
	}
}

// Whatever a server does, and whenever the check is interrupted: the document is whole, what is left is named, no credential is
// printed, and the exit code says what the verdict says.
func TestChecksOfOddServersAreHonest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		op, change := drawnServer(rt)
		at := 0
		if rapid.Bool().Draw(rt, "interrupted") {
			at = rapid.IntRange(1, 60).Draw(rt, "at request")
		}
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		var count atomic.Int32
		hook := func(*http.Request) {
			if int(count.Add(1)) == at {
				interrupt()
			}
		}
		if rapid.Bool().Draw(rt, "before") {
			op.Before = hook
		} else {
			op.After = hook
		}
		if _, err := op.Serve(); err != nil {
			rt.Fatal(err)
		}
		defer op.Close()

		var stdout, stderr bytes.Buffer
		var used authserver.Settings
		command := checkup.Command{
			Clock:  noWaits(),
			Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" },
			Terminal: func(io.Writer) bool { return true },
			Settings: func(checkup.Asked) (authserver.Settings, error) {
				s := settings(op)
				s.Transport.MaxRetries = 1
				change(&s)
				used = s
				return s, nil
			},
		}
		code := command.Run(ctx, t.Context(), []string{"-json"})
		if wrong(used) {
			if code != checkup.ExitUsage || stdout.Len() > 0 || stderr.Len() == 0 || len(op.Log()) > 0 {
				rt.Errorf("exit code %d\n%s%s\n%v", code, &stderr, &stdout, op.Log())
			}
			return
		}
		r := wholeReport(rt, stdout.Bytes())
		if works := r.Verdict == checkup.VerdictWorks || r.Verdict == checkup.VerdictLimited; works != (code == checkup.ExitWorks) || code == checkup.ExitUsage {
			rt.Errorf("exit code %d, verdict %s", code, r.Verdict)
		}
		if (ctx.Err() != nil) != (r.Verdict == checkup.VerdictInterrupted) {
			rt.Errorf("verdict %s, interrupted: %v", r.Verdict, ctx.Err())
		}
		leavesNothingUnsaid(rt, op, r)
		for _, credential := range credentials(op) {
			if strings.Contains(stdout.String()+stderr.String(), credential) {
				rt.Errorf("credential %q is printed:\n%s%s", credential, &stderr, &stdout)
			}
		}
		if rt.Failed() {
			rt.Logf("%s%s\n%v", &stderr, &stdout, op.Log())
		}
	})
}

// wholeReport is the one document of an output: of the form that is promised, with each list there.
func wholeReport(t *rapid.T, out []byte) *checkup.Report {
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	var r checkup.Report
	if err := d.Decode(&r); err != nil || d.More() {
		t.Fatalf("%v, or more than one document:\n%s", err, out)
	}
	if r.Version != checkup.ReportVersion || r.Operations == nil || r.Credentials == nil || r.Parameters == nil || r.Settings == nil || r.Problems == nil || r.LeftBehind == nil {
		t.Errorf("the document is not whole:\n%s", out)
	}
	if f := r.Facts; f != nil && (f.Dropped == nil || f.Changed == nil || f.Added == nil || f.ReadDropped == nil || f.ReadChanged == nil) {
		t.Errorf("a list of the facts is null:\n%s", out)
	}
	return &r
}

// leavesNothingUnsaid fails unless each client at the server is named, and one that is named has a reason.
func leavesNothingUnsaid(t *rapid.T, op *fakeop.Server, r *checkup.Report) {
	for _, l := range r.LeftBehind {
		if l.Why == "" || l.ClientID == "" && l.ClientName == "" {
			t.Errorf("left behind, without a reason or a name: %+v", l)
		}
	}
	for _, c := range unnamed(op, r) {
		t.Errorf("client %s, %q, is at the server, and left behind are only %+v", c.ID, c.Metadata["client_name"], r.LeftBehind)
	}
	if len(op.Clients()) > 0 && r.Verdict == checkup.VerdictWorks {
		t.Errorf("%d clients are left, and the verdict is %s", len(op.Clients()), r.Verdict)
	}
}

// A server that acknowledges a deletion and keeps the client, with any further habits: the check names the client, unless the server showed
// neither of its credentials, or has no endpoint that would tell.
func TestKeepersAreFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		op, change := drawnServer(rt)
		op.Faults.Deletion.Calls = append([]fakeop.CallFault{{
			From: rapid.IntRange(1, 12).Draw(rt, "kept from"), Times: rapid.IntRange(0, 2).Draw(rt, "kept times"),
			Answer: fakeop.Answer{Status: rapid.SampledFrom([]int{200, 202, 204}).Draw(rt, "kept as")},
		}}, op.Faults.Deletion.Calls...)
		if _, err := op.Serve(); err != nil {
			rt.Fatal(err)
		}
		defer op.Close()
		s := settings(op)
		if change(&s); wrong(s) {
			return
		}
		r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: s, Clock: noWaits()})
		for _, c := range unnamed(op, r) {
			if visible(op, c, s.Management) {
				rt.Errorf("client %s is at the server, and left behind are only %+v\n%v", c.ID, r.LeftBehind, op.Log())
			}
		}
	})
}

// A server with any habits that deletes what it says that it deleted, and may show that a moment later: no client that is gone is said to be
// there.
func TestNoClientIsMadeUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		op, change := drawnServer(rt)
		f := &op.Faults
		if f.Registration.Calls != nil || f.Reading.Calls != nil || f.Updating.Calls != nil || f.Deletion.Calls != nil || f.TokenEndpoint.Calls != nil || f.DeleteKeepsClient {
			return // what was drawn is no habit
		}
		lags := rapid.Bool().Draw(rt, "lags")
		there := 0
		op.After = func(q *http.Request) {
			if now := len(op.Clients()); lags && q.Method == http.MethodDelete && now < there {
				lag(op, true)
			} else {
				there = now
			}
		}
		clock := testclock.New(func() time.Time { return fakeop.Epoch }).Hold(10 * time.Second).Note(func(d time.Duration) {
			if d == reconcile.ReplicaPause {
				lag(op, false)
			}
		})
		if _, err := op.Serve(); err != nil {
			rt.Fatal(err)
		}
		defer op.Close()
		s := settings(op)
		if change(&s); wrong(s) {
			return
		}
		r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: s, Clock: authserver.Clock{Now: clock.Now, After: clock.After}})
		if f.Deletion.Soft && r.Operation(checkup.OperationRead).Result == checkup.Missing {
			return // nothing was read before the deletion, so that a read after it may be one that replaces the secret
		}
		doubts := func(l checkup.Left) bool {
			// Where errors stand under 200, no destroy succeeds whose deletion is answered like them, and that is said.
			refused := strings.HasPrefix(l.Why, "client not deregistered") && !f.ErrorsUnder200
			return !refused && !strings.Contains(l.Why, "still ") && !strings.HasPrefix(l.Why, "client stays at the server")
		}
		if left := slices.DeleteFunc(slices.Clone(r.LeftBehind), doubts); len(left) > len(op.Clients()) {
			rt.Errorf("left behind are %+v, and at the server %d\n%+v\n%v", r.LeftBehind, len(op.Clients()), r.Operations, op.Log())
		}
	})
}

// wrong reports whether settings lack the credential that they name, so that no server is judged by them.
func wrong(s authserver.Settings) bool {
	return s.Management == authserver.ManagementProvider && s.InitialAccessToken.IsEmpty()
}

// lag has all replicas of a server but one see a deletion later, or now.
func lag(op *fakeop.Server, on bool) {
	var calls []fakeop.CallFault
	if on {
		calls = fakeop.Always(fakeop.Answer{Stale: true})
	}
	op.EditFaults(func(f *fakeop.Faults) { f.Reading.Calls, f.TokenEndpoint.Calls = calls, calls })
}

// visible reports whether one of a client's credentials was shown and an endpoint tells by it that the client is there.
func visible(op *fakeop.Server, c fakeop.Client, management string) bool {
	f, answers := op.Faults, ""
	if f.Registration.Calls != nil || f.TokenEndpoint.Calls != nil || slices.ContainsFunc(slices.Concat(f.Reading.Calls, f.Updating.Calls, f.Deletion.Calls), func(c fakeop.CallFault) bool { return c.Down }) {
		return false // an answer may have named another address, deleted clients seem to be shown on, or nobody answers any more
	}
	if management == authserver.ManagementNone && f.Registration.Shows.Secret != nil {
		return false // nothing is read before the deletion, and the registration showed no secret
	}
	for _, q := range op.Requests() {
		answers += string(q.Answer)
	}
	shown := func(credential string) bool {
		return credential != "" && strings.Contains(answers, strconv.Quote(credential))
	}
	reads := management != authserver.ManagementProvider && f.Reading.Calls == nil && f.ReadStatus == 0 && !f.Deletion.Soft
	tells := !f.TokenChecksGrantFirst && f.InvalidClientStatus == 0 && f.Discovery.Calls == nil
	return reads && shown(c.Token) || tells && shown(c.Secret)
}

// unnamed are the clients at the server that a report does not name.
func unnamed(op *fakeop.Server, r *checkup.Report) (left []fakeop.Client) {
	// A server may answer with another client_id than it registered: such a client is found by its name.
	unknown := slices.Clone(r.LeftBehind)
	found := func(matches func(checkup.Left) bool) bool {
		i := slices.IndexFunc(unknown, matches)
		if i >= 0 {
			unknown = slices.Delete(unknown, i, i+1)
		}
		return i >= 0
	}
	others := slices.DeleteFunc(op.Clients(), func(c fakeop.Client) bool {
		return found(func(l checkup.Left) bool { return l.ClientID == c.ID })
	})
	return slices.DeleteFunc(others, func(c fakeop.Client) bool {
		return found(func(l checkup.Left) bool {
			return l.ClientName != "" && strings.HasPrefix(fmt.Sprint(c.Metadata["client_name"]), l.ClientName)
		})
	})
}
