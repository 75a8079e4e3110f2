// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

// Package interop installs, starts, drives and stops real authorization servers, so that what this project
// promises is shown on software that others wrote.
//
// A [Server] is one configuration of one product at a pinned version. It is installed once per user by the
// ordinary client of its registry (npm, pip, apt-get, Maven) into the user's cache folder, started on a free port
// of 127.0.0.1 with data of its own, and stopped by its own process group. Nothing here contacts any host but
// those registries and the loopback interface.
//
// The package holds no test of its own without the build tag "interop":
//
//	INTEROP=1 go test -tags interop ./internal/interop/... -count=1 -v
//
// INTEROP_SERVERS selects servers by name or by the first words of their names ("keycloak" is all of
// Keycloak's configurations), INTEROP_REQUIRE names those whose absence is a failure and not a skip.
//
// Vendors' names belong here and in test data, and nowhere else in this project.
package interop

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Server is one configuration of one authorization server that can be installed and started.
type Server interface {
	// Name is unique, of lower-case words joined by hyphens, the product first: "oidc-provider-9-iat".
	Name() string
	// Title is what the interoperability matrix calls it, without its version.
	Title() string
	// Version is the exact version that Install installs.
	Version() string
	// Install puts the server into the cache folder, or finds it there. The error is an [*UnavailableError]
	// where this machine cannot have the server.
	Install(ctx context.Context) error
	// Start starts an installed server with clean data in dir, which must be empty, and waits until it answers.
	Start(ctx context.Context, dir string) (*Instance, error)
}

// A Handle is what identifies one registered client at its server.
type Handle struct {
	ClientID                string
	ClientSecret            string
	RegistrationAccessToken string
	RegistrationClientURI   string
}

// A Member is one member of a client's metadata, its value as in JSON.
type Member struct {
	Name  string
	Value any
}

// A Step is a part of the lifecycle that is shown on each server.
type Step string

// The steps of the lifecycle, in their order.
const (
	StepWebFinger    Step = "webfinger"    // the issuer is found by WebFinger
	StepDiscovery    Step = "discovery"    // the registration endpoint is found from the issuer
	StepCreate       Step = "create"       // a rich document, and an empty plan after it
	StepUpdate       Step = "update"       // a string, a list and a boolean, in place, and an empty plan
	StepRemove       Step = "remove"       // two attributes leave the configuration, and an empty plan
	StepUnmanaged    Step = "unmanaged"    // an unmanaged parameter set behind the back survives an update
	StepDrift        Step = "drift"        // a change behind the back is planned, by parameter
	StepRepair       Step = "repair"       // and repaired, and an empty plan
	StepImport       Step = "import"       // into a fresh state, and an empty plan
	StepDeleted      Step = "deleted"      // deleted behind the back: the plan proposes creation, and it is applied
	StepDeregistered Step = "deregistered" // destroyed, and the server's own word that it is gone
)

// Steps returns all steps in the order in which the lifecycle takes them.
func Steps() []Step {
	return []Step{
		StepWebFinger, StepDiscovery, StepCreate, StepUpdate, StepRemove, StepUnmanaged,
		StepDrift, StepRepair, StepImport, StepDeleted, StepDeregistered,
	}
}

// An Instance is a running server.
type Instance struct {
	// Issuer is the issuer identifier, exactly as the server's metadata has it.
	Issuer string
	// MetadataURL is where the server's metadata is, as the standards derive it from Issuer.
	MetadataURL string
	// RegistrationEndpoint is what that metadata names.
	RegistrationEndpoint string
	// TokenEndpoint and AuthorizationEndpoint are what that metadata names.
	TokenEndpoint, AuthorizationEndpoint string
	// WebFingerResource is a resource for which the server's WebFinger names Issuer, or empty.
	WebFingerResource string
	// Authorization is the value of the Authorization header that a registration needs, or empty where it is open.
	Authorization string
	// Unmanaged is a member that no test's configuration names, that the server keeps and shows, and that Change can set;
	// without a name where the server has none.
	Unmanaged Member
	// ProviderConfig is the HCL of the provider block's body, without the way in which the endpoint is found:
	// the test adds issuer, or webfinger_resource.
	ProviderConfig string
	// Env is the environment that the provider needs beside ProviderConfig.
	Env map[string]string
	// Redirect is a redirect URI's origin that the server accepts, for servers that restrict them by a policy.
	Redirect string
	// LogFile is what the server wrote, or empty for one that writes nothing.
	LogFile string
	// Hesitated is how starts of the server failed that succeeded when they were tried once more, nil where none did.
	Hesitated error
	// Can is what the client configuration endpoint does with a client.
	Can Capabilities
	// Refused are the members of the tests' documents for which the server refuses a registration outright.
	Refused []string

	// Change sets one member of a client's metadata behind Terraform's back, by the server's own management,
	// admin API or store; value is a JSON value, nil removes the member. The name is the standard's.
	Change func(ctx context.Context, h Handle, name string, value any) error
	// Exists is the server's own word on whether the client is registered, from the same source.
	Exists func(ctx context.Context, h Handle) (bool, error)
	// DeleteBehind removes the client behind Terraform's back.
	DeleteBehind func(ctx context.Context, h Handle) error
	// Enable has the server refuse the client from now on, and keep it, or ends that, as an administrator does; nil where the server has no way to.
	Enable func(ctx context.Context, h Handle, on bool) error
	// NewToken lets the server issue a fresh registration access token, as an administrator would; nil where
	// the server has no way to.
	NewToken func(ctx context.Context, h Handle) (string, error)
	// NewSecret replaces the client's secret and returns the new one, as an administrator would; nil where the server has no way to.
	NewSecret func(ctx context.Context, h Handle) (string, error)
	// Clients are the identifiers of all clients that the server has, those among them that it came with; nil where it does not tell.
	Clients func(ctx context.Context) ([]string, error)
	// SwitchRegistration switches dynamic registration off, or on again, while clients live; nil where the server has
	// no such switch. The server is started again for it, at the same address with the data that it had.
	SwitchRegistration func(ctx context.Context, on bool) error
	// Kill ends the server as a crash does, and Restart starts it again (and stops it before, if it runs) at the same
	// address with the data that it had. They are nil where the server's data does not outlive its process.
	Kill    func()
	Restart func(ctx context.Context) error
	// Stop stops the server and waits until it has ended. It may be called twice.
	Stop func()
}

// An UnavailableError says why this machine cannot have a server: its registry was not reached, or a program
// that the server needs is missing. It is reported as a skip, and as a failure where the server is required.
type UnavailableError struct {
	Server string
	Reason string
	Err    error
}

func (e *UnavailableError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s cannot be had on this machine: %s", e.Server, e.Reason)
	}
	return fmt.Sprintf("%s cannot be had on this machine: %s: %v", e.Server, e.Reason, e.Err)
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// Unavailable reports whether err says that the server cannot be had here.
func Unavailable(err error) bool {
	var u *UnavailableError
	return errors.As(err, &u)
}

// Matches reports whether a comma-separated list of INTEROP_SERVERS or INTEROP_REQUIRE names the server: by its
// name, by the first words of its name, or by "all".
func Matches(list, name string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if item == "all" || item == name || strings.HasPrefix(name, item+"-") {
			return true
		}
	}
	return false
}
