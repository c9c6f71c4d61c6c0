import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { leaves, overlay, sameValue, withAt, withoutAt } from '../../../src/bundle/paths-access.ts';
import { nearest } from '../../../src/bundle/suggest.ts';
import { editAnswers, formatAnswers } from '../../../src/bundle/write-answers.ts';
import { definitions } from '../../support/definitions.ts';

const keys = bundleKeys(definitions[0] as (typeof definitions)[number]);
const BASE = { version: 1, stack: 'imply', name: 'prod', manager: { nodes: ['n1'] } };

describe('a new bundle.yaml', () => {
  it('is in schema order, whatever the order of the answers', () => {
    const one = formatAnswers(
      keys,
      { manager: { nodes: ['b'], port: 1 }, name: 'x', version: 1, tls: { enabled: true } },
      's.json',
    );
    const two = formatAnswers(
      keys,
      { tls: { enabled: true }, version: 1, name: 'x', manager: { port: 1, nodes: ['b'] } },
      's.json',
    );
    expect(one).toBe(two);
    expect(Object.keys(parse(one) as object)).toEqual(['version', 'name', 'tls', 'manager']);
  });

  it('is what it was made from, awkward text too', () => {
    const words = [
      'yes',
      'null',
      '~',
      '1_000',
      '0o17',
      '22:22',
      '2001-01-01',
      '#x',
      'a: b',
      '- x',
      ' lead',
      '[x]',
      '{x}',
      '"',
      "'",
      '\\',
      '@x',
      '*x',
      '&x',
      '!x',
      '%x',
      '012',
      '1e3',
      'x'.repeat(200),
    ];
    const answers = { ...BASE, agents: { data: { nodes: words } }, store: { user: 'on' } };
    expect(parse(formatAnswers(keys, answers, 's.json'))).toEqual(answers);
  });

  it('has the descriptions as comments, no line longer than a terminal is wide, and the schema’s line first', () => {
    const lines = formatAnswers(keys, { ...BASE, agents: { data: { nodes: ['a'] } } }, '.bundle.schema.json').split(
      '\n',
    );
    expect(lines[0]).toBe('# yaml-language-server: $schema=.bundle.schema.json');
    expect(lines.every((line) => line.length <= 110 && !/\s$/.test(line))).toBe(true);
    expect(lines).toContain('    # Append, never reorder: volumes stay where they are.');
  });
});

describe('an edited bundle.yaml', () => {
  const text =
    "# mine\nversion: 1 # format\nstack: imply\nname:   'prod'\n\nmanager:\n    # the big one\n    nodes: [ n1 " +
    ']   # rack 4\n    port: 9097\ntls: { enabled: true }\n';
  const edit = (wanted: object, unset: string[] = []) =>
    editAnswers(text, keys, wanted as Record<string, unknown>, unset);

  it('is untouched to the byte where nothing changes', () =>
    expect(edit({ name: 'prod', manager: { nodes: ['n1'], port: 9097 } }, ['store.host'])).toBe(text));
  it('keeps comments above and beside what changes', () => {
    const edited = edit({ manager: { nodes: ['n1', 'n2'] } });
    expect(edited).toContain('# mine');
    expect(edited).toMatch(/# the big one\n +nodes: \[n1, n2\] # rack 4\n/);
  });
  it('keeps a list’s style, and the comments of its items', () => {
    const block = 'manager:\n  nodes:\n    - n1 # old\n    # spare\n    - n2\n';
    expect(editAnswers(block, keys, { manager: { nodes: ['n1', 'n3', 'n2'] } }, [])).toBe(
      'manager:\n  nodes:\n    - n1 # old\n    - n3\n    # spare\n    - n2\n',
    );
  });
  it('puts a new key where the schema has it', () => {
    const edited = edit({ images: { agent: 'b:2', manager: 'a:1' }, tls: { days: 5 } });
    expect(Object.keys(parse(edited) as object)).toEqual(['version', 'stack', 'name', 'images', 'manager', 'tls']);
    expect(edited).toMatch(/images:\n +# Manager image\.\n +manager: a:1\n +# Agent image;/);
    expect(edited).toContain('tls: {enabled: true, days: 5}');
  });
  it('takes keys out, and mappings that are empty then', () =>
    expect(parse(edit({}, ['manager.nodes', 'tls.enabled']))).toEqual({
      version: 1,
      stack: 'imply',
      name: 'prod',
      manager: { port: 9097 },
    }));
  it('fills a mapping that was left empty', () =>
    expect(parse(editAnswers('name: a\ntls:\n', keys, { tls: { days: 5 } }, []))).toEqual({
      name: 'a',
      tls: { days: 5 },
    }));
  it('fills an empty file', () => expect(parse(editAnswers('', keys, { name: 'a' }, []))).toEqual({ name: 'a' }));
});

describe('answers by path', () => {
  const tree = { a: { b: 1, c: [1, 2] }, d: 'x' };
  it('are laid over one another leaf by leaf; null takes out', () => {
    expect(overlay(tree, { a: { b: 2 }, e: { f: true } })).toEqual({ a: { b: 2, c: [1, 2] }, d: 'x', e: { f: true } });
    expect(overlay(tree, { a: { b: null, c: null } })).toEqual({ d: 'x' });
    expect(tree).toEqual({ a: { b: 1, c: [1, 2] }, d: 'x' });
  });
  it('cannot reach into a prototype', () => {
    expect(leaves(withAt({}, '__proto__.x', 1) as Record<string, unknown>)).toEqual([['__proto__.x', 1]]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(withoutAt(tree, 'a.zzz.y')).toEqual(tree);
  });
  it('are equal by content', () =>
    expect([
      sameValue([1, ['a']], [1, ['a']]),
      sameValue({ a: 1 }, { a: 1, b: undefined }),
      sameValue([1], [1, 2]),
      sameValue({}, []),
    ]).toEqual([true, true, false, false]));
});

it.each([
  ['manager.prot', 'manager.port'],
  ['tls.enable', 'tls.enabled'],
  ['xyz', undefined],
])('the nearest to %s is %s', (word, meant) =>
  expect(
    nearest(
      word,
      keys.map((key) => key.path),
    ),
  ).toBe(meant),
);
