// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A server that asks to wait (RFC 9110 §10.2.3) for longer than a token lives gets the token that is good after the wait. One that was fetched before would be
// refused, and what is refused twice is no good.
func TestATokenThatAWaitOutlives(t *testing.T) {
	for _, waits := range []int{1, 2} {
		i := newIssuer(t)
		var mu sync.Mutex
		var issued []time.Time
		var clk *clock
		refused, held := 0, 0
		i.answer = func(w http.ResponseWriter, _ url.Values, n int) bool {
			mu.Lock()
			defer mu.Unlock()
			issued = append(issued, clk.now())
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":"canary-at-%d","token_type":"Bearer","expires_in":60}`, n)
			return true
		}
		i.refuses = func(token string) bool {
			mu.Lock()
			defer mu.Unlock()
			n := 0
			if _, err := fmt.Sscanf(strings.TrimPrefix(token, "canary-at-"), "%d", &n); err != nil || clk.now().Sub(issued[n-1]) >= time.Minute {
				refused++
				return true
			}
			held++
			return held <= waits
		}
		i.refusal = func(w http.ResponseWriter) {
			mu.Lock()
			defer mu.Unlock()
			if held > 0 && held <= waits && refused == 0 {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			w.WriteHeader(http.StatusUnauthorized)
		}
		var c *Client
		c, clk = i.client(t, Options{MaxRetries: 4})
		auth := mustClientCredentials(t, c, i.config())
		got, err := c.Do(context.Background(), Request{Method: http.MethodPost, URL: i.URL + "/resource", Auth: auth, Repeat: IfNotProcessed})
		if err != nil || got.Status != http.StatusOK || refused > 0 {
			t.Errorf("after %d waits: %+v, %v; %d tokens were refused", waits, got, err, refused)
		}
	}
}

// A credential that fails after a wait is told as one that fails before it, and nothing is sent.
func TestACredentialThatFailsAfterAWait(t *testing.T) {
	s := newServer(t, status(429, "30"))
	auth := &counting{}
	c, _ := newClient(t, Options{MaxRetries: 4})
	if _, err := c.Do(context.Background(), Request{Method: http.MethodGet, URL: s.URL, Auth: auth, Repeat: Never}); err != nil {
		t.Fatal(err)
	}
	before := s.count()
	c.options.Sleep = nil
	c.gates.sleep = func(context.Context, time.Duration) error {
		auth.fail = true
		c.gates.until = map[string]time.Time{}
		return nil
	}
	_, err := c.Do(context.Background(), Request{Method: http.MethodGet, URL: s.URL, Auth: auth, Repeat: Never})
	if e := kindOf(t, err); e.Kind != Authorization || e.MaybeProcessed || s.count() != before {
		t.Errorf("%v (%d requests)", e, s.count()-before)
	}
}
