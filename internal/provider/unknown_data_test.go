// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// reader is a data source or an ephemeral resource at the protocol.
type reader struct {
	schema   *tfprotov6.Schema
	validate func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
	read     func(*tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
}

// readers are all that read and manage nothing.
func readers(t *testing.T, server tfprotov6.ProviderServer) map[string]reader {
	t.Helper()
	out := map[string]reader{}
	all := schemas(t)
	for name, schema := range all.DataSourceSchemas {
		out[name] = reader{schema: schema, validate: func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		}, read: func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		}}
	}
	for name, schema := range all.EphemeralResourceSchemas {
		out[name] = reader{schema: schema, validate: func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: config})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		}, read: func(config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			resp, err := server.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: config})
			if err != nil {
				return nil, err
			}
			return resp.Diagnostics, nil
		}}
	}
	return out
}

// Terraform validates arguments that are not known yet, and reads once they are: whichever of them are unknown first, also those that turn
// out null, nothing is refused, and what is then known is read.
func TestArgumentsOfReadersThatAreKnownLater(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, secured())
	r := newSubject(t, s, nil)
	all := readers(t, r.Rig().Server())
	good := map[string][]attrs{
		"oidc_client": {
			{"registration_client_uri": uri, "registration_access_token": token}, {"client_id": id, "registration_access_token": token},
			{"client_id": id, "registration_client_uri": uri, "registration_access_token": token},
		},
		"oidc_discovery":     {{}, {"issuer": s.Issuer()}, {"resource": s.URL()}},
		"oidc_client_secret": {{"client_id": id, "registration_client_uri": uri, "registration_access_token": token}},
	}
	for name, of := range all {
		if len(good[name]) == 0 {
			t.Errorf("%s is not looked at", name)
		}
		var optional []string
		for _, a := range of.schema.Block.Attributes {
			if a.Optional {
				optional = append(optional, a.Name)
			}
		}
		for _, then := range good[name] {
			for which := range 1 << len(optional) {
				first := then.With(nil)
				for i, attribute := range optional {
					if which&(1<<i) != 0 {
						first[attribute] = tftest.Unknown{}
					}
				}
				if said, err := of.validate(configured(t, of.schema, first)); err != nil || len(said) > 0 {
					t.Errorf("%s, %v: %v %s", name, first, err, details(said))
				}
			}
			said, err := of.validate(configured(t, of.schema, then))
			if err == nil && len(said) == 0 {
				said, err = of.read(configured(t, of.schema, then))
			}
			if err != nil || len(said) > 0 {
				t.Errorf("%s, %v: %v %s", name, then, err, details(said))
			}
		}
	}
}

// An argument of a data source or of the ephemeral resource may come from a sensitive variable, too: no check of it prints it.
func TestNoCheckOfAReaderPrintsAValue(t *testing.T) {
	r := newSubject(t, &fakeop.Server{}, attrs{"max_retries": 0})
	all := readers(t, r.Rig().Server())
	names := []string{"oidc_client", "oidc_client_secret", "oidc_discovery"}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "reader")
		of := all[name]
		said, err := of.validate(configured(t, of.schema, canaryAttributes(rt, name, of.schema, 4)))
		if err != nil {
			rt.Fatalf("%v", err)
		}
		printed(rt, name, said)
	})
}

// What a server quotes of a request is told without the token that the request was sent with, whoever reads.
func TestReadersTellNoTokenThatAServerQuotes(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 409, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			const token = canaryText + "-of-the-client"
			s := &fakeop.Server{}
			id, uri, _ := registeredBefore(t, s, secured())
			s.EditFaults(func(f *fakeop.Faults) {
				f.Reading.Calls = fakeop.Always(fakeop.Answer{Status: status, Body: `{"error":"invalid_token","error_description":"` + token + ` is refused"}`})
			})
			r := newSubject(t, s, attrs{"max_retries": 0})
			for name, of := range readers(t, r.Rig().Server()) {
				if name == "oidc_discovery" {
					continue // which sends none
				}
				said, err := of.read(configured(t, of.schema, attrs{"client_id": id, "registration_client_uri": uri, "registration_access_token": token}))
				if err != nil || !failed(said) {
					t.Errorf("%s: %v %s", name, err, details(said))
				}
				if slices.ContainsFunc(said, func(d *tfprotov6.Diagnostic) bool { return strings.Contains(d.Summary+d.Detail, canaryText) }) {
					t.Errorf("%s tells the token: %s", name, details(said))
				}
			}
		})
	}
}
