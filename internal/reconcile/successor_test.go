// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package reconcile

import "testing"

func TestSuccessorIsProven(t *testing.T) {
	for name, test := range map[string]struct {
		given  Successor
		proven bool
	}{
		"shown": {Successor{Read: AnswerDone, OldShown: true}, true},
		"shown, and its secret is refused as that of the old one is not": {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: Knows}, false},
		"shown, and every secret is refused":                             {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: DoesNotKnow, OldShown: true}, true},
		"shown, and the token endpoint cannot be asked again":            {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: Unanswered, OldShown: true}, true},
		"its token is refused, and that of the old one taken":            {Successor{Read: AnswerUnauthorized, OldShown: true}, false},
		"its token alone is refused":                                     {Successor{Read: AnswerUnauthorized, OldShown: true, Token: Knows}, false},
		"each token is refused":                                          {Successor{Read: AnswerUnauthorized, Token: Knows}, true},
		"it is missing, and the old one shown":                           {Successor{Read: AnswerMissing, OldShown: true}, false},
		"nothing is served":                                              {Successor{Read: AnswerMissing}, true},
		"the server was busy for it":                                     {Successor{Read: AnswerLost, OldShown: true}, false},
		"the server was busy, and its secret is good":                    {Successor{Read: AnswerLost, OldShown: true, Token: Knows}, true},
		"the server was busy, and redirects to it":                       {Successor{Read: AnswerLost, OldShown: true, Authorization: Knows}, true},
		"the server is busy":                                             {Successor{Read: AnswerLost}, true},
		"there are no reads":                                             {Successor{Read: AnswerUnsupported, OldUpdated: true}, true},
		"there are no reads, and its secret is refused":                  {Successor{Read: AnswerUnsupported, Token: DoesNotKnow, OldToken: Knows}, false},
		"there are no reads, and its page says that it is none":          {Successor{Read: AnswerUnsupported, Authorization: DoesNotKnow, OldAuthorization: Knows}, false},
		"there are no reads, and it is shown an error":                   {Successor{Read: AnswerUnsupported, Authorization: TurnsAway, OldAuthorization: Knows}, false},
		"there are no reads, and everyone is shown an error":             {Successor{Read: AnswerUnsupported, Authorization: TurnsAway, OldAuthorization: TurnsAway}, true},
		"it came without a token":                                        {Successor{Unread: true, Unmanaged: true, OldShown: true, Token: Knows}, false},
		"it came without a token, and there are no reads":                {Successor{Unread: true, Unmanaged: true, OldUpdated: true}, false},
		"neither can be managed":                                         {Successor{Unread: true, Unmanaged: true}, true},
		"nothing is managed, by the settings":                            {Successor{Unread: true, OldUpdated: true}, true},
		"nothing is managed, and its secret is refused":                  {Successor{Unread: true, Token: DoesNotKnow, OldToken: Knows}, false},
		"the old one is gone":                                            {Successor{OldGone: true, Read: AnswerUnauthorized, Token: DoesNotKnow, OldToken: Knows, OldShown: true}, true},
	} {
		proven, rule := test.given.Proven()
		if proven != test.proven {
			t.Errorf("%s: %v by %q", name, proven, rule)
		}
		if !proven && !test.given.Doubtful() {
			t.Errorf("%s: the old one is not asked about", name)
		}
	}
	if (Successor{Read: AnswerDone, Token: Knows}).Doubtful() {
		t.Error("the old one is asked about without need")
	}
}
