// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

// glewlwydVersion is the release that Debian 12 has. Debian's own revision of it may rise (security fixes).
const glewlwydVersion = "2.7.5"

// A glewlwyd is Glewlwyd with its OpenID Connect plugin and open registration, unpacked from Debian's packages
// without installing them: no root, no service, nothing outside the cache folder.
type glewlwyd struct{}

var _ Server = glewlwyd{}

func (glewlwyd) Name() string    { return "glewlwyd" }
func (glewlwyd) Title() string   { return "Glewlwyd" }
func (glewlwyd) Version() string { return glewlwydVersion }

func (s glewlwyd) Install(ctx context.Context) error {
	_, err := s.install(ctx)
	return err
}

// packages that Debian's dependencies name and that the server runs without: web assets, and the set-up of a
// system-wide database.
var unneeded = regexp.MustCompile(`^(fonts-|libjs-|dbconfig-|default-mysql|mariadb-client|mysql-common|mariadb-common)|-perl$`)

// install unpacks the server and those of its dependencies that this machine lacks, and returns the folder. The
// package lists are fetched into the cache as well: the system's own may be missing or stale, and only root may
// update them.
func (s glewlwyd) install(ctx context.Context) (string, error) {
	apt, err := need(s.Name(), "apt-get")
	if err != nil {
		return "", err
	}
	dpkg, err := need(s.Name(), "dpkg")
	if err != nil {
		return "", err
	}
	return installOnce(ctx, s.Name(), []byte("unpacked "+glewlwydVersion), func(ctx context.Context, dir string) error {
		debs, lists := filepath.Join(dir, "debs"), filepath.Join(dir, "lists")
		for _, d := range []string{debs, filepath.Join(lists, "partial"), filepath.Join(dir, "apt", "archives", "partial")} {
			if err := os.MkdirAll(d, 0o755); err != nil {
				return fmt.Errorf("making a folder to install into: %w", err)
			}
		}
		own := []string{"-q", "-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache=" + filepath.Join(dir, "apt"), "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"}
		if _, err := run(ctx, debs, apt, append(own, "update")...); err != nil {
			return &UnavailableError{Server: s.Name(), Reason: "the package lists could not be fetched", Err: err}
		}
		plan, err := run(ctx, debs, apt, append(own, "install", "--simulate", "--no-install-recommends", "--reinstall", "glewlwyd", "sqlite3")...)
		if err != nil {
			return &UnavailableError{Server: s.Name(), Reason: "this distribution has no such package", Err: err}
		}
		names, version := planned(plan)
		if !strings.HasPrefix(version, glewlwydVersion+"-") {
			return &UnavailableError{Server: s.Name(), Reason: fmt.Sprintf("this distribution has glewlwyd %q, not %s", version, glewlwydVersion)}
		}
		if _, err := run(ctx, debs, apt, append(append(own, "download"), names...)...); err != nil {
			return &UnavailableError{Server: s.Name(), Reason: "the packages could not be fetched", Err: err}
		}
		archives, err := filepath.Glob(filepath.Join(debs, "*.deb"))
		if err != nil {
			return err
		}
		for _, archive := range archives {
			if _, err := run(ctx, debs, dpkg, "-x", archive, filepath.Join(dir, "root")); err != nil {
				return fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
			}
		}
		// Fetched lists are of no use once the packages are here, and are the larger part.
		return errors.Join(os.RemoveAll(lists), os.RemoveAll(debs), os.RemoveAll(filepath.Join(dir, "apt")))
	})
}

// planned reads apt-get's simulation ("Inst name (version …" or "Inst name [old] (version …"): the packages to
// unpack, and the version of the server itself.
func planned(simulation []byte) (names []string, version string) {
	for line := range strings.SplitSeq(string(simulation), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "Inst" || unneeded.MatchString(fields[1]) {
			continue
		}
		names = append(names, fields[1])
		if _, rest, ok := strings.Cut(line, "("); ok && fields[1] == "glewlwyd" {
			version, _, _ = strings.Cut(rest, " ")
		}
	}
	return names, version
}

func (s glewlwyd) Start(ctx context.Context, dir string) (*Instance, error) {
	return twice(ctx, dir, s.startIn)
}

func (s glewlwyd) startIn(ctx context.Context, dir string) (*Instance, error) {
	cache, err := s.install(ctx)
	if err != nil {
		return nil, err
	}
	root := filepath.Join(cache, "root")
	libraries, err := filepath.Glob(filepath.Join(root, "usr", "lib", "*-linux-gnu*"))
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	env := map[string]string{"LD_LIBRARY_PATH": strings.Join(libraries, ":")}
	if err := errors.Join(
		s.database(ctx, root, dir, env),
		s.configure(dir, map[string]any{"Port": port, "Root": root, "Dir": dir}),
	); err != nil {
		return nil, fmt.Errorf("preparing %s: %w", s.Name(), err)
	}
	base := "http://127.0.0.1:" + strconv.Itoa(port) + "/api"
	issuer := base + "/oidc"
	admin := &glewlwydAdmin{base: base}
	i := &Instance{
		Issuer: issuer, MetadataURL: issuer + "/.well-known/openid-configuration",
		RegistrationEndpoint: issuer + "/register", TokenEndpoint: issuer + "/token", AuthorizationEndpoint: issuer + "/auth",
		Redirect:  "https://app.example.com",
		Unmanaged: Member{"backchannel_logout_uri", "https://app.example.com/behind"},
		Clients:   admin.clients,
		Change:    admin.change, Exists: admin.exists, DeleteBehind: admin.remove,
		Can: everything,
	}
	p := &program{
		dir: dir, env: env, ready: "http://127.0.0.1:" + strconv.Itoa(port) + "/config",
		command: command{program: filepath.Join(root, "usr", "bin", "glewlwyd"), args: []string{"--config-file", "glewlwyd.conf"}},
	}
	p.fill(i, true)
	err = p.start(ctx)
	if err == nil {
		err = errors.Join(admin.login(ctx), admin.plugin(ctx, issuer))
	}
	if err == nil {
		p.ready = i.MetadataURL // which the plugin serves, once it is configured
		err = p.process.await(ctx, p.ready)
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("starting %s: %w", s.Name(), err)
	}
	return i, nil
}

// database makes the SQLite database by the package's own script, with its administrator.
func (s glewlwyd) database(ctx context.Context, root, dir string, env map[string]string) error {
	sqlite, err := exec.LookPath("sqlite3")
	if err != nil {
		sqlite = filepath.Join(root, "usr", "bin", "sqlite3")
	}
	script, err := os.Open(filepath.Join(root, "usr", "share", "dbconfig-common", "data", "glewlwyd", "install", "sqlite3"))
	if err != nil {
		return err
	}
	defer func() { _ = script.Close() }()
	cmd := exec.CommandContext(ctx, sqlite, filepath.Join(dir, "glewlwyd.db"))
	cmd.Env, cmd.Stdin = environment(env), script
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making the database: %w: %s", err, said)
	}
	return nil
}

func (glewlwyd) configure(dir string, values map[string]any) error {
	text, err := files.ReadFile("servers/glewlwyd/glewlwyd.conf.tmpl")
	if err != nil {
		return err
	}
	t, err := template.New("glewlwyd.conf").Parse(string(text))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, values); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "glewlwyd.conf"), out.Bytes(), 0o600)
}

// A glewlwydAdmin is a session at the administration API.
type glewlwydAdmin struct{ base, cookie string }

func (a *glewlwydAdmin) call(ctx context.Context, method, path string, body any) (*http.Response, map[string]any, error) {
	resp, said, err := a.exchange(ctx, method, path, body)
	if err != nil {
		return nil, nil, err
	}
	var object map[string]any
	if len(said) > 0 && json.Unmarshal(said, &object) != nil {
		object = nil
	}
	return resp, object, nil
}

func (a *glewlwydAdmin) exchange(ctx context.Context, method, path string, body any) (*http.Response, []byte, error) {
	header := map[string]string{}
	if a.cookie != "" {
		header["Cookie"] = a.cookie
	}
	return administer(ctx, method, a.base+path, header, body)
}

// login signs in as the administrator that the package's database script makes.
func (a *glewlwydAdmin) login(ctx context.Context) error {
	resp, _, err := a.call(ctx, http.MethodPost, "/auth/", map[string]string{"username": "admin", "password": "password"})
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	for _, c := range resp.Cookies() {
		a.cookie = c.Name + "=" + c.Value
	}
	return nil
}

// plugin makes the instance of the OpenID Connect plugin, with a key of its own.
func (a *glewlwydAdmin) plugin(ctx context.Context, issuer string) error {
	text, err := files.ReadFile("servers/glewlwyd/plugin.json")
	if err != nil {
		return err
	}
	var plugin struct {
		Module      string         `json:"module"`
		Name        string         `json:"name"`
		DisplayName string         `json:"display_name"`
		Parameters  map[string]any `json:"parameters"`
	}
	if err := json.Unmarshal(text, &plugin); err != nil {
		return fmt.Errorf("reading the plugin's configuration: %w", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	plugin.Parameters["iss"] = issuer
	plugin.Parameters["key"], plugin.Parameters["cert"] = encodePEM("PRIVATE KEY", private), encodePEM("PUBLIC KEY", public)
	if _, _, err := a.call(ctx, http.MethodPost, "/mod/plugin/", plugin); err != nil {
		return fmt.Errorf("making the OpenID Connect plugin: %w", err)
	}
	return nil
}

func (a *glewlwydAdmin) client(ctx context.Context, h Handle) (map[string]any, error) {
	resp, object, err := a.call(ctx, http.MethodGet, "/client/"+url.PathEscape(h.ClientID), nil)
	if err != nil || resp.StatusCode == http.StatusNotFound {
		return nil, err
	}
	return object, nil
}

// clients are the identifiers of all clients.
func (a *glewlwydAdmin) clients(ctx context.Context) ([]string, error) {
	_, said, err := a.exchange(ctx, http.MethodGet, "/client/?limit=1000", nil)
	if err != nil {
		return nil, err
	}
	var found []struct {
		ID      string `json:"client_id"`
		Enabled bool   `json:"enabled"` // a deregistration leaves the client disabled
	}
	err = json.Unmarshal(said, &found)
	var all []string
	for _, c := range found {
		if c.Enabled {
			all = append(all, c.ID)
		}
	}
	return all, err
}

// exists takes a disabled client for gone: that is what a deregistration makes of it here, and the client can
// neither authenticate nor be managed any more.
func (a *glewlwydAdmin) exists(ctx context.Context, h Handle) (bool, error) {
	object, err := a.client(ctx, h)
	return object["enabled"] == true, err
}

// change sets a member under the name that the administration API has for it.
func (a *glewlwydAdmin) change(ctx context.Context, h Handle, name string, value any) error {
	object, err := a.client(ctx, h)
	if err != nil {
		return err
	}
	if object == nil {
		return errors.New("the administration API has no such client")
	}
	if own, ok := map[string]string{"client_name": "name", "redirect_uris": "redirect_uri"}[name]; ok {
		name = own
	}
	if value == nil {
		delete(object, name)
	} else {
		object[name] = value
	}
	_, _, err = a.call(ctx, http.MethodPut, "/client/"+url.PathEscape(h.ClientID), object)
	return err
}

func (a *glewlwydAdmin) remove(ctx context.Context, h Handle) error {
	resp, _, err := a.call(ctx, http.MethodDelete, "/client/"+url.PathEscape(h.ClientID), nil)
	if err == nil && resp.StatusCode == http.StatusNotFound {
		err = errors.New("the administration API has no such client")
	}
	return err
}
