import { SERVICE_LABEL } from './plan/command.ts';
import type { Container, PublishedPort, SwarmService, SwarmTask } from '../engine/port.ts';

/** What is known of a container beside what its engine says. */
export interface ContainerFacts {
  host: string;
  /** Of the host, as others reach it. */
  hostAddress: string;
  /** The host opens what the others dial: it is the only host, or it has no network with them. */
  dialledAtHost: boolean;
  /** Ids of the stack's networks. */
  networks: readonly string[];
  /** Ports that it listens on with host networking. */
  hostPorts: readonly PublishedPort[];
  /** Where the document mounts host paths that are no secrets. */
  paths: readonly string[];
}

/** A container as if it were the one task of its service. */
export function toTask(container: Container, facts: ContainerFacts): SwarmTask {
  const { id, env, logDriver, mounts, network, address } = container;
  const onHost = network === 'host';
  const at = onHost || facts.dialledAtHost ? facts.hostAddress : address;
  const ports = onHost ? [...facts.hostPorts] : container.ports;
  return {
    id,
    serviceId: serviceOf(container),
    slot: 1,
    nodeId: facts.host,
    // One that has ended for good stands for nothing.
    desiredState: isOver(container) ? 'shutdown' : 'running',
    ...stateOf(container),
    stateAt: container.startedAt,
    createdAt: container.createdAt,
    message: '',
    containerId: id,
    image: container.image,
    // A file of the run target bears the swarm's versioned name: so it tells the version.
    secrets: mounts
      .filter(({ type, target }) => type === 'bind' && !facts.paths.includes(target))
      .map(({ source, target }) => {
        const name = source.split('/').at(-1) ?? source;
        return { id: name, name, target };
      }),
    ...(ports.length === 0 ? {} : { hostPorts: ports }),
    addresses: Object.fromEntries(facts.networks.map((one) => [one, at])),
    spec: { ContainerSpec: { Env: env }, LogDriver: { Name: logDriver.name, Options: logDriver.options } },
  };
}

/** A service of one task, for a container. */
export function toService(stack: string, container: Container): SwarmService {
  const name = serviceOf(container);
  return {
    id: name,
    name: `${stack}_${name}`,
    version: 1,
    createdAt: container.createdAt,
    updatedAt: container.createdAt,
    labels: container.labels,
    mode: { kind: 'replicated', replicas: 1 },
    tty: container.tty,
    stopGraceSeconds: 0,
    updateMonitorSeconds: 0,
    ports: [],
    spec: {},
  };
}

export const serviceOf = ({ labels, id }: Container): string => labels[SERVICE_LABEL] ?? id;

/** Whether it is one of the stack's, and no job. */
export const isOfService = ({ labels }: Container): boolean => labels[SERVICE_LABEL] !== undefined;

const ENDED: ReadonlySet<Container['status']> = new Set(['created', 'exited', 'dead', 'removing']);

/** Whether it does not run, and its engine does not start it by itself. */
export const isOver = ({ status }: Pick<Container, 'status'>): boolean => ENDED.has(status);

function stateOf({ status, health, exitCode, error }: Container): Pick<SwarmTask, 'state' | 'error' | 'exitCode'> {
  if (isOver({ status }))
    return { state: status === 'exited' && exitCode === 0 ? 'complete' : 'failed', error, exitCode };
  if (status === 'paused') return { state: 'starting', error: 'it is paused' };
  if (status === 'restarting')
    return { state: 'starting', error: `it ends again and again, with exit code ${exitCode}` };
  if (health === 'unhealthy') return { state: 'starting', error: 'its health check fails' };
  return { state: health === 'starting' ? 'starting' : 'running', error: '' };
}

/** Why a container does not stand for its service, in a few words. */
export function endedText({ status, exitCode, error }: Container): string {
  if (status === 'created') return `it was made and never started${error === '' ? '' : `: ${error}`}`;
  return `it is ${status}, with exit code ${exitCode}${error === '' ? '' : `: ${error}`}`;
}

/**
 * From when on its log is of the run that it is in (RFC 3339); undefined if all of it is. The end of the run before,
 * not the start of this one: engines before 26 note the start when it has returned, and the first lines are older by
 * then (moby/moby#45445, mended by #47003).
 */
export function runsSince(container: Container): string | undefined {
  const { status, startedAt, finishedAt } = container;
  const runs = status === 'running' || status === 'paused';
  if (!runs || finishedAt === undefined || !isOfService(container)) return undefined;
  // Not so if that host's clock was set back meanwhile.
  return Date.parse(finishedAt) <= Date.parse(startedAt) ? finishedAt : startedAt;
}
