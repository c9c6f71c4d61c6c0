#!/usr/bin/env bash
# Stands in for /opt/kafka/bin/kafka-run-class.sh of the image apache/kafka: runs one of Kafka's classes.
set -euo pipefail

logs="${LOG_DIR:-/opt/kafka/logs}"
name=
while :; do
	case "${1-}" in
		-name) name=$2; shift 2 ;;
		-loggc)
			: "${KAFKA_GC_LOG_OPTS:=-Xlog:gc*:file=$logs/$name-gc.log:time,tags:filecount=10,filesize=100M}"
			shift
			;;
		*) break ;;
	esac
done

LC_COLLATE=C
jars=(/opt/kafka/libs/*.jar)
quick='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
quiet=-Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml
# Lists of options, separated by spaces on purpose.
options="${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_JVM_PERFORMANCE_OPTS:-$quick} ${KAFKA_GC_LOG_OPTS-}
	${KAFKA_JMX_OPTS-} ${KAFKA_LOG4J_OPTS:-$quiet} ${KAFKA_OPTS-}"
archive='-XX:SharedArchiveFile=/opt/kafka/kafka.jsa -Xshare:auto'
exec java $archive -Djava.awt.headless=true "-Dkafka.logs.dir=$logs" $options \
	-cp "${CLASSPATH:+$CLASSPATH:}$(IFS=:; echo "${jars[*]}")" "$@"
