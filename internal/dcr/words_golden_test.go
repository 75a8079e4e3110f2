// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// asOf writes an address of a test's server as one that a person knows.
func (f *fake) asOf(text string) string {
	port := f.URL[strings.LastIndex(f.URL, ":"):]
	return strings.NewReplacer(f.URL, "https://as.example.com", "http://localhost"+port, "https://other.example.com").Replace(text)
}

// What is said of the answers that tell whether a client exists can be read through in one file.
func TestClausesReadWell(t *testing.T) {
	var clauses []string
	ask := func(f *fake, in ProbeInput) {
		for _, clause := range f.client(t).Witnesses(t.Context(), in).Says {
			clauses = append(clauses, f.asOf(clause))
		}
	}
	for _, temper := range tempers {
		for state := alive; state <= deleted; state++ {
			for _, method := range []string{"client_secret_basic", "none"} {
				f := temper.start(t, state, method == "none")
				ask(f, f.input(method))
			}
		}
	}
	for _, handler := range rareAnswers() {
		f := tokenOnly(t, handler)
		ask(f, f.tokenInput(probedID, "plain"))
	}
	f := tokenOnly(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			refuse(w, 401, "invalid_token", "")
		} else {
			refuse(w, 401, "invalid_client", "")
		}
	})
	in := f.tokenInput(probedID, "plain")
	in.ClientURI, in.Refusal = in.TokenEndpoint+"/client", Refusal{Status: 401, Code: "invalid_token"}
	ask(f, in)
	for _, edit := range []func(in *ProbeInput){
		func(in *ProbeInput) { in.AuthMethod, in.HasKeys = "", true },
		func(in *ProbeInput) { in.AuthMethod = "client_secret_jwt" },
		func(in *ProbeInput) { in.AuthMethod, in.AuthAlgorithm = "client_secret_jwt", "RS256" },
		func(in *ProbeInput) {
			in.AuthorizationEndpoint, in.RedirectURIs = "https://as.example.com/%zz", []string{redirectURI}
		},
		func(in *ProbeInput) {
			in.AuthorizationEndpoint, in.RedirectURIsUnknown = "https://as.example.com/authorize", true
		},
	} {
		f := takesOneWay{way: "none of these"}.start(t, false, probedSecret)
		in := f.tokenInput(probedID, probedSecret)
		edit(&in)
		ask(f, in)
	}
	for _, authorize := range rareAuthorizations() {
		f := temper{oauthError(400, "invalid_grant", ""), authorize}.start(t, alive, false)
		ask(f, f.input("client_secret_basic"))
	}
	slices.Sort(clauses)
	golden.Holds(t, "testdata/clauses.txt", strings.Join(slices.Compact(clauses), "\n\n")+"\n")
}

// rareAnswers are those of token endpoints that few servers give.
func rareAnswers() []http.HandlerFunc {
	turn := 0
	unknown := func(own func(w http.ResponseWriter), other func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if clientOf(r) == probedID {
				own(w)
			} else {
				other(w)
			}
		}
	}
	says := func(status int, code, description string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, status, code, description) }
	}
	status := func(status int) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.WriteHeader(status) }
	}
	return []http.HandlerFunc{
		unknown(says(401, "invalid_client", ""), cutOff),
		unknown(says(400, "invalid_grant", ""), cutOff),
		unknown(says(400, "unauthorized_client", ""), cutOff),
		unknown(says(401, "invalid_client", ""), status(503)),
		unknown(says(401, "invalid_client", "Client authentication failed."), says(401, "invalid_client", "No such client.")),
		unknown(says(401, "invalid_client", ""), says(400, "invalid_request", "")),
		unknown(says(401, "invalid_client", ""), says(400, "invalid_request", "client_id is not a valid UUID")),
		unknown(says(401, "invalid_client", "Client authentication failed [E-1022]"), says(401, "invalid_client", "Client authentication failed [E-1021]")),
		unknown(says(401, "invalid_client", "Client authentication failed."), func(w http.ResponseWriter) { // behind a limiter that lets one question through
			if turn++; turn > 1 {
				w.WriteHeader(http.StatusTooManyRequests)
			} else {
				refuse(w, 401, "invalid_client", "No such client.")
			}
		}),
		unknown(status(404), status(404)),
		unknown(cutOff, cutOff),
		func(w http.ResponseWriter, _ *http.Request) {
			turn++
			refuse(w, 401, "invalid_client", []string{"sorry", "not today", "come back", "unlucky"}[turn%4])
		},
		func(w http.ResponseWriter, r *http.Request) { // which answers in the way that was tried first alone
			if _, _, basic := r.BasicAuth(); basic {
				refuse(w, 401, "invalid_client", "")
			} else {
				w.WriteHeader(http.StatusTooManyRequests)
			}
		},
		func(w http.ResponseWriter, r *http.Request) { // which gives an answer in the other one to this client alone
			_, _, basic := r.BasicAuth()
			switch {
			case basic:
				refuse(w, 401, "invalid_client", "")
			case clientOf(r) != probedID:
				cutOff(w)
			default:
				refuse(w, 400, "invalid_request", "")
			}
		},
	}
}

// cutOff ends a connection without an answer.
func cutOff(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

// rareAuthorizations are those of authorization endpoints.
func rareAuthorizations() []func(w http.ResponseWriter, r *http.Request, known bool) {
	turn, limited := 0, false
	answers := func(own, other func(w http.ResponseWriter, r *http.Request)) func(w http.ResponseWriter, r *http.Request, known bool) {
		return func(w http.ResponseWriter, r *http.Request, known bool) {
			if known {
				own(w, r)
			} else {
				other(w, r)
			}
		}
	}
	refused := func(status int, code, words string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { refuse(w, status, code, words) }
	}
	back := func(code string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { sendBack(w, r, code) }
	}
	elsewhere := func(to string) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMultipleChoices)
		}
	}
	lost := func(w http.ResponseWriter, _ *http.Request) { cutOff(w) }
	html := func(w http.ResponseWriter, r *http.Request) { page(200, "sign in")(w, r, true) }
	return []func(w http.ResponseWriter, r *http.Request, known bool){
		answers(refused(400, "invalid_client", "disabled"), refused(400, "invalid_client", "unknown")),
		answers(refused(400, "invalid_client", "E-1022"), refused(400, "invalid_client", "E-1021")),
		answers(refused(400, "unauthorized_client", ""), refused(400, "unauthorized_client", "")),
		answers(refused(400, "invalid_client", ""), refused(400, "invalid_client", "")),
		answers(refused(400, "unauthorized_client", "disabled"), refused(400, "invalid_client", "unknown")),
		func(w http.ResponseWriter, r *http.Request, known bool) {
			if turn++; known {
				refuse(w, 403, "access_denied", "")
			} else {
				refuse(w, []int{400, 401}[turn%2], "invalid_client", "")
			}
		},
		func(w http.ResponseWriter, _ *http.Request, known bool) { // behind a limiter that lets one question through
			switch {
			case known:
				refuse(w, 400, "invalid_client", "disabled")
			case limited:
				w.WriteHeader(http.StatusTooManyRequests)
			default:
				limited = true
				refuse(w, 400, "invalid_client", "unknown")
			}
		},
		answers(refused(400, "invalid_client", ""), lost),
		answers(refused(400, "invalid_client", ""), html),
		answers(back("login_required"), refused(400, "invalid_client", "")),
		answers(back("login_required"), back("login_required")),
		answers(back(""), lost),
		answers(html, refused(400, "invalid_client", "")),
		answers(refused(400, "", "a"), refused(400, "", "b")),
		answers(refused(400, "", ""), refused(400, "", "")),
		answers(html, html),
		func(w http.ResponseWriter, r *http.Request, _ bool) {
			http.Redirect(w, r, "/interaction/"+rand.Text(), http.StatusFound)
		},
		answers(elsewhere("http://[::1/"), html),
		func(w http.ResponseWriter, _ *http.Request, _ bool) {
			turn++
			refuse(w, 400, "invalid_client", []string{"sorry", "not today", "come back", "unlucky"}[turn%4])
		},
	}
}

// What is said of an answer that is none of a client can be read through in one file, and so can what is odd in one.
func TestErrorsOfAnswersReadWell(t *testing.T) {
	var b strings.Builder
	body := func(text string, header ...string) http.HandlerFunc { return answer(200, text, header...) }
	for _, test := range []struct {
		operation Operation
		handler   http.HandlerFunc
	}{
		{Register, body("")},
		{Register, body("<html><title>Welcome</title></html>")},
		{Register, body(`{"client_id":"a"} {"client_id":"b"}`)},
		{Register, body(`["a"]`)},
		{Register, body(`{"error":"invalid_request"}`)},
		{Register, body(`{}`)},
		{Register, answer(302, "", "Location", "https://login.example.com/")},
		{Register, answer(400, `<html><title>Bad Request</title></html>`)},
		{Register, answer(400, `{"error":"invalid_client_metadata","error_description":"contacts is not supported"}`)},
		{Read, body(`{"client_id":"another"}`)},
		{Read, func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "localhost" && !strings.HasPrefix(r.Host, "localhost:") {
				http.Redirect(w, r, "http://localhost:"+r.Host[strings.LastIndex(r.Host, ":")+1:]+r.URL.Path, http.StatusFound)
				return
			}
			refuse(w, 401, "invalid_token", "")
		}},
		{Update, answer(405, "")},
		{Delete, body(`{"error":"server_error"}`)},
		{Delete, body(`{"success":false}`)},
		{Delete, answer(500, "down for maintenance\nmore")},
		{List, body(`[{"client_name":"a"}]`)},
		{List, body(`["a"]`)},
		{List, body(`{"error":"invalid_request"}`)},
	} {
		f := newFake(t, test.handler)
		c, uri, auth := f.client(t), f.URL+"/register/s6BhdRkqt3", transport.Bearer(secret.New("token"))
		var err error
		switch test.operation {
		case Register:
			_, err = c.Register(t.Context(), f.URL+"/register", auth, map[string]any{"contacts": []any{"a@example.com"}})
		case Read:
			_, err = c.Read(t.Context(), uri, "s6BhdRkqt3", auth)
		case Update:
			_, err = c.Update(t.Context(), uri, "s6BhdRkqt3", auth, false, map[string]any{})
		case Delete:
			_, _, err = c.Delete(t.Context(), uri, "s6BhdRkqt3", auth)
		case List:
			_, err = c.List(t.Context(), f.URL+"/register?client_name=a", auth)
		}
		fmt.Fprintf(&b, "%s\n\n", f.asOf(asError(t, err).Error()))
	}
	fmt.Fprintf(&b, "%s\n\n", Explain(Read, "https://as.example.com/register/s6BhdRkqt3", nil, &transport.Response{Status: 204}))
	_, err := newFake(t, body("")).client(t).Register(t.Context(), "https://as.example.com/register", transport.NoAuth(), map[string]any{"contacts": 1i})
	fmt.Fprintf(&b, "%s\n\n", asError(t, err))
	odd := parseRegistration(map[string]any{
		"client_id": map[string]any{"a": 1}, "client_id_issued_at": "yesterday", "registration_access_token": "a\nb", tokenExpiresIn: "soon", tokenExpiresAt: "soon",
	}, time.Now())
	for _, value := range odd.Odd {
		fmt.Fprintf(&b, "%s: %s.\n\n", value.Member, value.What)
	}
	for _, uri := range []string{"https://u:p@as.example.com/", "http://as.example.com/", "ftp://as.example.com/", "https://[::1/"} {
		fmt.Fprintf(&b, "registration_client_uri: %s.\n\n", ResolveClientURI("https://as.example.com/register", uri, false).Unusable)
	}
	fmt.Fprintf(&b, "registration_client_uri: %s.\n\n", ResolveClientURI("https://[::1/", "clients/a", false).Unusable)
	golden.Holds(t, "testdata/answers.txt", b.String())
}
