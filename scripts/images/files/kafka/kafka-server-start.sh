#!/usr/bin/env bash
# Stands in for /opt/kafka/bin/kafka-server-start.sh of the image apache/kafka, always in the foreground.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 server.properties [--override property=value]*" >&2; exit 1; }
export KAFKA_LOG4J_OPTS="${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml}"
export KAFKA_HEAP_OPTS="${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G}"
exec /opt/kafka/bin/kafka-run-class.sh -name kafkaServer -loggc kafka.Kafka "$@"
