// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

// The newest release of Keycloak's 26th major version, and the SHA-256 of its distribution.
const (
	keycloakVersion = "26.7.3"
	keycloakSHA256  = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47"
)

// A keycloak is a realm of its own at one Keycloak that all configurations share: its start takes half a minute. Its database is a
// file, as its users' outlive it, so that it can be killed and started again; that is done by one configuration, when no other is in use.
type keycloak struct {
	name, title string
	restarts    bool
	// prepare configures the new realm and fills in the instance.
	prepare func(ctx context.Context, r *realm, i *Instance) error
}

var _ Server = (*keycloak)(nil)

func (s *keycloak) Name() string    { return s.name }
func (s *keycloak) Title() string   { return s.title }
func (s *keycloak) Version() string { return keycloakVersion }

func keycloaks() []Server {
	return []Server{
		&keycloak{name: "keycloak", title: "Keycloak, initial access token", restarts: true, prepare: withInitialAccessToken},
		&keycloak{name: "keycloak-anonymous", title: "Keycloak, anonymous registration", prepare: func(ctx context.Context, r *realm, _ *Instance) error {
			return r.trustHosts(ctx, "127.0.0.1", "app.example.com")
		}},
		&keycloak{name: "keycloak-no-rotation", title: "Keycloak, token rotation off by client policy", prepare: func(ctx context.Context, r *realm, i *Instance) error {
			return errors.Join(r.stopRotation(ctx), withInitialAccessToken(ctx, r, i))
		}},
	}
}

func withInitialAccessToken(ctx context.Context, r *realm, i *Instance) error {
	token, err := r.initialAccessToken(ctx)
	i.Authorization, i.ProviderConfig = "Bearer "+token, fmt.Sprintf("initial_access_token = %q", token)
	return err
}

func (s *keycloak) Install(ctx context.Context) error {
	_, err := installKeycloak(ctx)
	return err
}

func (s *keycloak) Start(ctx context.Context, _ string) (*Instance, error) {
	p, err := sharedKeycloak(ctx)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.name, err)
	}
	p.enter()
	r := &realm{server: p, name: "interop-" + strings.ToLower(rand.Text()[:8])}
	if err := r.create(ctx); err != nil {
		p.leave()
		return nil, fmt.Errorf("making a realm for %s: %w", s.name, err)
	}
	issuer := p.base + "/realms/" + r.name
	var once sync.Once
	i := &Instance{
		Issuer: issuer, MetadataURL: issuer + "/.well-known/openid-configuration",
		RegistrationEndpoint: issuer + "/clients-registrations/openid-connect",
		TokenEndpoint:        issuer + "/protocol/openid-connect/token", AuthorizationEndpoint: issuer + "/protocol/openid-connect/auth",
		Redirect:  "https://app.example.com",
		Unmanaged: Member{"backchannel_logout_uri", "https://app.example.com/behind"},
		LogFile:   logFile(p.dir), Hesitated: p.hesitated,
		Can: everything,
		// All that its own class does not name.
		Refused: []string{"client_name#ja", "x_unknown"},
		Change:  r.change, Exists: r.exists, DeleteBehind: r.remove, Enable: r.enable, NewToken: r.newToken, Clients: r.clients, NewSecret: r.newSecret,
		Stop: func() {
			once.Do(func() {
				defer p.leave()
				if p.isDown() { // by this instance: no other one is in use
					_, _ = p.restart(context.WithoutCancel(ctx))
				}
				_ = r.delete(context.WithoutCancel(ctx))
			})
		},
	}
	if s.restarts {
		i.crashes(p.kill, p.restart)
	}
	if err := s.prepare(ctx, r, i); err != nil {
		i.Stop()
		return nil, fmt.Errorf("preparing the realm for %s: %w", s.name, err)
	}
	return i, nil
}

// installKeycloak unpacks the distribution that Maven fetches.
func installKeycloak(ctx context.Context) (home string, err error) {
	if _, err := need("keycloak", "mvn"); err != nil {
		return "", err
	}
	if err := needJava(ctx, "keycloak", 17); err != nil {
		return "", err
	}
	tar, err := need("keycloak", "tar")
	if err != nil {
		return "", err
	}
	distribution := artifact{"org.keycloak:keycloak-quarkus-dist:" + keycloakVersion + ":tar.gz", keycloakSHA256}
	dir, err := installOnce(ctx, "keycloak", []byte(keycloakVersion+keycloakSHA256), func(ctx context.Context, dir string) error {
		if err := fetch(ctx, "keycloak", dir, distribution); err != nil {
			return err
		}
		archive := filepath.Join(dir, distribution.file())
		if _, err := run(ctx, dir, tar, "-xzf", archive); err != nil {
			return fmt.Errorf("unpacking Keycloak: %w", err)
		}
		return os.Remove(archive)
	})
	return filepath.Join(dir, "keycloak-"+keycloakVersion), err
}

var (
	keycloakMu     sync.Mutex
	keycloakShared *keycloakServer
)

// sharedKeycloak starts the server at the first call. StopShared stops it.
func sharedKeycloak(ctx context.Context) (*keycloakServer, error) {
	keycloakMu.Lock()
	defer keycloakMu.Unlock()
	if keycloakShared != nil {
		return keycloakShared, nil
	}
	home, err := installKeycloak(ctx)
	if err != nil {
		return nil, err
	}
	// The first start of all compiles the server into its own folder: one at a time.
	lock := flock.New(home + ".start.lock")
	if _, err := lock.TryLockContext(ctx, pollEvery); err != nil {
		return nil, fmt.Errorf("waiting for another start: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	dir, err := os.MkdirTemp("", "interop-keycloak-")
	if err != nil {
		return nil, err
	}
	remove := func() { _ = os.RemoveAll(dir) }
	var s *keycloakServer
	first, err := twice(ctx, dir, func(ctx context.Context, dir string) (*Instance, error) {
		var err error
		s, err = startKeycloak(ctx, home, dir)
		return &Instance{}, err
	})
	if err != nil {
		remove()
		return nil, err
	}
	s.hesitated = first.Hesitated
	keycloakShared = s
	onStopShared(func() {
		s.stop()
		remove()
		keycloakMu.Lock()
		defer keycloakMu.Unlock()
		keycloakShared = nil
	})
	return s, nil
}
