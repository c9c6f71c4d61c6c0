/**
 * `npx tsx scripts/images/maven/relock.ts NAME…`: writes the jars of lock files anew, by their roots. Says what
 * changed. Another checksum for the same coordinates is an error, since a released jar never changes.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withScratch } from '../cache.ts';
import { coordinatesOfPath } from './coordinates.ts';
import { lockFile, readLock, sha256 } from './lock.ts';
import { copyJars } from './maven.ts';

async function relock(name: string): Promise<void> {
  const { roots, without, jars: before } = await readLock(name);
  const jars: Record<string, string> = {};
  await withScratch(async (dir) => {
    for (const file of await copyJars(roots, without, dir, (line) => void process.stderr.write(`${line}\n`))) {
      const coordinates = coordinatesOfPath(file);
      const checksum = await sha256(path.join(dir, file));
      const old = before[coordinates];
      if (old !== undefined && old !== checksum) throw new Error(`${coordinates}: SHA-256 was ${old}, is ${checksum}`);
      jars[coordinates] = checksum;
    }
  });
  await writeFile(lockFile(name), `${JSON.stringify({ roots, without, jars }, null, 2)}\n`);
  const added = Object.keys(jars).filter((one) => before[one] === undefined);
  const gone = Object.keys(before).filter((one) => jars[one] === undefined);
  for (const line of [...added.map((one) => `+ ${one}`), ...gone.map((one) => `- ${one}`)])
    process.stdout.write(`${line}\n`);
  process.stdout.write(`${name}: ${Object.keys(jars).length} jars, ${added.length} new, ${gone.length} gone\n`);
}

try {
  const names = process.argv.slice(2);
  if (names.length === 0) throw new Error('give the name of a file in scripts/images/maven/locks, such as kafka');
  for (const name of names) await relock(name);
} catch (error) {
  process.stderr.write(`relock: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
