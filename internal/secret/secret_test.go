// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

const canary = "canary-5f2b"

func TestNoPrintedFormShowsTheValue(t *testing.T) {
	type holder struct {
		Token secret.String
		Ptr   *secret.String
	}
	s := secret.New(canary)
	h := holder{Token: s, Ptr: &s}

	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%T"} {
		printed = append(printed, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, h), fmt.Sprintf(verb, []secret.String{s}))
	}
	j, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	printed = append(printed, string(j))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", s, "holder", h)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", s, "holder", h)
	printed = append(printed, log.String(), fmt.Errorf("refused: %w", fmt.Errorf("token %v", s)).Error())

	for _, p := range printed {
		if strings.Contains(p, canary) || strings.Contains(p, fmt.Sprintf("%x", canary)) {
			t.Errorf("printed form shows the credential: %s", p)
		}
	}
}

func TestReveal(t *testing.T) {
	if got := secret.New(canary).Reveal(); got != canary {
		t.Errorf("Reveal() = %q", got)
	}
	if !secret.New("").IsEmpty() || secret.New(canary).IsEmpty() {
		t.Error("IsEmpty is wrong")
	}
	if !secret.New(canary).Equal(secret.New(canary)) || secret.New(canary).Equal(secret.String{}) {
		t.Error("Equal is wrong")
	}
}
