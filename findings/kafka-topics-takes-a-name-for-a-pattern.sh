#!/usr/bin/env bash
# Apache Kafka 4.4.0. To `kafka-topics --topic` a name is a regular expression, but for --create. A dot, which most names
# have, so stands for any character, and a comma for "or":
# - `--delete --topic orders.eu` deletes orders-eu and orders1eu as well, at once, with code 0 and not a word;
# - `--alter --topic orders.eu --partitions 3` gives all of them three partitions, which cannot be taken back;
# - `--describe --topic orders.eu,users` shows them and one more.
# The tools beside it take the same word for a name: `kafka-configs --entity-name orders.eu` changes that one alone, and
# `kafka-acls --topic 'orders.*'` makes a rule for a topic of just that name, which no topic can have, and says so as of
# any. So a pattern that was tried with `kafka-topics --describe` lets nobody in, and a name that was safe everywhere
# deletes three topics. `--create` warns of dots, for names of metrics, and refuses orders_eu beside orders.eu, no others.
# Matters to whoever writes clean-up jobs. Write `orders[.]eu`, and look at --describe of the same word first.
# Broker and tools run in one JVM, to spare the machine. Needs Java 17 or newer, and Maven.
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
controller.quorum.voters=1@localhost:29781
controller.listener.names=CONTROLLER
listeners=CONTROLLER://localhost:29781,PLAINTEXT://localhost:29782
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
offsets.topic.replication.factor=1
log.dirs=$work/data
PROPERTIES

cat > Topics.java << 'JAVA'
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.utils.internals.Exit;
import org.apache.kafka.tools.AclCommand;
import org.apache.kafka.tools.ConfigCommand;
import org.apache.kafka.tools.TopicCommand;

/** Gives three tools one word, in one JVM with the broker, and prints what became of the topics. */
public class Topics {
	static final List<String> NAMES = List.of("orders-eu", "orders.eu", "orders1eu", "users");
	static final String SERVER = "localhost:29782";

	public static void main(String[] args) throws Exception {
		kafka.tools.StorageTool.execute(
			new String[] {"format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", "server.properties"}, new PrintStream("format.log"));
		var broker = new Thread(() -> kafka.Kafka.main(new String[] {"server.properties"}));
		broker.setDaemon(true);
		broker.start();
		open();
		try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", SERVER))) {
			for (String name : NAMES) {
				topics("--create", "--topic", name);
			}
			topics("--describe", "--topic", "orders.eu,users");
			topics("--alter", "--topic", "orders.eu", "--partitions", "3");
			show(admin, "after kafka-topics --alter --topic orders.eu --partitions 3");
			configs("--alter", "--entity-name", "orders.eu", "--add-config", "retention.ms=1000");
			show(admin, "after kafka-configs --entity-name orders.eu --add-config retention.ms=1000");
			AclCommand.main(new String[] {"--bootstrap-server", SERVER, "--add", "--allow-principal", "User:app", "--operation",
				"Read", "--topic", "orders.*"});
			topics("--delete", "--topic", "orders.eu");
			Thread.sleep(2000);
			show(admin, "after kafka-topics --delete --topic orders.eu");
		}
		Runtime.getRuntime().halt(0);
	}

	static void topics(String... words) {
		System.out.println("kafka-topics " + String.join(" ", words));
		var codes = new ArrayList<Integer>();
		Exit.setExitProcedure((code, message) -> codes.add(code)); // It goes on behind its end here, so the first counts.
		TopicCommand.main(with(words));
		Exit.resetExitProcedure();
		System.out.println("code " + codes.get(0));
	}

	static void configs(String... words) {
		ConfigCommand.main(with(("--entity-type topics " + String.join(" ", words)).split(" "))); // Ends with 1 if it fails.
	}

	static String[] with(String... words) {
		var all = new ArrayList<>(List.of("--bootstrap-server", SERVER));
		all.addAll(Arrays.asList(words));
		return all.toArray(String[]::new);
	}

	static void show(Admin admin, String when) throws Exception {
		System.out.println(when + ":");
		for (String name : new TreeSet<>(admin.listTopics().names().get())) {
			int partitions = admin.describeTopics(List.of(name)).allTopicNames().get().get(name).partitions().size();
			var topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
			String retention = admin.describeConfigs(List.of(topic)).all().get().get(topic).get("retention.ms").value();
			System.out.println("  " + name + ": partitions " + partitions + ", retention " + retention);
		}
	}

	static void open() throws Exception {
		for (int i = 0; i < 600; i++) {
			try (var socket = new Socket("localhost", 29782)) {
				return;
			} catch (IOException e) {
				Thread.sleep(200);
			}
		}
		throw new IllegalStateException("the broker does not start");
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Topics.java
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=off -cp 'classes:jars/*' Topics \
	> all 2> log < /dev/null || { cat all log; exit 1; }
grep -vE '^$|^WARNING: Due to limitations|^	Topic: ' all | sed -E 's/^(Topic: [^	]*)	.*/\1/; s/ *$//' > seen
cat seen

cat > wanted << 'TEXT'
kafka-topics --create --topic orders-eu
Created topic orders-eu.
code 0
kafka-topics --create --topic orders.eu
Created topic orders.eu.
code 0
kafka-topics --create --topic orders1eu
Created topic orders1eu.
code 0
kafka-topics --create --topic users
Created topic users.
code 0
kafka-topics --describe --topic orders.eu,users
code 0
kafka-topics --alter --topic orders.eu --partitions 3
code 0
after kafka-topics --alter --topic orders.eu --partitions 3:
  orders-eu: partitions 3, retention 604800000
  orders.eu: partitions 3, retention 604800000
  orders1eu: partitions 3, retention 604800000
  users: partitions 1, retention 604800000
Completed updating config for topic orders.eu.
after kafka-configs --entity-name orders.eu --add-config retention.ms=1000:
  orders-eu: partitions 3, retention 604800000
  orders.eu: partitions 3, retention 1000
  orders1eu: partitions 3, retention 604800000
  users: partitions 1, retention 604800000
Adding ACLs for resource `ResourcePattern(resourceType=TOPIC, name=orders.*, patternType=LITERAL)`:
 	(principal=User:app, host=*, operation=READ, permissionType=ALLOW)
kafka-topics --delete --topic orders.eu
code 0
after kafka-topics --delete --topic orders.eu:
  users: partitions 1, retention 604800000
Topic: orders-eu
Topic: orders.eu
Topic: orders1eu
Topic: users
TEXT
grep '^Topic: ' seen | sort > described # In any order.
grep -v '^Topic: ' seen | cat - described | diff wanted - || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: kafka-topics deletes each topic that a name matches as a pattern, kafka-configs and kafka-acls take it as it is'
