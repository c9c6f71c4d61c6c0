import { screen } from '@inquirer/testing/vitest';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { renewed } from '../../../src/deploy/reissue.ts';
import { systemSource } from '../../../src/io/system.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { proof } from '../../proof/definition.ts';
import { entryOf } from '../../support/definitions.ts';
import { NODES, init, manager, node, recordedIo, tree, workplace } from '../../unit/init/support.ts';
import { requested } from '../../unit/secrets/material.ts';
import {
  asked,
  changeAnswer,
  changeSuggestion,
  choose,
  controlC,
  defaultsUntil,
  enter,
  key,
  shown,
  type,
} from '../../unit/wizard/person.ts';

const TOKEN = 'dHlwZWQtYXQtYS10ZXJtaW5hbC0xMjM0NTY3ODkwYWI=';
const swarm = {
  connect: () =>
    Promise.resolve(
      manager([
        node('node2', { cpus: 16, memoryBytes: 64 * 2 ** 30 }),
        node('node1', { role: 'manager' }),
        node('node3', { availability: 'drain' }),
      ]),
    ),
  prepare: () => Promise.resolve(),
};
/** An empty directory of the name prod. */
const inProd = (): string => {
  const dir = join(workplace(), 'prod');
  mkdirSync(dir);
  return dir;
};
/** As one line, wherever it was folded. */
const unfolded = (text: string): string => text.replace(/\s+/g, ' ');
const person = (cwd: string, options = {}, seams = {}, over = {}) =>
  init(cwd, { set: ['tls.keyBits=2048'], ...options }, seams, {
    interactive: true,
    stdin: screen.input as unknown as Readable,
    ...over,
  });

describe('the wizard at a terminal', () => {
  it('with every default gives the bytes that --yes gives', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm, { quiet: true });
    await defaultsUntil('Write the bundle to prod?');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(done.err, 'a question hides nothing of what it is about').toMatch(/ {2}Bundle prod\n\n.*name/s);
    const set = ['name=prod', 'tls.keyBits=2048'];
    expect((await init(cwd, { dir: 'yes', yes: true, prepare: false, set }, swarm)).error).toBeUndefined();
    for (const file of ['bundle.yaml', 'stack.yml']) expect(tree(cwd)[`prod/${file}`]).toBe(tree(cwd)[`yes/${file}`]);
  });

  it('comes to the written bundle in eight answers, and says where all agents are, and why', async () => {
    const cwd = workplace();
    const running = person(cwd, {}, swarm);
    const asks = [
      'Manager image',
      'Agent image',
      'Nodes that may carry the cluster',
      'TLS and authentication',
      'Metadata store',
      'Deep storage',
      /^\d+ more answers have these defaults/,
      'Write the bundle to prod?',
    ];
    for (const question of asks) {
      await asked(question);
      enter();
    }
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(unfolded(done.err)).toContain('! all agents run on node2: local deep storage is the disk of one node.');
    expect(done.out).toContain('Its secrets and new node labels are in the swarm');
  });

  it('asks only what flags and answers file leave open, and nothing about what does not apply', async () => {
    const cwd = workplace();
    const running = person(cwd, {
      set: [
        'tls.enabled=false',
        'authentication.enabled=false',
        'images={manager: "a:1", agent: "b:1"}',
        'name=prod',
        ...NODES,
      ],
    });
    expect(await asked('Metadata store')).toContain('A database for users');
    enter();
    await asked('Deep storage');
    enter();
    expect(await asked(/more answers/)).not.toContain('Certificate authority');
    await defaultsUntil('Write the bundle to prod?');
    enter();
    const { error, err } = await running;
    expect(error).toBeUndefined();
    expect(err).not.toContain('tls.ca');
  });

  it('shows the help of a question while it is open, and its default', async () => {
    const running = person(inProd(), { dir: '.' });
    const text = await asked('Name of the stack');
    expect(text.replace(/\s+/g, ' ')).toContain('The default is the directory’s name');
    expect(text).toContain('(prod)');
    controlC();
    await running;
  });

  it('takes the name from a directory that was named; it stands among the defaults, to be changed', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    await asked('Manager image');
    await changeSuggestion('Name of the stack');
    await asked('Name of the stack');
    type('other');
    await defaultsUntil('Write the bundle to prod?');
    enter();
    expect((await running).error).toBeUndefined();
    expect(tree(cwd)['prod/bundle.yaml']).toContain('\nname: other\n');
  });

  it('refuses at the question what the schema refuses', async () => {
    const running = person(workplace(), { dir: '.' });
    await asked('Name of the stack');
    type('Not_a_name');
    await shown('lower-case letters, digits and inner hyphens');
    controlC();
    expect((await running).exit).toBe(EXIT.interrupted);
  });

  it('picks nodes from the live list, with their role, availability, CPUs and memory', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    const list = await defaultsUntil('Nodes that may carry the cluster');
    expect(list).toMatch(
      /❯◉ node1 {2}manager {2}active {3}4 CPUs {3}8\.0 GiB\n ◉ node2 {2}worker {3}active {2}16 CPUs {2}64\.0 GiB\n ◯ node3 {2}worker {3}drain/,
    );
    key('space');
    await shown('◯ node1');
    enter();
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    const yaml = tree(cwd)['prod/bundle.yaml'] ?? '';
    expect([...new Set(yaml.match(/nodes: .*/g))]).toEqual(['nodes: [node2]']);
  });

  it('changes one of the suggestions, and shows the others again', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    await changeSuggestion('Data agents');
    await asked('Data agents');
    type('2');
    await changeSuggestion('Nodes for the data agents');
    await asked('Nodes for the data agents');
    key('space');
    await shown('◉ node1');
    enter();
    // Agents on two nodes: a directory that they share must be named now.
    await asked('Host directory shared');
    enter();
    await shown('is needed: local deep storage wants a directory');
    type('/srv/shared');
    expect(await asked(/more answers/)).not.toContain('Nodes for the data agents');
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    expect(tree(cwd)['prod/bundle.yaml']).toMatch(/sharedMount: \/srv\/shared[^]*?data:[^]*?nodes: \[node1, node2\]/);
  });

  it('names the default of a list of nodes where there is one, and none where there is none', async () => {
    for (const [seams, says] of [[swarm, true] as const, [{}, false] as const]) {
      const options = { stack: 'kafka', set: ['name=events', 'image=r.example/k:9'], prepare: false };
      const running = person(workplace(), options, seams);
      await asked('How many brokers?');
      enter();
      const nodes = await asked('Nodes for the brokers');
      expect([says, nodes.includes('Default: spread')]).toEqual([says, says]);
      controlC();
      await running;
    }
  });

  it('takes typed host names if no swarm is reachable, and says why', async () => {
    const cwd = workplace();
    const running = person(cwd);
    await defaultsUntil('Nodes that may carry the cluster');
    enter();
    await shown('name at least one');
    type('a, b');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(unfolded(done.err)).toContain(
      'No node list to choose from: no Docker engine is reachable. Type the nodes’ host names.',
    );
    expect(tree(cwd)['prod/bundle.yaml']).toMatch(/nodes: \[a\][^]*nodes: \[b\]/);
  });

  it('takes a token typed hidden, refuses a bad one at once, and never shows it', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: NODES });
    await changeAnswer('Authentication token');
    await asked('Authentication token');
    key('down');
    enter();
    expect(unfolded(await asked('File with the token'))).toContain('Leave empty to type it here, hidden.');
    enter();
    await asked('Type the token');
    type('too short');
    await asked('File with the token');
    enter();
    await asked('Type the token');
    type(TOKEN);
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(tree(cwd)['prod/secrets/imply-auth-token']).toBe(TOKEN);
    const seen = done.err + done.out + (await screen.getFullOutput({ raw: true }));
    expect(seen).not.toContain(TOKEN);
    expect(done.err).toContain('from the terminal');
    expect(done.err).toContain('the authentication token holds spaces');
  });

  it('asks again for the one password that is refused, and keeps the other', async () => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'store'), 'of the store');
    writeFileSync(join(cwd, 'two-lines'), 'one\ntwo');
    writeFileSync(join(cwd, 'key'), 'of deep storage');
    const running = person(cwd, { set: NODES });
    await defaultsUntil('Metadata store');
    await choose('a MySQL server that you have');
    await asked('Database host');
    type('db');
    await asked('Database user');
    type('u');
    await asked('File with the database password');
    type('store');
    await asked('Deep storage');
    await choose('S3 or compatible');
    await asked('Path in deep storage');
    type('s3://bucket/');
    expect(await asked('Address of the S3-compatible store')).toContain('Empty for');
    type('minio:9000');
    await shown('an address such as https');
    for (let count = 0; count < 10; count++) key('backspace');
    type('https://minio:9000');
    await asked('Access key of S3');
    type('AK');
    await asked('File with the secret key');
    type('two-lines');
    await vi.waitFor(async () => expect(await asked('File with the secret key')).not.toContain('two-lines'), 60_000);
    type('key');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(done.err).toMatch(/line/);
    expect(tree(cwd)['prod/secrets/store-password']).toBe('of the store');
    expect(tree(cwd)['prod/secrets/deep-storage-key']).toBe('of deep storage');
    expect(tree(cwd)['prod/bundle.yaml']).toMatch(/user: AK\n[^]*endpoint: https:\/\/minio:9000/);
  });

  it('checks a CA as a pair, and asks for both again', async () => {
    const cwd = workplace();
    const [mine, other] = [requested(), requested()];
    for (const [name, content] of Object.entries({ crt: mine.certificate, key: mine.key, wrong: other.key }))
      writeFileSync(join(cwd, name), content);
    const running = person(cwd, { set: NODES });
    await defaultsUntil('TLS and authentication');
    await choose('both, with a CA that you have');
    await asked('File with the CA certificate');
    type('nope');
    await shown('cannot read nope: there is no such file');
    for (let count = 0; count < 4; count++) key('backspace');
    controlC();
    expect((await running).exit).toBe(EXIT.interrupted);

    screen.clear();
    const second = person(cwd, { set: [...NODES, 'tls.ca=files'] });
    await defaultsUntil('File with the CA certificate');
    type('crt');
    await asked('File with the CA key');
    type('wrong');
    await asked('File with the CA certificate');
    type('crt');
    await asked('File with the CA key');
    type('key');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await second;
    expect(done.err).toContain('the CA key does not belong to the CA certificate');
    expect(tree(cwd)['prod/secrets/imply-ca.crt']).toBe(mine.certificate.toString('latin1'));
  });

  it('reads the clock when a CA is read, which may have been made while a question was open', async () => {
    const cwd = workplace();
    const { certificate, key: keyFile } = requested();
    writeFileSync(join(cwd, 'crt'), certificate);
    writeFileSync(join(cwd, 'key'), keyFile);
    let now = new Date(Date.now() - 86_400_000);
    const set = [...NODES, 'secretFiles.caCertificate=crt', 'secretFiles.caKey=key'];
    const running = person(cwd, { set }, { source: { ...systemSource, now: () => now } });
    await defaultsUntil('File with the CA certificate');
    now = new Date();
    type('crt');
    await asked('File with the CA key');
    type('key');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(unfolded(done.err)).toMatch(/the CA certificate is valid only from .* GMT check this machine’s clock/);
    expect(tree(cwd)['prod/secrets/imply-ca.crt']).toBe(certificate.toString('latin1'));
  });

  it('does not go on with a token in clear before that is accepted', async () => {
    const running = person(workplace(), { set: [...NODES, 'tls.enabled=false'] });
    await defaultsUntil('Without TLS the token travels in clear');
    enter();
    await vi.waitFor(async () => expect(await asked('Without TLS')).toContain('(y/N)'), 60_000);
    controlC();
    expect((await running).err).toContain('answer yes, or start again with TLS on or authentication off');
  });

  it('Ctrl-C leaves nothing, at the first question and at the last', async () => {
    const cwd = workplace();
    for (const last of ['Manager image', 'Write the bundle']) {
      screen.clear();
      const running = person(cwd, { set: NODES });
      await defaultsUntil(last);
      controlC();
      const done = await running;
      expect([done.exit, done.error?.message]).toEqual([EXIT.interrupted, 'interrupted: nothing was written']);
      expect(readdirSync(cwd)).toEqual([]);
    }
  });

  it.each(['end', 'close', 'pause'])('a closed input (Ctrl-D, %s) ends it as Ctrl-C does', async (event) => {
    const cwd = workplace();
    const stdin = new PassThrough();
    const running = person(cwd, {}, {}, { stdin });
    await asked('Manager image');
    stdin.emit(event);
    expect(await running).toMatchObject({ exit: EXIT.interrupted });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('SIGTERM ends it with its own exit code', async () => {
    const controller = new AbortController();
    const running = person(workplace(), {}, {}, { signal: controller.signal });
    await asked('Manager image');
    controller.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.terminated }));
    expect((await running).exit).toBe(EXIT.terminated);
  });

  it('a no at the end writes nothing', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: NODES });
    await defaultsUntil('Write the bundle');
    await choose('leave, and write nothing');
    expect(await running).toMatchObject({
      exit: EXIT.done,
      out: '',
      err: expect.stringContaining('Nothing was written.'),
    });
    expect(existsSync(join(cwd, 'prod'))).toBe(false);
  });

  it('makes secrets and labels in a reachable swarm if that is chosen, and does not if it is not', async () => {
    for (const [choice, prepared] of [
      ['write the bundle, and make', 1],
      ['write the bundle only', 0],
    ] as const) {
      screen.clear();
      const prepare = vi.fn(() => Promise.resolve());
      const running = person(workplace(), { set: [...NODES, 'name=prod'] }, { ...swarm, prepare });
      await defaultsUntil('Write the bundle');
      await choose(choice);
      expect((await running).error).toBeUndefined();
      expect(prepare).toHaveBeenCalledTimes(prepared);
    }
  });

  it('without --prepare, or without a swarm, does not offer it', async () => {
    for (const [options, seams] of [
      [{ prepare: false }, swarm],
      [{}, {}],
    ] as const) {
      screen.clear();
      const running = person(workplace(), { set: NODES, ...options }, seams);
      expect(await defaultsUntil('Write the bundle')).not.toContain('node labels in the swarm');
      controlC();
      await running;
    }
  });
});

describe('the way back', () => {
  it('is Esc, at a text, a choice, a list and the summary; the question before is asked again', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false, dir: 'No name' }, swarm);
    await asked('Name of the stack');
    type('first');
    await asked('Manager image');
    key('escape');
    await asked('Name of the stack');
    type('second');
    await defaultsUntil('TLS and authentication');
    await choose('neither');
    await asked('Metadata store');
    key('escape');
    await asked('TLS and authentication');
    key('escape');
    await asked('Nodes that may carry');
    key('escape');
    await asked('Agent image');
    await defaultsUntil('TLS and authentication');
    await shown('❯ neither');
    await choose('both');
    await defaultsUntil('Write the bundle');
    key('escape');
    await asked(/more answers/);
    key('escape');
    await asked('Deep storage');
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    const yaml = tree(cwd)['No name/bundle.yaml'];
    expect(yaml).toContain('\nname: second\n');
    // Nothing is left of the choice that was made before.
    expect(yaml).toMatch(/\ntls:\n[^]*?enabled: true/);
  });

  it('offers what was answered: a text, a number, nodes, a yes and a choice', async () => {
    const cwd = workplace();
    const running = person(cwd, { stack: 'kafka', dir: 'events', set: [], prepare: false }, swarm);
    await asked('Kafka image');
    type('reg.example.org/k:9');
    await asked('How many brokers?');
    type('1');
    await asked('Nodes for the brokers');
    for (const round of [1, 2]) {
      key('escape');
      expect([round, await asked('How many brokers?')]).toEqual([round, expect.stringContaining('(1)')]);
      key('escape');
      expect([round, await asked('Kafka image')]).toEqual([round, expect.stringContaining('(reg.example.org/k:9)')]);
      enter();
      await asked('How many brokers?');
      enter();
      await asked('Nodes for the brokers');
    }
    key('a');
    enter();
    await asked(/more answers/);
    key('escape');
    expect((await asked('Nodes for the brokers')).match(/◉/g)).toHaveLength(3);
    enter();
    await changeSuggestion('Run controllers apart');
    await asked('Run controllers apart');
    type('y');
    await asked(/more answers/);
    key('escape');
    expect(await asked('Run controllers apart')).toContain('Y/n');
    enter();
    await changeSuggestion('How do clients log in?');
    await asked('How do clients log in?');
    await choose('PLAIN');
    await asked(/more answers/);
    key('escape');
    await asked('How do clients log in?');
    await shown('❯ PLAIN');
    enter();
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    const yaml = tree(cwd)['events/bundle.yaml'];
    for (const line of ['image: reg.example.org/k:9', 'brokers: 1', 'apart: true', 'login: plain'])
      expect(yaml).toContain(line);
    expect(yaml).toContain('nodes: [node1, node2, node3]');
  });

  it('offers the nodes that were typed, and the file of a secret', async () => {
    const running = person(workplace(), { prepare: false, set: ['tls.keyBits=2048', 'name=prod'] });
    await defaultsUntil('Manager image');
    await defaultsUntil('Nodes that may carry');
    type('n1, n2');
    await asked('TLS and authentication');
    key('escape');
    expect(await asked('Nodes that may carry')).toContain('(n1, n2)');
    enter();
    const files = requested();
    const cwd = workplace();
    writeFileSync(join(cwd, 'ca.crt'), files.certificate);
    await asked('TLS and authentication');
    await choose('both, with a CA that you have');
    await asked('File with the CA certificate');
    type(join(cwd, 'ca.crt'));
    await asked('File with the CA key');
    key('escape');
    expect(await asked('File with the CA certificate')).toContain(`(${join(cwd, 'ca.crt')})`);
    controlC();
    await running;
  });

  it('leads from a suggestion, and from an answer that is to be changed, to the list that it was picked from', async () => {
    const running = person(workplace(), { prepare: false }, swarm);
    await changeSuggestion('Licence');
    await asked('Licence');
    key('escape');
    await asked(/more answers/);
    await changeAnswer('Manager image');
    await asked('Manager image');
    key('escape');
    await asked('Write the bundle');
    await choose('change an answer');
    await asked('Which answer?');
    key('escape');
    await asked('Write the bundle');
    controlC();
    expect((await running).exit).toBe(EXIT.interrupted);
  });

  it('offers the change that was just made, and after a way back to the summary what stands there', async () => {
    const offered = async (text: string): Promise<void> => {
      await asked('Path in deep storage');
      await shown(`(${text})`);
    };
    const running = person(workplace(), { prepare: false, set: [...NODES, 'deepStorage.type=s3'] });
    await defaultsUntil('Path in deep storage');
    type('s3://one/');
    await changeAnswer('Path in deep storage');
    await offered('s3://one/');
    type('s3://two/');
    await asked('Write the bundle');
    key('escape');
    await offered('s3://two/');
    key('escape');
    await asked('Write the bundle');
    await changeAnswer('Path in deep storage');
    await offered('s3://one/');
    controlC();
    expect((await running).exit).toBe(EXIT.interrupted);
  });

  it('leads from a typed secret to the file that would hold it', async () => {
    const running = person(workplace(), { set: [...NODES, 'authentication.token=file'] });
    await defaultsUntil('File with the token');
    enter();
    await asked('Type the token');
    key('escape');
    await asked(/Deep storage|Metadata store/);
    controlC();
    await running;
  });
});

describe('an answer that is changed at the summary', () => {
  it('takes what does not go with it along, and what follows is suggested anew', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    await defaultsUntil('Deep storage');
    await choose('S3 or compatible');
    await asked('Path in deep storage');
    type('s3://bucket/');
    await changeAnswer('Deep storage');
    await asked('Deep storage');
    await choose('HDFS');
    // The path of S3 will not do for HDFS.
    await asked('Path in deep storage');
    type('hdfs://namenode:8020/druid');
    await changeAnswer('Run a ZooKeeper');
    await asked('Run a ZooKeeper');
    type('n');
    await asked('ZooKeeper servers');
    type('zk:2181');
    await changeAnswer('Run a ZooKeeper');
    await asked('Run a ZooKeeper');
    type('y');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    expect(unfolded(done.err)).toContain('deepStorage.path does not go with it, and is taken out.');
    const yaml = tree(cwd)['prod/bundle.yaml'];
    expect(yaml).toMatch(/type: hdfs[^]*path: hdfs:\/\/namenode:8020\/druid/);
    expect(yaml).not.toContain('zk:2181');
    // With storage that all reach, the agents spread.
    expect(yaml).toMatch(/query:[^]*?nodes: \[node1\]/);
  });
});

it('says before the first question that this machine’s clock is ahead, and issues nothing by it', async () => {
  const cwd = workplace();
  const systemTime = new Date(Date.now() - 3 * 3_600_000).toISOString();
  const engine = manager([node('node1')]);
  const info = async () => ({ ...(await engine.info()), systemTime });
  const connect = () => Promise.resolve({ ...engine, info });
  const running = person(cwd, { prepare: false }, { ...swarm, connect });
  await defaultsUntil('Write the bundle');
  enter();
  const done = await running;
  expect(unfolded(done.err)).toMatch(
    /Warning: this machine’s clock is 3 h ahead of the swarm manager’s.*Making the secrets/,
  );
  expect(done.error?.code).toBe('clocks-apart');
  expect(tree(cwd)).toEqual({});
});

describe('an image that nobody has', () => {
  const refuse = (image: string, text: string) => (asked: string) =>
    asked === image
      ? Promise.reject(new BundleError('engine-error', `cannot find image ${image} in its registry: ${text}`))
      : Promise.resolve({ digest: 'sha256:1', platforms: [] });
  const without = (image: string, text: string, over = {}) => ({
    ...swarm,
    connect: () => Promise.resolve(manager([node('node1')], { imageInRegistry: refuse(image, text), ...over })),
  });

  it('is told at its question, and taken if that is meant', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, without('imply/manager:nope', 'manifest unknown'));
    await defaultsUntil('Manager image');
    type('imply/manager:nope');
    await shown('imply/manager:nope is not in its registry (manifest unknown)');
    enter();
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    expect(tree(cwd)['prod/bundle.yaml']).toContain('manager: imply/manager:nope');
  });

  it('is asked for if it is a default that nobody asked for', async () => {
    const running = person(workplace(), { prepare: false }, without('mysql:8.4.11', 'denied: no'));
    await defaultsUntil('MySQL image');
    type('mirror.example.org/mysql:8.4.11');
    await defaultsUntil('Write the bundle');
    enter();
    const done = await running;
    expect(unfolded(done.err)).toContain('mysql:8.4.11 is not given to this log-in (denied: no)');
    expect(done.err).toMatch(/images\.mysql +mirror\.example\.org\/mysql:8\.4\.11/);
  });

  it.each([
    ['that it has', 'nothing', 'r.example/imply/agent:9'],
    ['with the default tag, if it has only that', 'r.example/imply/agent:9', 'r.example/imply/agent:v15'],
  ])(
    'is not suggested: the agent’s is taken from beside the manager’s and told, %s',
    async (_what, lacks, suggested) => {
      const cwd = workplace();
      const running = person(cwd, { prepare: false }, without(lacks, 'manifest unknown'));
      await defaultsUntil('Manager image');
      type('r.example/imply/manager:9');
      await asked('TLS and authentication');
      key('escape');
      await asked('Manager image');
      type('r.example/imply/manager:9');
      await asked('TLS and authentication');
      await defaultsUntil('Write the bundle');
      enter();
      const done = await running;
      expect(done.error).toBeUndefined();
      expect(unfolded(done.err)).toContain(`Agent image: ${suggested}, which is there as well.`);
      expect(tree(cwd)['prod/bundle.yaml']).toContain(`agent: ${suggested}`);
    },
  );

  it('that the engine holds is suggested: the manager’s, and the agent’s if none is beside it', async () => {
    const cwd = workplace();
    const images = ['r.example/imply/manager:9', 'r.example/imply/manager:8', 'mysql:8', 'other.example/imply-agent:7'];
    const held = {
      localImage: (image: string) => Promise.resolve(images.includes(image) ? { entrypoint: [], cmd: [] } : undefined),
      localImages: () => Promise.resolve(images),
      imageInRegistry: (image: string) => refuse(image, 'manifest unknown')(image),
    };
    const running = person(cwd, { prepare: false }, without('', '', held));
    await shown('(r.example/imply/manager:9)');
    enter();
    await shown('(other.example/imply-agent:7)');
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    expect(tree(cwd)['prod/bundle.yaml']).toContain('manager: r.example/imply/manager:9');
  });

  it('is no matter if the engine holds it', async () => {
    const held = { localImage: () => Promise.resolve({ entrypoint: [], cmd: [] }) };
    const running = person(workplace(), { prepare: false }, without('imply/agent:v15', 'manifest unknown', held));
    await defaultsUntil('Agent image');
    enter();
    await asked('TLS and authentication');
    controlC();
    await running;
  });
});

describe('the head of the wizard', () => {
  it('says what nobody should find out later', async () => {
    const running = person(workplace(), { stack: 'zookeeper', set: ['nodes=a'] });
    await asked(/./);
    controlC();
    expect(unfolded((await running).err)).toContain('It has no password and no TLS');
  });

  it('offers the demo to who has neither a swarm nor an answer', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: [] });
    await asked('Go on, or see it work first?');
    await choose('see the demo');
    const { exit, out } = await running;
    expect([exit, out]).toEqual([EXIT.done, expect.stringContaining('npm run demo')]);
    expect(readdirSync(cwd)).toEqual([]);
    screen.clear();
    const other = person(cwd, { set: [] });
    await asked('Go on, or see it work first?');
    enter();
    await asked('Manager image');
    controlC();
    expect((await other).error?.message).toBe('interrupted: nothing was written');
  });

  it.each([
    ['a swarm', { set: [] }, swarm],
    ['an answer', { set: ['images.manager=a:1'] }, {}],
    ['a stack chosen', { set: [], stack: 'kafka' }, {}],
  ])('offers none to who has %s', async (_what, options, seams) => {
    const running = person(workplace(), options, seams);
    await asked(/./);
    controlC();
    await running;
  });

  it.each([80, 100])('no line is longer than a terminal of %i columns, and no word is broken', async (columns) => {
    const before = process.stderr.columns;
    process.stderr.columns = columns;
    onTestFinished(() => void (process.stderr.columns = before));
    const running = person(workplace(), { prepare: false }, swarm);
    const screens = [await asked('Manager image')];
    for (let count = 0; count < 7; count++) {
      enter();
      await vi.waitFor(() => expect(screen.getScreen()).not.toBe(screens.at(-1)), 60_000);
      await asked(/./);
      screens.push(screen.getScreen());
    }
    await defaultsUntil('Write the bundle');
    screens.push(screen.getScreen());
    controlC();
    const { err } = await running;
    for (const line of [err, ...screens].join('\n').split('\n'))
      expect([line, line.length <= columns]).toEqual([line, true]);
    expect(err).toMatch(/! all agents run on node2: local deep storage is the disk of one node\..*\n {4}\w/);
  });
});

describe('the wizard on a bundle that is there', () => {
  it('asks nothing again by itself, and changes what is picked', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    screen.clear();
    const still = person(cwd, { set: [] });
    await asked('Nothing in prod changes. What next?');
    enter();
    expect((await still).out).toBe('prod: nothing changed, nothing was written\n');

    const before = tree(cwd);
    screen.clear();
    const running = person(cwd, { set: [] });
    await changeAnswer('Port of the manager’s UI');
    expect(await asked('Port of the manager’s UI')).toContain('(9097)');
    type('9200');
    await asked('Write these changes to prod?');
    enter();
    const done = await running;
    expect(done.err).toMatch(/manager\.port {3}9097 → 9200/);
    const after = tree(cwd);
    expect(
      Object.keys(after)
        .filter((file) => after[file] !== before[file])
        .sort(),
    ).toEqual(['prod/.bundle.notes.json', 'prod/README.md', 'prod/bundle.yaml', 'prod/stack.yml']);
  });

  it('can change one back before anything is written', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    const running = person(cwd, { set: [] });
    await changeAnswer('Port of the manager’s UI');
    await asked('Port of the manager’s UI');
    type('9200');
    await changeAnswer('Port of the manager’s UI');
    expect(await asked('Port of the manager’s UI')).toContain('(9200)');
    type('9097');
    await asked('Nothing in prod changes. What next?');
    enter();
    expect((await running).out).toBe('prod: nothing changed, nothing was written\n');
  });

  it('asks what a changed answer brings up', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    const running = person(cwd, { set: ['zookeeper.embedded=false'] });
    await asked('ZooKeeper servers');
    type('zk1:2181, zk2:2181');
    expect(await asked('One more answer has this default')).toContain('Base path in ZooKeeper  imply');
    enter();
    await asked('Write these changes');
    enter();
    await running;
    expect(tree(cwd)['prod/bundle.yaml']).toContain('hosts: [zk1:2181, zk2:2181]');
  });

  it('asks before it locks a secret that was replaced by hand', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    writeFileSync(join(cwd, 'prod/secrets/imply-auth-token'), TOKEN);
    const no = person(cwd, { set: [] });
    await defaultsUntil('Lock the present content as version 2?');
    type('n');
    await asked('Nothing in prod changes');
    enter();
    expect((await no).out).toContain('nothing changed');
    screen.clear();
    const yes = person(cwd, { set: [] });
    await defaultsUntil('Lock the present content as version 2?');
    enter();
    await asked('Write these changes');
    enter();
    await yes;
    expect(JSON.parse(readFileSync(join(cwd, 'prod/bundle.lock.json'), 'utf8')).secrets['auth-token'].version).toBe(2);
  });
});

describe('the question of deploy', () => {
  it('issues due certificates again after a yes; it names what restarts, and no is its default', async () => {
    const cwd = workplace();
    const stacks = [entryOf(proof)];
    const set = ['image=lab/node:1', 'nodes=[n1,n2,n3]', 'renewalDays=400'];
    expect((await init(cwd, { yes: true, set }, {}, { stacks })).error).toBeUndefined();
    const asking = async (answer: string) => {
      const stdin = screen.input as unknown as Readable;
      const { io, err } = recordedIo(cwd, { stacks, interactive: true, stdin });
      const running = renewed(await load({ dir: 'prod' }, io), {}, io);
      await asked('Issue front again?');
      expect(err()).toContain('front: it has 364 days left; that restarts front-1, front-2\n');
      type(answer);
      const { reissued } = await running;
      screen.clear();
      return reissued;
    };
    expect(await asking('')).toEqual([]);
    expect(await asking('y')).toEqual([{ secret: 'front', version: 2, why: 'it has 364 days left' }]);
  });
});
