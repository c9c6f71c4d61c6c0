import { expect, onTestFinished } from 'vitest';
import { ownNetworks } from '../../../src/compose/networks.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import { load, type Loaded } from '../../../src/project/bundle-dir.ts';
import { nodeLabel } from '../../../src/sdk/helpers.ts';
import { fakeEngine, type Answer } from '../engine/fake-engine.ts';
import { init, recordedIo, workplace } from '../init/support.ts';
import { asLive } from '../plan/engine.ts';

const NODES = ['n1', 'n2', 'n3'];
/** The bundle in `prod`. */
export const loaded = (cwd: string): Promise<Loaded> => load({ dir: 'prod' }, recordedIo(cwd).io);

/** A swarm that runs one bundle, and is prepared for another, with these answers in place of its own: its address. */
export async function swarm(
  { document }: Loaded,
  { directory }: Loaded,
  answers: Record<string, Answer> = {},
): Promise<string> {
  const services = Object.values(desiredSpecs('prod', document)).map((desired) => {
    const Spec = asLive(desired);
    return { ID: `id-${Spec.Name ?? ''}`, Version: { Index: 1 }, CreatedAt: '', UpdatedAt: '', Spec };
  });
  const labels = (node: string) =>
    directory.plan.placements
      .filter(({ nodes }) => nodes.includes(node))
      .map(({ role }) => [nodeLabel('prod', role), 'true']);
  const networks = Object.entries(services.length === 0 ? {} : ownNetworks(document)).map(([key, network]) => ({
    ...{ Id: `id-of-prod_${key}`, Name: `prod_${key}`, Driver: network.driver, Options: network.driverOpts },
    Labels: { 'com.docker.stack.namespace': 'prod' },
  }));
  const nothing = () => ({ json: [] });
  const fake = await fakeEngine({
    'GET /info': () => ({
      json: {
        ...{ Name: 'n1', SystemTime: '2026-01-01T00:00:00Z', NCPU: 1, MemTotal: 1 },
        Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true },
      },
    }),
    'GET /services': () => ({ json: services }),
    'GET /nodes': () => ({
      json: NODES.map((name) => ({
        ...{ ID: `${name}-id`, Version: { Index: 1 }, Status: { State: 'ready' } },
        Spec: { Labels: Object.fromEntries(labels(name)), Role: 'manager', Availability: 'active' },
        Description: { Hostname: name, Platform: {}, Resources: {}, Engine: {} },
      })),
    }),
    'GET /networks': () => ({ json: networks }),
    ...{ 'GET /tasks': nothing, 'GET /secrets': nothing, 'GET /configs': nothing },
    'GET /volumes': () => ({ json: { Volumes: [] } }),
    ...answers,
  });
  onTestFinished(() => fake.close());
  return `unix://${fake.socket}`;
}

/** A ZooKeeper of so many servers (none: not deployed yet), whose bundle was changed to another number. */
export async function zookeeper(running: number, wanted: number, more: string[] = []) {
  const cwd = workplace();
  const make = async (count: number, set: string[]): Promise<Loaded> => {
    const all = [`servers=${count}`, `nodes=[${NODES.slice(0, count).join()}]`, ...set];
    expect((await init(cwd, { yes: true, dir: 'prod', stack: 'zookeeper', set: all })).error).toBeUndefined();
    return loaded(cwd);
  };
  const before = await make(running || wanted, []);
  const after = await make(wanted, more);
  const services = running === 0 ? {} : before.document.services;
  return { cwd, host: await swarm({ ...before, document: { ...before.document, services } }, after) };
}
