# Clients at WSO2 Identity Server, registered by an administrator. The guide "WSO2 Identity Server" explains each setting.
terraform {
  required_version = ">= 1.11"

  required_providers {
    oidc = {
      source = "terraform-oidc/oidc"
    }
  }
}

# Its registration API returns neither a registration access token nor a client configuration endpoint: the administrator's
# credential manages the clients, at {registration_endpoint}/{client_id}. The endpoint is given by hand, because the metadata of
# some releases names an older one.
provider "oidc" {
  issuer                = "${local.server}/oauth2/token"
  registration_endpoint = "${local.server}/api/identity/oauth2/dcr/v1.1/register"
  basic_auth            = { username = var.username, password = var.password }
  management            = "provider_credentials"
  ca_certificate_file   = var.ca_certificate_file

  # Two and more redirect URIs come back as one pattern, unless the server's decodeRedirectUrisInResponse is on.
  accept_substitutions = ["redirect_uris"]
}

locals {
  server = "${trimsuffix(var.server, "/")}${var.tenant == "" ? "" : "/t/${var.tenant}"}"
}

resource "oidc_dynamic_client" "shop" {
  # Unique in the tenant; by default only letters, digits, ".", "_" and "-".
  client_name   = var.client_name
  redirect_uris = var.redirect_uris
  grant_types   = ["authorization_code", "refresh_token"]

  # The server's own members. Booleans that an update leaves out are reset to false, so name those that matter.
  extension_metadata = {
    ext_pkce_mandatory             = true
    ext_application_token_lifetime = 1800
  }
}

output "client_id" {
  value = oidc_dynamic_client.shop.client_id
}

output "client_secret" {
  value     = oidc_dynamic_client.shop.client_secret
  sensitive = true
}
