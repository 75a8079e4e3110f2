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

run "no_credential" {
  command = plan

  variables {
    username = null
    password = null
  }

  expect_failures = [var.client_id]
}

run "a_user_at_asgardeo" {
  command = plan

  variables {
    release = "asgardeo"
    tenant  = "acme"
  }

  expect_failures = [var.release]
}

run "an_application_at_asgardeo" {
  command = plan

  variables {
    server        = "https://api.asgardeo.io"
    release       = "asgardeo"
    tenant        = "acme"
    username      = null
    password      = null
    client_id     = "an-application"
    client_secret = "not-a-secret"
  }

  assert {
    condition     = oidc_dynamic_client.shop.extension_metadata.ext_pkce_mandatory
    error_message = "Asgardeo takes the members that begin with ext_."
  }
}

run "a_user_in_an_organization" {
  command = plan

  variables {
    tenant       = "example.com"
    organization = "4f3b"
  }

  expect_failures = [var.organization]
}

run "an_organization_before_7_0" {
  command = plan

  variables {
    release       = "6.1"
    tenant        = "example.com"
    organization  = "4f3b"
    username      = null
    password      = null
    client_id     = "an-application"
    client_secret = "not-a-secret"
  }

  expect_failures = [var.organization]
}
