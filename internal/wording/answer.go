// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package wording

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/authserver"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/dcr"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// account is what an error says, in the parts of a message: what servers answered, each answer line by line; what else it says, in sentences;
// and the ways that an inner problem knows.
type account struct {
	answers  [][]string
	answered bool // at least one of the answers came from a server
	rest     string
	fix      []Fix
}

// and leaves out an answer that is there already, as where the same was asked twice.
func (a account) and(b account) account {
	answers := a.answers
	for _, answer := range b.answers {
		if !slices.ContainsFunc(answers, func(told []string) bool { return slices.Equal(lasting(told), lasting(answer)) }) {
			answers = append(answers, answer)
		}
	}
	return account{
		answers: answers, answered: a.answered || b.answered, rest: Paragraphs(a.rest, b.rest), fix: append(a.fix, b.fix...),
	}
}

const requestID = "request id: "

// lasting are the lines of an answer that are the same when it comes again.
func lasting(answer []string) []string {
	return slices.DeleteFunc(slices.Clone(answer), func(line string) bool { return strings.HasPrefix(line, requestID) })
}

// block is what the servers said. Its lines are indented, so that Terraform does not wrap them.
func (a account) block() string {
	if len(a.answers) == 0 {
		return ""
	}
	head := "No answer came:"
	if a.answered {
		head = "Server said:"
	}
	return head + "\n  " + strings.Join(slices.Concat(a.answers...), "\n  ")
}

var methods = map[dcr.Operation]string{
	dcr.Register: http.MethodPost, dcr.Read: http.MethodGet, dcr.Update: http.MethodPut, dcr.Delete: http.MethodDelete,
	dcr.List: http.MethodGet,
}

// answerLines are the request without its query, the status, and the server's own words.
func answerLines(e *dcr.Error) []string {
	if told, failed := withoutAccessToken(e); failed {
		return tokenLines(told)
	}
	request := strings.TrimSpace(methods[e.Operation] + " " + withoutQuery(e.Endpoint))
	var lines []string
	switch {
	case e.Status != 0:
		status := strconv.Itoa(e.Status)
		if code := cmp.Or(e.Code, http.StatusText(e.Status)); code != "" {
			status += " " + code
		}
		lines = append(lines, request+": "+status)
	case e.Redirected && e.Target != "":
		lines = append(lines, request+": a redirect to "+e.Target)
	case e.Redirected:
		lines = append(lines, request+": a redirect to nowhere")
	case e.Reason == "" && e.Err != nil:
		lines = append(lines, request+": "+transport.WithoutRequest(e.Err))
	default:
		lines = append(lines, request)
	}
	if e.Redirected && e.Status != 0 && e.Target != "" {
		lines = append(lines, "after a redirect to "+e.Target)
	}
	if e.Description != "" {
		lines = append(lines, e.Description)
	}
	if e.Reason != "" {
		lines = append(lines, "(the server "+e.Reason+")")
	}
	if e.RequestID != "" {
		lines = append(lines, requestID+e.RequestID)
	}
	return lines
}

// answered reports whether the server gave an answer, if one that is of no use.
func answered(e *dcr.Error) bool {
	if told, failed := withoutAccessToken(e); failed {
		return told.Status != 0
	}
	var te *transport.Error
	return e.Status != 0 || e.Redirected || errors.As(e.Err, &te) && (te.Kind == transport.TooLarge || te.RedirectedTo != "")
}

// withoutAccessToken is why the provider's client_credentials brought no access token for a request, where it was not sent because of that.
func withoutAccessToken(e *dcr.Error) (*transport.TokenError, bool) {
	if e.Status != 0 {
		return nil, false
	}
	return errors.AsType[*transport.TokenError](e.Err)
}

// causeOf says what an answer usually means, and what can be done about it. A hint is given only where it fits both the operation and
// the answer.
func causeOf(err error) (means string, ways []Fix) {
	var de *dcr.Error
	if !errors.As(err, &de) {
		return unaskedCause(err)
	}
	switch de.Cause() {
	case dcr.NoAnswer:
		var te *transport.Error
		if told, failed := withoutAccessToken(de); failed {
			return tokenCause(told)
		}
		if errors.As(err, &te) {
			if te.Kind == transport.Authorization && de.Operation != dcr.Register {
				return notSent, []Fix{{Way: "registration_access_token", Text: "Correct the registration access token where it is set, in registration_access_token or in registration_access_tokens on the provider (what is read from a file may end in a line break, which trimspace() removes)."}}
			}
			means, ways = transportCause(te)
			if te.Kind == transport.TooLarge && de.Operation == dcr.Register {
				ways = []Fix{{Way: "registration_endpoint", Text: "Set the server's client registration endpoint on the provider:", Lines: []string{registrationEndpointExample}}}
			}
			return means, ways
		}
		return "", nil
	case dcr.CredentialRefused:
		return credentialCause(de)
	case dcr.RedirectURIRefused, dcr.SoftwareStatementRefused, dcr.MetadataRefused, dcr.MetadataRefusedSilently:
		return metadataCause(de)
	case dcr.Redirected, dcr.NotARegistration, dcr.NoEndpoint:
		return endpointCause(de)
	case dcr.PolicyRefuses:
		return "The server's policy refuses this registration: it allows only certain hosts or scopes, for example, or the credential lacks a scope.",
			[]Fix{{Way: "administrator", Text: "Ask the server's administrator which rule refuses it."}}
	case dcr.OperationForbidden:
		return "The server does not allow this operation to the credential that was used. Nothing here says that the client is gone.",
			[]Fix{askCredential}
	case dcr.OperationMissing:
		if de.Operation == dcr.Register {
			return "The server does not support registration at this address, or it is switched off.", noRegistrationHere()
		}
		return "The server does not support this operation at this address.", nil
	case dcr.RequestRefused:
		if de.Operation == dcr.Delete {
			return deletionRefused(de)
		}
		return "The server refuses the request, and not because of its credential.", askWhy()
	case dcr.RateLimited, dcr.ServerFailed:
		return momentCause(de)
	case dcr.UnknownCause:
		return statusAlone(de), askWhy()
	case dcr.NoClient, dcr.NoRoute:
		if de.Operation == dcr.Update {
			return "The client may be gone.", []Fix{{Way: "plan again", Text: "Plan again, which reads the client, where the server has reads:", Lines: []string{"terraform plan"}}}
		}
	}
	return "", nil
}

// unaskedCause is for what kept a request from being made.
func unaskedCause(err error) (means string, ways []Fix) {
	if missing, ok := errors.AsType[*authserver.MissingTokenEndpoint](err); ok {
		return notSent, tokenEndpointWays(missing)
	}
	if te, ok := errors.AsType[*transport.Error](err); ok {
		return transportCause(te)
	}
	return "", nil
}

// statusAlone is for an answer of which the status is all that there is to go by.
func statusAlone(de *dcr.Error) string {
	if de.Status == http.StatusUnsupportedMediaType && (de.Operation == dcr.Register || de.Operation == dcr.Update) {
		return "The server does not take application/json, in which RFC 7591 §3.1 has client metadata sent. It may take a signed JWT alone, which this provider does not send."
	}
	return "The status does not tell what is wrong with the request."
}

// deletionRefused is for a deletion that the server does not make now. RFC 7592 §2.3 has no such answer, so that only its words tell why.
func deletionRefused(de *dcr.Error) (means string, ways []Fix) {
	if de.Code == "" && de.Description == "" {
		return "The server refuses the deletion and does not say why. It may be about the client, as where it is in use there, or about the credential.", askWhy()
	}
	return "The server does not delete the client now, for what its answer says.",
		askWhy()
}

// momentCause is for an answer that may be another one at another time.
func momentCause(de *dcr.Error) (means string, ways []Fix) {
	limited := de.Cause() == dcr.RateLimited
	switch {
	case limited && !de.Until.IsZero():
		return limitsRequests + " " + asksUntil(de.Until), againThen()
	case limited:
		return limitsRequests,
			[]Fix{{Way: "max_concurrent_requests", Text: "Try again later. To send fewer requests at a time, set on the provider:", Lines: []string{"max_concurrent_requests = 1"}}}
	case !de.Until.IsZero():
		return "The server failed. " + asksUntil(de.Until), againThen()
	}
	return "The server failed. A request that is safe to repeat was sent up to max_retries times more.", []Fix{{Way: "retry", Text: "Try again later, or look into the server's log."}}
}

// endpointCause is for an answer of something that is no registration endpoint.
func endpointCause(de *dcr.Error) (means string, ways []Fix) {
	registering := de.Operation == dcr.Register
	switch de.Cause() {
	case dcr.Redirected:
		means = "The provider does not follow this redirect: what it sends is for the address that was asked, and for no other."
		if de.Status == http.StatusNotModified {
			means = "The answer says that nothing has changed, which does not answer this request. Something on the way, such as a cache, may have given it."
		}
		if registering {
			ways = redirectedRegistration(de)
		}
		if downgrades(de.Endpoint, de.Target) {
			means = redirectsToPlainHTTP
			if !registering {
				ways = []Fix{correctScheme}
			}
		}
	case dcr.NotARegistration:
		if de.OtherClient {
			return "The server answered with the registration of another client, which the provider does not take for this one's. It may have given two clients one address, or have mixed up its answers.",
				[]Fix{{Way: "administrator", Text: "Ask the server's administrator which client is at this address."}}
		}
		means = "The server answered as if the request had succeeded, but not with the registration of a client (RFC 7591 §3.2.1). This may be another kind of endpoint."
		if registering {
			ways = []Fix{{Way: "registration_endpoint", Text: "Set the server's client registration endpoint on the provider:", Lines: []string{registrationEndpointExample}}}
		}
	default:
		return "There is no registration endpoint at this address, or registration is switched off.",
			noRegistrationHere()
	}
	return means, ways
}

// noRegistrationHere are the ways where the address may be the right one, which the server's metadata may name, and may not.
func noRegistrationHere() []Fix {
	return []Fix{
		{Way: "server", Text: "Switch dynamic client registration on at the server."},
		{Way: "registration_endpoint", Text: "Set the server's client registration endpoint on the provider:", Lines: []string{registrationEndpointExample}},
	}
}

// atRegistrationAlone is for a parameter that a server lets nobody change.
var atRegistrationAlone = Fix{
	Way:   "terraform apply -replace",
	Text:  "If the server takes that value at a registration, and in no update, have another client registered in its place, by the resource's address. It has another client_id:",
	Lines: []string{"terraform apply -replace=ADDRESS"},
}

// metadataCause is for a document that the server refuses.
func metadataCause(de *dcr.Error) (means string, ways []Fix) {
	switch de.Cause() {
	case dcr.RedirectURIRefused:
		return "The server refuses one of the redirect_uris.",
			[]Fix{{Way: "configuration", Text: "Compare redirect_uris with what the server allows: scheme, host, port, and what fits application_type."}}
	case dcr.SoftwareStatementRefused:
		return "The server does not accept the software statement. It may have expired, or the server does not trust its issuer.",
			[]Fix{{Way: "configuration", Text: "Get a new software statement from its issuer and set software_statement."}}
	case dcr.MetadataRefused:
		if len(de.Members) == 0 {
			return "The server refuses what was sent, and names no parameter of the client metadata.", append(askWhy(), Fix{Way: "configuration", Text: "If its words are about a parameter, change or remove that."})
		}
		ways = []Fix{{Way: "configuration", Text: "Change or remove the parameter that the server names."}}
		if de.Operation == dcr.Update {
			ways = append(ways, atRegistrationAlone)
		}
		return "The server refuses a value of the client metadata.", ways
	}
	return "The server refuses a value of the client metadata and does not say which.",
		[]Fix{{Way: "configuration", Text: "Remove parameters, one after the other, beginning with those that the server may not know; or look into the server's log."}}
}
