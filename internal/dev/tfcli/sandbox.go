// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package tfcli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Sandbox is a temporary folder in which a CLI runs with the given providers and without anything of the user's: it has a
// CLI configuration, a provider mirror and a data folder of its own, and asks no registry. Close removes it.
type Sandbox struct {
	CLI CLI
	Dir string // the working folder: the configuration goes here

	top string
	env []string
}

// NewSandbox makes a sandbox in which exactly the given providers (and those built into the CLI) can be installed.
func NewSandbox(cli CLI, providers ...Provider) (_ *Sandbox, err error) {
	top, err := os.MkdirTemp("", "oidc-sandbox-")
	if err != nil {
		return nil, err
	}
	s := &Sandbox{CLI: cli, Dir: filepath.Join(top, "work"), top: top}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.top, err = filepath.EvalSymlinks(top); err != nil { // macOS: /var is a link, and a CLI prints what it points to
		return nil, err
	}
	s.Dir = filepath.Join(s.top, "work")
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		return nil, err
	}
	mirror := filepath.Join(s.top, "mirror")
	if err := os.Mkdir(mirror, 0o700); err != nil {
		return nil, err
	}
	for _, p := range providers {
		if _, err := p.Install(mirror); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(s.top, "cli.tfrc")
	// No `direct` beside the mirror: a provider that the mirror lacks is a mistake, not a reason to ask the network.
	text := "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = " + strconv.Quote(filepath.ToSlash(mirror)) + "\n  }\n}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s.env = append(cleanEnv(os.Environ()),
		"TF_CLI_CONFIG_FILE="+config,
		"TF_DATA_DIR="+filepath.Join(s.top, "data"),
		"TF_IN_AUTOMATION=1",
		"TF_INPUT=0",
		"CHECKPOINT_DISABLE=1",
	)
	return s, nil
}

// Close removes the sandbox with all that is in it.
func (s *Sandbox) Close() error { return os.RemoveAll(s.top) }

// Setenv sets a variable for the commands to come, such as TF_LOG or one of the provider's OIDC_ variables.
func (s *Sandbox) Setenv(name, value string) { s.env = append(s.env, name+"="+value) }

// Write writes a file of the configuration; the name may have folders in it.
func (s *Sandbox) Write(name, content string) error {
	path := filepath.Join(s.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// CopyDir copies a folder of configuration files, such as one of examples/, to the folder `to` of the working folder.
func (s *Sandbox) CopyDir(from, to string) error {
	dest := filepath.Join(s.Dir, filepath.FromSlash(to))
	return os.CopyFS(dest, os.DirFS(from))
}

// Result is what a command said.
type Result struct {
	Stdout, Stderr string
	Code           int           // exit code; `plan -detailed-exitcode` says 2 for a plan with changes
	Took           time.Duration // wall time
	CPU            time.Duration // processor time of the command and of what it waited for, such as its providers
}

// Command prepares a command of the CLI in the sandbox. An end of ctx interrupts it, so that it can save its state.
func (s *Sandbox) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.CLI.Path, args...)
	cmd.Dir, cmd.Env = s.Dir, s.env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// Run runs a command of the CLI to its end. An exit code other than 0 is an error that holds what the CLI said; the Result
// is complete all the same, so that a caller can accept a code.
func (s *Sandbox) Run(ctx context.Context, args ...string) (Result, error) {
	var stdout, stderr bytes.Buffer
	cmd := s.Command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: -1, Took: time.Since(start)}
	if cmd.ProcessState != nil {
		r.Code = cmd.ProcessState.ExitCode()
		r.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(s.CLI.Path), strings.Join(args, " "), err, r.Stdout, r.Stderr)
	}
	return r, err
}
