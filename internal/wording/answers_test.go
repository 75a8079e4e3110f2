// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// An answer that came twice is told once, and each other one is told.
func TestEqualAnswersAreToldOnce(t *testing.T) {
	t.Parallel()
	answer := func(operation dcr.Operation, status int, id string) error {
		return &dcr.Error{Operation: operation, Endpoint: exampleEndpoint, Status: status, Code: "invalid_token", Description: "no such token", RequestID: id}
	}
	put := answer(dcr.Update, 401, "1")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"one":                     {put, 1},
		"the same twice":          {errors.Join(put, answer(dcr.Update, 401, "2")), 1},
		"the same, deeper":        {errors.Join(put, fmt.Errorf("asked again: %w", errors.Join(put, put))), 1},
		"another status":          {errors.Join(put, answer(dcr.Update, 403, "1")), 2},
		"another operation":       {errors.Join(put, answer(dcr.Read, 401, "1"), put), 2},
		"another one in between":  {errors.Join(put, answer(dcr.Delete, 404, "1"), answer(dcr.Update, 401, "3"), answer(dcr.Read, 404, "4")), 3},
		"no answer, and the same": {errors.Join(put, &dcr.Error{Operation: dcr.Update, Endpoint: exampleEndpoint, Err: errors.New("no connection")}, put), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := Of(outcome.Problem{Kind: outcome.NotUpdated, ClientID: exampleClient, Err: c.err}).Said
			if got := strings.Count(said, exampleEndpoint); got != c.want {
				t.Errorf("%d answers are told, not %d:\n%s", got, c.want, said)
			}
		})
	}
}

// What a server said is told with the method of each operation, the search among a server's clients too.
func TestEachOperationIsToldWithItsMethod(t *testing.T) {
	t.Parallel()
	for operation, method := range map[dcr.Operation]string{dcr.Register: "POST", dcr.Read: "GET", dcr.Update: "PUT", dcr.Delete: "DELETE", dcr.List: "GET"} {
		err := &dcr.Error{Operation: operation, Endpoint: exampleEndpoint + "?client_name=secret", Status: 500}
		said := Of(outcome.Problem{Kind: outcome.NotSearched, Err: err}).Said
		if want := "Server said:\n  " + method + " " + exampleEndpoint + ": 500 Internal Server Error"; said != want {
			t.Errorf("%s: %q is told", operation, said)
		}
	}
}
