// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// What can be wrong without a server having a part in it: in a configuration, and in a state and its private state. None of these
// prints a value of the configuration: it may be sensitive, and Terraform does not hide what a provider prints.

// unusableTemplate is told with the ways to what was meant, where that is known.
func unusableTemplate(at path.Path, err error, meant ...wording.Fix) diag.Diagnostic {
	if !errors.Is(err, authserver.ErrNoClientID) {
		m := wording.Message{Summary: "Unusable template", Happened: "client_configuration_uri_template gives no address that can be asked: " + wording.WithoutURL(err) + ".", Fix: meant}
		if len(meant) == 0 {
			m.Fix = []wording.Fix{
				{Way: "registration endpoint", Text: "Begin it with the registration endpoint:", Lines: []string{fmt.Sprintf("client_configuration_uri_template = %q", authserver.DefaultURITemplate)}},
				{Way: "client_configuration_uri_template", Text: "Or with an absolute https URL:", Lines: []string{`client_configuration_uri_template = "https://as.example.com/clients/{client_id}"`}},
			}
		}
		return failureAt(at, m)
	}
	return failureAt(at, wording.Message{
		Summary:  "Template without {client_id}",
		Happened: "Without {client_id} in client_configuration_uri_template all clients would have the same client configuration endpoint.",
		Fix:      []wording.Fix{{Way: "client_configuration_uri_template", Text: "Put it where the identifier belongs:", Lines: []string{fmt.Sprintf("client_configuration_uri_template = %q", authserver.DefaultURITemplate)}}},
	})
}

// readOnly is for an attribute that a configuration sets and that only the server does.
func readOnly(name string, ofTheClient bool) diag.Diagnostic {
	m := wording.Message{
		Summary:  "Attribute cannot be set",
		Happened: name + " shows what the server has assigned or says, and is not for a configuration.",
		Fix:      []wording.Fix{{Way: "remove it", Text: "Remove it from the configuration."}},
	}
	if ofTheClient && name == attrClientID {
		m.Fix = append(m.Fix, wording.Fix{Way: "import", Text: "To have the resource manage a client that exists, import it, by the resource's address:", Lines: []string{"terraform import ADDRESS CLIENT_ID"}})
	}
	return failureAt(path.Root(name), m)
}

func certificatesNotVerified() diag.Diagnostic {
	return warningAt(path.Root("insecure_skip_verify"), wording.Message{
		Summary:  "Server certificates are not verified",
		Happened: "insecure_skip_verify is set, so that the connection is exposed to man-in-the-middle attacks: others may read and change credentials.",
		Fix:      []wording.Fix{{Way: "ca_certificate_file", Text: "Remove insecure_skip_verify and give the certificate of the server's CA:", Lines: []string{`ca_certificate_file = "ca.pem"`}}},
	})
}

func plainHTTPAllowed() diag.Diagnostic {
	return warningAt(path.Root("allow_insecure_http"), wording.Message{
		Summary:  "Credentials may be sent without encryption",
		Happened: "allow_insecure_http is set, so that tokens and client secrets are sent without encryption to every server whose URL begins with http.",
		Fix:      []wording.Fix{{Way: "https", Text: "Remove allow_insecure_http and use https URLs. Plain http to this machine (localhost) needs no permission."}},
	})
}

func unusableURL(at path.Path, raw string, err error) diag.Diagnostic {
	return failureAt(at, wording.Message{
		Summary: "Unusable URL", Happened: at.String() + " cannot be used: " + wording.WithoutURL(err) + ".",
		Fix: append(wording.InsecureWays(err), corrected(at, meantAddress(raw))...),
	})
}

// documentForEndpoint is for the address of an issuer's metadata document in the place of the registration endpoint.
func documentForEndpoint(issuer string) diag.Diagnostic {
	return failureAt(path.Root(attrEndpoint), wording.Message{
		Summary: "Not a registration endpoint", Happened: attrEndpoint + " is the address of a metadata document, where no client can be registered. The document names the registration endpoint.",
		Fix: []wording.Fix{{Way: "issuer", Text: "Set, in its place, the issuer that the document is of (RFC 8414 §3):", Lines: []string{wording.Assignment(attrIssuer, issuer)}}},
	})
}

// missingSetting is for an attribute that a block needs. env is its environment variable, if it has one.
func missingSetting(block, attribute, why string, env authserver.Variable) diag.Diagnostic {
	set := fmt.Sprintf("Set %s in %s", attribute, block)
	if env != "" {
		set += ", or the environment variable " + string(env)
	}
	return failureAt(path.Root(block).AtName(attribute), wording.Message{Summary: "Missing " + attribute, Happened: why, Fix: []wording.Fix{{Way: "missing setting", Text: set + "."}}})
}

func unusableCredential(at path.Path, err error, ways ...wording.Fix) diag.Diagnostic {
	return unusableEntry(at, at.String(), err, ways...)
}

// unusableEntry is for a credential at a place of an attribute that the path does not name.
func unusableEntry(at path.Path, what string, err error, ways ...wording.Fix) diag.Diagnostic {
	return failureAt(at, wording.Message{Summary: "Unusable credential", Happened: what + " cannot be used: " + err.Error() + ".", Fix: ways})
}

func unusableToken(at path.Path, err error) diag.Diagnostic {
	return unusableCredential(at, err, tokenWay(err))
}

// unusableEntryToken is for the nth entry of registration_access_tokens, by its key, which is not shown: whoever confuses key and value has the token as the
// key. It would be in the path, too, which logs have.
func unusableEntryToken(n int, err error) diag.Diagnostic {
	at := path.Root("registration_access_tokens")
	return unusableEntry(at, fmt.Sprintf("Entry %d of %s, in the order of their keys,", n, at), err, tokenWay(err))
}

func tokenWay(err error) wording.Fix {
	if errors.Is(err, transport.ErrSchemeInToken) {
		return wording.Fix{Way: "no scheme", Text: "Write the token without \"Bearer \" in front of it."}
	}
	return trimmed()
}

func trimmed() wording.Fix {
	return wording.Fix{Way: "trimspace", Text: "Correct it. What is read from a file may end in a line break, which trimspace() removes."}
}

// unusableHeaderName repeats no name that is none: a value, which is a secret, may be in it, and would be in the path, too, which logs have.
func unusableHeaderName(name string, err error) diag.Diagnostic {
	m := wording.Message{
		Summary: "Unusable header", Happened: "In headers, " + err.Error() + ".",
		Fix: []wording.Fix{{Way: "header name", Text: "Remove it, or correct its name to letters, digits and hyphens:", Lines: []string{`headers = { "X-Api-Key" = var.api_key }`}}},
	}
	if errors.Is(err, transport.ErrOwnHeader) {
		m.Fix = []wording.Fix{{Way: "own header", Text: "Remove it: the provider sets it itself, where a request has it."}}
		return failureAt(path.Root("headers").AtMapKey(name), m)
	}
	return failureAt(path.Root("headers"), m)
}

// headerTwice is for two writings of one name.
func headerTwice(name, other string) diag.Diagnostic {
	return failureAt(path.Root("headers").AtMapKey(name), wording.Message{
		Summary: "Unusable header", Happened: fmt.Sprintf("In headers, %q and %q are one header, since capital letters make no difference in its name (RFC 9110 §5.1). A request can have only one of the two values.", other, name),
		Fix: []wording.Fix{{Way: "one header", Text: "Remove one of the two."}},
	})
}

func unusableHeaderValue(name string, err error) diag.Diagnostic {
	return failureAt(path.Root("headers").AtMapKey(name), wording.Message{
		Summary: "Unusable header", Happened: "In headers, " + err.Error() + ".",
		Fix: []wording.Fix{trimmed()},
	})
}

// unusableCertificate is for what is to be PEM, at the attribute that is at fault, and for a client certificate and a key that do not fit.
func unusableCertificate(at path.Path, err error) diag.Diagnostic {
	way := wording.Fix{Way: "PEM", Text: "Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on."}
	if errors.Is(err, transport.ErrClientKey) {
		way.Text = "Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on."
	}
	if errors.Is(err, transport.ErrNotItsKey) {
		way.Text = "Set the key that the certificate was issued for, or the certificate of that key."
	}
	return unusableCredential(at, err, way)
}

// setByEnvironment says which environment variables a value comes from: the configuration does not show it.
func setByEnvironment(d diag.Diagnostic, variables []authserver.Variable) diag.Diagnostic {
	names := make([]string, 0, len(variables))
	for _, v := range variables {
		names = append(names, string(v))
	}
	from := "environment variable " + names[0] + "."
	if len(names) > 1 {
		from = "environment variables " + strings.Join(names, ", ") + "."
	}
	at, ok := d.(diag.DiagnosticWithPath)
	source := "What the configuration leaves out comes from the " + from
	if ok {
		source = "The value comes from the " + from
	}
	happened, ways, found := strings.Cut(d.Detail(), wording.Ways)
	if found {
		source += wording.Ways
	}
	if len(names) == 1 {
		ways = inTheShell(ways, at, names[0])
	}
	m := wording.Message{Summary: d.Summary(), Happened: wording.Paragraphs(happened, source+ways)}
	if !ok {
		return failure(m)
	}
	return failureAt(at.Path(), m)
}

// inTheShell has the line that sets an attribute set its variable instead, where the value is: a line for the configuration leaves the wrong one in the shell.
func inTheShell(ways string, at diag.DiagnosticWithPath, variable string) string {
	if at == nil {
		return ways
	}
	name := at.Path().String()
	return regexp.MustCompile(`(?m)^    `+regexp.QuoteMeta(name)+` = "([A-Za-z0-9:/._-]+)"$`).ReplaceAllString(ways, "    export "+variable+"=$1")
}

// unreadableFile leaves the path out: a key that was pasted in its place would be printed.
func unreadableFile(at path.Path, err error) diag.Diagnostic {
	var atPath *fs.PathError
	if errors.As(err, &atPath) {
		err = atPath.Err
	}
	return failureAt(at, wording.Message{Summary: "File cannot be read", Happened: "The file that " + at.String() + " names cannot be read: " + err.Error() + ".",
		Fix: fileWays(at),
	})
}

func emptyFile(at path.Path) diag.Diagnostic {
	return failureAt(at, wording.Message{Summary: "File is empty", Happened: "The file that " + at.String() + " names has nothing in it.",
		Fix: []wording.Fix{{Way: "file", Text: "Name the file that has it, or remove the attribute where it is not needed."}},
	})
}

// emptyKey is for a journal that would not be encrypted although a setting asks for it.
func emptyKey(at path.Path, setting string) diag.Diagnostic {
	return failureAt(at, wording.Message{Summary: "No key for the token journal", Happened: setting + " is set and has nothing in it: the journal would not be encrypted.",
		Fix: []wording.Fix{
			ageIdentity(),
			{Way: "plain journal", Text: "Or remove the empty setting, where the journal needs no encryption."},
		},
	})
}

// noPath is for what stands in a file's place and is no name of one: a journal of that name would be written, and its errors would print it.
func noPath(at path.Path) diag.Diagnostic {
	return failureAt(at, wording.Message{
		Summary: "Not the path of a file", Happened: at.String() + " is to name a file, and what it has begins like a key or a document. It is not shown, since it may be a secret.",
		Fix: []wording.Fix{{Way: "path", Text: "Name a file. An age identity belongs in age_identity, and its file in age_identity_file:", Lines: []string{`path = "clients.journal"`}}},
	})
}

func ageIdentity() wording.Fix {
	return wording.Fix{Way: "age_identity", Text: "Set in token_journal the identity that age-keygen wrote:", Lines: []string{"age_identity = var.journal_identity"}}
}

func malformedVariable(attribute string, env authserver.Variable, needed string) diag.Diagnostic {
	return failureAt(path.Root(attribute), wording.Message{
		Summary: "Malformed environment variable", Happened: fmt.Sprintf("The environment variable %s must be %s.", env, needed),
	})
}

func malformedDuration(at path.Path, raw string) diag.Diagnostic {
	return failureAt(at, wording.Message{
		Summary: "Malformed duration", Happened: at.String() + " must be a positive duration: a number and a unit (h, m, s), such as 720h, 30m or 30s.",
		Fix: durationWays(at, raw),
	})
}

func valueNotAllowed(at path.Path, needed string, ways ...wording.Fix) diag.Diagnostic {
	return failureAt(at, wording.Message{Summary: "Value not allowed", Happened: at.String() + " must be " + needed + ".", Fix: ways})
}

func severalServers() diag.Diagnostic {
	return failure(wording.Message{
		Summary: "More than one authorization server",
		Happened: fmt.Sprintf("webfinger_resource finds the issuer, so that issuer and registration_endpoint must not be set beside it. Where none of them is an attribute, the environment variables %s, %s and %s count.",
			authserver.EnvIssuer, authserver.EnvEndpoint, authserver.EnvWebFinger),
		Fix: []wording.Fix{{Way: "one server", Text: "Remove webfinger_resource, or the two others."}},
	})
}

func severalCredentials() diag.Diagnostic {
	return failure(wording.Message{
		Summary: "More than one way to authorize a registration",
		Happened: fmt.Sprintf("Only one of initial_access_token, basic_auth and client_credentials can be used. Where none of them is an attribute, the environment variables %s, %s and %s count.",
			authserver.EnvIAT, authserver.EnvUsername, authserver.EnvClientID),
		Fix: []wording.Fix{{Way: "one credential", Text: "Keep one of them and remove the others."}},
	})
}

// unknownParameters is for names in accept_substitutions that name nothing. It lists the others, so that theirs can be found by a
// person, and repeats none: they are values of the configuration.
func unknownParameters(known []string) diag.Diagnostic {
	happened, others := "None of the names in accept_substitutions is a client metadata parameter of this resource.", ""
	if len(known) > 0 {
		others = " of the others"
		happened = "Of the names in accept_substitutions only these are client metadata parameters of this resource: " + strings.Join(known, ", ") + "."
	}
	return warningAt(path.Root(attrAccept), wording.Message{
		Summary:  "Unknown parameter in accept_substitutions",
		Happened: happened,
		Fix:      []wording.Fix{{Way: "accept_substitutions", Text: "Check the spelling" + others + ". Members of extension_metadata are named as they are there."}},
	})
}

// notTogether is for two attributes that must not both be set.
func notTogether(one, other string) diag.Diagnostic { return notTogetherAt(path.Root(one), one, other) }

func notTogetherAt(at path.Path, one, other string) diag.Diagnostic {
	return failureAt(at, wording.Message{
		Summary: "Two attributes that exclude each other", Happened: one + " and " + other + " must not be set together.",
		Fix: []wording.Fix{{Way: "one attribute", Text: "Remove one of them."}},
	})
}

// noClientNamed is for a data source that says nothing of the client that it is to read.
func noClientNamed() diag.Diagnostic {
	return failure(wording.Message{
		Summary: "No client is named", Happened: "One of client_id, registration_client_uri and client_name must say which client is to be read.",
		Fix: []wording.Fix{{Way: "client_id", Text: "Set the identifier of the client:", Lines: []string{`client_id = "s6BhdRkqt3"`}}},
	})
}

// noClientID and noClientURI are for an ephemeral resource that does not say which client's secret it is to fetch.
func noClientID() diag.Diagnostic {
	return failureAt(path.Root(attrClientID), wording.Message{
		Summary: "Missing client_id", Happened: "Without client_id it is not known whose secret is to be fetched.",
		Fix: []wording.Fix{{Way: "client_id of the resource", Text: "Set the identifier of the client, as its resource has it:", Lines: []string{"client_id = oidc_dynamic_client.NAME.client_id"}}},
	})
}

func noClientURI() diag.Diagnostic {
	return failureAt(path.Root(attrURI), wording.Message{
		Summary:  "Missing registration_client_uri",
		Happened: "Without registration_client_uri there is no address at which the secret could be fetched.",
		Means:    "A client to which the server returned no such address has none in its resource, either.",
		Fix: []wording.Fix{
			{Way: "registration_client_uri of the resource", Text: "Set the address of the client, as its resource has it:", Lines: []string{"registration_client_uri = oidc_dynamic_client.NAME.registration_client_uri"}},
			{Way: "store_client_secret", Text: "If the resource has none, keep the secret in the state, from the client's registration on:", Lines: []string{"store_client_secret = true"}},
		},
	})
}

// unreadable is for what Terraform handed over and the provider cannot decode: a plan, a state or a configuration.
func unreadable(what string, err error) diag.Diagnostic {
	return failure(wording.Message{
		Summary: what + " cannot be read", Happened: "What Terraform handed over cannot be decoded: " + err.Error() + ".",
		Fix: []wording.Fix{{Way: "report", Text: "This is a defect of the provider. Please report it."}},
	})
}

// stateUnreadable is for a state that does not fit the schema, which is of no other version. What is in it is not told.
func stateUnreadable() diag.Diagnostic {
	return failure(wording.Message{
		Summary: "State cannot be read", Happened: "The state of a client does not fit this release of the provider: it was written by another release, or changed by hand.",
		Fix: []wording.Fix{
			{Way: "another release", Text: "Use the release that wrote it."},
			{
				Way:   "import",
				Text:  "Or take the client out of the state and import it again, by the resource's address, with its token under its registration_client_uri in registration_access_tokens on the provider. The first command shows both, and the client secret, which an import has only where reads show it; the second removes them:",
				Lines: []string{"terraform state pull", "terraform state rm ADDRESS", "terraform import ADDRESS REGISTRATION_CLIENT_URI"},
			},
		},
	})
}

func recordUnreadable(err error) diag.Diagnostic {
	ways := []wording.Fix{{
		Way: "state push", Text: "Take out what cannot be read, which keeps the client and its attributes. First write the state to a file, which then has its credentials:",
		Lines: []string{"terraform state pull > state.json"},
		Next:  []wording.Block{{Where: `In the file, remove "private" of the resource, and add 1 to "serial". Then run, and delete the file:`, Lines: []string{"terraform state push state.json"}}},
	}, {
		Way: "import", Text: "Or, where the server shows the client, import it again, by the resource's address and the client's registration_client_uri (or, where it has none, its client_id), with its token under that name in registration_access_tokens on the provider. The first command shows these, and the client secret, which an import has only where reads show it; the second removes them:",
		Lines: []string{"terraform state pull", "terraform state rm ADDRESS", "terraform import ADDRESS REGISTRATION_CLIENT_URI"},
	}}
	if errors.Is(err, reconcile.ErrNewerRecord) {
		ways = []wording.Fix{{Way: "newer release", Text: "It was written by a newer release of this provider. Use that release."}}
	}
	return failure(wording.Message{
		Summary: "Private state cannot be read", Happened: "What the provider keeps in the state beside the attributes cannot be read: " + err.Error() + ".",
		Fix: ways,
	})
}

func recordUnwritable(err error) diag.Diagnostic {
	return failure(wording.Message{
		Summary: "Private state cannot be written", Happened: "What the provider keeps in the state beside the attributes cannot be written: " + err.Error() + ".",
		Fix: []wording.Fix{{Way: "report", Text: "This is a defect of the provider. Please report it."}},
	})
}

func malformedImport(err error) diag.Diagnostic {
	return failure(wording.Message{Summary: "Import failed", Happened: "The state for the import cannot be made: " + err.Error() + "."})
}

func notAnIssuer(attribute string, problem *discovery.IssuerProblem) diag.Diagnostic {
	m := wording.Message{
		Summary:  "Not an issuer",
		Happened: attribute + " cannot be the issuer of a server: " + problem.Reason + ".",
		Fix:      []wording.Fix{{Way: "issuer", Text: "Leave it out, or set the https URL that the server calls its issuer (RFC 8414 §2)."}},
	}
	if problem.Corrected != "" {
		m.Fix = []wording.Fix{{Way: "issuer", Text: "Write it as the server does:", Lines: []string{wording.Assignment(attribute, problem.Corrected)}}}
	}
	return failureAt(path.Root(attribute), m)
}
