// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
)

// tokenForms are tokens as servers make them.
var tokenForms = map[string]func(int) string{
	"counted and random": func(n int) string { return fmt.Sprintf("reg-token-%d-%016x", n, uint64(n)*0x9E3779B97F4A7C15) },
	"base64":             func(n int) string { return fmt.Sprintf("Rk9v+YmFy/q83u7v~zQ%dx9AbCdE5h=", n) }, "short": func(n int) string { return fmt.Sprintf("k%dX/q+", n) },
	"UUID": func(n int) string { return fmt.Sprintf("1b4e28ba-2fa1-41d2-883f-%012x", uint64(n)*0x9E3779B97F4A) },
	"signed": func(n int) string {
		return "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjMSJ9." + strings.Repeat(fmt.Sprintf("Qm%dz-_", n), 9)
	},
	"braces": func(n int) string { return fmt.Sprintf("{%d}%%41&amp;%016x", n, uint64(n)*0x9E3779B97F4A7C15) },
}

// wrongTokens are what an answer may show in the place of one.
var wrongTokens = map[string]func(string) any{
	"percent-encoded": func(s string) any { return url.QueryEscape(s) }, "percent-encoded as a path": func(s string) any { return url.PathEscape(s) }, "percent-decoded": func(s string) any { d, _ := url.PathUnescape(s); return d },
	"twice percent-encoded": func(s string) any { return url.QueryEscape(url.QueryEscape(s)) }, "form-decoded": func(s string) any { return strings.ReplaceAll(s, "+", " ") },
	"base64": func(s string) any { return base64.StdEncoding.EncodeToString([]byte(s)) }, "hex": func(s string) any { return hex.EncodeToString([]byte(s)) },
	"upper case": func(s string) any { return strings.ToUpper(s) }, "lower case": func(s string) any { return strings.ToLower(s) }, "quoted": func(s string) any { return `"` + s + `"` }, "in braces": func(s string) any { return "{" + s + "}" },
	"padded": func(s string) any { return s + "===" }, "spaces": func(s string) any { return "  " + s + " " }, "labelled": func(s string) any { return "Bearer " + s }, "an object": func(s string) any { return map[string]any{"value": s} },
	"cut": func(s string) any { return s[:len(s)*4/5] }, "its end": func(s string) any { return s[len(s)/5:] }, "masked": func(s string) any { return s[:3] + "********" }, "a word": func(string) any { return "REDACTED" },
	"none": func(string) any { return nil }, "a number": func(string) any { return 17 }, "encrypted": fakeop.Encrypted(), "a digest": fakeop.Digest("SHA-256", "hex"), "a salted hash": fakeop.Hash(),
	"in other signs": func(s string) any { return strings.NewReplacer("+", "-", "/", "_", "-", "+").Replace(s) }, "a sign lost": func(s string) any { return strings.NewReplacer("-", "", "=", "", "+", "").Replace(s) },
	"in reverse": func(s string) any { b := []byte(s); slices.Reverse(b); return string(b) }, "of its form": func(s string) any { return strings.Map(rotated, s) }, "another": func(string) any { return strings.Repeat("0f1e2d3c", 8) },
}

// rotated is another character of the same kind.
func rotated(r rune) rune {
	for _, kind := range []string{"0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		if i := strings.IndexRune(kind, r); i >= 0 {
			return rune(kind[(i+3)%len(kind)])
		}
	}
	return r
}

// A server has no reads and refuses a token that it does not know by any 4xx that it may have for that. Whatever one answer shows in the token's place, and whatever runs
// follow: the next update and the next destroy succeed.
func TestAnyOneWrongTokenWithoutReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(rt, what) }
		keys := func(m map[string]fakeop.Answer) []string { return slices.Sorted(maps.Keys(m)) }
		reads := pick("reads", keys(noReads)...)
		f := without(noReads[reads], fakeop.Faults{InvalidTokenStatus: rapid.SampledFrom([]int{0, 400, 402, 403, 404, 409, 410, 415, 418, 422, 428, 499}).Draw(rt, "refuses by")})
		codes := []string{"", "access_denied", "unauthorized"}
		if slices.Contains([]int{0, 403, 404, 410}, f.InvalidTokenStatus) {
			codes = append(codes, "no_such_token") // elsewhere it may be about the body
		}
		f.Credentials.InvalidTokenCode = pick("code", codes...)
		f.OmitTokenOnUpdate = rapid.Bool().Draw(rt, "other updates show none")
		f.UpdateNeedsSecret = rapid.Bool().Draw(rt, "update needs the secret")
		form, wrong := pick("form", slices.Sorted(maps.Keys(tokenForms))...), pick("wrong", slices.Sorted(maps.Keys(wrongTokens))...)
		op := &fakeop.Server{Faults: f, Token: tokenForms[form], ClientURI: rapid.SampledFrom([]fakeop.ClientURIForm{fakeop.URIPath, fakeop.URIQuery}).Draw(rt, "address")}
		var s authserver.Settings
		if rapid.Bool().Draw(rt, "journal") {
			s.Journal = &authserver.JournalSettings{Path: filepath.Join(t.TempDir(), "journal")}
		}
		l := begin(t, op, s)
		defer op.Close()
		defer func() { l.server.Close() }()
		doc := kindsOfClient[pick("kind", slices.Sorted(maps.Keys(kindsOfClient))...)]
		l.registerAs(doc("a"))
		id, n := l.state.Handle.ClientID, 0
		var said []outcome.Problem
		token := op.CurrentToken(id)
		update := func(how string) {
			n++
			out := l.update(doc(fmt.Sprint("b", n)))
			said = append(said, out.Problems...)
			if got, _ := op.Client(id); out.Failed() || got.Metadata["client_name"] != fmt.Sprint("b", n) {
				rt.Fatalf("update %d, %s: the client cannot be changed: %s", n, how, kinds(said))
			}
		}
		between := func() {
			for range rapid.IntRange(0, 2).Draw(rt, "runs between") {
				if l = l.later(s); rapid.Bool().Draw(rt, "refreshes") {
					said = append(said, l.refresh().Problems...)
				}
			}
		}
		for range rapid.IntRange(0, 2).Draw(rt, "updates before") {
			update("before")
			between()
		}
		shown := wrongTokens[wrong](token)
		op.EditFaults(func(f *fakeop.Faults) {
			f.OmitTokenOnUpdate, f.Updating.Calls = false, []fakeop.CallFault{{Times: 1, Answer: shows("registration_access_token", shown)}}
		})
		update("the wrong one")
		op.SetFaults(f)
		between()
		for range rapid.IntRange(0, 3).Draw(rt, "updates after") {
			update("after")
			between()
		}
		if out := l.destroy(authserver.Behaviour{}); !out.Gone || len(op.Clients()) != 0 {
			rt.Fatalf("the client is not deleted: %s", kinds(append(said, out.Problems...)))
		}
	})
}
