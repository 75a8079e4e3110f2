// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// saying is what an answer that shows no client says of what became of the request. Of two that it says, the higher one counts.
type saying int

const (
	saysNothing saying = iota
	saysUnclear        // something that may be either
	saysDone
	saysCounted  // the same, by how many clients were changed
	saysNone     // by such a count, that none was: it may have been as asked for already
	saysDoubtful // something that speaks against a success that is told beside it
	saysFailed
)

// Names of members that say what became of a request, without case and separators. No standard has them: each is in use somewhere.
var (
	failureNames = []string{"error", "errors", "errorcount", "iserror", "haserror", "haserrors", "failed", "failure", "failures", "failurecount", "rejected", "refused", "denied",
		"err", "errs", "errortype", "errorclass", "exception", "exceptions", "exceptionclass", "fault", "faults", "fail", "blocked", "violations", "conflict", "conflicts", "invalid", "timedout"}
	failureTexts  = []string{"errormessage", "errormessages", "errormsg", "errmsg", "errmessage", "errordetail", "errordetails", "exceptionmessage", "faultstring"} // there in a success, too, and in any language
	successNames  = []string{"success", "successful", "succeeded", "issuccess", "issuccessful", "ok", "isok"}
	madeNames     = []string{"updated", "accepted", "applied", "saved", "modified", "acknowledged", "processed", "completed", "done"}                              // or a time, or a count of rows
	countNames    = []string{"updatedcount", "updatecount", "modifiedcount", "nmodified", "affected", "affectedrows", "rowsaffected", "affectedcount", "rowcount"} // not of what changed: it is none where all was there already
	matchNames    = []string{"matched", "matchedcount", "nmatched", "n"}                                                                                           // how many there are to update, be it to what they are already
	validNames    = []string{"valid", "isvalid", "allowed", "permitted", "authorized", "authenticated"}
	kindNames     = []string{"type", "kind", "level", "severity"} // of anything
	numberNames   = []string{"code", "statuscode", "httpstatus", "httpcode", "httpstatuscode", "errcode", "errorcode", "errno", "ret", "retcode", "returncode", "rc", "resultcode", "respcode", "responsecode"}
	outcomeNames  = []string{"status", "result", "state", "outcome", "statustext", "resultstatus"}
	envelopeNames = []string{"response", "data", "meta", "header", "body", "payload"}
)

// Words in what is said. One that doubts counts for more than any that does not, as in “could not be updated”.
var (
	noErrors  = regexp.MustCompile(`(?i)\b(no|without|without any|zero|0)[ _-]?(errors?|failures?|problems?)\b`)
	words     = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)
	doneWord  = regexp.MustCompile(`^(ok|okay|success(ful|fully)?|succeed(ed|s)?|done|updated|saved|accepted|completed?|modified|applied|created|processed|true|yes)$`)
	doubtWord = regexp.MustCompile(`^(err|error.*|fail.*|fault.*|exception|invalid.*|illegal|malformed|incorrect|wrong|bad|reject.*|refus.*|den(y|ied|ies)|declin.*|forbid.*|abort.*|cancel.*|violat.*|conflict.*|` +
		`un(success|auth|able|chang|modif|support|avail|known|process|expect|accept|permit).*|no|not|cannot|can|could|couldn|nok|ko|ng|false|nothing|none|without|missing|required?|must|should|please|expired|` +
		`pending|queued|processing|progress|waiting|partial.*|ignor.*|skip.*|time|timeout|timed|only|` +
		`block.*|lock(ed|s)?|suspend.*|schedul.*|submitted|await.*|throttl.*|duplicated?|review.*|approval|defer(red)?|delayed|postponed|retry.*|limit.*|exceed.*|quota)$`)
	stateWord    = regexp.MustCompile(`^(active|activated|enabled|registered|valid|approved|confirmed|published|live|ready|available|online|normal|healthy|client|application|app|is|now)$`) // of a client to which nothing happened
	noErrorWords = []string{"", "0", "false", "none", "null", "ok", "success", "noerror", "noerrors"}
)

// sentenceSays is what a text says. A text of which that cannot be told may say either.
func sentenceSays(text string) saying {
	if said := wordSays(text); said != saysNothing || text == "" {
		return said
	}
	return saysUnclear
}

// outcomeOf is what the members of an object say, or of each object in a list.
func outcomeOf(v any, depth int) (said saying) {
	if depth > 3 {
		return saysNothing
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if !noneChanged(v, plain(name), value) {
				said = max(said, memberSays(plain(name), value, depth))
			}
		}
	case []any:
		for _, element := range v {
			said = max(said, outcomeOf(element, depth+1))
		}
	}
	return said
}

// noneChanged reports whether a member counts what was changed, and another one says that there was something that had all of it already.
func noneChanged(of map[string]any, counting string, value any) bool {
	if n, isNumber := numeric(value); !isNumber || n != 0 || !slices.Contains(madeNames, counting) && !slices.Contains(countNames, counting) {
		return false
	}
	for name, other := range of {
		if n, isNumber := numeric(other); isNumber && n > 0 && slices.Contains(matchNames, plain(name)) {
			return true
		}
	}
	return false
}

func memberSays(name string, value any, depth int) saying {
	switch {
	case slices.Contains(failureNames, name):
		if tellsOfError(value) {
			return saysFailed
		}
	case slices.Contains(failureTexts, name):
		return failureSays(value)
	case slices.Contains(validNames, name):
		if said := boolOrWord(value); said == saysFailed {
			return said // what is valid need not be registered
		}
	case slices.Contains(kindNames, name):
		if text, _ := value.(string); wordSays(text) == saysFailed {
			return saysDoubtful
		}
	case slices.Contains(successNames, name):
		if n, isNumber := numeric(value); isNumber {
			return truth(n > 0)
		}
		return boolOrWord(value)
	case slices.Contains(matchNames, name):
		if n, isNumber := numeric(value); isNumber && n <= 0 {
			return saysDoubtful
		}
	case slices.Contains(madeNames, name), slices.Contains(countNames, name):
		return countSays(value)
	case slices.Contains(numberNames, name):
		if text, isText := value.(string); isText && text != "" && wordSays(text) == saysNothing {
			if _, isNumber := numeric(value); !isNumber {
				return saysUnclear // a code of the server's own
			}
		}
		return outcomeSays(value, depth)
	case slices.Contains(outcomeNames, name):
		return outcomeSays(value, depth)
	case slices.Contains(envelopeNames, name):
		return outcomeOf(value, depth+1)
	}
	return saysNothing
}

// countSays is what a count of updated clients says, which may be a truth value or the time of the update, too.
func countSays(value any) saying {
	switch n, isNumber := numeric(value); {
	case !isNumber:
		return boolOrWord(value)
	case n == 0:
		return saysNone
	case n < 0:
		return saysDoubtful
	case n < aTime: // some count an update as two rows
		return saysCounted
	}
	return saysNothing
}

// aTime is more than any count of clients.
const aTime = 1000

func outcomeSays(value any, depth int) saying {
	if n, isNumber := numeric(value); isNumber {
		return status(n)
	}
	if text, isText := value.(string); isText && wordSays(text) == saysNothing {
		return stateSays(text)
	}
	return max(boolOrWord(value), outcomeOf(value, depth+1))
}

// stateSays is what a state says in words of which none is known to tell of an outcome. Those that a client is in all the time say nothing.
func stateSays(text string) saying {
	all := words.FindAllString(text, -1)
	if strings.TrimSpace(text) == "" || len(all) > 0 && !slices.ContainsFunc(all, func(w string) bool { return !stateWord.MatchString(strings.ToLower(w)) }) {
		return saysNothing
	}
	return saysUnclear
}

// failureSays is what the text of an error says, which envelopes have beside the number of a success, too: in any language there.
func failureSays(value any) saying {
	text, isText := value.(string)
	switch {
	case !tellsOfError(value), isText && wordSays(text) == saysDone:
		return saysNothing
	case isText && !words.MatchString(text):
		return saysUnclear
	}
	return saysFailed
}

// status is what a number says: 0 is no error, and others begin as HTTP's do, as 20000. 1 is true to some and an error to others.
func status(n float64) saying {
	if n < 0 {
		return saysFailed
	}
	for n >= 1000 {
		n /= 10
	}
	switch {
	case n == 0, n >= 200 && n < 300:
		return saysDone
	case n >= 400 && n < 600:
		return saysFailed
	}
	return saysUnclear
}

func boolOrWord(value any) saying {
	switch v := value.(type) {
	case bool:
		return truth(v)
	case string:
		return wordSays(v)
	}
	return saysNothing
}

func truth(v bool) saying {
	if v {
		return saysDone
	}
	return saysFailed
}

// wordSays is what a word says, or a sentence; nothing where it is about something else.
func wordSays(text string) (said saying) {
	for _, w := range words.FindAllString(noErrors.ReplaceAllString(text, "ok"), -1) {
		switch w = strings.ToLower(w); {
		case doubtWord.MatchString(w):
			return saysFailed
		case doneWord.MatchString(w):
			said = saysDone
		}
	}
	return said
}

// bareWord is for a body that is no object: frameworks write the status as a word, or the outcome alone.
func bareWord(body []byte) saying {
	text := string(body)
	if v, err := jsonvalue.Decode(bytes.TrimSpace(body)); err == nil {
		switch v := v.(type) {
		case nil:
			return saysNothing
		case bool:
			return truth(v)
		case string:
			text = v
		}
	}
	if text = strings.TrimRight(strings.TrimSpace(text), ".!"); doneWord.MatchString(strings.ToLower(text)) {
		return saysDone
	}
	return saysUnclear
}

// tellsOfError reports whether the value of a member that is there for errors has one.
func tellsOfError(value any) bool {
	if n, isNumber := numeric(value); isNumber {
		return n != 0
	}
	switch v := value.(type) {
	case bool:
		return v
	case string:
		return !slices.Contains(noErrorWords, plain(strings.TrimSpace(v)))
	case []any:
		return slices.ContainsFunc(v, tellsOfError)
	case map[string]any:
		numbered := false
		for name, inner := range v {
			numbered = numbered || isDone(name, inner)
		}
		for name, inner := range v {
			text, _ := inner.(string)
			if isDone(name, inner) || numbered && wordSays(text) == saysDone {
				continue
			}
			if tellsOfError(inner) {
				return true
			}
		}
	}
	return false
}

// isDone reports whether a member is a number that says success.
func isDone(name string, value any) bool {
	n, isNumber := numeric(value)
	return isNumber && slices.Contains(numberNames, plain(name)) && status(n) == saysDone
}

// writtenNumber is a number as a string has it. ParseFloat alone takes words, too, as “Infinity” and “nan”, and other notations than anyone writes a
// code in.
var writtenNumber = regexp.MustCompile(`^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$`)

// numeric reads a number, and one that is written as a string. It is finite: one that is too large for a float64 is the largest one.
func numeric(value any) (float64, bool) {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		if text = strings.TrimSpace(v); !writtenNumber.MatchString(text) {
			return 0, false
		}
	default:
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(n) || err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return max(-math.MaxFloat64, min(n, math.MaxFloat64)), true
}
