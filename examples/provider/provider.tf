terraform {
  required_providers {
    oidc = {
      source = "terraform-oidc/oidc"
    }
  }
}

variable "initial_access_token" {
  type      = string
  ephemeral = true
  sensitive = true
}

# The registration endpoint is found in the issuer's metadata document.
provider "oidc" {
  issuer               = "https://login.example.com"
  initial_access_token = var.initial_access_token
}

resource "oidc_dynamic_client" "shop" {
  client_name   = "Shop"
  redirect_uris = ["https://shop.example.com/callback"]
}

output "client_id" {
  value = oidc_dynamic_client.shop.client_id
}

# Another server beside it, found by WebFinger, with a certificate authority of its own.
provider "oidc" {
  alias               = "staging"
  webfinger_resource  = "joe@staging.example.com"
  ca_certificate_file = "staging-ca.pem"
}
