/** The engine adapter against real engines: what a fake one would only repeat of what we believe. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skeleton } from '../../scripts/images/recipes/skeleton.ts';
import { patientLab } from '../../scripts/lab/asked-again.ts';
import { down, type Lab, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, LogFrame, SwarmTask } from '../../src/engine/port.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('engine');
const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`\n*** SKIPPED, the engine adapter on real engines: ${why} ***\n\n`);

/** Every message of the engine is a frame. */
async function read(frames: AsyncIterable<LogFrame>): Promise<{ stream: string; text: string }[]> {
  return (await collect(frames)).map(({ stream, data }) => ({ stream, text: data.toString('utf8').trimEnd() }));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

await takeTurn();

describe.skipIf(why !== undefined)(`real engines${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  let engine: Engine;
  let image: string;

  const connectTo = async (host: string, onSlow: (text: string) => void = () => undefined): Promise<Engine> =>
    connect(await resolveEngine({ host: lab.host(host).socket, env: { ...process.env, ...lab.env(host) } }), {
      onSlow,
    });

  beforeAll(async () => {
    await down(ID);
    lab = patientLab(await up({ id: ID, engine: testEngine(), hosts: 2 }));
    // One manager, so that the swarm survives node 2.
    await lab.docker('node1', ['node', 'demote', 'node2']);
    image = await lab.importRootfs((await skeleton(() => undefined)).file, 'busybox:1');
    engine = await connectTo('node1');
  });
  afterAll(async () => {
    await engine?.close();
    await down(ID);
  });

  /** Two services: one on each node with framed logs, and one terminal. */
  const stack = (word: string): string => `version: "3.8"
services:
  everywhere:
    image: ${image}
    command: ["sh", "-c", "echo out ${word} $$WORD; echo err ${word} >&2; trap 'exit 0' TERM; while :; do sleep 0.2; done"]
    environment: { WORD: "\${WORD:?is needed}" }
    stop_grace_period: 25s
    secrets: [{ source: key, target: tls/key.pem, mode: 0400 }]
    volumes: ["scratch:/scratch"]
    networks: [net]
    deploy: { mode: global, endpoint_mode: dnsrr, update_config: { monitor: 1s } }
  terminal:
    image: ${image}
    tty: true
    stop_grace_period: 1s
    command: ["sh", "-c", "echo '{\\"json\\": \\"${word}\\"}'; exec sleep 1000"]
    ports: [{ target: 80, published: 8080, protocol: tcp, mode: host }]
    deploy: { replicas: 1, endpoint_mode: dnsrr, placement: { constraints: ["node.hostname==node1"] } }
secrets: { key: { external: true, name: probe_key.v1 } }
networks: { net: { driver: overlay } }
volumes: { scratch: {} }
`;

  async function untilRunning(count: number): Promise<SwarmTask[]> {
    for (const started = performance.now(); ; await sleep(100)) {
      const tasks = (await engine.tasks({ stack: 'probe', upToDate: true })).filter((task) => task.state === 'running');
      if (tasks.length === count) return tasks;
      if (performance.now() - started > 120_000)
        throw new Error(`not running: ${JSON.stringify(tasks.map(({ state, error }) => ({ state, error })))}`);
    }
  }

  it('says what it is, and a worker that it is no manager', async () => {
    expect(await engine.info()).toMatchObject({
      hostname: 'node1',
      swarm: { state: 'active', manager: true, managers: 1, autolock: false },
    });
    const worker = await connectTo('node2');
    const info = await worker.info();
    expect(info.swarm).toEqual({ state: 'active', manager: false, nodeId: info.swarm.nodeId });
    await expect(worker.nodes()).rejects.toMatchObject({
      code: 'engine-not-manager',
      message: expect.stringContaining('not a swarm manager') as string,
    });
    await worker.close();
  });

  it('labels nodes, though two write at once, and keeps what was there', async () => {
    const nodes = await engine.nodes();
    expect(
      nodes
        .map(({ hostname, role, leader, votes, state }) => ({ hostname, role, leader, votes, state }))
        .sort((a, b) => a.hostname.localeCompare(b.hostname)),
    ).toEqual([
      { hostname: 'node1', role: 'manager', leader: true, votes: true, state: 'ready' },
      { hostname: 'node2', role: 'worker', leader: false, votes: false, state: 'ready' },
    ]);
    const node = nodes.find(({ hostname }) => hostname === 'node2');
    if (node === undefined) throw new Error('no node2');
    expect(node.address).toBe(lab.host('node2').address);
    await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        engine.updateNodeLabels(node.id, { add: { [`bundle.probe.${String(i)}`]: 'true' } }),
      ),
    );
    await engine.updateNodeLabels(node.id, { remove: ['bundle.probe.0', 'never-there'] });
    const after = (await engine.nodes()).find(({ id }) => id === node.id);
    expect(after?.labels).toEqual({
      ...node.labels,
      ...Object.fromEntries([1, 2, 3, 4].map((i) => [`bundle.probe.${String(i)}`, 'true'])),
    });
    expect(after).toMatchObject({ availability: node.availability, role: 'worker' });
  });

  it('keeps secrets', async () => {
    const id = await engine.createSecret({
      name: 'probe_key.v1',
      labels: { 'bundle.stack': 'probe' },
      data: Buffer.from('never to be seen'),
    });
    await engine.createSecret({ name: 'probe_key.v10', labels: { 'bundle.stack': 'other' }, data: Buffer.from('x') });
    expect(await engine.secrets({ stack: 'probe' })).toMatchObject([
      { id, name: 'probe_key.v1', labels: { 'bundle.stack': 'probe' } },
    ]);
    await engine.updateSecretLabels(id, { 'bundle.stack': 'probe', 'bundle.kind': 'key' });
    expect(await engine.secrets({ names: ['PROBE_KEY.v1'] })).toMatchObject([
      { name: 'probe_key.v1', labels: { 'bundle.stack': 'probe', 'bundle.kind': 'key' } },
    ]);
    const twice = await engine
      .createSecret({ name: 'Probe_Key.V1', labels: {}, data: Buffer.from('never to be seen') })
      .catch((error: unknown) => error);
    expect(twice).toMatchObject({
      code: 'engine-conflict',
      message: expect.stringContaining('already exists') as string,
    });
    await expect(
      engine.createSecret({ name: 'probe_big', labels: {}, data: Buffer.alloc(600_000) }),
    ).rejects.toMatchObject({ code: 'engine-error' });
  });

  let deployedAt = 0;
  it('deploys a stack through the docker CLI, and sees it', async () => {
    const lines: string[] = [];
    deployedAt = Date.now();
    await engine.deployStack('probe', stack('one'), {
      env: { WORD: 'by-environment' },
      onLine: (line) => lines.push(line),
    });
    expect(lines).toContain('Creating service probe_everywhere');
    const services = await engine.services({ stack: 'probe' });
    expect(services.map(({ name }) => name).sort()).toEqual(['probe_everywhere', 'probe_terminal']);
    expect(services.find(({ name }) => name === 'probe_everywhere')).toMatchObject({
      mode: { kind: 'global' },
      stopGraceSeconds: 25,
      updateMonitorSeconds: 1,
      tty: false,
      ports: [],
    });
    expect(services.find(({ name }) => name === 'probe_terminal')).toMatchObject({
      mode: { kind: 'replicated', replicas: 1 },
      stopGraceSeconds: 1,
      tty: true,
      ports: [{ protocol: 'tcp', target: 80, published: 8080, mode: 'host' }],
    });
    const tasks = await untilRunning(3);
    const { id } = (await engine.secrets({ stack: 'probe' }))[0] ?? { id: '' };
    for (const task of tasks.filter(({ slot }) => slot === undefined))
      expect(task.secrets).toEqual([{ id, name: 'probe_key.v1', target: 'tls/key.pem' }]);
    await expect(engine.removeSecret(id)).rejects.toMatchObject({ code: 'engine-conflict' });
    expect((await engine.networks({ stack: 'probe' })).map(({ name }) => name).sort()).toEqual([
      'probe_default',
      'probe_net',
    ]);
    expect((await engine.localVolumes({ stack: 'probe' })).map(({ name }) => name)).toEqual(['probe_scratch']);
    expect(await engine.configs({ stack: 'probe' })).toEqual([]);
  });

  it('fails with the words of the docker CLI', async () => {
    await expect(engine.deployStack('probe', stack('x'))).rejects.toMatchObject({
      code: 'deploy-failed',
      message: expect.stringContaining('is needed') as string,
    });
    await expect(
      engine.deployStack('probe', 'version: "3.8"\nservices: {a: {image: x, nonsense: 1}}\n'),
    ).rejects.toThrow(/nonsense/);
  });

  it('reads logs by task, framed and of a terminal, once and following', async () => {
    const tasks = await untilRunning(3);
    const everywhere = tasks.filter(({ slot }) => slot === undefined);
    for (const task of everywhere) {
      const lines = await read(engine.taskLogs(task.id, { timestamps: true }));
      expect(lines.map(({ stream, text }) => `${stream}: ${text.replace(/^\S+ /, '')}`).sort()).toEqual([
        'stderr: err one',
        'stdout: out one by-environment',
      ]);
      for (const { text } of lines) expect(Date.parse(text.split(' ')[0] ?? '')).toBeGreaterThan(deployedAt);
    }
    const terminal = tasks.find(({ slot }) => slot === 1);
    expect(await read(engine.taskLogs(terminal?.id ?? '', { tty: true }))).toEqual([
      { stream: 'stdout', text: '{"json": "one"}' },
    ]);

    const stop = new AbortController();
    const followed: LogFrame[] = [];
    for await (const line of engine.taskLogs(everywhere[0]?.id ?? '', { follow: true, signal: stop.signal }))
      if (followed.push(line) === 2) stop.abort();
    expect(followed).toHaveLength(2);
    await expect(collect(engine.taskLogs('nosuchtask'))).rejects.toMatchObject({ code: 'engine-not-found' });
  });

  it('tells new tasks from old', async () => {
    const before = await untilRunning(3);
    await engine.deployStack('probe', stack('two'), { env: { WORD: 'x' } });
    for (const started = performance.now(); performance.now() - started < 120_000; await sleep(100)) {
      const tasks = await engine.tasks({ stack: 'probe', upToDate: true });
      expect(tasks.filter((task) => before.some(({ id }) => id === task.id))).toEqual([]);
      if (tasks.filter(({ state }) => state === 'running').length === 3) break;
    }
    const service = (await engine.services({ stack: 'probe' })).find(({ name }) => name === 'probe_terminal');
    const [newest, old] = await engine.tasks({ serviceId: service?.id ?? '' });
    expect(newest?.state).toBe('running');
    expect(before.map(({ id }) => id)).toContain(old?.id);
    expect(newest?.spec).not.toEqual(old?.spec);
  });

  it('replaces tasks whose spec stays', async () => {
    const service = (await engine.services({ stack: 'probe' })).find(({ name }) => name === 'probe_terminal');
    if (service === undefined) throw new Error('no service');
    const [old] = await engine.tasks({ serviceId: service.id });
    await engine.replaceTasks(service);
    // What was read of it by then has another version.
    await engine.replaceTasks(service);
    for (const started = performance.now(); performance.now() - started < 120_000; await sleep(100)) {
      const [newest] = await engine.tasks({ serviceId: service.id });
      if (newest?.state === 'running' && newest.id !== old?.id) break;
    }
    const [newest] = await engine.tasks({ serviceId: service.id });
    expect(newest).toMatchObject({ state: 'running', slot: old?.slot, image: old?.image });
    expect(newest?.id).not.toBe(old?.id);
  });

  it('asks a registry, and gives its words', async () => {
    expect(await engine.imageInRegistry(image)).toEqual({
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      platforms: [{ os: 'linux', architecture: 'amd64' }],
    });
    await expect(engine.imageInRegistry(`${image}.nowhere`)).rejects.toMatchObject({
      code: 'engine-not-found',
      message: expect.stringContaining('manifest unknown') as string,
    });
    const nobody = lab.registry.replace(/:\d+$/, ':1');
    await expect(engine.imageInRegistry(`${nobody}/x:1`)).rejects.toThrow(/connection refused/);
  });

  it('says that a node is away, where its engine died and where it was cut off', async () => {
    const away = (await engine.nodes()).find(({ hostname }) => hostname === 'node2');
    const task = (await untilRunning(3)).find(({ nodeId }) => nodeId === away?.id);
    const log = (follow: boolean) => read(engine.taskLogs(task?.id ?? '', { follow }));

    // The swarm still holds the connection, so the log request would hang for minutes after a power loss.
    await lab.kill('node2');
    while ((await engine.nodes()).find(({ id }) => id === away?.id)?.state !== 'down') await sleep(100);
    const started = performance.now();
    const cutOff = [{ stream: 'system', text: `node node2 (${away?.id ?? ''}) is down: its logs cannot be read` }];
    expect(await Promise.all([log(false), log(true)])).toEqual([cutOff, cutOff]);
    expect(performance.now() - started).toBeLessThan(30_000);

    await lab.start('node2');
    while ((await engine.nodes()).find(({ id }) => id === away?.id)?.state !== 'ready') await sleep(100);
    const pids = await lab.onHost('node2', [
      'sh',
      '-c',
      'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = dockerd ] && echo ${p#/proc/}; done; true',
    ]);
    // The host ends with its engine, and so may this command itself.
    await lab.onHost('node2', ['kill', '-9', pids.stdout.trim()], { check: false });
    // Here the engine has its say, at once.
    expect(await log(false)).toMatchObject([
      {
        stream: 'system',
        text: expect.stringMatching(/^Error grabbing logs: .*logs could not be retrieved/) as string,
      },
    ]);
  });

  it('kills a container here, and finds tasks whose service is gone', async () => {
    const namespace = 'com.docker.stack.namespace=probe';
    // It ends by nothing but the kill.
    const stubborn = "trap '' TERM; while :; do sleep 0.2; done";
    await lab.docker('node1', [
      ...['service', 'create', '--detach', '--name', 'probe_stubborn', '--label', namespace],
      ...['--container-label', namespace, '--constraint', 'node.hostname==node1', '--stop-grace-period', '5m'],
      ...[image, 'sh', '-c', stubborn],
    ]);
    const service = (await engine.services({ stack: 'probe' })).find(({ name }) => name === 'probe_stubborn');
    const serviceId = service?.id ?? '';
    const newest = async (): Promise<SwarmTask | undefined> => (await engine.tasks({ serviceId }))[0];
    await expect.poll(newest, { timeout: 120_000 }).toMatchObject({ state: 'running' });
    const { id, containerId = '' } = (await newest()) as SwarmTask;

    await engine.removeService(serviceId);
    expect((await engine.services({ stack: 'probe' })).map(({ id: each }) => each)).not.toContain(serviceId);
    const ofStack = async (): Promise<SwarmTask | undefined> =>
      (await engine.tasks({ stack: 'probe' })).find((task) => task.id === id);
    await expect
      .poll(ofStack, { timeout: 120_000 })
      .toMatchObject({ state: 'running', desiredState: 'remove', containerId });
    expect((await engine.tasks({ serviceId })).map((task) => task.id)).toEqual([id]);

    const listed = async (): Promise<string> => (await lab.docker('node1', ['ps', '--quiet', '--no-trunc'])).stdout;
    expect(await listed()).toContain(containerId);
    expect(await engine.killLocalContainer('0123456789ab')).toBe(false);
    expect(await engine.killLocalContainer(containerId)).toBe(true);
    await expect.poll(listed, { timeout: 120_000 }).not.toContain(containerId);
  });

  it('removes what is left', async () => {
    for (const { id } of await engine.services({ stack: 'probe' })) await engine.removeService(id);
    const [left] = (
      await lab.docker('node1', [
        'create',
        '--label',
        'com.docker.stack.namespace=probe',
        '--volume',
        'probe_scratch:/scratch',
        image,
        'true',
      ])
    ).stdout
      .trim()
      .split('\n')
      .slice(-1);
    for (const network of await engine.networks({ stack: 'probe' })) {
      // Refused until the last task has gone; node 2 is dead and never tells.
      await engine
        .removeNetwork(network.id)
        .catch((error: unknown) => expect(error).toMatchObject({ code: 'engine-conflict' }));
    }
    for (const { id } of await engine.secrets({ stack: 'probe' })) await engine.removeSecret(id);
    expect(await engine.secrets({ names: ['probe_key.v1'] })).toEqual([]);
    await expect(engine.removeSecret('nosuchsecret')).rejects.toMatchObject({ code: 'engine-not-found' });
    await expect(engine.removeLocalVolume('probe_scratch')).rejects.toMatchObject({ code: 'engine-conflict' });
    await engine.removeLocalContainers({ stack: 'probe' });
    expect((await lab.docker('node1', ['ps', '--all', '--quiet', '--no-trunc'])).stdout).not.toContain(left);
    for (const started = performance.now(); performance.now() - started < 60_000; await sleep(200)) {
      const removed = await engine.removeLocalVolume('probe_scratch').then(
        () => true,
        (error: { code?: string }) => error.code !== 'engine-conflict',
      );
      if (removed) break;
    }
    expect(await engine.localVolumes({ stack: 'probe' })).toEqual([]);
  });

  it('waits for word from nodes of which a manager that became the leader knows nothing yet', async () => {
    const states = async (heardOf: boolean): Promise<string[]> =>
      (await engine.nodes({ heardOf })).map(({ hostname, state }) => `${hostname} ${state}`);
    // The swarm calls a node down that has not reported to a new leader within six of them: not while it is asked here.
    await lab.docker('node1', ['swarm', 'update', '--dispatcher-heartbeat', '10s']);
    // Its engine is dead by now.
    await lab.kill('node2');
    await lab.start('node2');
    await expect.poll(() => states(false), { timeout: 180_000 }).toContain('node2 ready');
    await engine.close();
    // It would give word of itself before it is asked for.
    const goOn = lab.pause('node2');
    const told: string[] = [];
    try {
      await lab.kill('node1');
      await lab.start('node1');
      engine = await connectTo('node1', (text) => told.push(text));
      await expect.poll(() => states(false), { timeout: 180_000, interval: 20 }).toContain('node2 unknown');
      expect(told.join()).not.toContain('word from');
      expect(await states(true)).not.toContain('node2 down');
    } finally {
      goOn();
    }
    expect(told.join()).toMatch(/word from .*node2.* since the managers elected a leader, no longer than 10 s/);
  });
});
