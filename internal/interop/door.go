// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// An adminDoor is the tests' door to a server's stored clients, beside the routes of the server itself. servers/admin.mjs
// tells what it answers; the programs in other languages have the same.
type adminDoor struct {
	base, key string
	getOnly   bool // each request is a GET that names its method in a header, for a page that takes no other
}

func (d *adminDoor) call(ctx context.Context, method, id string, body any) (int, error) {
	status, _, err := d.exchange(ctx, method, id, body)
	return status, err
}

func (d *adminDoor) exchange(ctx context.Context, method, id string, body any) (int, []byte, error) {
	sent := method
	if d.getOnly {
		sent = http.MethodGet
	}
	resp, said, err := administer(ctx, sent, d.base+"/-/clients/"+url.PathEscape(id), map[string]string{"X-Interop-Key": d.key, "X-Interop-Method": method}, body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s of client %q: %w", method, id, err)
	}
	return resp.StatusCode, said, nil
}

func (d *adminDoor) change(ctx context.Context, h Handle, name string, value any) error {
	return d.found(d.call(ctx, http.MethodPatch, h.ClientID, map[string]any{name: value}))
}

func (d *adminDoor) remove(ctx context.Context, h Handle) error {
	return d.found(d.call(ctx, http.MethodDelete, h.ClientID, nil))
}

func (d *adminDoor) exists(ctx context.Context, h Handle) (bool, error) {
	status, err := d.call(ctx, http.MethodGet, h.ClientID, nil)
	return status == http.StatusOK, err
}

// newToken issues a registration access token beside those that the client has.
func (d *adminDoor) newToken(ctx context.Context, h Handle) (string, error) {
	status, said, err := d.exchange(ctx, http.MethodPost, h.ClientID, nil)
	if err := d.found(status, err); err != nil {
		return "", err
	}
	var issued struct {
		Token string `json:"registration_access_token"`
	}
	if err := json.Unmarshal(said, &issued); err != nil || issued.Token == "" {
		return "", errors.Join(errors.New("the server's door issued no token"), err)
	}
	return issued.Token, nil
}

// newSecret gives the client another secret in place of the one that it has.
func (d *adminDoor) newSecret(ctx context.Context, h Handle) (string, error) {
	secret := rand.Text() + rand.Text()
	return secret, d.change(ctx, h, "client_secret", secret)
}

// clients are the identifiers of all clients that the server has.
func (d *adminDoor) clients(ctx context.Context) ([]string, error) {
	status, said, err := d.exchange(ctx, http.MethodGet, "", nil)
	if err := d.found(status, err); err != nil {
		return nil, err
	}
	var all []string
	return all, json.Unmarshal(said, &all)
}

func (d *adminDoor) found(status int, err error) error {
	if err == nil && status == http.StatusNotFound {
		err = errors.New("the server's store has no such client")
	}
	return err
}
