// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/wording"
)

// handedInToken is an entry of the environment's tokens.
type handedInToken struct {
	key   string // client_id or registration_client_uri
	token secret.String
}

// tokens gives the registration access tokens that are handed in, each for one client, and which of them the environment alone has.
func (c *collector) tokens(configured types.Map) (all map[string]secret.String, environment map[string]bool) {
	const name = "registration_access_tokens"
	all, environment = c.secretMap(name, configured), map[string]bool{}
	text := os.Getenv(string(authserver.EnvTokens))
	if text == "" {
		return all, environment
	}
	entries, wrong := readTokens(text)
	for _, d := range wrong {
		c.diags.Append(d)
	}
	for _, e := range entries {
		if _, has := configured.Elements()[e.key]; !has { // which may not be known yet
			all[e.key], environment[e.key] = e.token, true
		}
	}
	if len(environment) > 0 {
		c.environment[name] = append(c.environment[name], authserver.EnvTokens)
	}
	return all, environment
}

// unknownKeys are the keys of a map whose values are not known yet.
func unknownKeys(m types.Map) map[string]bool {
	keys := map[string]bool{}
	for key, value := range m.Elements() {
		if value.IsUnknown() {
			keys[key] = true
		}
	}
	return keys
}

// readTokens reads the entries in their order, and says by it what is wrong with one: neither its key nor its value is shown, since who confuses the two has the
// token as the key.
func readTokens(text string) (entries []handedInToken, wrong []diag.Diagnostic) {
	whole, err := jsonvalue.Decode([]byte(text))
	if _, is := whole.(map[string]any); err != nil || !is {
		return nil, []diag.Diagnostic{malformedTokens(whyNoTokens(err))}
	}
	members := json.NewDecoder(strings.NewReader(strings.TrimPrefix(text, "\uFEFF")))
	_, _ = members.Token() // it is an object
	seen := map[string]bool{}
	for n := 1; members.More(); n++ {
		name, _ := members.Token()
		key, _ := name.(string)
		var value any
		_ = members.Decode(&value)
		token, is := value.(string)
		at := fmt.Sprintf("Its entry %d ", n)
		switch err := transport.CheckToken(secret.New(token)); {
		case strings.TrimSpace(key) == "":
			wrong = append(wrong, malformedTokens(at+"names no client."))
		case seen[key]:
			wrong = append(wrong, malformedTokens(at+"names a client that an earlier entry names."))
		case !is:
			wrong = append(wrong, malformedTokens(at+"has a value that is no string."))
		case token == "":
			wrong = append(wrong, malformedTokens(at+"has an empty token."))
		case err != nil:
			wrong = append(wrong, malformedTokens(at+"cannot be used: "+err.Error()+"."))
		default:
			entries = append(entries, handedInToken{key, secret.New(token)})
		}
		seen[key] = true
	}
	return entries, wrong
}

// whyNoTokens says where a text stops being JSON, without the text.
func whyNoTokens(err error) string {
	if err == nil {
		return "It is JSON, but no object."
	}
	if at, is := errors.AsType[*json.SyntaxError](err); is {
		return fmt.Sprintf("It is no JSON: the error is at byte %d.", at.Offset)
	}
	return "It is no JSON: it ends too early, or more follows after the object."
}

// malformedTokens is for the environment's tokens. Of its content nothing is shown.
func malformedTokens(why string) diag.Diagnostic {
	return failureAt(path.Root("registration_access_tokens"), wording.Message{
		Summary: "Malformed environment variable",
		Happened: fmt.Sprintf("The environment variable %s must be a JSON object that has the registration access token of each client by its client_id or its registration_client_uri. %s",
			authserver.EnvTokens, why),
		Fix: []wording.Fix{{Way: string(authserver.EnvTokens), Text: "Correct it. This is one of a single client, and between two entries is a comma:", Lines: []string{wording.TokensVariable("CLIENT_ID")}}},
	})
}
