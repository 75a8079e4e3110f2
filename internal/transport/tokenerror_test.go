// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A refusal of the client counts for the authorizer's whole life: a server locks a client whose secret is wrong too often. What may be another
// answer at another time is asked for each time.
func TestRefusedClientIsNotSentAgain(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		answer string
		want   int32
	}{
		"invalid_client":         {401, `{"error":"invalid_client"}`, 1},
		"invalid_client as 400":  {400, `{"error":"invalid_client"}`, 1},
		"unauthorized_client":    {400, `{"error":"unauthorized_client"}`, 1},
		"invalid_scope":          {400, `{"error":"invalid_scope"}`, 1},
		"invalid_grant":          {400, `{"error":"invalid_grant"}`, 1},
		"401 without a code":     {401, ``, 1},
		"moment as 400":          {400, `{"error":"temporarily_unavailable"}`, 5},
		"another refusal":        {400, `{"error":"invalid_request"}`, 5},
		"failed":                 {500, `{"error":"invalid_client"}`, 5},
		"too many":               {429, `{"error":"invalid_client"}`, 5},
		"without a token":        {200, `{}`, 5},
		"another type of tokens": {200, `{"access_token":"a","token_type":"mac"}`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.answer = func(w http.ResponseWriter, _ url.Values, _ int) bool {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.answer)
				return true
			}
			c, _ := i.client(t, Options{})
			auth := mustClientCredentials(t, c, i.config())
			first := ""
			for range 5 {
				_, err := i.ask(context.Background(), c, auth)
				if first == "" && err != nil {
					first = err.Error()
				}
				if failed, ok := errors.AsType[*TokenError](err); !ok || failed.Status != test.status || err.Error() != first {
					t.Fatalf("%v", err)
				}
			}
			if n := i.tokens.Load(); n != test.want {
				t.Errorf("%d token requests, want %d", n, test.want)
			}
			before := i.tokens.Load()
			if _, err := i.ask(context.Background(), c, mustClientCredentials(t, c, i.config())); err == nil || i.tokens.Load() != before+1 {
				t.Errorf("%v: another run does not ask anew", err)
			}
		})
	}
}

// A client that was issued a token is refused by one wrong answer as little as it is lost by one: what follows in the same run would not be sent any more, such as
// the deletions of clients that others have replaced. Two refusals in a row are believed.
func TestOneRefusalOfAClientThatWasTaken(t *testing.T) {
	for name, test := range map[string]struct {
		wrong    int // refusals after the first token
		requests int32
		good     bool
	}{
		"one":  {wrong: 1, requests: 3, good: true},
		"two":  {wrong: 2, requests: 3},
		"many": {wrong: 100, requests: 3},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.answer = func(w http.ResponseWriter, _ url.Values, n int) bool {
				if n == 1 || n > 1+test.wrong {
					return false
				}
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			c, _ := i.client(t, Options{})
			auth := mustClientCredentials(t, c, i.config())
			if _, err := i.ask(context.Background(), c, auth); err != nil {
				t.Fatal(err)
			}
			i.refuses = func(token string) bool { return token == "canary-at-1" }
			for range 5 {
				if _, err := i.ask(context.Background(), c, auth); (err == nil) != test.good {
					t.Errorf("%v", err)
				}
			}
			if n := i.tokens.Load(); n != test.requests {
				t.Errorf("%d token requests, want %d", n, test.requests)
			}
		})
	}
}

// A token endpoint's failure is told in its parts, whatever it is.
func TestTokenErrorParts(t *testing.T) {
	for name, test := range map[string]struct {
		status            int
		header            http.Header
		answer            string
		want              TokenError
		target            string
		waits, redirected bool
	}{
		"refused":  {status: 401, answer: `{"error":"invalid_client","error_description":"no\nsuch client"}`, want: TokenError{Status: 401, Code: "invalid_client", Description: "no such client"}},
		"type":     {status: 200, answer: `{"access_token":"a","token_type":"mac"}`, want: TokenError{Status: 200, TokenType: "mac"}},
		"swapped":  {status: 200, answer: `{"access_token":"canary-0123456789-canary-0123456789-canary-0123456789","token_type":"canary-0123456789-canary-0123456789-canary-0123456789"}`, want: TokenError{Status: 200, TokenType: "[redacted]"}},
		"page":     {status: 200, answer: `<html></html>`, want: TokenError{Status: 200}},
		"limited":  {status: 429, header: http.Header{"Retry-After": {"3600"}}, want: TokenError{Status: 429}, waits: true},
		"redirect": {status: 302, header: http.Header{"Location": {"https://login.example.com/token?x=secret"}}, want: TokenError{Status: 302}, target: "https://login.example.com/token", redirected: true},
		"nowhere":  {status: 302, want: TokenError{Status: 302}, redirected: true},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			i.answer = func(w http.ResponseWriter, _ url.Values, _ int) bool {
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.answer)
				return true
			}
			c, _ := i.client(t, Options{})
			_, err := i.ask(context.Background(), c, mustClientCredentials(t, c, i.config()))
			got, ok := errors.AsType[*TokenError](err)
			if !ok {
				t.Fatalf("%v", err)
			}
			target, redirected := got.Redirect()
			if got.URL != i.URL+"/token" || target != test.target || redirected != test.redirected || got.Until.IsZero() == test.waits {
				t.Errorf("%+v: %v", got, err)
			}
			parts := *got
			parts.URL, parts.Err, parts.Until = "", nil, test.want.Until
			if parts != test.want {
				t.Errorf("got %+v, want %+v", parts, test.want)
			}
		})
	}
}

// What a server chose is cut where it would bury the rest of a message.
func TestTokenErrorIsBounded(t *testing.T) {
	long := strings.Repeat("a", 100_000)
	for name, test := range map[string]struct {
		path   string
		status int
		header http.Header
		answer string
	}{
		"address": {path: long, status: 400}, "redirect": {status: 302, header: http.Header{"Location": {"https://login.example.com/" + long}}},
		"words": {status: 400, answer: `{"error":"` + long + `","error_description":"` + long + `"}`}, "type": {status: 200, answer: `{"access_token":"a","token_type":"` + long + `"}`},
	} {
		i := newIssuer(t)
		i.answer = func(w http.ResponseWriter, _ url.Values, _ int) bool {
			for name, values := range test.header {
				w.Header()[name] = values
			}
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.answer)
			return true
		}
		c, _ := i.client(t, Options{})
		config := i.config()
		config.TokenURL += test.path
		_, err := i.ask(context.Background(), c, mustClientCredentials(t, c, config))
		if failed, ok := errors.AsType[*TokenError](err); !ok || len(err.Error()) > 2000 || len(failed.URL) > 600 {
			t.Errorf("%s: %d bytes", name, len(err.Error()))
		}
	}
}
