// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package journal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// A test that needs other processes runs this test binary again, with the name of one of these functions in the
// environment. They talk to the test through standard input and output.
var children = map[string]func(path string){
	"scenario": scenarioChild,
	"adopt":    adoptChild,
	"hold":     holdChild,
	"soak":     soakChild,
}

func TestMain(m *testing.M) {
	if child := os.Getenv("JOURNAL_TEST_CHILD"); child != "" {
		children[child](os.Getenv("JOURNAL_TEST_PATH"))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t testing.TB, name, path string, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "JOURNAL_TEST_CHILD="+name, "JOURNAL_TEST_PATH="+path)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{cmd: cmd, in: in, out: bufio.NewScanner(out)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return c
}

// line reads the child's next line; "" at its end.
func (c *child) line() string {
	if c.out.Scan() {
		return c.out.Text()
	}
	return ""
}

// rest reads what the child still prints and waits for its end.
func (c *child) rest() []string {
	var lines []string
	for c.out.Scan() {
		lines = append(lines, c.out.Text())
	}
	_ = c.cmd.Wait()
	return lines
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// waitForInput ends when the test closes or writes to the child's standard input.
func waitForInput() { _, _ = os.Stdin.Read(make([]byte, 1)) }

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func killSelf() {
	self, _ := os.FindProcess(os.Getpid())
	_ = self.Kill()
	select {}
}

// childMust is must for a child.
func childMust(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// record is Record, where nothing is overtaken.
func (j *Journal) record(ctx context.Context, e Entry) error {
	_, err := j.Record(ctx, e)
	return err
}
