// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tftest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
)

// HTTPState is a server that the CLI's http backend keeps its state at, with locks.
type HTTPState struct {
	server *httptest.Server

	mu      sync.Mutex
	content []byte
	lock    []byte // the holder's, as it sent it; nil where nobody holds it
	id      string
}

// NewHTTPState starts a server without a state.
func NewHTTPState(tb TB) *HTTPState {
	s := &HTTPState{}
	s.server = httptest.NewServer(s)
	tb.Cleanup(s.server.Close)
	return s
}

// URL is the address of the state and of its lock.
func (s *HTTPState) URL() string { return s.server.URL }

// Content is the state as it was saved last.
func (s *HTTPState) Content() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.content
}

// Lock is the identifier of the lock that is held, "" where nobody holds it.
func (s *HTTPState) Lock() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// ServeHTTP implements http.Handler. A change of the state needs the lock, by the identifier in the query.
func (s *HTTPState) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client went away: a body that is cut short changes nothing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch req.Method {
	case http.MethodGet:
		if s.content == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write(s.content)
	case http.MethodPost:
		if s.id == "" || req.URL.Query().Get("ID") != s.id {
			w.WriteHeader(http.StatusConflict)
			return
		}
		s.content = body
	case http.MethodDelete:
		s.content = nil
	case "LOCK":
		if s.id != "" {
			w.WriteHeader(http.StatusLocked)
			_, _ = w.Write(s.lock)
			return
		}
		var holder struct{ ID string }
		if json.Unmarshal(body, &holder) != nil || holder.ID == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.lock, s.id = body, holder.ID
	case "UNLOCK":
		// `force-unlock` sends no body, and no identifier either.
		var holder struct{ ID string }
		if len(body) > 0 && json.Unmarshal(body, &holder) == nil && holder.ID != s.id {
			w.WriteHeader(http.StatusConflict)
			return
		}
		s.lock, s.id = nil, ""
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}
