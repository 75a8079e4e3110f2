// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile_test

import (
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

func TestSettle(t *testing.T) {
	tests := map[string]struct {
		asked, registered string
		want              []string // substitutions: member, kind
		security          bool     // of all of them
	}{
		"as asked":                               {asked: `{"client_name":"a"}`, registered: `{"client_name":"a","client_id":"c"}`},
		"nothing asked":                          {asked: `{}`, registered: `{"client_name":"a"}`},
		"another order":                          {asked: `{"redirect_uris":["https://a","https://b"]}`, registered: `{"redirect_uris":["https://b","https://a"]}`},
		"deduplicated":                           {asked: `{"contacts":["a","b","a"]}`, registered: `{"contacts":["a","b"]}`},
		"order means something":                  {asked: `{"default_acr_values":["a","b"]}`, registered: `{"default_acr_values":["b","a"]}`, want: []string{"default_acr_values changed"}},
		"scope in another order":                 {asked: `{"scope":"openid email"}`, registered: `{"scope":"email openid"}`},
		"scope as an array":                      {asked: `{"scope":"openid email"}`, registered: `{"scope":["email","openid"]}`},
		"scope narrowed":                         {asked: `{"scope":"openid email"}`, registered: `{"scope":"openid"}`, want: []string{"scope changed"}},
		"words of a response type":               {asked: `{"response_types":["id_token token"]}`, registered: `{"response_types":["token id_token"]}`},
		"array where a string belongs":           {asked: `{"token_endpoint_auth_method":"none"}`, registered: `{"token_endpoint_auth_method":["none"]}`},
		"number as a string":                     {asked: `{"default_max_age":3600}`, registered: `{"default_max_age":"3600"}`},
		"number zero is not absent":              {asked: `{"default_max_age":0}`, registered: `{}`, want: []string{"default_max_age not shown"}},
		"the default, not shown":                 {asked: `{"token_endpoint_auth_method":"client_secret_basic","application_type":"web","grant_types":["authorization_code"]}`, registered: `{}`},
		"the default, shown as null":             {asked: `{"application_type":"web"}`, registered: `{"application_type":null}`},
		"false and absent, by default false":     {asked: `{"require_auth_time":false}`, registered: `{}`},
		"false and absent, no default":           {asked: `{"ext_flag":false}`, registered: `{}`, want: []string{"ext_flag not shown"}},
		"true and absent":                        {asked: `{"require_pushed_authorization_requests":true}`, registered: `{}`, want: []string{"require_pushed_authorization_requests not shown"}, security: true},
		"true and false":                         {asked: `{"require_pushed_authorization_requests":true}`, registered: `{"require_pushed_authorization_requests":false}`, want: []string{"require_pushed_authorization_requests changed"}, security: true},
		"empty list asked, absent":               {asked: `{"contacts":[]}`, registered: `{}`},
		"empty list asked, null":                 {asked: `{"contacts":[]}`, registered: `{"contacts":null}`},
		"empty list asked, [\"\"]":               {asked: `{"contacts":[]}`, registered: `{"contacts":[""]}`},
		"empty list asked, something there":      {asked: `{"contacts":[]}`, registered: `{"contacts":["a"]}`, want: []string{"contacts changed"}},
		"asked, shown as empty string":           {asked: `{"client_uri":"https://a"}`, registered: `{"client_uri":""}`, want: []string{"client_uri not shown"}},
		"asked, shown as empty object":           {asked: `{"jwks":{"keys":[{"kty":"EC"}]}}`, registered: `{"jwks":{}}`, want: []string{"jwks not shown"}, security: true},
		"keys asked, an empty set shown":         {asked: `{"jwks":{"keys":[{"kty":"EC"}]}}`, registered: `{"jwks":{"keys":[]}}`, want: []string{"jwks changed"}, security: true},
		"no keys asked, an empty set shown":      {asked: `{"jwks_uri":"https://k"}`, registered: `{"jwks_uri":"https://k","jwks":{"keys":[]}}`},
		"an empty set asked, nothing shown":      {asked: `{"jwks":{"keys":[]}}`, registered: `{}`},
		"an empty set asked, null shown":         {asked: `{"jwks":{"keys":[]}}`, registered: `{"jwks":null}`},
		"an empty set asked, no list shown":      {asked: `{"jwks":{"keys":[]}}`, registered: `{"jwks":{"keys":null}}`},
		"an empty set asked, a key there":        {asked: `{"jwks":{"keys":[]}}`, registered: `{"jwks":{"keys":[{"kty":"EC"}]}}`, want: []string{"jwks changed"}, security: true},
		"asked, shown as empty list":             {asked: `{"contacts":["a"]}`, registered: `{"contacts":[]}`, want: []string{"contacts not shown"}},
		"grant type added":                       {asked: `{"grant_types":["authorization_code"]}`, registered: `{"grant_types":["refresh_token","authorization_code"]}`, want: []string{"grant_types extended"}, security: true},
		"grant type exchanged":                   {asked: `{"grant_types":["client_credentials"]}`, registered: `{"grant_types":["authorization_code"]}`, want: []string{"grant_types changed"}, security: true},
		"grant type removed":                     {asked: `{"grant_types":["authorization_code","refresh_token"]}`, registered: `{"grant_types":["authorization_code"]}`, want: []string{"grant_types changed"}, security: true},
		"response type added, words turned":      {asked: `{"response_types":["token id_token"]}`, registered: `{"response_types":["none","id_token token"]}`, want: []string{"response_types extended"}, security: true},
		"no response types, default shown":       {asked: `{"response_types":[]}`, registered: `{"response_types":["code"]}`, want: []string{"response_types extended"}, security: true},
		"no response types, none shown":          {asked: `{"response_types":[]}`, registered: `{}`},
		"default response types, an empty list":  {asked: `{"response_types":["code"]}`, registered: `{"response_types":[]}`, want: []string{"response_types not shown"}, security: true},
		"default grant types, an empty list":     {asked: `{"grant_types":["authorization_code"]}`, registered: `{"grant_types":[]}`, want: []string{"grant_types not shown"}, security: true},
		"default response types, null":           {asked: `{"response_types":["code"]}`, registered: `{"response_types":null}`},
		"default response types, an empty text":  {asked: `{"response_types":["code"]}`, registered: `{"response_types":[""]}`},
		"no contacts, an empty list":             {asked: `{"contacts":[]}`, registered: `{"contacts":[]}`},
		"no grants, default shown":               {asked: `{"grant_types":[]}`, registered: `{"grant_types":["authorization_code"]}`, want: []string{"grant_types extended"}, security: true},
		"none asked, one there":                  {asked: `{"grant_types":[]}`, registered: `{"grant_types":["client_credentials"]}`, want: []string{"grant_types changed"}, security: true},
		"other lists are not extended":           {asked: `{"redirect_uris":["https://a"]}`, registered: `{"redirect_uris":["https://a","https://b"]}`, want: []string{"redirect_uris changed"}, security: true},
		"redirect URIs as one expression":        {asked: `{"redirect_uris":["https://a","https://b"]}`, registered: `{"redirect_uris":["regexp=(https://a|https://b)"]}`},
		"the same as a string":                   {asked: `{"redirect_uris":["https://a","https://b"]}`, registered: `{"redirect_uris":"regexp=(https://a|https://b)"}`},
		"a URI with another slash":               {asked: `{"client_uri":"https://a"}`, registered: `{"client_uri":"https://a/"}`, want: []string{"client_uri changed"}},
		"language tag in another case":           {asked: `{"client_name#ja-JP":"あ"}`, registered: `{"client_name#JA-jp":"あ"}`},
		"language tag dropped":                   {asked: `{"client_name#ja":"あ"}`, registered: `{"client_name":"a"}`, want: []string{"client_name#ja not shown"}},
		"two spellings of a tag, one empty":      {asked: `{"client_name#ja":"あ"}`, registered: `{"client_name#JA":null,"client_name#ja":"あ"}`},
		"two spellings, the empty one exact":     {asked: `{"client_name#ja":"あ"}`, registered: `{"client_name#JA":"あ","client_name#ja":""}`},
		"member names are with case":             {asked: `{"ext_a":"x"}`, registered: `{"EXT_A":"x"}`, want: []string{"ext_a not shown"}},
		"extension 1 and 1.0":                    {asked: `{"ext_a":1}`, registered: `{"ext_a":1.0}`},
		"extension 1 and \"1\"":                  {asked: `{"ext_a":1}`, registered: `{"ext_a":"1"}`, want: []string{"ext_a changed"}},
		"extension object, members turned":       {asked: `{"ext_a":{"x":1,"y":[1,2]}}`, registered: `{"ext_a":{"y":[1,2],"x":1}}`},
		"extension array, turned":                {asked: `{"ext_a":[1,2]}`, registered: `{"ext_a":[2,1]}`, want: []string{"ext_a changed"}},
		"extension null":                         {asked: `{"ext_a":null}`, registered: `{}`},
		"several, sorted":                        {asked: `{"tos_uri":"https://t","contacts":["a"],"logo_uri":"https://l"}`, registered: `{"logo_uri":"https://m"}`, want: []string{"contacts not shown", "logo_uri changed", "tos_uri not shown"}},
		"unmanaged members do not count":         {asked: `{"client_name":"a"}`, registered: `{"client_name":"a","token_endpoint_auth_method":"none","ext_own":1}`},
		"keys as a JSON value":                   {asked: `{"jwks":{"keys":[{"kty":"EC","crv":"P-256"}]}}`, registered: `{"jwks":{"keys":[{"crv":"P-256","kty":"EC"}]}}`},
		"a key exchanged":                        {asked: `{"jwks":{"keys":[{"kty":"EC","x":"a"}]}}`, registered: `{"jwks":{"keys":[{"kty":"EC","x":"b"}]}}`, want: []string{"jwks changed"}, security: true},
		"an object parameter":                    {asked: `{"vp_formats_supported":{"jwt_vp":{"alg":["ES256"]}}}`, registered: `{"vp_formats_supported":{"jwt_vp":{"alg":["ES256"]}}}`},
		"authentication method replaced":         {asked: `{"token_endpoint_auth_method":"private_key_jwt"}`, registered: `{"token_endpoint_auth_method":"client_secret_basic"}`, want: []string{"token_endpoint_auth_method changed"}, security: true},
		"authentication method not shown at all": {asked: `{"token_endpoint_auth_method":"private_key_jwt"}`, registered: `{}`, want: []string{"token_endpoint_auth_method not shown"}, security: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			asked, registered := decode(t, test.asked), decode(t, test.registered)
			agreement, substitutions := reconcile.Agree(asked, registered)
			diff(t, "substitutions", test.want, members(substitutions))
			for _, s := range substitutions {
				if s.Security != test.security {
					t.Errorf("%s: Security = %t", s.Member, s.Security)
				}
			}
			// Whatever was substituted: the agreement covers exactly what is asked, and the same view is no drift.
			if len(agreement) != len(asked) {
				t.Errorf("agreement covers %d members of %d", len(agreement), len(asked))
			}
			values, drift := observe(agreement, registered)
			diff(t, "values for state", asked, values)
			if len(drift) != 0 {
				t.Errorf("drift right after settling: %v", drift)
			}
			if removed := reconcile.Removed(agreement, asked); len(removed) != 0 {
				t.Errorf("removed right after settling: %v", removed)
			}
		})
	}
}

// A server that re-serializes a JWK Set leaves out what it does not know of a key, as RFC 7517 §4 has it ignore that. It is told; the security of the
// client depends on it only where the key is another one, or is for another use, algorithm or certificate, or where there is one more or one less.
func TestKeysThatAreShownWithLess(t *testing.T) {
	const (
		ec   = `"kty":"EC","crv":"P-256","x":"a","y":"b","kid":"1","use":"sig","alg":"ES256"`
		more = ec + `,"key_ops":["verify"],"ext":true,"iat":1,"note":"mine"`
		rsa  = `"kty":"RSA","n":"a","e":"AQAB","kid":"2"`
		cert = `"x5c":["c"],"x5t":"d","x5t#S256":"e","x5u":"https://k"`
	)
	set := func(keys ...string) string {
		return `{"jwks":{"keys":[{` + strings.Join(keys, "},{") + `}]}}`
	}
	for name, test := range map[string]struct {
		asked, shown string
		security     bool
	}{
		"without key_ops, ext and what nobody knows": {set(more), set(ec), false},
		"of two keys, in another order":              {set(more, rsa), set(rsa, ec), false},
		"of one key, beside the same":                {set(more, rsa+`,"ext":true`), set(more, rsa), false},
		"without key_ops, beside alg alone":          {set(`"kty":"EC","crv":"P-256","x":"a","y":"b","alg":"ES256","key_ops":["verify"]`), set(`"kty":"EC","crv":"P-256","x":"a","y":"b","alg":"ES256"`), false},
		"beside members that say nothing":            {set(ec), set(ec + `,"x5u":"","x5c":null,"key_ops":[]`), false},
		"the same numbers in another writing":        {set(`"kty":"RSA","n":"AKo","e":"AAEAAQ=="`), set(`"kty":"RSA","n":"qg","e":"AQAB"`), false},
		"another number":                             {set(`"kty":"RSA","n":"AKo","e":"AQAB"`), set(`"kty":"RSA","n":"qgA","e":"AQAB"`), true},
		"no number":                                  {set(`"kty":"RSA","n":"AKo","e":"AQAB"`), set(`"kty":"RSA","n":"?","e":"AQAB"`), true},
		"without the address of the certificate":     {set(rsa + `,"x5u":"https://k"`), set(rsa), true},
		"without the end of its validity":            {set(ec + `,"exp":1`), set(ec), true},
		"without its revocation":                     {set(ec + `,"revoked":{"revoked_at":1}`), set(ec), true},
		"a type of key that nobody knows":            {set(`"kty":"X","z":"a","ext":true`), set(`"kty":"X","z":"a"`), true},
		"AKP, without ext":                           {set(`"kty":"AKP","alg":"ML-DSA-44","pub":"a","ext":true`), set(`"kty":"AKP","alg":"ML-DSA-44","pub":"a"`), false},
		"another key":                                {set(more), strings.Replace(set(ec), `"x":"a"`, `"x":"c"`, 1), true},
		"another type":                               {set(more), strings.Replace(set(ec), `"EC"`, `"OKP"`, 1), true},
		"another kid":                                {set(more), strings.Replace(set(ec), `"kid":"1"`, `"kid":"2"`, 1), true},
		"no kid":                                     {set(more), strings.Replace(set(ec), `"kid":"1",`, "", 1), true},
		"no use":                                     {set(more), strings.Replace(set(ec), `"use":"sig",`, "", 1), true},
		"another alg":                                {set(more), strings.Replace(set(ec), "ES256", "none", 1), true},
		"no alg":                                     {set(more), strings.Replace(set(ec), `,"alg":"ES256"`, "", 1), true},
		"no use, which key_ops alone told":           {set(rsa + `,"key_ops":["verify"]`), set(rsa), true},
		"no certificate":                             {set(rsa + "," + cert), set(rsa), true},
		"another certificate":                        {set(rsa + `,"ext":true,` + cert), strings.Replace(set(rsa+","+cert), `"c"`, `"d"`, 1), true},
		"other key_ops":                              {set(more), set(ec + `,"key_ops":["encrypt"]`), true},
		"another value of ext":                       {set(more), set(ec + `,"ext":false`), true},
		"key_ops that nobody asked for":              {set(ec), set(more), true},
		"a certificate that nobody asked for":        {set(more), set(ec + "," + cert), true},
		"a use that nobody asked for":                {set(rsa + `,"ext":true`), set(rsa + `,"use":"enc"`), true},
		"a private key":                              {set(`"kty":"EC","d":"x","ext":true`), set(`"kty":"EC"`), true},
		"a private key, shown":                       {set(ec + `,"ext":true`), set(ec + `,"d":"x"`), true},
		"one key more":                               {set(more), set(ec, rsa), true},
		"one key less":                               {set(more, rsa), set(ec), true},
		"one key twice in place of two":              {set(more, rsa), set(ec, ec), true},
		"a member of the set":                        {`{"jwks":{"keys":[{` + more + `}],"own":1}}`, set(ec), false},
		"a member of the set that nobody asked for":  {set(more), `{"jwks":{"keys":[{` + ec + `}],"own":1}}`, true},
		"no set": {set(more), `{"jwks":"keys"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			asked, shown := decode(t, test.asked), decode(t, test.shown)
			agreement, found := reconcile.Agree(asked, shown)
			diff(t, "substitutions", []string{"jwks changed"}, members(found))
			if refused, _ := reconcile.Judge(found, nil, false); found[0].Security != test.security || len(refused) > 0 != test.security {
				t.Errorf("Security = %t, want %t; refused: %v", found[0].Security, test.security, refused)
			}
			if refused, _ := reconcile.Judge(found, nil, true); len(refused) != 1 {
				t.Error("strict takes it")
			}
			taken := reconcile.Record{Agreed: agreement}.AcceptedNoMore(asked, func() reconcile.Document { return shown }, nil, false)
			if len(taken) > 0 != test.security {
				t.Errorf("accepted no more: %v", taken)
			}
		})
	}
}

func TestSettleTellsAskedAndGot(t *testing.T) {
	agreement, substitutions := reconcile.Agree(decode(t, `{"client_name":"a","logo_uri":"https://l","scope":"x"}`), decode(t, `{"client_name":"b","logo_uri":"","scope":null}`))
	diff(t, "substitutions", []reconcile.Substitution{
		{Member: "client_name", Asked: "a", Got: "b", Kind: reconcile.Changed},
		{Member: "logo_uri", Asked: "https://l", Kind: reconcile.NotShown},
		{Member: "scope", Asked: "x", Kind: reconcile.NotShown},
	}, substitutions)
	diff(t, "agreement", reconcile.Agreement{"client_name": {Asked: "a", Registered: "b"}, "logo_uri": {Asked: "https://l"}, "scope": {Asked: "x"}}, agreement)
}

func TestSharpen(t *testing.T) {
	asked := decode(t, `{"logo_uri":"https://l","token_endpoint_auth_method":"private_key_jwt","grant_types":["client_credentials"],"contacts":["a"],"scope":"a b"}`)
	read := decode(t, `{"scope":"a"}`)
	written := decode(t, `{"logo_uri":"https://l","token_endpoint_auth_method":"none","grant_types":["client_credentials","refresh_token"],"contacts":[],"scope":"a b"}`)
	_, found := reconcile.Agree(asked, read)
	diff(t, "in the read's view", []string{
		"contacts not shown", "grant_types not shown", "logo_uri not shown", "scope changed", "token_endpoint_auth_method not shown",
	}, members(found))

	sharp := reconcile.Sharpen(found, written)
	diff(t, "sharpened", []string{
		"contacts not shown", "grant_types extended", "logo_uri hidden on reads", "scope changed", "token_endpoint_auth_method changed",
	}, members(sharp))
	diff(t, "sharpened twice", sharp, reconcile.Sharpen(sharp, written))
	refused, _ := reconcile.Judge(sharp, nil, false)
	diff(t, "refused", []string{"token_endpoint_auth_method changed"}, members(refused))
}

func TestKept(t *testing.T) {
	before := `{"client_name":"old","logo_uri":"https://l","client_name#ja":"あ","token_endpoint_auth_method":"none","contacts":["a"],"require_auth_time":true}`
	tests := map[string]struct {
		removed       []string
		before, after string
		want          []string
	}{
		"gone":                       {removed: []string{"client_name", "logo_uri"}, before: before, after: `{}`},
		"emptied":                    {removed: []string{"client_name", "contacts"}, before: before, after: `{"client_name":"","contacts":null}`},
		"kept":                       {removed: []string{"client_name", "logo_uri"}, before: before, after: before, want: []string{"client_name kept", "logo_uri kept"}},
		"kept under another tag":     {removed: []string{"client_name#JA"}, before: before, after: before, want: []string{"client_name#JA kept"}},
		"kept, security":             {removed: []string{"token_endpoint_auth_method"}, before: before, after: before, want: []string{"token_endpoint_auth_method kept"}},
		"reset to the default":       {removed: []string{"token_endpoint_auth_method", "require_auth_time"}, before: before, after: `{"token_endpoint_auth_method":"client_secret_basic","require_auth_time":false}`},
		"reset to the server's own":  {removed: []string{"token_endpoint_auth_method"}, before: before, after: `{"token_endpoint_auth_method":"client_secret_post"}`},
		"what it was is not known":   {removed: []string{"token_endpoint_auth_method"}, before: `null`, after: `{"token_endpoint_auth_method":"client_secret_post"}`, want: []string{"token_endpoint_auth_method kept"}},
		"unmanaged members are free": {removed: nil, before: before, after: before},
		"another order is the same":  {removed: []string{"contacts"}, before: `{"contacts":["a","b"]}`, after: `{"contacts":["b","a"]}`, want: []string{"contacts kept"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			kept := reconcile.Kept(test.removed, decode(t, test.before), decode(t, test.after))
			diff(t, "kept", test.want, members(kept))
			for _, strict := range []bool{false, true} {
				refused, warned := reconcile.Judge(kept, nil, strict)
				if len(refused) != 0 {
					t.Errorf("strict %t refuses %v", strict, members(refused))
				}
				diff(t, "warned", test.want, members(warned))
			}
		})
	}
}

func TestJudge(t *testing.T) {
	all := []reconcile.Substitution{
		{Member: "redirect_uris", Kind: reconcile.Changed, Security: true},
		{Member: "jwks", Kind: reconcile.NotShown, Security: true},
		{Member: "grant_types", Kind: reconcile.Extended, Security: true},
		{Member: "scope", Kind: reconcile.Changed},
		{Member: "client_name#ja", Kind: reconcile.NotShown},
		{Member: "logo_uri", Kind: reconcile.Hidden},
		{Member: "tos_uri", Kind: reconcile.Retained},
	}
	tests := map[string]struct {
		accept  []string
		strict  bool
		refused []string
	}{
		"security":                       {refused: []string{"redirect_uris changed"}},
		"security, accepted":             {accept: []string{"redirect_uris"}},
		"another one accepted":           {accept: []string{"scope"}, refused: []string{"redirect_uris changed"}},
		"strict":                         {strict: true, refused: []string{"redirect_uris changed", "jwks not shown", "grant_types extended", "scope changed", "client_name#ja not shown"}},
		"strict, some accepted":          {strict: true, accept: []string{"jwks", "scope", "client_name#JA", "grant_types"}, refused: []string{"redirect_uris changed"}},
		"accepted by the name alone":     {strict: true, accept: []string{"jwks", "scope", "client_name", "grant_types", "redirect_uris"}},
		"a tag does not accept the name": {strict: true, accept: []string{"scope#ja"}, refused: []string{"redirect_uris changed", "jwks not shown", "grant_types extended", "scope changed", "client_name#ja not shown"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			refused, warned := reconcile.Judge(all, test.accept, test.strict)
			diff(t, "refused", test.refused, members(refused))
			if len(refused)+len(warned) != len(all) {
				t.Errorf("%d refused, %d warned, of %d", len(refused), len(warned), len(all))
			}
		})
	}
}

func TestUnreported(t *testing.T) {
	asked, registered := decode(t, `{"scope":"a b","client_name#ja":"x","logo_uri":"https://l"}`), decode(t, `{"scope":"a"}`)
	previous, told := reconcile.Agree(asked, registered)
	if again := reconcile.Unreported(told, previous); again != nil {
		t.Errorf("told twice: %v", members(again))
	}
	diff(t, "told without a previous agreement", told, reconcile.Unreported(told, nil))

	_, now := reconcile.Agree(decode(t, `{"scope":"a c","client_name#JA":"x","logo_uri":"https://l"}`), decode(t, `{"scope":"a","logo_uri":"https://m"}`))
	diff(t, "news", []string{"logo_uri changed", "scope changed"}, members(reconcile.Unreported(now, previous)))

	kept := []reconcile.Substitution{{Member: "scope", Got: "a", Kind: reconcile.Retained}}
	diff(t, "a removal is always told", kept, reconcile.Unreported(kept, previous))
}
