#!/usr/bin/env bash
# Apache Kafka 4.4.0, new cluster, controller and broker as programs of their own: min.insync.replicas in the broker's
# file has no effect, from the first start on. When a cluster is made, the controller that leads writes the value of
# ITS file, or the default 1 if it has none, into the cluster's data as the default of all brokers, and that counts
# more than each broker's file. Later changes of the files, the controller's too, have no effect after a restart either,
# and no WARN or ERROR of a log names the setting. Only the default of the cluster can be altered (as kafka-configs
# --entity-default does): a value for one broker is refused.
# (The reason is the feature "eligible leader replicas", which new clusters have without being asked.)
# Matters because the setting says how many copies a write with acks=all must have reached: three brokers whose files
# all say 2 run with 1 if the controllers' files did not say it when the cluster was made.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
controller= broker=
trap 'kill $broker $controller 2> /dev/null || true; wait; rm -rf "$work"' EXIT
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

cat > Ask.java << 'JAVA'
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;

/** Ask topic | show | alter BROKER VALUE: makes the topic, prints what counts, alters (no name: the default). */
public class Ask {
	static final String NAME = "min.insync.replicas";

	public static void main(String[] args) throws Exception {
		try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", "localhost:29392"))) {
			switch (args[0]) {
				case "topic" -> admin.createTopics(Set.of(new NewTopic("orders", 1, (short) 1))).all().get();
				case "show" -> {
					show(admin, new ConfigResource(ConfigResource.Type.BROKER, "2"));
					show(admin, new ConfigResource(ConfigResource.Type.TOPIC, "orders"));
				}
				case "alter" -> alter(admin, args[1], args[2]);
			}
		}
	}

	static void show(Admin admin, ConfigResource of) throws Exception {
		ConfigEntry entry = admin.describeConfigs(Set.of(of)).all().get().get(of).get(NAME);
		System.out.println(of.type() + " " + of.name() + ": " + entry.value() + " by " + entry.source());
	}

	static void alter(Admin admin, String broker, String value) throws Exception {
		var op = new AlterConfigOp(new ConfigEntry(NAME, value), AlterConfigOp.OpType.SET);
		try {
			admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.BROKER, broker), List.of(op)))
				.all().get();
			System.out.println("altered");
		} catch (ExecutionException e) {
			System.out.println("refused: " + e.getCause().getMessage());
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Ask.java

cat > log4j2.properties << 'PROPERTIES'
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
PROPERTIES

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Dlog4j2.configurationFile=$work/log4j2.properties"
	-cp "$work/classes:$work/jars/*")
ask() { "${run[@]}" Ask "$@" 2> ask.log || { cat ask.log; exit 1; }; }

# settings ROLE ID PORT [LINE]: the file of a member that is the one controller or the one broker.
settings() {
	cat > "$1.properties" << PROPERTIES
process.roles=$1
node.id=$2
controller.quorum.voters=1@localhost:29391
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=$3
offsets.topic.replication.factor=1
log.dirs=$work/$1
${4:-}
PROPERTIES
}

# port NUMBER PID LOG: waits until the port is open.
port() {
	for ((i = 0; i < 600; i++)); do
		if (: < "/dev/tcp/localhost/$1") 2> /dev/null; then return; fi
		kill -0 "$2" || { tail -n 20 "$3"; exit 1; }
		sleep 0.2
	done
	exit 1
}

start() {
	"${run[@]}" kafka.Kafka controller.properties > "controller-$1.log" 2>&1 &
	controller=$!
	"${run[@]}" kafka.Kafka broker.properties > "broker-$1.log" 2>&1 &
	broker=$!
	port 29391 "$controller" "controller-$1.log"
	port 29392 "$broker" "broker-$1.log"
}

stop() {
	kill "$broker"
	wait "$broker" || [ $? = 143 ]
	kill "$controller"
	wait "$controller" || [ $? = 143 ]
	broker= controller=
}

# expect WHEN LINES: what the broker answers for itself and for a topic that says nothing of its own.
expect() {
	local seen
	seen="$(ask show)"
	echo "== $1:"
	echo "$seen"
	[ "$seen" = "$2" ] || { echo "changed: with 4.4.0 the answer was"; echo "$2"; exit 1; }
}

frozen='BROKER 2: 1 by DYNAMIC_DEFAULT_BROKER_CONFIG
TOPIC orders: 1 by DYNAMIC_DEFAULT_BROKER_CONFIG'

settings controller 1 CONTROLLER://localhost:29391
settings broker 2 PLAINTEXT://localhost:29392 min.insync.replicas=2
for role in controller broker; do
	"${run[@]}" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$role.properties" > format.log 2>&1 \
		|| { cat format.log; exit 1; }
done
start first
ask topic
expect "new cluster, the broker's file says 2, the controller's nothing" "$frozen"
stop

settings controller 1 CONTROLLER://localhost:29391 min.insync.replicas=2
start second
expect 'after a restart, the files of both say 2' "$frozen"

# Of the logs, the dump of the settings left out, no WARN or ERROR names the setting.
if grep -E 'WARN|ERROR' ./*-first.log ./*-second.log | grep 'min.insync.replicas'; then
	echo 'changed: a log warns'
	exit 1
fi
refused="$(ask alter 2 2)"
echo "== a value for broker 2: $refused"
[[ $refused = refused:* ]] || { echo 'changed: a value for one broker is taken'; exit 1; }
echo "== a default for the cluster: $(ask alter '' 2)"
expect 'and then' "${frozen//: 1/: 2}"
stop
echo "seen: min.insync.replicas of a broker's file counts for nothing; the cluster keeps what its first controller had"
