// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// What says the same in another writing is planned as the state has it where a plan is empty for it, and as it is configured everywhere
// else: only so does the plan of an apply agree with one that was made while a part of the value was unknown.

// writtenLater is a rig with a client, and applies of it in which something becomes known.
type writtenLater struct {
	*tftest.Rig
	t        *testing.T
	settings attrs
}

func newWrittenLater(t *testing.T, op *fakeop.Server, more attrs) *writtenLater {
	t.Helper()
	op.Start(t)
	return &writtenLater{Rig: newRig(t, op), t: t, settings: attrs{"issuer": op.Issuer(), "max_retries": 0}.With(more)}
}

// process starts a process with the settings, and with more of them.
func (w *writtenLater) process(more attrs) {
	w.t.Helper()
	if err := w.Start(w.settings.With(more)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writtenLater) apply(config attrs) {
	w.t.Helper()
	if err := w.Apply(map[string]attrs{theClient: config}); err != nil {
		w.t.Fatal(err)
	}
}

// later applies a plan of first as then, in a process with more settings, and wants nothing left.
func (w *writtenLater) later(first, then, more attrs) {
	w.t.Helper()
	between := func() error { return w.Start(w.settings.With(more)) }
	if err := w.ApplyLater(map[string]attrs{theClient: first}, between, map[string]attrs{theClient: then}); err != nil {
		w.t.Error(err)
	}
	w.settled(then, more)
}

// settled wants that a plan in a new process is empty, and that no rule was broken.
func (w *writtenLater) settled(config, more attrs) {
	w.t.Helper()
	w.process(more)
	if left, err := w.Changes(map[string]attrs{theClient: config}); err != nil || len(left) > 0 {
		w.t.Errorf("left to do: %v, %v", left, err)
	}
	for _, b := range w.Broken() {
		w.t.Errorf("%s", b)
	}
}

func theApp(more attrs) attrs {
	return attrs{"redirect_uris": []string{"https://a.example.com/"}, "client_name": "App"}.With(more)
}

// A part of a list becomes known in the apply, and the list then says the same as the state in another writing; alone, and beside what
// changes or becomes known, too.
func TestPartOfAListInAnotherOrder(t *testing.T) {
	t.Parallel()
	unknown := tftest.Unknown{}
	lists := map[string]struct{ was, then []string }{
		"contacts":                  {[]string{"a@x.example", "b@x.example"}, []string{"b@x.example", "a@x.example"}},
		"grant_types":               {[]string{"authorization_code", "refresh_token"}, []string{"refresh_token", "authorization_code"}},
		"response_types":            {[]string{"code", "code id_token"}, []string{"id_token code", "code"}},
		"post_logout_redirect_uris": {[]string{"https://a.example.com/", "https://b.example.com/"}, []string{"https://b.example.com/", "https://a.example.com/"}},
	}
	for name, c := range lists {
		for server, op := range map[string]func() *fakeop.Server{
			"correct":       func() *fakeop.Server { return &fakeop.Server{} },
			"no management": func() *fakeop.Server { return &fakeop.Server{Management: fakeop.ManagementOff} },
			"no updates":    func() *fakeop.Server { return &fakeop.Server{Faults: fakeop.Faults{UpdateStatus: 405}} },
		} {
			for beside, more := range map[string][2]attrs{
				"alone":             {},
				"a setting":         {{"timeouts": attrs{"create": "1m"}}, {"timeouts": attrs{"create": "1m"}}},
				"one known later":   {{"client_name": unknown}, {}},
				"a setting, later":  {{"accept_substitutions": []any{unknown}}, {"accept_substitutions": []string{"scope"}}},
				"another, in order": {{"software_version": unknown}, {"software_version": "2"}},
			} {
				t.Run(fmt.Sprintf("%s, %s, %s", name, server, beside), func(t *testing.T) {
					t.Parallel()
					w := newWrittenLater(t, op(), nil)
					w.process(nil)
					config := theApp(attrs{name: c.was})
					if name == "response_types" {
						config["grant_types"] = []string{"authorization_code", "implicit"}
					}
					w.apply(config)
					if server == "no updates" { // which it says when it refuses the first one
						if err := w.Apply(map[string]attrs{theClient: config.With(attrs{"software_version": "1"})}); err == nil || !learnt(err) {
							t.Fatal(err)
						}
					}
					w.process(nil)
					w.later(config.With(attrs{name: []any{unknown, c.then[1]}}).With(more[0]), config.With(attrs{name: c.then}).With(more[1]), nil)
					// The order is known from the beginning, and something else is not.
					w.process(nil)
					w.later(config.With(attrs{name: c.was, "client_uri": unknown}).With(more[1]), config.With(attrs{name: c.was}).With(more[1]), nil)
				})
			}
		}
	}
}

// Another order of redirect URIs, alone and beside another change, where whether the client is managed is known in the apply only.
func TestOrderWhereManagementIsKnownLater(t *testing.T) {
	t.Parallel()
	for _, management := range []string{"none", "auto", "registration_access_token"} {
		for _, before := range []string{"auto", "none"} {
			for _, name := range []string{"App", "App 2"} {
				t.Run(fmt.Sprintf("%s, then %s, %s", before, management, name), func(t *testing.T) {
					t.Parallel()
					w := newWrittenLater(t, &fakeop.Server{}, nil)
					w.process(attrs{"management": before})
					a, b := "https://a.example.com/", "https://b.example.com/"
					w.apply(attrs{"redirect_uris": []string{a, b}, "client_name": "App"})
					w.process(attrs{"management": tftest.Unknown{}})
					then := attrs{"redirect_uris": []string{b, a}, "client_name": name}
					w.later(then, then, attrs{"management": management})
				})
			}
		}
	}
}

// A part of extension_metadata is known at plan and says the same as the state in another writing, and the rest turns out as it was.
func TestMemberInAnotherWritingBesideAnUnknownOne(t *testing.T) {
	t.Parallel()
	text := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.String, v) }
	list := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, v) }
	table := func(v any) tftypes.Value { return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, v) }
	for name, c := range map[string][2]any{
		"null then empty":        {text(nil), text("")},
		"empty then null":        {text(""), text(nil)},
		"list null then empty":   {list(nil), list([]tftypes.Value{})},
		"list empty then null":   {list([]tftypes.Value{}), list(nil)},
		"nested null then empty": {attrs{"k": text(nil)}, attrs{"k": text("")}},
		"map null then empty":    {table(nil), table(map[string]tftypes.Value{})},
	} {
		for _, known := range []any{"v", tftest.Unknown{}} {
			t.Run(fmt.Sprintf("%s, %v", name, known), func(t *testing.T) {
				t.Parallel()
				w := newWrittenLater(t, &fakeop.Server{Extensions: []string{"x_a", "x_b"}}, nil)
				config := func(a, b any) attrs { return theApp(attrs{"extension_metadata": attrs{"x_a": a, "x_b": b}}) }
				w.process(nil)
				w.apply(config("v", c[0]))
				w.process(nil)
				if _, unknown := known.(tftest.Unknown); unknown {
					known = text(tftypes.UnknownValue)
				}
				w.later(config(known, c[1]), config("v", c[1]), nil)
			})
		}
	}
}

// A setting that changes beside another order leaves the configured order in the state, also after a refresh, and sends nothing.
func TestAnotherOrderBesideASettingStays(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	w := newWrittenLater(t, op, nil)
	w.process(nil)
	w.apply(theApp(attrs{"contacts": []string{"a@x.example", "b@x.example"}, "scope": "openid email"}))
	w.process(nil)
	config := theApp(attrs{"contacts": []string{"b@x.example", "a@x.example"}, "scope": "email openid", "timeouts": attrs{"create": "1m"}})
	w.apply(config)
	w.process(nil)
	in := w.Instance(theClient)
	if err := in.Reread(); err != nil {
		t.Fatal(err)
	}
	if got, want := in.Value("contacts"), in.Values(config)["contacts"]; !got.Equal(want) {
		t.Errorf("the state has %s, configured is %s", got, want)
	}
	if got := in.Text("scope"); got != "email openid" {
		t.Errorf("the state has scope %q", got)
	}
	w.settled(config, nil)
	if n := op.CountOf(fakeop.OpUpdate); n != 0 {
		t.Errorf("%d updates were sent", n)
	}
}
