// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/lifecycle"
)

// credentialWords is about credentials that an answer showed in the place of known ones.
func credentialWords(p lifecycle.Problem) (summary, detail string) {
	switch p.Kind {
	case lifecycle.SecretNotKnown:
		return "No client secret is known", fmt.Sprintf("The client %s is registered to authenticate with a client secret, and no answer of the server held one.\n\n"+
			"To fix this:\n- Have the server's administrator tell the application its secret.\n- Or register another method: token_endpoint_auth_method = \"private_key_jwt\" with the client's public keys, or \"none\" for a public client.", p.ClientID)
	case lifecycle.SecretDoubtful:
		return "Client secret may be a stored form of it", fmt.Sprintf("The only client_secret that the server has shown of client %s looks like a hash or a mask. It is kept, because it may be the secret. "+
			"If the client cannot authenticate with it, take the secret from the server's own console.", p.ClientID)
	case lifecycle.SecretUnproven:
		return "Server shows another client secret", fmt.Sprintf("The server shows another client_secret of client %s than the one in the state. It may be a new one, or a stored form of the old one, and the token endpoint did not tell. "+
			"The state keeps the old one, and the other is kept beside it until one of them is proved. With issuer set on the provider, the token endpoint can be asked.", p.ClientID)
	case lifecycle.TokenKept:
		return "Registration access token kept", fmt.Sprintf("The server showed another registration access token of client %s, and refuses it. The one before it still works and stays in the state.", p.ClientID)
	case lifecycle.URIKept:
		return "Client configuration endpoint kept", fmt.Sprintf("The server named another registration_client_uri of client %s, which does not show the client. The one before it does, and stays in the state.", p.ClientID)
	}
	return "", ""
}
