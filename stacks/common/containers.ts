/**
 * The container of a service of the stack on the host where a runbook's command runs, as words of the shell. It is
 * found by the label that swarm gives it: a name is a pattern to docker, so that `events_kafka-1` finds
 * `eu-events_kafka-1` and `events_kafka-10` as well, and the command would run in another cluster.
 */
export const containerOf = (stack: string, service: string): string =>
  `$(docker ps -q -f label=com.docker.swarm.service.name=${stack}_${service})`;

/**
 * A line of the shell that removes a volume on the host where it runs, once no container runs with it: swarm keeps the
 * containers of earlier tasks, which hold it. Forced, to be content if it is gone; one in use is refused all the same.
 */
export const removeVolume = (volume: string): string =>
  `until docker volume rm -f ${volume}; do docker ps -aq -f volume=${volume} ` +
  '-f status=created -f status=exited -f status=dead | xargs -r docker rm; sleep 1; done';
