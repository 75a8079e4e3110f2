// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// byHand is for a way that leads outside of Terraform: to a person, or to the server's own console.
const byHand = "by hand"

// triedBy names for each way out that a message may name, beside those of a client that cannot be managed any more
// (TestEachWayOutWorks takes these in each trouble), the test that has taken it as it is written. The key is the way's text, for a given
// client and its server.
var triedBy = map[string]string{
	// Registration.
	"Set a credential for registrations on the provider (or basic_auth or client_credentials, whichever the server takes):": "TestReachAuthorizationOfRegistration",
	"Where each such token is for one registration only, set a new one on the resource, as initial_access_token there.":     "TestReachResourceToken",
	"If another run had a token journal, copy that file here under a name that is not in use. Set it on the provider for one apply of this client alone, by its address (with -destroy, too, where a destroy failed), and then set token_journal back to what it was; a journal that is here keeps the tokens of other clients:": "TestDestroyWithTheJournalOfAnotherRun",
	"If another run had a token journal, copy that file here under a name that is not in use. Set it on the provider for one apply of this client alone, by its address, and then set token_journal back to what it was; a journal that is here keeps the tokens of other clients:":                                              "TestJournalOfAnotherRunBesideOne",
	"Set another initial access token on the resource:":                                                                                                                                   "TestWaysOfARefusedResourceToken",
	"Correct scopes and audience in client_credentials, or have the server's administrator allow that client to register others.":                                                         "TestWaysOfARefusedCredentialOfTheProvider",
	"Correct username and password in basic_auth on the provider (what is read from a file may end in a line break, which trimspace() removes).":                                          "TestWaysOfARefusedCredentialOfTheProvider",
	"Or keep basic_auth, and set an initial access token on the resource, which goes before it:":                                                                                          "TestWaysOfARefusedCredentialOfTheProvider",
	"Or keep client_credentials, and set an initial access token on the resource, which goes before it:":                                                                                  "TestWaysOfARefusedCredentialOfTheProvider",
	"Or remove basic_auth, and set on the provider in its place (or client_credentials, whichever the server takes):":                                                                     "TestWaysOfARefusedCredentialOfTheProvider",
	"Or remove client_credentials, and set on the provider in its place (or basic_auth, whichever the server takes):":                                                                     "TestWaysOfARefusedCredentialOfTheProvider",
	"Remove client_credentials, and set on the provider in its place:":                                                                                                                    "TestWaysOfARefusedCredentialOfTheProvider",
	"Set another initial access token on the provider (or in its place basic_auth or client_credentials, whichever the server takes):":                                                    "TestWaysOfARefusedCredentialOfTheProvider",
	"Or remove it there, so that the registration is authorized by client_credentials of the provider.":                                                                                   "TestWaysOfARefusedCredentialOfTheProvider",
	"Set an initial access token on the resource:":                                                                                                                                        "TestWaysToACredentialElsewhere",
	"Or remove it there, and set a credential for registrations on the provider (or basic_auth or client_credentials, whichever the server takes):":                                       "TestWaysOfARefusedResourceToken",
	"Remove it there, and set them on the provider, in place of initial_access_token and client_credentials:":                                                                             "TestWaysOfARefusedResourceToken",
	"To have the credential on a provider, configure one for that server. On the resource, set provider = oidc.there, and remove issuer, registration_endpoint and initial_access_token:": "TestWaysToACredentialElsewhere",
	"Set them on the provider, in place of initial_access_token and client_credentials:":                                                                                                  "TestWayOfABasicChallenge",
	"Finish the apply of this plan. Before the next one, remove the token here where it is not a resource's, and set on the provider the new one, which the first command shows as current_registration_access_token, and a journal that keeps those to come:": "TestFindRotatedWays",
	"Where the plan is not applied, have the server's administrator issue a new token. Before the next plan, remove the token here where it is not a resource's, and set on the provider:":                                                                     "TestFindRotatedWays",
	"Finish the apply of this plan. Before the next one, set on the provider the new token, which the first command shows as current_registration_access_token, and a journal that keeps those to come:":                                                       "TestFindRotatedWays",
	"Where the plan is not applied, have the server's administrator issue a new token, and set on the provider before the next plan:":                                                                                                                          "TestFindRotatedWays",
	"Compare the address with the server's own documentation.":                                                                            byHand,
	"Ask the server's administrator why it refuses the request, or look into its log.":                                                    byHand,
	"Plan again, which reads the client, where the server has reads:":                                                                     "TestEachRefusalNamesAWay",
	"Have the proxy let requests through to this address, or set another one on the provider:":                                            "TestProxyThatRefuses",
	"The proxy wants a user name and a password (percent-encoded). Set them on the provider, also where the environment names the proxy:": "TestProxyThatRefuses",
	"Choose another client_name.":                 "TestReplacementWhoseNameIsItsOwn",
	"Or give the new client another client_name.": "TestReplacementWhoseNameIsItsOwn",
	"Have the server's administrator delete the old client, and apply again. Applications that use it stop working.":                                                                                                                                                                                                                                                         "TestReplacementWhoseNameIsItsOwn",
	"Only if the refusal is about a second client, such as one with the same client_name: have the server's administrator delete the old client, and apply again. Applications that use it stop working.":                                                                                                                                                                    "TestReplacementIsRefused",
	"Only if the refusal is about a second client, such as one with the same client_name: have the old client deregistered first. Applications that use it stop working, and if the new one is refused for something else, there is no client. Remove create_before_destroy where it is set, on the resource or on one that depends on it. Then, by the resource's address:": "TestReplacementIsRefused",
	"If it is this resource's own client, which create_before_destroy keeps until the new one is registered, and the server deregisters clients, remove create_before_destroy, on the resource or on one that depends on it. Then, by the resource's address:":                                                                                                               "TestOwnNameTakenWithCreateBeforeDestroy",
	"Or take that client over, with the resource's address. Where the server cannot search, write the client's own client_id or registration_client_uri as the id instead:":                                                                                                                                                                                                  "TestNameTaken",
	"If the server has it and does not publish it, set the endpoint on the provider:":                                                                                                                                                                                                                                                                                        "TestWaysToAServer",
	"If that is the registration endpoint, set it on the provider:":                                                                                                         "TestWaysToAServer",
	"Set the server's client registration endpoint on the provider:":                                                                                                        "TestWaysToAServer",
	"Switch dynamic client registration on at the server.":                                                                                                                  byHand,
	"Ask the server's administrator which rule refuses it.":                                                                                                                 byHand,
	"Compare redirect_uris with what the server allows: scheme, host, port, and what fits application_type.":                                                                "TestWaysOfARefusedDocument",
	"Get a new software statement from its issuer and set software_statement.":                                                                                              "TestWaysOfARefusedDocument",
	"Look into the server's log, and at the server for a client registered at this time that no state has, and have its administrator delete that. Then apply again.":       byHand,
	"A relative name counts from the directory in which Terraform runs. For a file that lies beside the configuration, with its name:":                                      "TestWaysToACertificate",
	"Set on the provider, with the name of the file:":                                                                                                                       "TestWaysToACertificate",
	"Change or remove the parameter that the server names.":                                                                                                                 "TestWaysOfARefusedDocument",
	"If its words are about a parameter, change or remove that.":                                                                                                            "TestRefusalThatNamesNoParameter",
	"Remove this ephemeral resource, or have the client registered with a method that uses a secret, by its resource:":                                                      "TestSecretOfAPublicClient",
	"To have it changed in place, where the server can do that, set on the provider:":                                                                                       "TestReplacementByManagementNone",
	"Remove parameters, one after the other, beginning with those that the server may not know; or look into the server's log.":                                             "TestWaysOfARefusedDocument",
	"Try again later. To send fewer requests at a time, set on the provider:":                                                                                               "TestEachWayOutWorks",
	"Try again later, or look into the server's log.":                                                                                                                       "TestEachWayOutWorks",
	"Run it again after that time.":                                                                                                                                         "TestRetryAfterIsTold",
	"Ask the server's administrator what this credential may do.":                                                                                                           byHand,
	"To have the client replaced by one whose secret is known from its registration, by the resource's address. It has another client_id:":                                  "TestAnUpdateThatNeedsASecretThatIsNotStored",
	"To have the server count the client again, give it another client_name, apply, set that back, and apply once more:":                                                    "TestUpdateThatIsNotCountedAfterALostOne",
	"To have another client registered in its place, with the values of the configuration, by the resource's address. It has another client_id:":                            "TestUpdateThatTheCredentialMayNotMake",
	"If the server takes that value at a registration, and in no update, have another client registered in its place, by the resource's address. It has another client_id:": "TestUpdateOfAParameterThatNobodyMayChange",
	"Only the registration shows the secret. Set store_client_secret = true on the resource, and have the client replaced in the same apply, by the resource's address. The new client has another client_id:": "TestAnUpdateThatNeedsASecretThatIsNotStored",
	"To have the old client deregistered first, remove create_before_destroy where it is set, on the resource or on one that depends on it. Then, by the resource's address:":                                  "TestARotationAtAServerThatRegistersNoSecondClient",
	"Plan and apply again, with a refresh. Where the value is known by then, the new plan replaces the client:":                                                                                                "TestIssuerThatIsNotKnownYet",
	"Where no plan knows the value, have the client replaced, by the resource's address:":                                                                                                                      "TestIssuerThatIsNotKnownYet",
	"If the client is at another address, correct the template where it is set, on the resource or the provider:":                                                                                              "TestAWrongTemplateIsNamed",
	"To see whether it has caught up:": "TestReadBackAtAReplicaThatLagsForLonger",
	"To see whether it has caught up, without refresh = \"never\" on the resource and the provider:":                                                                                                 "TestReadBackOfAClientThatIsNeverRead",
	"To see whether it has caught up, apply again. No plan reads the client, since reads replace its credentials; that apply does:":                                                                  "TestReadBackOfAClientThatNoPlanReads",
	"If something before the server gave this answer, have it let PUT and DELETE through to this address.":                                                                                           byHand,
	"If the server does not let that deregister the client, either (DELETE), do it with this on the provider, which leaves what is replaced or destroyed at the server. Remove it after that apply:": "TestUpdateThatIsForbidden",
	"If that token is another client's, remove the entry \"s6BhdRkqt3\" from registration_access_tokens on the provider. Then the answer to the client's own token counts.":                          "TestAnothersTokenIsTakenOut",
	"If that token is another client's, remove the entry \"s6BhdRkqt3\" from the environment variable OIDC_REGISTRATION_ACCESS_TOKENS. Then the answer to the client's own token counts.":            "TestAnothersTokenIsTakenOut",
	"To send the update again:": "TestUpdateWithoutAClientInItsAnswerThatIsSentAgain",
	"To take what the server has, set on the resource or the provider, with the names that are there already:":                                                                                                                                              "TestUpdateWithoutAClientInItsAnswerThatChangesNothing",
	"Remove client_configuration_uri_template where it is set, on the resource or the provider, or correct it.":                                                                                                                                             "TestAWrongTemplateIsNamed",
	"To try it once more, with another new client:":                                                                                                                                                                                                         "TestReplacementWithoutAKnownSecret",
	"To try it once more, with another new client, which takes the old one's place even if the server treats it the same:":                                                                                                                                  "TestReplacementAtAServerThatStoppedManagingClients",
	"To do without the old client all the same, by the resource's address (it is deregistered first, where the server does that):":                                                                                                                          "TestReplacementThatIsNotConfirmed",
	"Give the new object the old one's registration_access_token, which the first command shows, beside its own: then the old object goes, and the new one keeps whichever of the two works. Set it on the provider for one apply:":                         "TestTheOnlyCopyOfAToken",
	"If the client is not at the server any more, as after a destroy of its new object, take what is left of it out of the state, by the resource's address. While the resource is configured, the next apply registers another client:":                    "TestTheOnlyCopyOfAClientThatIsGone",
	"Note the old object's client_secret for the application: the first command shows it. Then take both objects out of the state. Another client_name on the resource has the next apply register another client. ADDRESS is the resource's address:":      "TestTheOnlyCopyOfASecret",
	"Import the client, with the old object's registration_access_token as registration_access_tokens on the provider. The first command shows it, and the client secret, which an import has only where reads show it. ADDRESS is the resource's address:": "TestTheOnlyCopyOfTheCredentials",
	"To do without the old client and its secret all the same, by the resource's address (it is deregistered first, where the server does that):":                                                                                                           "TestReplacementWithoutAKnownSecret",
	"If that is where the server manages its clients, set on the provider:":                                                                                                                                                                                 "TestWayOfARedirectedUpdate",
	"If the server manages clients at another address, set on the provider:":                                                                                                                                                                                "TestTemplateForAClientWithoutManagement",
	"If it manages none, set on the provider, which ends this warning:":                                                                                                                                                                                     "TestServerWithoutManagement",
	"To use it, set on the provider:":                                                                       "TestReachTokenWithoutURI",
	"Have the server's administrator delete it.":                                                            byHand,
	"If no resource has it, have the server's administrator delete it.":                                     byHand,
	"Or, if nobody needs it then, have the server's administrator delete it.":                               byHand,
	"Have the server's administrator delete it, if no state has it once those applies are through.":         byHand,
	"Look at the server for a client of that time that no state has, and have its administrator delete it.": byHand,
	"If another resource has it, have another client registered for this one, by its address and without -target. The client is kept for the other one; where that one is in another workspace, you are asked first:":                                 "TestAClientOfTwoResources",
	"If a resource of another state has it, or a resource that was taken out of the state, have another one registered for this resource, by one apply with this on it:":                                                                              "TestAClientThatIsInAStateIsNotAdopted",
	"If a resource of this directory has it, which this apply does not look at, have Terraform look at all of them, without -target and -refresh=false:":                                                                                              "TestAClientThatIsInAStateIsNotAdopted",
	"If no resource has it, because that apply was killed or cancelled or its state was lost, take it over, by the address of this resource, or by an import block with the same ID:":                                                                 "TestKilledWhileOnlyAnotherProviderIsAtWork",
	"If a resource of another state has it, or a resource that was taken out of the state, or if no resource has it (it has no address that it could be imported from), have another one registered for this resource, by one apply with this on it:": "TestAnotherClientBesideAnUnmanagedOne",
	"If no other resource has it, run this again. The client is deregistered then.":                                                                                                                                                                   "TestAClientOfTwoResources",
	"If the other one has it, have Terraform look at that one, in its own workspace. The next destroy then keeps the client for it:":                                                                                                                  "TestAClientOfTwoResources",
	"Make the journal usable. If no other resource has the client, token_journal can be removed from the provider instead. Then run it again.":                                                                                                        "TestADestroyNeedsItsJournal",
	"If no state has it once those applies are through, take it over, by the address of a resource for it:":                                                                                                                                           "TestAClientOfAKilledRunIsImported",
	"To have another client registered for one of them, and this one kept for the other, by that resource's address:":                                                                                                                                 "TestAClientOfTwoResources",
	"Apply again once the server answers.": "TestFaultMatrix",
	"If that client was deleted, or is another resource's, have a new one registered, by one apply with this on the resource:":                                             "TestFaultMatrix",
	"If the client still exists, have the server's administrator issue a new registration access token and set it on the provider; the next apply saves it in the state:":  "TestFaultMatrix",
	"To accept the server's choice for all of these parameters, set on the resource or the provider, with the names that are there already:":                               "TestAcceptedAsTheMessageSays",
	"To accept the server's choice for all of these parameters and keep what the update made, set on the resource or the provider, with the names that are there already:": "TestAcceptedAsTheMessageSays",
	"To accept the server's choice for this parameter, set on the resource or the provider, with the names that are there already:":                                        "TestSubstitutedSecurityParameter",
	"Ask for what the server registers, or have its administrator change its policy.":                                                                                      "TestSubstitutedSecurityParameter",

	"If the provider is configured for the wrong server, configure it for the one where the client was registered:":                                                                                                                                                                                                                      "TestClientOfAnotherServer",
	"To register it at https://other.example.com instead, and deregister it here, by the resource's address:":                                                                                                                                                                                                                            "TestClientOfAnotherServer",
	"If https://other.example.com is that server at a new address and has its clients, import the client from there, by its client_id or its new registration_client_uri. ADDRESS is the resource's address:":                                                                                                                            "TestServerThatMovesWithItsClients",
	"If https://other.example.com is that server at a new address and has its clients, import the client from there, by its client_id or its new registration_client_uri, with its token in registration_access_tokens on the provider. The first command shows the token, which the second removes; ADDRESS is the resource's address:": "TestServerThatMovesWithItsClients",

	"Plan and apply again once the server answers. Where it is another one, that plan replaces the client:": "TestWaysOfAnUndecidedMove",
	"If it is the same server, set on the resource, which needs no metadata:":                               "TestWaysOfAnUndecidedMove",
	"If it is another server, have the client replaced, by the resource's address:":                         "TestWaysOfAnUndecidedMove",

	"If the client is that server's, set both on the resource:":                             "TestImportOfAnIssuerWithItsEndpointAtTheProvidersHost",
	"If it is the provider's, and is to move, have it replaced, by the resource's address:": "TestImportOfAnIssuerWithItsEndpointAtTheProvidersHost",

	"To keep the client where it is, set on the resource:":                                                                        "TestImportByTheIdentityOfAnotherServer",
	"To have it moved all the same, apply a change of it with that issuer first, such as other timeouts, and then change issuer.": "TestImportByTheIdentityOfAnotherServer",
	"Plan again once the new server answers:":                                                                                     "TestMoveToAServerThatDoesNotAnswer",
	"To keep the old client until the new one is registered, set on the resource:":                                                "TestMoveThatFailsKeepsTheClient",
	"Before the apply, make the journal usable, or remove token_journal from the provider where no server replaces credentials.":  "TestCreationTellsOfAJournalThatCannotBeUsed",

	// Configurations.
	"Set the identifier of the client:": "TestWaysOutOfACombination", "Remove one of them.": "TestWaysOutOfACombination",
	"Check the spelling of the others. Members of extension_metadata are named as they are there.": "TestWaysOutOfACombination",

	"To register another client, whose secret is kept from the start, by the resource's address:": "TestSecretThatIsNotKnownAnyMore",
	"To keep the client and leave its secret to those who have it:":                               "TestSecretThatIsNotKnownAnyMore",

	"Set its token on the provider; the next apply saves it in the state:":                       "TestTokenOfAClientThatWasImportedWithoutOne",
	"Where the server takes the provider's own credentials for the client, set on the provider:": "TestManagementByATokenThatIsNotThere",

	"If it is the client_id of a client of the provider's server, import that by an identity, as Terraform and OpenTofu take it from 1.12, by the address of the resource for it:": "TestImportByAClientIDThatIsAURL",
	"If it is the client's registration_client_uri:":                                                       "TestImportByTheAddressOfAClientElsewhere",
	"Or, also before 1.12, by a provider that is configured for the server where it is:":                   "TestImportByTheAddressOfAClientElsewhere",
	"Import it by its client_id alone, from the provider's server, by the address of the resource for it:": "TestOddImports",
	"Or by its registration_client_uri, as the server has it:":                                             "TestOddImports",

	"Leave one of them out.": "TestOddImports", "Leave issuer out of the identity.": "TestOddImports",

	"Use the release that wrote it.": byHand,
	"Or take the client out of the state and import it again, by the resource's address, with its token under its registration_client_uri in registration_access_tokens on the provider. The first command shows both, which the second removes:": "TestStatesOfOtherShapes",
	"Correct the registration access token where it is set, in registration_access_token or in registration_access_tokens on the provider (what is read from a file may end in a line break, which trimspace() removes).":                         "TestSecretOfNoClient",

	// Connections.
	"Use an https URL.": "TestReachInsecureHTTP", "Only where the network is trusted, since tokens and client secrets then go over it without encryption, set on the provider:": "TestReachInsecureHTTP",
	"Where the server's certificate comes from a private CA, set on the provider:":                               "TestReachPrivateCA",
	"Where the server needs a client certificate, set on the provider:":                                          "TestReachMutualTLS",
	"Check the address and the network, and proxy_url on the provider where a proxy is needed. Then try again.":  "TestReachProxy",
	"To wait longer for each answer, set on the provider (timeouts on the resource bounds the whole operation):": "TestReachTimeouts",
	"Run it again.": "TestInterrupt",
	"A destroy has the time that is in the state. To give it more, set on the resource, and apply that first:":                                                                                          "TestWayOutOfADestroyWhoseTimeRanOut",
	"Correct client_id, client_secret or private_key, and method in client_credentials on the provider (what is read from a file may end in a line break, which trimspace() removes).":                  "TestTokenEndpointThatIssuesNoToken",
	"If it is the token endpoint of the server where clients are registered, and takes assertions for the server's issuer alone, remove token_endpoint in client_credentials, and set on the provider:": "TestServerThatTakesAssertionsForItsIssuerAlone",
	"Correct scopes in client_credentials, or have the server's administrator allow the client those that a registration needs.":                                                                        "TestTokenEndpointThatIssuesNoToken",
	"Compare the address with the server's own documentation, and set the token endpoint in client_credentials on the provider:":                                                                        "TestTokenEndpointThatIssuesNoToken",
	"If the server's operator says that its token endpoint is there, set it in client_credentials on the provider:":                                                                                     "TestTokenEndpointThatIssuesNoToken",
	"Have the server's administrator allow this client the grant type client_credentials, or set another client in client_credentials.":                                                                 byHand,
	"Have the server's administrator see to it that the token endpoint issues bearer tokens to this client.":                                                                                            byHand,
	"Set another credential on the provider, in place of client_credentials (or basic_auth, whichever the server takes):":                                                                               "TestTokenEndpointThatIssuesNoToken",

	"Ask the server's administrator why it redirects there, or look for a proxy before it that does.": byHand,

	"Write the token without \"Bearer \" in front of it.":                                      "TestMalformedTokensAreToldAtValidate",
	"If the server registers clients there, set the endpoint as an https URL on the provider:": "TestUnusableEndpointOfTheMetadata",
	"Correct it. What is read from a file may end in a line break, which trimspace() removes.": "TestTokenWithALineBreak",

	"Have the server's operator correct the address that it calls itself by to https: it may stand behind a proxy that ends TLS, and not know of it.": byHand,
	"If the registration endpoint is at that address over https, set it on the provider:":                                                             "TestRedirectToPlainHTTPIsNotProposed",
	"Until then, set the registration endpoint on the provider, which needs no discovery:":                                                            "TestRedirectToPlainHTTPIsNotProposed",

	"If the client certificate is not the one that the server accepts, set another one on the provider:": "TestReachMutualTLS",

	// Finding the server.
	"Ask the server's operator what its issuer is, and set issuer to exactly that.":                                                                                                                                                                 byHand,
	"If the operator says that the server at \"https://as.example.com\" speaks for the other issuer, and its document is found there only, set both on the provider:":                                                                               "TestIssuerInAnotherWriting",
	"If the operator says that the server at \"https://as.example.com\" speaks for the issuer that its document names, set expected_issuer on the provider, beside issuer, to exactly that. It is not shown whole here: copy it from the document.": "TestIssuerInAnotherWriting",
	"It is the same address in another writing. Write issuer as the server does, where it is set:":                                                                                                                                                  "TestIssuerInAnotherWriting",
	"It is the same address in another writing than WebFinger's. Set it as the server writes it, in place of webfinger_resource:":                                                                                                                   "TestIssuerInAnotherWriting",
	"Set it on the provider (or registration_endpoint or webfinger_resource):":                                                                                                                                                                      "TestNoServerAtAll",
	"Or in the environment (or OIDC_REGISTRATION_ENDPOINT or OIDC_WEBFINGER_RESOURCE):":                                                                                                                                                             "TestReachServerByEnvironment",
	"If the server registers clients there, set the endpoint as an https URL on the resource:":                                                                                                                                                      "TestWaysAtAServerThatTheResourceNames",
	"Until then, set the registration endpoint on the resource, which needs no discovery:":                                                                                                                                                          "TestRedirectToPlainHTTPOfTheResourcesServer",
	"If the registration endpoint is at that address over https, set it on the resource:":                                                                                                                                                           "TestRedirectToPlainHTTPOfTheResourcesServer",
	"If the server has it and does not publish it, set the endpoint on the resource:":                                                                                                                                                               "TestWaysAtAServerThatTheResourceNames",
	"Set the server's client registration endpoint on the resource:":                                                                                                                                                                                "TestWaysAtAServerThatTheResourceNames",
	"If that is where the server manages its clients, set on the resource, and apply that first, since a destroy has what is in the state:":                                                                                                         "TestRedirectedDeletionAtAServerThatTheResourceNames",
	"If that is where the server manages its clients, set on the resource:":                                                                                                                                                                         "TestRedirectAtAServerThatTheResourceNames",
	"If the server manages clients at another address, set on the resource:":                                                                                                                                                                        "TestTemplateAtAServerThatTheResourceNames",
	"So that the server's token endpoint can be asked, set its issuer on the resource:":                                                                                                                                                             "TestIssuerBesideAnEndpointOfTheResource",
	"If that is the registration endpoint, set it on the resource:":                                                                                                                                                                                 "TestWaysAtAServerThatTheResourceNames",
	"Compare issuer on the resource with the server's own address and port.":                                                                                                                                                                        "TestWaysAtAServerThatTheResourceNames",
	"Check the address and the network. Where they need it, set proxy_url, client_certificate_file with client_key_file, or ca_certificate_file on the provider. Then try again, once the server answers. Where registration_endpoint is set on the resource, no discovery is needed.":                                                                                 "TestWaysAtAServerThatTheResourceNames",
	"Compare issuer with the server's own documentation, its path and terminating slash too; or set registration_endpoint on the resource, which needs no discovery.":                                                                                                                                                                                                  "TestWaysAtAServerThatTheResourceNames",
	"Set basic_auth, which is sent to a host that asks for it if the provider's own configuration names that host; or set registration_endpoint on the resource, which needs no discovery.":                                                                                                                                                                            "TestWaysAtAServerThatTheResourceNames",
	"If the operator says that the server at \"https://as.example.com\" speaks for the other issuer, and its document is found there only, configure a provider for that server. On the resource, set provider = oidc.there, and remove issuer and registration_endpoint:":                                                                                             "TestAnotherIssuerAtAServerThatTheResourceNames",
	"If the operator says that the server at \"https://as.example.com\" speaks for the issuer that its document names, configure a provider for that server, with expected_issuer beside issuer, set to exactly that (it is not shown whole here: copy it from the document). On the resource, set provider to that one, and remove issuer and registration_endpoint.": "TestIssuerThatIsNotShownWholeAtAServerThatTheResourceNames",
	"Or import it by its registration_client_uri, with its token in registration_access_tokens on the provider:":                                                                                                                                                                                                                                                       "TestImportByClientIDWithoutAServer",
	"Set issuer or resource here:":                                                                       "TestReachDataSource",
	"Apply first what the value depends on, by its address:":                                             "TestTargetFirst",
	"Apply the client alone first, by its address. That apply reads it, and keeps what the read brings:": "TestSecretOfAnUnreadClient",
	"Remove refresh = \"never\" from the resource and the provider, and apply the client alone, by its address. That apply reads it, and keeps what the read brings:": "TestSecretOfAClientThatIsNeverRead",
	"What to do is told here.": "TestReachDiscoveryErrorsTellTheChain",
	"Compare issuer with the server's own documentation, its path and terminating slash too; or set registration_endpoint, which needs no discovery.": "TestReachDiscoveryErrorsTellTheChain",
	"Leave it out, or set the https URL that the server calls its issuer (RFC 8414 §2).":                                                              "TestReachConfigurationErrors",
	"If it is the provider's own server's, set it on the provider, too:":                                                                              "TestOwnServerThatIsDownBesideAnEndpointOfTheResource",
	"If it is another server's, set that one's issuer beside it on the resource:":                                                                     "TestOwnServerThatIsDownBesideAnEndpointOfTheResource",
	"Or give the resource a credential of its own:":                                                                                                   "TestOwnServerThatIsDownBesideAnEndpointOfTheResource",

	"Where the proxy's certificate comes from a private CA, set on the provider:":                                    "TestProxyThatIsNoTLSServer",
	"Correct the proxy's address where it is set, in the environment or on the provider, which comes first:":         "TestProxyThatIsNotThere",
	"Where the server needs no proxy and HTTPS_PROXY or HTTP_PROXY names one, except the server in the environment:": "TestProxyOfTheEnvironmentIsNotThere",

	"Write it so:": "TestCorrectedValues", "Write a number and its unit, for example:": "TestCorrectedValues", "Write it as a URL, for example:": "TestCorrectedValues",
	"Write it as the server does:":                                                        "TestWaysToAServer",
	"Remove webfinger_resource, or the two others.":                                       "TestWaysOfAConfiguration",
	"Keep one of them and remove the others.":                                             "TestWaysOfAConfiguration",
	"Set username in basic_auth, or the environment variable OIDC_BASIC_AUTH_USERNAME.":   "TestWaysOfAConfiguration",
	"Set client_id in client_credentials.":                                                "TestWaysOfAConfiguration",
	"Name the file that has it, or remove the attribute where it is not needed.":          "TestEmptyFile",
	"Set in token_journal the identity that age-keygen wrote:":                            "TestJournalThatWouldNotBeEncrypted",
	"Or remove the empty setting, where the journal needs no encryption.":                 "TestJournalThatWouldNotBeEncrypted",
	"Remove id_token_signed_response_alg, or set it to what the server's metadata lists.": "TestWaysToAValueThatTheMetadataDoNotList",
	"To ask for it all the same, and accept what the server registers for it, set on the resource or the provider, with the names that are there already:":                                            "TestWaysToAValueThatTheMetadataDoNotList",
	"To ask for it all the same, and accept what the server registers for all of these parameters, set on the resource or the provider, with the names that are there already:":                       "TestWaysToAValueThatTheMetadataDoNotList",
	"To be warned instead, of each such value and of each substitution that no security depends on, set on the resource:":                                                                             "TestWaysToAValueThatTheMetadataDoNotList",
	"The document names the issuer that was asked for. Remove expected_issuer from the provider.":                                                                                                     "TestIssuerInAnotherWriting",
	"If the operator says that the server at \"https://as.example.com\" speaks for the issuer that its document names, set on the provider, in place of the expected_issuer that is there:":           "TestIssuerInAnotherWriting",
	"If the operator says that the server at \"https://as.example.com\" speaks for the other issuer, and its document is found there only, set both on the provider, in place of webfinger_resource:": "TestIssuerInAnotherWriting",
	"Remove it from the configuration.": "TestWhatTheServerAssignsIsNotConfigured",
	"To have the resource manage a client that exists, import it, by the resource's address:": "TestWhatTheServerAssignsIsNotConfigured",
	"Remove it: the provider sets it itself, where a request has it.":                         "TestWaysOfAConfiguration",
	"Remove one of the two.": "TestWaysOfAConfiguration",
	"Give certificates in PEM, each from -----BEGIN CERTIFICATE----- on.":                                        "TestPEMThatIsNone",
	"Give an unencrypted key in PEM, from -----BEGIN PRIVATE KEY----- on.":                                       "TestPEMThatIsNone",
	"Set the key that the certificate was issued for, or the certificate of that key.":                           "TestPEMThatIsNone",
	"Begin it with the registration endpoint:":                                                                   "TestWaysOfAConfiguration",
	"Or with an absolute https URL:":                                                                             "TestWaysOfAConfiguration",
	"Remove it, or correct its name to letters, digits and hyphens:":                                             "TestWaysOfAConfiguration",
	"Put it where the identifier belongs:":                                                                       "TestWaysOfAConfiguration",
	"Remove insecure_skip_verify and give the certificate of the server's CA:":                                   "TestReachPrivateCA",
	"Remove allow_insecure_http and use https URLs. Plain http to this machine (localhost) needs no permission.": "TestReachInsecureHTTP",
	"Check the spelling. Members of extension_metadata are named as they are there.":                             "TestWaysOfAConfiguration",
	"This is a defect of the provider. Please report it.":                                                        byHand,
	"It was written by a newer release of this provider. Use that release.":                                      byHand,
	"Import the client again, by the resource's address and the client's registration_client_uri (or, where it has none, its client_id), with its token under that name in registration_access_tokens on the provider. The first command shows these, and the second removes them:": "TestDamagedPrivateState",

	// Clients that are there.
	"Set a credential on the provider (or basic_auth, client_credentials, headers, or a client certificate):":                        "TestManagementByTheProvidersCredentials",
	"To use each client's own registration access token instead:":                                                                    "TestManagementByTheProvidersCredentials",
	"Plan again. The new plan registers the client anew:":                                                                            "TestGoneSinceThePlan",
	"If an administrator replaced its token and its secret instead, do not apply. Set the new token on the provider:":                "TestBothCredentialsReplaced",
	"Plan again. If the client's token is refused then, have the server's administrator issue a new one and set it on the provider:": "TestFaultMatrix",
	"Plan and apply again:":                                                      "TestPartialManagement",
	"If other resources use them, apply once more:":                              "TestCredentialsOfEachAnswerAreSaved",
	"If it matters, ask the server's administrator whether they still apply.":    byHand,
	"After the apply, have the server's administrator delete client s6BhdRkqt3.": byHand,
	"To manage one of them, set it to a value that the standards allow.":         "TestGeneratedConfigurationIsAccepted",

	"To accept the server's choice for this parameter and keep what the update made, set on the resource or the provider, with the names that are there already:": "TestSubstitutedByUpdate",
	"To have another value, ask for one that the server registers, or have its administrator change its policy, and apply again.":                                 "TestSubstitutedByUpdate",
	"To keep this value without accepting others, ask for it in the configuration.":                                                                               "TestNoOtherClientIsMadeForASubstitutionThatIsAcceptedNoMore",
	"Where the server's policy has changed, ask for this value, apply, and then ask for the other one again.":                                                     "TestASubstitutionThatIsAcceptedNoMoreIsAskedForAgain",
	"The server seems to take two resources for one client. Give each of them its own client_name, or remove one of them.":                                        "TestOneClientOfTwoResources",
	"If it is somebody else's, take it out of the state, and remove it from the configuration or give it other metadata, such as another client_name:":            "TestOneClientOfTwoResources",
	"Take one of the two out of the state, and remove it from the configuration or give it other metadata, such as another client_name:":                          "TestOneClientOfTwoResources",
	"To import it, set on the provider:": "TestImportThatFails",
	"Compare the ID with the client's own client_id or registration_client_uri at the server, and import again:":                                                                                 "TestImportThatFails",
	"Make the journal readable, and run it again: it may have the only credentials that are in force. Only where no server replaces any can token_journal be removed from the provider instead.": "TestJournalThatCannotBeUsed",
	"Before the next run, make the journal writable. Only where no server replaces credentials can token_journal be removed from the provider instead.":                                          "TestJournalThatCannotBeUsed",
	"Import the client by its registration_client_uri, with its token in registration_access_tokens on the provider:":                                                                            "TestImportThatFails",

	"If the server manages no clients, take that client over as one without management, by one apply with this on the provider:": "TestAdoptionWhereNobodyServesTheAddress",

	"What can be done is said by the plan's own error. Where this run has none, as with -refresh-only or a destroy, run a plan:":                                 "TestRefreshThatShowsNothingNamesThePlan",
	"Once the server shows this client, apply again. That reads it:":                                                                                             "TestCreateThatIsNotReadBack",
	"Once the server shows this client, have one apply read the client, without refresh = \"never\" on the resource and the provider:":                           "TestApplyAgainReadsTheClient",
	"Once the server answers, have one apply read the client, without refresh = \"never\" on the resource and the provider:":                                     "TestApplyAgainReadsTheClient",
	"Once the token endpoint issues tokens again, have one apply read the client, without refresh = \"never\" on the resource and the provider:":                 "TestApplyAgainOnceThereAreAccessTokens",
	"Compare the clocks of this machine and of the server, or ask the server's administrator why its secrets expire at once.":                                    byHand,
	"Once the token endpoint issues tokens again, apply again. That reads the client:":                                                                           "TestApplyAgainOnceThereAreAccessTokens",
	"If the server manages clients at another address, set on the provider, with the server's own path in the place of PATH:":                                    "TestTheTemplateOfAServersOwnPath",
	"Ask the server's administrator which client is at this address.":                                                                                            byHand,
	"Once the server answers, apply again. That reads the client:":                                                                                               "TestCreateThatIsNotReadBack",
	"To see what the server has of them now, look at registered_metadata of the resource in the state. The command shows the whole state, with its credentials:": "TestStateShowsWhatTheServerHas",
	"To have one of them kept, set it on the resource, in extension_metadata where it is no argument there, and apply.":                                          "TestMembersThatAnUpdateLeavesOut",
	"To send them back, as RFC 7592 §2.2 has it, set where update_form is set, on the resource or the provider:":                                                 "TestMembersThatAnUpdateLeavesOut",

	// Secrets.
	"Apply again. The client is replaced, and gets a new secret and a new client_id; a server without reads is sent one more update before that:": "TestRenewalReplaces",
	"To keep the client, set rotate_secret_when back to its earlier value.":                                                                       "TestRotateSecretWhen",
	"To keep the client and renew its secret by other means, remove renew_secret_before.":                                                         "TestRenewal",
	"Set less than the secrets live:": "TestRenewalThatNeverEnds",
	"To have it renewed in time:":     "TestRenewal", "To have it renewed:": "TestRenewal",
	"So that the server's token endpoint can be asked, set its issuer on the provider:":                                "TestWaysToASecret",
	"If the metadata could not be had, plan again once the server answers:":                                            "TestSecretThatNothingProves",
	"If the application cannot authenticate with the one in the state, take the secret from the server's own console.": byHand,
	"If the client cannot authenticate with it, take the secret from the server's own console.":                        byHand,
	"Have the server's administrator tell the application its secret.":                                                 byHand,
	"Or register another method, which needs the client's public keys (or \"none\", for a public client):":             "TestConfidentialClientWithoutAKnownSecret",
	"For this server, keep the secret in the state, from the client's registration on:":                                "TestEphemeralSecret",

	"Set the identifier of the client, as its resource has it:":                                  "TestSecretOfAClientThatIsNotNamed",
	"Set the address of the client, as its resource has it:":                                     "TestSecretOfAClientThatIsNotNamed",
	"If the resource has none, keep the secret in the state, from the client's registration on:": "TestSecretOfAClientThatIsNotNamed",

	// Reads that replace credentials, and the journal.
	"If no application uses the secret, read the client all the same, by this on the resource or the provider:":                                                              "TestRefresh",
	"To read it all the same, set on the provider:":                                                                                                                          "TestFindRotating",
	"To accept that they stay unseen, without this warning, set on the resource or the provider:":                                                                            "TestRefresh",
	"To do without reading it, set on the resource or the provider:":                                                                                                         "TestRefreshBeforeReadsAreKnown",
	"To plan without reading it and without this warning, set on the resource or the provider:":                                                                              "TestHalfOfManagement",
	"To keep new credentials and see such changes, set on the provider:":                                                                                                     "TestRefresh",
	"To keep new credentials, set on the provider:":                                                                                                                          "TestFindRotating",
	"Make the journal usable: it may have the only credentials that are in force. Only where no server replaces any can token_journal be removed from the provider instead.": "TestJournalThatCannotBeUsed",

	// Imports and the data source.
	"Keep one of the two. Remove the other from the configuration, with its import block, and, if it is in the state, take it out:":                                                                                                                "TestImportOfAnotherResourcesClient",
	"If the client exists, have the server's administrator issue a new registration access token, and set it here:":                                                                                                                                "TestFindRefused",
	"If the client exists, have the server's administrator issue a new registration access token, and set it on the provider:":                                                                                                                     "TestFindRefused",
	"If there is no such client, compare client_id and registration_client_uri with the client's own at the server.":                                                                                                                               "TestFindRefused",
	"To wait longer for each answer, set on the provider:":                                                                                                                                                                                         "TestFindRefused",
	"If the client exists, have the server's administrator issue a new registration access token, and set it in the environment. Where the variable has tokens of other clients already, its new value is to hold those, too, in the same object:": "TestFindRefused",
	"Correct it. This is one of a single client, and between two entries is a comma:":                                                                                                                                                              "TestMalformedTokensOfTheEnvironment",
	"Set it in the environment. Where the variable has tokens of other clients already, its new value is to hold those, too, in the same object:":                                                                                                  "TestImportTokensOfTheEnvironment", "Or on the provider:": "TestImportThatFails",
	"To keep new credentials and see such changes, set on the provider, before the client is imported:":                                                                                                       "TestImportPlanSaysThatItRead",
	"Remove the import block, where there is one, have the server's administrator delete the client, and register another one:":                                                                               "TestRefusedImportOfABlock",
	"Have the server's administrator issue a new token. Before the next run, set on the provider the new token and a journal that keeps those to come:":                                                       "TestSecretFetchedWithATokenThatIsUsedUp",
	"Have the server's administrator issue a new token. Before the next run, remove the token here where it is not a resource's, and set on the provider the new one and a journal that keeps those to come:": "TestSecretFetchedWithATokenThatIsUsedUp",
	"Or narrow the search by what else the server can be asked for:":                                                                                                                                          "TestFindOneOfSeveral",
	"Give the client_id of the one that is meant, in place of client_name:":                                                                                                                                   "TestFindOneOfSeveral",
	"Set client_id, registration_client_uri or client_name:":                                                                                                                                                  "TestFindByToken",
	"To find the client without a search, in place of client_name:":                                                                                                                                           "TestFindByName",
	"Where the server lets an administrator's credential search, set that on the provider (or basic_auth, client_credentials, headers, or a client certificate):":                                             "TestASearchWithoutACredentialIsTold",
	"To read clients, set on the provider:": "TestFindElsewhere",
	"Or, where the server shows its clients to an administrator's credential, set that on the provider (or basic_auth, client_credentials, headers, or a client certificate):": "TestFindWithoutAnyCredential",
	"Or, where the server shows its clients to the provider's own credentials, set on the provider:":                                                                           "TestFindWithoutAnyCredential",
	"Set the client's registration access token here:":                                 "TestFindByToken",
	"To have the client read with its registration access token, set on the provider:": "TestFindWhereTokensAreUnused",
}

// Each way out that a message names is in the table, the table has no other, and the tests that it names are there.
func TestEachWayOutHasATest(t *testing.T) {
	named := map[string]string{}
	written, err := os.ReadFile("../wording/testdata/ways.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(written)) {
		text, where, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !found {
			t.Fatalf("no way and its place: %q", line)
		}
		named[text] = where
	}
	for name, diags := range configurationDiagnostics() {
		for _, way := range waysOf(diags) {
			named[way] = name
		}
	}
	tests := testNames(t)
	for text, where := range named {
		switch test, known := triedBy[text]; {
		case !known:
			t.Errorf("%s: nobody has tried the way %q", where, text)
		case test != byHand && !tests[test]:
			t.Errorf("%s: there is no test %s, which is to try the way %q", where, test, text)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(triedBy)) {
		if named[text] == "" && text != "What to do is told here." {
			t.Errorf("no message names the way %q", text)
		}
	}
}
