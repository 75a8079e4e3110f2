// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// So it is by any answer that is not the one for a client that does not exist. A control of a form that no client has may get another answer than one that merely does not exist.
func TestADisabledClientIsKnownByAnotherCode(t *testing.T) {
	inJSON := func(status int, code, words string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, code, words)
		}
	}
	page := func(status int, text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, "<html><body>%s</body></html>", text)
		}
	}
	toClient := func(code string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.FormValue("redirect_uri")+"&"+url.Values{"error": {code}}.Encode(), http.StatusFound)
		}
	}
	elsewhere := func(to string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	random := func(to string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf(to, rand.Text()), http.StatusFound)
		}
	}
	named := func(to string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf(to, r.FormValue("client_id")), http.StatusFound)
		}
	}
	unknown := inJSON(400, "invalid_client", "Unknown client")
	for name, test := range map[string]struct {
		own, other func(http.ResponseWriter, *http.Request)
		want       Testimony
	}{
		"unauthorized_client":                 {inJSON(400, "unauthorized_client", "Client is disabled"), unknown, Knows},
		"access_denied":                       {inJSON(403, "access_denied", "Client is disabled"), unknown, Knows},
		"a page without a code":               {page(400, "This client is disabled"), page(400, "invalid_client"), Knows},
		"unauthorized_client, to the client":  {toClient("unauthorized_client"), page(400, "invalid_client"), Knows},
		"invalid_client, to the client":       {toClient("invalid_client"), page(400, "Unknown client"), Knows},
		"a control that has no client's form": {unknown, inJSON(400, "invalid_request", "client_id is malformed"), Silent},
		"the same, as not found":              {unknown, inJSON(404, "invalid_client", "Unknown client"), Unanswered},
		"pages of another status":             {page(403, "Client disabled"), page(404, "Unknown client"), Unanswered},
		"a control without a code":            {inJSON(400, "unauthorized_client", "disabled"), page(400, "Unknown client"), Knows},
		"a control that is called invalid":    {inJSON(400, "unauthorized_client", "disabled"), inJSON(400, "invalid_request", "Invalid client_id parameter value"), Unanswered},
		"redirects elsewhere in other words":  {elsewhere("/error?error=access_denied&error_description=Client+is+disabled"), elsewhere("/error?error=access_denied&error_description=Unknown+client"), Knows},
		"redirects elsewhere, by a detail":    {elsewhere("/error?reason=client_disabled"), elsewhere("/error?reason=client_unknown"), Knows},
		"pages of a success":                  {page(200, "<title>Client disabled</title>"), page(200, "<title>Unknown client</title>"), Knows},
		"a login page for everybody":          {random("/login?tx=%s"), random("/login?tx=%s"), Silent},
		"a login page of a session":           {random("/login;jsessionid=%s"), random("/login;jsessionid=%s"), Silent},
		"a login page by its own path":        {random("/interaction/%s"), random("/interaction/%s"), Silent},
		"a flow by its own path, by its step": {random("/flow/%s?step=login"), random("/flow/%s?step=error"), Knows},
		"an error by its own path, in words":  {random("/error/%s?error=access_denied&error_description=Client+is+disabled"), random("/error/%s?error=access_denied&error_description=Unknown+client"), Knows},
		"the same, invalid_client":            {random("/error/%s?error=invalid_client&error_description=Client+is+disabled"), random("/error/%s?error=invalid_client&error_description=Unknown+client"), Knows},
		"the same, by a detail":               {random("/error/%s?reason=client_disabled"), random("/error/%s?reason=client_unknown"), Knows},
		"an unknown one by its own path":      {random("/error/%s?error=invalid_client"), random("/error/%s?error=invalid_client"), DoesNotKnow},
		"a path of one part":                  {random("/%s"), random("/%s"), Silent},
		"two fixed pages":                     {elsewhere("/oauth/disabled?error=access_denied"), elsewhere("/oauth/error?error=access_denied"), Knows},
		"its own name in the path":            {named("/clients/%s/login"), named("/clients/%s/login"), Silent},
		"two pages by their own paths":        {random("/login/%s"), random("/error/%s"), Unanswered},
		"a control by a code of its own":      {inJSON(403, "access_denied", "disabled"), inJSON(400, "client_not_found", "unknown"), Knows},
		"both to the client":                  {toClient("unauthorized_client"), toClient("invalid_client"), Knows},
		"a login page":                        {elsewhere("/login"), unknown, Knows},
		"a login page, errors by their own path": {elsewhere("/login"), func(w http.ResponseWriter, r *http.Request) {
			elsewhere("/error/"+rand.Text()+"?error=invalid_client")(w, r)
		}, Knows},
		"a refusal, errors by their own path": {inJSON(403, "access_denied", "disabled"), func(w http.ResponseWriter, r *http.Request) {
			elsewhere("/error/"+rand.Text()+"?error=invalid_client")(w, r)
		}, Unanswered},
		"an answer to the client, of everybody": {toClient("unauthorized_client"), toClient("unauthorized_client"), Silent},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("client_id") == probedID {
				test.own(w, r)
				return
			}
			test.other(w, r)
		})
		got := f.client(t).Witnesses(t.Context(), ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"})
		if want := test.want; got.Authorization != want {
			t.Errorf("%s: %v, want %v: %q", name, got.Authorization, want, got.Says)
		}
	}
}

// A question that would tell chance from purpose, and that a limiter turns away, might have told: nothing counts as the same then.
func TestALimiterBetweenTwoQuestionsTellsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		own, other string
		want       Testimony
	}{
		"words":            {`{"error":"invalid_client","error_description":"Client is disabled"}`, `{"error":"invalid_client","error_description":"Unknown client"}`, Unanswered},
		"a detail":         {`{"error":"invalid_client","error_code":"disabled"}`, `{"error":"invalid_client","error_code":"unknown"}`, Unanswered},
		"pages":            {"<title>Client is disabled</title>", "<title>Unknown client</title>", Unanswered},
		"codes":            {`{"error":"unauthorized_client"}`, `{"error":"invalid_client"}`, Unanswered},
		"the same, by all": {`{"error":"invalid_client"}`, `{"error":"invalid_client"}`, DoesNotKnow},
		"words, 403":       {`{"error":"invalid_client","error_description":"Client is disabled"}`, `{"error":"invalid_client","error_description":"Unknown client"}`, Unanswered},
		"a detail, 403":    {`{"error":"invalid_client","error_code":"disabled"}`, `{"error":"invalid_client","error_code":"unknown"}`, Unanswered},
		"pages, 403":       {"<title>Client is disabled</title>", "<title>Unknown client</title>", Unanswered},
	} {
		others, limited := map[string]int{}, http.StatusTooManyRequests
		if strings.HasSuffix(name, ", 403") { // as what looks for bots says it
			limited = http.StatusForbidden
		}
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			body := test.own
			if clientOf(r) != probedID {
				body = test.other
				if others[r.URL.Path]++; others[r.URL.Path] > 1 {
					w.WriteHeader(limited)
					fmt.Fprint(w, "<title>Request blocked</title>")
					return
				}
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, body)
		})
		in := ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"}
		if got := f.client(t).Witnesses(t.Context(), in); got.Authorization != test.want {
			t.Errorf("%s: the authorization endpoint: %v, want %v: %q", name, got.Authorization, test.want, got.Says)
		}
		if in = f.tokenInput(probedID, probedSecret); !strings.HasPrefix(test.own, "{") || name == "codes" || name == "the same, by all" {
			continue // no such answers are a token endpoint's, or are told at once
		}
		clear(others)
		if got := f.client(t).Witnesses(t.Context(), in); got.Token != test.want {
			t.Errorf("%s: the token endpoint: %v, want %v: %q", name, got.Token, test.want, got.Says)
		}
	}
}

// Words of its own that are new in each answer are not those for a client that does not exist. Those that it has once, and then the others, may be of two replicas.
func TestWordsOfItsOwnThatDifferEachTime(t *testing.T) {
	for name, test := range map[string]struct {
		own  []string
		want Testimony
	}{
		"new in each":      {[]string{"Disabled by anna", "Disabled by bert"}, Knows},
		"once, and not so": {[]string{"Disabled", "Unknown client"}, Unanswered},
	} {
		asked := 0
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			title := "Unknown client"
			if clientOf(r) == probedID {
				title = test.own[asked%len(test.own)]
				asked++
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "<title>%s</title>", title)
		})
		in := ProbeInput{ClientID: probedID, RedirectURIs: []string{redirectURI}, AuthorizationEndpoint: f.URL + "/authorize"}
		if got := f.client(t).Witnesses(t.Context(), in); got.Authorization != test.want {
			t.Errorf("%s: %v, want %v: %q", name, got.Authorization, test.want, got.Says)
		}
	}
}

// The client's own URI and the authorization endpoint may say of a disabled client the same in the same words. What stands before a server knows no client, so that this is the server's.
func TestWhatKnowsAClientIsNotDiscounted(t *testing.T) {
	const disabled = `{"error":"invalid_client","error_description":"Client is disabled"}`
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		switch {
		case r.URL.Path == "/authorize" && clientOf(r) == probedID:
			fmt.Fprint(w, disabled)
		case r.URL.Path == "/authorize":
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"Unknown client"}`)
		default:
			fmt.Fprint(w, `{"error":"invalid_client","error_description":"Client authentication failed"}`)
		}
	})
	in := f.tokenInput(probedID, probedSecret)
	in.RedirectURIs, in.AuthorizationEndpoint = []string{redirectURI}, f.URL+"/authorize"
	in.Refusal = Refusal{Status: 401, Code: "invalid_client", Description: "Client is disabled", Body: JSONBody}
	if got := f.client(t).Witnesses(t.Context(), in); got.Authorization != Knows || got.Token != DoesNotKnow {
		t.Errorf("the authorization endpoint %v, the token endpoint %v: %q", got.Authorization, got.Token, got.Says)
	}
}

// A page with all texts of its application, or a table of the errors that there are, gives no reason.
func TestAPageGivesTheOneCodeThatItHas(t *testing.T) {
	for page, want := range map[string]string{
		"<pre>error: invalid_client</pre>":                                                         "invalid_client",
		"<title>invalid_client</title><p>invalid_client: unknown</p>":                              "invalid_client",
		"unauthorized_client":                                                                      "unauthorized_client",
		`<script>var texts={"invalid_request":"…","invalid_client":"…"}</script>Sign in`:           "",
		"<table><tr><td>invalid_client<td>…<tr><td>unauthorized_client<td>…</table>":               "",
		`<script>{"invalid_client":"…","unsupported_grant_type":"…"}</script>`:                     "",
		`<script>{"invalid_client":"…","invalid_token":"…"}</script>`:                              "",
		"invalid_client … slow_down":                                                               "",
		"invalid_client … request_not_supported":                                                   "",
		`invalid_client <a href="/authorize?client_id=x&redirect_uri=y">again</a>`:                 "invalid_client",
		"invalid_client: bad client_id or redirect_uri":                                            "invalid_client",
		`<input name="redirect_uri" class="field_required"> invalid_client`:                        "invalid_client",
		`<p data-code="invalid_client">Unknown</p>`:                                                "invalid_client",
		"invalid_client … access_token":                                                            "invalid_client",
		`<div id="app" data-page="{&quot;invalid_request&quot;:1,&quot;invalid_client&quot;:1}">`:  "",
		`<!-- invalid_request, invalid_client: see the docs -->Error`:                              "",
		`<script>for(var i=0;i<n;i++){t={"invalid_request":1,"invalid_client":2}}</script>Sign in`: "",
		`<a href="/docs/errors#invalid_client">help</a>`:                                           "",
		`invalid_client <script>if(a<b){x="access_denied"}</script>`:                               "",
		`<script>e.type="access_denied";f.code="invalid_client"</script>`:                          "",
		"error type=invalid_client":                                                                "invalid_client",
		"client_disabled: invalid_client":                                                          "",
		"invalid_client_metadata":                                                                  "",
		"access_denied":                                                                            "",
		"Sign in":                                                                                  "",
	} {
		if got := theCodeIn(page); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}
