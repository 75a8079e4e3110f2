# `terraform test` in this folder: no server is asked, for the mock answers in the provider's place.
mock_provider "oidc" {}

variables {
  server        = "https://is.example.com:9443/"
  username      = "admin"
  password      = "not-a-password"
  client_name   = "shop"
  redirect_uris = ["https://shop.example.com/callback"]
}

run "members_of_its_own_since_7_0" {
  command = plan

  variables {
    release = "7.0"
  }

  assert {
    condition     = oidc_dynamic_client.shop.extension_metadata.ext_pkce_mandatory
    error_message = "Releases since 7.0 take the members that begin with ext_."
  }
}

run "no_members_of_its_own_before_7_0" {
  command = plan

  variables {
    release = "6.1"
  }

  assert {
    condition     = oidc_dynamic_client.shop.extension_metadata == {}
    error_message = "Releases before 7.0 refuse the members that begin with ext_."
  }
}

run "a_release_that_does_not_exist" {
  command = plan

  variables {
    release = "8.0"
  }

  expect_failures = [var.release]
}

run "two_credentials" {
  command = plan

  variables {
    client_id     = "an-application"
    client_secret = "not-a-secret"
  }

  expect_failures = [var.client_id]
}
