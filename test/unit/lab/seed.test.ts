import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  copyLayers,
  isOutdated,
  partsOfLayers,
  plantSeed,
  seedFor,
  seedKey,
  seedName,
} from '../../../scripts/lab/seed.ts';

const LAYER = 'a'.repeat(64);
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-seed-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
  vi.unstubAllEnvs();
});

/** The data directory of an engine that holds an image of one layer. */
function engineData(): string {
  const data = join(dir, 'data');
  const files: Record<string, string> = {
    [`overlay2/${LAYER}/diff/bin/tool`]: 'program',
    [`overlay2/${LAYER}/link`]: 'SHORT',
    [`overlay2/${LAYER}-init/diff/x`]: 'of a container',
    [`image/overlay2/layerdb/sha256/${LAYER}/cache-id`]: LAYER,
    [`image/overlay2/layerdb/mounts/c/mount-id`]: 'of a container',
    [`image/overlay2/distribution/diffid-by-digest/sha256/${LAYER}`]: 'sha256:0',
    [`image/overlay2/distribution/v2metadata-by-diffid/sha256/${LAYER}`]: 'of a registry',
    [`image/overlay2/imagedb/content/sha256/${LAYER}`]: '{}',
    'image/overlay2/repositories.json': '{}',
    'engine-id': 'of this engine',
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(data, file)), { recursive: true });
    writeFileSync(join(data, file), text);
  }
  mkdirSync(join(data, 'overlay2/l'));
  symlinkSync(`../${LAYER}/diff`, join(data, 'overlay2/l/SHORT'));
  mkdirSync(join(data, `overlay2/${LAYER}/work`), { mode: 0o700 });
  return data;
}

const filesOf = (of: string): string[] =>
  readdirSync(of, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(of.length + 1))
    .sort();

describe('copyLayers', () => {
  it('takes the layers and no image, registry, container or identity; of files in them it makes links', async () => {
    const [from, to] = [engineData(), join(dir, 'to')];
    await copyLayers(from, to);
    expect(filesOf(to)).toEqual([
      `image/overlay2/distribution/diffid-by-digest/sha256/${LAYER}`,
      `image/overlay2/layerdb/sha256/${LAYER}/cache-id`,
      `overlay2/${LAYER}/diff/bin/tool`,
      `overlay2/${LAYER}/link`,
      'overlay2/l/SHORT',
    ]);
    const inode = (root: string, file: string): number => statSync(join(root, file)).ino;
    const [tool, link] = [`overlay2/${LAYER}/diff/bin/tool`, `overlay2/${LAYER}/link`];
    expect(inode(to, tool)).toBe(inode(from, tool));
    expect(inode(to, link)).not.toBe(inode(from, link));
    expect(readlinkSync(join(to, 'overlay2/l/SHORT'))).toBe(`../${LAYER}/diff`);
    expect(statSync(join(to, `overlay2/${LAYER}/work`)).mode & 0o777).toBe(0o700);
  });

  it('refuses what has no layers', () => {
    expect(() => partsOfLayers(dir)).toThrow('no layers of overlay2');
  });
});

describe('plantSeed', () => {
  it('leaves an engine alone that was started before', async () => {
    const to = join(dir, 'to');
    mkdirSync(to);
    await plantSeed(engineData(), to, () => undefined);
    expect(readdirSync(to)).toEqual([]);
  });

  it('leaves nothing half laid, and says why', async () => {
    const [from, to, said] = [engineData(), join(dir, 'to'), [] as string[]];
    rmSync(join(from, 'image/overlay2/layerdb'), { recursive: true });
    await plantSeed(from, to, (line) => said.push(line));
    expect(existsSync(to)).toBe(false);
    expect(said.join()).toMatch(/to starts without layers: .*layerdb/s);
  });
});

describe('a seed that another one follows', () => {
  it.each([
    ['old-28.5.2', 25, true],
    ['old-28.5.2', 23, false],
    ['new-28.5.2', 25, false],
    ['old-20.10.24', 25, false],
  ])('%s, used %i hours ago: goes %s', (found, hours, goes) => {
    const now = statSync(dir).mtimeMs + hours * 3_600_000;
    expect(isOutdated(found, dir, 'new-28.5.2', '28.5.2', now)).toBe(goes);
  });
});

describe('the name of a seed', () => {
  it('is that of its layers, in any order and however many images share one', () => {
    expect(seedName(['b', 'a', 'b'])).toBe(seedName(['a', 'b']));
    expect(seedName(['a'])).not.toBe(seedName(['a', 'b']));
    expect(seedKey('name', '28.5.2')).toBe('name-28.5.2');
  });

  it('comes from the environment; without one, or without a seed of it, there is none', () => {
    for (const name of ['', 'not-in-the-cache']) {
      vi.stubEnv('LAB_SEED', name);
      expect(seedFor('28.5.2')).toBeUndefined();
    }
  });
});
