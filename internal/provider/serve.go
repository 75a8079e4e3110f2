// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Address is where registries have the provider.
const Address = "registry.terraform.io/terraform-oidc/oidc"

// Serve answers Terraform until it closes the connection. What runs hold open (the token journal's mark that this
// process lives) is closed in order afterwards, which a killed process does not do: that difference is what the journal
// goes by.
func Serve(_ context.Context, version string, managed bool) error {
	Tune(os.LookupEnv, os.Setenv)
	p := New(version)
	defer p.Close()
	if p.launched = !managed; p.launched {
		go p.dieWithParent(os.Getppid, 2*time.Second, func() { os.Exit(1) })
	}
	// The log goes to the standard error of this process, where nobody reads any more once Terraform was killed. Its next line would end an
	// operation in the middle, whose answer would be lost. Writing fails instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	var options []tf6server.ServeOpt
	if managed {
		options = append(options, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return p.Server() }, options...)
}

// Server gives the provider as the plugin protocol's server.
func (p *Provider) Server() tfprotov6.ProviderServer {
	return &scrubbingServer{ProviderServer: newFastPath(context.Background(), providerserver.NewProtocol6(p)(), p), provider: p}
}

// dieWithParent ends this process, as if it had been killed too, once Terraform is gone and no operation is under way. A
// provider whose Terraform was killed is told nothing and would live on; and while it lives, the journal counts its registrations
// as its own, so that the next apply would not adopt them. Where the system does not hand orphans to another parent
// (Windows), nothing happens.
func (p *Provider) dieWithParent(parent func() int, every time.Duration, exit func()) {
	first := parent()
	for {
		time.Sleep(every)
		if parent() != first && p.busy.Load() == 0 {
			exit()
			return
		}
	}
}

// logVariable sets the level of the provider's own log. The SDK derives the name from Address, and knows no level where it is not set:
// everything is logged then, and each entry is searched for every credential of every client.
const logVariable = "TF_LOG_PROVIDER_OIDC"

// Tune saves processor time, measured with 300 clients: the SDK renders its trace log and ours although nobody reads them (a third and a
// quarter of a plan's time), and the garbage collector runs as often as in a process that lives for days. Both stay as they are where the user
// asks for a log or sets GOGC. Twice the usual distance between collections is nearly all of the gain: four times took 4 % less
// processor time, and half as much memory again. Above
// 512 MiB the collector runs more often; the process may grow further.
func Tune(lookup func(string) (string, bool), set func(string, string) error) {
	if !wantsLog(lookup) {
		// set fails only for malformed names.
		_ = set("TF_LOG_SDK", "off")
		_ = set(logVariable, "off")
	}
	if _, ok := lookup("GOGC"); !ok {
		debug.SetGCPercent(200)
		if _, ok := lookup("GOMEMLIMIT"); !ok {
			debug.SetMemoryLimit(512 << 20)
		}
	}
}

func wantsLog(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", logVariable, "TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_ACC_LOG", "TF_ACC_LOG_PATH"} {
		if v, ok := lookup(name); ok && v != "" && !strings.EqualFold(v, "off") {
			return true
		}
	}
	return false
}
