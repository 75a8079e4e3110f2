# By name, at a server that can search its clients. The name of a client that
# somebody else registered ends in an import instead of a refusal.
data "oidc_client" "shop" {
  client_name = "shop"
}

import {
  to = oidc_dynamic_client.shop
  id = data.oidc_client.shop.registration_client_uri
}

resource "oidc_dynamic_client" "shop" {
  client_name   = "shop"
  redirect_uris = data.oidc_client.shop.redirect_uris
}

# By the address and the token that its registration returned.
variable "portal_token" {
  type      = string
  sensitive = true
}

data "oidc_client" "portal" {
  registration_client_uri   = "https://login.example.com/register/portal"
  registration_access_token = var.portal_token
}

output "portal_redirect_uris" {
  value = data.oidc_client.portal.redirect_uris
}
