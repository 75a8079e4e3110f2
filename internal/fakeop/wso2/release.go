// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wso2

import "fmt"

// Release is a release of the product. Later releases compare greater.
type Release int

// The releases whose registration API differs. ReleaseNext is the one in development, which Asgardeo runs.
const (
	Release511 Release = iota + 1
	Release60
	Release61
	Release70
	Release71
	Release72
	Release73
	ReleaseNext
)

// Releases are all releases, oldest first.
func Releases() []Release {
	return []Release{Release511, Release60, Release61, Release70, Release71, Release72, Release73, ReleaseNext}
}

// String is the release's version number.
func (r Release) String() string {
	names := [...]string{"5.11", "6.0", "6.1", "7.0", "7.1", "7.2", "7.3", "next"}
	if r < Release511 || int(r) > len(names) {
		return fmt.Sprintf("Release(%d)", int(r))
	}
	return names[r-1]
}

// strangers says what a release does with a member that its API does not have.
type strangers int

const (
	// strangersInText: 400 with the sentence of the JSON parser, text/plain.
	strangersInText strangers = iota
	// strangersInJSON: 400 with the API's own error document, whose traceId is null.
	strangersInJSON
	// strangersIgnored: the member is dropped.
	strangersIgnored
)

func (r Release) strangers() strangers {
	switch {
	case r < Release70:
		return strangersInText
	case r < Release71:
		return strangersInJSON
	}
	return strangersIgnored
}

// metadataEndpoint is the registration endpoint's path as the metadata document names it. Until 6.1 it is one of an older
// API, behind which there is no application.
func (r Release) metadataEndpoint() string {
	if r < Release70 {
		return pathOldRegister
	}
	return pathRegister
}

// nameRequired reports whether a registration without client_name is a 400. Before 7.0 it is a 500, in 7.0 and 7.1 nobody
// looks.
func (r Release) nameRequired() bool { return r >= Release72 }

// grantsChecked reports whether an unsupported grant type is a 400 and not a 500.
func (r Release) grantsChecked() bool { return r >= Release70 }

// organizations reports whether tenants have organizations below them whose applications can be registered.
func (r Release) organizations() bool { return r >= Release70 }

// statements reports whether the release knows software statements and registration without a credential.
func (r Release) statements() bool { return r >= Release71 }
