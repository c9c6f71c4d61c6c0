import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../scripts/lab/lab.ts';
import { isRunning } from '../../scripts/lab/engine.ts';

/** What Go's runtime writes before it ends a program, ahead of the stacks of all its goroutines. */
const PANIC = /^(panic|fatal error|runtime|SIG[A-Z]+): ?/;

/**
 * Hosts of a lab whose engine has ended by itself, each with what its log says last: from a panic on if there is one.
 * Everything that asks such an engine fails, and of why it ended nothing would be left.
 *
 * @param killed hosts that a test has killed
 * @returns a line or more a host; empty if every engine runs
 */
export function endedEngines(lab: Lab, killed: readonly string[] = []): string {
  return lab.hosts
    .filter((host) => !killed.includes(host.name) && !isRunning(host))
    .map(({ name }) => `the engine of ${name} in lab ${lab.id} has ended by itself: ${lastOf(join(lab.dir, name))}`)
    .join('\n');
}

function lastOf(dir: string): string {
  const lines = readFileSync(join(dir, 'engine.log'), 'utf8').trimEnd().split('\n');
  const panic = lines.findIndex((line) => PANIC.test(line));
  return (panic === -1 ? lines.slice(-15) : lines.slice(panic, panic + 20)).join('\n');
}
