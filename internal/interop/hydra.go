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
	"os"
	"path/filepath"
	"strconv"
)

// hydraVersion is the newest release that the Go module proxy has.
const hydraVersion = "2.3.0"

// A hydra is Ory Hydra with its clients in a file of SQLite, built from its module. A read shows neither token nor secret nor address
// there, and each update replaces the token.
type hydra struct{}

var _ Server = hydra{}

func (hydra) Name() string    { return "hydra" }
func (hydra) Title() string   { return "Ory Hydra" }
func (hydra) Version() string { return hydraVersion }

func (s hydra) Install(ctx context.Context) error {
	_, err := s.install(ctx)
	return err
}

// install builds the server. A folder with a go.mod would be no part of this package, so that its two files have other names here.
func (s hydra) install(ctx context.Context) (string, error) {
	compiler, err := need(s.Name(), "go")
	if err != nil {
		return "", err
	}
	if _, err := need(s.Name(), "gcc"); err != nil { // SQLite is C
		return "", err
	}
	return installLocked(ctx, s.Name(), "hydra", []string{"module.txt", "sums.txt"}, nil, func(ctx context.Context, dir string) error {
		if err := errors.Join(
			os.Rename(filepath.Join(dir, "module.txt"), filepath.Join(dir, "go.mod")), os.Rename(filepath.Join(dir, "sums.txt"), filepath.Join(dir, "go.sum")),
		); err != nil {
			return fmt.Errorf("naming the lock files of %s: %w", s.Name(), err)
		}
		// Without C there would be a server, and no database for it.
		if _, err := run(ctx, dir, "env", "CGO_ENABLED=1", "GOWORK=off", compiler, "build", "-tags", "sqlite", "-o", "hydra", "github.com/ory/hydra/v2"); err != nil {
			return &UnavailableError{Server: s.Name(), Reason: "go could not build it", Err: err}
		}
		return nil
	})
}

func (s hydra) Start(ctx context.Context, dir string) (*Instance, error) {
	return twice(ctx, dir, s.startIn)
}

func (s hydra) startIn(ctx context.Context, dir string) (*Instance, error) {
	cache, err := s.install(ctx)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	adminPort, err := freePort()
	if err != nil {
		return nil, err
	}
	base := "http://127.0.0.1:" + strconv.Itoa(port)
	admin := hydraAdmin("http://127.0.0.1:" + strconv.Itoa(adminPort) + "/admin/clients")
	i := &Instance{
		Issuer: base + "/", MetadataURL: base + "/.well-known/openid-configuration",
		RegistrationEndpoint: base + "/oauth2/register", TokenEndpoint: base + "/oauth2/token", AuthorizationEndpoint: base + "/oauth2/auth",
		Redirect:  "https://app.example.com",
		Unmanaged: Member{"backchannel_logout_uri", "https://app.example.com/behind"},
		Can:       everything,
		Change:    admin.change, Exists: admin.exists, DeleteBehind: admin.remove, NewSecret: admin.newSecret, Clients: admin.clients,
	}
	const offered = "OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED"
	p := &program{
		dir: dir, ready: i.MetadataURL,
		// A database that exists is left as it is.
		command: command{program: "sh", args: []string{
			"-c", `"$0" migrate sql up -e --yes >migrate.log 2>&1 || { cat migrate.log; exit 1; }; exec "$0" serve all --dev`, filepath.Join(cache, "hydra"),
		}},
		env: map[string]string{
			"DSN":               "sqlite://" + filepath.Join(dir, "hydra.sqlite") + "?_fk=true&max_conns=1",
			"SERVE_PUBLIC_HOST": "127.0.0.1", "SERVE_PUBLIC_PORT": strconv.Itoa(port), "SERVE_ADMIN_HOST": "127.0.0.1", "SERVE_ADMIN_PORT": strconv.Itoa(adminPort),
			"URLS_SELF_ISSUER": i.Issuer, "WEBFINGER_OIDC_DISCOVERY_CLIENT_REGISTRATION_URL": i.RegistrationEndpoint, "URLS_LOGIN": base + "/login", "URLS_CONSENT": base + "/consent",
			offered: "true", "SECRETS_SYSTEM": rand.Text(), "SQA_OPT_OUT": "true", "LOG_LEVEL": "warn",
		},
	}
	p.fill(i, true)
	i.SwitchRegistration = func(ctx context.Context, on bool) error {
		p.env[offered] = strconv.FormatBool(on)
		return i.Restart(ctx)
	}
	if err := p.start(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("starting %s: %w", s.Name(), err)
	}
	return i, nil
}

// A hydraAdmin is the administration API's address of all clients.
type hydraAdmin string

func (a hydraAdmin) call(ctx context.Context, method, id string, body any) (found bool, said []byte, err error) {
	resp, said, err := administer(ctx, method, string(a)+id, nil, body)
	return err == nil && resp.StatusCode != http.StatusNotFound, said, err
}

// client makes a call that is about one client, which must exist.
func (a hydraAdmin) client(ctx context.Context, method string, h Handle, body any) error {
	found, _, err := a.call(ctx, method, "/"+url.PathEscape(h.ClientID), body)
	if err == nil && !found {
		err = errors.New("the administration API has no such client")
	}
	return err
}

func (a hydraAdmin) exists(ctx context.Context, h Handle) (bool, error) {
	found, _, err := a.call(ctx, http.MethodGet, "/"+url.PathEscape(h.ClientID), nil)
	return found, err
}

// change sets a member by a JSON Patch (RFC 6902), for which each member is there. A text is removed by being empty.
func (a hydraAdmin) change(ctx context.Context, h Handle, name string, value any) error {
	if value == nil {
		value = ""
	}
	return a.client(ctx, http.MethodPatch, h, []any{map[string]any{"op": "replace", "path": "/" + name, "value": value}})
}

func (a hydraAdmin) newSecret(ctx context.Context, h Handle) (string, error) {
	secret := rand.Text()
	return secret, a.change(ctx, h, "client_secret", secret)
}

func (a hydraAdmin) remove(ctx context.Context, h Handle) error {
	return a.client(ctx, http.MethodDelete, h, nil)
}

func (a hydraAdmin) clients(ctx context.Context) (all []string, err error) {
	_, said, err := a.call(ctx, http.MethodGet, "?page_size=500", nil)
	if err != nil {
		return nil, err
	}
	var found []struct {
		ID string `json:"client_id"`
	}
	err = json.Unmarshal(said, &found)
	for _, c := range found {
		all = append(all, c.ID)
	}
	return all, err
}
