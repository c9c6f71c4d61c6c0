/** The programs that tell running software of a new password, with tools that keep one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ToldSecret } from '../../../src/sdk/definition.ts';
import { cluster } from '../../unit/stacks/imply.ts';

/** Runs the program with every path of the container below a directory, which has these files; gives what it came to. */
function run(told: ToldSecret | undefined, files: Record<string, string>) {
  const dir = mkdtempSync(join(tmpdir(), 'told-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [path, text] of Object.entries({ ...files, 'tmp/none': '' })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text.replaceAll('DIR', dir), { mode: 0o700 });
  }
  const [shell = '', ...rest] = told?.command ?? [];
  const script = rest.map((each) => each.replace(/(?<![\w/])\/(?=(run|opt)\/)/g, `${dir}/`));
  const env = { PATH: `${dir}/bin:${process.env['PATH'] ?? ''}`, TMPDIR: `${dir}/tmp` };
  const read = (path: string): string => readFileSync(join(dir, path), 'utf8');
  try {
    const out = execFileSync(shell, script, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return { code: 0, out, read };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { code: status, out: stdout, read };
  }
}

describe('the MySQL of an Imply stack', () => {
  const { definition, name, answers } = cluster();
  const [told] = definition.plan(name, answers).told ?? [];
  /** Lets in whoever has the password of its file, and takes another one. */
  const MYSQL = `#!/bin/bash
for argument; do case $argument in --defaults-extra-file=*) settings=\${argument#*=} ;; esac; done
given=$(sed -n "s/^password='\\(.*\\)'$/\\1/p" $settings)
[ "$given" = "$(cat DIR/password)" ] || exit 1
while read -r line; do case $line in *BY*) line=\${line##*BY \\'}; printf %s "\${line%\\';}" > DIR/password ;; esac; done
`;
  const tell = (present: string, secrets: Record<string, string>) =>
    run(told, {
      ...{ password: present, 'bin/mysql': MYSQL },
      ...Object.fromEntries(Object.entries(secrets).map(([target, value]) => [`run/secrets/${target}`, value])),
    });

  it.each<[string, string, Record<string, string>]>([
    ['that of the running store', 'old', { 'store-password': 'old', 'former-store-password.1': 'old' }],
    ['the new one, told before', 'new', { 'store-password': 'old' }],
    [
      'one that a deployment which stopped halfway had told',
      'failed',
      { 'store-password': 'new', 'former-store-password.1': 'failed' },
    ],
    [
      'one of several',
      'second',
      { 'store-password': 'old', 'former-store-password.1': 'first', 'former-store-password.2': 'second' },
    ],
  ])('takes the new password by %s', (_what, present, secrets) => {
    const { code, out, read } = tell(present, { ...secrets, 'next-store-password': 'new' });
    expect([code, out]).toEqual([0, '']);
    expect(read('password')).toBe('new');
  });

  it('says that it lets in by none of them', () => {
    const { code, out, read } = tell('by hand', { 'store-password': 'old', 'next-store-password': 'new' });
    expect([code, out]).toEqual([1, expect.stringMatching(/^MySQL lets root in by neither the new password nor one/)]);
    expect(read('password')).toBe('by hand');
  });
});
