// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// numbered stands before a server and gives its clients addresses that do not name them.
type numbered struct {
	*httptest.Server
	mu     sync.Mutex
	ids    []string
	answer func(method, document string) string
}

func (n *numbered) number(id string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.ids, id) {
		n.ids = append(n.ids, id)
	}
	return slices.Index(n.ids, id) + 1
}

func (n *numbered) forward(r *httputil.ProxyRequest, to *url.URL) {
	r.SetURL(to)
	var number int
	if _, err := fmt.Sscanf(r.In.URL.Path, "/clients/%d", &number); err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		r.Out.URL.Path = "/register/" + n.ids[number-1]
	}
}

func (n *numbered) back(resp *http.Response, origin string) error {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	text := string(body)
	if _, after, found := strings.Cut(text, `"registration_client_uri":"`); found {
		uri, _, _ := strings.Cut(after, `"`)
		text = strings.ReplaceAll(text, uri, fmt.Sprintf("%s/clients/%d", n.URL, n.number(uri[strings.LastIndex(uri, "/")+1:])))
	}
	if text = strings.ReplaceAll(text, origin, n.URL); n.answer != nil {
		text = n.answer(resp.Request.Method, text)
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader([]byte(text))), int64(len(text))
	resp.Header.Set("Content-Length", fmt.Sprint(len(text)))
	return nil
}

// One answer that names another client's address costs nothing where addresses do not name clients, either: the client is still shown at its own, so
// that its token is not shown at the other one, where servers end it.
func TestAddressOfAnotherClientWhereAddressesNameNone(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		for nth := 1; nth < 4; nth++ {
			op := &fakeop.Server{}
			op.Start(t)
			to, err := url.Parse(op.URL())
			if err != nil {
				t.Fatal(err)
			}
			n := &numbered{}
			n.Server = httptest.NewServer(&httputil.ReverseProxy{
				Rewrite:        func(r *httputil.ProxyRequest) { n.forward(r, to) },
				ModifyResponse: func(resp *http.Response) error { return n.back(resp, op.URL()) },
			})
			t.Cleanup(n.Close)
			l := start(t, op, authserver.Settings{Issuer: n.URL})
			l.registerAs(web("a"))
			other := &life{t: t, op: op, server: l.server}
			other.registerAs(web("b"))
			mine, foreign := l.state.Handle.RegistrationClientURI, other.state.Handle.RegistrationClientURI
			if mine != n.URL+"/clients/1" || foreign != n.URL+"/clients/2" {
				t.Fatal(mine, foreign)
			}
			calls := 0
			n.answer = func(called, document string) string {
				if called == method {
					if calls++; calls == nth {
						return strings.ReplaceAll(document, mine, foreign)
					}
				}
				return document
			}
			what := fmt.Sprintf("answer %d to %s", nth, method)
			for _, name := range []string{"c", "d"} {
				if out := l.update(web(name)); out.Failed() {
					t.Errorf("%s: %v", what, kinds(out.Problems))
				}
				l.want(l.refresh())
				l.holds(what)
			}
			if out := lifecycle.Deregister(t.Context(), l.server, l.state, authserver.Behaviour{}, l.save); !out.Gone || len(op.Clients()) != 1 {
				t.Errorf("%s: %d clients are left: %v", what, len(op.Clients()), kinds(out.Problems))
			}
		}
	}
}
