// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package fakeop

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority is a private certificate authority that depends on its seed alone, so that certificates are the same in
// every run, and two authorities with different seeds do not know each other.
type Authority struct{ Seed string }

// key is the authority's Ed25519 key of a name.
func (a Authority) key(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(a.Seed + "\x00" + name))
	return ed25519.NewKeyFromSeed(sum[:])
}

// template is a certificate that is valid from 2000 to 2099: expiry is not what these servers test.
func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2099, time.December, 31, 23, 59, 59, 0, time.UTC),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
	}
}

func (a Authority) certificate() *x509.Certificate {
	ca := template("fakeop authority "+a.Seed, 1)
	ca.IsCA = true
	ca.KeyUsage = x509.KeyUsageCertSign
	return a.sign(ca, ca, a.key("authority"))
}

// sign makes a certificate of the authority.
func (a Authority) sign(certificate, parent *x509.Certificate, key ed25519.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, certificate, parent, key.Public(), a.key("authority"))
	if err != nil {
		panic(fmt.Sprintf("fakeop: certificate %s: %v", certificate.Subject.CommonName, err))
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(fmt.Sprintf("fakeop: certificate %s: %v", certificate.Subject.CommonName, err))
	}
	return signed
}

// PEM is the authority's own certificate.
func (a Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate().Raw})
}

// Client makes a client certificate and its key, both PEM (PKCS #8).
func (a Authority) Client(commonName string) (certificate, key []byte) {
	leaf := template(commonName, 3)
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	private := a.key("client " + commonName)
	signed := a.sign(leaf, a.certificate(), private)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic("fakeop: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// Server is the configuration of a server on loopback that has further names and addresses, and may insist on a client
// certificate of the authority. Its least version is TLS 1.2.
func (a Authority) Server(names []string, clientCertificate bool) *tls.Config {
	leaf := template("fakeop", 2)
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	private := a.key("server")
	authority := a.certificate()
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{
			Certificate: [][]byte{a.sign(leaf, authority, private).Raw}, PrivateKey: private,
		}},
		ClientCAs:  x509.NewCertPool(),
		ClientAuth: tls.VerifyClientCertIfGiven,
	}
	config.ClientCAs.AddCert(authority)
	if clientCertificate {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config
}

// CACertificate is the PEM of the authority that signs the server's and the clients' certificates.
func (s *Server) CACertificate() []byte { return Authority{Seed: s.Seed}.PEM() }

// ClientCertificate makes a certificate that RequireClientCertificate accepts, with its key, both PEM (PKCS #8).
func (s *Server) ClientCertificate(commonName string) (certificate, key []byte) {
	return Authority{Seed: s.Seed}.Client(commonName)
}
