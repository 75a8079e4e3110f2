// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package dcr

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/terraform-oidc/terraform-provider-oidc/internal/secret"
)

// A time is the same in whichever way it is written.
func TestTimes(t *testing.T) {
	const want = 1795694400 // 2026-11-26T12:00:00Z
	for _, written := range []string{
		`1795694400`, `"1795694400"`, `1795694400.9`, `1.7956944e9`, `1795694400000`, `"1795694400000"`, `1795694400000000`, `1795694400000000000`,
		`"2026-11-26T12:00:00Z"`, `"2026-11-26T12:00:00.000Z"`, `"2026-11-26T13:00:00+01:00"`, `"2026-11-26T13:00:00+0100"`, `"2026-11-26T12:00:00"`,
		`"2026-11-26 12:00:00"`, `"Thu, 26 Nov 2026 12:00:00 GMT"`, `"Thu, 26 Nov 2026 12:00:00 +0000"`, `" 1795694400 "`,
	} {
		doc, err := parseObject([]byte(`{"client_id":"c","client_secret_expires_at":` + written + `}`))
		if err != nil {
			t.Fatal(err)
		}
		r := parseRegistration(doc, time.Now())
		if r.ClientSecretExpiresAt == nil || *r.ClientSecretExpiresAt != want || r.Odd != nil {
			t.Errorf("%s: %v, %v", written, r.ClientSecretExpiresAt, r.Odd)
		}
	}
	for _, written := range []string{`true`, `{}x`, `"soon"`, `[1]`, `{"at":1}`, `1e30`, `-1`, `"-1"`, `"0001-01-01T00:00:00Z"`} {
		doc, err := parseObject([]byte(`{"client_id":"c","client_secret_expires_at":` + written + `}`))
		if err != nil {
			continue
		}
		if r := parseRegistration(doc, time.Now()); r.ClientSecretExpiresAt != nil || len(r.Odd) != 1 {
			t.Errorf("%s: %v, %v", written, r.ClientSecretExpiresAt, r.Odd)
		}
	}
}

// What servers write for a secret that never expires is no time that has passed, in whichever unit: the last days of the year 9999, and what lies beyond.
// A time that comes is shown as it is, however far off.
func TestTimesThatNeverCome(t *testing.T) {
	for written, want := range map[string]int64{
		`0`: 0, `253402300799`: 0, `253402214400`: 0, `253402300799000`: 0, `253402300799999999`: 0, `"253402300799"`: 0, `2.53402300799e11`: 0,
		`"9999-12-31T23:59:59Z"`: 0, `"9999-12-31"`: 0, `"9999-12-31T23:59:59.9999999+00:00"`: 0, `"9999-12-31T23:59:59-12:00"`: 0, `999999999999`: 0,
		`99999999999`: 99999999999, `4102444800`: 4102444800, `4102444800000`: 4102444800, `253370764799`: 253370764799, `253370764799000`: 253370764799, `"9998-12-31T23:59:59Z"`: 253370764799,
		`1262304000`: 1262304000, `1262304000000`: 1262304000, `1262304000000000`: 1262304000, `1262304000000000000`: 1262304000, `9223372036854775807`: 9223372036,
	} {
		doc, err := parseObject([]byte(`{"client_id":"c","registration_access_token":"t","registration_access_token_expires_at":` + written + `,"client_secret_expires_at":` + written + `}`))
		if err != nil {
			t.Fatal(err)
		}
		r := parseRegistration(doc, time.Unix(1795694400, 0))
		if r.ClientSecretExpiresAt == nil || *r.ClientSecretExpiresAt != want || r.Odd != nil {
			t.Errorf("%s: %v, %v, want %d", written, r.ClientSecretExpiresAt, r.Odd, want)
		}
		if at := r.RegistrationAccessTokenExpiresAt; (at == nil) != (want == 0) || at != nil && *at != want {
			t.Errorf("the token's, %s: %v, want %d", written, at, want)
		}
	}
	// No client is issued at such a time.
	for _, written := range []string{`253402300799`, `"9999-12-31"`} {
		doc, _ := parseObject([]byte(`{"client_id":"c","client_id_issued_at":` + written + `}`))
		if r := parseRegistration(doc, time.Now()); r.ClientIDIssuedAt != nil || len(r.Odd) != 1 {
			t.Errorf("issued at %s: %v, %v", written, r.ClientIDIssuedAt, r.Odd)
		}
	}
}

func TestTokenExpiry(t *testing.T) {
	now := time.Unix(1795694400, 0)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(jwt.Claims{Expiry: jwt.NewNumericDate(now.Add(300 * time.Second))}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	never, err := jwt.Signed(signer).Claims(map[string]any{"exp": 0}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	if at := TokenExpiry(secret.New(never)); at != nil {
		t.Errorf("a token that never expires: %d", *at)
	}
	for body, want := range map[string]int64{
		`{"registration_access_token":"t"}`:                                                               0,
		`{"registration_access_token":"t","registration_access_token_expires_in":300}`:                    now.Unix() + 300,
		`{"registration_access_token":"t","registration_access_token_expires_in":"300"}`:                  now.Unix() + 300,
		`{"registration_access_token":"t","registration_access_token_expires_in":0}`:                      0,
		`{"registration_access_token":"t","registration_access_token_expires_in":253402300799}`:           0,
		`{"registration_access_token":"t","registration_access_token_expires_at":"2026-11-26T12:05:00Z"}`: now.Unix() + 300,
		`{"registration_access_token":"` + never + `"}`:                                                   0,
		`{"registration_access_token":"` + token + `"}`:                                                   now.Unix() + 300,
		`{"registration_access_token":"` + token + `","registration_access_token_expires_in":60}`:         now.Unix() + 60,
	} {
		doc, err := parseObject([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r := parseRegistration(doc, now)
		got := int64(0)
		if r.RegistrationAccessTokenExpiresAt != nil {
			got = *r.RegistrationAccessTokenExpiresAt
		}
		if got != want || len(r.Metadata) != 0 {
			t.Errorf("%s: %d, want %d; %v", body, got, want, r.Metadata)
		}
	}
}

// A secret that looks like a hash is kept, since it may be the secret all the same; what is no secret is told.
func TestOddSecrets(t *testing.T) {
	for body, want := range map[string][2]any{
		`{"client_secret":"$2a$10$abcdefghijklmnopqrstuv"}`:    {"$2a$10$abcdefghijklmnopqrstuv", false},
		`{"client_secret":{"algorithm":"SHA-256","hash":"x"}}`: {"", true},
		`{"client_secret":12345678}`:                           {"12345678", false},
		`{"client_secret":null}`:                               {"", false},
	} {
		doc, err := parseObject([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r := parseRegistration(doc, time.Now())
		if got := [2]any{r.ClientSecret.Reveal(), len(r.Odd) > 0}; got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestResolveClientURI(t *testing.T) {
	const endpoint = "https://as.example/oauth/register"
	for answered, want := range map[string]ClientURI{
		"":                         {},
		"https://as.example/c/1":   {URI: "https://as.example/c/1"},
		"/c/1":                     {URI: "https://as.example/c/1"},
		"register/1":               {URI: "https://as.example/oauth/register/1"},
		"?client_id=1":             {URI: "https://as.example/oauth/register?client_id=1"},
		"//other.example/c":        {URI: "https://other.example/c"},
		"http://as.example/c/1":    {URI: "http://as.example/c/1", Unusable: "it is plain http to another host than loopback, over which no credential is sent"},
		"ftp://as.example/c/1":     {URI: "ftp://as.example/c/1", Unusable: "it is no http(s) URL with a host"},
		"https://u:p@as.example/c": {URI: "https://u:p@as.example/c", Unusable: "it has a user name or a password in it"},
		"http://[x":                {URI: "http://[x", Unusable: "it is no URI"},
		"https://10.0.0.5/c":       {URI: "https://10.0.0.5/c"},
		"https://as.auth.svc/c":    {URI: "https://as.auth.svc/c"},
		"http://localhost:8080/c":  {URI: "http://localhost:8080/c"},
	} {
		if got := ResolveClientURI(endpoint, answered, false); got != want {
			t.Errorf("%q: %+v", answered, got)
		}
	}
}
