// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// mavenDependencyPlugin is pinned as the servers are, so that a new release of the tool changes nothing.
const mavenDependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

// An artifact is a file of Maven Central, and its SHA-256: Maven itself checks no more than a SHA-1 that comes from the
// same place.
type artifact struct {
	coordinates string // group:artifact:version:extension
	sha256      string
}

// file is the name under which fetch leaves the artifact.
func (a artifact) file() string {
	c := strings.Split(a.coordinates, ":")
	return c[1] + "-" + c[2] + "." + c[3]
}

// maven runs Maven in dir with a repository and settings of its own there: neither the user's repository nor mirrors of
// theirs take part.
func maven(ctx context.Context, server, dir string, args ...string) error {
	mvn, err := need(server, "mvn")
	if err != nil {
		return err
	}
	settings := filepath.Join(dir, "settings.xml")
	if err := os.WriteFile(settings, []byte("<settings/>\n"), 0o644); err != nil {
		return err
	}
	_, err = run(ctx, dir, mvn, append([]string{"-B", "-q", "-C", "-s", settings, "-gs", settings, "-Dmaven.repo.local=" + filepath.Join(dir, "repo")}, args...)...)
	if err != nil {
		return &UnavailableError{Server: server, Reason: "Maven could not fetch it", Err: err}
	}
	return nil
}

// fetch leaves the artifacts in dir, and nothing else of Maven's.
func fetch(ctx context.Context, server, dir string, artifacts ...artifact) error {
	for _, a := range artifacts {
		if err := maven(ctx, server, dir, mavenDependencyPlugin+":get", "-Dtransitive=false", "-Dartifact="+a.coordinates); err != nil {
			return err
		}
		c := strings.Split(a.coordinates, ":")
		from := filepath.Join(append(append([]string{dir, "repo"}, strings.Split(c[0], ".")...), c[1], c[2], a.file())...)
		if err := checkSum(from, a.sha256); err != nil {
			return err
		}
		if err := os.Rename(from, filepath.Join(dir, a.file())); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(filepath.Join(dir, "repo")), os.Remove(filepath.Join(dir, "settings.xml")))
}

var javaVersion = regexp.MustCompile(`version "(\d+)`)

// needJava finds a Java of at least that version.
func needJava(ctx context.Context, server string, least int) error {
	java, err := need(server, "java")
	if err != nil {
		return err
	}
	said, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return &UnavailableError{Server: server, Reason: "java does not tell its version", Err: err}
	}
	found := javaVersion.FindSubmatch(said)
	if found == nil {
		return &UnavailableError{Server: server, Reason: "java does not tell its version"}
	}
	if version, err := strconv.Atoi(string(found[1])); err != nil || version < least {
		return &UnavailableError{Server: server, Reason: fmt.Sprintf("it needs Java %d, and here is Java %s", least, found[1])}
	}
	return nil
}

func checkSum(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s has the SHA-256 %s, not %s", filepath.Base(file), got, want)
	}
	return nil
}
