// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/tftest"
)

// OpenID Connect Registration §4 defines the read alone, so that servers which manage in part conform. Each kind that was met goes
// through a client's life by the real CLI.

func notFoundAt(ops ...fakeop.Operation) (f fakeop.Faults) {
	for _, op := range ops {
		calls := map[fakeop.Operation]*[]fakeop.CallFault{
			fakeop.OpRead: &f.Reading.Calls, fakeop.OpUpdate: &f.Updating.Calls, fakeop.OpDelete: &f.Deletion.Calls,
		}
		*calls[op] = fakeop.Always(fakeop.NotFoundPage())
	}
	return f
}

func unsupported() []fakeop.CallFault {
	return fakeop.Always(fakeop.Answer{Status: http.StatusForbidden, Body: `{"error":"unsupported_operation","error_description":"Unsupported operation"}`})
}

func loginAt(ops ...fakeop.Operation) fakeop.Faults {
	f := fakeop.Faults{Redirect: map[fakeop.Operation]string{}, RedirectStatus: http.StatusFound}
	for _, op := range ops {
		f.Redirect[op] = "/login"
	}
	return f
}

func TestPartialManagement(t *testing.T) {
	for name, c := range map[string]struct {
		faults     fakeop.Faults
		updates    bool // the server has updates
		deletes    bool // and deletions
		unmanaged  bool // nothing is managed from the beginning: another client at once
		outOfReach int  // clients that the destroy leaves, each named
	}{
		"read 200, update 404, delete 404": {faults: notFoundAt(fakeop.OpUpdate, fakeop.OpDelete), outOfReach: 2},
		"read 200, update 405, delete 204": {faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed}, deletes: true},
		"read 200, update 405, delete 405": {faults: fakeop.Faults{UpdateStatus: http.StatusMethodNotAllowed, DeleteStatus: http.StatusMethodNotAllowed}, outOfReach: 2},
		"read 200, update 403 and delete 403 in words": {
			faults:     fakeop.Faults{Updating: fakeop.UpdatingFaults{Calls: unsupported()}, Deletion: fakeop.DeletionFaults{Calls: unsupported()}},
			outOfReach: 2,
		},
		"read 200, update and delete lead to a login page": {faults: loginAt(fakeop.OpUpdate, fakeop.OpDelete), outOfReach: 2},
		"read 200 without client_id":                       {faults: fakeop.Faults{Reading: fakeop.ReadingFaults{NoClientID: true}}, updates: true, deletes: true},
		"404 at once after the registration": {
			faults: notFoundAt(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete), unmanaged: true, outOfReach: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{Faults: c.faults}
			server.Start(t)
			x := newTerminal(t)
			block := fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer())
			id := func() string { id, _ := x.resources()["c"]["client_id"].(string); return id }

			x.Configure(block, fmt.Sprintf(one, "App", ""))
			said := oneLine(x.Apply())
			first := id()
			x.Quiet()

			x.Configure(block, fmt.Sprintf(one, "App 2", ""))
			out, code := x.Try(tftest.TerminalApply...)
			said += oneLine(out)
			if !c.updates && !c.unmanaged {
				if code == 0 || id() != first || len(server.Clients()) != 1 {
					t.Errorf("an update that the server does not have: exit code %d, client %s after %s\n%s", code, id(), first, out)
				}
				containsAll(t, oneLine(out), first, "The next plan replaces the client")
				out, code = x.Try(tftest.TerminalApply...)
				said += oneLine(out)
			}
			if code != 0 {
				t.Fatalf("the change cannot be made:\n%s", out)
			}
			if client, lives := server.Client(id()); !lives || client.Metadata["client_name"] != "App 2" || (id() == first) != c.updates {
				t.Errorf("the state has %s after %s, at the server it is %v", id(), first, client.Metadata)
			}
			x.Quiet()

			out, code = x.Try(tftest.TerminalDestroy...)
			said += oneLine(out)
			if code != 0 || len(x.resources()) != 0 {
				t.Errorf("the destroy is blocked, exit code %d:\n%s", code, out)
			}
			left := server.Clients()
			if len(left) != c.outOfReach {
				t.Errorf("%d clients are left, want %d", len(left), c.outOfReach)
			}
			for _, client := range left {
				if !strings.Contains(said, "lient "+client.ID) {
					t.Errorf("nothing names %s, which is left:\n%s", client.ID, said)
				}
			}
		})
	}
}

// Management is switched off while a client lives, and its server tells nothing of it elsewhere. A destroy is an error then, and each
// way out that it names works as it is written.
func TestWaysOutOfSwitchedOffManagement(t *testing.T) {
	off := notFoundAt(fakeop.OpRead, fakeop.OpUpdate, fakeop.OpDelete)
	off.TokenChecksGrantFirst, off.AuthorizeErrorPage = true, true
	type stuck struct {
		*terminal
		server    *fakeop.Server
		block, id string
	}
	// Whether the administrator deletes the client is not the state's affair.
	const forgotten = "To leave the client to the server's administrator, who can delete it there, take it out of the state, by the resource's address. While the resource is configured, the next apply registers another client. Where a plan calls the client deposed, the current one goes, too: terraform state rm ADDRESS"
	ways := map[string]struct {
		named string
		takes func(s stuck) (out string, code int)
		left  int
	}{
		"import by its URI": {"If the client is at another URI, import it by that URI, with its token in registration_access_tokens on the provider (ADDRESS is the resource's address). The first command shows the token, and the client secret, which an import has only where reads show it; the second removes both: terraform state pull terraform state rm ADDRESS terraform import ADDRESS REGISTRATION_CLIENT_URI", func(s stuck) (string, int) {
			s.server.SetFaults(fakeop.Faults{}) // it is served there
			client, _ := s.server.Client(s.id)
			containsAll(t, s.Must("state", "pull"), client.Token)
			s.Must("state", "rm", clientType+".c")
			s.Configure(fmt.Sprintf("%s\nregistration_access_tokens = { %q = %q }", s.block, s.id, client.Token), fmt.Sprintf(one, "App", ""))
			s.Must("import", "-no-color", clientType+".c", client.URI)
			s.Quiet()
			return s.Try(tftest.TerminalDestroy...)
		}, 0},
		"the administrator": {forgotten, func(s stuck) (string, int) {
			s.server.RemoveClient(s.id)
			return s.Try("state", "rm", clientType+".c")
		}, 0},
		"on_missing = recreate": {`a destroy takes it as gone with this on the provider: on_missing = "recreate"`, func(s stuck) (string, int) {
			s.server.RemoveClient(s.id)
			s.Configure(s.block+"\non_missing = \"recreate\"", fmt.Sprintf(one, "App", ""))
			return s.Try(tftest.TerminalDestroy...)
		}, 0},
		"state rm": {forgotten, func(s stuck) (string, int) {
			s.Configure(s.block, "")
			out, code := s.Try("state", "rm", clientType+".c")
			if code == 0 {
				s.Quiet()
			}
			return out, code
		}, 1},
	}
	named := map[string]bool{}
	for _, way := range ways {
		named[way.named] = true
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeop.Server{}
			server.Start(t)
			s := stuck{terminal: newTerminal(t), server: server, block: fmt.Sprintf("issuer = %q\nmax_retries = 0", server.Issuer())}
			s.Configure(s.block, fmt.Sprintf(one, "App", ""))
			s.Apply()
			s.id, _ = s.resources()["c"]["client_id"].(string)
			server.SetFaults(off)
			// A plan is not held up, and proposes no second client.
			containsAll(t, oneLine(s.Quiet()), s.id)
			out, code := s.Try(tftest.TerminalDestroy...)
			if code == 0 || len(s.resources()) != 1 {
				t.Fatalf("the client is forgotten, though nothing proves that it is gone:\n%s", out)
			}
			containsAll(t, oneLine(out), s.id, way.named)
			if _, list, _ := strings.Cut(oneLine(out), "To fix this:"); strings.Count(list, " - ") != len(named) {
				t.Errorf("not each way out is taken by a test:\n%s", list)
			}
			if out, code := way.takes(s); code != 0 {
				t.Errorf("the way out fails:\n%s", out)
			}
			if n := len(s.resources()); n != 0 {
				t.Errorf("%d clients are in the state", n)
			}
			if n := len(server.Clients()); n != way.left {
				t.Errorf("%d clients are left, want %d", n, way.left)
			}
		})
	}
}
