// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package redact_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
)

// What a program prints of its values, for whoever is to debug it, ends up in error pages and descriptions. Whatever stands between the name of a
// credential and its value there, the value is withheld and the rest stays.
func TestRedactSentenceOfDumps(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		// PHP: print_r, var_dump, that of Xdebug, serialize, the dumper of Symfony
		"Array\n(\n    [client_secret] => hunter\n    [b] => c\n)":                           "Array\n(\n    [client_secret] => [redacted]\n    [b] => c\n)",
		"[client_secret] => Array ( [0] => hunter ) [b] => c":                                "[client_secret] => Array ([redacted]) [b] => c",
		"array(2) { [\"client_secret\"]=>\n  string(6) \"hunter\" [\"b\"]=> int(1) }":        "array(2) { [\"client_secret\"]=>\n  string(6) \"[redacted]\" [\"b\"]=> int(1) }",
		`["client_secret"]=> array(1) { [0]=> string(6) "hunter" } ["b"]=> int(1)`:           `["client_secret"]=> array(1) {[redacted]} ["b"]=> int(1)`,
		"'client_secret' => string 'hunter' (length=6) 'b' => int 1":                         "'client_secret' => string '[redacted]' (length=6) 'b' => int 1",
		`a:1:{s:13:"client_secret";s:6:"hunter";}`:                                           `a:1:{s:13:"client_secret";s:6:"[redacted]";}`,
		`"<span class=k>client_secret</span>" => "<span title="6 characters">hunter</span>"`: `"<span class=k>client_secret</span>" => "<span title="6 characters">[redacted]</span>"`,
		// Python, with the names of types
		`{'client_secret': b'hunter', 'b': 1}`:                              `{'client_secret': b'[redacted]', 'b': 1}`,
		`{u'client_secret': u'hunter', 'b': 1}`:                             `{u'client_secret': u'[redacted]', 'b': 1}`,
		`b'client_secret=hunter&b=c'`:                                       `b'client_secret=[redacted]&b=c'`,
		`<QueryDict: {'client_secret': ['hunter', 'two'], 'b': ['c']}>`:     `<QueryDict: {'client_secret': [[redacted]], 'b': ['c']}>`,
		`{'client_secret': ['a]b', 'two'], 'b': ['c']}`:                     `{'client_secret': [[redacted]], 'b': ['c']}`,
		`client_secret=SecretStr('hunter') b=1`:                             `client_secret=SecretStr('[redacted]') b=1`,
		`{'client_secret': {'value': 'hunter'}, 'b': 1}`:                    `{'client_secret': {[redacted]}, 'b': 1}`,
		`{'client_secret': 'it\'s hunter', 'b': 1}`:                         `{'client_secret': '[redacted]', 'b': 1}`,
		`{"client_secret": "a\"hunter", "b": 1}`:                            `{"client_secret": "[redacted]", "b": 1}`,
		`{"client_secret": "ends with one\\", "b": "c"}`:                    `{"client_secret": "[redacted]", "b": "c"}`,
		`{'loc': ('body', 'client_secret'), 'msg': 'x', 'input': 'hunter'}`: `{'loc': ('body', 'client_secret'), 'msg': 'x', 'input': '[redacted]'}`,
		// Rust, Erlang, Ruby, Go, Java, .NET
		`Client { client_secret: Some("hunter"), b: 1 }`:         `Client { client_secret: Some("[redacted]"), b: 1 }`,
		`Client { client_secret: Some(Secret("hunter")), b: 1 }`: `Client { client_secret: Some(Secret("[redacted]")), b: 1 }`,
		`#{<<"client_secret">> => <<"hunter">>,b => 1}`:          `#{<<"client_secret">> => <<"[redacted]">>,b => 1}`,
		`[{<<"client_secret">>,<<"S3cr3tCanary12">>}]`:           `[{<<"client_secret">>,<<"[redacted]">>}]`,
		`{:client_secret=>"hunter", :b=>"c"}`:                    `{:client_secret=>"[redacted]", :b=>"c"}`,
		`map[client_secret:[hunter two] b:[c]]`:                  `map[client_secret:[[redacted]] b:[c]]`,
		`{client_secret=[hunter], b=[c]}`:                        `{client_secret=[[redacted]], b=[c]}`,
		// Databases: PostgreSQL, MySQL, SQL Server, and the statements that drivers show
		`Key (client_secret)=(hunter) already exists.`:                                                     `Key (client_secret)=([redacted]) already exists.`,
		`Key (client_secret, tenant)=(hunter, t1) already exists.`:                                         `Key (client_secret, tenant)=([redacted]) already exists.`,
		`Failing row contains (1, app, hunter, null). See the log.`:                                        `Failing row contains ([redacted]). See the log.`,
		`INSERT INTO c (id, client_secret, n) VALUES ('a', 'hunter', 'b'), ('c', 'two', 'd') RETURNING id`: `INSERT INTO c (id, client_secret, n) VALUES ([redacted]), ([redacted]) RETURNING id`,
		"insert into `c` (`id`, `client_secret`) values (?, ?) [parameters: ('a', 'hunter')]":              "insert into `c` (`id`, `client_secret`) values ([redacted]) [parameters: ([redacted])]",
		`INSERT INTO c (id, client_secret) VALUES (?, ?)' with params ["a", "hunter"]: no`:                 `INSERT INTO c (id, client_secret) VALUES ([redacted])' with params [[redacted]]: no`,
		`Duplicate entry 'hunter' for key 'clients.client_secret'`:                                         `Duplicate entry '[redacted]' for key 'clients.client_secret'`,
		`Incorrect string value: 'hunter' for column 'client_secret' at row 1`:                             `Incorrect string value: '[redacted]' for column 'client_secret' at row 1`,
		`constraint 'UQ_client_secret'. The duplicate key value is (hunter, x).`:                           `constraint 'UQ_client_secret'. The duplicate key value is ([redacted]).`,
		// Pages and forms
		`<tr><td>client_secret</td><td class="code"><pre>&#x27;hunter&#x27;</pre></td></tr>`:       `<tr><td>client_secret</td><td class="code"><pre>[redacted]</pre></td></tr>`,
		"<tr>\n<td>client_secret</td>\n<td class=\"code\"><pre>hunter</pre></td>":                  "<tr>\n<td>client_secret</td>\n<td class=\"code\"><pre>[redacted]</pre></td>",
		`<dt>client_secret</dt><dd>hunter</dd>`:                                                    `<dt>client_secret</dt><dd>[redacted]</dd>`,
		`<b>client_secret</b>: <code>hunter</code> <b>b</b>: c`:                                    `<b>client_secret</b>: <code>[redacted]</code> <b>b</b>: c`,
		`<param name="client_secret">hunter</param><param name="b">c</param>`:                      `<param name="client_secret">[redacted]</param><param name="b">c</param>`,
		`<input value="hunter" type="text" name="client_secret">`:                                  `<input value="[redacted]" type="text" name="client_secret">`,
		`[{'value': 'c', 'name': 'b'}, {'value': 'hunter', 'name': 'client_secret'}]`:              `[{'value': 'c', 'name': 'b'}, {'value': '[redacted]', 'name': 'client_secret'}]`,
		"form-data; name=\"client_secret\"\r\n\r\nhunter\r\n--x\r\nform-data; name=\"b\"\r\n\r\nc": "form-data; name=\"client_secret\"\r\n\r\n[redacted]\r\n--x\r\nform-data; name=\"b\"\r\n\r\nc",
		`| client_secret | S3cr3tCanary12 | b |`:                                                   `| client_secret | [redacted] | b |`,
		"client_secret\tS3cr3tCanary12\tb":                                                         "client_secret\t[redacted]\tb",
		`Invalid client_secret S3cr3tCanary12.`:                                                    `Invalid client_secret [redacted]`,
		`<p>client_secret: hunter</p>`:                                                             `<p>client_secret: [redacted]</p>`,
		`client_secret: <S3cr3tCanary12> is wrong`:                                                 `client_secret: [redacted] is wrong`,
	} {
		if got := redact.Sentence(text); got != want {
			t.Errorf("%q\nis %q\nnot %q", text, got, want)
		}
	}
}

// What is printed beside a credential, and what is said of one in the same signs, stays.
func TestRedactSentenceLeavesWhatDumpsHaveBesides(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"<h1>Token: invalid</h1>", "[client_secret]: must be set", "(client_secret): is required", "<b>client_secret</b>: is required", "<td>client_secret</td><td>is required</td>",
		"<dt>access_token</dt><dd>The token that was issued</dd>", "Key (client_name)=(my app) already exists.", "Duplicate entry 'my app' for key 'clients.name'",
		"INSERT INTO c (id, client_name) VALUES ('a', 'b')", "one of ('client_secret', 'client_assertion') is required", "one of [client_secret, client_assertion]",
		"client_secret (see the documentation)", "the token (b) is wrong", "client_secret | client_assertion | none", "client_secret base64url is no method", "client_secret\tmust be set",
		`<input value="c" name="client_name">`, `<label for="client_secret">Client secret</label>`, "form-data; name=\"client_name\"\r\n\r\nc", "[{'value': 'c', 'name': 'b'}, {'x': 1}]",
		"token_endpoint_auth_method => client_secret_basic", "[token_endpoint_auth_methods_supported] => Array ( [0] => client_secret_basic [1] => client_secret_post )",
		"The duplicate key value is (my app).", "client_secret_expires_at => int(0)",
	} {
		if got := redact.Sentence(text); got != text {
			t.Errorf("%q is torn into %q", text, got)
		}
	}
}

// A server that opens what it never closes, or repeats what stands before a value, has each looked at but once, or no further than a value may be long.
func TestRedactSentenceOfManyDumps(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{
		"token=(", "token=[{", "token=['", `token="\`, "token=<b>", "token</b>", "token=Some(", "token]) ", "Failing row contains (", "(token)=(", "values (", "(token,", "<b name=token>",
		"<b ", "name=\"token\"\n\n", "'name': 'token', ", "value: 'a', name: token ", "token=string(", "token\t", "token | ", "parameters: (", `"token";s:1:`, "Duplicate entry 'a' for key 'b' ", "field 'token': rejected value [a ",
	} {
		text := strings.Repeat(unit, 1<<16/len(unit)) + "\n\n" + ` x" y')]}> client_secret = abc`
		if got := redact.Sentence(text); strings.HasSuffix(got, "abc") {
			t.Errorf("of %q: %q", unit, got[max(0, len(got)-40):])
		}
	}
}
