// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

func TestRecordRoundTrip(t *testing.T) {
	asked := decode(t, `{"client_name":"a&b","default_max_age":9007199254740993,"ext_a":{"x":1.0,"y":[null,false]},"contacts":[],"scope":"a b","require_auth_time":true,"ext_null":null,"logo_uri":"https://l"}`)
	agreement, _ := reconcile.Agree(asked, decode(t, `{"client_name":"a&b","default_max_age":9007199254740993,"ext_a":{"x":1,"y":[null,false]},"scope":"a","require_auth_time":false}`))
	expires := int64(1_900_000_000)
	records := map[string]struct {
		record reconcile.Record
		want   string
	}{
		"agreed on nothing": {record: reconcile.Record{Version: 1, Agreed: reconcile.Agreement{}}, want: `{"v":1,"agreed":{}}`},
		"empty":             {record: reconcile.Record{Version: 1}, want: `{"v":1}`},
		"full": {
			record: reconcile.Record{
				Version: 1, Agreed: agreement, Form: reconcile.FormComplete,
				Facts:        reconcile.Facts{RotatesOnRead: true, SecretOnRead: reconcile.SecretShown, UpdateSeen: true},
				TokenExpires: map[string]int64{"d": expires}, Odd: []string{"client_id_issued_at"}, TemplateAway: "https://b/{client_id}",
				Pending: &reconcile.PendingCredentials{ClientSecret: secret.New("s"), ClientSecretExpiresAt: &expires, RegistrationAccessToken: secret.New("r"), RegistrationClientURI: "https://r?a&b"},
			},
			want: `{"v":1,"agreed":{"client_name":{"a":"a&b","s":1},"contacts":{"a":[]},"default_max_age":{"a":9007199254740993,"s":1},` +
				`"ext_a":{"a":{"x":1.0,"y":[null,false]},"r":{"x":1,"y":[null,false]}},"ext_null":{"a":null},"logo_uri":{"a":"https://l"},` +
				`"require_auth_time":{"a":true,"r":false},"scope":{"a":"a b","r":"a"}},"form":"complete",` +
				`"facts":{"rotates_on_read":true,"secret_on_read":"shown","update_seen":true},` +
				`"pending":{"client_secret":"s","client_secret_expires_at":1900000000,"registration_access_token":"r","registration_client_uri":"https://r?a&b"},"template_away":"https://b/{client_id}","token_expires":{"d":1900000000},"odd":["client_id_issued_at"]}`,
		},
	}
	for name, test := range records {
		t.Run(name, func(t *testing.T) {
			data, err := test.record.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "encoding", test.want, string(data))
			back, err := reconcile.Unmarshal(data)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "record", test.record, back)
		})
	}
}

func TestRecordWithoutData(t *testing.T) {
	for _, data := range []string{"", " \n"} {
		record, err := reconcile.Unmarshal([]byte(data))
		if err != nil {
			t.Errorf("%q: %v", data, err)
		}
		diff(t, "record", reconcile.Record{Version: reconcile.RecordVersion}, record)
	}
}

func TestRecordFromElsewhere(t *testing.T) {
	record, err := reconcile.Unmarshal([]byte(`{"v":1,"form":"known","something":"new","facts":{"unheard":true}}`))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, "what is not known is ignored", reconcile.Record{Version: 1, Form: reconcile.FormKnown}, record)

	_, err = reconcile.Unmarshal([]byte(`{"v":2,"agreed":"in another shape"}`))
	if !errors.Is(err, reconcile.ErrNewerRecord) || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("newer version: %v", err)
	}
	for _, data := range []string{`null`, `{}`, `[]`, `{"v":0}`, `{"v":"1"}`, `canary`, `{"v":1,"agreed":"canary"}`, `{"v":1,"agreed":{"a":"canary"}}`, `{"v":1,"pending":{"client_secret":canary}}`} {
		_, err := reconcile.Unmarshal([]byte(data))
		if err == nil {
			t.Errorf("%s: no error", data)
			continue
		}
		if strings.Contains(err.Error(), "canary") || errors.Is(err, reconcile.ErrNewerRecord) {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// The record is not printed by accident, but its encoding, which goes to where state goes, does hold what is pending.
func TestPendingCredentialsAreNotPrinted(t *testing.T) {
	record := reconcile.Record{Pending: &reconcile.PendingCredentials{ClientSecret: secret.New("canary"), RegistrationAccessToken: secret.New("canary")}}
	for _, printed := range []string{fmt.Sprintf("%v", record.Pending), fmt.Sprintf("%+v", *record.Pending), fmt.Sprintf("%#v", record.Pending), encode(t, record.Pending)} {
		if strings.Contains(printed, "canary") {
			t.Errorf("printed: %s", printed)
		}
	}
}

// An agreement can be kept by itself, too: numbers survive.
func TestAgreementAsJSON(t *testing.T) {
	agreement, _ := reconcile.Agree(decode(t, `{"default_max_age":9007199254740993,"ext_a":1.0}`), decode(t, `{"default_max_age":9007199254740993,"ext_a":2}`))
	text := encode(t, agreement)
	diff(t, "encoding", `{"default_max_age":{"a":9007199254740993,"s":1},"ext_a":{"a":1.0,"r":2}}`, text)
	var back reconcile.Agreement
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	diff(t, "agreement", agreement, back)
	if json.Unmarshal([]byte(`{"x":{"a":1,"s":"no"}}`), &back) == nil {
		t.Error("no error")
	}
}

// A state that stores no secret tells a new one from the one before, and keeps nothing that a secret could be found by.
func TestMarkOfASecretThatIsNotStored(t *testing.T) {
	old, fresh := secret.New("the-secret-before"), secret.New("another-secret")
	r := reconcile.Record{}.WithoutSecret(old)
	if len(r.SecretMark) > 6 {
		t.Errorf("the mark is %q", r.SecretMark)
	}
	for name, c := range map[string]struct {
		r              reconcile.Record
		shown          secret.String
		another, known bool
	}{
		"the same":       {r, old, false, true},
		"another":        {r, fresh, true, true},
		"none shown":     {r, secret.String{}, false, false},
		"none known":     {reconcile.Record{}, fresh, false, false},
		"kept by a read": {r.WithoutSecret(secret.String{}), old, false, true},
		"the newer one":  {r.WithoutSecret(fresh), old, true, true},
	} {
		if another, known := c.r.ShowsAnother(c.shown); another != c.another || known != c.known {
			t.Errorf("%s: %t, %t", name, another, known)
		}
	}
}
