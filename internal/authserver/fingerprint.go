// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Fingerprint identifies a registration in the journal without holding its metadata. Where Terraform runs is part of it: two
// working directories or workspaces that register the same document must never share a client. It is where the provider was configured: another
// workspace may be selected while an apply goes on, which stays with its own.
func (s *Server) Fingerprint(asked metadata.Document) string { return fingerprint(s.workspace, asked) }

func fingerprint(workspace []string, asked metadata.Document) string {
	document, err := jsonvalue.Encode(asked)
	if err != nil {
		return ""
	}
	sum := sha256.New()
	for _, part := range append(slices.Clone(workspace), string(document)) {
		_, _ = io.WriteString(sum, part+"\x00")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// workspace says where Terraform runs, as far as a provider can know: it shares the working directory and the environment, and
// the selected workspace and the backend are in files of the data directory. One directory may be applied to several states, each by
// a backend configuration of its own. Not known is -state, an argument of the local backend that a saved plan has in it: of two such states, a create asks.
func workspace() []string {
	dir, _ := os.Getwd()
	data := os.Getenv("TF_DATA_DIR")
	if data == "" {
		data = ".terraform"
	}
	selected, _ := os.ReadFile(filepath.Join(data, "environment")) // #nosec G304 G703 -- Terraform's own file
	return []string{dir, os.Getenv("TF_WORKSPACE"), strings.TrimSpace(string(selected)), backend(data)}
}

// backend is the backend's configuration as `terraform init` recorded it and the environment completes it, without the credentials, which each job of a pipeline may
// have of its own, or "" for none.
func backend(data string) string {
	content, _ := os.ReadFile(filepath.Join(data, "terraform.tfstate")) // #nosec G304 G703 -- Terraform's own file
	var initialized struct {
		Backend map[string]any `json:"backend"`
	}
	if jsonvalue.Into(content, &initialized) != nil || initialized.Backend == nil {
		return ""
	}
	delete(initialized.Backend, "hash") // of all of it, the credentials, too
	if config, is := initialized.Backend["config"].(map[string]any); is {
		kind, _ := initialized.Backend["type"].(string)
		fromEnvironment(kind, config)
	}
	text, err := jsonvalue.Text(withoutCredentials(initialized.Backend))
	if err != nil {
		return ""
	}
	return text
}

// withoutCredentials is a part of a backend's configuration without what proves who asks there: where the state is does not depend on that. A user's name stays: services
// have states that it alone names, and so has a database that is its user's.
func withoutCredentials(part any) any {
	switch part := part.(type) {
	case map[string]any:
		rest := map[string]any{}
		for name, value := range part {
			if value != nil && !isCredential(name) { // what is not set is there, or not, by Terraform's version
				rest[name] = withoutCredentials(value)
			}
		}
		return rest
	case []any:
		rest := make([]any, len(part))
		for i, value := range part {
			rest[i] = withoutCredentials(value)
		}
		return rest
	case string:
		if u, err := url.Parse(part); err == nil && (u.Host != "" || u.User != nil) {
			return withoutPassword(*u)
		}
		return connectionPassword.ReplaceAllString(part, "")
	}
	return part
}

// connectionPassword is what a database's connection in words has, as in "host=db.example user=joe password='a b'".
var connectionPassword = regexp.MustCompile(`(?i)\b(ssl)?password\s*=\s*('(\\.|[^'\\])*'|\S*)`)
