// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package checkup_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/testclock"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noWaits is a time in which nobody waits, but for the ten seconds that an exchange is given after an interrupt: the test server answers
// within them.
func noWaits() authserver.Clock {
	clock := testclock.New(func() time.Time { return fakeop.Epoch }).Hold(10 * time.Second)
	return authserver.Clock{Now: clock.Now, After: clock.After}
}

// settings are those of a provider block that names op and sets nothing else.
func settings(op *fakeop.Server) authserver.Settings {
	return authserver.Settings{
		Issuer: op.Issuer(), Management: authserver.ManagementAuto, URITemplate: authserver.DefaultURITemplate,
		Transport: transport.Options{UserAgent: "test", RequestTimeout: 10 * time.Second, MaxConcurrentRequests: 4},
	}
}

// check runs a check and holds what is true of every one: what is left at the server is named and nothing else is.
func check(t *testing.T, op *fakeop.Server, s authserver.Settings) *checkup.Report {
	t.Helper()
	r := checkup.Run(t.Context(), t.Context(), checkup.Options{Settings: s, Clock: noWaits()})
	honest(t, op, r)
	if len(r.LeftBehind) > len(op.Clients()) {
		t.Errorf("named as left behind, and gone: %v", r.LeftBehind)
	}
	return r
}

// honest fails unless what is left at the server is named, and no credential is printed.
func honest(t *testing.T, op *fakeop.Server, r *checkup.Report) {
	t.Helper()
	var there, named []string
	for _, c := range op.Clients() {
		there = append(there, fmt.Sprint(c.Metadata["client_name"]))
	}
	for _, l := range r.LeftBehind {
		named = append(named, l.ClientName)
		if l.Why == "" {
			t.Errorf("nothing says why %s is left behind", l.ClientID)
		}
	}
	for _, name := range there {
		if !slices.ContainsFunc(named, func(one string) bool { return one != "" && strings.HasPrefix(name, one) }) { // an update adds to it
			t.Errorf("%s is still at the server, and only %v are named", name, named)
		}
	}
	text := printed(t, r)
	for _, credential := range credentials(op) {
		if strings.Contains(text, credential) {
			t.Errorf("credential %q is printed:\n%s", credential, text)
		}
	}
}

// printed is all that a report prints.
func printed(t *testing.T, r *checkup.Report) string {
	t.Helper()
	var out bytes.Buffer
	for _, err := range []error{r.WriteText(&out, false), r.WriteText(&out, true), r.WriteJSON(&out)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// credentials are all that went over the wire.
func credentials(op *fakeop.Server) (all []string) {
	for _, q := range op.Requests() {
		var answer struct {
			Secret string `json:"client_secret"`
			Token  string `json:"registration_access_token"`
		}
		_ = json.Unmarshal(q.Answer, &answer)
		for _, one := range []string{answer.Secret, answer.Token, q.Credential} {
			if len(one) > 7 { // "made-up" and "wrong" are words
				all = append(all, one)
			}
		}
	}
	return all
}

// summary is the verdict, what became of the operations, and the settings: one line each.
func summary(r *checkup.Report) string {
	lines := []string{string(r.Verdict)}
	for _, o := range r.Operations {
		line := o.Name + ": " + string(o.Result)
		if o.Status != 0 {
			line += fmt.Sprintf(" %d", o.Status)
		}
		lines = append(lines, line)
	}
	for _, s := range r.Settings {
		lines = append(lines, strings.TrimSpace(s.Attribute+" = "+s.Value))
	}
	return strings.Join(lines, "\n")
}

// works is the summary of a correct server.
const works = `works
discovery: works
register: works 201
read: works 200
update: works 200
remove: works
delete: works 204
notice deletion: works 401`

// edited is works with other lines, each in the place of the one of the same operation, or at the end.
func edited(verdict checkup.Verdict, lines ...string) string {
	out := strings.Split(works, "\n")
	out[0] = string(verdict)
	for _, line := range lines {
		name, _, _ := strings.Cut(line, ":")
		at := slices.IndexFunc(out, func(s string) bool { return strings.HasPrefix(s, name+":") })
		if at < 0 {
			out = append(out, line)
		} else {
			out[at] = line
		}
	}
	return strings.Join(out, "\n")
}

// kindOfServer is a server, with the summary of the report about it.
type kindOfServer struct {
	op       *fakeop.Server
	settings func(*authserver.Settings)
	want     string
}

// servers are the kinds of servers by what their management does.
func servers() map[string]kindOfServer {
	return map[string]kindOfServer{
		"correct": {op: &fakeop.Server{}, want: works},
		"token rotates on read": {
			op:   &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnRead: true}},
			want: edited(checkup.VerdictWorks, "token_journal ="),
		},
		"token rotates on update": {op: &fakeop.Server{Faults: fakeop.Faults{RotateTokenOnUpdate: true}}, want: works},
		"all rotates": {
			op: &fakeop.Server{Faults: fakeop.Faults{
				RotateTokenOnRead: true, RotateTokenOnUpdate: true, RotateSecretOnRead: true, RotateSecretOnUpdate: true, MoveURIOnUpdate: true,
			}},
			// One lost answer may have replaced token and secret, so that nothing tells a deletion from it without a journal.
			want: edited(checkup.VerdictWorks, `refresh = "never"`, "notice deletion: missing 401", "on_missing ="),
		},
		"reads show a hash": {op: &fakeop.Server{Faults: fakeop.Faults{HashedSecretOnRead: true}}, want: works},
		"merges updates":    {op: &fakeop.Server{Faults: fakeop.Faults{UpdateMerges: true}}, want: edited(checkup.VerdictWorks, "remove: missing")},
		"update wants the secret": {
			op:   &fakeop.Server{Faults: fakeop.Faults{UpdateNeedsSecret: true}},
			want: edited(checkup.VerdictWorks, "update: works 400", `update_form = "complete"`),
		},
		"update wants every member": {op: &fakeop.Server{Faults: fakeop.Faults{UpdateNeedsEveryMember: true}}, want: edited(checkup.VerdictWorks, "update: works 400")},
		"no update": {
			op:   &fakeop.Server{Faults: fakeop.PartialManagement()["no update, 405"]},
			want: edited(checkup.VerdictLimited, "update: missing 405", "remove: not tried"),
		},
		"reads only, 403": {
			op:   &fakeop.Server{Faults: fakeop.PartialManagement()["reads only, 403"]},
			want: edited(checkup.VerdictLimited, "update: missing 403", "remove: not tried", "delete: missing 403", "notice deletion: not tried"),
		},
		"reads only, redirect": {
			op:   &fakeop.Server{Faults: fakeop.PartialManagement()["reads only, redirect to a login"]},
			want: edited(checkup.VerdictLimited, "update: missing 302", "remove: not tried", "delete: missing 302", "notice deletion: not tried"),
		},
		"a URI that nobody serves": {
			op: &fakeop.Server{Faults: fakeop.PartialManagement()["a URI that nobody serves, 404"]},
			want: edited(checkup.VerdictFails, "read: missing 404", "update: not tried", "remove: not tried", "delete: fails 404", "notice deletion: not tried",
				`management = "none"`),
		},
		"a URI that nobody serves, with management none": {
			op:       &fakeop.Server{Faults: fakeop.PartialManagement()["a URI that nobody serves, 404"]},
			settings: func(s *authserver.Settings) { s.Management = authserver.ManagementNone },
			want:     edited(checkup.VerdictLimited, "read: missing", "update: missing", "remove: not tried", "delete: missing", "notice deletion: not tried"),
		},
		"a page for a client": {
			op: &fakeop.Server{Faults: fakeop.PartialManagement()["a URI that nobody serves, a page"]},
			want: edited(checkup.VerdictFails, "read: fails 200", "update: not tried", "remove: not tried", "delete: fails 200", "notice deletion: not tried",
				`management = "none"`),
		},
		"no management": {
			op:   &fakeop.Server{Management: fakeop.ManagementOff},
			want: edited(checkup.VerdictLimited, "read: missing", "update: missing", "remove: not tried", "delete: missing", "notice deletion: not tried"),
		},
		"managed by the provider's credential": {
			op:       &fakeop.Server{Management: fakeop.ManagementByCredential, InitialAccessTokens: map[string]int{"initial-token": 0}},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("initial-token") },
			want:     edited(checkup.VerdictWorks, "notice deletion: missing 401", "on_missing ="),
		},
		"no management, with a credential that might manage": {
			op:       &fakeop.Server{Management: fakeop.ManagementOff, InitialAccessTokens: map[string]int{"initial-token": 0}},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("initial-token") },
			want:     edited(checkup.VerdictLimited, "read: missing", "update: missing", "remove: not tried", "delete: missing", "notice deletion: not tried"),
		},
		"an address of no use to the credential": {
			op:       &fakeop.Server{Management: fakeop.ManagementNoToken, InitialAccessTokens: map[string]int{"initial-token": 0}},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("initial-token") },
			want:     edited(checkup.VerdictLimited, "read: missing", "update: missing", "remove: not tried", "delete: missing", "notice deletion: not tried"),
		},
		"the same, with a deletion that is redirected": {
			op: &fakeop.Server{
				Management: fakeop.ManagementNoToken, InitialAccessTokens: map[string]int{"initial-token": 0},
				Faults: fakeop.Faults{Redirect: map[fakeop.Operation]string{fakeop.OpDelete: "https://login.example/"}, RedirectStatus: 302},
			},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("initial-token") },
			want:     edited(checkup.VerdictLimited, "read: missing", "update: missing", "remove: not tried", "delete: missing", "notice deletion: not tried"),
		},
		"the answer to the registration is lost": {
			op: &fakeop.Server{Faults: fakeop.Faults{CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpRegister: fakeop.CutConnection}}},
			want: edited(checkup.VerdictFails, "register: fails", "read: not tried", "update: not tried", "remove: not tried", "delete: not tried",
				"notice deletion: not tried"),
		},
		"the answer to the registration is torn": {
			op: &fakeop.Server{Faults: fakeop.Faults{CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpRegister: fakeop.CutBody}}},
			want: edited(checkup.VerdictFails, "register: fails", "read: not tried", "update: not tried", "remove: not tried", "delete: not tried",
				"notice deletion: not tried"),
		},
		"registered, and answered by a redirect": {
			op: &fakeop.Server{Faults: fakeop.Faults{Registration: fakeop.RegistrationFaults{Calls: fakeop.Always(
				fakeop.Answer{Status: http.StatusSeeOther, Processed: true, Header: http.Header{"Location": {"/done"}}},
			)}}},
			want: edited(checkup.VerdictFails, "register: fails 303", "read: not tried", "update: not tried", "remove: not tried", "delete: not tried",
				"notice deletion: not tried"),
		},
		"registered beside an error": {
			op: &fakeop.Server{Faults: fakeop.Faults{RegisterStatus: 500}},
			want: edited(checkup.VerdictFails, "register: fails 500", "read: not tried", "update: not tried", "remove: not tried", "delete: not tried",
				"notice deletion: not tried"),
		},
		"reads without client_id": {op: &fakeop.Server{Faults: fakeop.PartialManagement()["reads without client_id"]}, want: works},
		"the answer to the deletion is lost": {
			op:   &fakeop.Server{Faults: fakeop.Faults{CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpDelete: fakeop.CutConnection}}},
			want: edited(checkup.VerdictWorks, "delete: works", "notice deletion: works"),
		},
		"managed by the provider's credential beside a token": {
			op: &fakeop.Server{RegistrationCredentialManages: true, InitialAccessTokens: map[string]int{"initial-token": 0}},
			settings: func(s *authserver.Settings) {
				s.InitialAccessToken, s.Management = secret.New("initial-token"), authserver.ManagementProvider
			},
			want: edited(checkup.VerdictWorks, "notice deletion: missing 401", "on_missing ="),
		},
		"credential good for one client": {
			op:       &fakeop.Server{InitialAccessTokens: map[string]int{"initial-token": 1}},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("initial-token") },
			want:     edited(checkup.VerdictWorks, "initial_access_token ="),
		},
		"credential refused": {
			op:       &fakeop.Server{InitialAccessTokens: map[string]int{"initial-token": 1}},
			settings: func(s *authserver.Settings) { s.InitialAccessToken = secret.New("another-token") },
			want: edited(checkup.VerdictFails, "register: fails 401", "read: not tried", "update: not tried", "remove: not tried", "delete: not tried",
				"notice deletion: not tried"),
		},
		"no metadata, the endpoint given": {
			op:       &fakeop.Server{Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}},
			settings: func(s *authserver.Settings) { s.RegistrationEndpoint, s.Issuer = s.Issuer+"/register", "" },
			want:     edited(checkup.VerdictWorks, "notice deletion: missing 401", "on_missing ="),
		},
		"no metadata": {
			op: &fakeop.Server{Faults: fakeop.Faults{MetadataAt: fakeop.LocationsNone}},
			want: edited(checkup.VerdictFails, "discovery: fails", "register: not tried", "read: not tried", "update: not tried", "remove: not tried",
				"delete: not tried", "notice deletion: not tried"),
		},
		"no registration endpoint": {
			op: &fakeop.Server{Faults: fakeop.Faults{NoRegistrationEndpoint: true}},
			want: edited(checkup.VerdictFails, "discovery: fails", "register: not tried", "read: not tried", "update: not tried", "remove: not tried",
				"delete: not tried", "notice deletion: not tried"),
		},
		"no deletion": {
			op:   &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: 405}},
			want: edited(checkup.VerdictLimited, "delete: missing 405", "notice deletion: not tried"),
		},
		"deletes nothing": {
			op:   &fakeop.Server{Faults: fakeop.Faults{DeleteKeepsClient: true}},
			want: edited(checkup.VerdictFails, "delete: fails 204", "notice deletion: not tried"),
		},
		"marks as deleted": {
			op:   &fakeop.Server{Faults: fakeop.Faults{Deletion: fakeop.DeletionFaults{Soft: true}}},
			want: edited(checkup.VerdictWorks, "notice deletion: missing 200"),
		},
		"marks as deleted, and acknowledges it by 200": {
			op:   &fakeop.Server{Faults: fakeop.Faults{DeleteStatus: http.StatusOK, Deletion: fakeop.DeletionFaults{Soft: true}}},
			want: edited(checkup.VerdictFails, "delete: fails 200", "notice deletion: missing 200"),
		},
		"refuses unknown members": {op: &fakeop.Server{Faults: fakeop.Faults{RefuseUnknown: true}}, want: works},
	}
}

func TestRunFindsWhatWorks(t *testing.T) {
	for name, test := range servers() {
		t.Run(name, func(t *testing.T) {
			test.op.Start(t)
			s := settings(test.op)
			if test.settings != nil {
				test.settings(&s)
			}
			r := check(t, test.op, s)
			if diff := cmp.Diff(test.want, summary(r)); diff != "" {
				t.Errorf("not what the server does (-want +got):\n%s\n%s", diff, printed(t, r))
			}
			failed := r.Verdict == checkup.VerdictFails
			if failed && len(r.Problems) == 0 && r.Operation(checkup.OperationDelete).Note == "" {
				t.Error("nothing says why it does not work")
			}
			if !strings.HasPrefix(r.ProviderBlock, "provider \"oidc\" {\n") {
				t.Errorf("no provider block: %q", r.ProviderBlock)
			}
		})
	}
}

func TestRunFindsWhatRotates(t *testing.T) {
	const same, renewed, masked, absent = checkup.Same, checkup.New, checkup.Masked, checkup.Absent
	for name, test := range map[string]struct {
		faults              fakeop.Faults
		token, secret, addr [2]string // on read, on update
	}{
		"nothing":                     {fakeop.Faults{}, [2]string{same, same}, [2]string{same, same}, [2]string{same, same}},
		"the token on reads":          {fakeop.Faults{RotateTokenOnRead: true}, [2]string{renewed, same}, [2]string{same, same}, [2]string{same, same}},
		"the token on updates":        {fakeop.Faults{RotateTokenOnUpdate: true}, [2]string{same, renewed}, [2]string{same, same}, [2]string{same, same}},
		"the secret on updates":       {fakeop.Faults{RotateSecretOnUpdate: true}, [2]string{same, same}, [2]string{same, renewed}, [2]string{same, same}},
		"the secret, shown as a hash": {fakeop.Faults{HashedSecretOnRead: true}, [2]string{same, same}, [2]string{masked, same}, [2]string{same, same}},
		"the token, shown as a hash": {
			fakeop.Faults{Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Hash()}}},
			[2]string{masked, same}, [2]string{same, same}, [2]string{same, same},
		},
		"the secret, shown by updates as a ciphertext": {
			fakeop.Faults{Updating: fakeop.UpdatingFaults{Shows: fakeop.Shows{Secret: fakeop.Encrypted()}}},
			[2]string{same, same}, [2]string{same, masked}, [2]string{same, same},
		},
		"the token, shown as what no header has": {
			fakeop.Faults{Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Mask("••••••••")}}},
			[2]string{masked, same}, [2]string{same, same}, [2]string{same, same},
		},
		"the token, shown as a mask": {
			fakeop.Faults{Reading: fakeop.ReadingFaults{Shows: fakeop.Shows{Token: fakeop.Mask("********")}}, Updating: fakeop.UpdatingFaults{Shows: fakeop.Shows{Token: fakeop.Mask("********")}}},
			[2]string{masked, masked}, [2]string{same, same}, [2]string{same, same},
		},
		"the address":     {fakeop.Faults{MoveURIOnUpdate: true}, [2]string{same, same}, [2]string{same, same}, [2]string{same, renewed}},
		"reads show none": {fakeop.Faults{OmitTokenOnRead: true, OmitSecretOnRead: true, OmitURIOnRead: true}, [2]string{absent, same}, [2]string{absent, same}, [2]string{absent, same}},
		"all, by another form of the update": {
			fakeop.Faults{UpdateNeedsSecret: true, RotateTokenOnUpdate: true, RotateSecretOnUpdate: true, MoveURIOnUpdate: true},
			[2]string{same, renewed}, [2]string{same, renewed}, [2]string{same, renewed},
		},
		"no update": {fakeop.PartialManagement()["no update, 405"], [2]string{same, ""}, [2]string{same, ""}, [2]string{same, ""}},
	} {
		t.Run(name, func(t *testing.T) {
			op := &fakeop.Server{Faults: test.faults}
			op.Start(t)
			r := check(t, op, settings(op))
			want := []checkup.Credential{
				{Name: "registration_access_token", OnRead: test.token[0], OnUpdate: test.token[1]},
				{Name: "client_secret", OnRead: test.secret[0], OnUpdate: test.secret[1]},
				{Name: "registration_client_uri", OnRead: test.addr[0], OnUpdate: test.addr[1]},
			}
			if diff := cmp.Diff(want, r.Credentials); diff != "" {
				t.Errorf("what rotates (-want +got):\n%s\n%s", diff, printed(t, r))
			}
			if r.Verdict == checkup.VerdictFails || len(r.LeftBehind) > 0 {
				t.Errorf("verdict: %s, left behind: %v\n%s", r.Verdict, r.LeftBehind, printed(t, r))
			}
		})
	}
}
