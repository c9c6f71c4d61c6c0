#!/usr/bin/env bash
# Apache Kafka 4.4.0 and Apache ZooKeeper 3.9.5, key and certificates as PEM in one file, which both take as key store.
# The same file is not the same to both, nor what the handshake comes to:
# - the leaf twice (`cat leaf.pem fullchain.pem` does that), or some other certificate behind the chain: Kafka does not
#   start, with "Certificate chain is not valid", which names neither file position nor certificate; ZooKeeper serves it;
# - the chain upside down: Kafka does not start; ZooKeeper starts and says nothing, and no handshake succeeds: "Invalid
#   CertificateVerify signature" at the client, which reads like a broken key;
# - two keys: Kafka does not start; ZooKeeper takes the first, right or wrong, without a word;
# - the key of another certificate: neither looks. Both start, and no handshake succeeds.
# Matters where one tool makes the files for both, and where "it starts" is the test of a new certificate. With Kafka
# a start proves the order of the chain and not the key, with ZooKeeper it proves neither: shake hands.
# Shown with the classes by which both make their TLS, in one JVM, without a broker. The client trusts the root alone.
# Needs Java 17 or newer, Maven, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml << 'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-clients</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.zookeeper</groupId><artifactId>zookeeper</artifactId><version>3.9.5</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.13</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka-clients-*.jar jars/zookeeper-3*.jar

openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj '/CN=Finding root' -days 1 -out root.pem 2> openssl.log
# issue NAME ISSUER CA: a key and a certificate for localhost.
issue() {
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr" 2>> openssl.log
	printf 'subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:%s\n' "$3" > "$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 1 -extfile "$1.ext" -out "$1.pem" \
		2>> openssl.log
}
issue middle root TRUE
issue leaf middle FALSE
issue other middle FALSE

cat > Shake.java << 'JAVA'
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.security.ssl.SslFactory;
import org.apache.zookeeper.common.X509Util;

/** Shake CASE…: for each file CASE.store, what Kafka and ZooKeeper make of it as their own, and a client of it. */
public class Shake {
	interface Server {
		SSLEngine engine() throws Exception;
	}

	public static void main(String[] cases) throws Exception {
		for (String name : cases) {
			System.out.println(name + ": Kafka " + serve(() -> kafka(name + ".store")) + "; ZooKeeper "
				+ serve(() -> zookeeper(name + ".store")));
		}
	}

	static SSLEngine kafka(String file) {
		Map<String, Object> settings = new HashMap<>(
			new AbstractConfig(new ConfigDef().withClientSslSupport(), Map.of(), false).values());
		settings.put("ssl.keystore.type", "PEM");
		settings.put("ssl.keystore.location", file);
		SslFactory factory = new SslFactory(ConnectionMode.SERVER);
		factory.configure(settings);
		return factory.createSslEngine("localhost", 1);
	}

	static SSLEngine zookeeper(String file) throws Exception {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(new KeyManager[] {X509Util.createKeyManager(file, "", "PEM")}, null, null);
		SSLEngine engine = context.createSSLEngine();
		engine.setUseClientMode(false);
		return engine;
	}

	static String serve(Server server) {
		SSLEngine ours;
		try {
			ours = server.engine();
		} catch (Exception e) {
			Throwable reason = e;
			while (reason.getCause() != null) {
				reason = reason.getCause();
			}
			return "does not start (" + reason.getMessage() + ")";
		}
		try {
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, new TrustManager[] {
				X509Util.createTrustManager("root.pem", "", "PEM", false, false, false, false, false, true)}, null);
			SSLEngine client = context.createSSLEngine("localhost", 1);
			client.setUseClientMode(true);
			ByteBuffer there = ByteBuffer.allocate(65536), back = ByteBuffer.allocate(65536);
			client.beginHandshake();
			for (int i = 0; i < 100; i++) {
				step(client, there, back);
				step(ours, back, there);
			}
			return "serves " + client.getSession().getPeerCertificates().length;
		} catch (Exception e) {
			return "starts, no handshake (" + e.getMessage() + ")";
		}
	}

	static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws SSLException {
		switch (engine.getHandshakeStatus()) {
			case NEED_TASK -> engine.getDelegatedTask().run();
			case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
			default -> {
				in.flip();
				engine.unwrap(in, ByteBuffer.allocate(65536));
				in.compact();
			}
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Shake.java

cat leaf.key leaf.pem middle.pem > right.store
cat leaf.key leaf.pem leaf.pem middle.pem > twice.store
cat leaf.key leaf.pem middle.pem root.pem other.pem > more.store
cat leaf.key middle.pem leaf.pem > upside-down.store
cat leaf.key other.key leaf.pem middle.pem > two-keys.store
cat other.key leaf.key leaf.pem middle.pem > two-keys-other-first.store
cat other.key leaf.pem middle.pem > wrong-key.store
java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp 'classes:jars/*' Shake \
	right twice more upside-down two-keys two-keys-other-first wrong-key > seen 2> log || { cat seen log; exit 1; }
cat seen

chain='Kafka does not start (Certificate chain is not valid)'
keys='Kafka does not start (Expected one private key, but found 2)'
no='starts, no handshake (Invalid CertificateVerify signature)'
cat > wanted << TEXT
right: Kafka serves 2; ZooKeeper serves 2
twice: $chain; ZooKeeper serves 3
more: $chain; ZooKeeper serves 4
upside-down: $chain; ZooKeeper $no
two-keys: $keys; ZooKeeper serves 2
two-keys-other-first: $keys; ZooKeeper $no
wrong-key: Kafka $no; ZooKeeper $no
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: Kafka refuses files that ZooKeeper serves, and ZooKeeper starts with files that serve nobody'
