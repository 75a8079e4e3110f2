// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
)

// The values of settings that take one of a few words.
const (
	methodBasic      = "client_secret_basic"
	methodPost       = "client_secret_post"
	methodPrivateKey = "private_key_jwt"
)

func or(v authserver.Variable) string { return fmt.Sprintf(" Environment variable: `%s`.", v) }

func formNames() []string {
	var names []string
	for _, f := range reconcile.Forms() {
		names = append(names, string(f))
	}
	return names
}

func providerSchema() schema.Schema {
	attributes := map[string]schema.Attribute{}
	for _, group := range []map[string]schema.Attribute{
		serverAttributes(), authorizationAttributes(), managementAttributes(), transportAttributes(), behaviourAttributes(),
	} {
		for name, a := range group {
			attributes[name] = a
		}
	}
	return schema.Schema{
		MarkdownDescription: "Registers OAuth 2.0 and OpenID Connect clients at any authorization server by Dynamic Client Registration.",
		Attributes:          attributes,
	}
}

func optionalString(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: validators}
}

func secretString(description string, validators ...validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: description, Validators: validators}
}

func optionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func serverAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"issuer": optionalString("Issuer identifier of the authorization server, for example `https://login.example.com`. Its metadata document tells the registration endpoint " +
			"([OpenID Connect Discovery §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig), [RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)). " +
			"Not with `webfinger_resource`." + or(authserver.EnvIssuer)),
		"registration_endpoint": optionalString("Client registration endpoint, for servers whose metadata does not name it, or which have none "+
			"([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)). Without `issuer` nothing is discovered then; with it, the rest of the metadata is used."+or(authserver.EnvEndpoint), endpoint{}),
		"webfinger_resource": optionalString("What a person would type to say who they are: an e-mail address, a host or a URL. WebFinger finds the issuer from it "+
			"([OpenID Connect Discovery §2](https://openid.net/specs/openid-connect-discovery-1_0.html#IssuerDiscovery)). Not with `issuer` or `registration_endpoint`."+or(authserver.EnvWebFinger), webFingerResources()...),
		"expected_issuer": optionalString("The issuer that the metadata document names, where that is not the issuer under which the document is found. "+
			"The standards demand that both are the same, to the letter; set this only for a server that is known to differ."+or(authserver.EnvExpectedIssuer), unspaced{"expected_issuer"}),
	}
}

func authorizationAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"initial_access_token": secretString("Initial access token for the registration endpoint, sent as a Bearer token ([RFC 7591 §3](https://www.rfc-editor.org/rfc/rfc7591#section-3)). "+
			"For single-use tokens see `initial_access_token` of the resource."+or(authserver.EnvIAT), bearerTokens()...),
		"basic_auth": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "HTTP Basic authentication at the registration endpoint, as some servers want it." + fmt.Sprintf(" Environment variables: `%s`, `%s`.", authserver.EnvUsername, authserver.EnvPassword),
			Attributes: map[string]schema.Attribute{
				"username": optionalString("User name."),
				"password": secretString("Password."),
			},
		},
		"client_credentials": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "An access token for the registration endpoint by the client credentials grant ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)). It is fetched once and kept until shortly before it expires. Where the token endpoint refuses the client, it is not asked again in the same run, since servers lock a client after several failures." + fmt.Sprintf(" Environment variables: `%s`, `%s`, `%s`, `%s`.", authserver.EnvClientID, authserver.EnvClientSecret, authserver.EnvClientPrivateKey, authserver.EnvTokenEndpoint),
			Attributes: map[string]schema.Attribute{
				"client_id":      optionalString("Client identifier."),
				"client_secret":  secretString("Client secret, for `client_secret_basic` and `client_secret_post`."),
				"private_key":    secretString("Private key as PEM or JWK, for `private_key_jwt`. Assertions are for the token endpoint and, where the server refuses these, for its issuer."),
				"key_id":         optionalString("`kid` of the private key, where the server needs it to choose a key."),
				"signing_alg":    optionalString("Signing algorithm of the client assertion. Default: what fits the key (`RS256`, `ES256`, …)."),
				"method":         optionalString("How the client authenticates: `client_secret_basic` (default), `client_secret_post` or `private_key_jwt` (default where a private key is given).", oneOf(methodBasic, methodPost, methodPrivateKey)...),
				"token_endpoint": optionalString("Token endpoint. Default: the one in the metadata document of the issuer.", addresses()...),
				"scopes":         schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Scopes to ask for."},
				"audience":       optionalString("Audience to ask for, on servers that take such a parameter."),
			},
		},
		"headers": schema.MapAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Further request headers for the registration endpoint and its origin, for servers that want an API key. They go to no other origin.",
		},
	}
}

func managementAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"management": optionalString("Which credential reads, updates and deletes clients. "+
			"`auto` (default): the registration access token and URI that the server returned; where it returned none and this provider has credentials, these credentials at `client_configuration_uri_template`, once a read there has shown the same client; else no management. "+
			"`registration_access_token`: only the former. `provider_credentials`: always the provider's own credentials. `none`: clients are registered and then left alone.",
			oneOf(authserver.ManagementAuto, authserver.ManagementToken, authserver.ManagementProvider, authserver.ManagementNone)...),
		"client_configuration_uri_template": optionalString("Client configuration endpoint of a server that returns none, with `{registration_endpoint}` and `{client_id}`. Where it is set, it is also asked before the one that the server returned, and takes its place once it has shown the client. One that does not begin with `{registration_endpoint}` is for the provider's own server alone, and not for clients whose resource names another one. Default: `"+authserver.DefaultURITemplate+"`.", uriTemplates()...),
		"registration_access_tokens": schema.MapAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Registration access tokens handed in from outside, by `client_id` or by `registration_client_uri`: reissued by an administrator after one was lost, or for an import. One is used where the token in the state is refused, never at another client's URI, and is then saved in the state. By `client_id`, it is for a client of this provider's server; for one of another server, which its resource or the address in an import or a data source names, the `registration_client_uri` is needed. May be an ephemeral value." + or(authserver.EnvTokens) + " It is a JSON object of the same form; where both have a key, the attribute's value counts. It is the same for all configurations of the provider: where these are for several servers, write the `registration_client_uri`.",
		},
		"token_journal": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "A local file that keeps credentials which a server rotates while nothing saves a state, as in `terraform plan`, and registrations whose state could not be saved. See the guide on credentials." +
				fmt.Sprintf(" Environment variables: `%s` (the path), `%s`.", authserver.EnvJournal, authserver.EnvJournalIdentity),
			Attributes: map[string]schema.Attribute{
				"path":              optionalString("Path of the file. It is created with mode 0600 and must not be readable by others."),
				"age_recipients":    schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Encrypts the journal to these [age](https://age-encryption.org) recipients."},
				"age_identity":      secretString("The age identity that decrypts the journal."),
				"age_identity_file": optionalString("File with the age identity."),
			},
		},
	}
}

func transportAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"ca_certificate":          optionalString("CA certificates, PEM, trusted beside the system's." + or(authserver.EnvCA)),
		"ca_certificate_file":     optionalString("File with CA certificates, PEM." + or(authserver.EnvCAFile)),
		"ca_certificate_only":     optionalBool("Trust only the given CA certificates, not the system's."),
		"client_certificate":      optionalString("Client certificate for mutual TLS, PEM. With one, the `mtls_endpoint_aliases` of the server's metadata are used ([RFC 8705 §5](https://www.rfc-editor.org/rfc/rfc8705#section-5))." + or(authserver.EnvClientCert)),
		"client_certificate_file": optionalString("File with the client certificate, PEM." + or(authserver.EnvClientCertFile)),
		"client_key":              secretString("Private key of the client certificate, PEM." + or(authserver.EnvClientKey)),
		"client_key_file":         optionalString("File with the private key of the client certificate, PEM." + or(authserver.EnvClientKeyFile)),
		"proxy_url":               optionalString("HTTP proxy. Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment."+or(authserver.EnvProxy), proxies()...),
		"insecure_skip_verify":    optionalBool("Do not verify the server's certificate. The connection is then exposed to man-in-the-middle attacks; never for production." + or(authserver.EnvInsecureTLS)),
		"allow_insecure_http":     optionalBool("Allow plain HTTP to other hosts than loopback. Credentials are sent without encryption then." + or(authserver.EnvInsecureHTTP)),
		"request_timeout":         optionalString("Time limit for one request, for example `30s` (default)."+or(authserver.EnvRequestTimeout), durations()...),
		"max_retries": schema.NumberAttribute{Optional: true, MarkdownDescription: "Maximum number of retries of a request that is safe to repeat. Default: 4. A registration is repeated only when it was certainly not processed." + or(authserver.EnvMaxRetries),
			Validators: between(retriesAllowed)},
		"max_concurrent_requests": schema.NumberAttribute{Optional: true, MarkdownDescription: "Maximum number of requests at a time. Default: 10." + or(authserver.EnvMaxConcurrent),
			Validators: between(concurrencyAllowed)},
	}
}

func behaviourAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"refresh": optionalString("Whether a refresh, which every plan is, reads clients at the server. `auto` (default): where a read replaces nothing, or only the registration access token and a `token_journal` keeps the new one; not where it replaces the client secret, which applications still use, and not before a read within an apply has shown what reads do. `always`: in any case. `never`: not at all, so that changes made at the server stay unseen. The resource may override it.",
			oneOf(authserver.RefreshAuto, authserver.RefreshAlways, authserver.RefreshNever)...),
		"on_missing": optionalString("What to do where a server does not show a client and nothing proves that the client is gone. `error`: the plan fails. `keep`: the client stays in the state, with a warning. `recreate`: it is registered anew, and left behind at the server should it still exist. Unset, it is `error` where the server refuses the credential (401) and `keep` where it finds no client (404). The resource may override it.",
			oneOf(string(reconcile.OnMissingError), string(reconcile.OnMissingKeep), string(reconcile.OnMissingRecreate))...),
		"strict": optionalBool("Every substitution by the server is an error, and so is a value that the server's metadata does not list as supported. Parameters that `accept_substitutions` names are excepted. The resource may override it."),
		"accept_substitutions": schema.SetAttribute{Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Parameters whose substitution by this server is accepted, beside those that the resource names."},
		"update_form": optionalString("Fixes the form of the update request: "+listed(formNames())+". By default the standard form is tried first and plainer ones after a refusal. The resource may override it.",
			oneOf(formNames()...)...),
	}
}
