import type { ServiceSpec } from '../compose/spec.ts';
import { STACK_NAMESPACE, type SwarmService } from '../engine/port.ts';
import { findNode } from '../place/named-node.ts';
import type { OwnPlace } from '../sdk/definition.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { heldDirectories } from './held-directories.ts';
import { variablesOf } from './variables.ts';

/**
 * Places outside the stack's volumes that another stack of the swarm uses as its own: a path of an outside server, a
 * directory of a host. That each then takes what the other writes for its own is inferred; nothing of it fails at once.
 * So do two services of this stack of which one comes to a directory before the other has left it.
 */
export const sharedData: Check = {
  name: 'shared-data',
  title: 'places of its own',
  offline: false,
  run(context) {
    const findings = [...heldDirectories(context), ...sharedPlaces(context), ...sharedDirectories(context)];
    return findings.length > 0
      ? findings
      : [{ level: 'ok', text: 'no other stack of this swarm keeps its data where this one does' }];
  },
};

function sharedPlaces(context: CheckContext): Finding[] {
  const { plan, document } = context;
  return (plan.ownPlaces ?? []).flatMap((place): Finding[] => {
    const own = (name: string): unknown => document.services[place.service]?.environment?.[name];
    const other = others(context).find((each) => isAt(place, own, variablesOf(each)));
    if (other === undefined) return [];
    return [
      {
        level: 'warning',
        text:
          `${place.what} (${place.variables.map((name) => String(own(name))).join(', ')}) is also that of service ` +
          `${other.name}: each of the two stacks may take what the other keeps there for its own`,
        hint: `give this one another ${place.answer}, or remove the other stack first`,
      },
    ];
  });
}

/** Of a list, one that both name is enough: it is the same server. */
function isAt({ variables }: OwnPlace, own: (name: string) => unknown, theirs: ReadonlyMap<string, string>): boolean {
  return variables.every((name) => {
    const [ours, others] = [own(name), theirs.get(name)];
    return typeof ours === 'string' && others !== undefined && parts(ours).some((part) => parts(others).includes(part));
  });
}

/** Host directories that tasks write to, on the nodes where both stacks are. */
function sharedDirectories(context: CheckContext): Finding[] {
  const { plan, document, live } = context;
  return plan.placements.flatMap(({ services, nodes }) =>
    services.flatMap((service) =>
      (document.services[service]?.volumes ?? []).flatMap((mount): Finding[] => {
        if (mount.type !== 'bind' || mount.readOnly === true) return [];
        const ids = nodes.flatMap((name) => findNode(live?.nodes ?? [], name).node?.id ?? []);
        const other = others(context).find(
          (each) => writesTo(each, mount.source) && ids.some((id) => runsOn(context, each, id)),
        );
        if (other === undefined) return [];
        return [
          {
            level: 'warning',
            text: `service ${other.name} writes to ${mount.source} too, on a node of ${service} (${nodes.join(', ')})`,
            hint: 'give one of them another directory or node, unless it is meant so (a backup)',
          },
        ];
      }),
    ),
  );
}

function writesTo({ spec }: SwarmService, directory: string): boolean {
  return ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Mounts ?? []).some(
    ({ Type, Source, ReadOnly }) => Type === 'bind' && ReadOnly !== true && bare(Source ?? '') === bare(directory),
  );
}

const runsOn = ({ live }: CheckContext, { id }: SwarmService, node: string): boolean =>
  (live?.tasks ?? []).some((task) => task.serviceId === id && task.nodeId === node && task.desiredState === 'running');

const others = ({ stack, live }: CheckContext): SwarmService[] =>
  (live?.services ?? []).filter(({ labels }) => labels[STACK_NAMESPACE] !== stack);

/** What a list names, however it is written. */
const parts = (list: string): string[] => list.split(',').map((part) => bare(part.trim().toLowerCase()));
const bare = (path: string): string => path.replace(/^\/+|\/+$/g, '');
