# What a person would type to say who they are.
data "oidc_discovery" "by_account" {
  resource = "joe@example.com"
}

data "oidc_discovery" "by_issuer" {
  issuer = "https://login.example.com"
}

output "registration_endpoint" {
  value = data.oidc_discovery.by_account.registration_endpoint
}

output "signing_algorithms" {
  value = data.oidc_discovery.by_issuer.id_token_signing_alg_values_supported
}
