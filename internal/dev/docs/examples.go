// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tfcli"
)

// required is what an example that is printed in the docs leaves to its reader.
var required = fmt.Sprintf("terraform {\n  required_providers {\n    oidc = {\n      source = %q\n    }\n  }\n}\n", tfcli.Source)

// validateExamples runs `validate` on each folder of examples: what the docs print must be accepted by the provider.
func validateExamples(ctx context.Context, cli tfcli.CLI, provider tfcli.Provider, examples string) (err error) {
	folders, err := exampleFolders(os.DirFS(examples))
	if err != nil {
		return err
	}
	sandbox, err := tfcli.NewSandbox(cli, provider)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sandbox.Close()) }()
	if err := sandbox.CopyDir(examples, "."); err != nil {
		return err
	}
	for folder, complete := range folders {
		if !complete {
			if err := sandbox.Write(path.Join(folder, "required.tf"), required); err != nil {
				return err
			}
		}
		for _, args := range [][]string{{"init", "-backend=false", "-no-color"}, {"validate", "-no-color"}} {
			if _, err := sandbox.Run(ctx, append([]string{"-chdir=" + filepath.FromSlash(folder)}, args...)...); err != nil {
				return fmt.Errorf("examples/%s: %w", folder, err)
			}
		}
	}
	return nil
}

// exampleFolders finds the folders with configurations, and whether each says itself which provider it requires.
func exampleFolders(examples fs.FS) (map[string]bool, error) {
	folders := map[string]bool{}
	files, err := fs.Glob(examples, "*/*.tf")
	deeper, err2 := fs.Glob(examples, "*/*/*.tf")
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	for _, file := range slices.Concat(files, deeper) {
		content, err := fs.ReadFile(examples, file)
		if err != nil {
			return nil, err
		}
		folder := path.Dir(file)
		folders[folder] = folders[folder] || strings.Contains(string(content), "required_providers")
	}
	return folders, nil
}
