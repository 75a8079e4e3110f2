// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package jsonvalue

import "testing"

func TestDecimalGrammar(t *testing.T) {
	for _, s := range []string{
		"", "-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "1e+-1", "1e-+1", "1e--1", "1e1.5", "1 ", "0x1", "NaN", "1_0", "1e5x", "--1",
	} {
		if d, ok := parseDecimal(s); ok {
			t.Errorf("%q read as %s", s, d.append(nil))
		}
	}
	for s, want := range map[string]string{
		"0": "0", "-0": "0", "0.00e9": "0", "10": "1e1", "-10.50": "-105e-1", "1E+2": "1e2", "0.001": "1e-3", "120e-1": "12e0",
		"1e9999999999999999999999": "1e9999999999999999999999", "1e-0000000000000000000000003": "1e-3",
	} {
		d, ok := parseDecimal(s)
		if got := string(d.append(nil)); !ok || got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestWhole(t *testing.T) {
	for text, want := range map[string]string{
		"3600": "3600", "3.6e3": "3600", "3599.9": "3599", "-1.5": "-1", "0.5": "0", "1e-400": "0", "-0.5": "0", "0": "0", "123456e-3": "123", "1000.0": "1000", "1E+2": "100", "5e-1": "0", "15e-1": "1",
	} {
		if got, ok := Whole(text); !ok || string(got) != want {
			t.Errorf("Whole(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "1e400", "1e999999999999999999999", "01", "1.", " 1", "3600s"} {
		if got, ok := Whole(text); ok {
			t.Errorf("Whole(%q) = %q", text, got)
		}
	}
}

func TestInteger(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "7": "7", "-7": "-7", "1.0": "1", "15e2": "1500", "1500e-2": "15", "-1.20e1": "-12", "12345678901234567890": "12345678901234567890",
	} {
		if got, ok := Integer(text); !ok || string(got) != want {
			t.Errorf("Integer(%q) = %q, %v; want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "1.5", "1e-1", "1e999999999", "1e99999999999999999999", "1e100", "007", "0x1", " 1"} {
		if got, ok := Integer(text); ok {
			t.Errorf("Integer(%q) = %q", text, got)
		}
	}
}
