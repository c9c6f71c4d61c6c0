import { X509Certificate } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { reportDone, run as deploy } from '../../../src/commands/deploy/run.ts';
import { apply } from '../../../src/deploy/apply.ts';
import { issueAgain, renewed } from '../../../src/deploy/reissue.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { planChanges } from '../../../src/plan/plan.ts';
import { secretLabels, swarmSecretName } from '../../../src/bundle/names.ts';
import { describeReissues, reissuesOf } from '../../../src/bundle/reissues.ts';
import type { SwarmSecret } from '../../../src/engine/port.ts';
import { proof } from '../../proof/definition.ts';
import { init, recordedIo, tree, workplace } from '../../unit/init/support.ts';
import { problemsOf } from '../../support/json-documents.ts';
import { entryOf } from '../../support/definitions.ts';

const STACKS = { stacks: [entryOf(proof)] };
const SET = ['image=lab/node:1', 'nodes=[n1,n2,n3]'];
const IN_A_YEAR = new Date(Date.now() + 340 * 86_400_000);

/** A bundle of the test-only definition in `prod`. */
async function made(...set: string[]): Promise<string> {
  const cwd = workplace();
  const done = await init(cwd, { yes: true, set: [...SET, ...set] }, {}, STACKS);
  expect(done.error).toBeUndefined();
  return cwd;
}
const again = async (cwd: string, ...set: string[]) => init(cwd, { yes: true, set }, {}, STACKS);
const io = (cwd: string, over: Partial<CommandIo> = {}) => recordedIo(cwd, { ...STACKS, ...over });
const read = (cwd: string) => load({ dir: 'prod' }, io(cwd).io);
const lockOf = (cwd: string) =>
  JSON.parse(readFileSync(join(cwd, 'prod/bundle.lock.json'), 'utf8')) as {
    identities?: Record<string, string>;
    secrets: Record<string, { version: number; issued?: { names: string[] } }>;
  };
const versions = (cwd: string) =>
  Object.fromEntries(Object.entries(lockOf(cwd).secrets).map(([secret, { version }]) => [secret, version]));
const certificate = (cwd: string) => new X509Certificate(readFileSync(join(cwd, 'prod/secrets/front.crt')));
/** bundle.yaml by hand, then `render`: what an operator does who does not know that init issues certificates. */
function edited(cwd: string, line: string): void {
  const file = join(cwd, 'prod/bundle.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}${line}\n`);
}
const ofSwarm = { id: 'id', labels: {}, createdAt: '' };
/** What the swarm has once the bundle of the lockfile is deployed. */
async function deployed(cwd: string): Promise<SwarmSecret[]> {
  const { directory, document } = await read(cwd);
  return directory.plan.secrets.flatMap((need) => {
    const locked = directory.lock.secrets[need.secret]!;
    return Object.entries(need.files)
      .filter(([, file]) => document.secrets[file] !== undefined)
      .map(([part, file]) => ({
        ...ofSwarm,
        name: swarmSecretName('prod', file, locked.version),
        labels: secretLabels('prod', need, part, locked),
      }));
  });
}

/** `prod` with a `secrets/` of before both its certificates were renewed. */
async function restored(...set: string[]): Promise<{ cwd: string; inSwarm: SwarmSecret[] }> {
  const cwd = await made(...set);
  const [secrets, backup] = ['prod/secrets', 'backup'].map((path) => join(cwd, path)) as [string, string];
  cpSync(secrets, backup, { recursive: true });
  await (await issueAgain(await read(cwd), true, { here: IN_A_YEAR }, STACKS)).write();
  rmSync(secrets, { recursive: true });
  cpSync(backup, secrets, { recursive: true });
  return { cwd, inSwarm: await deployed(cwd) };
}
const V2 = { ca: 1, front: 2, store: 2 };

async function failure(work: Promise<unknown>): Promise<BundleError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BundleError);
  return error as BundleError;
}

/** A first deployment with certificates that are issued again, up to what needs a swarm. */
async function deployment(cwd: string) {
  const again = await issueAgain(await read(cwd), true, { here: IN_A_YEAR }, STACKS);
  const { document } = again.loaded;
  const live = { services: [], networks: [], nodes: [], tasks: [], secrets: [], volumes: { nodeId: '', volumes: [] } };
  const plan = planChanges({ stack: 'prod', document, placements: [], live });
  const found = { live, liveSecrets: [] };
  const given = {
    ...{ loaded: again.loaded, renewed: again, io: io(cwd).io },
    seen: { plan, found, context: { secrets: [], adopt: false }, history: { releases: [], unreadable: [] } },
    options: { timeoutMs: 1, verify: true, ignore: [], wait: true },
  };
  return { plan, given, again };
}

describe('an identity', () => {
  it('is made once, is no secret, and stays whatever else changes', async () => {
    const cwd = await made();
    const first = lockOf(cwd).identities;
    expect(first?.['cluster-id']).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect((await again(cwd, 'level=2', 'names=[web.example]')).error).toBeUndefined();
    expect(lockOf(cwd).identities).toEqual(first);
    expect(readFileSync(join(cwd, 'prod/stack.yml'), 'utf8')).toContain(`CLUSTER_ID: "${first?.['cluster-id']}"`);
    const { loaded } = await issueAgain(await read(cwd), true, { here: IN_A_YEAR }, STACKS);
    expect(loaded.directory.lock.identities).toEqual(first);
  });

  /** `prod` with a lockfile that a bad merge took the identities out of. */
  async function lost(change: (stackText: string) => string): Promise<{ cwd: string; before: string }> {
    const cwd = await made();
    const { identities, ...rest } = lockOf(cwd);
    writeFileSync(join(cwd, 'prod/bundle.lock.json'), JSON.stringify(rest));
    const stack = join(cwd, 'prod/stack.yml');
    writeFileSync(stack, change(readFileSync(stack, 'utf8')));
    return { cwd, before: identities?.['cluster-id'] ?? '' };
  }

  it.each<[string, (stackText: string) => string]>([
    ['as bundle wrote it', (text) => text],
    ['with other line ends', (text) => text.replaceAll('\n', '\r\n')],
    ['that another program wrote', (text) => JSON.stringify(parse(text))],
  ])('that the lockfile lost is taken from the stack.yml that is there, %s, and told', async (_which, change) => {
    const { cwd, before } = await lost(change);
    expect((await failure(read(cwd))).hints).toEqual([
      'restore bundle.lock.json from version control, if it had it: it never changes',
      'else run `bundle init` on this directory: it takes it from stack.yml, or makes a new one',
    ]);
    const done = await again(cwd);
    expect(done.out).toContain('  cluster-id: taken from stack.yml: bundle.lock.json had lost it\n');
    expect(lockOf(cwd).identities).toEqual({ 'cluster-id': before });
    expect((await again(cwd)).out).toBe('prod: nothing changed, nothing was written\n');
  });

  it('is told in JSON too, and one that was taken with the whole lockfile', async () => {
    const { cwd, before } = await lost((text) => text);
    rmSync(join(cwd, 'prod/bundle.lock.json'));
    const done = await init(cwd, { yes: true }, {}, { ...STACKS, json: true });
    expect(JSON.parse(done.out)).toMatchObject({
      identities: [{ identity: 'cluster-id', change: 'restore' }],
      warnings: [],
    });
    expect(lockOf(cwd).identities).toEqual({ 'cluster-id': before });
  });

  it.each<[string, (stackText: string) => string]>([
    ['has none', (text) => text.replaceAll(/CLUSTER_ID: .*/g, 'CLUSTER_ID: ""')],
    ['has two', (text) => text.replace(/CLUSTER_ID: .*/, 'CLUSTER_ID: another')],
    ['is no YAML', (text) => `${text}<<<<<<< HEAD: x: y\n`],
  ])('that the lockfile lost is made anew with a warning, if stack.yml %s', async (_which, change) => {
    const { cwd, before } = await lost(change);
    const done = await init(cwd, { yes: true }, {}, { ...STACKS, json: true });
    expect(JSON.parse(done.out)).toMatchObject({
      identities: [{ identity: 'cluster-id', change: 'new' }],
      warnings: [expect.stringMatching(/lost cluster-id.*restore/), expect.stringContaining('stack.yml.edited')],
    });
    expect(lockOf(cwd).identities?.['cluster-id']).not.toBe(before);
    const { identities: _identities, ...rest } = lockOf(cwd);
    writeFileSync(join(cwd, 'prod/bundle.lock.json'), JSON.stringify(rest));
    rmSync(join(cwd, 'prod/stack.yml'));
    const once = await again(cwd);
    expect(once.out).toContain('  cluster-id: new\n');
    expect(once.err).toMatch(/! bundle\.lock\.json has lost cluster-id/);
  });

  it('of a bundle that has none yet is new, and no warning', async () => {
    const cwd = await made();
    for (const file of ['bundle.lock.json', 'stack.yml']) rmSync(join(cwd, 'prod', file));
    rmSync(join(cwd, 'prod/secrets'), { recursive: true });
    const done = await again(cwd);
    expect(done.err).toMatch(/cluster-id\s+new/);
    expect(done.err).not.toContain('lost');
  });
});

describe('certificates that are issued again', () => {
  it('in memory until they are written; what is written is a bundle that is up to date', async () => {
    const cwd = await made();
    const before = tree(join(cwd, 'prod'));
    const old = certificate(cwd);
    const asRead = await read(cwd);
    const { loaded, reissued, write } = await issueAgain(asRead, true, { here: IN_A_YEAR }, STACKS);
    // Of what runs, deployed by hand, nothing else tells when it ends.
    expect(loaded.lockBefore).toEqual(asRead.directory.lock);
    expect(tree(join(cwd, 'prod'))).toEqual(before);
    expect(reissued.map(({ secret, version }) => [secret, version])).toEqual([
      ['front', 2],
      ['store', 2],
    ]);
    expect(loaded.text).toContain('prod_front.crt.v2');
    // The new values are redacted as the old ones are.
    expect(loaded.directory.secrets.values).toContain(loaded.directory.secrets.materials['front']?.['key']);
    const written = await write();
    const now = tree(join(cwd, 'prod'));
    expect(written.toSorted()).toEqual(
      Object.keys(now)
        .filter((path) => now[path] !== before[path])
        .sort(),
    );
    const after = await read(cwd);
    expect(after.text).toBe(loaded.text);
    expect(after.directory.lock).toEqual(loaded.directory.lock);
    expect(after.directory.secrets.faults).toEqual([]);
    expect(versions(cwd)).toEqual({ ca: 1, front: 2, store: 2 });
    expect(certificate(cwd).fingerprint256).not.toBe(old.fingerprint256);
  });

  it('are told at the end of the deployment, with the files to be committed and backed up', async () => {
    const cwd = await made();
    const { plan, given, again } = await deployment(cwd);
    const engine = { createConfig: () => Promise.reject(new BundleError('engine-error', 'no room', { hints: ['x'] })) };
    // Also of one that fails: they were written by then.
    const failed = await failure(apply({ ...given, engine } as unknown as Parameters<typeof apply>[0]));
    const files = ['bundle.lock.json', '.bundle.notes.json', 'stack.yml'];
    expect([failed.code, failed.hints]).toEqual([
      'engine-error',
      [
        'x',
        expect.stringContaining(`commit ${files.map((file) => `prod/${file}`).join(', ')}`),
        expect.stringContaining('back up prod/secrets, which has new keys'),
      ],
    ]);
    const { io: json, out } = io(cwd, { json: true });
    const done = { plan, steps: [], release: 2, converged: true, written: ['secrets/front.key', ...files] };
    await reportDone(json, again.loaded, done, [], again.reissued);
    expect(JSON.parse(out())).toMatchObject({ reissued: again.reissued, written: done.written });
    expect(problemsOf('deploy', JSON.parse(out()))).toEqual([]);
  });

  it('are not told of where none was issued', async () => {
    const cwd = await made();
    const { plan, given } = await deployment(cwd);
    const engine = { createConfig: () => Promise.reject(new BundleError('engine-error', 'no room')) };
    const { renewed: _renewed, ...none } = { ...given, engine };
    expect((await failure(apply(none as unknown as Parameters<typeof apply>[0]))).hints).toEqual([]);
    const { io: json, out } = io(cwd, { json: true });
    await reportDone(json, given.loaded, { plan, steps: [], release: 2, converged: true, written: [] }, []);
    expect(JSON.parse(out())).not.toHaveProperty('written');
  });

  it('get numbers that the swarm does not have', async () => {
    const inSwarm = ['prod_front.key.v7', 'prod_front.crt.v6'].map((name) => ({ ...ofSwarm, name }));
    const { reissued, loaded } = await issueAgain(await read(await made()), true, { here: IN_A_YEAR }, STACKS, inSwarm);
    expect(reissued.map(({ secret, version }) => [secret, version])).toEqual([
      ['front', 8],
      ['store', 2],
    ]);
    expect(loaded.text).toContain('prod_front.crt.v8');
  });

  it.each(['after they were made', 'before, while somebody was asked'])(
    'are not written if the bundle was, %s',
    async (when) => {
      const cwd = await made();
      const loaded = await read(cwd);
      const meanwhile = async () => expect((await again(cwd, 'level=2')).error).toBeUndefined();
      if (when.startsWith('before')) await meanwhile();
      const { write } = await issueAgain(loaded, true, { here: IN_A_YEAR }, STACKS);
      if (when.startsWith('after')) await meanwhile();
      const before = tree(join(cwd, 'prod'));
      const error = await failure(write());
      // `level` changes bundle.yaml, and not the lockfile.
      expect([error.code, error.exit, error.message]).toEqual([
        'bundle-changed',
        EXIT.held,
        expect.stringContaining('bundle.yaml'),
      ]);
      expect(tree(join(cwd, 'prod'))).toEqual(before);
    },
  );

  it('because they must be, without --renew: names that changed in bundle.yaml', async () => {
    const cwd = await made();
    edited(cwd, 'names: [web.example]');
    const found = reissuesOf(await read(cwd), new Date());
    expect(describeReissues(found)).toEqual([
      'Certificates',
      '  ~ front must be issued again, since its names change (web.example is new); deploy does it; that restarts ' +
        'front-1, front-2',
    ]);
    const { reissued, write } = await renewed(await read(cwd), {}, io(cwd).io);
    expect(reissued).toEqual([{ secret: 'front', version: 2, why: 'its names change (web.example is new)' }]);
    await write();
    expect(certificate(cwd).subjectAltName).toContain('DNS:web.example');
    expect(versions(cwd)).toEqual({ ca: 1, front: 2, store: 1 });
    expect(reissuesOf(await read(cwd), new Date())).toEqual([]);
  });

  it('for another backdating, once, by which it is valid from that much earlier', async () => {
    const cwd = await made();
    const validFrom = () => Date.parse(certificate(cwd).validFrom);
    const usual = validFrom();
    edited(cwd, 'backdateHours: 24');
    const { reissued, write } = await renewed(await read(cwd), {}, io(cwd).io);
    expect(reissued).toEqual([{ secret: 'front', version: 2, why: 'its backdating changes (1 → 24 hours)' }]);
    await write();
    const hours = (usual - validFrom()) / 3_600_000;
    expect(hours).toBeGreaterThan(22);
    expect(hours).toBeLessThanOrEqual(23);
    expect(reissuesOf(await read(cwd), new Date())).toEqual([]);
  });

  it('because they are due, with --renew only: no terminal asks here', async () => {
    const cwd = await made('renewalDays=400');
    expect(describeReissues(reissuesOf(await read(cwd), new Date()))[1]).toMatch(
      /^ {2}! front is due: it has 364 days left; `bundle deploy --renew` issues it again; that restarts front-1, front-2$/,
    );
    expect((await renewed(await read(cwd), {}, io(cwd).io)).reissued).toEqual([]);
    const { reissued } = await renewed(await read(cwd), { renew: true }, io(cwd).io);
    expect(reissued).toEqual([{ secret: 'front', version: 2, why: 'it has 364 days left' }]);
    const recorded = io(cwd);
    expect((await renewed(await read(await made()), { renew: true }, recorded.io)).reissued).toEqual([]);
    expect(recorded.err()).toBe('no certificate is due\n');
  });

  it('nowhere but where the key of their CA is; plan and deploy say so', async () => {
    const cwd = await made('renewalDays=400');
    rmSync(join(cwd, 'prod/secrets'), { recursive: true });
    expect(describeReissues(reissuesOf(await read(cwd), new Date()))[1]).toContain(
      'the key of its CA is not on this machine: run `bundle deploy --renew` where the bundle’s secrets/ is',
    );
    const error = await failure(renewed(await read(cwd), { renew: true }, io(cwd).io));
    expect([error.code, error.exit]).toEqual(['issuer-not-here', EXIT.preflight]);
    expect(error.hints.join()).toContain('bundle deploy --renew');
  });

  it.each([
    ['ahead', -2],
    ['behind', 2],
  ])('not while this machine’s clock is %s of the manager’s: nothing is issued or written', async (_which, hours) => {
    const cwd = await made('renewalDays=400');
    const before = tree(join(cwd, 'prod'));
    const manager = new Date(Date.now() + hours * 3_600_000).toISOString();
    if (hours > 0) {
      // What runs was issued by a clock that was right, half an hour ago.
      const file = join(cwd, 'prod/bundle.lock.json');
      const begun = new Date(Date.now() + 3_600_000).toISOString();
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"notBefore": "[^"]*"/g, `"notBefore": "${begun}"`));
    }
    const error = await failure(renewed(await read(cwd), { renew: true }, io(cwd).io, [], manager));
    expect([error.code, error.exit]).toEqual(['clocks-apart', EXIT.preflight]);
    if (hours < 0) expect(tree(join(cwd, 'prod'))).toEqual(before);
    expect(versions(cwd)).toEqual({ ca: 1, front: 1, store: 1 });
  });

  it('that a clock which was ahead had issued, once it is right again: without --renew', async () => {
    const cwd = await made();
    const file = join(cwd, 'prod/bundle.lock.json');
    const begins = new Date(Date.now() + 3_600_000).toISOString();
    const lock = JSON.parse(readFileSync(file, 'utf8')) as Loaded['directory']['lock'];
    lock.secrets['front']!.facts.notBefore = begins;
    writeFileSync(file, JSON.stringify(lock));
    const { reissued } = await renewed(await read(cwd), {}, io(cwd).io, [], new Date().toISOString());
    expect(reissued).toEqual([
      { secret: 'front', version: 2, why: `it is valid only from ${begins}: it was issued by a clock that was ahead` },
    ]);
  });

  it('never with another secret that is not as it was locked: that is for init to judge', async () => {
    const cwd = await made('renewalDays=400');
    const other = await made();
    for (const file of ['proof-ca.crt', 'proof-ca.key'])
      writeFileSync(join(cwd, 'prod/secrets', file), readFileSync(join(other, 'prod/secrets', file)));
    const before = tree(join(cwd, 'prod'));
    const error = await failure(renewed(await read(cwd), { renew: true }, io(cwd).io));
    expect([error.code, error.exit]).toEqual(['renew-other', EXIT.preflight]);
    expect(tree(join(cwd, 'prod'))).toEqual(before);
    // Nor if all else is in the swarm.
    const error2 = await failure(renewed(await read(cwd), { renew: true }, io(cwd).io, await deployed(cwd)));
    expect([error2.code, error2.message]).toEqual(['renew-other', expect.stringContaining('"ca"')]);
  });

  it.each([
    ['', new Date()],
    [' and ended since', new Date(Date.now() + 400 * 86_400_000)],
  ])('beside another of which secrets/ is of before a renewal%s: the swarm has it as locked', async (_which, here) => {
    const { cwd, inSwarm } = await restored();
    edited(cwd, 'names: [web.example]');
    const { reissued, loaded, write } = await issueAgain(await read(cwd), false, { here }, STACKS, inSwarm);
    expect(reissued.map(({ secret, version }) => [secret, version])).toEqual([['front', 3]]);
    expect(loaded.text).toMatch(/prod_front\.crt\.v3[^]*prod_store\.p12\.v2/);
    const before = tree(join(cwd, 'prod/secrets'));
    await write();
    expect(versions(cwd)).toEqual({ ...V2, front: 3 });
    const after = tree(join(cwd, 'prod/secrets'));
    expect(Object.keys(after).filter((path) => after[path] !== before[path])).toEqual(['front.crt', 'front.key']);
  });

  it.each<[string, (inSwarm: SwarmSecret[]) => SwarmSecret[]]>([
    ['has it not', (all) => all.filter(({ name }) => !name.startsWith('prod_store'))],
    ['has it in part', (all) => all.filter(({ name }) => name !== 'prod_store.password.v2')],
    ['has another', (all) => all.map((each) => (each.name === 'prod_store.p12.v2' ? { ...each, labels: {} } : each))],
  ])('not beside another that is not as locked, while the swarm %s', async (_which, change) => {
    const { cwd, inSwarm } = await restored();
    edited(cwd, 'names: [web.example]');
    const error = await failure(renewed(await read(cwd), {}, io(cwd).io, change(inSwarm)));
    expect([error.code, error.message]).toEqual(['renew-other', expect.stringContaining('"store"')]);
    expect(versions(cwd)).toEqual(V2);
  });

  it('without one that is merely due, and of which secrets/ is of before: its old content is not locked anew', async () => {
    const { cwd, inSwarm } = await restored('renewalDays=400');
    const file = join(cwd, 'prod/bundle.lock.json');
    const lock = JSON.parse(readFileSync(file, 'utf8')) as Loaded['directory']['lock'];
    lock.secrets['store']!.facts.notBefore = new Date(Date.now() + 1_800_000).toISOString();
    writeFileSync(file, JSON.stringify(lock));
    const issue = async (live: SwarmSecret[]) => issueAgain(await read(cwd), false, { here: new Date() }, STACKS, live);
    const { reissued, loaded } = await issue(inSwarm);
    expect(reissued.map(({ secret, version }) => [secret, version])).toEqual([['store', 3]]);
    expect(loaded.directory.lock.secrets['front']).toEqual(lock.secrets['front']);
    expect((await failure(issue([]))).code).toBe('renew-other');
  });

  it('not before an engine answers: a deployment that fails leaves every file as it was', async () => {
    const cwd = await made('renewalDays=400');
    const before = tree(join(cwd, 'prod'));
    const options = { dir: 'prod', yes: true, renew: true, timeout: '1m', verify: true, wait: true, ignore: [] };
    const error = await failure(deploy({ ...options, host: 'unix:///nonexistent/docker.sock' }, io(cwd).io));
    expect(error.exit).toBe(EXIT.preflight);
    expect(tree(join(cwd, 'prod'))).toEqual(before);
  });
});
