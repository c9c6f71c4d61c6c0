import { unmet } from './constraint.ts';
import type { FilterName } from './filter-names.ts';
import type { NodeUse } from './node-use.ts';
import type { Platform, Requirements } from './requirements.ts';
import { cpuText, listText, sizeText } from './words.ts';

/**
 * Why a node is lost to a service: the first filter that refused it, and the value that did, as words that follow the
 * node's name.
 */
export interface Loss {
  filter: FilterName;
  detail: string;
}

/** Gives what refuses the node, or undefined. */
type Filter = (use: NodeUse, service: string, wanted: Requirements) => string | undefined;

/**
 * The filters of swarm's scheduler in its own order (moby/swarmkit: manager/scheduler/pipeline.go and filter.go); the
 * first that refuses ends it, and is the one that swarm counts. Left out: plugins and cluster volumes, which our stacks
 * cannot ask for, and generic resources.
 */
const PIPELINE: readonly [FilterName, Filter][] = [
  ['ready', notAvailable],
  ['resources', tooLittle],
  [
    'constraint',
    ({ node }, _service, { constraints }) =>
      worded(unmet(constraints, node), (all) => `lacks ${all.join(' and lacks ')}`),
  ],
  ['platform', ({ node }, _service, { platforms }) => otherPlatform(node, platforms)],
  [
    'host-port',
    ({ ports }, _service, { hostPorts }) =>
      worded(
        hostPorts.filter((port) => ports.has(port)),
        (all) => listText(all.map((port) => `has its port ${port} taken by ${ports.get(port) ?? ''}`)),
      ),
  ],
  [
    'max-replicas',
    ({ active }, service, { maxReplicasPerNode: most }) => {
      const here = active.get(service) ?? 0;
      return most > 0 && here >= most
        ? `holds ${here} of its tasks, and ${most} a node is the most it may have`
        : undefined;
    },
  ],
];

/**
 * Of a global service the orchestrator makes tasks only if these two allow it; the scheduler sees the rest
 * (global.go, reconcileServices).
 */
const GLOBAL_FIRST: readonly FilterName[] = ['ready', 'constraint'];
const GLOBAL_PIPELINE = [
  ...PIPELINE.filter(([filter]) => GLOBAL_FIRST.includes(filter)),
  ...PIPELINE.filter(([filter]) => !GLOBAL_FIRST.includes(filter)),
];

/** The filter that refuses one more task of this service on the node as it is; undefined if it may go there. */
export function lossOn(use: NodeUse, service: string, wanted: Requirements): Loss | undefined {
  for (const [filter, refuses] of wanted.mode === 'global' ? GLOBAL_PIPELINE : PIPELINE) {
    const detail = refuses(use, service, wanted);
    if (detail !== undefined) return { filter, detail };
  }
  return undefined;
}

export interface NodeName {
  nodeId: string;
  node: string;
}

export type NodeLoss = NodeName & Loss;

/** The nodes of these that refuse one more task. */
export function lossesOn(uses: readonly NodeUse[], service: string, wanted: Requirements): NodeLoss[] {
  return uses.flatMap((use) => {
    const loss = lossOn(use, service, wanted);
    return loss === undefined ? [] : [{ nodeId: use.node.id, node: use.node.hostname, ...loss }];
  });
}

/** True if the scheduler may put a new task on the node (ReadyFilter). */
export function takesTasks(node: Pick<NodeUse['node'], 'state' | 'availability'>): boolean {
  return node.state === 'ready' && node.availability === 'active';
}

/** True if no filter refuses the node that stays the same whatever is placed on it: ready, constraint, platform. */
export function suits(use: NodeUse, wanted: Requirements): boolean {
  return (
    takesTasks(use.node) &&
    unmet(wanted.constraints, use.node).length === 0 &&
    otherPlatform(use.node, wanted.platforms) === undefined
  );
}

/**
 * How many more tasks of the service a node that suits takes, at most `limit`: they are alike, so it is plain
 * arithmetic.
 */
export function roomOn(use: NodeUse, service: string, wanted: Requirements, limit: number): number {
  const { nanoCpus, memoryBytes, hostPorts, maxReplicasPerNode } = wanted;
  if (hostPorts.some((port) => use.ports.has(port))) return 0;
  if ((nanoCpus > 0 || memoryBytes > 0) && (use.nanoCpus < 0 || use.memoryBytes < 0)) return 0;
  return Math.max(
    0,
    Math.min(
      limit,
      nanoCpus > 0 ? Math.floor(use.nanoCpus / nanoCpus) : limit,
      memoryBytes > 0 ? Math.floor(use.memoryBytes / memoryBytes) : limit,
      hostPorts.length > 0 ? 1 : limit,
      maxReplicasPerNode > 0 ? maxReplicasPerNode - (use.active.get(service) ?? 0) : limit,
    ),
  );
}

function notAvailable({ node }: NodeUse): string | undefined {
  if (takesTasks(node)) return undefined;
  return `is ${node.state === 'ready' ? `set to ${node.availability}` : node.state}`;
}

function tooLittle(use: NodeUse, _service: string, { nanoCpus, memoryBytes }: Requirements): string | undefined {
  // Swarm looks at both if either is asked for: a node that shrank below what it holds refuses.
  if (nanoCpus === 0 && memoryBytes === 0) return undefined;
  const short = [
    ...(nanoCpus > use.nanoCpus
      ? [
          `has ${cpuText(use.nanoCpus)} of ${cpuText(use.node.cpus * 1e9)} CPUs left, and it reserves ` +
            `${cpuText(nanoCpus)}`,
        ]
      : []),
    ...(memoryBytes > use.memoryBytes
      ? [
          `has ${sizeText(use.memoryBytes)} of ${sizeText(use.node.memoryBytes)} memory left, and it reserves ` +
            `${sizeText(memoryBytes)}`,
        ]
      : []),
  ];
  return worded(short, (all) => all.join('; it '));
}

/** Why a node cannot run an image of these platforms, in words that follow its name; none of them: it is not known. */
export function otherPlatform(
  node: Pick<NodeUse['node'], 'os' | 'arch'>,
  platforms: readonly Platform[],
): string | undefined {
  if (platforms.length === 0 || platforms.some((each) => runsOn(each, node))) return undefined;
  return (
    `is ${node.os}/${node.arch}, and its image is for ` +
    `${listText(platforms.map((each) => `${each.os || 'any'}/${each.architecture || 'any'}`))}`
  );
}

/** An image's empty word fits any node. Case counts (filter.go, platformEqual). */
function runsOn({ os, architecture }: Platform, node: Pick<NodeUse['node'], 'os' | 'arch'>): boolean {
  const fits = architecture === '' || plain(architecture) === plain(node.arch);
  return fits && (os === '' || os === node.os);
}

function plain(architecture: string): string {
  return architecture === 'x86_64' ? 'amd64' : architecture === 'aarch64' ? 'arm64' : architecture;
}

function worded(all: string[], text: (all: string[]) => string): string | undefined {
  return all.length === 0 ? undefined : text(all);
}
