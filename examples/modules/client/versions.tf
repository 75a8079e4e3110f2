terraform {
  required_version = ">= 1.11"

  required_providers {
    oidc = {
      source = "terraform-oidc/oidc"
    }
  }
}
