// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package secret holds credentials so that no ordinary way of printing shows them, and tells a credential from a mask, a digest or another form of one.
package secret

import (
	"fmt"
	"log/slog"
)

// Redacted is what every printed form of a String shows.
const Redacted = "[redacted]"

// String is a credential: a client secret, an access token, a key. Its zero value is "no credential".
//
// Only Reveal gives the value back. fmt verbs, JSON, text and log forms show Redacted, also for an empty value, so
// that a log does not even tell whether a credential was set. The field is unexported and held behind a pointer so
// that reflection-based printers (%#v of an enclosing struct, go-cmp, testify) show an address at most.
type String struct{ value *string }

// New wraps value. An empty value gives the zero String.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{value: &value}
}

// Reveal returns the credential itself. Callers put it on the wire, in state or in the journal, and nowhere else.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsEmpty reports whether there is no credential.
func (s String) IsEmpty() bool { return s.value == nil }

// Equal reports whether both hold the same credential. It also serves go-cmp.
func (s String) Equal(other String) bool { return s.Reveal() == other.Reveal() }

// String implements fmt.Stringer.
func (s String) String() string { return Redacted }

// GoString implements fmt.GoStringer.
func (s String) GoString() string { return Redacted }

// Format implements fmt.Formatter: without it, verbs such as %d or %x would reach the pointer.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// MarshalJSON implements json.Marshaler.
func (s String) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler, which also covers XML, flags and map keys.
func (s String) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue implements slog.LogValuer.
func (s String) LogValue() slog.Value { return slog.StringValue(Redacted) }
