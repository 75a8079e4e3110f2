// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"net/http"
	"testing"
)

// Where the Authorization header makes a difference at one of three endpoints, it reaches the server, and the refusals of a client count. Where it makes
// none, something may take it away.
func TestCredentialsThatDoNotArrive(t *testing.T) {
	type says struct{ with, without string }
	same := says{"no such thing", "no such thing"}
	differ := says{"no such thing", "who are you?"}
	for _, tt := range []struct {
		name                 string
		token, uri, userinfo says
		status               int
		method               string
		want                 Testimony
	}{
		{"neither differs", same, same, same, 401, "client_secret_basic", Silent},
		{"the token endpoint tells", differ, same, same, 401, "client_secret_basic", DoesNotKnow},
		{"the client's URI tells", same, differ, same, 401, "client_secret_basic", DoesNotKnow},
		{"the UserInfo endpoint tells", same, same, says{"invalid_token", ""}, 401, "client_secret_basic", DoesNotKnow},
		{"there is no UserInfo endpoint", same, same, says{}, 401, "client_secret_basic", Silent},
		{"the token endpoint asks for the scheme that was used", same, same, same, 401, "challenged", DoesNotKnow},
		{"in the body, nothing is taken away", same, same, same, 401, "client_secret_post", DoesNotKnow},
		{"no header explains a client that is not there", same, same, same, 404, "client_secret_basic", DoesNotKnow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said := func(s says, r *http.Request) string {
				if r.Header.Get("Authorization") == "" && r.FormValue("client_secret") == "" {
					return s.without
				}
				return s.with
			}
			f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet && r.URL.Path == "/token/userinfo":
					refuse(w, 401, said(tt.userinfo, r), "")
				case r.Method == http.MethodGet:
					refuse(w, tt.status, "invalid_token", said(tt.uri, r))
				default:
					if tt.method == "challenged" && r.Header.Get("Authorization") != "" {
						w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
					}
					refuse(w, 401, "invalid_client", said(tt.token, r))
				}
			})
			in := f.tokenInput(probedID, "plain")
			if in.ClientURI = in.TokenEndpoint + "/client"; tt.method != "challenged" {
				in.AuthMethod = tt.method
			}
			if tt.userinfo != (says{}) {
				in.UserinfoEndpoint = in.TokenEndpoint + "/userinfo"
			}
			in.Refusal = Refusal{Status: tt.status, Code: "invalid_token", Description: tt.uri.with}
			if w := f.client(t).Witnesses(context.Background(), in); w.Token != tt.want {
				t.Errorf("%v, want %v: %v", w.Token, tt.want, w.Says)
			}
		})
	}
}
