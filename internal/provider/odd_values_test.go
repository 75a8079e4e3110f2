// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const cannotBeUsed = "Server shows values that cannot be used"

// shownAs is a server that shows these values, given as JSON, in every answer.
func shownAs(t *testing.T, members map[string]string) fakeop.Faults {
	t.Helper()
	edit := func(doc map[string]any) {
		for member, text := range members {
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			doc[member] = v
		}
	}
	calls := fakeop.Always(fakeop.Answer{Edit: edit})
	return fakeop.Faults{
		Registration: fakeop.RegistrationFaults{Calls: calls}, Reading: fakeop.ReadingFaults{Calls: calls}, Updating: fakeop.UpdatingFaults{Calls: calls},
	}
}

// Server-assigned values in an odd form are either understood or told of, once, and never dropped without a word.
func TestOddServerAssignedValues(t *testing.T) {
	t.Parallel()
	const noTime, noText = "it is no time that can be read", "it is neither a string nor a number"
	expires, issued := "client_secret_expires_at", "client_id_issued_at"
	for name, c := range map[string]struct {
		shown map[string]string
		want  map[string]int64 // of the attributes that are times
		told  []string         // members, with what is said of them
	}{
		"ISO dates":          {map[string]string{expires: `"2031-01-01T00:00:00Z"`, issued: `"2026-01-01T01:00:00+01:00"`}, map[string]int64{expires: 1924992000, issued: 1767225600}, nil},
		"ISO date only":      {map[string]string{expires: `"2031-01-01"`}, map[string]int64{expires: 1924992000}, nil},
		"milliseconds":       {map[string]string{expires: `1924992000000`, issued: `1767225600000`}, map[string]int64{expires: 1924992000, issued: 1767225600}, nil},
		"floats":             {map[string]string{expires: `1924992000.75`, issued: `1.7672256e9`}, map[string]int64{expires: 1924992000, issued: 1767225600}, nil},
		"numbers as strings": {map[string]string{expires: `"1924992000"`, issued: `" 1767225600 "`}, map[string]int64{expires: 1924992000, issued: 1767225600}, nil},
		"null":               {map[string]string{expires: `null`, issued: `null`}, nil, nil},
		"empty strings":      {map[string]string{expires: `""`, issued: `""`}, nil, nil},
		"never, in words":    {map[string]string{expires: `"never"`}, nil, []string{expires + ": " + noTime}},
		"never, as -1":       {map[string]string{expires: `-1`}, nil, []string{expires + ": " + noTime}},
		"never, as year 1":   {map[string]string{expires: `"0001-01-01T00:00:00Z"`}, nil, []string{expires + ": " + noTime}},
		"booleans":           {map[string]string{expires: `false`, issued: `true`}, nil, []string{expires + ": " + noTime, issued + ": " + noTime}},
		"objects and lists":  {map[string]string{expires: `{"$date":1}`, issued: `[1]`}, nil, []string{expires + ": " + noTime, issued + ": " + noTime}},
		"out of range":       {map[string]string{expires: `1e300`}, nil, []string{expires + ": " + noTime}},
		"a token's lifetime": {map[string]string{"registration_access_token_expires_in": `"soon"`, "registration_access_token_expires_at": `{}`}, nil, []string{"registration_access_token_expires_in: it is not a number of seconds"}},
		"a URI object":       {map[string]string{"registration_client_uri": `{"href":"x"}`}, nil, []string{"registration_client_uri: " + noText}},
		"a token object":     {map[string]string{"registration_access_token": `{"value":"canary-token"}`}, nil, []string{"registration_access_token: " + noText}},
		"a secret object":    {map[string]string{"client_secret": `{"hash":"canary-hash"}`}, nil, []string{"client_secret: " + noText}},
		"a secret list":      {map[string]string{"client_secret": `["canary-secret"]`}, nil, []string{"client_secret: " + noText}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: shownAs(t, c.shown)}, nil)
			check := func(moment string, told bool) {
				t.Helper()
				for member := range c.shown {
					if member != expires && member != issued {
						continue
					}
					want := tftypes.NewValue(tftypes.Number, nil)
					if n, ok := c.want[member]; ok {
						want = tftypes.NewValue(tftypes.Number, n)
					}
					if got := r.Value(member); !got.Equal(want) {
						t.Errorf("%s: %s is %s, want %s", moment, member, got, want)
					}
				}
				got, want := countOf(r, cannotBeUsed), 0
				if told && len(c.told) > 0 {
					want = 1
					r.wantSays(c.told...)
				}
				if got != want {
					t.Errorf("%s: %d warnings of odd values, want %d: %q\n%s", moment, got, want, r.told(), r.details())
				}
				containsNone(t, r.details(), "canary")
			}
			r.Apply(app)
			check("registration", true)
			r.WantEmpty(app)
			check("plan", false)
			if r.Value("registration_client_uri").IsNull() {
				return // not managed, which other warnings say
			}
			r.Apply(renamed)
			check("update", false)
			r.WantEmpty(renamed)
			check("plan", false)
		})
	}
}

// countOf is how many diagnostics since begin have this summary.
func countOf(r *subject, summary string) (n int) {
	for _, d := range r.Said() {
		if d.Summary == summary {
			n++
		}
	}
	return n
}

// What begins to be odd later is told by the plan or the update that first meets it.
func TestOddValuesThatComeLater(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"plan", "update"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{}, nil)
			config := app.With(attrs{"refresh": map[string]string{"plan": "auto", "update": "never"}[moment]})
			r.Apply(config)
			r.op.SetFaults(shownAs(t, map[string]string{"client_id_issued_at": `"long ago"`}))
			if moment == "plan" {
				r.WantEmpty(config)
			} else {
				r.Apply(config.With(attrs{"client_name": "App 2"}))
			}
			if got := countOf(r, cannotBeUsed); got != 1 {
				t.Errorf("%d warnings: %q", got, r.told())
			}
			r.wantSays("client_id_issued_at: it is no time that can be read")
		})
	}
}

// A secret in a 201 that looks like a hash is kept, and it is said that it may be none.
func TestSecretThatLooksHashedIsKept(t *testing.T) {
	t.Parallel()
	for name, shown := range map[string]string{
		"bcrypt": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "a named hash": "{bcrypt}$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "a mask": "********",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, _ := json.Marshal(shown)
			r := newSubject(t, &fakeop.Server{Faults: shownAs(t, map[string]string{"client_secret": string(text)})}, nil)
			r.Apply(app)
			r.wantSays("Client secret may be a hash or a mask", "server's own console")
			if got := r.Text("client_secret"); got != shown {
				t.Errorf("client_secret is %q", got)
			}
			containsNone(t, r.details(), shown)
			r.WantEmpty(app)
		})
	}
}

// oddShapes are values that servers show in another form than they were asked for, which say the same.
var oddShapes = map[string]string{
	"default_max_age": `"3600"`, "contacts": `"a@example.com"`, "redirect_uris": `"https://app.example.com/cb"`, "require_auth_time": `"true"`,
	"scope": `["openid","email"]`, "software_id": `["app"]`, "software_version": `2`, "client_uri": `null`, "grant_types": `["authorization_code",""]`,
	"jwks": `"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"`,
}

func oddlyShaped() attrs {
	return app.With(attrs{
		"default_max_age": 3600, "contacts": []string{"a@example.com"}, "require_auth_time": true, "scope": "email openid", "software_id": "app", "software_version": "2",
		"grant_types": []string{"authorization_code"},
		"jwks":        `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`,
	})
}

// Numbers as strings, one string for a list, booleans as strings and the like are the values that were asked for, and an import takes
// them over as such.
func TestOddShapesSayTheSame(t *testing.T) {
	t.Parallel()
	faults := shownAs(t, oddShapes)
	r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
	r.Apply(oddlyShaped())
	if told := r.told(); len(told) > 0 {
		t.Errorf("diagnostics %q\n%s", told, r.details())
	}
	r.WantEmpty(oddlyShaped())
	r.Apply(oddlyShaped().With(attrs{"client_name": "App 2"}))
	r.WantEmpty(oddlyShaped().With(attrs{"client_name": "App 2"}))

	imported, told := importOf(t, r.op, r.id())
	for name, want := range map[string]tftypes.Value{
		"default_max_age":   tftypes.NewValue(tftypes.Number, 3600),
		"require_auth_time": tftypes.NewValue(tftypes.Bool, true),
		"contacts":          tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, "a@example.com")}),
		"software_version":  tftypes.NewValue(tftypes.String, "2"),
		"scope":             tftypes.NewValue(tftypes.String, "openid email"),
	} {
		if got := imported[name]; !got.Equal(want) {
			t.Errorf("%s is imported as %s, want %s", name, got, want)
		}
	}
	if len(told) > 0 {
		t.Errorf("the import says %q", told)
	}
}

// What cannot be taken as a value of its parameter is told by an import, and is a substitution for the client that asked for something.
func TestShapesThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	odd := map[string]string{
		"client_name": `{"en":"App"}`, "redirect_uris": `[{"uri":"https://app.example.com/cb"}]`, "require_auth_time": `"perhaps"`, "default_max_age": `"an hour"`,
		"contacts": `{"a":"b"}`, "scope": `{"openid":true}`, "jwks": `"no JSON"`, "logo_uri": `["x","y"]`,
	}
	config := oddlyShaped().With(attrs{
		"logo_uri": "https://app.example.com/logo.png", "accept_substitutions": []string{"jwks", "redirect_uris", "require_auth_time"},
	})
	r := newSubject(t, &fakeop.Server{Faults: shownAs(t, odd)}, nil)
	r.Apply(config)
	for member := range odd {
		if !regexp.MustCompile(`[-:] ` + member + `: (asked for .*, and )?the server (registered|left out) `).MatchString(r.details()) {
			t.Errorf("nothing says what became of %s:\n%s", member, r.details())
		}
	}
	r.WantEmpty(config)

	imported, told := importOf(t, r.op, r.id())
	var missing []string
	all := strings.Join(told, "\n")
	for member := range odd {
		if v, ok := imported[member]; ok {
			t.Errorf("%s is imported as %s", member, v)
		}
		if !strings.Contains(all, member) {
			missing = append(missing, member)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		t.Errorf("the import says nothing of %v:\n%s", missing, all)
	}
}

// importOf imports a client, and returns its attributes and the warnings.
func importOf(t *testing.T, op *fakeop.Server, id string) (map[string]tftypes.Value, []string) {
	t.Helper()
	client, _ := op.Client(id)
	r := newRig(t, op)
	if err := r.Start(attrs{"issuer": op.Issuer(), "registration_access_tokens": map[string]any{id: client.Token}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Import(theClient, client.URI); err != nil {
		t.Fatal(err)
	}
	values := map[string]tftypes.Value{}
	for name, v := range r.Generated(theClient) {
		values[name], _ = v.(tftypes.Value)
	}
	var said []string
	for _, d := range r.Told() {
		said = append(said, d.Summary+"\n"+d.Detail)
	}
	return values, said
}
