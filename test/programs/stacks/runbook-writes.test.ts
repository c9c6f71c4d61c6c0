import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');
const OLD = 'the last good one\n';

/** The one block of a golden bundle’s runbook that writes a file. */
function blockThatWrites(golden: string, file: string): string {
  const bundle = validateAnswers(parseYaml(readFileSync(join(GOLDEN, golden, 'answers.yaml'), 'utf8'), golden), golden);
  const blocks = bundle.definition
    .plan(bundle.name, bundle.answers)
    .runbook()
    .flatMap(({ markdown }) => [...markdown.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].map(([, text = '']) => text))
    .filter((text) => new RegExp(`> ${file}\\b`).test(text));
  expect(blocks).toHaveLength(1);
  return blocks[0] ?? '';
}

/** Runs it where the file is from before, with programs that print, and end with a code. */
function run(golden: string, file: string, code: number) {
  const dir = mkdtempSync(join(tmpdir(), 'runbook-writes-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, OLD, { mode: 0o600 });
  for (const program of ['docker', 'openssl', 'bundle'])
    writeFileSync(join(dir, program), `#!/bin/sh\necho "$* printed"\nexit ${code}\n`, { mode: 0o700 });
  const env = { PATH: `${dir}:${process.env['PATH']}` };
  const { status } = spawnSync('bash', ['-euc', blockThatWrites(golden, file)], { cwd: dir, env, encoding: 'utf8' });
  return { status, content: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 };
}

describe.each([
  ['one-node', 'secrets/dumps/imply-store.sql'],
  ['one-node', 'secrets/dumps/imply-store-data.sql'],
  ['kafka-apart', 'secrets/kafka-admin-password'],
  ['kafka-apart', 'secrets/clients/alice.password'],
])('a runbook’s command (%s) that writes over %s', (golden, file) => {
  it('leaves what is there if the program fails whose output it is to be, and fails', () => {
    const { status, content } = run(golden, file, 1);
    expect(content).toBe(OLD);
    expect(status).not.toBe(0);
  });

  it('puts its output there, for this user alone', () => {
    const { status, content, mode } = run(golden, file, 0);
    expect([status, content, mode]).toEqual([0, expect.stringMatching(/printed\n$/), 0o600]);
  });
});
