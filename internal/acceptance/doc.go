// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package acceptance holds the tests that need the CLI and the provider's executable as processes of their own: what kills and
// interrupts leave behind, what credentials show up in output and files, and plans beside applies. What can be shown at
// the plugin protocol is shown beside the provider, without them.
package acceptance
