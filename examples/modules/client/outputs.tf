output "client_id" {
  description = "Client identifier."
  value       = oidc_dynamic_client.this.client_id
}

output "client_secret" {
  description = "Client secret; null for a public client."
  value       = oidc_dynamic_client.this.client_secret
  sensitive   = true
}
