#!/usr/bin/env bash
# Apache Kafka 4.4.0, kafka.docker.KafkaDockerWrapper (the program that the image apache/kafka starts with):
# KAFKA_LOG4J_ROOT_LOGLEVEL is to set the level of the root logger. It also takes the root logger's appenders away, so
# that a broker with the very level that it had before writes nothing at all: a wait for a line of its log never ends.
# The same broker, the same settings, once without and once with the variable. Needs Java 17 or newer, and Maven.
set -euo pipefail

work="$(mktemp -d)"
broker=
trap 'kill "$broker" 2> /dev/null || true; rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml << 'EOF'
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
EOF
mvn --batch-mode --quiet "-Dmaven.repo.local=$work/repository" -DincludeScope=runtime "-DoutputDirectory=$work/jars" \
	org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies
ls jars/kafka_2.13-*.jar

# Default settings as the image has them: a log on the console, and one node that is broker and controller.
mkdir default mounted
cat > default/log4j2.yaml << 'EOF'
Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: INFO
      AppenderRef:
        - ref: STDOUT
EOF
cp default/log4j2.yaml default/tools-log4j2.yaml

# start NAME PORT [VARIABLE=VALUE]: renders the settings, starts the broker, waits until its port is open, stops it.
start() {
	local name=$1 port=$2
	shift 2
	mkdir "$name"
	cat > default/server.properties << EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:$((port + 1))
listeners=PLAINTEXT://localhost:$port,CONTROLLER://localhost:$((port + 1))
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$work/$name/data
EOF
	env CLUSTER_ID=AAAAAAAAAAAAAAAAAAAAAA "$@" java -Xmx256m -cp "$work/jars/*" kafka.docker.KafkaDockerWrapper setup \
		--default-configs-dir default --mounted-configs-dir mounted --final-configs-dir "$name" > "$name/setup.out" 2>&1
	java -Xmx256m "-Dlog4j2.configurationFile=$work/$name/log4j2.yaml" -cp "$work/jars/*" \
		kafka.Kafka "$name/server.properties" > "$name/log" 2>&1 &
	broker=$!
	for ((i = 0; i < 600; i++)); do
		if (: < "/dev/tcp/localhost/$port") 2> /dev/null; then break; fi
		kill -0 "$broker" || { tail -n 20 "$name/log"; exit 1; }
		sleep 0.2
	done
	(: < "/dev/tcp/localhost/$port")
	kill "$broker"
	wait "$broker" || [ $? = 143 ]
	echo "== $name: the broker served and ended; its log has $(wc -l < "$name/log") lines; its root logger:"
	sed -n '/Root:/,$p' "$name/log4j2.yaml"
}

start without 29092
start with 29192 KAFKA_LOG4J_ROOT_LOGLEVEL=INFO

started='Kafka Server started'
grep -q "$started" without/log || { echo "changed: no '$started' even without the variable"; exit 1; }
if grep -q "$started" with/log; then
	echo "changed: with KAFKA_LOG4J_ROOT_LOGLEVEL the log is still written"
	exit 1
fi
if grep -q 'ref:' with/log4j2.yaml; then
	echo 'changed: the root logger keeps its appenders'
	exit 1
fi
echo "seen: KAFKA_LOG4J_ROOT_LOGLEVEL=INFO, the level that was set before, leaves the broker without a log"
