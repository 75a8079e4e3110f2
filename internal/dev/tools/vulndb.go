// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// indexdb writes the file tree that govulncheck reads. It comes from the module that holds the Go vulnerability database
// itself, so that one pinned version names both the data and the program that knows their form.
var indexdb = Tool{
	Name: "indexdb", Folder: "vulndb",
	Module: "golang.org/x/vulndb", Package: "golang.org/x/vulndb/cmd/indexdb",
	Takes: "a minute on two cores, once for each version of the database",
}

// VulnDB returns the folder with the Go vulnerability database at its pinned version, written first where the cache does
// not hold it. The database's own site is not asked: what is found depends on the commit alone, and no network but that of
// the Go module proxy is needed. A workflow moves the pin every day.
func VulnDB(ctx context.Context, progress io.Writer) (string, error) {
	return built(indexdb, progress, "the vulnerability database", func(b builder, cache string) (string, error) { return b.vulnDB(ctx, cache) })
}

func (b builder) vulnDB(ctx context.Context, cache string) (string, error) {
	version, err := b.version(ctx, indexdb)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "vulndb-"+version)
	// What has its name is complete, as for executables.
	if isFolder(dir) {
		return dir, nil
	}
	program, err := b.path(ctx, indexdb)
	if err != nil {
		return "", err
	}
	unlock, err := b.lock(ctx, dir)
	if err != nil {
		return "", err
	}
	defer unlock()
	if isFolder(dir) { // another process has written it meanwhile
		return dir, nil
	}
	data, err := b.moduleDir(ctx, indexdb.Module)
	if err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(cache, "vulndb-*.tmp")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp) // gone after the rename
	b.say("Writing the vulnerability database %s into %s", version, dir)
	if out, err := exec.CommandContext(ctx, program, "-vulns", filepath.Join(data, "data", "osv"), "-out", tmp).CombinedOutput(); err != nil {
		return "", fmt.Errorf("indexdb: %w\n%s", err, out)
	}
	return dir, os.Rename(tmp, dir)
}

// moduleDir is the folder of a module that the tools module requires, fetched and held against its go.sum where need be.
func (b builder) moduleDir(ctx context.Context, module string) (string, error) {
	env, err := buildEnv(ctx)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir, cmd.Env = b.source, env
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go mod download %s: %w\n%s", module, withStderr(err), out)
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", module, err)
	}
	return downloaded.Dir, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
