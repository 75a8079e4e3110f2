// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// A nodeServer is a configuration of a server that npm installs and Node runs: servers/<folder>/server.mjs.
type nodeServer struct {
	name, title, version string
	folder               string
	env                  map[string]string
	tls                  bool // served over TLS, by a certificate of the tests' authority
	reissues             bool // its door issues registration access tokens
	// describe fills in the instance of a server that listens at base, before it is waited for.
	describe func(base string, i *Instance)
	// ready completes the instance once the server answers, where that is needed.
	ready func(ctx context.Context, i *Instance) error
}

var _ Server = (*nodeServer)(nil)

func (s *nodeServer) Name() string    { return s.name }
func (s *nodeServer) Title() string   { return s.title }
func (s *nodeServer) Version() string { return s.version }

func (s *nodeServer) Install(ctx context.Context) error {
	_, err := s.install(ctx)
	return err
}

// install returns the folder whose node_modules holds the server.
func (s *nodeServer) install(ctx context.Context) (string, error) {
	npm, err := need(s.name, "npm")
	if err != nil {
		return "", err
	}
	pins, err := files.ReadFile(path.Join("servers", s.folder, "package-lock.json"))
	if err != nil {
		return "", fmt.Errorf("reading the lock file of %s: %w", s.name, err)
	}
	return installOnce(ctx, s.folder, pins, func(ctx context.Context, dir string) error {
		if err := copyEmbedded(s.folder, dir); err != nil {
			return fmt.Errorf("copying the lock file of %s: %w", s.name, err)
		}
		// No package of these needs to be built, so that no foreign script is run.
		if _, err := run(ctx, dir, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"); err != nil {
			return &UnavailableError{Server: s.name, Reason: "npm could not install it", Err: err}
		}
		return nil
	})
}

func (s *nodeServer) Start(ctx context.Context, dir string) (*Instance, error) {
	node, err := need(s.name, "node")
	if err != nil {
		return nil, err
	}
	cache, err := s.install(ctx)
	if err != nil {
		return nil, err
	}
	// The program is the repository's, the packages are the cache's: Node looks for them beside the program.
	if err := errors.Join(
		copyEmbedded(s.folder, dir),
		copyEmbedded("admin.mjs", dir),
		os.Symlink(filepath.Join(cache, "node_modules"), filepath.Join(dir, "node_modules")),
	); err != nil {
		return nil, fmt.Errorf("preparing %s: %w", s.name, err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	door := &adminDoor{base: "http://127.0.0.1:" + strconv.Itoa(port), key: rand.Text()}
	env := map[string]string{"PORT": strconv.Itoa(port), "ADMIN_KEY": door.key}
	for name, v := range s.env {
		env[name] = v
	}
	if s.tls {
		authority, err := testAuthority()
		if err != nil {
			return nil, err
		}
		if env["TLS_CERT"], env["TLS_KEY"], err = authority.issue(); err != nil {
			return nil, err
		}
		door.base = "https" + strings.TrimPrefix(door.base, "http")
	}
	i := &Instance{Change: door.change, Exists: door.exists, DeleteBehind: door.remove, Declared: map[Step]string{}}
	if s.reissues {
		i.NewToken = door.newToken
	}
	s.describe(door.base, i)
	p, err := startProcess(dir, environment(env), node, "server.mjs")
	if err != nil {
		return nil, err
	}
	i.LogFile, i.Stop = p.log, p.stop
	err = p.await(ctx, i.MetadataURL)
	if err == nil && s.ready != nil {
		err = s.ready(ctx, i)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("starting %s: %w", s.name, err)
	}
	return i, nil
}

// An adminDoor is the tests' door to a server's stored clients: servers/admin.mjs.
type adminDoor struct{ base, key string }

func (d *adminDoor) call(ctx context.Context, method, id string, body any) (int, error) {
	status, _, err := d.exchange(ctx, method, id, body)
	return status, err
}

func (d *adminDoor) exchange(ctx context.Context, method, id string, body any) (int, []byte, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.base+"/-/clients/"+url.PathEscape(id), content)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-Interop-Key", d.key)
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusNotFound:
		return resp.StatusCode, said, nil
	default:
		return 0, nil, fmt.Errorf("%s of client %q at the server's store: %s: %s", method, id, resp.Status, said)
	}
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

func (d *adminDoor) found(status int, err error) error {
	if err == nil && status == http.StatusNotFound {
		err = errors.New("the server's store has no such client")
	}
	return err
}
