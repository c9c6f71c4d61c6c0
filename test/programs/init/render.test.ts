import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatNotes, parseNotes, withRendered } from '../../../src/bundle/notes.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { run } from '../../../src/commands/render/run.ts';
import type { Printed } from '../../../src/io/kept-result.ts';
import { run as schema } from '../../../src/commands/schema/run.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { NODES, init, recordedIo, tree, workplace } from '../../unit/init/support.ts';

let cwd: string;
let prod: string;
const render = async (options: { check?: boolean; dir?: string } = {}, over = {}) => {
  const recorded = recordedIo(cwd, over);
  try {
    return {
      exit: await run({ dir: 'prod', target: 'swarm', address: [], ...options }, recorded.io),
      out: recorded.out(),
      err: recorded.err(),
    };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { exit: error.exit, out: recorded.out(), err: error.message };
  }
};
const edit = (from: string, to: string) =>
  writeFileSync(join(prod, 'bundle.yaml'), readFileSync(join(prod, 'bundle.yaml'), 'utf8').replace(from, to));

beforeEach(async () => {
  cwd = workplace();
  prod = join(cwd, 'prod');
  expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
});

describe('render', () => {
  it('changes nothing right after init', async () => {
    const at = statSync(join(prod, 'stack.yml')).mtimeMs;
    expect(await render()).toMatchObject({ exit: EXIT.done, out: 'prod: up to date\n' });
    expect(await render({ check: true })).toMatchObject({ exit: EXIT.done, out: 'prod: up to date\n' });
    expect(statSync(join(prod, 'stack.yml')).mtimeMs).toBe(at);
  });

  it('is kept with the files as they were read: what somebody edits before it ends was not looked at', async () => {
    const kept: Printed[] = [];
    const keep = (printed: Printed): void => void kept.push(printed);
    const names = [
      ...['.bundle.notes.json', '.bundle.schema.json', 'README.md'],
      ...['bundle.lock.json', 'bundle.yaml', 'stack.yml'],
    ];
    const before = names.map((name) => [name, readFileSync(join(prod, name), 'utf8')]);
    const recorded = await render({}, { keep, stdout: () => edit('port: 9097', 'port: 9100') });
    expect(recorded.exit).toBe(EXIT.done);
    expect(readFileSync(join(prod, 'bundle.yaml'), 'utf8')).toContain('port: 9100');
    const read = Object.entries(kept[0]?.files ?? {}).flatMap(([name, content]) =>
      content === undefined ? [] : [[name, Buffer.from(content).toString()]],
    );
    expect(read.sort()).toEqual(before);
    expect(await render({}, { keep })).toMatchObject({ out: expect.stringContaining('rendered') as string });
    expect(kept).toHaveLength(1);
  });

  it('keeps a stack.yml that was edited by hand, and says where', async () => {
    const file = join(prod, 'stack.yml');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, `${ours}# mine\n`);
    await expect(load({ dir: 'prod' }, recordedIo(cwd).io)).rejects.toMatchObject({
      code: 'stack-stale',
      hints: ['run `bundle render prod`, which keeps the edited one as stack.yml.edited'],
    });
    expect(await render()).toMatchObject({
      out: 'prod: rendered prod/stack.yml.edited, prod/stack.yml\n',
      err: expect.stringContaining('stack.yml was edited by hand: that one is kept as prod/stack.yml.edited') as string,
    });
    expect(await render()).toMatchObject({ out: 'prod: up to date\n', err: '' });
    writeFileSync(file, `${ours}# another\n`);
    expect(JSON.parse((await render({}, { json: true })).out)).toMatchObject({
      written: ['stack.yml.edited.2', 'stack.yml'],
    });
    writeFileSync(file, `${ours}# mine\n`);
    const done = await init(cwd, { yes: true, set: ['manager.port=9100'] });
    expect(done.out).toContain('  stack.yml was edited by hand: that one is kept as prod/stack.yml.edited, which');
    const files = tree(prod);
    expect(readFileSync(`${file}.edited`, 'utf8')).toBe(`${ours}# mine\n`);
    expect(readFileSync(`${file}.edited.2`, 'utf8')).toBe(`${ours}# another\n`);
    expect(files['stack.yml.edited.3']).toBeUndefined();
    expect(files['stack.yml']).toContain('published: 9100');
  });

  it.each<[string, (text: string) => string, string[]]>([
    ['bundle wrote', (text) => text, []],
    ['git gave other line ends', (text) => text.replaceAll('\n', '\r\n'), []],
    ['an older build wrote, which noted nothing', (text) => `${text}# perhaps by hand\n`, ['.bundle.notes.json']],
  ])('keeps no stack.yml that %s', async (_which, change, gone) => {
    for (const name of gone) rmSync(join(prod, name));
    const file = join(prod, 'stack.yml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    edit('port: 9097', 'port: 9100');
    expect(await render()).toMatchObject({
      exit: EXIT.done,
      out: 'prod: rendered prod/stack.yml, prod/README.md\n',
      err: '',
    });
  });

  it.each<[string, (text: string) => string]>([
    ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['CR alone', (text) => text.replaceAll('\n', '\r')],
    ['CRLF twice', (text) => text.replaceAll('\n', '\r\r\n')],
    ['none at the end', (text) => text.trimEnd()],
    ['one more at the end', (text) => `${text}\n`],
  ])('says so if only line ends differ: %s', async (_name, change) => {
    const file = join(prod, 'stack.yml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, change(before));
    expect(await render({ check: true })).toMatchObject({
      exit: EXIT.pending,
      out:
        'prod/stack.yml differs from what the bundle renders in line ends only: an editor, or git with core.autocrlf, ' +
        'changed them\n',
    });
    expect(JSON.parse((await render({ check: true }, { json: true })).out)).toMatchObject({
      differs: [{ file: 'stack.yml', missing: false, onlyLineEnds: true }],
    });
    await expect(load({ dir: 'prod' }, recordedIo(cwd).io)).rejects.toMatchObject({
      code: 'stack-stale',
      message: expect.stringContaining('in line ends only') as string,
    });
    await render();
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each<[string, (text: string) => string]>([
    ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
    ['CR alone', (text) => text.replaceAll('\n', '\r')],
    ['a byte order mark', (text) => `\ufeff${text}`],
    ['a byte order mark and CRLF', (text) => `\ufeff${text.replaceAll('\n', '\r\n')}`],
    ['no line end at the end', (text) => text.trimEnd()],
  ])('reads all files of a bundle that something converted: %s', async (_name, change) => {
    const before = readFileSync(join(prod, 'stack.yml'), 'utf8');
    for (const name of ['bundle.yaml', 'bundle.lock.json', 'stack.yml', 'README.md'])
      writeFileSync(join(prod, name), change(readFileSync(join(prod, name), 'utf8')));
    const { exit, out } = await render({ check: true });
    expect(exit).toBe(EXIT.pending);
    expect(out).toMatch(
      /^(prod\/\S+ differs from what the bundle renders in (a byte order mark and )?line ends only: .*\n)+$/,
    );
    expect((await render()).exit).toBe(EXIT.done);
    expect(readFileSync(join(prod, 'stack.yml'), 'utf8')).toBe(before);
    expect((await render({ check: true })).exit).toBe(EXIT.done);
  });

  it('tells of a stack.yml that another build rendered from the same files, and renders it when asked to', async () => {
    const ours = readFileSync(join(prod, 'stack.yml'), 'utf8');
    const theirs = `${ours}# as another build renders it\n`;
    const sources = ['bundle.yaml', 'bundle.lock.json'].map((name) => readFileSync(join(prod, name)));
    const notes = parseNotes(readFileSync(join(prod, '.bundle.notes.json'), 'utf8'));
    writeFileSync(join(prod, 'stack.yml'), theirs);
    writeFileSync(join(prod, '.bundle.notes.json'), formatNotes(withRendered(notes, theirs, sources)));
    for (const interactive of [true, false])
      await expect(
        load({ dir: 'prod' }, recordedIo(cwd, { interactive }).io, { ifOld: 'write' }),
      ).rejects.toMatchObject({
        code: 'stack-stale',
        message: expect.stringContaining('was rendered by another build of bundle') as string,
      });
    const checked = await render({ check: true });
    expect(checked.exit).toBe(EXIT.pending);
    expect(checked.out).toContain(
      'prod/stack.yml was rendered by another build of bundle from the same bundle.yaml and bundle.lock.json; ' +
        'this one renders it otherwise: 1 lines out, 0 in\n',
    );
    expect(checked.err).toBe('→ `bundle render prod`\n→ or use the build that rendered it, if that is the newer one\n');
    expect(JSON.parse((await render({ check: true }, { json: true })).out)).toMatchObject({
      upToDate: false,
      differs: [{ file: 'stack.yml', missing: false, otherBuild: true }],
    });
    expect(readFileSync(join(prod, 'stack.yml'), 'utf8')).toBe(theirs);
    expect(await render()).toMatchObject({ out: 'prod: rendered prod/stack.yml\n', err: '' });
    expect(readFileSync(join(prod, 'stack.yml'), 'utf8')).toBe(ours);
    expect(JSON.parse((await render({ check: true }, { json: true })).out)).toMatchObject({ upToDate: true });
  });

  it('does not tell of another build if the answers changed since', async () => {
    edit('port: 9097', 'port: 9100');
    const { out, err } = await render({ check: true });
    expect(out).toContain('prod/stack.yml differs from what the bundle renders: ');
    expect(err).toBe('→ `bundle render prod`\n');
    expect((await render({ check: true }, { json: true })).out).not.toContain('otherBuild');
  });

  it('does not speak of line ends if a word differs as well', async () => {
    const file = join(prod, 'stack.yml');
    writeFileSync(file, `${readFileSync(file, 'utf8').replaceAll('\n', '\r\n')}# more\r\n`);
    const { out } = await render({ check: true });
    expect(out).toContain('prod/stack.yml differs from what the bundle renders: ');
    expect(out).not.toContain('line ends');
    expect((await render({ check: true }, { json: true })).out).not.toContain('onlyLineEnds');
  });

  it('writes what follows from an edited bundle.yaml', async () => {
    edit('port: 9097', 'port: 9100');
    expect(await render()).toMatchObject({ exit: EXIT.done, out: 'prod: rendered prod/stack.yml, prod/README.md\n' });
    expect(tree(prod)['stack.yml']).toContain('published: 9100');
  });

  it('gives the same bytes on a checkout without secrets/', async () => {
    edit('port: 9097', 'port: 9100');
    cpSync(prod, join(cwd, 'other'), { recursive: true });
    rmSync(join(cwd, 'other/secrets'), { recursive: true });
    rmSync(join(cwd, 'other/stack.yml'));
    await render();
    await render({ dir: 'other' });
    expect(tree(join(cwd, 'other'))['stack.yml']).toBe(tree(prod)['stack.yml']);
  });

  it('leaves a runbook alone that is not ours', async () => {
    writeFileSync(join(prod, 'README.md'), 'mine');
    edit('port: 9097', 'port: 9100');
    await render();
    expect(tree(prod)['README.md']).toBe('mine');
    expect((await render({ check: true })).exit).toBe(EXIT.done);
  });

  it('says what a bundle lacks', async () => {
    expect(await render({ dir: 'nope' })).toMatchObject({
      exit: EXIT.usage,
      err: 'nope is not a bundle: it has no bundle.yaml',
    });
    edit('port: 9097', 'port: 9097\n  prot: 1');
    expect((await render()).err).toContain('manager.prot: unknown key in line ');
  });

  it('stops where an answer calls for a secret that was never locked', async () => {
    edit('license: trial', 'license: file');
    expect(await render()).toMatchObject({
      exit: EXIT.preflight,
      err: 'bundle.lock.json has no version of the secret "license"',
    });
  });
});

describe('render --check', () => {
  it('exits 6 with the difference, and writes nothing', async () => {
    edit('port: 9097', 'port: 9100');
    const before = tree(prod);
    const { exit, out, err } = await render({ check: true });
    expect(exit).toBe(EXIT.pending);
    expect(out).toMatch(
      /^prod\/stack\.yml differs from what the bundle renders: 1 lines out, 1 in\n {2}@@ line \d+ @@\n {2}- +published: 9097\n {2}\+ +published: 9100\n/,
    );
    expect(err).toBe('→ `bundle render prod`\n');
    expect(tree(prod)).toEqual(before);
  });

  it('names a file that is missing', async () => {
    rmSync(join(prod, 'stack.yml'));
    expect(await render({ check: true })).toMatchObject({ exit: EXIT.pending, out: 'prod/stack.yml is missing\n' });
  });

  it('is one JSON document with --json', async () => {
    edit('port: 9097', 'port: 9100');
    const { exit, out, err } = await render({ check: true }, { json: true });
    expect([exit, err]).toEqual([EXIT.pending, '']);
    expect(JSON.parse(out)).toMatchObject({
      stack: 'prod',
      upToDate: false,
      differs: [{ file: 'stack.yml', missing: false, added: 1, removed: 1 }, { file: 'README.md' }],
    });
    expect(JSON.parse((await render({}, { json: true })).out)).toEqual({
      stack: 'prod',
      directory: 'prod',
      written: ['stack.yml', 'README.md'],
    });
  });
});

describe('schema', () => {
  it('prints what init writes beside bundle.yaml', async () => {
    const recorded = recordedIo(cwd);
    expect(await schema({ name: 'bundle' }, recorded.io, [])).toBe(EXIT.done);
    expect(Buffer.from(recorded.out()).toString('latin1')).toBe(tree(prod)['.bundle.schema.json']);
  });
  it('knows no other', async () =>
    expect(schema({ name: 'x' }, recordedIo(cwd).io, [])).rejects.toMatchObject({ exit: EXIT.usage }));
});
