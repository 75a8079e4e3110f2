// Copyright (c) The terraform-provider-oidc authors
// SPDX-License-Identifier: MPL-2.0

package interop

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// MITREid Connect runs in a servlet container, and on a Java that no longer has JAXB needs its libraries.
var (
	mitreidWAR    = artifact{"org.mitre:openid-connect-server-webapp:1.3.4:war", "0866e3b32b6b539f3c17ace1bfddd8d0be1f7ebd61968f696cf9ce8faeea8fbb"}
	mitreidTomcat = artifact{"org.apache.tomcat:tomcat:9.0.98:zip", "741aeddc70c254412981bbbf75cf69050d6b9f378154aaa50119be305f085a6f"}
	mitreidJAXB   = []artifact{
		{"javax.xml.bind:jaxb-api:2.3.1:jar", "88b955a0df57880a26a74708bc34f74dcaf8ebf4e78843a28b50eae945732b06"},
		{"org.glassfish.jaxb:jaxb-runtime:2.3.1:jar", "45fecfa5c8217ce1f3652ab95179790ec8cc0dec0384bca51cbeb94a293d9f2f"},
		{"org.glassfish.jaxb:txw2:2.3.1:jar", "34975dde1c6920f1a39791142235689bc3cd357e24d05edd8ff93b885bd68d60"},
		{"com.sun.istack:istack-commons-runtime:3.0.7:jar", "6443e10ba2e259fb821d9b6becf10db5316285fc30c53cec9d7b19a3877e7fdf"},
		{"org.jvnet.staxex:stax-ex:1.8:jar", "95b05d9590af4154c6513b9c5dc1fb2e55b539972ba0a9ef28e9a0c01d83ad77"},
		{"com.sun.xml.fastinfoset:FastInfoset:1.2.15:jar", "785861db11ca1bd0d1956682b974ad73eb19cd3e01a4b3fa82d62eca97210aec"},
		{"javax.activation:javax.activation-api:1.2.0:jar", "43fdef0b5b6ceb31b0424b208b930c74ab58fac2ceeb7b3f6fd3aeb8b5ca4393"},
	}
)

// mitreid is MITREid Connect as it is shipped, with its issuer changed and its database in memory.
func mitreid() []Server {
	return []Server{&appServer{
		name: "mitreid", title: "MITREid Connect, WebFinger", version: "1.3.4", folder: "mitreid", runtime: tomcat{}, tls: true, reissues: true, counts: true, getOnly: true,
		describe: func(base string, i *Instance) {
			i.Issuer, i.MetadataURL = base+"/", base+"/.well-known/openid-configuration"
			i.RegistrationEndpoint, i.TokenEndpoint, i.AuthorizationEndpoint = base+"/register", base+"/token", base+"/authorize"
			i.WebFingerResource = "acct:admin@" + strings.TrimPrefix(base, "https://")
			i.Redirect = "https://app.example.com"
			i.Unmanaged = Member{"initiate_login_uri", "https://app.example.com/behind"}
		},
		ready: trustAuthority,
	}}
}

// tomcat runs MITREid Connect's application in a container of its own.
type tomcat struct{}

var _ runtime = tomcat{}

func (tomcat) artifacts() []artifact {
	return append([]artifact{mitreidWAR, mitreidTomcat}, mitreidJAXB...)
}

func (r tomcat) install(ctx context.Context, s *appServer) (string, error) {
	if _, err := need(s.name, "mvn"); err != nil {
		return "", err
	}
	if err := needJava(ctx, s.name, 17); err != nil {
		return "", err
	}
	var pins []byte
	for _, a := range r.artifacts() {
		pins = append(pins, a.coordinates+a.sha256+"\n"...)
	}
	return installOnce(ctx, s.folder, pins, func(ctx context.Context, dir string) error {
		if err := fetch(ctx, s.name, dir, r.artifacts()...); err != nil {
			return err
		}
		if err := unpack(filepath.Join(dir, mitreidTomcat.file()), dir); err != nil {
			return err
		}
		application := filepath.Join(dir, "application")
		if err := unpack(filepath.Join(dir, mitreidWAR.file()), application); err != nil {
			return err
		}
		for _, a := range mitreidJAXB {
			if err := os.Rename(filepath.Join(dir, a.file()), filepath.Join(application, "WEB-INF", "lib", a.file())); err != nil {
				return err
			}
		}
		return errors.Join(os.Remove(filepath.Join(dir, mitreidTomcat.file())), os.Remove(filepath.Join(dir, mitreidWAR.file())))
	})
}

// prepare copies the application, for its configuration is within, and adds the tests' door to it.
func (tomcat) prepare(s *appServer, cache, dir string) (command, error) {
	java, err := need(s.name, "java")
	if err != nil {
		return command{}, err
	}
	home, root := filepath.Join(cache, "apache-tomcat-9.0.98"), filepath.Join(dir, "webapps", "ROOT")
	if err := errors.Join(
		os.CopyFS(filepath.Join(dir, "conf"), os.DirFS(filepath.Join(home, "conf"))), os.MkdirAll(filepath.Join(dir, "temp"), 0o755),
		os.CopyFS(root, os.DirFS(filepath.Join(cache, "application"))), copyEmbedded(s.folder, dir),
	); err != nil {
		return command{}, err
	}
	inside := filepath.Join(root, "WEB-INF")
	if err := errors.Join(
		os.Rename(filepath.Join(dir, "server.xml"), filepath.Join(dir, "conf", "server.xml")),
		os.Rename(filepath.Join(dir, "door.jsp"), filepath.Join(inside, "door.jsp")),
		replaceIn(filepath.Join(inside, "server-config.xml"), "http://localhost:8080/openid-connect-server-webapp/", "https://127.0.0.1:#{systemEnvironment['PORT']}/"),
		replaceIn(filepath.Join(inside, "web.xml"), "</web-app>", `<servlet><servlet-name>door</servlet-name><jsp-file>/WEB-INF/door.jsp</jsp-file></servlet>`+
			`<servlet-mapping><servlet-name>door</servlet-name><url-pattern>/-/clients/*</url-pattern></servlet-mapping></web-app>`),
	); err != nil {
		return command{}, err
	}
	bin := filepath.Join(home, "bin")
	args := []string{
		"-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dcatalina.home=" + home, "-Dcatalina.base=" + dir, "-Djava.io.tmpdir=" + filepath.Join(dir, "temp"),
		"-Dorg.apache.tomcat.util.digester.PROPERTY_SOURCE=org.apache.tomcat.util.digester.EnvironmentPropertySource",
		"-cp", filepath.Join(bin, "bootstrap.jar") + string(os.PathListSeparator) + filepath.Join(bin, "tomcat-juli.jar"),
	}
	// The application's libraries are older than the modules of Java.
	for _, opened := range []string{"java.lang", "java.util", "java.lang.reflect", "java.text", "java.io"} {
		args = append(args, "--add-opens", "java.base/"+opened+"=ALL-UNNAMED")
	}
	return command{program: java, args: append(args, "org.apache.catalina.startup.Bootstrap", "start")}, nil
}

// unpack unpacks a zip archive, of whatever extension, into dir.
func unpack(archive, dir string) error {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("opening %s: %w", filepath.Base(archive), err)
	}
	defer func() { _ = r.Close() }()
	if err := os.CopyFS(dir, r); err != nil {
		return fmt.Errorf("unpacking %s: %w", filepath.Base(archive), err)
	}
	return nil
}

// replaceIn replaces the one place in a file at which old stands.
func replaceIn(file, old, now string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if n := bytes.Count(content, []byte(old)); n != 1 {
		return fmt.Errorf("%s has %q %d times", filepath.Base(file), old, n)
	}
	return os.WriteFile(file, bytes.Replace(content, []byte(old), []byte(now), 1), 0o644)
}
