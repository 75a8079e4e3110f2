// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The environment may name a state that the stored configuration of the backend leaves open, and then two jobs of one directory have a state each. Where the
// stored one names it, Terraform does not read the variable. Credentials are none of it.
func TestFingerprintKnowsAStateThatTheEnvironmentNames(t *testing.T) {
	const (
		http   = `{"type":"http","config":{"address":null,"username":null,"lock_address":null}}`
		pg     = `{"type":"pg","config":{"conn_str":null,"schema_name":null}}`
		consul = `{"type":"consul","config":{"address":null,"path":"tf"}}`
		cloud  = `{"type":"cloud","config":{"hostname":null,"organization":null,"workspaces":{"name":"w","tags":null}}}`
		s3     = `{"type":"s3","config":{"bucket":"b","key":"k","endpoint":null,"endpoints":null}}`
		kube   = `{"type":"kubernetes","config":{"secret_suffix":"s","namespace":null,"config_path":null}}`
	)
	with := func(conn string) string {
		return `{"type":"pg","config":{"conn_str":"` + conn + `","schema_name":"s"}}`
	}
	of := func(t *testing.T, backend, variable, value string) string {
		t.Helper()
		data := t.TempDir()
		t.Setenv("TF_DATA_DIR", data)
		t.Setenv(variable, value)
		if err := os.WriteFile(filepath.Join(data, "terraform.tfstate"), []byte(`{"version":3,"backend":`+backend+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		sum := fingerprint(workspace(), nil)
		t.Setenv(variable, "")
		return sum
	}
	for _, test := range []struct{ name, backend, variable, one, other string }{
		{"address", http, "TF_HTTP_ADDRESS", "https://git.example/state/dev", "https://git.example/state/prod"},
		{"address, or none", http, "TF_HTTP_ADDRESS", "https://git.example/state/dev", ""},
		{"user", http, "TF_HTTP_USERNAME", "one", "two"},
		{"database", pg, "PG_CONN_STR", "postgres://db.example/dev", "postgres://db.example/prod"},
		{"database, in words", pg, "PG_CONN_STR", "host=db.example dbname=dev", "host=db.example dbname=prod"},
		{"database's user", pg, "PG_CONN_STR", "postgres://dev:p@db.example", "postgres://prod:p@db.example"},
		{"schema", pg, "PG_SCHEMA_NAME", "dev", "prod"},
		{"table", pg, "PG_TABLE_NAME", "dev", "prod"},
		{"host of a database", with("postgres:///state"), "PGHOST", "one", "two"},
		{"port of a database", with("postgres://db.example/state"), "PGPORT", "1", "2"},
		{"name of a database", with("postgres://db.example"), "PGDATABASE", "one", "two"},
		{"name of a database, in words", with("host=db.example"), "PGDATABASE", "one", "two"},
		{"user of a database", with("host=db.example"), "PGUSER", "one", "two"},
		{"user of a database that has no name", with("postgres://db.example/?sslmode=require"), "PGUSER", "one", "two"},
		{"user of a database whose name is empty", with("host=db.example dbname=''"), "PGUSER", "one", "two"},
		{"user of a database that only a password speaks of", with("host=db.example password='a dbname=b'"), "PGUSER", "one", "two"},
		{"place beside a user and a password", pg, "PG_CONN_STR", "postgres://one:p@/state?password=p&search=x&host=dev", "postgres://one:p@/state?password=p&search=x&host=prod"},
		{"words after a user", pg, "PG_CONN_STR", "dbname=state user=one host=dev", "dbname=state user=one host=prod"},
		{"file of a cluster whose context alone is known, which many clusters have alike", strings.ReplaceAll(kube, `"config_path"`, `"config_context":"default","config_path"`), "KUBE_CONFIG_PATH", "dev", "prod"},
		{"agent", consul, "CONSUL_HTTP_ADDR", "one:8500", "two:8500"},
		{"namespace of the agent", consul, "CONSUL_NAMESPACE", "one", "two"},
		{"organization", cloud, "TF_CLOUD_ORGANIZATION", "one", "two"},
		{"host", cloud, "TF_CLOUD_HOSTNAME", "one.example", "two.example"},
		{"endpoint", s3, "AWS_ENDPOINT_URL_S3", "https://one.example", "https://two.example"},
		{"endpoints without one for this", `{"type":"s3","config":{"bucket":"b","endpoints":{"s3":null,"sts":"https://sts.example"}}}`, "AWS_ENDPOINT_URL_S3", "https://one.example", "https://two.example"},
		{"namespace", kube, "KUBE_NAMESPACE", "one", "two"},
		{"cluster", kube, "KUBE_CTX", "one", "two"},
	} {
		if of(t, test.backend, test.variable, test.one) == of(t, test.backend, test.variable, test.other) {
			t.Errorf("%s: another %s is the same registration", test.name, test.variable)
		}
	}
	for _, test := range []struct{ name, backend, variable, one, other string }{
		{"address that the stored one has", strings.ReplaceAll(http, `"address":null,"u`, `"address":"https://git.example/1","u`), "TF_HTTP_ADDRESS", "https://git.example/1", "https://git.example/2"},
		{"another backend's variable", s3, "TF_HTTP_ADDRESS", "https://git.example/1", "https://git.example/2"},
		{"no backend", "null", "TF_HTTP_ADDRESS", "https://git.example/1", "https://git.example/2"},
		{"password of the address", http, "TF_HTTP_ADDRESS", "https://job:one@git.example/1?private_token=a", "https://job:two@git.example/1?private_token=b"},
		{"password", http, "TF_HTTP_PASSWORD", "one", "two"},
		{"where the lock is", http, "TF_HTTP_LOCK_ADDRESS", "https://git.example/lock1", "https://git.example/lock2"},
		{"password of the database", pg, "PG_CONN_STR", "postgres://joe:one@db.example/state", "postgres://joe:two@db.example/state"},
		{"password of a database without a host", pg, "PG_CONN_STR", "postgres://joe:one@/state", "postgres://joe:two@/state"},
		{"password of the database, in words", pg, "PG_CONN_STR", `host=db.example password='o\'n e' dbname=state`, "host=db.example password=two dbname=state"},
		{"password for a database", pg, "PGPASSWORD", "one", "two"},
		{"host of a database that is named", with("postgres://db.example/state"), "PGHOST", "one", "two"},
		{"name of a database that is named", with("host=db.example dbname=state"), "PGDATABASE", "one", "two"},
		{"user of a database that is named", with("postgres://db.example/state"), "PGUSER", "one", "two"},
		{"user of a database that is named, in words", with("host=db.example dbname=state"), "PGUSER", "one", "two"},
		{"user of a database that is named, in its query", with("postgres://db.example?dbname=state"), "PGUSER", "one", "two"},
		{"user in the address of a database that is named", pg, "PG_CONN_STR", "postgres://one:p@db.example/state", "postgres://two@db.example/state"},
		{"user in the query of a database that is named", pg, "PG_CONN_STR", "postgres:///state?host=db&user=one&password=a", "postgres:///state?host=db&user=two&password=b"},
		{"user in the words of a database that is named", pg, "PG_CONN_STR", "host=db.example user='o n e' dbname=state", "host=db.example user=two dbname=state"},
		{"file of a cluster whose host is known", strings.ReplaceAll(kube, `"config_path"`, `"host":"https://k8s.example","config_path"`), "KUBE_CONFIG_PATH", "/tmp/1", "/tmp/2"},
		{"token of the agent", consul, "CONSUL_HTTP_TOKEN", "one", "two"},
		{"project, in which a workspace of that name is made", cloud, "TF_CLOUD_PROJECT", "one", "two"},
		{"endpoint that the stored one has", `{"type":"s3","config":{"bucket":"b","endpoints":{"s3":"https://s3.example"}}}`, "AWS_ENDPOINT_URL_S3", "https://one.example", "https://two.example"},
		{"endpoint of before", `{"type":"s3","config":{"bucket":"b","endpoint":"https://s3.example","endpoints":null}}`, "AWS_ENDPOINT_URL_S3", "https://one.example", "https://two.example"},
		{"key", s3, "AWS_ACCESS_KEY_ID", "one", "two"},
		{"token of the cluster", kube, "KUBE_TOKEN", "one", "two"},
	} {
		if of(t, test.backend, test.variable, test.one) != of(t, test.backend, test.variable, test.other) {
			t.Errorf("%s: another %s is another registration", test.name, test.variable)
		}
	}
	t.Setenv("PGDATABASE", "state")
	if of(t, with("postgres://one@db.example"), "PGUSER", "") != of(t, with("postgres://db.example"), "PGUSER", "two") {
		t.Error("another user of a database that the environment names: another registration")
	}
	t.Setenv("PGDATABASE", "")
	stored := of(t, `{"type":"http","config":{"address":"https://git.example/1"}}`, "TF_HTTP_ADDRESS", "")
	if of(t, `{"type":"http","config":{"address":null}}`, "TF_HTTP_ADDRESS", "https://git.example/1") != stored {
		t.Error("one state is another one once the environment names it")
	}
	if of(t, `{"type":"consul","config":{"path":"p","http_auth":"joe:one"}}`, "X", "") != of(t, `{"type":"consul","config":{"path":"p","http_auth":"joe:two"}}`, "X", "") {
		t.Error("another password: another registration")
	}
}
