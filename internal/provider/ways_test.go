// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

const adminToken = "operator-credential"

// trouble is a client that cannot be managed as before.
type trouble struct {
	settings attrs          // of the provider, from the beginning
	server   *fakeop.Server // nil for one without faults
	breaks   func(r *subject)
	elsewise attrs                           // the provider's settings once the trouble is there
	handedIn func(r *subject) (token string) // for the client, once the trouble is there
}

// silentWitnesses tell nothing of any client.
var silentWitnesses = fakeop.Faults{TokenChecksGrantFirst: true, AuthorizeErrorPage: true}

func troubles(elsewhere string) map[string]trouble {
	answers := func(a fakeop.Answer, more ...fakeop.Faults) func(*subject) {
		return func(r *subject) {
			f := fakeop.Faults{}
			if len(more) > 0 {
				f = more[0]
			}
			f.Reading.Calls, f.Updating.Calls, f.Deletion.Calls = fakeop.Always(a), fakeop.Always(a), fakeop.Always(a)
			r.op.SetFaults(f)
		}
	}
	restarts := func(a fakeop.Answer) func(*subject) {
		return func(r *subject) {
			f := silentWitnesses
			f.Front = []fakeop.CallFault{
				{Times: 1, Answer: fakeop.Dropped(), Matches: func(r *http.Request) bool { return r.Method == http.MethodDelete }},
				{Answer: a, Matches: func(r *http.Request) bool {
					return strings.HasPrefix(r.URL.Path, "/register") && r.Method != http.MethodPost
				}},
			}
			r.op.SetFaults(f)
		}
	}
	revoked := func(f fakeop.Faults) func(*subject) {
		return func(r *subject) { r.op.SetFaults(f); r.op.RevokeToken(r.id()) }
	}
	admin := attrs{"initial_access_token": adminToken}
	return map[string]trouble{
		"token revoked":                          {breaks: revoked(fakeop.Faults{})},
		"token revoked, with an administrator":   {settings: admin, server: &fakeop.Server{AdminToken: adminToken}, breaks: revoked(fakeop.Faults{})},
		"token revoked, nothing tells":           {breaks: revoked(silentWitnesses)},
		"token revoked, as 400":                  {breaks: revoked(fakeop.Faults{InvalidTokenStatus: 400, Credentials: fakeop.CredentialFaults{InvalidTokenCode: "access_denied"}})},
		"token revoked, on_missing = error":      {settings: attrs{"on_missing": "error"}, breaks: revoked(silentWitnesses)},
		"404, on_missing = error":                {settings: attrs{"on_missing": "error"}, breaks: answers(fakeop.NotFoundPage(), silentWitnesses)},
		"404":                                    {breaks: answers(fakeop.NotFoundJSON(), silentWitnesses)},
		"404, and a witness":                     {breaks: answers(fakeop.NotFoundPage())},
		"403":                                    {breaks: answers(fakeop.Forbidden("", ""))},
		"403, with an administrator":             {settings: admin, server: &fakeop.Server{AdminToken: adminToken}, breaks: answers(fakeop.Forbidden("access_denied", "no"))},
		"a gateway that restarts":                {breaks: restarts(fakeop.Unauthorized(false))},
		"a gateway that restarts, as 404":        {breaks: restarts(fakeop.Answer{Status: 404, Body: `{"error":"not_found"}`})},
		"405":                                    {breaks: answers(fakeop.NotAllowed("POST"))},
		"500":                                    {breaks: answers(fakeop.Answer{Status: 500})},
		"429":                                    {breaks: answers(fakeop.Answer{Status: 429})},
		"a page":                                 {breaks: answers(fakeop.Welcome())},
		"a login page":                           {breaks: answers(fakeop.LoginPage())},
		"a redirect to another host":             {breaks: answers(fakeop.Answer{Status: 302, Header: http.Header{"Location": {"https://login.example/"}}})},
		"another client":                         {breaks: answers(fakeop.Answer{OtherClient: true})},
		"provider's credentials refused":         {settings: admin.With(attrs{"management": "provider_credentials"}), server: &fakeop.Server{AdminToken: adminToken}, breaks: func(*subject) {}, elsewise: attrs{"initial_access_token": "another-credential", "management": "provider_credentials"}},
		"provider's credentials refused, as 403": {settings: admin.With(attrs{"management": "provider_credentials"}), server: &fakeop.Server{AdminToken: adminToken}, breaks: answers(fakeop.Forbidden("insufficient_scope", ""))},
		"no answer": {breaks: func(r *subject) {
			r.op.SetFaults(fakeop.Faults{DropBeforeProcessing: []fakeop.Operation{fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete}})
		}},
		"token revoked, and another client's handed in": {breaks: revoked(fakeop.Faults{OtherClientStatus: http.StatusForbidden}), handedIn: anothersToken},
		"the same, where nothing tells":                 {breaks: revoked(withOthersForbidden(silentWitnesses)), handedIn: anothersToken},
		"token revoked, by another server":              {breaks: func(r *subject) { r.op.RevokeToken(r.id()) }, elsewise: attrs{"issuer": elsewhere}},
	}
}

// anothersToken is a token of another client at the server.
func anothersToken(r *subject) string {
	r.op.AddClient("another", "", map[string]any{"client_name": "Another"})
	return r.op.ReissueToken("another")
}

func withOthersForbidden(f fakeop.Faults) fakeop.Faults {
	f.OtherClientStatus = http.StatusForbidden
	return f
}

// The operations that a trouble may stop.
var stopped = map[string]func(r *subject) error{
	"plan": func(r *subject) error { _, err := r.TryPlan(secured()); return err },
	// The plan of a change is the plan above. Here it does not read the client, so that the update meets the trouble.
	"update": func(r *subject) error {
		return r.TryApply(secured().With(attrs{"client_name": "App 2", "refresh": "never"}))
	},
	"destroy": func(r *subject) error {
		if r.State.IsNull() {
			return nil
		}
		return r.Resource.Destroy(r.t.Context())
	},
}

// inTrouble is a client in that trouble, with the provider's settings.
func inTrouble(t *testing.T, x trouble, config attrs) (*subject, attrs) {
	t.Helper()
	s := &fakeop.Server{}
	if x.server != nil {
		s = &fakeop.Server{AdminToken: x.server.AdminToken}
	}
	settings := attrs{"max_retries": 0}.With(x.settings)
	r := newSubject(t, s, settings)
	r.Apply(config)
	if x.elsewise != nil {
		settings = attrs{"max_retries": 0}.With(x.elsewise)
		if err := r.configure(settings); err != nil {
			t.Fatal(err)
		}
	}
	x.breaks(r)
	if x.handedIn != nil {
		settings = settings.With(attrs{"registration_access_tokens": attrs{r.id(): x.handedIn(r)}})
		if err := r.configure(settings); err != nil {
			t.Fatal(err)
		}
	}
	return r, settings
}

// waysIn are the ways out that an error's text names, each with its lines.
func waysIn(text string) []string {
	var ways []string
	for _, list := range strings.Split(text, "To fix this:\n")[1:] {
		for line := range strings.Lines(list) {
			switch {
			case strings.HasPrefix(strings.TrimLeft(line, " "), "- "):
				ways = append(ways, strings.TrimSpace(line))
			case len(ways) > 0 && strings.HasPrefix(line, "  "):
				ways[len(ways)-1] += "\n" + strings.TrimSpace(line)
			default:
				if strings.TrimSpace(line) != "" {
					return ways
				}
			}
		}
	}
	return ways
}

var tokenLine = regexp.MustCompile(`(?m)^registration_access_tokens = \{ "([^"]*)" = `)

var setting = regexp.MustCompile(`(?m)^(refresh|management|on_missing|issuer) += "(.*)"$`)

// removeEntry is the way out of a token that was handed in for the wrong client.
const removeEntry = "- If that token is another client's, remove the entry "

const toItsServer = "- If the provider is configured for the wrong server"

// take takes a way out as it is written. What the way takes for granted (that an administrator has done something, or that a failure has
// passed) is made so. It returns the provider's settings.
func take(t *testing.T, r *subject, settings attrs, way string) attrs {
	t.Helper()
	id := r.id()
	more := attrs{}
	for _, found := range setting.FindAllStringSubmatch(way, -1) {
		more[found[1]] = found[2]
	}
	heal := func() { r.op.SetFaults(fakeop.Faults{}) }
	forget := func() {
		r.State, r.Private = tftypes.NewValue(r.State.Type(), nil), nil
	}
	switch {
	case strings.Contains(way, "terraform import"):
		heal()
		client, _ := r.op.Client(id)
		forget()
		importInto(t, r, settings.With(attrs{"registration_access_tokens": attrs{id: r.op.ReissueToken(id)}}), client.URI)
		return settings
	case strings.HasPrefix(way, removeEntry):
		if !strings.Contains(way, `"`+id+`"`) {
			t.Fatalf("the way does not name the entry %q: %s", id, way)
		}
		r.op.RemoveClient(id)
		settings = settings.With(attrs{"registration_access_tokens": nil})
	case strings.Contains(way, "registration_access_tokens"):
		named := tokenLine.FindStringSubmatch(way)
		if client, _ := r.op.Client(id); named == nil || named[1] != id && named[1] != client.URI {
			t.Fatalf("the way does not name %q: %s", id, way)
		}
		heal()
		more["registration_access_tokens"] = attrs{named[1]: r.op.ReissueToken(id)}
	case strings.Contains(way, "guides/credentials#"):
		more["management"] = "none" // one of the two that the guide names; TestTheGuideSaysWhatGivesAClientUp takes the other, too
	case strings.Contains(way, "terraform state rm"):
		forget()
	case strings.Contains(way, `on_missing = "recreate"`):
		r.op.RemoveClient(id)
	case strings.Contains(way, `management = "provider_credentials"`), strings.Contains(way, "Correct the provider's own credentials"):
		heal()
		if r.op.AdminToken != "" {
			more["initial_access_token"] = r.op.AdminToken
		}
	case strings.Contains(way, "Run it again"), strings.Contains(way, "Try again later"), strings.Contains(way, "Then try again"), strings.Contains(way, "Ask the server's administrator"),
		strings.Contains(way, "max_concurrent_requests"):
		heal()
	case strings.Contains(way, "terraform apply"):
	case strings.HasPrefix(way, toItsServer):
	default:
		if len(more) == 0 {
			t.Fatalf("nobody has taken this way yet: %s", way)
		}
	}
	if strings.Contains(way, "on the resource or the provider") || len(more) > 0 {
		settings = settings.With(more)
	}
	if err := r.configure(settings); err != nil {
		t.Fatalf("the provider does not take the setting: %v", err)
	}
	return settings
}

func importInto(t *testing.T, r *subject, settings attrs, uri string) {
	t.Helper()
	if err := r.configure(settings); err != nil {
		t.Fatal(err)
	}
	if err := r.tryImport(uri); err != nil {
		t.Fatalf("the import fails: %v", err)
	}
}

// Each way out that a message names in each trouble and for each operation is taken, and ends the trouble.
func TestEachWayOutWorks(t *testing.T) {
	t.Parallel()
	other := &fakeop.Server{Seed: "other"}
	other.Start(t)
	for name, x := range troubles(other.Issuer()) {
		for operation, run := range stopped {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				config := secured()
				if operation == "update" {
					config = config.With(attrs{"refresh": "never"})
				}
				r, _ := inTrouble(t, x, config)
				err := run(r)
				if err == nil {
					return // warned of, as other tests show
				}
				ways := waysIn(err.Error())
				if len(ways) == 0 {
					t.Fatalf("no way out is named:\n%v", err)
				}
				for i := range ways {
					r, settings := inTrouble(t, x, config)
					err := run(r)
					if err == nil {
						t.Fatal("the trouble is gone by itself")
					}
					way := waysIn(err.Error())[i]
					if x.handedIn != nil && strings.Contains(way, "Ask the server's administrator what this credential") {
						continue // whose answer is that it is another client's
					}
					settings = take(t, r, settings, way)
					if r.State.IsNull() {
						saysThatAnotherIsRegistered(t, r, config, way)
					}
					err = run(r)
					if strings.HasPrefix(way, toItsServer) && err != nil {
						// The first step of two: its own server is where a token can be handed in.
						for _, next := range waysIn(err.Error()) {
							if strings.Contains(next, "registration_access_tokens") {
								take(t, r, settings, next)
								err = run(r)
							}
						}
					}
					if strings.HasPrefix(way, removeEntry) && err != nil {
						// Without reads in a plan, the update finds that the client is gone, or leaves it open; the message names the next step.
						if next := waysIn(err.Error()); !strings.Contains(err.Error(), "Plan again") {
							for _, way := range next {
								if strings.Contains(way, `on_missing = "recreate"`) {
									take(t, r, settings, way)
								}
							}
						}
						err = run(r)
					}
					if err != nil {
						t.Errorf("the way out does not work:\n%s\n%v", way, err)
					}
				}
				if named := strings.Contains(err.Error(), removeEntry); named != (x.handedIn != nil) {
					t.Errorf("to remove the entry is named as a way out %v:\n%v", named, err)
				}
			})
		}
	}
}

// saysThatAnotherIsRegistered holds a way that takes a client out of the state to saying that the configuration, as it is, has another one registered.
func saysThatAnotherIsRegistered(t *testing.T, r *subject, config attrs, way string) {
	t.Helper()
	if plan, err := r.TryPlan(config); err == nil && plan.Unknown("client_id") && !strings.Contains(way, "the next apply registers another client") {
		t.Errorf("the next apply registers another client, which the way does not say:\n%s", way)
	}
}

// The ways out that a refused import names are taken, too. There is nothing in the state yet, so that none speaks of keeping, forgetting or
// leaving unread.
func TestEachWayOutOfARefusedImportWorks(t *testing.T) {
	t.Parallel()
	for name, x := range troubles("") {
		if x.elsewise["issuer"] != nil || x.handedIn != nil || name == "another client" { // whose client it is that an import shows is the server's word
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := func() (r *subject, id, uri, token string) {
				maker, _ := inTrouble(t, trouble{server: x.server, settings: x.settings, breaks: func(*subject) {}}, secured())
				id, uri, token = maker.id(), maker.Text("registration_client_uri"), maker.Text("registration_access_token")
				x.breaks(maker)
				settings := attrs{"max_retries": 0}.With(x.settings)
				if x.elsewise != nil {
					settings = attrs{"max_retries": 0}.With(x.elsewise)
				}
				r = newSubject(t, maker.op, settings.With(attrs{"registration_access_tokens": attrs{id: token}}))
				return r, id, uri, token
			}
			r, _, uri, _ := begin()
			err := r.tryImport(uri)
			if err == nil {
				t.Fatal("the import succeeds in all that trouble")
			}
			containsNone(t, err.Error(), "terraform state rm", "refresh = ", "on_missing = ", `management = "none"`)
			ways := waysIn(err.Error())
			if len(ways) == 0 && !strings.Contains(err.Error(), "not found") {
				t.Fatalf("no way out is named:\n%v", err)
			}
			for i := range ways {
				r, id, uri, token := begin()
				way := waysIn(fmt.Sprint(r.tryImport(uri)))[i]
				settings := attrs{"max_retries": 0}.With(x.settings)
				switch {
				case strings.Contains(way, "registration_access_tokens"):
					r.op.SetFaults(fakeop.Faults{})
					token = r.op.ReissueToken(id)
				case strings.Contains(way, "administrator delete"):
					r.op.RemoveClient(id)
					if err := r.configure(settings); err != nil {
						t.Fatal(err)
					}
					r.op.SetFaults(fakeop.Faults{})
					r.State, r.Private = tftypes.NewValue(r.State.Type(), nil), nil
					r.Apply(secured())
					continue
				case strings.Contains(way, `management = "provider_credentials"`):
					r.op.SetFaults(fakeop.Faults{})
					settings = settings.With(attrs{"management": "provider_credentials"})
				default:
					r.op.SetFaults(fakeop.Faults{}) // the failure has passed, or the administrator has helped
				}
				if err := r.configure(settings.With(attrs{"registration_access_tokens": attrs{id: token}})); err != nil {
					t.Fatal(err)
				}
				if err := r.tryImport(uri); err != nil {
					t.Errorf("the way out does not work:\n%s\n%v", way, err)
				}
			}
		})
	}
}
