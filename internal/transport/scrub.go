// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// secrets are the credentials of one exchange of a call: those of the request, of what carries it, and in the given answers.
func (k *call) secrets(header http.Header, answers ...[]byte) *redact.Scrubber {
	secrets := exchangeSecrets(k.shown, header, k.c.secretNames, k.r.ContentType, append([][]byte{k.r.Body}, answers...)...)
	if target, err := url.Parse(k.r.URL); err == nil {
		// Where the target is asked over plain http, the proxy's answer is taken for the server's, and may repeat what the proxy alone got.
		if at, err := k.c.pool.Proxy(&http.Request{URL: target}); err == nil && at != nil && at.User != nil {
			password, _ := at.User.Password()
			secrets.Add(secret.New(password), secret.New(base64.StdEncoding.EncodeToString([]byte(at.User.Username()+":"+password))))
		}
	}
	return secrets
}

// exchangeSecrets collects the credentials that went out with a request, and those in the given answers, so that they
// can be taken out of any text by value: a server may quote a token in an error description or on a page, where no
// name gives it away.
//
// What names a client is no secret, also where one of these has it in it: the address that was asked, and the client_id that was sent or answered.
func exchangeSecrets(asked string, header http.Header, extra []string, contentType string, bodies ...[]byte) *redact.Scrubber {
	secrets := new(redact.Scrubber)
	secrets.Keep(asked)
	add := func(s string) { secrets.Add(secret.New(s)) }
	for name, values := range header {
		for _, value := range values {
			switch {
			case strings.EqualFold(name, "Authorization"), strings.EqualFold(name, "Proxy-Authorization"):
				addAuthorization(value, add, secrets.Keep)
			case redact.IsName(name), slices.ContainsFunc(extra, func(e string) bool { return strings.EqualFold(e, name) }):
				add(value)
			}
		}
	}
	for i, body := range bodies {
		if i == 0 && strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
			redact.FindInForm(string(body), add)
			if form, err := url.ParseQuery(string(body)); err == nil {
				secrets.Keep(form["client_id"]...)
			}
		} else if v, err := jsonvalue.Decode(body); err == nil {
			redact.Find(v, add)
			secrets.Keep(redact.NamesIn(v)...)
		}
	}
	return secrets
}

func addAuthorization(value string, add func(string), keep func(...string)) {
	scheme, credentials, ok := strings.Cut(value, " ")
	if !ok {
		add(value)
		return
	}
	add(credentials)
	if !strings.EqualFold(scheme, "Basic") {
		return
	}
	if plain, err := base64.StdEncoding.DecodeString(credentials); err == nil {
		user, password, _ := strings.Cut(string(plain), ":")
		keep(user)
		add(password)
		if unescaped, err := url.QueryUnescape(password); err == nil {
			add(unescaped)
		}
	}
}
