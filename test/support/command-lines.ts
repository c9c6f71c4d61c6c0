import { readdirSync, readFileSync } from 'node:fs';

/** Looks at a process until it must have become another program by exec(2), if it is going to. */
const LOOKS = 10;
/** Afterwards only in one look of so many. */
const SELDOM = 50;

/**
 * The arguments of every process of this machine that was seen, each once: what is looked at fifty times a second for
 * minutes, on a machine with brokers whose class path fills pages, would otherwise be more than a string may hold.
 */
export class CommandLines {
  readonly #seen = new Set<string>();
  /** How often each living process was looked at. */
  #looks = new Map<string, number>();
  #look = 0;

  /** Adds what runs now. @param proc where the kernel shows processes (proc(5)) */
  look(proc = '/proc'): void {
    this.#look++;
    const looks = new Map<string, number>();
    for (const pid of readdirSync(proc)) {
      if (!/^\d+$/.test(pid)) continue;
      const before = this.#looks.get(pid) ?? 0;
      looks.set(pid, before + 1);
      if (before >= LOOKS && this.#look % SELDOM !== 0) continue;
      try {
        this.#seen.add(readFileSync(`${proc}/${pid}/cmdline`, 'utf8').replaceAll('\0', '\n'));
      } catch {
        // It has ended.
      }
    }
    this.#looks = looks;
  }

  /** All arguments seen, a line each. */
  text(): string {
    return [...this.#seen].join('\n');
  }
}
