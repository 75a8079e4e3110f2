// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Choose returns the CLIs that a word stands for: "" the one that Find finds; "terraform" the one on PATH; "tofu" the one on
// PATH, else the one that is built; "all" both; any other word is the path of an executable. Terraform cannot be built from
// the Go module proxy: where it is not on PATH, "terraform" is an error, and "all" says on stderr that it runs without it.
func Choose(ctx context.Context, word string) ([]CLI, error) { return newFinder().choose(ctx, word) }

func (f finder) choose(ctx context.Context, word string) ([]CLI, error) {
	switch word {
	case "":
		return one(f.find(ctx))
	case "terraform":
		cli, ok, err := f.onPath(ctx, "terraform")
		if err == nil && !ok {
			err = errors.New("there is no terraform on PATH, and it cannot be built from the Go module proxy: install it, or give its path")
		}
		return one(cli, err)
	case "tofu":
		cli, ok, err := f.onPath(ctx, "tofu")
		if err == nil && !ok {
			cli, err = f.built(ctx)
		}
		return one(cli, err)
	case "all":
		return f.all(ctx)
	default:
		path, err := filepath.Abs(word)
		if err != nil {
			return nil, err
		}
		if err := checkExecutable(path); err != nil {
			return nil, fmt.Errorf("%q is none of all, terraform and tofu, nor the path of a CLI: %w", word, err)
		}
		return one(identify(ctx, path, "given"))
	}
}

func (f finder) all(ctx context.Context) ([]CLI, error) {
	var clis []CLI
	cli, ok, err := f.onPath(ctx, "terraform")
	switch {
	case err != nil:
		return nil, err
	case ok:
		clis = append(clis, cli)
	default:
		_, _ = fmt.Fprintln(f.progress, "There is no terraform on PATH: running without it")
	}
	tofu, err := f.choose(ctx, "tofu")
	return append(clis, tofu...), err
}

func one(cli CLI, err error) ([]CLI, error) {
	if err != nil {
		return nil, err
	}
	return []CLI{cli}, nil
}
