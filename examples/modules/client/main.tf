# One module for every environment: which server it is, and how registration is authorized there, is all in the
# configuration of the provider that the caller passes in. A variable that is null leaves its parameter to the server.
resource "oidc_dynamic_client" "this" {
  client_name               = var.name
  client_uri                = var.uri
  contacts                  = var.contacts
  redirect_uris             = var.redirect_uris
  post_logout_redirect_uris = var.post_logout_redirect_uris

  grant_types                = var.grant_types
  response_types             = var.response_types
  token_endpoint_auth_method = var.token_endpoint_auth_method
  application_type           = var.application_type
  scope                      = var.scope

  accept_substitutions = var.accept_substitutions
}
