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
		"shown, and the token endpoint cannot be asked again":            {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: Unanswered, OldShown: true}, false},
		"shown, its secret is refused, and the old one has none":         {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: NotAsked, OldShown: true}, false},
		"shown, and its secret is refused for the second time":           {Successor{Read: AnswerDone, Token: DoesNotKnow, OldToken: Silent, OldShown: true, Before: RepeatRefused}, true},
		"no reads, its secret is refused, and nothing manages the old":   {Successor{Read: AnswerUnsupported, Token: DoesNotKnow, OldToken: Silent}, false},
		"refused and without a token, of which one is new":               {Successor{Unread: true, Unmanaged: true, OldShown: true, Token: DoesNotKnow, OldToken: Silent, Before: RepeatRefused}, false},
		"refused and without a token, as the one before it":              {Successor{Unread: true, Unmanaged: true, OldShown: true, Token: DoesNotKnow, OldToken: Silent, Before: RepeatRefused + " " + RepeatUnmanaged}, true},
		"elsewhere, shown, and its secret alone is refused":              {Successor{Elsewhere: true, Read: AnswerDone, OldShown: true, Token: DoesNotKnow, OldToken: Silent}, false},
		"elsewhere, shown, and its secret refused for the second time":   {Successor{Elsewhere: true, Read: AnswerDone, OldShown: true, Token: DoesNotKnow, OldToken: Silent, Before: RepeatRefused}, true},
		"elsewhere, shown, and every secret is refused":                  {Successor{Elsewhere: true, Read: AnswerDone, OldShown: true, Token: DoesNotKnow, OldToken: DoesNotKnow}, false},
		"elsewhere, another client is shown, and its secret is good":     {Successor{Elsewhere: true, Read: AnswerOtherClient, OldShown: true, Token: Knows}, false},
		"elsewhere, nothing is served, and its secret is good":           {Successor{Elsewhere: true, Read: AnswerMissing, OldShown: true, Token: Knows}, true},
		"elsewhere, its token alone is refused for the second time":      {Successor{Elsewhere: true, Read: AnswerUnauthorized, OldShown: true, Token: Knows, Before: RepeatUnread}, true},
		"elsewhere, each token is refused, and its secret is good":       {Successor{Elsewhere: true, Read: AnswerUnauthorized, Token: Knows}, true},
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
		"shown, and no answer held its secret":                           {Successor{Read: AnswerDone, Secretless: true, OldShown: true}, false},
		"shown, and no answer held its secret for the second time":       {Successor{Read: AnswerDone, Secretless: true, OldShown: true, Before: RepeatSecretless}, true},
		"elsewhere, shown, and no answer held its secret":                {Successor{Elsewhere: true, Read: AnswerDone, Secretless: true}, false},
		"no answer held its secret, and it came without a token":         {Successor{Unread: true, Unmanaged: true, Secretless: true, OldShown: true, Before: RepeatUnmanaged}, false},
		"no answer held its secret, and the old one is gone":             {Successor{OldGone: true, Read: AnswerDone, Secretless: true}, true},
		"shown to whoever may read any, as one from before":              {Successor{Read: AnswerDone, Disowned: true}, false},
		"shown so, and the old one is gone":                              {Successor{OldGone: true, Read: AnswerDone, Disowned: true}, true},
		"it came without a token":                                        {Successor{Unread: true, Unmanaged: true, OldShown: true, Token: Knows}, false},
		"it came without a token, and there are no reads":                {Successor{Unread: true, Unmanaged: true, OldUpdated: true}, false},
		"it came without a token, as the one before it":                  {Successor{Unread: true, Unmanaged: true, OldShown: true, Before: RepeatUnmanaged}, true},
		"it came without a token, and the one before it was not shown":   {Successor{Unread: true, Unmanaged: true, OldShown: true, Before: RepeatUnread}, false},
		"without a token twice, and its secret is refused":               {Successor{Unread: true, Unmanaged: true, OldShown: true, Before: RepeatUnmanaged, Token: DoesNotKnow, OldToken: Knows}, false},
		"elsewhere, it came without a token":                             {Successor{Elsewhere: true, Unread: true, Unmanaged: true, OldShown: true, OldUpdated: true}, true},
		"elsewhere, without a token, and its secret is refused":          {Successor{Elsewhere: true, Unread: true, Unmanaged: true, OldShown: true, Token: DoesNotKnow, OldToken: Knows}, false},
		"elsewhere, without a token, and its secret alone is refused":    {Successor{Elsewhere: true, Unread: true, Unmanaged: true, OldShown: true, Token: DoesNotKnow, OldToken: Silent}, false},
		"elsewhere, no reads, and its secret alone is refused":           {Successor{Elsewhere: true, Read: AnswerUnsupported, OldShown: true, Token: DoesNotKnow, OldToken: Silent}, false},
		"elsewhere, its secret is refused for the second time":           {Successor{Elsewhere: true, Unread: true, Unmanaged: true, OldShown: true, Token: DoesNotKnow, OldToken: Silent, Before: RepeatRefused}, true},
		"elsewhere, its secret is refused, and the old one not shown":    {Successor{Elsewhere: true, Unread: true, Unmanaged: true, Token: DoesNotKnow, OldToken: Silent}, false},
		"elsewhere, shown, and everyone there may get an error page":     {Successor{Elsewhere: true, Read: AnswerDone, Authorization: TurnsAway, OldAuthorization: Knows}, true},
		"elsewhere, shown, and its secret is refused":                    {Successor{Elsewhere: true, Read: AnswerDone, Token: DoesNotKnow, OldToken: Knows}, false},
		"elsewhere, its page says that it is none":                       {Successor{Elsewhere: true, Read: AnswerUnauthorized, Authorization: DoesNotKnow, OldAuthorization: Knows}, false},
		"elsewhere, there are no reads":                                  {Successor{Elsewhere: true, Read: AnswerUnsupported, OldShown: true}, true},
		"elsewhere, its token is refused":                                {Successor{Elsewhere: true, Read: AnswerUnauthorized, OldShown: true}, false},
		"elsewhere, its token is refused, and its client_id taken":       {Successor{Elsewhere: true, Read: AnswerUnauthorized, OldShown: true, Authorization: Knows}, false},
		"elsewhere, its token alone is refused":                          {Successor{Elsewhere: true, Read: AnswerUnauthorized, OldShown: true, Token: Knows}, false},
		"elsewhere, its token is refused twice":                          {Successor{Elsewhere: true, Read: AnswerUnauthorized, OldShown: true, Before: RepeatUnread}, true},
		"its token is refused twice, and that of the old one taken":      {Successor{Read: AnswerUnauthorized, OldShown: true, Before: RepeatUnread}, false},
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

// Whatever a server answers each time, the second registration that is answered so is taken, or none is: no server has each apply register one more client in vain,
// but where the old client is known to work and the new one is not.
func TestSuccessorsThatAreAnsweredAlikeAreTakenInTheEnd(t *testing.T) {
	testimonies := []Testimony{NotAsked, Unanswered, Silent, Knows, DoesNotKnow, TurnsAway}
	for _, elsewhere := range []bool{false, true} {
		for read := AnswerLost; read <= AnswerRefused; read++ {
			for i := range 32 {
				for _, token := range testimonies {
					for _, oldToken := range testimonies {
						s := Successor{Elsewhere: elsewhere, Read: read, Unread: i&1 > 0, Unmanaged: i&2 > 0, OldShown: i&4 > 0, OldUpdated: i&8 > 0, Secretless: i&16 > 0, Token: token, OldToken: oldToken}
						once := s.Repeats()
						if proven, _ := s.Proven(); proven && once != RepeatNone {
							t.Fatalf("%+v is taken and counts once", s)
						}
						if s.Before = once; once == RepeatNone {
							continue
						}
						if proven, rule := s.Proven(); !proven && s.Repeats() != RepeatNone {
							t.Fatalf("%+v is doubted for ever by %q", s, rule)
						}
					}
				}
			}
		}
	}
}

// The words for a secret that is not known are for where that decides: a client that the server knows nothing of is not kept out for its secret.
func TestASuccessorIsKeptOutForItsSecret(t *testing.T) {
	for name, test := range map[string]struct {
		given Successor
		want  bool
	}{
		"it came without": {Successor{Secretless: true, Read: AnswerDone}, true},
		"and once more":   {Successor{Secretless: true, Read: AnswerDone, Before: RepeatSecretless}, false},
		"its token is refused, and the old one is shown":               {Successor{Secretless: true, Read: AnswerUnauthorized, OldShown: true}, false},
		"the authorization endpoint knows the old one only":            {Successor{Secretless: true, Unread: true, Authorization: DoesNotKnow, OldAuthorization: Knows}, false},
		"it is somebody else's":                                        {Successor{Secretless: true, Disowned: true}, false},
		"it came without management, too":                              {Successor{Secretless: true, Unread: true, Unmanaged: true, OldShown: true}, true},
		"it came without management, too, and once without its secret": {Successor{Secretless: true, Unread: true, Unmanaged: true, OldShown: true, Before: RepeatSecretless}, false},
		"it has its secret":                                            {Successor{Read: AnswerUnauthorized, OldShown: true}, false},
	} {
		if got := test.given.ForItsSecret(); got != test.want {
			_, rule := test.given.Proven()
			t.Errorf("%s: %v by %q", name, got, rule)
		}
	}
}
