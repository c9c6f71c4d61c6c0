import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { leaves, overlay, sameValue, withAt, withoutAt } from '../../../src/bundle/paths-access.ts';
import { nearest } from '../../../src/bundle/suggest.ts';
import { editAnswers, formatAnswers } from '../../../src/bundle/write-answers.ts';
import { definitions } from '../../support/definitions.ts';
import { refusal } from '../secrets/material.ts';

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
    const nodes = lines.findIndex((line) => /^ {4}nodes:/.test(line));
    const comment = lines
      .slice(0, nodes)
      .slice(-4)
      .map((line) => line.trim().replace(/^# /, ''));
    expect(comment.join(' ')).toContain('Append, never reorder: volumes stay where they are.');
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
  it('leaves what was left empty', () =>
    expect(editAnswers('name: a\ntls:\nmanager: {}\n', keys, { name: 'b', tls: null, manager: {} }, [])).toBe(
      'name: b\ntls:\nmanager: {}\n',
    ));
  it('fills an empty file', () => expect(parse(editAnswers('', keys, { name: 'a' }, []))).toEqual({ name: 'a' }));
});

describe('an edited bundle.yaml with anchors and aliases', () => {
  const kafka = definitions.find(({ name }) => name === 'kafka');
  const kafkaKeys = bundleKeys(kafka as (typeof definitions)[number]);
  /** Sets one answer, as `init` does, and gives the text that says so. */
  const set = (text: string, path: string, value: unknown): string => {
    const wanted = withAt(parseYaml(text, 'b'), path, value);
    const edited = editAnswers(text, kafkaKeys, wanted, []);
    expect(parseYaml(edited, 'b')).toEqual(wanted);
    return edited;
  };
  const CONTROLLERS = 'controllers:\n  separate: true\n';
  const RESERVE = `name: ev\n${CONTROLLERS}  reserve: &r # for all\n    cpus: 1\n    memory: 4G # ticket 17\nreserve: *r # as theirs\n`;

  it.each<[string, string, string, unknown]>([
    [
      'a key that the alias does not have',
      `reserve: &r {memory: 4G}\n${CONTROLLERS}  reserve: *r\n`,
      'controllers.reserve.cpus',
      1,
    ],
    [
      'what the anchor is on',
      `reserve: &r\n  cpus: 1\n  memory: 4G\n${CONTROLLERS}  reserve: *r\n`,
      'reserve.memory',
      '8G',
    ],
    [
      'a key of the alias',
      `reserve: &r\n  memory: 4G\n${CONTROLLERS}  reserve: *r\n`,
      'controllers.reserve.memory',
      '8G',
    ],
    ['a list with an anchor', 'nodes: &n [a, b, c]\ncontrollers:\n  nodes: *n\n', 'nodes', ['a', 'b', 'd']],
    ['a list that is an alias', 'nodes: &n [a, b, c]\ncontrollers:\n  nodes: *n\n', 'controllers.nodes', ['a']],
    ['an answer that has nothing to do with them', RESERVE, 'name', 'other'],
    ['an item that is an alias', 'name: &a n1\nnodes: [*a, n2]\n', 'name', 'n3'],
    [
      'an alias of what holds another',
      'reserve: &r {memory: &m 4G}\ncontrollers: &c {reserve: *r}\nname: *m\n',
      'reserve.memory',
      '8G',
    ],
    [
      'the second of two anchors of one name',
      'name: &a x\nnodes: [*a]\nstack: &a y\ncontrollers: {nodes: [*a]}\n',
      'name',
      'z',
    ],
    [
      'below a key <<, which merges nothing',
      `reserve: &r {memory: 4G}\ncontrollers:\n  reserve:\n    <<: *r\n`,
      'controllers.reserve.cpus',
      1,
    ],
    [
      'below a merge of YAML 1.1',
      `%YAML 1.1\n---\nreserve: &r {memory: 4G}\ncontrollers:\n  reserve:\n    <<: *r\n`,
      'controllers.reserve.cpus',
      1,
    ],
  ])('says what was answered, and no more: %s', (_what, text, path, value) => {
    expect(set(text, path, value)).not.toMatch(/[&*]\w/);
  });

  it('keeps comments where they are', () => {
    const edited = set(RESERVE, 'reserve.memory', '8G');
    expect(edited).toBe(
      `name: ev\n${CONTROLLERS}  reserve:\n    # for all\n    cpus: 1\n    memory: 4G # ticket 17\n` +
        'reserve:\n  # as theirs\n  cpus: 1\n  memory: 8G # ticket 17\n',
    );
  });

  it('stays to the byte if nothing changes', () =>
    expect(editAnswers(RESERVE, kafkaKeys, parseYaml(RESERVE, 'b'), [])).toBe(RESERVE));

  it('is refused if it would not say what was answered', () => {
    const merged = '%YAML 1.1\n---\nreserve: &r {memory: 4G, cpus: 1}\ncontrollers:\n  reserve:\n    <<: *r\n';
    const wanted = withoutAt(parseYaml(merged, 'b'), 'controllers.reserve.memory');
    const error = refusal(() => editAnswers(merged, kafkaKeys, wanted, ['controllers.reserve.memory']));
    expect([error.code, error.exit, error.message]).toEqual([
      'answers-not-written',
      EXIT.usage,
      expect.stringContaining('controllers.reserve.memory would not say'),
    ]);
  });
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
