// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

//go:build interop

package interop

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// agrees runs the command check on a server and holds its report against what is known of the server: what it can do, and the facts
// that every part of this package relies on.
func agrees(t *testing.T, i *Instance, known facts) {
	t.Helper()
	r := checkup.Run(t.Context(), t.Context(), checkup.Options{
		Settings: checkSettings(t, i), Redirect: i.Redirect + "/check",
	})
	var text bytes.Buffer
	if err := r.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the check printed:\n%s", &text)
		}
	})
	for operation, can := range map[string]bool{
		checkup.OperationDiscovery: true, checkup.OperationRegister: true, checkup.OperationRead: i.Can.Read, checkup.OperationUpdate: i.Can.Update,
		checkup.OperationDelete: i.Can.Delete,
	} {
		want := checkup.Missing
		if can {
			want = checkup.Works
		}
		if o := r.Operation(operation); o.Result != want {
			t.Errorf("%s: %+v, want %s", operation, o, want)
		}
	}
	// What a removal comes to is known where the standard's own update is taken.
	removals := map[checkup.Result]string{checkup.Works: "removed", checkup.Missing: "kept"}
	if o := r.Operation(checkup.OperationRemove); known.Update == http.StatusOK && o.Result != checkup.NotTried && removals[o.Result] != known.UpdateOmitted {
		t.Errorf("removal: %+v; the matrix has that client_uri is %s", o, known.UpdateOmitted)
	}
	if known.Update >= 400 && i.Can.Update && r.UpdateForm == "standard" {
		t.Errorf("the standard's update is refused, and the form is %s", r.UpdateForm)
	}
	want := checkup.VerdictLimited
	if i.Can == everything {
		want = checkup.VerdictWorks
	}
	if r.Verdict != want {
		t.Errorf("verdict: %s, want %s", r.Verdict, want)
	}
	if r.Facts == nil {
		t.Fatal("there are no facts")
	}
	if diff := cmp.Diff(comparable(known, i), comparable(*r.Facts, i)); diff != "" {
		t.Errorf("the check measured other facts than the matrix has (-matrix +check):\n%s", diff)
	}
	agreesOnParameters(t, i, r, known)
	if left := len(r.LeftBehind) > 0; left == i.Can.Delete {
		t.Errorf("left behind: %v", r.LeftBehind)
	}
	for _, l := range r.LeftBehind {
		if ok, err := i.Exists(t.Context(), Handle{ClientID: l.ClientID, RegistrationClientURI: l.URI}); err != nil || !ok {
			t.Errorf("%s is named as left behind; the server's own word: %t, %v", l.ClientID, ok, err)
		}
	}
}

// comparable are the facts that both measurements have: the command provokes no refusals, does not go on to update a client that the
// server does not show, and sends a smaller document.
func comparable(f facts, i *Instance) facts {
	out := facts{
		OpenID: f.OpenID, OAuth: f.OAuth, WebFinger: f.WebFinger, Register: f.Register, Token: f.Token, URI: f.URI, SecretLifetime: f.SecretLifetime,
	}
	out.Read, out.ReadToken, out.ReadSecret, out.ReadURI = f.Read, f.ReadToken, f.ReadSecret, f.ReadURI
	out.TokenAlive, out.TokenWrongSecret, out.TokenDeleted = f.TokenAlive, f.TokenWrongSecret, f.TokenDeleted
	out.AuthorizeAlive, out.AuthorizeDeleted, out.Delete, out.ReadDeleted = f.AuthorizeAlive, f.AuthorizeDeleted, f.Delete, f.ReadDeleted
	if i.Can.Read {
		out.Update, out.UpdateToken, out.UpdateSecret, out.UpdateURI = f.Update, f.UpdateToken, f.UpdateSecret, f.UpdateURI
	}
	if f.Update == http.StatusOK {
		out.UpdateOmitted, out.UpdateNull = f.UpdateOmitted, f.UpdateNull
	}
	return out
}

// agreesOnParameters holds what the command says of a parameter against what the matrix's document came back as. The two ask for
// different values, so that what can be compared is whether the server takes a parameter at all, and whether it shows it.
func agreesOnParameters(t *testing.T, i *Instance, r *checkup.Report, known facts) {
	t.Helper()
	sent, compared, shown := document(i), []string{}, 0
	for _, p := range r.Parameters {
		if _, ok := sent[p.Name]; !ok || p.Outcome == checkup.Untried || p.Note != "" && p.Outcome == checkup.Kept {
			continue // what is kept and has a note is the default, which need not be shown
		}
		written, read := !slices.Contains(known.Dropped, p.Name), !slices.Contains(known.ReadDropped, p.Name)
		if known.Read != http.StatusOK {
			read = written
		}
		hidden := p.Outcome == checkup.NotShown || p.Outcome == checkup.Hidden
		if hidden == read || p.Outcome == checkup.Refused {
			t.Errorf("%s: %s; the matrix registered it, and has it in the answer to a registration: %t, to a read: %t", p.Name, p.Outcome, written, read)
		}
		compared = append(compared, p.Name)
		if !hidden {
			shown++
		}
	}
	t.Logf("compared are %d parameters, %d of them shown: %s", len(compared), shown, strings.Join(compared, ", "))
	// A report that tries nothing would agree with everything. Where clients stay, only the members of the first document are tried.
	least := 6
	if i.Can.Delete {
		least = len(sent) / 2
	}
	if len(compared) < least || shown < 3 {
		t.Errorf("of %d parameters that both send only %d were compared, %d of them shown", len(sent), len(compared), shown)
	}
}

var inClientCredentials = regexp.MustCompile(`(client_id|client_secret|scopes) = \[?"([^"]*)"`)

// checkSettings are what the environment of a check would say.
func checkSettings(t *testing.T, i *Instance) authserver.Settings {
	t.Helper()
	authority, err := testAuthority()
	if err != nil {
		t.Fatal(err)
	}
	s := authserver.Settings{
		Issuer: i.Issuer, Management: authserver.ManagementAuto, URITemplate: authserver.DefaultURITemplate,
		Transport: transport.Options{
			UserAgent: "check", CACertificates: authority.bundle(), RequestTimeout: 30 * time.Second, MaxRetries: 4, MaxConcurrentRequests: 10,
		},
	}
	if i.WebFingerResource != "" {
		s.Issuer, s.WebFingerResource = "", i.WebFingerResource
	}
	if strings.Contains(i.ProviderConfig, "client_credentials") {
		found := map[string]string{}
		for _, m := range inClientCredentials.FindAllStringSubmatch(i.ProviderConfig, -1) {
			found[m[1]] = m[2]
		}
		s.ClientCredentials = &transport.ClientCredentials{
			Method: "client_secret_basic", ClientID: found["client_id"], ClientSecret: secret.New(found["client_secret"]), Scopes: []string{found["scopes"]},
		}
		return s
	}
	if user, password, ok := basicAuth(i.Authorization); ok {
		s.HasBasic, s.BasicUser, s.BasicPassword = true, user, secret.New(password)
	} else if token, ok := strings.CutPrefix(i.Authorization, "Bearer "); ok {
		s.InitialAccessToken = secret.New(token)
	}
	return s
}
