import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { run as deploy } from '../../../src/commands/deploy/run.ts';
import { run as prepare } from '../../../src/commands/prepare/run.ts';
import { init, recordedIo, workplace } from '../init/support.ts';
import type { Answer } from '../engine/fake-engine.ts';
import { loaded, swarm } from './zookeeper-swarm.ts';

const ignore = checks.map(({ name }) => name);
const END = 'that was it';

/**
 * The nodes on which jobs looked into volumes that may be kept, in a command that asks, is let, takes the lock, and
 * fails then.
 */
async function asked(
  run: (options: { dir: string; host: string; ignore: string[] }, io: CommandIo) => Promise<number>,
) {
  const cwd = workplace();
  expect((await init(cwd, { yes: true, stack: 'zookeeper', set: ['nodes=n1,n2,n3'] })).error).toBeUndefined();
  const wanted = await loaded(cwd);
  const nodes: string[] = [];
  const seen: string[] = [];
  const told: Record<string, Answer> = {};
  for (let id = 1; id <= 12; id++) {
    told[`GET /tasks/task-${id}`] = () => ({ json: { Spec: { ContainerSpec: { TTY: false } } } });
    told[`GET /tasks/task-${id}/logs`] = (_request, response) => void response.end();
    told[`DELETE /services/${id}`] = () => ({ json: {} });
  }
  const bare = { ...wanted, directory: { ...wanted.directory, plan: { ...wanted.directory.plan, placements: [] } } };
  const host = await swarm({ ...wanted, document: { ...wanted.document, services: {} } }, bare, {
    ...told,
    'POST /services/create': ({ body }) => {
      const { TaskTemplate } = JSON.parse(body) as { TaskTemplate: { Placement: { Constraints: string[] } } };
      return { json: { ID: String(nodes.push(...TaskTemplate.Placement.Constraints)) } };
    },
    'GET /tasks': ({ url }) => {
      const [, id = ''] = /"service":\["(\d+)"\]/.exec(decodeURIComponent(url)) ?? [];
      const Status = { State: 'complete', Timestamp: '', Message: 'finished', ContainerStatus: { ExitCode: 0 } };
      const task = { ...{ ID: `task-${id}`, ServiceID: id, NodeID: 'n1-id', Slot: 1, CreatedAt: '' }, Status };
      return { json: id === '' ? [] : [{ ...task, DesiredState: 'shutdown', Spec: { ContainerSpec: { Image: '' } } }] };
    },
    'POST /configs/create': ({ body }) => {
      const { Name } = JSON.parse(body) as { Name: string };
      seen.push(Name);
      return Name === 'prod.lock' ? { json: { ID: 'lock' } } : { status: 500, json: { message: END } };
    },
    'GET /nodes/n1-id': () => ({ status: 500, json: { message: END } }),
  });
  const stdin = new PassThrough();
  const { io } = recordedIo(cwd, {
    ...{ interactive: true, stdin },
    stderr: (text) => {
      // At the end of its drawing the question reads.
      if (/(Deploy prod|Make these)\?/.test(text)) setTimeout(() => stdin.write('y\r'), 100);
    },
  });
  await expect(run({ dir: 'prod', host, ignore }, io)).rejects.toThrow(END);
  expect(seen[0]).toBe('prod.lock');
  return nodes.sort();
}

it.each<[string, Parameters<typeof asked>[0]]>([
  ['deploy', (options, io) => deploy({ ...options, verify: true, wait: true, timeout: '10m' }, io)],
  ['prepare', prepare],
])('kept volumes are read once in a `bundle %s` that asks', async (_name, run) => {
  expect(await asked(run)).toEqual(['node.id == n1-id', 'node.id == n2-id', 'node.id == n3-id']);
});
