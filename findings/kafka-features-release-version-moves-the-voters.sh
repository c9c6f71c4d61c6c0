#!/usr/bin/env bash
# Apache Kafka 4.4.0, three controllers that are named in controller.quorum.voters: after an upgrade
# `kafka-features upgrade --release-version 4.4` is how the new version is to be taken for good. In a cluster that has
# that version already it still changes one thing: kraft.version goes from 0 to 1, by which voters are known by the ids
# of their directories too. From then on a controller that comes back on an empty disk, under its old id and at its old
# address, is an observer; its vote is that of the disk that is gone. With kraft.version 0 it votes again by itself.
# Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
declare -A pids=()
trap 'kill "${pids[@]}" 2> /dev/null || true; wait; rm -rf "$work"' EXIT
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
ls jars/kafka_2.13-*.jar

options=(-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$work/jars/*")
tool() {
	java "${options[@]}" "org.apache.kafka.tools.$1" \
		--bootstrap-controller localhost:39193,localhost:39293,localhost:39393 "${@:2}" 2> /dev/null
}
# start ID: on an empty disk.
start() {
	rm -rf "data$1"
	cat > "$1.properties" << PROPERTIES
process.roles=controller
node.id=$1
controller.quorum.voters=1@localhost:39193,2@localhost:39293,3@localhost:39393
listeners=CONTROLLER://localhost:39${1}93
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT
log.dirs=$work/data$1
PROPERTIES
	java "${options[@]}" kafka.tools.StorageTool format --cluster-id=AAAAAAAAAAAAAAAAAAAAAA \
		--config "$1.properties" > /dev/null 2>&1
	java "${options[@]}" kafka.Kafka "$1.properties" > "$1.log" 2>&1 &
	pids[$1]=$!
}
# Of each: id, id of its directory (all A: none that counts), how many records it lacks, what it is.
replication() { tool MetadataQuorumCommand describe --replication | awk '$1 ~ /^[0-9]+$/ { print $1, $2, $4, $NF }'; }
kraft() { tool FeatureCommand describe | sed -n 's/.*kraft\.version.*\(FinalizedVersionLevel: [0-9]*\).*/\1/p'; }
# await PATTERN: what the active controller tells of, in two minutes.
await() {
	local i said
	for ((i = 0; i < 60; i++)); do
		if said="$(replication)" && grep -q "$1" <<< "$said"; then
			echo "$said"
			return
		fi
		sleep 2
	done
	echo "never seen: $1 in"; echo "$said"; exit 1
}
# replace ID DIRECTORY STATUS: its disk is lost, and it comes back on an empty one; a copy that is up to date tells that
# the process answers, since a stopped one lacks two more records each second.
replace() {
	kill "${pids[$1]}"
	wait "${pids[$1]}" 2> /dev/null || true
	sleep 5
	start "$1"
	local id
	id="$(sed -n 's/^directory.id=//p' "data$1/meta.properties")"
	await "^$1 ${2:-$id} [0-3] $3"
}

for id in 1 2 3; do start "$id"; done
await '^3 A* [0-3] \(Follower\|Leader\)' > /dev/null
echo "== before: $(kraft); controller 3 comes back on an empty disk:"
replace 3 'A*' '\(Follower\|Leader\)'
tool FeatureCommand upgrade --release-version 4.4
echo "== after: $(kraft); controller 3 comes back on an empty disk:"
replace 3 '' Observer
