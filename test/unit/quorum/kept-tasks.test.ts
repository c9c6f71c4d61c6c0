import { expect, it } from 'vitest';
import type { Engine, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import { PORTS_FIELD, type FieldChange } from '../../../src/plan/diff.ts';
import { withNewPorts } from '../../../src/quorum/kept-tasks.ts';
import type { WavesOptions } from '../../../src/quorum/options.ts';

const PORT: FieldChange = { field: 'port 80/tcp', kind: 'removed', effect: 'restart' };
const IMAGE: FieldChange = { field: 'image', kind: 'changed', effect: 'restart' };
const LABEL: FieldChange = { field: 'label a', kind: 'changed', effect: 'in place' };
const OWED: FieldChange = { field: PORTS_FIELD, kind: 'changed', effect: 'restart' };
const ports = (...published: number[]) => ({
  EndpointSpec: { Ports: published.map((port) => ({ TargetPort: 80, PublishedPort: port })) },
});

/**
 * Deploys changes of two services; gives what was done, in order.
 * @param status of the update that closed the port: the swarm gives one if it replaces a task
 */
async function deploy(
  app: FieldChange[],
  status?: SwarmService['updateStatus'],
  stopped: string[] = [],
): Promise<string[]> {
  const done: string[] = [];
  const service = {
    id: 'S',
    name: 's_app',
    mode: { kind: 'replicated', replicas: 1 },
    updatedAt: '2026-01-01T12:00:00Z',
    spec: ports(),
    ...(app.includes(PORT) && { previousSpec: ports(80) }),
    ...(status && { updateStatus: status }),
  } as unknown as SwarmService;
  const other = { ...service, id: 'O', name: 's_other', previousSpec: ports() };
  const task = (serviceId: string) =>
    ({ serviceId, desiredState: 'running', createdAt: '2026-01-01T11:00:00Z' }) as SwarmTask;
  const engine = {
    services: () => Promise.resolve([service, other]),
    tasks: () => Promise.resolve([task('S'), task('O')]),
    replaceTasks: ({ name }: SwarmService) => Promise.resolve(void done.push(`replace ${name}`)),
  } as unknown as Engine;
  const services = [
    { name: 'app', action: 'update', changes: app },
    { name: 'other', action: 'update', changes: [IMAGE] },
  ];
  const options = { engine, plan: { services }, onStep: () => undefined, converge: { stack: 's' } };
  await withNewPorts(
    ['app', 'other'],
    options as unknown as WavesOptions,
    (names) => Promise.resolve(void done.push(`deploy ${names.join(' ')}`)),
    stopped,
  );
  return done;
}

it.each<[string, FieldChange[], SwarmService['updateStatus'], string[]]>([
  ['the swarm keeps though the ports changed', [PORT], undefined, ['deploy app other', 'replace s_app']],
  ['the swarm replaces by itself', [PORT], { state: 'updating', message: '' }, ['deploy app other']],
  ['stay, as no port changed', [IMAGE], undefined, ['deploy app other']],
  // A deployment would take away what they are found by, before they are replaced.
  ['a killed run left with the ports of before', [OWED], undefined, ['replace s_app', 'deploy other']],
  ['it left so, and something else changes', [LABEL, OWED], undefined, ['replace s_app', 'deploy app other']],
])('tasks that %s', async (_what, app, status, done) => {
  expect(await deploy(app, status)).toEqual(done);
});

it('tasks of a service that was stopped are not there to be replaced: it is deployed', async () => {
  expect(await deploy([OWED], undefined, ['app'])).toEqual(['deploy app other']);
});
