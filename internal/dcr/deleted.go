// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// waits are the words of what is done later.
var waits = regexp.MustCompile(`^(pending|queued|processing|progress|schedul(ed|ing)|submitted|accepted|defer(red)?|delayed|postponed|wait(ing|s)?|await.*|approval|review(ing)?)$`)

// deletedNames are members that say, with a truth value or a count, whether something was deleted. In any other answer they are a mark of the client.
var deletedNames = []string{"deleted", "removed", "destroyed", "deregistered", "unregistered", "deletedcount", "deletecount", "ndeleted", "removedcount", "removecount", "nremoved"}

// refusedOutright are the codes of a request that was looked at and refused (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7591 §3.2.2, and what servers make in their likeness), in difference
// to those of one that failed: there a deletion may have been made.
var refusedOutright = regexp.MustCompile(`(?i)^((invalid|unsupported|insufficient|unauthori[sz]ed)_[a-z_]+|access_denied|unauthori[sz]ed|unauthenticated|forbidden|(expired|revoked)_token|token_(expired|revoked|invalid)|([a-z_]+_)?not_(supported|allowed|permitted|authori[sz]ed|implemented))$`)

// saysNotDeleted reports whether the body of a success says that the client was not deleted. RFC 7592 §2.3 has 204 and no body, so that these are servers' own words.
// later: it was accepted, and is not done yet (202, RFC 9110 §15.3.3), so that words of waiting say nothing else.
func saysNotDeleted(body []byte, later bool) bool {
	v, err := jsonvalue.Decode(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))))
	if err != nil {
		return false
	}
	if done, isBool := v.(bool); isBool {
		return !done
	}
	if v = withoutMarks(v, 0); later {
		v = withoutWaiting(v, waitsFor(v, 0), 0)
	}
	return max(outcomeOf(v, 0), deletionSays(v, 0)) >= saysNone
}

// withoutMarks is an answer less what the client's own document says of its state: that is of the time before, or what a deletion has left.
func withoutMarks(v any, depth int) any {
	doc, isObject := v.(map[string]any)
	if !isObject || depth > 3 {
		return v
	}
	id := stringOf(doc["client_id"])
	out := map[string]any{}
	for member, value := range doc {
		name := plain(member)
		mark := slices.Contains(outcomeNames, name) || slices.Contains(validNames, name) || slices.Contains(kindNames, name) || slices.Contains(deletedNames, name)
		if id == "" || !mark {
			out[member] = withoutMarks(value, depth+1)
		}
	}
	return out
}

// waitsFor reports whether a value of an answer has a word of waiting.
func waitsFor(v any, depth int) bool {
	switch v := v.(type) {
	case string:
		return slices.ContainsFunc(words.FindAllString(v, -1), isWaiting)
	case []any:
		return depth < 4 && slices.ContainsFunc(v, func(inner any) bool { return waitsFor(inner, depth+1) })
	case map[string]any:
		return depth < 4 && slices.ContainsFunc(slices.Collect(maps.Values(v)), func(inner any) bool { return waitsFor(inner, depth+1) })
	}
	return false
}

func isWaiting(word string) bool { return waits.MatchString(strings.ToLower(word)) }

// withoutWaiting is an answer less the words of waiting in its values, less what says that the work is not done yet, and where something waits less what
// says that nothing was deleted.
func withoutWaiting(v any, waiting bool, depth int) any {
	switch v := v.(type) {
	case string:
		return words.ReplaceAllStringFunc(v, func(word string) string {
			if isWaiting(word) {
				return " "
			}
			return word
		})
	case []any:
		list := slices.Clone(v)
		for i := range list {
			if depth < 4 {
				list[i] = withoutWaiting(list[i], waiting, depth+1)
			}
		}
		return list
	case map[string]any:
		if depth > 3 {
			return v
		}
		doc := map[string]any{}
		for member, value := range v {
			name := plain(member)
			if isNone(value) && (slices.Contains(workNames, name) || waiting && slices.Contains(deletedNames, name)) {
				continue
			}
			doc[member] = withoutWaiting(value, waiting, depth+1)
		}
		return doc
	}
	return v
}

// workNames are members that say whether the work is done, as an operation under way has them.
var workNames = []string{"done", "completed", "complete", "processed", "finished"}

func isNone(value any) bool {
	n, isNumber := numeric(value)
	return value == false || isNumber && n == 0
}

// deletionSays is what members say that tell of a deletion alone.
func deletionSays(v any, depth int) (said saying) {
	doc, isObject := v.(map[string]any)
	if !isObject || depth > 3 {
		return saysNothing
	}
	for member, value := range doc {
		switch name := plain(member); {
		case slices.Contains(deletedNames, name):
			said = max(said, countSays(value))
		case slices.Contains(envelopeNames, name), slices.Contains(outcomeNames, name):
			said = max(said, deletionSays(value, depth+1))
		}
	}
	return said
}
