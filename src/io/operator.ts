import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

/** Who is at work and where: what a lock and a release record say of their maker. */
export interface Operator {
  /** user@host, for people. */
  name: string;
  host: string;
  /** Kernel's boot id; empty if the system has none to read (only Linux does). */
  boot: string;
  pid: number;
}

/** This process. None of it is secret. */
export function thisOperator(): Operator {
  const host = hostname();
  return { name: `${userName()}@${host}`, host, boot: bootId(), pid: process.pid };
}

/** False if no process of this machine has the id; a process of somebody else counts as alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // An id without an entry in the password file, as in a container.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** With the process's pid namespace: in another one the same pid is another process. No disk is read. */
function bootId(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
