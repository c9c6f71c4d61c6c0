/** Where the image’s own start looks for files that take the place of its settings (KafkaDockerWrapper). */
export const MOUNTED = '/mnt/shared/config';

/**
 * Everything to standard output, which has a bound (stacks/common/pinned.ts), at the levels of Kafka’s own file. That
 * one writes each line to files below /opt/kafka/logs too, and those of controllers, the authorizer and log cleaners to
 * files alone: a new one each hour, which nobody removes, in the container’s own layer (config/log4j2.yaml of 4.x).
 */
const SETTINGS = `Configuration:
  Properties:
    Property:
      - name: logPattern
        value: "[%d] %p %m (%c)%n"
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "\${logPattern}"
  Loggers:
    Root:
      level: INFO
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: kafka.request.logger
        level: WARN
      - name: kafka.network.RequestChannel$
        level: WARN
`;

/** Lines of the start that have the settings of the log taken from here. */
export const writeLogSettings = `cat > ${MOUNTED}/log4j2.yaml << 'END'
${SETTINGS}END
`;

/**
 * Without it the image’s start has Java keep ten files of 100 MB about its garbage collector (kafka-run-class.sh:
 * `-loggc`). This is what Java does by default. Tools of `docker exec` do not inherit it.
 */
export const noGcFiles = 'export KAFKA_GC_LOG_OPTS=-Xlog:all=warning:stdout\n';
