// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "testing"

func TestClassify(t *testing.T) {
	tests := []struct {
		name string
		r    Reply
		want Answer
	}{
		{"no answer", Reply{}, AnswerLost},
		{"429", Reply{Status: 429}, AnswerLost},
		{"500", Reply{Status: 500}, AnswerLost},
		{"503", Reply{Status: 503}, AnswerLost},
		{"HTML", Reply{Status: 200}, AnswerUnusable},
		{"a deletion's 200 with a refused credential", Reply{Operation: OperationDelete, Status: 200, Code: "invalid_token"}, AnswerCredential},
		{"a deletion's 200 with another error", Reply{Operation: OperationDelete, Status: 200, Code: "invalid_request"}, AnswerUnusable},
		{"a read's 200 with a refused credential", Reply{Operation: OperationRead, Status: 200, Code: "invalid_token"}, AnswerCredential},
		{"a read's 200 with another error", Reply{Operation: OperationRead, Status: 200, Code: "invalid_request"}, AnswerUnusable},
		{"a read's 200 of another client", Reply{Operation: OperationRead, Status: 200, Code: "invalid_token", OtherClient: true}, AnswerOtherClient},
		{"an update's 200 with a refused credential", Reply{Operation: OperationUpdate, Status: 200, Code: "invalid_token"}, AnswerUnusable},
		{"another client", Reply{Status: 200, OtherClient: true}, AnswerOtherClient},
		{"404", Reply{Status: 404}, AnswerMissing},
		{"410", Reply{Status: 410}, AnswerMissing},
		{"404 behind a redirect", Reply{Status: 404, Redirected: true}, AnswerRedirected},
		{"401 behind a redirect", Reply{Status: 401, Redirected: true}, AnswerRedirected},
		{"a redirect that is not followed", Reply{Redirected: true}, AnswerRedirected},
		{"302", Reply{Status: 302}, AnswerRedirected},
		{"401", Reply{Status: 401}, AnswerUnauthorized},
		{"405", Reply{Status: 405}, AnswerUnsupported},
		{"501", Reply{Status: 501}, AnswerUnsupported},
		{"403", Reply{Status: 403}, AnswerForbidden},
		{"403 insufficient_scope", Reply{Status: 403, Code: "insufficient_scope", Unsupported: true}, AnswerForbidden},
		{"403 Unsupported operation", Reply{Operation: OperationUpdate, Status: 403, Unsupported: true}, AnswerUnsupported},
		{"400 that names the method", Reply{Operation: OperationUpdate, Status: 400, Code: "invalid_request", Unsupported: true}, AnswerUnsupported},
		{"403 unsupported_operation", Reply{Operation: OperationDelete, Status: 403, Code: "unsupported_operation", Unsupported: true}, AnswerUnsupported},
		{"400 method not supported", Reply{Operation: OperationDelete, Status: 400, Unsupported: true}, AnswerUnsupported},
		{"400 invalid_token", Reply{Operation: OperationUpdate, Status: 400, Code: "invalid_token"}, AnswerCredential},
		{"400 access_denied to a read", Reply{Operation: OperationRead, Status: 400, Code: "access_denied"}, AnswerCredential},
		{"400 invalid_request to a read", Reply{Operation: OperationRead, Status: 400, Code: "invalid_request"}, AnswerCredential},
		{"400 without a code to a deletion", Reply{Operation: OperationDelete, Status: 400}, AnswerCredential},
		{"400 about the body", Reply{Operation: OperationUpdate, Status: 400, Code: "invalid_client_metadata"}, AnswerRefused},
		{"422", Reply{Operation: OperationUpdate, Status: 422}, AnswerRefused},
		{"403 invalid_token", Reply{Operation: OperationRead, Status: 403, Code: "invalid_token"}, AnswerCredential},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Classify(tt.r); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestMayRefuseToken(t *testing.T) {
	for _, tt := range []struct {
		status int
		code   string
		want   bool
	}{
		{401, "", true}, {401, "invalid_token", true}, {403, "", true}, {403, "invalid_token", true}, {403, "forbidden", true}, {403, "insufficient_scope", true},
		{404, "", true}, {404, "not_found", true}, {410, "", true}, {400, "invalid_token", true}, {400, "access_denied", true}, {422, "Invalid_Token", true},
		{400, "", false}, {400, "invalid_request", false}, {400, "invalid_client_metadata", false}, {403, "invalid_client_metadata", false}, {403, "invalid_redirect_uri", false},
		{422, "", false}, {409, "conflict", false}, {405, "", false}, {403, "unsupported_operation", false}, {429, "", false}, {500, "", false}, {302, "", false},
	} {
		class := Classify(Reply{Operation: OperationUpdate, Status: tt.status, Code: tt.code, Unsupported: tt.code == "unsupported_operation"})
		if got := MayRefuseToken(class, tt.code); got != tt.want {
			t.Errorf("%d %s: %v, want %v", tt.status, tt.code, got, tt.want)
		}
	}
}

func TestMayRefuseStale(t *testing.T) {
	for _, tt := range []struct {
		reply      Reply
		away, want bool
	}{
		{Reply{Status: 403}, false, true}, {Reply{Status: 403}, true, true}, {Reply{Status: 403, Code: "invalid_token"}, false, true},
		{Reply{Status: 404}, false, true}, {Reply{Status: 410}, false, true}, {Reply{Status: 404}, true, false}, {Reply{Status: 422}, false, true},
		{Reply{Status: 422}, true, false}, {Reply{Status: 405}, false, false}, {Reply{Status: 429}, false, false}, {Reply{Status: 500}, false, false},
		{Reply{}, false, false}, {Reply{Status: 200}, false, false}, {Reply{Status: 200, OtherClient: true}, false, false}, {Reply{Status: 302, Redirected: true}, false, false},
		{Reply{Status: 403, Unsupported: true}, false, false},
	} {
		tt.reply.Operation = OperationRead
		if got := Classify(tt.reply).MayRefuseStale(tt.away); got != tt.want {
			t.Errorf("%+v, away %v: %v, want %v", tt.reply, tt.away, got, tt.want)
		}
	}
}

func TestOutweighs(t *testing.T) {
	asOfGone := []Answer{AnswerUnauthorized, AnswerCredential, AnswerMissing}
	for _, a := range []Answer{AnswerForbidden, AnswerRefused, AnswerUnsupported} {
		for _, first := range asOfGone {
			if !a.Outweighs(first) || first.Outweighs(a) {
				t.Errorf("%v and %v", a, first)
			}
		}
	}
	for _, a := range append(asOfGone, AnswerDone, AnswerLost, AnswerRedirected, AnswerUnusable) {
		if a.Outweighs(AnswerUnauthorized) {
			t.Errorf("%v", a)
		}
	}
}
