import { describe, expect, test } from 'vitest';
import { emptyLock, type Lock } from '../../../src/bundle/lock.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { secretStates } from '../../../src/bundle/secret-state.ts';
import { oldData } from '../../../src/checks/old-data.ts';
import type { Engine, LocalVolume, SwarmConfig } from '../../../src/engine/port.ts';
import type { VolumeChange } from '../../../src/plan/volumes.ts';
import { needsBy } from '../../../src/release/defined-by.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { validateAnswers } from '../../support/answers.ts';
import { context, node, service } from '../../support/check-context.ts';
import { cluster, lockOf } from '../stacks/imply.ts';

const MADE = '2026-05-01T10:00:00.000Z';
/** A password by number, as a lockfile knows it. */
const password = (version: number, content = version): Lock['secrets'][string] => ({
  ...{ version, kind: 'password', created: MADE, facts: {} },
  fingerprints: { password: String(content).repeat(64) },
});
const volume = (name: string, createdAt?: string): LocalVolume => ({
  id: name,
  name,
  labels: { 'com.docker.stack.namespace': 'prod' },
  ...(createdAt === undefined ? {} : { createdAt }),
});
const OLD = volume('prod_mysql-data', '2026-04-01T10:00:00Z');

/** As the note of a release: another build recorded it, with a key that this one does not know. */
const STRANGE = 'strange';
const OWN = { store: { embedded: true } };
const OUTSIDE = { store: { embedded: false, host: 'db.example.org', user: 'imply' } };
/** Answers, version of the password, how it ended, why it failed. */
type Past = [answers: object, version: number, state?: ReleaseState, note?: string];

/** A record of the stack, or one that this version cannot read. */
function record(past: Past | 'unreadable', number: number): SwarmConfig {
  const config = { id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' };
  if (past === 'unreadable') return { ...config, labels: {}, data: Buffer.from('of a later format') };
  const [over, version, state = 'verified', note = ''] = past;
  const bundle = cluster(over as Record<string, unknown>);
  const { secrets, ...rest } = lockOf(bundle);
  const lock = { ...rest, secrets: { ...secrets, 'store-password': password(version) } };
  const answers = { version: 1, stack: 'imply', name: 'prod', ...bundle.answers, ...(note === STRANGE && { x: 1 }) };
  return {
    ...config,
    labels: releaseLabels('prod', { state, note }),
    data: encodeRelease({
      ...{ number, at: MADE, by: 'ann@ops', tool: '0.1.0', answers, lock, nodeLabels: [] },
      document: renderBundle(bundle, lock).document,
    }),
  };
}

interface Swarm {
  answers?: object;
  services?: string[];
  /** Oldest first. */
  releases?: (Past | 'unreadable')[];
  /** The bundle's password. */
  now?: Lock['secrets'][string];
  /** What the plan says of the store's volume. */
  planned?: Pick<VolumeChange, 'action' | 'seen'>;
}

function found(
  volumes: LocalVolume[],
  { answers = {}, services = [], releases = [], now = password(2), planned }: Swarm = {},
) {
  const asked: Partial<Engine> = {
    // As an engine filters.
    localVolumes: async ({ stack }) =>
      volumes.filter(({ labels }) => stack === undefined || labels['com.docker.stack.namespace'] === stack),
    configs: async () => releases.map((past, index) => record(past, index + 1)),
  };
  const all = context(answers as never, { engine: asked, services: services.map((name) => service(name)) });
  const secrets = secretStates({
    stack: 'prod',
    needs: all.plan.secrets,
    lock: { ...emptyLock(), secrets: { 'store-password': now } },
    used: new Set(Object.keys(all.document.secrets)),
    key: undefined,
    materials: {},
    live: [],
  });
  const plan = { ...all.planned(), ...(planned && { volumes: [{ name: 'prod_mysql-data', ...planned }] }) };
  return oldData.run({ ...all, secrets, planned: () => plan });
}

describe('data from before, of which no release tells', () => {
  test('a volume older than the password: refused, with the two ways out', async () => {
    expect(await found([OLD], { now: password(1) })).toEqual([
      {
        level: 'error',
        text:
          'volume prod_mysql-data on the node of this engine is from before (2026-04-01) and no release of prod in ' +
          'this swarm ran with it, but the root password of the embedded MySQL was made 2026-05-01: the data there ' +
          'refuses it',
        hint: expect.stringMatching(
          /^either keep the data .*secretFiles\.storePassword=FILE.*; or start empty: .*docker volume rm prod_mysql-data/,
        ) as string,
      },
    ]);
  });

  test('a volume made by hand, which bears no label; not one of another stack', async () => {
    const labelled = (stack: string): LocalVolume => ({ ...OLD, labels: { 'com.docker.stack.namespace': stack } });
    const ends = async (one: LocalVolume) => (await found([one], { now: password(1) })).map(({ level }) => level);
    expect(await ends(labelled('prod'))).toEqual(['error']);
    // Its data may have come with the password: nobody is told to remove it.
    const [byHand, ...none] = await found([{ ...OLD, labels: {} }], { now: password(1) });
    expect(none).toEqual([]);
    expect(byHand).toMatchObject({ level: 'unsure', text: expect.stringContaining('made by hand') as string });
    expect(byHand?.hint).toBeUndefined();
    expect(await ends(labelled('other'))).toEqual([]);
  });

  test('seconds before, in another zone', async () => {
    expect(await found([volume('prod_mysql-data', '2026-05-01T11:59:58+02:00')], { now: password(1) })).toMatchObject([
      { level: 'error' },
    ]);
  });

  test.each<[string, Swarm]>([
    ['the store was outside', { releases: [[OUTSIDE, 1]] }],
    ['beside a store outside that runs', { releases: [[OUTSIDE, 1]], services: ['prod_imply-manager'] }],
    ['the only deployment of a bundle before this one failed', { releases: [[OWN, 1, 'failed']], now: password(1, 9) }],
  ])('nor any that ran with it: %s', async (_what, swarm) => {
    expect(await found([OLD], { now: password(1), ...swarm })).toMatchObject([
      { level: 'error', text: expect.stringContaining('from before') },
    ]);
  });

  test('a password that replaced another one may have been told before the stack was destroyed: said, not refused', async () => {
    expect(await found([OLD])).toEqual([
      {
        level: 'unsure',
        text:
          'whether the data in prod_mysql-data goes by version 2 of store-password (root password of the embedded ' +
          'MySQL) cannot be told: it replaced another one, and no release tells who was told of it',
      },
    ]);
  });

  test.each<[string, LocalVolume[], Swarm?]>([
    ['of the same bundle, destroyed and deployed again', [volume('prod_mysql-data', '2026-05-02T10:00:00Z')]],
    ['without a date', [volume('prod_mysql-data')]],
    [
      'of another name',
      [volume('prod_mysql-data-2', '2026-04-01T10:00:00Z'), volume('mysql-data', '2026-04-01T10:00:00Z')],
    ],
    ['that keeps no password', [volume('prod_imply-manager-var', '2026-04-01T10:00:00Z')]],
    ['of a stack that runs', [OLD], { services: ['prod_mysql'] }],
    ['of nobody', []],
    ['of nobody, once a store outside took its place', [], { releases: [[OUTSIDE, 1]] }],
    ['of a store outside', [OLD], { answers: OUTSIDE, releases: [[OWN, 1]] }],
  ])('a volume %s is fine', async (_what, volumes, more) => {
    expect(await found(volumes, more)).toEqual([]);
  });

  test.each<[string, Past | 'unreadable']>([
    ['a release that cannot be read', 'unreadable'],
    ['one with answers that this version does not know', [OWN, 1, 'verified', STRANGE]],
  ])('%s leaves it open', async (_what, past) => {
    expect(await found([OLD], { releases: [past] })).toEqual([
      {
        level: 'unsure',
        text:
          'whether the data in prod_mysql-data goes by version 2 of store-password (root password of the embedded ' +
          'MySQL) cannot be told: this version of bundle cannot read release 1',
      },
    ]);
  });
});

describe('data that a release left, wherever it is', () => {
  test('and another password: refused, with the ways out', async () => {
    expect(await found([], { releases: [[OWN, 1]] })).toEqual([
      {
        level: 'error',
        text:
          'the data in prod_mysql-data goes by version 1 of store-password (root password of the embedded MySQL), ' +
          'that of release 1: it refuses version 2, and nothing runs that could be told of it',
        hint:
          '`bundle rollback --to 1` brings both back, and `bundle deploy` after it tells what runs of the present ' +
          'version; or give version 1 again: `bundle init --set secretFiles.storePassword=FILE` (it is ' +
          'secrets/store-password.v1 if `init` put another one in its place); or without that data: remove its ' +
          'volume, then --ignore old-data',
      },
    ]);
  });

  test.each<[string, Swarm, number]>([
    ['after a store outside, whose manager runs', { releases: [[OWN, 1], [OUTSIDE, 2]], services: ['prod_imply-manager'], now: password(3) }, 1], // prettier-ignore
    [
      'after that one’s password',
      {
        releases: [
          [OWN, 1],
          [OUTSIDE, 2],
        ],
      },
      1,
    ],
    [
      'which was told another one meanwhile',
      {
        releases: [
          [OWN, 1],
          [OWN, 2],
        ],
        now: password(1),
      },
      2,
    ],
    [
      'after a deployment that found nobody to tell',
      {
        releases: [
          [OWN, 1],
          [OWN, 2, 'failed', 'nobody-to-tell'],
        ],
      },
      1,
    ],
    [
      'after one that failed beside a store outside',
      {
        releases: [
          [OWN, 1],
          [OUTSIDE, 3],
          [OWN, 2, 'failed'],
        ],
      },
      1,
    ],
    ['after a record that cannot be read, from before', { releases: ['unreadable', [OWN, 1]] }, 2],
    ['whose volume is there', { releases: [[OWN, 1]], planned: { action: 'reuse', seen: true } }, 1],
    ['whose volume cannot be seen from here', { releases: [[OWN, 1]], planned: { action: 'create', seen: false } }, 1],
  ])('%s', async (_what, swarm, release) => {
    expect(await found([], swarm)).toMatchObject([
      { level: 'error', text: expect.stringContaining(`that of release ${release}: it refuses version`) },
    ]);
  });

  test.each<[string, Swarm]>([
    [
      'and its own password',
      {
        releases: [
          [OWN, 1],
          [OUTSIDE, 2],
        ],
        now: password(1),
      },
    ],
    [
      'and its own password, given again',
      {
        releases: [
          [OWN, 1],
          [OUTSIDE, 2],
        ],
        now: password(3, 1),
      },
    ],
    [
      'and the one that it was told last',
      {
        releases: [
          [OWN, 1],
          [OWN, 2],
        ],
      },
    ],
    ['and a store that runs, which is told', { releases: [[OWN, 1]], services: ['prod_mysql'] }],
    ['and was removed since', { releases: [[OWN, 1]], planned: { action: 'create', seen: true } }],
  ])('%s is fine', async (_what, swarm) => {
    expect(await found([], swarm)).toEqual([]);
  });

  test.each<[string, Swarm, string]>([
    [
      'that did not end',
      {
        releases: [
          [OWN, 1],
          [OWN, 2, 'failed'],
        ],
      },
      'release 2 did not end well',
    ],
    ['that cannot be read', { releases: [[OWN, 1], 'unreadable'] }, 'this version of bundle cannot read release 2'],
    [
      'with answers that this version does not know',
      {
        releases: [
          [OWN, 1],
          [OWN, 2, 'verified', STRANGE],
        ],
        now: password(3),
      },
      'this version of bundle cannot read release 2',
    ],
  ])('and maybe the password of a release %s: that is said', async (_what, swarm, why) => {
    expect(await found([], swarm)).toMatchObject([
      { level: 'unsure', text: expect.stringContaining(why), hint: expect.stringContaining('bundle rollback --to 1') },
    ]);
  });
});

describe('Kafka’s administrator, whom the controllers’ data knows by a password (SCRAM)', () => {
  const kafka = (login: string) =>
    validateAnswers(
      { version: 1, stack: 'kafka', name: 'prod', nodes: ['n1', 'n2', 'n3'], clients: { login } },
      'bundle.yaml',
    );
  const withPassword = (login: string, version: number): Lock => {
    const { secrets, ...rest } = lockOf(kafka(login));
    return { ...rest, secrets: { ...secrets, 'admin-password': password(version) } };
  };

  function check(login: string, version: number, services: string[] = []) {
    const past = kafka('scram');
    const lock = withPassword('scram', 1);
    const config: SwarmConfig = {
      ...{ id: 'r1', name: 'prod.release.1', version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state: 'verified' }),
      data: encodeRelease({
        ...{ number: 1, at: MADE, by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
        answers: { version: 1, stack: 'kafka', name: 'prod', ...past.answers },
        document: renderBundle(past, lock).document,
      }),
    };
    const bundle = kafka(login);
    const plan = bundle.definition.plan('prod', bundle.answers);
    const now = withPassword(login, version);
    const { document } = renderBundle(bundle, now);
    const used = new Set(Object.keys(document.secrets));
    const swarm = {
      nodes: ['n1', 'n2', 'n3'].map((name) => node(name)),
      services: services.map((name) => service(name)),
      engine: { localVolumes: async () => [], configs: async () => [config] },
    };
    const inputs = { stack: 'prod', needs: plan.secrets, lock: now, used, key: undefined, materials: {}, live: [] };
    return oldData.run({
      ...context({}, swarm),
      ...{ plan, document, secrets: secretStates(inputs), needsOf: needsBy(bundle.definition) },
    });
  }

  test('another one after the stack was removed by hand: refused', async () => {
    expect(await check('scram', 2)).toMatchObject([
      {
        level: 'error',
        text: expect.stringMatching(
          /^the data in prod_kafka-1-data, prod_kafka-2-data, prod_kafka-3-data goes by version 1 of admin-password /,
        ),
        hint: expect.stringContaining('write it into secrets/kafka-admin-password, then `bundle init`'),
      },
    ]);
  });

  test('is told to brokers that run, is the same, or is read from its file alone (PLAIN): fine', async () => {
    expect(await check('scram', 2, ['prod_kafka-2'])).toEqual([]);
    expect(await check('scram', 1)).toEqual([]);
    expect(await check('plain', 2)).toEqual([]);
  });
});
