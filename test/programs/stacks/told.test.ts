/** The programs that tell running software of a new password, with tools that keep one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ToldSecret } from '../../../src/sdk/definition.ts';
import { validateAnswers } from '../../support/answers.ts';
import { cluster } from '../../unit/stacks/imply.ts';

/**
 * Runs the program with every path of the container below a directory, which has these files; gives what it came to.
 */
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

describe('Kafka with SCRAM', () => {
  const bundle = validateAnswers({ version: 1, stack: 'kafka', name: 'ev', nodes: ['a', 'b', 'c'] }, 'bundle.yaml');
  const [told] = bundle.definition.plan(bundle.name, bundle.answers).told ?? [];
  const CONFIGS = `#!/bin/bash
for argument; do [ "$before" != --add-config-file ] || cp $argument DIR/credential; before=$argument; done
`;
  /** As of Kafka 4: what the first address that answers refuses ends it, and of all others it is printed. */
  const VERSIONS = `#!/bin/bash
for argument; do [ "$before" != --bootstrap-server ] || at=$argument; before=$argument; done
[ "$(cat DIR/brokers/\${at%%:*})" = well ] || exit 1
for path in DIR/brokers/*; do
  name=\${path##*/}
  printf '%s:9094 (id: %s rack: null isFenced: false) -> ' $name \${name#kafka-}
  case $(cat $path) in
    well) printf '(\\n\\tProduce(0): 0 to 13 [usable: 13]\\n)\\n' ;;
    other-ca) echo 'ERROR: org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed' ;;
    *) echo 'ERROR: org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed' ;;
  esac
done
`;
  const tell = (...brokers: string[]) =>
    run(told, {
      'opt/kafka/bin/kafka-configs.sh': CONFIGS,
      'opt/kafka/bin/kafka-broker-api-versions.sh': VERSIONS,
      // Whoever has not heard yet hears of it meanwhile.
      'bin/sleep': "#!/bin/sh\nsed -i 's/^late/well/' DIR/brokers/*\n",
      'run/secrets/admin-password': 'another-password',
      ...Object.fromEntries(brokers.map((state, index) => [`brokers/kafka-${index + 1}`, state])),
    });

  it.each([
    ['every broker', ['well', 'well', 'well']],
    ['a broker that hears of it a moment later', ['well', 'late', 'well']],
    ['those of its CA, of which the first is not', ['other-ca', 'well', 'well']],
    ['the one of its CA', ['well', 'other-ca', 'other-ca']],
    ['those of its CA, though one hears of it later', ['other-ca', 'late', 'well']],
  ])('is told once %s lets in by the new password', (_which, brokers) => {
    const { code, out, read } = tell(...brokers);
    expect([code, out]).toEqual([0, '']);
    expect(read('credential')).toBe('SCRAM-SHA-512=iterations=8192,password=another-password\n');
  });

  it.each([
    ['one that can be asked does not', ['well', 'refuses', 'well']],
    ['the only one of its CA does not', ['other-ca', 'refuses', 'other-ca']],
    ['none can be asked', ['other-ca', 'other-ca', 'other-ca']],
  ])('is not if %s', (_which, brokers) => {
    const { code, out } = tell(...brokers);
    expect([code, out]).toEqual([1, 'the brokers took it, and not all that could be asked let the user in by it\n']);
  });
});
