variable "name" {
  description = "Name that is shown to the people who sign in."
  type        = string
}

variable "uri" {
  description = "Home page of the application."
  type        = string
  default     = null
}

variable "contacts" {
  description = "E-mail addresses of those who run the application."
  type        = list(string)
  default     = null
}

variable "redirect_uris" {
  description = "Where a sign-in may lead back to. Compared by servers character by character."
  type        = list(string)
}

variable "post_logout_redirect_uris" {
  description = "Where a sign-out may lead back to."
  type        = list(string)
  default     = null
}

variable "grant_types" {
  description = "Grant types. The standard's default is authorization_code."
  type        = list(string)
  default     = ["authorization_code"]
}

variable "response_types" {
  description = "Response types. The standard's default is code."
  type        = list(string)
  default     = ["code"]
}

variable "token_endpoint_auth_method" {
  description = "How the application authenticates at the token endpoint; none for a public client."
  type        = string
  default     = "client_secret_basic"
}

variable "application_type" {
  description = "web or native. A native application may redirect to the loopback interface."
  type        = string
  default     = null
}

variable "scope" {
  description = "Scope values that the application may ask for, separated by spaces."
  type        = string
  default     = null
}

variable "accept_substitutions" {
  description = "Parameters for which the server may register another value."
  type        = list(string)
  default     = null
}
