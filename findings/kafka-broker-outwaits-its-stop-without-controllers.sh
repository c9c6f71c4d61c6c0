#!/usr/bin/env bash
# Apache Kafka 4.4.0 (KRaft): how long a broker takes to stop is decided by whether its controller still runs. With it, a
# SIGTERM ends the broker within seconds. Once the controller has ended, the same SIGTERM takes five minutes: the broker
# asks for leave to go, which nobody can give, and closes its logs only after that. Then it ends as cleanly as the other
# one (.kafka_cleanshutdown is in its directory), so that whoever waits loses nothing, and whoever kills it before, as
# service managers do after 10 to 180 s, has all logs of it recovered at the next start.
# controlled.shutdown.enable=false, which once meant this very wait, is taken without an error and does nothing.
# Matters to whoever takes a cluster down: brokers first, controllers once they have ended. A stop of all at the same
# moment is a race.
# Takes six minutes. Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
pids=()
trap 'kill -KILL "${pids[@]}" 2> /dev/null || true; wait; rm -rf "$work"' EXIT
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
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka_2.13-*.jar

run=(java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$work/jars/*")
marker=.kafka_cleanshutdown

# settings ID ROLE LISTENER [MORE]
settings() {
	cat > "$1.properties" << PROPERTIES
process.roles=$2
node.id=$1
controller.quorum.voters=1@localhost:29591
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
listeners=$3
offsets.topic.replication.factor=1
log.dirs=$work/$1
${4:-}
PROPERTIES
	"${run[@]}" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$1.properties" > format.log 2>&1 \
		|| { cat format.log; exit 1; }
}

# start ID WORDS: until its log says so.
start() {
	"${run[@]}" kafka.Kafka "$1.properties" > "$1.log" 2>&1 &
	pids[$1]=$!
	for ((i = 0; i < 90; i++)); do
		if grep -q "$2" "$1.log"; then return; fi
		sleep 1
	done
	tail -n 5 "$1.log"
	echo "changed, or too slow: $1 never said: $2"
	exit 1
}

# ends ID LEAST MOST: told to stop a moment ago ($SECONDS is 0), it takes so many seconds, and has closed its logs.
ends() {
	wait "${pids[$1]}" || [ $? = 143 ]
	local took=$SECONDS
	echo "broker $1: took $(((took + 5) / 10 * 10)) s, $(test -e "$1/$marker" && echo 'logs closed' || echo 'logs open')"
	[ "$took" -ge "$2" ] && [ "$took" -le "$3" ] && test -e "$1/$marker" \
		|| { echo "changed: with 4.4.0 it took $2 to $3 s, with its logs closed"; exit 1; }
}

settings 1 controller CONTROLLER://localhost:29591
settings 2 broker PLAINTEXT://localhost:29592
settings 3 broker PLAINTEXT://localhost:29593 controlled.shutdown.enable=false
start 1 'Kafka Server started'
start 2 'Kafka Server started'
start 3 'Kafka Server started'
for broker in 2 3; do
	if [ -e "$broker/$marker" ]; then echo "changed: $marker stands while a broker runs"; exit 1; fi
done

echo 'the controller runs'
SECONDS=0
kill "${pids[2]}"
ends 2 0 30
start 2 'Kafka Server started'

kill "${pids[1]}"
wait "${pids[1]}" || [ $? = 143 ]
echo 'the controller has ended'
SECONDS=0
kill "${pids[2]}" "${pids[3]}"
ends 2 295 330
ends 3 295 330
echo 'seen: a broker without its controller took five minutes to stop, with either setting, and then closed its logs'
