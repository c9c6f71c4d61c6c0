import type { TaskSpec } from '../compose/spec.ts';
import { duration } from '../converge/window.ts';
import { STACK_NAMESPACE, type SwarmTask } from '../engine/port.ts';
import { findNode } from '../place/named-node.ts';
import { ownServices, shortName } from '../plan/own-services.ts';
import { nodeName, openTasks, stopGraceMs } from '../swarm/former-tasks.ts';
import type { CheckContext, Finding, LiveSwarm } from './check.ts';

/** A service that writes to a directory of a node. */
interface Writer {
  service: string;
  nodeId: string;
  directory: string;
}

/** One that is to come to a directory, and one that has a task there. */
interface Held {
  wanted: Writer;
  by: Writer & { task: SwarmTask };
}

/**
 * Directories of hosts that a service is about to write to while a task of another service of the stack still does: it
 * waits for the end of its own task, and of a volume's, but not of one that has a directory. That each spoils what the
 * other keeps there is inferred. Left out is what is shared on purpose: what both are to write to on that node, and
 * what the definition says so of. Pure.
 */
export function heldDirectories(context: Pick<CheckContext, 'stack' | 'plan' | 'document' | 'live'>): Finding[] {
  const { live } = context;
  if (live === undefined) return [];
  const wanted = wantedWriters(context, live);
  const running = runningWriters(context, live);
  const isThere = (one: Writer): boolean =>
    running.some((each) => each.service === one.service && each.nodeId === one.nodeId && isSame(each, one));
  const isShared = (one: Writer, other: Writer): boolean =>
    wanted.some((each) => each.service === other.service && meet(each, one));
  const pairs = new Map<string, Held[]>();
  for (const one of wanted) {
    if (isThere(one)) continue;
    const by = running.find((each) => each.service !== one.service && meet(each, one) && !isShared(one, each));
    if (by === undefined) continue;
    const key = [one.service, by.service, one.nodeId].join(' ');
    pairs.set(key, [...(pairs.get(key) ?? []), { wanted: one, by }]);
  }
  return [...pairs.values()].map((of) => findingOf(of, live));
}

/** Where the services are to write, on the nodes of their roles, and nobody else. */
function wantedWriters({ plan, document }: Pick<CheckContext, 'plan' | 'document'>, { nodes }: LiveSwarm): Writer[] {
  return plan.placements.flatMap((placement) => {
    const ids = placement.nodes.flatMap((name) => findNode(nodes, name).node?.id ?? []);
    return placement.services.flatMap((service) =>
      (document.services[service]?.volumes ?? [])
        .filter(({ type, readOnly }) => type === 'bind' && readOnly !== true)
        .filter(({ source }) => plan.sharedDirectories?.includes(source) !== true)
        .flatMap(({ source }) => ids.map((nodeId) => ({ service, nodeId, directory: source }))),
    );
  });
}

/**
 * Where tasks of the stack write now: those that still stop too, of services that were removed as well, which are known
 * by their host name.
 */
function runningWriters(
  { stack, document }: Pick<CheckContext, 'stack' | 'document'>,
  { services, tasks, nodes }: LiveSwarm,
): Held['by'][] {
  const names = new Map(ownServices(stack, services).map(({ id, name }) => [id, shortName(stack, name)]));
  const hosts = new Map(Object.entries(document.services).map(([name, { hostname }]) => [hostname, name]));
  const all = new Set(services.map(({ id }) => id));
  return openTasks(tasks, nodes).flatMap((task) => {
    const { Mounts, Labels, Hostname } = (task.spec as Pick<TaskSpec, 'ContainerSpec'>).ContainerSpec ?? {};
    const removed = !all.has(task.serviceId) && Labels?.[STACK_NAMESPACE] === stack;
    const service =
      names.get(task.serviceId) ?? (removed ? (hosts.get(Hostname ?? '') ?? 'a removed service') : undefined);
    if (service === undefined) return [];
    return (Mounts ?? [])
      .filter(({ Type, ReadOnly }) => Type === 'bind' && ReadOnly !== true)
      .map(({ Source = '' }) => ({ service, nodeId: task.nodeId, directory: Source, task }));
  });
}

function findingOf(held: readonly Held[], { nodes }: LiveSwarm): Finding {
  const [{ wanted, by }] = held as [Held];
  const node = nodeName(by.task, nodes);
  const list = (of: readonly Writer[]): string => [...new Set(of.map(({ directory }) => directory))].join(', ');
  const ours = list(held.map((each) => each.wanted));
  const theirs = list(held.map((each) => each.by));
  return {
    level: 'error',
    node,
    text:
      `${wanted.service} is to write to ${ours} on ${node}, and a task of ${by.service} still writes to ` +
      `${ours === theirs ? 'it' : theirs}: they would do so side by side until that one has stopped, which may take ` +
      `up to ${duration(stopGraceMs(by.task))}`,
    hint:
      `leave it where it is, or give it another directory; or deploy in two steps, of which the first takes ` +
      `${by.service} away from there; if both may write there, go on with --ignore shared-data`,
  };
}

const bare = (path: string): string => path.replace(/\/+$/, '');
const isSame = (a: Writer, b: Writer): boolean => bare(a.directory) === bare(b.directory);

/** Whether one has, on one node, the directory of the other, or one below it. */
function meet(a: Writer, b: Writer): boolean {
  const [first, second] = [`${bare(a.directory)}/`, `${bare(b.directory)}/`];
  return a.nodeId === b.nodeId && (first.startsWith(second) || second.startsWith(first));
}
