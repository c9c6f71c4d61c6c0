import { screen } from '@inquirer/testing/vitest';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { NODES, init, manager, node, tree, workplace } from '../init/support.ts';
import { requested } from '../secrets/material.ts';
import { asked, controlC, defaultsUntil, enter, key, shown, type } from './person.ts';

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
const person = (cwd: string, options = {}, seams = {}, over = {}) =>
  init(cwd, { set: ['tls.keyBits=2048'], ...options }, seams, { interactive: true, ...over });

describe('the wizard at a terminal', () => {
  it('with every default gives the bytes that --yes gives', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    await defaultsUntil('Host directory shared');
    type('/srv/shared');
    await defaultsUntil('Write the bundle to prod?');
    enter();
    const done = await running;
    expect(done.error).toBeUndefined();
    const set = ['name=prod', 'tls.keyBits=2048', 'deepStorage.sharedMount=/srv/shared'];
    expect((await init(cwd, { dir: 'yes', yes: true, prepare: false, set }, swarm)).error).toBeUndefined();
    for (const file of ['bundle.yaml', 'stack.yml']) expect(tree(cwd)[`prod/${file}`]).toBe(tree(cwd)[`yes/${file}`]);
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
    expect(await asked('Licence')).toContain('Default: none, which starts a 30-day trial.');
    enter();
    await asked('Port of the manager’s UI');
    await defaultsUntil('Write the bundle to prod?');
    enter();
    const { error, err } = await running;
    expect(error).toBeUndefined();
    expect(err).not.toContain('tls.ca');
  });

  it('shows the help of a question while it is open, and its default', async () => {
    const running = person(workplace());
    const text = await asked('Name of the stack');
    expect(text.replace(/\s+/g, ' ')).toContain('The default is the directory’s name');
    expect(text).toContain('(prod)');
    controlC();
    await running;
  });

  it('refuses at the question what the schema refuses', async () => {
    const running = person(workplace());
    await asked('Name of the stack');
    type('Not_a_name');
    await shown('lower-case letters, digits and inner hyphens');
    controlC();
    expect((await running).exit).toBe(EXIT.interrupted);
  });

  it('picks nodes from the live list, with their role, availability, CPUs and memory', async () => {
    const cwd = workplace();
    const running = person(cwd, { prepare: false }, swarm);
    const single = await defaultsUntil('Node for the manager');
    expect(single).toMatch(
      /❯ node1 {2}manager {2}active {3}4 CPUs {3}8\.0 GiB\n {2}node2 {2}worker {3}active {2}16 CPUs {2}64\.0 GiB\n {2}node3 {2}worker {3}drain/,
    );
    enter();
    await defaultsUntil('Nodes for the master agents');
    key('down');
    key('space');
    await shown('◉ node2');
    enter();
    await defaultsUntil('Host directory shared');
    type('/srv');
    await defaultsUntil('Write the bundle');
    enter();
    expect((await running).error).toBeUndefined();
    expect(tree(cwd)['prod/bundle.yaml']).toMatch(/master:[^]*?nodes: \[node1, node2\]/);
  });

  it('takes typed host names where no swarm is reachable, and says why', async () => {
    const running = person(workplace());
    await defaultsUntil('Node for the manager');
    type('a, b');
    await shown('name exactly one node');
    controlC();
    expect((await running).err).toContain(
      'No node list to choose from: no Docker engine is reachable. Type the nodes’ host names.',
    );
  });

  it('takes a token typed hidden, refuses a bad one at once, and never shows it', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: NODES });
    await defaultsUntil('Authentication token');
    key('down');
    enter();
    expect(await asked('File with the token')).toContain('Leave empty to type it here, hidden.');
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
    const set = [
      ...NODES,
      'store.embedded=false',
      'store.host=db',
      'store.user=u',
      'secretFiles.storePassword=store',
      'deepStorage.type=s3',
      'deepStorage.path=s3://bucket/',
    ];
    const running = person(cwd, { set });
    expect(await defaultsUntil('Address of the S3-compatible store')).toContain('Empty for');
    type('minio:9000');
    await shown('an address such as https');
    for (let count = 0; count < 10; count++) key('backspace');
    type('https://minio:9000');
    await asked('Access key of S3');
    type('AK');
    await asked('File with the secret key');
    type('two-lines');
    await vi.waitFor(async () => expect(await asked('File with the secret key')).not.toContain('two-lines'));
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
    await defaultsUntil('Certificate authority');
    key('down');
    enter();
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

  it('does not go on with a token in clear before that is accepted', async () => {
    const running = person(workplace(), { set: [...NODES, 'tls.enabled=false'] });
    await defaultsUntil('Without TLS the token travels in clear');
    enter();
    await vi.waitFor(async () => expect(await asked('Without TLS')).toContain('(y/N)'));
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
    await asked('Name of the stack');
    stdin.emit(event);
    expect(await running).toMatchObject({ exit: EXIT.interrupted });
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('SIGTERM ends it with its own exit code', async () => {
    const controller = new AbortController();
    const running = person(workplace(), {}, {}, { signal: controller.signal });
    await asked('Name of the stack');
    controller.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.terminated }));
    expect((await running).exit).toBe(EXIT.terminated);
  });

  it('a no at the end writes nothing', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: NODES });
    await defaultsUntil('Write the bundle');
    type('n');
    expect(await running).toMatchObject({ exit: EXIT.done, out: '' });
    expect(existsSync(join(cwd, 'prod'))).toBe(false);
  });

  it('offers to prepare a reachable swarm, and Ctrl-C there says that the bundle is written', async () => {
    const cwd = workplace();
    const running = person(cwd, { set: [...NODES, 'name=prod'] }, swarm);
    await defaultsUntil('A swarm manager is reachable');
    controlC();
    const done = await running;
    expect([done.exit, done.error?.message]).toEqual([EXIT.interrupted, 'interrupted: the bundle in prod is written']);
    expect(existsSync(join(cwd, 'prod/bundle.yaml'))).toBe(true);
  });
});

describe('the wizard on a bundle that is there', () => {
  it('asks nothing again by itself, and changes what is changed on the way through', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    screen.clear();
    const still = person(cwd, { set: [] });
    await asked('Go through all answers again?');
    enter();
    expect((await still).out).toBe('prod: nothing changed, nothing was written\n');

    const before = tree(cwd);
    screen.clear();
    const running = person(cwd, { set: [] });
    await asked('Go through all answers again?');
    type('y');
    expect(await defaultsUntil('Port of the manager’s UI')).toContain('(9097)');
    type('9200');
    await defaultsUntil('Write these changes to prod?');
    enter();
    const done = await running;
    expect(done.err).toMatch(/manager\.port {3}9097 → 9200/);
    const after = tree(cwd);
    expect(
      Object.keys(after)
        .filter((file) => after[file] !== before[file])
        .sort(),
    ).toEqual(['prod/README.md', 'prod/bundle.yaml', 'prod/stack.yml']);
  });

  it('asks what a changed answer brings up', async () => {
    const cwd = workplace();
    await init(cwd, { yes: true, set: NODES });
    const running = person(cwd, { set: ['zookeeper.embedded=false'] });
    await asked('ZooKeeper servers');
    type('zk1:2181, zk2:2181');
    await asked('Base path in ZooKeeper');
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
