// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// fingerprint identifies a registration in the journal without holding its metadata. Where Terraform runs is part of it: two
// working directories or workspaces that register the same document must never share a client.
func fingerprint(asked metadata.Document) string {
	document, err := jsonvalue.Encode(asked)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	for _, part := range append(workspace(), string(document)) {
		_, _ = io.WriteString(sum, part+"\x00")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// workspace says where Terraform runs, as far as a provider can know: it shares the working directory and the environment, and
// the selected workspace and the backend are in files of the data directory. One directory may be applied to several states, each by
// a backend configuration of its own.
func workspace() []string {
	dir, _ := os.Getwd()
	data := os.Getenv("TF_DATA_DIR")
	if data == "" {
		data = ".terraform"
	}
	selected, _ := os.ReadFile(filepath.Join(data, "environment")) // #nosec G304 G703 -- Terraform's own file
	return []string{dir, os.Getenv("TF_WORKSPACE"), strings.TrimSpace(string(selected)), backend(data)}
}

// backend is the backend's configuration as `terraform init` recorded it, or "" for none.
func backend(data string) string {
	content, _ := os.ReadFile(filepath.Join(data, "terraform.tfstate")) // #nosec G304 G703 -- Terraform's own file
	var initialized struct {
		Backend any `json:"backend"`
	}
	if jsonvalue.Into(content, &initialized) != nil || initialized.Backend == nil {
		return ""
	}
	text, err := jsonvalue.Text(initialized.Backend)
	if err != nil {
		return ""
	}
	return text
}
