// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/redact"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

var errReadsNone = errors.New(`with management = "none", no client is read`)

// nameByReading completes the answer to a registration that leaves out the client_id (RFC 7591 §3.2.1 has it there) and says where the client is, with its token: the client exists, and
// nothing else has what manages it. A read there names it. A client that no read names is left there, and told: the answer may be about one that there was before, which nothing here could tell from its
// address. Every other error is returned as it is.
func nameByReading(ctx context.Context, c *authserver.Client, failed error, made *creation) (*dcr.Registration, error) {
	var de *dcr.Error
	if !errors.As(failed, &de) || de.Credentials == nil || de.Credentials.ClientID != "" {
		return nil, failed
	}
	answered := *de.Credentials
	answered.Status, answered.AnsweredAt = de.Status, de.AnsweredAt
	c.Server.Hide(answered.RegistrationAccessToken, answered.ClientSecret)
	if c.Server.CheckURL(answered.RegistrationClientURI) != nil {
		return nil, failed // nothing can be sent there
	}
	at := redact.URL(answered.RegistrationClientURI)
	seen, err := readUnnamed(ctx, c, answered)
	if err == nil {
		made.named = seen
		answered.ClientID = seen.ClientID
		return &answered, nil
	}
	return nil, errors.Join(failed, fmt.Errorf("the client at %s, which the answer does not name, is left there, because no read named it either: %w", at, err))
}

// readUnnamed reads a client whose client_id is not known, and once more where that fails.
func readUnnamed(ctx context.Context, c *authserver.Client, h dcr.Registration) (seen *dcr.Registration, err error) {
	if c.Server.Settings().Management == authserver.ManagementNone {
		return nil, errReadsNone
	}
	for again := range 2 {
		if again == 1 && c.Server.Sleep(ctx, readBackPause) != nil {
			break
		}
		if seen, err = c.Server.DCR.Read(ctx, h.RegistrationClientURI, "", transport.Bearer(h.RegistrationAccessToken)); err == nil {
			break
		}
	}
	return seen, err
}
