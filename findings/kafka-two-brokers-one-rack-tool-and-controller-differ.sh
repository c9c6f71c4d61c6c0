#!/usr/bin/env bash
# Apache Kafka 4.4.0, one broker with broker.rack and one without, as while racks are given to a running cluster: who
# places copies does not agree on whether that may be. The controller makes a topic of two copies on both, without a
# word; kafka-reassign-partitions --generate, asked to place the same topic on the same brokers, refuses: not all brokers
# have rack information. With --disable-rack-aware it plans. It ends with 1, and its error is in standard output, where
# the plan would be.
# Matters to whoever moves partitions while brokers are still on their way to having racks.
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
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.4.0</version>
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

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$work/jars/*")
at=(--bootstrap-server localhost:29592)

# settings ID ROLES LISTENERS [LINE]
settings() {
	cat > "$1.properties" << PROPERTIES
process.roles=$2
node.id=$1
controller.quorum.voters=1@localhost:29591
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=$3
inter.broker.listener.name=PLAINTEXT
offsets.topic.replication.factor=1
log.dirs=$work/$1
${4:-}
PROPERTIES
	"${run[@]}" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$1.properties" > format.log 2>&1 \
		|| { cat format.log; exit 1; }
}

settings 1 broker,controller PLAINTEXT://localhost:29592,CONTROLLER://localhost:29591 broker.rack=a
settings 2 broker PLAINTEXT://localhost:29593
"${run[@]}" kafka.Kafka 1.properties > 1.log 2>&1 &
first=$!
"${run[@]}" kafka.Kafka 2.properties > 2.log 2>&1 &
second=$!

# What both brokers place: asked again until the second one is there.
made=
for ((i = 0; i < 60; i++)); do
	if made="$("${run[@]}" org.apache.kafka.tools.TopicCommand "${at[@]}" --create --topic orders --partitions 1 --replication-factor 2 2>&1)"; then break; fi
	sleep 1
done
echo "the controller: $made"
[ "$made" = 'Created topic orders.' ] || { echo "changed: with 4.4.0 it was made"; exit 1; }

echo '{"version":1,"topics":[{"topic":"orders"}]}' > topics.json
# generate [FLAG]: its exit code, and what it writes into standard output and standard error.
generate() {
	local code=0
	"${run[@]}" org.apache.kafka.tools.reassign.ReassignPartitionsCommand "${at[@]}" --generate \
		--topics-to-move-json-file topics.json --broker-list 1,2 "$@" > out 2> err || code=$?
	echo "the tool${1:+ $1}: ends with $code"
	for stream in out err; do
		sed "/^\tat /d; /^\$/d; s/^/  $stream  /; s/,\"log_dirs\":\[[^]]*\]//g" "$stream"
	done
}
generate
grep -q 'Not all brokers have rack information' out err || { echo "changed: with 4.4.0 it refused"; exit 1; }
generate --disable-rack-aware
grep -q '"replicas":\[\(1,2\|2,1\)\]' out || { echo "changed: with 4.4.0 it planned"; exit 1; }
