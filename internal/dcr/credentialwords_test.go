// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import "testing"

// A 401 may say in words that the credential is refused that the request was sent with, and not that there is no such client.
func TestARefusalThatSpeaksOfItsCredential(t *testing.T) {
	for body, speaks := range map[string]bool{
		`{"detail":"Invalid token."}`: true, `{"message":"jwt malformed"}`: true, `{"message":"jwt expired"}`: true, `{"error":"unauthorized","message":"Bad credentials"}`: true,
		`{"detail":"Authentication credentials were not provided."}`: true, `{"message":"Missing Bearer"}`: true, `{"error":"invalid_credentials"}`: true, `{"code":"JWT_INVALID"}`: true,
		`{"error":"unauthorized","error_description":"Full authentication is required, no access token"}`: true, `{"message":"invalid audience"}`: true, `{"error":"InvalidToken"}`: true,
		`{"message":"Signature verification failed"}`: true, `{"message":"Wrong username or password"}`: true, `{"message":"Invalid API key"}`: true, `Tokens of this realm are not accepted`: true,
		`{"error":"invalid_token"}`: true, `{"error":"invalid_client","error_description":"Invalid client credentials"}`: true,

		`{"message":"Client token not found"}`: true, `{"error":"unauthorized","message":"Unknown client credentials"}`: true, `{"message":"No client certificate or API key"}`: true,
		`{"message":"Client API key is not registered"}`: true, `{"message":"Invalid token: client not found"}`: true, `{"message":"Unauthenticated."}`: true, `{"detail":"Not authenticated"}`: true,
		`{"error":"login_required"}`: true, `{"message":"Invalid authorization header"}`: true, `{"message":"session expired"}`: true,

		`{"message":"Unknown client registration access token"}`: true, `{"message":"No client initial access token"}`: true, `{"message":"Invalid client secret"}`: true,
		`{"message":"Unknown client API key"}`: true, `{"message":"No client access token"}`: true, `{"message":"Unknown client's token"}`: true,
		`{"message":"There is no OAuth client with these credentials"}`: false, `{"message":"A client could not be found for this token"}`: false, `{"message":"client does no longer exist, token revoked"}`: false,
		``: false, `{}`: false, `{"message":"Unauthorized"}`: false, `{"error":"invalid_client"}`: false, `{"error":"invalid_client","error_description":"Client authentication failed"}`: false,
		`{"error":"unauthorized"}`: false, `{"message":"The client does not exist"}`: false, `{"message":"No such client for this token"}`: false, `{"message":"Unknown client"}`: false,
		`{"message":"Client not found for the token"}`: false, `{"message":"The client was deleted, and its token revoked"}`: false, `<title>401 Authorization Required</title>`: false,
		`{"message":"Ask at the tokenizer"}`: false,
	} {
		f := newFake(t, answer(401, body))
		_, err := f.run(f.client(t), Read)
		if got := asError(t, err).SpeaksOfCredential(); got != speaks {
			t.Errorf("%s: %v", body, got)
		}
	}
	f := newFake(t, answer(404, `{"message":"no such client, or an invalid token"}`))
	if _, err := f.run(f.client(t), Read); asError(t, err).SpeaksOfCredential() {
		t.Error("a 404 refuses no credential")
	}
}
