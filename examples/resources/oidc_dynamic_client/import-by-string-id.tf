# The token comes from OIDC_REGISTRATION_ACCESS_TOKENS, or from registration_access_tokens of the provider.
import {
  to = oidc_dynamic_client.web
  id = "https://login.example.com/register/s6BhdRkqt3"
}
