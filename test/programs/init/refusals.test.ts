import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import { NODES, init, manager, node, tree, workplace } from '../../unit/init/support.ts';

interface MissingDetail {
  missing: { path: string; how: string; meaning: string; default?: unknown }[];
}

describe('without a terminal and without enough answers', () => {
  it('exits 2 with the list of what is missing: path, meaning, how to give it', async () => {
    const cwd = workplace();
    const done = await init(cwd, {
      yes: true,
      set: ['store.embedded=false', 'zookeeper.embedded=false', 'license=file'],
    });
    expect(done.exit).toBe(EXIT.usage);
    const { missing } = done.error?.details as MissingDetail;
    expect(missing.map(({ path }) => path)).toEqual([
      'secretFiles.license',
      'manager.nodes',
      'store.host',
      'store.user',
      'secretFiles.storePassword',
      'zookeeper.hosts',
      'agents.master.nodes',
      'agents.query.nodes',
      'agents.data.nodes',
    ]);
    for (const { path, how, meaning } of missing) {
      expect(done.error?.message).toContain(`  ${path}`);
      expect(done.error?.message).toContain(meaning);
      expect(done.error?.message).toContain(how);
    }
    expect(done.error?.hints[0]).toBe('no node list to choose from: no Docker engine is reachable');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('without --yes, lists what has a default apart', async () => {
    const done = await init(
      workplace(),
      { set: ['tls.enabled=false'] },
      { connect: () => Promise.resolve(manager([node('n1')])) },
    );
    expect(done.exit).toBe(EXIT.usage);
    const { missing } = done.error?.details as MissingDetail;
    expect(missing.filter((each) => !('default' in each)).map(({ path }) => path)).toEqual([
      'authentication.allowClearText',
    ]);
    expect(missing).toContainEqual(
      expect.objectContaining({ path: 'agents.data.nodes', default: ['n1'], how: '--set agents.data.nodes=n1' }),
    );
    expect(done.error?.hints).toContain('--yes takes the defaults');
  });

  it('needs no --yes once every question is answered', async () => {
    const cwd = workplace();
    const { error } = await init(cwd, { set: ['name=x', ...NODES] });
    const rest = (error?.details as MissingDetail).missing.map(({ how }) => how.replace('--set ', ''));
    expect((await init(cwd, { set: ['name=x', ...NODES, ...rest] })).error).toBeUndefined();
    await init(cwd, { dir: 'yes', yes: true, set: ['name=x', ...NODES] });
    expect(tree(cwd)['prod/bundle.yaml']).toBe(tree(cwd)['yes/bundle.yaml']);
  });

  it('does not hang on an engine that never answers', async () => {
    const started = performance.now();
    const done = await init(workplace(), { yes: true }, { connect: () => new Promise(() => undefined) });
    expect(done.error?.hints[0]).toBe('no node list to choose from: the Docker engine did not answer within 10 s');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('wants a shared directory for local deep storage over several nodes', async () => {
    const done = await init(workplace(), {
      yes: true,
      set: [...NODES, 'agents.data.nodes=n1,n2', 'agents.data.replicas=2'],
    });
    expect((done.error?.details as MissingDetail).missing.map(({ path }) => path)).toEqual(['deepStorage.sharedMount']);
    expect(done.error?.message).toContain('local deep storage wants a directory that all agents’ nodes share');
    expect(done.error?.message).toContain(
      'of a cluster that runs, copy what its volume deep-storage holds into it first',
    );
  });
});

describe('refused, and nothing is written', () => {
  it.each<[string, string[], RegExp]>([
    ['an unknown path', ['manager.prot=1'], /manager\.prot: no such answer; did you mean manager\.port\?/],
    [
      'the last word of a path alone',
      ['replicas=1'],
      /replicas: no such answer; did you mean agents\.master\.replicas or/,
    ],
    [
      'an unknown secret',
      ['secretFiles.authTokn=f'],
      /secretFiles\.authTokn: no such answer; did you mean secretFiles\.authToken\?/,
    ],
    [
      'an unknown key in a mapping',
      ['tls={enabled: true, bits: 1}'],
      /tls\.bits: no such answer; tls has enabled, ca, keyBits, days/,
    ],
    ['no path', ['=x'], /--set wants PATH=VALUE/],
    ['broken YAML', ['manager.nodes=[a'], /manager\.nodes: the value is not valid YAML/],
    ['a wrong type', ['manager.port=high', ...NODES], /manager\.port: must be a number/],
    ['a value out of range', ['manager.port=70000', ...NODES], /manager\.port: must be at most 65535/],
    [
      'a word that is no choice',
      ['deepStorage.type=nfs', ...NODES],
      /deepStorage\.type: must be one of: local, s3, hdfs, azure, google/,
    ],
    ['an image without a tag', ['images.agent=imply/agent', ...NODES], /images\.agent: must carry a tag or a digest/],
    ['a database name with a dash', ['store.database=imply-manager', ...NODES], /store\.database: no spaces or dashes/],
    [
      'a token in clear',
      ['tls.enabled=false', 'authentication.allowClearText=false', ...NODES],
      /authentication\.allowClearText: without TLS the token travels in clear/,
    ],
    [
      'a secret that the answers have no use for',
      ['secretFiles.license=a', 'license=trial', ...NODES],
      /secretFiles\.license: these answers have no use for it/,
    ],
    ['half a pair', ['secretFiles.caCertificate=a', 'tls.ca=generate', ...NODES], /a CA is given whole or not at all/],
    [
      'standard input twice',
      ['secretFiles.caCertificate=-', 'secretFiles.caKey=-', ...NODES],
      /standard input can be read once/,
    ],
    ['empty standard input', ['secretFiles.authToken=-', ...NODES], /standard input is empty/],
    ['a file that is not there', ['secretFiles.authToken=nope', ...NODES], /cannot read nope: there is no such file/],
    ['a directory as a file', ['secretFiles.authToken=.', ...NODES], /cannot read \.: it is a directory/],
    ['another stack', ['stack=hadoop', ...NODES], /stack "hadoop" is unknown; bundle knows imply/],
  ])('%s', async (_what, set, message) => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'a'), 'content');
    const done = await init(cwd, { yes: true, set });
    expect(done.error?.message).toMatch(message);
    expect([EXIT.usage, EXIT.preflight]).toContain(done.exit);
    expect(existsSync(join(cwd, 'prod'))).toBe(false);
    expect(done.out).toBe('');
  });

  it('an answers file that is not valid, without quoting a line of it', async () => {
    const cwd = workplace();
    writeFileSync(join(cwd, 'a.yaml'), 'name: prod\nstore: {host: "hunter2\n');
    const { error } = await init(cwd, { yes: true, answers: 'a.yaml' });
    expect(error?.message).toMatch(/^a\.yaml:\d+:\d+: not valid YAML/);
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect((await init(cwd, { yes: true, answers: 'none.yaml' })).error?.message).toBe(
      'cannot read none.yaml: there is no such file',
    );
  });

  it('a directory that is in use', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'prod'));
    writeFileSync(join(cwd, 'prod/README.md'), 'mine');
    writeFileSync(join(cwd, 'file'), '');
    expect((await init(cwd, { yes: true, set: NODES })).error?.message).toBe(
      'prod holds no bundle, but has README.md already; nothing is overwritten',
    );
    expect((await init(cwd, { dir: 'file', yes: true, set: NODES })).error?.message).toBe(
      'file is a file, not a directory',
    );
    expect(tree(join(cwd, 'prod'))).toEqual({ 'README.md': 'mine' });
  });

  it('but a directory with other things in it is fine, and they stay', async () => {
    const cwd = workplace();
    mkdirSync(join(cwd, 'prod'));
    writeFileSync(join(cwd, 'prod/notes.txt'), 'mine');
    expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
    expect(tree(cwd)).toMatchObject({
      'prod/notes.txt': 'mine',
      'prod/bundle.yaml': expect.stringContaining('name: prod'),
    });
  });

  it('an interruption before the first byte leaves nothing', async () => {
    const cwd = workplace();
    const { BundleError } = await import('../../../src/errors.ts');
    const controller = new AbortController();
    controller.abort(new BundleError('interrupted', 'interrupted', { exit: EXIT.interrupted }));
    const done = await init(cwd, { yes: true, set: NODES }, {}, { signal: controller.signal });
    expect([done.exit, done.error?.message]).toEqual([EXIT.interrupted, 'interrupted: nothing was written']);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
