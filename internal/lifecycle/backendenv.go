// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"net/url"
	"os"
	"regexp"
	"strings"
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
	if kind == "pg" {
		for variable, part := range openParts(config["conn_str"]) {
			if value := os.Getenv(variable); part && value != "" {
				config[variable] = value
			}
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

var connectionWord = regexp.MustCompile(`(\w+)\s*=`)

// openParts are the variables that libpq's environment has for a connection, and whether the connection string leaves that part to it.
func openParts(connection any) map[string]bool {
	text, _ := connection.(string)
	says := map[string]bool{}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		says = map[string]bool{"host": u.Hostname() != "", "port": u.Port() != "", "dbname": strings.Trim(u.Path, "/") != "", "user": u.User != nil}
		for name := range u.Query() {
			says[name] = true
		}
	} else {
		for _, word := range connectionWord.FindAllStringSubmatch(text, -1) {
			says[word[1]] = true
		}
	}
	return map[string]bool{"PGHOST": !says["host"], "PGPORT": !says["port"], "PGDATABASE": !says["dbname"], "PGUSER": !says["user"]}
}
