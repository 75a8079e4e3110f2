// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// environment holds the environment variables that stand in for attributes, by the attribute's name.
type environment map[string][]authserver.Variable

// tell adds to errors about the settings where the value comes from that the configuration does not show. An error that is on no
// attribute is about any of them.
func (e environment) tell(diags diag.Diagnostics) diag.Diagnostics {
	out := make(diag.Diagnostics, 0, len(diags))
	for _, d := range diags {
		var variables []authserver.Variable
		for _, name := range slices.Sorted(maps.Keys(e)) {
			if at, ok := d.(diag.DiagnosticWithPath); !ok || strings.HasPrefix(at.Path().String()+".", name+".") {
				variables = append(variables, e[name]...)
			}
		}
		named := func(v authserver.Variable) bool { return strings.Contains(d.Detail(), string(v)) }
		if d.Severity() == diag.SeverityError && len(variables) > 0 && !slices.ContainsFunc(variables, named) {
			d = setByEnvironment(d, variables)
		}
		out = append(out, d)
	}
	return out
}

// collector reads attributes one by one, noting the unknown ones, the malformed ones and those of the environment.
type collector struct {
	unknown     map[string]bool
	environment environment
	notUsed     map[authserver.Variable][]string // the environment's variables in whose place attributes stand that have nothing in them
	diags       diag.Diagnostics
}

// text gives an attribute's value, or else that of its environment variable.
func (c *collector) text(name string, v types.String, env authserver.Variable) string {
	switch {
	case v.IsUnknown():
		c.unknown[name] = true
		return ""
	case v.IsNull() && env != "":
		value := os.Getenv(string(env))
		if value != "" {
			c.environment[name] = append(c.environment[name], env)
		}
		return value
	}
	return v.ValueString()
}

// noteNotUsed notes the environment's variables in whose place attributes stand that have nothing in them.
func (c *collector) noteNotUsed(attributes map[string]types.String, variables ...authserver.Variable) {
	for _, v := range variables {
		if os.Getenv(string(v)) == "" {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			if emptied(attributes[name]) {
				c.notUsed[v] = append(c.notUsed[v], name)
			}
		}
	}
}

// tellNotUsed warns of all of these at once.
func (c *collector) tellNotUsed() {
	if len(c.notUsed) == 0 {
		return
	}
	attributes := map[string]bool{}
	var variables []string
	for _, v := range slices.Sorted(maps.Keys(c.notUsed)) {
		variables = append(variables, string(v))
		for _, name := range c.notUsed[v] {
			attributes[name] = true
		}
	}
	c.diags.Append(variablesNotUsed(slices.Sorted(maps.Keys(attributes)), variables))
}

func (c *collector) secret(name string, v types.String, env authserver.Variable) secret.String {
	return secret.New(c.text(name, v, env))
}

// textOrFile gives the value of name, or the content of the file that name_file names. Where either is configured, the
// environment has no say: a CA in the shell must not displace the file in the configuration.
func (c *collector) textOrFile(name string, v, file types.String, env, fileEnv authserver.Variable) pemSetting {
	c.diags.Append(textAndFile(path.Root(name), v, file)...)
	if !v.IsNull() || !file.IsNull() {
		if v.ValueString()+file.ValueString() == "" && !v.IsUnknown() && !file.IsUnknown() {
			c.noteNotUsed(map[string]types.String{name: v, name + "_file": file}, env, fileEnv)
		}
		env, fileEnv = "", ""
	}
	if value := c.text(name, v, env); value != "" {
		return pemSetting{[]byte(value), path.Root(name)}
	}
	fileName := c.text(name+"_file", file, fileEnv)
	at := path.Root(name + "_file")
	if fileName == "" {
		return pemSetting{nil, at}
	}
	return pemSetting{c.file(at, fileName), at}
}

// file reads the file that a setting names. One with nothing in it would count as not set, and what it is to protect would go unprotected.
func (c *collector) file(at path.Path, name string) []byte {
	content, err := os.ReadFile(name) // #nosec G304 -- the path is the user's own configuration
	switch {
	case err != nil:
		c.diags.Append(unreadableFile(at, err))
	case len(bytes.TrimSpace(content)) == 0:
		c.diags.Append(emptyFile(at))
		return nil
	}
	return content
}

func (c *collector) flag(name string, v types.Bool, env authserver.Variable) bool {
	if v.IsUnknown() {
		c.unknown[name] = true
	}
	if !v.IsNull() || env == "" || os.Getenv(string(env)) == "" {
		return v.ValueBool()
	}
	b, err := strconv.ParseBool(os.Getenv(string(env)))
	if err != nil {
		c.diags.Append(malformedVariable(name, env, "true or false"))
	}
	return b
}

func (c *collector) number(name string, v types.Number, env authserver.Variable, allowed whole, byDefault int) int {
	if !v.IsNull() || os.Getenv(string(env)) == "" {
		if v.IsNull() || v.IsUnknown() {
			return byDefault
		}
		n, ok := allowed.number(v)
		if !ok {
			c.diags.Append(valueNotAllowed(path.Root(name), allowed.needed()))
		}
		return n
	}
	n, err := strconv.Atoi(os.Getenv(string(env)))
	if err != nil || !allowed.has(n) {
		c.diags.Append(malformedVariable(name, env, allowed.needed()))
	}
	return n
}

func (c *collector) duration(name string, v types.String, env authserver.Variable, byDefault time.Duration) time.Duration {
	s := c.text(name, v, env)
	if s == "" {
		return byDefault
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		c.diags.Append(malformedDuration(path.Root(name), s))
	}
	return d
}

type collection interface {
	attr.Value
	IsNull() bool
	IsUnknown() bool
}

// nested gives an object's attributes, or nil where it is null or not known as a whole; those of its attributes that are not
// known alone are for the caller to note, by the object's name.
func nested[T any](ctx context.Context, c *collector, name string, o types.Object) *T {
	if !c.known(name, o) {
		return nil
	}
	var out T
	c.diags.Append(o.As(ctx, &out, basetypes.ObjectAsOptions{})...)
	return &out
}

func (c *collector) known(name string, v collection) bool {
	if v.IsNull() {
		return false
	}
	if v.IsUnknown() {
		c.unknown[name] = true
		return false
	}
	return true
}

func (c *collector) words(name string, v interface {
	collection
	Elements() []attr.Value
}) []string {
	var out []string
	if !c.known(name, v) {
		return nil
	}
	for _, element := range v.Elements() {
		s, ok := element.(types.String)
		if !ok || s.IsUnknown() {
			c.unknown[name] = true
			continue
		}
		out = append(out, s.ValueString())
	}
	return out
}

func (c *collector) secretMap(name string, v types.Map) map[string]secret.String {
	out := map[string]secret.String{}
	if !c.known(name, v) {
		return out
	}
	for key, element := range v.Elements() {
		s, ok := element.(types.String)
		if !ok || s.IsUnknown() {
			c.unknown[name] = true
			continue
		}
		out[key] = secret.New(s.ValueString())
	}
	return out
}
