import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateAuthorityWithChain } from '../../../secrets/index.ts';
import type { Lock } from '../../../src/bundle/lock.ts';
import { describeReissues, reissuesOf } from '../../../src/bundle/reissues.ts';
import { EXIT } from '../../../src/errors.ts';
import { authorityFaults } from '../../../src/io/authority-faults.ts';
import { run as check } from '../../../src/commands/check/run.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import { kafka } from '../../../stacks/kafka/index.ts';
import { NODES, init, recordedIo, workplace } from '../../unit/init/support.ts';

const openssl = (cwd: string, ...args: string[]): string =>
  execFileSync('openssl', args, { cwd, stdio: 'pipe', encoding: 'utf8' });

/** ca.crt and ca.key with these lines of extensions. */
function given(cwd: string, lines: string[], days = '200', key = ['rsa:2048']): string[] {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign', ...lines].flatMap(
    (line) => ['-addext', line],
  );
  openssl(
    cwd,
    'req',
    '-x509',
    '-nodes',
    '-newkey',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    days,
    '-subj',
    '/CN=mine',
    ...extensions,
  );
  return ['secretFiles.caCertificate=ca.crt', 'secretFiles.caKey=ca.key'];
}

/** root.crt, and issuing-ca.crt with its key, which the root signed. */
function intermediate(cwd: string): string[] {
  const key = (name: string): string[] => ['-nodes', '-newkey', 'rsa:2048', '-keyout', `${name}.key`];
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'];
  openssl(cwd, 'req', '-x509', ...key('root'), '-out', 'root.crt', '-subj', '/CN=root', ...ca);
  openssl(cwd, 'req', ...key('issuing-ca'), '-out', 'ca.csr', '-subj', '/CN=issuing', ...ca);
  const signed = ['-req', '-in', 'ca.csr', '-out', 'issuing-ca.crt', '-copy_extensions', 'copy', '-days', '200'];
  openssl(cwd, 'x509', ...signed, '-CA', 'root.crt', '-CAkey', 'root.key');
  return ['secretFiles.caCertificate=issuing-ca.crt', 'secretFiles.caKey=issuing-ca.key'];
}

const notes = (cwd: string) =>
  JSON.parse(readFileSync(join(cwd, 'prod/.bundle.notes.json'), 'utf8')) as {
    tried: Record<string, { version: number; clients: string[] }>;
  };

describe('init with a CA that is given', () => {
  it('refuses one whose constraints rule out the name that agents dial, before anything is written', async () => {
    const cwd = workplace();
    const set = given(cwd, ['nameConstraints=critical,excluded;DNS:imply-manager']);
    const done = await init(cwd, { yes: true, set: [...NODES, ...set] });
    expect([done.error?.code, done.error?.exit]).toEqual(['ca-name-constraints', EXIT.preflight]);
    expect(done.error?.message).toContain('rule out imply-manager');
    expect(done.error?.hints.join()).toContain('a CA is made');
    expect(readdirSync(cwd).sort()).toEqual(['ca.crt', 'ca.key']);
    // With a name that it allows, it is taken; and with the first one again it is not.
    expect((await init(cwd, { yes: true, set: [...NODES, ...set, 'manager.hostname=other'] })).error).toBeUndefined();
    expect(notes(cwd).tried['ca']).toEqual({ version: 1, clients: ['openssl'] });
    expect((await init(cwd, { yes: true, set: ['manager.hostname=imply-manager'] })).error?.code).toBe(
      'ca-name-constraints',
    );
  });

  it('of Kafka may have an EC key', async () => {
    const cwd = workplace();
    const set = ['nodes=n1', ...given(cwd, [], '200', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'])];
    expect((await init(cwd, { yes: true, stack: 'kafka', set })).error).toBeUndefined();
    const at = (file: string): string => join('prod/secrets', file);
    expect(openssl(cwd, 'verify', '-x509_strict', '-CAfile', 'ca.crt', at('kafka-1.crt'))).toContain('OK');
    expect(openssl(cwd, 'x509', '-in', at('kafka-1.crt'), '-noout', '-text')).toContain('ecdsa-with-SHA384');
  });

  it('of Kafka is what clients of any language take: no intermediate without its root', async () => {
    const cwd = workplace();
    const kafka = { yes: true, stack: 'kafka', set: ['nodes=n1', 'tls.ca=files', ...intermediate(cwd)] };
    const done = await init(cwd, kafka);
    expect([done.error?.code, done.error?.exit]).toEqual(['ca-intermediate', EXIT.preflight]);
    expect(done.error?.message).toContain('is an intermediate (issued by CN=root)');
    expect(done.error?.hints[0]).toContain('`cat ca.crt root.crt > chain.crt`');

    const [certificate, root] = ['issuing-ca.crt', 'root.crt'].map((name) => readFileSync(join(cwd, name), 'utf8'));
    writeFileSync(join(cwd, 'issuing-ca.crt'), `${certificate}${root}`);
    expect((await init(cwd, kafka)).error).toBeUndefined();
    expect(notes(cwd).tried['ca']).toEqual({ version: 1, clients: ['openssl', 'pkix'] });
    // What an OpenSSL client does with what it is handed: the chain, and the intermediate alone.
    const leaf = 'prod/secrets/kafka-1.crt';
    expect(openssl(cwd, 'verify', '-CAfile', 'prod/secrets/kafka-ca.crt', leaf)).toContain('OK');
    writeFileSync(join(cwd, 'alone.crt'), certificate ?? '');
    expect(() => openssl(cwd, 'verify', '-CAfile', 'alone.crt', leaf)).toThrow(/unable to get issuer certificate/);
    expect(openssl(cwd, 'verify', '-partial_chain', '-CAfile', 'alone.crt', leaf)).toContain('OK');
  });

  it('of Kafka is what clients of any language take: no constraints that rule out a broker’s name', async () => {
    const cwd = workplace();
    const set = ['nodes=n1', ...given(cwd, ['nameConstraints=critical,excluded;DNS:kafka-1'])];
    const done = await init(cwd, { yes: true, stack: 'kafka', set });
    expect(done.error).toMatchObject({ code: 'ca-name-constraints', exit: EXIT.preflight });
    expect(done.error?.message).toContain('rule out kafka-1, which clients dial');
  });

  it.each(['scram', 'certificate'])(
    'of Kafka (%s) is replaced as its runbook says, and told to clients',
    async (login) => {
      const cwd = workplace();
      const set = ['name=events', 'nodes=n1', `clients.login=${login}`];
      const users = login === 'certificate' ? ['clients.users=[alice]'] : [];
      const made = await init(cwd, { yes: true, stack: 'kafka', set: [...set, ...users] });
      expect(made.err).not.toContain('elsewhere');
      const at = (file: string): string => join(cwd, 'prod', file);
      const before = readFileSync(at('secrets/kafka-1.crt'));
      const [section = ''] =
        /\n## Another CA of the clients\n[^]*?(?=\n## )/.exec(readFileSync(at('README.md'), 'utf8')) ?? [];
      const [make = '', take = '', ...rest] = [...section.matchAll(/```sh\n([^]*?)\n```/g)].map(
        ([, text = '']) => text,
      );
      expect(rest).toEqual(['bundle deploy']);
      execFileSync('bash', ['-euc', make], { cwd: at('.'), stdio: 'pipe' });
      expect(statSync(at('secrets/new/ca.key')).mode & 0o777).toBe(0o600);

      const [, words = '', after = ''] = /^bundle init \. --yes (.*) && (.*)$/.exec(take) ?? [];
      const done = await init(at('.'), { dir: '.', yes: true, set: words.split('--set ').map((word) => word.trim()).filter(Boolean) }); // prettier-ignore
      expect(done.error).toBeUndefined();
      execFileSync('bash', ['-euc', after], { cwd: at('.') });
      expect(readdirSync(at('secrets'))).not.toContain('new');
      expect(done.err).toContain('! `bundle deploy` restarts kafka-1, kafka-2, kafka-3\n');
      expect(done.err).toContain(
        '! elsewhere: ca: clients that trust the present CA alone refuse each broker that has restarted',
      );
      expect(done.err).toContain('(README.md of the bundle, “Another CA of the clients”)');
      expect(done.err.includes('refuses certificates of the present CA')).toBe(login === 'certificate');
      expect(done.err.includes('! elsewhere: user-alice: whoever logs in as alice needs the new certificate')).toBe(
        login === 'certificate',
      );
      // What clients were given takes brokers of before and of after; what they have in the end takes those of after.
      writeFileSync(at('secrets/clients/before.crt'), before);
      const verify = (authorities: string, leaf: string): string =>
        openssl(at('secrets'), 'verify', '-x509_strict', '-CAfile', authorities, leaf);
      for (const leaf of ['clients/before.crt', 'kafka-1.crt'])
        expect(verify('clients/both-cas.crt', leaf)).toContain('OK');
      expect(verify('kafka-ca.crt', 'kafka-1.crt')).toContain('OK');
      expect(() => verify('kafka-ca.crt', 'clients/before.crt')).toThrow();
      if (login !== 'certificate') return;
      const due = reissuesOf(await load({ dir: 'prod' }, recordedIo(cwd).io), new Date(Date.now() + 340 * 86_400_000));
      expect(describeReissues(due).find((line) => line.includes('user-alice'))).toMatch(
        /user-alice is due: .* issues it again; whoever logs in as alice needs the new certificate with its key$/,
      );
    },
  );

  it('of a Kafka that runs with one which Java’s rules alone were asked about is told, and stands in no way', async () => {
    const cwd = workplace();
    intermediate(cwd);
    // As a build wrote it that knew of no other clients.
    const [certificate, key] = ['crt', 'key'].map((end) => readFileSync(join(cwd, `issuing-ca.${end}`)));
    const material = certificateAuthorityWithChain.accept({ certificate, key } as Material, new Date());
    const plan = kafka.plan('prod', kafka.answers.parse({ nodes: ['n1'] }));
    const lock = { version: 1 as const, secrets: { ca: { version: 1 } } } as unknown as Lock;
    const faults = (clients: string[]) =>
      authorityFaults(
        plan,
        { key: undefined, materials: { ca: material } },
        { lock, notes: { tried: { ca: { version: 1, clients } } } },
      );
    expect(await faults(['pkix'])).toMatchObject([{ secret: 'ca', tried: false, fault: { code: 'ca-intermediate' } }]);
    expect(await faults(['openssl', 'pkix'])).toMatchObject([{ tried: true }]);
  });

  it('refuses one whose key does not issue, with what will do instead; check says it of one put into secrets/', async () => {
    const cwd = workplace();
    const nodes = ['nodes=n1'];
    const ec = given(cwd, [], '200', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']);
    const ofImply = await init(cwd, { yes: true, set: [...NODES, ...ec] });
    expect([ofImply.error?.code, ofImply.error?.exit]).toEqual(['ca-key-type', EXIT.preflight]);
    expect(ofImply.error?.message).toContain('the CA key is of type ec (secp384r1)');
    expect(ofImply.error?.hints.join()).toMatch(/RSA key of 2048 to 4096 bits$/);

    const set = [...nodes, ...given(cwd, [], '200', ['ed25519'])];
    const done = await init(cwd, { yes: true, stack: 'kafka', set });
    expect(done.error).toMatchObject({ code: 'ca-key-type', exit: EXIT.preflight });
    expect(done.error?.message).toContain('the CA key is of type ed25519, which issues no certificates here');
    expect(done.error?.hints.join()).toContain('RSA key of 2048 to 4096 bits, or an EC key (P-256, P-384, P-521)');
    expect(readdirSync(cwd).sort()).toEqual(['ca.crt', 'ca.key']);

    expect((await init(cwd, { yes: true, stack: 'kafka', set: nodes })).error).toBeUndefined();
    for (const part of ['crt', 'key'])
      writeFileSync(join(cwd, `prod/secrets/kafka-ca.${part}`), readFileSync(join(cwd, `ca.${part}`)));
    const { io, out } = recordedIo(cwd, { json: true });
    const options = { dir: 'prod', host: 'unix:///nowhere', ignore: [] };
    expect(await check(options as unknown as Parameters<typeof check>[0], io)).toBe(EXIT.preflight);
    expect(out()).toContain('secrets/kafka-ca.crt, kafka-ca.key: the CA key is of type ed25519');
  });

  it('warns of one that ends within 90 days, and of none that ends later', async () => {
    const cwd = workplace();
    expect((await init(cwd, { yes: true, set: [...NODES, ...given(cwd, [], '20')] })).err).toContain(
      'expires in 19 days',
    );
    expect(
      (await init(cwd, { dir: 'other', yes: true, set: [...NODES, 'name=other', ...given(cwd, [], '91')] })).err,
    ).not.toContain('expires in');
  });
});

describe('line ends that something changed', () => {
  it('of everything in secrets/, its fingerprint key too, make no version', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    const before = readFileSync(join(cwd, 'prod/bundle.lock.json'), 'utf8');
    const dir = join(cwd, 'prod/secrets');
    const whole = Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'latin1')]));
    for (const [name, text] of Object.entries(whole))
      writeFileSync(join(dir, name), Buffer.from(`${text.replaceAll('\n', '\r\n')}\r`, 'latin1'));
    expect((await init(cwd, { yes: true })).error).toBeUndefined();
    expect(readFileSync(join(cwd, 'prod/bundle.lock.json'), 'utf8')).toBe(before);
    for (const name of ['imply-ca.crt', 'imply-ca.key', 'imply-auth-token', 'store-password'])
      expect(readFileSync(join(dir, name), 'latin1')).toBe(whole[name]);
  });

  it.each([
    ['.gitattributes', '* text=auto\n'],
    ['.gitignore', '*.log\n'],
  ])('keeps a %s of the user’s own', async (file, text) => {
    const cwd = workplace();
    writeFileSync(join(cwd, file), text);
    expect((await init(cwd, { dir: '.', yes: true, set: ['name=prod', ...NODES] })).error).toBeUndefined();
    expect(readFileSync(join(cwd, file), 'utf8')).toBe(text);
  });
});
