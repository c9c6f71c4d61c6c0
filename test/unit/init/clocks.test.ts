import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineInfo } from '../../../src/engine/port.ts';
import { init, manager, node, NODES, tree, workplace } from './support.ts';

const HOUR = 3_600_000;

/** A swarm whose manager's clock is ahead of ours by so much, each time that it is asked; the last stays. */
const clock = (...aheadMs: (number | Error)[]) => {
  const swarm = manager([node('n1')]);
  const left = [...aheadMs];
  const info = async (): Promise<EngineInfo> => {
    const ahead = (left.length > 1 ? left.shift() : left[0]) ?? 0;
    if (ahead instanceof Error) throw ahead;
    return { ...(await swarm.info()), systemTime: new Date(Date.now() + ahead).toISOString() };
  };
  return { connect: () => Promise.resolve({ ...swarm, secrets: () => Promise.resolve([]), configs: () => Promise.resolve([]), info }) }; // prettier-ignore
};
const options = { set: NODES, yes: true, prepare: false };

describe('a CA is not made by a clock that is ahead of the manager’s', () => {
  it('by more than it is backdated: nothing is written', async () => {
    const cwd = workplace();
    const done = await init(cwd, options, clock(-3 * HOUR));
    expect([done.error?.code, done.exit]).toEqual(['clocks-apart', 3]);
    expect(existsSync(join(cwd, 'prod'))).toBe(false);
    // The same once the clock is right.
    expect((await init(cwd, options, clock(0))).exit).toBe(0);
    const made = tree(join(cwd, 'prod'));
    const again = await init(cwd, { ...options, set: [...NODES, 'tls.days=4000'] }, clock(-3 * HOUR));
    expect(again.error?.code ?? 'done', 'what is there stays, and no clock is asked').toBe('done');
    expect(Object.keys(tree(join(cwd, 'prod')))).toEqual(Object.keys(made));
  });

  it('unless that was set right while the questions were open', async () => {
    expect((await init(workplace(), options, clock(-3 * HOUR, 0))).error).toBeUndefined();
  });

  it('what it told first counts if it does not tell any more', async () => {
    const gone = clock(-3 * HOUR, new Error('connect ECONNREFUSED'));
    expect((await init(workplace(), options, gone)).error?.code).toBe('clocks-apart');
  });

  it.each([
    ['by less', -HOUR / 2],
    ['but by one that is behind, without anything to replace', 3 * HOUR],
  ])('%s it is made', async (_what, ahead) => {
    expect((await init(workplace(), options, clock(ahead))).error).toBeUndefined();
  });
});
