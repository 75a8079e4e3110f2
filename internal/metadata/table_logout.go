// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package metadata

const (
	frontLink = "https://openid.net/specs/openid-connect-frontchannel-1_0.html#RPLogout"
	backLink  = "https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRegistration"
)

// logoutRows are the parameters of the three logout specifications of OpenID Connect.
var logoutRows = []*Parameter{
	{
		Name: "post_logout_redirect_uris", Kind: StringList, Elements: URI,
		Description: "Redirection URIs to which the end user may be sent after a logout.",
		Spec:        "OpenID Connect RP-Initiated Logout 1.0 §3.1",
		Link:        "https://openid.net/specs/openid-connect-rpinitiated-1_0.html#ClientMetadata",
		// Security: these are redirection URIs, and one that the server put in by itself is an open redirector under the
		// client's name. That several servers never show them costs a warning only, not an error.
		Security: true,
		URI:      URIRule{HTTPConfidential: true},
		Support:  SupportPresence, Supported: "end_session_endpoint",
	},
	{
		Name: "frontchannel_logout_uri", Kind: URI,
		Description: "URL of the client that logs the end user out when the server shows it in a hidden frame. Scheme, host and port " +
			"are those of one of the redirection URIs.",
		Spec: "OpenID Connect Front-Channel Logout 1.0 §2", Link: frontLink,
		URI:     URIRule{Web: true, HTTPConfidential: true, NoFragment: true},
		Support: SupportFlag, Supported: "frontchannel_logout_supported",
	},
	{
		Name: "frontchannel_logout_session_required", Kind: Boolean,
		Description: "Whether the server must add issuer and session ID to `frontchannel_logout_uri` when it calls it.",
		Spec:        "OpenID Connect Front-Channel Logout 1.0 §2", Link: frontLink,
		Default: false, Wants: "frontchannel_logout_uri",
		Support: SupportFlag, Supported: "frontchannel_logout_session_supported",
	},
	{
		Name: "backchannel_logout_uri", Kind: URI,
		Description: "URL of the client to which the server posts a logout token when the end user logs out.",
		Spec:        "OpenID Connect Back-Channel Logout 1.0 §2.2", Link: backLink,
		URI:     URIRule{Web: true, HTTPConfidential: true, NoFragment: true},
		Support: SupportFlag, Supported: "backchannel_logout_supported",
	},
	{
		Name: "backchannel_logout_session_required", Kind: Boolean,
		Description: "Whether logout tokens must name the session (`sid`) and not only the user.",
		Spec:        "OpenID Connect Back-Channel Logout 1.0 §2.2", Link: backLink,
		Default: false, Wants: "backchannel_logout_uri",
		Support: SupportFlag, Supported: "backchannel_logout_session_supported",
	},
}
