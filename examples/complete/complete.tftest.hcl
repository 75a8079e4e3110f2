# `terraform test` in this folder registers clients at a real server and deletes them at the end. Which server it is, the
# environment says: TF_VAR_account, and where the server needs one, OIDC_INITIAL_ACCESS_TOKEN.
run "register" {
  assert {
    condition     = length(distinct(compact(values(output.client_ids)))) == 2
    error_message = "Each of the two clients needs an identifier of its own."
  }

  assert {
    condition     = startswith(output.registration_endpoint, "https://")
    error_message = "The server that the account leads to offers no registration."
  }
}

run "plan_again" {
  command = plan

  assert {
    condition     = length(distinct(values(output.client_ids))) == 2
    error_message = "The plan knows both identifiers already, for nothing is to be registered anew."
  }
}
