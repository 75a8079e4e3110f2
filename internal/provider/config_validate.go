// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// validate is the part of the checks that Terraform runs at `validate`, without the environment of the later run. What is not
// known yet may turn out null: a configuration for several environments picks its one way by variables. What is null may come from the
// environment, so that only an empty text is certainly missing.
func (m *providerModel) validate(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	if m.WebFingerResource.ValueString() != "" && m.Issuer.ValueString()+m.RegistrationEndpoint.ValueString() != "" {
		diags.Append(severalServers())
	}
	if !m.Issuer.IsNull() && !m.Issuer.IsUnknown() {
		diags.Append(checkIssuer(tftypes.NewValue(tftypes.String, m.Issuer.ValueString()))...)
	}
	given := func(o types.Object) bool { return !o.IsNull() && !o.IsUnknown() }
	if several(m.InitialAccessToken.ValueString() != "", given(m.BasicAuth), given(m.ClientCredentials)) {
		diags.Append(severalCredentials())
	}
	diags.Append(checkHeaders(m.Headers)...)
	diags.Append(checkTokens(m.RegistrationAccessTokens)...)
	diags.Append(m.checkCertificates()...)
	diags.Append(m.eachByOne()...)
	c := &collector{unknown: map[string]bool{}}
	if basic := nested[basicAuthModel](ctx, c, "basic_auth", m.BasicAuth); basic != nil {
		c.diags.Append(basic.validate()...)
	}
	if cc := nested[clientCredentialsModel](ctx, c, "client_credentials", m.ClientCredentials); cc != nil {
		c.diags.Append(cc.validate()...)
	}
	if j := nested[tokenJournalModel](ctx, c, "token_journal", m.TokenJournal); j != nil {
		c.diags.Append(j.validate()...)
	}
	return append(diags, c.diags...)
}

// checkCertificates is the part that validate can tell.
func (m *providerModel) checkCertificates() diag.Diagnostics {
	given := func(name, text string) pemSetting { return pemSetting{[]byte(text), path.Root(name)} }
	return checkCertificates(given("ca_certificate", m.CACertificate.ValueString()),
		given("client_certificate", m.ClientCertificate.ValueString()), given("client_key", m.ClientKey.ValueString()))
}

// eachByOne reports what is given both as a text and by the name of a file: one of them would be dropped, and with it, say, a CA that is to be trusted.
func (m *providerModel) eachByOne() (diags diag.Diagnostics) {
	diags.Append(textAndFile(path.Root("ca_certificate"), m.CACertificate, m.CACertificateFile)...)
	diags.Append(textAndFile(path.Root("client_certificate"), m.ClientCertificate, m.ClientCertificateFile)...)
	diags.Append(textAndFile(path.Root("client_key"), m.ClientKey, m.ClientKeyFile)...)
	return diags
}

func (b *basicAuthModel) validate() (diags diag.Diagnostics) {
	if emptied(b.Username) {
		diags.Append(missingSetting("basic_auth", "username", "basic_auth has no username.", ""))
	}
	if err := transport.CheckUser(b.Username.ValueString()); err != nil {
		diags.Append(unusableCredential(path.Root("basic_auth").AtName("username"), err))
	}
	return diags
}

func (cc *clientCredentialsModel) validate() (diags diag.Diagnostics) {
	const block = "client_credentials"
	method := cc.Method.ValueString()
	if emptied(cc.ClientID) {
		diags.Append(missingSetting(block, "client_id", "client_credentials has no client_id.", ""))
	}
	for i, element := range cc.Scopes.Elements() {
		if scope, ok := element.(types.String); ok && !scope.IsUnknown() {
			diags.Append(oddScope(path.Root(block).AtName("scopes").AtListIndex(i), scope.ValueString())...)
		}
	}
	switch {
	case cc.Method.IsUnknown():
		return diags
	case method == methodPrivateKey && emptied(cc.PrivateKey):
		diags.Append(missingSetting(block, "private_key", "The method private_key_jwt needs a private key, as PEM or JWK.", ""))
	case (method == methodBasic || method == methodPost) && emptied(cc.ClientSecret):
		diags.Append(missingSetting(block, "client_secret", "The method "+method+" needs a client secret.", ""))
	case method == "" && emptied(cc.PrivateKey) && emptied(cc.ClientSecret):
		diags.Append(missingSetting(block, "client_secret", "client_credentials needs a client_secret or a private_key, and has neither.", ""))
	}
	if key := cc.PrivateKey.ValueString(); (method == "" || method == methodPrivateKey) && strings.TrimSpace(key) != "" {
		assertion := transport.ClientCredentials{PrivateKey: secret.New(key), Algorithm: cc.SigningAlg.ValueString()}
		if err := assertion.CheckPrivateKey(); err != nil {
			diags.Append(unusableCredential(path.Root(block).AtName("private_key"), err))
		}
	}
	return diags
}

func (j *tokenJournalModel) validate() diag.Diagnostics {
	const block = "token_journal"
	c := &collector{unknown: map[string]bool{}}
	if emptied(j.Path) {
		c.diags.Append(missingSetting(block, "path", "token_journal needs the path of a file.", ""))
	}
	if isNoPath(j.Path.ValueString()) {
		c.diags.Append(noPath(path.Root(block).AtName("path")))
	}
	c.diags.Append(textAndFile(path.Root(block).AtName("age_identity"), j.AgeIdentity, j.AgeIdentityFile)...)
	for i, element := range j.AgeRecipients.Elements() {
		recipient, ok := element.(types.String)
		if !ok || recipient.IsUnknown() {
			c.unknown[block] = true
		} else if err := authserver.CheckRecipient(recipient.ValueString()); err != nil {
			c.diags.Append(unusableCredential(path.Root(block).AtName("age_recipients").AtListIndex(i), err))
		}
	}
	identity := c.secret(block, j.AgeIdentity, "")
	if emptied(j.AgeIdentity) && (j.AgeIdentityFile.IsNull() || emptied(j.AgeIdentityFile)) || emptied(j.AgeIdentityFile) && j.AgeIdentity.IsNull() {
		c.diags.Append(j.keyless(identity))
	}
	if identity.IsEmpty() || c.diags.HasError() {
		return c.diags
	}
	keys := authserver.JournalSettings{Identity: identity}
	at := path.Root(block).AtName("age_identity")
	if err := keys.CheckKeys(); err != nil {
		c.diags.Append(unusableCredential(at, err, ageIdentity()))
		return c.diags
	}
	keys.Recipients = c.words(block, j.AgeRecipients)
	if err := keys.CheckKeys(); err != nil && !c.unknown[block] {
		c.diags.Append(unusableCredential(path.Root(block), err, ageIdentity()))
	}
	return c.diags
}
