/**
 * A directory as an image layer: a compressed tar and the two digests a registry wants, made once per content of the
 * recipe.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { cached, withScratch } from '../cache.ts';

/** A finished layer. */
export interface Layer {
  file: string;
  size: number;
  /** Of the compressed bytes: names the blob. */
  digest: string;
  /** Of the tar inside: named by the image's configuration. */
  diffId: string;
}

/** The same files always give the same bytes: no names of users, no times of this build. */
const TAR = [
  '--sort=name',
  '--numeric-owner',
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
  '--mtime=@1700000000',
];

/**
 * A layer by key; `fill` puts its files into an empty directory when it is not in the cache.
 */
export async function layer(key: string, fill: (root: string) => Promise<void>): Promise<Layer> {
  const dir = await cached('layers', key, async (scratch) => {
    const packed = await withScratch(async (root) => {
      await fill(root);
      return pack(root, path.join(scratch, 'layer.tar.gz'));
    });
    await writeFile(path.join(scratch, 'layer.json'), JSON.stringify(packed));
  });
  const facts = JSON.parse(await readFile(path.join(dir, 'layer.json'), 'utf8')) as Omit<Layer, 'file'>;
  return { ...facts, file: path.join(dir, 'layer.tar.gz') };
}

async function pack(root: string, file: string): Promise<Omit<Layer, 'file'>> {
  const tar = spawn('tar', ['-C', root, ...TAR, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve));
  const outer = meter();
  const inner = meter();
  const [, code] = await Promise.all([
    pipeline(tar.stdout, inner.through, createGzip({ level: 6 }), outer.through, createWriteStream(file)),
    ended,
  ]);
  if (code !== 0) throw new Error(`tar of ${root} failed with code ${code}`);
  return { size: outer.size(), digest: outer.digest(), diffId: inner.digest() };
}

function meter(): { through: Transform; size: () => number; digest: () => string } {
  const hash = createHash('sha256');
  let size = 0;
  const through = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  return { through, size: () => size, digest: () => `sha256:${hash.digest('hex')}` };
}
