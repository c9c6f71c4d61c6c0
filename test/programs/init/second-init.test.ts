import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseLock, type LockedSecret } from '../../../src/bundle/lock.ts';
import type { SwarmConfig, SwarmSecret } from '../../../src/engine/port.ts';
import { EXIT } from '../../../src/errors.ts';
import type { InitOptions } from '../../../src/init/options.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { requested } from '../../unit/secrets/material.ts';
import { NODES, init, manager, modeOf, node, tree, workplace } from '../../unit/init/support.ts';

const TOKEN = 'c2Vjb25kLXRva2VuLW9mLWEtdGVzdC0xMjM0NTY3ODk=';

let cwd: string;
let prod: string;
const again = (set: string[] = [], over = {}) => init(cwd, { yes: true, set, ...over });
const lock = () => parseLock(readFileSync(join(prod, 'bundle.lock.json'), 'utf8'), 'lock').secrets;
const secret = (name: string) => join(prod, 'secrets', name);

beforeEach(async () => {
  cwd = workplace();
  prod = join(cwd, 'prod');
  expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
});

describe('a second init', () => {
  it('writes nothing where nothing changes, and says so', async () => {
    const before = tree(prod);
    const at = statSync(join(prod, 'stack.yml')).mtimeMs;
    for (const set of [[], NODES, ['agents.data.replicas=1', 'network.encrypted=false', 'store.nodes=']]) {
      const done = await again(set);
      expect([done.out, done.err]).toEqual(['prod: nothing changed, nothing was written\n', '']);
    }
    expect(tree(prod)).toEqual(before);
    expect(statSync(join(prod, 'stack.yml')).mtimeMs).toBe(at);
    expect(JSON.parse((await init(cwd, { yes: true }, {}, { json: true })).out)).toMatchObject({
      result: 'unchanged',
      files: [],
    });
  });

  it('changes an answer and leaves CA, token, comments and order alone', async () => {
    const before = tree(prod);
    const mine = (before['bundle.yaml'] ?? '').replace(
      '  port: 9097',
      '  # open in the firewall, ticket 17\n  port: 9097 # not 80',
    );
    writeFileSync(join(prod, 'bundle.yaml'), mine);
    const done = await again(['manager.port=9100', 'agents.data.gracePeriod=1h', 'network={encrypted: true}']);
    expect(done.error).toBeUndefined();
    expect(done.err).toMatch(/manager\.port\s+9097 → 9100/);
    const after = tree(prod);
    for (const file of Object.keys(before).filter((name) => name.startsWith('secrets/')))
      expect(after[file]).toBe(before[file]);
    // Of the lockfile only what tells that bundle wrote this stack.yml.
    const lockOf = (files: Record<string, string>): object => ({
      ...parseLock(files['bundle.lock.json'] ?? '', 'lock'),
      rendered: undefined,
    });
    expect(lockOf(after)).toEqual(lockOf(before));
    expect(after['bundle.yaml']).toContain('  # open in the firewall, ticket 17\n  port: 9100 # not 80\n');
    const data = after['bundle.yaml']?.slice(after['bundle.yaml'].indexOf('  data:'));
    expect(data).toMatch(
      /nodes: \[n1\]\n.*# How long a stopping agent may drain[^\n]*\n {4}gracePeriod: 1h\n\n# The stack[^\n]*\nnetwork:\n {2}# IPsec[^\n]*\n {2}encrypted: true\n$/s,
    );
    expect(after['stack.yml']).toContain('published: 9100');
  });

  it('takes an answer out with an empty value', async () => {
    await again(['agents.data.gracePeriod=1h']);
    const done = await again(['agents.data.gracePeriod=']);
    expect(done.err).toMatch(/agents\.data\.gracePeriod\s+taken out/);
    expect(tree(prod)['bundle.yaml']).not.toContain('gracePeriod');
  });

  it('turns to an external store and back: answers that no longer apply go', async () => {
    writeFileSync(join(cwd, 'pw'), 'external password');
    const missing = await again(['store.embedded=false', 'store.host=db', 'store.user=imply']);
    expect(missing.error?.message).toContain('--set secretFiles.storePassword=FILE');
    const external = await again([
      'store.embedded=false',
      'store.host=db',
      'store.user=imply',
      'secretFiles.storePassword=pw',
    ]);
    expect(external.error).toBeUndefined();
    expect(lock()['store-password']?.version).toBe(2);
    expect(tree(prod)['bundle.yaml']).toMatch(/embedded: false\n[^]*host: db\n[^]*user: imply/);
    const back = await again(['store.embedded=true']);
    expect(back.error).toBeUndefined();
    // What was given is kept, and that is said, with the way to another.
    expect(back.err).toContain('store-password stays the one that was given');
    expect(back.err).toMatch(/remove secrets\/store-password, then `bundle init \S+ --new-secrets`/);
    expect(tree(prod)['bundle.yaml']).not.toMatch(/host: db|user: imply/);
    expect(lock()['store-password']?.version).toBe(2);
    expect((await again(['store.embedded=true'])).err).not.toContain('stays the one');
  });

  it('leaves a port that nobody named to the kind of database, and one that was named as it is', async () => {
    writeFileSync(join(cwd, 'pw'), 'external password');
    const ports = () => {
      const { 'bundle.yaml': answers = '', 'stack.yml': stack = '' } = tree(prod);
      const store = answers.slice(answers.indexOf('\nstore:'), answers.indexOf('\nzookeeper:'));
      return [/^ {2}port: (.*)$/m.exec(store)?.[1], /IMPLY_MANAGER_STORE_PORT: "(.*)"/.exec(stack)?.[1]];
    };
    const outside = ['store.embedded=false', 'store.host=db', 'store.user=imply', 'secretFiles.storePassword=pw'];
    expect((await again(outside)).error).toBeUndefined();
    expect(ports()).toEqual([undefined, '3306']);
    await again(['store.type=postgresql']);
    expect(ports()).toEqual([undefined, '5432']);
    // By hand as well.
    const path = join(prod, 'bundle.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('type: postgresql', 'type: mysql'));
    await again();
    expect(ports()).toEqual([undefined, '3306']);

    // As earlier builds wrote it.
    writeFileSync(path, readFileSync(path, 'utf8').replace('  host: db\n', '  host: db\n  port: 3306\n'));
    expect((await again(['store.host=db2'])).error).toBeUndefined();
    expect(ports()).toEqual(['3306', '3306']);
    expect((await again(['store.type=postgresql'])).err).toMatch(/store\.port\s+taken out/);
    expect(ports()).toEqual([undefined, '5432']);

    await again(['store.type=mysql', 'store.port=5432']);
    expect(ports()).toEqual(['5432', '5432']);
    await again(['store.port=13306']);
    await again(['store.type=postgresql']);
    expect(ports()).toEqual(['13306', '13306']);
  });

  it('keeps the password that the data of a store goes by, if that of another store takes its place', async () => {
    const own = readFileSync(secret('store-password'));
    writeFileSync(join(cwd, 'pw'), 'external password');
    writeFileSync(join(cwd, 'pw2'), 'its next password');
    // Another one for the same store is told to it, and the former one is good for nothing.
    const same = (await again(['secretFiles.storePassword=pw2'])).err;
    expect(same).not.toContain('is kept as');
    expect(same).toContain('elsewhere: store-password: `bundle deploy` changes it in the database too');
    writeFileSync(join(cwd, 'own'), own);
    await again(['secretFiles.storePassword=own']);
    const done = await again([
      'store.embedded=false',
      'store.host=db',
      'store.user=imply',
      'secretFiles.storePassword=pw',
    ]);
    expect(done.err).toContain(
      'the data in prod_mysql-data stays, and goes by the root password of the embedded MySQL of before: it is kept as ' +
        'secrets/store-password.v3',
    );
    // That one is not changed, and there is nothing to change it in.
    expect(done.err).not.toContain('elsewhere: store-password');
    expect(readFileSync(secret('store-password'), 'utf8')).toBe('external password');
    expect(readFileSync(secret('store-password.v3'))).toEqual(own);
    expect(modeOf(secret('store-password.v3'))).toBe('600');
    // Data goes by none of a store outside.
    expect((await again(['store.host=db2', 'secretFiles.storePassword=pw2'])).err).not.toContain('is kept as');
    expect(Object.keys(tree(join(prod, 'secrets'))).filter((name) => name.startsWith('store-password'))).toEqual([
      'store-password',
      'store-password.v3',
    ]);
  });

  it('keeps the lock’s versions of a secret that is turned off, and makes none anew when it is on again', async () => {
    const { 'auth-token': token } = lock();
    await again(['authentication.enabled=false']);
    expect(tree(prod)['stack.yml']).not.toContain('imply-auth-token');
    await again(['authentication.enabled=true']);
    expect(lock()['auth-token']).toEqual(token);
  });

  it('makes bundle.lock.json, stack.yml and secrets for a bundle.yaml written by hand', async () => {
    for (const name of ['bundle.lock.json', 'stack.yml', 'README.md', '.bundle.schema.json', 'secrets'])
      rmSync(join(prod, name), { recursive: true });
    const text =
      '# mine\nversion: 1\nstack: imply\nname: hand\ntls: {keyBits: 2048}\nmanager: {nodes: [n1]}\nagents:\n  ' +
      'master: {nodes: [n1]}\n  query: {nodes: [n1]}\n  data: {nodes: [n1]}\n';
    writeFileSync(join(prod, 'bundle.yaml'), text);
    expect((await again()).error).toBeUndefined();
    expect(tree(prod)['bundle.yaml']).toBe(text);
    expect(Object.keys(lock())).toEqual(['auth-token', 'ca', 'store-password']);
    expect(tree(prod)['stack.yml']).toContain('hand_imply-ca.crt.v1');
  });

  it('brings a stale stack.yml up to date', async () => {
    const { 'stack.yml': fresh } = tree(prod);
    writeFileSync(join(prod, 'stack.yml'), 'old');
    const done = await again();
    expect(done.err).toContain('The answers stay; written anew: stack.yml');
    expect(tree(prod)['stack.yml']).toBe(fresh);
  });

  it('leaves a README.md alone that is not ours any more', async () => {
    writeFileSync(join(prod, 'README.md'), '# Mine\n');
    await again(['manager.port=9100']);
    expect(tree(prod)['README.md']).toBe('# Mine\n');
  });

  it('refuses another stack and an invalid file, naming it', async () => {
    expect((await again([], { stack: 'zookeeper' })).error?.message).toContain('this bundle’s stack is imply');
    writeFileSync(join(prod, 'bundle.yaml'), 'version: 1\nstack: imply\nname: x\nfoo: hunter2\n');
    const { error } = await again(NODES);
    expect(error?.message).toContain('foo: unknown key in line ');
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('mends an answer that is refused without asking for secrets that are there', async () => {
    const ca = requested({ days: 60 });
    writeFileSync(join(cwd, 'c'), ca.certificate);
    writeFileSync(join(cwd, 'k'), ca.key);
    const kafka = { dir: 'kafka', stack: 'kafka', yes: true };
    const files = ['secretFiles.caCertificate=c', 'secretFiles.caKey=k'];
    expect((await init(cwd, { ...kafka, set: ['name=k', 'nodes=a,b,c', ...files] })).error).toBeUndefined();
    const path = join(cwd, 'kafka/bundle.yaml');
    const before = readFileSync(path, 'utf8');
    expect((await init(cwd, { ...kafka, set: ['brokers=3'] })).error).toBeUndefined();
    writeFileSync(path, `${readFileSync(path, 'utf8').replace(/^brokers: .*\n/m, '')}brokers: 4\n`);
    const done = await init(cwd, { ...kafka, set: ['brokers=3'] });
    expect(done.error).toBeUndefined();
    expect(before).toContain('ca: files');
    expect(readFileSync(path, 'utf8')).toMatch(/^brokers: 3$/m);
    expect(tree(cwd)['kafka/secrets/kafka-ca.crt']).toBe(ca.certificate.toString('latin1'));
  });

  it('says that another name leaves behind what runs', async () => {
    expect((await again(['name=other'])).err).toContain('what runs as prod stays');
    const quiet = await init(cwd, { yes: true, set: ['name=third'] }, {}, { quiet: true });
    expect(quiet.err).toMatch(/^warning: the stack’s name changes: what runs as other stays.*\n$/);
  });
});

describe('a secret on the second init', () => {
  it('that was replaced by hand becomes the next version, with --yes, and is told', async () => {
    writeFileSync(secret('imply-auth-token'), `${TOKEN}\r\n`);
    const refused = await init(cwd, {});
    expect([refused.exit, refused.error?.message]).toEqual([
      EXIT.usage,
      'secrets/imply-auth-token is not what version 1 was locked with',
    ]);
    const done = await again();
    expect(done.out).toContain('auth-token: replaced by hand in secrets/: becomes version 2');
    expect(done.err).toContain('! elsewhere: auth-token: programs that log in with the present token');
    expect(lock()['auth-token']?.version).toBe(2);
    expect(tree(prod)['secrets/imply-auth-token']).toBe(TOKEN);
    expect(tree(prod)['stack.yml']).toContain('prod_imply-auth-token.v2');
    expect((await again()).out).toContain('nothing changed');
  });

  describe('that another operator replaced', () => {
    /** The swarm has these secrets, and these records of releases. */
    const knowing = (secrets: Partial<SwarmSecret>[], configs: SwarmConfig[] = []) => ({
      connect: () =>
        Promise.resolve(
          manager([node('n1')], { secrets: async () => secrets as SwarmSecret[], configs: async () => configs }),
        ),
    });
    const run = (engine: ReturnType<typeof knowing>, set: string[] = [], over: Partial<InitOptions> = {}) =>
      init(cwd, { yes: true, prepare: false, set, ...over }, engine);
    const print = () => lock()['auth-token']?.fingerprints['token'] ?? '';
    const labelled = (version: number, fingerprint: string) => ({
      name: `prod_imply-auth-token.v${version}`,
      labels: { 'bundle.fingerprint': fingerprint },
    });
    const recorded = (entry: LockedSecret, number = 1, state: 'verified' | 'failed' = 'verified'): SwarmConfig => ({
      ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
      labels: releaseLabels('prod', { state }),
      data: encodeRelease({
        ...{ number, at: '', by: 'ann@ops', tool: '0.1.0', nodeLabels: [] },
        answers: parse(tree(prod)['bundle.yaml'] ?? '') as Record<string, unknown>,
        lock: { version: 1, secrets: { 'auth-token': entry } },
        document: { services: {}, networks: {}, volumes: {}, secrets: {} },
      }),
    });
    /** Another operator's copy of `secrets/` has the first one, bundle.lock.json means the second. */
    let first: LockedSecret;
    let second: LockedSecret;
    let old: string;
    beforeEach(async () => {
      first = lock()['auth-token']!;
      old = readFileSync(secret('imply-auth-token'), 'utf8');
      writeFileSync(join(cwd, 'new'), TOKEN);
      expect((await again(['secretFiles.authToken=new'])).error).toBeUndefined();
      second = lock()['auth-token']!;
      writeFileSync(secret('imply-auth-token'), old);
    });
    const firstInSwarm = () => labelled(1, first.fingerprints['token']!);
    const secondInSwarm = () => labelled(2, second.fingerprints['token']!);

    it('is not brought back by a --yes that is meant for another answer', async () => {
      const before = tree(prod);
      for (const engine of [
        knowing([secondInSwarm()], [recorded(first), recorded(second, 2)]),
        knowing([firstInSwarm(), secondInSwarm()]),
      ]) {
        const { exit, error } = await run(engine, ['manager.port=9100']);
        expect([exit, error?.code, error?.message]).toEqual([
          EXIT.usage,
          'secret-replaced',
          'secrets/imply-auth-token is not what version 2 was locked with: it is the content of version 1, which was replaced',
        ]);
        expect(error?.hints).toEqual([
          'get the present content from who replaced it, or remove it from secrets/ here: the swarm has it',
          'or, to bring it back on purpose as version 3, --set secretFiles.authToken=FILE',
        ]);
      }
      // Whoever removes the file must not lose what nobody else has.
      const { error } = await run(knowing([], [recorded(first), recorded(second, 2)]));
      expect(error?.hints[0]).toBe('get the present content from who replaced it');
      expect(tree(prod)).toEqual(before);
    });

    it('comes back if it is given, and is left out once its file is removed', async () => {
      const engine = knowing([], [recorded(first), recorded(second, 2)]);
      writeFileSync(join(cwd, 'old'), old);
      rmSync(secret('imply-auth-token'));
      expect((await run(engine, ['manager.port=9100'])).error).toBeUndefined();
      expect(lock()['auth-token']?.version).toBe(2);
      expect((await run(engine, ['secretFiles.authToken=old'])).error).toBeUndefined();
      expect([lock()['auth-token']?.version, print()]).toEqual([3, first.fingerprints['token']]);
    });

    it.each<[string, () => ReturnType<typeof knowing>]>([
      ['the swarm never had', () => knowing([labelled(1, 'a'.repeat(64)), secondInSwarm()])],
      ['a swarm that cannot be asked may have had', () => ({ connect: () => Promise.reject(new Error('away')) })],
      [
        'another secret by that name had',
        () => knowing([], [recorded({ ...first, kind: 'password' }), recorded(second, 2)]),
      ],
      ['runs, since what took its place was not deployed', () => knowing([firstInSwarm()], [recorded(first)])],
      [
        'runs again, since what took its place was taken back',
        () =>
          knowing(
            [firstInSwarm(), secondInSwarm()],
            [recorded(first), recorded(second, 2, 'failed'), recorded(first, 3)],
          ),
      ],
    ])('is locked as before if it is one that %s', async (_what, engine) => {
      expect((await run(engine())).error).toBeUndefined();
      expect(lock()['auth-token']?.version).toBe(3);
    });

    it('has a number that the swarm does not have', async () => {
      const taken = [labelled(5, 'a'.repeat(64)), labelled(4, 'b'.repeat(64))];
      expect((await run(knowing(taken))).error).toBeUndefined();
      expect(lock()['auth-token']?.version).toBe(6);
      expect(tree(prod)['stack.yml']).toContain('prod_imply-auth-token.v6');
      // A new bundle by a name that the swarm has is another one: `deploy` says so.
      const place = workplace();
      const other = await init(place, { yes: true, prepare: false, set: NODES }, knowing(taken));
      expect(other.error).toBeUndefined();
      expect(readFileSync(join(place, 'prod/stack.yml'), 'utf8')).toContain('prod_imply-auth-token.v1');
    });
  });

  it('that an editor only gave a line end is put back, without a version', async () => {
    const { 'secrets/imply-auth-token': token } = tree(prod);
    writeFileSync(secret('imply-auth-token'), `${token}\n`);
    expect((await again()).error).toBeUndefined();
    expect([lock()['auth-token']?.version, tree(prod)['secrets/imply-auth-token']]).toEqual([1, token]);
  });

  it('that is given is a new version; the same one again is none', async () => {
    const ca = requested({ days: 60 });
    writeFileSync(join(cwd, 'c'), ca.certificate);
    writeFileSync(join(cwd, 'k'), ca.key);
    const set = ['secretFiles.caCertificate=c', 'secretFiles.caKey=k'];
    const key = tree(prod)['secrets/fingerprint.key'];
    const done = await again(set);
    expect(done.error).toBeUndefined();
    expect(lock()['ca']).toMatchObject({ version: 2, facts: { subject: 'CN=mine' } });
    expect(done.err).toMatch(
      /! `bundle deploy` restarts .*imply-manager.*\n.*! elsewhere: ca: whoever trusts the present CA/,
    );
    expect(tree(prod)).toMatchObject({
      'secrets/fingerprint.key': key,
      'bundle.yaml': expect.stringContaining('ca: files'),
    });
    const same = await again(set);
    expect(same.out).toBe('prod: nothing changed, nothing was written\n');
    expect(same.err).not.toContain('elsewhere');
  });

  it('of which one half is gone, or does not match, stops before anything is written', async () => {
    const before = tree(prod);
    writeFileSync(secret('imply-ca.key'), requested().key);
    const mismatch = await again(['manager.port=9100']);
    expect([mismatch.exit, mismatch.error?.code]).toEqual([EXIT.preflight, 'ca-pair-mismatch']);
    rmSync(secret('imply-ca.key'));
    expect((await again(['manager.port=9100'])).error?.code).toBe('secret-half');
    expect(tree(prod)['bundle.yaml']).toBe(before['bundle.yaml']);
  });

  it('is never made on a machine without secrets/, while answers can change there', async () => {
    rmSync(join(prod, 'secrets'), { recursive: true });
    const before = lock();
    const done = await again(['manager.port=9100']);
    expect(done.error).toBeUndefined();
    expect(lock()).toEqual(before);
    expect(Object.keys(tree(prod)).some((name) => name.startsWith('secrets/'))).toBe(false);
    writeFileSync(join(cwd, 'licence'), 'x');
    const refused = await again(['secretFiles.license=licence']);
    expect([refused.exit, refused.error?.code]).toEqual([EXIT.preflight, 'no-fingerprint-key']);
  });

  it('that was lost on disk is put back from its file, without a version', async () => {
    const { 'secrets/imply-auth-token': token } = tree(prod);
    writeFileSync(join(cwd, 'backup'), token ?? '');
    rmSync(secret('imply-auth-token'));
    const done = await again(['secretFiles.authToken=backup', 'authentication.token=generate']);
    expect(done.out).toContain('from backup, as locked (version 1)');
    expect([lock()['auth-token']?.version, tree(prod)['secrets/imply-auth-token']]).toEqual([1, token]);
  });

  describe('where secrets/ was lost without a backup', () => {
    const versions = () => Object.entries(lock()).map(([name, { version }]) => `${name} ${version}`);

    it('--new-secrets makes all anew as the next version, and says what restarts and what is to be changed elsewhere', async () => {
      const before = lock();
      rmSync(join(prod, 'secrets'), { recursive: true });
      const done = await again([], { newSecrets: true });
      expect(done.error).toBeUndefined();
      expect(versions()).toEqual(['auth-token 2', 'ca 2', 'store-password 2']);
      expect(lock()['ca']?.facts.certificateSha256).not.toBe(before['ca']?.facts.certificateSha256);
      expect(readFileSync(join(prod, 'stack.yml'), 'utf8')).toContain('prod_imply-ca.crt.v2');
      expect(statSync(secret('imply-ca.key')).mode & 0o777).toBe(0o600);
      expect(done.err).toMatch(/`bundle deploy` restarts .*imply-manager/);
      expect(done.err).toMatch(/elsewhere: store-password: .*settings of the clusters/);
      // What was made is a bundle like any other.
      expect((await again()).out).toBe('prod: nothing changed, nothing was written\n');
    });

    it('what is still there stays: with the key as it was, without it locked anew with the same content', async () => {
      const token = readFileSync(secret('imply-auth-token'), 'utf8');
      rmSync(secret('imply-ca.key'));
      expect((await again([], { newSecrets: true })).error).toBeUndefined();
      expect(versions()).toEqual(['auth-token 1', 'ca 2', 'store-password 1']);
      rmSync(secret('fingerprint.key'));
      expect((await again()).error?.hints.join()).toContain('--new-secrets');
      expect((await again([], { newSecrets: true })).error).toBeUndefined();
      expect(versions()).toEqual(['auth-token 2', 'ca 3', 'store-password 2']);
      expect(readFileSync(secret('imply-auth-token'), 'utf8')).toBe(token);
    });

    it('is refused where nothing is lost, and where there is no bundle', async () => {
      const before = tree(prod);
      expect((await again([], { newSecrets: true })).error?.code).toBe('nothing-lost');
      expect(tree(prod)).toEqual(before);
      expect((await init(workplace(), { yes: true, newSecrets: true, set: NODES })).error?.code).toBe('no-bundle');
    });
  });
});

describe('the CA of Kafka’s brokers, once its key leaked', () => {
  it('is made anew as the runbook has it, with all that it signs, and nothing else', async () => {
    const dir = workplace();
    const ev = join(dir, 'ev');
    const first = ['nodes=a,b,c', 'clients.login=certificate', 'clients.users=alice'];
    expect((await init(dir, { dir: 'ev', stack: 'kafka', yes: true, set: first })).error).toBeUndefined();
    const blocks = [...readFileSync(join(ev, 'README.md'), 'utf8').matchAll(/```sh\n([^]*?)```/g)];
    const [, block = ''] = blocks.find(([, text = '']) => text.includes('secrets/former')) ?? [];
    const [move = '', ...then] = block.trimEnd().split('\n');
    expect(then).toEqual(['bundle init . --new-secrets', 'bundle deploy']);
    execFileSync('sh', ['-euc', move], { cwd: ev });
    expect((await init(dir, { dir: 'ev', yes: true, newSecrets: true })).error).toBeUndefined();
    const { secrets } = parseLock(readFileSync(join(ev, 'bundle.lock.json'), 'utf8'), 'lock');
    const anew = Object.entries(secrets).flatMap(([name, { version }]) => (version === 2 ? [name] : []));
    expect(anew.sort()).toEqual(['admin', 'kafka-1-peer', 'kafka-2-peer', 'kafka-3-peer', 'peers-ca']);
  });
});

describe('another login of Kafka', () => {
  it('makes passwords of what were certificates, and takes them up again on the way back', async () => {
    const dir = workplace();
    const kafka = (...set: string[]) => init(dir, { dir: 'ev', yes: true, set });
    const entries = () => parseLock(readFileSync(join(dir, 'ev/bundle.lock.json'), 'utf8'), 'lock').secrets;
    const alice = () => [entries()['user-alice']?.kind, entries()['user-alice']?.version];
    const stack = () => readFileSync(join(dir, 'ev/stack.yml'), 'utf8');
    const password = join(dir, 'ev/secrets/kafka-user-alice');
    const first = ['nodes=a,b,c', 'clients.login=certificate', 'clients.users=alice'];
    expect((await init(dir, { dir: 'ev', stack: 'kafka', yes: true, set: first })).error).toBeUndefined();
    expect(alice()).toEqual(['leaf-pem-store', 1]);
    expect((await kafka('clients.login=plain')).error).toBeUndefined();
    expect(alice()).toEqual(['password', 2]);
    const made = readFileSync(password);
    expect(stack()).toContain('ev_kafka-user-alice.v2');
    expect((await kafka('clients.login=certificate')).error).toBeUndefined();
    expect(alice()).toEqual(['leaf-pem-store', 3]);
    const back = await kafka('clients.login=plain');
    expect(back.out).toContain('user-alice: from secrets/ (version 4)');
    expect(back.out).not.toContain('by hand in');
    expect([alice(), readFileSync(password)]).toEqual([['password', 4], made]);
    expect((await kafka()).out).toBe('ev: nothing changed, nothing was written\n');
  });
});
