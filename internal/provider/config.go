// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/discovery"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/reconcile"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

type providerModel struct {
	Issuer               types.String `tfsdk:"issuer"`
	RegistrationEndpoint types.String `tfsdk:"registration_endpoint"`
	WebFingerResource    types.String `tfsdk:"webfinger_resource"`
	ExpectedIssuer       types.String `tfsdk:"expected_issuer"`

	// Objects, and not pointers to structs: at plan a whole object may be unknown, and a struct has no place for that.
	InitialAccessToken types.String `tfsdk:"initial_access_token"`
	BasicAuth          types.Object `tfsdk:"basic_auth"`         // basicAuthModel
	ClientCredentials  types.Object `tfsdk:"client_credentials"` // clientCredentialsModel
	Headers            types.Map    `tfsdk:"headers"`

	Management               types.String `tfsdk:"management"`
	URITemplate              types.String `tfsdk:"client_configuration_uri_template"`
	RegistrationAccessTokens types.Map    `tfsdk:"registration_access_tokens"`
	TokenJournal             types.Object `tfsdk:"token_journal"` // tokenJournalModel

	CACertificate         types.String `tfsdk:"ca_certificate"`
	CACertificateFile     types.String `tfsdk:"ca_certificate_file"`
	CACertificateOnly     types.Bool   `tfsdk:"ca_certificate_only"`
	ClientCertificate     types.String `tfsdk:"client_certificate"`
	ClientCertificateFile types.String `tfsdk:"client_certificate_file"`
	ClientKey             types.String `tfsdk:"client_key"`
	ClientKeyFile         types.String `tfsdk:"client_key_file"`
	ProxyURL              types.String `tfsdk:"proxy_url"`
	InsecureSkipVerify    types.Bool   `tfsdk:"insecure_skip_verify"`
	AllowInsecureHTTP     types.Bool   `tfsdk:"allow_insecure_http"`
	RequestTimeout        types.String `tfsdk:"request_timeout"`
	MaxRetries            types.Number `tfsdk:"max_retries"`
	MaxConcurrentRequests types.Number `tfsdk:"max_concurrent_requests"`

	Refresh             types.String `tfsdk:"refresh"`
	OnMissing           types.String `tfsdk:"on_missing"`
	Strict              types.Bool   `tfsdk:"strict"`
	AcceptSubstitutions types.Set    `tfsdk:"accept_substitutions"`
	UpdateForm          types.String `tfsdk:"update_form"`
}

type basicAuthModel struct {
	Username types.String `tfsdk:"username"`
	Password types.String `tfsdk:"password"`
}

type clientCredentialsModel struct {
	ClientID      types.String `tfsdk:"client_id"`
	ClientSecret  types.String `tfsdk:"client_secret"`
	PrivateKey    types.String `tfsdk:"private_key"`
	KeyID         types.String `tfsdk:"key_id"`
	SigningAlg    types.String `tfsdk:"signing_alg"`
	Method        types.String `tfsdk:"method"`
	TokenEndpoint types.String `tfsdk:"token_endpoint"`
	Scopes        types.List   `tfsdk:"scopes"`
	Audience      types.String `tfsdk:"audience"`
}

type tokenJournalModel struct {
	Path            types.String `tfsdk:"path"`
	AgeRecipients   types.List   `tfsdk:"age_recipients"`
	AgeIdentity     types.String `tfsdk:"age_identity"`
	AgeIdentityFile types.String `tfsdk:"age_identity_file"`
}

func (m *providerModel) settings(ctx context.Context, version string) (authserver.Settings, environment, diag.Diagnostics) {
	c := &collector{unknown: map[string]bool{}, environment: environment{}, notUsed: map[authserver.Variable][]string{}}
	s := authserver.Settings{Unknown: c.unknown}

	m.server(c, &s)
	if emptied(m.InitialAccessToken) && m.BasicAuth.IsNull() && m.ClientCredentials.IsNull() {
		c.noteNotUsed(map[string]types.String{"initial_access_token": m.InitialAccessToken}, authserver.EnvIAT, authserver.EnvUsername, authserver.EnvClientID)
	}
	m.authorization(ctx, c, &s)

	s.Management = c.text("management", m.Management, "")
	if s.Management == "" {
		s.Management = authserver.ManagementAuto
	}
	s.URITemplate = c.text("client_configuration_uri_template", m.URITemplate, "")
	template := s.URITemplate
	if s.URITemplate == "" {
		s.URITemplate = authserver.DefaultURITemplate
	}
	if err := authserver.CheckTemplate(s.URITemplate); err != nil {
		c.diags.Append(unusableTemplate(path.Root("client_configuration_uri_template"), err))
	}
	s.RegistrationAccessTokens, s.EnvironmentTokens = c.tokens(m.RegistrationAccessTokens)
	s.UnknownTokens = unknownKeys(m.RegistrationAccessTokens)
	m.journal(ctx, c, &s)

	s.Transport = transport.Options{
		UserAgent:             "terraform-provider-oidc/" + version + " (+https://registry.terraform.io/providers/terraform-oidc/oidc)",
		ProxyURL:              c.text("proxy_url", m.ProxyURL, authserver.EnvProxy),
		InsecureSkipVerify:    c.flag("insecure_skip_verify", m.InsecureSkipVerify, authserver.EnvInsecureTLS),
		AllowInsecureHTTP:     c.flag("allow_insecure_http", m.AllowInsecureHTTP, authserver.EnvInsecureHTTP),
		RequestTimeout:        c.duration("request_timeout", m.RequestTimeout, authserver.EnvRequestTimeout, 30*time.Second),
		MaxRetries:            c.number("max_retries", m.MaxRetries, authserver.EnvMaxRetries, retriesAllowed, 4),
		MaxConcurrentRequests: c.number("max_concurrent_requests", m.MaxConcurrentRequests, authserver.EnvMaxConcurrent, concurrencyAllowed, 10),
		Headers:               c.secretMap("headers", m.Headers),
	}
	m.certificates(c, &s.Transport)
	c.tellNotUsed()
	c.diags.Append(checkHeaders(m.Headers)...)
	if s.Transport.InsecureSkipVerify {
		c.diags.Append(certificatesNotVerified())
	}
	if s.Transport.AllowInsecureHTTP {
		c.diags.Append(plainHTTPAllowed())
	}

	s.Behaviour = authserver.Behaviour{
		Refresh:    c.text("refresh", m.Refresh, ""),
		OnMissing:  reconcile.OnMissing(c.text("on_missing", m.OnMissing, "")),
		Strict:     c.flag("strict", m.Strict, ""),
		UpdateForm: reconcile.Form(c.text("update_form", m.UpdateForm, "")),

		URITemplate: template,

		AcceptSubstitutions: c.words("accept_substitutions", m.AcceptSubstitutions),
	}
	return s, c.environment, c.environment.tell(c.diags)
}

// server reads which authorization server is meant. An attribute beats the environment as a whole: OIDC_ISSUER in the shell must
// not clash with a registration_endpoint in the configuration.
func (m *providerModel) server(c *collector, s *authserver.Settings) {
	configured := !m.Issuer.IsNull() || !m.RegistrationEndpoint.IsNull() || !m.WebFingerResource.IsNull()
	env := func(v authserver.Variable) authserver.Variable {
		if configured {
			return ""
		}
		return v
	}
	s.Issuer = c.text("issuer", m.Issuer, env(authserver.EnvIssuer))
	s.RegistrationEndpoint = c.text("registration_endpoint", m.RegistrationEndpoint, env(authserver.EnvEndpoint))
	s.WebFingerResource = c.text("webfinger_resource", m.WebFingerResource, env(authserver.EnvWebFinger))
	s.ExpectedIssuer = c.text("expected_issuer", m.ExpectedIssuer, authserver.EnvExpectedIssuer)
	if s.WebFingerResource != "" && s.Issuer+s.RegistrationEndpoint != "" {
		c.diags.Append(severalServers())
	}
	if _, err := discovery.Normalize(s.WebFingerResource); err != nil && s.WebFingerResource != "" {
		c.diags.Append(valueNotAllowed(path.Root("webfinger_resource"), webFingerResource{}.Description(context.Background())))
	}
	// validate sees neither the environment nor what was not known yet.
	if problem := discovery.CheckIssuer(s.Issuer); problem != nil && s.Issuer != "" {
		c.diags.Append(notAnIssuer(attrIssuer, problem))
	} else {
		c.checkURL("issuer", s.Issuer, m.AllowInsecureHTTP)
	}
	c.checkURL("registration_endpoint", s.RegistrationEndpoint, m.AllowInsecureHTTP)
}

func (c *collector) checkURL(name, value string, insecure types.Bool) {
	if value == "" {
		return
	}
	if err := checkAddress(value, insecure.IsUnknown() || c.flag("allow_insecure_http", insecure, authserver.EnvInsecureHTTP)); err != nil {
		c.diags.Append(unusableURL(path.Root(name), value, err))
	}
}

func (m *providerModel) authorization(ctx context.Context, c *collector, s *authserver.Settings) {
	configured := !m.InitialAccessToken.IsNull() || !m.BasicAuth.IsNull() || !m.ClientCredentials.IsNull()
	env := func(v authserver.Variable) authserver.Variable {
		if configured {
			return ""
		}
		return v
	}
	s.InitialAccessToken = c.secret("initial_access_token", m.InitialAccessToken, env(authserver.EnvIAT))
	if err := transport.CheckToken(s.InitialAccessToken); err != nil {
		c.diags.Append(unusableToken(path.Root("initial_access_token"), err))
	}

	basic := nested[basicAuthModel](ctx, c, "basic_auth", m.BasicAuth)
	if basic == nil && !configured && os.Getenv(string(authserver.EnvUsername)) != "" {
		basic = &basicAuthModel{}
	}
	if basic != nil {
		s.HasBasic = true
		s.BasicUser = c.text("basic_auth", basic.Username, authserver.EnvUsername)
		s.BasicPassword = c.secret("basic_auth", basic.Password, authserver.EnvPassword)
		if s.BasicUser == "" && !c.unknown["basic_auth"] {
			c.diags.Append(missingSetting("basic_auth", "username", "basic_auth has no username.", authserver.EnvUsername))
		}
		if err := transport.CheckUser(s.BasicUser); err != nil {
			c.diags.Append(unusableCredential(path.Root("basic_auth").AtName("username"), err))
		}
	}

	cc := nested[clientCredentialsModel](ctx, c, "client_credentials", m.ClientCredentials)
	if cc == nil && !configured && os.Getenv(string(authserver.EnvClientID)) != "" {
		cc = &clientCredentialsModel{}
	}
	if cc != nil {
		const name = "client_credentials"
		s.ClientCredentials = &transport.ClientCredentials{
			TokenURL:     c.text(name, cc.TokenEndpoint, authserver.EnvTokenEndpoint),
			ClientID:     c.text(name, cc.ClientID, authserver.EnvClientID),
			ClientSecret: c.secret(name, cc.ClientSecret, authserver.EnvClientSecret),
			PrivateKey:   c.secret(name, cc.PrivateKey, authserver.EnvClientPrivateKey),
			KeyID:        c.text(name, cc.KeyID, ""),
			Algorithm:    c.text(name, cc.SigningAlg, ""),
			Method:       c.text(name, cc.Method, ""),
			Scopes:       c.words(name, cc.Scopes),
			Audience:     c.text(name, cc.Audience, ""),
		}
		if s.ClientCredentials.Method == "" {
			s.ClientCredentials.Method = methodBasic
			if !s.ClientCredentials.PrivateKey.IsEmpty() {
				s.ClientCredentials.Method = methodPrivateKey
			}
		}
		c.checkClientCredentials(s.ClientCredentials, cc)
	}

	if several(!s.InitialAccessToken.IsEmpty(), basic != nil, cc != nil) {
		c.diags.Append(severalCredentials())
	}
}

// checkClientCredentials looks at each attribute by itself: that one of them is not known yet hides nothing that is wrong with the others.
func (c *collector) checkClientCredentials(cc *transport.ClientCredentials, m *clientCredentialsModel) {
	const block = "client_credentials"
	if cc.TokenURL != "" {
		if err := checkAddress(cc.TokenURL, true); err != nil {
			c.diags.Append(unusableURL(path.Root(block).AtName("token_endpoint"), cc.TokenURL, err))
		}
	}
	if cc.ClientID == "" && !m.ClientID.IsUnknown() {
		c.diags.Append(missingSetting(block, "client_id", "client_credentials has no client_id.", authserver.EnvClientID))
	}
	if m.Method.IsUnknown() || m.PrivateKey.IsUnknown() || m.SigningAlg.IsUnknown() {
		return // which of secret and key is needed is not known
	}
	if cc.Method == methodPrivateKey {
		if cc.PrivateKey.IsEmpty() {
			c.diags.Append(missingSetting(block, "private_key", "The method private_key_jwt needs a private key, as PEM or JWK.", authserver.EnvClientPrivateKey))
		} else if err := cc.CheckPrivateKey(); err != nil {
			c.diags.Append(unusableCredential(path.Root(block).AtName("private_key"), err))
		}
		return
	}
	if !cc.ClientSecret.IsEmpty() || m.ClientSecret.IsUnknown() {
		return
	}
	why := "The method " + cc.Method + " needs a client secret."
	if m.Method.ValueString() == "" {
		why = "client_credentials needs a client_secret or a private_key, and has neither."
	}
	c.diags.Append(missingSetting(block, "client_secret", why, authserver.EnvClientSecret))
}

func (m *providerModel) journal(ctx context.Context, c *collector, s *authserver.Settings) {
	const name = "token_journal"
	j := nested[tokenJournalModel](ctx, c, name, m.TokenJournal)
	if j == nil && m.TokenJournal.IsNull() && os.Getenv(string(authserver.EnvJournal)) != "" {
		j = &tokenJournalModel{}
	}
	if j == nil {
		return
	}
	s.Journal = &authserver.JournalSettings{Path: c.text(name, j.Path, authserver.EnvJournal), Recipients: c.words(name, j.AgeRecipients), Identity: j.identity(c)}
	if c.unknown[name] {
		// Only at plan, where no client is read then.
		s.Journal = nil
		return
	}
	if d := j.keyless(s.Journal.Identity); d != nil {
		c.diags.Append(d)
		return
	}
	if strings.TrimSpace(s.Journal.Path) == "" { // a file of that name is nothing that anybody wants
		c.diags.Append(missingSetting(name, "path", "token_journal needs the path of a file.", authserver.EnvJournal))
	}
	if isNoPath(s.Journal.Path) {
		c.diags.Append(noPath(path.Root(name).AtName("path")))
	}
	c.diags.Append(textAndFile(path.Root(name).AtName("age_identity"), j.AgeIdentity, j.AgeIdentityFile)...)
	if err := s.Journal.CheckKeys(); err != nil {
		c.diags.Append(unusableCredential(path.Root(name), err, ageIdentity()))
	}
}

// identity is the age identity that the journal is encrypted with. Where the configuration has one, or names its file, the environment has no say.
func (j *tokenJournalModel) identity(c *collector) secret.String {
	env := authserver.EnvJournalIdentity
	if !j.AgeIdentityFile.IsNull() {
		env = ""
	}
	identity := c.secret("token_journal", j.AgeIdentity, env)
	file := c.text("token_journal", j.AgeIdentityFile, "")
	if strings.TrimSpace(identity.Reveal()) != "" || file == "" {
		return identity
	}
	return secret.New(string(c.file(path.Root("token_journal").AtName("age_identity_file"), file)))
}

// keyless reports that an encrypted journal is asked for and there is nothing to encrypt it with: it would be written as plain text.
func (j *tokenJournalModel) keyless(identity secret.String) diag.Diagnostic {
	at := path.Root("token_journal")
	env, set := os.LookupEnv(string(authserver.EnvJournalIdentity))
	switch {
	case strings.TrimSpace(identity.Reveal()) != "", j.AgeIdentityFile.ValueString() != "": // what is wrong with the file is told already
		return nil
	case !j.AgeIdentity.IsNull():
		return emptyKey(at, at.AtName("age_identity").String())
	case !j.AgeIdentityFile.IsNull():
		return emptyKey(at, at.AtName("age_identity_file").String())
	case !j.AgeRecipients.IsNull() && len(j.AgeRecipients.Elements()) == 0:
		return emptyKey(at, at.AtName("age_recipients").String())
	case set && strings.TrimSpace(env) == "" && j.AgeRecipients.IsNull():
		return emptyKey(at, "The environment variable "+string(authserver.EnvJournalIdentity))
	}
	return nil
}

// certificates reads the settings of TLS, each of which is an attribute, a file or a variable of the environment. What depends on values that
// are not known yet is left out as a whole: nothing is connected with it, and half of it would be taken for a mistake.
func (m *providerModel) certificates(c *collector, o *transport.Options) {
	ca := c.textOrFile("ca_certificate", m.CACertificate, m.CACertificateFile, authserver.EnvCA, authserver.EnvCAFile)
	certificate := c.textOrFile("client_certificate", m.ClientCertificate, m.ClientCertificateFile, authserver.EnvClientCert, authserver.EnvClientCertFile)
	key := c.textOrFile("client_key", m.ClientKey, m.ClientKeyFile, authserver.EnvClientKey, authserver.EnvClientKeyFile)
	only := c.flag("ca_certificate_only", m.CACertificateOnly, "")
	unknown := func(name string) bool { return c.unknown[name] || c.unknown[name+"_file"] }
	if !unknown("ca_certificate") {
		o.CACertificates, o.CACertificatesOnly = ca.content, only
	}
	if !unknown("client_certificate") && !unknown("client_key") {
		o.ClientCertificate, o.ClientKey = certificate.content, key.content
	}
	c.diags.Append(checkCertificates(ca, certificate, key)...)
}

// several reports whether more than one is.
func several(is ...bool) bool {
	n := 0
	for _, one := range is {
		if one {
			n++
		}
	}
	return n > 1
}
