import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { run } from '../../../src/commands/destroy/run.ts';
import { BundleError, EXIT, type ExitCode } from '../../../src/errors.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { contentOf } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { fakeEngine, type Answer } from '../engine/fake-engine.ts';
import { init, node, recordedIo, workplace } from '../init/support.ts';

const LABELS = { 'com.docker.stack.namespace': 'prod' };
const LABELLED = { 'bundle.prod.server': 'true' };
const service = (name: string, mounted: readonly string[]) => ({
  ID: `id-${name}`,
  Version: { Index: 1 },
  CreatedAt: '2026-01-01T00:00:00Z',
  UpdatedAt: '2026-01-01T00:00:00Z',
  Spec: {
    ...{ Name: `prod_${name}`, Labels: LABELS },
    TaskTemplate: { ContainerSpec: { Secrets: mounted.map((SecretName) => ({ SecretName })) } },
  },
});

const nothing: Answer = () => ({ json: [] });

/** A swarm in which somebody else deploys once the lock of the stack is free to be taken. */
async function swarm(
  names: { before: string[]; after: string[] },
  {
    release,
    tasks = nothing,
    secrets = [],
    mounted = [],
    volumes = {},
    networks = [],
    third = 'n3',
  }: {
    release?: Buffer;
    tasks?: Answer;
    secrets?: string[];
    mounted?: string[];
    /** Of this node, with what their removal is answered by. */
    volumes?: Record<string, Answer>;
    networks?: string[];
    /** Host name of the third node. */
    third?: string;
  } = {},
) {
  const removed: string[] = [];
  let locked = false;
  const gone =
    (name: string): Answer =>
    () => {
      removed.push(name);
      return names.after.includes(name)
        ? { json: {} }
        : { status: 404, json: { message: `service ${name} not found` } };
    };
  const fake = await fakeEngine({
    'GET /info': () => ({
      json: {
        Name: 'n1',
        SystemTime: '2026-01-01T00:00:00Z',
        Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true },
      },
    }),
    'GET /services': ({ url }) =>
      decodeURIComponent(url).includes('bundle.kind')
        ? { json: [] }
        : { json: (locked ? names.after : names.before).map((name) => service(name, mounted)) },
    ...Object.fromEntries(
      [...new Set([...names.before, ...names.after])].map((name) => [`DELETE /services/id-${name}`, gone(name)]),
    ),
    'GET /tasks': tasks,
    'GET /networks': () => ({
      json: networks
        .filter((name) => !removed.includes(name))
        .map((Name) => ({
          ...{ Id: `id-${Name}`, Name, Labels: LABELS },
          ...{ Driver: 'overlay', Attachable: false },
        })),
    }),
    ...Object.fromEntries(
      networks.map((name): [string, Answer] => [
        `DELETE /networks/id-${name}`,
        () => {
          removed.push(name);
          return { status: 204 };
        },
      ]),
    ),
    'GET /configs': ({ url }) => {
      if (release === undefined || !decodeURIComponent(url).includes('bundle.stack=prod')) return { json: [] };
      const labels = releaseLabels('prod', { state: 'verified' });
      const Spec = { Name: 'prod.release.1', Labels: labels, Data: release.toString('base64') };
      return { json: [{ ID: 'r1', Version: { Index: 1 }, UpdatedAt: '2026-01-01T00:00:00Z', Spec }] };
    },
    'DELETE /configs/r1': () => ({ json: {} }),
    'GET /secrets': () => ({
      json: secrets.map((Name) => ({ ID: `id-${Name}`, Version: { Index: 1 }, Spec: { Name, Labels: {} } })),
    }),
    ...Object.fromEntries(secrets.map((name) => [`DELETE /secrets/id-${name}`, () => ({ json: {} })])),
    'GET /nodes': () => ({
      json: ['n1', 'n2', 'n3'].map((name) => ({
        ...{ ID: `${name}-id`, Version: { Index: 1 }, Status: { State: 'ready' } },
        Spec: { Labels: name === 'n1' ? {} : LABELLED, Role: 'manager', Availability: 'active' },
        Description: { Hostname: name === 'n3' ? third : name, Platform: {}, Resources: {}, Engine: {} },
      })),
    }),
    // The third left the swarm once it was listed.
    'GET /nodes/n2-id': () => ({ json: { Version: { Index: 1 }, Spec: { Labels: LABELLED } } }),
    'POST /nodes/n2-id/update': () => ({ json: {} }),
    'GET /nodes/n3-id': () => ({ status: 404, json: { message: 'node n3-id not found' } }),
    'GET /volumes': () => ({ json: { Volumes: Object.keys(volumes).map((Name) => ({ Name, Labels: LABELS })) } }),
    'GET /containers/json': nothing,
    ...Object.fromEntries(Object.entries(volumes).map(([name, answer]) => [`DELETE /volumes/${name}`, answer])),
    'POST /configs/create': () => {
      locked = true;
      return { json: { ID: 'lock' } };
    },
  });
  onTestFinished(() => fake.close());
  return { fake, removed, host: `unix://${fake.socket}` };
}

async function destroy(names: { before: string[]; after: string[] }, yes: boolean) {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const { removed, host } = await swarm(names);
  const stdin = new PassThrough();
  // At the end of its drawing the question reads.
  const stderr = (): void => void setTimeout(() => stdin.write('y\r'), 100);
  const { io, out } = recordedIo(cwd, { interactive: !yes, stdin, stderr });
  const exit = await run({ dir: 'prod', host, yes }, io).catch((error: unknown) => error);
  return { exit, removed, out: out() };
}

it('takes what was deployed meanwhile too, and is not stopped by what somebody else removed', async () => {
  const { exit, removed, out } = await destroy({ before: ['a', 'b'], after: ['b', 'c'] }, true);
  expect(exit).toBe(EXIT.done);
  expect(removed).toEqual(['b', 'c']);
  expect(out).toContain('prod is gone from the swarm');
  expect(out).toContain('labels: 1 removed');
});

it('removes nothing if there is more than was shown with its question', async () => {
  const { exit, removed } = await destroy({ before: ['a'], after: ['a', 'c'] }, false);
  expect(exit).toMatchObject({
    code: 'swarm-changed',
    exit: EXIT.held,
    message: expect.stringContaining('service prod_c was created'),
  });
  expect(removed).toEqual([]);
});

it('names the volumes of members that left the bundle before, as releases remember them', async () => {
  const cwd = workplace();
  const nodes = ['n1', 'n2', 'n3'].map((name) => node(name));
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1,n2,n3'] })).error).toBeUndefined();
  const loaded = await load({ dir: 'prod' }, recordedIo(cwd).io);
  const release = encodeRelease({
    ...{ number: 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock() },
    ...contentOf(loaded, nodes),
  });
  expect((await init(cwd, { yes: true, set: ['servers=1', 'nodes=n2-id'] })).error).toBeUndefined();
  const { host } = await swarm({ before: ['a'], after: ['a'] }, { release });
  const { io, out } = recordedIo(cwd, { json: true });
  expect(await run({ dir: 'prod', host, yes: true }, io)).toBe(EXIT.done);
  const { volumesLeft } = JSON.parse(out()) as { volumesLeft: { node: string; command: string; seen: boolean }[] };
  const volumes = (id: unknown): string[] => ['data', 'datalog'].map((what) => `prod_zookeeper-${String(id)}-${what}`);
  // Nothing is on the node that was asked; the first member moved from there.
  expect(volumesLeft.map(({ node: on, command, seen }) => [on, command, seen])).toEqual(
    [
      ['n2', [1, 2]],
      ['n3', [3]],
    ].map(([on, members]) => [on, `docker volume rm ${[members].flat().flatMap(volumes).join(' ')}`, false]),
  );
});

it('tells two nodes of one host name apart: volumes, labels and tasks that still stop', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1,n2-id,n3-id'] })).error).toBeUndefined();
  let looks = 0;
  const { host } = await swarm(
    { before: ['a'], after: ['a'] },
    {
      third: 'n2',
      tasks: () => ({
        json: ['n2-id', 'n3-id'].map((NodeID) => ({
          ...{ ID: `task-${NodeID}`, ServiceID: 'id-a', NodeID, DesiredState: 'remove', Spec: { ContainerSpec: {} } },
          Status: { State: looks++ > 7 ? 'shutdown' : 'running' },
        })),
      }),
    },
  );
  const { io, out, err } = recordedIo(cwd, { json: true });
  expect(await run({ dir: 'prod', host, yes: true }, io)).toBe(EXIT.done);
  const { removed, volumesLeft } = JSON.parse(out()) as {
    removed: { labels: string[] };
    volumesLeft: { node: string; nodeId: string; command: string }[];
  };
  expect(volumesLeft.map(({ node: on, nodeId, command }) => [on, nodeId, command])).toEqual(
    [2, 3].map((id) => {
      const names = ['data', 'datalog'].map((what) => `prod_zookeeper-${String(id)}-${what}`);
      return ['n2', `n${String(id)}-id`, `docker volume rm ${names.join(' ')}`];
    }),
  );
  expect(removed.labels).toEqual(['n2 (n2-id): bundle.prod.server']);
  expect(err()).toContain('remove 1 label from node n2 (n3-id)');
  expect(err()).toContain('2 still stopping on n2 (n2-id), n2 (n3-id)');
});

describe('a stack of two quorum groups', () => {
  const CONTROLLERS = [1, 2, 3].map((id) => `kafka-controller-${String(id)}`);
  const BROKERS = ['kafka-1', 'kafka-2'];
  /** @param stopping how often a task is seen still to stop. Gives what was removed and seen, in order, and stderr. */
  async function destroyed(there: string[], stopping: Record<string, number>) {
    const cwd = workplace();
    const set = ['brokers=2', 'nodes=n1', 'controllers.apart=true', 'controllers.nodes=n1'];
    expect((await init(cwd, { yes: true, stack: 'kafka', set })).error).toBeUndefined();
    const log: string[] = [];
    const looks = new Map(Object.entries(stopping));
    const fake = await swarm(
      { before: there, after: there },
      {
        tasks: () => ({
          json: [...looks].flatMap(([name, left]) => {
            if (there.includes(name) && !fake.removed.includes(name)) return [taskOf(name, 'running', 'running')];
            if (left > 0) looks.set(name, left - 1);
            const state = left > 0 ? 'running' : 'shutdown';
            log.push(`${name} ${state}`);
            return [taskOf(name, 'remove', state)];
          }),
        }),
      },
    );
    // What is removed is seen in its place between what is read.
    const push = fake.removed.push.bind(fake.removed);
    fake.removed.push = (...names) => (log.push(...names.map((name) => `remove ${name}`)), push(...names));
    const { io, err } = recordedIo(cwd);
    expect(await run({ dir: 'prod', host: fake.host, yes: true }, io)).toBe(EXIT.done);
    return { log, err: err() };
  }
  const taskOf = (name: string, DesiredState: string, State: string) => ({
    ID: `task-${name}`,
    ...{ ServiceID: `id-${name}`, NodeID: 'n1-id', DesiredState, Status: { State } },
    Spec: { ContainerSpec: { Hostname: name } },
  });

  it('loses the one that an update comes to last first, and the other once its tasks have ended', async () => {
    const { log, err } = await destroyed([...CONTROLLERS, 'other', ...BROKERS], {
      'kafka-1': 1,
      'kafka-2': 3,
      other: 5,
    });
    const removals = log.filter((line) => line.startsWith('remove '));
    expect(removals).toEqual(['other', ...BROKERS, ...CONTROLLERS].map((name) => `remove ${name}`));
    const before = log.slice(0, log.indexOf('remove kafka-controller-1'));
    expect(before).toContain('kafka-2 shutdown');
    // It is in no group: nobody waits for it, and it for nobody.
    expect(before).toContain('other running');
    expect(before).not.toContain('other shutdown');
    expect(err).toContain('wait until Kafka brokers have stopped');
    expect(err).toMatch(/Kafka brokers.*still stopping on n1/);
  });

  it('does so in a second run too, whose brokers were removed by the first', async () => {
    const { log } = await destroyed([...CONTROLLERS, 'other'], { 'kafka-2': 3 });
    expect(log.slice(0, 2)).toEqual(['kafka-2 running', 'kafka-2 running']);
    expect(log.indexOf('remove kafka-controller-1')).toBeGreaterThan(log.indexOf('kafka-2 shutdown'));
    expect(log.indexOf('remove other')).toBeLessThan(log.indexOf('kafka-2 shutdown'));
  });

  it('waits for nobody if no task of the others runs', async () => {
    const { log } = await destroyed([...CONTROLLERS, ...BROKERS], {});
    expect(log).toEqual([...BROKERS, ...CONTROLLERS].map((name) => `remove ${name}`));
  });
});

describe('an interruption once the tasks have ended', () => {
  /**
   * `destroy --volumes`, interrupted by the first answer to this call after its service is removed.
   * @returns how it ended, and what it asked for after that but to read
   */
  async function interruptedAt(route: string, answer: ReturnType<Answer>, exit: ExitCode = EXIT.interrupted) {
    const cwd = workplace();
    expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
    const loaded = await load({ dir: 'prod' }, recordedIo(cwd).io);
    const release = encodeRelease({
      ...{ number: 1, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock() },
      ...contentOf(loaded, [node('n1')]),
    });
    const removable: Answer = () => ({ status: 204 });
    const { fake, removed, host } = await swarm(
      { before: ['a'], after: ['a'] },
      { release, networks: ['w1'], secrets: ['s1', 's2'], volumes: { v1: removable, v2: removable } },
    );
    const stop = new AbortController();
    let seen = 0;
    fake.answer(route, () => {
      if (removed.length === 0) return { json: [] };
      if (!stop.signal.aborted) {
        seen = fake.seen.length;
        stop.abort(new BundleError('interrupted', 'interrupted', { exit }));
      }
      return answer;
    });
    const { io, err } = recordedIo(cwd, { signal: stop.signal });
    const ended = await run({ dir: 'prod', host, yes: true, volumes: true }, io).catch((error: unknown) => error);
    const asked = fake.seen.slice(seen).filter(({ method }) => method !== 'GET');
    return { ended, asked: asked.map(({ method, url }) => `${method} ${url}`), err: err() };
  }

  it.each<[string, string, ReturnType<Answer>, string]>([
    ['their last look', 'GET /tasks', { json: [] }, '1 services'],
    ['a network', 'DELETE /networks/id-w1', { status: 204 }, '1 services; 1 networks'],
    ['a secret', 'DELETE /secrets/id-s1', { json: {} }, '1 services; 1 networks; 1 secrets'],
    ['the last secret', 'DELETE /secrets/id-s2', { json: {} }, '1 services; 1 networks; 2 secrets'],
    ['a label', 'POST /nodes/n2-id/update', { json: {} }, '1 services; 1 networks; 2 secrets; 1 labels'],
    ['a record', 'DELETE /configs/r1', { json: {} }, '1 services; 1 networks; 1 configs; 2 secrets; 1 labels'],
    [
      'a volume',
      'DELETE /volumes/v1',
      { status: 204 },
      '1 services; 1 networks; 1 configs; 2 secrets; 1 labels; 1 volumes',
    ],
  ])('is obeyed after %s: nothing else is removed', async (_what, route, answer, sofar) => {
    const { ended, asked } = await interruptedAt(route, answer);
    expect(asked).toEqual([]);
    expect(ended).toMatchObject({
      ...{ code: 'interrupted', exit: EXIT.interrupted, message: `interrupted; removed so far: ${sofar}` },
      hints: ['run `bundle destroy` again: it goes on with what is left'],
    });
  });

  it.each<[string, ReturnType<Answer>]>([
    ['is still in use', { status: 409, json: { message: 'remove v1: volume is in use - [c1]' } }],
    ['cannot be removed', { status: 500, json: { message: 'no' } }],
  ])('is no volume that stays: one %s, and the next is not removed', async (_what, answer) => {
    const { ended, asked, err } = await interruptedAt('DELETE /volumes/v1', answer, EXIT.terminated);
    expect(asked).toEqual([]);
    expect(ended).toMatchObject({ code: 'interrupted', exit: EXIT.terminated });
    expect(err).not.toContain('volume v1 stays');
  });
});

it.each([true, false])('a volume without a label is told, and never removed (--volumes: %s)', async (volumes) => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
  const { fake, host } = await swarm({ before: ['a'], after: ['a'] });
  const [ours, bare, others] = ['prod_zookeeper-1-data', 'prod_zookeeper-1-datalog', 'prod_old'];
  const there = [
    { Name: ours, Labels: LABELS },
    { Name: bare, Labels: null },
    { Name: others, Labels: {} },
    { Name: 'prod_x', Labels: { 'com.docker.stack.namespace': 'other' } },
  ];
  const removed: string[] = [];
  fake.answer('GET /volumes', ({ url }) => {
    const filtered = decodeURIComponent(url).includes('com.docker.stack.namespace=prod');
    return {
      json: {
        Volumes: there.filter(({ Name, Labels }) => !removed.includes(Name) && (!filtered || Labels === LABELS)),
      },
    };
  });
  for (const { Name } of there)
    fake.answer(`DELETE /volumes/${Name}`, () => {
      removed.push(Name);
      return { status: 204 };
    });
  const { io, out, err } = recordedIo(cwd, { json: true });
  expect(await run({ dir: 'prod', host, yes: true, volumes }, io)).toBe(EXIT.done);
  expect(removed).toEqual(volumes ? [ours] : []);
  expect(err().includes(`volume ${bare} stays: it has no label of a stack`)).toBe(volumes);
  expect(err()).not.toMatch(/DELETE volume prod_zookeeper-1-datalog|prod_old|prod_x/);
  const { volumesLeft } = JSON.parse(out()) as { volumesLeft: { command: string; seen: boolean }[] };
  expect(volumesLeft.filter(({ seen }) => seen).map(({ command }) => command)).toEqual([
    `docker volume rm ${[...(volumes ? [] : [ours]), bare].join(' ')}`,
  ]);
});

describe('secrets of which the swarm has the only copy', () => {
  const NAMES = ['prod_store-password.v1', 'prod_imply-ca.crt.v1', 'prod_imply-auth-token.v1', 'prod_x.v1'];
  const SET = ['tls.keyBits=2048', 'agents.master.nodes=n1', 'agents.query.nodes=n1'];
  const STORAGE = ['agents.data.nodes=n1', 'deepStorage.type=s3', 'deepStorage.path=s3://b/p'];

  async function told(
    prepare: (secrets: string) => Promise<void>,
    {
      names = NAMES,
      mounted = [],
      node = 'n1',
      volumes,
    }: { names?: string[]; mounted?: string[]; node?: string; volumes?: Record<string, Answer> } = {},
  ) {
    const cwd = workplace();
    expect(
      (await init(cwd, { yes: true, stack: 'imply', set: [...SET, ...STORAGE, `manager.nodes=${node}`] })).error,
    ).toBeUndefined();
    await prepare(join(cwd, 'prod', 'secrets'));
    const { host } = await swarm(
      { before: ['a'], after: ['a'] },
      { secrets: names, mounted, ...(volumes && { volumes }) },
    );
    const { io, out, err } = recordedIo(cwd, { json: true });
    expect(await run({ dir: 'prod', host, yes: true, volumes: volumes !== undefined }, io)).toBe(EXIT.done);
    const { lostSecrets } = JSON.parse(out()) as {
      lostSecrets: { secret: string; names: string[]; lockedData: string[] }[];
    };
    return { lostSecrets, warnings: err().match(/warning: .*/g) ?? [] };
  }
  const gone = (secrets: string) => rm(secrets, { recursive: true });

  it('are told before they are removed, with the data that goes by them', async () => {
    const { lostSecrets, warnings } = await told(gone);
    expect(lostSecrets).toEqual(
      expect.arrayContaining([
        { secret: 'ca', names: ['prod_imply-ca.crt.v1'], lockedData: [] },
        { secret: 'auth-token', names: ['prod_imply-auth-token.v1'], lockedData: [] },
        { secret: 'store-password', names: ['prod_store-password.v1'], lockedData: ['prod_mysql-data'] },
      ]),
    );
    expect(lostSecrets.flatMap(({ names }) => names)).not.toContain('prod_x.v1');
    expect(warnings).toEqual([
      expect.stringMatching(
        /^warning: the values of .*prod_imply-auth-token\.v1.* are not on this machine: once removed/,
      ),
      'warning: the data in prod_mysql-data stays, goes by prod_store-password.v1 (root password of the embedded ' +
        'MySQL), and is locked without it',
    ]);
  });

  it('are none where secrets/ is here', async () => {
    expect(await told(async () => undefined)).toEqual({ lostSecrets: [], warnings: [] });
  });

  it('are those whose locked content is not here, or of which data may go by another version', async () => {
    const other = await told((secrets) => writeFile(join(secrets, 'store-password'), 'another-one-0123456789\n'));
    expect(other.lostSecrets.map(({ names }) => names)).toEqual([['prod_store-password.v1']]);
    const names = ['prod_store-password.v2', 'prod_imply-auth-token.v2'];
    expect((await told(async () => undefined, { names })).lostSecrets.map((lost) => lost.names)).toEqual([
      ['prod_store-password.v2'],
    ]);
    const former = await told((secrets) => writeFile(join(secrets, 'store-password.v2'), 'kept'), { names });
    expect(former.lostSecrets).toEqual([]);
  });

  it('are those that run, though a rotation that was taken back left a higher version', async () => {
    const names = ['prod_imply-auth-token.v1', 'prod_imply-auth-token.v2'];
    const lost = async (prepare: (secrets: string) => Promise<void>, mounted: string[]) =>
      (await told(prepare, { names, mounted })).lostSecrets.map((each) => each.names);
    expect(await lost(gone, ['prod_imply-auth-token.v1'])).toEqual([['prod_imply-auth-token.v1']]);
    // Of another operator: both are not here.
    expect(await lost(gone, ['prod_imply-auth-token.v2'])).toEqual([names]);
    expect(await lost(async () => undefined, ['prod_imply-auth-token.v1'])).toEqual([]);
  });

  it.each<[string, string, Answer, string[]]>([
    ['goes with --volumes', 'n1', () => ({ status: 204 }), []],
    ['of that name stays on the node of the store', 'n2', () => ({ status: 204 }), ['prod_mysql-data']],
    ['stays since something holds it', 'n1', () => ({ status: 500, json: { message: 'no' } }), ['prod_mysql-data']],
  ])('the data %s', async (_what, node, answer, lockedData) => {
    const { lostSecrets } = await told(gone, { node, volumes: { 'prod_mysql-data': answer } });
    expect(lostSecrets.find(({ secret }) => secret === 'store-password')?.lockedData).toEqual(lockedData);
  });

  it('are the version that a service mounts too, if data may go by it: the newest was not told yet', async () => {
    const names = ['prod_store-password.v0', 'prod_store-password.v1'];
    const by = async (...mounted: string[]) => (await told(async () => undefined, { names, mounted })).lostSecrets;
    expect(await by('prod_store-password.v0')).toEqual([
      { secret: 'store-password', names: ['prod_store-password.v0'], lockedData: ['prod_mysql-data'] },
    ]);
    expect(await by('prod_store-password.v1')).toEqual([]);
  });
});
