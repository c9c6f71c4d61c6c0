#!/usr/bin/env bash
# Apache Kafka 4.4.0, `kafka-metadata-quorum describe --status`, three controllers. MaxFollowerLagTimeMs is for how long
# the slowest follower has not caught up, and grows while a follower is away. But if the controller that is away was the
# leader, the value is -1, and stays -1 for as long as it is away: below every threshold, though a third of the quorum is
# lost. In `--replication` the lost one is a "Follower" whose times are -1 as well (--human-readable shows "-1", without
# "ago"), so a lag computed as "the leader's time minus its time" is some 56 years. MaxFollowerLag, in records, does grow.
# (The new leader never heard of it: it has no time of it that it could tell.)
# Matters for monitoring: the loss of the leader is the one that a rule on MaxFollowerLagTimeMs does not see. Take -1 for
# "never", and look at MaxFollowerLag as well.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
declare -A pids
stop() {
	kill -9 "${pids[$1]}"
	wait "${pids[$1]}" 2> /dev/null || true
	unset "pids[$1]"
}
trap 'for each in "${!pids[@]}"; do stop "$each"; done; rm -rf "$work"' EXIT
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

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.level=warn -cp "$work/jars/*")
cluster="$("${run[@]}" kafka.tools.StorageTool random-uuid 2> random.log)"

start() {
	"${run[@]}" kafka.Kafka "$1.properties" > "$1.log" 2>&1 &
	pids[$1]=$!
}
for id in 1 2 3; do
	cat > "$id.properties" << PROPERTIES
process.roles=controller
node.id=$id
controller.quorum.voters=1@localhost:29381,2@localhost:29382,3@localhost:29383
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT
listeners=CONTROLLER://localhost:2938$id
log.dirs=$work/data-$id
PROPERTIES
	"${run[@]}" kafka.tools.StorageTool format --cluster-id "$cluster" --config "$id.properties" > "$id.format" 2>&1
	start "$id"
done

# ask OPTION…: of those that run.
ask() {
	local at
	at="$(printf 'localhost:2938%s,' "${!pids[@]}")"
	"${run[@]}" org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-controller "${at%,}" describe "$@" 2> ask.log
}
value() { ask --status | sed -n "s/^$1: *//p"; }
# until WHAT TEST…: looks again and again.
until_true() {
	local what="$1"
	shift
	for ((i = 0; i < 60; i++)); do
		if "$@"; then return; fi
		sleep 0.5
	done
	echo "not seen: $what"
	cat ask.log ./*.log | tail -n 40
	exit 1
}
whole() { [[ "$(value MaxFollowerLagTimeMs)" =~ ^[0-9]{1,4}$ ]]; }
led_by_another() { [[ "$(value LeaderId)" =~ ^[123]$ ]] && [ "$(value LeaderId)" != "$leader" ]; }
grown() { [[ "$(value MaxFollowerLagTimeMs)" =~ ^[0-9]{4,}$ ]] && [ "$(value MaxFollowerLagTimeMs)" -gt 5000 ]; }

until_true 'all three have caught up' whole
leader="$(value LeaderId)"
follower=$((leader % 3 + 1))
stop "$follower"
until_true 'the time of a follower that is away' grown
echo '== a follower is away:'
ask --status | grep MaxFollowerLag
start "$follower"
until_true 'all three have caught up again' whole

leader="$(value LeaderId)"
stop "$leader"
until_true 'another leader' led_by_another
before="$(value MaxFollowerLag)"
sleep 10
after="$(value MaxFollowerLag)"
time="$(value MaxFollowerLagTimeMs)"
row="$(ask --replication | grep "^$leader\\b" | tr -s '[:space:]' ' ')"
echo '== the leader is away, for 10 s and more:'
ask --status | grep MaxFollowerLag
ask --replication --human-readable
echo "lag in records: $before, 10 s later $after"
[ "$time" = -1 ] || { echo 'changed: with 4.4.0 MaxFollowerLagTimeMs was -1'; exit 1; }
[ "$after" -gt "$before" ] || { echo 'changed: with 4.4.0 MaxFollowerLag grew'; exit 1; }
[[ "$row" == *' -1 -1 Follower '* ]] || { echo "changed: with 4.4.0 the times of the lost one were -1: $row"; exit 1; }
