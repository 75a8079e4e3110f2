resource "oidc_dynamic_client" "service" {
  client_name         = "Stock keeper"
  grant_types         = ["client_credentials"]
  response_types      = []
  store_client_secret = false
}

ephemeral "oidc_client_secret" "service" {
  client_id                 = oidc_dynamic_client.service.client_id
  registration_client_uri   = oidc_dynamic_client.service.registration_client_uri
  registration_access_token = oidc_dynamic_client.service.registration_access_token
}

# A write-only argument takes it on, so that the secret is in no state at all.
resource "vault_kv_secret_v2" "service" {
  mount                = "apps"
  name                 = "stock-keeper"
  data_json_wo         = jsonencode({ client_secret = ephemeral.oidc_client_secret.service.client_secret })
  data_json_wo_version = 1
}
