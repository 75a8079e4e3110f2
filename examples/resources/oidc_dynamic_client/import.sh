# The ID is the registration_client_uri, or the client_id where the provider's configuration leads to the endpoint.
# The token is never part of the ID: a CLI prints IDs. It is handed in by the client_id, or by the registration_client_uri.
read -rs TOKEN
export OIDC_REGISTRATION_ACCESS_TOKENS="{\"s6BhdRkqt3\":\"$TOKEN\"}"
terraform import oidc_dynamic_client.web https://login.example.com/register/s6BhdRkqt3
