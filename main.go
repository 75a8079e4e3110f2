// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-oidc serves the provider to Terraform and OpenTofu. "terraform-provider-oidc check" is for people: it
// finds out whether the provider works with an authorization server.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/checkup"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	// net/http writes there what a server sends beside an answer, as of one that is longer than it says: that may be a client secret.
	log.SetOutput(io.Discard)
	if len(os.Args) > 1 && os.Args[1] == "check" {
		os.Exit(check(os.Args[2:]))
	}
	debug := flag.Bool("debug", false, "run so that a debugger can attach")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Terraform and OpenTofu start this program. For people it has one command:\n  terraform-provider-oidc check -h\nOptions without it:")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is no command of this program.\n", flag.Arg(0))
		flag.Usage()
		os.Exit(checkup.ExitUsage)
	}

	if err := provider.Serve(context.Background(), version, *debug); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// check runs the command. The first signal ends the measuring, and what was registered is deregistered; the second ends that, too.
func check(args []string) int {
	ctx, interrupt := context.WithCancel(context.Background())
	cleanUp, giveUp := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// A terminal that is closed says so, and often twice: it never ends the deregistration. Under nohup it is ignored as before.
	hangups := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(hangups, syscall.SIGHUP)
	}
	// A reader that ends, as "2>&1 | head" does, would otherwise end this process at its next word, with clients at the server. Writing
	// fails instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		select {
		case <-signals:
		case <-hangups:
		}
		fmt.Fprintln(os.Stderr, "\ninterrupted: deregistering what was registered; interrupt again to leave it")
		interrupt()
		<-signals
		giveUp()
	}()
	command := checkup.Command{
		Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Settings: func(a checkup.Asked) (authserver.Settings, error) {
			return provider.EnvironmentSettings(version, a.Issuer, a.RegistrationEndpoint, a.WebFinger)
		},
	}
	return command.Run(ctx, cleanUp, args)
}
