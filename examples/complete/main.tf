# A web application and a command-line tool on whichever server an account leads to. `make demo` applies this.
terraform {
  required_version = ">= 1.11"

  required_providers {
    oidc = {
      source = "terraform-oidc/oidc"
    }
  }
}

variable "account" {
  description = "What a person of this environment would type to sign in, such as joe@example.com: WebFinger finds the server from it."
  type        = string
}

provider "oidc" {
  webfinger_resource = var.account
}

# Shows what the provider finds by itself, too.
data "oidc_discovery" "server" {
  resource = var.account
}

module "shop" {
  source = "../modules/client"

  name                      = "Shop"
  uri                       = "https://shop.example.com"
  contacts                  = ["shop@example.com"]
  redirect_uris             = ["https://shop.example.com/callback", "https://shop.example.com/silent"]
  post_logout_redirect_uris = ["https://shop.example.com/bye"]
  grant_types               = ["authorization_code", "refresh_token"]
  scope                     = "openid profile email"
}

module "tool" {
  source = "../modules/client"

  name                       = "Shop tool"
  redirect_uris              = ["http://127.0.0.1/callback"]
  application_type           = "native"
  token_endpoint_auth_method = "none"
}

output "issuer" {
  value = data.oidc_discovery.server.issuer
}

output "registration_endpoint" {
  value = data.oidc_discovery.server.registration_endpoint
}

output "client_ids" {
  value = { shop = module.shop.client_id, tool = module.tool.client_id }
}
