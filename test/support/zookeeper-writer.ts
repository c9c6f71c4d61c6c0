import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../../scripts/lab/lab.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';

/** What zookeeper-writer.mjs saw. */
export interface Written {
  /** The number that was there before, and the last one acknowledged, which is also what was read at the end. */
  first: number;
  last: number;
  writes: number;
  seconds: number;
  /** Between two acknowledged writes, or from the start to the first, without what the machine stood still. */
  longestGapMs: number;
  longestGapAt: string;
  /** Every server that took the session, in order. */
  servers: string[];
}

const PROGRAM = fileURLToPath(new URL('zookeeper-writer.mjs', import.meta.url));

/**
 * Starts a ZooKeeper client at the lab's switch that writes every 100 ms to the published port of every host, and waits
 * until it writes. `stop` ends it and gives what it saw. @throws (`stop`) Error where the session was lost, a write was
 * refused, or an acknowledged one is not there
 */
export async function startWriter(
  lab: Lab,
  path: string,
  options: { port: number; sessionMs: number },
): Promise<{ stop(): Promise<Written> }> {
  const servers = lab.hosts.map((host) => `${host.address}:${options.port}`);
  const child = spawn(
    'nsenter',
    [
      `--net=${netnsFile(lab.switchNetns)}`,
      '--',
      process.execPath,
      PROGRAM,
      path,
      String(options.sessionMs),
      ...servers,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('writing\n')) resolve();
    });
    child.once('error', reject);
    void ended.then(() => reject(new Error(`the writer ended: ${output}`)));
  });
  return {
    async stop() {
      child.stdin.end('stop\n');
      await ended;
      const said = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Written & { error?: string };
      if (said.error !== undefined) throw new Error(`the writer failed: ${JSON.stringify(said)}`);
      return said;
    },
  };
}
