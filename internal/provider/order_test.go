// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
	"github.com/terraform-oidc/terraform-provider-oidc/internal/metadata"
)

// Some servers take the first redirection URI as the default, so that the configured order is what is sent.
const (
	uriA = "https://app.example.com/a"
	uriB = "https://app.example.com/b"
)

func twoURIs(first, second string) attrs {
	return attrs{"client_name": "App", "redirect_uris": []string{first, second}, "contacts": []string{first + "@x", second + "@x"}}
}

// sentOrder is the redirect_uris of the last request of an operation.
func sentOrder(r *subject, op fakeop.Operation) string {
	requests := r.op.Of(op)
	if len(requests) == 0 {
		return "nothing"
	}
	var sent struct {
		RedirectURIs []string `json:"redirect_uris"`
		Contacts     []string
	}
	if err := json.Unmarshal(requests[len(requests)-1].Body, &sent); err != nil {
		r.t.Fatal(err)
	}
	for i, contact := range sent.Contacts {
		if contact != sent.RedirectURIs[i]+"@x" {
			r.t.Errorf("redirect_uris are sent as %v, and contacts as %v", sent.RedirectURIs, sent.Contacts)
		}
	}
	return fmt.Sprint(sent.RedirectURIs)
}

// Another order of contacts means nothing to anybody, and is no change.
func TestOrderThatMeansNothingIsNoChange(t *testing.T) {
	t.Parallel()
	r := newSubject(t, &fakeop.Server{}, nil)
	r.Apply(app.With(attrs{"contacts": []string{"a@x", "b@x"}, "grant_types": []string{"authorization_code", "refresh_token"}}))
	r.WantEmpty(app.With(attrs{"contacts": []string{"b@x", "a@x"}, "grant_types": []string{"refresh_token", "authorization_code"}}))
}

// Another order in the configuration is an update, on a server that keeps orders as on one that shows its own, and no plan comes back to
// it. An update for another reason carries the configured order.
func TestConfiguredOrderIsSent(t *testing.T) {
	t.Parallel()
	sorted := func(v any) any {
		list := slices.Clone(v.([]any))
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		return list
	}
	for name, faults := range map[string]fakeop.Faults{
		"kept":     {},
		"sorted":   {Substitute: map[string]any{"redirect_uris": sorted, "contacts": sorted}},
		"at will":  {ReorderArrays: true},
		"rotating": {RotateTokenOnUpdate: true, RotateSecretOnUpdate: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, &fakeop.Server{Faults: faults}, nil)
			r.Apply(twoURIs(uriB, uriA))
			r.WantEmpty(twoURIs(uriB, uriA))
			if got, want := sentOrder(r, fakeop.OpRegister), fmt.Sprint([]any{uriB, uriA}); got != want {
				t.Errorf("registered %s", got)
			}
			r.op.ResetLog()
			// What means nothing by itself is planned as it is configured beside a change.
			if got := r.ManagedChanges(r.Plan(twoURIs(uriA, uriB))); !slices.Equal(got, []string{"contacts", "redirect_uris"}) {
				t.Errorf("another order changes %v", got)
			}
			r.Apply(twoURIs(uriA, uriB))
			// A server that shows this order already has nothing to be sent.
			if got, want := sentOrder(r, fakeop.OpUpdate), fmt.Sprint([]any{uriA, uriB}); got != want && name != "sorted" && name != "at will" {
				t.Errorf("sent %s, want %s", got, want)
			}
			r.WantEmpty(twoURIs(uriA, uriB))
			r.op.ResetLog()
			r.Apply(twoURIs(uriB, uriA).With(attrs{"client_name": "App 2"}))
			if got, want := sentOrder(r, fakeop.OpUpdate), fmt.Sprint([]any{uriB, uriA}); got != want {
				t.Errorf("an update sent %s, want %s", got, want)
			}
			r.WantEmpty(twoURIs(uriB, uriA).With(attrs{"client_name": "App 2"}))
			r.op.ResetLog()
			r.Apply(twoURIs(uriB, uriA).With(attrs{"client_name": "App 3"}))
			if got, want := sentOrder(r, fakeop.OpUpdate), fmt.Sprint([]any{uriB, uriA}); got != want {
				t.Errorf("an update of the name alone sent %s, want %s", got, want)
			}
		})
	}
}

// On a server without updates another order is no other client; one that is made for another reason has the configured order.
func TestOrderIsNoReasonForAnotherClient(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*fakeop.Server{
		"no management": {Management: fakeop.ManagementOff},
		"no updates":    {Faults: fakeop.Faults{UpdateStatus: 405}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newSubject(t, s, nil)
			r.Apply(twoURIs(uriA, uriB))
			_ = r.TryApply(twoURIs(uriA, uriB).With(attrs{"client_name": "App 2"})) // the server without updates says so here, or replaces
			_ = r.TryApply(twoURIs(uriA, uriB))
			id := r.id()
			r.WantEmpty(twoURIs(uriB, uriA))
			r.Apply(twoURIs(uriB, uriA).With(attrs{"client_name": "App 3"}))
			if r.id() == id {
				t.Fatal("a change is no other client")
			}
			if got, want := sentOrder(r, fakeop.OpRegister), fmt.Sprint([]any{uriB, uriA}); got != want {
				t.Errorf("registered %s, want %s", got, want)
			}
			r.WantEmpty(twoURIs(uriB, uriA).With(attrs{"client_name": "App 3"}))
		})
	}
}

// An import takes the order over that the server shows, and a configuration with another one is sent.
func TestConfiguredOrderAfterAnImport(t *testing.T) {
	t.Parallel()
	s := &fakeop.Server{}
	id, uri, token := registeredBefore(t, s, twoURIs(uriA, uriB))
	r := newRig(t, s)
	if err := r.Start(attrs{"issuer": s.Issuer(), "registration_access_tokens": map[string]any{id: token}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Import(theClient, uri); err != nil {
		t.Fatal(err)
	}
	config := map[string]attrs{theClient: twoURIs(uriB, uriA)}
	if err := r.Apply(config); err != nil {
		t.Fatal(err)
	}
	if got, want := sentOrder(unstarted(t, s), fakeop.OpUpdate), fmt.Sprint([]any{uriB, uriA}); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
	if empty, err := r.Plan(config); err != nil || !empty {
		t.Errorf("the plan after it is empty: %t, %v", empty, err)
	}
}

// valuesOutOfOrder are three values of a list parameter, in no order that anybody would sort them into.
func valuesOutOfOrder(p *metadata.Parameter) []string {
	switch {
	case len(p.Values) >= 3:
		return []string{p.Values[1], p.Values[0], p.Values[2]}
	case p.Elements == metadata.URI:
		return []string{"https://app.example.com/b", "https://app.example.com/a", "https://app.example.com/c"}
	}
	return []string{"b", "a", "c"}
}

// sentList is a list in the body of the last request of an operation.
func sentList(t *testing.T, op *fakeop.Server, operation fakeop.Operation, member string) string {
	t.Helper()
	requests := op.Of(operation)
	if len(requests) == 0 {
		return "nothing"
	}
	var sent map[string]any
	if err := json.Unmarshal(requests[len(requests)-1].Body, &sent); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(sent[member])
}

// Every list is sent in the configured order, by a registration and by an update, whatever order the server shows and whether or not
// another order alone is a change: parameters, their variants in other languages, and members of a vendor at any depth.
func TestEachListIsSentAsItIsConfigured(t *testing.T) {
	t.Parallel()
	lists := map[string]func(values []string) attrs{}
	given := map[string][]string{}
	for _, p := range metadata.All() {
		if p.Kind != metadata.StringList {
			continue
		}
		lists[p.Name] = func(values []string) attrs { return attrs{p.Name: values} }
		given[p.Name] = valuesOutOfOrder(p)
		if p.Localizable {
			lists[p.Name+"#ja"] = func(values []string) attrs { return attrs{"localized": attrs{"ja": attrs{p.Name: values}}} }
			given[p.Name+"#ja"] = valuesOutOfOrder(p)
		}
	}
	lists["x_list"] = func(values []string) attrs { return attrs{"extension_metadata": attrs{"x_list": values}} }
	given["x_list"] = []string{"b", "a", "c"}
	for member, list := range lists {
		for name, faults := range map[string]fakeop.Faults{"kept": {}, "shown otherwise": {ReorderArrays: true}, "no updates": {UpdateStatus: 405}} {
			if member == "x_list" && name == "shown otherwise" {
				continue // what an order means in a vendor's list nobody knows: another one is drift
			}
			t.Run(member+", "+name, func(t *testing.T) {
				t.Parallel()
				r := newSubject(t, &fakeop.Server{Extensions: []string{"x_list"}, Faults: faults}, nil)
				first, second := given[member], []string{given[member][2], given[member][0], given[member][1]}
				config := func(client string, values []string) attrs {
					more := list(values)
					switch member {
					case "response_types":
						more["grant_types"] = []string{"authorization_code", "implicit"}
					case "grant_types":
						more["response_types"] = []string{"code", "id_token"}
					}
					return attrs{"redirect_uris": []string{uriA}, "client_name": client}.With(more)
				}
				r.Apply(config("App", first))
				if got, want := sentList(t, r.op, fakeop.OpRegister, member), fmt.Sprint(first); got != want {
					t.Errorf("registered %s, want %s", got, want)
				}
				r.WantEmpty(config("App", first))
				r.op.ResetLog()
				err := r.TryApply(config("App 2", second))
				if err != nil && strings.Contains(err.Error(), "Server does not support updates of clients") {
					err = r.TryApply(config("App 2", second)) // which replaces the client
				}
				if err != nil {
					t.Fatal(err)
				}
				operation := fakeop.OpUpdate
				if name == "no updates" {
					operation = fakeop.OpRegister
				}
				if got, want := sentList(t, r.op, operation, member), fmt.Sprint(second); got != want {
					t.Errorf("changed %s, want %s", got, want)
				}
				r.WantEmpty(config("App 2", second))
			})
		}
	}
}
