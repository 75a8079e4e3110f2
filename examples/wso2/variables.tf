variable "server" {
  description = "Base URL of the server, such as https://is.example.com:9443; https://api.asgardeo.io for Asgardeo."
  type        = string
}

variable "release" {
  description = "Release of the server: 5.11, 6.0, 6.1, 7.0, 7.1, 7.2, 7.3, or asgardeo."
  type        = string
  default     = "7.3"

  validation {
    condition     = contains(["5.11", "6.0", "6.1", "7.0", "7.1", "7.2", "7.3", "asgardeo"], var.release)
    error_message = "The release must be 5.11, 6.0, 6.1, 7.0, 7.1, 7.2, 7.3 or asgardeo."
  }

  validation {
    condition     = var.release != "asgardeo" || (var.tenant != "" && var.client_id != null)
    error_message = "Asgardeo needs the root organization as the tenant, and an application as the credential."
  }
}

variable "tenant" {
  description = "Domain of the tenant, or the root organization at Asgardeo; empty for the super tenant."
  type        = string
  default     = ""
}

variable "organization" {
  description = "Identifier of an organization below the tenant, since 7.0; empty for the tenant itself."
  type        = string
  default     = ""

  validation {
    condition     = var.organization == "" || (var.tenant != "" && var.client_id != null)
    error_message = "An organization needs its tenant, and an application as the credential."
  }

  validation {
    condition     = var.organization == "" || !contains(["5.11", "6.0", "6.1"], var.release)
    error_message = "There are organizations since 7.0."
  }
}

variable "username" {
  description = "Administrator who may manage applications; in a tenant with its domain, such as admin@example.com."
  type        = string
  default     = null
}

variable "password" {
  description = "The administrator's password."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "client_id" {
  description = "Client identifier of an application that is authorized for the registration API, instead of a user."
  type        = string
  default     = null

  validation {
    condition     = (var.client_id == null) != (var.username == null)
    error_message = "Set either username and password, or client_id and client_secret."
  }
}

variable "client_secret" {
  description = "The application's secret."
  type        = string
  default     = null
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
