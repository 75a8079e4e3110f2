// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/golden"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// What is said of a search that finds no server can be read through in one file: each reason, and each answer on the way.
func TestSearchesReadWell(t *testing.T) {
	var b strings.Builder
	tell := func(err error) {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("no error of a search: %v", err)
			return
		}
		fmt.Fprintf(&b, "For %q: %s.\n", e.Input, e.Reason)
		for _, step := range e.Steps {
			fmt.Fprintf(&b, "  %s\n", step)
		}
		b.WriteString("\n")
	}
	for _, input := range []string{
		"", "a b", "=joe", "mailto:", "user:word@as.example.com", "joe@", "2001:db8::1:8443", "joe@as_example^", "as.example.com:99999",
	} {
		_, err := Normalize(input)
		tell(err)
	}
	for _, issuer := range []string{
		"as.example.com", "https://as.example.com/#a", "https://as.example.com/?a", "https://u@as.example.com/", "https://as.example.com:99999/", "https://as^example/", "https:///a", "https://as.example.com/a b",
		"https://as.example.com/.well-known/openid-configuration",
	} {
		f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) { return nil, errors.New("not asked") })}
		_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: issuer})
		tell(err)
		if problem := CheckIssuer(issuer); problem != nil {
			fmt.Fprintf(&b, "issuer: %s.\n\n", problem.Reason)
		}
	}
	challenged := respond(401, "", "")
	challenged.Header = http.Header{"Www-Authenticate": {"Basic realm=x"}}
	for _, answer := range []*transport.Response{
		respond(404, "", ""), challenged, respond(403, "", ""), respond(503, "", ""), respond(200, "", `{"error":"a"}`), respond(200, "", `[]`), respond(200, "", ""), respond(200, "text/html", "<html>"),
		respond(200, "text/plain", "hello"), respond(200, "", `{"jwks_uri":"https://as.example.com/jwks"}`), respond(200, "", `{"issuer":"https://other.example.com"}`), respond(200, "", `{"links":1}`), respond(200, "", `{}`),
		respond(200, "", jrd("ftp://as.example.com")), respond(200, "", jrd("http://as.example.com")), respond(200, "", `{"links":[]}`), respond(200, "", `{"links":[{"rel":"avatar","href":"https://as.example.com/a.png"}]}`),
	} {
		f := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) { return answer, nil })}
		_, err := f.Metadata(t.Context(), MetadataRequest{Issuer: "https://as.example.com"})
		tell(err)
		if _, _, err := f.Discover(t.Context(), DiscoverRequest{Input: "joe@example.com"}); err != nil {
			tell(err)
		}
	}
	other := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) {
		return respond(200, "", `{"issuer":"https://other.example.com"}`), nil
	})}
	_, err := other.Metadata(t.Context(), MetadataRequest{Issuer: "https://as.example.com", ExpectedIssuer: "a word"})
	tell(err)
	_, err = (&Finder{transport: elsewhere{challenged}}).Metadata(t.Context(), MetadataRequest{Issuer: "https://as.example.com"})
	tell(err)
	refuses := &Finder{transport: fake(func(transport.Request) (*transport.Response, error) { return challenged, nil })}
	_, err = refuses.Metadata(t.Context(), MetadataRequest{Issuer: "https://as.example.com", Auth: transport.Basic("u", secret.New("p"))})
	tell(err)
	tell(ended("https://as.example.com", context.DeadlineExceeded))
	tell(ended("https://as.example.com", context.Canceled))
	golden.Holds(t, "testdata/searches.txt", b.String())
}

// elsewhere answers each request as from another host, to which it was redirected.
type elsewhere struct{ answer *transport.Response }

func (e elsewhere) Do(context.Context, transport.Request) (*transport.Response, error) {
	answered := *e.answer
	answered.URL = "https://login.example.com/"
	return &answered, nil
}
