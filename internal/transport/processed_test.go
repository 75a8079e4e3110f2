// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// TestNothingIsRepeatedByNetHTTP uses a kept-alive connection that the server closes after it has read the request:
// net/http by itself sends a GET again then, and a POST with an Idempotency-Key. Where a read replaces the client's
// credentials that loses them, so that only the repeats of Options.MaxRetries may happen.
func TestNothingIsRepeatedByNetHTTP(t *testing.T) {
	for name, test := range map[string]struct {
		request Request
		retries int
		keyed   bool
		want    int
		empty   bool // the key is there, without a value
	}{
		"GET, never":                       {Request{Method: "GET"}, 3, false, 1, false},
		"GET without retries":              {Request{Method: "GET", Repeat: Always}, 0, false, 1, false},
		"GET, repeated by us and not more": {Request{Method: "GET", Repeat: Always}, 3, false, 2, false},
		"HEAD without retries":             {Request{Method: "HEAD", Repeat: Always}, 0, false, 1, false},
		"GET following redirects":          {Request{Method: "GET", Repeat: Always, FollowRedirects: true}, 0, false, 1, false},
		"DELETE without retries":           {Request{Method: "DELETE", Repeat: Always}, 0, false, 1, false},
		"POST":                             {Request{Method: "POST", Body: []byte("{}"), Repeat: IfNotProcessed}, 3, false, 1, false},
		"POST without body":                {Request{Method: "POST", Repeat: IfNotProcessed}, 3, false, 1, false},
		"POST, never":                      {Request{Method: "POST", Body: []byte("{}")}, 3, false, 1, false},
		"PUT, never":                       {Request{Method: "PUT", Body: []byte("{}")}, 3, false, 1, false},
		"PUT without retries":              {Request{Method: "PUT", Body: []byte("{}"), Repeat: Always}, 0, true, 1, false},
		"POST with an idempotency key":     {Request{Method: "POST", Body: []byte("{}"), Repeat: IfNotProcessed}, 3, true, 1, false},
		"POST with a key and without body": {Request{Method: "POST", Repeat: IfNotProcessed}, 3, true, 1, false},
		"PUT, repeated by us and not more": {Request{Method: "PUT", Body: []byte("{}"), Repeat: Always}, 3, false, 2, false},
		"PUT with a key, repeated by us":   {Request{Method: "PUT", Body: []byte("{}"), Repeat: Always}, 3, true, 2, false},
		"POST with an empty key":           {Request{Method: "POST", Body: []byte("{}"), Repeat: IfNotProcessed}, 3, true, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/warm" {
					return
				}
				if asked.Add(1) == 1 {
					hangUp(w)
				}
			})
			key := secret.New("a-key")
			if test.empty {
				key = secret.String{}
			}
			c, _ := newClient(t, Options{
				MaxRetries: test.retries, MaxConcurrentRequests: 1, Headers: map[string]secret.String{"Idempotency-Key": key},
				HeaderOrigins: func(string) bool { return test.keyed },
			})
			for range 2 { // the second one leaves a connection behind that has certainly been used again
				if _, err := c.Do(context.Background(), Request{Method: "GET", URL: s.URL + "/warm"}); err != nil {
					t.Fatal(err)
				}
			}
			test.request.URL = s.URL + "/register"
			got, err := c.Do(context.Background(), test.request)
			if int(asked.Load()) != test.want {
				t.Errorf("%d requests arrived, want %d (%v)", asked.Load(), test.want, err)
			}
			if test.want == 1 {
				// One event has one text, whatever net/http makes of it.
				if e := kindOf(t, err); e.Kind != Protocol || !e.MaybeProcessed || !errors.Is(e.Err, errLost) {
					t.Errorf("%+v", e)
				}
			} else if err != nil || !got.EarlierMaybeProcessed {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// The same over HTTP/2, where net/http sends a request again when the server resets its stream with PROTOCOL_ERROR. The
// server is a few frames of RFC 9113 by hand, since the standard library's cannot be made to do it.
func TestNothingIsRepeatedByNetHTTPOverHTTP2(t *testing.T) {
	for name, test := range map[string]struct {
		method string
		repeat Repeat
		code   uint32
		bare   bool // without a body
		want   int32
	}{
		"GET, PROTOCOL_ERROR":           {method: "GET", repeat: Never, code: 1, bare: true, want: 1},
		"GET, repeated by us":           {method: "GET", repeat: Always, code: 1, bare: true, want: 2},
		"POST, PROTOCOL_ERROR":          {method: "POST", repeat: IfNotProcessed, code: 1, want: 1},
		"POST, INTERNAL_ERROR":          {method: "POST", repeat: IfNotProcessed, code: 2, want: 1},
		"PUT, PROTOCOL_ERROR, repeated": {method: "PUT", repeat: Always, code: 1, want: 2},
		"POST, never, PROTOCOL_ERROR":   {method: "POST", repeat: Never, code: 1, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(nil)
			s.StartTLS() // for its certificate
			defer s.Close()
			listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
			if err != nil {
				t.Fatal(err)
			}
			var bodies atomic.Int32
			done := make(chan struct{})
			over, end := context.WithCancel(context.Background())
			defer end()
			go func() {
				defer close(done)
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					// The client keeps a connection whose stream it gave up until it is idle for long enough.
					stop := context.AfterFunc(over, func() { _ = conn.Close() })
					resetStreams(conn, test.code, &bodies)
					stop()
				}
			}()
			c, _ := newClient(t, Options{InsecureSkipVerify: true, MaxRetries: 1})
			body := []byte("{}")
			if test.bare {
				body = nil
			}
			_, err = c.Do(context.Background(), Request{Method: test.method, URL: "https://" + listener.Addr().String(), Body: body, Repeat: test.repeat})
			if e := kindOf(t, err); e.Kind != Protocol || !e.MaybeProcessed {
				t.Errorf("%+v", e)
			}
			if n := bodies.Load(); n != test.want {
				t.Errorf("the request arrived %d times, want %d: %v", n, test.want, err)
			}
			c.Close()
			_ = listener.Close()
			end()
			<-done
		})
	}
}

// resetStreams answers each whole request on an HTTP/2 connection with RST_STREAM.
func resetStreams(conn net.Conn, code uint32, bodies *atomic.Int32) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := io.CopyN(io.Discard, in, int64(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))); err != nil {
		return
	}
	frame := func(kind, flags byte, stream uint32, payload []byte) {
		header := []byte{0, 0, byte(len(payload)), kind, flags}
		_, _ = conn.Write(append(binary.BigEndian.AppendUint32(header, stream), payload...))
	}
	frame(4, 0, 0, nil) // SETTINGS
	for {
		header := make([]byte, 9)
		if _, err := io.ReadFull(in, header); err != nil {
			return
		}
		payload := make([]byte, int(header[0])<<16|int(header[1])<<8|int(header[2]))
		if _, err := io.ReadFull(in, payload); err != nil {
			return
		}
		kind, flags, stream := header[3], header[4], binary.BigEndian.Uint32(header[5:])
		switch {
		case kind == 4 && flags&1 == 0:
			frame(4, 1, 0, nil) // SETTINGS acknowledged
		case kind <= 1 && flags&1 != 0: // DATA or HEADERS with END_STREAM: the request is whole
			bodies.Add(1)
			if bodies.Load() > 5 {
				return
			}
			frame(3, 0, stream, binary.BigEndian.AppendUint32(nil, code))
		}
	}
}
