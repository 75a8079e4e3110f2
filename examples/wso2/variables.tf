variable "server" {
  description = "Base URL of the server, such as https://is.example.com:9443; https://api.asgardeo.io for Asgardeo."
  type        = string
}

variable "tenant" {
  description = "Domain of the tenant, or the organization at Asgardeo; empty for the super tenant."
  type        = string
  default     = ""
}

variable "username" {
  description = "Administrator who may manage applications; in a tenant with its domain, such as admin@example.com."
  type        = string
}

variable "password" {
  description = "The administrator's password."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "ca_certificate_file" {
  description = "Certificate of the CA that signed the server's certificate, PEM; null where the system trusts it."
  type        = string
  default     = null
}

variable "client_name" {
  description = "Name of the application."
  type        = string
  default     = "shop"
}

variable "redirect_uris" {
  description = "Where a sign-in may lead back to."
  type        = list(string)
  default     = ["https://shop.example.com/callback", "https://shop.example.com/silent"]
}
