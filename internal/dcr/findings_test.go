// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

func refusalOf(status int, contentType, body string, sent map[string]any) *Error {
	x := exchange{operation: Register, method: http.MethodPost, url: "https://as.example/register", body: sent}
	return x.refusal(&transport.Response{
		Status: status, Body: []byte(body), Header: http.Header{"Content-Type": {contentType}}, URL: x.url,
	}, "")
}

// Each refusal lands on the member that it is about, in whichever format it is written.
func TestRefusalsLandOnTheirMember(t *testing.T) {
	sent := map[string]any{
		"redirect_uris": []any{"ftp://a.example/cb"}, "client_name": "Shop", "client_name#de": "Laden", "scope": "openid", "x_vendor": "v",
		"contacts": []any{"nobody"},
	}
	first := func(text string) []MemberFinding { return []MemberFinding{{"redirect_uris", 0, text}} }
	whole := func(member, text string) []MemberFinding { return []MemberFinding{{member, -1, text}} }
	for name, test := range map[string]struct {
		body string
		want []MemberFinding
	}{
		"OAuth, by name":       {`{"error":"invalid_client_metadata","error_description":"client_name is taken"}`, whole("client_name", "client_name is taken")},
		"OAuth, by code":       {`{"error":"invalid_redirect_uri","error_description":"ftp is not allowed"}`, whole("redirect_uris", "ftp is not allowed")},
		"OAuth, singular":      {`{"error":"invalid_request","error_description":"redirect_uri must be https"}`, whole("redirect_uris", "redirect_uri must be https")},
		"Pydantic":             {`{"detail":[{"type":"url_scheme","loc":["body","redirect_uris",0],"msg":"URL scheme should be https","input":"ftp://a.example/cb"}]}`, first("URL scheme should be https")},
		"Django":               {`{"redirect_uris":["Enter a valid URL."]}`, whole("redirect_uris", "Enter a valid URL.")},
		"Django, by index":     {`{"redirect_uris":{"0":["Enter a valid URL."]}}`, first("Enter a valid URL.")},
		"Zod":                  {`{"success":false,"error":{"issues":[{"code":"invalid","path":["redirect_uris",0],"message":"Invalid url"}],"name":"ZodError"}}`, first("Invalid url")},
		"Zod, bare":            {`{"issues":[{"path":["redirect_uris",0],"message":"Invalid url"}],"name":"ZodError"}`, first("Invalid url")},
		"Zod, in a string":     {`{"name":"ZodError","message":"[{\"path\":[\"redirect_uris\",0],\"message\":\"Invalid url\"}]"}`, first("Invalid url")},
		"Zod, unknown key":     {`{"error":{"issues":[{"code":"unrecognized_keys","keys":["x_vendor"],"path":[],"message":"Unrecognized key(s)"}]}}`, whole("x_vendor", "Unrecognized key(s)")},
		"Zod, flat":            {`{"formErrors":[],"fieldErrors":{"redirect_uris":["Required"]}}`, whole("redirect_uris", "Required")},
		"ajv":                  {`[{"instancePath":"/redirect_uris/0","keyword":"format","message":"must match format \"uri\""}]`, first(`must match format "uri"`)},
		"ajv, wrapped":         {`{"errors":[{"instancePath":"/redirect_uris/0","message":"must be https"}]}`, first("must be https")},
		"ajv, missing":         {`{"errors":[{"instancePath":"","params":{"missingProperty":"contacts"},"message":"must have it"}]}`, whole("contacts", "must have it")},
		"ajv 6":                {`{"errors":[{"dataPath":".redirect_uris[0]","message":"must be https"}]}`, first("must be https")},
		"problem, params":      {`{"type":"about:blank","title":"Bad","invalid-params":[{"name":"client_name","reason":"is taken"}]}`, whole("client_name", "is taken")},
		"problem, pointer":     {`{"title":"Bad","errors":[{"detail":"must be https","pointer":"#/redirect_uris/0"}]}`, first("must be https")},
		"JSON:API":             {`{"errors":[{"source":{"pointer":"/redirect_uris/0"},"detail":"must be https"}]}`, first("must be https")},
		"Spring":               {`{"errors":[{"field":"redirectUris[0]","rejectedValue":"ftp://a.example/cb","defaultMessage":"must be https"}]}`, first("must be https")},
		"ASP.NET":              {`{"title":"One or more errors","errors":{"$.redirect_uris[0]":["must be https"]}}`, first("must be https")},
		"Laravel":              {`{"message":"The given data was invalid.","errors":{"redirect_uris.0":["must be https"]}}`, first("must be https")},
		"WSO2":                 {`{"code":"DCR-1","message":"Bad request","description":"Invalid client_name","traceId":"t"}`, whole("client_name", "Bad request — Invalid client_name")},
		"Supabase":             {`{"code":400,"error_code":"validation_failed","msg":"redirect_uris is required"}`, whole("redirect_uris", "redirect_uris is required")},
		"Okta":                 {`{"errorCode":"E1","errorSummary":"Api validation failed","errorCauses":[{"errorSummary":"client_name: already taken"}]}`, whole("client_name", "client_name: already taken")},
		"Jackson":              {`Unrecognized field "x_vendor" (class com.x.Dto), not marked as ignorable (3 known properties: "redirect_uris", "client_name", "scope"])`, whole("x_vendor", `Unrecognized field "x_vendor" (class com.x.Dto), not marked as ignorable (3 known properties: "redirect_uris", "client_name", "scope"])`)},
		"text":                 {"client_name is too long\nat com.example.Main", whole("client_name", "client_name is too long")},
		"language":             {`{"errors":[{"path":"client_name#de","message":"no such language"}]}`, whole("client_name#de", "no such language")},
		"XML":                  {`<fault><code>9</code><message>client_name is taken</message></fault>`, whole("client_name", "client_name is taken")},
		"a name nobody knows":  {`{"invalid-params":[{"name":"tenant","reason":"is required"}]}`, nil},
		"a route":              {`{"error":"operation_not_supported","message":"Contact an administrator (PUT /agents/{client_name}/jwks or /agents/:x_vendor)."}`, nil},
		"an echo is no error":  {`{"error":"server_busy","client_id":"c","redirect_uris":["ftp://a.example/cb"],"client_name":"Shop two"}`, nil},
		"scope of a challenge": {`{"error":"invalid_request","scope":"dcr:manage dcr:read"}`, nil},
		"scope as a word":      {`{"error":"invalid_request","error_description":"The scope of this service is limited"}`, nil},
		"a header":             {`{"detail":[{"loc":["header","authorization"],"msg":"Field required"}]}`, nil},
		"HTML":                 {`<html><title>client</title><body>redirect_uris is wrong`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := refusalOf(400, "", test.body, sent)
			if diff := cmp.Diff(test.want, e.Findings()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A read sends no client metadata, so nothing in its refusal is about any.
func TestReadsHaveNoFindings(t *testing.T) {
	x := exchange{operation: Read, url: "https://as.example/c"}
	e := x.refusal(&transport.Response{Status: 400, Body: []byte(`{"redirect_uris":["must be a list"]}`), Header: http.Header{}, URL: x.url}, "")
	if e.Findings() != nil {
		t.Errorf("%v", e.Findings())
	}
}

// Whatever a server prints into its error, no credential that was sent or answered is shown.
func TestFindingsHoldNoCredential(t *testing.T) {
	formats := []string{
		`{"detail":[{"loc":["body","redirect_uris",0],"msg":%s}]}`, `{"redirect_uris":[%s]}`, `{"errors":{"client_name":[%s]}}`, `[{"instancePath":"/scope","message":%s}]`,
		`{"error":"invalid_client_metadata","error_description":%s}`, `{"error":{"issues":[{"path":["x_secret"],"message":%s}]}}`, `{"title":%s,"detail":"x"}`,
		`{"message":%s,"registration_access_token":"canary-answered-1"}`, `%s`, `<html><title>%s</title>`, `<h1>%s</h1>`, `<fault><message>%s</message></fault>`,
	}
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.StringMatching(`[A-Za-z0-9+/="\\ <&._~-]{0,12}`).Draw(t, "tail")
		canary := "canary-" + tail + "X"
		sent := map[string]any{"client_secret": canary, "x_secret": []any{canary}, "ext_clientSecretValue": map[string]any{"v": canary}, "client_name": "a"}
		prefix := rapid.SampledFrom([]string{"", "client_name is wrong: ", "refused ", strings.Repeat("word ", 57), strings.Repeat("w", 290)}).Draw(t, "prefix")
		middle := rapid.SampledFrom([]string{canary, canary + " and canary-answered-1", "client_secret=" + canary, `{"client_secret":"canary-other-1"}`, "Bearer canary-other-12", "registration_access_token: canary-other-1"}).Draw(t, "middle")
		if strings.Contains(middle, "answered") {
			sent["registration_access_token"] = "canary-answered-1"
		}
		format := rapid.SampledFrom(formats).Draw(t, "format")
		text, _ := json.Marshal(prefix + middle)
		body := fmt.Sprintf(format, text)
		if format[0] == '<' || format == "%s" {
			body = fmt.Sprintf(format, prefix+middle)
		}
		e := refusalOf(rapid.SampledFrom([]int{200, 400, 401, 403, 422, 500}).Draw(t, "status"), "", body, sent)
		if all := fmt.Sprintf("%s %+v", e.Error(), e.Members); strings.Contains(all, "canary") {
			t.Fatalf("%s\n%s", body, all)
		}
	})
}
