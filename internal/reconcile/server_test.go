// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// server is a model of an authorization server: it holds one client. As a zero value it is correct and shows what it
// has. What it forbids in a body fails the test; what a real server may refuse is a refusal.
type server struct {
	stored Document // nil: no client
	reads  int

	// What it does with single members, by canonical name.
	drops    map[string]bool // never stores it
	replaces map[string]any  // stores this instead, whatever is sent
	adds     map[string]any  // a list gets one more element
	hides    map[string]bool // stores it, a read does not show it
	own      Document        // what it sets at creation where nothing is sent, and shows

	// What it does with all.
	merges    bool   // an update keeps what it leaves out
	resets    bool   // what an update leaves out goes back to the server's own choice
	reorders  bool   // lists come back in another order at each read
	dedupes   bool   // lists are stored without repetitions
	arrays    bool   // strings come back as arrays of one
	splits    bool   // scope comes back as an array
	upperTags bool   // language tags come back in upper case
	unset     string // how parameters that are not set are shown: "" not, "null", "empty", "default"

	// What an update must be like.
	wantsSecret, refusesSecret bool
	wantsAll                   bool // every current member, removal by null
	refusesOwnShapes           bool // its own arrays for strings, and members that the table does not know
}

func drawServer(t *rapid.T, alphabet []string, correct bool) *server {
	s := &server{own: Document{}}
	for _, member := range drawMembers(t, "own members", 0, 4) {
		if value := drawValue(t, member, "own "+member); canonKindOf(member, value) != "" {
			s.own[strings.ToLower(member)] = value
		}
	}
	s.unset = rapid.SampledFrom([]string{"", "null", "empty", "default"}).Draw(t, "unset")
	s.reorders = rapid.Bool().Draw(t, "reorders")
	s.dedupes = rapid.Bool().Draw(t, "dedupes")
	s.upperTags = rapid.Bool().Draw(t, "upper tags")
	s.resets = rapid.Bool().Draw(t, "resets")
	if correct {
		return s
	}
	s.drops, s.replaces, s.adds, s.hides = map[string]bool{}, map[string]any{}, map[string]any{}, map[string]bool{}
	for _, member := range alphabet {
		name := strings.ToLower(member)
		switch rapid.SampledFrom([]string{"", "", "", "drop", "replace", "add", "hide"}).Draw(t, "does with "+member) {
		case "drop":
			s.drops[name] = true
		case "replace":
			s.replaces[name] = drawValue(t, member, "replacement of "+member)
		case "add":
			if kind, _ := row(member); kind == metadata.StringList {
				s.adds[name] = "added"
			}
		case "hide":
			s.hides[name] = true
		}
	}
	s.merges = rapid.Bool().Draw(t, "merges")
	s.arrays = rapid.Bool().Draw(t, "arrays")
	s.splits = rapid.Bool().Draw(t, "splits")
	s.wantsSecret = rapid.Bool().Draw(t, "wants secret")
	s.refusesSecret = rapid.Bool().Draw(t, "refuses secret")
	s.wantsAll = rapid.Bool().Draw(t, "wants all")
	s.refusesOwnShapes = rapid.Bool().Draw(t, "refuses own shapes")
	return s
}

func canonKindOf(member string, v any) string {
	kind, p := row(member)
	return canonKind(kind, p, v)
}

// substitutes reports whether the server may hold something else for the member than it was sent.
func (s *server) substitutes(member string, sent any) bool {
	name := strings.ToLower(member)
	_, replaced := s.replaces[name]
	_, own := s.own[name]
	return s.drops[name] || replaced || s.adds[name] != nil ||
		canonKindOf(member, sent) == "" && (s.merges || own) // to be empty is not sent, or stands for nothing
}

func (s *server) register(t *rapid.T, body Document) {
	for member, value := range body {
		if metadata.ServerAssigned(member) || value == nil || value == "" {
			t.Fatalf("registration with %s = %v", member, value)
		}
	}
	s.stored = Document{}
	s.write(body)
	s.setOwn(body)
}

func (s *server) setOwn(body Document) {
	sent := make(map[string]bool)
	for member := range body {
		sent[strings.ToLower(member)] = true
	}
	for member, value := range s.own {
		if !sent[member] && !s.excluded(member) {
			s.stored[member] = clone(value)
		}
	}
}

func (s *server) excluded(member string) bool {
	if p, known := metadata.Lookup(member); known {
		for _, other := range p.Excludes {
			if canonKindOf(other, s.stored[other]) != "" {
				return true
			}
		}
	}
	return false
}

func (s *server) write(body Document) {
	for member, value := range body {
		name := strings.ToLower(member)
		if metadata.ServerAssigned(name) || s.drops[name] {
			continue
		}
		if other, ok := s.replaces[name]; ok && value != nil {
			value = other
		}
		if list, ok := value.([]any); ok {
			list = slices.Clone(list)
			if more, ok := s.adds[name]; ok {
				list = append(list, more)
			}
			if kind, p := row(name); s.dedupes && kind == metadata.StringList && !p.Ordered {
				list = dedupe(list)
			}
			value = list
		}
		if value == nil || value == "" {
			delete(s.stored, name)
		} else {
			s.stored[name] = clone(value)
		}
	}
}

func dedupe(list []any) []any {
	var out []any
	for _, element := range list {
		if !slices.Contains(out, element) {
			out = append(out, element)
		}
	}
	if out == nil {
		out = []any{}
	}
	return out
}

// contradictory reports whether no form can please the server: it wants two things at once that no body has.
func (s *server) contradictory(asked Document) bool {
	extension := slices.ContainsFunc(slices.Collect(maps.Keys(asked)), func(member string) bool { return strings.HasPrefix(member, "ext_") })
	return s.wantsSecret && s.refusesSecret || s.wantsAll && (s.refusesSecret || s.refusesOwnShapes || len(s.drops) > 0) || s.refusesOwnShapes && extension
}

// update reports whether the server took the body. What the configuration asks is known to the model only to tell a
// contradiction that the user wrote from one that the body brought about.
func (s *server) update(t *rapid.T, body, asked Document) bool {
	if body["client_id"] != "c" {
		t.Fatalf("update with client_id %v", body["client_id"])
	}
	for _, member := range []string{"registration_access_token", "registration_client_uri", "client_id_issued_at", "client_secret_expires_at"} {
		if _, sent := body[member]; sent {
			t.Fatalf("update with %s", member)
		}
	}
	secret, secretSent := body["client_secret"]
	if secretSent && secret != "secret" {
		t.Fatalf("update with the client_secret %v", secret)
	}
	lower := make(map[string]bool)
	for member, value := range body {
		lower[strings.ToLower(member)] = true
		if (value == nil || value == "") && !s.wantsAll {
			return false
		}
		if kind, p := row(member); s.refusesOwnShapes && !metadata.ServerAssigned(member) {
			_, array := value.([]any)
			if p == nil || array && (kind == metadata.String || kind == metadata.URI) {
				return false
			}
		}
	}
	if s.wantsSecret && !secretSent || s.refusesSecret && secretSent {
		return false
	}
	for member, value := range body { // what excludes each other is refused, unless the user asks for it
		p, known := metadata.Lookup(member)
		if !known || canonKindOf(member, value) == "" || of(asked, member) != nil {
			continue
		}
		for _, other := range p.Excludes {
			if canonKindOf(other, of(body, other)) != "" && canonKindOf(other, of(asked, other)) != "" {
				return false
			}
		}
	}
	if s.wantsAll {
		for member := range s.stored {
			if !lower[member] && !s.hides[member] {
				return false
			}
		}
	}
	if !s.merges {
		s.stored = Document{}
	}
	s.write(body)
	if s.resets {
		s.setOwn(body)
	}
	return true
}

// read is the client as a read shows it.
func (s *server) read() Document {
	s.reads++
	shown := Document{
		"client_id": "c", "client_secret": "secret", "client_id_issued_at": 1, "client_secret_expires_at": 0,
		"registration_access_token": "token", "registration_client_uri": "https://as.example/register/c",
	}
	for member, value := range s.stored {
		if s.hides[member] {
			continue
		}
		value = clone(value)
		kind, p := row(member)
		if list, ok := value.([]any); ok && s.reorders && kind == metadata.StringList && !p.Ordered && len(list) > 0 {
			by := s.reads % len(list)
			value = append(slices.Clone(list[by:]), list[:by]...)
		}
		if text, ok := value.(string); ok {
			if s.arrays && (kind == metadata.String || kind == metadata.URI) {
				value = []any{text}
			}
			if s.splits && kind == metadata.Scope {
				var words []any
				for _, word := range strings.Fields(text) {
					words = append(words, word)
				}
				value = words
			}
		}
		shown[s.spell(member)] = value
	}
	for _, p := range metadata.All() {
		if _, set := shown[p.Name]; set || s.hides[p.Name] {
			continue
		}
		switch s.unset {
		case "null":
			shown[p.Name] = nil
		case "empty":
			shown[p.Name] = map[metadata.Kind]any{metadata.StringList: []any{}, metadata.JWKSet: map[string]any{}, metadata.JSONObject: map[string]any{}, metadata.String: "", metadata.URI: "", metadata.Scope: ""}[p.Kind]
		case "default":
			if p.Default != nil {
				shown[p.Name] = clone(p.Default)
			}
		}
	}
	return shown
}

func (s *server) spell(member string) string {
	name, tag, tagged := strings.Cut(member, "#")
	if tagged && s.upperTags {
		return name + "#" + strings.ToUpper(tag)
	}
	return member
}

// of returns what a document shows of a member, tags without case.
func of(doc Document, member string) any {
	for name, value := range doc {
		if strings.EqualFold(name, member) && strings.HasPrefix(name, member[:len(member)-len(tagOf(member))]) {
			return value
		}
	}
	return nil
}

func tagOf(member string) string {
	_, tag, _ := strings.Cut(member, "#")
	return tag
}
