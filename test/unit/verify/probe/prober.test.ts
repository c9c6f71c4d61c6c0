import { describe, expect, test } from 'vitest';
import type { EndpointExpectation, Register, SecretNeed, TlsEndpoint } from '../../../../src/sdk/definition.ts';
import type { SecretState } from '../../../../src/bundle/secret-state.ts';
import type { Engine, JobSpec, StackObject, SwarmNode } from '../../../../src/engine/port.ts';
import { BundleError } from '../../../../src/errors.ts';
import { createRedactor } from '../../../../src/ui/redact.ts';
import type { EndpointSubject } from '../../../../src/verify/endpoints/types.ts';
import { Paths } from '../../../../src/verify/probe/paths.ts';
import { insideProber } from '../../../../src/verify/probe/prober.ts';
import { node, service, task } from '../../../support/check-context.ts';
import { VirtualClock } from '../../converge/virtual-clock.ts';
import { certify } from '../endpoints/material.ts';

// The virtual clock has a time of its own.
const years = { from: -3650, until: 3650 };
const ca = certify(undefined, { cn: 'our CA', ca: true, ...years });
const manager = certify(ca, { cn: 'manager', names: ['manager'], ...years });
const authority = { secret: 'ca', part: 'certificate' };
const token = { secret: 'auth-token', part: 'token' };
const tls: TlsEndpoint = { kind: 'tls', name: 'api-tls', port: 9989, names: ['manager'], authority };
const secured: EndpointExpectation = {
  kind: 'secured',
  name: 'router-not-plain',
  port: 9088,
  closedUntil: 'closed until it is opened',
};
const login: EndpointExpectation = {
  kind: 'authentication',
  name: 'api-token',
  port: 9989,
  tls: true,
  user: 'imply',
  token,
  request: { method: 'GET', path: '/' },
};
const register = (name: string): EndpointExpectation => ({
  kind: 'registration',
  name: 'registered',
  port: 9989,
  register: {
    service: 'manager',
    tls,
    request: { method: 'GET', path: '/agents' },
    login: { user: 'imply', token },
    entry: { nameKey: 'name', name, stateKey: 'state', good: 'fine', bad: ['lost'] },
    staleSeconds: 17,
  } satisfies Register,
});
const secret = (name: string, part: string, live = true): SecretState => ({
  need: { secret: name } as SecretNeed,
  part,
  file: part,
  name: `prod_${part}.v2`,
  labels: {},
  created: '',
  content: undefined,
  otherOnDisk: false,
  state: 'present',
  live: live ? { id: `id-${part}`, name: `prod_${part}.v2`, labels: {}, createdAt: '' } : undefined,
});

/** A swarm whose jobs print what a test says. */
function setUp(
  change: {
    prints?: (job: JobSpec) => string[];
    fails?: string;
    /** Jobs that the engine does not take. */
    refuses?: (job: JobSpec) => boolean;
    /** It does not end. */
    late?: true;
    secrets?: SecretState[];
    nodeState?: 'ready' | 'down';
    /** After an election: the swarm has word from no node. */
    unheard?: true;
    left?: StackObject[];
    age?: number;
    /** How old the task is by its node's clock, if that is another. */
    ageThere?: number;
    /** Host name of the node that has the agents. */
    hostname?: string;
    /** What tasks on a node mount, by host name; on n2 both by default. */
    mounted?: Record<string, string[]>;
    /** What nodes are set to, by host name. */
    availability?: Record<string, SwarmNode['availability']>;
  } = {},
) {
  const clock = new VirtualClock();
  const at = (age: number): string => new Date(clock.now() - age * 1000).toISOString();
  const mountsOf = (nodeId: string) =>
    ((change.mounted ?? { n2: ['prod_certificate.v2', 'prod_token.v2'] })[nodeId.replace('id-', '')] ?? []).map(
      (name) => ({ id: name.endsWith('.v2') ? name.replace(/^prod_(.*)\.v2$/, 'id-$1') : name, name, target: '' }),
    );
  const own = (name: string, address: string, nodeId: string) =>
    task(`id-prod_${name}`, nodeId, {
      id: name,
      stateAt: at(change.ageThere ?? change.age ?? 600),
      createdAt: at(change.age ?? 600),
      addresses: { ingress: '10.255.0.9', overlay: address },
      secrets: mountsOf(nodeId),
    });
  const tasks = [
    own('manager', '10.0.1.5', 'id-n2'),
    own('agent-1', '10.0.1.6', 'id-n1'),
    own('agent-2', '10.0.1.7', 'id-n1'),
  ];
  const jobs: JobSpec[] = [];
  const removed: string[] = [];
  const engine = {
    info: async () => ({ systemTime: at(0) }),
    services: async () => ['manager', 'agent-1', 'agent-2'].map((name) => service(`prod_${name}`)),
    tasks: async ({ serviceId }: { serviceId?: string }) =>
      serviceId === undefined
        ? tasks
        : [
            task('job', 'id-n2', {
              id: 'job',
              state: change.late ? 'running' : change.fails === undefined ? 'complete' : 'rejected',
              error: change.fails ?? '',
            }),
          ],
    nodes: async () => [
      node(change.hostname ?? 'n1', {
        id: 'id-n1',
        state: change.unheard ? 'unknown' : (change.nodeState ?? 'ready'),
        availability: change.availability?.['n1'] ?? 'active',
      }),
      node('n2', {
        ...(change.unheard && { state: 'unknown' }),
        availability: change.availability?.['n2'] ?? 'active',
      }),
    ],
    networks: async () => [
      { id: 'overlay', name: 'prod_net', labels: {}, driver: 'overlay', attachable: false, options: {} },
    ],
    jobs: async () => change.left ?? [],
    createJob: async (job: JobSpec) => {
      if (change.refuses?.(job)) throw new BundleError('engine-error', 'no more jobs');
      jobs.push(job);
      return 'job';
    },
    removeService: async (id: string) => {
      removed.push(id);
    },
    taskLogs: async function* () {
      yield {
        stream: 'stdout',
        data: Buffer.from(
          ['bundle-probe client 8.0.0', ...(change.prints?.(jobs[0] as JobSpec) ?? [])]
            .map((line) => `${line}\n`)
            .join(''),
        ),
      };
    },
  } as unknown as Engine;
  const paths = new Paths();
  const prober = insideProber(engine, {
    paths,
    stack: 'prod',
    image: 'probe:1',
    secrets: change.secrets ?? [secret('ca', 'certificate'), secret('auth-token', 'token')],
    clock,
    redactor: createRedactor(['hunter22']),
    keys: { authority: () => undefined, token: () => undefined },
    me: { host: 'here', boot: 'b', pid: 7, isAlive: (pid) => pid === 7 },
  });
  const subject = (name: string, endpoint: EndpointExpectation): EndpointSubject => ({
    service: name,
    task: tasks.find(({ id }) => id === name) ?? task('', ''),
    endpoint,
    ...(endpoint.port === 9989 ? { tls } : {}),
  });
  const ask = async (...subjects: EndpointSubject[]) => {
    const found = await prober.ask(subjects, {
      deadline: clock.now() + 20_000,
      giveUpAt: clock.now() + 60_000,
      signal: new AbortController().signal,
    });
    return subjects.map((one) => found.get(one));
  };
  return { ask, subject, jobs, removed, paths };
}

const pem = (id: string, certificate: string): string[] =>
  certificate
    .trim()
    .split(/\r?\n/)
    .map(
      (line) =>
        `bundle-probe ${id} pem ${line.startsWith('-----B') ? 'begin' : line.startsWith('-----E') ? 'end' : line}`,
    );

/** The manager's certificate, as the job prints it. */
const SHOWN = pem('q0', manager.certificate).map((line) => line.replace('bundle-probe q0 ', ''));

describe('a look from inside', () => {
  test('asks all in one job: in the networks it needs, where the secrets are already, with the locked versions', async () => {
    const { ask, subject, jobs, removed } = setUp();
    await ask(
      subject('manager', tls),
      subject('manager', login),
      subject('agent-1', register('agent-1')),
      subject('agent-2', register('agent-2')),
      subject('agent-2', { kind: 'tcp', name: 'x', port: 5 }),
    );
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatchObject({
      image: 'probe:1',
      networks: ['overlay'],
      constraints: ['node.id == id-n2'],
      labels: {
        'bundle.stack': 'prod',
        'bundle.kind': 'verify-probe',
        'bundle.job.host': 'here',
        'bundle.job.pid': '7',
      },
      secrets: [
        { id: 'id-certificate', name: 'prod_certificate.v2', target: 'probe/ca-certificate/content' },
        { id: 'id-token', name: 'prod_token.v2', target: 'probe/auth-token-token/content' },
      ],
    });
    const [, , script = ''] = jobs[0]?.command ?? [];
    expect(script.match(/^q\d+\(\) \{/gm), 'one question for a register').toHaveLength(4);
    expect(script).toContain('::10.0.1.5:9989');
    expect(script).not.toContain('10.255.0.9');
    expect(removed).toEqual(['job']);
  });

  test.each(['n1', 'n2'])(
    'tells that its node hears nothing of another one, of the host name %s too',
    async (hostname) => {
      const { ask, subject, paths } = setUp({ hostname, prints: () => ['bundle-probe q0 status 28 000'] });
      await ask(subject('agent-1', { kind: 'tcp', name: 'x', port: 5 }));
      const [here, there] = hostname === 'n2' ? ['n2 (id-n2)', 'n2 (id-n1)'] : ['n2', 'n1'];
      expect(paths.results('prod').map(({ detail }) => detail)).toEqual([
        expect.stringContaining(
          `: ${here} and ${there}: asked from ${here}, none of the 1 ports asked on ${there} answers`,
        ),
      ]);
    },
  );

  const both = ['prod_certificate.v2', 'prod_token.v2'];
  test.each<[string, Parameters<typeof setUp>[0], string]>([
    ['the first that takes tasks', { mounted: { n1: both, n2: both } }, 'node.id == id-n1'],
    ['another that has them, for a paused one', { mounted: { n1: both, n2: both }, availability: { n1: 'pause' } }, 'node.id == id-n2'], // prettier-ignore
    ['one with another version of it, which is to have this one', { mounted: { n1: ['prod_certificate.v1', 'prod_token.v1'] } }, 'node.id == id-n1'], // prettier-ignore
    ['one with this version of it rather', { mounted: { n1: ['prod_certificate.v1', 'prod_token.v1'], n2: both } }, 'node.id == id-n2'], // prettier-ignore
    ['one that the swarm has no word from yet, as after an election', { unheard: true, mounted: { n1: both, n2: both }, availability: { n1: 'pause' } }, 'node.id == id-n2'], // prettier-ignore
    ['one with the token alone, since anybody may see a certificate', { mounted: { n2: ['prod_token.v2'] } }, 'node.id == id-n2'], // prettier-ignore
  ])('a token goes to %s', async (_which, change, constraint) => {
    const { ask, subject, jobs } = setUp(change);
    await ask(subject('manager', tls), subject('manager', login));
    expect(jobs.map(({ constraints }) => constraints)).toEqual([[constraint]]);
  });

  test.each<[SwarmNode['availability']]>([['pause'], ['drain']])(
    'a token goes nowhere if the node that has it is set to %s; what needs none is asked elsewhere',
    async (set) => {
      const prints = () => ['bundle-probe q1 tcp 7', 'bundle-probe q1 done'];
      const { ask, subject, jobs } = setUp({ prints, availability: { n2: set } });
      const [port, ...refused] = await ask(
        subject('agent-2', { kind: 'tcp', name: 'x', port: 5 }),
        subject('manager', login),
        subject('agent-1', register('agent-1')),
      );
      for (const outcome of refused)
        expect(outcome).toEqual({
          status: 'unsure',
          detail:
            'it is not asked: a job with its secrets goes to no node that has not got them, and of those that have none ' +
            `takes a job (n2 is set to ${set}); \`docker node update --availability active n2\` lets it run there`,
        });
      expect(port?.detail).not.toContain('it is not asked');
      expect(jobs.map(({ constraints, secrets }) => [constraints, secrets])).toEqual([[['node.id == id-n1'], []]]);
    },
  );

  test('a token that no task mounts goes nowhere; a certificate that none mounts, anywhere', async () => {
    const { ask, subject, jobs } = setUp({ mounted: {} });
    const [refused] = await ask(subject('manager', login), subject('manager', tls));
    expect(refused).toMatchObject({
      status: 'unsure',
      detail: expect.stringMatching(/, and no node runs a task with prod_token\.v2$/) as string,
    });
    expect(jobs).toMatchObject([{ constraints: ['node.platform.os == linux'], secrets: [{ id: 'id-certificate' }] }]);
  });

  test('tokens that are on two nodes are asked by two jobs', async () => {
    const other = { ...login, name: 'other', token: { secret: 'other', part: 'word' } } as EndpointExpectation;
    const { ask, subject, jobs } = setUp({
      mounted: { n1: ['prod_word.v2'], n2: both },
      secrets: [secret('ca', 'certificate'), secret('auth-token', 'token'), secret('other', 'word')],
    });
    await ask(subject('manager', login), subject('manager', other));
    expect(jobs.map(({ constraints, secrets }) => [constraints, secrets.map(({ id }) => id)])).toEqual([
      [['node.id == id-n2'], ['id-certificate', 'id-token']],
      [['node.id == id-n1'], ['id-certificate', 'id-word']],
    ]);
  });

  test('what cannot be asked keeps no other from being asked', async () => {
    const other = { ...login, name: 'other', token: { secret: 'other', part: 'word' } } as EndpointExpectation;
    const { ask, subject, jobs } = setUp({
      prints: () => ['q0 tls 0', 'q0 done'].map((line) => `bundle-probe ${line}`),
      refuses: ({ constraints }) => constraints?.[0] === 'node.id == id-n1',
      mounted: { n1: ['prod_word.v2'], n2: both },
      secrets: [secret('ca', 'certificate'), secret('auth-token', 'token'), secret('other', 'word')],
    });
    const [asked, refused] = await ask(subject('manager', login), subject('manager', other));
    expect(refused).toEqual({
      status: 'unsure',
      detail: 'it could not be asked inside the stack’s network: no more jobs',
    });
    expect(asked?.detail).not.toContain('no more jobs');
    expect(jobs).toHaveLength(1);
  });

  test('judges what it prints', async () => {
    const prints = [
      'q0 register 0 200',
      'q0 known 0:0',
      'q0 known 1:1',
      'q1 tls 0',
      'q1 protocol TLSv1.3',
      'q1 plain 52 000',
      'q2 none 0 401',
      'q2 wrong 0 401',
      'q2 right 0 200',
      'q3 tcp 7',
      ...['q0', 'q1', 'q2', 'q3'].map((id) => `${id} done`),
    ].map((line) => `bundle-probe ${line}`);
    const { ask, subject } = setUp({
      prints: () => [...pem('authority-ca-certificate', ca.certificate), ...pem('q1', manager.certificate), ...prints],
    });
    const outcomes = await ask(
      subject('manager', tls),
      subject('manager', login),
      subject('agent-1', register('agent-1')),
      subject('agent-2', register('agent-2')),
      subject('agent-1', { kind: 'tcp', name: 'x', port: 5 }),
    );
    expect(outcomes).toEqual([
      expect.objectContaining({
        status: 'passed',
        detail: expect.stringMatching(
          /^CN=manager, for manager, issued by CN=our CA.*TLSv1\.3, plain HTTP refused$/,
        ) as string,
      }),
      { status: 'passed', detail: 'with the token 200, with a wrong one 401, without 401' },
      { status: 'passed', detail: 'manager says of agent-1: fine' },
      { status: 'failed', detail: 'manager says of agent-2: lost' },
      { status: 'failed', detail: 'port 5 inside the stack’s network: nothing takes the connection', starting: true },
    ]);
  });

  test.each<[string, EndpointExpectation, string[], object]>([
    [
      'a token kept back',
      login,
      ['none 60 000'],
      { status: 'unsure', detail: expect.stringMatching(/^a token is not sent.*\(curl 60: /) },
    ],
    [
      'a register that does not prove its name',
      register('manager'),
      ['register 35'],
      { status: 'unsure', detail: expect.stringMatching(/^manager is not asked.*\(no TLS handshake\)$/) },
    ],
    [
      'no TLS at all',
      tls,
      ['tls 35', 'plain 0 200'],
      {
        status: 'failed',
        detail:
          'it serves plain HTTP on the same port (200); port 9989 inside the stack’s network: no TLS handshake ' +
          'of 1.2 or newer',
      },
    ],
    [
      'an old protocol too',
      tls,
      ['older', ...SHOWN, 'tls 0', 'protocol TLSv1.3'],
      expect.objectContaining({
        status: 'failed',
        detail: expect.stringMatching(/^it takes TLS 1\.1 or older too[;:] /),
      }),
    ],
    [
      'an old protocol too, which is no fault',
      { ...tls, olderTls: 'told' },
      ['older', ...SHOWN, 'tls 0', 'protocol TLSv1.3'],
      expect.objectContaining({
        status: 'unsure',
        detail: expect.stringMatching(
          /; it takes TLS 1\.1 or older too, plain HTTP refused$|; it takes TLS 1\.1 or older too$/,
        ),
      }),
    ],
    [
      'an old protocol alone',
      tls,
      ['tls 35', 'older', 'plain 52 000'],
      { status: 'failed', detail: expect.stringMatching(/^port 9989 .*no TLS handshake of 1\.2 or newer$/) },
    ],
    [
      'one that refuses a client without certificate',
      tls,
      [...SHOWN, 'refusal shown', 'tls 35', 'protocol TLSv1.2', 'plain 52 000'],
      expect.objectContaining({
        status: 'unsure',
        detail: expect.stringMatching(/TLSv1\.2\); it refuses a client without certificate$/),
      }),
    ],
    [
      'one that may refuse a client without certificate',
      tls,
      ['refusal untold', 'tls 35', 'plain 52 000'],
      {
        status: 'unsure',
        detail: expect.stringMatching(/^port 9989 .*no TLS handshake: .*cannot tell without openssl/),
      },
    ],
    [
      'one that refuses such a client, and signs nothing before',
      tls,
      ['refusal unsigned', 'tls 35', 'plain 52 000'],
      {
        status: 'unsure',
        detail: expect.stringMatching(/^port 9989 .*: it refuses a client without certificate, and before that/),
      },
    ],
    [
      'one that may, and serves plain HTTP',
      tls,
      ['refusal untold', 'tls 35', 'plain 0 200'],
      { status: 'failed', detail: expect.stringMatching(/^it serves plain HTTP on the same port \(200\)/) },
    ],
    ['one that is rightly closed', secured, ['tls 7'], { status: 'not-run', detail: 'closed until it is opened' }],
    [
      'one that was opened',
      secured,
      ['tls 0', 'protocol TLSv1.3', 'plain 52 000'],
      {
        status: 'passed',
        detail:
          'port 9088 inside the stack’s network: TLSv1.3; whose certificate it shows is not looked at, plain HTTP refused',
      },
    ],
    [
      'one that was opened in clear',
      secured,
      ['tls 35', 'plain 0 200'],
      { status: 'failed', detail: expect.stringContaining('it serves plain HTTP on the same port (200)') },
    ],
    [
      'one that is neither',
      secured,
      ['tls 35', 'plain 1 000'],
      { status: 'unsure', detail: expect.stringContaining('no TLS handshake of 1.2 or newer') },
    ],
    ['one that is silent', secured, ['tls 28'], { status: 'unsure', detail: expect.stringContaining('no answer') }],
    ['silence', tls, ['tls 28'], { status: 'unsure', detail: expect.stringContaining('no answer in time') }],
    [
      'a server of another product',
      login,
      ['none 0 404', 'wrong 0 404', 'right 0 404'],
      { status: 'failed', detail: expect.stringContaining('lets in') },
    ],
    [
      'a shell that would show the token',
      login,
      ['mute'],
      { status: 'unsure', detail: expect.stringContaining('cannot hand it on unseen') },
    ],
    [
      'a register that refuses',
      register('manager'),
      ['register 0 401'],
      { status: 'unsure', detail: 'manager answers the question of who is registered with 401' },
    ],
    [
      'a register without it',
      register('manager'),
      ['register 0 200'],
      { status: 'failed', detail: 'manager does not know manager' },
    ],
    [
      'a register that is away',
      register('manager'),
      ['register 7 000'],
      { status: 'unsure', detail: expect.stringContaining('nothing takes the connection') },
    ],
    ['an output that was cut', tls, [], { status: 'unsure', detail: 'the probe ended before it was asked' }],
  ])('%s', async (_what, endpoint, lines, outcome) => {
    const prints = (said: string[]) => () => said.map((line) => `bundle-probe q0 ${line}`);
    const { ask, subject } = setUp({ prints: prints(lines.length === 0 ? [] : [...lines, 'done']) });
    expect(await ask(subject('manager', endpoint))).toEqual([outcome]);
  });

  test.each<[string, EndpointExpectation, string[]]>([
    ['a plain request', tls, [...SHOWN, 'tls 0', 'protocol TLSv1.3']],
    ['an old protocol', tls, [...SHOWN, 'tls 0', 'protocol TLSv1.3', 'plain 52 000']],
    ['a plain request, of a port that may be closed', secured, ['tls 0', 'protocol TLSv1.3']],
    ['the right token', login, ['none 0 401', 'wrong 0 401']],
    ['all entries', register('manager'), ['known 1:0']],
  ])('one that was cut before it had asked %s', async (_what, endpoint, lines) => {
    const { ask, subject } = setUp({ prints: () => lines.map((line) => `bundle-probe q0 ${line}`) });
    expect(await ask(subject('manager', endpoint))).toEqual([
      { status: 'unsure', detail: 'the probe ended before it had asked all' },
    ]);
  });

  test('says nothing of a port on a node that is away, and nothing of an entry that may be a former task’s', async () => {
    const away = setUp({ nodeState: 'down', prints: () => ['bundle-probe q0 tcp 7', 'bundle-probe q0 done'] });
    expect(await away.ask(away.subject('agent-1', { kind: 'tcp', name: 'x', port: 5 }))).toEqual([
      { status: 'unsure', detail: expect.stringContaining('no word from its node') as string },
    ]);
    const young = setUp({
      age: -30,
      prints: () => ['bundle-probe q0 known 0:0', 'bundle-probe q0 register 0 200', 'bundle-probe q0 done'],
    });
    expect(await young.ask(young.subject('agent-1', register('agent-1')))).toEqual([
      { status: 'unsure', detail: expect.stringContaining('so young') as string },
    ]);
    const behind = setUp({ age: 5, ageThere: 600 });
    await behind.ask(behind.subject('agent-1', register('agent-1')));
    expect(behind.jobs[0]?.command.at(-1), 'whatever its node’s clock says').toContain('while early 12;');
  });

  test('a job that fails tells nothing, and why in redacted words', async () => {
    const { ask, subject, removed } = setUp({ fails: 'No such image: probe:1 hunter22' });
    expect(await ask(subject('manager', tls))).toEqual([
      {
        status: 'unsure',
        detail: 'the probe inside the stack’s network did not end well: No such image: probe:1 [redacted]',
      },
    ]);
    expect(removed).toEqual(['job']);
  });

  test('a job that was ended in the middle tells of a question that it had begun why it was cut', async () => {
    const { ask, subject } = setUp({ late: true, prints: () => ['bundle-probe q0 tls 0'] });
    expect(await ask(subject('manager', tls))).toEqual([
      { status: 'unsure', detail: expect.stringMatching(/^the probe inside the stack’s network did not end well: /) },
    ]);
  });

  test('more than one argument of a program can hold is asked by several jobs', async () => {
    const exchange = (index: number): EndpointExpectation => ({
      kind: 'exchange',
      name: `protocol-${index}`,
      port: 9092,
      serverName: 'kafka-1.example.org',
      send: '00'.repeat(40),
      answer: '..'.repeat(8),
      expected: 'answer',
    });
    const { ask, subject, jobs, removed } = setUp({ prints: () => ['bundle-probe q0 exchange 0 0'] });
    const subjects = Array.from({ length: 200 }, (_one, index) => subject('agent-1', exchange(index)));
    const outcomes = await ask(...subjects);
    const scripts = jobs.map(({ command }) => command.at(-1) ?? '');
    expect(jobs.length).toBeGreaterThan(1);
    expect(Math.max(...scripts.map((script) => Buffer.byteLength(script)))).toBeLessThan(131_072);
    expect(scripts.flatMap((script) => script.match(/say q\d+ exchange "\$code"/g) ?? [])).toHaveLength(200);
    expect(outcomes).toHaveLength(200);
    expect(outcomes).not.toContain(undefined);
    expect(removed).toHaveLength(jobs.length);
  });

  test('what cannot be asked needs no job', async () => {
    const { ask, subject, jobs } = setUp({ secrets: [secret('ca', 'certificate', false)] });
    const { tls: _unknown, ...bare } = subject('manager', login);
    expect(
      await ask(
        subject('manager', tls),
        bare,
        subject('agent-1', {
          kind: 'registration',
          name: 'registered',
          port: 1,
          register: { unknown: 'nobody knows how' },
        }),
      ),
    ).toEqual([
      { status: 'unsure', detail: 'the certificate of ca is not in the swarm' },
      { status: 'not-run', detail: 'a token is sent to no server of whose certificate nothing is known' },
      { status: 'not-run', detail: 'nobody knows how' },
    ]);
    expect(jobs).toEqual([]);
  });
});
