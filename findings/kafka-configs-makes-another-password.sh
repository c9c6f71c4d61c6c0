#!/usr/bin/env bash
# Apache Kafka 4.4.0, `kafka-configs --add-config 'SCRAM-SHA-256=[iterations=8192,password=…]'`, which makes a user or
# gives one a new password. It ends with 0 and "Completed updating", and the user has another password than was given if
# - password stands before iterations: all that follows is part of the password ("orders,iterations=8192"), and the
#   iterations are the default's 4096;
# - it holds square brackets: they are taken out, wherever they stand, so "or]ders" becomes "orders" (one that opens a
#   second pair inside is refused);
# - it ends with blanks: they are gone, while blanks at its start stay.
# `kafka-storage format --add-scram`, which takes the same words, takes them in any order and keeps brackets and blanks.
# So a user made with the cluster can log in, and the same line given later to kafka-configs locks it out. What can be
# seen of it afterwards are the iterations in `--describe`.
# Matters to whoever makes passwords at random and sets them by script: a password of an alphabet with brackets works
# at first and fails after the first change, as "invalid credentials". Letters and digits only, iterations first.
# Shown by logging in; broker and tools run in one JVM, to spare the machine. Needs Java 17 or newer, and Maven.
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
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.4.0</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka_2.13-*.jar jars/kafka-tools-*.jar

cat > server.properties << PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:29691
controller.listener.names=CONTROLLER
listeners=CONTROLLER://localhost:29691,PLAINTEXT://localhost:29692,USERS://localhost:29693
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,USERS:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-256
listener.name.users.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
offsets.topic.replication.factor=1
log.dirs=$work/data
PROPERTIES

cat > Users.java << 'JAVA'
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.tools.ConfigCommand;

/** Makes users with both tools, in one JVM with the broker, and prints with which passwords they can log in. */
public class Users {
	static final String[][] CASES = { // What stands in the brackets, what the user gives to log in, what logs in as well.
		{"iterations=8192,password=orders", "orders", "or"},
		{"password=orders,iterations=8192", "orders", "orders,iterations=8192"},
		{"iterations=8192,password=or]ders", "or]ders", "orders"},
		{"iterations=8192,password=orders ", "orders ", "orders"},
		{"iterations=8192,password= orders", " orders", "orders"},
	};

	public static void main(String[] args) throws Exception {
		var format = new ArrayList<>(List.of("format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", "server.properties"));
		for (int i = 0; i < CASES.length; i++) {
			format.addAll(List.of("--add-scram", "SCRAM-SHA-256=[name=storage-" + i + "," + CASES[i][0] + "]"));
		}
		var said = new ByteArrayOutputStream(); // It holds keys: not printed.
		int code = kafka.tools.StorageTool.execute(format.toArray(String[]::new), new PrintStream(said));
		if (code != 0) {
			throw new IllegalStateException("format ended with " + code);
		}
		var broker = new Thread(() -> kafka.Kafka.main(new String[] {"server.properties"}));
		broker.setDaemon(true);
		broker.start();
		open(29693);
		for (int i = 0; i < CASES.length; i++) {
			configs("--alter", "--entity-name", "configs-" + i, "--add-config", "SCRAM-SHA-256=[" + CASES[i][0] + "]");
		}
		for (String tool : new String[] {"storage", "configs"}) {
			for (int i = 0; i < CASES.length; i++) {
				String user = tool + "-" + i;
				System.out.println(tool + " [" + CASES[i][0] + "]: '" + CASES[i][1] + "' " + login(user, CASES[i][1])
					+ ", '" + CASES[i][2] + "' " + login(user, CASES[i][2]));
			}
		}
		configs("--describe", "--entity-name", "configs-1");
		Runtime.getRuntime().halt(0);
	}

	static void configs(String what, String... more) {
		var all = new ArrayList<>(List.of("--bootstrap-server", "localhost:29692", "--entity-type", "users", what));
		all.addAll(List.of(more));
		ConfigCommand.main(all.toArray(String[]::new)); // Ends this JVM with 1 if it fails.
	}

	static void open(int port) throws Exception {
		for (int i = 0; i < 600; i++) {
			try (var socket = new Socket("localhost", port)) {
				return;
			} catch (IOException e) {
				Thread.sleep(200);
			}
		}
		throw new IllegalStateException("the broker does not start");
	}

	static String login(String user, String password) throws Exception {
		try (Admin admin = Admin.create(Map.<String, Object>of(
				"bootstrap.servers", "localhost:29693", "security.protocol", "SASL_PLAINTEXT",
				"sasl.mechanism", "SCRAM-SHA-256", "sasl.jaas.config",
				"org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
					+ password + "\";"))) {
			admin.describeCluster().clusterId().get();
			return "yes";
		} catch (ExecutionException e) {
			if (e.getCause() instanceof SaslAuthenticationException) {
				return "no";
			}
			throw e;
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Users.java
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=off -cp 'classes:jars/*' Users \
	> seen 2> log < /dev/null || { cat seen log; exit 1; }
cat seen

cat > wanted << 'TEXT'
Completed updating config for user configs-0.
Completed updating config for user configs-1.
Completed updating config for user configs-2.
Completed updating config for user configs-3.
Completed updating config for user configs-4.
storage [iterations=8192,password=orders]: 'orders' yes, 'or' no
storage [password=orders,iterations=8192]: 'orders' yes, 'orders,iterations=8192' no
storage [iterations=8192,password=or]ders]: 'or]ders' yes, 'orders' no
storage [iterations=8192,password=orders ]: 'orders ' yes, 'orders' no
storage [iterations=8192,password= orders]: ' orders' yes, 'orders' no
configs [iterations=8192,password=orders]: 'orders' yes, 'or' no
configs [password=orders,iterations=8192]: 'orders' no, 'orders,iterations=8192' yes
configs [iterations=8192,password=or]ders]: 'or]ders' no, 'orders' yes
configs [iterations=8192,password=orders ]: 'orders ' no, 'orders' yes
configs [iterations=8192,password= orders]: ' orders' yes, 'orders' no
SCRAM credential configs for user-principal 'configs-1' are SCRAM-SHA-256=iterations=4096
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: kafka-configs says that it is done, and the user has another password; kafka-storage takes the same words'
