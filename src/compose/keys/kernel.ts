import type { ContainerSpec } from '../spec.ts';
import type { ComposeService } from '../types.ts';
import { Quoted } from '../values.ts';
import { shown, shownIfSet } from './field.ts';
import { listOf, mapOf, quotedMap } from './file.ts';
import type { ServiceKey } from './key.ts';

export const capAdd = capabilitiesKey('cap_add', 'capAdd', 'CapabilityAdd', 'added capabilities', '--cap-add');
export const capDrop = capabilitiesKey('cap_drop', 'capDrop', 'CapabilityDrop', 'dropped capabilities', '--cap-drop');

export const sysctls: ServiceKey = {
  key: 'sysctls',
  file: ({ sysctls }) => quotedMap(sysctls),
  spec: ({ sysctls = {} }, { container }) => {
    if (Object.keys(sysctls).length > 0) container.Sysctls = sysctls;
  },
  fields: ({ container }) =>
    Object.entries(container.Sysctls ?? {}).map(([name, value]) => shown(`sysctl ${name}`, value, 'restart')),
  covers: ['TaskTemplate.ContainerSpec.Sysctls'],
  run: {
    is: 'options',
    options: ({ sysctls = {} }) => Object.entries(sysctls).map(([name, value]) => ['--sysctl', `${name}=${value}`]),
    refused: ({ sysctls = {} }, network) => {
      const own = Object.keys(sysctls).find((name) => name.startsWith('net.'));
      return network === 'host' && own !== undefined
        ? {
            why: `sets ${own}: with host networking that is the host's own, and docker refuses it`,
            hint: 'set it on the host and leave it out here, or use --network bridge',
          }
        : undefined;
    },
  },
};

export const ulimits: ServiceKey = {
  key: 'ulimits',
  file: ({ ulimits }) =>
    mapOf(ulimits, (limit) => (typeof limit === 'number' ? limit : { soft: limit.soft, hard: limit.hard })),
  spec: ({ ulimits = {} }, { container }) => {
    const limits = Object.entries(ulimits).map(([Name, limit]) => ({ Name, Soft: softOf(limit), Hard: hardOf(limit) }));
    if (limits.length > 0) container.Ulimits = limits;
  },
  fields: ({ container }) =>
    (container.Ulimits ?? []).map(({ Name, Soft, Hard }) =>
      shown(`ulimit ${Name ?? ''}`, `${String(Soft ?? 0)}:${String(Hard ?? 0)}`, 'restart'),
    ),
  covers: ['TaskTemplate.ContainerSpec.Ulimits'],
  run: {
    is: 'options',
    options: ({ ulimits = {} }) =>
      Object.entries(ulimits).map(([name, limit]) => ['--ulimit', `${name}=${softOf(limit)}:${hardOf(limit)}`]),
  },
};

export const isolation: ServiceKey = {
  key: 'isolation',
  file: ({ isolation }) => isolation,
  spec: ({ isolation }, { container }) => {
    if (isolation !== undefined) container.Isolation = isolation;
  },
  // The engine fills it in.
  fields: ({ container }) => [shown('isolation', container.Isolation || 'default', 'restart')],
  covers: ['TaskTemplate.ContainerSpec.Isolation'],
  run: {
    is: 'options',
    options: ({ isolation }) => (isolation === undefined ? [] : [['--isolation', isolation]]),
  },
};

type Limit = NonNullable<ComposeService['ulimits']>[string];

const softOf = (limit: Limit): number => (typeof limit === 'number' ? limit : limit.soft);
const hardOf = (limit: Limit): number => (typeof limit === 'number' ? limit : limit.hard);

function capabilitiesKey(
  key: string,
  property: 'capAdd' | 'capDrop',
  inSpec: 'CapabilityAdd' | 'CapabilityDrop',
  name: string,
  flag: string,
): ServiceKey {
  return {
    key,
    file: (service) => listOf(service[property], (capability) => new Quoted(capability)),
    spec: (service, { container }) => {
      const names = effective(service)[inSpec];
      if (names.length > 0) container[inSpec] = names;
    },
    fields: ({ container }) => shownIfSet(name, container[inSpec]?.join(', '), 'restart'),
    covers: [`TaskTemplate.ContainerSpec.${inSpec}`],
    run: {
      is: 'options',
      options: (service) => (service[property] ?? []).map((capability) => [flag, capability]),
    },
  };
}

/**
 * As the CLI writes them: with their prefix, sorted, `ALL` in place of all others, and what is added is not dropped
 * (docker/cli, opts/capabilities.go, EffectiveCapAddCapDrop).
 */
function effective({
  capAdd = [],
  capDrop = [],
}: ComposeService): Record<'CapabilityAdd' | 'CapabilityDrop', NonNullable<ContainerSpec['CapabilityAdd']>> {
  const names = (all: readonly string[]): string[] => {
    const full = all.map((each) => {
      const name = each.trim().toUpperCase();
      return name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`;
    });
    return full.includes('ALL') ? ['ALL'] : [...new Set(full)].sort();
  };
  const added = names(capAdd);
  return { CapabilityAdd: added, CapabilityDrop: names(capDrop).filter((name) => !added.includes(name)) };
}
