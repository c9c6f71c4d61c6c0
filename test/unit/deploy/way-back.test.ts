import { describe, expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { goesForward, tellWayBack, wayBack } from '../../../src/deploy/way-back.ts';
import type { SwarmConfig } from '../../../src/engine/port.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import type { Deployable } from '../../../src/release/content.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import { validateAnswers } from '../../support/answers.ts';
import { node } from '../../support/check-context.ts';
import { init, manager, recordedIo, workplace } from '../init/support.ts';

const NODES = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name));

/** A bundle of three ZooKeeper servers with these answers. */
function bundleOf(answers: Record<string, unknown> = {}): Deployable {
  const all = { version: 1, stack: 'zookeeper', name: 'zk', nodes: ['n1', 'n2', 'n3'], ...answers };
  const bundle = validateAnswers(all, 'bundle.yaml');
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  const { document } = plan.document(
    (secret, part) => `zk_${secret}-${part}.v1`,
    () => ['/start'],
  );
  return { directory: { bundle, plan, lock: emptyLock() }, document };
}

describe('after a rollback, a deployment of bundle.yaml', () => {
  it('goes forward again if it says something else', () => {
    expect(goesForward(bundleOf({ heapMb: 700 }), bundleOf(), NODES)).toBe(true);
    expect(goesForward(bundleOf({ nodes: ['n1', 'n2', 'n4'] }), bundleOf(), NODES)).toBe(true);
  });

  it('does not if it says the same already', () => {
    expect(goesForward(bundleOf(), bundleOf(), NODES)).toBe(false);
  });
});

describe('a way back over a release that this version cannot read', () => {
  /** A bundle whose releases 5 and 6 are verified, and whose release 7 another version made. */
  async function over7() {
    const cwd = workplace();
    const recorded = recordedIo(cwd);
    expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true })).exit).toBe(0);
    const loaded = await load({ dir: 'prod' }, recorded.io);
    const { bundle, lock } = loaded.directory;
    const configs = [5, 6, 7].map((number): SwarmConfig => ({
      ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, updatedAt: '' },
      labels: releaseLabels('prod', { state: 'verified' }),
      data: encodeRelease({
        ...{ number, at: `2026-01-0${number}T00:00:00Z`, by: 'ann@ops', tool: '0.1.0', lock, nodeLabels: [] },
        answers: { version: 1, stack: 'zookeeper', name: 'prod', ...bundle.answers },
        document: { ...loaded.document, volumes: number === 5 ? {} : loaded.document.volumes },
        ...(number === 7 && { format: 3 }),
      }),
    }));
    const engine = manager([], { configs: async () => configs });
    return { engine, loaded, ...recorded };
  }

  it('is refused unless it is told how far', async () => {
    const { engine, loaded } = await over7();
    await expect(wayBack(engine, loaded)).rejects.toMatchObject({
      code: 'newer-release',
      exit: 2,
      message: 'this version of bundle cannot read the record of release 7 of prod',
    });
  });

  it.each([5, 6])('to %i says that its secrets are not known, unless they are wanted as of then', async (to) => {
    const { engine, loaded, io, err } = await over7();
    const way = await wayBack(engine, loaded, { to });
    expect(way).toMatchObject({ target: { number: to }, unread: 7 });
    tellWayBack(way, io);
    expect(err()).toContain(
      `this version of bundle cannot read release 7: secrets that were replaced with it come back with release ${to}`,
    );
    expect((await wayBack(engine, loaded, { to, withSecrets: true })).unread).toBeUndefined();
  });
});
