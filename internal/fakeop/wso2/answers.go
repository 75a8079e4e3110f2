// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"fmt"
	"net/http"
	"strings"
)

// answer is what a request gets: a document as JSON, or a text of the header's media type, or neither.
type answer struct {
	status int
	doc    any
	text   string
	header http.Header
}

func (a answer) body() []byte {
	if a.doc != nil {
		return encode(a.doc)
	}
	return []byte(a.text)
}

// Error codes of a 400.
const (
	invalidMetadata    = "invalid_client_metadata"
	invalidRedirectURI = "invalid_redirect_uri"
	invalidStatement   = "invalid_software_statement"
)

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// refused is a 400 of the registration service.
func (s *Server) refused(code, description string) *answer {
	return &answer{status: http.StatusBadRequest, doc: map[string]any{
		"error": code, "error_description": description, "traceId": s.mint("trace"),
	}, header: jsonHeader()}
}

// failed is the service's 500, which says nothing.
func failed() *answer { return &answer{status: http.StatusInternalServerError} }

// missing is what a client that is not there gets, and one of another tenant: 401 without a body and without a challenge.
func missing() answer { return answer{status: http.StatusUnauthorized} }

// The package and class names that the JSON parser's sentences carry.
const dtoPackage = "org.wso2.carbon.identity.oauth2.dcr.endpoint.dto."

func dto(update bool) string {
	if update {
		return dtoPackage + "UpdateRequestDTO"
	}
	return dtoPackage + "RegistrationRequestDTO"
}

const parserSource = " at [Source: org.apache.cxf.transport.http.AbstractHTTPDestination$1@5f2a9c1e; line: 1, column: 2]"

// parserSentence is a 400 of the JSON parser itself: text/plain, with the names of Java classes.
func parserSentence(sentence string) *answer {
	return &answer{status: http.StatusBadRequest, text: sentence, header: http.Header{"Content-Type": {"text/plain"}}}
}

// unrecognized refuses a member that the API does not have.
func (s *Server) unrecognized(name string, update bool) *answer {
	if s.Release.strangers() == strangersInJSON {
		return &answer{status: http.StatusBadRequest, doc: map[string]any{
			"error": invalidMetadata, "error_description": "Unrecognized field : " + name, "traceId": nil,
		}, header: jsonHeader()}
	}
	known := s.Release.taken(update)
	for i := range known {
		known[i] = fmt.Sprintf("%q", known[i])
	}
	return parserSentence(fmt.Sprintf("Unrecognized field %q (class %s), not marked as ignorable (%d known properties: %s])\n%s (through reference chain: %s[%q])",
		name, dto(update), len(known), strings.Join(known, ", "), parserSource, dto(update), name))
}

// mistyped refuses a value of another JSON type, in every release.
func mistyped(name string, want kind, update bool) *answer {
	class := map[kind]string{text: "java.lang.String", boolean: "java.lang.Boolean", integer: "java.lang.Long", texts: "java.util.ArrayList"}[want]
	return parserSentence(fmt.Sprintf("Can not deserialize instance of %s out of this token\n%s (through reference chain: %s[%q])",
		class, parserSource, dto(update), name))
}

// page is an error page of the servlet container.
func page(status int) answer {
	title := fmt.Sprintf("HTTP Status %d – %s", status, http.StatusText(status))
	return answer{status: status, header: http.Header{"Content-Type": {"text/html;charset=utf-8"}}, text: "<!doctype html><html lang=\"en\"><head><title>" +
		title + "</title></head><body><h1>" + title + "</h1><hr class=\"line\" /><p><b>Type</b> Status Report</p></body></html>"}
}

// gate is how the valve in front of the API answers, 401 or 403. Since 6.0 it has a document, before it was the
// container's page with a header that is no challenge.
func (s *Server) gate(status int, user string) *answer {
	if s.Release < Release60 {
		a := page(status)
		a.header.Set("WWW-Authenticate", fmt.Sprintf("realm user=%q", user))
		return &a
	}
	header := http.Header{"Content-Type": {"application/json;charset=UTF-8"}}
	description := "Operation is not permitted. You do not have permissions to make this request."
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
		description = "Authorization failure. Authorization information was invalid or missing from your request."
	}
	return &answer{status: status, header: header, doc: map[string]any{
		"code": status, "message": http.StatusText(status), "description": description, "traceId": s.mint("trace"),
	}}
}
