import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSecretStore } from '../../../src/io/secret-store.ts';
import { NODES, init, workplace } from '../../unit/init/support.ts';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-C', cwd, ...args], { encoding: 'utf8' });

/** A bundle in git; and a checkout into which `cp secrets/*` restored its secrets, without their dotfile. */
async function restored(cwd: string, before: (dir: string) => void = () => undefined): Promise<string> {
  const origin = join(cwd, 'origin');
  const made = await init(cwd, { dir: 'origin', yes: true, set: ['name=prod', ...NODES] });
  expect(made.error).toBeUndefined();
  before(origin);
  git(origin, 'init', '-q');
  git(origin, 'add', '-A');
  git(origin, 'commit', '-qm', 'bundle');
  git(cwd, 'clone', '-q', 'origin', 'prod');
  const to = join(cwd, 'prod/secrets');
  mkdirSync(to);
  chmodSync(to, 0o700);
  for (const name of readdirSync(join(origin, 'secrets')))
    if (!name.startsWith('.')) copyFileSync(join(origin, 'secrets', name), join(to, name));
  return join(cwd, 'prod');
}

const staged = (dir: string): string[] => {
  git(dir, 'add', '-A');
  return git(dir, 'diff', '--cached', '--name-only').split('\n').filter(Boolean);
};

it('secrets that were restored into a checkout are ignored', async () => {
  const dir = await restored(workplace());
  expect(staged(dir)).toEqual([]);
});

it('a bundle of an earlier build is given the rules by the next init, and stays as it is otherwise', async () => {
  const cwd = workplace();
  const dir = await restored(cwd, (origin) => rmSync(join(origin, '.gitignore')));
  expect(git(dir, 'status', '--short')).toContain('secrets/');
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  expect(staged(dir)).toEqual(['.gitignore']);
  expect((await init(cwd, { yes: true })).out).toContain('nothing changed');
});

it('beside a .gitignore of the user’s own, init puts the one of secrets/ back, and changes none', async () => {
  const cwd = workplace();
  const dir = await restored(cwd, (origin) => writeFileSync(join(origin, '.gitignore'), '*.log\n'));
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  expect(staged(dir)).toEqual([]);
  expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*.log\n');
  writeFileSync(join(dir, 'secrets/.gitignore'), '*\n!*.age\n');
  expect((await init(cwd, { yes: true })).out).toContain('nothing changed');
});

it('beside one whose rules leave out some of secrets/ alone, init puts the one of secrets/ back', async () => {
  const cwd = workplace();
  const dir = await restored(cwd, (origin) => writeFileSync(join(origin, '.gitignore'), '*.log\n*.key\n'));
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  expect(staged(dir)).toEqual([]);
});

it('a file of rules further up that cannot be read has none, for init as for git', async () => {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, set: ['name=prod', ...NODES] })).error).toBeUndefined();
  writeFileSync(join(cwd, 'prod/.gitignore'), '*.log\n');
  rmSync(join(cwd, 'prod/secrets/.gitignore'));
  mkdirSync(join(cwd, '.gitignore'));
  git(cwd, 'init', '-q');
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  expect(staged(cwd)).toContain('prod/stack.yml');
  expect(staged(cwd).filter((path) => path.includes('secrets/'))).toEqual([]);
});

it('an init that changes nothing writes nothing into secrets/, which a vault may have restored for reading', async () => {
  const cwd = workplace();
  const dir = await restored(cwd);
  expect((await init(cwd, { yes: true })).out).toContain('nothing changed');
  expect(readdirSync(join(dir, 'secrets'))).not.toContain('.gitignore');
});

it('nor beside a .gitignore of the user’s own that leaves secrets/ out', async () => {
  const cwd = workplace();
  const dir = await restored(cwd, (origin) => writeFileSync(join(origin, '.gitignore'), '*.log\nsecrets/\n'));
  expect((await init(cwd, { yes: true })).out).toContain('nothing changed');
  expect(readdirSync(join(dir, 'secrets'))).not.toContain('.gitignore');
  expect(staged(dir)).toEqual([]);
});

it('what the runbook writes below secrets/ stays out of git, of what is redacted, and of the way of init', async () => {
  const cwd = workplace();
  const dir = await restored(cwd, (origin) => writeFileSync(join(origin, '.gitignore'), '*.log\n'));
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  mkdirSync(join(dir, 'secrets/clients'), { mode: 0o700 });
  writeFileSync(join(dir, 'secrets/clients/client.properties'), 'security.protocol=SASL_SSL\n');
  expect(staged(dir)).toEqual([]);
  expect((await init(cwd, { yes: true })).out).toContain('nothing changed');
  expect(readdirSync(join(dir, 'secrets/clients'))).toEqual(['client.properties']);
  // Lines of settings are no values: they stand in many a log.
  const { values, faults } = await loadSecretStore(join(dir, 'secrets'), [], { version: 1, secrets: {} });
  expect(values.filter((value) => value.includes('SASL_SSL'))).toEqual([]);
  expect([values.length > 0, faults]).toEqual([true, []]);
});

it('the lock of a bundle that is writing is ignored, whatever becomes of it', async () => {
  const dir = await restored(workplace());
  writeFileSync(join(dir, '.writing.lock'), 'ops1 1\n');
  writeFileSync(join(dir, '.writing.lock.4711'), 'ops1 1\n');
  expect(staged(dir)).toEqual([]);
});

it('a .gitignore of ours, of an earlier build, is brought up to date by the next init', async () => {
  const cwd = workplace();
  const earlier = '# Written by bundle. What holds secrets stays out of git.\n/secrets/\n/run/\n';
  const dir = await restored(cwd, (origin) => writeFileSync(join(origin, '.gitignore'), earlier));
  writeFileSync(join(dir, '.writing.lock.4711'), 'ops1 1\n');
  expect(staged(dir)).toEqual(['.writing.lock.4711']);
  git(dir, 'reset', '-q');
  expect((await init(cwd, { yes: true })).error).toBeUndefined();
  expect(staged(dir)).toEqual(['.gitignore']);
});
