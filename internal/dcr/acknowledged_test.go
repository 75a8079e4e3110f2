// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// An answer that shows no client is a bare success where nothing in it speaks of an error, with words or without.
func TestAcknowledgements(t *testing.T) {
	for body, want := range map[string]bool{
		``: true, `{}`: true, `[]`: true, `{"status":"ok"}`: true, `{"success":true}`: true, `{"error":null}`: true, `{"error":false,"errors":[]}`: true, `{"error":"","code":0}`: true, `{"status":200}`: true, `{"data":{"id":17}}`: true,
		`{"error":true}`: false, `{"error":{"id":17}}`: false, `{"error":[1]}`: false, `{"Error":1}`: false, `{"errors":[{"id":17}]}`: false, `{"errors":{"id":17}}`: false, `{"status":"error"}`: false, `{"STATUS":"Failed"}`: false,
		`{"result":"failure"}`: false, `{"success":false}`: false, `{"ok":false}`: false, `{"status":400}`: false, `{"statusCode":500}`: false, `{"code":403}`: false, `[{"error":true}]`: false,
		`{"error":"invalid_request"}`: false, `{"message":"no"}`: false, `<html><title>x</title></html>`: false, `no`: false,
	} {
		acknowledges(t, body, want)
	}
	f := newFake(t, answer(404, ``))
	_, err := f.run(f.client(t), Update)
	if asError(t, err).Acknowledges() {
		t.Error("a refusal is none")
	}
}

// What servers wrap their answers in says success or failure by a count, a number, a truth value or a word, each in many spellings.
func TestAcknowledgementsInEnvelopes(t *testing.T) {
	for body, want := range map[string]bool{
		// A count of errors.
		`{"success":true,"errors":0}`: true, `{"error":0}`: true, `{"errors":"0"}`: true, `{"error_count":0}`: true, `{"failed":0,"succeeded":1}`: true, `{"errors":0.0}`: true,
		`{"errors":2}`: false, `{"success":true,"errors":1}`: false, `{"error":-1}`: false, `{"errorCount":3}`: false, `{"failed":1}`: false, `{"failures":[1]}`: false,
		// A number for the outcome: none is an error, or it begins as HTTP's numbers of success do.
		`{"code":20000}`: true, `{"code":200}`: true, `{"code":"0"}`: true, `{"code":"20000"}`: true, `{"errcode":0,"errmsg":"ok"}`: true, `{"retCode":0}`: true, `{"error":{"code":0,"message":""}}`: true,
		`{"code":200,"msg":"操作成功"}`: true, `{"code":0,"message":"success","data":null}`: true, `{"status":{"code":200}}`: true, `{"meta":{"code":"200"},"data":{}}`: true, `{"status":204}`: true,
		`{"code":40000}`: false, `{"code":"40301"}`: false, `{"code":-1}`: false, `{"code":1}`: false, `{"code":1001}`: false, `{"errcode":40013}`: false, `{"errno":7}`: false, `{"code":"500"}`: false, `{"statuscode":422}`: false,
		`{"status":{"code":403}}`: false, `{"meta":{"code":"400"},"data":{}}`: false, `{"error":{"code":7}}`: false, `{"code":200,"success":false}`: false, `{"code":500,"success":true}`: false, `{"status":304}`: false,
		// A truth value, as such, as a number or as a word.
		`{"ok":1}`: true, `{"ok":true}`: true, `{"success":"true"}`: true, `{"success":1}`: true, `{"isSuccess":true}`: true, `{"Succeeded":true}`: true, `{"updated":true}`: true, `{"error":"false"}`: true, `{"hasError":false}`: true,
		`{"code":1,"success":true}`: true, `{"result":true}`: true, `{"updated":1790000000}`: true,
		`{"ok":0}`: false, `{"success":0}`: false, `{"success":"false"}`: false, `{"Success":"no"}`: false, `{"isSuccess":false}`: false, `{"succeeded":false}`: false, `{"updated":false}`: false, `{"accepted":false}`: false,
		`{"failed":true}`: false, `{"hasErrors":true}`: false, `{"isError":"true"}`: false, `{"result":false}`: false, `{"data":{"success":false}}`: false, `{"result":{"ok":0}}`: false,
		// A word.
		`{"status":"success"}`: true, `{"status":"OK"}`: true, `{"result":"updated"}`: true, `{"state":"completed"}`: true, `{"code":"SUCCESS"}`: true, `{"code":"OK","message":"Success"}`: true, `{"error":"none"}`: true,
		`{"status":"active"}`: true, `{"state":"enabled","id":17}`: true, `{"message":"ok"}`: true, `{"message":"Client updated successfully."}`: true, `{"status":"success","message":"Saved"}`: true, `{"success":true,"message":"Client x"}`: true,
		`{"status":"rejected"}`: false, `{"status":"denied"}`: false, `{"status":"invalid"}`: false, `{"status":"REFUSED"}`: false, `{"status":"not_updated"}`: false, `{"status":"VALIDATION_FAILED"}`: false, `{"status":"validationError"}`: false,
		`{"status":"unsuccessful"}`: false, `{"status":"nok"}`: false, `{"status":"Bad Request"}`: false, `{"state":"aborted"}`: false, `{"outcome":"declined"}`: false, `{"status":"pending"}`: false, `{"status":"partial success"}`: false,
		`{"code":"REJECTED"}`: false, `{"success":true,"message":"redirect_uris could not be saved"}`: false, `{"code":200,"msg":"not permitted"}`: false, `{"message":"Client cannot be updated"}`: false, `{"message":"17"}`: false,
		`{"response":{"status":"rejected"}}`: false, `{"status":"unknown"}`: false, `[{"status":"rejected"}]`: false, `{"message":"hello"}`: false,
		// Frameworks write the status as a word, or the outcome alone.
		`OK`: true, `"ok"`: true, `true`: true, `null`: true, `Accepted`: true,
		`false`: false, `"error"`: false, `Forbidden`: false, `0`: false, `not ok`: false, `<p>ok</p>`: false, `OK computer`: false,
	} {
		acknowledges(t, body, want)
	}
}

// A failure under a name that is not everybody's, a count of nothing and a state that is not known acknowledge nothing. What is said of a success in the
// same places does.
func TestAcknowledgementsOfNothing(t *testing.T) {
	for body, want := range map[string]bool{
		`{"errorMessage":"Task timed out after 3.00 seconds","errorType":"Error"}`: false, `{"errorMessage":"Task ended after 3.00 seconds"}`: false, `{"errorType":"Runtime.ExitError"}`: false, `{"err":"redirect_uris[0] is odd"}`: false,
		`{"error_msg":"client x"}`: false, `{"errmsg":"client x"}`: false, `{"errmsg":"操作失败"}`: false, `{"errcode":0,"errmsg":"client x"}`: false, `{"success":true,"errorMessage":"client x"}`: false, `{"exception":"java.lang.NullPointerException"}`: false,
		`{"fault":{"faultstring":"x"}}`: false, `{"faultstring":"x"}`: false, `{"fail":true}`: false, `{"blocked":true}`: false, `{"valid":false}`: false, `{"authorized":"no"}`: false, `{"type":"error","id":17}`: false, `{"data":{"err":"x"}}`: false,
		`{"errorMessage":""}`: true, `{"errorMessage":null,"errorType":null}`: true, `{"err":null}`: true, `{"err":""}`: true, `{"err":0}`: true, `{"errmsg":"ok"}`: true, `{"errno":0,"errmsg":"操作成功"}`: true, `{"errorMessage":"Updated successfully"}`: true,
		`{"fail":0}`: true, `{"blocked":false}`: true, `{"valid":true}`: true, `{"type":"client"}`: true, `{"fault":null}`: true,

		`{"updated":0}`: false, `{"modified":"0"}`: false, `{"affectedRows":0}`: false, `{"rows_affected":0}`: false, `{"success":true,"affected":0}`: false, `{"acknowledged":true,"matchedCount":0,"modifiedCount":0}`: false, `{"ok":1,"n":0,"nModified":0}`: false,
		`{"matchedCount":0}`: false, `{"result":{"updated":0}}`: false, `{"data":[{"updated":0}]}`: false, `{"updated":-1}`: false,
		`{"updated":1}`: true, `{"affectedRows":1}`: true, `{"acknowledged":true,"matchedCount":1,"modifiedCount":1}`: true, `{"acknowledged":true,"matchedCount":1,"modifiedCount":0}`: true, `{"ok":1,"n":1,"nModified":0}`: true, `{"updated":"2026-11-29T15:00:00Z"}`: true,

		`{"status":"blocked"}`: false, `{"status":"LOCKED"}`: false, `{"status":"scheduled"}`: false, `{"status":"submitted"}`: false, `{"state":"awaiting approval"}`: false, `{"status":"throttled"}`: false, `{"result":"duplicate"}`: false,
		`{"status":"conflicting"}`: false, `{"status":"inactive"}`: false, `{"status":"xyz"}`: false, `{"result":"操作失败"}`: false, `{"status":{"state":"parked"}}`: false, `{"status":"active, parked"}`: false,
		`{"status":"ok","message":"Your request will be reviewed by an administrator"}`: false, `{"success":true,"status":"scheduled"}`: false,
		`{"status":""}`: true, `{"status":null}`: true, `{"status":"CLIENT_ACTIVE"}`: true, `{"status":"isActive"}`: true, `{"status":"approved"}`: true, `{"success":true,"status":"provisioned"}`: true, `{"result":{"id":17}}`: true, `{"state":"registered"}`: true,

		`{"success":true,"message":"Client updated successfully without errors"}`: true, `{"message":"Updated with 0 errors"}`: true, `{"error":{"code":200,"message":"Updated"}}`: true,
		`{"message":"Updated with 10 errors"}`: false, `{"message":"without errors, but not updated"}`: false, `{"error":{"code":200,"message":"Denied"}}`: false, `{"error":{"code":400,"message":"Updated"}}`: false, `{"error":{"message":"Updated"}}`: false,
	} {
		acknowledges(t, body, want)
	}
}

// Of two answers, the second one may count none where the first one counted the client. No other first answer says that it had it all then.
func TestAcknowledgementsThatCount(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		want          bool
	}{
		{`{"affectedRows":1}`, `{"affectedRows":0}`, true}, {`{"updated":"1"}`, `{"updated":"0"}`, true}, {`{"success":true,"modified":1}`, `{"success":true,"modified":0}`, true}, {`{"affectedRows":1}`, `{"affectedRows":1}`, true}, {``, ``, true},
		{`{"affectedRows":0}`, `{"affectedRows":0}`, false}, {`{"status":"ok"}`, `{"affectedRows":0}`, false}, {``, `{"updated":0}`, false}, {`{"affectedRows":1}`, `{"affectedRows":0,"error":"x"}`, false}, {`{"affectedRows":1}`, `{"updated":false}`, false},
		{`{"matchedCount":1,"modifiedCount":1}`, `{"matchedCount":0,"modifiedCount":0}`, false}, {`{"affectedRows":1,"error":"x"}`, `{"affectedRows":0}`, false}, {`{"updated":1790000000}`, `{"updated":0}`, false},
	} {
		var answers []*Error
		for _, body := range []string{tt.first, tt.second} {
			f := newFake(t, answer(200, body))
			_, err := f.run(f.client(t), Update)
			answers = append(answers, asError(t, err))
		}
		if answers[1].AcknowledgesAgain(answers[0]) != tt.want {
			t.Errorf("%s, then %s: %v", tt.first, tt.second, !tt.want)
		}
	}
}

// What shows a client beside a member that says that there was no error is that client.
func TestAClientBesideAnErrorThatIsNone(t *testing.T) {
	for says, want := range map[string]bool{
		`"error":0`: true, `"error":"none"`: true, `"error":"false"`: true, `"error":{"code":0,"message":"ok"}`: true, `"error":[null]`: true, `"error":{}`: true, `"status":"rejected"`: true, `"status":"pending"`: true, `"code":1`: true,
		`"error":1`: false, `"error":"invalid_request"`: false, `"error":{"code":7}`: false, `"error":["x"]`: false, `"status":"failed"`: false, `"error":{"message":"no"}`: false,
	} {
		f := newFake(t, answer(200, `{"client_id":"c1",`+says+`}`))
		if _, err := f.run(f.client(t), Update); (err == nil) != want {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// What is a number to strconv.ParseFloat, but no code to anyone, is a text; and a JSON number counts as one, however large (RFC 8259 §6 sets no limit).
func TestNumbersOfAnswersAreFinite(t *testing.T) {
	names := slices.Concat(failureNames, successNames, madeNames, numberNames, outcomeNames)
	for _, value := range []string{`"inf"`, `"Inf"`, `"+INF"`, `"-inf"`, `"Infinity"`, `"-Infinity"`, `"+infinity"`, `"NaN"`, `"0x1p1023"`, `"1e308"`, `"1e999"`, `"99999999999999999999"`, `1e308`, `1e999`, `-1e999`, `1e-999`} {
		for _, name := range names {
			sayingOfJSON(t, fmt.Sprintf(`{%q:%s,"data":[{%[1]q:[%[2]s]}],"error":{%[1]q:%[2]s}}`, name, value))
		}
	}
	for body, want := range map[string]saying{
		`{"code":"Infinity"}`: saysUnclear, `{"code":"NaN"}`: saysUnclear, `{"code":"0x0"}`: saysUnclear, `{"errors":"Infinity"}`: saysFailed, `{"errors":"NaN"}`: saysFailed,
		`{"errors":1e999}`: saysFailed, `{"code":1e999}`: saysUnclear, `{"code":-1e999}`: saysFailed, `{"code":2e2}`: saysDone, `{"code":" 200 "}`: saysDone, `{"code":"400.0"}`: saysFailed,
	} {
		if said := sayingOfJSON(t, body); said != want {
			t.Errorf("%s: %v", body, said)
		}
	}
}

// Nothing that a server can answer keeps the reading of it from its end, and no number in it is infinite.
func TestEachAnswerIsReadToItsEnd(t *testing.T) {
	names := rapid.SampledFrom(slices.Concat(failureNames, successNames, madeNames, numberNames, outcomeNames, envelopeNames))
	scalar := rapid.OneOf(rapid.StringMatching(`[+-]?(inf|Infinity|NaN|0x[0-9a-f]{1,20}p[0-9]{1,5}|[0-9]{1,400}(\.[0-9]{0,30})?(e[+-]?[0-9]{1,6})?|[a-z]{0,9})`).AsAny(),
		rapid.Map(rapid.StringMatching(`-?(0|[1-9][0-9]{0,400})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,6})?`), func(s string) json.Number { return json.Number(s) }).AsAny(),
		rapid.Bool().AsAny(), rapid.Just[any](nil))
	value := rapid.OneOf(scalar, rapid.SliceOfN(scalar, 0, 3).AsAny(), rapid.MapOfN(names, scalar, 0, 3).AsAny())
	rapid.Check(t, func(t *rapid.T) {
		written, err := json.Marshal(rapid.MapOfN(names, value, 0, 4).Draw(t, "body"))
		if err != nil {
			t.Fatal(err)
		}
		sayingOfJSON(t, string(written))
		if n, _ := numeric(scalar.Draw(t, "value")); math.IsInf(n, 0) || math.IsNaN(n) {
			t.Error(n)
		}
	})
}

func sayingOfJSON(t rapid.TB, body string) saying {
	t.Helper()
	parsed, isDocument := document("application/json", []byte(body))
	if !isDocument {
		t.Fatalf("no document: %s", body)
	}
	return sayingOf([]byte(body), JSONBody, parsed, "")
}

func acknowledges(t *testing.T, body string, want bool) {
	t.Helper()
	f := newFake(t, answer(200, body))
	_, err := f.run(f.client(t), Update)
	if e := asError(t, err); e.Acknowledges() != want {
		t.Errorf("%s: %v", body, !want)
	}
}
