import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cluster } from '../../unit/stacks/imply.ts';

/** Runs a block of “Another version of MySQL”, with a docker that is lines of a shell and writes down its commands. */
function run(block: RegExp, docker: string, dumped?: string) {
  const { definition, name, answers } = cluster();
  const section = definition
    .plan(name, answers)
    .runbook()
    .find(({ title }) => title === 'Another version of MySQL');
  const blocks = [...(section?.markdown ?? '').matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
  const [script = '', ...others] = blocks.filter((text) => block.test(text));
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

it('stops the store once its data is written down, and leaves it running if that fails', () => {
  const dump = (code: number) => `case $* in "ps -q "*) echo id ;; "exec "*) echo data; exit ${code} ;; esac`;
  const well = run(/mysqldump/, dump(0));
  expect(well).toMatchObject({ code: 0, dump: 'data\n' });
  expect(well.did.slice(1)).toEqual(['exec id', expect.stringMatching(/^service scale \w+_mysql=0$/)]);
  expect(well.did[0]).toMatch(/^service scale .*imply-manager=0/);
  const ill = run(/mysqldump/, dump(2));
  expect(ill.code).not.toBe(0);
  expect(ill.did.slice(1)).toEqual(['exec id']);
});

it('starts an earlier MySQL only once the containers of earlier tasks have let the volume go', () => {
  const held = `case $* in
    "ps -q "*) echo id ;;
    "ps -aq "*) echo old ;;
    "rm old") : > freed ;;
    "volume rm "*) [ -e freed ] ;;
    "exec -i "*) [ "$(cat)" = data ] ;;
  esac`;
  const { code, did } = run(/volume rm/, held, 'data\n');
  expect(code).toBe(0);
  expect(did.map((line) => line.replace(/prod_|-f volume=\S+ /g, ''))).toEqual([
    'volume rm -f mysql-data',
    'ps -aq -f status=created -f status=exited -f status=dead',
    'rm old',
    'volume rm -f mysql-data',
    'service update --image IMAGE --replicas 1 mysql',
    'exec -i id',
  ]);
});

it('brings nothing back into one that did not start', () => {
  const { code, did } = run(/volume rm/, 'case $* in "service update "*) exit 1 ;; esac', 'data\n');
  expect(code).not.toBe(0);
  expect(did.filter((line) => line.startsWith('exec'))).toEqual([]);
});
