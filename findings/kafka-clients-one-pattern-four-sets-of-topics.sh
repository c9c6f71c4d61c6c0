#!/usr/bin/env bash
# A consumer of Apache Kafka can subscribe to a pattern instead of names. Which topics that are depends on the client, on
# the same broker (4.4.0), whose topics are orders, orders-dlq, eu-orders and payments:
# - Java's (kafka-clients 4.4.0) takes names that match as a whole, by the old protocol of groups and by the new one, where
#   the broker matches: `orders` and `^orders` are orders.
# - kafka-python 3.0.12 takes names that match at their start: `orders` is orders-dlq as well.
# - kafkajs 2.2.4 and franz-go 1.22.3 take those that match anywhere: `orders` is eu-orders as well.
# - librdkafka (confluent-kafka 2.16.1) takes for a pattern what starts with `^`, and then those that match at the start;
#   else it is a name: `orders|payments` is a topic that is not there.
# So `orders|payments` is two, three, four topics or none. Only with both `^(` and `)$` are all of one mind.
# Matters to whoever writes the second service from the first one's settings, in another language: it reads the dead
# letters too, and may write them back to where it took them from.
# Shown by what each gets assigned. Needs Java 17 or newer, Maven, Node 20 or newer, Python 3 with venv, Go 1.26.
set -euo pipefail

work="$(mktemp -d)"
broker=''
built=''
trap 'kill -9 $broker $built 2> "$work/kill.log" || true; rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.26

require github.com/twmb/franz-go v1.22.3
MOD
cat > subscribe.go << 'GO'
// Command subscribe prints the topics that franz-go takes for each pattern.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	for i, pattern := range os.Args[1:] {
		seen := make(chan []string, 1)
		assigned := func(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
			var names []string
			for name := range parts {
				names = append(names, name)
			}
			slices.Sort(names)
			select {
			case seen <- names:
			default:
			}
		}
		client, err := kgo.NewClient(kgo.SeedBrokers("localhost:29792"), kgo.ConsumerGroup(fmt.Sprint("franz-go-", i)),
			kgo.ConsumeRegex(), kgo.ConsumeTopics(pattern), kgo.OnPartitionsAssigned(assigned))
		if err != nil {
			log.Fatal(err)
		}
		go client.PollFetches(context.Background())
		select {
		case names := <-seen:
			fmt.Printf("%s, franz-go: %s\n", pattern, strings.Join(names, " "))
		case <-time.After(20 * time.Second):
			fmt.Printf("%s, franz-go: none\n", pattern)
		}
		client.CloseAllowingRebalance()
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o subscribe . 2> build.log & # It takes longest, so beside the rest.
built=$!

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
ls jars/kafka_2.13-*.jar jars/kafka-clients-*.jar
npm init --yes > npm.log
npm install --silent --no-audit --no-fund --ignore-scripts kafkajs@2.2.4
python3 -m venv py
py/bin/pip install --quiet --disable-pip-version-check kafka-python==3.0.12 confluent-kafka==2.16.1

cat > subscribe.mjs << 'JS'
import { Kafka, logLevel } from 'kafkajs';

const kafka = new Kafka({ brokers: ['localhost:29792'], logLevel: logLevel.NOTHING });
for (const [i, pattern] of process.argv.slice(2).entries()) {
	const consumer = kafka.consumer({ groupId: `kafkajs-${i}` });
	await consumer.connect();
	await consumer.subscribe({ topics: [new RegExp(pattern)] });
	const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
	await consumer.run({ eachMessage: async () => undefined });
	const topics = Object.keys((await joined).payload.memberAssignment).sort();
	console.log(`${pattern}, kafkajs: ${topics.join(' ')}`);
	await consumer.disconnect();
}
JS
cat > subscribe.py << 'PY'
import logging
import sys
import time

from confluent_kafka import Consumer
from kafka import KafkaConsumer

logging.disable(logging.CRITICAL)


def topics(name, pattern, consumer, poll):
    end = time.time() + 20
    told = None
    while not consumer.assignment() and not told and time.time() < end:
        message = poll()
        told = message and message.error().str()
    names = ' '.join(sorted(each.topic for each in consumer.assignment()))
    print(f"{pattern}, {name}: {names or told}", flush=True)
    consumer.close()


for i, pattern in enumerate(sys.argv[1:]):
    one = KafkaConsumer(bootstrap_servers='localhost:29792', group_id=f'kafka-python-{i}')
    one.subscribe(pattern=pattern)
    topics('kafka-python', pattern, one, lambda: one.poll(timeout_ms=200) and None)
    other = Consumer({'bootstrap.servers': 'localhost:29792', 'group.id': f'librdkafka-{i}'})
    other.subscribe([pattern])
    topics('librdkafka', pattern, other, lambda: other.poll(0.2))
PY
cat > server.properties << PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:29791
controller.listener.names=CONTROLLER
listeners=CONTROLLER://localhost:29791,PLAINTEXT://localhost:29792
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.dirs=$work/data
PROPERTIES
cat > Subscribe.java << 'JAVA'
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;

/** Runs the broker, and prints the topics that Java takes for each pattern by both protocols. */
public class Subscribe {
	public static void main(String[] args) throws Exception {
		kafka.tools.StorageTool.execute(
			new String[] {"format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c", "server.properties"}, new PrintStream("format.log"));
		new Thread(() -> kafka.Kafka.main(new String[] {"server.properties"})).start();
		open();
		try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", "localhost:29792"))) {
			admin.createTopics(Stream.of("orders", "orders-dlq", "eu-orders", "payments")
				.map(name -> new NewTopic(name, 1, (short) 1)).toList()).all().get();
		}
		for (String pattern : args) {
			for (String protocol : List.of("classic", "consumer")) {
				try (var consumer = new KafkaConsumer<String, String>(Map.<String, Object>of(
						"bootstrap.servers", "localhost:29792", "group.id", protocol + List.of(args).indexOf(pattern),
						"group.protocol", protocol,
						"key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
						"value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer"))) {
					if (protocol.equals("classic")) {
						consumer.subscribe(Pattern.compile(pattern));
					} else {
						consumer.subscribe(new SubscriptionPattern(pattern));
					}
					for (int i = 0; i < 100 && consumer.assignment().isEmpty(); i++) {
						consumer.poll(Duration.ofMillis(200));
					}
					var names = new TreeSet<String>();
					consumer.assignment().forEach(each -> names.add(each.topic()));
					System.out.println(pattern + ", Java " + protocol + ": " + String.join(" ", names));
				}
			}
		}
		Files.createFile(Path.of("ready"));
	}

	static void open() throws Exception {
		for (int i = 0; i < 600; i++) {
			try (var socket = new Socket("localhost", 29792)) {
				return;
			} catch (IOException e) {
				Thread.sleep(200);
			}
		}
		throw new IllegalStateException("the broker does not start");
	}
}
JAVA
wait "$built" || { cat build.log; exit 1; }
mkdir classes
javac -cp 'jars/*' -d classes Subscribe.java
patterns=('orders' '^orders' 'orders|payments' '^(orders|payments)$')
java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=off -cp 'classes:jars/*' Subscribe "${patterns[@]}" \
	> java.out 2> log < /dev/null &
broker=$!
disown
for ((i = 0; i < 600; i++)); do
	[ ! -e ready ] || break
	kill -0 "$broker" 2> kill.log || { cat log; exit 1; }
	sleep 0.2
done
./subscribe "${patterns[@]}" > go.out
node subscribe.mjs "${patterns[@]}" > node.out
py/bin/python subscribe.py "${patterns[@]}" > python.out 2> python.log || { cat python.log; exit 1; }
cat java.out python.out node.out go.out > seen
cat seen

cat > wanted << 'TEXT'
orders, Java classic: orders
orders, Java consumer: orders
^orders, Java classic: orders
^orders, Java consumer: orders
orders|payments, Java classic: orders payments
orders|payments, Java consumer: orders payments
^(orders|payments)$, Java classic: orders payments
^(orders|payments)$, Java consumer: orders payments
orders, kafka-python: orders orders-dlq
orders, librdkafka: orders
^orders, kafka-python: orders orders-dlq
^orders, librdkafka: orders orders-dlq
orders|payments, kafka-python: orders orders-dlq payments
orders|payments, librdkafka: Subscribed topic not available: orders|payments: Broker: Unknown topic or partition
^(orders|payments)$, kafka-python: orders payments
^(orders|payments)$, librdkafka: orders payments
orders, kafkajs: eu-orders orders orders-dlq
^orders, kafkajs: orders orders-dlq
orders|payments, kafkajs: eu-orders orders orders-dlq payments
^(orders|payments)$, kafkajs: orders payments
orders, franz-go: eu-orders orders orders-dlq
^orders, franz-go: orders orders-dlq
orders|payments, franz-go: eu-orders orders orders-dlq payments
^(orders|payments)$, franz-go: orders payments
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: of one pattern five clients make four sets of topics'
