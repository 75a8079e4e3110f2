// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A token that has the client_id in its middle does not take it out of what a server says of the client, nor out of the log's address.
func TestExchangeNamesTheClient(t *testing.T) {
	const id, token = "5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11", "rat-5c5a3fe1-1f8e-4f0c-9d0b-2d1b8f5f9a11-9f8e7d6c5b4a"
	for name, c := range map[string]struct {
		path, answer string
		request      Request
	}{
		"the address":  {"/register/" + id, "{}", Request{Method: "GET", Auth: Bearer(newSecret(token))}},
		"the answer":   {"/register", `{"client_id":"` + id + `","registration_access_token":"` + token + `"}`, Request{Method: "GET"}},
		"its address":  {"/register", `{"registration_client_uri":"https://as.example.com/` + id + `","client_secret":"` + token + `"}`, Request{Method: "GET"}},
		"what is sent": {"/register", "{}", Request{Method: "PUT", Body: []byte(`{"client_id":"` + id + `","client_secret":"` + token + `"}`), ContentType: "application/json"}},
		"a form":       {"/token", "{}", Request{Method: "POST", Body: []byte("client_id=" + id + "&client_secret=" + token), ContentType: "application/x-www-form-urlencoded"}},
		"Basic":        {"/token", "{}", Request{Method: "POST", Auth: Basic(id, newSecret(token))}},
	} {
		book := &logbook{}
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, c.answer)
		})
		client, _ := newClient(t, Options{Log: book.log})
		c.request.URL = s.URL + c.path
		answer, err := client.Do(context.Background(), c.request)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Scrub("the client " + id + " is unknown"); !strings.Contains(got, id) {
			t.Errorf("%s: %q", name, got)
		}
		if got := answer.Scrub("the client " + id + " has " + token + ", …9f8e7d6c5b4a"); strings.Contains(got, "9f8e7d") {
			t.Errorf("%s: %q", name, got)
		}
		if text := book.text(); strings.Contains(text, "9f8e7d") || strings.Contains(c.path, id) && !strings.Contains(text, c.path) {
			t.Errorf("%s: the log: %s", name, text)
		}
	}
}
