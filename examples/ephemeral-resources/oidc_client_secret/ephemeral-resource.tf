# A client that may register others, and whose secret is in no state.
resource "oidc_dynamic_client" "registrar" {
  client_name         = "Registrar"
  grant_types         = ["client_credentials"]
  response_types      = []
  scope               = "client:register"
  store_client_secret = false
}

ephemeral "oidc_client_secret" "registrar" {
  client_id                 = oidc_dynamic_client.registrar.client_id
  registration_client_uri   = oidc_dynamic_client.registrar.registration_client_uri
  registration_access_token = oidc_dynamic_client.registrar.registration_access_token
}

# What takes ephemeral values takes it on: a provider's configuration as here, or a write-only argument.
provider "oidc" {
  alias  = "as_registrar"
  issuer = "https://login.example.com"

  client_credentials = {
    client_id     = oidc_dynamic_client.registrar.client_id
    client_secret = ephemeral.oidc_client_secret.registrar.client_secret
    scopes        = ["client:register"]
  }
}
