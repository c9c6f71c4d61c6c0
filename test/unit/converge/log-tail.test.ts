import { describe, expect, it } from 'vitest';
import { lastLines } from '../../../src/converge/log-tail.ts';
import type { LogFrame } from '../../../src/engine/port.ts';
import { createRedactor } from '../../../src/ui/redact.ts';
import { FakeSwarm } from './fake-swarm.ts';
import { VirtualClock } from './virtual-clock.ts';

type Record = [stream: LogFrame['stream'], text: string];

/** What is shown of a log of these records, of which the engine gives as many of the last ones as it is asked for. */
async function shown(...records: Record[]): Promise<string[]> {
  const clock = new VirtualClock();
  const swarm = new FakeSwarm(clock);
  const task = swarm.task(swarm.service('app'));
  swarm.logs.set(task.id, async function* ({ tail = Infinity }) {
    for (const [stream, text] of records.slice(-tail)) yield { stream, data: Buffer.from(text) };
  });
  return lastLines(swarm.engine(), task, { tty: false, clock, redactor: createRedactor(['hunter22hunter22']) });
}

const more = (count: number): Record[] => Array.from({ length: count }, (_, at) => ['stdout', `line ${at}\n`]);
const told = (count: number): string[] => more(count).map(([, text]) => text.trim());

describe('the last lines of a task', () => {
  it('are all of them if there are few', async () => {
    expect(await shown(...more(3))).toEqual(told(3));
    expect(await shown(...more(10))).toEqual(told(10));
    expect(await shown(['stdout', 'no end'])).toEqual(['no end']);
  });

  it('are the last ten of more', async () => {
    expect(await shown(...more(30))).toEqual(told(30).slice(-10));
  });

  it.each([9, 10, 11])('do not begin in the middle of a long line, nor of a secret (%i after it)', async (after) => {
    const long: Record[] = [
      ['stdout', `${'x'.repeat(16_376)}hunter22`],
      ['stdout', `hunter22${'y'.repeat(16_376)}`],
      ['stdout', `${'y'.repeat(100)}\n`],
    ];
    const all = await shown(...long, ...more(after));
    expect(all).toEqual(told(after).slice(-10));
  });

  it('are whole lines, however long: no part of one begins in the middle of a secret', async () => {
    const long: Record[] = `${'x'.repeat(61_432)}hunter22hunter22${'y'.repeat(30_000)}\n`
      .match(/[^\n]{0,16383}\n|[^\n]{1,16384}/g)
      ?.map((record) => ['stdout', record]) as Record[];
    const [first, ...others] = await shown(...long, ...more(2));
    expect(others).toEqual(told(2));
    expect(first).toMatch(/^x{100}/);
    expect(first).not.toContain('hunter');
  });

  it('are put together per stream', async () => {
    expect(await shown(['stdout', 'pass hunter22'], ['stderr', 'error\n'], ['stdout', 'hunter22 word\n'])).toEqual([
      'error',
      'pass [redacted] word',
    ]);
  });
});
