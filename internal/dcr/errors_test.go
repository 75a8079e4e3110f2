// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// TestErrorShapes: what is made of the errors that servers really send (RFC 7591 §3.2.2, RFC 6750 §3, and what is neither).
func TestErrorShapes(t *testing.T) {
	type facets struct {
		Code, Description, RequestID string
		Refuses                      bool
	}
	for name, test := range map[string]struct {
		status int
		body   string
		header []string
		want   facets
	}{
		"standard":              {400, `{"error":"invalid_redirect_uri","error_description":"One or more redirect_uri values are invalid"}`, nil, facets{"invalid_redirect_uri", "One or more redirect_uri values are invalid", "", true}},
		"code only":             {400, `{"error":"invalid_client_metadata"}`, nil, facets{"invalid_client_metadata", "", "", true}},
		"empty 400":             {400, ``, nil, facets{Refuses: true}},
		"empty 401":             {401, ``, nil, facets{}},
		"empty 403":             {403, ``, nil, facets{}},
		"empty 500":             {500, ``, nil, facets{}},
		"header only":           {401, ``, []string{"WWW-Authenticate", `Bearer realm="x", error="invalid_token", error_description="The token \"x\" expired"`}, facets{"invalid_token", `The token "x" expired`, "", false}},
		"header without code":   {401, ``, []string{"WWW-Authenticate", `Bearer`}, facets{}},
		"body before header":    {403, `{"error":"insufficient_scope"}`, []string{"WWW-Authenticate", `Bearer error=invalid_token`}, facets{"insufficient_scope", "", "", false}},
		"unquoted header":       {400, ``, []string{"WWW-Authenticate", `Basic realm="a", Bearer error=invalid_token`}, facets{"invalid_token", "", "", false}},
		"error as a sentence":   {401, `{"error":"The request could not be authorized","error_description":"The requested OAuth 2.0 client does not exist.","request_id":"r-7"}`, nil, facets{"", "The request could not be authorized — The requested OAuth 2.0 client does not exist.", "r-7", false}},
		"forbidden sentence":    {403, `{"error":"The request was rejected","error_description":"client_secret is not allowed"}`, nil, facets{"", "The request was rejected — client_secret is not allowed", "", true}},
		"code, error_code, msg": {400, `{"code":400,"error_code":"validation_failed","msg":"redirect_uris is required","error_id":"e-1"}`, nil, facets{"validation_failed", "redirect_uris is required", "e-1", true}},
		"message and code":      {400, `{"message":"Invalid redirect","code":"INVALID_REDIRECT_URI"}`, nil, facets{"INVALID_REDIRECT_URI", "Invalid redirect", "", true}},
		"traceId":               {400, `{"error":"invalid_client_metadata","error_description":"name taken","traceId":"t-1"}`, nil, facets{"invalid_client_metadata", "name taken", "t-1", true}},
		"status and msg":        {200, `{"status":"error","msg":"application not found","data":null}`, nil, facets{"", "application not found", "", false}},
		"summary and causes":    {400, `{"errorCode":"E0000001","errorSummary":"Api validation failed","errorId":"oae1","errorCauses":[{"errorSummary":"redirect_uris: required"}]}`, nil, facets{"E0000001", "redirect_uris: required — Api validation failed", "oae1", true}},
		"problem":               {422, `{"type":"https://e.example/p","title":"Bad metadata","detail":"scope is unknown","status":422}`, nil, facets{"", "scope is unknown — Bad metadata", "", true}},
		"problem of no type":    {503, `{"type":"about:blank","title":"Service Unavailable","status":503}`, nil, facets{"", "Service Unavailable", "", false}},
		"number, then a code":   {400, `{"code":"101503","type":"BAD_NAME","message":"Bad name"}`, nil, facets{"BAD_NAME", "Bad name", "", true}},
		"a number alone":        {403, `{"code":"403"}`, nil, facets{"403", "", "", false}},
		"a name nobody knows":   {400, `{"title":"Bad","invalid-params":[{"name":"tenant","reason":"is required"}]}`, nil, facets{"", "Bad — tenant: is required", "", true}},
		"nested error":          {400, `{"error":{"code":"invalid_request","message":"No name"}}`, nil, facets{"invalid_request", "No name", "", true}},
		"errors":                {400, `{"errors":[{"code":"x","detail":"first"},{"code":"y"}]}`, nil, facets{"x", "first — y", "", true}},
		"errors, sentences":     {400, `{"errors":["name is missing"]}`, nil, facets{"", "name is missing", "", true}},
		"a list":                {400, `[{"code":"x","message":"first"}]`, nil, facets{"x", "first", "", true}},
		"message as list":       {400, `{"statusCode":400,"message":["a must be b","c must be d"],"error":"Bad Request"}`, nil, facets{"", "Bad Request — a must be b, c must be d", "", true}},
		"framework":             {404, `{"timestamp":"2026","status":404,"error":"Not Found","path":"/register/c1"}`, nil, facets{"", "Not Found", "", false}},
		"HTML":                  {403, "<html><head><title>Access\n<b>denied</b></title></head><body>canary", nil, facets{"", "a page titled “Access denied”", "", true}},
		"HTML, no title":        {400, "<p>canary</p>", nil, facets{Refuses: true}},
		"plain text":            {400, "Bad client name\r\n", []string{"Content-Type", "text/plain"}, facets{"", "Bad client name", "", true}},
		"long text":             {400, strings.Repeat("word ", 200) + "\ncanary", nil, facets{"", strings.TrimSpace(strings.Repeat("word ", 59)) + "…", "", true}},
		"broken JSON":           {400, `{"error":"canary`, nil, facets{Refuses: true}},
		"request id by header":  {500, ``, []string{"X-Request-Id", "h-1"}, facets{RequestID: "h-1"}},
		"invalid_token as 400":  {400, `{"error":"invalid_token"}`, nil, facets{"invalid_token", "", "", false}},
		"invalid_client as 400": {400, `{"error":"invalid_client"}`, nil, facets{"invalid_client", "", "", false}},
		"policy":                {403, `{"error":"insufficient_scope","error_description":"Policy 'Trusted Hosts' rejected request"}`, nil, facets{"insufficient_scope", "Policy 'Trusted Hosts' rejected request", "", false}},
		"access_denied":         {403, `{"error":"access_denied"}`, nil, facets{"access_denied", "", "", false}},
		"metadata as 403":       {403, `{"error":"invalid_client_metadata"}`, nil, facets{"invalid_client_metadata", "", "", true}},
		"409":                   {409, `{"error":"invalid_client_metadata"}`, nil, facets{"invalid_client_metadata", "", "", false}},
		"capital names":         {400, `{"Error":"invalid_request","Error_Description":"x"}`, nil, facets{"invalid_request", "x", "", true}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, answer(test.status, test.body, test.header...))
			_, err := f.run(f.client(t), Update)
			e := asError(t, err)
			if diff := cmp.Diff(test.want, facets{e.Code, e.Description, e.RequestID, e.RefusesMetadata()}); diff != "" {
				t.Error(diff)
			}
			if text := err.Error(); strings.Contains(text, "canary") || strings.ContainsAny(text, "\r\n") || !strings.Contains(text, fmt.Sprint(test.status)) {
				t.Errorf("%s", text)
			}
		})
	}
}

func TestErrorKinds(t *testing.T) {
	type kinds struct{ unauthorized, gone, forbidden, missing bool }
	for _, test := range []struct {
		status    int
		code      string
		operation Operation
		want      kinds
	}{
		{401, "", Read, kinds{unauthorized: true}},
		{400, "invalid_token", Read, kinds{unauthorized: true}},
		{400, "invalid_request", Read, kinds{unauthorized: true}},
		{400, "invalid_request", Update, kinds{}},
		{400, "access_denied", Delete, kinds{unauthorized: true}},
		{400, "access_denied", Register, kinds{}},
		{403, "unsupported_operation", Update, kinds{forbidden: true, missing: true}},
		{403, "insufficient_scope", Update, kinds{forbidden: true}},
		{403, "unsupported_grant_type", Update, kinds{forbidden: true}},
		{302, "", Delete, kinds{missing: true}},
		{403, "invalid_token", Read, kinds{forbidden: true}},
		{404, "", Read, kinds{gone: true}},
		{410, "", Delete, kinds{gone: true}},
		{404, "", Register, kinds{}},
		{405, "", Update, kinds{missing: true}},
		{501, "", Delete, kinds{missing: true}},
		{500, "", Read, kinds{}},
		{0, "", Read, kinds{}},
	} {
		e := &Error{Operation: test.operation, Status: test.status, Code: test.code}
		if got := (kinds{e.Unauthorized(), e.gone(), e.Forbidden(), e.OperationMissing()}); got != test.want {
			t.Errorf("%s %d %s: %+v", test.operation, test.status, test.code, got)
		}
	}
}

// A server that quotes all it was sent, and more, betrays nothing through an error, whichever member it uses.
func TestErrorsQuoteNoSecret(t *testing.T) {
	echo := func(format string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, 4096)
			n, _ := r.Body.Read(body)
			quoted := strings.NewReplacer(`"`, ` `, "{", " ", "}", " ").Replace(r.Header.Get("Authorization") + " " + string(body[:n]))
			w.Header().Set("Www-Authenticate", `Bearer error_description="`+quoted+`"`)
			w.Header().Set("X-Request-Id", quoted)
			w.WriteHeader(status)
			fmt.Fprintf(w, format, quoted)
		}
	}
	for _, format := range []string{
		`{"error":"%[1]s","error_description":"%[1]s"}`, `{"error":"x","error_description":"%[1]s","request_id":"%[1]s"}`, `{"message":"%[1]s"}`,
		`<title>%[1]s</title>`, `no: %[1]s`, `{"error":{"code":"x","message":"%[1]s"}}`, `{"errors":["%[1]s"]}`,
		`{"client_id":"c1","client_secret":"canary-new","error":"x","error_description":"canary-new %[1]s"}`,
	} {
		for _, status := range []int{200, 400, 401, 500} {
			f := newFake(t, echo(format, status))
			c := f.client(t)
			for _, operation := range []Operation{Register, Read, Update, Delete} {
				_, err := f.run(c, operation)
				if err == nil {
					continue // a DELETE with 200
				}
				e := asError(t, err)
				f.mu.Lock()
				all := fmt.Sprintf("%v %+v %v", err, *e, f.log)
				f.mu.Unlock()
				if i := strings.Index(all, "canary"); i >= 0 {
					t.Fatalf("%s, %d, %s: …%s…", format, status, operation, all[max(0, i-60):min(len(all), i+40)])
				}
			}
		}
	}
}

func TestDescriptionsAreBounded(t *testing.T) {
	f := newFake(t, answer(400, `{"error":"`+strings.Repeat("e", 500)+`","error_description":"`+strings.Repeat("ü", 2000)+`\u001b[31m\nsecond"}`, "X-Request-Id", strings.Repeat("r", 500)))
	_, err := f.run(f.client(t), Register)
	e := asError(t, err)
	if n := len([]rune(e.Description)); n != mostDescription || len([]rune(e.Code)) != mostCode || len([]rune(e.RequestID)) != mostCode {
		t.Errorf("%d, %d, %d", n, len(e.Code), len(e.RequestID))
	}
}

// No body, however strange, makes the parser fail otherwise than by an *Error, and what it says stays one bounded line.
func TestAnyBody(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		`{`, `}`, `[`, `]`, `"error"`, `:`, `,`, `"client_id"`, `"c1"`, `null`, `1e400`, `"\ud800"`, `<html>`, "\x00", "\xff", `"errors"`, `"status"`, `"error"`, `{}`, `[]`, `true`,
	})
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
		status := rapid.SampledFrom([]int{200, 400, 401, 500}).Draw(t, "status")
		x := exchange{operation: Update, url: "https://as.example/c1", clientID: "c1"}
		e := x.refusal(&transport.Response{Status: status, Body: []byte(body), Header: http.Header{}}, "")
		if text := e.Error(); strings.ContainsAny(text, "\n\x00\x1b") || len([]rune(text)) > 1000 {
			t.Fatalf("%q", text)
		}
	})
}

// What every front end can say is no word of the server's: the type that says nothing (RFC 9457 §4.2.1), and a number.
func TestCodesThatAreTheServersOwn(t *testing.T) {
	for body, own := range map[string]bool{
		`{"type":"about:blank","title":"Service Unavailable","status":503}`:  false,
		`{"type":"about:blank","detail":"no instances","code":"503"}`:        false,
		`{"code":"404","type":"Status report","message":"Not Found"}`:        false,
		`{"code":"101503","type":"Status report","message":"Runtime Error"}`: false,
		`{"error":{"code":"503","message":"upstream"}}`:                      false,
		`{"error":"503"}`: false, `{"code":503}`: false, ``: false, `{}`: false, `<title>503</title>`: false,
		`{"error":"temporarily_unavailable"}`: true, `{"code":"E0000001"}`: true, `{"type":"server_error"}`: true, `{"code":"503","error":"server_error"}`: true,
		`{"type":"about:blank","code":"invalid_token"}`: true, `{"code":"503","type":"SERVER_DOWN"}`: true,
	} {
		f := newFake(t, answer(503, body))
		_, err := f.run(f.client(t), Read)
		if got := asError(t, err).OwnCode(); got != own {
			t.Errorf("%s: %v", body, got)
		}
	}
}
