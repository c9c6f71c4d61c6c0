import { request as httpRequest } from 'node:http';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call } from '../../../scripts/images/simulator/common/http.ts';
import { Bench, freeOffset, makeAuthority, type Simulator } from '../../unit/images/support.ts';

const TOKEN = 'c2VjcmV0IHRva2VuIG9mIHRoZSB0ZXN0cyE=';

let bench: Bench;
let ca: { cert: string; key: string };
let material: Record<string, string>;
let store: Record<string, string>;

beforeAll(async () => {
  bench = await Bench.create();
  ca = makeAuthority();
  material = {
    IMPLY_MANAGER_CA_CERT_PATH: bench.file('ca.crt', ca.cert),
    IMPLY_MANAGER_CA_KEY_PATH: bench.file('ca.key', ca.key),
    SIMULATOR_AUTH_TOKEN_PATH: bench.file('token', `${TOKEN}\n`),
  };
  store = {
    IMPLY_MANAGER_STORE_TYPE: 'postgresql',
    IMPLY_MANAGER_STORE_HOST: '127.0.0.1',
    IMPLY_MANAGER_STORE_PORT: String(await bench.store()),
    IMPLY_MANAGER_STORE_USER: 'imply',
    IMPLY_MANAGER_STORE_PASSWORD: 'p@ss w0rd',
    IMPLY_MANAGER_STORE_DATABASE: 'imply_manager',
  };
});
afterAll(() => bench.close());

/** A manager that serves; heartbeats are quick so that tests are. */
async function startManager(
  env: Record<string, string>,
): Promise<{ simulator: Simulator; offset: number; backEnd: number }> {
  const offset = await freeOffset();
  const simulator = bench.start('manager', {
    SIMULATOR_PORT_OFFSET: String(offset),
    SIMULATOR_HEARTBEAT: '0.2',
    ...store,
    ...env,
  });
  await simulator.says('serving HTTP');
  return { simulator, offset, backEnd: 9989 + offset };
}

async function startAgent(backEnd: number, env: Record<string, string>): Promise<Simulator> {
  const offset = await freeOffset();
  return bench.start('agent', {
    IMPLY_MANAGER_HOST: 'localhost',
    IMPLY_MANAGER_BE_PORT: String(backEnd),
    IMPLY_MANAGER_AGENT_CLUSTER: 'default',
    IMPLY_MANAGER_AGENT_NODE_TYPE: 'query',
    druid_common_runtime_druid_host: '127.0.0.1',
    SIMULATOR_PORT_OFFSET: String(offset),
    SIMULATOR_STATE_ROOT: bench.dir,
    ...env,
  });
}

describe('a manager that ends', () => {
  it.each([
    [
      'the certificate stored as the key',
      () => ({ IMPLY_MANAGER_CA_KEY_PATH: material['IMPLY_MANAGER_CA_CERT_PATH'] ?? '' }),
      /no PEM private key in it/,
    ],
    [
      'a certificate without its key',
      () => ({ IMPLY_MANAGER_CA_KEY_PATH: '/nonexistent/key' }),
      /give both or neither/,
    ],
  ])('because of %s never says that TLS is enabled', async (_what, fault, why) => {
    const manager = bench.start('manager', { ...material, ...store, ...fault() });
    expect(await manager.ended).toBe(1);
    expect(manager.output).toMatch(why);
    expect(manager.output).not.toContain('TLS: Enabled');
  });

  it('for lack of a store has said it already', async () => {
    const manager = bench.start('manager', material);
    expect(await manager.ended).toBe(1);
    expect(manager.output).toMatch(/^SIMULATOR of the manager contract, version 1: .*not Imply software/);
    expect(manager.output).toContain('TLS: Enabled');
    expect(manager.output).toMatch(/FATAL the metadata store needs IMPLY_MANAGER_STORE_TYPE/);
  });

  it('prints what it was given, when asked to, but only then', async () => {
    const leaky = bench.start('manager', {
      ...material,
      ...store,
      SIMULATOR_FAULTS: 'print-environment,crash-before-lines',
      SIMULATOR_EXIT_CODE: '42',
    });
    expect(await leaky.ended).toBe(42);
    expect(leaky.output).toContain('IMPLY_MANAGER_STORE_PASSWORD=p@ss w0rd');
    expect(leaky.output).toContain('password=p%40ss%20w0rd');
    expect(leaky.output).toContain(Buffer.from(`imply:${TOKEN}`).toString('base64'));
    expect(leaky.output).not.toContain('Enabled');
  });

  it('when its store stays away and its patience is limited', async () => {
    const manager = bench.start('manager', { ...store, IMPLY_MANAGER_STORE_PORT: '1', SIMULATOR_STORE_ATTEMPTS: '2' });
    expect(await manager.ended).toBe(1);
    expect(manager.output).toMatch(/ECONNREFUSED.*giving up after 2 attempts/);
  });
});

describe('with TLS and a token', () => {
  let manager: Awaited<ReturnType<typeof startManager>>;
  const secure = (): { ca: string } => ({ ca: ca.cert });
  const agents = async (): Promise<{ name: string; state: string; checks: Record<string, string> }[]> =>
    (
      (
        await call({ host: 'localhost', port: manager.backEnd, tls: secure() }, 'GET', '/simulator/v1/agents', {
          token: TOKEN,
        })
      ).body as { agents: never[] }
    ).agents;

  beforeAll(async () => {
    manager = await startManager({
      ...material,
      IMPLY_MANAGER_LICENSE_KEY: '',
      IMPLY_MANAGER_HOSTNAMES: 'imply-manager',
    });
  });

  it('says so, and that it runs as a trial', () => {
    expect(manager.simulator.output).toContain('TLS: Enabled');
    expect(manager.simulator.output).toContain('Authentication: Enabled');
    expect(manager.simulator.output).toContain('trial');
    for (const secret of [TOKEN, 'p@ss w0rd']) expect(manager.simulator.output).not.toContain(secret);
  });

  it('answers for its health to everyone, and under TLS 1.2 and newer alone', async () => {
    const port = 9097 + manager.offset;
    expect((await call({ host: 'localhost', port, tls: secure() }, 'GET', '/health')).status).toBe(200);
    await expect(call({ host: 'localhost', port }, 'GET', '/health')).rejects.toThrow();
    await expect(plain(manager.backEnd)).rejects.toThrow();
    await expect(handshake(port, 'TLSv1.1')).rejects.toThrow();
    expect(await handshake(port, 'TLSv1.2')).toContain('DNS:imply-manager');
  });

  it('asks for the token on its back end', async () => {
    const ask = (token?: string): Promise<Answer> =>
      call({ host: 'localhost', port: manager.backEnd, tls: secure() }, 'POST', '/manager/v1/action', {
        token,
        body: { type: 'describeCluster', clusterId: 'default' },
      });
    expect((await ask()).status).toBe(401);
    expect((await ask('another')).status).toBe(401);
    expect((await ask(TOKEN)).body).toEqual({ info: { id: 'default', state: 'CLUSTER_STOPPED' } });
  });

  it.each([
    [
      'another CA',
      () => ({ IMPLY_MANAGER_CA_CERT_PATH: bench.file('other.crt', makeAuthority().cert) }),
      /cannot register with manager .*(signature|issuer|self-signed)/,
    ],
    [
      'another token',
      () => ({ SIMULATOR_AUTH_TOKEN_PATH: bench.file('other-token', 'another') }),
      /cannot register with manager .*the token is refused \(401\)/,
    ],
    ['no token', () => ({ SIMULATOR_AUTH_TOKEN_PATH: '/nonexistent/token' }), /the token is refused \(401\)/],
    ['no CA', () => ({ IMPLY_MANAGER_CA_CERT_PATH: '/nonexistent/ca' }), /cannot register with manager/],
    // Resolves to loopback as localhost does, but is not in the certificate.
    [
      'a name that is not in the certificate',
      () => ({ IMPLY_MANAGER_HOST: 'other.localhost', NODE_OPTIONS: resolvingTo('other.localhost') }),
      /does not match certificate's altnames/,
    ],
  ])('never lets an agent with %s register', async (_what, fault, why) => {
    const agent = await startAgent(manager.backEnd, {
      ...material,
      IMPLY_MANAGER_CA_KEY_PATH: '/nonexistent/key',
      ...fault(),
    });
    await agent.says('trying again in 500 ms');
    expect(agent.output).toMatch(why);
    expect(agent.output).not.toContain('now registered');
    expect(await agents()).toEqual([]);
    await agent.stop('SIGKILL');
  });

  it('takes an agent with the right ones, calls it back, and has it serve when the cluster runs', async () => {
    const agent = await startAgent(manager.backEnd, material);
    await agent.says('now registered with manager');
    expect(agent.output).toContain('TLS: Enabled');
    expect(agent.output).toContain('Authentication: Enabled');
    expect(agent.output).toMatch(/!!!.*private key .* is readable in an agent/);
    await manager.simulator.says('(query, 127.0.0.1:');
    expect((await agents()).map(({ state, checks }) => [state, checks])).toEqual([['registered', expect.anything()]]);

    const check = {
      SIMULATOR_STATE_ROOT: bench.dir,
      IMPLY_MANAGER_HOST: 'localhost',
      IMPLY_MANAGER_BE_PORT: String(manager.backEnd),
      ...material,
    };
    expect(await bench.start('readiness-check', check).ended).toBe(1);
    // Down, but not supposed to run: healthy.
    expect(await bench.start('check-health', check, ['-c', 'default', '-s']).ended).toBe(0);
    expect(await bench.start('tool', check, ['start']).ended).toBe(0);
    await agent.says('router on ');
    expect(agent.output).toMatch(/broker on \d+, router on \d+, pivot on \d+/);
    expect(await bench.start('readiness-check', check).ended).toBe(0);
    expect(await agent.stop()).toBe(0);
    expect(agent.output).toMatch(/SIGTERM: drain started[^]*drain ended/);
  });

  it('tells of an agent whose address leads nowhere, and of one that is gone', async () => {
    const agent = await startAgent(manager.backEnd, {
      ...material,
      druid_common_runtime_druid_host: 'nowhere.invalid',
    });
    await agent.says('now registered with manager');
    expect((await agents()).map(({ state }) => state)).toEqual(['registered but unreachable']);
    await agent.stop('SIGKILL');
    await expect.poll(async () => (await agents()).map(({ state }) => state), { timeout: 60_000 }).toEqual(['lost']);
  });
});

describe('faults', () => {
  it('serves plain HTTP although it said TLS', async () => {
    const { simulator, backEnd } = await startManager({ ...material, SIMULATOR_FAULTS: 'plain-http' });
    expect(simulator.output).toContain('TLS: Enabled');
    expect(
      (await call({ host: 'localhost', port: backEnd }, 'GET', '/simulator/v1/agents', { token: TOKEN })).status,
    ).toBe(200);
  });

  it.each([
    ['wrong-certificate', /signature|issuer|self-signed/],
    ['wrong-name', /altnames/],
    ['expired-certificate', /expired/],
  ])('%s makes a client with the CA refuse', async (fault, why) => {
    const { offset } = await startManager({ ...material, SIMULATOR_FAULTS: fault });
    await expect(
      call({ host: 'localhost', port: 9097 + offset, tls: { ca: ca.cert } }, 'GET', '/health'),
    ).rejects.toThrow(why);
  });

  it('prints lines in pieces, in colours, on the other stream, late, and leaves by itself', async () => {
    const manager = bench.start('manager', {
      ...material,
      ...store,
      SIMULATOR_PORT_OFFSET: String(await freeOffset()),
      SIMULATOR_SPLIT_LINES: '1',
      SIMULATOR_LOG_STYLE: 'ansi',
      SIMULATOR_LOG_STREAM: 'stderr',
      SIMULATOR_START_DELAY: '0.2',
      SIMULATOR_NOISE_LINES: '50',
      SIMULATOR_NOISE_BYTES: '2000',
      SIMULATOR_EXIT_AFTER: '1',
      SIMULATOR_EXIT_CODE: '7',
    });
    expect(await manager.ended).toBe(7);
    expect(manager.output).toContain('TLS: Enabled');
    expect(manager.output).toContain('\u001b[');
    expect(manager.output.length).toBeGreaterThan(100_000);
  });

  it('lets any token in', async () => {
    const { backEnd } = await startManager({
      SIMULATOR_AUTH_TOKEN_PATH: material['SIMULATOR_AUTH_TOKEN_PATH'] ?? '',
      SIMULATOR_FAULTS: 'accept-any-token',
    });
    expect(
      (await call({ host: 'localhost', port: backEnd }, 'GET', '/simulator/v1/agents', { token: 'any' })).status,
    ).toBe(200);
  });
});

it('a manager without material is plain and open, and says nothing of it; an agent with a CA does not register there', async () => {
  const { simulator, backEnd } = await startManager({});
  expect(simulator.output).not.toContain('Enabled');
  const agent = await startAgent(backEnd, {});
  await agent.says('now registered with manager');
  expect(agent.output).not.toContain('Enabled');
  const strict = await startAgent(backEnd, {
    IMPLY_MANAGER_CA_CERT_PATH: material['IMPLY_MANAGER_CA_CERT_PATH'] ?? '',
  });
  await strict.says('trying again in 500 ms');
  expect(strict.output).toContain('TLS: Enabled');
  expect(strict.output).not.toContain('now registered');
});

it('an agent needs its manager’s name only', async () => {
  const agent = bench.start('agent');
  expect(await agent.ended).toBe(1);
  expect(agent.output).toContain('FATAL IMPLY_MANAGER_HOST is needed');
});

function plain(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: 'localhost', port, path: '/health' }, (answer) => resolve(answer.statusCode ?? 0))
      .on('error', reject)
      .end();
  });
}

/** The names in the server's certificate, after a handshake of just this version. */
function handshake(port: number, version: 'TLSv1.1' | 'TLSv1.2'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect(
      { port, host: 'localhost', ca: ca.cert, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' },
      () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '');
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

/**
 * Options for node that make a name resolve to loopback, as an overlay network's name server would make an alias
 * resolve.
 */
function resolvingTo(name: string): string {
  const code =
    `import dns from 'node:dns';const ` +
    `real=dns.lookup;dns.lookup=(host,...rest)=>real(host==='${name}'?'localhost':host,...rest);`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}
