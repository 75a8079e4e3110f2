// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

// switchedOff is the environment with which each program of servers/ that has the switch leaves registration out.
var switchedOff = map[string]string{"REGISTRATION": "off"}

// nanoidp registers, shows and removes clients, and has no update.
func nanoidp() []Server {
	return []Server{&appServer{
		name: "nanoidp", title: "NanoIDP", version: "3.4.0", folder: "nanoidp", runtime: python{}, off: switchedOff, keeps: true, counts: true,
		describe: func(base string, i *Instance) {
			i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
			i.RegistrationEndpoint, i.TokenEndpoint, i.AuthorizationEndpoint = base+"/register", base+"/token", base+"/authorize"
			i.Redirect = "https://app.example.com"
			i.Can = Capabilities{Read: true, Delete: true}
		},
	}}
}

// djangoOAuthToolkit names its registration endpoint in RFC 8414's document alone.
func djangoOAuthToolkit() []Server {
	server := func(name, title string, env map[string]string) Server {
		return &appServer{
			name: name, title: title, version: "3.4.1", folder: "django-oauth-toolkit", runtime: python{}, env: env, off: switchedOff, keeps: true, counts: true, reissues: true,
			describe: func(base string, i *Instance) {
				i.Issuer, i.MetadataURL = base+"/o", base+"/o/.well-known/openid-configuration"
				i.RegistrationEndpoint, i.TokenEndpoint, i.AuthorizationEndpoint = base+"/o/register/", base+"/o/token/", base+"/o/authorize/"
				i.Redirect = "https://app.example.com"
			},
		}
	}
	return []Server{
		server("django-oauth-toolkit", "Django OAuth Toolkit", nil),
		server("django-oauth-toolkit-no-rotation", "Django OAuth Toolkit, token rotation off", map[string]string{"ROTATE": "false"}),
	}
}

// authlib is a toolkit; its server is written as its documentation shows. It refuses a token that it does not know by
// 400 access_denied.
func authlib() []Server {
	return []Server{&appServer{
		name: "authlib", title: "Authlib", version: "1.9.10", folder: "authlib", runtime: python{}, off: switchedOff, keeps: true, counts: true, reissues: true,
		describe: func(base string, i *Instance) {
			i.Issuer, i.MetadataURL = base, base+"/.well-known/openid-configuration"
			i.RegistrationEndpoint, i.TokenEndpoint, i.AuthorizationEndpoint = base+"/register", base+"/oauth/token", base+"/oauth/authorize"
			i.Redirect = "https://app.example.com"
			i.Unmanaged = Member{"jwks_uri", "https://app.example.com/behind"}
		},
	}}
}
