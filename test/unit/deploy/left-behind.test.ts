/** A deployment of something else, while a former task still stops that an update before it left behind. */
import { expect, it } from 'vitest';
import type { Deployment } from '../../../src/deploy/apply.ts';
import { converge, failedVerification, verify } from '../../../src/deploy/phases.ts';
import { EXIT } from '../../../src/errors.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { reporterOf } from '../../../src/ui/reporter.ts';
import { service, task } from '../../support/check-context.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';

const NODES = ['n1', 'n2', 'n3'].map((name) => node(name));
const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();

/** A deployment that began so many hours ago, and does not touch the one service that there is. */
async function deployment(beganHoursAgo: number) {
  const cwd = workplace();
  expect((await init(cwd, { stack: 'zookeeper', set: ['nodes=n1,n2,n3'], yes: true })).exit).toBe(0);
  const { io, err } = recordedIo(cwd);
  const { directory, document, ...rest } = await load({ dir: 'prod' }, io);
  const { 'zookeeper-1': only } = document.services;
  const expectations = directory.plan.expectations
    .filter((each) => each.service === 'zookeeper-1')
    .map((each) => ({ ...each, logs: [], endpoints: [], programs: [] }));
  const loaded = {
    ...{ ...rest, document: { ...document, services: { 'zookeeper-1': only } } },
    directory: { ...directory, plan: { ...directory.plan, expectations, ensembles: [], secrets: [] } },
  };
  const ContainerSpec = { Hostname: 'zookeeper-1', StopGracePeriod: 86_400e9 };
  const live = service('prod_zookeeper-1', { createdAt: ago(9), spec: { TaskTemplate: { ContainerSpec } } });
  const { id: nodeId } = NODES[0]!;
  const current = task(live.id, nodeId, { createdAt: ago(3), stateAt: ago(3), updatedAt: ago(3) });
  const former = { ...current, id: 'former', createdAt: ago(9), desiredState: 'shutdown' as const, spec: { ContainerSpec } }; // prettier-ignore
  const engine = manager(NODES, {
    info: async () => ({ ...(await manager(NODES).info()), systemTime: new Date().toISOString() }),
    services: async () => [live],
    tasks: async (filter) => (filter?.upToDate === true ? [current] : [current, former]),
    networks: async () => [],
    secrets: async () => [],
    configs: async () => [],
    localVolumes: async () => [],
    taskLogs: async function* () {},
    swarmTrust: async () => ({ roots: [] }),
  });
  const start = { services: [live], at: Date.parse(ago(beganHoursAgo)) };
  const seen = { start, found: { live: { services: [live] } } };
  const options = { verify: false, timeoutMs: 1_500, wait: true };
  const on = { engine, loaded, seen, options, io, reporter: reporterOf(io), steps: { toldLater: [] } };
  return { on: on as unknown as Deployment, err };
}

it('does not fail, nor is taken back: it tells of it, and cannot tell', async () => {
  const { on, err } = await deployment(1);
  await converge(on);
  await verify(on);
  expect(err().replaceAll(/\s+/g, ' ')).toContain(
    'zookeeper-1: its former task still stops on n1, which may take up to 24 h; an update ',
  );
  expect(on.verification?.exit).toBe(EXIT.unsure);
  expect(failedVerification(on)).toBe(false);
  expect(on.verification?.results.filter(({ check }) => check === 'tasks')).toMatchObject([{ status: 'unsure' }]);
});

it('waits for one that its own release began', async () => {
  const { on } = await deployment(4);
  await expect(converge(on)).rejects.toMatchObject({ code: 'not-converged', exit: EXIT.notConverged });
});
