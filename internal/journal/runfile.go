// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
)

// about is what the run's file tells to a reader who wonders who is at work. It stands behind a newline: Windows keeps
// others from reading the locked byte, which is the first.
type about struct {
	Run     string    `json:"run"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Started time.Time `json:"started"`
}

func runPath(journal, id string) string { return journal + ".run-" + id }

func runsBeside(journal string) []string {
	entries, err := os.ReadDir(filepath.Dir(journal))
	if err != nil {
		return nil
	}
	prefix := filepath.Base(journal) + ".run-"
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutPrefix(e.Name(), prefix); ok && e.Type().IsRegular() && runID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func readAbout(path string) (about, bool) {
	var a about
	h, err := os.Open(path)
	if err != nil {
		return a, false
	}
	defer func() { _ = h.Close() }()
	text := make([]byte, 4096)
	n, _ := h.ReadAt(text, 1)
	return a, jsonvalue.Into(text[:n], &a) == nil
}

var runID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,80}$`)
