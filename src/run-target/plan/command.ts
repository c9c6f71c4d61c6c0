import { LABEL } from '../../bundle/names.ts';
import { shellWord } from '../../bundle/shell-word.ts';
import { requireDuration } from '../../compose/duration.ts';
import type { ComposeService, HealthCheck, SecretMount, VolumeMount } from '../../compose/types.ts';
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
 * only a scheduler or an update knows (reservations, update policy, delays between restarts) has no counterpart.
 */
export function runLines(placed: Placed, all: readonly Placed[], input: RunInput): Word[][] {
  const { name, service } = placed;
  const {
    image,
    hostname,
    entrypoint = [],
    command = [],
    environment,
    networks: _networks,
    secrets,
    volumes,
    ports: _ports,
    healthcheck,
    init,
    stopGracePeriod,
    logging,
    deploy,
    ...rest
  } = service;
  // A field that is added to services wants an answer here.
  rest satisfies Record<string, never>;
  const several = hostsOf(all).length > 1;
  // `--entrypoint` takes one word; the others come before the command.
  const [program, ...before] = entrypoint;
  const option = (flag: string, value: string): Word[] => [word(flag), word(value)];
  return [
    [word('--detach'), ...option('--name', containerName(input.stack, name))],
    ...(hostname === undefined ? [] : [option('--hostname', hostname)]),
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
    option('--restart', restartText(deploy.restart)),
    option(
      '--stop-timeout',
      String(Math.ceil(requireDuration(stopGracePeriod, `services.${name}.stop_grace_period`) / 1e9)),
    ),
    ...(init === true ? [[word('--init')]] : []),
    ...(deploy.resources?.limits?.cpus === undefined ? [] : [option('--cpus', deploy.resources.limits.cpus)]),
    ...(deploy.resources?.limits?.memory === undefined ? [] : [option('--memory', deploy.resources.limits.memory)]),
    option('--log-driver', logging.driver),
    ...Object.entries(logging.options)
      .sort()
      .map(([key, value]) => option('--log-opt', `${key}=${value}`)),
    ...(healthcheck === undefined ? [] : healthLines(healthcheck)),
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

function volumeMount({ type, source, target, readOnly }: VolumeMount, stack: string): Word {
  const from = type === 'volume' ? `${stack}_${source}` : source;
  return word(`type=${type},source=${field(from)},target=${field(target)}${readOnly === true ? ',readonly' : ''}`);
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

function restartText({ condition, maxAttempts }: ComposeService['deploy']['restart']): string {
  if (condition === 'none') return 'no';
  if (condition === 'any') return 'unless-stopped';
  return maxAttempts === undefined ? 'on-failure' : `on-failure:${maxAttempts}`;
}

/** `--health-cmd` is always given to the image's shell. */
function healthLines({ test, interval, timeout, retries, startPeriod }: HealthCheck): Word[][] {
  const [kind, ...words] = test;
  if (kind === 'NONE') return [[word('--no-healthcheck')]];
  const command = kind === 'CMD-SHELL' ? words.join(' ') : words.map(shellWord).join(' ');
  const times: [string, string][] = [
    ['--health-interval', interval],
    ['--health-timeout', timeout],
    ['--health-retries', String(retries)],
    ...(startPeriod === undefined ? [] : [['--health-start-period', startPeriod] as [string, string]]),
  ];
  return [[word('--health-cmd'), word(command)], ...times.map(([flag, value]) => [word(flag), word(value)])];
}
