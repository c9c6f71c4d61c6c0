import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { requirePassed } from '../../../src/checks/run.ts';
import { openEngine } from '../../../src/cli/with-engine.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { requested } from '../../unit/secrets/material.ts';
import { NODES, init, manager, modeOf, node, recordedIo, tree, workplace } from '../../unit/init/support.ts';

const TOKEN = 'cGxhaW4tdG9rZW4tb2YtYS10ZXN0LTEyMzQ1Njc4OTA=';
const PASSWORD = 'S3cret pass-word of a store';

describe('a new bundle', () => {
  it('is a whole directory with the right modes', async () => {
    const cwd = workplace();
    expect((await init(cwd, { yes: true, set: NODES })).exit).toBe(EXIT.done);
    expect(Object.keys(tree(cwd)).sort()).toEqual(
      [
        'prod/.bundle.notes.json',
        'prod/.bundle.schema.json',
        'prod/.gitattributes',
        'prod/.gitignore',
        'prod/README.md',
        'prod/bundle.lock.json',
        'prod/bundle.yaml',
        'prod/stack.yml',
        'prod/secrets/.gitignore',
        'prod/secrets/fingerprint.key',
        'prod/secrets/imply-auth-token',
        'prod/secrets/imply-ca.crt',
        'prod/secrets/imply-ca.key',
        'prod/secrets/store-password',
      ].sort(),
    );
    expect(modeOf(join(cwd, 'prod/secrets'))).toBe('700');
    for (const name of readdirSync(join(cwd, 'prod/secrets')))
      expect([name, modeOf(join(cwd, 'prod/secrets', name))]).toEqual([name, '600']);
    expect(modeOf(join(cwd, 'prod/stack.yml'))).toBe('644');
    expect(readFileSync(join(cwd, 'prod/secrets/.gitignore'), 'utf8')).toBe('*\n');
    // The directory that it was built in is gone.
    expect(readdirSync(cwd)).toEqual(['prod']);
  });

  it('has the same bundle.yaml and stack.yml to the byte for the same answers, however they are given', async () => {
    const cwd = workplace();
    const answers = {
      agents: { data: { nodes: ['n1'], replicas: 2 }, query: { nodes: ['n1'] }, master: { nodes: ['n1'] } },
      manager: { nodes: ['n1'], port: 9100 },
      name: 'prod',
      tls: { keyBits: 2048 },
    };
    writeFileSync(join(cwd, 'a.yaml'), JSON.stringify(answers));
    writeFileSync(join(cwd, 'half.yaml'), 'manager: {port: 9100, nodes: [other]}\nname: prod\n');
    const ways: Parameters<typeof init>[1][] = [
      { dir: 'one', answers: 'a.yaml' },
      { dir: 'two', set: ['agents.data.replicas=2', 'name=prod', 'manager.port=9100', ...NODES] },
      {
        dir: 'three',
        answers: 'half.yaml',
        set: [...NODES.map((set) => set.replace('n1', '[n1]')).reverse(), 'agents={data: {replicas: 2}}'],
      },
    ];
    for (const way of ways) expect((await init(cwd, { yes: true, ...way })).error).toBeUndefined();
    const files = tree(cwd);
    for (const file of ['bundle.yaml', 'stack.yml']) {
      expect(files[`two/${file}`]).toBe(files[`one/${file}`]);
      expect(files[`three/${file}`]).toBe(files[`one/${file}`]);
    }
  });

  it('holds no secret in anything but secrets/, and prints none', async () => {
    const cwd = workplace();
    const ca = requested({ days: 90 });
    for (const [name, content] of Object.entries({
      'ca.crt': ca.certificate,
      'ca.key': ca.key,
      token: `${TOKEN}\n`,
      licence: 'LICENCE-LINE-1\nLICENCE-LINE-2\n',
      pw: `${PASSWORD}\n`,
    }))
      writeFileSync(join(cwd, name), content);
    const given = [
      'secretFiles.caCertificate=ca.crt',
      'secretFiles.caKey=ca.key',
      'secretFiles.license=licence',
      'secretFiles.storePassword=-',
      'secretFiles.authToken=token',
    ];
    const external = ['store.host=db.example.org', 'store.user=imply'];
    const done = await init(
      cwd,
      { yes: true, set: [...NODES, ...given, ...external] },
      {},
      { stdin: Readable.from([`${PASSWORD}\n`]) },
    );
    expect(done.error).toBeUndefined();
    const files = tree(join(cwd, 'prod'));
    expect(files['secrets/store-password']).toBe(PASSWORD);
    expect(files['secrets/imply-auth-token']).toBe(TOKEN);
    expect(files['secrets/imply-license']).toBe('LICENCE-LINE-1\nLICENCE-LINE-2');
    const keyLine = ca.key.toString().split('\n')[3] ?? '';
    expect(files['secrets/imply-ca.key']).toContain(keyLine);
    const open = [
      done.out,
      done.err,
      ...Object.entries(files)
        .filter(([path]) => !path.startsWith('secrets/'))
        .map(([, content]) => content),
    ].join('\n');
    for (const value of [PASSWORD, TOKEN, 'LICENCE-LINE', keyLine]) expect(open).not.toContain(value);
    // What was given says how it is taken, without a word in the answers.
    expect(files['bundle.yaml']).toMatch(/ca: files[^]*token: file[^]*license: file/);
    expect(done.err).toContain('from ca.crt and ca.key, until ');
    expect(done.err).toContain('from standard input');
  });

  it('takes paths of an answers file as beside it', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'conf'));
    writeFileSync(join(cwd, 'conf/token'), TOKEN);
    writeFileSync(join(cwd, 'conf/a.yaml'), `secretFiles: { authToken: token }\n`);
    expect((await init(cwd, { yes: true, answers: 'conf/a.yaml', set: NODES })).error).toBeUndefined();
    expect(tree(cwd)['prod/secrets/imply-auth-token']).toBe(TOKEN);
  });

  it.each([true, false])(
    'is one of two that are made at once, and the other is told: a directory %s',
    async (there) => {
      const cwd = workplace();
      if (there) mkdirSync(join(cwd, 'prod'));
      const both = await Promise.all(
        [9100, 9200].map((port) => init(cwd, { yes: true, set: [...NODES, `manager.port=${port}`] })),
      );
      const [first] = both.filter(({ exit }) => exit === EXIT.done);
      const [second] = both.filter(({ exit }) => exit === EXIT.held);
      expect(['being-written', 'bundle-changed']).toContain(second?.error?.code);
      expect(tree(cwd)['prod/bundle.yaml']).toContain(`port: ${first === both[0] ? 9100 : 9200}`);
      expect((await init(cwd, { yes: true })).out).toBe('prod: nothing changed, nothing was written\n');
    },
  );

  it('takes its name from the directory, where that is one', async () => {
    const cwd = workplace();
    const other = await init(cwd, { dir: 'Über Cluster', yes: true, set: NODES });
    expect(other.err).toContain('! the stack is called imply, since “Über Cluster” is no name for one');
    const told = await init(cwd, { dir: 'Prod_EU', yes: true, set: NODES }, {}, { json: true });
    expect(JSON.parse(told.out)).toMatchObject({
      stack: 'imply',
      warnings: [expect.stringMatching(/“Prod_EU” is no name.*--set name=NAME/)],
    });
    const quiet = [
      await init(cwd, { dir: 'deep/er/prod-2', yes: true, set: NODES }),
      await init(cwd, { dir: 'A B', yes: true, set: [...NODES, 'name=imply'] }),
      await init(cwd, { dir: 'Prod_EU', yes: true, set: ['manager.port=9100'] }),
    ];
    for (const { err } of quiet) expect(err).not.toContain('is no name');
    expect(tree(cwd)['Über Cluster/bundle.yaml']).toContain('\nname: imply\n');
    expect(tree(cwd)['deep/er/prod-2/bundle.yaml']).toContain('\nname: prod-2\n');
  });

  it('takes nodes from a reachable swarm, and prepares it', async () => {
    const cwd = workplace();
    const prepared: string[] = [];
    const seams = {
      connect: () => Promise.resolve(manager([node('only', { role: 'manager' })])),
      prepare: async (dir: string) => void prepared.push(dir),
    };
    const done = await init(cwd, { yes: true }, seams);
    expect(done.error).toBeUndefined();
    expect(prepared).toEqual([join(cwd, 'prod')]);
    expect(done.out).toContain('Its secrets and new node labels are in the swarm; nothing that runs was touched.');
    expect(tree(cwd)['prod/bundle.yaml']?.match(/nodes: \[only\]/g)).toHaveLength(4);
    await init(cwd, { dir: 'left', yes: true, prepare: false }, seams);
    expect(prepared).toHaveLength(1);
    const plain = await init(cwd, { dir: 'plain', stack: 'zookeeper', yes: true }, seams);
    expect(plain.error).toBeUndefined();
    expect(plain.out).toContain('  Its new node labels are in the swarm; nothing that runs was touched.');
    const refused = () => Promise.reject(new BundleError('checks', 'a check failed', { exit: EXIT.preflight }));
    const unready = await init(cwd, { dir: 'unready', stack: 'zookeeper', yes: true }, { ...seams, prepare: refused });
    expect(unready.error?.message).toContain('its node labels are not all in the swarm: a check failed');
  });

  it('says so where it is written but preparing failed', async () => {
    const cwd = workplace();
    const seams = {
      connect: () => Promise.resolve(manager([node('only')])),
      prepare: () => Promise.reject(new BundleError('checks', 'a check failed', { exit: EXIT.preflight })),
    };
    const done = await init(cwd, { yes: true }, seams);
    expect(done.error?.message).toBe(
      'the bundle in prod is written; its secrets and node labels are not all in the swarm: a check failed',
    );
    expect([done.exit, done.error?.hints]).toEqual([EXIT.preflight, ['then: `bundle prepare prod`']]);
    expect(tree(cwd)['prod/bundle.yaml']).toBeDefined();
    // Of a check, `prepare` takes what init does not.
    const failed = { name: 'placement', title: '', level: 'error' as const, ignored: false, findings: [] };
    const checked = { ...seams, prepare: async () => requirePassed([failed]) };
    expect((await init(cwd, { dir: 'my prod', yes: true }, checked)).error?.hints).toEqual([
      "fix it, or continue with `bundle prepare 'my prod' --ignore NAME`",
    ]);
  });

  it.each<[string, { context?: string; host?: string }, string]>([
    ['a context that is unknown', { context: 'nosuch' }, 'context-unknown'],
    ['two engines', { context: 'nosuch', host: 'ssh://far' }, 'engine-choice'],
    ['an address that is none', { host: 'nonsense://x' }, 'engine-address'],
  ])('is refused before it is written if flags name %s', async (_what, engine, code) => {
    const cwd = workplace();
    const connect = () => openEngine(engine, recordedIo(cwd, { env: { HOME: cwd } }).io);
    const done = await init(cwd, { yes: true, set: NODES, ...engine }, { connect });
    expect([done.exit, done.error?.code]).toEqual([EXIT.usage, code]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('says why nothing was prepared where flags name an engine, and hands them on', async () => {
    const cwd = workplace();
    const why = 'nothing was made in the swarm that --host ssh://far names: no way there';
    const connect = () => Promise.reject(new BundleError('engine-unreachable', 'no way there'));
    const options = { yes: true, set: NODES, host: 'ssh://far' };
    const done = await init(cwd, options, { connect });
    expect([done.exit, done.err]).toEqual([EXIT.done, expect.stringContaining(`warning: ${why}\n`)]);
    expect(done.out).toContain('Next:\n  bundle check prod --host ssh://far\n  bundle deploy prod --host ssh://far\n');
    const json = await init(cwd, { ...options, dir: 'j' }, { connect }, { json: true, program: 'npx bundle' });
    const { next, warnings } = JSON.parse(json.out) as { next: string[]; warnings: string[] };
    expect(next).toEqual(['npx bundle check j --host ssh://far', 'npx bundle deploy j --host ssh://far']);
    expect(warnings).toContain(why);
    expect(json.err).toBe('');
    // Who does not want it is told nothing.
    const left = await init(cwd, { ...options, dir: 'left', prepare: false }, { connect });
    expect(left.err).not.toContain('warning');
    const refused = () => Promise.reject(new BundleError('checks', 'a check failed', { exit: EXIT.preflight }));
    const failed = await init(
      cwd,
      { yes: true, dir: 'failed', context: 'my swarm' },
      { connect: () => Promise.resolve(manager([node('only')])), prepare: refused },
    );
    expect(failed.error?.hints).toEqual(["then: `bundle prepare failed --context 'my swarm'`"]);
  });

  it('keeps the account of what was made if preparing is interrupted', async () => {
    const cwd = workplace();
    const account = 'interrupted\ndone:\n  create secret a\nnot done, or not to its end:\n  create secret b';
    const seams = {
      connect: () => Promise.resolve(manager([node('only')])),
      prepare: () => Promise.reject(new BundleError('interrupted', account, { exit: EXIT.terminated })),
    };
    const done = await init(cwd, { yes: true }, seams);
    expect(done.error?.message).toBe(
      `the bundle in prod is written; its secrets and node labels are not all in the swarm: ${account}`,
    );
    expect([done.exit, done.error?.hints]).toEqual([EXIT.terminated, ['then: `bundle prepare prod`']]);
  });

  it('gives one JSON document with --json', async () => {
    const cwd = workplace();
    const done = await init(cwd, { yes: true, set: NODES }, {}, { json: true });
    const result = JSON.parse(done.out);
    expect(result).toMatchObject({
      stack: 'prod',
      directory: 'prod',
      result: 'created',
      prepared: false,
      secrets: [{ secret: 'ca', version: 1, change: 'generate' }, {}, {}],
    });
    expect(done.err).toBe('');
  });

  it('warns of what the answers risk', async () => {
    const done = await init(workplace(), {
      yes: true,
      set: [...NODES, 'tls.enabled=no', 'authentication.enabled=no', 'images.agent=imply/agent:latest'],
    });
    expect(done.err).toContain('! images.agent is imply/agent:latest');
    expect(done.err).toContain('! TLS is off');
    expect(done.err).toContain('! authentication is off');
  });
});
