// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// letters is a reference as servers make them, without a digit by which it would show.
func letters() string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return 'q' + r - '0'
		}
		return r
	}, rand.Text())
}

// short is an id as a message may show it: one part without a digit, if it has one that is long enough.
func short(id string) string {
	for _, part := range strings.FieldsFunc(id, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if len(part) > 2 {
			return part[:3] + "…"
		}
	}
	return "…"
}

// A page may have one title for all errors, and say in its text which one there is. What a reader of it does not see, and what is new in each answer, tells nothing.
func TestADisabledClientIsKnownByTheTextOfAPage(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		own, other string // $id, $short, $ref, which is new in each answer, and $node, one of three by turns
		want       Testimony
	}{
		"below the title":            {400, `<title>Sign in to r</title><h1>We are sorry</h1><p class="i">Client disabled.</p>`, `<title>Sign in to r</title><h1>We are sorry</h1><p class="i">Client not found.</p>`, Knows},
		"beside a code":              {400, `<title>oops</title><pre>error: invalid_client</pre><pre>error_description: client is disabled</pre>`, `<title>oops</title><pre>error: invalid_client</pre><pre>error_description: client is invalid</pre>`, Knows},
		"of a success":               {200, `<title>Portal</title>Application is disabled`, `<title>Portal</title>Unknown application`, Knows},
		"beside a reference":         {400, `<title>Error</title><p>Client disabled. Reference: $ref</p>`, `<title>Error</title><p>Unknown client. Reference: $ref</p>`, Knows},
		"for the others alone":       {400, `<title>Error</title>`, `<title>Error</title><p>Unknown client</p>`, Knows},
		"the same, with the id":      {400, `<title>Error</title><p>Unknown client $id, trace $ref</p>`, `<title>Error</title><p>Unknown client $id, trace $ref</p>`, TurnsAway},
		"the same, beside a code":    {400, `<title>Error</title><p>invalid_client: no $id</p>`, `<title>Error</title><p>invalid_client: no $id</p>`, DoesNotKnow},
		"the id, cut short":          {400, `<title>Error</title><p>Unknown client "$short"</p>`, `<title>Error</title><p>Unknown client "$short"</p>`, TurnsAway},
		"by turns, in the text":      {400, `<title>Error</title><p>Served by $node</p>`, `<title>Error</title><p>Served by $node</p>`, TurnsAway},
		"by turns, in the title":     {400, `<title>Error at $node</title>`, `<title>Error at $node</title>`, TurnsAway},
		"by turns, and disabled":     {400, `<title>Error</title><p>Disabled. Served by $node</p>`, `<title>Error</title><p>Unknown. Served by $node</p>`, Knows},
		"in a script and in a field": {400, `<title>Error</title><script>k = "own"</script><input type="hidden" value="own">`, `<title>Error</title><script>k = "other"</script><input type="hidden" value="other">`, TurnsAway},
	} {
		asked := 0
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			says := test.other
			if clientOf(r) == probedID {
				says = test.own
			}
			asked++
			w.WriteHeader(test.status)
			fmt.Fprint(w, "<!doctype html>", strings.NewReplacer("$id", clientOf(r), "$short", short(clientOf(r)), "$ref", letters(), "$node", []string{"alpha", "beta", "gamma"}[asked%3]).Replace(says))
		})
		in := ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"}
		if got := f.client(t).Witnesses(t.Context(), in); got.Authorization != test.want {
			t.Errorf("%s: %v, want %v: %q", name, got.Authorization, test.want, got.Says)
		}
	}
}

// A reference of letters in each answer neither hides the words that tell a client apart nor is one of them.
func TestWordsBesideAReferenceOfLetters(t *testing.T) {
	for name, test := range map[string]struct {
		own, other string
		want       Testimony
	}{
		"disabled":        {"Client is disabled, reference $ref", "Unknown client, reference $ref", Knows},
		"of others alone": {"Client refused, reference $ref", "Client refused: unknown, reference $ref", Knows},
		"the same":        {"Unknown client, reference $ref", "Unknown client, reference $ref", Silent},
		// By chance, one reference has a digit and the other has none.
		"the same, of digits": {"Unknown client, reference $ref", "Unknown client, reference 1", Silent},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			says := test.other
			if clientOf(r) == probedID {
				says = test.own
			}
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, strings.ReplaceAll(says, "$ref", letters()))
		})
		in := f.tokenInput(probedID, probedSecret)
		if got := f.client(t).Witnesses(t.Context(), in); got.Token != test.want {
			t.Errorf("%s, the token endpoint: %v, want %v: %q", name, got.Token, test.want, got.Says)
		}
		in = ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"}
		if got := f.client(t).Witnesses(t.Context(), in); got.Authorization != test.want {
			t.Errorf("%s, the authorization endpoint: %v, want %v: %q", name, got.Authorization, test.want, got.Says)
		}
	}
}

func secretOf(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	return r.FormValue("client_secret")
}

// What a message hides of an answer is compared all the same: a name in it that may be a credential, what is cut off, and a header that the body goes before.
func TestWhatIsNotShownOfAnAnswerIsCompared(t *testing.T) {
	long := strings.Repeat("The request was refused. ", 15)
	for name, test := range map[string]struct {
		id, own, other   string
		ownHead, othHead string
		want             Testimony
	}{
		"the secret, in letters":     {id: probedID, own: "Refused: $secret", other: "Refused: $secret", want: DoesNotKnow},
		"the id of a deleted one":    {id: "grafana", own: "Invalid client credentials for $id", other: "Invalid client credentials for $id", want: DoesNotKnow},
		"the id, escaped":            {id: "my app!", own: "Invalid client credentials: /clients/my%20app%21", other: "Invalid client credentials: /clients/$path", want: DoesNotKnow},
		"a word beside a credential": {id: probedID, own: "Invalid client secret: account 'inactive'", other: "Invalid client secret: account 'unknown'", want: Knows},
		"behind what is cut off":     {id: probedID, own: long + "Client is disabled", other: long + "Unknown client", want: Knows},
		"in the header":              {id: probedID, ownHead: "Client is disabled", othHead: "Unknown client", want: Knows},
		"in the header, the same":    {id: probedID, ownHead: "Unknown client", othHead: "Unknown client", want: DoesNotKnow},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			says, head := test.other, test.othHead
			if clientOf(r) == test.id {
				says, head = test.own, test.ownHead
			}
			if head != "" {
				w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Basic realm="r", error="invalid_client", error_description=%q`, head))
			}
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, strings.NewReplacer("$id", clientOf(r), "$secret", secretOf(r), "$path", strings.ReplaceAll(strings.ReplaceAll(clientOf(r), " ", "%20"), "!", "%21")).Replace(says))
		})
		if got := f.client(t).Witnesses(t.Context(), f.tokenInput(test.id, probedSecret)); got.Token != test.want {
			t.Errorf("%s: %v, want %v: %q", name, got.Token, test.want, got.Says)
		}
	}
}
