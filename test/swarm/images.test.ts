/** The lab's images as one stack on a swarm of one host: what they promise in scripts/images/README.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { down, type Lab, type RunResult, unsupportedReason, up } from '../../scripts/lab/lab.ts';
import { makeAuthority } from '../unit/images/support.ts';
import { labId } from '../support/lab-id.ts';
import { testEngine } from '../support/test-engine.ts';
import { takeTurn } from '../support/turn.ts';

const ID = labId('images');
/** Kafka has a test of its own: its image takes minutes to build. */
const NAMES = ['manager', 'agent', 'mysql', 'zookeeper', 'client', 'probe'] as const;
type Images = Record<(typeof NAMES)[number], string>;
const ROOT_PASSWORD = "root's pass\\word";
const TOKEN = 'dG9rZW4gb2YgdGhlIHN3YXJtIHRlc3Q=';

const why = unsupportedReason();
if (why !== undefined && process.env['BUNDLE_REQUIRE_LAB'] === '1')
  throw new Error(`the lab is required and cannot run: ${why}`);
if (why !== undefined) process.stderr.write(`\n*** SKIPPED, the lab's images: ${why} ***\n\n`);

await takeTurn();

describe.skipIf(why !== undefined)('the images as a stack', () => {
  let lab: Lab;
  let images: Images;
  const docker = (args: string[], input?: string): Promise<RunResult> =>
    lab.docker('node1', args, input === undefined ? {} : { input });

  /** Runs a command in the container of a service; its output, or undefined when it fails or is not there yet. */
  const inside = async (service: string, ...command: string[]): Promise<string | undefined> => {
    const { stdout } = await docker(['ps', '-q', '-f', `label=com.docker.swarm.service.name=t_${service}`]);
    if (stdout.trim() === '') return undefined;
    const result = await lab.docker('node1', ['exec', stdout.trim(), ...command], { check: false });
    return result.code === 0 ? result.stdout : undefined;
  };
  const logs = async (service: string): Promise<string> => {
    const { stdout, stderr } = await lab.docker('node1', ['service', 'logs', '--raw', `t_${service}`], {
      check: false,
    });
    return stdout + stderr;
  };
  type Agent = { name: string; state: string; checks: Record<string, string> };
  const agents = async (): Promise<Agent[]> =>
    (JSON.parse((await inside('manager', 'simulator', 'agents')) ?? '{"agents":[]}') as { agents: Agent[] }).agents;

  beforeAll(async () => {
    await down(ID);
    lab = await up({ id: ID, engine: testEngine(), hosts: 1 });
    images = await buildImages(lab, { only: NAMES });
    const ca = makeAuthority();
    const secrets = { ca: ca.cert, key: ca.key, token: `${TOKEN}\n`, password: ROOT_PASSWORD };
    for (const [name, value] of Object.entries(secrets)) await docker(['secret', 'create', name, '-'], value);
    await docker(['stack', 'deploy', '--detach=true', '-c', '-', 't'], stack(images));
  });
  afterAll(() => down(ID));

  it('has a manager that found its store, and an agent that is registered, can be reached, and reaches all it needs', async () => {
    await expect
      .poll(async () => (await agents()).map(({ name, state, checks }) => ({ name, state, checks })), {
        timeout: 180_000,
        interval: 300,
      })
      .toEqual([
        { name: 'imply-query-1', state: 'registered', checks: { store: 'ok', 'zookeeper zookeeper-1:2181': 'ok' } },
      ]);
    const manager = await logs('manager');
    for (const text of [
      'not Imply software',
      'TLS: Enabled',
      'Authentication: Enabled',
      'database imply_manager created',
    ])
      expect(manager).toContain(text);
    const agent = await logs('agent');
    for (const text of ['TLS: Enabled', 'Authentication: Enabled', 'now registered with manager imply-manager:9989'])
      expect(agent).toContain(text);
    for (const secret of [TOKEN, ROOT_PASSWORD]) expect(manager + agent).not.toContain(secret);
    expect(agent).not.toContain('!!!');
  });

  it('opens the Druid ports when the cluster is started, not before', async () => {
    expect(await inside('agent', '/root/readiness-check')).toBeUndefined();
    expect(await inside('agent', '/root/check-health', '-c', 'default', '-s')).toBe('');
    expect(await inside('manager', 'simulator', 'start')).toContain('RUNNING');
    await expect.poll(() => inside('agent', '/root/readiness-check'), { timeout: 120_000, interval: 300 }).toBe('');
  });

  it('has a MySQL that lets root in over TCP, with the password from the secret and the flag from the command', async () => {
    const query = 'mysql -h127.0.0.1 -uroot -Ne "select @@character_set_server, version()"';
    expect(await inside('mysql', 'sh', '-c', `MYSQL_PWD="$(cat /run/secrets/password)" ${query}`)).toMatch(
      /^utf8mb4\t9\./,
    );
    expect(await inside('mysql', 'sh', '-c', `MYSQL_PWD=wrong ${query}`)).toBeUndefined();
  });

  it('has a ZooKeeper that answers', async () => {
    expect(await inside('zookeeper', 'sh', '-c', 'echo srvr | nc localhost 2181')).toContain('Mode: standalone');
  });
});

function stack(images: Images): string {
  const network = (alias: string): object => ({ networks: { lab: { aliases: [alias] } }, hostname: alias });
  const dnsrr = { deploy: { endpoint_mode: 'dnsrr' } };
  const secret = (source: string, target: string): object => ({ source, target });
  const shared = [secret('ca', 'imply-ca.crt'), secret('token', 'imply-auth-token')];
  const external = { external: true };
  // JSON is YAML; dollar signs do not occur.
  return JSON.stringify({
    version: '3.8',
    networks: { lab: {} },
    secrets: { ca: external, key: external, token: external, password: external },
    services: {
      mysql: {
        image: images.mysql,
        command: ['--character-set-server=utf8mb4'],
        environment: { MYSQL_ROOT_PASSWORD_FILE: '/run/secrets/password' },
        secrets: ['password'],
        ...network('mysql'),
        ...dnsrr,
      },
      zookeeper: {
        image: images.zookeeper,
        environment: { ZK_SERVER_HEAP: '256' },
        ...network('zookeeper-1'),
        ...dnsrr,
      },
      manager: {
        image: images.manager,
        environment: {
          IMPLY_MANAGER_HOSTNAMES: 'imply-manager',
          IMPLY_MANAGER_VAR_FILES_PATH: '/run/secrets/imply.io',
          IMPLY_MANAGER_STORE_TYPE: 'mysql',
          IMPLY_MANAGER_STORE_HOST: 'mysql',
          IMPLY_MANAGER_STORE_PORT: '3306',
          IMPLY_MANAGER_STORE_USER: 'root',
          IMPLY_MANAGER_STORE_DATABASE: 'imply_manager',
          imply_defaults_zkType: 'external',
          imply_defaults_zkHosts: 'zookeeper-1:2181',
          SIMULATOR_HEARTBEAT: '1',
        },
        secrets: [
          ...shared,
          secret('key', 'imply-ca.key'),
          secret('password', 'imply.io/IMPLY_MANAGER_STORE_PASSWORD'),
        ],
        ...network('imply-manager'),
        ...dnsrr,
      },
      agent: {
        image: images.agent,
        environment: {
          IMPLY_MANAGER_HOST: 'imply-manager',
          IMPLY_MANAGER_AGENT_CLUSTER: 'default',
          IMPLY_MANAGER_AGENT_NODE_TYPE: 'query',
        },
        secrets: shared,
        ...network('imply-query-1'),
        ...dnsrr,
      },
    },
  });
}
