import type { ExpectationRow } from '../../src/verify/bundle/list.ts';
import type { EndpointExpectation } from '../../src/sdk/definition.ts';
import type { Status } from '../../src/project/status.ts';
import { withHints } from '../../src/verify/hints.ts';
import { verification, type CheckResult } from '../../src/verify/result.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();

const passed = (service: string, node: string, checks: string[], more: Partial<CheckResult> = {}): CheckResult[] =>
  checks.map((check) => ({
    service,
    task: `${service}-task-id`,
    slot: 1,
    node,
    check,
    status: 'passed',
    detail: 'ok',
    ...more,
  }));
const certificate = (name: string) => ({
  detail: `CN=${name}, for ${name}, issued by CN=prod Imply CA, 364 days left, TLSv1.3`,
  certificate: {
    subject: `CN=${name}`,
    names: [name],
    issuer: 'CN=prod Imply CA',
    notAfter: '2027-02-28T12:00:00Z',
    daysLeft: 364,
  },
});
const notRun = (service: string, node: string, check: string): CheckResult => ({
  service,
  task: `${service}-task-id`,
  slot: 1,
  node,
  check,
  status: 'not-run',
  detail: 'not published; with verify.probeImage in bundle.yaml it is asked inside',
});

const manager = [
  ...passed('imply-manager', 'node1', ['running', 'TLS', 'Authentication', 'health', 'api-token', 'secrets']),
  ...passed('imply-manager', 'node1', ['https', 'api-tls'], certificate('imply-manager')),
];
const agents = ['imply-master-1', 'imply-query-1', 'imply-data-1', 'imply-data-2'].flatMap((service, at) => [
  ...passed(service, `node${[1, 2, 2, 3][at]}`, ['running', 'TLS', 'Authentication', 'secrets']),
  notRun(service, `node${[1, 2, 2, 3][at]}`, 'health'),
  notRun(service, `node${[1, 2, 2, 3][at]}`, 'registered'),
]);
const quorum: CheckResult = {
  service: 'zookeeper',
  check: 'quorum',
  status: 'passed',
  detail: '3 of 3 serve: zookeeper-1 follows, zookeeper-2 leads, zookeeper-3 follows',
};

const HEALTH: EndpointExpectation = {
  kind: 'http',
  name: 'health',
  port: 9097,
  tls: true,
  path: '/health',
  status: [200],
  remedy: 'it waits for its store: `bundle logs imply-manager` says so',
};

export const verifications = {
  'all well': verification('prod', [...manager, ...agents, quorum]),
  'something is amiss': verification(
    'prod',
    withHints(
      [
        ...manager.map((result) =>
          result.check === 'health'
            ? { ...result, status: 'failed' as const, detail: 'HTTP 503 instead of 200' }
            : result,
        ),
        ...agents.map((result) =>
          result.service === 'imply-data-2' && result.check === 'secrets'
            ? {
                ...result,
                status: 'failed' as const,
                detail: 'mounts prod_imply-auth-token.v1, and bundle.lock.json says prod_imply-auth-token.v2',
              }
            : result.service === 'imply-query-1' && result.check === 'TLS'
              ? {
                  ...result,
                  status: 'unsure' as const,
                  detail: 'the log of the task could not be read to its start: its driver keeps the last lines only',
                }
              : result,
        ),
        {
          service: 'imply-data-3',
          check: 'tasks',
          status: 'failed',
          detail: '0 of 1 tasks run: no suitable node (scheduling constraints not satisfied on 3 nodes)',
        },
        {
          service: 'swarm',
          check: 'expiry',
          status: 'failed',
          detail: 'node1: 12 days left, until 2026-03-13, sooner than in 14d',
        },
      ],
      [{ service: 'imply-manager', logs: [], endpoints: [HEALTH] }],
      { dir: '.' },
    ),
    3,
  ),
};

const idOf = (node: string): string => (node === '' ? '' : `${node}k5c1v7b2z9a4s6d0fg`);
const task = (node: string, state = 'running', error = '') => ({
  id: `t-${node}`,
  node,
  nodeId: idOf(node),
  state,
  since: minutesAgo(6),
  error,
});
const service = (
  name: string,
  node: string,
  over: Partial<Status['services'][number]> = {},
): Status['services'][number] => ({
  name,
  job: false,
  running: 1,
  wanted: 1,
  image: `registry.example.com:5000/imply/${name.startsWith('imply-manager') ? 'imply-manager' : 'imply-agent'}:1`,
  restarts: { count: 0, withNode: 0 },
  tasks: [task(node)],
  ...over,
});
const GIB = 2 ** 30;
const node = (
  hostname: string,
  leader: boolean,
  reservedBytes: number,
  over: Partial<Status['nodes'][number]> = {},
) => ({
  id: idOf(hostname),
  hostname,
  role: 'manager',
  leader,
  state: 'ready',
  availability: 'active',
  roles: ['query-1', 'data-1'],
  memoryBytes: 4 * GIB,
  reservedBytes,
  ...over,
});
const secret = (name: string, key: string, over: Partial<Status['secrets'][number]> = {}) => ({
  name,
  secret: key,
  kind: key,
  inSwarm: true,
  onDisk: true,
  otherOnDisk: false,
  state: 'present' as const,
  ...over,
});
const ca = { notAfter: '2036-02-27T12:00:00Z', daysLeft: 3649 };

const well: Status = {
  stack: 'prod',
  access: [
    { title: 'UI', url: 'https://node1:9097' },
    { title: 'router', url: 'https://node2:9088' },
    { title: 'Pivot', url: 'https://node2:9095' },
  ],
  risks: [],
  services: [
    service('imply-data-1', 'node2'),
    service('imply-data-2', 'node3'),
    service('imply-manager', 'node1'),
    service('imply-master-1', 'node1'),
    service('imply-query-1', 'node2'),
    service('mysql', 'node1'),
    service('zookeeper-1', 'node1'),
  ],
  stopping: [],
  nodes: [node('node1', true, 0), node('node2', false, 0), node('node3', false, 0.9 * GIB)],
  secrets: [
    secret('prod_imply-ca.crt.v1', 'ca', ca),
    secret('prod_imply-ca.key.v1', 'ca', ca),
    secret('prod_imply-auth-token.v2', 'auth-token'),
    secret('prod_imply-license.v1', 'license', { notAfter: '2026-03-30T12:00:00Z', daysLeft: 29 }),
  ],
  swarmRoots: [{ subject: 'CN=swarm-ca', notAfter: '2046-02-27T12:00:00Z', daysLeft: 7284 }],
  release: { number: 10, state: 'verified', at: minutesAgo(6), by: 'ann@ops' },
  lastVerification: { at: minutesAgo(3), exit: 0, passed: 39, failed: 0, unsure: 0 },
};

export const statuses: Record<string, Status> = {
  'all well': well,
  'something is amiss': {
    ...well,
    services: [
      ...well.services.filter(({ name }) => name !== 'imply-data-2' && name !== 'imply-query-1'),
      service('imply-data-2', 'node3', {
        running: 0,
        tasks: [task('node3', 'rejected', 'No such image: registry.example.com:5000/imply/imply-agent:2')],
      }),
      service('imply-query-1', 'node2', {
        restarts: {
          ...{ count: 3, withNode: 0, lastExitCode: 137 },
          ...{ lastTask: 'qx0n3m8k5c1v7b2z9a4s6d0fg', lastStarted: true },
        },
      }),
      service('imply-data-3', '', { running: 0, tasks: [] }),
    ],
    nodes: [
      node('node1', true, 0),
      node('node2', false, 3 * GIB),
      node('node3', false, 0, { state: 'down', availability: 'drain' }),
    ],
    secrets: [
      ...well.secrets,
      secret('prod_store-password.v1', 'store-password', { state: 'changed', otherOnDisk: true }),
    ],
    release: { number: 11, state: 'failed', at: minutesAgo(90), by: 'ann@ops' },
    heldBy: { owner: 'bob@laptop', command: 'deploy' },
    lastVerification: { at: minutesAgo(60 * 50), exit: 5, passed: 37, failed: 2, unsure: 1 },
  },
  'not as it was released': {
    ...well,
    services: well.services.map((each) => {
      if (each.name === 'imply-data-1') return { ...each, running: 0, scaledTo: 0, tasks: [] };
      if (each.name === 'imply-data-2') return { ...each, running: 0, missing: true, tasks: [] };
      return each;
    }),
  },
  'a node that joined again is drained': {
    ...well,
    services: well.services.map((each) => (each.name === 'imply-data-2' ? { ...each, tasks: [task('node2')] } : each)),
    stopping: [
      {
        ...{ id: 's1', service: 'imply-data-2', successor: 'imply-data-2', node: 'node3', nodeId: idOf('node3') },
        ...{ state: 'running', graceSeconds: 24 * 3600 },
      },
      { id: 's2', node: 'node3', nodeId: idOf('node3'), state: 'running', graceSeconds: 600 },
    ],
    nodes: [
      node('node1', true, 0),
      node('node2', false, 0),
      node('node3', false, 0.9 * GIB, { availability: 'drain' }),
      { ...node('node3', false, 0, { state: 'down' }), id: 'old3k5c1v7b2z9a4s6d0fg' },
    ],
  },
  'a release did not end': {
    ...well,
    release: { number: 11, state: 'started', at: minutesAgo(2), by: 'ann@ops' },
    lastVerification: { at: minutesAgo(12), exit: 0, passed: 39, failed: 0, unsure: 0 },
  },
  'not deployed': {
    ...well,
    access: [],
    risks: [],
    services: [],
    nodes: [node('node1', true, 0)],
    secrets: [],
    swarmRoots: [],
    release: undefined as never,
    lastVerification: undefined as never,
  },
  'not all may be read': {
    ...well,
    nodes: [],
    secrets: [],
    unread: [
      {
        part: 'nodes',
        text: "403 from GET /nodes, not the engine's words: 403 Forbidden Request forbidden by the administrator",
      },
      {
        part: 'secrets',
        text: "403 from GET /secrets, not the engine's words: 403 Forbidden Request forbidden by the administrator",
      },
    ],
  },
};

/** What `verify --list` tells of two services. */
export const expectations: ExpectationRow[] = [
  { service: 'store', check: 'running', seen: '3 tasks of the newest version run', from: 'swarm' },
  {
    service: 'store',
    check: 'answers',
    seen: 'port 2181: answers "ruok" with "imok"',
    from: 'not run: not published, and no verify.probeImage',
  },
  {
    service: 'front',
    check: 'https',
    seen: 'port 443: TLS 1.2 or newer, a certificate of the bundle’s CA for front, in date; plain HTTP refused',
    from: 'this machine, at port 8443 of its node',
  },
];
