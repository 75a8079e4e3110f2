// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dev/tools"
)

// worded are the packages whose texts may become a part of a diagnostic.
var worded = []string{"wording", "metadata", "provider", "dcr", "authserver", "lifecycle", "discovery", "transport", "journal", "jsonvalue", "outcome", "origin", "legible", "loopback", "secret", "reconcile"}

// neverSaid are files, or texts of a file, that no diagnostic has, and why.
var neverSaid = map[string]string{
	"metadata/table_oauth.go":                                                                                           "describes parameters, as the registry's pages show them",
	"authserver/address.go: it does not hold {client_id}":                                                               "told in words of its own, by unusableTemplate",
	"authserver/reissue.go: the answer shows no registration access token":                                              "why a request counts as unanswered",
	"transport/assertion.go: the key cannot sign with":                                                                  "of keys that are refused before",
	"transport/assertion.go: the client assertion could not be signed":                                                  "of keys that are refused before",
	"transport/auth.go: a credential that nobody has":                                                                   "names a credential to the log",
	"transport/clientcredentials.go: an access token of the client":                                                     "names a credential to the log",
	"transport/errors.go: http2: client conn not usable":                                                                "the library's words",
	"transport/errors.go: http2: client conn could not be established":                                                  "the library's words",
	"transport/errors.go: server gave HTTP response to HTTPS client":                                                    "the library's words",
	"transport/errors.go: protocol version not supported":                                                               "the library's words",
	"transport/redact.go: bytes that are not valid JSON]":                                                               "what the log shows in place of a body",
	"transport/redact.go: bytes that are not text]":                                                                     "what the log shows in place of a body",
	"transport/roundtrip.go: transport: a request that Client.Do did not make":                                          "no request is made in another way",
	"transport/send.go: an answer without a body":                                                                       "the library gives each answer a body",
	"transport/tls.go: the system's CA certificates could not be read":                                                  "of a machine whose certificates cannot be read",
	"journal/files.go: the file was exchanged while it was being opened":                                                "of a moment between two system calls",
	"journal/keys.go: the age recipients can't be used together":                                                        "the library's words follow",
	"journal/queue.go: its lock file cannot be locked (a file system without locks? then choose a path on a local disk": "of a file system without locks",
	"journal/run.go: another program locked it":                                                                         "of a moment between two system calls",
	"journal/store.go: the file is larger than any journal":                                                             "of a file beyond 256 MiB",
	"reconcile/adopt.go":    "names the rows of a table",
	"reconcile/deletion.go": "names the rows of a table",
	"reconcile/presence.go": "names the rows of a table",
	"reconcile/refresh.go":  "names the rows of a table",
	"jsonvalue/jsonvalue.go: more follows after the JSON value": "who meets it has words of its own",
	"dcr/unsupported.go":                                              "words that a server may say",
	"dcr/probe.go: client_secret_jwt, for the issuer":                 "names a way to authenticate within the package",
	"dcr/probe.go: client_secret_jwt, for the issuer and with a type": "names a way to authenticate within the package",
	"provider/config_schema.go":                                       "describes the schema, as the registry's pages show it",
	"provider/client_schema.go":                                       "describes the schema, as the registry's pages show it",
	"provider/discovery.go":                                           "describes the schema, as the registry's pages show it",
	"provider/fastpath.go: private state of another form":             "why a request takes the framework's way",
	"provider/fastpath_codec.go: holds one element twice":             "why a request takes the framework's way",
	"provider/fastpath_codec.go: null, or something before the object that tftypes does not take": "why a request takes the framework's way",
	"provider/scrub.go: Invalid Configuration for Read-Only Attribute":                            "the framework's words, which are replaced",
	"provider/object_document.go: localized is no map":                                            "of another schema than this provider's own",
	"provider/object_document.go: localized is no map of objects":                                 "of another schema than this provider's own",
	"provider/validators.go: a positive duration such as 720h or 30m":                             "what a validator is to the framework, which asks no validator of this provider for it",
	"provider/validators.go: a token without blanks and line breaks":                              "what a validator is to the framework, which asks no validator of this provider for it",
	"provider/validators.go: a URL with {client_id} in it":                                        "what a validator is to the framework, which asks no validator of this provider for it",
	"provider/validators.go: no white space at its begin and its end":                             "what a validator is to the framework, which asks no validator of this provider for it",
}

// A text that no golden file has is one that nobody has read as a person does who gets it: in its place, and with the values in it.
func TestEachTextOfADiagnosticIsInAGoldenFile(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	internal := filepath.Join(root, "internal")
	golden, count, left := goldenTexts(t, internal), 0, maps.Clone(neverSaid)
	for _, name := range worded {
		files, err := filepath.Glob(filepath.Join(internal, name, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file := name + "/" + filepath.Base(path)
			found, err := texts(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range found {
				count++
				if strings.Contains(golden, part.text) || strings.Contains(golden, strings.ToUpper(part.text[:1])+part.text[1:]) {
					continue
				}
				_, wholeFile := neverSaid[file]
				_, alone := neverSaid[file+": "+part.text]
				delete(left, file)
				delete(left, file+": "+part.text)
				if !wholeFile && !alone {
					t.Errorf("%s:%d: no golden file has %q", file, part.line, part.text)
				}
			}
		}
	}
	for what := range left {
		t.Errorf("%s needs no exception", what)
	}
	if count < 500 {
		t.Errorf("%d texts: this test looks in the wrong place", count)
	}
}

// goldenTexts is what the golden files of all packages have.
func goldenTexts(t *testing.T, internal string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(internal, "*", "testdata", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, path := range files {
		content, err := os.ReadFile(path) // #nosec G304 -- the module's own
		if err != nil {
			t.Fatal(err)
		}
		b.Write(content)
	}
	return b.String()
}

// fewestWords is from how many words on a text is looked for: fewer are found in any file.
const fewestWords = 4

var (
	// gaps are where a text has a value or a new line.
	gaps  = regexp.MustCompile(`%[-+# 0-9]*(?:\[\d+\])?\w|\n`)
	words = regexp.MustCompile(`\pL[^\s]*`)
	// unsaidFields are of what describes the schema, cites a standard, or names a way or a table's row to a test.
	unsaidFields = []string{"Description", "MarkdownDescription", "DeprecationMessage", "Spec", "Way", "rule"}
	// unsaidCalls take patterns and lists of words, or write to the log.
	unsaidCalls = regexp.MustCompile(`^(regexp\.MustCompile|strings\.Fields|tflog\.\w+|slog\.\w+|time\.Parse)$`)
)

// text is a part of a literal that has no values in it.
type text struct {
	text string
	line int
}

// texts are those of a file that may be said.
func texts(path string, source any) (found []text, err error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			key, ok := n.Key.(*ast.Ident)
			return !ok || !slices.Contains(unsaidFields, key.Name)
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok {
				if x, ok := f.X.(*ast.Ident); ok && unsaidCalls.MatchString(x.Name+"."+f.Sel.Name) {
					return false
				}
			}
		case *ast.BasicLit:
			if n.Kind != token.STRING {
				return true
			}
			whole, err := strconv.Unquote(n.Value)
			if err != nil {
				return true
			}
			for _, part := range gaps.Split(whole, -1) {
				if part = strings.Trim(part, " \t:;,.()"); len(words.FindAllString(part, -1)) >= fewestWords {
					found = append(found, text{part, set.Position(n.Pos()).Line})
				}
			}
		}
		return true
	})
	return found, nil
}

func TestTextsAreFound(t *testing.T) {
	for source, want := range map[string][]string{
		`var _ = "one two three"`:                                 nil,
		`var _ = "one two three four"`:                            {"one two three four"},
		`var _ = f("%s is one of %d values: try another one")`:    {"values: try another one"},
		`var _ = f("a b c d %q, e f g h" + x + "i j k l.\nm")`:    {"a b c d", "e f g h", "i j k l"},
		`var _ = regexp.MustCompile("a b c d")`:                   nil,
		`var _ = m{Description: "a b c d", Detail: "e f g h"}`:    {"e f g h"},
		`var _ = m{Fix: []f{{Way: "a b c d", Text: "e f g h:"}}}`: {"e f g h"},
	} {
		found, err := texts("a.go", "package a\n"+source)
		var got []string
		for _, part := range found {
			got = append(got, part.text)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", source, err, diff)
		}
	}
}
