// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// DiscoverRequest is a search from what was typed to the metadata document.
type DiscoverRequest struct {
	Input string               // what WebFinger is asked for
	Auth  transport.Authorizer // for the host that is asked for WebFinger, if it asks for credentials; nil: none
	// Metadata says how the issuer is asked that WebFinger named. It may be anyone's, so that what goes to it is decided
	// once its name is known; nil: without credentials.
	Metadata func(issuer string) MetadataRequest
}

// Discover asks WebFinger for the issuer and then for that issuer's metadata. Its errors tell both parts in one chain.
func (f *Finder) Discover(ctx context.Context, r DiscoverRequest) (*WebFingerResult, *ServerMetadata, error) {
	found, err := f.WebFinger(ctx, r.Input, r.Auth)
	if err != nil {
		return nil, nil, err
	}
	request := MetadataRequest{Issuer: found.Issuer}
	if r.Metadata != nil {
		request = r.Metadata(found.Issuer)
	}
	metadata, err := f.Metadata(ctx, request)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			whole := *e // the error itself is shared with other callers
			whole.Input = showURL(found.Input)
			whole.Steps = slices.Concat(found.Steps, e.Steps)
			err = &whole
		}
		return found, nil, err
	}
	return found, metadata, nil
}
