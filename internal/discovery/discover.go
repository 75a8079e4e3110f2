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
	Input          string               // what WebFinger is asked for
	ExpectedIssuer string               // as in MetadataRequest
	Auth           transport.Authorizer // for hosts that ask for credentials; nil: none
}

// Discover asks WebFinger for the issuer and then for that issuer's metadata. Its errors tell both parts in one chain.
func (f *Finder) Discover(ctx context.Context, r DiscoverRequest) (*WebFingerResult, *ServerMetadata, error) {
	found, err := f.WebFinger(ctx, r.Input, r.Auth)
	if err != nil {
		return nil, nil, err
	}
	metadata, err := f.Metadata(ctx, MetadataRequest{Issuer: found.Issuer, ExpectedIssuer: r.ExpectedIssuer, Auth: r.Auth})
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
