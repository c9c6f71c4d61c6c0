/** Commands of a runbook that go by what docker says, where it says nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');

/** The one block of the runbook of one node that has these words. */
function blockOf(words: string): string {
  const answers = parseYaml(readFileSync(join(GOLDEN, 'one-node/answers.yaml'), 'utf8'), 'one-node');
  const bundle = validateAnswers(answers, 'one-node');
  const blocks = bundle.definition
    .plan(bundle.name, bundle.answers)
    .runbook()
    .flatMap(({ markdown }) => [...markdown.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].map(([, text = '']) => text))
    .filter((text) => text.includes(words));
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? '';
}

/** Runs it as one at a prompt does, where one command’s failure ends nothing. @param programs the rest of scripts */
function run(
  words: string,
  programs: Record<string, string>,
): { status: number | null; lines: (file: string) => string[] } {
  const dir = mkdtempSync(join(tmpdir(), 'runbook-waits-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [program, text] of Object.entries(programs))
    writeFileSync(join(dir, program), `#!/bin/sh\n${text}\n`, { mode: 0o700 });
  const env = { PATH: `${dir}:${process.env['PATH']}` };
  const { status } = spawnSync('bash', ['-c', blockOf(words)], { cwd: dir, env, timeout: 60_000 });
  const lines = (file: string): string[] =>
    existsSync(join(dir, file)) ? readFileSync(join(dir, file), 'utf8').trimEnd().split('\n') : [];
  return { status, lines };
}

describe('the copy of deep storage', () => {
  const cp = 'echo "$*" >> copied';

  it.each([
    ['fails, as on another node', 'exit 1'],
    ['has no answer', 'exit 0'],
    ['prints an empty line', 'echo'],
  ])('copies nothing if docker %s: the path without it is that of the whole host', (_what, docker) => {
    const { status, lines } = run('cp -a', { docker, cp });
    expect(lines('copied')).toEqual([]);
    expect(status).not.toBe(0);
  });

  it('copies what is in the directory of the volume', () => {
    const { status, lines } = run('cp -a', {
      docker: '[ "$*" = "volume inspect -f {{.Mountpoint}} prod_deep-storage" ] && echo "/lib/of it"',
      cp,
    });
    expect([status, lines('copied')]).toEqual([0, ['-a /lib/of it/. /srv/deep-storage/']]);
  });
});

describe('what stops all that writes to the store', () => {
  const says = (...states: string[]): string =>
    `case "$*" in "service ps "*) echo asked >> asked; case $(wc -l < asked) in ${states
      .map((state, index) => `${index + 1}) ${state};;`)
      .join(' ')} esac;; *) echo "$*" >> did;; esac`;
  /** Of “The store is lost”, which stops MySQL too. */
  const STOP = 'prod_mysql=0 &&';

  it('goes on while docker does not answer, and while a task is to end and has not', () => {
    const docker = says(
      'exit 1',
      'echo Running 2 minutes ago',
      'echo Shutdown now; echo Preparing now',
      'echo Shutdown now',
    );
    const { status, lines } = run(STOP, { docker, sleep: '' });
    expect([status, lines('asked')]).toEqual([0, ['asked', 'asked', 'asked', 'asked']]);
    expect(lines('did')).toEqual([
      'service scale --detach prod_imply-manager=0 prod_imply-master-1=0 prod_imply-query-1=0 prod_imply-data-1=0 ' +
        'prod_mysql=0',
    ]);
  });

  it.each(['Shutdown', 'Complete', 'Failed', 'Rejected', 'Orphaned', 'Remove', 'New', 'Pending'])(
    'does not wait for one that is %s, which has no container, nor if none is left',
    (state) => {
      for (const docker of [says(`echo ${state} now`), says(':')])
        expect(run(STOP, { docker, sleep: 'exit 1' }).status).toBe(0);
    },
  );

  it.each(['Assigned', 'Accepted', 'Preparing', 'Ready', 'Starting', 'Running'])(
    'waits for one that is %s',
    (state) => {
      const { lines } = run(STOP, { docker: says(`echo ${state} now`, ':'), sleep: '' });
      expect(lines('asked')).toHaveLength(2);
    },
  );
});

describe('the wait for a node that is drained', () => {
  it('goes on while docker does not answer, and while it names tasks', () => {
    const docker = 'echo asked >> asked; case $(wc -l < asked) in 1) exit 1;; 2) echo 0123456789ab;; esac';
    const { status, lines } = run('com.docker.swarm.task.id', { docker, sleep: '' });
    expect([status, lines('asked')]).toEqual([0, ['asked', 'asked', 'asked']]);
  });
});
