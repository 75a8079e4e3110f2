# `terraform test` in this folder: no server is asked, for the mock answers in the provider's place.
mock_provider "oidc" {
  mock_resource "oidc_dynamic_client" {
    defaults = {
      client_id     = "mocked-id"
      client_secret = "mocked-secret"
      # A mock makes up random text, which is no address: what is handed on to something that needs one is given here. The
      # registration_endpoint of a mocked data source "oidc_discovery" needs the same, in a mock_data block.
      registration_client_uri = "https://login.example.com/register/mocked-id"
    }
  }
}

variables {
  name          = "Shop"
  redirect_uris = ["https://shop.example.com/callback"]
}

run "what_is_not_set_follows_the_standard" {
  assert {
    condition     = oidc_dynamic_client.this.token_endpoint_auth_method == "client_secret_basic"
    error_message = "A client of this module is confidential unless it says otherwise."
  }

  assert {
    condition     = oidc_dynamic_client.this.grant_types == tolist(["authorization_code"]) && oidc_dynamic_client.this.response_types == tolist(["code"])
    error_message = "A client of this module uses the authorization code alone unless it says otherwise."
  }

  assert {
    condition     = output.client_id == "mocked-id" && output.client_secret == "mocked-secret"
    error_message = "The outputs are what the server assigned."
  }
}

run "what_is_set_is_sent" {
  command = plan

  variables {
    name                       = "Shop tool"
    redirect_uris              = ["http://127.0.0.1/callback"]
    application_type           = "native"
    token_endpoint_auth_method = "none"
    scope                      = "openid profile"
  }

  assert {
    condition     = oidc_dynamic_client.this.application_type == "native" && oidc_dynamic_client.this.token_endpoint_auth_method == "none"
    error_message = "The module left out what its caller set."
  }

  assert {
    condition     = oidc_dynamic_client.this.client_name == "Shop tool" && oidc_dynamic_client.this.scope == "openid profile"
    error_message = "The module changed what its caller set."
  }
}
