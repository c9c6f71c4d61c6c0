import { describe, expect, it } from 'vitest';
import { bundleOf } from '../../../scripts/matrix/bundle.ts';
import { SEED, answersOf, casesOf } from '../../../scripts/matrix/cases.ts';
import { matrices } from '../../../scripts/matrix/dimensions.ts';
import { labelNodes } from '../../../src/swarm/steps/label-node.ts';
import type { Engine, SwarmNode } from '../../../src/engine/port.ts';
import { unmet } from '../../../src/place/constraint.ts';
import { nodesAfter } from '../../../src/place/of-document.ts';
import { labelChanges, safeChanges, type LabelChange, type RolePlacement } from '../../../src/plan/labels.ts';
import { node } from '../../support/check-context.ts';

const PLACES = {
  mysql: 'db.example.org',
  zookeeper: 'zk.example.org:2181',
  directory: '/data/imply',
  subnet: '10.20.0.0/24',
};
const SWARM = ['node1', 'node2', 'node3', 'node4', 'node5'].map((name) => node(name));

interface Cluster {
  placements: RolePlacement[];
  /** By service. */
  constraints: [service: string, constraints: readonly string[]][];
}

const clusters = casesOf(matrices, SEED).map(({ stack, values }): Cluster & { stack: string } => {
  const bundle = bundleOf(stack, 'prod', answersOf(values, PLACES));
  const plan = bundle.definition.plan('prod', bundle.answers);
  const { document } = plan.document(
    (secret, part) => `prod_${secret}-${part}.v1`,
    () => ['/start'],
  );
  return {
    stack,
    placements: plan.placements,
    constraints: Object.entries(document.services).map(([name, { deploy }]) => [name, deploy.constraints]),
  };
});
const pairs = clusters.flatMap((one, i) =>
  clusters.filter((other) => other.stack === one.stack).map((other) => ({ one, other, title: `${one.stack} ${i}` })),
);

const changesOf = ({ placements }: Cluster, nodes: SwarmNode[]): LabelChange[] =>
  labelChanges('prod', placements, nodes).changes;
/** What deploying a cluster leaves on the nodes. */
const deployed = (cluster: Cluster, on = SWARM): SwarmNode[] => nodesAfter(on, changesOf(cluster, on));
const eligible = (constraints: readonly string[], nodes: SwarmNode[]): string[] =>
  nodes.filter((each) => unmet(constraints, each).length === 0).map(({ id }) => id);

/** Runs steps against node labels alone: anything else that they asked of the engine would fail. */
async function prepared(cluster: Cluster, nodes: SwarmNode[]): Promise<SwarmNode[]> {
  let now = nodes;
  const engine: Pick<Engine, 'updateNodeLabels'> = {
    async updateNodeLabels(id, { add = {}, remove = [] }) {
      const kept = (labels: Record<string, string>): [string, string][] =>
        Object.entries(labels).filter(([key]) => !remove.includes(key));
      now = now.map((each) =>
        each.id === id ? { ...each, labels: { ...Object.fromEntries(kept(each.labels)), ...add } } : each,
      );
    },
  };
  for (const step of labelNodes(engine as Engine, safeChanges(changesOf(cluster, nodes))))
    await step.run(new AbortController().signal);
  return now;
}

describe('any two clusters of the matrix, one deployed and one answered or checked out', () => {
  it('are more than a thousand pairs, and most of them differ in their nodes', () => {
    const moving = pairs.filter(({ one, other }) =>
      changesOf(other, deployed(one)).some(({ when }) => when !== 'before'),
    );
    expect(pairs.length).toBeGreaterThan(1000);
    expect(moving.length).toBeGreaterThan(pairs.length / 2);
  });

  it('prepare ends no task of the one that runs, and lets none start anywhere else', async () => {
    for (const { one, other, title } of pairs) {
      const before = deployed(one);
      const after = await prepared(other, before);
      for (const [service, constraints] of one.constraints) {
        const runsOn = eligible(constraints, before);
        expect(runsOn.length, `${title} ${service}`).toBeGreaterThan(0);
        expect(eligible(constraints, after), `${title} ${service}`).toEqual(runsOn);
      }
    }
  });

  it('deploy puts every label where the new answers want it; no service is deployed while it may start anywhere else', () => {
    for (const { one, other, title } of pairs) {
      const before = deployed(one);
      const changes = changesOf(other, before);
      const atDeployment = nodesAfter(
        before,
        changes.filter(({ when }) => when !== 'after'),
      );
      const fresh = deployed(other);
      for (const [service, constraints] of other.constraints)
        expect(eligible(constraints, atDeployment), `${title} ${service}`).toEqual(eligible(constraints, fresh));
      expect(nodesAfter(before, changes).map(({ labels }) => labels)).toEqual(fresh.map(({ labels }) => labels));
    }
  });

  it('a label goes from under a service only while that is stopped, or once it is gone', () => {
    for (const { one, other, title } of pairs) {
      const stays = new Set(other.constraints.map(([service]) => service));
      const before = deployed(one);
      const changes = changesOf(other, before);
      const at = nodesAfter(
        before,
        changes.filter(({ when }) => when === 'before'),
      );
      for (const [service, constraints] of one.constraints)
        expect(eligible(constraints, at), `${title} ${service}`).toEqual(eligible(constraints, before));
      const gone = changes.filter(({ when }) => when === 'after');
      const lost = one.constraints.filter(
        ([, constraints]) => eligible(constraints, nodesAfter(before, gone)).length === 0,
      );
      for (const [service] of lost) expect(stays.has(service), `${title} ${service}`).toBe(false);
    }
  });
});
