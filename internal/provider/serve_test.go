// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
)

// Nobody pays for a log that nobody reads; whoever asks for one, by any of the variables, gets what they asked for.
func TestTuneTurnsLogsOffThatNobodyReads(t *testing.T) {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	limit := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetGCPercent(percent); debug.SetMemoryLimit(limit) })
	off := map[string]string{"TF_LOG_SDK": "off", "TF_LOG_PROVIDER_OIDC": "off"}
	for name, test := range map[string]struct{ environment, want map[string]string }{
		"nobody asks":         {nil, off},
		"off":                 {map[string]string{"TF_LOG": "OFF"}, off},
		"empty":               {map[string]string{"TF_LOG": "", "TF_LOG_PROVIDER": ""}, off},
		"TF_LOG":              {map[string]string{"TF_LOG": "INFO"}, nil},
		"of providers":        {map[string]string{"TF_LOG_PROVIDER": "trace"}, nil},
		"of this provider":    {map[string]string{"TF_LOG_PROVIDER_OIDC": "trace"}, nil},
		"of acceptance tests": {map[string]string{"TF_ACC_LOG_PATH": "log"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			set := map[string]string{}
			provider.Tune(
				func(name string) (string, bool) { v, ok := test.environment[name]; return v, ok },
				func(name, value string) error { set[name] = value; return nil },
			)
			if diff := cmp.Diff(test.want, set); diff != "" && (len(test.want) > 0 || len(set) > 0) {
				t.Errorf("set (-want +got):\n%s\nfrom %v", diff, maps.Clone(test.environment))
			}
		})
	}
}
