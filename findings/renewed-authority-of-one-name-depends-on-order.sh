#!/usr/bin/env bash
# A certificate authority gets a new key and keeps its name, and until all certificates are new, a bundle of trust holds
# both of its certificates. Whether that works is another thing for each reader, if the leaf does not say which key
# signed it (authorityKeyIdentifier: node-forge 1.4.3 and `openssl x509 -req` of 3.0 write it only if told to):
# - Java 17 and Go 1.26 try each certificate of that name: both leaves are good, in either order of the file.
# - OpenSSL 3.0 (`openssl verify -CAfile`) and Node take the first of that name, and do not try the next if the signature
#   is not its: "certificate signature failure". So of the two leaves one is good, and the order of the file decides.
# With the identifier in the leaf, and the subject's in the CA, all four take both leaves.
# Matters to a rotation without a break: brokers and their Java clients go on, while the health check with openssl and
# the client in Node fail, as if the certificate were forged; who turns the file around breaks the other half. So write
# both identifiers, or give the new authority a name of its own.
# Node is shown with an OpenSSL of 3.0 and of 3.5. Needs npm, Java 17, Go 1.21 or newer, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes > npm.log
npm install --silent --no-audit --no-fund node20@npm:node@20.20.2 node24@npm:node@24.21.0
node20=node_modules/node20/bin/node
node24=node_modules/node24/bin/node
for each in "$node20" "$node24"; do "$each" -p '`node ${process.version}, OpenSSL ${process.versions.openssl}`'; done

# authority NAME WITH_ID, leaf NAME AUTHORITY WITH_ID: all authorities have one name, all leaves another.
authority() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -subj '/O=example/CN=internal authority' \
		-days 30 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
		-addext "subjectKeyIdentifier=$2" -addext authorityKeyIdentifier=none 2> openssl.log
}
leaf() {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj /CN=leaf 2> openssl.log
	printf 'subjectAltName=DNS:localhost\nauthorityKeyIdentifier=%s\n' "$3" > leaf.cnf
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 20 -extfile leaf.cnf -out "$1.pem" 2> openssl.log
}
for kind in plain ids; do
	[ "$kind" = ids ] && subject=hash issuer=keyid:always || subject=none issuer=none
	for age in old new; do
		authority "$kind-$age-ca" "$subject"
		leaf "$kind-$age" "$kind-$age-ca" "$issuer"
	done
	cat "$kind-old-ca.pem" "$kind-new-ca.pem" > "$kind-old-first.pem"
	cat "$kind-new-ca.pem" "$kind-old-ca.pem" > "$kind-new-first.pem"
done

cat > openssl.sh << 'SH2'
if openssl verify -CAfile "$1" "$2.pem" > openssl.out 2>&1; then echo good; else
	grep -o 'certificate signature failure' openssl.out || cat openssl.out
fi
SH2
cat > check.mjs << 'JS'
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:tls';

const [ca, name] = process.argv.slice(2);
const server = createServer({ key: readFileSync(`${name}.key`), cert: readFileSync(`${name}.pem`) });
server.on('tlsClientError', () => undefined).on('secureConnection', (socket) => socket.on('error', () => undefined));
server.listen(0, '127.0.0.1', () => {
	const { port } = server.address();
	const end = (said) => (console.log(said), process.exit(0));
	connect({ port, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(ca) }, () => end('good'))
		.on('error', (error) => end(error.message));
});
JS
cat > Check.java << 'JAVA'
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

public class Check {
	public static void main(String[] args) throws Exception {
		var factory = CertificateFactory.getInstance("X.509");
		var store = KeyStore.getInstance("PKCS12");
		store.load(null, null);
		try (var file = new FileInputStream(args[0])) {
			for (var each : factory.generateCertificates(file)) {
				store.setCertificateEntry("authority-" + store.size(), each);
			}
		}
		var trust = TrustManagerFactory.getInstance("PKIX");
		trust.init(store);
		try (var file = new FileInputStream(args[1] + ".pem")) {
			var chain = new X509Certificate[] {(X509Certificate) factory.generateCertificate(file)};
			((X509TrustManager) trust.getTrustManagers()[0]).checkServerTrusted(chain, "ECDHE_RSA");
			System.out.println("good");
		} catch (CertificateException e) {
			System.out.println(e.getMessage());
		}
	}
}
JAVA
cat > check.go << 'GO'
// Command check says whether a leaf is good by the authorities of a file.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"os"
)

func main() {
	bundle, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(os.Args[2]+".pem", os.Args[2]+".key")
	if err != nil {
		log.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	if _, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "localhost"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("good")
}
GO
javac Check.java
GO111MODULE=off GOCACHE="$work/cache" GOTOOLCHAIN=local go build -o check check.go

for kind in plain ids; do
	for first in old new; do
		for age in old new; do
			bundle="$kind-$first-first.pem"
			name="$kind-$age"
			echo "$kind, $first authority first, $age leaf: Java $(java Check "$bundle" "$name"), Go $(./check "$bundle" "$name")," \
				"openssl $(bash openssl.sh "$bundle" "$name"), Node 20 $("$node20" check.mjs "$bundle" "$name")," \
				"Node 24 $("$node24" check.mjs "$bundle" "$name")"
		done
	done
done > seen
cat seen

good='Java good, Go good, openssl good, Node 20 good, Node 24 good'
failure='certificate signature failure'
bad="Java good, Go good, openssl $failure, Node 20 $failure, Node 24 $failure"
cat > wanted << TEXT
plain, old authority first, old leaf: $good
plain, old authority first, new leaf: $bad
plain, new authority first, old leaf: $bad
plain, new authority first, new leaf: $good
ids, old authority first, old leaf: $good
ids, old authority first, new leaf: $good
ids, new authority first, old leaf: $good
ids, new authority first, new leaf: $good
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: of two authorities of one name OpenSSL and Node try only the first, Java and Go both'
