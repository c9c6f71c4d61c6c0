import { describe, expect, it } from 'vitest';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { fingerprints } from '../../../src/bundle/fingerprint.ts';
import { emptyLock, formatLock, parseLock } from '../../../src/bundle/lock.ts';
import { parseYaml, splitSecretFiles } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { refusal } from '../secrets/material.ts';

const NODES = {
  manager: { nodes: ['n1'] },
  agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
};
const SECRET = 'hunter2-of-a-test';

describe('reading YAML', () => {
  it.each<[string, string, RegExp]>([
    [
      'a quote that never ends',
      `a: "${SECRET}\nb: 1\n`,
      /^f:3:1: not valid YAML \(a quote or a bracket that is not closed\)$/,
    ],
    ['a bad indent', `a:\n  b: 1\n c: ${SECRET}\n`, /^f:\d+:\d+: not valid YAML/],
    ['a key twice', `a: 1\na: ${SECRET}\n`, /^f:2:1: not valid YAML \(the key a stands twice in the same map\)$/],
    ['two documents', `a: 1\n---\nb: ${SECRET}\n`, /not valid YAML \(more than one document\)/],
    ['a tab', `a:\n\tb: ${SECRET}\n`, /^f:2:1: not valid YAML \(a tab where spaces must stand\)$/],
    [
      'a merge that was not finished',
      `a: 1\n<<<<<<< HEAD\nb: ${SECRET}\n=======\nb: 2\n>>>>>>> main\n`,
      /^f:2:1: not valid YAML \(the mark of a merge conflict\)$/,
    ],
    ['a list', `- ${SECRET}\n`, /^f: expected a mapping of keys at the top level$/],
    ['a word', SECRET, /^f: expected a mapping/],
    ['deep nesting', `${'['.repeat(20_000)}${SECRET}`, /not valid YAML/],
    [
      'an alias bomb',
      `a: &a [${SECRET}]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: ` +
        `[*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      /^f: too many YAML aliases$/,
    ],
    ['an alias without its anchor', `a: 1\nb: [x, *${SECRET}]\n`, /^f:2: an alias that has no anchor$/],
  ])('refuses %s without quoting a line of it', (_what, text, message) => {
    const error = refusal(() => parseYaml(text, 'f'));
    expect(error.message).toMatch(message);
    expect(error.exit).toBe(EXIT.usage);
    expect(JSON.stringify([error.message, error.hints, error.details, String(error.cause)])).not.toContain(SECRET);
  });
  it('takes an empty file as no answers', () =>
    expect([parseYaml('', 'f'), parseYaml('# nothing\n', 'f')]).toEqual([{}, {}]));
  it('does not take `<<` for more than a key', () =>
    expect(Object.keys(parseYaml('a: &x {b: 1}\nc: {<<: *x}\n', 'f')['c'] as object)).toEqual(['<<']));
});

describe('validating', () => {
  const problems = (value: object): string[] =>
    (refusal(() => validateAnswers(value as Record<string, unknown>, 'f')).details as { problems: string[] }).problems;
  it('lists every fault, as path and reason, never the value', () => {
    const found = problems({
      version: 2,
      stack: 'imply',
      name: 'Not_OK',
      ...NODES,
      tls: { enabled: SECRET, keyBits: 1, x: SECRET },
      store: { database: `a-${SECRET}` },
      extra: SECRET,
    });
    expect(found).toEqual([
      'version: must be 1',
      'name: lower-case letters, digits and inner hyphens, starting with a letter',
      'tls.enabled: must be true or false',
      'tls.keyBits: must be at least 2048',
      'tls.x: unknown key',
      'store.database: no spaces or dashes',
      'extra: unknown key',
    ]);
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });
  it('says how a value of the wrong type is written', () =>
    expect(
      problems({
        version: '1',
        stack: 'zookeeper',
        name: 12,
        servers: '3',
        heapMb: 'much',
        nodes: ['n1', 2],
        reserve: { cpus: 0.05, memory: null },
        client: null,
      }),
    ).toEqual([
      'version: must be 1: write it without quotes',
      'name: must be text: write it in quotes',
      'servers: must be a number: write it without quotes',
      'nodes.1: must be text: write it in quotes',
      'heapMb: must be a number',
      'reserve.cpus: must be text: write it in quotes',
      'reserve.memory: must be text, and there is none: give it, or leave the key out',
      'client: must be a mapping of keys, and there is none: give it, or leave the key out',
    ]));
  it('names the stacks there are', () => {
    expect(refusal(() => validateAnswers({ ...NODES, version: 1, name: 'x' }, 'f')).message).toBe(
      'f: stack is missing; bundle knows imply, kafka, zookeeper',
    );
    expect(refusal(() => validateAnswers({ stack: 'x' }, 'f')).code).toBe('unknown-stack');
  });
  it('applies defaults', () =>
    expect(validateAnswers({ version: 1, stack: 'imply', name: 'x', ...NODES }, 'f').answers).toMatchObject({
      tls: { enabled: true, keyBits: 3072 },
      agents: { data: { gracePeriod: '24h' } },
    }));
  it('takes secretFiles out of answers', () => {
    expect(splitSecretFiles({ name: 'x', secretFiles: { a: 'f' } }, 'f')).toEqual({
      answers: { name: 'x' },
      files: { a: 'f' },
    });
    expect(() => splitSecretFiles({ secretFiles: [1] }, 'f')).toThrow(BundleError);
  });
});

describe('the lock', () => {
  const hex = 'a'.repeat(64);
  const entry = { version: 1, kind: 'ca', created: 'now', fingerprints: { key: hex }, facts: {} };
  it('has the same bytes whatever the order it was made in', () => {
    const token = { version: 1, kind: 'auth-token', created: 'now', fingerprints: { token: hex }, facts: {} };
    const ca = {
      facts: { subject: 'x', notAfter: 'y' },
      fingerprints: { key: hex, certificate: hex },
      created: 'now',
      kind: 'ca',
      version: 2,
    };
    const one = formatLock({ version: 1, secrets: { token, ca } });
    expect(formatLock(parseLock(one, 'f'))).toBe(one);
    expect(formatLock({ secrets: { ca, token }, version: 1 })).toBe(one);
    expect(parseLock(formatLock(emptyLock()), 'f')).toEqual(emptyLock());
    // An image is in it only where one was learned.
    expect(formatLock({ ...emptyLock(), images: {} })).toBe(formatLock(emptyLock()));
    const learned = formatLock({
      version: 1,
      secrets: {},
      images: { b: { cmd: [], entrypoint: ['/x'] }, a: { cmd: ['y'], entrypoint: [], digest: 'sha256:0' } },
    });
    expect(formatLock(parseLock(learned, 'f'))).toBe(learned);
    expect(Object.keys(parseLock(learned, 'f').images ?? {})).toEqual(['a', 'b']);
  });
  it.each([
    ['no JSON', '{'],
    ['another version', '{"version": 2}'],
    [
      'a version 0',
      JSON.stringify({ version: 1, secrets: { x: { version: 0, kind: '', created: '', fingerprints: {} } } }),
    ],
    [
      'no fingerprint',
      JSON.stringify({ version: 1, secrets: { x: { version: 1, kind: '', created: '', fingerprints: { a: 'zz' } } } }),
    ],
  ])('with %s is refused', (_what, text) =>
    expect(refusal(() => parseLock(text, 'f'))).toMatchObject({ code: 'invalid-lock', exit: EXIT.usage }),
  );
  it('with the marks of a merge conflict says where, and which side to keep', () => {
    const both = '{\n<<<<<<< HEAD\n  "version": 1\n=======\n  "version": 1,\n>>>>>>> main\n}\n';
    const { code, message, hints } = refusal(() => parseLock(both, 'f'));
    expect([code, message]).toEqual(['invalid-lock', 'f:2: not valid JSON (the mark of a merge conflict)']);
    expect(hints).toEqual([expect.stringMatching(/^take one side of it whole, that of what was deployed last/)]);
    expect(refusal(() => parseLock('{\n"a": "<<<<<<< HEAD"', 'f')).message).toBe('f is not valid JSON');
  });
  it.each([
    ['a version', { version: 2 }, 'its version'],
    ['a key', { version: 1, secrets: {}, later: 1, other: 2 }, 'later, other'],
    ['a key of a secret', { version: 1, secrets: { x: { ...entry, later: 1 } } }, 'secrets.x.later'],
  ])('with %s of a newer build names it, and says what to use', (_what, lock, named) => {
    const { message, hints } = refusal(() => parseLock(JSON.stringify(lock), 'f')) ?? {};
    expect(message).toBe(`f holds what this version of bundle does not know: ${named}`);
    expect(hints?.join()).toContain('a newer version of bundle');
  });
  it('with notes that some builds kept in it is read without them', () => {
    const noted = { version: 1, secrets: { x: { ...entry, tried: ['openssl'] } }, rendered: hex };
    expect(parseLock(JSON.stringify(noted), 'f')).toEqual({ version: 1, secrets: { x: entry } });
  });
});

describe('fingerprints', () => {
  const key = Buffer.alloc(32, 1);
  const of = (secret: string, value: string, by = key) =>
    fingerprints(by, secret, { part: Buffer.from(value) })['part'];
  it('tell the same from another content, secret, or key', () => {
    expect(of('a', 'x')).toMatch(/^[0-9a-f]{64}$/);
    expect(of('a', 'x')).toBe(of('a', 'x'));
    expect(new Set([of('a', 'x'), of('a', 'y'), of('b', 'x'), of('a', 'x', Buffer.alloc(32, 2))]).size).toBe(4);
  });
});
