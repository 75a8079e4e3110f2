// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// List asks a server that can search its clients for those that a query finds. The answer may be one client, an array of
// clients, or an object with one array of clients among its members; an answer without content is no client.
func (c *Client) List(ctx context.Context, query string, auth transport.Authorizer) ([]*Registration, error) {
	x := exchange{operation: List, method: http.MethodGet, url: query, auth: auth}
	answer, failed := c.ask(ctx, x)
	if failed != nil {
		return nil, failed
	}
	if answer.Status < 200 || answer.Status > 299 {
		return nil, x.refusal(answer, "")
	}
	if answer.Status == http.StatusNoContent {
		return nil, nil
	}
	documents, err := parseList(answer.Body)
	if err != nil {
		return nil, x.refusal(answer, err.Error())
	}
	var clients []*Registration
	for _, document := range documents {
		client := parseRegistration(document, c.now())
		if client.ClientID == "" {
			return nil, x.refusal(answer, "answered with a client that has no client_id")
		}
		clients = append(clients, client)
	}
	return clients, nil
}

var errNoList = errors.New("answered neither a client nor a list of clients")

// parseList takes the clients out of an answer, whatever the media type says.
func parseList(body []byte) ([]map[string]any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) > 0 && body[0] == '[' {
		v, err := jsonvalue.Decode(body)
		if err != nil {
			return nil, errNoList
		}
		documents, ok := objects(v)
		if !ok {
			return nil, errNoList
		}
		return documents, nil
	}
	document, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	if reportsError(document) {
		return nil, errors.New("reports an error in a successful answer")
	}
	if _, isClient := document["client_id"]; isClient {
		return []map[string]any{document}, nil
	}
	var found [][]map[string]any
	for _, member := range document {
		if documents, ok := objects(member); ok {
			found = append(found, documents)
		}
	}
	if len(found) != 1 {
		return nil, errNoList
	}
	return found[0], nil
}

// objects reports whether a value is an array of objects, and returns them.
func objects(v any) ([]map[string]any, bool) {
	array, ok := v.([]any)
	if !ok {
		return nil, false
	}
	out := make([]map[string]any, 0, len(array))
	for _, element := range array {
		document, ok := element.(map[string]any)
		if !ok {
			return nil, false
		}
		out = append(out, document)
	}
	return out, true
}
