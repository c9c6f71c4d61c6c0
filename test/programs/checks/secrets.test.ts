import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { emptyLock, type Lock } from '../../../src/bundle/lock.ts';
import { secretStates, type SecretInputs } from '../../../src/bundle/secret-state.ts';
import { secretChecks } from '../../../src/checks/secrets.ts';
import { DAY_MS } from '../../../src/days.ts';
import { releaseAsBundle } from '../../../src/deploy/release-bundle.ts';
import { checkContext } from '../../../src/deploy/review.ts';
import type { Engine, SwarmConfig } from '../../../src/engine/port.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import { encodeRelease, releaseLabels, type StoredRelease } from '../../../src/release/record.ts';
import { expiryResults } from '../../../src/verify/bundle/expiry.ts';
import { EVERYTHING } from '../../../src/verify/select.ts';
import { proof } from '../../proof/definition.ts';
import { context, service } from '../../support/check-context.ts';
import { init, recordedIo, workplace } from '../../unit/init/support.ts';
import { requested } from '../../unit/secrets/material.ts';

const key = Buffer.alloc(32, 7);
const token = { token: Buffer.from('a-token-for-the-unit-tests-0123') };
const other = { token: Buffer.from('another-token-for-the-tests-456') };
const needs = context({ tls: { enabled: false }, authentication: { allowClearText: true } }).plan.secrets.filter(
  (need) => need.secret === 'auth-token',
);
const locked = (material: Record<string, Buffer>): Lock => ({
  ...emptyLock(),
  secrets: {
    'auth-token': {
      version: 2,
      kind: 'auth-token',
      created: '2026-01-01T00:00:00Z',
      fingerprints: fingerprints(key, 'auth-token', material),
      facts: {},
    },
  },
});
const inSwarm = (labels: Record<string, string>) => [
  { id: 'x', name: 'prod_imply-auth-token.v2', labels, createdAt: '' },
];
const ours = { 'bundle.fingerprint': fingerprints(key, 'auth-token', token)['token'] ?? '' };

const state = (more: Partial<SecretInputs>) =>
  secretStates({
    stack: 'prod',
    needs,
    lock: locked(token),
    used: new Set(['imply-auth-token']),
    key,
    materials: { 'auth-token': token },
    live: [],
    ...more,
  });

describe('the state of a secret', () => {
  it.each<[string, Partial<SecretInputs>]>([
    ['missing', {}],
    ['present', { live: inSwarm(ours) }],
    ['present', { live: inSwarm(ours), materials: {}, key: undefined }],
    ['foreign', { live: inSwarm({}) }],
    ['differs', { live: inSwarm({ 'bundle.fingerprint': '0'.repeat(64) }) }],
    ['changed', { materials: { 'auth-token': other } }],
    ['present', { live: inSwarm(ours), materials: { 'auth-token': other } }],
    ['differs', { live: inSwarm({ 'bundle.fingerprint': '0'.repeat(64) }), materials: { 'auth-token': other } }],
    ['foreign', { live: inSwarm({}), materials: { 'auth-token': other } }],
    ['lost', { materials: {}, key: undefined }],
  ])('%s', (expected, more) => {
    expect(state(more).map((each) => [each.name, each.state])).toEqual([['prod_imply-auth-token.v2', expected]]);
  });

  it('tells apart what is on disk, whatever the swarm has', () => {
    const told = (more: Partial<SecretInputs>) => state(more)[0]?.otherOnDisk;
    for (const live of [[], inSwarm(ours), inSwarm({})]) {
      expect(told({ live })).toBe(false);
      expect(told({ live, materials: { 'auth-token': other } })).toBe(true);
      expect(told({ live, materials: {} })).toBe(false);
    }
    expect(told({ materials: { 'auth-token': other }, key: undefined }), 'nobody can tell').toBe(false);
  });

  it('finds swarm’s name ignoring case, as swarm does', () => {
    expect(
      state({ live: [{ id: 'x', name: 'PROD_imply-auth-token.v2', labels: ours, createdAt: '' }] })[0]?.state,
    ).toBe('present');
  });

  it('leaves out what stack.yml does not mount', () => {
    expect(state({ used: new Set() })).toEqual([]);
  });
});

describe('the check of secrets', () => {
  const run = async (more: Partial<SecretInputs>, adopt = false) =>
    secretChecks.run({ ...context(), secrets: state(more), adopt });

  it.each<[string, Partial<SecretInputs>, string]>([
    ['a foreign one', { live: inSwarm({}) }, 'that bundle did not make'],
    ['another content', { live: inSwarm({ 'bundle.fingerprint': '0'.repeat(64) }) }, 'another content'],
    ['a changed file', { materials: { 'auth-token': other } }, 'is not the content that bundle.lock.json means'],
    ['nothing anywhere', { materials: {}, key: undefined }, 'neither in the swarm nor on this disk'],
  ])('refuses %s', async (_what, more, text) => {
    expect(await run(more)).toMatchObject([{ level: 'error', text: expect.stringContaining(text) as string }]);
  });

  it('a file of another version stands in no way of what the swarm has as locked, and is not judged', async () => {
    const bad = { token: Buffer.from('two words-and-more-than-sixteen') };
    for (const file of [other, bad])
      expect(await run({ live: inSwarm(ours), materials: { 'auth-token': file } })).toEqual([
        {
          level: 'warning',
          text: 'secrets/imply-auth-token is of another version than bundle.lock.json means, and is not used',
          hint: expect.stringMatching(/^get the present one from who replaced it, or remove the file;/) as string,
        },
      ]);
    expect(await run({ live: inSwarm(ours) })).toMatchObject([{ level: 'ok' }]);
  });

  describe('another content in the swarm', () => {
    const theirs = fingerprints(key, 'auth-token', other)['token'] ?? '';
    const record = (state: 'verified' | 'failed', print: string, version = 2): SwarmConfig => ({
      ...{ id: 'r7', name: 'prod.release.7', version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state }),
      data: encodeRelease({
        ...{ number: 7, at: '2026-01-05T10:00:00Z', by: 'ann@ops', tool: '0.1.0', nodeLabels: [] },
        answers: { version: 1, stack: 'imply', name: 'prod' },
        lock: {
          ...emptyLock(),
          secrets: {
            'auth-token': { ...locked(other).secrets['auth-token']!, version, fingerprints: { token: print } },
          },
        },
        document: context().document,
      }),
    });
    const hint = async (records: SwarmConfig[], mounted: string[]) => {
      const from = context({}, { engine: { configs: async () => records } });
      const Secrets = mounted.map((SecretName) => ({ SecretName }));
      const any = service('other_any', { spec: { TaskTemplate: { ContainerSpec: { Secrets } } } });
      const found = await secretChecks.run({
        ...from,
        named: { dir: 'prod', context: 'far' },
        secrets: state({ live: inSwarm({ 'bundle.fingerprint': theirs }) }),
        live: { ...from.live!, services: [any] },
      });
      expect(found).toMatchObject([{ level: 'error' }]);
      return found[0]?.hint;
    };
    const RM =
      'no service mounts it: `docker --context far secret rm prod_imply-auth-token.v2`, then the same command again';

    it('that no service mounts is named with the command that removes it', async () => {
      expect(await hint([], ['prod_imply-auth-token.v1'])).toBe(RM);
      expect(await hint([record('failed', theirs)], [])).toBe(RM);
      expect(await hint([record('verified', theirs)], [])).toBe(
        `${RM}; release 7 of prod (ann@ops, 2026-01-05), which has it, cannot be brought back then`,
      );
    });

    it('that is mounted is told with who made it, and that the checkout may be old', async () => {
      const at = ['PROD_imply-auth-token.v2'];
      const told =
        'release 7 of prod (ann@ops, 2026-01-05) has it: if that is this bundle, bundle.lock.json here is older than what ' +
        'was deployed: bring the checkout up to date; if it was made from another bundle, use another stack name';
      expect(await hint([record('verified', theirs)], at)).toBe(told);
      expect(await hint([record('failed', theirs)], at)).toBe(told);
      for (const records of [[], [record('verified', '0'.repeat(64))], [record('verified', theirs, 3)]])
        expect(await hint(records, at)).toMatch(/^a service mounts it: if bundle\.lock\.json here is older/);
    });
  });

  it('names the command that takes a foreign one over', async () => {
    expect((await run({ live: inSwarm({}) }))[0]?.hint).toContain('`bundle deploy prod --adopt`');
  });

  it('takes a foreign one over when told to', async () => {
    expect(await run({ live: inSwarm({}) }, true)).toMatchObject([{ level: 'warning' }]);
  });

  it('refuses bad material without quoting it', async () => {
    const bad = { token: Buffer.from('two words-and-more-than-sixteen') };
    const found = await run({ materials: { 'auth-token': bad }, lock: locked(bad) });
    expect(found).toMatchObject([
      { level: 'error', text: expect.stringContaining('spaces, control or non-ASCII') as string },
    ]);
    expect(JSON.stringify(found)).not.toContain('two words');
  });
});

describe('certificates that a CA of the bundle issued, and CAs that clients refuse', () => {
  const run = (more: object) => secretChecks.run({ ...context(), ...more });

  it('a due one is a warning, one that no longer fits an error if deploy cannot mend it here; all name what restarts and who can', async () => {
    const reissue = (urgency: 'due' | 'must', here = false) => ({
      reissues: [{ secret: 'kafka-1', reason: { urgency, text: 'so it is' }, services: ['kafka-1'], here }],
    });
    expect(await run(reissue('due'))).toMatchObject([
      { level: 'warning', hint: expect.stringMatching(/deploy --renew.*restarts kafka-1/) as string },
    ]);
    expect(await run(reissue('must'))).toMatchObject([
      { level: 'error', hint: expect.stringMatching(/`bundle deploy`, where .*secrets.*restarts kafka-1/) as string },
    ]);
    expect(await run(reissue('must', true))).toMatchObject([
      { level: 'warning', hint: expect.stringMatching(/`bundle deploy` does it.*restarts kafka-1/) as string },
    ]);
    // A rollback has judged it by whom it lets in.
    expect(await run({ ...reissue('must'), backTo: 1 })).toMatchObject([{ level: 'warning' }]);
  });

  it('a CA whose key never reaches the swarm is checked with its key, and its end is known without', async () => {
    const definition = proof.plan('prod', proof.answers.parse({ image: 'lab/node:1', nodes: ['n1', 'n2', 'n3'] }));
    const plan = { ...definition, secrets: definition.secrets.filter(({ secret }) => secret === 'ca') };
    const [ca, stranger] = [requested({ days: 3650 }), requested({ days: 3650 })];
    const now = new Date();
    const onDisk = (material: Record<string, Buffer>) => ({
      ...context(),
      plan,
      now,
      endings: {},
      secretValue: ({ part }: { part: string }) => material[part],
    });
    const levels = async (more: object) =>
      (await secretChecks.run({ ...onDisk({ ...ca }), ...more })).map(({ level, text }) => [level, text]);
    expect(await levels({})).toMatchObject([['ok', expect.anything()]]);
    expect(await levels(onDisk({ certificate: ca.certificate, key: stranger.key }))).toEqual([
      ['error', 'secrets/proof-ca.crt, proof-ca.key: the CA key does not belong to the CA certificate'],
    ]);
    const ending = (days: number) => ({
      endings: { ca: new Date(now.getTime() + (days + 0.5) * 86_400_000).toISOString() },
    });
    const elsewhere = { secretValue: () => undefined, secretsOnDisk: false };
    for (const where of [{}, elsewhere]) {
      expect(await levels({ ...where, ...ending(89) })).toEqual([['warning', 'ca expires in 89 days']]);
      expect(await levels({ ...where, ...ending(90) })).toMatchObject([['ok', expect.anything()]]);
    }
    expect(await levels({ ...elsewhere, ...ending(-3) })).toMatchObject([
      ['error', expect.stringMatching(/^ca expired on \d{4}-\d\d-\d\d$/)],
    ]);
  });

  it('a CA that was taken before it was tried is a warning, one of today an error', async () => {
    const refused = (tried: boolean) => ({
      refusedAuthorities: [{ secret: 'ca', tried, fault: { code: 'ca-intermediate', text: 'is an intermediate' } }],
    });
    expect(await run(refused(false))).toMatchObject([
      { level: 'warning', text: 'the CA certificate (ca) is an intermediate' },
    ]);
    expect(await run(refused(true))).toMatchObject([{ level: 'error' }]);
  });
});

describe('certificates that have expired, of those who start and of a user', () => {
  afterEach(() => vi.useRealTimers());
  const KAFKA = ['nodes=n1', 'clients.login=certificate', 'clients.users=[orders]'];

  /** A bundle of long ago as `deploy` takes it, and one of its releases as `rollback` does. */
  async function expired(secretsHere: boolean): Promise<{ cwd: string; ways: Loaded[] }> {
    const cwd = workplace();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 400 * DAY_MS });
    const done = await init(cwd, { yes: true, dir: 'prod', stack: 'kafka', set: KAFKA });
    expect(done.error).toBeUndefined();
    if (!secretsHere) rmSync(join(cwd, 'prod/secrets'), { recursive: true });
    vi.useRealTimers();
    const loaded = await load({ dir: 'prod' }, recordedIo(cwd).io);
    const { bundle, lock } = loaded.directory;
    const answers = { version: 1, stack: 'kafka', name: bundle.name, ...bundle.answers };
    const release = { number: 1, answers, lock, document: loaded.document, images: {} };
    return {
      cwd,
      ways: [loaded, await releaseAsBundle({} as Engine, loaded, release as unknown as StoredRelease, [])],
    };
  }
  it.each([true, false])('only those that a service mounts refuse anything; secrets/ is here: %s', async (here) => {
    const { cwd, ways } = await expired(here);
    expect(ways).toHaveLength(2);
    for (const loaded of ways) {
      const { plan } = loaded.directory;
      const own = plan.secrets.flatMap(({ secret, issued, files }) =>
        issued && Object.values(files).every((file) => !(file in loaded.document.secrets)) ? [secret] : [],
      );
      expect(own).toEqual([expect.stringContaining('admin'), expect.stringContaining('orders')]);
      const findings = await secretChecks.run(await checkContext(loaded, undefined, undefined, {}, recordedIo(cwd).io));
      const levels = (part: string) => [
        ...new Set(findings.flatMap(({ level, text }) => (text.includes(part) ? [level] : []))),
      ];
      expect(levels('orders')).toEqual(['warning']);
      expect(levels('kafka-1')).toContain('error');

      const expiry = async (limit?: { ms: number; text: string }) => {
        const options = { limit, selection: EVERYTHING, signal: new AbortController().signal };
        const info = Promise.resolve({ systemTime: new Date().toISOString() });
        const results = await expiryResults(undefined, loaded, [], { ...options, info });
        return results.filter(({ status }) => status === 'failed').map(({ service }) => service);
      };
      expect(await expiry()).toEqual(expect.not.arrayContaining(own));
      expect((await expiry()).some((name) => name.includes('kafka-1'))).toBe(true);
      expect(await expiry({ ms: 30 * DAY_MS, text: '30d' })).toEqual(expect.arrayContaining(own));
    }
  });
});
