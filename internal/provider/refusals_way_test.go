// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

// Whatever a server refuses a request with, the error names what to do next.
func TestEachRefusalNamesAWay(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	r := newSubject(t, op, attrs{"max_retries": 0})
	refused := func(step string, config attrs) string {
		err := r.TryApply(config)
		if err == nil {
			t.Fatalf("%s: nothing is refused", step)
		}
		containsAll(t, err.Error(), "To fix this:")
		return err.Error()
	}
	for _, status := range []int{402, 407, 410, 413, 415, 418, 451} {
		op.ForceStatus(fakeop.OpRegister, status)
		refused("registration", secured())
	}
	op.Force(fakeop.OpRegister, fakeop.Answer{Status: 200, Body: strings.Repeat("x", 2<<20)})
	line := lineOf(t, r.TryApply(secured()), "registration_endpoint")
	if !strings.HasSuffix(line, "/register") {
		t.Errorf("the endpoint is %q", line)
	}
	r.start(attrs{"registration_endpoint": op.RegistrationEndpoint(), "max_retries": 0})
	r.Apply(secured())
	for i, status := range []int{402, 407, 413, 410} {
		op.ForceStatus(fakeop.OpUpdate, status)
		refused(fmt.Sprint("update, ", status), secured().With(attrs{"client_name": fmt.Sprint("Another ", i)}))
	}
	r.Apply(secured().With(attrs{"client_name": "Another"}))
}

// Where an answer came that cannot be used, or the server asked not to be asked, no message says that the server was not reached.
func TestReadThatReachedTheServer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakeop.Answer{
		"cannot be used":       {Status: 200, Body: strings.Repeat("x", 2<<20)},
		"asks to wait":         fakeop.TooMany(time.Hour),
		"no whole answer came": {Processed: true, Cut: fakeop.CutBody},
		"no whole answer":      {Processed: true, Cut: fakeop.CutConnection},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := &fakeop.Server{}
			r := newSubject(t, op, attrs{"max_retries": 0})
			r.Apply(secured())
			r.Begin()
			op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(answer)}})
			_, _ = r.TryPlan(secured())
			_, err := r.TryPlan(secured()) // held back, where the first one was told when to come back
			if err == nil {
				t.Fatal("nothing is refused")
			}
			containsAll(t, err.Error(), "Client not read, because ", name, "To fix this:")
			containsNone(t, err.Error(), "not reached")
			op.SetFaults(fakeop.Faults{})
			r.start(nil)
			r.WantEmpty(secured())
		})
	}
}

// A proxy that lets nothing through is named, and not taken for the server.
func TestProxyThatRefuses(t *testing.T) {
	t.Parallel()
	behind, issuer, proxy, _ := fakeop.BehindProxy(t)
	plain := &fakeop.Server{}
	plain.Start(t)
	var status int
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if status != 0 && (status != http.StatusProxyAuthRequired || req.Header.Get("Proxy-Authorization") == "") {
			w.WriteHeader(status)
			return
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(gate.Close)
	for _, settings := range []attrs{
		{"issuer": issuer, "ca_certificate": string(behind.CACertificate())},
		{"registration_endpoint": issuer + "/register", "ca_certificate": string(behind.CACertificate())},
		{"issuer": plain.Issuer()},
		{"registration_endpoint": plain.RegistrationEndpoint()},
	} {
		status = http.StatusProxyAuthRequired
		settings = settings.With(attrs{"proxy_url": gate.URL, "max_retries": 0})
		r := newSubject(t, plain, settings)
		err := r.TryApply(secured())
		if err == nil {
			t.Fatal("the proxy lets it through")
		}
		containsAll(t, err.Error(), "the proxy "+gate.URL+" answered 407 Proxy Authentication Required")
		containsNone(t, err.Error(), "Compare issuer with", "could not be reached")
		line := lineOf(t, err, "proxy_url")
		if err := r.configure(settings.With(attrs{"proxy_url": strings.Replace(line, "USER:PASSWORD", "me:pass", 1)})); err != nil {
			t.Fatal(err)
		}
		r.Apply(secured())
		if settings["ca_certificate"] == nil {
			continue // what a proxy answers to plain http looks like the server's own
		}
		status = http.StatusForbidden
		r = newSubject(t, plain, settings)
		if err = r.TryApply(secured()); err == nil {
			t.Fatal("the proxy lets it through")
		}
		containsAll(t, err.Error(), "the proxy "+gate.URL+" answered 403 Forbidden", "Have the proxy let requests through")
		status = 0
		if err := r.configure(settings); err != nil {
			t.Fatal(err)
		}
		r.Apply(secured())
	}
}

// A proxy that is not there is named, and not the server.
func TestProxyThatIsNotThere(t *testing.T) {
	t.Parallel()
	behind, issuer, _, address := fakeop.BehindProxy(t)
	nobody := httptest.NewServer(nil)
	nobody.Close()
	for name, settings := range map[string]attrs{
		"discovery": {"issuer": issuer}, "registration": {"registration_endpoint": issuer + "/register"},
	} {
		settings = settings.With(attrs{"ca_certificate": string(behind.CACertificate()), "max_retries": 0})
		r := newSubject(t, behind, settings.With(attrs{"proxy_url": strings.Replace(nobody.URL, "//", "//me:c4nary@", 1)}))
		err := r.TryApply(secured())
		if err == nil {
			t.Fatalf("%s: there is no error", name)
		}
		containsAll(t, err.Error(), "the proxy "+nobody.URL+" was not reached", "No connection to the proxy could be made", `export NO_PROXY="${NO_PROXY:-$no_proxy},op.invalid"`)
		containsNone(t, err.Error(), "c4nary", "Check the address and the network")
		lineOf(t, err, "proxy_url")
		r.start(settings.With(attrs{"proxy_url": address}))
		r.Apply(secured())
	}
}

// A proxy that speaks no TLS and one whose certificate nobody knows are named: the server has no part in it.
func TestProxyThatIsNoTLSServer(t *testing.T) {
	t.Parallel()
	behind, issuer, through, address := fakeop.BehindProxy(t)
	private := httptest.NewUnstartedServer(through)
	private.Config.ErrorLog = log.New(io.Discard, "", 0)
	private.StartTLS()
	t.Cleanup(private.Close)
	ca := string(behind.CACertificate())
	both := ca + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: private.Certificate().Raw}))
	const canary = "//me:c4nary@"
	for name, c := range map[string]struct {
		proxy string
		says  []string
		then  attrs
	}{
		"no TLS":     {strings.Replace(address, "http:", "https:", 1), []string{"the proxy " + strings.Replace(address, "http:", "https:", 1), "Correct the proxy's address"}, attrs{"proxy_url": address}},
		"private CA": {private.URL, []string{"the proxy " + private.URL, "Where the proxy's certificate comes from a private CA", `ca_certificate_file = "ca.pem"`}, attrs{"proxy_url": private.URL, "ca_certificate": both}},
	} {
		settings := attrs{"registration_endpoint": issuer + "/register", "ca_certificate": ca, "max_retries": 0}
		r := newSubject(t, behind, settings.With(attrs{"proxy_url": strings.Replace(c.proxy, "//", canary, 1)}))
		err := r.TryApply(secured())
		if err == nil {
			t.Fatalf("%s: there is no error", name)
		}
		containsAll(t, err.Error(), append(c.says, "No secure connection to the proxy could be made.")...)
		containsNone(t, err.Error(), "c4nary", "client_certificate_file", "server's certificate")
		r.start(settings.With(c.then))
		r.Apply(secured())
	}
}

// An endpoint that the server's own metadata name is the right one, and what is switched off there can be switched on.
func TestRegistrationThatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	op := &fakeop.Server{}
	r := newSubject(t, op, attrs{"max_retries": 0})
	for _, status := range []int{404, 405, 501} {
		op.ForceStatus(fakeop.OpRegister, status)
		err := r.TryApply(secured())
		if err == nil {
			t.Fatalf("%d: registered", status)
		}
		containsAll(t, err.Error(), "switched off", "Switch dynamic client registration on at the server.")
	}
	r.Apply(secured())
}
