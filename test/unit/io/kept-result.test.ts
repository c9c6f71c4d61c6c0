import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keptResult, type KeptResult, type Printed } from '../../../src/io/kept-result.ts';
import { workplace } from '../init/support.ts';

const TEXT = 'prod: up to date\n';
let caches: string;
let build: string;
let dir: string;

beforeEach(() => {
  const place = workplace();
  [caches, build, dir] = [join(place, 'caches'), join(place, 'dist'), join(place, 'prod')];
  for (const each of [caches, build, dir]) mkdirSync(each);
  writeFileSync(join(build, 'bundle.cjs'), 'entry');
  writeFileSync(join(build, 'chunk-A.cjs'), 'chunk');
  writeFileSync(join(dir, 'a'), 'one');
  writeFileSync(join(dir, 'b'), Buffer.from([0xff, 0x00]));
});

/** As a process that starts now has it. */
const started = (directory = dir, of = build): KeptResult | undefined =>
  keptResult({ XDG_CACHE_HOME: caches }, directory, of);
const printed = (): Printed => ({
  text: TEXT,
  files: { a: readFileSync(join(dir, 'a'), 'utf8'), b: readFileSync(join(dir, 'b')), none: undefined },
});
const keptFile = (): string => join(caches, 'bundle/render', readdirSync(join(caches, 'bundle/render'))[0] ?? '');

describe('a result that was kept', () => {
  beforeEach(() => {
    expect(started()?.text()).toBeUndefined();
    started()?.keep(printed());
  });

  it('is there for the same files and the same build', () => {
    expect(started()?.text()).toBe(TEXT);
    // Written anew with the same bytes, and by other names.
    writeFileSync(join(dir, 'a'), 'one');
    expect(started()?.text()).toBe(TEXT);
  });

  it('is one file, for this user, which holds digests and the text', () => {
    expect(readdirSync(join(caches, 'bundle/render'))).toHaveLength(1);
    expect(statSync(keptFile()).mode & 0o777).toBe(0o600);
    expect(readFileSync(keptFile(), 'utf8')).toMatch(
      /^[0-9a-f]{64}\n\{"text":"prod: up to date\\n","build":"[0-9a-f]{64}","files":\{("(a|b)":"[0-9a-f]{64}",)+"none":null\}\}$/,
    );
    started()?.keep(printed());
    expect(readdirSync(join(caches, 'bundle/render'))).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ['another byte', () => writeFileSync(join(dir, 'b'), Buffer.from([0xfe, 0x00]))],
    ['a byte more', () => writeFileSync(join(dir, 'a'), 'one\n')],
    ['a byte less', () => truncateSync(join(dir, 'a'), 2)],
    ['no content', () => truncateSync(join(dir, 'a'), 0)],
    ['no such file', () => rmSync(join(dir, 'a'))],
    ['a directory', () => (rmSync(join(dir, 'a')), mkdirSync(join(dir, 'a')))],
    ['a link to nothing', () => (rmSync(join(dir, 'a')), symlinkSync('nothing', join(dir, 'a')))],
    ['a device that has no end', () => (rmSync(join(dir, 'a')), symlinkSync('/dev/zero', join(dir, 'a')))],
    ['a file where there was none', () => writeFileSync(join(dir, 'none'), '')],
    ['a directory where there was nothing', () => mkdirSync(join(dir, 'none'))],
    ['a link to nothing where there was none', () => symlinkSync('nothing', join(dir, 'none'))],
    ['no directory', () => rmSync(dir, { recursive: true })],
  ])('is none of it with %s', (_what, change) => {
    change();
    expect(started()?.text()).toBeUndefined();
  });

  it('is none of another directory, unless all is the same there', () => {
    const other = join(dir, '../other');
    cpSync(dir, other, { recursive: true });
    // As if both had the same file of the cache.
    const folder = join(caches, 'bundle/render');
    const content = readFileSync(keptFile());
    rmSync(keptFile());
    started(other)?.keep({ text: '', files: {} });
    writeFileSync(join(folder, readdirSync(folder)[0] ?? ''), content);
    expect(started(other)?.text()).toBe(TEXT);
    writeFileSync(join(other, 'a'), 'another');
    expect(started(other)?.text()).toBeUndefined();
  });

  it('is there through a link to the directory, and not once that names another one', () => {
    const link = join(dir, '../link');
    const other = join(dir, '../other');
    mkdirSync(other);
    symlinkSync(dir, link);
    started(link)?.keep(printed());
    expect(started(link)?.text()).toBe(TEXT);
    rmSync(link);
    symlinkSync(other, link);
    expect(started(link)?.text()).toBeUndefined();
  });

  it.each<[string, () => void]>([
    ['has another file', () => writeFileSync(join(build, 'chunk-B.cjs'), 'chunk')],
    ['has one file less', () => rmSync(join(build, 'chunk-A.cjs'))],
    ['was patched in place', () => writeFileSync(join(build, 'chunk-A.cjs'), 'chunk of another length')],
    ['was patched in place to the same length, with the time it had', () => patchedUnseen(join(build, 'chunk-A.cjs'))],
  ])('is none of a build that %s', (_what, change) => {
    change();
    expect(started()?.text()).toBeUndefined();
  });

  /** As `patch` and `rsync --times` leave a file. */
  function patchedUnseen(file: string): void {
    const { ctimeNs, atime, mtime } = statSync(file, { bigint: true });
    // The file system's clock is coarse: what runs for as long as a command sees it go on.
    do {
      writeFileSync(file, 'CHUNK');
      utimesSync(file, atime, mtime);
    } while (statSync(file, { bigint: true }).ctimeNs === ctimeNs);
  }

  it('is none of a copy of the build', () => {
    cpSync(build, `${build}-2`, { recursive: true, preserveTimestamps: true });
    expect(started(dir, `${build}-2`)?.text()).toBeUndefined();
    expect(started()?.text()).toBe(TEXT);
  });

  it.each([0, 1, 64, 65, 66, 200, -1])('is none if its file was cut to %d bytes', (length) => {
    const { size } = statSync(keptFile());
    truncateSync(keptFile(), length < 0 ? size + length : length);
    expect(started()?.text()).toBeUndefined();
    started()?.keep(printed());
    expect(started()?.text()).toBe(TEXT);
  });

  it('is none if its file has another byte in it', () => {
    writeFileSync(keptFile(), readFileSync(keptFile(), 'utf8').replace('up to date', 'up to then'));
    expect(started()?.text()).toBeUndefined();
  });
});

describe('nothing is kept', () => {
  it('of a program that is no build, as in src/', () => {
    rmSync(join(build, 'bundle.cjs'));
    expect(started()).toBeUndefined();
    expect(keptResult({ XDG_CACHE_HOME: caches }, dir)).toBeUndefined();
  });

  it('without a cache directory', () => {
    expect(keptResult({}, dir, build)).toBeUndefined();
  });

  it('of a build that was replaced while the command ran', () => {
    const before = started();
    writeFileSync(join(build, 'chunk-A.cjs'), 'another chunk');
    before?.keep(printed());
    expect(started()?.text()).toBeUndefined();
  });
});
