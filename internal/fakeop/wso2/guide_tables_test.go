// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The guide's tables of parameters, of refusals and of scopes say what this server does.

// section has the rows of the table of one section, the first cell and the others.
func section(t *testing.T, title string) (rows [][]string) {
	t.Helper()
	text, _ := guide(t)
	_, part, found := strings.Cut(text, "## "+title+"\n")
	if !found {
		t.Fatalf("the guide has no section %q", title)
	}
	part, _, _ = strings.Cut(part, "\n## ")
	for line := range strings.Lines(part) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		rows = append(rows, cells)
	}
	return rows
}

// since wants the text to name the first release that does something, which all later ones do.
func since(t *testing.T, text string, does func(release Release) bool) {
	t.Helper()
	first := never
	for _, release := range Releases() {
		switch {
		case does(release) && first == never:
			first = release
		case !does(release) && first != never:
			t.Errorf("%s does not, but %s does", release, first)
		}
	}
	if !strings.Contains(strings.ToLower(text), "from "+first.String()) {
		t.Errorf("it is from %s; the guide says %q", first, text)
	}
}

// takes reports whether a release registers an application with a member and shows it as it was sent.
func takes(t *testing.T, release Release, members map[string]any) bool {
	t.Helper()
	r := newPeer(t, &Server{Release: release}).register(app(members))
	if r.status != http.StatusCreated {
		return false
	}
	for name, value := range members {
		if string(encode(value)) != string(encode(r.doc[name])) {
			return false
		}
	}
	return true
}

// parameterRows are the rows of the table of parameters, each with what it says about all releases.
var parameterRows = map[string]func(t *testing.T, text string){
	"`client_name`": func(t *testing.T, text string) {
		allowed := strings.Join(named(text), "")
		each(t, 0, 0, func(t *testing.T, release Release) {
			p := newPeer(t, &Server{Release: release})
			p.register(app(map[string]any{"client_name": "aZ09" + allowed})).want(t, 201, "")
			p.register(app(map[string]any{"client_name": "aZ09" + allowed})).want(t, 400, invalidMetadata)
			for _, other := range " !#$%&/()=?+*~:;,<>|@'\"\\äß" {
				r := p.register(app(map[string]any{"client_name": "a" + string(other)}))
				if r.want(t, 400, invalidMetadata); !strings.Contains(stringOf(r.doc, "error_description"), DefaultNamePattern) {
					t.Errorf("%q: %s", other, r.raw)
				}
			}
		})
	},
	"`redirect_uris`": func(t *testing.T, _ string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			asked := []string{"https://a.example/1", "https://a.example/2"}
			shown := stringsOf(newPeer(t, &Server{Release: release}).register(app(map[string]any{"redirect_uris": asked})).doc["redirect_uris"])
			if !slices.Equal(shown, asked) && !slices.Equal(shown, []string{"regexp=(" + strings.Join(asked, "|") + ")"}) {
				t.Errorf("%v", shown)
			}
		})
	},
	"`ext_…`": func(t *testing.T, text string) {
		given := map[string]any{}
		for _, found := range regexp.MustCompile(`(ext_\w+) = (\w+)`).FindAllStringSubmatch(text, -1) {
			given[found[1]] = map[string]any{"true": true, "1800": 1800}[found[2]]
		}
		if len(given) != 2 {
			t.Fatalf("the guide gives %v", given)
		}
		since(t, text, func(release Release) bool { return takes(t, release, given) })
		each(t, Release70, 0, func(t *testing.T, release Release) {
			c := change(t, &Server{Release: release}, map[string]any{"ext_application_owner": "joe"})
			c.put(map[string]any{"client_name": "app", "ext_application_owner": "other"}).want(t, 200, "")
			c.stored(map[string]any{"ext_application_owner": "joe"})
		})
	},
	"Public clients": func(t *testing.T, text string) {
		since(t, text, func(release Release) bool { return takes(t, release, map[string]any{"ext_public_client": true}) })
		each(t, 0, 0, func(t *testing.T, release Release) {
			if r := newPeer(t, &Server{Release: release}).register(app(map[string]any{"token_endpoint_auth_method": "none"})); r.status != 400 {
				t.Errorf("none: %d %s", r.status, r.raw)
			}
		})
	},
	"`private_key_jwt`": func(t *testing.T, text string) {
		with := map[string]any{"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/k", reuse: false}
		for name := range with {
			if !strings.Contains(text, name) {
				t.Errorf("the guide does not name %s", name)
			}
		}
		since(t, text, func(release Release) bool { return takes(t, release, with) })
		each(t, Release71, 0, func(t *testing.T, release Release) {
			p := newPeer(t, &Server{Release: release})
			p.register(app(with, map[string]any{reuse: nil})).want(t, 400, invalidMetadata)
			for _, method := range authMethods {
				if method != "private_key_jwt" {
					p.register(app(with, map[string]any{"token_endpoint_auth_method": method})).want(t, 400, invalidMetadata)
				}
			}
		})
	},
	"Chosen credentials": func(t *testing.T, _ string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			p := newPeer(t, &Server{Release: release})
			r := p.register(app(map[string]any{"ext_param_client_id": "my_own_identifier", "ext_param_client_secret": "word"}))
			alone := p.register(app(map[string]any{"client_name": "other", "ext_param_client_secret": "word"}))
			if r.doc["client_id"] != "my_own_identifier" || r.doc["client_secret"] != "word" || alone.status != 201 || alone.doc["client_secret"] == "word" {
				t.Errorf("%s %s", r.raw, alone.raw)
			}
		})
	},
	"`software_statement`": func(t *testing.T, text string) {
		since(t, text, func(release Release) bool {
			r := newPeer(t, &Server{Release: release}).register(app(map[string]any{"software_statement": "a.b.c"}))
			return r.status == 201 && r.doc["software_statement"] == nil
		})
		since(t, text, func(release Release) bool { return starts(&Server{Release: release, MandateStatement: true}) })
	},
	"Without a credential": func(t *testing.T, text string) {
		since(t, text, func(release Release) bool { return starts(&Server{Release: release, OpenRegistration: true}) })
		each(t, Release71, 0, func(t *testing.T, release Release) {
			p := newPeer(t, &Server{Release: release, OpenRegistration: true})
			p.send("POST", p.s.RegistrationEndpoint(""), app()).want(t, 201, "")
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				p.send(method, p.uri(p.s.Clients()[0].ID), app()).wantGate(t, release, 401)
			}
		})
	},
	"`id_token_encrypted_response_alg`": func(t *testing.T, _ string) {
		each(t, Release70, 0, func(t *testing.T, release Release) {
			const name = "id_token_encrypted_response_alg"
			for _, first := range []any{nil, "RSA-OAEP"} {
				c := change(t, &Server{Release: release}, map[string]any{name: first})
				c.put(map[string]any{name: "RSA-OAEP-256"}).want(t, 200, "")
				var want any
				if first != nil {
					want = "RSA-OAEP-256"
				}
				c.stored(map[string]any{name: want})
			}
		})
	},
	"`require_pushed_authorization_requests`": func(t *testing.T, _ string) {
		each(t, Release70, 0, func(t *testing.T, release Release) {
			c := change(t, &Server{Release: release}, nil)
			for _, both := range [][2]bool{{true, false}, {false, true}, {true, true}} {
				c.put(map[string]any{"require_pushed_authorization_requests": both[0], "require_signed_request_object": both[1]}).want(t, 200, "")
				c.stored(map[string]any{"require_pushed_authorization_requests": both[1]})
			}
		})
	},
	"Booleans": func(t *testing.T, _ string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			for name, m := range members {
				if m.kind != boolean || !release.takes(name, false) || !release.takes(name, true) || slices.Contains(optional, name) {
					continue
				}
				c := change(t, &Server{Release: release}, map[string]any{name: true})
				c.put(map[string]any{}).want(t, 200, "")
				c.stored(map[string]any{name: false})
			}
		})
	},
	"Removing a line": func(t *testing.T, said string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			values := map[kind]any{text: "https://a.example/x", integer: 60, texts: []any{"https://a.example/x"}}
			for name, m := range members {
				value, settable := values[m.kind]
				if special := []string{"client_id", "client_secret", "ext_application_owner", "token_endpoint_auth_method", "client_name", "grant_types"}; !settable ||
					slices.Contains(special, name) || !release.takes(name, false) || !release.takes(name, true) {
					continue
				}
				c := change(t, &Server{Release: release}, map[string]any{name: value})
				before, _ := c.s.Client(c.id)
				c.put(map[string]any{"client_name": "app"}).want(t, 200, "")
				want := before.Metadata[name]
				if strings.Contains(said, "`"+name+"` is removed") {
					want = nil
				}
				c.stored(map[string]any{name: want})
			}
		})
	},
	"`contacts`, `post_logout_redirect_uris`, `backchannel_logout_uri`, `request_uris`": func(t *testing.T, _ string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			for _, name := range []string{"contacts", "post_logout_redirect_uris", "backchannel_logout_uri", "request_uris"} {
				value := any([]string{"https://a.example"})
				if members[name].kind == text {
					value = "https://a.example"
				}
				r := newPeer(t, &Server{Release: release, ReturnNullFields: true}).register(app(map[string]any{name: value}))
				if _, shown := r.doc[name]; r.status != 201 || shown {
					t.Errorf("%s: %d %s", name, r.status, r.raw)
				}
			}
		})
	},
	"`scope`, `client_uri`, `logo_uri`, `tos_uri`, `policy_uri`, `jwks`": func(t *testing.T, text string) {
		for _, name := range []string{"scope", "client_uri", "logo_uri", "tos_uri", "policy_uri", "jwks"} {
			since(t, text, func(release Release) bool {
				r := newPeer(t, &Server{Release: release}).register(app(map[string]any{name: "https://a.example"}))
				if _, shown := r.doc[name]; shown || r.status != 201 && r.status != 400 {
					t.Errorf("%s: %d %s", name, r.status, r.raw)
				}
				return r.status == 201
			})
		}
	},
	"`subject_type`, `ext_token_type`": func(t *testing.T, text string) {
		since(t, text, func(release Release) bool {
			r := newPeer(t, &Server{Release: release}).register(app())
			return slices.Equal(named(text), []string{stringOf(r.doc, "subject_type"), stringOf(r.doc, "ext_token_type")})
		})
	},
	"`client_secret_expires_at`": func(t *testing.T, text string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			wish := map[string]any{"ext_param_client_secret_expires_at": 4102444800}
			if release <= Release70 {
				wish = nil
			}
			r := newPeer(t, &Server{Release: release}).register(app(wish))
			want := "0"
			switch release {
			case Release511:
				want = "null"
			case ReleaseNext:
				want = "4102444800"
			}
			if got := string(encode(r.doc["client_secret_expires_at"])); got != want || !strings.HasPrefix(text, "0, ") || !strings.Contains(text, "in 5.11 null") {
				t.Errorf("%s, want %s", got, want)
			}
		})
	},
	"`client_secret`": func(t *testing.T, text string) {
		each(t, 0, 0, func(t *testing.T, release Release) {
			c := change(t, &Server{Release: release, HashSecrets: true}, nil)
			if stored, _ := c.s.Client(c.id); c.secret == "" || stored.Secret != c.secret {
				t.Error("the registration does not show the secret")
			}
			c.s.ForgetSecrets()
			shown := stringOf(c.send("GET", c.uri(c.id), nil, admin).doc, "client_secret")
			form, _, _ := strings.Cut(named(text)[1], "…")
			if !strings.HasPrefix(shown, form) {
				t.Errorf("shown is %s, the guide has %s", shown, form)
			}
		})
	},
}

func starts(s *Server) bool {
	_, err := s.Serve()
	s.Close()
	return err == nil
}

func TestGuideSaysWhatParametersDo(t *testing.T) {
	rows := section(t, "Parameters")
	for _, row := range rows {
		check := parameterRows[row[0]]
		if check == nil {
			t.Errorf("no test holds the row %s", row[0])
			continue
		}
		t.Run(row[0], func(t *testing.T) { check(t, strings.Join(row[1:], " | ")) })
	}
	if len(rows) != len(parameterRows) {
		t.Errorf("%d rows, and %d are held", len(rows), len(parameterRows))
	}
}

// refusals are the causes in the guide's table of refusals, each with the requests that end so; nil where a release has no such.
var refusals = map[string]func(p *peer, release Release) []reply{
	"401, `WWW-Authenticate: Bearer`, JSON with `code` and `traceId` (5.11: an HTML page)": func(p *peer, _ Release) []reply {
		return []reply{
			p.send("POST", p.s.RegistrationEndpoint(""), app(), basic("admin", "guess")), p.send("GET", p.uri("first"), nil, bearer("expired")),
			p.send("POST", p.s.RegistrationEndpoint("a.example"), app(), admin),
		}
	},
	"401, no body": func(p *peer, _ Release) []reply {
		return []reply{p.send("GET", p.uri("nobody"), nil, admin), p.send("PUT", p.uri("nobody"), app(), admin), p.send("DELETE", p.uri("nobody"), nil, admin)}
	},
	"403, JSON with `code` and `traceId` (5.11: an HTML page)": func(p *peer, _ Release) []reply {
		p.s.AddClient("", "robot", "word", Scopes("")[0])
		return []reply{
			p.send("POST", p.s.RegistrationEndpoint(""), app(), basic("joe", "word")),
			p.send("GET", p.uri("nobody"), nil, bearer(p.token("", "robot", Scopes("")[0]))),
		}
	},
	"403, no body": func(p *peer, _ Release) []reply {
		return []reply{p.send("GET", p.uri(p.s.Clients()[0].ID), nil, basic("other", "word")), p.send("DELETE", p.uri(p.s.Clients()[0].ID), nil, basic("other", "word"))}
	},
	"400 `Application with the name … already exist in the system`": func(p *peer, _ Release) []reply {
		return []reply{p.register(app(map[string]any{"client_name": "first"}))}
	},
	"400, text, `Unrecognized field \"…\"`": func(p *peer, release Release) []reply {
		if release > Release61 {
			return nil
		}
		return []reply{p.register(app(map[string]any{"logo_uri": "x"})), p.send("PUT", p.uri(p.s.Clients()[0].ID), map[string]any{"contacts": []string{"x"}}, admin)}
	},
	"400, JSON, `Unrecognized field : …`": func(p *peer, release Release) []reply {
		if release != Release70 {
			return nil
		}
		return []reply{p.register(app(map[string]any{"logo_uri": "x"})), p.send("PUT", p.uri(p.s.Clients()[0].ID), map[string]any{"contacts": []string{"x"}}, admin)}
	},
	"400, text, anything else": func(p *peer, release Release) []reply {
		all := []reply{p.register(app(map[string]any{"is_management_app": "true"}))}
		if release >= Release70 {
			all = append(all, p.register(app(map[string]any{"ext_pkce_mandatory": "true"})), p.register(app(map[string]any{"ext_user_token_lifetime": "60"})))
		}
		return all
	},
	"400 `invalid_software_statement`": func(p *peer, release Release) []reply {
		if !release.statements() {
			return nil
		}
		mandated := newPeer(p.t, &Server{Release: release, MandateStatement: true})
		return []reply{mandated.register(app()), mandated.register(app(map[string]any{"software_statement": "no-jwt"}))}
	},
	"400 `'…' grant type is not allowed.`": func(p *peer, release Release) []reply {
		if release <= Release61 {
			return nil
		}
		return []reply{p.register(app(map[string]any{"grant_types": []string{"wish"}}))}
	},
	"401 `invalid_client`, `A valid OAuth client could not be found for client_id: …`": func(p *peer, _ Release) []reply {
		p.s.AddClient("a.example", "elsewhere", "word")
		return []reply{p.ask("", "nobody", "word", "client_credentials", ""), p.ask("", "elsewhere", "word", "client_credentials", "")}
	},
	"401 `invalid_client`, any other text": func(p *peer, _ Release) []reply {
		p.s.AddClient("", "application", "word")
		r := p.ask("", "application", "guess", "client_credentials", "")
		if strings.Contains(r.raw, "could not be found") {
			p.t.Errorf("%s", r.raw)
		}
		return []reply{r}
	},
	"500, no body": func(p *peer, release Release) []reply {
		if release > Release61 {
			return nil
		}
		return []reply{p.register(app(map[string]any{"grant_types": []string{"wish"}})), p.register(app(map[string]any{"client_name": nil}))}
	},
	"404, HTML": func(p *peer, _ Release) []reply {
		return []reply{p.send("POST", p.s.URL()+pathOldRegister, app(), admin)}
	},
}

// unlike says in what a reply differs from an answer in the guide's words.
func unlike(r reply, answer string, release Release) (differences []string) {
	differs := func(yes bool, what string) {
		if yes {
			differences = append(differences, what)
		}
	}
	html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && strings.HasPrefix(r.raw, "<!doctype html>")
	differs(!strings.HasPrefix(answer, fmt.Sprint(r.status)), "the status")
	if strings.Contains(answer, "(5.11: an HTML page)") && release == Release511 {
		differs(!html, "the page")
		return differences
	}
	differs(strings.Contains(answer, "no body") != (r.raw == ""), "the body")
	differs(strings.HasSuffix(answer, ", HTML") != html, "HTML")
	differs(strings.Contains(answer, ", text") != (r.header.Get("Content-Type") == "text/plain"), "the media type")
	differs(strings.Contains(answer, "JSON") && r.doc == nil, "JSON")
	for _, word := range named(answer) {
		if name, value, ok := strings.Cut(word, ": "); ok && name == "WWW-Authenticate" {
			differs(r.header.Get(name) != value, name)
			continue
		}
		for _, piece := range strings.Split(strings.Trim(word, "…"), "…") {
			differs(!strings.Contains(r.raw, strings.TrimSuffix(piece, `""`)), piece)
		}
	}
	return differences
}

func TestGuideSaysHowRefusalsLook(t *testing.T) {
	rows := section(t, "When it is refused")[1:] // below the names of its columns
	for _, row := range rows {
		cause := refusals[row[0]]
		if cause == nil {
			t.Errorf("no test holds the row %s", row[0])
			continue
		}
		t.Run(row[0], func(t *testing.T) {
			seen := 0
			each(t, 0, 0, func(t *testing.T, release Release) {
				p := newPeer(t, &Server{
					Release: release, Tenants: []string{"a.example"}, Users: map[string]string{"joe": "word"}, Administrators: map[string]string{"other": "word"},
				})
				p.register(app(map[string]any{"client_name": "first"})).want(t, 201, "")
				for _, r := range cause(p, release) {
					seen++
					if differences := unlike(r, row[0], release); len(differences) > 0 {
						t.Errorf("%d %s differs in %q", r.status, r.raw, differences)
					}
				}
			})
			if seen == 0 {
				t.Error("no release answers so")
			}
		})
	}
	if len(rows) != len(refusals) {
		t.Errorf("%d rows, and %d are held", len(rows), len(refusals))
	}
}

func TestGuideNamesTheScopes(t *testing.T) {
	found := map[string][]string{}
	for _, row := range section(t, "Before you begin") {
		if len(row) == 2 {
			found[row[0]] = named(row[1])
		}
	}
	for where, place := range map[string]string{"Server, tenant, Asgardeo": "a.example", "Organization": Organization("a.example", "o1")} {
		if !slices.Equal(found[where], Scopes(place)) {
			t.Errorf("%s: %v, the server wants %v", where, found[where], Scopes(place))
		}
	}
	text, _ := guide(t)
	s := &Server{Release: Release73, Tenants: []string{"TENANT"}, Organizations: map[string][]string{"TENANT": {"ORGANIZATION"}}}
	s.Start(t)
	for _, place := range []string{"TENANT", Organization("TENANT", "ORGANIZATION")} {
		if path := strings.TrimPrefix(s.PlaceURL(place), s.URL()); !strings.Contains(strings.Join(strings.Fields(text), " "), "`https://HOST:9443"+path+"`") {
			t.Errorf("the guide does not say that the place is at %s", path)
		}
		base := s.PlaceURL(place)
		for _, address := range []string{strings.TrimPrefix(s.RegistrationEndpoint(place), base), strings.TrimPrefix(s.TokenEndpoint(place), base)} {
			if !strings.Contains(text, "`BASE"+address+"`") {
				t.Errorf("the guide does not name BASE%s", address)
			}
		}
	}
}
