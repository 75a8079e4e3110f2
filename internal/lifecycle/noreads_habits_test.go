// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// A server has neither reads nor deletions, and says so of a deletion as of a client that is gone. Beside endpoints that know nobody, no fault at all.
func TestNeitherReadsNorDeletions(t *testing.T) {
	t.Parallel()
	for reads, answer := range noReads {
		for name, refusal := range map[string]fakeop.Answer{"401": fakeop.Unauthorized(true), "404": fakeop.NotFoundJSON(), "404 page": fakeop.NotFoundPage(), "400": {Status: 400, Body: `{"error":"invalid_token"}`}} {
			for kind, doc := range kindsOfClient {
				for updates := range 2 {
					for _, journal := range []bool{false, true} {
						what := fmt.Sprintf("%s, DELETE %s, %s, %d updates, journal %v", reads, name, kind, updates, journal)
						s := settingsWith(t, journal)
						f := without(answer, silentEndpoints)
						f.Deletion.Calls = fakeop.Always(refusal)
						l := begin(t, &fakeop.Server{Faults: f}, s)
						l.registerAs(doc("a"))
						for range updates {
							l.update(doc("b"))
						}
						l = l.later(s)
						l.honest(what, l.state.Handle.ClientID, l.destroy(authserver.Behaviour{}))
					}
				}
			}
		}
	}
}

// Updates move the client, there are no reads, and addresses are of each form.
func TestMovesWithoutReads(t *testing.T) {
	t.Parallel()
	for form, uri := range map[string]fakeop.ClientURIForm{"path": fakeop.URIPath, "query": fakeop.URIQuery, "endpoint": fakeop.URIEndpoint} {
		for says, silent := range map[string]fakeop.Faults{"tells": {}, "silent": silentEndpoints} {
			for kind, doc := range kindsOfClient {
				for _, rotates := range []bool{false, true} {
					for _, gone := range []int{0, 404} {
						for _, last := range []string{"update", "destroy"} {
							what := fmt.Sprintf("%s, %s, %s, rotates %v, gone %d, %s", form, says, kind, rotates, gone, last)
							f := without(noReads["405"], silent)
							f.MoveURIOnUpdate, f.GoneStatus, f.RotateTokenOnUpdate, f.RotateSecretOnUpdate = true, gone, rotates, rotates
							l := begin(t, &fakeop.Server{Faults: f, ClientURI: uri}, authserver.Settings{})
							l.registerAs(doc("a"))
							id := l.state.Handle.ClientID
							for i := range 3 {
								l = l.later(authserver.Settings{})
								out := l.update(doc(fmt.Sprint("b", i)))
								l.honest(what, id, out)
								if out.Failed() {
									t.Errorf("%s: update %d: %s", what, i, kinds(out.Problems))
								}
								if last == "destroy" {
									break
								}
							}
							l = l.later(authserver.Settings{})
							out := l.destroy(authserver.Behaviour{})
							l.honest(what, id, out)
							if !out.Gone {
								t.Errorf("%s: destroy: %s", what, kinds(out.Problems))
							}
						}
					}
				}
			}
		}
	}
}
