// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// progress is how far one attempt has come.
type progress struct {
	connected   atomic.Bool // a connection was handed to the request
	written     atomic.Bool // all of the request was written
	multiplexed atomic.Bool // the connection speaks HTTP/2
	fresh       atomic.Bool // it is a new TLS connection
}

// trace follows a request, and keeps net/http from sending it a second time.
//
// net/http repeats a request by itself where a kept-alive connection turns out to be closed or an HTTP/2 stream is reset:
// a GET, a HEAD, and whatever has an Idempotency-Key, also after all of it was written. The server may have processed it
// then, and a read may cost a credential. Only Options.MaxRetries repeats, and counts. There is no setting for this. Such
// a repeat begins with another connection, so that the request is stopped when it gets one. A connection of HTTP/1.1 is
// the request's own and is closed, since net/http writes to it without looking at the context; one of HTTP/2 is shared,
// and there the context is looked at. What was rejected: a body that cannot be rewound changes what an HTTP/2 server sees
// of a GET, and a new connection for each request costs a handshake each.
//
// Where HTTP/1.1 could not write the request to an old connection, net/http repeats any other method, too. That is
// welcome: the server has got nothing.
func (p *progress) trace(req *http.Request, stop context.CancelCauseFunc) *httptrace.ClientTrace {
	_, keyed := req.Header["Idempotency-Key"] // an empty one counts, too
	_, xKeyed := req.Header["X-Idempotency-Key"]
	replayed := safe(req.Method) || keyed || xKeyed
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			multiplexed, fresh := false, false
			if secure, ok := info.Conn.(*tls.Conn); ok {
				multiplexed, fresh = secure.ConnectionState().NegotiatedProtocol == "h2", !info.Reused
			}
			if p.written.Load() && (replayed || multiplexed || p.multiplexed.Load()) {
				stop(errLost)
				if !multiplexed {
					_ = info.Conn.Close()
				}
			}
			p.connected.Store(true)
			p.multiplexed.Store(multiplexed)
			p.fresh.Store(fresh)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				p.written.Store(true)
			}
		},
	}
}

// unwritten reports whether the server has certainly not got the request, by the error that it ended with and why it was stopped. One that was stopped when
// net/http wanted to repeat it was written before: that the repeat could not be written, since its connection was closed, says nothing of that.
func (p *progress) unwritten(err, stopped error) bool {
	return isUnwritten(err) && !errors.Is(stopped, errLost) && !(p.multiplexed.Load() && p.written.Load())
}
