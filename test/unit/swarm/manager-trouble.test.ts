import { describe, expect, it } from 'vitest';
import { askManager } from '../../../src/cli/with-engine.ts';
import type { EngineInfo } from '../../../src/engine/port.ts';
import { manager } from '../init/support.ts';

const INIT = 'docker swarm init';

/** What is said of an engine whose swarm is so. */
async function refusal(swarm: Partial<EngineInfo['swarm']>): Promise<[text: string, hint: string]> {
  const { swarm: fine, ...info } = await manager([]).info();
  const engine = manager([], { info: async () => ({ ...info, swarm: { ...fine, manager: false, ...swarm } }) });
  const error: unknown = await askManager(engine).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'engine-not-manager', exit: 3 });
  const { message, hints } = error as { message: string; hints: string[] };
  expect(hints).toHaveLength(1);
  return [message, hints[0] ?? ''];
}

describe('an engine that cannot be asked about its swarm', () => {
  it.each<[Partial<EngineInfo['swarm']>, text: string, hint: string]>([
    [{ state: 'inactive' }, 'the engine at unix:///test (test) is not part of a swarm', INIT],
    [{ state: 'active' }, 'is a swarm worker, not a manager', 'name a manager'],
    [{ state: 'locked' }, 'is a swarm manager, but locked', 'docker swarm unlock'],
    [{ state: 'pending' }, 'is of a swarm that it has not joined yet', 'more than half of the managers must be up'],
    // A manager whose swarm has no majority when its engine starts (moby#34827).
    [{ state: 'pending', manager: true }, 'or not again since its start', 'try again in a moment'],
    [
      { state: 'error', error: 'Swarm certificates have expired. To replace them, leave the swarm and join again.' },
      'is of a swarm that does not start there: Swarm certificates have expired.',
      '`docker info` there and its engine’s log say more; its clock must be right',
    ],
    [{ state: 'error' }, 'is of a swarm that does not start there', 'its clock must be right'],
  ])('%j', async (swarm, text, hint) => {
    const [said, advised] = await refusal(swarm);
    expect(said).toContain(text);
    expect(advised).toContain(hint);
    expect(advised.includes(INIT), 'a swarm is made where there is none').toBe(swarm.state === 'inactive');
  });

  it('is not a manager that answers, which is asked for all of its swarm', async () => {
    const asked: unknown[] = [];
    const info = await manager([]).info();
    const engine = manager([], { info: async (options) => (asked.push(options), info) });
    expect(await askManager(engine)).toBe(info);
    expect(asked).toEqual([{ ofSwarm: true }]);
  });
});
