/** Nodes of the swarm and their labels. */
import * as z from 'zod';
import { retryOutOfSequence, type Api, type OnSlow } from './api.ts';
import { untilHeardOf } from './election.ts';
import { Count, Labels, parse, parseList, Text, ToldByNode, Version } from './mapping.ts';
import { nodeAddress, raftAddress } from './node-address.ts';
import type { Engine, SwarmNode } from './port.ts';

const NodeAnswer = z.object({
  ID: z.string(),
  UpdatedAt: Text,
  Spec: z.object({ Role: z.enum(['manager', 'worker']), Availability: z.enum(['active', 'pause', 'drain']), Labels }),
  // A node that never came up has no description.
  Description: z
    .object({
      Hostname: ToldByNode,
      Platform: z.object({ Architecture: ToldByNode, OS: ToldByNode }).optional(),
      Resources: z.object({ NanoCPUs: Count, MemoryBytes: Count }).optional(),
      Engine: z.object({ EngineVersion: ToldByNode, Labels }).optional(),
    })
    .optional(),
  Status: z
    .object({ State: z.enum(['ready', 'down', 'unknown', 'disconnected']).default('unknown'), Addr: Text })
    .optional(),
  // Of those that are in the managers' list, up or not (moby/swarmkit: manager/controlapi/node.go, ListNodes).
  ManagerStatus: z.object({ Leader: z.boolean().default(false), Addr: Text }).nullish(),
});

function toNode(node: z.output<typeof NodeAnswer>): SwarmNode {
  const { Description: seen } = node;
  const raft = node.ManagerStatus?.Addr ?? '';
  const address = nodeAddress(node.Status?.Addr ?? '', raft);
  const managerAddress = raftAddress(raft, address);
  return {
    id: node.ID,
    hostname: seen?.Hostname ?? '',
    role: node.Spec.Role,
    leader: node.ManagerStatus?.Leader ?? false,
    votes: (node.ManagerStatus ?? undefined) !== undefined,
    availability: node.Spec.Availability,
    state: node.Status?.State ?? 'unknown',
    address,
    ...(managerAddress === undefined ? {} : { managerAddress }),
    cpus: (seen?.Resources?.NanoCPUs ?? 0) / 1e9,
    memoryBytes: seen?.Resources?.MemoryBytes ?? 0,
    os: seen?.Platform?.OS ?? '',
    arch: seen?.Platform?.Architecture ?? '',
    engineVersion: seen?.Engine?.EngineVersion ?? '',
    labels: node.Spec.Labels,
    engineLabels: seen?.Engine?.Labels ?? {},
    ...(node.UpdatedAt === '' ? {} : { updatedAt: node.UpdatedAt }),
  };
}

/** The rest of the spec goes back as it came. */
const Writable = z.object({ Version, Spec: z.looseObject({ Labels }) });

/**
 * The part of the port that is about nodes.
 * @param options.signal ends a wait for word from nodes
 * @param options.onSlow told of such a wait
 */
export function nodeCalls(
  api: Api,
  { signal, onSlow }: { signal?: AbortSignal; onSlow?: OnSlow } = {},
): Pick<Engine, 'nodes' | 'updateNodeLabels'> {
  const hearing = untilHeardOf((names) =>
    onSlow?.(`word from ${names} since the managers elected a leader, no longer than 10 s`),
  );
  const read = async (): Promise<SwarmNode[]> => {
    const what = 'list the nodes';
    return parseList(NodeAnswer, await api.json({ what, path: '/nodes' }), what).map(toNode);
  };
  return {
    nodes: ({ heardOf = false } = {}) => (heardOf ? hearing(read, signal) : read()),

    async updateNodeLabels(nodeId, change) {
      const what = `label node ${nodeId}`;
      const path = `/nodes/${encodeURIComponent(nodeId)}`;
      await retryOutOfSequence(async () => {
        const { Version: version, Spec: spec } = parse(Writable, await api.json({ what, path }), what);
        const labels = { ...spec.Labels, ...change.add };
        for (const name of change.remove ?? []) delete labels[name];
        const names = new Set([...Object.keys(labels), ...Object.keys(spec.Labels)]);
        if ([...names].every((name) => labels[name] === spec.Labels[name])) return;
        await api.json({
          what,
          method: 'POST',
          path: `${path}/update`,
          query: { version: version.Index },
          body: { ...spec, Labels: labels },
        });
      });
    },
  };
}
