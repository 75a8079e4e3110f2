// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// plan is what the demo reads of `show -json`
// (https://developer.hashicorp.com/terraform/internals/json-format#plan-representation).
type plan struct {
	PlannedValues struct {
		Outputs map[string]struct{ Value json.RawMessage }
	} `json:"planned_values"`
	ResourceChanges []struct {
		Address, Mode string
		Change        struct {
			Actions       []string
			Before, After map[string]any
			AfterUnknown  map[string]any `json:"after_unknown"`
		}
	} `json:"resource_changes"`
}

// values are a parameter's value at the server and the one that the plan would put there.
type values struct{ Before, After any }

// assigned are the attributes that a server may assign anew with an update: a plan cannot know them.
var assigned = []string{
	"client_secret", "client_secret_expiration", "client_secret_expires_at", "registered_metadata", "registration_access_token",
	"registration_client_uri",
}

// change is a resource that a plan would change, with the parameters whose new value is known, and the names of any others
// that are "(known after apply)" though nothing but the configuration decides them.
type change struct {
	Address    string
	Actions    []string
	Parameters map[string]values
	Unknown    []string
}

// changes leaves out what stays as it is.
func (p plan) changes() (all []change) {
	for _, r := range p.ResourceChanges {
		if r.Mode != "managed" || slices.Equal(r.Change.Actions, []string{"no-op"}) {
			continue
		}
		c := change{Address: r.Address, Actions: r.Change.Actions, Parameters: map[string]values{}}
		for name, after := range r.Change.After {
			if before := r.Change.Before[name]; !reflect.DeepEqual(before, after) {
				c.Parameters[name] = values{before, after}
			}
		}
		for name, unknown := range r.Change.AfterUnknown {
			if unknown == true && !slices.Contains(assigned, name) {
				c.Unknown = append(c.Unknown, name)
			}
		}
		slices.Sort(c.Unknown)
		all = append(all, c)
	}
	return all
}

// output reads a planned output value into v.
func (p plan) output(name string, v any) error {
	planned, ok := p.PlannedValues.Outputs[name]
	if !ok {
		return fmt.Errorf("the plan has no output %s", name)
	}
	if len(planned.Value) == 0 {
		return fmt.Errorf("the plan does not know the output %s yet", name)
	}
	return json.Unmarshal(planned.Value, v)
}
