// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// springAuthorizationServer is a library; its server is the one of its getting-started guide, with each of its two
// registration endpoints.
func springAuthorizationServer() []Server {
	server := func(name, title, kind string) *appServer {
		return &appServer{
			name: "spring-authorization-server-" + name, title: "Spring Authorization Server, " + title, version: "7.1.2",
			folder: "spring-authorization-server", runtime: jvm{},
			env: map[string]string{"REGISTRATION": kind, "CLIENT_ID": machineID, "CLIENT_SECRET": machineSecret},
			describe: func(base string, i *Instance) {
				i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
				i.RegistrationEndpoint, i.TokenEndpoint, i.AuthorizationEndpoint = base+"/"+kind+"/register", base+"/oauth2/token", base+"/oauth2/authorize"
				i.Redirect = "https://app.example.com"
				i.Refused = []string{"scope"} // no client may ask for its scopes, unless a deployment says so
			},
		}
	}
	connect, oauth2 := server("connect", "single-use tokens by client credentials", "connect"), server("oauth2", "OAuth 2.0's endpoint", "oauth2")
	for s, can := range map[*appServer]Capabilities{connect: {Read: true}, oauth2: {}} {
		describe := s.describe
		s.describe = func(base string, i *Instance) {
			describe(base, i)
			i.Can = can
		}
	}
	connect.ready = func(ctx context.Context, i *Instance) error {
		i.ProviderConfig = fmt.Sprintf("client_credentials = {\n  client_id = %q\n  client_secret = %q\n  scopes = [\"client.create\"]\n}", machineID, machineSecret)
		token, err := clientCredentials(ctx, i.TokenEndpoint, machineID, machineSecret, "client.create")
		i.Authorization = "Bearer " + token
		return err
	}
	return []Server{connect, oauth2}
}

// jvm runs servers/<folder>/Server.java with the libraries that Maven resolves from pom.xml, held against SHA256SUMS.
type jvm struct{}

var _ runtime = jvm{}

func (jvm) install(ctx context.Context, s *appServer) (string, error) {
	if _, err := need(s.name, "mvn"); err != nil {
		return "", err
	}
	javac, err := need(s.name, "javac")
	if err != nil {
		return "", err
	}
	if err := needJava(ctx, s.name, 17); err != nil {
		return "", err
	}
	return installLocked(ctx, s.name, s.folder, []string{"pom.xml", "SHA256SUMS", "Server.java"}, nil, func(ctx context.Context, dir string) error {
		if err := maven(ctx, s.name, dir, mavenDependencyPlugin+":copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+filepath.Join(dir, "lib")); err != nil {
			return err
		}
		if err := checkSums(filepath.Join(dir, "lib"), filepath.Join(dir, "SHA256SUMS")); err != nil {
			return err
		}
		_, err := run(ctx, dir, javac, "-cp", filepath.Join("lib", "*"), "-d", "classes", "Server.java")
		return errors.Join(err, os.RemoveAll(filepath.Join(dir, "repo")))
	})
}

func (jvm) prepare(s *appServer, cache, dir string) (command, error) {
	java, err := need(s.name, "java")
	return command{program: java, args: []string{
		"-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=" + dir,
		"-cp", filepath.Join(cache, "classes") + string(os.PathListSeparator) + filepath.Join(cache, "lib", "*"), "Server",
	}}, err
}

// checkSums holds the files of a folder against a list as sha256sum writes it: each is in the list, and each of the list is there.
func checkSums(dir, list string) error {
	content, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for line := range strings.Lines(string(content)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[name] = sum
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) != len(want) {
		return fmt.Errorf("%d files where %s has %d", len(entries), filepath.Base(list), len(want))
	}
	for _, e := range entries {
		if err := checkSum(filepath.Join(dir, e.Name()), want[e.Name()]); err != nil {
			return err
		}
	}
	return nil
}
