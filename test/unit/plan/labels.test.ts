import { describe, expect, it } from 'vitest';
import { labelChanges, safeChanges, type LiveNode } from '../../../src/plan/labels.ts';
import { commandsByHand } from '../../../src/plan/by-hand.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { describePlan } from '../../../src/plan/describe.ts';
import { taskNodes } from '../../../src/plan/task-nodes.ts';
import type { SwarmTask } from '../../../src/engine/port.ts';
import { task } from '../../support/check-context.ts';
import { deploy, service, stackDocument } from '../compose/documents.ts';
import { holding, liveService } from './engine.ts';

const KEY = 'bundle.prod.data';
const entry = (hostname: string, labels: Record<string, string> = {}, more: Partial<LiveNode> = {}): LiveNode => ({
  id: `id-${hostname}`,
  hostname,
  state: 'ready',
  labels,
  ...more,
});
const HELD = { [KEY]: 'true' };
const wants = (...nodes: string[]) => [{ role: 'data', nodes, services: ['data'] }];
const lines = (nodes: LiveNode[], placements = wants('n2')): string[] =>
  labelChanges('prod', placements, nodes).changes.map(
    ({ action, nodeId, when, reason }) => `${when} ${action} ${nodeId}${reason === '' ? '' : `: ${reason}`}`,
  );

describe('when a label is changed', () => {
  it.each<[string, LiveNode[], ReturnType<typeof wants>, string[], string[]]>([
    ['nobody has it', [entry('n1'), entry('n2')], wants('n2'), ['before add id-n2'], ['id-n2']],
    [
      'on two nodes, nobody has it',
      [entry('n1'), entry('n2')],
      wants('n1', 'n2'),
      ['before add id-n1', 'before add id-n2'],
      ['id-n1', 'id-n2'],
    ],
    [
      'on two nodes, one has it: the rest of a run that was killed',
      [entry('n1', HELD), entry('n2')],
      wants('n1', 'n2'),
      ['before add id-n2'],
      ['id-n2'],
    ],
    [
      'it moves',
      [entry('n1', HELD), entry('n2')],
      wants('n2'),
      ['move remove id-n1: moves to n2', 'move add id-n2: from n1'],
      [],
    ],
    [
      'it moves, and a third has it',
      [entry('n1', HELD), entry('n2'), entry('n3', HELD)],
      wants('n2'),
      ['move remove id-n1: moves to n2', 'move add id-n2: from n1, n3', 'move remove id-n3: moves to n2'],
      [],
    ],
    [
      'another has it too',
      [entry('n1', HELD), entry('n2', HELD)],
      wants('n2'),
      ['before remove id-n1: a stray label: bundle.yaml has the role on n2'],
      [],
    ],
    [
      'another has it with a value that no constraint asks for',
      [entry('n1', { [KEY]: 'no' }), entry('n2')],
      wants('n2'),
      ['before remove id-n1: a stray label: bundle.yaml has the role on n2', 'before add id-n2'],
      ['id-n2'],
    ],
    [
      'another has it, written otherwise',
      [entry('n1', { [KEY]: 'TRUE' }), entry('n2')],
      wants('n2'),
      ['move remove id-n1: moves to n2', 'move add id-n2: from n1'],
      [],
    ],
    [
      'its own node has it, written otherwise',
      [entry('n1'), entry('n2', { [KEY]: 'True' })],
      wants('n2'),
      ['before add id-n2'],
      ['id-n2'],
    ],
    [
      'the role is gone',
      [entry('n1', HELD), entry('n2')],
      [],
      ['after remove id-n1: bundle.yaml has no such role; once its service is gone'],
      [],
    ],
    [
      'its node is down, and it moves',
      [entry('n1', HELD, { state: 'down' }), entry('n2')],
      wants('n2'),
      ['move remove id-n1: moves to n2', 'move add id-n2: from n1'],
      [],
    ],
    [
      'its node joined again',
      [entry('n2', HELD, { id: 'old', state: 'down' }), entry('n2')],
      wants('n2'),
      ['before add id-n2', 'before remove old: an old entry of n2, which joined again'],
      ['id-n2'],
    ],
    [
      'its node joined again, named by the new id',
      [entry('n2', HELD, { id: 'old', state: 'down' }), entry('n2')],
      wants('id-n2'),
      ['before add id-n2', 'before remove old: an old entry of n2, which joined again'],
      ['id-n2'],
    ],
    [
      'two machines of one name, and it moves from one to the other',
      [entry('n2', HELD, { id: 'twin' }), entry('n2')],
      wants('id-n2'),
      ['move add id-n2: from n2', 'move remove twin: moves to n2'],
      [],
    ],
    [
      'a node cannot be found, another has it',
      [entry('n1', HELD), entry('n2')],
      wants('n2', 'nn3'),
      ['move add id-n2: from n1'],
      [],
    ],
  ])('%s', (_what, nodes, placements, expected, safe) => {
    expect(lines(nodes, placements)).toEqual(expected);
    expect(safeChanges(labelChanges('prod', placements, nodes).changes).map(({ nodeId }) => nodeId)).toEqual(safe);
  });
});

describe('a role whose label its new node has already', () => {
  const both = [entry('n1', HELD), entry('n2', HELD)];
  const changesOf = (at: LiveNode[], placements: ReturnType<typeof wants>, ...running: string[]): string[] =>
    labelChanges('prod', placements, at, new Map([['data', new Set(running)]])).changes.map(
      ({ action, nodeId, when, reason }) => `${when} ${action} ${nodeId}: ${reason}`,
    );

  it('moves if its task runs where the label goes from, and is there already if not', () => {
    expect(changesOf(both, wants('n2'), 'id-n1')).toEqual(['move remove id-n1: moves to n2']);
    const stray = ['before remove id-n1: a stray label: bundle.yaml has the role on n2'];
    expect(changesOf(both, wants('n2'), 'id-n2')).toEqual(stray);
    expect(changesOf(both, wants('n2'))).toEqual(stray);
  });

  it('does not if no service is to be stopped for it', () => {
    const without = [{ role: 'data', nodes: ['n2'], services: [] }];
    expect(changesOf(both, without, 'id-n1')).toEqual([
      'before remove id-n1: a stray label: bundle.yaml has the role on n2',
    ]);
  });

  it('moves from the entry with which a machine joined again, if bundle.yaml names the old one by its id', () => {
    const twins = [entry('n1', HELD), entry('n1', {}, { id: 'old', state: 'down' })];
    expect(changesOf(twins, wants('old'), 'id-n1')).toEqual([
      'move remove id-n1: moves to n1',
      'move add old: from n1',
    ]);
  });
});

describe('the nodes on which services have tasks', () => {
  const app = liveService({ Name: 'prod_data' });
  const at = (node: string, more: Partial<SwarmTask> = {}): SwarmTask => task(app.id, `id-${node}`, more);
  const nodesOf = (tasks: SwarmTask[], nodes = [entry('n1'), entry('n2')]): string[] => [
    ...(taskNodes('prod', { services: [app], nodes, tasks }).get('data') ?? []),
  ];

  it('are those of current tasks, else of such as are being stopped; of a node that is down nobody can tell', () => {
    const stopping = at('n1', { desiredState: 'shutdown' });
    expect(nodesOf([at('n1')])).toEqual(['id-n1']);
    expect(nodesOf([stopping, at('n2')])).toEqual(['id-n2']);
    expect(nodesOf([stopping])).toEqual(['id-n1']);
    expect(nodesOf([{ ...stopping, state: 'shutdown' }])).toEqual([]);
    expect(nodesOf([at('n1')], [entry('n1', {}, { state: 'down' })])).toEqual([]);
    expect(nodesOf([task('another', 'id-n1')])).toEqual([]);
  });
});

const here = { file: 'stack.yml', exports: [], sendsLogin: true, engine: {} };

describe('a plan in which', () => {
  const document = stackDocument({ services: { data: service(), other: service() } });
  const nodes = [entry('n1', HELD), entry('n2'), entry('n3', { 'bundle.prod.gone': 'true' })];
  const plan = (placements: ReturnType<typeof wants>, at = nodes, held = document) =>
    planChanges({ stack: 'prod', document, placements, live: holding(held, at) });

  it('a service moves says so, and from where to where', () => {
    const found = plan(wants('n2'));
    expect(describePlan(found)).toEqual([
      'Outage: data restarts, and nothing else does its work meanwhile.',
      `- node label ${KEY} on n1: moves to n2`,
      `+ node label ${KEY} on n2: from n1`,
      '- node label bundle.prod.gone on n3: bundle.yaml has no such role; once its service is gone',
      '~ data moves  node: n1 → n2 (it ends there before it starts here)',
      '1 to restart · 1 unchanged · 1 node label to add · 2 node labels to remove',
    ]);
  });

  it('a service runs beside its new node, which has the label already, moves it like any other', () => {
    const at = [entry('n1', HELD), entry('n2', HELD)];
    const volume = { data: { driver: 'local' } };
    const stored = stackDocument({
      services: {
        data: service({
          volumes: [{ type: 'volume', source: 'data', target: '/data' }],
          deploy: deploy({ constraints: [`node.labels.${KEY} == true`] }),
        }),
      },
      volumes: volume,
    });
    const live = { ...holding(stored, at), tasks: [task('id-of-prod_data', 'id-n1')] };
    const found = planChanges({ stack: 'prod', document: stored, placements: wants('n2'), live });
    expect(describePlan(found)).toEqual([
      'Outage: data restarts, and nothing else does its work meanwhile.',
      `- node label ${KEY} on n1: moves to n2`,
      '+ 1 volume',
      '    n2  prod_data',
      '    those on n2 may exist already, with data: only that node can tell',
      '! 1 volume no longer used, and not deleted',
      '    n1  prod_data',
      '~ data moves  node: n1 → n2 (it ends there before it starts here)',
      '1 to restart · 1 node label to remove',
    ]);
  });

  it('a label is a stray one restarts nothing', () => {
    const found = plan(wants('n1'), [entry('n1', HELD), entry('n2', HELD)]);
    expect(found.restarts).toEqual([]);
    expect(found.services.every(({ action }) => action === 'unchanged')).toBe(true);
    expect(describePlan(found).slice(0, 2)).toEqual([
      `- node label ${KEY} on n2: a stray label: bundle.yaml has the role on n1`,
      '2 unchanged · 1 node label to remove',
    ]);
  });

  it('all of it is done by hand, in an order that keeps what runs where it is', () => {
    // The service whose label moves is made: what runs and moves is waited for, which no command does.
    const more = stackDocument({ services: { other: service(), gone: service() } });
    const twins = [
      entry('n1', HELD),
      entry('n2'),
      entry('n2', { 'bundle.prod.gone': 'true' }, { id: 'old', state: 'down' }),
    ];
    expect(commandsByHand(plan(wants('n2'), twins, more), twins, here)).toEqual([
      `docker node update --label-add ${KEY}=true id-n2`,
      `docker node update --label-rm ${KEY} n1`,
      'docker stack deploy --with-registry-auth -c stack.yml prod',
      'docker service rm prod_gone',
      'docker node update --label-rm bundle.prod.gone old',
    ]);
    const stray = [entry('n1', HELD), entry('n3', HELD)];
    const there = {
      ...{ file: 'my clusters/prod/stack.yml', exports: [`export PASSWORD="$(cat 'my clusters/prod/secrets/p')"`] },
      sendsLogin: false,
      engine: { host: 'ssh://root@m1' },
    };
    expect(commandsByHand(plan(wants('n1'), stray), stray, there)).toEqual([
      `docker --host ssh://root@m1 node update --label-rm ${KEY} n3`,
      ...there.exports,
      "docker --host ssh://root@m1 stack deploy -c 'my clusters/prod/stack.yml' prod",
    ]);
    const far = { ...here, engine: { context: 'far' } };
    expect(commandsByHand(plan(wants('n2'), twins, more), twins, far)).toContain(
      'docker --context far service rm prod_gone',
    );
  });
});
