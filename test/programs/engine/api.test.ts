import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { BundleError } from '../../../src/errors.ts';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';
import { collect, fakeEngine, frame, type Answer, type FakeEngine } from '../../unit/engine/fake-engine.ts';

const open: FakeEngine[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

async function fakeWith(routes: Record<string, Answer> = {}): Promise<FakeEngine> {
  const fake = await fakeEngine(routes);
  open.push(fake);
  return fake;
}

const failing =
  (status: number, message: string): Answer =>
  () => ({ status, json: { message } });

/** A ping's answer by an engine whose newest API this is. */
const pong =
  (version: string): Answer =>
  (_seen, response) => {
    response.setHeader('Api-Version', version);
    response.end('OK');
  };

async function errorOf(work: Promise<unknown>): Promise<BundleError> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BundleError);
  return error as BundleError;
}

describe('the API version', () => {
  it.each([
    ['1.41', '1.12', '1.41'],
    ['1.48', '1.24', '1.48'],
    ['1.56', '1.40', '1.51'],
    ['1.70', '1.60', '1.60'],
  ])('an engine of %s (oldest %s) is asked in %s', async (newest, oldest, asked) => {
    const fake = await fakeWith({
      'GET /_ping': pong(newest),
      'GET /version': () => ({ json: { ApiVersion: newest, MinAPIVersion: oldest } }),
      'GET /nodes': () => ({ json: null }),
    });
    expect(await (await fake.connect()).nodes()).toEqual([]);
    // Whether one that is newer than what we know still speaks that, a ping does not tell.
    const more = asked === newest ? [] : ['/version'];
    expect(fake.seen.map(({ url }) => url)).toEqual(['/_ping', ...more, `/v${asked}/nodes`]);
  });

  it.each<[string, Answer]>([
    ['refused by a proxy', () => ({ status: 403, json: { message: 'forbidden' } })],
    ['without the version', () => ({ json: 'OK' })],
    ['with what is no version', pong('newest')],
  ])('a ping %s: it is asked for', async (_name, ping) => {
    const fake = await fakeWith({
      'GET /_ping': ping,
      'GET /version': () => ({ json: { ApiVersion: '1.44', MinAPIVersion: '1.24' } }),
      'GET /nodes': () => ({ json: null }),
    });
    await (await fake.connect()).nodes();
    expect(fake.seen.map(({ url }) => url)).toEqual(['/_ping', '/version', '/v1.44/nodes']);
  });

  it.each(['1.40', '1.9'])('an engine of %s is too old', async (newest) => {
    const fake = await fakeWith({
      'GET /_ping': pong(newest),
      'GET /version': () => ({ json: { Version: '19.03', ApiVersion: newest } }),
    });
    expect(await errorOf(fake.connect())).toMatchObject({
      code: 'engine-too-old',
      message: expect.stringMatching(/is 19\.03 .*needs 1\.41/) as string,
    });
  });

  it('something else on the socket is no engine', async () => {
    const page: Answer = (_seen, response) => void response.end('<html>hello</html>');
    const fake = await fakeWith({ 'GET /_ping': page, 'GET /version': page });
    expect(await errorOf(fake.connect())).toMatchObject({
      code: 'engine-error',
      message: expect.stringContaining('not that of a Docker engine') as string,
    });
  });
});

describe('error answers', () => {
  it.each([
    [503, 'This node is not a swarm manager. Use "docker swarm init" …', 'engine-not-manager'],
    [503, 'This node is not part of a swarm', 'engine-not-manager'],
    [503, 'Swarm is encrypted and needs to be unlocked before it can be used', 'engine-not-manager'],
    [500, 'rpc error: code = Unknown desc = The swarm does not have a leader.', 'engine-not-manager'],
    [404, 'service x not found', 'engine-not-found'],
    [409, 'rpc error: code = AlreadyExists desc = secret x already exists', 'engine-conflict'],
    [
      400,
      "rpc error: code = InvalidArgument desc = secret 'x' is in use by the following service: y",
      'engine-conflict',
    ],
    [500, 'something broke', 'engine-error'],
  ])('%i "%s" is %s, with the words and without gRPC', async (status, words, code) => {
    const fake = await fakeWith({ 'DELETE /secrets/x': failing(status, words) });
    const error = await errorOf((await fake.connect()).removeSecret('x'));
    expect(error.code).toBe(code);
    expect(error.message).toBe(`cannot remove secret x: ${words.replace(/^rpc error: code = \w+ desc = /, '')}`);
    if (code === 'engine-not-manager') expect(error.hints).toHaveLength(1);
  });

  it('an answer without JSON gives its text', async () => {
    const fake = await fakeWith({
      'GET /nodes': (_seen, response) =>
        void response.writeHead(400).end('Client sent an HTTP request to an HTTPS server.\n'),
    });
    const error = await errorOf((await fake.connect()).nodes());
    expect(error.message).toContain('Client sent an HTTP request to an HTTPS server.');
    expect(error.hints[0]).toContain('DOCKER_TLS_VERIFY');
  });

  it('an answer of another shape names the field, not its value', async () => {
    const fake = await fakeWith({
      'GET /nodes': () => ({ json: [{ ID: 'n', Spec: { Role: 'king', Availability: 'active' } }] }),
    });
    const error = await errorOf((await fake.connect()).nodes());
    expect(error.code).toBe('engine-error');
    expect(error.message).toContain('0.Spec.Role');
    expect(error.message).not.toContain('king');
  });
});

describe('a redirect in place of an answer', () => {
  it.each([
    // Of Go's ServeMux, for a path that it cleans (engine 20.10).
    [301, '/v1.41/nodes/x'],
    [307, 'nodes/'],
    [302, '//elsewhere'],
    // Of proxies that want a log-in first.
    [302, 'https://login.example.com/?next=%2Fnodes'],
    [302, 'ftp://elsewhere/'],
    [303, 'mailto:x'],
    [308, ''],
    [301, 'http://['],
  ])('%i to "%s" is told, and not followed', async (status, location) => {
    const redirect: Answer = (_seen, response) => {
      response.writeHead(status, { Location: location, 'Content-Type': 'text/html' }).end('<a href="/x">Moved</a>.\n');
    };
    const fake = await fakeWith({ 'GET /nodes': redirect, 'DELETE /secrets/x': redirect });
    const engine = await fake.connect();
    const read = await errorOf(engine.nodes());
    expect(read).toMatchObject({
      code: 'engine-error',
      message: `cannot list the nodes: ${String(status)} from GET /nodes, a redirect, which no engine gives`,
      exit: 3,
      hints: [expect.stringContaining('--host') as string],
    });
    expect(await errorOf(engine.removeSecret('x'))).toMatchObject({ code: 'engine-error', exit: 1 });
    expect(fake.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'DELETE']);
  });

  it.each(['', '.', '..'])('nothing is asked of an object by the name "%s"', async (name) => {
    const fake = await fakeWith();
    const engine = await fake.connect();
    expect(await engine.killLocalContainer(name)).toBe(false);
    for (const work of [
      engine.removeService(name),
      engine.removeSecret(name),
      engine.removeConfig(name),
      engine.removeNetwork(name),
      engine.removeLocalVolume(name),
      engine.removeContainer(name),
      engine.updateNodeLabels(name, { add: { a: 'b' } }),
      engine.updateSecretLabels(name, {}),
      collect(engine.taskLogs(name)),
      collect(engine.containerLogs(name)),
    ])
      expect(await errorOf(work)).toMatchObject({ code: 'engine-not-found', hints: [] });
    expect(fake.seen.map(({ url }) => url)).toEqual(['/_ping']);
  });
});

describe('an engine that does not answer', () => {
  const connectTo = async (host: string): Promise<BundleError> =>
    errorOf(resolveEngine({ host, env: {} }).then(connect));

  it('no socket', async () => {
    expect(await connectTo('unix:///nowhere.sock')).toMatchObject({
      code: 'engine-unreachable',
      message:
        'cannot ask the engine for its version: no engine answers at unix:///nowhere.sock (from --host ' +
        'unix:///nowhere.sock): there is no such socket',
      hints: ['start docker there, or name another engine with --host or --context'],
    });
  });

  it('another server, whose words would name nobody', async () => {
    const absent: Answer = () => ({ status: 404, json: { message: 'page not found' } });
    const fake = await fakeWith({ 'GET /_ping': absent, 'GET /version': absent });
    expect(await errorOf(fake.connect())).toMatchObject({
      code: 'engine-not-found',
      message:
        `cannot ask the engine for its version: page not found; asked was unix://${fake.socket} ` +
        `(from --host unix://${fake.socket})`,
      hints: [expect.stringContaining('check the address and its port')],
    });
    const other = await fakeWith({ 'GET /_ping': absent, 'GET /version': () => ({ json: { name: 'registry' } }) });
    expect((await errorOf(other.connect())).message).toMatch(
      /the answer is not that of a Docker engine: .*; asked was unix:/,
    );
  });

  it('nobody listens', async () => {
    expect((await connectTo('tcp://127.0.0.1:1')).message).toMatch(/connection refused$/);
  });

  it.skipIf(process.getuid?.() === 0)('a socket that is not ours', async () => {
    const fake = await fakeWith();
    await chmod(fake.socket, 0);
    expect((await errorOf(fake.connect())).message).toMatch(/permission denied$/);
  });

  it('no TLS where TLS is meant', async () => {
    const server = createTcpServer(
      (socket) =>
        void socket.on('error', () => undefined).on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const location = await resolveEngine({
      host: `tcp://127.0.0.1:${String(port)}`,
      env: { DOCKER_TLS: '1' },
      home: '/nowhere',
    });
    expect((await errorOf(connect(location))).message).toMatch(/it does not speak TLS$/);
    server.close();
  });

  it('takes too long, in the head or in the body', async () => {
    const fake = await fakeWith({
      'GET /nodes': () => undefined,
      'GET /tasks': (_seen, response) => void response.writeHead(200).write('[{"ID":'),
    });
    const engine = await fake.connect({ timeout: 1_000 });
    for (const call of [engine.nodes(), engine.tasks()]) {
      expect(await errorOf(call)).toMatchObject({
        code: 'engine-unreachable',
        message: expect.stringMatching(/gave no answer within 1 s$/) as string,
      });
    }
  });

  it('dies in the middle of an answer: once does no harm, twice is told', async () => {
    const halves: Answer = (_seen, response) => {
      response.writeHead(200).write('[{"ID":');
      setTimeout(() => response.destroy(), 20);
    };
    let asked = 0;
    const fake = await fakeWith({
      'GET /tasks': halves,
      'GET /nodes': (...call) => (asked++ === 0 ? halves(...call) : { json: [] }),
    });
    const engine = await fake.connect();
    expect((await errorOf(engine.tasks())).message).toMatch(/the connection was closed$/);
    expect(fake.seen.filter(({ url }) => url.includes('/tasks'))).toHaveLength(2);
    expect(await engine.nodes()).toEqual([]);
  });

  it('closed a kept connection: reading is tried again, writing is not', async () => {
    let asked = 0;
    const broken: Answer = (_seen, response) => {
      if (asked++ === 0) response.socket?.destroy();
      else return { json: [] };
    };
    const fake = await fakeWith({
      'GET /nodes': broken,
      'DELETE /services/x': (_seen, response) => void response.socket?.destroy(),
    });
    const engine = await fake.connect();
    expect(await engine.nodes()).toEqual([]);
    expect(asked).toBe(2);
    expect((await errorOf(engine.removeService('x'))).code).toBe('engine-unreachable');
    expect(fake.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  it('DOCKER_HOST of our own environment does not lead elsewhere', async () => {
    const fake = await fakeWith({ 'GET /nodes': () => ({ json: [] }) });
    process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
    try {
      expect(await (await fake.connect()).nodes()).toEqual([]);
      expect(process.env['DOCKER_HOST']).toBe('tcp://127.0.0.1:1');
    } finally {
      delete process.env['DOCKER_HOST'];
    }
  });
});

describe('what the engine says of its swarm', () => {
  /** Of a manager without a leader (engine 20.10): status 200, no id of the cluster, and the reason beside it. */
  const unled = {
    LocalNodeState: 'active',
    ControlAvailable: true,
    NodeID: 'n',
    Error: 'rpc error: code = Unknown desc = The swarm does not have a leader.',
    Cluster: { ID: '', Spec: { EncryptionConfig: { AutoLockManagers: false } } },
  };
  const pending = { LocalNodeState: 'pending', ControlAvailable: false, NodeID: 'n' };
  const led = {
    ...unled,
    Error: '',
    Cluster: {
      ID: 'c',
      Spec: { EncryptionConfig: { AutoLockManagers: true }, Orchestration: { TaskHistoryRetentionLimit: 2 } },
    },
  };

  it.each([
    ['has no leader', unled],
    ['has not been joined again', pending],
  ])('is read again, if that matters, while it %s', async (_what, before) => {
    let asked = 0;
    const fake = await fakeWith({ 'GET /info': () => ({ json: { Swarm: asked++ === 0 ? before : led } }) });
    const engine = await fake.connect();
    expect((await engine.info({ ofSwarm: true })).swarm).toMatchObject({
      clusterId: 'c',
      autolock: true,
      taskHistory: 2,
    });
    expect(asked).toBe(2);
  });

  it('is given as it is to who asks for another thing, without what it does not know', async () => {
    const fake = await fakeWith({ 'GET /info': () => ({ json: { Swarm: unled } }) });
    const { swarm } = await (await fake.connect()).info();
    expect(swarm).toEqual({
      state: 'active',
      manager: true,
      nodeId: 'n',
      error: 'The swarm does not have a leader.',
    });
    expect(fake.seen.filter(({ url }) => url.endsWith('/info'))).toHaveLength(1);
  });
});

describe('writes', () => {
  const node = (index: number, labels: Record<string, string>): { json: unknown } => ({
    json: {
      ID: 'n',
      Version: { Index: index },
      Spec: { Role: 'manager', Availability: 'drain', Name: 'kept', Labels: labels },
    },
  });
  const outOfSequence = { status: 500, json: { message: 'rpc error: code = Unknown desc = update out of sequence' } };

  it('a node label is written again on what another wrote in between, and the rest of the spec stays', async () => {
    let index = 7;
    const fake = await fakeWith({
      'GET /nodes/n': () => node(index, { old: '1', gone: '1', [`by-other-${String(index)}`]: '1' }),
      'POST /nodes/n/update': () => (++index < 10 ? outOfSequence : { json: null }),
    });
    await (await fake.connect()).updateNodeLabels('n', { add: { 'bundle.x': 'true' }, remove: ['gone'] });
    const writes = fake.seen.filter(({ method }) => method === 'POST');
    expect(writes.map(({ url }) => url)).toEqual(
      [7, 8, 9].map((version) => `/v1.41/nodes/n/update?version=${String(version)}`),
    );
    expect(JSON.parse(writes[2]?.body ?? '')).toEqual({
      Role: 'manager',
      Availability: 'drain',
      Name: 'kept',
      Labels: { old: '1', 'by-other-9': '1', 'bundle.x': 'true' },
    });
  });

  it('labels that are so already are not written', async () => {
    const fake = await fakeWith({ 'GET /nodes/n': () => node(1, { a: '1' }) });
    await (await fake.connect()).updateNodeLabels('n', { add: { a: '1' }, remove: ['b'] });
    expect(fake.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('gives up after ten times', async () => {
    const fake = await fakeWith({ 'GET /nodes/n': () => node(1, {}), 'POST /nodes/n/update': () => outOfSequence });
    expect((await errorOf((await fake.connect()).updateNodeLabels('n', { add: { a: '1' } }))).code).toBe(
      'engine-conflict',
    );
    expect(fake.seen.filter(({ method }) => method === 'POST')).toHaveLength(10);
  });

  it('a secret goes in the body only, and no error shows it', async () => {
    const data = Buffer.from('correct horse battery staple');
    const encoded = data.toString('base64');
    const fake = await fakeWith({
      'POST /secrets/create': ({ body }) => {
        const name = (JSON.parse(body) as { Name: string }).Name;
        if (name === 'taken')
          return {
            status: 409,
            json: { message: 'rpc error: code = AlreadyExists desc = secret taken already exists' },
          };
        if (name === 'quoted') return { status: 400, json: { message: `bad request: ${body}` } };
        if (name === 'odd') return { status: 201, json: { data: body } };
        return { status: 201, json: { ID: 'new' } };
      },
    });
    const engine = await fake.connect();
    const create = (name: string): Promise<string> => engine.createSecret({ name, labels: { a: 'b' }, data });
    expect(await create('fine')).toBe('new');
    expect(JSON.parse(fake.seen[1]?.body ?? '')).toEqual({ Name: 'fine', Labels: { a: 'b' }, Data: encoded });
    expect(fake.seen[1]?.url).toBe('/v1.41/secrets/create');

    expect((await errorOf(create('taken'))).code).toBe('engine-conflict');
    for (const name of ['taken', 'quoted', 'odd']) {
      const error = await errorOf(create(name));
      for (const text of [
        inspect(error, { depth: null, showHidden: true }),
        JSON.stringify(error),
        String(error.stack),
      ]) {
        expect(text).not.toContain(encoded);
        expect(text).not.toContain('correct horse');
      }
    }
  });
});

describe('reads', () => {
  it('secrets by name: exactly, but regardless of case as the swarm holds them unique', async () => {
    const secret = (name: string): object => ({
      ID: `id-${name}`,
      Version: { Index: 1 },
      CreatedAt: '2026-01-01T00:00:00Z',
      Spec: { Name: name },
    });
    const fake = await fakeWith({
      'GET /secrets': () => ({ json: [secret('prod_a.v1'), secret('prod_a.v10'), secret('Prod_B.v1')] }),
    });
    const found = await (await fake.connect()).secrets({ names: ['prod_a.v1', 'prod_b.v1'] });
    expect(found.map(({ name }) => name)).toEqual(['prod_a.v1', 'Prod_B.v1']);
    expect(found[0]?.labels).toEqual({});
  });

  it('tasks newest first, by nanoseconds, zeros filled in', async () => {
    const task = (id: string, created: string, state: string, container?: object): object => ({
      ID: id,
      CreatedAt: created,
      ServiceID: 's',
      DesiredState: 'running',
      Spec: {
        ContainerSpec: { Image: 'i', Secrets: [{ SecretID: 'x', SecretName: 'n.v1', File: { Name: 'n' } }] },
        Unknown: [1],
      },
      Status: { State: state, Timestamp: created, ...(container === undefined ? {} : { ContainerStatus: container }) },
    });
    const fake = await fakeWith({
      'GET /tasks': () => ({
        json: [
          task('old', '2026-01-01T00:00:00.1Z', 'complete', { ContainerID: 'c', PID: 0 }),
          task('new', '2026-01-01T00:00:00.12Z', 'running', { ContainerID: 'c', ExitCode: 0 }),
          task('newest', '2026-01-01T00:00:00.120000001Z', 'rejected'),
        ],
      }),
    });
    const [newest, middle, old] = await (await fake.connect()).tasks({ stack: 'p', upToDate: true });
    expect([newest?.id, middle?.id, old?.id]).toEqual(['newest', 'new', 'old']);
    expect(newest).not.toHaveProperty('containerId');
    expect(middle).not.toHaveProperty('exitCode');
    expect(old).toMatchObject({
      exitCode: 0,
      containerId: 'c',
      nodeId: '',
      secrets: [{ id: 'x', name: 'n.v1', target: 'n' }],
      spec: { Unknown: [1] },
    });
    expect(old).not.toHaveProperty('slot');
    const { searchParams } = new URL(fake.seen[1]?.url ?? '', 'http://x');
    expect(JSON.parse(searchParams.get('filters') ?? '')).toEqual({
      label: ['com.docker.stack.namespace=p'],
      '_up-to-date': ['true'],
    });
  });

  it('services with what Go leaves out', async () => {
    const service = (name: string, spec: object): object => ({
      ID: name,
      Version: { Index: 3 },
      Spec: { Name: name, TaskTemplate: { ContainerSpec: {} }, ...spec },
    });
    const fake = await fakeWith({
      'GET /services': () => ({
        json: [
          service('zero', {
            Mode: { Replicated: { Replicas: 0 } },
            UpdateConfig: { Parallelism: 1, Monitor: 20e9 },
            TaskTemplate: { ContainerSpec: { TTY: true, StopGracePeriod: 0 } },
          }),
          service('global', {
            Mode: { Global: {} },
            EndpointSpec: { Ports: [{ TargetPort: 80, PublishMode: 'host' }] },
          }),
          service('job', { Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 4 } } }),
          service('jobs', { Mode: { GlobalJob: {} } }),
          service('plain', {}),
        ],
      }),
    });
    const [zero, global, job, jobs, plain] = await (await fake.connect()).services();
    expect(zero).toMatchObject({
      mode: { kind: 'replicated', replicas: 0 },
      tty: true,
      stopGraceSeconds: 0,
      updateMonitorSeconds: 20,
    });
    expect(global).toMatchObject({
      mode: { kind: 'global' },
      ports: [{ protocol: 'tcp', target: 80, published: 0, mode: 'host' }],
    });
    expect(job).toMatchObject({ mode: { kind: 'replicated-job', replicas: 4 } });
    expect(jobs).toMatchObject({ mode: { kind: 'global-job' } });
    expect(plain).toMatchObject({
      mode: { kind: 'replicated', replicas: 1 },
      tty: false,
      stopGraceSeconds: 10,
      updateMonitorSeconds: 5,
      labels: {},
      ports: [],
    });
    expect(plain?.spec).toEqual({ Name: 'plain', TaskTemplate: { ContainerSpec: {} } });
  });

  it('a job on each node: in the host’s network, with its directories for reading, and never made anew', async () => {
    const fake = await fakeWith({ 'POST /services/create': () => ({ json: { ID: 'job' } }) });
    const job = {
      name: 'x',
      labels: {},
      image: 'probe:1',
      command: ['true'],
      networks: ['host'],
      constraints: ['node.id != a'],
      secrets: [],
    };
    const volume = {
      source: 'x_data',
      target: '/data',
      labels: { a: 'b' },
      driver: { name: '', options: { type: 'nfs' } },
    };
    expect(
      await (
        await fake.connect()
      ).createJob({ ...job, eachNode: true, binds: [{ source: '/srv', target: '/seen' }], volumes: [volume] }),
    ).toBe('job');
    expect(JSON.parse(fake.seen.find(({ method }) => method === 'POST')?.body ?? '')).toMatchObject({
      Mode: { Global: {} },
      TaskTemplate: {
        ContainerSpec: {
          Mounts: [
            { Type: 'bind', Source: '/srv', Target: '/seen', ReadOnly: true },
            {
              ...{ Type: 'volume', Source: 'x_data', Target: '/data', ReadOnly: true },
              VolumeOptions: { Labels: { a: 'b' }, DriverConfig: { Name: '', Options: { type: 'nfs' } } },
            },
          ],
        },
        RestartPolicy: { Condition: 'none' },
        Networks: [{ Target: 'host' }],
        Placement: { Constraints: ['node.id != a'] },
      },
    });
  });

  it('an engine without a swarm', async () => {
    const fake = await fakeWith({
      'GET /info': () => ({
        json: {
          Name: 'h',
          ServerVersion: '20.10.24',
          Swarm: { NodeID: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '' },
        },
      }),
    });
    expect(await (await fake.connect()).info()).toEqual({
      systemTime: '',
      version: '20.10.24',
      apiVersion: '1.41',
      hostname: 'h',
      swarm: { state: 'inactive', manager: false, nodeId: '' },
    });
  });

  it('a container that is not here, and one that has ended', async () => {
    const fake = await fakeWith({
      'POST /containers/there/kill': () => ({ status: 204 }),
      'POST /containers/ended/kill': failing(409, 'Container ended is not running'),
    });
    const engine = await fake.connect();
    expect([
      await engine.killLocalContainer('there'),
      await engine.killLocalContainer('ended'),
      await engine.killLocalContainer('away'),
    ]).toEqual([true, true, false]);
  });

  it('ended containers of a stack go with their volumes that have no name', async () => {
    const fake = await fakeWith({
      'GET /containers/json': () => ({ json: [{ Id: 'ended' }] }),
      'DELETE /containers/ended': () => ({ status: 204 }),
    });
    await (await fake.connect()).removeLocalContainers({ stack: 'prod' });
    expect(fake.seen.find(({ method }) => method === 'DELETE')?.url).toMatch(/\/containers\/ended\?v=(1|true)$/);
  });

  it('36 requests at once, each with a connection, and none left after close', async () => {
    // None is answered before the last one has come.
    const open: ServerResponse[] = [];
    const fake = await fakeWith({
      'GET /nodes': (_seen, response) => {
        if (open.push(response) === 36) for (const one of open) one.end('[]');
      },
    });
    const engine = await fake.connect();
    expect(await Promise.all(Array.from({ length: 36 }, () => engine.nodes()))).toHaveLength(36);
    await engine.close();
  });
});

describe('task logs', () => {
  const logs = (
    write: (response: Parameters<Answer>[1]) => void,
    type = 'application/octet-stream',
  ): Record<string, Answer> => ({
    'GET /tasks/t/logs': (_seen, response) => {
      response.writeHead(200, { 'Content-Type': type });
      write(response);
    },
  });

  it('come as frames, the engine speaking included', async () => {
    const fake = await fakeWith(
      logs((response) => response.end(Buffer.concat([frame(1, 'out\n'), frame(3, 'node is away\n')]))),
    );
    const found = await collect((await fake.connect()).taskLogs('t', { tail: 5, timestamps: true }));
    expect(found.map(({ stream, data }) => [stream, data.toString()])).toEqual([
      ['stdout', 'out\n'],
      ['system', 'node is away\n'],
    ]);
    expect(fake.seen[1]?.url).toBe('/v1.41/tasks/t/logs?stdout=true&stderr=true&follow=false&timestamps=true&tail=5');
  });

  it('that swarm cannot fetch are read on the engine itself, where the container is', async () => {
    const away = logs((response) => response.end(frame(3, 'node n is not available\n')));
    const task = { 'GET /tasks/t': () => ({ json: { ID: 't', Status: { ContainerStatus: { ContainerID: 'c' } } } }) };
    const here: Record<string, Answer> = {
      'GET /containers/c/json': () => ({ json: {} }),
      'GET /containers/c/logs': (_seen, response) => {
        response.writeHead(200);
        response.end(frame(1, 'TLS: Enabled\n'));
      },
    };
    const texts = async (routes: Record<string, Answer>) =>
      (await collect((await (await fakeWith(routes)).connect()).taskLogs('t'))).map(({ data }) => data.toString());
    expect(await texts({ ...away, ...task, ...here })).toEqual(['TLS: Enabled\n']);
    expect(await texts({ ...away, ...task }), 'the container is elsewhere').toEqual(['node n is not available\n']);
  });

  it('of a terminal come as they are, by option or by the type a newer engine tells', async () => {
    const text = '{"looks": "like JSON"}\n';
    const old = await fakeWith(logs((response) => response.end(text)));
    expect((await collect((await old.connect()).taskLogs('t', { tty: true })))[0]?.data.toString()).toBe(text);
    const newer = await fakeWith(logs((response) => response.end(text), 'application/vnd.docker.raw-stream'));
    expect((await collect((await newer.connect()).taskLogs('t')))[0]?.data.toString()).toBe(text);
  });

  it('of a task that is not there', async () => {
    const fake = await fakeWith({ 'GET /tasks/t/logs': failing(404, 'task t not found') });
    expect(await errorOf(collect((await fake.connect()).taskLogs('t')))).toMatchObject({ code: 'engine-not-found' });
  });

  it('that are followed end quietly on abort, before the head, in silence, and between frames', async () => {
    const silent = await fakeWith({ 'GET /tasks/t/logs': () => undefined });
    const spoke = await fakeWith(
      logs((response) => response.write(Buffer.concat([frame(1, 'a'), frame(1, 'b'), frame(1, 'cut').subarray(0, 9)]))),
    );
    for (const [fake, frames] of [
      [silent, 0],
      [spoke, 2],
    ] as const) {
      const stop = new AbortController();
      const engine = await fake.connect();
      const heard: unknown[] = [];
      const asked = fake.seen.length;
      const reading = (async () => {
        for await (const each of engine.taskLogs('t', { follow: true, signal: stop.signal })) heard.push(each);
      })();
      while (fake.seen.length === asked || heard.length < frames) await sleep(5);
      // It waits for more.
      await sleep(20);
      stop.abort();
      await reading;
      expect(heard).toHaveLength(frames);
    }
    const stop = new AbortController();
    const found: string[] = [];
    for await (const { data } of (await spoke.connect()).taskLogs('t', { follow: true, signal: stop.signal })) {
      found.push(data.toString());
      stop.abort();
    }
    expect(found).toEqual(['a']);
    expect(await collect((await spoke.connect()).taskLogs('t', { signal: stop.signal }))).toEqual([]);
  });

  it('that are followed may be silent for long; those that are not may not', async () => {
    const fake = await fakeWith(
      logs((response) => {
        response.write(frame(1, 'a'));
        setTimeout(() => response.end(frame(1, 'b')), 2_500);
      }),
    );
    const engine = await fake.connect({ timeout: 1_000 });
    expect(await collect(engine.taskLogs('t', { follow: true }))).toHaveLength(2);
    expect(await errorOf(collect(engine.taskLogs('t')))).toMatchObject({
      code: 'engine-unreachable',
      details: { timeout: true },
    });
  });

  it('that are silent because the node is lost say so, followed or not, where the engine itself would hang', async () => {
    const node = (state: string): Record<string, Answer> => ({
      'GET /tasks/t': () => ({ json: { ID: 't', NodeID: 'n' } }),
      'GET /nodes/n': () => ({ json: { ID: 'n', Description: { Hostname: 'node2' }, Status: { State: state } } }),
    });
    const noHead = await (await fakeWith({ ...node('down'), 'GET /tasks/t/logs': () => undefined })).connect();
    const noBody = await (
      await fakeWith({ ...node('down'), ...logs((response) => response.flushHeaders()) })
    ).connect();
    const readings = [noHead, noBody].flatMap((engine) => [
      engine.taskLogs('t'),
      engine.taskLogs('t', { follow: true }),
    ]);
    for (const frames of await Promise.all(readings.map(collect))) {
      expect(frames.map(({ stream, data }) => `${stream}: ${data.toString()}`)).toEqual([
        'system: node node2 (n) is down: its logs cannot be read\n',
      ]);
    }

    const quiet = await (
      await fakeWith({
        ...node('ready'),
        ...logs((response) => void setTimeout(() => response.end(frame(1, 'late')), 2300)),
      })
    ).connect();
    expect((await collect(quiet.taskLogs('t', { follow: true }))).map(({ data }) => data.toString())).toEqual(['late']);
  });

  it('that break off are an error, and a reader that has enough closes the connection', async () => {
    const broken = await fakeWith(
      logs((response) => {
        response.write(frame(1, 'a'));
        setTimeout(() => response.destroy(), 20);
      }),
    );
    expect((await errorOf(collect((await broken.connect()).taskLogs('t', { follow: true })))).code).toBe(
      'engine-unreachable',
    );

    let closed = false;
    const endless = await fakeWith(
      logs((response) => {
        const timer = setInterval(() => response.write(frame(1, 'x')), 5);
        response.on('close', () => {
          closed = true;
          clearInterval(timer);
        });
      }),
    );
    for await (const _ of (await endless.connect()).taskLogs('t', { follow: true })) break;
    await expect.poll(() => closed, { timeout: 60_000 }).toBe(true);
  });
});

describe('what is kept of the environment', () => {
  it('nothing, in the address', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'home-'));
    const fake = await fakeWith();
    const engine = await connect(
      await resolveEngine({ env: { SECRET: 'x', DOCKER_HOST: `unix://${fake.socket}` }, home: dir }),
    );
    expect(engine.address).toEqual({ url: `unix://${fake.socket}`, source: 'DOCKER_HOST' });
    await engine.close();
    await rm(dir, { recursive: true });
  });
});
