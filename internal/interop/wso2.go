// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop/wso2"
)

// A contract is WSO2 Identity Server by contract: no registry has the product, so that a server of ours stands in,
// which does as the product's source and documentation say. It is in the matrix under that name and no other.
type contract struct{}

var _ Server = contract{}

func (contract) Name() string                  { return "wso2" }
func (contract) Title() string                 { return "WSO2 Identity Server's DCR API, by contract" }
func (contract) Version() string               { return "v1.1" }
func (contract) Install(context.Context) error { return nil }

func (contract) Start(context.Context, string) (*Instance, error) {
	s := &wso2.Server{TLS: true, Release: wso2.ReleaseNext}
	if _, err := s.Serve(); err != nil {
		return nil, fmt.Errorf("starting the contract server: %w", err)
	}
	authority, err := testAuthority()
	if err != nil {
		return nil, err
	}
	authority.trust(s.CACertificate())
	issuer := s.Issuer("")
	known := func(h Handle, do func()) error {
		if _, ok := s.Client(h.ClientID); !ok {
			return errors.New("the server has no such client")
		}
		do()
		return nil
	}
	return &Instance{
		Issuer: issuer, MetadataURL: issuer + "/.well-known/openid-configuration",
		RegistrationEndpoint: s.RegistrationEndpoint(""), TokenEndpoint: issuer,
		AuthorizationEndpoint: strings.TrimSuffix(issuer, "token") + "authorize",
		WebFingerResource:     "admin@" + strings.TrimPrefix(s.URL(), "https://"),
		Redirect:              "https://app.example.com",
		Authorization:         "Basic " + base64.StdEncoding.EncodeToString([]byte("admin:admin")),
		ProviderConfig: "basic_auth = {\n  username = \"admin\"\n  password = \"admin\"\n}\n" +
			fmt.Sprintf("ca_certificate = <<-PEM\n%sPEM", s.CACertificate()),
		Can:       everything,
		Unmanaged: Member{"ext_application_display_name", "Set by an administrator"},
		Stop:      s.Close,
		Change: func(_ context.Context, h Handle, name string, value any) error {
			return known(h, func() {
				if value == nil {
					s.UnsetMember(h.ClientID, name)
				} else {
					s.SetMember(h.ClientID, name, value)
				}
			})
		},
		Exists: func(_ context.Context, h Handle) (bool, error) {
			_, ok := s.Client(h.ClientID)
			return ok, nil
		},
		DeleteBehind: func(_ context.Context, h Handle) error { return known(h, func() { s.RemoveClient(h.ClientID) }) },
	}, nil
}
