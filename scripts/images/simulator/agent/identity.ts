/** What an agent keeps on its volume: a task that moved to another node finds it gone. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface VolumeIdentity {
  id: string;
  /** Starts on this volume, this one included. */
  starts: number;
}

/**
 * Reads the identity below `/mnt/var` and counts this start; makes one if there is none. A volume that cannot be
 * written to gives a new one each time.
 */
export function volumeIdentity(stateRoot: string, log: (message: string, level?: 'WARN') => void): VolumeIdentity {
  const file = path.join(stateRoot || '/', 'mnt/var/simulator-agent.json');
  const identity = { id: randomUUID(), starts: 0, ...read(file) };
  identity.starts++;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(identity));
  } catch (error) {
    log(`${file}: ${error instanceof Error ? error.message : String(error)}`, 'WARN');
  }
  return identity;
}

function read(file: string): Partial<VolumeIdentity> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VolumeIdentity;
  } catch {
    return {};
  }
}
