// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

func stringsOf(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, element := range list {
		one, _ := element.(string)
		out = append(out, one)
	}
	return out
}

func anys(values []string) []any {
	out := make([]any, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

func stringOf(doc map[string]any, member string) string {
	value, _ := doc[member].(string)
	return value
}

// decode reads one JSON object, with numbers as json.Number.
func decode(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || doc == nil {
		return nil, errors.New("not one object")
	}
	return doc, nil
}

// encode writes JSON with nothing escaped that needs no escape.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("wso2: a value set by a test is no JSON: %v", err))
	}
	return bytes.TrimSpace(out.Bytes())
}
