import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  formatNotes,
  isAsWritten,
  isOfAnotherBuild,
  noNotes,
  parseNotes,
  wasTried,
  withRendered,
} from '../../../src/bundle/notes.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { load, loadRenderedStack, type BundleDirectory } from '../../../src/project/bundle-dir.ts';
import { init, recordedIo, workplace } from '../init/support.ts';
import { cluster, lockOf } from '../stacks/imply.ts';

const before = cluster();
const after = cluster({ manager: { nodes: ['node1'], port: 19097 } });
const old = renderBundle(before, lockOf(before)).text;
const wanted = renderBundle(after, lockOf(after)).text;
/** Of other answers. */
const noted = withRendered(noNotes(), old, ['manager: {}', '{}']);
/** Of those that are there: what this build renders of them was never on disk. */
const elsewhere = withRendered(noNotes(), old, [undefined, undefined]);

describe('a stack.yml that is not what the bundle renders', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-rendered-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const directory = (notes = noted): BundleDirectory => ({
    dir,
    shown: 'prod',
    bundle: after,
    plan: after.definition.plan(after.name, after.answers),
    lock: lockOf(after),
    sources: [undefined, undefined],
    notes,
    secrets: { dir, present: false, faults: [], key: undefined, materials: {}, files: {}, values: [] },
  });
  const onDisk = (): Promise<string> => readFile(join(dir, 'stack.yml'), 'utf8');

  it('is written anew where bundle wrote it, with the runbook and its digest', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    const loaded = await loadRenderedStack(directory(), 'write');
    expect(loaded).toMatchObject({ text: wanted, old: true });
    expect(await onDisk()).toBe(wanted);
    const notes = parseNotes(await readFile(join(dir, '.bundle.notes.json'), 'utf8'));
    expect(isAsWritten(notes, wanted)).toBe(true);
    expect(loaded.notes).toEqual(notes);
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toContain('19097');
    await expect(loadRenderedStack(directory(notes), 'write')).resolves.toMatchObject({ old: false });
  });

  it('is left as it is if another command changed what it follows from meanwhile', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    await writeFile(join(dir, 'bundle.lock.json'), '{}');
    await expect(loadRenderedStack(directory(), 'write')).rejects.toMatchObject({ code: 'bundle-changed', exit: 8 });
    expect(await onDisk()).toBe(old);
  });

  it('is left as it is for a plan', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    await expect(loadRenderedStack(directory(), 'leave')).resolves.toMatchObject({
      text: wanted,
      old: true,
      notes: noted,
    });
    expect(await onDisk()).toBe(old);
  });

  it.each([
    ['somebody edited', `${old}# by hand\n`, noted, 'write'],
    ['has other line ends', old.replaceAll('\n', '\r\n'), noted, 'write'],
    ['bundle wrote before the digest was noted', old, noNotes(), 'write'],
    ['may not be rendered here', old, noted, 'refuse'],
  ] as const)('is refused, and left as it is, where %s', async (_what, text, notes, ifOld) => {
    await writeFile(join(dir, 'stack.yml'), text);
    await expect(loadRenderedStack(directory(notes), ifOld)).rejects.toMatchObject({ code: 'stack-stale', exit: 2 });
    expect(await onDisk()).toBe(text);
  });

  it.each(['refuse', 'leave', 'write'] as const)(
    'is refused, and left as it is, where another build rendered it from the same files (%s)',
    async (ifOld) => {
      await writeFile(join(dir, 'stack.yml'), old);
      await expect(loadRenderedStack(directory(elsewhere), ifOld)).rejects.toMatchObject({
        code: 'stack-stale',
        exit: 2,
        message:
          'prod/stack.yml was rendered by another build of bundle from the same bundle.yaml and bundle.lock.json, ' +
          'and this one renders it otherwise',
        hints: [
          'run `bundle render prod` to have it as this build renders it',
          'or use the build that rendered it, if that is the newer one',
        ],
      });
      expect(await onDisk()).toBe(old);
    },
  );

  it('is not told to be another build’s if somebody edited it, or an older build noted no sources', async () => {
    await writeFile(join(dir, 'stack.yml'), `${old}# by hand\n`);
    await expect(loadRenderedStack(directory(elsewhere), 'write')).rejects.toMatchObject({
      message: 'prod/stack.yml differs from what the bundle renders',
      hints: ['run `bundle render prod`, which keeps the edited one as stack.yml.edited'],
    });
    const { sources: _sources, ...unnoted } = elsewhere;
    await writeFile(join(dir, 'stack.yml'), old);
    await expect(loadRenderedStack(directory(unnoted), 'write')).resolves.toMatchObject({ old: true });
  });

  it('is refused without a cause where an older build noted no sources: the build may be all that changed', async () => {
    const { sources: _sources, ...unnoted } = elsewhere;
    await writeFile(join(dir, 'stack.yml'), old);
    await expect(loadRenderedStack(directory(unnoted), 'refuse')).rejects.toMatchObject({
      message: 'prod/stack.yml is not what this build renders (bundle.yaml, bundle.lock.json, or the build changed)',
      hints: ['run `bundle render prod`'],
    });
    // Of these it is known that they changed, or that somebody edited it.
    await expect(loadRenderedStack(directory(noted), 'refuse')).rejects.toMatchObject({
      message: 'prod/stack.yml differs from what the bundle renders',
    });
    await writeFile(join(dir, 'stack.yml'), `${old}# by hand\n`);
    await expect(loadRenderedStack(directory(unnoted), 'refuse')).rejects.toMatchObject({
      message: 'prod/stack.yml differs from what the bundle renders',
    });
  });

  it('is rendered of what is there now once it is written anew', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    const { notes } = await loadRenderedStack(directory(), 'write');
    expect(isOfAnotherBuild(notes, wanted, [undefined, undefined])).toBe(true);
    expect(isOfAnotherBuild(notes, wanted, ['', undefined])).toBe(false);
    expect(isOfAnotherBuild(notes, wanted, [undefined, ''])).toBe(false);
  });

  describe('that is as rendered, of files that were edited without effect on it', () => {
    const sources: BundleDirectory['sources'] = [Buffer.from('# a comment'), undefined];
    const rendered = withRendered(noNotes(), wanted, [undefined, undefined]);
    const edited = (notes = rendered): BundleDirectory => ({ ...directory(notes), sources });
    const written = async (): Promise<string | undefined> =>
      readFile(join(dir, '.bundle.notes.json'), 'utf8').catch(() => undefined);
    beforeEach(async () => {
      await writeFile(join(dir, 'stack.yml'), wanted);
      await writeFile(join(dir, 'bundle.yaml'), '# a comment');
    });
    /** Renders these files otherwise. */
    const otherBuild = (notes: BundleDirectory['notes']): BundleDirectory => ({
      ...edited(notes),
      bundle: before,
      plan: before.definition.plan(before.name, before.answers),
      lock: lockOf(before),
    });

    it('is noted as of the present ones, so that another build does not take it for old', async () => {
      const { notes, old: isOld } = await loadRenderedStack(edited(), 'write');
      expect(isOld).toBe(false);
      await expect(loadRenderedStack(otherBuild(notes), 'write')).rejects.toMatchObject({
        code: 'stack-stale',
        message: expect.stringContaining('another build') as string,
      });
      expect(parseNotes((await written()) ?? '')).toEqual(notes);
      expect(await onDisk()).toBe(wanted);
      // Also of one that an older build noted without them.
      const { sources: _sources, ...unnoted } = rendered;
      expect((await loadRenderedStack(edited(unnoted), 'write')).notes).toEqual(notes);
    });

    it.each(['refuse', 'leave'] as const)('is not noted where nothing is written (%s)', async (ifOld) => {
      expect((await loadRenderedStack(edited(), ifOld)).notes).toEqual(rendered);
      expect(await written()).toBeUndefined();
    });

    it('is not noted if bundle did not write it, or noted them already', async () => {
      for (const notes of [noNotes(), noted, withRendered(noNotes(), wanted, sources)])
        expect((await loadRenderedStack(edited(notes), 'write')).notes).toEqual(notes);
      expect(await written()).toBeUndefined();
    });

    it('is taken as it is where the notes cannot be written', async () => {
      await mkdir(join(dir, '.bundle.notes.json'));
      await expect(loadRenderedStack(edited(), 'write')).resolves.toMatchObject({ old: false, notes: rendered });
      await rm(join(dir, '.bundle.notes.json'), { recursive: true });
      await writeFile(join(dir, 'bundle.yaml'), '# another one since');
      await expect(loadRenderedStack(edited(), 'write')).resolves.toMatchObject({ old: false, notes: rendered });
      expect(await written()).toBeUndefined();
    });
  });

  it('is refused where it is missing', async () => {
    await expect(loadRenderedStack(directory(), 'write')).rejects.toMatchObject({ code: 'stack-stale', exit: 2 });
  });
});

describe('at a terminal, a stack.yml that bundle wrote and would render otherwise', () => {
  const OLDER = 'older than bundle.yaml';
  const UNKNOWN = 'not what this build renders (bundle.yaml, bundle.lock.json, or the build changed)';
  it.each([
    ['of other answers, is told to be older', 'write', ['', ''], `was ${OLDER}, and is rendered anew`],
    ['of other answers, is planned so', 'leave', ['', ''], `is ${OLDER}: planned as it will be rendered`],
    ['of nobody knows what, is told without a cause', 'write', undefined, `was ${UNKNOWN}, and is rendered anew`],
    ['of nobody knows what, is planned so', 'leave', undefined, `is ${UNKNOWN}: planned as it will be rendered`],
  ] as const)('%s (%s)', async (_what, ifOld, sources, words) => {
    const cwd = workplace();
    expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1'] })).error).toBeUndefined();
    const path = (name: string) => join(cwd, 'prod', name);
    const text = `# of another build\n${await readFile(path('stack.yml'), 'utf8')}`;
    await writeFile(path('stack.yml'), text);
    const { sources: digest, ...notes } = withRendered(noNotes(), text, sources ?? []);
    await writeFile(path('.bundle.notes.json'), formatNotes(sources ? { ...notes, sources: digest } : notes));
    const recorded = recordedIo(cwd, { interactive: true });
    await load({ dir: 'prod' }, recorded.io, { ifOld });
    expect(recorded.err()).toContain(`stack.yml ${words}`);
  });
});

describe('the notes', () => {
  const tried = { ca: { version: 2, clients: ['openssl'] } };

  it('are read back as they were written, and are the same bytes again', () => {
    const text = formatNotes({ ...noted, tried });
    expect(parseNotes(text)).toEqual({ ...noted, tried });
    expect(formatNotes(parseNotes(text))).toBe(text);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['rendered', 'sources', 'tried']);
  });

  it.each(['', '{', '<<<<<<< ours\n{}', '[]', '{"rendered": 1}'])('that are damaged say nothing: %j', (text) => {
    expect(parseNotes(text)).toEqual(noNotes());
  });

  it('that a newer build wrote are read as far as they are known', () => {
    expect(parseNotes(JSON.stringify({ ...noted, tried, more: 1 }))).toEqual({ ...noted, tried });
  });

  it('of a CA hold for the version that was tried alone: an older build may have taken another since', () => {
    const lock = (version: number) => ({
      version: 1 as const,
      secrets: { ca: { version, kind: '', created: '', fingerprints: {}, facts: {} } },
    });
    const openssl = ['openssl'];
    expect(wasTried({ tried }, lock(2), 'ca', openssl)).toBe(true);
    expect(wasTried({ tried }, lock(3), 'ca', openssl)).toBe(false);
    expect(wasTried({ tried: {} }, lock(2), 'ca', openssl)).toBe(false);
    // By the verifiers of all its clients.
    expect(wasTried({ tried }, lock(2), 'ca', ['openssl', 'pkix'])).toBe(false);
  });
});
