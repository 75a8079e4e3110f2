// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// named is what variables of the environment name of a state's place, the first that is set.
type named struct {
	members   []string // of the backend's configuration, each of which is used in their stead; none for what no member says
	variables []string
}

// backendVariables are those that Terraform's and OpenTofu's backends read, by their type, and that tell one state from another. `terraform init` does not store their
// values, so that one directory has as many states as there are values, and a provider inherits the environment. What proves who asks is none of them, nor is what
// does not lead to another state: where locks are, the region of a bucket whose name is the world's, and the project of a workspace that is its organization's.
var backendVariables = map[string][]named{
	"http": {{[]string{"address"}, []string{"TF_HTTP_ADDRESS"}}, {[]string{"username"}, []string{"TF_HTTP_USERNAME"}}},
	"pg": {
		{[]string{"conn_str"}, []string{"PG_CONN_STR"}}, {[]string{"schema_name"}, []string{"PG_SCHEMA_NAME"}}, {[]string{"table_name"}, []string{"PG_TABLE_NAME"}},
	},
	"consul": {{[]string{"address"}, []string{"CONSUL_HTTP_ADDR"}}, {nil, []string{"CONSUL_NAMESPACE"}}, {nil, []string{"CONSUL_PARTITION"}}},
	"cloud":  {{[]string{"hostname"}, []string{"TF_CLOUD_HOSTNAME"}}, {[]string{"organization"}, []string{"TF_CLOUD_ORGANIZATION"}}},
	"s3":     {{[]string{"endpoint", "endpoints.s3"}, []string{"AWS_ENDPOINT_URL_S3", "AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL"}}},
	"gcs":    {{[]string{"storage_custom_endpoint"}, []string{"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT", "GOOGLE_STORAGE_CUSTOM_ENDPOINT"}}},
	"oss":    {{[]string{"endpoint"}, []string{"ALICLOUD_OSS_ENDPOINT", "OSS_ENDPOINT"}}},
	"cos":    {{[]string{"region"}, []string{"TENCENTCLOUD_REGION"}}, {[]string{"domain"}, []string{"TENCENTCLOUD_DOMAIN"}}},
	"azurerm": {
		{[]string{"environment"}, []string{"ARM_ENVIRONMENT"}}, {[]string{"metadata_host"}, []string{"ARM_METADATA_HOSTNAME"}},
	},
	"kubernetes": {
		{[]string{"namespace"}, []string{"KUBE_NAMESPACE"}}, {[]string{"host"}, []string{"KUBE_HOST"}},
		{[]string{"config_path", "config_paths"}, []string{"KUBE_CONFIG_PATH", "KUBE_CONFIG_PATHS"}},
		{[]string{"config_context"}, []string{"KUBE_CTX"}}, {[]string{"config_context_cluster"}, []string{"KUBE_CTX_CLUSTER"}},
	},
}

// fromEnvironment adds to a backend's configuration what the environment says where it is silent, as that backend reads it.
func fromEnvironment(kind string, config map[string]any) {
	for _, n := range backendVariables[kind] {
		if value := firstSet(n.variables); value != "" && !n.stored(config) {
			if len(n.members) == 0 {
				config[n.variables[0]] = value
			} else {
				config[n.members[0]] = value
			}
		}
	}
	switch kind {
	case "pg":
		ofDatabase(config)
	case "kubernetes":
		// A file says which cluster it is only where no host does, and each job of a pipeline may have a file of its own. A context is none: clusters are set up with equal ones.
		if host, _ := config["host"].(string); host != "" {
			delete(config, "config_path")
			delete(config, "config_paths")
		}
	}
}

// ofDatabase completes what says where a database is. Who asks there is part of it only where no database is named, which is the user's then: elsewhere each job of a pipeline
// may have a user of its own.
func ofDatabase(config map[string]any) {
	text, _ := config["conn_str"].(string)
	says := partsOf(text)
	for variable, part := range map[string]string{"PGHOST": "host", "PGPORT": "port", "PGDATABASE": "dbname", "PGUSER": "user"} {
		if value := os.Getenv(variable); value != "" && !says[part] {
			config[variable] = value
		}
	}
	if says["dbname"] || config["PGDATABASE"] != nil {
		delete(config, "PGUSER")
		if text != "" {
			config["conn_str"] = withoutUser(text)
		}
	}
}

func firstSet(variables []string) string {
	for _, name := range variables {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

func (n named) stored(config map[string]any) bool {
	for _, member := range n.members {
		var value any = config
		for part := range strings.SplitSeq(member, ".") {
			in, _ := value.(map[string]any)
			value = in[part]
		}
		if value != nil && value != "" {
			return true
		}
	}
	return false
}

// connectionWord is a part of a database's connection in words, as in "host=db.example user=joe password='a b'".
var connectionWord = regexp.MustCompile(`(\w+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|\S)*)`)

// partsOf are the parts that a database's connection string says, by libpq's names. What it does not say, libpq's environment does.
func partsOf(connection string) map[string]bool {
	says := map[string]bool{}
	if u, err := url.Parse(connection); err == nil && u.Scheme != "" {
		says = map[string]bool{"host": u.Hostname() != "", "port": u.Port() != "", "dbname": strings.Trim(u.Path, "/") != "", "user": u.User != nil}
		for name, value := range u.Query() {
			says[name] = says[name] || value[0] != ""
		}
		return says
	}
	for _, word := range connectionWord.FindAllStringSubmatch(connection, -1) {
		says[word[1]] = word[2] != "" && word[2] != "''"
	}
	return says
}

// withoutUser is a database's connection string without who asks there.
func withoutUser(connection string) string {
	if u, err := url.Parse(connection); err == nil && u.Scheme != "" {
		u.User = nil
		query := u.Query()
		query.Del("user")
		u.RawQuery = query.Encode()
		return withoutPassword(*u) // without a host or a user in it, it reads like words to whoever looks for a password
	}
	return connectionWord.ReplaceAllStringFunc(connection, func(word string) string {
		if connectionWord.FindStringSubmatch(word)[1] == "user" {
			return ""
		}
		return word
	})
}

// withoutPassword is an address without the credentials in it, but for its user's name.
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
	return redact.IsName(name)
}
