// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The guide's table of releases says what this server does.

// column of the guide's table is the one that a release stands in, without the row's name.
func column(release Release) int {
	switch {
	case release <= Release61:
		return 0
	case release == Release70:
		return 1
	case release <= Release72:
		return 2
	case release == Release73:
		return 3
	}
	return 4
}

// guide is the guide, and the rows of its table of releases by their names.
func guide(t *testing.T) (string, map[string][]string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "wso2.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "## What each release does\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string][]string{}
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| |") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(strings.TrimSpace(line), "|"), `\|`, "¦"), "|")
		for i := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), "¦", "|")
		}
		if len(cells) != 6 {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		rows[cells[0]] = cells[1:]
	}
	return string(raw), rows
}

// code is what the guide sets as code.
var code = regexp.MustCompile("`([^`]+)`")

func named(text string) []string {
	var all []string
	for _, found := range code.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	return all
}

// refusal is a reply in the guide's words.
func refusal(r reply, accepted string) string {
	switch {
	case r.status < 300:
		return accepted
	case r.raw == "":
		return fmt.Sprint(r.status, ", empty")
	}
	return fmt.Sprint(r.status)
}

// observed are the cells of a release that its server's answers decide. Where a column's releases differ, the cell names
// each of them.
var observed = map[string]func(t *testing.T, release Release) string{
	"`registration_endpoint`": func(t *testing.T, release Release) string {
		p := newPeer(t, &Server{Release: release, OldRegistrationEndpoint: release == ReleaseNext})
		if p.send("GET", p.s.Issuer("")+wellKnown, nil).doc["registration_endpoint"] == p.s.RegistrationEndpoint("") {
			return "from the metadata"
		}
		if release == ReleaseNext {
			return "set it by hand at Asgardeo"
		}
		return "set it by hand"
	},
	"A parameter that it does not know": func(t *testing.T, release Release) string {
		r := newPeer(t, &Server{Release: release}).register(app(map[string]any{"logo_uri": "https://a.example/l"}))
		switch {
		case r.status < 300:
			return "ignored"
		case r.doc != nil:
			return fmt.Sprint(r.status, ", JSON")
		}
		return fmt.Sprint(r.status, ", text")
	},
	"An unsupported grant type": func(t *testing.T, release Release) string {
		return refusal(newPeer(t, &Server{Release: release}).register(app(map[string]any{"grant_types": []string{"wish"}})), "accepted")
	},
	"No `client_name`": func(t *testing.T, release Release) string {
		said := refusal(newPeer(t, &Server{Release: release}).register(app(map[string]any{"client_name": nil})), "not checked")
		if column(release) == column(Release71) {
			return release.String() + ": " + said
		}
		return said
	},
	"Two or more redirect URIs are shown as": func(t *testing.T, release Release) string {
		shown := func(older bool) string {
			r := newPeer(t, &Server{Release: release, OlderInstallation: older}).register(app(map[string]any{"redirect_uris": []string{"https://a.example", "https://b.example"}}))
			if all := stringsOf(r.doc["redirect_uris"]); len(all) == 1 && strings.HasPrefix(all[0], "regexp=(") {
				return "`regexp=(…|…)`"
			}
			return "a list"
		}
		if fresh, older := shown(false), shown(true); fresh != older {
			return fresh + " on new installations, else " + older
		}
		return shown(false)
	},
	"Software statements, open registration": func(t *testing.T, release Release) string {
		for _, s := range []*Server{{Release: release, OpenRegistration: true}, {Release: release, MandateStatement: true}} {
			_, err := s.Serve()
			s.Close()
			if err != nil {
				return "no"
			}
		}
		return "yes"
	},
}

func TestGuideSaysWhatEachReleaseDoes(t *testing.T) {
	_, rows := guide(t)
	for name, observe := range observed {
		each(t, 0, 0, func(t *testing.T, release Release) {
			if rows[name] == nil {
				t.Fatalf("the guide has no row %q", name)
			}
			cell, want := rows[name][column(release)], observe(t, release)
			if cell != want && !(column(release) == column(Release71) && slices.Contains(strings.Split(cell, ", "), want)) {
				t.Errorf("%s: the guide says %q, the server %q", name, cell, want)
			}
		})
	}
	if want := len(observed) + 2; len(rows) != want { // the two that the next test holds
		t.Errorf("%d rows, of which %d are held", len(rows), want)
	}
}

// The members that the guide names are those that are shown and taken.
func TestGuideNamesTheMembers(t *testing.T) {
	text, rows := guide(t)
	shown := func(release Release) map[string]any {
		return newPeer(t, &Server{Release: release, ReturnNullFields: true}).register(app()).doc
	}
	each(t, 0, 0, func(t *testing.T, release Release) {
		doc, cell := shown(release), rows["Shown"][column(release)]
		switch {
		case release <= Release61:
			names := append(named(cell), "client_secret_expires_at") // without a value of its own there
			slices.Sort(names)
			if !slices.Equal(names, slices.Sorted(maps.Keys(doc))) {
				t.Errorf("shown are %v, the guide says %q", slices.Sorted(maps.Keys(doc)), cell)
			}
		case release <= Release72:
			if !strings.HasPrefix(cell, fmt.Sprint(len(doc), " members")) {
				t.Errorf("%d are shown, the guide says %q", len(doc), cell)
			}
		case release == Release73:
			for member := range shown(Release72) {
				delete(doc, member)
			}
			if !slices.Equal(named(cell), slices.Sorted(maps.Keys(doc))) {
				t.Errorf("shown beside those of 7.2: %v, the guide says %q", doc, cell)
			}
		}
		puts, taken := rows["`PUT` takes"][column(release)], release.taken(true)
		switch {
		case release <= Release61:
			names := named(puts)
			for _, name := range names {
				if !slices.Contains(taken, name) {
					t.Errorf("PUT does not take %s", name)
				}
			}
			if len(taken)-len(names) != 3 || !strings.HasSuffix(puts, " and three more") {
				t.Errorf("PUT takes %v, the guide says %q", taken, puts)
			}
		case release >= Release71 && puts != "any":
			t.Errorf("the guide says %q", puts)
		}
	})
	_, sentence, _ := strings.Cut(text, "Up to 7.0, `PUT` refuses ")
	sentence, _, _ = strings.Cut(sentence, ", although `POST` takes them")
	names := named(sentence)
	for _, member := range Release70.taken(false) {
		listed := slices.Contains(names, member) || strings.HasPrefix(member, "ext_param_") && slices.Contains(names, "ext_param_…")
		if listed == Release70.takes(member, true) {
			t.Errorf("%s: listed as refused: %t", member, listed)
		}
	}
}
