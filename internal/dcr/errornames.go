// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// The names under which error formats put the place of what is wrong and the sentence about it, without case and
// separators. The formats differ in nothing else that matters, so each pair of the two is read, whichever format it is:
// Pydantic (loc, msg), Zod (path, message), ajv (instancePath, message), RFC 9457 (pointer or name, detail or reason),
// JSON:API (source.pointer, detail), Spring (field, defaultMessage), OData (target, message), and those still to come.
var (
	pathNames = []string{
		"loc", "path", "instancepath", "datapath", "pointer", "jsonpointer", "jsonpath", "propertypath", "fieldpath", "field", "fieldname",
		"property", "propertyname", "attribute", "attributename", "member", "parameter", "parametername", "param", "source",
		"location", "target", "argument", "element", "key", "name", "claim", "in", "id",
	}
	// messageNames are in the order of preference.
	messageNames = []string{
		"message", "msg", "defaultmessage", "errormessage", "detail", "details", "reason", "description", "errordescription", "errorsummary",
		"summary", "text", "problem", "issue", "hint", "error", "title", "errors", "code", "type", "errorcode", "keyword",
	}
	// unsureNames are place names that say many other things too: they count only where they name a member that is known.
	unsureNames = []string{"name", "key", "in", "id", "target", "location", "source", "element", "path"}
	// wrapperNames hold complaints by member: below them also a single word is a message.
	wrapperNames = []string{
		"errors", "error", "detail", "details", "fielderrors", "field_errors", "violations", "validationerrors", "issues", "invalidparams", "messages", "modelstate",
		"validation", "fields", "errordetails", "causes", "errorcauses", "data",
	}
	// echoNames hold what was sent: nothing below them is the server's own word.
	echoNames = []string{"input", "value", "rejectedvalue", "data", "received", "actual", "ctx", "context", "instance", "requestbody", "body", "url", "stack", "trace", "stacktrace"}
)

func sortedNames(v map[string]any) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// plain drops case and separators of a name.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', ' ', '$':
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// isIndex reads a path's step that is the index of a list.
func isIndex(step any) (int, bool) {
	switch step := step.(type) {
	case json.Number:
		n, err := strconv.Atoi(step.String())
		return n, err == nil && n >= 0
	case string:
		n, err := strconv.Atoi(step)
		return n, err == nil && n >= 0
	}
	return 0, false
}
