// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// startServer starts a server and gives a Client that does not wait.
func startServer(t *testing.T, s *fakeop.Server) *Client {
	t.Helper()
	s.Start(t)
	c, err := transport.New(transport.Options{
		MaxRetries: 3, Sleep: func(ctx context.Context, _ time.Duration) error {
			s.EditFaults(func(f *fakeop.Faults) { f.CutOff = nil }) // an answer is lost once
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return New(c, time.Now)
}

var webClient = map[string]any{"redirect_uris": []any{"https://app.example/cb"}, "client_name": "a & b"}

func TestLifecycle(t *testing.T) {
	ctx := context.Background()
	s := &fakeop.Server{InitialAccessTokens: map[string]int{"iat": 1}, Faults: fakeop.Faults{RotateTokenOnUpdate: true, NumericStringTimes: true}}
	c := startServer(t, s)
	made, err := c.Register(ctx, s.RegistrationEndpoint(), transport.Bearer(secret.New("iat")), webClient)
	if err != nil {
		t.Fatal(err)
	}
	if made.ClientSecret.IsEmpty() || made.RegistrationAccessToken.IsEmpty() || made.ClientIDIssuedAt == nil ||
		*made.ClientIDIssuedAt != fakeop.Epoch.Unix() || made.ClientSecretExpiresAt == nil || *made.ClientSecretExpiresAt != 0 {
		t.Errorf("registered %+v", made)
	}
	if _, err = c.Register(ctx, s.RegistrationEndpoint(), transport.Bearer(secret.New("iat")), webClient); !asError(t, err).Unauthorized() {
		t.Errorf("a spent initial access token: %v", err)
	}
	uri, auth := made.RegistrationClientURI, transport.Bearer(made.RegistrationAccessToken)
	read, err := c.Read(ctx, uri, made.ClientID, auth)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made.Metadata, read.Metadata); diff != "" {
		t.Error(diff)
	}
	if _, err = c.Read(ctx, uri, "another", auth); err == nil {
		t.Error("took the answer for another client's")
	}
	body := maps.Clone(read.Metadata)
	body["client_id"], body["client_name"] = made.ClientID, "c"
	updated, err := c.Update(ctx, uri, made.ClientID, auth, false, body)
	if err != nil || updated.Metadata["client_name"] != "c" || updated.RegistrationAccessToken.Equal(made.RegistrationAccessToken) {
		t.Fatalf("%+v, %v", updated, err)
	}
	if _, err = c.Update(ctx, uri, made.ClientID, auth, false, body); !asError(t, err).Unauthorized() {
		t.Errorf("a rotated token: %v", err)
	}
	auth = transport.Bearer(updated.RegistrationAccessToken)
	body["redirect_uris"] = []any{"https://app.example/#fragment"}
	if _, err = c.Update(ctx, uri, made.ClientID, auth, false, body); !asError(t, err).RefusesMetadata() {
		t.Errorf("bad metadata: %v", err)
	}
	if status, _, err := c.Delete(ctx, uri, made.ClientID, auth); status != 204 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if _, err = c.Read(ctx, uri, made.ClientID, auth); !asError(t, err).Unauthorized() {
		t.Errorf("a deleted client: %v", err)
	}
}

// Each operation is carried out and its answer lost, before or in its body.
func TestLostAnswersOfAServer(t *testing.T) {
	ctx := context.Background()
	for _, cut := range []fakeop.Cut{fakeop.CutConnection, fakeop.CutBody} {
		s := &fakeop.Server{}
		c := startServer(t, s)
		made, err := c.Register(ctx, s.RegistrationEndpoint(), nil, webClient)
		if err != nil {
			t.Fatal(err)
		}
		uri, auth := made.RegistrationClientURI, transport.Bearer(made.RegistrationAccessToken)

		s.SetFaults(fakeop.Faults{CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpRegister: cut}})
		s.ResetLog()
		if _, err := c.Register(ctx, s.RegistrationEndpoint(), nil, webClient); !asError(t, err).MaybeProcessed || len(s.Requests()) != 1 || len(s.Clients()) != 2 {
			t.Errorf("register: %v, %d requests, %d clients", err, len(s.Requests()), len(s.Clients()))
		}
		s.SetFaults(fakeop.Faults{RotateTokenOnUpdate: true, CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpUpdate: cut}})
		_, err = c.Update(ctx, uri, made.ClientID, auth, false, map[string]any{"client_id": made.ClientID, "redirect_uris": webClient["redirect_uris"]})
		// The repeat meets a token that the lost answer had replaced.
		if e := asError(t, err); !e.MaybeProcessed || !e.Unauthorized() {
			t.Errorf("update: %+v", e)
		}
		made, err = c.Register(ctx, s.RegistrationEndpoint(), nil, webClient)
		if err != nil {
			t.Fatal(err)
		}
		s.SetFaults(fakeop.Faults{DeleteStatus: 200, CutOff: map[fakeop.Operation]fakeop.Cut{fakeop.OpDelete: cut}})
		// The answer before the lost body is a success already; without it the repeat meets a client that is gone.
		want := map[fakeop.Cut]int{fakeop.CutConnection: 401, fakeop.CutBody: 200}[cut]
		if status, _, err := c.Delete(ctx, made.RegistrationClientURI, made.ClientID, transport.Bearer(made.RegistrationAccessToken)); status != want || (err != nil) != (want == 401) || err != nil && !asError(t, err).Repeated {
			t.Errorf("delete: %d, %v", status, err)
		}
	}
}

// An endpoint that hangs holds nothing up and is no evidence, whatever time a request may take otherwise.
func TestProbesAreBounded(t *testing.T) {
	ctx := context.Background()
	for _, hangs := range []fakeop.Operation{fakeop.OpToken, fakeop.OpAuthorize} {
		t.Run(string(hangs), func(t *testing.T) {
			s := &fakeop.Server{}
			c := startServer(t, s)
			if c.probeTimeout > 10*time.Second {
				t.Errorf("a probe may take %s", c.probeTimeout)
			}
			c.probeTimeout = 20 * time.Millisecond
			made, err := c.Register(ctx, s.RegistrationEndpoint(), nil, map[string]any{"redirect_uris": []any{"https://app.example/cb"}})
			if err != nil {
				t.Fatal(err)
			}
			s.SetFaults(fakeop.Faults{Hang: []fakeop.Operation{hangs}, AuthorizeErrorPage: hangs == fakeop.OpToken, TokenChecksGrantFirst: hangs == fakeop.OpAuthorize})
			t.Cleanup(s.Release)
			in := ProbeInput{
				TokenEndpoint: s.TokenEndpoint(), AuthorizationEndpoint: s.AuthorizationEndpoint(), ClientID: made.ClientID, ClientSecret: made.ClientSecret,
				AuthMethod: "client_secret_basic", RedirectURIs: []string{"https://app.example/cb"}, ResponseTypes: []string{"code"},
			}
			got, says := weigh(c.Witnesses(ctx, in), in)
			if got != Undecided || !strings.Contains(says, "could not be asked") {
				t.Errorf("%v: %s", got, says)
			}
			if s.CountOf(hangs) == 0 {
				t.Error("the endpoint that hangs was not asked")
			}
		})
	}
}

func TestProbeOfAServer(t *testing.T) {
	ctx := context.Background()
	for _, method := range []string{"client_secret_basic", "client_secret_post", "none"} {
		for _, faults := range []fakeop.Faults{{}, {TokenChecksGrantFirst: true}} {
			s := &fakeop.Server{Faults: faults}
			c := startServer(t, s)
			made, err := c.Register(ctx, s.RegistrationEndpoint(), nil, map[string]any{"redirect_uris": []any{"https://app.example/cb"}, "token_endpoint_auth_method": method})
			if err != nil {
				t.Fatal(err)
			}
			in := ProbeInput{
				TokenEndpoint: s.TokenEndpoint(), AuthorizationEndpoint: s.AuthorizationEndpoint(), ClientID: made.ClientID, ClientSecret: made.ClientSecret,
				AuthMethod: method, RedirectURIs: []string{"https://app.example/cb"}, ResponseTypes: []string{"code"},
			}
			if got, says := weigh(c.Witnesses(ctx, in), in); got != Alive {
				t.Errorf("%s: %v: %s", method, got, says)
			}
			in.ClientSecret = secret.New("a secret of a time long gone by and forgotten")
			if got, says := weigh(c.Witnesses(ctx, in), in); got != Alive {
				t.Errorf("%s, stale: %v: %s", method, got, says)
			}
			in.ClientSecret = made.ClientSecret
			if _, _, err := c.Delete(ctx, made.RegistrationClientURI, made.ClientID, transport.Bearer(made.RegistrationAccessToken)); err != nil {
				t.Fatal(err)
			}
			// Its error page does not name the error.
			want := Gone
			if faults.TokenChecksGrantFirst {
				want = Undecided
			}
			if got, says := weigh(c.Witnesses(ctx, in), in); got != want {
				t.Errorf("%s, deleted: %v: %s", method, got, says)
			}
		}
	}
}
