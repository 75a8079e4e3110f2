// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/jsonvalue"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/origin"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/transport"
)

// Finder searches, and remembers what it found for as long as it lives. It is safe for concurrent use.
type Finder struct {
	// InsecureLoopback has a loopback host asked for WebFinger over plain http where no scheme but acct was typed.
	// It changes nothing for any other host. Set it before first use.
	InsecureLoopback bool

	transport doer
	webfinger once[*WebFingerResult]
	metadata  once[*ServerMetadata]
}

// New returns a Finder that asks through t. One Finder serves a whole provider instance: its memory is what makes one
// discovery of many clients. Sharing it further, among instances with other certificates or proxies, was rejected: the
// instance that checks servers loosely would answer for the one that checks them well.
func New(t *transport.Client) *Finder {
	f := &Finder{transport: t}
	f.metadata.partial = func(m *ServerMetadata) bool { return m.Incomplete != nil }
	return f
}

// doer is what the package needs of transport.Client.
type doer interface {
	Do(context.Context, transport.Request) (*transport.Response, error)
}

// search is one search under way: who asks, and what was asked so far.
type search struct {
	transport doer
	input     string // as shown in errors
	auth      transport.Authorizer
	accept    string
	steps     []Step
}

// answer is what came back from one place. At most one of object and refused is set; neither means that there is nothing
// here, for the reason that words gives.
type answer struct {
	object  map[string]any // a JSON object with 200
	refused bool           // 401 or 403
	words   string         // what came back, as in the last step
	from    string         // the URL that answered: another one than was asked after a redirect
}

// get asks url, without credentials at first. Its error, an *Error, ends the search.
func (s *search) get(ctx context.Context, url string) (answer, error) {
	a, err := s.getWith(ctx, url, nil)
	// Where a redirect led to the refusal, the host that was asked doesn't want them and the one that refused won't get
	// them (the transport keeps them from other origins): sending them would only show them to the wrong one.
	if err == nil && a.refused && s.auth != nil && s.auth != transport.NoAuth() && origin.Same(url, a.from) {
		a, err = s.getWith(ctx, url, s.auth)
	}
	return a, err
}

func (s *search) getWith(ctx context.Context, url string, auth transport.Authorizer) (answer, error) {
	request := transport.Request{
		Method: http.MethodGet, URL: url, Accept: s.accept, Auth: auth, Repeat: transport.Always, FollowRedirects: true,
	}
	step := Step{URL: showURL(url)}
	if auth != nil {
		step.With = auth.Describe()
	}
	response, err := s.transport.Do(ctx, request)
	if err != nil {
		return answer{}, s.unreachable(step, err)
	}
	a := understand(response)
	a.from = response.URL
	step.Answer = a.words
	if a.from != url {
		step.Answer = "redirected to " + showRedirect(a.from) + ": " + a.words
	}
	s.steps = append(s.steps, step)
	if response.Status == http.StatusTooManyRequests || response.Status >= 500 {
		e := s.fail(Unavailable, "the server answered "+a.words)
		e.Until = response.Until
		return answer{}, e
	}
	return a, nil
}

// refusal is the error for 401 and 403. who is what answered so.
func (s *search) refusal(who string, a answer) *Error {
	last := s.steps[len(s.steps)-1]
	switch {
	case last.With != "":
		return s.fail(CredentialsRefused, who+" refused the credentials ("+a.words+")")
	case !origin.Same(last.URL, a.from):
		return s.fail(CredentialsElsewhere, who+" redirects to another host that wants credentials ("+a.words+
			"), and credentials are not sent along by redirects")
	default:
		return s.fail(CredentialsNeeded, who+" wants credentials ("+a.words+")")
	}
}

// reword replaces what the last step says came back: the caller knows better what is wrong with the object.
func (s *search) reword(words string) {
	last := &s.steps[len(s.steps)-1]
	last.Answer = strings.TrimSuffix(last.Answer, objectWords) + words
}

func (s *search) fail(kind Kind, reason string) *Error {
	return &Error{Kind: kind, Input: s.input, Steps: s.steps, Reason: reason}
}

// unreachable is for a request without an answer.
func (s *search) unreachable(step Step, err error) error {
	e := &Error{Kind: Unavailable, Input: s.input, Reason: err.Error(), Err: err}
	step.Answer, step.Unanswered = "no answer", true
	if t, ok := errors.AsType[*transport.Error](err); ok {
		// The transport's own text begins with method and URL, which the step has already.
		step.Answer = t.Kind.String()
		if t.Kind == transport.ProxyRefused && t.Err != nil {
			step.Answer = t.Err.Error()
		}
		if t.RedirectedTo != "" {
			step.Answer, step.Unanswered = "redirected to "+t.RedirectedTo+": "+step.Answer, false
		}
		e.Reason, e.Until = step.Answer, t.Until
		if t.Err != nil && t.Kind != transport.ProxyRefused {
			e.Reason += ": " + t.Err.Error()
		}
		switch t.Kind {
		case transport.InsecureURL, transport.BadURL:
			e.Kind = BadAddress
			return e // refused before anything was sent
		case transport.Canceled:
			e.Kind = Canceled
		case transport.Authorization:
			e.Kind = CredentialsRefused
		case transport.TooLarge, transport.Redirect, transport.RateLimited, transport.ProxyRefused:
			step.Unanswered = false // there was one, which cannot be used
		}
	}
	e.Steps = append(append([]Step(nil), s.steps...), step)
	return e
}

// ended gives the error of a search as its caller gets it: what isn't an *Error is the end of the caller's own context,
// while the search goes on for others or was never begun.
func ended(input string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: TimedOut, Input: input, Reason: "the operation's time ran out before the server was found", Err: err}
	}
	return &Error{Kind: Canceled, Input: input, Reason: "the operation was interrupted", Err: err}
}

const objectWords = "a JSON object"

// understand says what an answer is. The media type does not decide what JSON is (servers send text/html and
// application/octet-stream with it), the body does.
func understand(r *transport.Response) answer {
	status := statusWords(r.Status)
	switch {
	case r.Status == http.StatusUnauthorized:
		if schemes := challenges(r.Header); schemes != "" {
			status += ", it asks for " + schemes
		}
		return answer{refused: true, words: status}
	case r.Status == http.StatusForbidden:
		return answer{refused: true, words: status}
	case r.Status != http.StatusOK:
		return answer{words: status}
	}

	body := bytes.TrimSpace(bytes.TrimPrefix(r.Body, []byte("\xef\xbb\xbf")))
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !mediaTypePattern.MatchString(mediaType) {
		mediaType = "no media type"
	}
	value, err := jsonvalue.Decode(body)
	valid := err == nil
	object, isObject := value.(map[string]any)
	switch {
	case isObject && !metadata.Absent(object["error"]):
		// 200 with an error in it is a failure, whatever else it holds.
		return answer{words: status + " with a JSON error document (" + memberNames(object) + ")"}
	case isObject:
		return answer{object: object, words: status + " with " + objectWords}
	case valid:
		return answer{words: status + " with JSON that is not an object"}
	case len(body) == 0:
		return answer{words: status + " with an empty body"}
	case mediaType == "text/html" || mediaType == "application/xhtml+xml" || looksHTML(body):
		return answer{words: status + " with an HTML page"}
	default:
		return answer{words: status + " with a body that is not JSON (" + mediaType + ")"}
	}
}

func statusWords(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprintf("status %d", status)
}

func looksHTML(body []byte) bool {
	head := strings.ToLower(string(body[:min(len(body), 512)]))
	return strings.HasPrefix(head, "<!doctype html") || strings.Contains(head, "<html") || strings.Contains(head, "<body")
}

// challenges lists the authentication schemes of a 401, those that have a well-known name.
func challenges(h http.Header) string {
	var schemes []string
	for _, challenge := range h.Values("WWW-Authenticate") {
		if scheme, _, _ := strings.Cut(challenge, " "); schemePattern.MatchString(scheme) && !slices.Contains(schemes, scheme) {
			schemes = append(schemes, scheme)
		}
	}
	return strings.Join(schemes, " or ")
}

// flightKey keeps those who bring credentials from sharing the failures of those who don't.
func flightKey(auth transport.Authorizer, parts ...string) string {
	return fmt.Sprintf("%t %q", auth != nil, parts)
}
