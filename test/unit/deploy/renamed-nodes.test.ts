import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { wayBack } from '../../../src/deploy/way-back.ts';
import type { SwarmConfig, SwarmNode } from '../../../src/engine/port.ts';
import { EXIT } from '../../../src/errors.ts';
import { labelChanges } from '../../../src/plan/labels.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { contentOf } from '../../../src/release/content.ts';
import { decodeRelease, encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node } from '../../support/check-context.ts';
import { manager, workplace } from '../init/support.ts';

const ROLES = ['zookeeper-1', 'zookeeper-2', 'zookeeper-3'];
const BEFORE = ['n1', 'n2', 'n3'].map((name, index) =>
  node(name, { labels: { [`bundle.zk.${ROLES[index]}`]: 'true' } }),
);

/** The nodes with the first one under another name. */
const renamed = (hostname = 'm1', more: Partial<SwarmNode> = {}): SwarmNode[] =>
  BEFORE.map((each, index) => (index === 0 ? { ...each, hostname, ...more } : each));

/** Three ZooKeeper servers on these nodes, as a directory has them. */
function bundleOn(nodes: string[], heapMb: number): Pick<Loaded, 'document'> & { directory: Loaded['directory'] } {
  const bundle = validateAnswers({ version: 1, stack: 'zookeeper', name: 'zk', nodes, heapMb }, 'bundle.yaml');
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const { document } = plan.document(
    (secret, part) => `zk_${secret}-${part}.v1`,
    () => ['/start'],
  );
  return {
    document,
    directory: { dir: workplace(), bundle, plan, lock: emptyLock() } as unknown as Loaded['directory'],
  };
}

/** A good release of a bundle whose answers name these nodes, recorded while the swarm had those. */
function recorded(number: number, names: string[], found: SwarmNode[]): SwarmConfig {
  const bundle = bundleOn(names, 500 + number);
  const { document, nodeLabels } = contentOf(bundle, found);
  return {
    ...{ id: `r${number}`, name: `zk.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
    labels: releaseLabels('zk', { state: 'verified' }),
    data: encodeRelease({
      ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', lock: emptyLock(), document, nodeLabels },
      answers: { version: 1, stack: 'zookeeper', name: 'zk', ...bundle.directory.bundle.answers },
    }),
  };
}

/** Where the way back to release 1 places each role, and what it changes of nodes. */
async function back(nodes: SwarmNode[], first = recorded(1, ['n1', 'n2', 'n3'], BEFORE), ignore: string[] = []) {
  const configs = [first, recorded(2, ['m1', 'n2', 'n3'], nodes)];
  const engine = manager(nodes, { configs: async () => configs });
  const loaded = bundleOn(['m1', 'n2', 'n3'], 502) as Loaded;
  const { past } = await wayBack(engine, loaded, { to: 1, ignore });
  const { placements } = past.directory.plan;
  return { on: placements.flatMap((each) => each.nodes), ...labelChanges('zk', placements, nodes) };
}

describe('the way back over a change of a host’s name', () => {
  it('places by the recorded id, under the present name', async () => {
    expect(await back(renamed())).toEqual({ on: ['m1', 'n2', 'n3'], changes: [], unresolved: [] });
  });

  it('goes to what an earlier way back recorded too, with the answers of then and the name of since', async () => {
    const earlier = recorded(1, ['n1', 'n2', 'n3'], BEFORE);
    const config = encodeRelease({
      ...decodeRelease(earlier)!,
      nodeLabels: contentOf(bundleOn(['m1', 'n2', 'n3'], 501), renamed()).nodeLabels,
    });
    expect((await back(renamed('m2'), { ...earlier, data: config })).on).toEqual(['m2', 'n2', 'n3']);
  });

  it('names it by its id if its present name is that of several', async () => {
    const nodes = [...renamed('m1'), node('m1', { id: 'id-other' })];
    expect(await back(nodes)).toEqual({ on: ['id-n1', 'n2', 'n3'], changes: [], unresolved: [] });
  });

  it('takes the entry with which its machine joined again under the new name', async () => {
    const nodes = [...renamed('m1', { state: 'down' }), node('m1', { id: 'id-again' })];
    expect((await back(nodes)).on).toEqual(['m1', 'n2', 'n3']);
  });

  it('takes no old entry that is down for another host of that name', async () => {
    expect((await back([...renamed(), node('n1', { id: 'id-before', state: 'down' })])).on).toEqual(['m1', 'n2', 'n3']);
  });

  it('leaves names as they are that still find their node, or whose node is gone', async () => {
    expect((await back(BEFORE)).on).toEqual(['n1', 'n2', 'n3']);
    const rejoined = [...renamed('n1', { state: 'down' }), node('n1', { id: 'id-again' })];
    expect((await back(rejoined)).on).toEqual(['n1', 'n2', 'n3']);
    expect((await back(BEFORE.slice(1))).on).toEqual(['n1', 'n2', 'n3']);
  });

  it('leaves them if one was not found when the release was recorded: whose label is whose cannot be told', async () => {
    const partly = recorded(1, ['n1', 'n2', 'n3'], BEFORE.slice(1));
    expect((await back(renamed(), partly)).on).toEqual(['n1', 'n2', 'n3']);
  });

  describe('is refused if another node has the name by now', () => {
    const stranger = node('n1', { id: 'id-other' });

    it('and says what to do', async () => {
      await expect(back([...renamed(), stranger])).rejects.toMatchObject({
        code: 'node-renamed',
        exit: EXIT.preflight,
        message:
          'release 1 has zookeeper-1 on n1: that was node id-n1, which is called "m1" now, and another node is called ' +
          'n1 now (id-other); which of them is meant cannot be told',
        hints: [
          'if it is id-n1: give the other host another name, restart docker there, then the same command',
          'if it is the one that is called n1 now: --ignore placement',
        ],
      });
      await expect(back([...renamed('m1', { state: 'down' }), stranger])).rejects.toMatchObject({
        hints: [expect.any(String), expect.stringContaining('docker node demote id-n1 && docker node rm id-n1')],
      });
    });

    it('with the command that takes its entry away, if both are down', async () => {
      const all = [...renamed('m1', { state: 'down' }), node('n1', { id: 'id-other', state: 'down' })];
      await expect(back(all)).rejects.toMatchObject({
        hints: [expect.stringContaining('docker node rm id-other'), expect.any(String)],
      });
    });

    it('unless the operator says that it is that one', async () => {
      const { on } = await back([...renamed(), stranger], undefined, ['placement']);
      expect(on).toEqual(['n1', 'n2', 'n3']);
    });
  });
});
