import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemSource } from '../../../src/io/system.ts';
import { init, workplace } from '../../unit/init/support.ts';

const YEAR_MS = 365 * 86_400_000;
/** As if it were so many years from now. */
const inYears = (years: number) => ({
  source: { ...systemSource, now: () => new Date(Date.now() + years * YEAR_MS) },
});
const KAFKA = ['brokers=3', 'nodes=n1', 'clients.login=certificate', 'clients.users=[alice,bob]'];
const secretOf = (cwd: string, name: string): string => join(cwd, 'prod', 'secrets', name);

describe('a CA that ended', () => {
  it('issues nothing, which would have ended before it began; another is made as the hint says', async () => {
    const cwd = workplace();
    expect((await init(cwd, { yes: true, stack: 'kafka', set: KAFKA }, inYears(-11))).error).toBeUndefined();
    const more = ['clients.users=[alice,bob,carol]'];
    const refused = await init(cwd, { yes: true, set: more });
    expect(refused.error).toMatchObject({
      code: 'ca-expired',
      message: expect.stringMatching(
        /^the certificate "\S*carol\S*" must be issued, and its CA \(\S+\) ended on 20\d\d-/,
      ),
    });
    // The CA of clients, then that of peers.
    let next = refused;
    const moved: string[] = [];
    while (next.error && moved.length < 4) {
      const [hint = ''] = next.error.hints.filter((each) => each.includes('--new-secrets'));
      const files = [...hint.matchAll(/secrets\/(\S+)/g)].map(([, name = '']) => name);
      expect(files).toHaveLength(2);
      for (const name of files) renameSync(secretOf(cwd, name), join(cwd, name));
      moved.push(...files);
      next = await init(cwd, { yes: true, newSecrets: true, set: more });
    }
    expect(next.error).toBeUndefined();
    const made = new X509Certificate(readFileSync(secretOf(cwd, 'kafka-ca.crt')));
    expect(new Date(made.validTo).getTime()).toBeGreaterThan(Date.now() + YEAR_MS);
    for (const user of ['alice', 'carol']) {
      const [leaf = ''] = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(
        readFileSync(secretOf(cwd, `kafka-user-${user}.pem`), 'utf8'),
      ) ?? [''];
      expect(new X509Certificate(leaf).checkIssued(made), user).toBe(true);
    }
  });
});

describe('a user who was removed, and is added again', () => {
  it('gets what it had before: who had it is told to have it still, with the way to another', async () => {
    const cwd = workplace();
    const users = async (names: string, more = {}) =>
      init(cwd, { yes: true, set: [`clients.users=[${names}]`], ...more });
    const plain = ['brokers=3', 'nodes=n1', 'clients.login=plain', 'clients.users=[alice,bob]'];
    expect((await init(cwd, { yes: true, stack: 'kafka', set: plain })).error).toBeUndefined();
    expect((await users('bob')).err).not.toContain('as the bundle had it before');
    const again = await users('alice,bob');
    const told =
      /(\S*alice\S*) \(version 1\): as the bundle had it before, and whoever had it then may use it again; to have new ones made, move (secrets\/\S*alice\S*) away, kept until they are deployed, then `bundle init prod --new-secrets`/;
    expect(again.err).toMatch(told);
    expect((await users('alice,bob,carol')).err).not.toContain('as the bundle had it before');
  });
});
