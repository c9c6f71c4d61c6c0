import { ownLabels } from './labels.ts';
import { BundleError, EXIT } from '../errors.ts';
import { STACK_NAMESPACE, type SwarmService } from '../engine/port.ts';
import { fieldChanges, liveFields } from './diff.ts';
import type { LiveStack } from './plan.ts';
import { ownServices, shortName } from './own-services.ts';

/**
 * The end (exit 8) of a command whose question was about another swarm.
 * @param when `the plan was shown`
 */
export function changedSince(when: string, changed: readonly string[]): BundleError {
  return new BundleError(
    'swarm-changed',
    `the swarm changed since ${when}:\n${changed.map((text) => `  ${text}`).join('\n')}`,
    {
      exit: EXIT.held,
      hints: ['nothing was done in the swarm; run the same command again to see it as it is now'],
      details: { changed },
    },
  );
}

/**
 * What somebody changed between two readings of the swarm, in words for people; empty if a plan made from the first
 * still holds. Looks at the stack's own services (their specifications: a version index also moves when tasks do), its
 * node labels, its networks and the secrets that were read. Names no value.
 * @param joined names of the networks of other stacks that it joins: they are looked at too
 */
export function swarmChanged(
  stack: string,
  before: LiveStack,
  after: LiveStack,
  joined: readonly string[] = [],
): string[] {
  return [
    ...services(stack, before, after),
    ...labels(stack, before, after),
    ...networks(stack, joined, before, after),
    ...secrets(before, after),
  ];
}

function services(stack: string, before: LiveStack, after: LiveStack): string[] {
  const was = byName(ownServices(stack, before.services));
  const is = byName(ownServices(stack, after.services));
  return union(was, is).flatMap((name) => {
    const last = was.get(name);
    const next = is.get(name);
    const service = `service ${shortName(stack, name)}`;
    if (last === undefined) return [`${service} was created`];
    if (next === undefined) return [`${service} was removed`];
    if (last.id !== next.id) return [`${service} was removed and created again`];
    if (canonical(last.spec) === canonical(next.spec)) return [];
    const fields = fieldChanges(
      liveFields(last.spec, networkNames(before)),
      liveFields(next.spec, networkNames(after)),
    );
    const named = [...new Set(fields.map((each) => each.field))];
    return [`${service} was edited${named.length === 0 ? '' : `: ${named.join(', ')}`}`];
  });
}

function labels(stack: string, before: LiveStack, after: LiveStack): string[] {
  const own = (live: LiveStack, id: string): Record<string, string> => {
    const node = live.nodes.find((each) => each.id === id);
    return Object.fromEntries(
      (node === undefined ? [] : ownLabels(stack, node)).map((key) => [key, node?.labels[key] ?? '']),
    );
  };
  const hostnames = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node.hostname]));
  return [...hostnames].flatMap(([id, hostname]) => {
    const was = own(before, id);
    const is = own(after, id);
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().flatMap((key) => {
      if (was[key] === is[key]) return [];
      const what =
        is[key] === undefined
          ? 'lost the label'
          : was[key] === undefined
            ? 'got the label'
            : 'has another value of the label';
      return [`${hostname} ${what} ${key}`];
    });
  });
}

function networks(stack: string, joined: readonly string[], before: LiveStack, after: LiveStack): string[] {
  const looked = ({ networks: all }: LiveStack): LiveStack['networks'] =>
    all.filter(({ name, labels }) => labels[STACK_NAMESPACE] === stack || joined.includes(name));
  const was = byName(looked(before));
  const is = byName(looked(after));
  return union(was, is).flatMap((name) => {
    if (!is.has(name)) return [`network ${name} was removed`];
    if (!was.has(name)) return [`network ${name} was created`];
    return was.get(name)?.id === is.get(name)?.id ? [] : [`network ${name} was removed and created again`];
  });
}

function secrets(before: LiveStack, after: LiveStack): string[] {
  const gone = before.secrets.filter((name) => !after.secrets.includes(name));
  const made = after.secrets.filter((name) => !before.secrets.includes(name));
  return [
    ...gone.sort().map((name) => `secret ${name} was removed`),
    ...made.sort().map((name) => `secret ${name} was created`),
  ];
}

function byName<Item extends { name: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.name, item]));
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}

function networkNames(live: LiveStack): Map<string, string> {
  return new Map(live.networks.map(({ id, name }) => [id, name]));
}

/** JSON with sorted keys: equal for equal specifications. */
function canonical(spec: SwarmService['spec']): string {
  return JSON.stringify(spec, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
