// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"errors"
	"path/filepath"
)

// python runs servers/<folder>/server.py, with the packages that pip installs from requirements.txt.
type python struct{}

var _ runtime = python{}

// install returns the folder whose packages the server imports. They are installed beside the interpreter's own, without
// an environment of their own: that would need a package that not every distribution's Python has.
func (python) install(ctx context.Context, s *appServer) (string, error) {
	python, err := need(s.name, "python3")
	if err != nil {
		return "", err
	}
	version, err := run(ctx, "", python, "-m", "pip", "--version") // with the interpreter's, which wheels are built for
	if err != nil {
		return "", &UnavailableError{Server: s.name, Reason: "python3 has no pip", Err: err}
	}
	return installLocked(ctx, s.name, s.folder, []string{"requirements.txt"}, version, func(ctx context.Context, dir string) error {
		// Wheels alone, so that no foreign script is run.
		if _, err := run(ctx, dir, python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:",
			"--require-hashes", "--target", "packages", "--requirement", "requirements.txt"); err != nil {
			return &UnavailableError{Server: s.name, Reason: "pip could not install it", Err: err}
		}
		return nil
	})
}

func (python) prepare(s *appServer, cache, dir string) (command, error) {
	program, err := need(s.name, "python3")
	return command{
		program: program, args: []string{"server.py"},
		env: map[string]string{"PYTHONPATH": filepath.Join(cache, "packages"), "PYTHONUNBUFFERED": "1"},
	}, errors.Join(err, copyProgram(dir, s.folder, "door.py"))
}
