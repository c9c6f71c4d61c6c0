import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../support/cli.ts';

const entry = fileURLToPath(new URL('../../dist/bundle.cjs', import.meta.url));
const program = fileURLToPath(new URL('../../scripts/bundle.cjs', import.meta.url));
let cwd: string;
let path: string;

/** A directory with a bundle, one that holds a bundle, one that holds none, and both names of `bundle` on the path. */
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'bundle-complete-'));
  const bin = join(cwd, '.bin');
  await mkdir(bin);
  await mkdir(join(cwd, 'plain'));
  await mkdir(join(cwd, 'clusters'));
  await writeFile(join(bin, 'bundle'), `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
  await chmod(join(bin, 'bundle'), 0o755);
  await symlink(program, join(bin, 'swarm-stack-bundler'));
  path = `${bin}:${process.env['PATH'] ?? ''}`;
  const answers = ['--stack', 'zookeeper', '--set', 'nodes=[n1,n2,n3]', '--set', 'image=zookeeper:3.8.4'];
  for (const dir of ['prod', 'clusters/test']) {
    const made = await bundle(['init', dir, '--yes', '--no-prepare', ...answers], { cwd });
    expect(made.code, made.all).toBe(0);
  }
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const run = (shell: string, args: string[]): string => {
  const done = spawnSync(shell, args, { cwd, env: { PATH: path, HOME: cwd }, encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return done.stdout;
};
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

/** The commands that a script completes. */
const completed: Record<string, RegExp> = {
  bash: /^complete -F \S+ (.+)$/gm,
  zsh: /^compdef \S+ (.+)$/gm,
  fish: /^complete -c (\S+) /gm,
};

/** What each shell offers for the last word. */
const offered: Record<string, (words: readonly string[]) => string[]> = {
  bash: (words) =>
    run('bash', [
      ...['--norc', '-c'],
      `source <(bundle completion bash); COMP_WORDS=(${quoted(words)}); COMP_CWORD=${words.length - 1}; ` +
        '_swarm_stack_bundler; (( ${#COMPREPLY[@]} )) && printf "%s\\n" "${COMPREPLY[@]}"; true',
    ])
      .split('\n')
      .filter((line) => line !== ''),
  // Outside of its line editor zsh has no compadd: what it is given is printed.
  zsh: (words) =>
    run('zsh', [
      ...['-f', '-c'],
      'compdef() { : }; compadd() { print -l -- ${(P)@[-1]} }; source <(bundle completion zsh); ' +
        `words=(${quoted(words)}); CURRENT=${words.length}; _swarm_stack_bundler`,
    ])
      .split('\n')
      .filter((line) => line !== ''),
  fish: (words) =>
    run('fish', [
      ...['--no-config', '-c'],
      `bundle completion fish | source; complete --do-complete '${words.join(' ')}'`,
    ])
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t')[0] ?? ''),
};

describe.each(Object.keys(offered))('completion in %s', (shell) => {
  const missing = spawnSync(shell, ['--version']).error !== undefined;
  const of = (...words: string[]): string[] => offered[shell]?.(['bundle', ...words]) ?? [];

  it.skipIf(missing)('completes commands and their flags', () => {
    expect(of('de')).toEqual(['deploy', 'destroy']);
    expect(of('deploy', 'prod', '--no-')).toEqual(['--no-color', '--no-verify', '--no-wait']);
    expect(of('nonsense', '')).toEqual([]);
  });

  it.skipIf(missing)('completes both names of the program, and by its own name that one alone', () => {
    expect(offered[shell]?.(['swarm-stack-bundler', 'de'])).toEqual(['deploy', 'destroy']);
    const names = (name: string): string[] =>
      [...run(name, ['completion', shell]).matchAll(completed[shell] ?? /$^/g)].flatMap(([, all = '']) =>
        all.split(' '),
      );
    expect(names(join(cwd, '.bin/bundle'))).toEqual(['bundle', 'swarm-stack-bundler']);
    expect(names(join(cwd, '.bin/swarm-stack-bundler'))).toEqual(['swarm-stack-bundler']);
  });

  it.skipIf(missing)('completes choices, stacks, preflight checks and names of schemas', () => {
    expect(of('verify', 'prod', '--format', 'j')).toEqual(['json', 'junit']);
    expect(of('init', 'new', '--stack', 'z')).toEqual(['zookeeper']);
    expect(of('deploy', '--ignore', 'sub')).toEqual(['subnets']);
    expect(of('schema', 'verify')).toEqual(['verify', 'verify-list']);
    expect(of('completion', '').sort()).toEqual(['bash', 'fish', 'zsh']);
    expect(of('plugin', '').sort()).toEqual(['install', 'remove']);
  });

  it.skipIf(missing)('completes bundle directories, and those that hold some', () => {
    expect(of('deploy', '').sort()).toEqual(['clusters/', 'prod']);
    expect(of('deploy', 'clusters/')).toEqual(['clusters/test']);
    expect(of('init', 'pl')).toEqual(['plain/']);
  });

  it.skipIf(missing)('completes the services and checks of the bundle that is named', () => {
    expect(of('logs', 'prod', 'zookeeper-')).toEqual(['zookeeper-1', 'zookeeper-2', 'zookeeper-3']);
    const checks = of('verify', 'prod', '--only', '');
    expect(checks).toEqual(expect.arrayContaining(['running', 'quorum', 'zookeeper-1']));
    expect(of('logs', 'plain', '')).toEqual([]);
  });
});

describe('a value behind =', () => {
  it('is completed as a word of three, as bash gives it, and as one, as others do', async () => {
    const of = async (...words: string[]) => (await bundle(['__complete', ...words], { cwd })).stdout;
    expect(await of('verify', '--format', '=', 'ju')).toBe('junit\n');
    expect(await of('verify', '--format=ju')).toBe('--format=junit\n');
  });
});
