// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
)

// What can be wrong with a configuration before anything is sent. None of these prints a value of the configuration: it may be
// sensitive, and Terraform does not hide what a provider prints.

func templateWithoutClientID(at path.Path) diag.Diagnostic {
	return failureAt(

		at, message{
			summary:  "Template without {client_id}",
			happened: "Without {client_id} in client_configuration_uri_template all clients would have the same client configuration endpoint.",
			fix:      []fix{{way: "client_configuration_uri_template", text: "Put it where the identifier belongs:", lines: []string{fmt.Sprintf("client_configuration_uri_template = %q", authserver.DefaultURITemplate)}}},
		})

}

func certificatesNotVerified() diag.Diagnostic {
	return warningAt(

		path.Root("insecure_skip_verify"), message{
			summary:  "Server certificates are not verified",
			happened: "insecure_skip_verify is set, so that the connection is exposed to man-in-the-middle attacks: others may read and change credentials.",
			fix:      []fix{{way: "ca_certificate_file", text: "Remove insecure_skip_verify and give the certificate of the server's CA:", lines: []string{`ca_certificate_file = "ca.pem"`}}},
		})

}

func plainHTTPAllowed() diag.Diagnostic {
	return warningAt(

		path.Root("allow_insecure_http"), message{
			summary:  "Credentials may be sent without encryption",
			happened: "allow_insecure_http is set, so that tokens and client secrets are sent without encryption to every server whose URL begins with http.",
			fix:      []fix{{way: "https", text: "Remove allow_insecure_http and use https URLs. Plain http to this machine (localhost) needs no permission."}},
		})

}

func unusableURL(at path.Path, err error) diag.Diagnostic {
	return failureAt(at, message{summary: "Unusable URL", happened: at.String() + " cannot be used: " + withoutURL(err) + "."})
}

// missingSetting is for an attribute that a block needs. env is its environment variable, if it has one.
func missingSetting(block, attribute, why string, env variable) diag.Diagnostic {
	set := fmt.Sprintf("Set %s in %s", attribute, block)
	if env != "" {
		set += ", or the environment variable " + string(env)
	}
	return failureAt(path.Root(block).AtName(attribute), message{summary: "Missing " + attribute, happened: why, fix: []fix{{way: "missing setting", text: set + "."}}})
}

// unreadableFile leaves the path out: a key that was pasted in its place would be printed.
func unreadableFile(at path.Path, err error) diag.Diagnostic {
	var atPath *fs.PathError
	if errors.As(err, &atPath) {
		err = atPath.Err
	}
	return failureAt(at, message{summary: "File cannot be read", happened: "The file that " + at.String() + " names cannot be read: " + err.Error() + "."})
}

func malformedVariable(attribute string, env variable, needed string) diag.Diagnostic {
	return failureAt(

		path.Root(attribute), message{
			summary: "Malformed environment variable", happened: fmt.Sprintf("The environment variable %s must be %s.", env, needed),
		})

}

func malformedDuration(at path.Path) diag.Diagnostic {
	return failureAt(

		at, message{
			summary: "Malformed duration", happened: at.String() + " must be a positive duration: a number and a unit (h, m, s), such as 720h, 30m or 30s.",
		})

}

func valueNotAllowed(at path.Path, needed string) diag.Diagnostic {
	return failureAt(at, message{summary: "Value not allowed", happened: at.String() + " must be " + needed + "."})
}

func severalServers() diag.Diagnostic {
	return failure(message{
		summary: "More than one authorization server",
		happened: fmt.Sprintf("webfinger_resource finds the issuer, so that issuer and registration_endpoint must not be set beside it. The environment variables %s, %s and %s count, too.",
			envIssuer, envEndpoint, envWebFinger),
		fix: []fix{{way: "one server", text: "Remove webfinger_resource, or the two others."}},
	})
}

func severalCredentials() diag.Diagnostic {
	return failure(message{
		summary: "More than one way to authorize a registration",
		happened: fmt.Sprintf("Only one of initial_access_token, basic_auth and client_credentials can be used. The environment variables %s, %s and %s count, too.",
			envIAT, envUsername, envClientID),
		fix: []fix{{way: "one credential", text: "Keep one of them and remove the others."}},
	})
}

func unknownParameter(member string) diag.Diagnostic {
	return warningAt(

		path.Root(attrAccept), message{
			summary:  "Unknown parameter in accept_substitutions",
			happened: "accept_substitutions names “" + member + "”, which is no client metadata parameter of this resource.",
			fix:      []fix{{way: "accept_substitutions", text: "Check the spelling. Members of extension_metadata are named as they are there."}},
		})

}

// unreadable is for what Terraform handed over and the provider cannot decode: a plan, a state or a configuration.
func unreadable(what string, err error) diag.Diagnostic {
	return failure(message{
		summary: what + " cannot be read", happened: "What Terraform handed over cannot be decoded: " + err.Error() + ".",
		fix: []fix{{way: "report", text: "This is a defect of the provider. Please report it."}},
	})
}

func recordUnreadable(err error) diag.Diagnostic {
	return failure(message{
		summary: "Private state cannot be read", happened: "What the provider keeps in the state beside the attributes cannot be read: " + err.Error() + ".",
		fix: []fix{{way: "newer release", text: "It was probably written by a newer release of this provider. Use that release."}},
	})
}

func recordUnwritable(err error) diag.Diagnostic {
	return failure(message{
		summary: "Private state cannot be written", happened: "What the provider keeps in the state beside the attributes cannot be written: " + err.Error() + ".",
		fix: []fix{{way: "report", text: "This is a defect of the provider. Please report it."}},
	})
}

func malformedImport(err error) diag.Diagnostic {
	return failure(message{summary: "Import failed", happened: "The state for the import cannot be made: " + err.Error() + "."})
}

// The warnings of a plan about the client secret.

func secretNeedsNewClient() diag.Diagnostic {
	return warningAt(

		path.Root(attrRotateWhen), message{
			summary:  "A new client secret needs a new client",
			happened: "This server does not issue a new secret on an update. Applying this plan replaces the client, which gets a new client_id, too.",
			fix:      []fix{{way: "rotate_secret_when", text: "To keep the client, set rotate_secret_when back to its earlier value."}},
		})

}

func renewalNeedsNewClient(expires time.Time) diag.Diagnostic {
	return warningAt(

		path.Root(attrRenewBefore), message{
			summary: "A new client secret needs a new client",
			happened: fmt.Sprintf("The client secret expires on %s, within renew_secret_before. This server does not issue a new secret on an update, so the client is replaced and gets a new client_id.",
				timestamp(expires)),
			fix: []fix{{way: "renew_secret_before", text: "To keep the client and renew its secret by other means, remove renew_secret_before."}},
		})

}

func secretExpires(clientID string, expires time.Time, expired bool) diag.Diagnostic {
	m := message{
		summary: "Client secret expires soon", happened: fmt.Sprintf("The secret of client %s expires on %s, and nothing renews it.", clientID, timestamp(expires)),
		fix: []fix{{way: "renew_secret_before", text: "To have it renewed in time:", lines: []string{`renew_secret_before = "720h"`}}},
	}
	if expired {
		m.summary, m.happened = "Client secret has expired", fmt.Sprintf("The secret of client %s expired on %s, and nothing renews it.", clientID, timestamp(expires))
		m.fix[0].text = "To have it renewed:"
	}
	return warningAt(path.Root(attrSecretExpiresAt), m)
}
