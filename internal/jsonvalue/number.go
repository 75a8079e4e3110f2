// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package jsonvalue

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Number returns the text of a JSON number in any of the Go types that may hold one.
func Number(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int32:
		return strconv.FormatInt(int64(v), 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case *big.Float:
		return v.Text('g', -1), true
	case *big.Int:
		return v.String(), true
	}
	return "", false
}

// decimal is the exact value of a JSON number: digits times ten to the exponent, the digits without leading or trailing
// zeros. Zero has no digits. That form is unique, so numbers are equal when their decimals are, and it costs what the
// number's text is long. (big.Rat was rejected: it writes 1e999999999 out.)
type decimal struct {
	negative bool
	digits   string
	exponent *big.Int // nil: see small
	small    int64
}

// parseDecimal reads a number of JSON's grammar (RFC 8259 §6).
func parseDecimal(s string) (decimal, bool) {
	var d decimal
	if s != "" && s[0] == '-' {
		d.negative, s = true, s[1:]
	}
	whole := leadingDigits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return d, false
	}
	digits, rest := s[:whole], s[whole:]
	fraction := 0
	if rest != "" && rest[0] == '.' {
		fraction = leadingDigits(rest[1:])
		if fraction == 0 {
			return d, false
		}
		digits, rest = digits+rest[1:1+fraction], rest[1+fraction:]
	}
	exponent := ""
	if rest != "" {
		if rest[0] != 'e' && rest[0] != 'E' {
			return d, false
		}
		exponent = strings.TrimPrefix(rest[1:], "+")
		n := strings.TrimPrefix(exponent, "-")
		if n == "" || leadingDigits(n) != len(n) || len(exponent)-len(n) > 1 || len(rest)-1-len(n) > 1 {
			return d, false
		}
	}
	digits = strings.TrimLeft(digits, "0")
	trimmed := strings.TrimRight(digits, "0")
	d.digits = trimmed
	if trimmed == "" { // zero, also as -0 and 0e5
		return decimal{}, true
	}
	shift := int64(len(digits) - len(trimmed) - fraction)
	if len(exponent) <= 18 {
		e, _ := strconv.ParseInt(exponent, 10, 64) // "" is 0
		d.small = e + shift
		return d, true
	}
	d.exponent, _ = new(big.Int).SetString(exponent, 10)
	d.exponent.Add(d.exponent, big.NewInt(shift))
	if d.exponent.IsInt64() { // 1e000000000000000000001
		d.small, d.exponent = d.exponent.Int64(), nil
	}
	return d, true
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// append appends the canonical text.
func (d decimal) append(dst []byte) []byte {
	if d.digits == "" {
		return append(dst, '0')
	}
	if d.negative {
		dst = append(dst, '-')
	}
	dst = append(append(dst, d.digits...), 'e')
	if d.exponent != nil {
		return d.exponent.Append(dst, 10)
	}
	return strconv.AppendInt(dst, d.small, 10)
}

// maxIntegerDigits bounds what Integer writes out. Integers in client metadata are numbers of seconds.
const maxIntegerDigits = 100

// Integer returns an integer's plain decimal text from the text of a JSON number, which may have a fraction of zeros or an
// exponent. It is false where the text is no number, has a fraction or is absurdly long.
func Integer(number string) (json.Number, bool) {
	if plainInteger(number) {
		return json.Number(number), true
	}
	d, ok := parseDecimal(number)
	if !ok {
		return "", false
	}
	digits, ok := d.integer()
	return json.Number(digits), ok
}

// Whole returns the plain decimal text of a JSON number without its fraction, from the number's text. It is false where the text is no number or absurdly long.
func Whole(number string) (json.Number, bool) {
	d, ok := parseDecimal(number)
	if ok && d.exponent == nil && d.small < 0 {
		d.digits, d.small = d.digits[:max(0, int64(len(d.digits))+d.small)], 0
	}
	digits, whole := d.integer()
	return json.Number(digits), ok && whole
}

// integer gives the plain decimal text of an integer; false where the number has a fraction or is absurdly long.
func (d decimal) integer() (string, bool) {
	if d.digits == "" {
		return "0", true
	}
	if d.exponent != nil || d.small < 0 || d.small > maxIntegerDigits || len(d.digits)+int(d.small) > maxIntegerDigits {
		return "", false
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	return sign + d.digits + strings.Repeat("0", int(d.small)), true
}

// plainInteger reports whether a number's text is already what integer would give.
func plainInteger(s string) bool {
	if len(s) > 18 {
		return false
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || leadingDigits(digits) != len(digits) {
		return false
	}
	return digits[0] != '0' || s == "0"
}
