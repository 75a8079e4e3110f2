// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// What is no HTTP may be a part of an answer, with its client secret, or repeat the credential of the request. net/http quotes it.
func TestNothingOfAMalformedAnswerIsQuoted(t *testing.T) {
	const canary = "canary-0123456789"
	for name, test := range map[string]struct{ answer, says string }{
		"body alone":         {`{"client_secret":"` + canary + `"}` + "\r\n\r\n", "malformed HTTP response"},
		"header":             {"HTTP/1.1 400 Bad\r\nX Echo Bearer " + canary + "\r\n\r\n", "malformed MIME header"},
		"quotes in a header": {"HTTP/1.1 400 Bad\r\nX \"a\\\" b\" " + canary + "\r\n\r\n", "malformed MIME header"},
		"status":             {"HTTP/1.1 " + canary + "\r\n\r\n", "malformed HTTP status code"},
		"version":            {"HTTP/" + canary + " 200 OK\r\n\r\n", "malformed HTTP version"},
		"length":             {"HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n", "bad Content-Length"},
		"lengths":            {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: " + canary + "\r\n\r\n", "multiple Content-Length"},
		"coding":             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + canary + "\r\n\r\n", "unsupported transfer encoding"},
		"trailer":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nX " + canary + "\r\n\r\n", "malformed MIME header"},
	} {
		for _, through := range []string{"", "a proxy"} {
			if through != "" && name == "trailer" {
				continue // the answer to CONNECT has none
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for {
					connection, err := listener.Accept()
					if err != nil {
						return
					}
					if _, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
						_, _ = io.WriteString(connection, test.answer)
					}
					_ = connection.Close()
				}
			}()
			options, address := Options{}, "http://"+listener.Addr().String()
			if through != "" {
				options.ProxyURL, address = address, "https://as.example.com"
			}
			c, err := New(options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(context.Background(), Request{
				Method: http.MethodPost, URL: address, Body: []byte("{}"), ContentType: "application/json", Auth: Bearer(secret.New(canary)),
			})
			_ = listener.Close()
			if err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s %s: %v", name, through, err)
			}
		}
	}
}

// A release of Go that does not quote a malformed header, which go.mod lets the provider be built with, says it without quotation marks.
func TestMalformedHeaderWithoutQuotationMarks(t *testing.T) {
	for _, says := range []string{"malformed MIME header line", "malformed MIME header initial line", "malformed MIME header"} {
		for _, connected := range []bool{true, false} {
			err := classify(context.Background(), context.Background(), errors.New("net/http: HTTP/1.x transport connection broken: "+says+": X Echo: Bearer canary-0123456789\nmore \"canary\""), connected)
			if strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), says) {
				t.Errorf("%s, connected %v: %v", says, connected, err)
			}
		}
	}
}

// What is no HTTP may have words of net/http's in it, by which a request would count as one that was not sent, and be sent again.
func TestWordsOfAMalformedAnswerSayNothingOfTheConnection(t *testing.T) {
	for _, words := range []string{"tls: x", "TLS handshake", "server gave HTTP response to HTTPS client", "http2: client conn not usable", "http2: client conn could not be established"} {
		for _, answer := range []string{"HTTP/1.1 201 Created\r\n(canary " + words + "\r\n\r\n", "HTTP/1.1 201 Created\r\nTransfer-Encoding: canary " + words + "\r\n\r\n"} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { answerRaw(w, answer) })
			c, _ := newClient(t, Options{MaxRetries: 3})
			_, err := c.Do(context.Background(), Request{Method: http.MethodPost, URL: s.URL, Body: []byte("{}"), ContentType: "application/json", Repeat: IfNotProcessed})
			if failed := kindOf(t, err); failed.Kind != Protocol || !failed.MaybeProcessed || s.count() != 1 || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q was sent %d times: %v", answer, s.count(), err)
			}
		}
	}
}

func answerRaw(w http.ResponseWriter, answer string) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
}
