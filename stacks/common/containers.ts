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

/**
 * Where commands of a runbook run that look for a container, which only its node’s engine finds, and read or write
 * files of the bundle, which only its directory has.
 * @param host of that node, as ssh finds it
 */
export const atNode = (node: string, host = node): string =>
  `in this directory against the engine of ${node}, in a shell of its own (\`DOCKER_HOST=ssh://${host} sh\` before, ` +
  '`exit` after)';

/** States in which a task may have a container (docker/cli: cli/command/task/formatter.go prints them so). */
const OPEN = 'Assigned|Accepted|Preparing|Ready|Starting|Running';

/**
 * Lines of the shell, for a manager’s engine, that stop services and wait until their containers have ended. `docker
 * service scale` by itself ends once no task is to run, whether one still stops (docker/cli:
 * cli/command/service/progress/progress.go); such a task runs until its node says that it has ended (moby/swarmkit:
 * agent/exec/controller.go). While docker does not answer, nothing is known. Of a node that is down it waits until that
 * is back, or removed from the swarm.
 * @param services by the swarm’s names
 */
export const stopAndWait = (services: readonly string[]): string[] => [
  `docker service scale --detach ${services.map((name) => `${name}=0`).join(' ')} &&`,
  `  until states=$(docker service ps --format '{{.CurrentState}}' ${services.join(' ')}) &&`,
  `    ! echo "$states" | grep -Eq '^(${OPEN})'; do sleep 2; done`,
];
