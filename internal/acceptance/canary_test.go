// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// TestCanaries looks for every secret, configured or issued, in logs, output, plans and files.
func TestCanaries(t *testing.T) {
	for name, h := range hidings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTerminal(t)
			server := &h.server
			server.Start(t)
			if h.prepare != nil {
				h.prepare(t, h)
			}
			c := &canaries{t: t, x: x, h: h, name: name, log: filepath.Join(t.TempDir(), "log")}
			x.Setenv("TF_LOG", "TRACE")
			x.Setenv("TF_LOG_PATH", c.log)
			for _, set := range []map[string]string{h.vars, h.env} {
				for name, v := range set {
					c.secrets = append(c.secrets, v)
					if _, isVar := h.vars[name]; isVar {
						name = "TF_VAR_" + name
					}
					x.Setenv(name, v)
				}
			}
			c.secrets = append(c.secrets, h.secrets...)
			c.configure("App", "")
			if h.refused != "" {
				out, code := x.Try(tftest.TerminalApply...)
				c.out = append(c.out, out)
				if code == 0 {
					t.Fatalf("the apply succeeded:\n%s", out)
				}
				containsAll(t, oneLine(out), h.refused)
				c.look()
				return
			}
			c.life()
			c.refusals()
			c.look()
		})
	}
}

// canaries is the search for one server's secrets.
type canaries struct {
	t       *testing.T
	x       *terminal
	h       *hiding
	name    string
	log     string
	journal string // of the provider's settings
	out     []string
	secrets []string
}

// configure writes a configuration without a secret in it.
func (c *canaries) configure(name, more string) {
	c.t.Helper()
	if c.journal == "" && !strings.Contains(c.h.provider, "token_journal") {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			c.t.Fatal(err)
		}
		c.secrets = append(c.secrets, identity.String())
		c.x.Setenv("TF_VAR_identity", identity.String())
		c.journal = fmt.Sprintf("token_journal = {\n  path = %q\n  age_identity = var.identity\n}\n", filepath.ToSlash(filepath.Join(c.t.TempDir(), "journal")))
	}
	provider := c.h.provider + "\n" + c.journal + more
	if !strings.Contains(provider, "registration_endpoint") {
		provider += fmt.Sprintf("\nissuer = %q", c.h.server.Issuer())
	}
	variables := "variable \"identity\" {\n  type = string\n  ephemeral = true\n  default = null\n}\nvariable \"tokens\" {\n  type = map(string)\n  ephemeral = true\n  default = {}\n}\n"
	for name := range c.h.vars {
		if name != "identity" {
			variables += fmt.Sprintf("variable %q {\n  type = string\n  ephemeral = true\n}\n", name)
		}
	}
	if _, ok := c.h.env["TF_VAR_statement"]; ok {
		variables += "variable \"statement\" {\n  type = string\n  sensitive = true\n}\nlocals { statement = var.statement }\n"
	}
	c.x.Configure(provider, variables+fmt.Sprintf(one, name, c.h.resource))
}

func (c *canaries) run(args ...string) {
	c.t.Helper()
	c.out = append(c.out, c.x.Must(args...))
}

func (c *canaries) fails(args ...string) {
	c.t.Helper()
	out, code := c.x.Try(args...)
	if code == 0 {
		c.t.Errorf("%v succeeded", args)
	}
	c.out = append(c.out, out)
}

// life is a client's, from plan to destroy and back, with saved plans and their JSON.
func (c *canaries) life() {
	c.t.Helper()
	plan := filepath.Join(c.t.TempDir(), "plan")
	for _, name := range []string{"App", "App 2"} {
		c.configure(name, "registration_access_tokens = var.tokens")
		c.run("plan", "-no-color", "-out="+plan)
		c.run("show", "-no-color", plan)
		c.planJSON(c.x.Must("show", "-json", plan))
		c.run("apply", "-no-color", plan)
		c.run("show", "-no-color")
	}
	id := c.h.server.Clients()[len(c.h.server.Clients())-1].ID
	// A token that is handed in, and the wrong ones before it.
	for _, wrong := range []bool{true, false} {
		token := c.h.server.ReissueToken(id)
		if wrong {
			token = "canary-wrong-token"
		}
		c.secrets = append(c.secrets, token, "canary-unknown-client")
		tokens, _ := json.Marshal(map[string]string{id: token, "unknown": "canary-unknown-client"})
		c.x.Setenv("TF_VAR_tokens", string(tokens))
		if wrong {
			c.fails(tftest.TerminalApply...)
		} else {
			c.run(tftest.TerminalApply...)
		}
	}
	c.run("destroy", "-auto-approve", "-no-color")
	c.run(tftest.TerminalApply...)
}

// refusals has the server answer errors that quote all that it was sent, and more.
func (c *canaries) refusals() {
	c.t.Helper()
	server := &c.h.server
	shapes := []func(sent, known []string) fakeop.Answer{
		func(sent, known []string) fakeop.Answer {
			text, _ := json.Marshal("refused: " + strings.Join(append(sent, known...), " and "))
			return fakeop.Answer{Status: 400, Body: `{"error":"invalid_client_metadata","error_description":` + string(text) + `}`}
		},
		func(sent, _ []string) fakeop.Answer {
			return fakeop.Answer{Status: 403, Header: http.Header{
				"Www-Authenticate": {`Bearer error="insufficient_scope", error_description="` + strings.Join(sent, " ") + `"`}, "X-Request-Id": {strings.Join(sent, "-")},
			}}
		},
		func(sent, known []string) fakeop.Answer {
			return fakeop.Answer{Status: 500, Body: "<html><title>" + strings.Join(append(sent, known...), " ") + "</title></html>"}
		},
		func(sent, _ []string) fakeop.Answer {
			return fakeop.Answer{Status: 500, Body: "trace: " + strings.Join(sent, "\n")}
		},
		func(sent, _ []string) fakeop.Answer {
			return fakeop.Answer{Status: 400, Body: `{"error":"` + strings.ReplaceAll(strings.Join(sent, "."), `"`, "") + `"}`}
		},
		func(sent, _ []string) fakeop.Answer {
			return fakeop.Answer{Status: 400, Body: `{"error":"x","error_description":"` + url.QueryEscape(strings.Join(sent, " ")) + " " + base64.StdEncoding.EncodeToString([]byte(strings.Join(sent, " "))) + `"}`}
		},
		func(_, known []string) fakeop.Answer { // a success that is cut short
			return fakeop.Answer{Status: 200, Body: `{"client_id":"x","client_secret":"` + strings.Join(known, "") + `","registration_access_token":"canary-cut-token`}
		},
		func(_, known []string) fakeop.Answer { // values of the wrong kind
			return fakeop.Answer{Status: 200, Body: `{"client_secret":["canary-in-a-list"],"registration_access_token":{"a":"` + strings.Join(known, "") + `"}}`}
		},
	}
	c.secrets = append(c.secrets, "canary-cut-token", "canary-in-a-list")
	operations := []struct {
		op   fakeop.Operation
		args []string
	}{
		{fakeop.OpRead, []string{"plan", "-no-color"}},
		{fakeop.OpUpdate, []string{"apply", "-auto-approve", "-no-color", "-refresh=false"}},
		{fakeop.OpDelete, []string{"destroy", "-auto-approve", "-no-color", "-refresh=false"}},
		{fakeop.OpRegister, []string{"apply", "-auto-approve", "-no-color", "-replace=oidc_dynamic_client.c", "-refresh=false"}},
	}
	var kinds []string
	for name, h := range hidings() {
		if h.refused == "" {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	for i, shape := range shapes {
		for j, o := range operations {
			op, args := o.op, o.args
			// Each shape meets each operation on one of the servers; all on all would take too long.
			if (i+j)%len(kinds) != slices.Index(kinds, c.name) {
				continue
			}
			c.configure(fmt.Sprint("App ", i, op), "registration_access_tokens = var.tokens")
			server.SetHooks(func(req *http.Request) {
				if fakeop.OperationOf(req) != op {
					return
				}
				var sent, known []string
				for _, values := range req.Header {
					for _, v := range values {
						sent = append(sent, strings.TrimPrefix(strings.TrimPrefix(v, "Bearer "), "Basic "))
					}
				}
				for _, client := range server.Clients() {
					known = append(known, client.Secret)
				}
				server.Force(op, shape(sent, known))
			}, nil)
			c.fails(append(args, "-parallelism=1")...)
			server.SetHooks(nil, nil)
			if op == fakeop.OpRegister || op == fakeop.OpDelete {
				c.run(tftest.TerminalApply...) // what was deleted comes back
			}
		}
	}
}

// issued are the credentials that the server issued or was shown.
func (c *canaries) issued() []string {
	var all []string
	for _, r := range c.h.server.Requests() {
		var doc map[string]any
		if json.Unmarshal(r.Answer, &doc) == nil {
			for _, name := range []string{"client_secret", "registration_access_token", "access_token"} {
				if s, ok := doc[name].(string); ok {
					all = append(all, s)
				}
			}
		}
		all = append(all, r.Credential)
		if form, err := url.ParseQuery(string(r.Body)); err == nil {
			all = append(all, form.Get("client_assertion"), form.Get("client_secret"))
		}
	}
	return all
}

// look searches everything.
func (c *canaries) look() {
	c.t.Helper()
	all := append(slices.Clone(c.secrets), c.issued()...)
	slices.Sort(all)
	all = slices.DeleteFunc(slices.Compact(all), func(s string) bool { return len(s) < 8 })
	for _, out := range c.out {
		c.finds("the output", out, all)
	}
	log, err := os.ReadFile(c.log)
	if err != nil {
		c.t.Fatal(err)
	}
	if !strings.Contains(string(log), "provider.terraform-provider-oidc") {
		c.t.Error("the log has nothing of the provider")
	}
	if c.h.refused == "" && !strings.Contains(string(log), "/register") {
		c.t.Error("the log has no request")
	}
	c.finds("the log", string(log), all)
	c.x.spills(all...)
}

func (c *canaries) finds(where, text string, all []string) {
	c.t.Helper()
	for _, s := range all {
		for _, form := range []string{s, url.QueryEscape(s), strings.ReplaceAll(s, "\n", `\n`)} {
			i := strings.Index(text, form)
			if i < 0 && form == s {
				// Terraform wraps what it shows.
				i = strings.Index(oneLine(text), form)
				text := oneLine(text)
				if i >= 0 {
					c.t.Errorf("%s has %q: …%s…", where, s, text[max(0, i-200):min(len(text), i+len(form)+50)])
				}
				continue
			}
			if i >= 0 {
				c.t.Errorf("%s has %q: …%s…", where, s, text[max(0, i-200):min(len(text), i+len(form)+50)])
				break
			}
		}
	}
}

// planJSON keeps what a plan's JSON shows beside sensitive values.
func (c *canaries) planJSON(text string) {
	c.t.Helper()
	var doc any
	// Terraform says something of the development overrides first.
	if err := json.Unmarshal([]byte(strings.TrimLeftFunc(text, func(r rune) bool { return r != '{' })), &doc); err != nil {
		c.t.Fatal(err)
	}
	open, err := json.Marshal(public(doc, nil))
	if err != nil {
		c.t.Fatal(err)
	}
	if !strings.Contains(string(open), `"client_name":"App`) {
		c.t.Error("too much of the plan was taken for sensitive")
	}
	c.out = append(c.out, string(open))
}

// public leaves out what the document itself marks as sensitive.
func public(v, sensitive any) any {
	if sensitive == true {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		marks, _ := sensitive.(map[string]any)
		out := map[string]any{}
		for name, member := range v {
			mark := marks[name]
			for shown, by := range map[string]string{"values": "sensitive_values", "before": "before_sensitive", "after": "after_sensitive"} {
				if name == shown && v[by] != nil {
					mark = v[by]
				}
			}
			if name == "variables" {
				continue // Terraform shows sensitive variables there; see the statement
			}
			out[name] = public(member, mark)
		}
		return out
	case []any:
		marks, _ := sensitive.([]any)
		out := make([]any, len(v))
		for i, element := range v {
			var mark any
			if i < len(marks) {
				mark = marks[i]
			}
			out[i] = public(element, mark)
		}
		return out
	}
	return v
}

// spills wants no file of the sandbox but the state to hold a secret. The journals lie outside.
func (x *terminal) spills(secrets ...string) {
	x.t.Helper()
	top := filepath.Dir(x.Dir)
	files := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), "terraform.tfstate") && filepath.Dir(path) == x.Dir {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, s := range secrets {
			if s != "" && containsText(content, s) {
				x.t.Errorf("%s has %q", path, s)
			}
		}
		return err
	})
	if err != nil {
		x.t.Error(err)
	}
	if files == 0 {
		x.t.Errorf("no file in %s was looked at", top)
	}
}

func containsText(content []byte, text string) bool { return strings.Contains(string(content), text) }
