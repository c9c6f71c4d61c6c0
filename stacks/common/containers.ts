/**
 * The container of a service of the stack on the host where a runbook's command runs, as words of the shell. It is
 * found by the label that swarm gives it: a name is a pattern to docker, so that `events_kafka-1` finds
 * `eu-events_kafka-1` and `events_kafka-10` as well, and the command would run in another cluster.
 */
export const containerOf = (stack: string, service: string): string =>
  `$(docker ps -q -f label=com.docker.swarm.service.name=${stack}_${service})`;
