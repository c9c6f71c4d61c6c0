import { afterEach, describe, expect, it } from 'vitest';
import { collect, fakeEngine, frame, type Answer, type FakeEngine } from './fake-engine.ts';

const open: FakeEngine[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});
async function fakeWith(routes: Record<string, Answer>): Promise<FakeEngine> {
  const fake = await fakeEngine(routes);
  open.push(fake);
  return fake;
}

const INSPECTED = {
  Id: 'c1',
  Name: '/prod_a',
  Created: '2026-01-01T00:00:00Z',
  RestartCount: 2,
  State: {
    Status: 'running',
    StartedAt: '2026-01-01T00:00:01Z',
    FinishedAt: '2026-01-01T00:00:00.9Z',
    ExitCode: 0,
    Error: '',
    Health: { Status: 'healthy' },
  },
  Config: { Image: 'image:1', Tty: false, Env: ['A=b'], Labels: { 'bundle.stack': 'prod' } },
  HostConfig: {
    NetworkMode: 'prod_net',
    ExtraHosts: ['b:10.0.0.2'],
    LogConfig: { Type: 'json-file', Config: { 'max-file': '5' } },
  },
  Mounts: [{ Type: 'bind', Source: '/s', Destination: '/t' }],
  NetworkSettings: {
    Ports: {
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
      '81/tcp': null,
    },
    Networks: { prod_net: { IPAddress: '172.18.0.2' } },
  },
};
const JOB = {
  name: 'job',
  labels: { x: 'y' },
  image: 'probe:1',
  command: ['sh'],
  network: 'host',
  extraHosts: ['b:10.0.0.2'],
  files: [{ source: '/s', target: '/t' }],
};

describe('containers', () => {
  it('are read as the engine has them; one that is removed meanwhile is left out', async () => {
    const fake = await fakeWith({
      'GET /containers/json': () => ({ json: [{ Id: 'c1' }, { Id: 'gone' }] }),
      'GET /containers/c1/json': () => ({ json: INSPECTED }),
    });
    expect(await (await fake.connect()).containers({ stack: 'prod' })).toEqual([
      {
        id: 'c1',
        name: 'prod_a',
        labels: { 'bundle.stack': 'prod' },
        image: 'image:1',
        createdAt: '2026-01-01T00:00:00Z',
        startedAt: '2026-01-01T00:00:01Z',
        finishedAt: '2026-01-01T00:00:00.9Z',
        restarts: 2,
        status: 'running',
        health: 'healthy',
        exitCode: 0,
        error: '',
        tty: false,
        env: ['A=b'],
        logDriver: { name: 'json-file', options: { 'max-file': '5' } },
        network: 'prod_net',
        address: '172.18.0.2',
        extraHosts: ['b:10.0.0.2'],
        ports: [{ protocol: 'tcp', target: 80, published: 8080, mode: 'host' }],
        mounts: [{ type: 'bind', source: '/s', target: '/t' }],
      },
    ]);
    expect(decodeURIComponent(fake.seen.find(({ url }) => url.includes('/containers/json'))?.url ?? '')).toContain(
      '{"label":["bundle.stack=prod"]}',
    );
  });

  it('have never ended if Go’s zero time says so', async () => {
    const State = { ...INSPECTED.State, FinishedAt: '0001-01-01T00:00:00Z' };
    const fake = await fakeWith({
      'GET /containers/json': () => ({ json: [{ Id: 'c1' }] }),
      'GET /containers/c1/json': () => ({ json: { ...INSPECTED, State } }),
    });
    const [container] = await (await fake.connect()).containers({ stack: 'prod' });
    expect(container).not.toHaveProperty('finishedAt');
  });

  it('a job’s image is pulled where it is missing', async () => {
    let pulled = false;
    const fake = await fakeWith({
      'POST /containers/create': () =>
        pulled ? { status: 201, json: { Id: 'j1' } } : { status: 404, json: { message: 'No such image: probe:1' } },
      'POST /images/create': () => ((pulled = true), { json: { status: 'done' } }),
      'POST /containers/j1/start': () => ({ status: 204 }),
    });
    expect(await (await fake.connect()).startContainerJob(JOB)).toBe('j1');
    const body = JSON.parse(fake.seen.find(({ url }) => url.includes('/containers/create'))?.body ?? '') as object;
    expect(body).toMatchObject({
      Image: 'probe:1',
      Entrypoint: ['sh'],
      HostConfig: { NetworkMode: 'host', Mounts: [{ Type: 'bind', Source: '/s', Target: '/t', ReadOnly: true }] },
    });
  });

  it.each([
    ['probe', 'probe:latest'],
    ['reg:5000/probe', 'reg:5000/probe:latest'],
    ['probe:1', 'probe:1'],
    [`probe@sha256:${'a'.repeat(64)}`, `probe@sha256:${'a'.repeat(64)}`],
  ])('of %s one image is pulled, never all that the repository has', async (image, pulled) => {
    let there = false;
    const fake = await fakeWith({
      'POST /containers/create': () => (there ? { status: 201, json: { Id: 'j1' } } : { status: 404, json: {} }),
      'POST /images/create': () => ((there = true), { json: { status: 'done' } }),
      'POST /containers/j1/start': () => ({ status: 204 }),
    });
    await (await fake.connect()).startContainerJob({ ...JOB, image });
    const asked = fake.seen.filter(({ url }) => url.includes('/images/create'));
    expect(asked.map(({ url }) => new URL(url, 'http://engine').searchParams.get('fromImage'))).toEqual([pulled]);
  });

  it('a connection that breaks in the middle of a pull is the engine’s trouble', async () => {
    const fake = await fakeWith({
      'POST /containers/create': () => ({ status: 404, json: {} }),
      'POST /images/create': (_seen, response) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.write('{"status":"Pulling fs layer"}\n', () => response.destroy());
      },
    });
    await expect((await fake.connect()).startContainerJob(JOB)).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('cannot pull probe:1: no engine answers at unix://') as string,
    });
  });

  it('a pull that fails says why; a job that does not start leaves nothing', async () => {
    const missing = await fakeWith({
      'POST /containers/create': () => ({ status: 404, json: { message: 'No such image' } }),
      'POST /images/create': () => ({ json: { error: 'manifest unknown' } }),
    });
    await expect((await missing.connect()).startContainerJob(JOB)).rejects.toThrow(
      'cannot pull probe:1: manifest unknown',
    );
    const stuck = await fakeWith({
      'POST /containers/create': () => ({ status: 201, json: { Id: 'j1' } }),
      'POST /containers/j1/start': () => ({ status: 500, json: { message: 'no space' } }),
      'DELETE /containers/j1': () => ({ status: 204 }),
    });
    await expect((await stuck.connect()).startContainerJob(JOB)).rejects.toThrow('no space');
    expect(stuck.seen.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('force=true') as string });
  });

  it('a log is read from the container itself; the swarm is not asked', async () => {
    const fake = await fakeWith({
      'GET /containers/c1/logs': (_seen, response) => void response.end(frame(1, 'hello\n')),
    });
    expect(
      (await collect((await fake.connect()).containerLogs('c1', { since: '2026-01-01T00:00:01Z' }))).map(({ data }) =>
        data.toString(),
      ),
    ).toEqual(['hello\n']);
    expect(fake.seen.at(-1)?.url).toContain('since=1767225601.000');
    expect(fake.seen.some(({ url }) => url.includes('/tasks'))).toBe(false);
  });
});
