/** The small top layer of an image: our own files, which change more often than what is under them. */
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf } from '../cache.ts';
import { type Layer, layer } from '../oci/layer.ts';

const FILES = fileURLToPath(new URL('../files/', import.meta.url));

/** A file for an image: its content and mode, and its owner's number unless root. */
export interface OwnFile {
  content: string | Buffer;
  mode: number;
  owner?: number;
}

/** An empty directory for an image: its owner's number, and its mode unless 0755. */
export interface OwnDirectory {
  owner: number;
  mode?: number;
}

/** Content of a file below `scripts/images/files`. */
export async function ownFile(name: string, mode = 0o644): Promise<OwnFile> {
  return { content: await readFile(path.join(FILES, name)), mode };
}

/**
 * A layer of our own files.
 *
 * @param files by absolute path in the image.
 * @param directories by absolute path in the image.
 */
export async function fileLayer(
  files: Readonly<Record<string, OwnFile>>,
  directories: Readonly<Record<string, OwnDirectory>> = {},
): Promise<Layer> {
  const parts = Object.entries(files).flatMap(([name, { content, mode, owner }]) => {
    return [name, String(mode), content, ...(owner === undefined ? [] : [String(owner)])];
  });
  return layer(keyOf('files 1', ...parts, JSON.stringify(directories)), async (root) => {
    for (const [name, { owner, mode = 0o755 }] of Object.entries(directories)) {
      await mkdir(path.join(root, name), { recursive: true });
      await chmod(path.join(root, name), mode);
      await chown(path.join(root, name), owner, owner);
    }
    for (const [name, { content, mode, owner = 0 }] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true });
      await writeFile(path.join(root, name), content);
      await chown(path.join(root, name), owner, owner);
      await chmod(path.join(root, name), mode);
    }
  });
}
