import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/commands/render/run.ts';
import type { RenderOptions } from '../../../src/commands/render/command.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { variantsOf } from '../../../src/ui/variants.ts';
import { callsOf } from '../../unit/run-target/support.ts';
import { init, modeOf, recordedIo, tree, workplace } from '../../unit/init/support.ts';

const ADDRESSES = ['n1=10.0.0.1', 'n2=10.0.0.2', 'n3=10.0.0.3'];
let cwd: string;
let prod: string;

const render = async (options: Partial<RenderOptions> = {}, over = {}) => {
  const recorded = recordedIo(cwd, over);
  try {
    return {
      exit: await run({ dir: 'prod', target: 'run', address: [], ...options }, recorded.io),
      out: recorded.out(),
    };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { exit: error.exit, out: error.message };
  }
};
const edit = (from: string, to: string) =>
  writeFileSync(join(prod, 'bundle.yaml'), readFileSync(join(prod, 'bundle.yaml'), 'utf8').replace(from, to));

beforeEach(async () => {
  cwd = workplace();
  prod = join(cwd, 'prod');
  const set = [
    'tls.keyBits=2048',
    'manager.nodes=n1',
    'agents.master.nodes=n1',
    'agents.query.nodes=n2',
    'agents.data.nodes=n3',
    'deepStorage.type=s3',
    'deepStorage.path=s3://b/p',
  ];
  expect((await init(cwd, { yes: true, set })).error).toBeUndefined();
});

describe('render --target run', () => {
  it('writes a private folder for each host, and keeps all of it out of git', async () => {
    expect(await render({ address: ADDRESSES })).toEqual({
      exit: EXIT.done,
      out: 'prod: rendered prod/run/n1, prod/run/n2, prod/run/n3\n',
    });
    expect(readFileSync(join(prod, 'run/.gitignore'), 'utf8')).toBe('*\n');
    for (const [path, mode] of [
      ['run', '700'],
      ['run/n1', '700'],
      ['run/n1/secrets', '700'],
      ['run/n1/secrets/prod_imply-ca.key.v1', '444'],
      ['run/n1/run.sh', '700'],
      ['run/n1/mysql.env', '600'],
      ['run/run.json', '600'],
    ] as const) {
      expect(modeOf(join(prod, path)), path).toBe(mode);
    }
    expect(readdirSync(join(prod, 'run/n3/secrets')).sort()).toEqual([
      'prod_imply-auth-token.v1',
      'prod_imply-ca.crt.v1',
    ]);
    expect(readFileSync(join(prod, 'run/n1/secrets/prod_imply-ca.key.v1'))).toEqual(
      readFileSync(join(prod, 'secrets/imply-ca.key')),
    );
  });

  it('gives docker no secret value, neither as a word nor in a file of variables', async () => {
    await render({ address: ADDRESSES });
    const values = readdirSync(join(prod, 'secrets'))
      .filter((name) => name !== '.gitignore')
      .flatMap((name) => variantsOf(readFileSync(join(prod, 'secrets', name))));
    expect(values.length).toBeGreaterThan(4);
    for (const host of ['n1', 'n2', 'n3']) {
      const folder = join(prod, 'run', host);
      const calls = callsOf('', folder);
      expect(calls.length).toBeGreaterThan(1);
      const open = Object.entries(tree(folder))
        .filter(([path]) => !path.startsWith('secrets/'))
        .map(([, content]) => content);
      // One assertion for all: a hundred thousand calls of expect take seconds.
      expect([...calls.flat(), ...open].filter((text) => values.some((value) => text.includes(value)))).toEqual([]);
      // What is mounted is there, and is a file.
      for (const source of calls.flat().flatMap((word) => /^type=bind,source=([^,]+)/.exec(word)?.[1] ?? []))
        expect(statSync(source).isFile(), source).toBe(true);
    }
  });

  it('remembers network and addresses; a second rendering writes nothing', async () => {
    await render({ address: ADDRESSES, network: 'host' });
    const at = statSync(join(prod, 'run/n1/run.sh')).mtimeMs;
    const before = tree(join(prod, 'run'));
    expect(await render()).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
    expect(await render({ check: true })).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
    expect(tree(join(prod, 'run'))).toEqual(before);
    expect(statSync(join(prod, 'run/n1/run.sh')).mtimeMs).toBe(at);
    expect(before['n2/run.sh']).toContain('--network host');
  });

  it('--check tells what differs and writes nothing', async () => {
    await render({ address: ADDRESSES });
    const token = join(prod, 'run/n3/secrets/prod_imply-auth-token.v1');
    rmSync(token);
    writeFileSync(token, 'another', { mode: 0o444 });
    expect(await render({ check: true })).toEqual({
      exit: EXIT.pending,
      out: 'prod/run/n3/secrets/prod_imply-auth-token.v1 is not what the bundle renders\n',
    });
    expect(readFileSync(token, 'utf8')).toBe('another');
    expect((await render()).out).toBe('prod: rendered prod/run/n3\n');
    expect(readFileSync(token)).toEqual(readFileSync(join(prod, 'secrets/imply-auth-token')));
  });

  it('takes away the folder of a host that has no service any more, and secrets of older versions', async () => {
    await render({ address: ADDRESSES });
    writeFileSync(join(prod, 'run/n1/secrets/prod_imply-ca.key.v0'), 'old');
    edit('nodes: [n3]', 'nodes: [n4]');
    expect(await render({ address: ['n4=10.0.0.4'] })).toMatchObject({
      exit: EXIT.done,
      out: expect.stringMatching(
        /removed run\/n3, run\/n1\/secrets\/prod_imply-ca.key.v0\nn3 no longer has imply-data-1 \(now on n4\): .*remove \/opt\/prod\/secrets there/,
      ) as string,
    });
    expect(existsSync(join(prod, 'run/n3'))).toBe(false);
    expect(readdirSync(join(prod, 'run/n1/secrets'))).not.toContain('prod_imply-ca.key.v0');
    expect(JSON.parse(readFileSync(join(prod, 'run/run.json'), 'utf8'))).toEqual({
      network: 'bridge',
      addresses: { n1: '10.0.0.1', n2: '10.0.0.2', n4: '10.0.0.4' },
      hosts: ['n1', 'n2', 'n4'],
      former: ['n3'],
      services: expect.arrayContaining(['mysql', 'imply-manager']) as string[],
    });
    expect(await render()).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
    // One that has services again is none of those.
    edit('nodes: [n4]', 'nodes: [n3]');
    await render({ address: ['n3=10.0.0.3'] });
    expect(JSON.parse(readFileSync(join(prod, 'run/run.json'), 'utf8'))).toMatchObject({
      hosts: ['n1', 'n2', 'n3'],
      former: ['n4'],
    });
  });

  it('knows no former hosts of a run.json that an earlier build wrote, and does not write it anew for that', async () => {
    await render({ address: ADDRESSES });
    const path = join(prod, 'run/run.json');
    const { former, ...before } = JSON.parse(readFileSync(path, 'utf8')) as { former: string[] };
    expect(former).toEqual([]);
    writeFileSync(path, JSON.stringify(before));
    expect(await render({ check: true })).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
  });

  it('says which containers a move leaves, in JSON too, and once alone', async () => {
    await render({ address: ADDRESSES });
    edit('nodes: [n3]', 'nodes: [n4]');
    const address = [...ADDRESSES.slice(0, 2), 'n4=10.0.0.4'];
    const left = [{ host: 'n3', service: 'imply-data-1', container: 'prod_imply-data-1', now: 'n4', wholeHost: true }];
    for (const check of [true, false])
      expect(JSON.parse((await render({ address, check }, { json: true })).out)).toMatchObject({ left });
    expect(await render()).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
  });

  it('takes no other password of the store before the one that runs was told of it', async () => {
    await render({ address: ADDRESSES });
    const before = tree(join(prod, 'run'));
    const file = join(cwd, 'password');
    writeFileSync(file, 'another-Password-1');
    const changed = await init(cwd, { yes: true, set: [`secretFiles.storePassword=${file}`] });
    expect(changed.error).toBeUndefined();
    const former = 'run/n1/secrets/prod_store-password.v1';
    expect(await render()).toEqual({
      exit: EXIT.preflight,
      out:
        'store-password is another one than was rendered before, and mysql goes by prod_store-password.v1 until it is ' +
        'told: a deployment to a swarm tells it, and without a swarm nothing does',
    });
    expect(tree(join(prod, 'run'))).toEqual(before);
    // Whoever has told it.
    rmSync(join(prod, former));
    expect((await render()).exit).toBe(EXIT.done);
    expect(readFileSync(join(prod, 'run/n1/secrets/prod_store-password.v2'), 'utf8')).toContain('another-Password-1');
  });

  it('takes the password of the store along if that moves', async () => {
    await render({ address: ADDRESSES });
    writeFileSync(
      join(prod, 'bundle.yaml'),
      readFileSync(join(prod, 'bundle.yaml'), 'utf8').replaceAll('nodes: [n1]', 'nodes: [n4]'),
    );
    expect((await render({ address: ['n4=10.0.0.4'] })).exit).toBe(EXIT.done);
    expect(existsSync(join(prod, 'run/n4/secrets/prod_store-password.v1'))).toBe(true);
  });

  it('--check --json tells what is missing, what differs and what would go', async () => {
    const check = async () => {
      const { exit, out } = await render({ check: true }, { json: true });
      return { exit, ...(JSON.parse(out) as object) };
    };
    await render({ address: ADDRESSES });
    writeFileSync(join(prod, 'run/n3/secrets/old.v0'), 'old');
    expect(await check()).toMatchObject({
      exit: EXIT.pending,
      upToDate: false,
      differs: [],
      removed: ['run/n3/secrets/old.v0'],
    });
    rmSync(join(prod, 'run/n1/mysql.env'));
    writeFileSync(join(prod, 'run/n2/run.sh'), 'another');
    expect(await check()).toMatchObject({
      upToDate: false,
      differs: [
        { file: 'run/n1/mysql.env', missing: true },
        { file: 'run/n2/run.sh', missing: false },
      ],
      removed: ['run/n3/secrets/old.v0'],
    });
    expect((await render({ check: true })).out).toContain(
      'prod/run/n1/mysql.env is missing\nprod/run/n2/run.sh is not what the bundle renders\n',
    );
    rmSync(join(prod, 'run'), { recursive: true });
    const { exit, out } = await render({ check: true, address: ADDRESSES }, { json: true });
    expect(exit).toBe(EXIT.pending);
    const { differs } = JSON.parse(out) as { differs: { file: string; missing: boolean }[] };
    expect(differs.every(({ missing }) => missing)).toBe(true);
    expect(differs).toContainEqual({ file: 'run/run.json', missing: true });
  });

  it('removes variables of a service that is gone or elsewhere, and no .env of the user’s own', async () => {
    await render({ address: ADDRESSES });
    for (const name of ['local.env', '.env', 'old.env', 'mysql.env'])
      writeFileSync(join(prod, 'run/n3', name), 'A=b\n');
    const settings = JSON.parse(readFileSync(join(prod, 'run/run.json'), 'utf8')) as { services: string[] };
    writeFileSync(join(prod, 'run/run.json'), JSON.stringify({ ...settings, services: [...settings.services, 'old'] }));
    await render();
    expect(
      readdirSync(join(prod, 'run/n3'))
        .filter((name) => name.endsWith('.env'))
        .sort(),
    ).toEqual(['.env', 'imply-data-1.env', 'local.env']);
    expect(await render({ check: true })).toEqual({ exit: EXIT.done, out: 'prod: up to date\n' });
  });

  it('copies no secret that is not what bundle.lock.json means, and needs secrets/', async () => {
    writeFileSync(join(prod, 'secrets/imply-auth-token'), 'another-token-0123456789-abcdefghij\n');
    expect(await render({ address: ADDRESSES })).toMatchObject({
      exit: EXIT.preflight,
      out: expect.stringContaining('imply-auth-token is not the content that bundle.lock.json means') as string,
    });
    rmSync(join(prod, 'secrets'), { recursive: true });
    expect(await render({ address: ADDRESSES })).toMatchObject({
      exit: EXIT.preflight,
      out: expect.stringContaining('is not on this disk') as string,
    });
    expect(existsSync(join(prod, 'run'))).toBe(false);
  });

  it.each([
    [{ address: ['n1=host.example'] }, /not HOST=IP/],
    [{ address: [...ADDRESSES.slice(1), 'n1=127.0.0.1'] }, /n1 has the address 127.0.0.1/],
    [{ address: [...ADDRESSES, 'n9=10.0.0.9'] }, /no service of prod is on n9/],
    [{ target: 'swarm', network: 'host' }, /belong to --target run/],
  ] as const)('refuses %j', async (options, message) => {
    const refused = await render(options as Partial<RenderOptions>);
    expect(refused.exit).toBe(EXIT.usage);
    expect(refused.out).toMatch(message);
  });
});
