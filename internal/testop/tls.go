// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package testop

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

// key is an Ed25519 key that depends on the seed alone, so that certificates are the same in every run.
func (s *Server) key(name string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(s.Seed + "\x00" + name))
	return ed25519.NewKeyFromSeed(sum[:])
}

// template is a certificate that is valid from 2000 to 2099: expiry is not what this server tests.
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

func (s *Server) authority() *x509.Certificate {
	ca := template("testop authority "+s.Seed, 1)
	ca.IsCA = true
	ca.KeyUsage = x509.KeyUsageCertSign
	return s.sign(ca, ca, s.key("authority"))
}

// sign makes a certificate by the server's authority.
func (s *Server) sign(certificate, parent *x509.Certificate, key ed25519.PrivateKey) *x509.Certificate {
	der, err := x509.CreateCertificate(rand.Reader, certificate, parent, key.Public(), s.key("authority"))
	if err != nil {
		panic(fmt.Sprintf("testop: certificate %s: %v", certificate.Subject.CommonName, err))
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(fmt.Sprintf("testop: certificate %s: %v", certificate.Subject.CommonName, err))
	}
	return signed
}

// CACertificate is the PEM of the authority that signs the server's and the clients' certificates.
func (s *Server) CACertificate() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.authority().Raw})
}

// ClientCertificate makes a certificate that RequireClientCertificate accepts, with its key, both PEM (PKCS #8).
func (s *Server) ClientCertificate(commonName string) (certificate, key []byte) {
	leaf := template(commonName, 3)
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	private := s.key("client " + commonName)
	signed := s.sign(leaf, s.authority(), private)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic("testop: " + err.Error())
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed.Raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// tlsConfig is that of one port. TLS 1.2 is allowed so that a test can ask for less and be refused for it.
func (s *Server) tlsConfig(clientCertificate bool) (*tls.Config, error) {
	leaf := template("testop", 2)
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, name := range s.TLSNames {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	private := s.key("server")
	authority := s.authority()
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		Certificates: []tls.Certificate{{
			Certificate: [][]byte{s.sign(leaf, authority, private).Raw}, PrivateKey: private,
		}},
		ClientCAs: x509.NewCertPool(),
	}
	config.ClientCAs.AddCert(authority)
	if clientCertificate {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	} else {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return config, nil
}
