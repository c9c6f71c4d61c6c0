import { LABEL } from '../bundle/names.ts';
import type { StackDocument } from '../compose/types.ts';
import { STACK_NAMESPACE, type StackObject } from '../engine/port.ts';
import { networkNames } from '../plan/networks.ts';
import { isOfAnother } from '../plan/own-volumes.ts';
import type { VolumeChange } from '../plan/volumes.ts';
import type { Check, Finding } from './check.ts';

export const takenNames: Check = {
  name: 'names',
  title: 'names in the swarm',
  offline: false,
  async run({ stack, document, live, planned }) {
    if (live === undefined) return [];
    const { services, engine } = live;
    const [networks, volumes] = await Promise.all([engine.networks(), engine.localVolumes({})]);
    const isAny = volumes.some((volume) => isOfAnother(stack, volume));
    const findings = [
      ...namesTaken(stack, document, { services, networks }),
      ...(isAny ? volumesTaken(stack, volumes, planned().volumes) : []),
    ];
    return findings.length > 0
      ? findings
      : [
          {
            level: 'ok',
            text: 'no service, network or volume of somebody else that is seen here has one that the stack needs',
          },
        ];
  },
};

/**
 * Services and networks that have a name of the stack's and are not the stack's: docker makes no second one, and
 * `docker stack deploy` would fail half-way.
 * @param live those of the whole swarm
 * @returns an error for each
 */
export function namesTaken(
  stack: string,
  document: StackDocument,
  live: Record<'services' | 'networks', readonly StackObject[]>,
): Finding[] {
  const services = Object.keys(document.services).map((name) => `${stack}_${name}`);
  return [
    ...taken('service', stack, services, live.services),
    ...taken('network', stack, networkNames(stack, document), live.networks),
  ];
}

/**
 * Volumes of other stacks, by their labels, on the node of the engine that is asked, which tasks of this one would
 * mount there: swarm takes a volume by its name alone. No other node's can be seen.
 * @param volumes of that engine @param planned what becomes of the stack's own
 * @returns an error for each; a warning if the stack's services have it already
 */
export function volumesTaken(
  stack: string,
  volumes: readonly StackObject[],
  planned: readonly VolumeChange[],
): Finding[] {
  return volumes
    .filter((volume) => isOfAnother(stack, volume))
    .flatMap(({ name, labels }): Finding[] => {
      // Of one whose place cannot be told, it may be this node.
      const [use] = planned.filter((each) => each.name === name && (each.seen || each.node === undefined));
      if (use === undefined || use.action === 'left') return [];
      const isNew = use.action === 'create';
      return [
        {
          level: isNew ? 'error' : 'warning',
          ...(use.node === undefined ? {} : { node: use.node }),
          text:
            `volume ${name} on ${use.node ?? 'the node of this engine'} is not of stack ${stack}: ${ownerText(labels)}; ` +
            `tasks of ${stack} ${isNew ? 'would work' : 'work'} with what is in it`,
          hint:
            'ask whose it is; ' +
            (isNew
              ? `if ${stack} is to work with that data, as it may have before, go on with --ignore names; else use ` +
                `another stack name, or \`docker volume rm ${name}\` there (deletes its data for good)`
              : 'whoever removes the volumes of that stack may take it away'),
        },
      ];
    });
}

function taken(
  kind: 'service' | 'network',
  stack: string,
  names: readonly string[],
  live: readonly StackObject[],
): Finding[] {
  return names.flatMap((name): Finding[] => {
    const found = live.filter((each) => each.name === name);
    if (found.some(({ labels }) => labels[STACK_NAMESPACE] === stack)) return [];
    // A name that two networks bear is one finding: one of them suffices for docker to refuse.
    return found.slice(0, 1).map(({ labels }) => ({
      level: 'error',
      text: `the swarm has a ${kind} ${name} that is not of stack ${stack}: ${ownerText(labels)}`,
      hint:
        `ask whose it is; then \`docker ${kind} rm ${name}\`, or use another stack name` +
        (kind === 'network' ? ' (what is on the network must leave it first)' : ''),
    }));
  });
}

/** Whose it is, as far as its labels tell. */
export function ownerText(labels: Readonly<Record<string, string>>): string {
  const owner = labels[STACK_NAMESPACE] ?? labels[LABEL.stack];
  return owner === undefined ? 'it bears no label of a stack, so it was made by hand' : `it is of stack ${owner}`;
}
