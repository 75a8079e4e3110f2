// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// node runs servers/<folder>/server.mjs, with the packages that npm installs from package-lock.json.
type node struct{}

var _ runtime = node{}

// install returns the folder whose node_modules holds the server.
func (node) install(ctx context.Context, s *appServer) (string, error) {
	npm, err := need(s.name, "npm")
	if err != nil {
		return "", err
	}
	return installLocked(ctx, s.name, s.folder, []string{"package-lock.json"}, nil, func(ctx context.Context, dir string) error {
		// No package of these needs to be built, so that no foreign script is run.
		if _, err := run(ctx, dir, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"); err != nil {
			return &UnavailableError{Server: s.name, Reason: "npm could not install it", Err: err}
		}
		return nil
	})
}

// prepare puts the program beside the cache's packages: Node looks for them there.
func (node) prepare(s *appServer, cache, dir string) (command, error) {
	program, err := need(s.name, "node")
	return command{program: program, args: []string{"server.mjs"}}, errors.Join(err,
		copyProgram(dir, s.folder, "admin.mjs"),
		os.Symlink(filepath.Join(cache, "node_modules"), filepath.Join(dir, "node_modules")))
}
