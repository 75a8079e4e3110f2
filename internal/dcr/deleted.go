// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// waits are the words of what is done later.
var waits = regexp.MustCompile(`(?i)\b(?:in[ _-]?)?(?:pending|queued|processing|progress|scheduled|submitted|accepted|deferred|delayed|postponed|waiting|awaiting|approval|review)\b|_(?:pending|queued|scheduled)\b|\b(?:pending|queued|scheduled)_`)

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
		v, _ = withoutWaiting(v, 0)
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

// withoutWaiting is an answer less the words of waiting in its values, and where there are such, less what says that it is not done yet.
func withoutWaiting(v any, depth int) (out any, waiting bool) {
	switch v := v.(type) {
	case string:
		return waits.ReplaceAllString(v, " "), waits.MatchString(v)
	case map[string]any:
		if depth > 3 {
			return v, false
		}
		doc := map[string]any{}
		for member, value := range v {
			cut, waits := withoutWaiting(value, depth+1)
			doc[member], waiting = cut, waiting || waits
		}
		for member, value := range doc {
			name, done := plain(member), value != false
			if !done && (slices.Contains([]string{"done", "completed", "complete", "processed", "finished"}, name) || waiting && slices.Contains(deletedNames, name)) {
				delete(doc, member)
			}
		}
		return doc, waiting
	}
	return v, false
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
