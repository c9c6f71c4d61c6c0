import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { keyLines } from '../../../src/bundle/key-lines.ts';
import type { Tree } from '../../../src/bundle/paths-access.ts';
import { bundleKeys, type Key } from '../../../src/bundle/keys.ts';
import { BundleError } from '../../../src/errors.ts';
import { readGiven } from '../../../src/wizard/given.ts';
import { knownNodes, nodeRows, orderNodes } from '../../../src/wizard/nodes.ts';
import { setText, textOf, valueFromText } from '../../../src/wizard/value-text.ts';
import { definitions } from '../../support/definitions.ts';
import { node } from '../init/support.ts';

const keys = bundleKeys(definitions[0] as (typeof definitions)[number]);
const key = (path: string): Key => keys.find((each) => each.path === path) as Key;

describe('a value typed by a person', () => {
  it.each<[string, string, unknown]>([
    ['tls.enabled', 'yes', true],
    ['tls.enabled', 'Off', false],
    ['tls.enabled', 'perhaps', 'perhaps'],
    ['manager.port', '9097', 9097],
    ['manager.port', '0x10', '0x10'],
    ['manager.hostname', 'on', 'on'],
    ['manager.hostname', '"quoted"', 'quoted'],
    ['manager.reserve.cpus', '0.5', '0.5'],
    ['images.manager', 'imply/manager:2023.10', 'imply/manager:2023.10'],
    ['manager.nodes', 'a, b,,', ['a', 'b']],
    ['manager.nodes', '[a, 1, "on"]', ['a', '1', 'on']],
    ['manager.nodes', '1,2', ['1', '2']],
    [
      'manager.nodes',
      '[01, 1e5, 0x10, 1.10, 12345678901234567890]',
      ['01', '1e5', '0x10', '1.10', '12345678901234567890'],
    ],
    ['manager.nodes', '01,1e5', ['01', '1e5']],
    ['manager.nodes', '[&a 01, *a, true, .inf]', ['01', '01', 'true', '.inf']],
    ['manager.nodes', '[~, {a: 01}]', [null, { a: 1 }]],
    ['zookeeper.hosts', 'zk1:2181,zk2:2181', ['zk1:2181', 'zk2:2181']],
    ['zookeeper.hosts', '[zk1:2181]', ['zk1:2181']],
    ['zookeeper.hosts', '[fd00::1]:2181', ['[fd00::1]:2181']],
    ['zookeeper.hosts', '[fd00::1]:2181, zk2:2181,[fd00::3]:2181', ['[fd00::1]:2181', 'zk2:2181', '[fd00::3]:2181']],
    ['zookeeper.hosts', '[[fd00::1]:2181, zk2:2181]', ['[fd00::1]:2181', 'zk2:2181']],
    ['zookeeper.hosts', '[zk1:2181, [fd00::2]:2181]', ['zk1:2181', '[fd00::2]:2181']],
    ['zookeeper.hosts', 'zk:2181/chroot', ['zk:2181/chroot']],
    ['images.agent', '[fd00::1]:5000/agent:1', '[fd00::1]:5000/agent:1'],
    ['tls', '{enabled: false}', { enabled: false }],
  ])('%s = %s', (path, text, value) => expect(valueFromText(key(path), text)).toEqual(value));

  it.each(['[*a]', '[a, "b', '{a: *b}'])('%s is refused in words', (text) =>
    expect(() => valueFromText(key(text.startsWith('{') ? 'tls' : 'manager.nodes'), text)).toThrow(BundleError),
  );

  it.each<[unknown, string, string]>([
    [true, 'yes', 'true'],
    [9097, '9097', '9097'],
    [['a', 'b'], 'a, b', 'a,b'],
    [undefined, '', ''],
    [
      [{ service: 'db', tcp: { port: 3306, names: ['a', 'b'] } }, { service: 'zk' }],
      '{ service: db, tcp: { port: 3306, names: [a, b] } }, { service: zk }',
      '[{"service":"db","tcp":{"port":3306,"names":["a","b"]}},{"service":"zk"}]',
    ],
  ])('%j is shown as %s and set as %s', (value, text, set) =>
    expect([textOf(value), setText(value)]).toEqual([text, set]),
  );
});

describe('answers from a file and --set', () => {
  const known = { keys, inputs: ['authToken'] };
  it('a later one wins, leaf by leaf', () => {
    const file = {
      content: { tls: { enabled: true, days: 10 }, secretFiles: { authToken: 'a' } },
      name: 'f',
      lines: new Map(),
    };
    expect(
      readGiven(known, file, ['tls.days=20', 'tls={keyBits: 2048}', 'tls.days=30', 'secretFiles.authToken=b=c']),
    ).toEqual({
      answers: { tls: { enabled: true, days: 30, keyBits: 2048 } },
      files: { authToken: { path: 'b=c', origin: 'set' } },
    });
  });
  it('an empty value is kept, to take an answer out', () =>
    expect(readGiven(known, undefined, ['store.host=']).answers).toEqual({ store: { host: null } }));
  it('an empty group of the file is refused with its line, since it would take out all that is below it', () => {
    const text = 'name: a\nstore:\n  # host: db\ntls: {}\n';
    const file = { content: parse(text) as Tree, name: 'a.yaml', lines: keyLines(text) };
    expect(() => readGiven(known, file, [])).toThrow('a.yaml:2: store is a group of answers, and none is below it');
    const value = { content: { store: { host: null } }, name: 'f', lines: new Map() };
    expect(readGiven(known, value, ['tls=']).answers).toEqual({ store: { host: null }, tls: null });
  });
  it('names all unknown paths at once', () => {
    const file = { content: { foo: 1, tls: { bits: 1 } }, name: 'f', lines: new Map() };
    expect(() => readGiven(known, file, ['x=1'])).toThrow(
      /3 answers are not known:\n {2}foo[^]*tls\.bits[^]*x: no such answer/,
    );
  });
  it('says in which line of the file an unknown one stands', () => {
    const text = '# mine\nname: a\nmanager:\n  prot: 1\nsecretFiles: { authTokn: f }\n';
    const file = { content: parse(text) as Tree, name: 'a.yaml', lines: keyLines(text) };
    expect(() => readGiven(known, file, ['prot=1'])).toThrow(
      /a\.yaml:4: manager\.prot: no such answer; did you mean manager\.port\?\n {2}a\.yaml:5: secretFiles\.authTokn: .*\n {2}prot: no such/,
    );
  });
  it('never repeats a value, which may be a secret typed in the wrong place', () => {
    for (const text of ['hunter2', 'passwrd=hunter2', 'manager.nodes=[hunter2']) {
      try {
        readGiven(known, undefined, [text]);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify([(error as Error).message, error])).not.toContain('hunter2');
      }
    }
  });
});

describe('nodes', () => {
  it('are shown managers first, by name with numbers in order, and by id where two bear one name', () => {
    const nodes = knownNodes([
      node('n10'),
      node('n9'),
      node('twin', { id: 'b' }),
      node('twin', { id: 'a' }),
      node('m', { role: 'manager' }),
    ]);
    expect(nodes.map(({ hostname, shown }) => shown ?? hostname)).toEqual(['m', 'n9', 'n10', 'twin (a)', 'twin (b)']);
    expect(nodes.map(({ hostname }) => hostname)).toEqual(['m', 'n9', 'n10', 'a', 'b']);
  });
  it('stand in aligned rows', () =>
    expect(
      nodeRows(
        knownNodes([node('a', { cpus: 1, memoryBytes: 2 ** 29 }), node('longer', { state: 'down', cpus: 64 })]),
      ).map(({ row }) => row),
    ).toEqual(['a       worker  active    1 CPU  0.5 GiB', 'longer  worker  down    64 CPUs  8.0 GiB']));
  it.each<[string, string[], string[], string[], string[]]>([
    ['the proposal is kept with its order and repetitions', ['a', 'b'], ['b', 'a', 'b'], [], ['b', 'a', 'b']],
    ['another pick is in the list’s order', ['a', 'c'], ['b', 'a'], [], ['a', 'c']],
    ['standing nodes keep their place, new ones follow', ['a', 'b', 'c'], ['c', 'b'], ['c', 'b'], ['c', 'b', 'a']],
    ['a standing node may go', ['b'], ['c', 'b'], ['c', 'b'], ['b']],
  ])('%s', (_what, picked, proposed, standing, result) =>
    expect(orderNodes(picked, proposed, standing)).toEqual(result),
  );
});
