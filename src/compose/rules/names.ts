import { STACK_NAME_MAX } from '../limits.ts';
import { joinedNetworks, networkName } from '../networks.ts';
import type { Problem, Rule } from '../problem.ts';

// Limits and patterns: moby/swarmkit, manager/controlapi/common.go. Underscores pass there, but a host name with one is
// refused by java.net.URI.
const SERVICE_MAX = 63;
const SECRET_MAX = 64;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;
const SECRET_NAME = /^[a-z0-9]([a-z0-9-_.]*[a-z0-9])?$/i;
const NETWORK_NAME = /^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/i;
const VOLUME_KEY = /^[a-z0-9][a-z0-9_.-]*$/i;
// A template may stand in a host name; what it expands to is not known here.
const TEMPLATE = /\{\{.*?\}\}/g;

/** Names and their lengths, with the stack's name in front where docker puts it. */
export const nameRules: Rule = (stack, document) => [
  ...stackName(stack),
  ...Object.keys(document.services).flatMap((name) => label('service', name, `${stack}_${name}`, `services.${name}`)),
  ...Object.keys(document.networks).flatMap((key) =>
    label('network', key, networkName(stack, document, key), `networks.${key}`),
  ),
  ...Object.entries(joinedNetworks(document)).flatMap(([key, name]) => joinedName(name, `networks.${key}.name`)),
  ...Object.keys(document.volumes).flatMap((name) => volumeName(name)),
  ...secretNames(document.secrets),
  ...Object.entries(document.services).flatMap(([name, service]) => [
    ...hostName('hostname', service.hostname?.replace(TEMPLATE, 'x'), `services.${name}.hostname`),
    ...Object.entries(service.networks).flatMap(([network, { aliases }]) =>
      aliases.flatMap((alias) => hostName('alias', alias, `services.${name}.networks.${network}.aliases`)),
    ),
  ]),
];

function stackName(stack: string): Problem[] {
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(stack) && stack.length <= STACK_NAME_MAX) return [];
  return [
    problem(
      'stack-name',
      'name',
      `"${stack}" cannot be a stack's name`,
      `Use at most ${STACK_NAME_MAX} lower-case letters, digits and hyphens.`,
    ),
  ];
}

function label(kind: 'service' | 'network', name: string, full: string, path: string): Problem[] {
  if (!DNS_LABEL.test(name)) {
    return [
      problem(
        `${kind}-name`,
        path,
        `"${name}" is not usable as a host name`,
        'Use letters, digits and hyphens; no dot, no underscore, no hyphen at either end.',
      ),
    ];
  }
  if (full.length <= SERVICE_MAX) return [];
  return [
    problem(
      `${kind}-name-length`,
      path,
      `"${full}" has ${full.length} characters, swarm allows ${SERVICE_MAX}`,
      'Shorten the name or the name of the stack.',
    ),
  ];
}

function joinedName(name: string, path: string): Problem[] {
  if (NETWORK_NAME.test(name)) return [];
  return [
    problem(
      'network-joined-name',
      path,
      `"${name}" cannot be the name of a network of a swarm`,
      'Use the name that `docker network ls` shows, such as store_backend.',
    ),
  ];
}

function volumeName(name: string): Problem[] {
  const path = `volumes.${name}`;
  if (name.length === 1)
    return [
      problem(
        'volume-name-short',
        path,
        `a volume with the one-letter name "${name}" is easily read as a Windows drive`,
        'Use at least two letters.',
      ),
    ];
  return VOLUME_KEY.test(name)
    ? []
    : [
        problem(
          'volume-name',
          path,
          `"${name}" cannot be a volume's name`,
          'Use letters, digits, hyphens, dots and underscores.',
        ),
      ];
}

function secretNames(secrets: Record<string, { name: string }>): Problem[] {
  const first = new Map<string, string>();
  return Object.entries(secrets).flatMap(([key, { name }]) => {
    const path = `secrets.${key}`;
    if (name.length > SECRET_MAX)
      return [
        problem(
          'secret-name-length',
          path,
          `"${name}" has ${name.length} characters, swarm allows ${SECRET_MAX}`,
          'Shorten the name or the name of the stack.',
        ),
      ];
    if (!SECRET_NAME.test(name))
      return [
        problem(
          'secret-name',
          path,
          `"${name}" cannot be a secret's name`,
          'Use letters, digits, hyphens, dots and underscores, with a letter or digit at both ends.',
        ),
      ];
    // Swarm compares them without regard to case.
    const other = first.get(name.toLowerCase());
    first.set(name.toLowerCase(), other ?? key);
    return other === undefined
      ? []
      : [
          problem(
            'secret-name-taken',
            path,
            `"${name}" is also the name of secrets.${other}`,
            'Give each secret a name of its own; case does not tell them apart.',
          ),
        ];
  });
}

function hostName(kind: 'hostname' | 'alias', name: string | undefined, path: string): Problem[] {
  if (
    name === undefined ||
    (name.length <= 253 && name.split('.').every((part) => part.length <= 63 && DNS_LABEL.test(part)))
  )
    return [];
  const why = name.includes('_') ? 'has an underscore, which Java refuses in host names' : 'is no host name';
  return [
    problem(
      kind,
      path,
      `"${name}" ${why}`,
      'Use letters, digits, hyphens and dots; at most 63 characters between dots.',
    ),
  ];
}

function problem(id: string, path: string, message: string, fix: string): Problem {
  return { id, path, message, fix };
}
