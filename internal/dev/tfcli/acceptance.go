// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import "os"

// AcceptanceEnv is env with what terraform-plugin-testing needs to run acceptance tests with a CLI and with nothing of the
// user's: the variables that would change what the CLI or the provider does are left out, and the CLI's configuration is an
// empty file of our own, for one that does not exist makes the CLI warn. cleanup removes that file.
func AcceptanceEnv(env []string, cli CLI) (_ []string, cleanup func() error, err error) {
	config, err := os.CreateTemp("", "oidc-cli-*.tfrc")
	if err != nil {
		return nil, nil, err
	}
	if err := config.Close(); err != nil {
		return nil, nil, err
	}
	env = append(cleanEnv(env),
		"TF_ACC=1",
		PathVariable+"="+cli.Path,
		"TF_CLI_CONFIG_FILE="+config.Name(),
		"CHECKPOINT_DISABLE=1",
	)
	if cli.Product == OpenTofu {
		// The test library configures Terraform's registry host by default, OpenTofu looks under its own.
		env = append(env, hostVariable+"="+cli.Product.RegistryHost())
	}
	return env, func() error { return os.Remove(config.Name()) }, nil
}
