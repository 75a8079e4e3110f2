// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"context"
	"strings"
	"testing"
)

// A success that says that nothing was deleted is none. A document of the client tells how that was, or what a deletion has left of it.
func TestADeletionIsAskedWhatItSays(t *testing.T) {
	const client = `"client_id":"c1","client_name":"App","redirect_uris":["https://a.example/cb"]`
	for answered, deleted := range map[string]bool{
		`{"success":false,"message":"Client has active sessions"}`: false,
		`{"code":403,"msg":"…"}`:                                   false,
		`{"data":{"success":false}}`:                               false,
		`{"deleted":false}`:                                        false,
		`{"result":{"deleted":false}}`:                             false,
		`{"removed":"no"}`:                                         false,
		`{"acknowledged":true,"deletedCount":0}`:                   false,
		`{"deleted":0}`:                                            false,
		`{"affected":0}`:                                           false,
		`{"ok":1,"n":0}`:                                           false,
		`{"status":"pending approval"}`:                            false,
		`{"success":true,"errors":["in use"]}`:                     false,
		`false`:                                                    false,
		`{"success":false,"data":{` + client + `}}`:                false,
		`{"error":"client in use",` + client + `}`:                 false,
		`{"success":false,"client_id":"c1"}`:                       false,

		``:   true,
		`{}`: true,
		`{"success":true,"message":"Client c1 does not exist any more","errors":[]}`: true,
		`{"acknowledged":true,"deletedCount":1}`:                                     true,
		`{"code":20000,"msg":"ok","data":null}`:                                      true,
		`{"deleted":true}`:                                                           true,
		`{"id":"c1","object":"client","deleted":true}`:                               true,
		`{"deleted":"2026-11-29T15:00:00Z"}`:                                         true,
		`{"status":"removed"}`:                                                       true,
		`{"client_id":"c1","status":"invalid"}`:                                      true,
		`true`:                                                                       true,
		`deleted`:                                                                    true,
		`<html>not found</html>`:                                                     true,
		`{"message":"The client cannot be used any more"}`:                           true,
		`{` + client + `,"status":"invalid","valid":false,"deleted":false}`:          true,
		`{"code":200,"data":{` + client + `,"status":"cancelled","deleted":0}}`:      true,
		`202 {"status":"pending"}`:                                                   true,
		`202 {"state":"scheduled"}`:                                                  true,
		`202 {"result":"queued"}`:                                                    true,
		`202 {"status":"in progress"}`:                                               true,
		`202 {"status":"PENDING_DELETION"}`:                                          true,
		`202 {"status":"deletion pending"}`:                                          true,
		`202 {"result":"queued for deletion"}`:                                       true,
		`202 {"status":"Scheduled for deletion"}`:                                    true,
		`202 {"status":"Accepted for processing"}`:                                   true,
		`202 {"status":"waiting for approval"}`:                                      true,
		`202 {"done":false}`:                                                         true,
		`202 {"status":"pending","deleted":false}`:                                   true,
		`202 {"status":"AWAITING_APPROVAL"}`:                                         true,
		`202 {"status":"PENDING_APPROVAL"}`:                                          true,
		`202 {"status":"DELETE_IN_PROGRESS"}`:                                        true,
		`202 {"status":"pendingDeletion"}`:                                           true,
		`202 {"status":"deletionPending"}`:                                           true,
		`202 {"status":"WAITING_FOR_APPROVAL"}`:                                      true,
		`202 {"status":"UNDER_REVIEW"}`:                                              true,
		`202 {"status":"PROCESSING_DELETION"}`:                                       true,
		`202 [{"status":"queued"}]`:                                                  true,
		`202 {"data":[{"status":"pending"}]}`:                                        true,
		`202 {"status":"pending","data":{"deleted":false}}`:                          true,
		`202 {"status":"pending","deletedCount":0}`:                                  true,
		`202 {"completed":0,"total":1}`:                                              true,
		`202 {"status":"PENDING_APPROVAL_REJECTED"}`:                                 false,
		`202 {"status":"APPROVAL_DENIED"}`:                                           false,
		`202 {"data":[{"status":"rejected"}]}`:                                       false,
		`202 {"status":"DELETION_FAILED"}`:                                           false,
		`202 {"status":"NOT_SCHEDULED"}`:                                             false,
		`202 {"accepted":false}`:                                                     false,
		`202 {"status":"rejected","was":"pending"}`:                                  false,
		`202 {"status":"rejected"}`:                                                  false,
		`202 {"deleted":false,"message":"client is protected"}`:                      false,
		`202 {"result":"denied"}`:                                                    false,
	} {
		want, body := 200, answered
		if later, is := strings.CutPrefix(body, "202 "); is {
			want, body = 202, later
		}
		f := newFake(t, answer(want, body))
		status, _, err := f.client(t).Delete(context.Background(), f.URL, "c1", iat)
		if status != want || (err == nil) != deleted {
			t.Errorf("%s: %d, %v", body, status, err)
			continue
		}
		if !deleted {
			if e := asError(t, err); e.Status != want || e.MaybeProcessed != strings.HasPrefix(body, `{"error"`) || e.Reason == "" {
				t.Errorf("%s: %+v", body, e)
			}
		}
	}
}

// A code of the standards says that a deletion was refused, whatever the status. Words of the server's own trouble do not: it may have come once the client was deleted.
func TestADeletionIsRefusedByACodeUnderAnyStatus(t *testing.T) {
	for code, refused := range map[string]bool{
		"invalid_token": true, "INVALID_TOKEN": true, "invalid_client": true, "invalid_request": true, "insufficient_scope": true, "unauthorized_client": true, "access_denied": true,
		"unauthorized": true, "token_expired": true, "unsupported_operation": true, "operation_not_supported": true, "invalid_client_metadata": true,

		"server_error": false, "temporarily_unavailable": false, "internal_error": false, "timeout": false, "Internal Server Error": false, "not_found": false, "true": false, "500": false,
		"cache not invalid_token": false,
	} {
		f := newFake(t, answer(200, `{"error":"`+code+`"}`))
		_, _, err := f.client(t).Delete(context.Background(), f.URL, "c1", iat)
		if e := asError(t, err); e.MaybeProcessed == refused || e.Reason == "" {
			t.Errorf("%s: %+v", code, e)
		}
	}
}
