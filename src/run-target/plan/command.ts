import { LABEL } from '../../bundle/names.ts';
import { SERVICE_KEYS } from '../../compose/keys/table.ts';
import type { SecretMount, TmpfsMount, VolumeMount } from '../../compose/types.ts';
import { usageError } from '../../errors.ts';
import { addHosts, openPorts, portText } from './reach.ts';
import { hostsOf, namesOf } from './hosts.ts';
import type { Placed, RunInput } from './types.ts';
import { HERE, quoted, word, type Word } from './word.ts';

/** Of containers that the run target makes: which service one is. */
export const SERVICE_LABEL = 'bundle.service';

export const containerName = (stack: string, service: string): string => `${stack}_${service}`;
export const envFile = (service: string): string => `${service}.env`;
/** Versioned, so that what a container mounts tells which version it has. */
export const secretPath = (swarmName: string): string => `secrets/${swarmName}`;

/**
 * The options and words of `docker run` that give the same container as the swarm's task, as lines of a script. What
 * only a scheduler or an update knows (reservations, update policy, delays between restarts) has no counterpart. Nor
 * has the end that a swarm makes of a task whose health check fails: docker's restart policies are asked when a
 * container ends (moby: daemon/monitor.go), and its health is only noted (daemon/health.go). README.md says so.
 */
export function runLines(placed: Placed, all: readonly Placed[], input: RunInput): Word[][] {
  const { name, service } = placed;
  const { image, entrypoint = [], command = [], environment, secrets, volumes, tmpfs } = service;
  const several = hostsOf(all).length > 1;
  // `--entrypoint` takes one word; the others come before the command.
  const [program, ...before] = entrypoint;
  const option = (...words: string[]): Word[] => words.map(word);
  return [
    option('--detach', '--name', containerName(input.stack, name)),
    option('--label', `${LABEL.stack}=${input.stack}`),
    option('--label', `${SERVICE_LABEL}=${name}`),
    ...networkLines(placed, input),
    ...addHosts(placed, all, input).map(([other, address]) => option('--add-host', `${other}:${address}`)),
    ...(input.network === 'host'
      ? []
      : openPorts(placed, input, several).map((port) => option('--publish', publishText(port)))),
    ...(Object.keys(environment ?? {}).length === 0 ? [] : [option('--env-file', envFile(name))]),
    ...(secrets ?? []).map((mount) => [word('--mount'), secretMount(mount, input)]),
    ...(volumes ?? []).map((mount) => [word('--mount'), volumeMount(mount, input.stack)]),
    ...(tmpfs ?? []).map((mount) => [word('--mount'), tmpfsMount(mount)]),
    ...SERVICE_KEYS.flatMap(({ run }) => (run.is === 'options' ? run.options(service, `services.${name}`) : [])).map(
      (words) => option(...words),
    ),
    ...(program === undefined ? [] : [option('--entrypoint', program)]),
    [word(image), ...[...before, ...command].map(word)],
  ];
}

function networkLines(placed: Placed, { stack, network }: RunInput): Word[][] {
  if (network === 'host') return [[word('--network'), word('host')]];
  const [key = ''] = Object.keys(placed.service.networks);
  return [
    [word('--network'), word(bridgeName(stack, key))],
    ...namesOf(placed).map((alias) => [word('--network-alias'), word(alias)]),
  ];
}

export const bridgeName = (stack: string, network: string): string => `${stack}_${network}`;

function publishText({ target, protocol, ...port }: ReturnType<typeof openPorts>[number]): string {
  const inside = port.from === port.to ? String(target) : portText(port);
  return `${portText(port)}:${inside}${protocol === 'udp' ? '/udp' : ''}`;
}

function secretMount({ source, target }: SecretMount, { document }: RunInput): Word {
  const name = document.secrets[source]?.name ?? source;
  const path = target.startsWith('/') ? target : `/run/secrets/${target}`;
  return [quoted('type=bind,source='), HERE, quoted(`/${field(secretPath(name))},target=${field(path)},readonly`)];
}

function volumeMount(mount: VolumeMount, stack: string): Word {
  const { type, source, target, readOnly, noCopy, propagation } = mount;
  const from = type === 'volume' ? `${stack}_${source}` : source;
  const how = [
    ...(readOnly === true ? ['readonly'] : []),
    ...(noCopy === true ? ['volume-nocopy'] : []),
    ...(propagation === undefined ? [] : [`bind-propagation=${propagation}`]),
  ];
  return word([`type=${type}`, `source=${field(from)}`, `target=${field(target)}`, ...how].join(','));
}

function tmpfsMount({ target, sizeBytes }: TmpfsMount): Word {
  const size = sizeBytes === undefined ? '' : `,tmpfs-size=${sizeBytes}`;
  return word(`type=tmpfs,target=${field(target)}${size}`);
}

/** `--mount` reads a line of CSV. */
function field(text: string): string {
  if (/[,"\r\n]/.test(text))
    throw usageError(
      'run-mount',
      `${JSON.stringify(text)} cannot be mounted by \`docker run --mount\`: it has a comma, a quote or a line end`,
      ['use a path without them'],
    );
  return text;
}
