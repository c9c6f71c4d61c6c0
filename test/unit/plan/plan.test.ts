import { describe, expect, it } from 'vitest';
import { planChanges, type LiveStack, type PlanInput } from '../../../src/plan/plan.ts';
import { leavesStack } from '../../../src/plan/changes.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { wavesOf } from '../../../src/quorum/stages.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { DIGEST, holding, liveService } from './engine.ts';
import { zookeeperPolicy } from '../../../stacks/zookeeper/policy.ts';

const document: StackDocument = stackDocument({
  services: {
    zookeeper: service({ image: 'zookeeper:3.8' }),
    db: service({
      secrets: [{ source: 'token', target: 'token' }],
      environment: { PASSWORD: { fromEnvironment: 'PASSWORD', hint: '' } },
    }),
  },
  secrets: { token: { name: 'prod_token.v1' } },
});
const NODES = ['n1', 'n2', 'n3'].map((hostname) => ({
  id: `id-${hostname}`,
  hostname,
  state: 'ready' as const,
  labels: {},
}));

const plan = (overrides: Partial<PlanInput> = {}) =>
  planChanges({ stack: 'prod', document, placements: [], live: holding(document, NODES), ...overrides });
const nothing: LiveStack = { services: [], networks: [], secrets: [], nodes: NODES };

describe('planChanges', () => {
  it('has nothing to do where the swarm holds the document', () => {
    const found = plan();
    expect(found.empty).toBe(true);
    expect(found.services.map(({ name, action, notCompared }) => ({ name, action, notCompared }))).toEqual([
      { name: 'zookeeper', action: 'unchanged', notCompared: [] },
      { name: 'db', action: 'unchanged', notCompared: ['environment PASSWORD'] },
    ]);
    expect(describePlan(found)).toEqual([
      '= db unchanged',
      '    environment PASSWORD was not compared: its value is not on this machine',
      'No changes. 2 services are as stack.yml says.',
    ]);
    const otherOnDisk = new Set(['environment PASSWORD']);
    expect(describePlan(found, { otherOnDisk })).toContain(
      '    environment PASSWORD was not compared: the file in secrets/ is not what bundle.lock.json means',
    );
  });

  it("creates everything in an empty swarm, in the document's order", () => {
    const found = plan({ live: nothing, placements: [{ role: 'db', nodes: ['n2', 'id-n1'], services: ['db'] }] });
    expect(found.empty).toBe(false);
    expect(describePlan(found)).toEqual([
      '+ 2 node labels',
      '    n1  bundle.prod.db',
      '    n2  bundle.prod.db',
      '+ 1 secret  prod_token.v1',
      '+ 1 network  prod_internal',
      '+ 2 services',
      '    zookeeper  zookeeper:3.8',
      '    db         example/server:1',
      '2 services to create · 1 secret to create · 1 network to create · 2 node labels to add',
    ]);
  });

  it('tells a secret that a deployment which did not end told otherwise, though all services are as the document says', () => {
    const told = [{ file: 'token', what: 'the token of all', services: ['db'] }];
    expect(plan({ told, maybeTold: { unfinished: ['prod_token.v1'], whole: [] } }).empty).toBe(true);
    const found = plan({ told, maybeTold: { unfinished: ['prod_token.v2'], whole: [] } });
    expect(found).toMatchObject({ empty: false, restarts: [], told: [{ secret: 'prod_token.v1' }] });
    expect(describePlan(found).at(-1)).toBe('2 unchanged · 1 secret to tell · nothing created or removed');
  });

  it('restarts members of a quorum together whose certificates have expired: an outage, with its reason', () => {
    const names = ['zk-1', 'zk-2', 'zk-3'];
    const holds = (version: number): StackDocument =>
      stackDocument({
        services: Object.fromEntries(
          names.map((name) => [name, service({ secrets: [{ source: `${name}.pem`, target: 'peer.pem' }] })]),
        ),
        secrets: Object.fromEntries(names.map((name) => [`${name}.pem`, { name: `prod_${name}.pem.v${version}` }])),
      });
    const ensembles = [{ name: 'zookeeper', title: 'ZooKeeper', services: names, policy: zookeeperPolicy }];
    const of = (expired: readonly string[]) =>
      plan({ document: holds(2), live: holding(holds(1), NODES), ensembles, expired: new Set(expired) });
    expect(of([])).toMatchObject({ outage: [], restarts: [{ how: 'one-by-one' }] });
    const together = of(names.map((name) => `prod_${name}.pem.v1`));
    expect(together).toMatchObject({ outage: names, restarts: [{ how: 'at-once' }] });
    expect(describePlan(together).join('\n')).toMatch(
      /Outage: zk-1, zk-2, zk-3[^]*zk-1\.pem, zk-2\.pem, zk-3\.pem expired:/,
    );
  });

  it('updates what differs and removes what is no longer there', () => {
    const before = stackDocument({
      ...document,
      services: {
        ...document.services,
        old: service({ image: 'old:1' }),
        zookeeper: service({ image: 'zookeeper:3.7' }),
      },
    });
    const found = plan({ live: holding(before, NODES) });
    expect(describePlan(found)).toEqual([
      'Outage: zookeeper restarts, and nothing else does its work meanwhile.',
      '~ zookeeper restarts  image zookeeper:3.7 → :3.8',
      '= db unchanged',
      '    environment PASSWORD was not compared: its value is not on this machine',
      '- old  old:1',
      '1 to restart · 1 service to remove · 1 unchanged',
    ]);
    expect(found.services.find((one) => one.name === 'old')).toMatchObject({
      action: 'remove',
      id: 'id-of-prod_old',
      reason: 'no longer in the document',
    });
  });

  it('takes an image that a wrapper starts anew if its start becomes that of another one than runs', () => {
    const start = (word: string, wrapper = '/wrap'): StackDocument => ({
      ...document,
      services: { ...document.services, db: service({ image: 'app:1', entrypoint: [wrapper], command: [word] }) },
    });
    const live = holding(start('/one'), NODES);
    const next = (learned: string | undefined, word: string, wrapped = 'app:1') =>
      plan({ document: start(word), live, wrapped: { [wrapped]: learned } });
    const fields = (...given: Parameters<typeof next>) =>
      next(...given).services.flatMap(({ changes }) => changes.map(({ field }) => field));
    const other = `sha256:${'6'.repeat(64)}`;
    for (const learned of [other, undefined]) expect(fields(learned, '/two')).toEqual(['command', 'image digest']);
    expect(next(other, '/two').services[1]?.changes[1]).toMatchObject({ from: DIGEST, to: other, effect: 'restart' });
    expect(describePlan(next(other, '/two')).join('\n')).toContain(
      'image taken anew by its tag (its new start is not that of the one that runs)',
    );
    // It is the one that runs; its start stays; no wrapper starts it.
    expect(fields(DIGEST, '/two')).toEqual(['command']);
    expect(fields(other, '/one')).toEqual([]);
    expect(fields(other, '/two', 'app:2')).toEqual(['command']);
    // The wrapper hands on other secrets, and starts the same.
    const rewrapped = plan({ document: start('/one', '/other'), live, wrapped: { 'app:1': other } });
    expect(rewrapped.services.flatMap(({ changes }) => changes.map(({ field }) => field))).toEqual(['entrypoint']);
  });

  it('does not restart anything for a count or an update policy', () => {
    const scaled = stackDocument({
      ...document,
      services: {
        ...document.services,
        zookeeper: service({ image: 'zookeeper:3.8', deploy: { ...service().deploy, replicas: 3 } }),
      },
    });
    const found = plan({ document: scaled });
    expect(found.services[0]).toMatchObject({ action: 'update', restarts: false });
    expect(describePlan(found)).toContain('~ zookeeper changes without a restart  replicas: 1 → 3');
  });

  it('says where only a misplaced task would move', () => {
    const pinned = stackDocument({
      ...document,
      services: {
        ...document.services,
        zookeeper: service({
          image: 'zookeeper:3.8',
          deploy: { ...service().deploy, constraints: ['node.role == manager'] },
        }),
      },
    });
    const found = plan({ document: pinned });
    expect(found.services[0]).toMatchObject({
      restarts: true,
      changes: [{ field: 'placement constraint', kind: 'added', effect: 'move' }],
    });
    expect(describePlan(found)[0]).toBe(
      '~ zookeeper may move  placement constraint added: node.role == manager (only tasks on nodes that no longer fit ' +
        'are replaced)',
    );
  });

  it('leaves the services of others alone', () => {
    const other = liveService({ Name: 'prod_x', Labels: { 'com.docker.stack.namespace': 'prod_other' } });
    const live = holding(document, NODES);
    expect(plan({ live: { ...live, services: [...live.services, other] } }).empty).toBe(true);
  });

  it('removes old secret versions, and says which', () => {
    const found = plan({ staleSecrets: ['prod_token.v0'] });
    expect(found).toMatchObject({
      empty: false,
      secrets: [
        { name: 'prod_token.v1', action: 'unchanged' },
        { name: 'prod_token.v0', action: 'remove' },
      ],
    });
    expect(describePlan(found)).toContain('- 1 secret that no kept release needs  prod_token.v0');
    expect(describePlan(found).at(-1)).toBe('2 unchanged · 1 secret to remove');
  });

  it('leaves one that a service of others mounts, which is no change, and says whose', () => {
    const token = { SecretName: 'prod_token.v0', File: { Name: 'token' } };
    const client = liveService({
      ...{ Name: 'client_app', Labels: { 'com.docker.stack.namespace': 'client' } },
      TaskTemplate: { ContainerSpec: { Secrets: [token] } },
    });
    const live = holding(document, NODES);
    const stale = { staleSecrets: ['prod_token.v0'], live: { ...live, services: [...live.services, client] } };
    const found = plan(stale);
    expect(found).toMatchObject({
      empty: true,
      secrets: [{ action: 'unchanged' }, { name: 'prod_token.v0', action: 'left', mountedBy: ['client_app'] }],
    });
    expect(describePlan(found)[0]).toBe(
      '! secret prod_token.v0 is left: client_app mounts it, which is not of this stack',
    );
    expect(describePlan(found).at(-1)).toBe('No changes. 2 services are as stack.yml says.');
    expect(leavesStack(found)).toBe(true);
    const { secrets, empty } = plan({ ...stale, staleSecrets: ['prod_token.v0', 'prod_token.v00'] });
    expect([secrets.at(-1)?.action, empty]).toEqual(['remove', false]);
    expect(leavesStack(plan({ staleSecrets: ['prod_token.v0'] })), 'a change, but nothing is deployed').toBe(true);
    expect(leavesStack(plan({ live: nothing }))).toBe(false);
  });

  it('restarts the members of an ensemble one after the other', () => {
    const changed = stackDocument({ ...document, services: { zookeeper: service(), db: service() } });
    const found = plan({
      document: changed,
      ensembles: [{ name: 'all', title: 'All', services: ['zookeeper', 'db'], policy: zookeeperPolicy }],
    });
    expect(found.restarts).toMatchObject([
      { how: 'one-by-one', ensemble: 'all', services: [{ name: 'zookeeper' }, { name: 'db' }] },
    ]);
    expect(describePlan(found)).toContain(
      '  zookeeper, db  one after the other, each when the ensemble is whole again, the leader last',
    );
  });

  it('has a member whose number of tasks changes take its turn: without it no other may go down', () => {
    const names = [1, 2, 3].map((id) => `zookeeper-${id}`);
    const of = (image: string, replicas: readonly number[]): StackDocument =>
      stackDocument({
        services: Object.fromEntries(
          names.map((name, index) => [name, service({ image, deploy: deploy({ replicas: replicas[index] ?? 1 }) })]),
        ),
      });
    const ensembles = [{ name: 'zookeeper', title: 'ZooKeeper', services: names, policy: zookeeperPolicy }];
    const work = (image: string, ...replicas: number[]) => {
      const found = plan({ document: of(image, [1, 1, 1]), live: holding(of('zk:1', replicas), NODES), ensembles });
      const { works, rest } = wavesOf(found, ensembles, []);
      const rolled = found.restarts.flatMap(({ how, services }) =>
        how === 'one-by-one' ? services.map(({ name }) => name) : [],
      );
      return { members: works.flatMap((each) => each.work.restart), rolled, rest };
    };
    expect(work('zk:2', 1, 0, 1)).toEqual({ members: names, rolled: names, rest: [] });
    expect(work('zk:1', 1, 0, 2)).toEqual({ members: names.slice(1), rolled: names.slice(1), rest: [] });
    // Nobody has to stay up.
    expect(work('zk:1', 0, 0, 0)).toEqual({ members: [], rolled: [], rest: names });
  });

  it('compares what is supplied', () => {
    const live = holding(document, NODES);
    expect(plan({ live, environment: { PASSWORD: 'hunter2' } }).services[1]).toMatchObject({
      action: 'update',
      notCompared: [],
      changes: [{ field: 'environment PASSWORD', kind: 'added' }],
    });
    expect(JSON.stringify(plan({ live, environment: { PASSWORD: 'hunter2' } }))).not.toContain('hunter2');
  });

  it('is made of plain values', () => {
    const found = plan({ live: nothing });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('does not depend on the order in which the swarm answers', () => {
    const before = stackDocument({ ...document, services: { ...document.services, old: service(), older: service() } });
    const live = holding(before, NODES);
    const placements = [{ role: 'db', nodes: ['n3', 'n1'], services: ['db'] }];
    const backwards = {
      services: [...live.services].reverse(),
      networks: [...live.networks].reverse(),
      secrets: [...live.secrets].reverse(),
      nodes: [...live.nodes].reverse(),
    };
    expect(plan({ live: backwards, placements: [{ role: 'db', nodes: ['n1', 'n3'], services: ['db'] }] })).toEqual(
      plan({ live, placements }),
    );
  });
});

describe('node labels', () => {
  const labelled = (labels: Record<string, Record<string, string>>) =>
    NODES.map((node) => ({ ...node, labels: labels[node.hostname] ?? {} }));
  const labels = (placements: PlanInput['placements'], nodes: LiveStack['nodes']) => {
    const found = plan({ placements, live: { ...holding(document, NODES), nodes } });
    return {
      lines: found.labels.map(({ action, node, key }) => `${action} ${node} ${key}`),
      unresolved: found.unresolvedNodes,
      empty: found.empty,
    };
  };

  it('are right where exactly the named nodes bear them', () => {
    expect(
      labels(
        [{ role: 'db', nodes: ['n1'], services: ['db'] }],
        labelled({ n1: { 'bundle.prod.db': 'true', other: 'x' } }),
      ),
    ).toEqual({ lines: [], unresolved: [], empty: true });
  });

  it('move with the role, and go with a role that is gone; those of others stay', () => {
    const nodes = labelled({
      n1: {
        'bundle.prod.db': 'true',
        'bundle.prod.gone': 'true',
        'bundle.test.db': 'true',
        'bundle.production.x': 'true',
      },
      n2: { 'bundle.prod.db': 'false' },
    });
    expect(labels([{ role: 'db', nodes: ['n2'], services: ['db'] }], nodes).lines).toEqual([
      'remove n1 bundle.prod.db',
      'remove n1 bundle.prod.gone',
      'add n2 bundle.prod.db',
    ]);
  });

  it('stay while a node of the role cannot be found', () => {
    const nodes = labelled({ n1: { 'bundle.prod.db': 'true' } });
    expect(labels([{ role: 'db', nodes: ['nn1'], services: ['db'] }], nodes)).toEqual({
      lines: [],
      unresolved: [{ role: 'db', node: 'nn1', reason: 'unknown' }],
      empty: false,
    });
  });

  it('are not guessed where two nodes have one name', () => {
    const nodes = [...labelled({}), { id: 'id-n1-again', hostname: 'n1', state: 'ready' as const, labels: {} }];
    expect(labels([{ role: 'db', nodes: ['n1'], services: ['db'] }], nodes).unresolved).toEqual([
      { role: 'db', node: 'n1', reason: 'ambiguous' },
    ]);
    expect(labels([{ role: 'db', nodes: ['id-n1-again'], services: ['db'] }], nodes).lines).toEqual([
      'add n1 bundle.prod.db',
    ]);
  });
});
