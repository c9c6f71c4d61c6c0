import { expect, it } from 'vitest';
import type { Engine, SwarmService, SwarmTask } from '../../../src/engine/port.ts';
import type { FieldChange } from '../../../src/plan/diff.ts';
import { withNewPorts } from '../../../src/quorum/kept-tasks.ts';
import type { WavesOptions } from '../../../src/quorum/options.ts';

const PORT: FieldChange = { field: 'port 80/tcp', kind: 'removed', effect: 'restart' };
const IMAGE: FieldChange = { field: 'image', kind: 'changed', effect: 'restart' };

/**
 * Deploys a change of one service; gives what was said and which services had their tasks replaced.
 * @param after what the swarm takes for up to date once it is deployed
 */
async function deploy(change: FieldChange, after: Partial<SwarmTask>[], mode = 'replicated') {
  const replaced: string[] = [];
  const steps: string[] = [];
  let deployed = false;
  const service = { id: 'S', name: 's_app', mode: { kind: mode, replicas: 1 } } as SwarmService;
  const engine = {
    services: () => Promise.resolve([service, { ...service, id: 'O', name: 's_other' }]),
    tasks: () =>
      Promise.resolve(
        deployed
          ? after
          : [
              { id: 'old', serviceId: 'S' },
              { id: 'other', serviceId: 'O' },
            ],
      ),
    replaceTasks: ({ name }: SwarmService) => Promise.resolve(void replaced.push(name)),
  } as unknown as Engine;
  const services = [
    { name: 'app', action: 'update', changes: [change] },
    { name: 'other', action: 'update', changes: [IMAGE] },
  ];
  const options = { engine, plan: { services }, onStep: (line: string) => steps.push(line), converge: { stack: 's' } };
  await withNewPorts(['app', 'other'], options as unknown as WavesOptions, () => {
    deployed = true;
    return Promise.resolve();
  });
  expect(deployed).toBe(true);
  return { replaced, steps };
}
const task = (id: string, serviceId: string, desiredState = 'running') =>
  ({ id, serviceId, desiredState }) as SwarmTask;

it('tasks that the swarm keeps though the ports changed are replaced, and no others', async () => {
  const { replaced, steps } = await deploy(PORT, [task('old', 'S'), task('other', 'O')]);
  expect(replaced).toEqual(['s_app']);
  expect(steps).toEqual(['· replace the task of app: by itself the swarm would keep it, with the ports of before']);
});

it.each<[string, FieldChange, SwarmTask[], string?]>([
  ['the swarm replaces by itself', PORT, [task('new', 'S')]],
  ['are to end', PORT, [task('old', 'S', 'shutdown')]],
  ['stay, as no port changed', IMAGE, [task('old', 'S')]],
  ['are a job’s', PORT, [task('old', 'S')], 'replicated-job'],
])('tasks that %s are left alone', async (_what, change, after, mode) => {
  expect((await deploy(change, after, mode)).replaced).toEqual([]);
});
