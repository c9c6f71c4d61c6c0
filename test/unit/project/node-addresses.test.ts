import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportDone } from '../../../src/commands/deploy/run.ts';
import { run as open } from '../../../src/commands/open/run.ts';
import type { SwarmNode } from '../../../src/engine/port.ts';
import { load } from '../../../src/project/bundle-dir.ts';
import { dialledWays, withAddresses } from '../../../src/project/node-addresses.ts';
import { Parts, readStatus } from '../../../src/project/status.ts';
import { service } from '../../support/check-context.ts';
import { plans } from '../../screens/plans.ts';
import { init, manager, node, recordedIo, workplace } from '../init/support.ts';

const [FIRST, SECOND] = ['w8gch4q7xkz1v5n2m3b6t9y0d', 'p3rty6u8i0o2a4s6d8f0g1h3j'] as const;
const TWINS: SwarmNode[] = [
  node('host', { id: FIRST, address: '10.0.0.1' }),
  node('host', { id: SECOND, address: 'fd00::2' }),
];

/** A bundle whose answers name the nodes by id, in `prod`. */
async function made(stack: string, ...set: string[]) {
  const cwd = workplace();
  expect((await init(cwd, { stack, set, yes: true })).error).toBeUndefined();
  return { cwd, loaded: await load({ dir: 'prod' }, recordedIo(cwd).io) };
}

const imply = () =>
  made(
    'imply',
    ...['tls.keyBits=2048', `manager.nodes=${FIRST}`, `agents.master.nodes=${FIRST}`, `agents.query.nodes=${SECOND}`],
    ...[
      `agents.data.nodes=${SECOND}`,
      'agents.query.publish.enabled=true',
      'deepStorage.type=s3',
      'deepStorage.path=s3://b/p',
    ],
  );
const zookeeper = () => made('zookeeper', `nodes=${FIRST},${SECOND},n3`, 'servers=3', 'client.publish=true');

describe('where an answer names a node by its id', () => {
  it('a deployment ends with what can be dialled', async () => {
    const { cwd, loaded } = await imply();
    const { io, out } = recordedIo(cwd);
    const done = { plan: plans['first deployment'].plan, steps: ['deploy'], release: 1, converged: true, written: [] };
    await reportDone(io, loaded, done, TWINS);
    expect(out()).toContain('UI https://10.0.0.1:9097');
    expect(out()).toContain('Open https://10.0.0.1:9097 at once');
    expect(out()).toMatch(/router https:\/\/\[fd00::2]:\d+/);
    expect(out()).not.toMatch(new RegExp(`${FIRST}|${SECOND}`));
  });

  it('status does too', async () => {
    const { loaded } = await zookeeper();
    const labels = { 'com.docker.stack.namespace': 'prod' };
    const engine = manager(TWINS, {
      info: async () => ({ ...(await manager([]).info()), systemTime: '2026-01-01T00:00:30Z' }),
      services: async () => [service('prod_zookeeper-1', { labels })],
      secrets: async () => [],
      configs: async () => [],
      swarmTrust: async () => ({ roots: [] }),
    });
    const { access } = await readStatus(loaded, engine, new Parts());
    const outside = access.find(({ title }) => title === 'outside');
    expect(outside?.url).toBe('10.0.0.1:2181,[fd00::2]:2181,n3:2181');
  });

  it('open, which asks no engine, says that it is one, once, and how its address is told', async () => {
    const { cwd } = await imply();
    const { io, out } = recordedIo(cwd, { json: true });
    await open({ dir: 'prod', host: 'ssh://ops@m1' }, io);
    const { ways } = JSON.parse(out()) as { ways: { url: string; notes?: string[] }[] };
    const note = (id: string): string =>
      `${id} is a node’s id; its address is what \`docker --host ssh://ops@m1 node inspect --format ` +
      `'{{.Status.Addr}}' ${id}\` says`;
    expect(ways[0]?.notes).toEqual([note(FIRST)]);
    const notes = ways.flatMap((way) => way.notes ?? []);
    expect(notes.filter((text) => text.includes('node inspect'))).toEqual([note(FIRST), note(SECOND)]);
  });
});

describe('the runbook', () => {
  const inspected = (cwd: string) =>
    readFileSync(join(cwd, 'prod/README.md'), 'utf8').match(/^docker node inspect.*$/gm);

  it('has the commands that tell their addresses', async () => {
    expect(inspected((await zookeeper()).cwd)).toEqual(
      [FIRST, SECOND].map((id) => `docker node inspect --format '{{.Status.Addr}}' ${id}`),
    );
  });

  it('has none for host names, nor has open', async () => {
    const { cwd } = await made('zookeeper', 'nodes=n1,n2,n3', 'servers=3', 'client.publish=true');
    const { io, out } = recordedIo(cwd);
    await open({ dir: 'prod' }, io);
    expect(out()).not.toContain('node inspect');
    expect(inspected(cwd)).toBeNull();
  });
});

it('an id stays where the swarm tells no address, and in another word', () => {
  expect(withAddresses([node('a', { id: FIRST })])(`https://${FIRST}:1`)).toBe(`https://${FIRST}:1`);
  expect(withAddresses(TWINS)(`${FIRST}x, ${FIRST}.example.com, ${FIRST}`)).toBe(
    `${FIRST}x, ${FIRST}.example.com, 10.0.0.1`,
  );
  expect(dialledWays([{ title: 'settings', file: { name: 'c', text: `at=${FIRST}:1\n` } }], TWINS)).toEqual([
    { title: 'settings', file: { name: 'c', text: 'at=10.0.0.1:1\n' } },
  ]);
});
