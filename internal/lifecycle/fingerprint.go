// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
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
// have states that it alone names.
func withoutCredentials(part any) any {
	switch part := part.(type) {
	case map[string]any:
		rest := map[string]any{}
		for name, value := range part {
			if !isCredential(name) {
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

// withoutPassword is an address without the credentials in it, but for its user's name: a database may be its user's.
func withoutPassword(u url.URL) string {
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		if isCredential(name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// isCredential reports whether a member of a backend's configuration says who asks. Some names speak of a secret and say where the state is, as that of the
// Kubernetes secret which holds it.
func isCredential(name string) bool {
	if name == "secret_id" || name == "session_name" || name == "http_auth" || strings.Contains(name, "token_file") {
		return true // a key's own identifier, what a job calls its session and has its token in, and a user with its password
	}
	for _, place := range []string{"_name", "_suffix", "_path", "_file", "_files", "_id", "_arn", "_url"} {
		if strings.HasSuffix(name, place) {
			return false
		}
	}
	return secret.IsName(name)
}
