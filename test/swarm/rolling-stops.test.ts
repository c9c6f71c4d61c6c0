import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PORTS } from '../../stacks/imply/ports.ts';
import { unsupported } from '../support/cluster.ts';
import { AGENTS, mostDown, RollingCluster, updated } from './rolling.ts';

/** A roll that meets an agent which does not come right, an interruption or a kill, and goes on from there. */
describe.skipIf(unsupported !== undefined)('agents that restart', () => {
  let rolling: RollingCluster;

  beforeAll(async () => {
    rolling = await RollingCluster.make('stops');
  });
  afterAll(() => rolling?.remove());

  it('stop at the first that does not come right, and go on from there with a mended image', async () => {
    const before = await Promise.all(AGENTS.map((agent) => rolling.current(agent)));
    await rolling.agentImage('roll-broken', { SIMULATOR_FAULTS: 'crash-before-lines' });
    const { result: failed, down } = await rolling.watched(() => rolling.deploy(4));
    expect(failed.stderr).toContain('data agents: stopped at imply-data-1:');
    expect(failed.stderr).toMatch(/^ +updated, not proved: imply-data-1$/m);
    expect(failed.stderr).toMatch(/^ +not touched: imply-data-2, imply-query-1, imply-master-1$/m);
    expect(mostDown(down)).toBe(1);
    for (const [index, name] of AGENTS.entries())
      if (index > 0) expect(await rolling.current(name)).toMatchObject({ id: before[index]?.id });

    const again = await rolling.watched(() => rolling.deploy(4));
    expect(again.result.stderr).toContain(
      'stopped at imply-data-1: it is not well, and this deployment does not change it',
    );
    expect(updated(again.result)).toEqual([]);

    await rolling.agentImage('roll-3');
    const { result: mended, down: meanwhile } = await rolling.watched(() => rolling.deploy(0, '--no-verify'));
    expect(mended.stderr).toContain('not well, and therefore first: imply-data-1');
    expect(updated(mended)).toEqual(AGENTS);
    expect(mostDown(meanwhile)).toBe(1);
    // Three deployments, one of them a whole roll.
  });

  it('go on after a run that was interrupted, and after one that was killed', async () => {
    await rolling.agentImage('roll-4');
    const { down } = await rolling.watched(async () => {
      const stopped = await rolling.cluster.stopAt(['deploy', '--yes'], /· update imply-data-2/, 'SIGTERM');
      expect(stopped.code, stopped.all).toBe(143);
      expect(stopped.stderr).toMatch(/^ +updated and well: imply-data-1$/m);
      expect(stopped.stderr).toMatch(/^ +updated, not proved: imply-data-2$/m);
      expect(stopped.stderr).toMatch(/^ +not touched: imply-query-1, imply-master-1$/m);
      await rolling.cluster.stopAt(['deploy', '--yes'], /· update imply-query-1/, 'SIGKILL');
      const ended = await rolling.deploy(0);
      expect(updated(ended).at(-1)).toBe('imply-master-1');
    });
    expect(mostDown(down)).toBe(1);
    expect((await rolling.cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });

  it('stop where one runs and does not pass its checks; with --no-verify it only has to run', async () => {
    const own = `{service: imply-data-1, name: odd, http: {port: ${PORTS.agentApi.plain}, path: /health, status: 204}}`;
    await rolling.agentImage('roll-5');
    await rolling.change(`verify.expectations=[${own}]`);
    const others = await Promise.all(AGENTS.slice(1).map((agent) => rolling.current(agent)));
    const stopped = await rolling.deploy(4);
    expect(stopped.stderr).toMatch(
      /^bundle: data agents: stopped at imply-data-1: it runs, and does not pass its checks: odd: .*200/m,
    );
    expect(stopped.stderr).toMatch(/^ +not touched: imply-data-2, imply-query-1, imply-master-1$/m);
    expect(await Promise.all(AGENTS.slice(1).map((agent) => rolling.current(agent)))).toMatchObject(
      others.map((task) => ({ id: task?.id })),
    );

    const { result, down } = await rolling.watched(() => rolling.deploy(0, '--no-verify'));
    expect(updated(result)).toEqual(AGENTS.slice(1));
    expect(mostDown(down)).toBe(1);
    await rolling.change('verify.expectations=[]');
    expect((await rolling.cluster.run(['verify'])).code).toBe(0);
  });

  it('are not stopped for a place that one of them frees only later; --at-once goes through', async () => {
    const [shared, other] = [await rolling.memory('node2'), await rolling.memory('node3')];
    const reserve = (data: number, query: number): Promise<void> =>
      rolling.change(
        `agents.data.reserve.memory=${Math.floor(other * data)}M`,
        `agents.query.reserve.memory=${Math.floor(shared * query)}M`,
      );
    await reserve(0.3, 0.65);
    await rolling.deploy(0, '--at-once', '--no-verify');
    await reserve(0.8, 0.1);
    const before = await Promise.all(AGENTS.map((agent) => rolling.current(agent)));
    const finding =
      'imply-data-1 finds no node before imply-query-1 restarts, which is done only once imply-data-1 runs';
    const words = ({ all: said }: { all: string }): string => said.replaceAll(/\s+/g, ' ');
    for (const command of [['check'], ['deploy', '--yes']]) {
      const refused = await rolling.cluster.run(command);
      expect(refused.code, refused.all).toBe(3);
      expect(words(refused)).toContain(finding);
    }
    expect(words(await rolling.cluster.run(['plan']))).toContain(finding);
    for (const [index, name] of AGENTS.entries())
      expect(await rolling.current(name)).toMatchObject({ id: before[index]?.id });

    // What was foretold: it stops half-way, and the next one stops there too, and both say why.
    for (const stopped of [await rolling.deploy(4, '--ignore', 'placement'), await rolling.deploy(3)])
      expect(words(stopped)).toContain(finding);
    const again = await rolling.deploy(4, '--ignore', 'placement');
    expect(again.stderr).toContain('stopped at imply-data-1: it is not well, and this deployment does not change it');
    expect(words(again)).toContain(finding);

    await rolling.deploy(0, '--at-once', '--no-verify');
    expect((await rolling.cluster.run(['plan', '--detailed-exitcode'])).code).toBe(0);
  });
});
