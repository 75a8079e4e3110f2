// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

// An administrator has disabled a client: the authorization endpoint says so beside the very code that a client has that does not exist. It knows the client. Words that
// differ each time tell nothing.
func TestADisabledClientIsKnownByTheWordsBesideTheCode(t *testing.T) {
	inJSON := func(w http.ResponseWriter, _ *http.Request, code, words string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, words)
	}
	inRedirect := func(w http.ResponseWriter, r *http.Request, code, words string) {
		http.Redirect(w, r, r.FormValue("redirect_uri")+"&"+url.Values{"error": {code}, "error_description": {words}}.Encode(), http.StatusFound)
	}
	elsewhere := func(w http.ResponseWriter, r *http.Request, code, words string) {
		http.Redirect(w, r, "/error?"+url.Values{"error": {code}, "error_description": {words}}.Encode(), http.StatusFound)
	}
	for form, says := range map[string]func(w http.ResponseWriter, r *http.Request, code, words string){"JSON": inJSON, "a redirect to the client": inRedirect, "a redirect elsewhere": elsewhere} {
		for _, code := range []string{"invalid_client", "unauthorized_client"} {
			for name, test := range map[string]struct {
				own, other string
				want       Testimony
			}{
				"disabled":      {"Client is disabled", "Unknown client %s", Knows},
				"inactive":      {"client is inactive", "Client not found", Knows},
				"the same":      {"Unknown client %s", "Unknown client %s", DoesNotKnow},
				"by turns":      {"no %d", "by turns", Silent},
				"without words": {"", "", DoesNotKnow},
			} {
				asked := 0
				f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
					id, words := r.FormValue("client_id"), test.other
					asked++
					switch {
					case test.other == "by turns":
						words = "answer of letter " + string(rune('a'+asked))
					case id == probedID:
						words = test.own
					}
					if n := len(words); n > 2 && words[n-2:] == "%s" {
						words = fmt.Sprintf(words, id)
					}
					says(w, r, code, words)
				})
				want := test.want
				if want == DoesNotKnow && (code == "unauthorized_client" || form == "a redirect to the client") {
					want = 0 // by other rules, which are not these
				}
				got := f.client(t).Witnesses(t.Context(), ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"})
				if want != 0 && got.Authorization != want {
					t.Errorf("%s, %s, %s: %v, want %v: %q", form, code, name, got.Authorization, want, got.Says)
				}
			}
		}
	}
}

// A page with all texts of its application, or a table of the errors that there are, gives no reason.
func TestAPageGivesTheOneCodeThatItHas(t *testing.T) {
	for page, want := range map[string]string{
		"<pre>error: invalid_client</pre>":                                               "invalid_client",
		"<title>invalid_client</title><p>invalid_client: unknown</p>":                    "invalid_client",
		"unauthorized_client":                                                            "unauthorized_client",
		`<script>var texts={"invalid_request":"…","invalid_client":"…"}</script>Sign in`: "",
		"<table><tr><td>invalid_client<td>…<tr><td>unauthorized_client<td>…</table>":     "",
		"invalid_client_metadata":                                                        "",
		"access_denied":                                                                  "",
		"Sign in":                                                                        "",
	} {
		if got := theCodeIn(page); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}
