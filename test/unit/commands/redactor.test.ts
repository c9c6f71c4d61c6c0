import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { emptyLock, type Lock } from '../../../src/bundle/lock.ts';
import { readRedactor, redactorOf, type Running } from '../../../src/verify/bundle/redactor.ts';
import { answerError } from '../../../src/engine/errors.ts';
import { loadSecretStore } from '../../../src/io/secret-store.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { context, service, task } from '../../support/check-context.ts';

const KEY = Buffer.alloc(32, 1);
const NOTHING: Running = { services: [], tasks: [], secrets: [] };
const STORE = 'store-password';
const print = (value: string, secret = STORE, part = 'password'): string =>
  fingerprints(KEY, secret, { [part]: Buffer.from(value) })[part] ?? '';
const entry = (fingerprint: string, version = 1, part = 'password'): Lock['secrets'][string] => ({
  ...{ version, kind: 'password', created: '', facts: {} },
  fingerprints: { [part]: fingerprint },
});

describe('the redactor of a bundle', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-store-'));
    await writeFile(join(dir, 'fingerprint.key'), KEY);
    await writeFile(join(dir, STORE), 'password-of-yesterday');
    await writeFile(join(dir, 'imply-auth-token'), 'token-of-yesterday');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** TLS and authentication off: of the secrets only the store's password is called for. */
  const bundle = async (secrets: Lock['secrets'] = {}, answers: Record<string, unknown> = {}): Promise<Loaded> => {
    const { plan, document } = context({ tls: { enabled: false }, authentication: { enabled: false }, ...answers });
    const lock = { ...emptyLock(), secrets };
    const store = await loadSecretStore(dir, plan.secrets, lock);
    const directory = { bundle: { name: 'prod' }, plan, lock, secrets: store };
    return { directory, document } as unknown as Loaded;
  };
  /** A manager that mounts these secrets, and is given these variables. */
  const manager = (names: string[], env: string[] = []) =>
    service('prod_imply-manager', {
      spec: { TaskTemplate: { ContainerSpec: { Env: env, Secrets: names.map((SecretName) => ({ SecretName })) } } },
    });
  const inSwarm = (name: string, fingerprint?: string) => ({
    name,
    labels: fingerprint === undefined ? {} : ({ 'bundle.fingerprint': fingerprint } as Record<string, string>),
  });

  it('knows a token that the answers no longer call for: a task that still has it may print it', async () => {
    const redact = redactorOf(await bundle(), NOTHING);
    expect(redact('got token-of-yesterday and password-of-yesterday')).toBe('got [redacted] and [redacted]');
  });

  it('quotes nothing where a value is not on this disk, and says which', async () => {
    await rm(join(dir, STORE));
    const redact = redactorOf(await bundle(), NOTHING);
    expect([redact.quotes, redact.why]).toEqual([false, 'secrets/ here lacks store-password']);
    expect(redact('password-of-yesterday')).not.toContain('password-of-yesterday');
    // What is known of it is taken out of what is said all the same.
    expect(redact.words('exec token-of-yesterday: not found')).toBe('exec [redacted]: not found');
  });

  it('says of a checkout without secrets/ that it has none', async () => {
    await rm(dir, { recursive: true });
    expect(redactorOf(await bundle(), NOTHING).why).toBe('this checkout has no secrets/ to redact it with');
  });

  describe('quotes', () => {
    it.each<[string, (Running['secrets'][number] | string)[], Lock['secrets']]>([
      [
        'where the version that a service mounts is here',
        [inSwarm('prod_store-password.v1', print('password-of-yesterday'))],
        {},
      ],
      [
        'where that of an answer which was turned off is here',
        [inSwarm('prod_imply-auth-token.v4', print('token-of-yesterday', 'auth-token', 'token'))],
        { 'auth-token': entry(print('token-of-yesterday', 'auth-token', 'token'), 4, 'token') },
      ],
    ])('%s', async (_what, secrets, lock) => {
      const mounted = secrets as Running['secrets'][number][];
      const running = { ...NOTHING, services: [manager(mounted.map(({ name }) => name))], secrets: mounted };
      const { quotes, why } = redactorOf(await bundle(lock), running);
      expect([quotes, why]).toEqual([true, '']);
    });

    it('takes a value that stack.yml does not name out of lines of containers alone, and no short one', async () => {
      const env = ['LOG_LEVEL=INFO', 'DEBUG=1', 'FORMER_PASSWORD=password-of-another-answer'];
      const redact = redactorOf(await bundle(), { ...NOTHING, services: [manager([], env)] });
      expect(redact('INFO 127.0.0.1 password-of-another-answer')).toBe('INFO 127.0.0.1 [redacted]');
      expect(redact.words('INFO 127.0.0.1')).toBe('INFO 127.0.0.1');
    });

    it('where the version before is kept beside the present one', async () => {
      await writeFile(join(dir, 'store-password.v1'), 'password-of-before');
      const v1 = inSwarm('prod_store-password.v1', print('password-of-before'));
      const redact = redactorOf(await bundle(), { ...NOTHING, services: [manager([v1.name])], secrets: [v1] });
      expect(redact('password-of-before')).toBe('[redacted]');
    });
  });

  describe('quotes nothing', () => {
    const lack = (name: string) => `secrets/ here has not what ${name} was made from, which a service has or is to get`;
    const refused = async (running: Partial<Running>, lock: Lock['secrets'] = {}) => {
      const redact = redactorOf(await bundle(lock), { ...NOTHING, ...running });
      expect(redact.quotes).toBe(false);
      expect(redact('password-of-tomorrow')).not.toContain('tomorrow');
      return redact.why;
    };
    const v2 = inSwarm('prod_store-password.v2', print('password-of-tomorrow'));

    it('where a service mounts another version than is here', async () =>
      expect(await refused({ services: [manager([v2.name])], secrets: [v2] })).toBe(lack(v2.name)));

    it('where a task of before still runs with one', async () => {
      const running = (more: object) => ({
        tasks: [task('x', 'n1', { secrets: [{ id: '2', name: v2.name, target: 'x' }], ...more })],
        secrets: [v2],
      });
      expect(await refused(running({}))).toBe(lack(v2.name));
      for (const over of [{ state: 'shutdown' as const }, { desiredState: 'shutdown' as const }])
        expect(redactorOf(await bundle(), { ...NOTHING, ...running(over) }).quotes).toBe(true);
    });

    it('where a service mounts a secret without our label: what it is nobody can tell', async () =>
      expect(await refused({ services: [manager(['prod_store-password.v1'])] })).toBe(lack('prod_store-password.v1')));

    it('where the lockfile means another version than is here: a deployment gives it to tasks', async () => {
      const { document } = await bundle();
      expect(await refused({}, { [STORE]: entry(print('password-of-tomorrow')) })).toBe(
        lack(document.secrets[STORE]?.name ?? ''),
      );
    });

    it('without the key of the fingerprints', async () => {
      await rm(join(dir, 'fingerprint.key'));
      const v1 = inSwarm('prod_store-password.v1', print('password-of-yesterday'));
      expect(await refused({ services: [manager([v1.name])], secrets: [v1] })).toBe(lack(v1.name));
    });

    it('if the engine does not tell what runs; its other errors are thrown', async () => {
      const loaded = await bundle();
      const engine = (error: Error) => ({
        services: () => Promise.reject(error),
        tasks: async () => [],
        secrets: async () => [],
      });
      const away = answerError('list the services', 500, '{"message":"no leader"}', 'GET /services');
      const { quotes, why } = await readRedactor(engine(away), loaded);
      expect([quotes, why]).toEqual([false, 'the engine did not tell which secrets the tasks have']);
      await expect(readRedactor(engine(new TypeError('bug')), loaded)).rejects.toThrow('bug');
    });
  });

  describe('a value that tasks were given by their environment', () => {
    const given = ['IMPLY_MANAGER_STORE_PASSWORD=password-of-tomorrow', 'HOME_OF_IT=/srv/a=b'];
    it.each(['env', 'file'])('is taken out, whatever is on this disk: secretDelivery is %s by now', async (by) => {
      const redact = redactorOf(await bundle({}, { secretDelivery: by }), {
        ...NOTHING,
        services: [manager([], given)],
      });
      expect(redact.quotes).toBe(true);
      expect(redact('IMPLY_MANAGER_STORE_PASSWORD=password-of-tomorrow')).toBe(
        'IMPLY_MANAGER_STORE_PASSWORD=[redacted]',
      );
    });

    it('is taken out of what a task of before writes; its other variables stay', async () => {
      const old = task('x', 'n1', { spec: { ContainerSpec: { Env: given } } });
      const redact = redactorOf(await bundle({}, { secretDelivery: 'env' }), { ...NOTHING, tasks: [old] });
      expect(redact('password-of-tomorrow in /srv/a=b')).toBe('[redacted] in /srv/a=b');
    });

    it('is not what stack.yml says itself', async () => {
      const loaded = await bundle();
      const own = Object.entries(loaded.document.services['imply-manager']?.environment ?? {});
      const plain = own.flatMap(([name, value]) => (typeof value === 'string' ? [`${name}=${value}`] : []));
      expect(plain.length).toBeGreaterThan(2);
      const redact = redactorOf(loaded, { ...NOTHING, services: [manager([], plain)] });
      expect(redact(plain.join(' '))).toBe(plain.join(' '));
    });
  });
});
