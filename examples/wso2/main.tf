# Clients at WSO2 Identity Server 5.11 to 7.3 and at Asgardeo. The guide "WSO2 Identity Server" explains each setting.
terraform {
  required_version = ">= 1.11"

  required_providers {
    oidc = {
      source = "terraform-oidc/oidc"
    }
  }
}

# The registration API returns neither a registration access token nor a client configuration endpoint: the credential
# that registers also manages the clients, at {registration_endpoint}/{client_id}. The endpoint is given by hand, because
# the metadata of releases up to 6.1 names one that does not exist.
provider "oidc" {
  issuer                = "${local.server}/oauth2/token"
  registration_endpoint = "${local.server}/api/identity/oauth2/dcr/v1.1/register"
  management            = "provider_credentials"
  ca_certificate_file   = var.ca_certificate_file

  # One of the two: a user and a password, or an application with the scopes of the registration API.
  basic_auth = var.username == null ? null : { username = var.username, password = var.password }
  client_credentials = var.client_id == null ? null : {
    client_id     = var.client_id
    client_secret = var.client_secret
    scopes        = [for operation in ["create", "view", "update", "delete"] : "${local.scope}_${operation}"]
  }
}

locals {
  tenant       = var.tenant == "" ? "" : "/t/${var.tenant}"
  organization = var.organization == "" ? "" : "/o/${var.organization}"
  server       = "${trimsuffix(var.server, "/")}${local.tenant}${local.organization}"
  scope        = var.organization == "" ? "internal_dcr" : "internal_org_dcr"

  # Releases before 7.0 refuse every member that begins with ext_, and most others too.
  extended = !contains(["5.11", "6.0", "6.1"], var.release)
}

resource "oidc_dynamic_client" "shop" {
  # Unique in the tenant; by default only letters, digits, ".", "_" and "-".
  client_name   = var.client_name
  redirect_uris = var.redirect_uris
  grant_types   = ["authorization_code", "refresh_token"]

  extension_metadata = { for name, value in {
    ext_pkce_mandatory             = true
    ext_application_token_lifetime = 1800
  } : name => value if local.extended }
}

output "client_id" {
  value = oidc_dynamic_client.shop.client_id
}

output "client_secret" {
  value     = oidc_dynamic_client.shop.client_secret
  sensitive = true
}
