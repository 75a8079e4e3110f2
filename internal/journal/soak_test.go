// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

var soak = flag.Duration("journal.soak", 0, "how long ten processes work on one journal; 0 for a fixed, short amount of work")

// TestTenProcesses lets ten processes with three workers each write at once, and kills some of them on the way. Nothing
// that was acknowledged is lost, and no line is torn.
func TestTenProcesses(t *testing.T) {
	t.Parallel()
	path := tempPath(t)
	rounds := 6
	if *soak > 0 {
		rounds = 0
	}
	var mu sync.Mutex
	acked, tried, ended := map[string]int{}, map[string]int{}, map[string]bool{}
	var all sync.WaitGroup
	run := func(name string, killAfter int) {
		c := start(t, "soak", path, "JOURNAL_TEST_NAME="+name, fmt.Sprint("JOURNAL_TEST_ROUNDS=", rounds))
		all.Go(func() {
			if *soak > 0 && killAfter == 0 {
				timer := time.AfterFunc(*soak, func() { _ = c.in.Close() })
				defer timer.Stop()
			}
			for seen := 0; c.out.Scan(); seen++ {
				var what, client string
				var n int
				_, _ = fmt.Sscan(c.out.Text(), &what, &client, &n)
				mu.Lock()
				switch what {
				case "ack":
					acked[client] = n
				case "try":
					tried[client] = n
				case "closed":
					ended[client] = true
				}
				mu.Unlock()
				if killAfter > 0 && seen == killAfter {
					_ = c.cmd.Process.Kill()
				}
			}
			_ = c.cmd.Wait()
		})
	}
	for i := range 10 {
		killAfter := 0
		if i >= 7 {
			killAfter = 3 * (i - 5)
		}
		run(fmt.Sprint("p", i), killAfter)
	}
	if *soak > 0 { // one more victim every two seconds
		deadline := time.Now().Add(*soak)
		for i := 10; time.Now().Before(deadline); i++ {
			run(fmt.Sprint("p", i), 20+i)
			time.Sleep(2 * time.Second)
		}
	}
	all.Wait()

	j := open(t, Options{Path: path})
	total := 0
	for client, n := range acked {
		e, ok, err := j.Lookup(t.Context(), Name{ClientID: client, URI: uri + client})
		must(t, err)
		var got int
		_, _ = fmt.Sscanf(strings.TrimPrefix(e.RegistrationAccessToken.Reveal(), client), " %d", &got)
		// A killed process may have recorded what it could not acknowledge any more.
		if !ok || got < n || got > max(n, tried[client]) {
			t.Errorf("%s: acknowledged %d, tried %d, found %v %d", client, n, tried[client], ok, got)
		}
		total += n
	}
	for i := range 7 {
		if !ended[fmt.Sprint("p", i)] {
			t.Errorf("process %d did not end well", i)
		}
	}
	for i := range 4 {
		if got := lookup(t, j, fmt.Sprint("shared-", i), uri+fmt.Sprint("shared-", i)); got == "none" {
			t.Errorf("shared client %d is lost", i)
		}
	}
	// Whether its run died or ended, no state was seen to hold the client.
	for client := range acked {
		_, ok, _, err := j.ClaimAdoptable(t.Context(), Intent{Endpoint: endpoint, Fingerprint: client})
		must(t, err)
		if !ok {
			t.Errorf("%s is not adoptable", client)
		}
	}
	shut(t, j)
	content, err := os.ReadFile(path)
	must(t, err)
	if size, lines := len(content), bytes.Count(content, []byte("\n")); lines > 3*(j.store.file.table.len()+64) {
		t.Errorf("%d lines, %d bytes for %d records", lines, size, j.store.file.table.len())
	}
	t.Logf("%d processes' clients, %d acknowledged rotations", len(acked), total)
}
