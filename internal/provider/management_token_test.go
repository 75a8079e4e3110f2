// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A client that has no token is not managed by tokens: the messages say that nothing was sent for want of one, and name both ways out. That
// the server was not reached would send the reader to the network.
func TestManagementByATokenThatIsNotThere(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{BasicUser: "u", BasicPassword: "p", Management: fakeop.ManagementByCredential}, admin)
	r.Apply(secured())
	uri := r.Text("registration_client_uri")
	byToken := admin.With(attrs{"management": "registration_access_token"})

	r.start(byToken)
	r.op.ResetLog()
	_, err := r.TryPlan(secured())
	told := r.details()
	if err != nil {
		told += err.Error()
	}
	if err := r.TryApply(secured().With(attrs{"client_name": "App 2"})); err != nil {
		told += err.Error()
	}
	told += r.details()
	if strings.Contains(told, "not reached") || !strings.Contains(told, "registration_access_tokens = {") || !strings.Contains(told, `management = "auto"`) {
		t.Errorf("the messages do not help:\n%s", told)
	}
	if sent := r.op.Log(); len(sent) != 0 {
		t.Errorf("%d requests are sent", len(sent))
	}

	r.start(admin.With(attrs{"management": "auto"}))
	r.WantEmpty(secured())
	r.wantQuiet()

	// Nor can it be imported so.
	other := newSubject(t, r.op, byToken)
	if err := other.tryImport(uri); err == nil || !strings.Contains(err.Error()+other.details(), "No credential to read the client with") {
		t.Errorf("the import says %v\n%s", err, other.details())
	}
}

// The other way: a client that the provider's credentials imported, whose token comes from elsewhere.
func TestTokenOfAClientThatWasImportedWithoutOne(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{BasicUser: "u", BasicPassword: "p", RegistrationCredentialManages: true, Faults: fakeop.Faults{OmitTokenOnRead: true}}
	op.Start(t)
	first := newSubject(t, op, admin)
	first.Apply(secured())
	id, uri, token := first.id(), first.Text("registration_client_uri"), first.Text("registration_access_token")

	r := newSubject(t, op, admin)
	if err := r.tryImport(uri); err != nil {
		t.Fatal(err)
	}
	if r.Text("registration_access_token") != "" {
		t.Fatal("the state has a token already: the test shows nothing")
	}
	byToken := admin.With(attrs{"management": "registration_access_token"})
	r.start(byToken)
	if _, err := r.TryPlan(secured()); err == nil {
		t.Error("a plan without the token succeeds")
	}
	r.wantSays("Client has no registration access token", "registration_access_tokens = { \""+id+"\" = var.registration_access_token }")
	r.start(byToken.With(attrs{"registration_access_tokens": attrs{id: token}}))
	r.Apply(secured().With(attrs{"client_name": "App 2"}))
	if got := r.Text("registration_access_token"); got != token {
		t.Errorf("the state has the token %q", got)
	}
}
