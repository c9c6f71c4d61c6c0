import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cluster } from '../../unit/stacks/imply.ts';

/** The blocks of “Another version of MySQL”. */
function blocks(): string[] {
  const { definition, name, answers } = cluster();
  const section = definition
    .plan(name, answers)
    .runbook()
    .find(({ title }) => title === 'Another version of MySQL');
  return [...(section?.markdown ?? '').matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
}

/** Runs one of them, with a docker that is lines of a shell and writes down its commands. */
function run(block: RegExp, docker: string, dumped?: string) {
  const [script = '', ...others] = blocks().filter((text) => block.test(text));
  expect(others).toEqual([]);
  const dir = mkdtempSync(join(tmpdir(), 'imply-runbook-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const said = join(dir, 'said');
  writeFileSync(join(dir, 'docker'), `#!/bin/sh\ncd '${dir}'\necho "$*" >> said\n${docker}\n`, { mode: 0o700 });
  writeFileSync(join(dir, 'sleep'), '#!/bin/sh\n', { mode: 0o700 });
  const dump = join(dir, 'secrets/dumps/imply-store-data.sql');
  if (dumped !== undefined) {
    mkdirSync(join(dir, 'secrets/dumps'), { recursive: true });
    writeFileSync(dump, dumped);
  }
  const env = { PATH: `${dir}:${process.env['PATH']}` };
  const { status } = spawnSync('bash', ['-uc', script], { cwd: dir, env, encoding: 'utf8' });
  const commands = existsSync(said) ? readFileSync(said, 'utf8').split('\n') : [];
  return {
    code: status,
    // What each does, and to what; the statements are for another shell.
    did: commands.flatMap((line) => line.split(' sh -c')[0] || []).filter((line) => !line.startsWith('ps -q ')),
    dump: existsSync(dump) ? readFileSync(dump, 'utf8') : undefined,
  };
}

it('writes the data down once manager and agents have ended, before the store is stopped; and fails if that fails', () => {
  expect(blocks().map((text) => /mysqldump|scale|volume rm|service update|exec -i/.exec(text)?.[0])).toEqual([
    ...['scale', 'mysqldump', 'volume rm', 'service update', 'exec -i'],
  ]);
  const ended = `case $* in "service ps "*) echo asked >> asked; [ "$(wc -l < asked)" -gt 2 ] || echo Running 2 hours ago ;; esac`;
  const stop = run(/imply-manager=0/, ended);
  expect(stop.code).toBe(0);
  expect(stop.did.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    ...['service scale', 'service ps', 'service ps', 'service ps'],
  ]);
  const dump = (code: number) => `case $* in "ps -q "*) echo id ;; "exec "*) echo data; exit ${code} ;; esac`;
  const stopped = 'service scale prod_mysql=0';
  expect(run(/mysqldump/, dump(0))).toEqual({ code: 0, did: ['exec id', stopped], dump: 'data\n' });
  expect(run(/mysqldump/, dump(2))).toEqual({ code: 2, did: ['exec id'], dump: undefined });
});

it('starts an earlier MySQL only once the containers of earlier tasks have let the volume go', () => {
  const held = `case $* in
    "ps -q "*) echo id ;;
    "ps -aq "*) echo old ;;
    "rm old") : > freed ;;
    "volume rm "*) [ -e freed ] ;;
  esac`;
  const { code, did } = run(/volume rm/, held);
  expect(code).toBe(0);
  expect(did.map((line) => line.replace(/prod_|-f volume=\S+ /g, ''))).toEqual([
    'volume rm -f mysql-data',
    'ps -aq -f status=created -f status=exited -f status=dead',
    'rm old',
    'volume rm -f mysql-data',
  ]);
});

it('brings back what was written down', () => {
  const taken = 'case $* in "ps -q "*) echo id ;; "exec -i "*) [ "$(cat)" = data ] ;; esac';
  expect(run(/exec -i /, taken, 'data\n')).toMatchObject({ code: 0, did: ['exec -i id'] });
});
