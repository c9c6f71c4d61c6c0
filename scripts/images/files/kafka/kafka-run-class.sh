#!/usr/bin/env bash
# Stands in for /opt/kafka/bin/kafka-run-class.sh of the image apache/kafka: runs one of Kafka's classes.
set -euo pipefail

# Taken and left without effect: the lab writes no log of the garbage collector.
while :; do
	case "${1-}" in
		-name) shift 2 ;;
		-loggc) shift ;;
		*) break ;;
	esac
done

LC_COLLATE=C
jars=(/opt/kafka/libs/*.jar)
logs="${LOG_DIR:-/opt/kafka/logs}"
quick='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
quiet=-Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml
# Lists of options, separated by spaces on purpose.
options="${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_JVM_PERFORMANCE_OPTS:-$quick} ${KAFKA_GC_LOG_OPTS-}
	${KAFKA_JMX_OPTS-} ${KAFKA_LOG4J_OPTS:-$quiet} ${KAFKA_OPTS-}"
archive='-XX:SharedArchiveFile=/opt/kafka/kafka.jsa -Xshare:auto'
exec java $archive -Djava.awt.headless=true "-Dkafka.logs.dir=$logs" $options \
	-cp "${CLASSPATH:+$CLASSPATH:}$(IFS=:; echo "${jars[*]}")" "$@"
