# A web application. What is not named here is the server's own choice and is left alone.
resource "oidc_dynamic_client" "web" {
  client_name   = "Shop"
  redirect_uris = ["https://shop.example.com/callback"]
  contacts      = ["shop@example.com"]

  localized = {
    "ja" = { client_name = "ショップ" }
  }
}

# A service that authenticates with a key of its own and uses no browser.
resource "oidc_dynamic_client" "service" {
  client_name                = "Stock keeper"
  grant_types                = ["client_credentials"]
  response_types             = []
  token_endpoint_auth_method = "private_key_jwt"
  jwks_uri                   = "https://stock.example.com/jwks.json"
  scope                      = "stock:read stock:write"
}

# A vendor's own parameters, a secret that is renewed before it expires, and a server that may choose the scope.
resource "oidc_dynamic_client" "portal" {
  client_name   = "Portal"
  redirect_uris = ["https://portal.example.com/callback"]
  scope         = "openid profile"

  extension_metadata = {
    ext_pkce_mandatory = true
  }

  renew_secret_before  = "720h"
  accept_substitutions = ["scope"]
}
