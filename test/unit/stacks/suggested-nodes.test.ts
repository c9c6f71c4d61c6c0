import { describe, expect, it } from 'vitest';
import { knownNodes } from '../../../src/wizard/nodes.ts';
import { collect } from '../../../src/wizard/collect.ts';
import { remarks } from '../../../src/wizard/summary.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { getAt, withAt, type Tree } from '../../../src/bundle/paths-access.ts';
import type { SwarmTask } from '../../../src/engine/port.ts';
import { definitions } from '../../support/definitions.ts';
import { node } from '../init/support.ts';

const definition = (name: string) => definitions.find((each) => each.name === name) as (typeof definitions)[number];
const HOSTS = ['node1', 'node2', 'node3'];

/** Where the defaults put what. @param tasks that run now, by node */
function suggested(stack: string, given: Record<string, unknown>, hosts = HOSTS, tasks: Record<string, number> = {}) {
  const running = Object.entries(tasks).flatMap(([host, count]) =>
    Array.from({ length: count }, () => ({ nodeId: `${host}-id`, desiredState: 'running' }) as SwarmTask),
  );
  const session = {
    definition: definition(stack),
    questions: definition(stack).questions,
    keys: bundleKeys(definition(stack)),
    given: Object.entries(given).reduce((tree: Tree, [path, value]) => withAt(tree, path, value), { stack }),
    settled: undefined,
    secrets: {},
    settledSecrets: new Set<string>(),
    nodes: knownNodes(
      hosts.map((host) => node(host, { role: 'manager' })),
      running,
    ),
  };
  const { session: done, missing } = collect(session, true);
  const at = (path: string): string => (getAt(done.given, path) as string[] | undefined)?.join() ?? '-';
  return { at, missing: missing.map(({ question }) => question.path), remarks: remarks(done) };
}

const IMPLY = ['manager', 'store', 'agents.master', 'agents.query', 'agents.data'].map((role) => `${role}.nodes`);
const s3 = { 'deepStorage.type': 's3', 'deepStorage.path': 's3://b/' };

describe('nodes that are suggested', () => {
  it.each<[string, Record<string, unknown>, string[] | undefined, Record<string, number> | undefined, string]>([
    ['all on the one node that there is', {}, ['node1'], {}, 'node1 - node1 node1 node1'],
    ['all agents on one node without shared storage', {}, HOSTS, {}, 'node1 node3 node2 node2 node2'],
    [
      'agents spread if the storage is shared',
      { 'deepStorage.sharedMount': '/srv' },
      HOSTS,
      {},
      'node1 node3 node2 node3 node2',
    ],
    ['or is S3', s3, HOSTS, {}, 'node1 node3 node2 node3 node2'],
    [
      'a node of their own for each of several',
      { ...s3, 'agents.data.replicas': 2 },
      HOSTS,
      {},
      'node1 - node2 node3 node2,node3',
    ],
    ['not where others are busy', {}, HOSTS, { node1: 9 }, 'node2 - node3 node3 node3'],
    [
      'with the agents that are placed already',
      { 'agents.data.nodes': ['node3'] },
      HOSTS,
      {},
      'node1 node2 node3 node3 node3',
    ],
  ])('%s', (_what, given, hosts, tasks, places) => {
    const { at, missing } = suggested('imply', given, hosts, tasks);
    expect([IMPLY.map(at).join(' '), missing]).toEqual([places, []]);
  });

  it('want an answer if agents are named on several nodes, and nothing is shared', () => {
    const given = { 'agents.data.nodes': ['node2', 'node3'], 'agents.data.replicas': 2 };
    expect(suggested('imply', given).missing).toEqual(['deepStorage.sharedMount']);
  });

  it('are remarked on only if several nodes could carry agents', () => {
    expect(suggested('imply', {}).remarks).toEqual([expect.stringContaining('all agents run on node2')]);
    expect(suggested('imply', {}, ['node1']).remarks).toEqual([]);
    expect(suggested('imply', s3).remarks).toEqual([]);
  });

  it.each(['zookeeper', 'kafka'])('of %s are a node for each member, the least busy first', (stack) => {
    expect(suggested(stack, {}, HOSTS, { node1: 2, node2: 1 }).at('nodes')).toBe('node3,node2,node1');
    expect(suggested(stack, {}, ['node1', 'node2']).at('nodes')).toBe('node1,node2,node1');
  });
});
