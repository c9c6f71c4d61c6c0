import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLock, parseLock } from '../../../src/bundle/lock.ts';
import { isAsWritten, withRendered } from '../../../src/bundle/rendered.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { loadRenderedStack, type BundleDirectory } from '../../../src/project/bundle-dir.ts';
import { decodeRelease, encodeRelease } from '../../../src/release/record.ts';
import { cluster, lockOf } from '../stacks/imply.ts';

const before = cluster();
const after = cluster({ manager: { nodes: ['node1'], port: 19097 } });
const old = renderBundle(before, lockOf(before)).text;
const wanted = renderBundle(after, lockOf(after)).text;
const noted = withRendered(lockOf(after), old);

describe('a stack.yml that is not what the bundle renders', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bundle-rendered-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const directory = (lock = noted): BundleDirectory => ({
    dir,
    shown: 'prod',
    bundle: after,
    plan: after.definition.plan(after.name, after.answers),
    lock,
    secrets: { dir, present: false, faults: [], key: undefined, materials: {}, files: {}, values: [] },
  });
  const onDisk = (): Promise<string> => readFile(join(dir, 'stack.yml'), 'utf8');

  it('is written anew where bundle wrote it, with the runbook and its digest', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    const loaded = await loadRenderedStack(directory(), 'write');
    expect(loaded).toMatchObject({ text: wanted, old: true });
    expect(await onDisk()).toBe(wanted);
    const lock = parseLock(await readFile(join(dir, 'bundle.lock.json'), 'utf8'), 'bundle.lock.json');
    expect(isAsWritten(lock, wanted)).toBe(true);
    expect(loaded.lock).toEqual(lock);
    expect(await readFile(join(dir, 'README.md'), 'utf8')).toContain('19097');
    await expect(loadRenderedStack(directory(lock), 'write')).resolves.toMatchObject({ old: false });
  });

  it('is left as it is for a plan', async () => {
    await writeFile(join(dir, 'stack.yml'), old);
    await expect(loadRenderedStack(directory(), 'leave')).resolves.toMatchObject({
      text: wanted,
      old: true,
      lock: noted,
    });
    expect(await onDisk()).toBe(old);
  });

  it.each([
    ['somebody edited', `${old}# by hand\n`, noted, 'write'],
    ['has other line ends', old.replaceAll('\n', '\r\n'), noted, 'write'],
    ['bundle wrote before the digest was noted', old, lockOf(after), 'write'],
    ['may not be rendered here', old, noted, 'refuse'],
  ] as const)('is refused, and left as it is, where %s', async (_what, text, lock, ifOld) => {
    await writeFile(join(dir, 'stack.yml'), text);
    await expect(loadRenderedStack(directory(lock), ifOld)).rejects.toMatchObject({ code: 'stack-stale', exit: 2 });
    expect(await onDisk()).toBe(text);
  });

  it('is refused where it is missing', async () => {
    await expect(loadRenderedStack(directory(), 'write')).rejects.toMatchObject({ code: 'stack-stale', exit: 2 });
  });
});

describe('the digest', () => {
  it('is read back from the lockfile, which is the same bytes again', () => {
    const text = formatLock(noted);
    expect(parseLock(text, 'x')).toEqual(noted);
    expect(formatLock(parseLock(text, 'x'))).toBe(text);
  });

  it('is in no release record: an older bundle reads it', () => {
    const release = {
      number: 1,
      at: '2026-01-01T00:00:00Z',
      by: 'a@b',
      tool: '0.1.0',
      answers: {},
      lock: noted,
      document: renderBundle(after, noted).document,
      nodeLabels: [],
    };
    const config = { data: encodeRelease(release), labels: { 'bundle.release.state': 'verified' } };
    expect(decodeRelease(config as never)?.lock).toEqual(lockOf(after));
  });
});
