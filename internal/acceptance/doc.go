// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package acceptance holds all tests of the provider that need the CLI: what it accepts and prints, what kills and interrupts leave
// behind, what credentials show up in output and files, and plans beside applies. What can be shown at the plugin protocol is
// shown beside the provider, without a CLI and in a hundredth of the time.
package acceptance
