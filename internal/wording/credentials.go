// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"errors"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/outcome"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// expiryWords say that the token that was refused has expired, where that is known.
func expiryWords(p outcome.Problem) string {
	text := ""
	switch {
	case p.Kind != outcome.TokenRefused && p.Kind != outcome.GoneOrTokenOutdated && p.Kind != outcome.NotReadable &&
		p.Kind != outcome.FoundNotRead && p.Kind != outcome.SecretNotFetched:
		return ""
	case !p.Expired.IsZero():
		text = "The registration access token of client " + p.ClientID + " expired on " + Timestamp(p.Expired) + "."
	case p.SaidExpired:
		text = "The server says that the token has expired."
	default:
		return ""
	}
	var de *dcr.Error
	if errors.As(p.Err, &de) && de.Cause() == dcr.ServerFailed {
		return text + " That may be why the server fails."
	}
	if slices.ContainsFunc(p.Ways, reconcile.Way.NeedsNoToken) {
		text += " A new token may expire, too. Of the ways below, those that set no token help for longer."
	}
	return text
}

// certificateWay is the way where a server needs a client certificate.
var certificateWay = Fix{
	Way: "client_certificate", Text: "Where the server needs a client certificate, set on the provider:",
	Lines: []string{`client_certificate_file = "client.pem"`, `client_key_file         = "client.key"`},
}

// certificateWords name the client certificate in the refusal of a server that takes one. What the refusal's own words name comes first.
func certificateWords(p outcome.Problem, m Message) Message {
	way := certificateWay
	switch p.Certificate {
	case outcome.CertificateMissing:
		m.Means = Paragraphs(m.Means, "The server takes a client certificate (mutual TLS), and none is set on the provider.")
	case outcome.CertificateSet:
		m.Means = Paragraphs(m.Means, "The server takes a client certificate (mutual TLS), and may not accept the one that is set on the provider.")
		way.Text = "If the client certificate is not the one that the server accepts, set another one on the provider:"
	default:
		return m
	}
	m.Fix = slices.Insert(slices.Clone(m.Fix), min(1, len(m.Fix)), way)
	return m
}

// credentialWords are for credentials that an answer showed in the place of known ones.
func credentialWords(p outcome.Problem) Message {
	switch p.Kind {
	case outcome.SecretNotKnown:
		return Message{
			Summary:  "No client secret is known",
			Happened: "Client " + p.ClientID + " is registered to authenticate with a client secret, and no answer of the server held one.",
			Fix: []Fix{
				{Way: "administrator", Text: "Have the server's administrator tell the application its secret."},
				{Way: "token_endpoint_auth_method", Text: "Or register another method, which needs the client's public keys (or \"none\", for a public client):", Lines: []string{`token_endpoint_auth_method = "private_key_jwt"`}},
			},
		}
	case outcome.SecretNeverKept:
		return Message{
			Summary:  "Client secret is kept nowhere",
			Happened: "The registration of client " + p.ClientID + " was answered with a client secret, which by store_client_secret = false is in no state, and no read of the client is known to show it.",
			Means:    "Nobody has it, so that no application can authenticate with it.",
			Fix:      []Fix{secretByReplacement(outcome.Problem{SecretUnstored: true})},
		}
	case outcome.OddValues:
		lines := []string{"Of what the server shows of client " + p.ClientID + ", the following cannot be used:"}
		for _, odd := range p.Odd {
			lines = append(lines, "- "+odd.Member+": "+odd.What+".")
		}
		return Message{
			Summary: "Server shows values that cannot be used", Happened: strings.Join(lines, "\n"),
			Means: "They count as not shown. This is told once for each of them.",
		}
	case outcome.SecretDoubtful:
		return Message{
			Summary:  "Client secret may be a hash or a mask",
			Happened: "The only client_secret that the server has shown of client " + p.ClientID + " looks like a hash or a mask.",
			Means:    "It is kept, because it may be the secret.",
			Fix:      []Fix{{Way: "console", Text: "If the client cannot authenticate with it, take the secret from the server's own console."}},
		}
	case outcome.SecretUnproven:
		return secretUnproven(p)
	case outcome.TokenKept:
		return Message{
			Summary:  "Registration access token kept",
			Happened: "The server showed another registration access token of client " + p.ClientID + ", and refuses it.",
			Means:    "The one before it still works and stays in the state.",
		}
	case outcome.URIKept:
		if p.FromTemplate {
			return Message{
				Summary:  "Client configuration endpoint kept",
				Happened: "The server does not show client " + p.ClientID + " at the address that client_configuration_uri_template gives.",
				Means:    "It does at the one that is known, which stays in the state.",
				Fix:      []Fix{{Way: "client_configuration_uri_template", Text: "Remove client_configuration_uri_template where it is set, on the resource or the provider, or correct it."}},
			}
		}
		return Message{
			Summary:  "Client configuration endpoint kept",
			Happened: "The server named another registration_client_uri of client " + p.ClientID + ", which does not show the client.",
			Means:    "The one before it does, and stays in the state.",
		}
	}
	return Message{}
}

// secretUnproven is for two secrets of which nothing proves one. Home and Configured say whether the token endpoint could be asked.
func secretUnproven(p outcome.Problem) Message {
	told, ways := "The token endpoint did not tell which.", []Fix{secretByReplacement(outcome.Problem{})}
	switch {
	case p.Aside:
		told = "The token endpoint, which could tell which, may be another server's, and is shown neither: the issuer's metadata do not name the registration endpoint."
	case p.Home.TokenEndpoint != "":
	case p.Home.Issuer == "" && p.Configured.Issuer == "":
		told = "No token endpoint is known that could tell which."
		ways = []Fix{{Way: "issuer", Text: "So that the server's token endpoint can be asked, set its issuer on the provider:", Lines: []string{`issuer = "https://as.example.com"`}}, secretByReplacement(outcome.Problem{})}
	default:
		told = "The token endpoint, which could tell which, is not known: the server's metadata cannot be had now, or names none."
		ways = []Fix{{Way: "plan again", Text: "If the metadata could not be had, plan again once the server answers:", Lines: []string{"terraform plan"}}, secretByReplacement(outcome.Problem{})}
	}
	return Message{
		Summary:  "Server shows another client secret",
		Happened: "The server shows another client_secret of client " + p.ClientID + " than the one in the state.",
		Means:    "It may be a new one, or a hash or a mask of the old one. " + told + " The state keeps the old one, and the other is kept beside it until one of them is proved.",
		Fix:      append(ways, Fix{Way: "console", Text: "If the application cannot authenticate with the one in the state, take the secret from the server's own console."}),
	}
}

// secretUnkept is for a secret that an update issued, where the state stores none and no read shows it.
func secretUnkept(p outcome.Problem) Message {
	m := Message{
		Summary: "Client secret was replaced and is kept nowhere", Happened: "The update of client " + p.ClientID + " was answered with a new client secret, which by store_client_secret = false is in no state, and no read of the client shows it.",
		Means: "What uses the client cannot authenticate with the secret from before.",
		Fix: []Fix{{
			Way: "store_client_secret", Text: "To have a secret that is known, set on the resource, and apply. Then change the value of rotate_secret_when and apply again, which brings another one into the state:",
			Lines: []string{"store_client_secret = true", `rotate_secret_when  = { unkept = "1" }`},
		}},
	}
	if p.OnlyTold {
		m.Summary = "Client secret may be replaced and is kept nowhere"
		m.Happened = "The update of client " + p.ClientID + " was answered with a client secret, which by store_client_secret = false is in no state, and no read of the client shows it. Whether it is a new one is not known."
		m.Fix = []Fix{{Way: "store_client_secret", Text: "To have a secret that is known, set on the resource, together with the next change of the client:", Lines: []string{"store_client_secret = true"}}}
		m.Means = "If it is, what uses the client cannot authenticate with the secret from before."
	}
	if p.SecretMissing {
		m.Happened = "The update of client " + p.ClientID + " began the lifetime of its client secret anew. No answer shows the secret, and by store_client_secret = false none is in the state. Whether it is a new one is not known."
		m.Fix = []Fix{secretByReplacement(outcome.Problem{SecretUnstored: true})}
	}
	return m
}
