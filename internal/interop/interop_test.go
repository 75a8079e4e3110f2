// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		list, name string
		want       bool
	}{
		{"", "keycloak", false},
		{"keycloak", "keycloak", true},
		{"keycloak", "keycloak-anonymous", true},
		{"keycloak-anonymous", "keycloak", false},
		{"oidc-provider", "oidc-provider-9-iat", true},
		{"oidc-provider-9", "oidc-provider-5", false},
		{"key", "keycloak", false},
		{" glewlwyd , wso2", "wso2", true},
		{"all", "anything", true},
	} {
		if got := Matches(c.list, c.name); got != c.want {
			t.Errorf("Matches(%q, %q) = %t", c.list, c.name, got)
		}
	}
}

// TestPinned holds what a server says of its version against the lock file that installs it.
func TestPinned(t *testing.T) {
	names := map[string]bool{}
	for _, s := range All() {
		if names[s.Name()] {
			t.Errorf("two servers are named %s", s.Name())
		}
		names[s.Name()] = true
		if app, ok := s.(*appServer); ok {
			pinned[reflect.TypeOf(app.runtime)](t, app)
		}
	}
}

// pinned looks into the lock file of a server, as its ecosystem writes them.
var pinned = map[reflect.Type]func(t *testing.T, s *appServer){
	reflect.TypeFor[node]():   pinnedByNPM,
	reflect.TypeFor[python](): pinnedByPip,
	reflect.TypeFor[tomcat](): pinnedByMaven,
	reflect.TypeFor[jvm]():    pinnedBySums,
}

// TestRequired holds that .ci/run leaves no server out of what it requires where the machine has the means, and names no other.
func TestRequired(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, found := range regexp.MustCompile(`INTEROP_REQUIRE\+?=,?([a-z0-9,-]+)`).FindAllStringSubmatch(string(script), -1) {
		required = append(required, strings.Split(found[1], ",")...)
	}
	for _, s := range All() {
		if !Matches(strings.Join(required, ","), s.Name()) {
			t.Errorf("%s is not among %v", s.Name(), required)
		}
	}
	for _, one := range required {
		if !slices.ContainsFunc(All(), func(s Server) bool { return Matches(one, s.Name()) }) {
			t.Errorf("%s is no server", one)
		}
	}
}

// TestPinnedModule holds Hydra's version against the module file that builds it.
func TestPinnedModule(t *testing.T) {
	module, err := files.ReadFile("servers/hydra/module.txt")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := files.ReadFile("servers/hydra/sums.txt")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(module), "\tgithub.com/ory/hydra/v2 v"+hydraVersion+" ") || !strings.Contains(string(sums), "github.com/ory/hydra/v2 v"+hydraVersion+" h1:") {
		t.Errorf("hydra is not pinned at %s", hydraVersion)
	}
}

func pinnedByNPM(t *testing.T, s *appServer) {
	content, err := files.ReadFile(path.Join("servers", s.folder, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal(content, &lock); err != nil {
		t.Fatal(err)
	}
	found := false
	for name, p := range lock.Packages {
		if name != "" && p.Integrity == "" {
			t.Errorf("%s: %s has no integrity", s.folder, name)
		}
		found = found || p.Version == s.Version() && slices.Contains([]string{
			"node_modules/oidc-provider", "node_modules/@modelcontextprotocol/sdk", "node_modules/better-auth",
		}, name)
	}
	if !found {
		t.Errorf("%s is not pinned at %s", s.Name(), s.Version())
	}
}

func pinnedByPip(t *testing.T, s *appServer) {
	content, err := files.ReadFile(path.Join("servers", s.folder, "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for entry := range strings.SplitSeq(strings.ReplaceAll(string(content), "\\\n", ""), "\n") {
		if entry == "" || strings.HasPrefix(entry, "#") {
			continue
		}
		name, hashes, _ := strings.Cut(entry, " ")
		if !strings.Contains(name, "==") || !strings.Contains(hashes, "--hash=sha256:") {
			t.Errorf("%s: %s has no version or no hash", s.folder, name)
		}
		found = found || name == s.folder+"=="+s.Version()
	}
	if !found {
		t.Errorf("%s is not pinned at %s", s.Name(), s.Version())
	}
}

func pinnedByMaven(t *testing.T, s *appServer) {
	for _, a := range (tomcat{}).artifacts() {
		if len(a.sha256) != 64 {
			t.Errorf("%s has no SHA-256", a.coordinates)
		}
	}
	if !strings.Contains(mitreidWAR.coordinates, ":"+s.Version()+":") {
		t.Errorf("%s is not pinned at %s", s.Name(), s.Version())
	}
}

func pinnedBySums(t *testing.T, s *appServer) {
	sums, err := files.ReadFile(path.Join("servers", s.folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(sums), "  spring-security-oauth2-authorization-server-"+s.Version()+".jar\n") {
		t.Errorf("%s is not pinned at %s", s.Name(), s.Version())
	}
}

func TestPlanned(t *testing.T) {
	names, version := planned([]byte(`NOTE: This is only a simulation!
Inst libyder2.0 (1.4.19-1 Debian:12.15/oldstable [amd64])
Inst fonts-fork-awesome (1.2.0+ds1-1 Debian:12.15/oldstable [all])
Inst sqlite3 [3.40.1-2] (3.40.1-2+deb12u1 Debian:12.15/oldstable [amd64])
Inst glewlwyd (2.7.5-3+deb12u1 Debian:12.15/oldstable [amd64])
Conf glewlwyd (2.7.5-3+deb12u1 Debian:12.15/oldstable [amd64])
`))
	if diff := cmp.Diff([]string{"libyder2.0", "sqlite3", "glewlwyd"}, names); diff != "" || version != "2.7.5-3+deb12u1" {
		t.Errorf("version %s, names %s", version, diff)
	}
}

func TestInstallOnce(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir()) // macOS
	var fills atomic.Int32
	fill := func(_ context.Context, dir string) error {
		fills.Add(1)
		return os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := installOnce(t.Context(), "server", []byte("pins"), fill)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := os.Stat(filepath.Join(dir, "file")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := fills.Load(); n != 1 {
		t.Errorf("installed %d times", n)
	}
	failure := errors.New("no network")
	for range 2 {
		dir, err := installOnce(t.Context(), "server", []byte("other pins"), func(_ context.Context, dir string) error {
			fills.Add(1)
			return errors.Join(failure, os.WriteFile(filepath.Join(dir, "half"), nil, 0o600))
		})
		if !errors.Is(err, failure) || dir != "" {
			t.Errorf("%q, %v", dir, err)
		}
	}
	if n := fills.Load(); n != 2 {
		t.Errorf("a failed installation was tried %d times", n-1)
	}
}

// TestWhoAnswers shows that no server is taken as started because another program answers at its address: neither while it has not
// begun to listen, nor once it has ended.
func TestWhoAnswers(t *testing.T) {
	p, err := startProcess(t.TempDir(), environment(nil), "sh", "-c", "sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	var asked atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) == 3 {
			p.kill()
		}
	}))
	defer stranger.Close()
	err = p.await(t.Context(), stranger.URL)
	if !errors.Is(err, errNotOurs) || !strings.Contains(err.Error(), "it ended before") || asked.Load() < 3 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}

// TestServed is the server of TestHangingStart: its process is this test binary again. The first one in a folder hangs, or ends.
func TestServed(t *testing.T) {
	address := os.Getenv("INTEROP_SERVED")
	if address == "" {
		return // nobody's server
	}
	fmt.Println("a word before")
	if _, err := os.Stat("hung"); err != nil {
		if err := os.WriteFile("hung", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if os.Getenv("INTEROP_ENDS") != "" {
			return
		}
		select {}
	}
	t.Fatal(http.ListenAndServe(address, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
}

// TestHangingStart shows that a start which hangs is told as that, with what the server wrote and what it does, and is tried once more:
// at the start in another folder and at another port, at a restart at the same ones.
func TestHangingStart(t *testing.T) {
	hanging := func(dir string) *program {
		port, err := freePort()
		if err != nil {
			t.Fatal(err)
		}
		address := "127.0.0.1:" + strconv.Itoa(port)
		p := &program{
			dir: dir, ready: "http://" + address,
			command: command{program: os.Args[0], args: []string{"-test.run=^TestServed$"}}, env: map[string]string{"INTEROP_SERVED": address},
		}
		t.Cleanup(p.stop)
		return p
	}
	p := hanging(t.TempDir())
	p.limit = time.Second
	err := p.start(t.Context())
	p.stop()
	if !errors.Is(err, errNoAnswer) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "a word before") {
		t.Errorf("the start that hung: %v", err)
	}
	if _, known := listeners(1); known && !strings.Contains(err.Error(), "State=S (sleeping)") {
		t.Errorf("it does not say what the process does: %v", err)
	}

	p = hanging(t.TempDir())
	i := &Instance{}
	p.fill(i, true)
	p.env["INTEROP_ENDS"] = "true"
	if err := i.Restart(t.Context()); err != nil || !errors.Is(i.Hesitated, errNoAnswer) {
		t.Errorf("a restart that fails the first time: %v, hesitated %v", err, i.Hesitated)
	}

	var folders []string
	i, err = twice(t.Context(), t.TempDir(), func(_ context.Context, dir string) (*Instance, error) {
		if folders = append(folders, dir); len(folders) == 1 {
			return nil, fmt.Errorf("wrapped: %w", errNoAnswer)
		}
		return &Instance{}, nil
	})
	if err != nil || !errors.Is(i.Hesitated, errNoAnswer) || len(folders) != 2 || folders[0] == folders[1] {
		t.Errorf("a start that hangs the first time: %v in %v", err, folders)
	}
	failure := errors.New("no such program")
	for _, always := range []struct {
		err   error
		tries int
	}{{failure, 1}, {errNoAnswer, 2}} {
		tries := 0
		_, err := twice(t.Context(), t.TempDir(), func(context.Context, string) (*Instance, error) {
			tries++
			return nil, always.err
		})
		if tries != always.tries || !errors.Is(err, always.err) {
			t.Errorf("%v was tried %d times: %v", always.err, tries, err)
		}
	}
}

// TestProcess shows that a server ends with all that it started, and that one which ends by itself is not waited for.
func TestProcess(t *testing.T) {
	dir := t.TempDir()
	// A child of the program's own: the group must be gone, not the program alone.
	p, err := startProcess(dir, environment(nil), "sh", "-c", "sleep 600 & echo started; wait")
	if err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.stop()
	if groupAlive(p.cmd.Process.Pid) {
		t.Error("the process group is alive")
	}
	p, err = startProcess(dir, environment(map[string]string{"WORD": "farewell"}), "sh", "-c", `echo "$WORD"; exit 3`)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	err = p.await(t.Context(), "http://127.0.0.1:"+strconv.Itoa(port))
	if err == nil || !strings.Contains(err.Error(), "it ended before") || !strings.Contains(err.Error(), "farewell") {
		t.Error(err)
	}
}
