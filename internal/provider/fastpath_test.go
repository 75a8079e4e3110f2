// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// choices are values for each attribute: good, bad, empty, not known yet, in part not known, and the same in another writing.
func choices(op *fakeop.Server) map[string][]any {
	str := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	return map[string][]any{
		"redirect_uris": {
			[]string{"https://a.example.com/"}, []string{"https://b.example.com/", "https://a.example.com/"}, []string{"https://a.example.com/", "https://b.example.com/"},
			[]string{"https://a.example.com/#f"}, []string{}, []any{"https://a.example.com/", tftest.Unknown{}}, []any{tftest.Unknown{}, "javascript:x", nil}, tftest.Unknown{},
		},
		"client_name":                {"App", "App 2", "", tftest.Unknown{}},
		"scope":                      {"a b", "b a", "a", "", tftest.Unknown{}},
		"contacts":                   {[]string{"b", "a"}, []string{"a", "b"}, []string{}, []any{"a", nil}, []string{"a", "a", ""}, tftest.Unknown{}},
		"jwks":                       {publicKey, " " + publicKey + "\n", privateKey, "{", "", tftest.Unknown{}},
		"jwks_uri":                   {"https://a.example.com/jwks", "jwks", tftest.Unknown{}},
		"vp_formats_supported":       {`{"a":1}`, `{ "a": 1.0 }`, `{"a":"1"}`, "[", tftest.Unknown{}},
		"default_max_age":            {0, 60, -1, 1.5, mustNumber("1e30"), mustNumber("1.0"), tftest.Unknown{}},
		"require_auth_time":          {true, false, tftest.Unknown{}},
		"token_endpoint_auth_method": {"client_secret_basic", "client_secret_post", "private_key_jwt", "none", tftest.Unknown{}},
		"grant_types":                {[]string{"authorization_code"}, []string{"authorization_code", "refresh_token"}, []string{"implicit"}, tftest.Unknown{}},
		"application_type":           {"web", "desktop"},
		"subject_type":               {"public", "pairwise"},
		"localized": {
			attrs{"ja": attrs{"client_name": "アプリ"}}, attrs{"JA": attrs{"client_name": "アプリ"}}, attrs{},
			attrs{"ja": attrs{"client_name": tftest.Unknown{}}}, attrs{"ja": attrs{"client_name": "ア", "tos_uri": "tos"}, "de": attrs{"client_name": "A"}}, attrs{"not a tag": attrs{"client_name": "A"}}, attrs{"ja": nil}, attrs{"ja": attrs{}}, attrs{"ja": attrs{"keywords": []any{nil}}}, attrs{"ja": tftest.Unknown{}}, tftest.Unknown{},
		},
		"extension_metadata": {
			attrs{"x_a": 1}, attrs{"x_a": "1"}, attrs{"x_a": []any{"a", "b"}}, attrs{"x_a": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{str("a"), str("b")})},
			attrs{"x_a": tftest.Unknown{}, "x_b": true}, attrs{"client_name": "App"}, "text", attrs{}, attrs{"x_a": nil}, attrs{"": 1}, attrs{"x#ja": 1, "x_b": attrs{"c": nil}}, []any{"x"}, tftest.Unknown{},
		},
		"issuer":                {op.Issuer(), op.TenantIssuer("/tenant"), "http://op.example.com", tftest.Unknown{}},
		"registration_endpoint": {op.RegistrationEndpoint(), "register", tftest.Unknown{}},
		"initial_access_token":  {"iat", tftest.Unknown{}},
		"strict":                {true, false, tftest.Unknown{}},
		"accept_substitutions":  {[]string{"client_name"}, []string{"x_a", "clientname"}, []any{"scope", tftest.Unknown{}}, []any{nil}, []string{}, tftest.Unknown{}},
		"refresh":               {"auto", "never", "always", "sometimes", tftest.Unknown{}},
		"on_missing":            {"recreate", "error", "x"},
		"update_form":           {"standard", "known", "x"},
		"renew_secret_before":   {"1h", "720h", "soon", "-1h", tftest.Unknown{}},
		"client_configuration_uri_template": {
			"{registration_endpoint}/{client_id}", "{registration_endpoint}?client_id={client_id}", "{registration_endpoint}", "{client_id}", "not a URL {client_id}", "", tftest.Unknown{},
		},
		"rotate_secret_when":  {attrs{"a": "1"}, attrs{"a": "2"}, attrs{"a": tftest.Unknown{}}, attrs{"a": nil}, attrs{}},
		"store_client_secret": {true, false, tftest.Unknown{}},
		"timeouts":            {attrs{"create": "1m"}, attrs{"read": "soon"}, attrs{"update": tftest.Unknown{}}, attrs{}, attrs{"delete": "0s"}, attrs{"create": "-1m", "read": nil}, tftest.Unknown{}},
	}
}

// scenario is what one round tries. Rounds are numbered, not random: a failure names the number, and the number brings it back.
type scenario struct {
	config, first, second attrs
	edits                 []int
}

const rounds = 40

func scenarios(all map[string][]any, edits int) *rapid.Generator[scenario] {
	return rapid.Custom(func(t *rapid.T) scenario {
		s := scenario{config: drawConfig(t, all, false), first: drawConfig(t, all, true), second: drawConfig(t, all, true)}
		if edits > 0 {
			s.edits = rapid.SliceOfN(rapid.IntRange(0, edits-1), 1, 2).Draw(t, "edits")
		}
		return s
	})
}

// drawConfig gives a configuration; good leaves out what cannot be registered. Some have few attributes, so that those which send the
// fast path to the framework are not always among them, and some have many.
func drawConfig(t *rapid.T, all map[string][]any, good bool) attrs {
	config := attrs{}
	density := rapid.SampledFrom([]int{1, 1, 2, 6}).Draw(t, "density")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		values := all[name]
		if good {
			values = slices.DeleteFunc(slices.Clone(values[:1+len(values)/3]), isUnknown)
		}
		if rapid.IntRange(0, 9).Draw(t, name+"?") < density {
			config[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	if !good {
		return config
	}
	for _, name := range []string{"initial_access_token", "registration_endpoint"} {
		delete(config, name)
	}
	if config["jwks"] != nil {
		delete(config, "jwks_uri")
	}
	if config["redirect_uris"] == nil {
		config["redirect_uris"] = all["redirect_uris"][0]
	}
	return config
}

// isUnknown reports whether something in a value is not known yet.
func isUnknown(v any) bool {
	switch v := v.(type) {
	case tftest.Unknown:
		return true
	case attrs:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), isUnknown)
	case []any:
		return slices.ContainsFunc(v, isUnknown)
	}
	return false
}

func fastPathServers() map[string]*fakeop.Server {
	return map[string]*fakeop.Server{
		"correct":            {},
		"expiring secrets":   {SecretLifetime: 240 * time.Hour},
		"without management": {Management: fakeop.ManagementOff},
		"odd": {Faults: fakeop.Faults{
			ReorderArrays: true, NullsForUnset: true, LowerCaseTags: true, KeepUnknown: true, ArrayWhereString: []string{"scope"},
			Substitute: map[string]any{"client_name": "Renamed"},
		}},
	}
}

// The fast path and the framework agree on whatever is configured: validate, the plan of a new client, the plan of one that exists.
func TestFastPathPlansAsTheFramework(t *testing.T) {
	t.Parallel()
	for name, op := range fastPathServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op.Tenants = []string{"/tenant"}
			x := newServerPair(t, op, nil)
			all := choices(op)
			none := tftypes.NewValue(x.Type(), nil)
			var updates, creates int
			generator := scenarios(all, 0)
			for round := range rounds {
				t.Run(strconv.Itoa(round), func(t *testing.T) {
					round := generator.Example(round)
					config := x.Object(round.config)
					if x.validate(t, config) {
						creates++
						x.plan(t, config, none, nil)
					}
					first := x.Object(round.first)
					state, private, ok := x.register(first)
					if !ok {
						return
					}
					updates++
					x.plan(t, first, state, private) // nothing to do
					if x.validate(t, config) {
						x.plan(t, config, state, private)
					}
					if second := x.Object(round.second); x.validate(t, second) {
						x.plan(t, second, state, private)
						x.plan(t, second, state, nil) // private state is lost
					}
					x.plan(t, none, state, private) // a destroy
					x.upgrade(t, 0, x.json(state))
				})
			}
			if creates < rounds/4 || updates < rounds/2 {
				t.Errorf("%d creates and %d updates were planned: the test shows little", creates, updates)
			}
		})
	}
}

// And on what a server shows: drift, other shapes, refusals, a client that is gone.
func TestFastPathReadsAsTheFramework(t *testing.T) {
	t.Parallel()
	for name, op := range fastPathServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op.Tenants = []string{"/tenant"}
			x := newServerPair(t, op, attrs{"max_retries": 0})
			all := choices(op)
			ordinary := op.Faults
			edits := []func(id string){
				func(string) {},
				func(id string) { op.SetMember(id, "client_name", "Tampered") },
				func(id string) { op.SetMember(id, "redirect_uris", []any{"https://evil.example.com/"}) },
				func(id string) { op.SetMember(id, "default_max_age", "abc") },
				func(id string) { op.SetMember(id, "scope", []any{"b", "a"}) },
				func(id string) { op.SetMember(id, "client_name#ja", json.Number("1")) },
				func(id string) { op.SetMember(id, "x_a", map[string]any{"n": nil}) },
				func(id string) { op.UnsetMember(id, "redirect_uris") },
				func(id string) { op.RemoveClient(id) },
				func(id string) { op.RevokeToken(id) },
				func(id string) { op.ReissueSecret(id) },
				func(string) { op.EditFaults(func(f *fakeop.Faults) { f.ReadStatus = http.StatusMethodNotAllowed }) },
				func(string) { op.EditFaults(func(f *fakeop.Faults) { f.HTMLSuccess = true }) },
				func(string) { op.EditFaults(func(f *fakeop.Faults) { f.GoneStatus = http.StatusNotFound }) },
				func(string) { op.EditFaults(func(f *fakeop.Faults) { f.ErrorsUnder200 = true }) },
			}
			var reads int
			generator := scenarios(all, len(edits))
			for round := range rounds {
				t.Run(strconv.Itoa(round), func(t *testing.T) {
					round := generator.Example(round)
					op.SetFaults(ordinary)
					config := x.Object(round.first)
					state, private, ok := x.register(config)
					if !ok {
						return
					}
					var id string
					if err := tftest.Opened(t, state)["client_id"].As(&id); err != nil {
						t.Fatal(err)
					}
					reads++
					// ReorderArrays shows another order at each answer, so that the registered metadata of two reads cannot be the same.
					op.EditFaults(func(f *fakeop.Faults) { f.ReorderArrays = false })
					for _, n := range round.edits {
						if _, there := op.Client(id); there {
							edits[n](id)
						}
					}
					seen, kept := x.read(t, state, private)
					x.read(t, state, nil)
					if !seen.IsNull() {
						x.plan(t, config, seen, kept)
					}
				})
			}
			if reads < rounds/2 {
				t.Errorf("%d clients were read: the test shows little", reads)
			}
		})
	}
}

// States as they lie in files: of another version, with attributes that this release does not know, malformed.
func TestFastPathUpgradesAsTheFramework(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	full := attrs{
		"client_id": "c", "client_name": "App", "redirect_uris": []string{"https://a.example.com/"}, "default_max_age": 60, "require_auth_time": true,
		"jwks": publicKey, "localized": attrs{"ja": attrs{"client_name": "アプリ", "keywords": []string{"a"}}}, "timeouts": attrs{"create": "1m"},
		"extension_metadata": attrs{"x_a": 1, "x_b": []any{"a", true, nil}, "x_c": attrs{"d": "e"}}, "accept_substitutions": []string{"scope"},
		"rotate_secret_when": attrs{"a": "1"},
	}
	state := x.json(x.Object(full))
	x.upgrade(t, 0, state)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(state, &members); err != nil {
		t.Fatal(err)
	}
	edited := func(edit func(map[string]json.RawMessage)) []byte {
		again := map[string]json.RawMessage{}
		for name, v := range members {
			again[name] = v
		}
		edit(again)
		b, err := json.Marshal(again)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	x.upgrade(t, 0, edited(func(m map[string]json.RawMessage) { m["of_another_release"] = json.RawMessage(`{"a":[1]}`) }))
	x.upgrade(t, 0, edited(func(m map[string]json.RawMessage) { delete(m, "client_name"); delete(m, "extension_metadata") }))
	x.upgrade(t, 0, edited(func(m map[string]json.RawMessage) { m["default_max_age"] = json.RawMessage(`"sixty"`) }))
	x.upgrade(t, 0, edited(func(m map[string]json.RawMessage) { m["redirect_uris"] = json.RawMessage(`"https://a.example.com/"`) }))
	x.upgrade(t, 0, []byte(`{}`))
	x.upgrade(t, 0, []byte(`null`))
	x.upgrade(t, 0, []byte(`[`))
	x.upgrade(t, 1, state)
	x.upgrade(t, 7, state)
}

// Private state that cannot be read is an error for both, with the same words.
func TestFastPathAndPrivateState(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	config := x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}})
	state, private, ok := x.register(config)
	if !ok {
		t.Fatal("not registered")
	}
	record := func(content string) []byte {
		b, err := json.Marshal(map[string][]byte{"record": []byte(content)})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	withOther := map[string][]byte{}
	if err := json.Unmarshal(private, &withOther); err != nil {
		t.Fatal(err)
	}
	withOther["of_another_release"] = []byte(`{"a":1}`)
	other, err := json.Marshal(withOther)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{
		"as it is": private, "none": nil, "empty": []byte(`{}`), "null": []byte(`null`), "empty record": record(`{}`), "another key": other,
		"newer record": record(`{"version":99}`), "malformed record": record(`[1]`), "null record": record(`null`),
		"packed otherwise": record(`"2AAAA"`), "damaged": record(`"1AAAA"`),
	} {
		t.Run(name, func(t *testing.T) {
			x.read(t, state, bytes)
			x.plan(t, config, state, bytes)
			x.plan(t, x.Object(attrs{"client_name": "App 2", "redirect_uris": []string{"https://a.example.com/"}}), state, bytes)
		})
	}
}

// Nulls where Terraform sends them.
func TestFastPathAndNothing(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	none := tftypes.NewValue(x.Type(), nil)
	x.read(t, none, nil)
	x.plan(t, none, none, nil)
	x.plan(t, x.Object(nil), none, nil)
	x.validate(t, x.Object(nil))
	x.validate(t, none)
}

// Each value of each attribute alone, so that no other one decides which of the two answers.
func TestFastPathOnEachValue(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{Tenants: []string{"/tenant"}}
	x := newServerPair(t, op, nil)
	all := choices(op)
	none := tftypes.NewValue(x.Type(), nil)
	state, private, ok := x.register(x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}}))
	if !ok {
		t.Fatal("not registered")
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for i, v := range all[name] {
			t.Run(name+"/"+strconv.Itoa(i), func(t *testing.T) {
				config := x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}}.With(attrs{name: v}))
				if x.validate(t, config) {
					x.plan(t, config, none, nil)
					x.plan(t, config, state, private)
				}
			})
		}
	}
}

// A write-only value has no place in a state; one that lies there, as nothing but a change by hand can bring it, is gone after a read.
func TestFastPathReadsNoWriteOnlyValue(t *testing.T) {
	t.Parallel()
	x := newServerPair(t, &fakeop.Server{}, nil)
	state, private, ok := x.register(x.Object(attrs{"redirect_uris": []string{"https://a.example.com/"}}))
	if !ok {
		t.Fatal("not registered")
	}
	members := tftest.Opened(t, state)
	for _, v := range []any{"token", tftypes.UnknownValue} {
		members["initial_access_token"] = tftypes.NewValue(tftypes.String, v)
		read, _ := x.read(t, tftypes.NewValue(state.Type(), members), private)
		if kept := tftest.Opened(t, read)["initial_access_token"]; !kept.IsNull() {
			t.Errorf("%v is kept: %s", v, kept)
		}
	}
}
