import { describe, expect, it } from 'vitest';
import type { CheckContext, Finding } from '../../../src/checks/check.ts';
import { placement } from '../../../src/checks/placement.ts';
import { emptyMembers } from '../../../src/checks/empty-members.ts';
import { placementMove } from '../../../src/checks/placement-move.ts';
import { emptyLock } from '../../../src/bundle/lock.ts';
import type { VolumeMount } from '../../../src/compose/types.ts';
import type { Engine, EngineInfo, JobSpec, SwarmConfig, SwarmNode, SwarmTask } from '../../../src/engine/port.ts';
import { BundleError } from '../../../src/errors.ts';
import { encodeRelease, releaseLabels, type Release } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { context, contextOf, node, service, task } from '../../support/check-context.ts';

const KEY = 'bundle.prod.data-2';
const labelled = (name: string, more: Partial<SwarmNode> = {}) => node(name, { labels: { [KEY]: 'true' }, ...more });
const data2 = service('prod_imply-data-2');
const on = (nodeId: string, more: Partial<SwarmTask> = {}) => task(data2.id, nodeId, more);
const ended = (nodeId: string, more: Partial<SwarmTask> = {}) =>
  on(nodeId, { state: 'shutdown', desiredState: 'shutdown', createdAt: '2026-01-01', ...more });
const ENFORCED = {
  state: 'rejected',
  desiredState: 'shutdown',
  error: 'assigned node no longer meets constraints',
} as const;

/** A release record with these node labels. */
function recordOf(state: ReleaseState, nodeLabels: Release['nodeLabels']): SwarmConfig {
  const document = { services: {}, networks: {}, volumes: {}, secrets: {} };
  const facts = { number: 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', answers: {} };
  const data = encodeRelease({ ...facts, lock: emptyLock(), document, nodeLabels });
  return {
    id: 'r1',
    name: 'prod.release.1',
    version: 1,
    createdAt: '',
    updatedAt: '',
    labels: releaseLabels('prod', { state }),
    data,
  };
}

/** What `placement-move` and `empty-members` find together. */
async function bothFind(from: CheckContext): Promise<Finding[]> {
  const all = await Promise.all([placementMove, emptyMembers].map(async (check) => check.run(from)));
  const bad = all.flat().filter(({ level }) => level !== 'ok');
  return bad.length > 0 ? bad : all.flat().slice(0, 1);
}

/** imply-data-2 belongs on n3 by bundle.yaml. */
async function findings(
  nodes: SwarmNode[],
  tasks: SwarmTask[] = [],
  answers: Record<string, unknown> = {},
): Promise<Finding[]> {
  return bothFind(context(answers, { nodes, tasks, services: tasks.length > 0 ? [data2] : [] }));
}

describe('a member with a volume', () => {
  const [n1, n2] = [node('n1'), node('n2')];
  const STRAY = { level: 'warning', hint: `docker node update --label-rm ${KEY} n4` };
  const REJOINED = {
    level: 'warning',
    node: 'n3',
    text:
      'imply-data-2 had its volume on n3 before it joined the swarm again: if this is another machine of that name, it ' +
      'starts empty there',
    hint: "on n3, `docker volume ls -f 'name=^prod_'` tells",
  };
  const MOVES = (from: string) => ({
    level: 'error',
    text: `imply-data-2 would move from ${from} to n3 and leave its volume behind`,
  });

  it.each<[string, SwarmNode[], SwarmTask[], object[]]>([
    ['runs where it belongs', [labelled('n3')], [on('id-n3')], [{ level: 'ok' }]],
    [
      'runs where it belongs, and n4 bears the label too',
      [labelled('n3'), labelled('n4')],
      [on('id-n3')],
      [{ ...STRAY, text: expect.stringContaining('its volume is on n3') as string }],
    ],
    [
      'the stray label is written otherwise',
      [labelled('n3'), node('n4', { labels: { [KEY]: 'True' } })],
      [on('id-n3')],
      [STRAY],
    ],
    [
      'a label of another value lets nothing start there',
      [labelled('n3'), node('n4', { labels: { [KEY]: 'false' } })],
      [on('id-n3')],
      [{ level: 'ok' }],
    ],
    [
      'its own node lost the label while it waits',
      [node('n3'), labelled('n4')],
      [ended('id-n3', { ...ENFORCED, containerId: 'c' }), on('', { state: 'pending' })],
      [STRAY],
    ],
    [
      'stopped where it belongs, and n4 bears the label too',
      [labelled('n3'), labelled('n4')],
      [ended('id-n3')],
      [STRAY],
    ],
    [
      'never ran, two nodes bear the label',
      [labelled('n3'), labelled('n4')],
      [],
      [{ ...STRAY, text: expect.stringContaining('bundle.yaml has it on n3') as string }],
    ],
    ['runs elsewhere', [node('n3'), labelled('n4')], [on('id-n4')], [MOVES('n4')]],
    [
      'ran elsewhere last',
      [node('n3'), node('n4')],
      [ended('id-n3'), ended('id-n4', { createdAt: '2026-01-02' })],
      [MOVES('n4')],
    ],
    ['the label alone tells', [node('n3'), labelled('n4')], [], [MOVES('n4')]],
    [
      'swarm started it at the stray label',
      [labelled('n3'), labelled('n4')],
      [on('id-n4', { createdAt: '2026-01-02' }), ended('id-n3')],
      [
        {
          ...MOVES('n4'),
          hint: expect.stringContaining(
            `it ran on n3 before: if that volume counts, docker node update --label-rm ${KEY} n4`,
          ) as string,
        },
      ],
    ],
    [
      'its label was moved by hand, and swarm started it there',
      [node('n3'), labelled('n4')],
      [on('id-n4', { createdAt: '2026-01-02' }), ended('id-n3')],
      [
        {
          ...MOVES('n4'),
          hint:
            'it ran on n3 before: if that volume counts, --ignore placement-move brings it back there; if the one on ' +
            'n4 counts, name n4 in bundle.yaml',
        },
      ],
    ],
    [
      'its node is down, and swarm started it at the stray label',
      [labelled('n3', { state: 'down' }), labelled('n4')],
      [on('id-n4', { createdAt: '2026-01-02' }), ended('id-n3', { state: 'running' })],
      [
        {
          ...MOVES('n4'),
          hint: expect.stringContaining(
            `if that volume counts, bring n3 back first (down); then docker node update --label-rm ${KEY} n4`,
          ) as string,
        },
      ],
    ],
    [
      'its node is not heard of since an election, and swarm started it at the stray label',
      [labelled('n3', { state: 'unknown' }), labelled('n4')],
      [on('id-n4', { createdAt: '2026-01-02' }), ended('id-n3')],
      [
        {
          ...MOVES('n4'),
          hint: expect.stringContaining(
            `if that volume counts, docker node update --label-rm ${KEY} n4 lets swarm start it there again`,
          ) as string,
        },
      ],
    ],
    [
      'its node is drained, and swarm started it at the stray label',
      [labelled('n3', { availability: 'drain' }), labelled('n4')],
      [on('id-n4', { createdAt: '2026-01-02' }), ended('id-n3')],
      [{ ...MOVES('n4'), hint: expect.stringContaining('bring n3 back first (drain); then') as string }],
    ],
    [
      'the node with the stray label is down',
      [labelled('n3'), labelled('n4', { state: 'down' })],
      [on('id-n3')],
      [STRAY],
    ],
    [
      'its node is down, and it waits',
      [labelled('n3', { state: 'down' }), node('n4')],
      [ended('id-n3', { state: 'running' }), on('', { state: 'pending' })],
      [{ level: 'ok' }],
    ],
    [
      'the stray node only refused a task',
      [labelled('n3'), labelled('n4')],
      [ended('id-n3'), on('id-n4', { state: 'rejected', desiredState: 'shutdown', createdAt: '2026-01-02' })],
      [STRAY],
    ],
    ['left and joined again', [labelled('n3', { id: 'old', state: 'down' }), node('n3')], [ended('old')], [REJOINED]],
    [
      'left and joined again, and runs there by now',
      [labelled('n3', { id: 'old', state: 'down' }), labelled('n3')],
      [ended('old'), on('id-n3', { createdAt: '2026-01-02' })],
      [{ level: 'ok' }],
    ],
    [
      'left and joined again, named like another machine',
      [labelled('n3', { id: 'old', state: 'down' }), node('n3'), node('n3', { id: 'twin' })],
      [ended('old')],
      [{ level: 'ok' }],
    ],
  ])('%s', async (_what, nodes, tasks, expected) => {
    expect(await findings([n1, n2, ...nodes], tasks)).toEqual(
      expected.map((each) => expect.objectContaining(each) as object),
    );
  });

  it('of which no earlier task is left: the release’s record says where it ran', async () => {
    const hint = async (state: ReleaseState, nodeId = 'id-n3', refused = false) => {
      const configs = async () => {
        if (refused) throw new BundleError('engine-refused', 'no configs for you');
        return [recordOf(state, [{ nodeId, node: 'n3', key: KEY }])];
      };
      const live = { nodes: [n1, n2, node('n3'), labelled('n4')], tasks: [on('id-n4')], services: [data2] };
      const [found] = await bothFind(context({}, { ...live, engine: { configs } }));
      return found?.hint;
    };
    expect(await hint('verified')).toContain('it ran on n3 before: if that volume counts, --ignore placement-move');
    expect(await hint('started')).toContain('put it back on n4 in bundle.yaml');
    expect(await hint('verified', 'id-n4')).toContain('put it back on n4 in bundle.yaml');
    expect(await hint('verified', 'id-n3', true)).toContain('put it back on n4 in bundle.yaml');
  });

  it('whose node was removed from the swarm: the record says that its volume is gone with it', async () => {
    const found = (nodes: SwarmNode[], record: string, tasks = [ended('gone')]) =>
      bothFind(
        context(
          {},
          {
            ...{ nodes: [n1, n2, ...nodes], tasks, services: [data2] },
            engine: { configs: async () => [recordOf('verified', [{ nodeId: 'gone', node: record, key: KEY }])] },
          },
        ),
      );
    expect(await found([node('n3')], 'n4')).toMatchObject([
      {
        level: 'warning',
        text:
          'imply-data-2 had its volume on n4, which is not in the swarm any more: on n3 it starts with what is there, ' +
          'or empty',
        hint: 'if the disk of n4 is whole, let it join again first, and name it in bundle.yaml as before',
      },
    ]);
    expect(await found([labelled('n3')], 'n4', []), 'labelled by hand').toMatchObject([{ level: 'warning' }]);
    expect(await found([labelled('n3')], 'n4', [on('id-n3')]), 'it runs there').toMatchObject([{ level: 'ok' }]);
    expect(await found([node('n3')], 'n3'), 'it joined again').toEqual([REJOINED]);
    expect(await found([node('n3', { id: 'gone' })], 'n3'), 'it never left').toMatchObject([{ level: 'ok' }]);
  });

  it('whose node was removed from the swarm, and bundle.yaml names another machine of its host name by id', async () => {
    const configs = async () => [recordOf('verified', [{ nodeId: 'gone', node: 'n3', key: KEY }])];
    const found = (...nodes: SwarmNode[]) =>
      bothFind(
        context(
          {
            agents: {
              master: { nodes: ['n1'] },
              query: { nodes: ['n2'] },
              data: { replicas: 2, nodes: ['n2', 'new'] },
            },
          },
          { nodes: [n1, n2, ...nodes], tasks: [ended('gone')], services: [data2], engine: { configs } },
        ),
      );
    expect(await found(node('n3', { id: 'new' }), node('n3', { id: 'other' }))).toEqual([
      {
        level: 'warning',
        text:
          'imply-data-2 had its volume on n3 (gone), which is not in the swarm any more: on new it starts with what is ' +
          'there, or empty',
        hint: 'if the disk of n3 (gone) is whole, let it join again first, and name it in bundle.yaml by its new id',
      },
    ]);
    expect(await found(node('n3', { id: 'new' })), 'alone of its name: it joined again').toEqual([REJOINED]);
    expect(await found(node('n3', { id: 'new' }), node('n3', { id: 'other', state: 'down' }))).toEqual([REJOINED]);
  });

  it('of a node that joined again: the engine that is asked tells whether its own volumes are there', async () => {
    const { document } = context();
    const own = document.services['imply-data-2']?.volumes ?? [];
    const volumes = own.flatMap(({ type, source }) =>
      type === 'volume' ? [{ name: `prod_${source}`, labels: {} }] : [],
    );
    const others = volumes.map((each) => ({ ...each, labels: { 'com.docker.stack.namespace': 'other' } }));
    expect(volumes.length).toBeGreaterThan(0);
    const found = (nodeId: string, here: { name: string }[]) => {
      const nodes = [n1, n2, labelled('n3', { id: 'old', state: 'down' }), node('n3')];
      const engine = { localVolumes: async () => here } as unknown as Partial<Engine>;
      const from = context({}, { nodes, tasks: [ended('old')], services: [data2], engine });
      const info = { swarm: { nodeId } } as EngineInfo;
      return bothFind({ ...from, info });
    };
    expect(await found('id-n3', volumes)).toMatchObject([{ level: 'ok' }]);
    expect(await found('id-n3', volumes.slice(1))).toEqual([REJOINED]);
    expect(await found('id-n3', others), 'of another stack').toEqual([REJOINED]);
    expect(await found('id-n1', volumes), 'another engine').toEqual([REJOINED]);
  });

  it('whose node is down is not told to move its data', async () => {
    const nodes = [n1, n2, node('n3'), labelled('n4', { state: 'down' })];
    expect(await findings(nodes, [on('id-n4')])).toMatchObject([
      {
        ...MOVES('n4'),
        hint:
          'bring n4 back (down) and put it back there in bundle.yaml; if it is lost for good, and its data with it, go ' +
          'on with --ignore placement-move',
      },
    ]);
  });

  it('whose node is not heard of since an election is not told to be lost', async () => {
    const nodes = [n1, n2, node('n3'), labelled('n4', { state: 'unknown' })];
    expect(await findings(nodes, [on('id-n4')])).toMatchObject([
      { ...MOVES('n4'), hint: expect.stringMatching(/^put it back on n4 in bundle\.yaml/) as string },
    ]);
  });

  it('whose definition says what comes of an empty start is told it, wherever it may start empty', async () => {
    const KEEPS = 'bundle.prod.store';
    const mysql = service('prod_mysql');
    const store = (name: string, more: Partial<SwarmNode> = {}) => node(name, { labels: { [KEEPS]: 'true' }, ...more });
    const told = async (nodes: SwarmNode[], at: string): Promise<Finding[]> => {
      const tasks = [task(mysql.id, at)];
      const configs = async () => [recordOf('verified', [{ nodeId: 'gone', node: 'n4', key: KEEPS }])];
      const answers = { store: { nodes: ['n2'] } };
      const all = await bothFind(context(answers, { nodes, tasks, services: [mysql], engine: { configs } }));
      return all.filter(({ text }) => text.startsWith('mysql '));
    };
    const moves = await told([store('n1'), n2, node('n3')], 'id-n1');
    expect(moves).toMatchObject([
      { level: 'error', text: expect.stringMatching(/^mysql would move from n1/) as string },
    ]);
    const lost = await told([n1, store('n2'), node('n3')], 'gone');
    expect(lost).toMatchObject([
      { text: expect.stringMatching(/^mysql had its volume on n4, which is not in/) as string },
    ]);
    const rejoined = await told([n1, store('n2', { id: 'old', state: 'down' }), n2, node('n3')], 'old');
    expect(rejoined).toMatchObject([
      { text: expect.stringMatching(/^mysql had its volume on n2 before it/) as string },
    ]);
    for (const { hint } of [...moves, ...lost, ...rejoined])
      expect(hint).toMatch(/; on an empty store the manager knows no user, .*“The store is lost”/);
  });

  it('the command that takes a stray label off names a node by id where its name is ambiguous', async () => {
    const found = await findings(
      [n1, n2, labelled('n3'), node('n4', { id: 'old', state: 'down' }), labelled('n4')],
      [on('id-n3')],
    );
    expect(found).toMatchObject([{ hint: `docker node update --label-rm ${KEY} id-n4` }]);
  });

  it('of a quorum group: the stray label of one member, and a member that runs at it', async () => {
    const members = { zookeeper: { servers: 3, nodes: ['n1', 'n2', 'n3'] } };
    const key = 'bundle.prod.zookeeper-2';
    const nodes = [n1, node('n2', { labels: { [key]: 'true' } }), node('n3', { labels: { [key]: 'true' } })];
    const second = service('prod_zookeeper-2');
    const found = (tasks: SwarmTask[]) => bothFind(context(members, { nodes, tasks, services: [second] }));
    expect(await found([task(second.id, 'id-n2')])).toMatchObject([
      {
        level: 'warning',
        text: expect.stringContaining(
          'n3 bears the label bundle.prod.zookeeper-2 too: zookeeper-2 might start',
        ) as string,
        hint: `docker node update --label-rm ${key} n3`,
      },
    ]);
    expect(await found([task(second.id, 'id-n3')])).toMatchObject([
      { level: 'error', text: 'zookeeper-2 would move from n3 to n2 and leave its volume behind' },
    ]);
  });

  it('by the new id of its machine is no move', async () => {
    const byId = {
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { replicas: 2, nodes: ['n2', 'new'] } },
    };
    expect(
      await findings(
        [n1, n2, labelled('n3', { id: 'old', state: 'down' }), node('n3', { id: 'new' })],
        [ended('old')],
        byId,
      ),
    ).toEqual([REJOINED]);
  });
});

describe('the check of placement, of a name with several entries', () => {
  const check = async (nodes: SwarmNode[], last = 'n3'): Promise<Finding[]> => {
    const answers = {
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { replicas: 2, nodes: ['n2', last] } },
    };
    return (await placement.run(context(answers, { nodes: [node('n1'), node('n2'), ...nodes] }))).filter(
      ({ level }) => level !== 'ok',
    );
  };
  const old = node('n3', { id: 'old', state: 'down' });

  it.each<[string, SwarmNode[], string, object[]]>([
    [
      'joined again',
      [old, node('n3')],
      'n3',
      [
        {
          level: 'warning',
          text:
            'n3 joined the swarm again as id-n3, which is taken; its old entry old is down and still counts as a ' +
            'manager: 3 of 4 must be up',
          hint: 'docker node demote old && docker node rm old',
        },
      ],
    ],
    [
      'joined again twice',
      [old, node('n3', { id: 'older', state: 'down' }), node('n3')],
      'n3',
      [
        {
          level: 'warning',
          text: expect.stringMatching(
            /its old entries old, older are down and still count as managers: 3 of 5 must be up$/,
          ) as string,
          hint: 'docker node demote old older && docker node rm old older',
        },
      ],
    ],
    [
      'joined again as a worker, of which the first entry was a manager',
      [old, node('n3', { id: 'older', state: 'down', role: 'worker' }), node('n3', { role: 'worker' })],
      'n3',
      [
        {
          level: 'warning',
          text: expect.stringMatching(/are down and 1 of them still counts as a manager: 2 of 3 must be up$/) as string,
          hint: 'docker node demote old && docker node rm old older',
        },
      ],
    ],
    [
      'of a worker joined again',
      [node('n3', { id: 'old', state: 'down', role: 'worker' }), node('n3', { role: 'worker' })],
      'n3',
      [
        {
          level: 'warning',
          text: expect.stringMatching(/its old entry old is down$/) as string,
          hint: 'docker node rm old',
        },
      ],
    ],
    [
      'joined again after --force-new-cluster took its first entry out of the managers',
      [node('n3', { id: 'old', state: 'down', votes: false }), node('n3')],
      'n3',
      [
        {
          level: 'warning',
          text: expect.stringMatching(/its old entry old is down$/) as string,
          hint: 'docker node rm old',
        },
      ],
    ],
    [
      'joined again as a manager that was lost since, after --force-new-cluster',
      [node('n3', { id: 'old', state: 'down', votes: false }), node('n3', { id: 'older', state: 'down' }), node('n3')],
      'n3',
      [
        {
          level: 'warning',
          text: expect.stringMatching(/are down and 1 of them still counts as a manager: 3 of 4 must be up$/) as string,
          hint: 'docker node demote older && docker node rm old older',
        },
      ],
    ],
    [
      'joined again and drained',
      [old, node('n3', { availability: 'drain' })],
      'n3',
      [{ level: 'error', hint: 'docker node update --availability active id-n3' }, { level: 'warning' }],
    ],
    [
      'both down',
      [old, node('n3', { id: 'older', state: 'down' })],
      'n3',
      [
        {
          level: 'error',
          text: expect.stringMatching(/they are down and still count as managers: 3 of 4 must be up$/) as string,
          hint:
            'none of them is ready: start Docker on n3, or restart it if it runs; what takes entries away that are of no use any more: ' +
            'docker node demote old && docker node rm old; or docker node demote older && docker node rm older',
        },
      ],
    ],
    [
      'joined again, and is not heard of since an election',
      [old, node('n3', { state: 'unknown' })],
      'n3',
      [
        {
          level: 'error',
          text: expect.stringContaining('2 nodes are called "n3": old (down, 10.0.0.1), id-n3 (unknown') as string,
          hint: expect.stringMatching(/^the swarm has not heard of id-n3 since .*: run the command again/) as string,
        },
      ],
    ],
    [
      'both ready',
      [node('n3'), node('n3', { id: 'other' })],
      'n3',
      [
        {
          level: 'error',
          text: expect.stringContaining('2 nodes are called "n3": id-n3 (ready, 10.0.0.1), other') as string,
          hint: expect.stringContaining('name one by its id: id-n3, other') as string,
        },
      ],
    ],
    [
      'by the id of the old entry',
      [old, node('n3')],
      'old',
      [
        {
          level: 'error',
          text: expect.stringContaining(
            'node old is down and still counts as a manager: 3 of 4 must be up; ',
          ) as string,
          hint: 'n3 joined again as id-n3: name n3 in bundle.yaml, then docker node demote old && docker node rm old',
        },
      ],
    ],
    ['by the new id', [old, node('n3')], 'id-n3', []],
    [
      'joins just now',
      [node('', { id: 'joining', state: 'unknown' })],
      'n3',
      [{ level: 'error', hint: 'nodes of this swarm: n1, n2; joining joins just now: try again in a moment' }],
    ],
  ])('%s', async (_what, nodes, last, expected) => {
    expect(await check(nodes, last)).toEqual(expected.map((each) => expect.objectContaining(each) as object));
  });
});

describe('the check of placement, of a name that a node had at the last deployment', () => {
  const LABELS = [{ nodeId: 'id-n4', node: 'n3', key: KEY }];
  const check = async (nodes: SwarmNode[], nodeLabels = LABELS, state: ReleaseState = 'verified') => {
    const asked: string[] = [];
    const configs = async () => (asked.push('configs'), [recordOf(state, nodeLabels)]);
    const swarm = [node('n1'), node('n2'), ...nodes];
    const all = await placement.run(context({}, { nodes: swarm, engine: { configs } }));
    return { found: all.filter(({ level }) => level !== 'ok'), asked };
  };

  it.each<ReleaseState>(['verified', 'deployed'])('names it by its present one, %s', async (state) => {
    expect((await check([node('n4')], LABELS, state)).found).toEqual([
      {
        level: 'error',
        text: 'there is no node "n3" for imply-data-2: at the last deployment that was node id-n4, which is called "n4" now',
        hint: 'put n4 in place of n3 in bundle.yaml, then `bundle render prod` and the same command',
      },
    ]);
  });

  it.each<[string, SwarmNode[], string]>([
    ['down, and joined again under its new name', [node('n4', { state: 'down' }), node('n4', { id: 'again' })], 'n4'],
    ['one of several of its new name', [node('n4'), node('n4', { id: 'other' })], 'id-n4'],
    ['called by more than a word', [node('a; b', { id: 'id-n4' })], 'id-n4'],
  ])('as bundle.yaml takes it if it is %s', async (_what, nodes, word) => {
    expect((await check(nodes)).found[0]?.hint).toContain(`put ${word} in place of n3 in bundle.yaml`);
  });

  it.each<[string, SwarmNode[], typeof LABELS]>([
    ['it is not in the swarm any more', [], LABELS],
    ['none had it', [node('n4')], [{ nodeId: 'id-n4', node: 'n5', key: KEY }]],
    ['two had it', [node('n4'), node('n5')], [...LABELS, { nodeId: 'id-n5', node: 'n3', key: KEY }]],
  ])('and says what there is, as ever, if %s', async (_what, nodes, labels) => {
    const names = ['n1', 'n2', ...nodes.map(({ hostname }) => hostname)].join(', ');
    expect((await check(nodes, labels)).found).toMatchObject([
      { text: 'there is no node "n3" for imply-data-2', hint: `nodes of this swarm: ${names}` },
    ]);
  });

  it('reads no records if every name has its node', async () => {
    expect(await check([node('n3')])).toEqual({ found: [], asked: [] });
  });
});

describe('a job of a member with a volume', () => {
  const FORMAT = service('prod_format', { mode: { kind: 'replicated-job', replicas: 1 } });
  const ran = task(FORMAT.id, 'id-n1', { state: 'complete', containerId: 'c' });
  /** The member moved from n1 to n3 with its data; the job ran on n1 and does not run again. */
  function moved(source: (own: string) => string) {
    const result = context(
      {},
      { nodes: [node('n1'), node('n2'), labelled('n3')], services: [data2, FORMAT], tasks: [on('id-n3'), ran] },
    );
    const member = result.document.services['imply-data-2'];
    if (!member) throw new Error('the document has no imply-data-2');
    result.document.services['format'] = {
      ...member,
      volumes: (member.volumes ?? []).map((mount) =>
        mount.type === 'volume' ? { ...mount, source: source(mount.source ?? '') } : mount,
      ),
      deploy: { ...member.deploy, mode: 'replicated-job' },
    };
    const role = result.plan.placements.find(({ services }) => services.includes('imply-data-2'));
    role?.services.push('format');
    return bothFind(result);
  }

  it('says nothing of where the data are that the member keeps', async () => {
    expect(await moved((own) => own)).toMatchObject([{ level: 'ok' }]);
  });
  it('tells of a volume that is its own', async () => {
    expect(await moved(() => 'format-data')).toMatchObject([
      { level: 'error', text: 'format would move from n1 to n3 and leave its volume behind' },
    ]);
  });
});

describe('members of a quorum group whose nodes came back under their names', () => {
  type Held = 'data' | 'empty' | 'broken';

  /** Kafka on nodes n1 to nN; of those in `back` there is an old entry, and on the new one what they hold. */
  async function look(
    back: Partial<Record<string, Held>>,
    more: {
      brokers?: number;
      apart?: boolean;
      gone?: string;
      /** Of the release that tells where the one that is gone was. */
      state?: ReleaseState;
      mayStartJobs?: boolean;
      created?: string[];
      /** Its member runs on n9. */
      moved?: string;
      /** Members have directories of their hosts in place of volumes. */
      onHost?: boolean;
    } = {},
  ) {
    const { brokers = 3, apart = false, gone, state = 'verified', mayStartJobs = true, created = [], moved } = more;
    const { onHost = false } = more;
    const names = Array.from({ length: brokers }, (_unused, index) => `n${index + 1}`);
    const member = (name: string): string => `kafka-${name.slice(1)}`;
    const labelsOf = (name: string) => ({ labels: { [`bundle.prod.${member(name)}`]: 'true' } });
    const nodes = names.flatMap((name) =>
      back[name] === undefined
        ? [node(name, labelsOf(name))]
        : [...(name === gone ? [] : [node(name, { id: `old-${name}`, state: 'down', ...labelsOf(name) })]), node(name)],
    );
    const there = names.filter((name) => !created.includes(name));
    const services = there.map((name) => service(`prod_${member(name)}`));
    const tasks = there.map((name) =>
      task(
        `id-prod_${member(name)}`,
        name === moved ? 'id-n9' : back[name] === undefined ? `id-${name}` : `old-${name}`,
      ),
    );
    if (moved !== undefined) nodes.push(node('n9'));
    const jobs = new Map<string, JobSpec>();
    const heldBy = (id: string) => back[(jobs.get(id)?.constraints[0] ?? '').replace('node.id == id-', '')];
    const engine = {
      info: async () => ({ systemTime: '2026-11-28T00:00:00Z', swarm: { nodeId: 'id-n1' } }),
      localVolumes: async () => [],
      configs: async () =>
        gone === undefined
          ? []
          : [recordOf(state, [{ nodeId: `old-${gone}`, node: gone, key: `bundle.prod.${member(gone)}` }])],
      createJob: async (job: JobSpec) => {
        const id = `job-${jobs.size + 1}`;
        jobs.set(id, job);
        return id;
      },
      jobs: async () => [],
      tasks: async ({ serviceId }: { serviceId: string }) => [
        heldBy(serviceId) === 'broken'
          ? { id: serviceId, state: 'rejected', desiredState: 'shutdown', error: 'no such image', message: '' }
          : { id: serviceId, state: 'complete', desiredState: 'shutdown' },
      ],
      async *taskLogs(id: string) {
        if (heldBy(id) === 'data') yield { stream: 'stdout', data: Buffer.from('has data\n') };
      },
      removeService: async () => undefined,
    } as unknown as Partial<Engine>;
    const apartAnswers = apart ? { controllers: { apart, count: 1, nodes: ['n1'] } } : {};
    const from = contextOf('kafka', { brokers, nodes: names, ...apartAnswers }, { nodes, services, tasks, engine });
    const bound = Object.fromEntries(
      Object.entries(from.document.services).map(([name, each]) => [
        name,
        {
          ...each,
          volumes: each.volumes!.map((mount): VolumeMount => ({
            ...mount,
            type: 'bind',
            source: `/srv/${mount.source}`,
          })),
        },
      ]),
    );
    const document = { ...from.document, ...(onHost && { services: bound }) };
    const findings = await bothFind({ ...from, document, mayStartJobs });
    return { findings, told: findings.map(({ level, text }) => `${level}: ${text}`), jobs: jobs.size };
  }

  const WARNED = (name: string): string =>
    `warning: kafka-${name.slice(1)} had its volume on ${name} before it joined the swarm again: if this is another ` +
    'machine of that name, it starts empty there';
  const DROPPED = 'they are enough to agree without the others, and what the group has is dropped';

  it('are refused if they are enough alone, and empty', async () => {
    const { findings, told, jobs } = await look({ n2: 'empty', n3: 'empty' });
    expect(told).toEqual([`error: Kafka brokers: kafka-2 (n2), kafka-3 (n3) find no data there: ${DROPPED}`]);
    expect(findings[0]?.hint).toBe(
      'if what they had is on other disks, bring those back; if it is lost, let one of them start first: docker node ' +
        'update --label-add bundle.prod.kafka-2=true id-n2 (kafka-2), and run this command again once it has what the ' +
        'others have, for which README.md of this bundle says how to ask; if the others have nothing either, go on ' +
        'with --ignore empty-members',
    );
    expect(jobs).toBe(2);
  });

  it('are refused too if that could not be told', async () => {
    const { findings, told } = await look({ n2: 'empty', n3: 'broken' });
    expect(told).toEqual([
      WARNED('n3'),
      'unsure: could not tell whether volume prod_kafka-3-data holds data from before: no such image',
      `error: Kafka brokers: kafka-2 (n2) finds no data there, and of kafka-3 (n3) it could not be told: ${DROPPED}`,
    ]);
    expect(findings.at(-1)?.hint).toMatch(/^look at the volumes that could not be told: if they hold data, go on with/);
  });

  it('are refused too if they have directories of their hosts, which are not looked into', async () => {
    const { findings, told, jobs } = await look({ n2: 'data', n3: 'data' }, { onHost: true });
    expect(told).toEqual([
      'warning: kafka-2 had its directory /srv/kafka-2-data on n2 before it joined the swarm again: if this is another ' +
        'machine of that name, it starts empty there',
      'warning: kafka-3 had its directory /srv/kafka-3-data on n3 before it joined the swarm again: if this is another ' +
        'machine of that name, it starts empty there',
      `error: Kafka brokers: of kafka-2 (n2), kafka-3 (n3) it could not be told: ${DROPPED}`,
    ]);
    expect(findings.at(-1)?.hint).toMatch(
      /^look at \/srv\/kafka-2-data and \/srv\/kafka-3-data of those that could not be told: if they hold data, go on with/,
    );
    expect(jobs).toBe(0);
  });

  it.each<ReleaseState>(['verified', 'deployed'])(
    'are refused too if the old entry of one was removed: the record says where it was, %s',
    async (state) => {
      expect((await look({ n2: 'empty', n3: 'empty' }, { gone: 'n3', state })).told).toEqual([
        `error: Kafka brokers: kafka-2 (n2), kafka-3 (n3) find no data there: ${DROPPED}`,
      ]);
    },
  );

  it('are taken as they are if they have their data, and of those that have none it is said', async () => {
    expect((await look({ n2: 'data', n3: 'data' })).told).toEqual(['ok: no member that keeps data changes its node']);
    expect((await look({ n2: 'data', n3: 'empty' })).told).toEqual([
      'warning: Kafka brokers: kafka-3 (n3) finds no data there: it comes from the others',
    ]);
  });

  it.each<[string, Parameters<typeof look>]>([
    ['one of three', [{ n2: 'empty' }]],
    ['two of five', [{ n2: 'empty', n3: 'empty' }, { brokers: 5 }]],
    ['two of three brokers that are no controllers', [{ n2: 'empty', n3: 'empty' }, { apart: true }]],
  ])('are not enough, are not looked into, and are warned of as ever: %s', async (_what, [back, more]) => {
    const { told, jobs } = await look(back, more);
    expect(told).toEqual(Object.keys(back).map(WARNED));
    expect(jobs).toBe(0);
  });

  it('count by the group that there is, and not by the one it grows to', async () => {
    const { told } = await look({ n2: 'empty', n3: 'empty' }, { brokers: 5, created: ['n4', 'n5'] });
    expect(told).toEqual([`error: Kafka brokers: kafka-2 (n2), kafka-3 (n3) find no data there: ${DROPPED}`]);
  });

  it('are refused by a name of their own, also where another member is moved on purpose', async () => {
    const { told } = await look({ n2: 'empty', n3: 'empty', n5: 'empty' }, { brokers: 5, moved: 'n4' });
    expect(told).toEqual([
      'error: kafka-4 would move from n9 to n4 and leave its volume behind',
      `error: Kafka brokers: kafka-2 (n2), kafka-3 (n3), kafka-5 (n5) find no data there: ${DROPPED}`,
    ]);
    expect(emptyMembers.name).toBe('empty-members');
  });

  it('are not looked into by a dry run, which says so', async () => {
    const { told, jobs } = await look({ n2: 'empty', n3: 'empty' }, { mayStartJobs: false });
    expect(told.at(-1)).toBe(
      `unsure: Kafka brokers: if kafka-2 (n2), kafka-3 (n3) start empty, ${DROPPED}; volumes kept from before are ` +
        'not read: a dry run starts no job',
    );
    expect(jobs).toBe(0);
  });
});

describe('a lone controller whose machine was replaced, beside brokers', () => {
  type Held = 'data' | 'empty' | 'broken';

  /** The controller of Kafka ran on a former entry of n1, or on a node that is gone; its brokers run, or are new. */
  async function look(held: Held, more: { brokersThere?: boolean; gone?: boolean; mayStartJobs?: boolean } = {}) {
    const { brokersThere = true, gone = false, mayStartJobs = true } = more;
    const CONTROLLER = 'kafka-controller-1';
    const nodes = [
      ...['n1', 'n2', 'n3', 'n4'].map((name) => node(name)),
      ...(gone ? [] : [node('n1', { id: 'old', state: 'down' })]),
    ];
    const brokers = brokersThere ? [2, 3, 4].map((at) => ({ name: `prod_kafka-${at - 1}`, on: `id-n${at}` })) : [];
    const ran = [{ name: `prod_${CONTROLLER}`, on: 'old' }, ...brokers];
    const jobs: JobSpec[] = [];
    const engine = {
      info: async () => ({ systemTime: '2026-11-28T00:00:00Z', swarm: { nodeId: 'id-n4' } }),
      configs: async () => [recordOf('verified', [{ nodeId: 'old', node: 'n1', key: `bundle.prod.${CONTROLLER}` }])],
      createJob: async (job: JobSpec) => `job-${jobs.push(job)}`,
      jobs: async () => [],
      tasks: async ({ serviceId }: { serviceId: string }) => [
        held === 'broken'
          ? { id: serviceId, state: 'rejected', desiredState: 'shutdown', error: 'no such image', message: '' }
          : { id: serviceId, state: 'complete', desiredState: 'shutdown' },
      ],
      async *taskLogs() {
        if (held === 'data') yield { stream: 'stdout', data: Buffer.from('has data\n') };
      },
      removeService: async () => undefined,
    } as unknown as Partial<Engine>;
    const from = contextOf(
      'kafka',
      { brokers: 3, nodes: ['n2', 'n3', 'n4'], controllers: { apart: true, count: 1, nodes: ['n1'] } },
      {
        ...{ nodes, engine, services: ran.map(({ name }) => service(name)) },
        tasks: ran.map(({ name, on: at }) => task(`id-${name}`, at)),
      },
    );
    const findings = await bothFind({ ...from, mayStartJobs });
    return { findings, told: findings.map(({ level, text }) => `${level}: ${text}`), jobs: jobs.length };
  }

  const LOST =
    'controllers that start empty know no topic; brokers that follow them put aside what they have of those, and drop ' +
    'their copy of what was known of them';

  it.each([false, true])('is refused if it starts empty; its former entry is gone: %s', async (gone) => {
    const { findings, jobs } = await look('empty', { gone });
    expect(findings).toEqual([
      {
        level: 'error',
        text: `Kafka controllers: kafka-controller-1 (n1) finds no data there: ${LOST}`,
        hint:
          'bring back the volumes of the controllers, from their disks or a backup, if they are to be had; if what is ' +
          'lost by it is given up, go on with --ignore empty-members',
      },
    ]);
    expect(jobs).toBe(1);
  });

  it('is refused too if that could not be told, and what to look at is named first', async () => {
    const { findings } = await look('broken');
    expect(findings.at(-1)).toMatchObject({
      level: 'error',
      text: `Kafka controllers: of kafka-controller-1 (n1) it could not be told: ${LOST}`,
      hint: expect.stringMatching(
        /^look at the volumes that could not be told: if they hold data, go on with --ignore empty-members; bring back/,
      ) as string,
    });
  });

  it('is taken as it is if it has its data', async () =>
    expect((await look('data')).told).toEqual(['ok: no member that keeps data changes its node']));

  it('is warned of as ever, and not looked into, if no broker is there whose data it could cost', async () => {
    expect(await look('empty', { brokersThere: false })).toMatchObject({
      told: [expect.stringMatching(/^warning: kafka-controller-1 had its volume on n1 before it joined/)],
      jobs: 0,
    });
  });

  it('is not looked into by a dry run, which says so', async () => {
    const { told, jobs } = await look('empty', { mayStartJobs: false });
    expect(told.at(-1)).toBe(
      `unsure: Kafka controllers: if kafka-controller-1 (n1) start empty, ${LOST}; volumes kept from before are not ` +
        'read: a dry run starts no job',
    );
    expect(jobs).toBe(0);
  });
});

describe('a member with a directory of its host', () => {
  const nodes = (...more: SwarmNode[]) => [node('n1'), node('n2'), ...more];
  const withPaths = (hostPaths: object) => ({
    agents: {
      ...{ master: { nodes: ['n1'] }, query: { nodes: ['n2'] } },
      data: { replicas: 2, nodes: ['n2', 'n3'], hostPaths },
    },
  });
  const PATHS = withPaths({ var: '/data/var', tmp: '/data/tmp' });
  const UNSEEN =
    '; --ignore placement-move too if what is in /data/tmp and /data/var is on both nodes (a network file system), or ' +
    'there already, which cannot be seen from here';

  it('is refused a move as one with a volume is, and the way is told', async () => {
    const moved = await findings(nodes(node('n3'), labelled('n4')), [on('id-n4')], PATHS);
    expect(moved).toEqual([
      {
        level: 'error',
        text: 'imply-data-2 would move from n4 to n3 and leave its directory /data/tmp and directory /data/var behind',
        hint:
          'put it back on n4 in bundle.yaml, or move the data first and go on with --ignore placement-move' + UNSEEN,
      },
    ]);
    expect(await findings(nodes(labelled('n3')), [on('id-n3')], PATHS)).toMatchObject([{ level: 'ok' }]);
  });

  it('beside a volume, both are told', async () => {
    const both = withPaths({ var: '/data/var' });
    expect(await findings(nodes(node('n3'), labelled('n4')), [on('id-n4')], both)).toMatchObject([
      {
        level: 'error',
        text: 'imply-data-2 would move from n4 to n3 and leave its volume and directory /data/var behind',
      },
    ]);
  });

  it('is warned of a stray label', async () => {
    expect(await findings(nodes(labelled('n3'), labelled('n4')), [on('id-n3')], PATHS)).toMatchObject([
      {
        level: 'warning',
        text: `n4 bears the label ${KEY} too: imply-data-2 might start there without its data; its directory is on n3`,
      },
    ]);
  });

  it('is warned of a node that joined again, whichever engine is asked: none lists directories', async () => {
    const all = nodes(labelled('n3', { id: 'old', state: 'down' }), node('n3'));
    const engine = { localVolumes: async () => [] } as unknown as Partial<Engine>;
    const from = context(PATHS, { nodes: all, tasks: [ended('old')], services: [data2], engine });
    expect(await bothFind({ ...from, info: { swarm: { nodeId: 'id-n3' } } as EngineInfo })).toEqual([
      {
        level: 'warning',
        node: 'n3',
        text:
          'imply-data-2 had its directory /data/tmp and directory /data/var on n3 before it joined the swarm again: if ' +
          'this is another machine of that name, it starts empty there',
        hint: 'on n3, `ls /data/tmp /data/var` tells',
      },
    ]);
  });

  it('is warned of a node that was removed from the swarm', async () => {
    const configs = async () => [recordOf('verified', [{ nodeId: 'gone', node: 'n9', key: KEY }])];
    const from = context(PATHS, {
      ...{ nodes: nodes(labelled('n3')), tasks: [], services: [data2] },
      engine: { configs },
    });
    expect(await placementMove.run(from)).toMatchObject([
      {
        level: 'warning',
        text: expect.stringContaining(
          'imply-data-2 had its directory /data/tmp and directory /data/var on n9',
        ) as string,
      },
    ]);
  });

  /** A service whose only mounts are these. */
  const moveWith = async (volumes: VolumeMount[], sharedDirectories?: string[]) => {
    const from = context({}, { nodes: nodes(node('n3'), labelled('n4')), tasks: [on('id-n4')], services: [data2] });
    const member = { ...from.document.services['imply-data-2']!, volumes };
    const document = { ...from.document, services: { ...from.document.services, 'imply-data-2': member } };
    const plan = { ...from.plan, ...(sharedDirectories && { sharedDirectories }) };
    return (await placementMove.run({ ...from, document, plan })).map(({ level }) => level);
  };
  const bind = (source: string, more: Partial<VolumeMount> = {}): VolumeMount => ({
    ...{ type: 'bind', source, target: '/x' },
    ...more,
  });

  it.each<[string, VolumeMount, string[]?]>([
    ['it only reads', bind('/srv/a', { readOnly: true })],
    ['the definition says to be shared', bind('/srv/a'), ['/srv/a']],
    ['is in one that is shared', bind('/srv/a/b'), ['/srv/a/']],
    ['is a socket', bind('/var/run/docker.sock')],
    ['is of the kernel', bind('/proc')],
    ['is the whole host', bind('/')],
    ['every host has by itself', bind('/etc/localtime')],
    ['are its programs', bind('/lib/modules')],
    ['is a place for what may go', bind('/var/tmp/app')],
    ['are logs', bind('/var/log/app')],
  ])('does not count as data what %s', async (_what, mount, shared) => {
    expect(await moveWith([mount], shared)).toEqual(['ok']);
    expect(await moveWith([mount, bind('/srv/own')], shared)).toEqual(['error']);
  });

  it('does not count a directory as shared by the beginning of its name', async () => {
    expect(await moveWith([bind('/srv/ab')], ['/srv/a'])).toEqual(['error']);
    for (const own of ['/running', '/var/lib/app', '/library-of-ours', '/tmpfs-data'])
      expect(await moveWith([bind(own)]), own).toEqual(['error']);
  });

  it('of a deep storage that all nodes share nothing is said', async () => {
    const shared = { deepStorage: { type: 'local', sharedMount: '/mnt/deep' } };
    const [found] = await findings(nodes(node('n3'), labelled('n4')), [on('id-n4')], shared);
    expect(found).toMatchObject({ level: 'error', text: expect.not.stringContaining('/mnt/deep') as string });
  });
});
