// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

const usualRecord = `{"v":1,"agreed":{"client_name":{"a":"Shop","s":1},"contacts":{"a":["ops@shop.example"],"s":1},` +
	`"redirect_uris":{"a":["https://shop.example/callback","https://shop.example/silent"],"s":1},"scope":{"a":"openid email","s":1}},` +
	`"facts":{"secret_on_read":"shown","read_seen":true},"home":{"issuer":"https://as.example","registration_endpoint":"https://as.example/register",` +
	`"token_endpoint":"https://as.example/token","authorization_endpoint":"https://as.example/authorize"},"shown_at":"https://as.example/register/s6BhdRkqt3"}`

// What is packed takes a third of the place, from many goroutines at once, and comes back as it was.
func TestRecordPacked(t *testing.T) {
	want, err := reconcile.Unmarshal([]byte(usualRecord))
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				packed, err := want.Pack()
				if err != nil {
					t.Error(err)
					return
				}
				if len(packed)*5 > len(usualRecord)*2 {
					t.Errorf("%d bytes are packed into %d", len(usualRecord), len(packed))
				}
				got, err := reconcile.Unpack(packed)
				if err != nil {
					t.Error(err)
					return
				}
				diff(t, "record", want, got)
			}
		})
	}
	wait.Wait()
	plain, err := reconcile.Unpack([]byte(usualRecord))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "a record in JSON", want, plain)
}

// A release that packs in another way is told from damage, and neither error shows what is inside.
func TestRecordPackedElsewhere(t *testing.T) {
	packed, err := reconcile.Record{HandedIn: "canary"}.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for data, newer := range map[string]bool{
		`"2` + string(packed[2:]): true,
		`""`:                      false, `"1canary!"`: false, `"1Y2FuYXJ5"`: false, string(packed[:len(packed)/2]) + `"`: false, string(packed[:len(packed)-1]): false,
	} {
		_, err := reconcile.Unpack([]byte(data))
		if err == nil || errors.Is(err, reconcile.ErrNewerRecord) != newer || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", data, err)
		}
	}
	for _, data := range []string{"", " \n"} {
		record, err := reconcile.Unpack([]byte(data))
		if err != nil {
			t.Errorf("%q: %v", data, err)
		}
		diff(t, "record", reconcile.Record{Version: reconcile.RecordVersion}, record)
	}
}
