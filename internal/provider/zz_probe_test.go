package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/fakeop"
)

func TestZZProbe(t *testing.T) {
	op := &fakeop.Server{}
	r := newSubject(t, op, attrs{"max_retries": 0})
	r.Apply(secured())
	big := fakeop.Answer{Status: 200, Body: strings.Repeat("x", 2<<20)}
	for _, a := range []fakeop.Answer{{Status: 402}, {Status: 407}, {Status: 410}, {Status: 413}, {Status: 418}, {Status: 408}, {Status: 409}, {Status: 426}, big} {
		for _, kind := range []string{"read", "delete"} {
			op.SetFaults(fakeop.Faults{})
			if kind == "read" {
				op.SetFaults(fakeop.Faults{Reading: fakeop.ReadingFaults{Calls: fakeop.Always(a)}})
			} else {
				op.Force(fakeop.OpDelete, a)
			}
			r.start(attrs{"max_retries": 0})
			var err error
			if kind == "read" {
				_, err = r.TryPlan(secured())
			} else {
				s, p := r.State, r.Private
				err = r.TryDestroy()
				r.State, r.Private = s, p
			}
			fmt.Printf("#### %s %d\n%v\n%s\n", kind, a.Status, err, r.details())
		}
	}
}
