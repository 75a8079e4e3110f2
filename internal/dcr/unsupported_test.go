// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import "testing"

// A client whose deletion is refused to this credential lives, and so does one whose server has no deletion. Only of the second the state lets go.
func TestSaysUnsupported(t *testing.T) {
	for _, test := range []struct {
		code, says string
		want       bool
	}{
		{"unsupported_operation", "", true},
		{"unsupported_operation", "Unsupported operation", true},
		{"access_denied", "Unsupported operation", true},
		{"", "Not supported.", true},
		{"", "Not implemented", true},
		{"", "PUT is not supported", true},
		{"", "The update operation isn’t supported by this server.", true},
		{"invalid_request", "Request method 'DELETE' is not supported", true},
		{"", "Request method 'DELETE' not supported", true},
		{"", "HTTP method DELETE is not implemented at this endpoint", true},
		{"", "Deleting clients is not supported", true},
		{"", "Client deletion not supported; see https://docs.example.com/errors#9", true},
		{"", "This server does not support the deletion of clients", true},
		{"", "The method is not allowed for the requested URL.", true},
		{"forbidden", "update_client is not supported", true},

		{"", "DELETE requests are not supported on /register/c1", true},
		{"", "Method DELETE is not supported for path /register/c1", true},
		{"", "This API does not support DELETE", true},
		{"", "The DELETE HTTP verb is not supported", true},
		{"", "The registration service does not support updates", true},
		{"", "HTTP 403: method PUT not supported", true},
		{"", "Unsupported operation. Trace id: 4bf92f35", true},

		{"unsupported_parameter", "", false},
		{"unsupported_alg", "PS512", false},
		{"unsupported_alg", "", false},
		{"auth_method_not_supported", "", false},
		{"auth_method_not_allowed", "", false},
		{"grant_type_update_not_supported", "", false},
		{"deletion_not_supported_by_policy", "", false},
		{"invalid_request", "PS512 not supported", false},
		{"", "Unsupported HS256", false},
		{"", "https://app.example/cb not supported", false},
		{"", "Unsupported feature", false},
		{"", "v1 not supported", false},
		{"", "This client does not support updates", false},
		{"", "This operation is not supported on this client", false},
		{"update_not_supported", "", true},
		{"delete_not_implemented", "", true},
		{"unsupported_operation", "Deactivate the client before it is deleted", false},
		{"method_not_allowed", "Caller is not an admin", false},
		{"", "Deletion is not supported: the client has active grants", false},
		{"", "Operation not supported. This node is a read-only replica", false},
		{"", "Method not allowed: access denied", false},
		{"permission_denied", "Operation not supported", false},
		{"invalid_token", "Operation not supported", false},
		{"temporarily_unavailable", "Operation not supported", false},
		{"unauthorized_client", "This operation is not supported for this client", false},
		{"", "This operation is not supported for this client", false},
		{"", "Method DELETE is not allowed for this client", false},
		{"", "The client is not allowed this method", false},
		{"access_denied", "You are not allowed to delete this client.", false},
		{"", "Not allowed to delete client", false},
		{"", "Role is not allowed to delete clients", false},
		{"forbidden", "You are not allowed to perform this operation", false},
		{"", "This operation is not allowed for your account type or the user doesn't have the role", false},
		{"", "Operation not allowed", false},
		{"", "Delete not allowed", false},
		{"", "Client management is temporarily disabled", false},
		{"", "Client management is disabled", false},
		{"", "Update operation is not available", false},
		{"", "Deletion is not supported with this token", false},
		{"", "Deletion is not supported while the client has sessions", false},
		{"", "PUT is not supported for confidential clients", false},
		{"", "Unsupported operation for the role auditor", false},
		{"unsupported_operation", "Your role may not delete clients", false},
		{"", "Update is not supported during maintenance", false},
		{"insufficient_scope", "Unsupported operation", false},
		{"", "Method not allowed to this user", false},
		{"", "Not allowed method of authentication", false},
		{"invalid_client_metadata", "method is not supported", false},
		{"", "grant_types: implicit is not supported", false},
		{"", "output encryption is not supported", false},
		{"", "token_endpoint_auth_method is not supported", false},
		{"", "The authentication method is not supported", false},
		{"", "code challenge method is not supported", false},
		{"unsupported_grant_type", "", false},
		{"unsupported_response_type", "", false},
		{"unsupported_token_type", "", false},
		{"unsupported_grant_type", "Not supported", false},
		{"unsupported_alg", "Unsupported", false},
		{"unsupported_response_type", "This operation is not supported", false},
		{"auth_method_not_supported", "Not supported", false},
		{"E-17", "Not supported", false},
		{"invalid_request", "PS512: not supported", false},
		{"invalid_request", "redirect_uris: not supported", false},
		{"invalid_request", "method: not supported", false},
		{"", "Unsupported authorization method", false},
		{"", "Authorization method not supported", false},
		{"", "Signing method not supported", false},
		{"", "Method PS512 not supported", false},
		{"authorization_method_not_supported", "", false},
		{"client_authorization_method_not_supported", "", false},
		{"client_uri_update_not_supported", "", false},
		{"operation_not_supported_for_plan", "Operation not supported", false},
		{"method_not_allowed_for_mcp", "", false},
		{"deletion_not_supported_while_active", "", false},
		{"invalid_request", "Updating the client ID is not supported", false},
		{"invalid_request", "Modification of the client URI is not supported", false},
		{"", "Client URI update not supported", false},
		{"", "Update of the grant types is not supported", false},
		{"", "This operation is not supported for the requested client", false},
		{"", "This operation is not supported for an OAuth client", false},
		{"", "This operation is not supported in this state", false},
		{"", "Deletion is not supported for 4711", false},
		{"", "Deletion is not supported on Sundays", false},
		{"", "The client does not support the method", false},
		{"", "Your plan does not support updates", false},
		{"", "Method not allowed by the policy", false},
		{"", "DELETE is not supported by your license", false},
		{"", "Not supported. Client is active", false},
		{"", "Not: supported", false},
		{"", "This resource does not support deletion", false},
		{"", "Deletion is not supported on this resource", false},

		{"invalid_request", "Unsupported method: HS256", false},
		{"invalid_request", "Method not supported: S256", false},
		{"", "Method not supported", false},
		{"unsupported_method", "", false},
		{"", "Operation not supported: RS256", false},
		{"", "Operation not supported. Error code: CLIENT_LOCKED_423", false},
		{"", "4711: deletion is not supported", false},
		{"", "c0ffee12-0000-4000-8000-000000000000: Operation not supported", false},
		{"", "Deletion is not supported for client/4711", false},
		{"", "Deletion is not supported with this token — Forbidden", false},

		{"", "Operation not supported. Error code: 12", true},
		{"", "Forbidden — Unsupported operation", true},
		{"", "DELETE is not supported — Forbidden", true},
		{"", "Operation not supported — DELETE is not supported.", true},
		{"unsupported_operation", "Not supported", true},
		{"method_not_allowed", "Method not allowed", true},
		{"server_says", "Operation not supported", true},
		{"", "Method DELETE not supported for https://as.example/register/4711.", true},
		{"", "Dynamic client management is not supported by this authorization server", true},
		{"", "Updates to registered clients are not supported", true},
		{"", "The endpoint does not implement the update operation", true},
		{"", "Update client is not implemented", true},
		{"", "Unsupported HTTP method: PUT", true},
		{"", "Unsupported request method 'PUT'", true},
		{"", "", false},
		{"forbidden", "", false},
	} {
		for _, operation := range []Operation{Read, Update, Delete} {
			for _, status := range []int{400, 403} {
				e := &Error{Operation: operation, Status: status, Code: test.code, Description: test.says}
				if got := e.SaysUnsupported(); got != test.want || e.OperationMissing() != test.want {
					t.Errorf("%s %d %q %q: %v, want %v", operation, status, test.code, test.says, got, test.want)
				}
			}
		}
		if (&Error{Operation: Register, Status: 403, Code: test.code, Description: test.says}).SaysUnsupported() {
			t.Errorf("a registration: %q %q", test.code, test.says)
		}
	}
	named := &Error{Operation: Update, Status: 403, Description: "Unsupported operation", Members: []MemberFinding{{}}}
	if named.SaysUnsupported() {
		t.Error("a refused member of the metadata")
	}
}
