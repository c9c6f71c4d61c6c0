#!/usr/bin/env bash
# Apache Kafka 4.4.0, a node that is broker and controller, certificates from PEM files. A changed file is not noticed:
# the old certificate is served on. But altering a setting that has nothing to do with TLS (background.threads) makes
# the broker read the changed files for all its listeners, the controller's too. It must be altered for that broker by
# its number: the same setting altered for all brokers at once takes effect and leaves the certificates as they are.
# Matters in both directions. A renewed certificate waits in its file, unserved, until the day that somebody tunes a
# number of threads: then the certificates change, at a time that nobody planned, and on that one broker only. And
# whoever renews on purpose needs no restart: alter any setting of each broker by its number, and look what is served.
# Needs Java 17 or newer, Maven, OpenSSL 3.
set -euo pipefail

work="$(mktemp -d)"
broker=
trap 'kill $broker 2> /dev/null || true; wait; rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml << 'XML'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka_2.13-*.jar

cat > Alter.java << 'JAVA'
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/** Alter TYPE NAME SETTING VALUE: alters one setting; makes the topic first if it is one. */
public class Alter {
	public static void main(String[] args) throws Exception {
		try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", "localhost:29492"))) {
			ConfigResource of = new ConfigResource(ConfigResource.Type.valueOf(args[0]), args[1]);
			if (args[0].equals("TOPIC")) {
				admin.createTopics(Set.of(new NewTopic(args[1], 1, (short) 1))).all().get();
			}
			var op = new AlterConfigOp(new ConfigEntry(args[2], args[3]), AlterConfigOp.OpType.SET);
			admin.incrementalAlterConfigs(Map.of(of, List.of(op))).all().get();
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Alter.java

openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req -x509 -key ca.key -subj '/CN=Finding CA' -days 1 -out ca.pem

# issue SERIAL: a key and a certificate with that serial number, put in place of the file in one step.
issue() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out leaf.key
	openssl req -new -key leaf.key -subj '/CN=localhost' -out leaf.csr
	printf 'subjectAltName=DNS:localhost\n' > leaf.ext
	openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial "$1" -days 1 -extfile leaf.ext -out leaf.pem \
		2> x509.log || { cat x509.log; exit 1; }
	cat leaf.key leaf.pem > next.pem
	mv next.pem node.pem
}

cat > log4j2.properties << 'PROPERTIES'
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
PROPERTIES
cat > server.properties << PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:29491
controller.listener.names=CONTROLLER
listeners=CONTROLLER://localhost:29491,PLAINTEXT://localhost:29492,CLIENTS://localhost:29493
listener.security.protocol.map=CONTROLLER:SSL,PLAINTEXT:PLAINTEXT,CLIENTS:SSL
offsets.topic.replication.factor=1
log.dirs=$work/data
ssl.keystore.type=PEM
ssl.keystore.location=$work/node.pem
ssl.truststore.type=PEM
ssl.truststore.location=$work/ca.pem
PROPERTIES

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Dlog4j2.configurationFile=$work/log4j2.properties"
	-cp "$work/classes:$work/jars/*")
alter() { "${run[@]}" Alter "$@" 2> alter.log || { cat alter.log; exit 1; }; }

# served: the serial numbers that the listeners of controller and clients serve.
served() {
	local port
	for port in 29491 29493; do
		openssl s_client -connect "localhost:$port" -CAfile ca.pem < /dev/null 2> /dev/null | openssl x509 -noout -serial
	done | sed 's/serial=//' | paste -sd ' '
}

# still SERIALS WHEN: they are served for ten seconds on.
still() {
	local seen end=$((SECONDS + 10))
	while [ $SECONDS -lt $end ]; do
		seen="$(served)"
		[ "$seen" = "$1" ] || { echo "changed: $2, $seen is served"; exit 1; }
		sleep 1
	done
	echo "$2: controller and clients are served $1"
}

# becomes SERIALS WHEN: they are served within a minute.
becomes() {
	local seen end=$((SECONDS + 60))
	until seen="$(served)" && [ "$seen" = "$1" ]; do
		[ $SECONDS -lt $end ] || { echo "changed: $2, $seen is served"; exit 1; }
		sleep 0.5
	done
	echo "$2: controller and clients are served $1"
}

issue 0x11
"${run[@]}" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c server.properties > format.log 2>&1 \
	|| { cat format.log; exit 1; }
"${run[@]}" kafka.Kafka server.properties > node.log 2>&1 &
broker=$!
for ((i = 0; i < 600; i++)); do
	if (: < /dev/tcp/localhost/29493) 2> /dev/null; then break; fi
	kill -0 "$broker" || { tail -n 20 node.log; exit 1; }
	sleep 0.2
done
becomes '11 11' 'at the start'

issue 0x22
still '11 11' 'the file is changed'
alter TOPIC orders retention.ms 3600000
still '11 11' 'a setting of a topic is altered'
alter BROKER '' background.threads 12
still '11 11' 'background.threads of all brokers is altered'
alter BROKER 1 background.threads 11
becomes '22 22' 'background.threads of broker 1 is altered'
echo 'seen: a changed file is served once an unrelated setting of that one broker is altered, then by all listeners'
