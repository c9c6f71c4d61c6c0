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

describe('the wait for a node that is drained', () => {
  it('goes on while docker does not answer, and while it names tasks', () => {
    const docker = 'echo asked >> asked; case $(wc -l < asked) in 1) exit 1;; 2) echo 0123456789ab;; esac';
    const { status, lines } = run('com.docker.swarm.task.id', { docker, sleep: '' });
    expect([status, lines('asked')]).toEqual([0, ['asked', 'asked', 'asked']]);
  });
});
