import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateAuthorityWithChain } from '../../../secrets/index.ts';
import type { StackDefinition } from '../../../src/sdk/definition.ts';
import { proof } from '../../proof/definition.ts';
import { init, workplace } from '../../unit/init/support.ts';
import { entryOf } from '../../support/definitions.ts';

/** The proof's stack, which here takes a CA from files, with the certificates above it. */
const given: StackDefinition = {
  ...proof,
  questions: (['caCertificate', 'caKey'] as const).map((input) => ({
    path: `secretFiles.${input}`,
    ask: 'file' as const,
    message: input,
    help: 'of the CA',
    optional: true,
  })),
  plan: (name, answers) => {
    const plan = proof.plan(name, answers as never);
    return {
      ...plan,
      secrets: plan.secrets.map((need) =>
        need.secret === 'ca' ? { ...need, kind: certificateAuthorityWithChain } : need,
      ),
    };
  },
};

const openssl = (cwd: string, ...args: string[]): string =>
  execFileSync('openssl', args, { cwd, encoding: 'utf8', stdio: 'pipe' });

/** root.crt, and middle.crt with middle.key that it issued. */
function authorities(cwd: string): void {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];
  const make = (name: string, ...more: string[]) =>
    openssl(
      cwd,
      'req',
      ...['-x509', '-nodes', '-newkey', 'rsa:2048', '-days', '500', '-subj', `/CN=${name}`],
      ...['-keyout', `${name}.key`, '-out', `${name}.crt`, ...more],
      ...extensions.flatMap((line) => ['-addext', line]),
    );
  make('root');
  make('middle', '-CA', 'root.crt', '-CAkey', 'root.key');
}

describe('a CA that is an intermediate', () => {
  it('is taken with its root in one file, issues what both stand for, and init again changes nothing', async () => {
    const cwd = workplace();
    authorities(cwd);
    const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
    writeFileSync(join(cwd, 'chain.crt'), `${read('middle.crt')}${read('root.crt')}`);
    const files = ['secretFiles.caCertificate=chain.crt', 'secretFiles.caKey=middle.key'];
    const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]', ...files];
    const made = await init(cwd, { yes: true, set }, {}, { stacks: [entryOf(given)] });
    expect(made.error?.message).toBeUndefined();

    // A client that trusts the root alone accepts what a front sends: its own certificate and the intermediate.
    expect(read('prod/secrets/front.crt').match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const verify = ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'front-1'];
    expect(
      openssl(cwd, ...verify, '-CAfile', 'root.crt', '-untrusted', 'prod/secrets/front.crt', 'prod/secrets/front.crt'),
    ).toContain('front.crt: OK');
    const lock = read('prod/bundle.lock.json');
    expect(JSON.parse(lock)).toMatchObject({
      secrets: { front: { issued: { by: 'ca' } } },
    });
    expect(JSON.parse(read('prod/.bundle.notes.json'))).toMatchObject({
      tried: { ca: { version: 1, clients: ['openssl'] } },
    });

    expect((await init(cwd, { yes: true, set: files }, {}, { stacks: [entryOf(given)] })).out).toContain('nothing');
    expect(read('prod/bundle.lock.json')).toBe(lock);
  });

  it('is refused without its root, and nothing is written', async () => {
    const cwd = workplace();
    authorities(cwd);
    const files = ['secretFiles.caCertificate=middle.crt', 'secretFiles.caKey=middle.key'];
    const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]', ...files];
    const done = await init(cwd, { yes: true, set }, {}, { stacks: [entryOf(given)] });
    expect(done.error?.code).toBe('ca-intermediate');
    expect(() => readFileSync(join(cwd, 'prod/bundle.yaml'))).toThrow('ENOENT');
  });
});
