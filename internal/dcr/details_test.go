// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A code of the server's own beside an equal one, or a number in equal words, tells a client that is disabled from one that does not exist. What differs in each answer tells nothing.
func TestADisabledClientIsKnownByADetail(t *testing.T) {
	asked := 0
	for name, test := range map[string]struct {
		own, other string // members beside the error; $id, and $n for the number of the answer, and $2 for that by turns
		told       bool
	}{
		"a number in the words":         {`"error_description":"Client authentication failed [E-1022]"`, `"error_description":"Client authentication failed [E-1021]"`, true},
		"a sub-code":                    {`"error_description":"failed","error_code":"client_disabled"`, `"error_description":"failed","error_code":"client_not_found"`, true},
		"a reason":                      {`"reason":"inactive"`, `"reason":"unknown"`, true},
		"a reason for one alone":        {`"reason":"inactive"`, ``, true},
		"a reason for the others alone": {``, `"reason":"unknown"`, true},
		"a number":                      {`"error_codes":[7000112]`, `"error_codes":[700016]`, true},
		"deep":                          {`"details":[{"reason":"inactive"}]`, `"details":[{"reason":"unknown"}]`, true},
		"a sub-code beside a trace":     {`"error_code":"client_disabled","trace_id":"t$n"`, `"error_code":"client_not_found","trace_id":"t$n"`, true},
		"a number beside a trace":       {`"error_description":"E-1022, trace $n"`, `"error_description":"E-1021, trace $n"`, true},
		"the same sub-code":             {`"error_code":"client_not_found"`, `"error_code":"client_not_found"`, false},
		"a trace alone":                 {`"trace_id":"t$n"`, `"trace_id":"t$n"`, false},
		"a time in the words":           {`"error_description":"failed at 12:05:$n"`, `"error_description":"failed at 12:05:$n"`, false},
		"replicas by turns":             {`"node":"n$2"`, `"node":"n$2"`, false},
		"the id":                        {`"error_description":"no client $id","path":"/clients/$id"`, `"error_description":"no client $id","path":"/clients/$id"`, false},
		"what is made of the id":        {`"key":"k0f8"`, `"key":"k$n"`, false},
		"how many tries are left":       {`"left":"$n"`, `"left":"5"`, false},
		"neither":                       {``, ``, false},
	} {
		answered := func(r *http.Request) string {
			id, says := clientOf(r), test.other
			if asked++; id == probedID {
				says = test.own
			}
			return strings.NewReplacer("$id", id, "$n", fmt.Sprint(asked), "$2", fmt.Sprint(asked%2)).Replace(says)
		}
		inJSON := func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, strings.Replace(`{"error":"invalid_client",`+answered(r)+`}`, ",}", "}", 1))
		}
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			inJSON(w, r)
		})
		in := f.input("client_secret_basic")
		w := f.client(t).Witnesses(t.Context(), in)
		in.AuthMethod = "private_key_jwt"
		if at := f.client(t).Witnesses(t.Context(), in); (w.Token == Knows) != test.told || (at.Authorization == Knows) != test.told || !test.told && (w.Token != DoesNotKnow || at.Authorization != DoesNotKnow) {
			t.Errorf("%s: the token endpoint %v, the authorization endpoint %v: %q, %q", name, w.Token, at.Authorization, w.Says, at.Says)
		}
	}
}

// The same in a redirect, and on a page that names no code.
func TestADetailOfARedirectOrAPage(t *testing.T) {
	for name, says := range map[string]func(w http.ResponseWriter, r *http.Request, detail string){
		"a redirect": func(w http.ResponseWriter, r *http.Request, detail string) {
			http.Redirect(w, r, "/error?"+url.Values{"error": {"invalid_client"}, "error_code": {detail}, "state": {r.FormValue("state")}}.Encode(), http.StatusFound)
		},
		"a page": func(w http.ResponseWriter, _ *http.Request, detail string) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, "<html><title>Error %s</title>", detail)
		},
	} {
		for own, want := range map[string]bool{"E1021": false, "E1022": true} {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				detail := "E1021"
				if r.FormValue("client_id") == probedID {
					detail = own
				}
				says(w, r, detail)
			})
			in := f.input("private_key_jwt")
			if got := f.client(t).Witnesses(t.Context(), in).Authorization; (got == Knows) != want || !want && got == Silent {
				t.Errorf("%s, %s: %v", name, own, got)
			}
		}
	}
}
