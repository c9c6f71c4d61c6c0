import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS, type HostLimits } from '../../../../src/bundle/host-limits.ts';
import type { Finding } from '../../../../src/checks/check.ts';
import { hostAsker } from '../../../../src/checks/hosts/ask.ts';
import { hosts } from '../../../../src/checks/hosts.ts';
import { runChecks } from '../../../../src/checks/run.ts';
import type { Engine, JobSpec, StackObject, SwarmNode, SwarmService, SwarmTask } from '../../../../src/engine/port.ts';
import { context, node, service, task } from '../../../support/check-context.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';

const GIB = 2 ** 20;
/** What a host prints that has all. */
const well = (more: string[] = []): string[] => [
  'sysctl vm.max_map_count 500000',
  'sysctl kernel.threads-max 999999',
  `disk ${100 * GIB}`,
  'mtu eth0 1500',
  'route eth0 0000000A 000000FF',
  'sockets tcp',
  ...more,
  'end',
];
const swap = (from: string, to: string): string[] =>
  well().flatMap((line) => (line.startsWith(from) ? (to === '' ? [] : [to]) : [line]));

interface Setting {
  /** By node. */
  prints?: Record<string, string[]>;
  /** Of a job with a bind: the engine's word, by node. */
  rejects?: Record<string, string>;
  /** Nodes whose task never ends. */
  hangs?: string[];
  nodes?: SwarmNode[];
  services?: SwarmService[];
  tasks?: SwarmTask[];
  limits?: Partial<HostLimits>;
  answers?: Record<string, unknown>;
  left?: StackObject[];
}

/** A swarm whose jobs print what a test says, and the check's findings. */
function setUp(setting: Setting = {}) {
  const clock = new VirtualClock();
  const nodes = setting.nodes ?? [node('n1'), node('n2'), node('n3')];
  const jobs: JobSpec[] = [];
  const removed: string[] = [];
  const at = (): string => new Date(clock.now()).toISOString();
  const taskOf = (job: JobSpec, id: string, { hostname, id: nodeId }: SwarmNode): SwarmTask => {
    const rejected = job.binds?.length ? setting.rejects?.[hostname] : undefined;
    const state = setting.hangs?.includes(hostname) ? 'preparing' : rejected === undefined ? 'complete' : 'rejected';
    return task(id, nodeId, {
      id: `${id} ${hostname}`,
      state,
      error: rejected ?? '',
      createdAt: at(),
      stateAt: at(),
      updatedAt: at(),
    });
  };
  const engine = {
    info: async () => ({ systemTime: at() }),
    jobs: async () => setting.left ?? [],
    createJob: async (job: JobSpec) => `job-${jobs.push(job)}`,
    removeService: async (id: string) => {
      removed.push(id);
    },
    tasks: async ({ serviceId = '' }: { serviceId?: string }) => {
      const job = jobs[Number(serviceId.slice(4)) - 1] as JobSpec;
      return nodes
        .filter(({ id }) => !job.constraints.includes(`node.id != ${id}`))
        .map((each) => taskOf(job, serviceId, each));
    },
    taskLogs: async function* (id: string) {
      const lines = setting.prints?.[id.split(' ')[1] ?? ''] ?? well();
      yield { stream: 'stdout', data: Buffer.from(lines.map((line) => `bundle-host ${line}\n`).join('')) };
    },
  } as unknown as Engine;
  const from = context(setting.answers, { nodes, services: setting.services ?? [], tasks: setting.tasks ?? [] });
  const askHosts = hostAsker(engine, {
    stack: 'prod',
    image: 'probe:1',
    clock,
    me: { host: 'here', boot: 'b', pid: 7, isAlive: (pid) => pid === 7 },
  });
  return {
    jobs,
    removed,
    check: async () => await hosts.run({ ...from, limits: { ...DEFAULT_LIMITS, ...setting.limits }, askHosts }),
  };
}

const shown = (findings: Finding[]): string[] => findings.map(({ level, text }) => `${level}: ${text}`);
/** What is amiss, without what is well. */
const amiss = async (setting: Setting): Promise<Finding[]> =>
  (await setUp(setting).check()).filter(({ level }) => level !== 'ok');

describe('the check of hosts', () => {
  test('hosts that have all: real numbers, one line a node, one job for all that carry a task', async () => {
    const { check, jobs, removed } = setUp({ nodes: [node('n3'), node('n1'), node('n2'), node('spare')] });
    const engineOf = 'engine 24.0.0 on linux/x86_64';
    expect(shown(await check())).toEqual([
      `ok: n1: 100 GiB free for volumes, clock within 0 s, MTU 1500 (eth0), port 9097 free, ${engineOf}`,
      'ok: n2: vm.max_map_count 500000, kernel.threads-max 999999, 100 GiB free for volumes, clock within 0 s, ' +
        `MTU 1500 (eth0), ports 9088 and 9095 free, ${engineOf}`,
      'ok: n3: vm.max_map_count 500000, kernel.threads-max 999999, 100 GiB free for volumes, clock within 0 s, ' +
        `MTU 1500 (eth0), ${engineOf}`,
    ]);
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatchObject({
      eachNode: true,
      image: 'probe:1',
      networks: ['host'],
      constraints: ['node.id != id-spare'],
      secrets: [],
      labels: { 'bundle.stack': 'prod', 'bundle.kind': 'host-check', 'bundle.job.pid': '7' },
    });
    expect(removed).toEqual(['job-1']);
  });

  test('a value that is too low: the command that mends it, on the hosts that want it', async () => {
    const low = Object.fromEntries(
      ['n1', 'n2', 'n3'].map((name) => [name, swap('sysctl vm', 'sysctl vm.max_map_count 65530')]),
    );
    const found = await amiss({ prints: low });
    expect(shown(found)).toEqual(
      ['n2', 'n3'].map(
        (name, index) => `error: ${name}: vm.max_map_count is 65530; imply-data-${index + 1} wants 500000 or more`,
      ),
    );
    expect(found[0]).toMatchObject({
      node: 'n2',
      hint: 'there: sysctl -w vm.max_map_count=500000 && echo vm.max_map_count=500000 >> /etc/sysctl.d/90-prod.conf',
    });
    expect(await amiss({ prints: low, limits: { sysctls: ['vm.max_map_count=65530'] } })).toEqual([]);
  });

  test.each<[string, Setting, string]>([
    [
      'a value the kernel has not',
      { prints: { n3: swap('sysctl vm', '') } },
      'unsure: n3: could not tell vm.max_map_count: its kernel shows none',
    ],
    [
      'a value of several numbers',
      { prints: { n3: swap('sysctl vm', 'sysctl vm.max_map_count 1 2') } },
      'unsure: n3: could not tell vm.max_map_count: it is "1 2", not one number',
    ],
    [
      'little disk',
      { prints: { n3: swap('disk', `disk ${29 * GIB}`) } },
      'warning: n3: 29 GiB free where Docker keeps volumes; 30 GiB are wanted for those that are new there',
    ],
    [
      'no df',
      { prints: { n3: swap('disk', '') } },
      'unsure: n3: could not tell the free disk: the probe image has no df that says',
    ],
    [
      'a small MTU',
      { prints: { n1: swap('mtu', 'mtu eth0 1460') } },
      'warning: n1: the MTU of eth0, which has 10.0.0.1, is 1460; the swarm’s networks count on 1500, so large ' +
        'packets between nodes are split or lost',
    ],
    [
      'a node that is dialled over IPv6, where packets are larger by 20 bytes',
      {
        nodes: [node('n1', { address: 'fd00::1' }), node('n2'), node('n3')],
        prints: { n1: ['address eth0 fd000000000000000000000000000001', ...well()] },
      },
      'warning: n1: the MTU of eth0, which has fd00::1, is 1500; the swarm’s networks count on 1520, so large packets ' +
        'between nodes are split or lost',
    ],
    [
      'an IPv6 address on no interface',
      { nodes: [node('n1', { address: 'fd00::1' }), node('n2'), node('n3')] },
      'unsure: n1: could not tell the MTU: no interface is known to have fd00::1',
    ],
    [
      'an address on no interface',
      { prints: { n1: swap('route', '') } },
      'unsure: n1: could not tell the MTU: no interface is known to have 10.0.0.1',
    ],
    [
      'a port that a process has',
      { prints: { n1: swap('sockets', 'sockets tcp').concat('open tcp 2389') } },
      'error: n1: port 9097, which imply-manager publishes, is taken by a process of the host',
    ],
    [
      'sockets that cannot be listed',
      { prints: { n1: swap('sockets', '') } },
      'unsure: n1: could not tell whether port 9097 is free: the host’s sockets cannot be listed',
    ],
    [
      'an answer cut short',
      { prints: { n1: well().slice(0, 3) } },
      'unsure: n1: could not tell: the probe’s answer is incomplete',
    ],
    [
      'a node that does not come to it',
      { hangs: ['n1'] },
      'unsure: n1: could not tell: not done after 45 s; its task is preparing; as a rule its node’s engine fetches the ' +
        'image then, or waits for a registry that does not answer',
    ],
    [
      'a node that is down',
      { nodes: [node('n1', { state: 'down' }), node('n2'), node('n3')] },
      'unsure: n1: could not tell: the node is down and takes no task that would ask it',
    ],
    [
      'a node that is not heard of since an election',
      { nodes: [node('n1', { state: 'unknown' }), node('n2'), node('n3')] },
      'unsure: n1: could not tell: the swarm has not heard of it since its managers elected a leader',
    ],
    [
      'a node that is drained',
      { nodes: [node('n1', { availability: 'drain' }), node('n2'), node('n3')] },
      'unsure: n1: could not tell: the node is set to drain and takes no task that would ask it',
    ],
  ])('%s', async (_what, setting, expected) => {
    expect(shown(await amiss(setting))).toEqual([expected]);
  });

  test('a node that is dialled over IPv6 is well with 1520, or with what bundle.yaml says', async () => {
    const nodes = [node('n1', { address: 'fd00::1' }), node('n2'), node('n3')];
    const prints = (mtu: number) => ({
      n1: ['address eth0 fd000000000000000000000000000001', ...swap('mtu', `mtu eth0 ${String(mtu)}`)],
    });
    expect(await amiss({ nodes, prints: prints(1520) })).toEqual([]);
    expect(await amiss({ nodes, prints: prints(1500), limits: { mtu: 1500 } })).toEqual([]);
  });

  test('a port of our own task is free for us; another service is named', async () => {
    const holds = (labels: Record<string, string>): Setting => ({
      prints: { n1: [...well(), 'open tcp 2389'] },
      services: [service('prod_imply-manager', { labels })],
      tasks: [
        task('id-prod_imply-manager', 'id-n1', {
          hostPorts: [{ protocol: 'tcp', target: 9097, published: 9097, mode: 'host' }],
        }),
      ],
    });
    const own = setUp(holds({ 'com.docker.stack.namespace': 'prod' }));
    expect(shown(await own.check())[0]).toContain('port 9097 (ours) free');
    expect(shown(await amiss(holds({})))).toEqual([
      'error: n1: port 9097, which imply-manager publishes, is taken by service prod_imply-manager',
    ]);
  });

  describe('a port that is open', () => {
    const NAMESPACE = 'com.docker.stack.namespace';
    const spec = (mode: 'host' | 'ingress', published = 9097) => ({
      EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: published, PublishMode: mode }] },
    });
    const publishes = (name: string, mode: 'host' | 'ingress', stack = name.split('_')[0] ?? ''): SwarmService =>
      service(name, {
        labels: { [NAMESPACE]: stack },
        ports: [{ protocol: 'tcp', target: 80, published: 9097, mode }],
        spec: spec(mode),
      });
    const OURS = 'prod_imply-manager';
    /** What is said of 9097 on n1, which is open: whether it is ours, and what is amiss, with its hint. */
    const said = async (setting: Setting): Promise<string[]> =>
      (await setUp({ prints: { n1: [...well(), 'open tcp 2389'] }, ...setting }).check()).flatMap(
        ({ level, text, hint = '' }) =>
          level !== 'ok' ? [`${level}: ${text} → ${hint}`] : text.includes('port 9097 (ours) free') ? ['ours'] : [],
      );
    const process =
      "error: n1: port 9097, which imply-manager publishes, is taken by a process of the host → there: ss -ltnp 'sport " +
      "= :9097' shows which process; stop it, or choose another port or node";

    test.each<[string, Setting, string]>([
      ['by ingress, for this very service', { services: [publishes(OURS, 'ingress')] }, 'ours'],
      [
        'by ingress, for another stack',
        { services: [publishes('other_web', 'ingress')] },
        'error: n1: port 9097, which imply-manager publishes, is taken by service other_web → choose another port',
      ],
      [
        'by ingress, of another protocol',
        {
          services: [
            {
              ...publishes('other_web', 'ingress'),
              ports: [{ protocol: 'udp', target: 80, published: 9097, mode: 'ingress' }],
            },
          ],
        },
        process,
      ],
      ['in host mode, elsewhere', { services: [publishes('other_web', 'host')] }, process],
      [
        'by a task of ours that waits for its health check',
        { services: [publishes(OURS, 'host')], tasks: [task(`id-${OURS}`, 'id-n1', { state: 'starting' })] },
        'ours',
      ],
      [
        'by a task of others that waits for it',
        {
          services: [publishes('other_web', 'host')],
          tasks: [task('id-other_web', 'id-n1', { state: 'starting' })],
        },
        'error: n1: port 9097, which imply-manager publishes, is taken by service other_web → choose another port or node',
      ],
      [
        'by a process that keeps our task from its start',
        {
          services: [publishes(OURS, 'host')],
          tasks: [task(`id-${OURS}`, 'id-n1', { state: 'ready', desiredState: 'ready' })],
        },
        process,
      ],
      [
        'by a process, our task runs on another node',
        { services: [publishes(OURS, 'host')], tasks: [task(`id-${OURS}`, 'id-n2')] },
        process,
      ],
      [
        'by a task of others that is being stopped',
        {
          tasks: [
            task('id-gone', 'id-n1', {
              desiredState: 'remove',
              hostPorts: [{ protocol: 'tcp', target: 80, published: 9097, mode: 'host' }],
            }),
          ],
        },
        'warning: n1: port 9097, which imply-manager publishes, is still taken by a service that was removed, which is ' +
          'being stopped → it is free once that task has ended; a deployment waits for it',
      ],
    ])('%s', async (_how, setting, expected) => {
      expect(await said(setting)).toEqual([expected]);
    });
  });

  describe('nodes of one host name', () => {
    const twin = (id: string, more: Partial<SwarmNode> = {}): SwarmNode => node('n3', { id, ...more });
    const named = (data: string) => ({
      agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { replicas: 2, nodes: ['n2', data] } },
    });
    const low = { n3: swap('sysctl vm', 'sysctl vm.max_map_count 65530') };

    test('two machines are told apart by their ids, in the command too', async () => {
      const nodes = [node('n1'), node('n2'), twin('a'), twin('b', { availability: 'pause' })];
      expect(await amiss({ nodes, answers: named('b') })).toEqual([
        {
          level: 'unsure',
          node: 'b',
          text: 'b: could not tell: the node is set to pause and takes no task that would ask it',
          hint: 'docker node update --availability active b',
        },
      ]);
      expect(await amiss({ nodes, answers: named('a'), prints: low })).toMatchObject([
        { node: 'a', text: 'a: vm.max_map_count is 65530; imply-data-2 wants 500000 or more' },
      ]);
    });

    test('one that joined again keeps its name, and the command, which docker would call ambiguous, names its id', async () => {
      const nodes = [node('n1'), node('n2'), twin('old', { state: 'down' }), twin('new')];
      expect(await amiss({ nodes, prints: low })).toMatchObject([
        { node: 'n3', text: expect.stringMatching(/^n3: vm/) as string },
      ]);
      expect(
        await amiss({ nodes: nodes.map((each) => (each.id === 'new' ? { ...each, availability: 'drain' } : each)) }),
      ).toMatchObject([{ node: 'n3', hint: 'docker node update --availability active new' }]);
    });

    test('where nobody asks, too', async () => {
      const nodes = [node('n1'), node('n2'), twin('a'), twin('b')];
      const [finding] = await hosts.run({ ...context(named('b'), { nodes }), askHosts: 'nobody' });
      expect(finding?.hint).toMatch(/ on n2, b$/);
    });
  });

  test('disk is wanted for members that are new there, not for what runs', async () => {
    const little = { prints: { n3: swap('disk', `disk ${GIB}`) } };
    const runs = { services: [service('prod_imply-data-2')], tasks: [task('id-prod_imply-data-2', 'id-n3')] };
    expect(await amiss({ ...little, ...runs })).toEqual([]);
    expect(await amiss({ ...little, limits: { diskGiB: 0.5 } })).toEqual([]);
    expect(shown(await amiss({ ...little, ...runs, limits: { diskGiB: 2 } }))).toEqual([
      expect.stringMatching(/^warning: n3: 1 GiB free .*2 GiB are wanted/),
    ]);
  });

  const shared = { deepStorage: { type: 'local', path: '/mnt/deep-storage', sharedMount: '/srv/deep' } };

  test('a host directory is asked by a job of its own: its rejected task is the answer, and costs nothing else', async () => {
    const set = setUp({
      answers: shared,
      rejects: { n2: 'invalid mount config for type "bind": bind source path does not exist: /srv/deep' },
    });
    const found = shown(await set.check());
    expect(found.filter((line) => !line.startsWith('ok'))).toEqual([
      'error: n2: there is no /srv/deep, which imply-query-1 and imply-data-1 mount: the tasks would be rejected',
    ]);
    expect(found.find((line) => line.startsWith('ok: n2'))).toContain('ports 9088 and 9095 free');
    expect(found.find((line) => line.startsWith('ok: n3'))).toContain('/srv/deep is there (100 GiB free)');
    expect(set.jobs.map(({ binds }) => binds)).toEqual([[], [{ source: '/srv/deep', target: '/bundle-host' }]]);
    expect([...set.removed].sort()).toEqual(['job-1', 'job-2']);
  });

  test('another rejection does not say that the directory is missing', async () => {
    expect(shown(await amiss({ answers: shared, rejects: { n3: 'No such image: probe:1' } }))).toEqual([
      'unsure: n3: could not tell whether /srv/deep is there: No such image: probe:1',
    ]);
  });

  test('what a killed run left goes first; another operator’s stays in its time', async () => {
    const labels = (until: number): Record<string, string> => ({
      'bundle.kind': 'host-check',
      'bundle.job.host': 'elsewhere',
      'bundle.job.boot': 'x',
      'bundle.job.pid': '1',
      'bundle.job.until': new Date(until).toISOString(),
    });
    const now = new VirtualClock().now();
    const { check, removed } = setUp({
      left: [
        { id: 'old', name: '', labels: labels(now - 600_000) },
        { id: 'young', name: '', labels: labels(now + 600_000) },
      ],
    });
    await check();
    expect(removed).toEqual(['old', 'job-1']);
  });

  test('where nobody asks it is not run, never passed; and says what to look for', async () => {
    const result = (await runChecks({ ...context(), askHosts: 'no verify.probeImage is set in bundle.yaml' }, [])).find(
      ({ name }) => name === 'hosts',
    );
    expect(result).toMatchObject({
      level: 'not-run',
      findings: [
        {
          level: 'not-run',
          text: '3 nodes were not asked: no verify.probeImage is set in bundle.yaml',
          hint: 'to look by hand: sysctl NAME; wanted vm.max_map_count 500000, kernel.threads-max 999999 on n2, n3',
        },
      ],
    });
  });
});
