// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package authserver

import (
	"os"
	"path/filepath"
	"testing"
)

// A working directory is the same one for a job with credentials of its own for the backend, and another one with another address.
func TestFingerprintHoldsNoCredentialOfTheBackend(t *testing.T) {
	of := func(backend string) string {
		t.Helper()
		data := t.TempDir()
		t.Setenv("TF_DATA_DIR", data)
		if err := os.WriteFile(filepath.Join(data, "terraform.tfstate"), []byte(`{"version":3,"backend":`+backend+`}`), 0o600); err != nil {
			t.Fatal(err)
		}
		return fingerprint(workspace(), nil)
	}
	http := of(`{"type":"http","config":{"address":"https://git.example/state/1","username":"job","password":"token-of-one","headers":{"Private-Token":"a"}},"hash":1}`)
	s3 := of(`{"type":"s3","config":{"bucket":"b","key":"one","access_key":"a","secret_key":"b","token":"c","assume_role":[{"role_arn":"r","external_id":"e"}]},"hash":2}`)
	for name, same := range map[string]struct{ one, other string }{
		"another password": {http, of(`{"type":"http","config":{"address":"https://git.example/state/1","username":"job","password":"token-of-two","headers":{"Private-Token":"b"}},"hash":7}`)},
		"no password":      {http, of(`{"type":"http","config":{"address":"https://git.example/state/1","username":"job","password":null,"headers":{}},"hash":7}`)},
		"other keys":       {s3, of(`{"type":"s3","config":{"bucket":"b","key":"one","access_key":"x","secret_key":"y","token":"z","assume_role":[{"role_arn":"r","external_id":"e"}]},"hash":3}`)},
		"a session of its own": {
			of(`{"type":"s3","config":{"bucket":"b","assume_role":[{"role_arn":"r","session_name":"job-1"}],"web_identity_token_file":"/tmp/1"},"hash":1}`),
			of(`{"type":"s3","config":{"bucket":"b","assume_role":[{"role_arn":"r","session_name":"job-2"}],"web_identity_token_file":"/tmp/2"},"hash":2}`),
		},
		"a key with its identifier": {of(`{"type":"cos","config":{"bucket":"b","secret_id":"1","secret_key":"a"},"hash":1}`), of(`{"type":"cos","config":{"bucket":"b","secret_id":"2","secret_key":"b"},"hash":2}`)},
		"members that another version of Terraform has": {
			of(`{"type":"s3","config":{"bucket":"b","profile":null,"assume_role":[{"role_arn":"r","policy":null}]},"hash":1}`), of(`{"type":"s3","config":{"bucket":"b","assume_role":[{"role_arn":"r"}]},"hash":2}`),
		},
		"a token in the query": {
			of(`{"type":"http","config":{"address":"https://git.example/state/1?private_token=one&ref=a"},"hash":1}`), of(`{"type":"http","config":{"address":"https://git.example/state/1?private_token=two&ref=a"},"hash":2}`),
		},
		"credentials in the address": {
			of(`{"type":"pg","config":{"conn_str":"postgres://joe:one@db.example/state"},"hash":1}`), of(`{"type":"pg","config":{"conn_str":"postgres://joe:two@db.example/state"},"hash":2}`),
		},
	} {
		if same.one != same.other {
			t.Errorf("%s: another registration", name)
		}
	}
	if of(`{"type":"kubernetes","config":{"secret_suffix":"one","token":"a"}}`) == of(`{"type":"kubernetes","config":{"secret_suffix":"two","token":"a"}}`) {
		t.Error("another secret that holds the state: the same registration")
	}
	for name, another := range map[string]string{
		"address":    of(`{"type":"http","config":{"address":"https://git.example/state/2","username":"job","password":"token-of-one"},"hash":1}`),
		"user":       of(`{"type":"http","config":{"address":"https://git.example/state/1","username":"org/another","password":"token-of-one"},"hash":1}`),
		"query":      of(`{"type":"http","config":{"address":"https://git.example/state/1?state=2","username":"job","password":"token-of-one"},"hash":1}`),
		"type":       of(`{"type":"https","config":{"address":"https://git.example/state/1","username":"job","password":"token-of-one"},"hash":1}`),
		"key":        of(`{"type":"s3","config":{"bucket":"b","key":"two","access_key":"a","secret_key":"b","token":"c"},"hash":2}`),
		"role":       of(`{"type":"s3","config":{"bucket":"b","key":"one","access_key":"a","secret_key":"b","token":"c","assume_role":[{"role_arn":"other","external_id":"e"}]},"hash":2}`),
		"no backend": of(`null`),
	} {
		if another == http || another == s3 {
			t.Errorf("another %s: the same registration", name)
		}
	}
}

// An apply stays with the workspace that was selected when it began.
func TestFingerprintIsOfWhereTheProviderWasConfigured(t *testing.T) {
	data := t.TempDir()
	t.Setenv("TF_DATA_DIR", data)
	selects := func(name string) *Server {
		t.Helper()
		if err := os.WriteFile(filepath.Join(data, "environment"), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		s, problem := NewServer(Settings{}, Clock{}, nil)
		if problem != nil {
			t.Fatal(problem.Kind)
		}
		return s
	}
	one := selects("one")
	before := one.Fingerprint(nil)
	two := selects("two")
	if one.Fingerprint(nil) != before || two.Fingerprint(nil) == before || selects("one").Fingerprint(nil) != before {
		t.Error("a registration is that of the workspace that is selected by now")
	}
}
