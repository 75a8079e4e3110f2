// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A front end that looks at answers may stop one whose request the server has made. Where the server replaces credentials with each update, or with each read, the
// refusals to come are then no deletion.
func TestAnAnswerThatAFrontEndStops(t *testing.T) {
	page := func(status int, text string) fakeop.Answer {
		return fakeop.Answer{Status: status, Processed: true, Body: text, Header: http.Header{"Content-Type": {"text/html"}}}
	}
	for name, stopped := range map[string]fakeop.Answer{
		"403, a page": page(403, "<html>blocked</html>"), "403, nothing": {Status: 403, Processed: true}, "403, an object": {Status: 403, Processed: true, Body: `{"blocked":true}`},
		"413": {Status: 413, Processed: true}, "409": {Status: 409, Processed: true}, "451": {Status: 451, Processed: true}, "418, a text": {Status: 418, Processed: true, Body: "no"},
		"404, a page": page(404, "<html>not here</html>"), "401, a page": page(401, "<html>sign in</html>"), "410, a page": page(410, "<html>gone</html>"),
	} {
		for _, of := range []string{"update", "read"} {
			if of == "read" && name != "403, a page" && name != "413" {
				continue
			}
			for _, journal := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %s, journal %v", name, of, journal), func(t *testing.T) {
					t.Parallel()
					s := authserver.Settings{}
					if journal {
						s = withJournal(t)
					}
					faults := fakeop.Faults{RotateTokenOnUpdate: true, RotateSecretOnUpdate: true}
					if of == "read" {
						faults = fakeop.Faults{RotateTokenOnRead: true, RotateSecretOnRead: true}
					}
					l := begin(t, &fakeop.Server{Faults: faults}, s)
					l.registerAs(machine("a"))
					l.update(machine("b"))
					call := fakeop.CallFault{From: 1, Times: 1, Answer: stopped}
					if of == "update" {
						l.op.SetFaults(withCall(faults, fakeop.OpUpdate, call))
					} else {
						l.op.SetFaults(withCall(faults, fakeop.OpRead, call))
					}
					id := l.state.Handle.ClientID
					said := l.update(machine("c")).Problems
					for range 2 {
						l = l.restarted(s)
						out := l.update(machine("d"))
						said = append(said, out.Problems...)
						if _, lives := l.op.Client(id); !lives || out.Gone || l.state.Record.Gone {
							t.Fatalf("a live client is forgotten: %s", kinds(said))
						}
						l = l.restarted(s)
						out = l.refresh()
						said = append(said, out.Problems...)
						if out.Gone || l.state.Record.Gone {
							t.Fatalf("a live client is forgotten: %s", kinds(said))
						}
					}
				})
			}
		}
	}
}
