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
import type { Engine } from '../../../src/engine/port.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import type { StoredRelease } from '../../../src/release/record.ts';
import { expiryResults } from '../../../src/verify/bundle/expiry.ts';
import { EVERYTHING } from '../../../src/verify/select.ts';
import { proof } from '../../proof/definition.ts';
import { context } from '../../support/check-context.ts';
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
    ['lost', { materials: {}, key: undefined }],
  ])('%s', (expected, more) => {
    expect(state(more).map((each) => [each.name, each.state])).toEqual([['prod_imply-auth-token.v2', expected]]);
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
    return { cwd, ways: [loaded, await releaseAsBundle({} as Engine, loaded, release as unknown as StoredRelease)] };
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
