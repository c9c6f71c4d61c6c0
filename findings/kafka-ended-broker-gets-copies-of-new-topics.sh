#!/usr/bin/env bash
# Apache Kafka 4.4.0: a broker that was stopped for good gets copies of topics that are made afterwards. A cluster of
# two has one left, and says so to whoever asks for its brokers; a topic with two copies is made all the same, without
# a word, and its second copy is on the broker that is gone, where it stays: with min.insync.replicas=2 nobody can write
# to that topic from its first moment on. That a topic needs more copies than there are brokers is refused only beyond
# the number of those that were ever registered.
# What ends it is Admin.unregisterBroker (kafka-cluster.sh unregister): then the same request is refused. A topic that
# was made meanwhile keeps the copy that nobody has.
# Matters to whoever takes a broker away by stopping it: "the cluster has N brokers" in a client, a tool or a page, and
# the number that placement goes by, are two.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
first= second=
trap 'kill $first $second 2> /dev/null || true; wait; rm -rf "$work"' EXIT
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
      <groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version>
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
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.serialization.StringSerializer;

/** Ask brokers | make NAME COPIES | show NAME | write NAME | forget BROKER. */
public class Ask {
	public static void main(String[] args) throws Exception {
		Map<String, Object> at = Map.of("bootstrap.servers", "localhost:29492");
		try (Admin admin = Admin.create(at)) {
			switch (args[0]) {
				case "brokers" -> System.out.println("to a client " + brokers(admin, false) + ", registered " + brokers(admin, true));
				case "make" -> make(admin, new NewTopic(args[1], 1, Short.parseShort(args[2])).configs(Map.of("min.insync.replicas", "2")));
				case "show" -> show(admin, args[1]);
				case "write" -> write(args[1]);
				case "forget" -> admin.unregisterBroker(Integer.parseInt(args[1])).all().get();
			}
		}
	}

	static String brokers(Admin admin, boolean fenced) throws Exception {
		return ids(admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(fenced)).nodes().get());
	}

	static String ids(Iterable<Node> nodes) {
		var ids = new java.util.TreeSet<Integer>();
		nodes.forEach(node -> ids.add(node.id()));
		return ids.stream().map(String::valueOf).collect(Collectors.joining(" and "));
	}

	static void make(Admin admin, NewTopic topic) throws Exception {
		try {
			admin.createTopics(Set.of(topic)).all().get();
			System.out.println("made");
		} catch (ExecutionException e) {
			System.out.println("refused: " + e.getCause().getMessage());
		}
	}

	static void show(Admin admin, String topic) throws Exception {
		var partition = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().get(0);
		System.out.println("copies on " + ids(partition.replicas()) + ", in sync " + ids(partition.isr()));
	}

	static void write(String topic) {
		Map<String, Object> settings = Map.of("bootstrap.servers", "localhost:29492", "acks", "all", "retries", 0,
			"key.serializer", StringSerializer.class.getName(), "value.serializer", StringSerializer.class.getName());
		try (var producer = new KafkaProducer<String, String>(settings)) {
			producer.send(new ProducerRecord<>(topic, "x")).get();
			System.out.println("written");
		} catch (Exception e) {
			System.out.println("not written: " + e.getCause().getClass().getSimpleName());
		}
	}
}
JAVA
mkdir classes
javac -cp 'jars/*' -d classes Ask.java

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$work/classes:$work/jars/*")
ask() { "${run[@]}" Ask "$@" 2> ask.log || { cat ask.log; exit 1; }; }

# settings ID ROLES LISTENERS
settings() {
	cat > "$1.properties" << PROPERTIES
process.roles=$2
node.id=$1
controller.quorum.voters=1@localhost:29491
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=$3
inter.broker.listener.name=PLAINTEXT
offsets.topic.replication.factor=1
log.dirs=$work/$1
PROPERTIES
	"${run[@]}" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$1.properties" > format.log 2>&1 \
		|| { cat format.log; exit 1; }
}

# wait_for WORDS: until the cluster's brokers are these.
wait_for() {
	for ((i = 0; i < 60; i++)); do
		if [ "$("${run[@]}" Ask brokers 2> /dev/null)" = "$1" ]; then return; fi
		sleep 1
	done
	echo "changed, or too slow: the brokers never were: $1"
	exit 1
}

# expect WHAT PATTERN COMMAND...: what the cluster answers.
expect() {
	local seen
	seen="$(ask "${@:3}")"
	echo "$1: $seen"
	[[ $seen == $2 ]] || { echo "changed: with 4.4.0 it was $2"; exit 1; }
}

settings 1 broker,controller PLAINTEXT://localhost:29492,CONTROLLER://localhost:29491
settings 2 broker PLAINTEXT://localhost:29493
"${run[@]}" kafka.Kafka 1.properties > 1.log 2>&1 &
first=$!
"${run[@]}" kafka.Kafka 2.properties > 2.log 2>&1 &
second=$!
wait_for 'to a client 1 and 2, registered 1 and 2'
expect 'two brokers, a topic of two copies' made make before 2
expect 'two brokers, one of three' 'refused: *' make three 3

kill "$second"
wait "$second" || [ $? = 143 ]
second=
wait_for 'to a client 1, registered 1 and 2'
echo 'broker 2 is stopped for good: to a client 1, registered 1 and 2'
expect 'a topic of two copies' made make after 2
expect 'which has' 'copies on 1 and 2, in sync 1' show after
expect 'a record with acks=all' 'not written: NotEnoughReplicas*' write after
expect 'one of three' 'refused: *only 2 broker(s) are registered*' make three 3

ask forget 2
wait_for 'to a client 1, registered 1'
expect 'unregistered; a topic of two copies' 'refused: *only 1 broker(s) are registered*' make later 2
expect 'the one that was made meanwhile' 'copies on 1 and 2, in sync 1' show after
echo 'seen: a broker that was stopped for good got a copy of a topic that was made afterwards'
