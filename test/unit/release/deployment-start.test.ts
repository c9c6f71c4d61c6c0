/** What a former task is measured by: work of the release that is deployed, or of an update before. */
import { expect, it } from 'vitest';
import { emptyLock } from '../../../src/bundle/lock.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { contentOf } from '../../../src/release/content.ts';
import { deploymentStart } from '../../../src/release/deployment-start.ts';
import type { StoredRelease } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { service } from '../../support/check-context.ts';
import { init, node, recordedIo, workplace } from '../init/support.ts';

const NODES = ['n1', 'n2', 'n3'].map((name) => node(name));
const SERVICES = [service('prod_zookeeper-1')];
const BEGAN = '2026-01-01T00:00:00Z';
const NOW = '2026-01-02T00:00:00Z';

/** Of a deployment of what the newest release asks for, or of something else. */
async function startAfter(state: ReleaseState, { same }: { same: boolean }) {
  const cwd = workplace();
  expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true })).exit).toBe(0);
  const loaded = await load({ dir: 'prod' }, recordedIo(cwd).io);
  const { document, nodeLabels } = contentOf(loaded, NODES);
  const newest: StoredRelease = {
    ...{ number: 1, at: NOW, by: 'ann@ops', tool: '0.1.0', answers: {}, lock: emptyLock(), note: '', images: {} },
    ...{ document, nodeLabels: same ? nodeLabels : [], state },
    config: { id: 'r1', name: 'prod.release.1', labels: {}, version: 1, createdAt: BEGAN, updatedAt: NOW, data: Buffer.alloc(0) }, // prettier-ignore
  };
  const found = { info: { systemTime: NOW }, live: { nodes: NODES, services: SERVICES } };
  return deploymentStart(loaded, found, { releases: [newest], unreadable: [] });
}

it('is now for a new release, and for one that was proved', async () => {
  for (const [state, same] of [
    ['failed', false],
    ['verified', true],
    ['converged', true],
  ] as const)
    expect(await startAfter(state, { same }), state).toEqual({ services: SERVICES, at: Date.parse(NOW) });
});

it('is the beginning of a release that is gone on with and was not proved, by the managers’ clock', async () => {
  for (const state of ['started', 'deployed', 'failed'] as const)
    expect((await startAfter(state, { same: true })).at, state).toBe(Date.parse(BEGAN));
});
